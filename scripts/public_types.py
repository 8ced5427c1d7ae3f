"""Fails where the public API of a crate names a type or a trait of another crate that it may not name.

    python3 scripts/public_types.py CRATE=FILE…

FILE is what rustdoc writes about CRATE with `--output-format json`. A type of another crate in the API ties both together:
its next breaking release is one of ours.
"""

import json
import sys

# What every crate may name: a crate with all that it has, or one type of it. `serde` defines its traits in `serde_core`.
# `serde_json::Map` is what a `Value` that is an object has in it. `PinnedFieldsOf` is a bound that `pin_project!` writes for the
# compiler alone.
EVERYWHERE = {
    "std", "core", "alloc", "http", "serde", "serde_core", "serde_json::Value", "serde_json::Map", "bytes::Bytes",
    "pin_project_lite::PinnedFieldsOf",
}

# An adapter may name the framework that it serves and what that is made of, a store its client library.
ALSO = {
    "jwt-actix": {"actix_web", "actix_http", "actix_service"},
    "jwt-axum": {"axum_core", "tower_layer", "tower_service"},
    "jwt-redis": {"redis"},
    "jwt-sqlx": {"sqlx_core", "sqlx_postgres", "sqlx_sqlite"},
    "jwt-warp": {"warp", "tower_layer", "tower_service", "http_body"},
}


class Api:
    """The items that users of a crate can reach, and what these name."""

    def __init__(self, document):
        self.index = document["index"]
        self.paths = document["paths"]
        self.crates = {int(number): crate["name"] for number, crate in document["external_crates"].items()}
        self.seen = set()
        self.found = {}
        self.item(document["root"], [])

    def item(self, number, place):
        item = self.index.get(str(number))
        if item is None or number in self.seen:
            return
        self.seen.add(number)
        (kind, inner), = item["inner"].items()
        if kind != "use" and item["name"]:
            place = place + [item["name"]]
        if kind == "module":
            for inside in inner["items"]:
                self.item(inside, place)
        elif kind == "use":
            # A name of its own for something else: of this crate, or of another one.
            self.name(inner["id"], place + [inner["name"]])
            self.item(inner["id"], place)
        elif kind == "impl":
            # What has been derived from other impls and bounds is not written by anybody here.
            if inner["is_synthetic"] or inner["blanket_impl"] is not None:
                return
            names = [inner["trait"], inner["for"], inner["generics"]]
            self.types(names, place)
            for inside in inner["items"]:
                # The functions of a trait have its signatures; its associated types are chosen here.
                if inner["trait"] is None or "assoc_type" in self.index[str(inside)]["inner"]:
                    self.item(inside, place)
        else:
            self.types(inner, place)
            self.inside(kind, inner, place)

    def inside(self, kind, inner, place):
        if kind == "struct":
            fields = inner["kind"]
            if isinstance(fields, dict):
                (_, fields), = fields.items()
                fields = fields["fields"] if isinstance(fields, dict) else fields
                self.items(fields, place)
        elif kind == "enum":
            self.items(inner["variants"], place)
        elif kind == "variant":
            fields = inner["kind"]
            if isinstance(fields, dict):
                (_, fields), = fields.items()
                self.items(fields["fields"] if isinstance(fields, dict) else fields, place)
        elif kind == "union":
            self.items(inner["fields"], place)
        elif kind == "trait":
            self.items(inner["items"], place)
        if kind in ("struct", "enum", "union"):
            self.items(inner["impls"], place)

    def items(self, numbers, place):
        for number in numbers:
            if number is not None:
                self.item(number, place)

    def types(self, value, place):
        """Every path in a piece of a signature; numbers of other items are not followed."""
        if isinstance(value, list):
            for one in value:
                self.types(one, place)
        elif isinstance(value, dict):
            if "path" in value and "id" in value:
                self.name(value["id"], place)
            for one in value.values():
                self.types(one, place)

    def name(self, number, place):
        path = self.paths.get(str(number))
        if path is not None and path["crate_id"] != 0:
            crate = self.crates[path["crate_id"]]
            self.found.setdefault((crate, path["path"][-1]), set()).add("::".join(place))


def main(arguments):
    violations = unused = 0
    for argument in arguments:
        crate, file = argument.split("=", 1)
        with open(file, encoding="utf-8") as opened:
            api = Api(json.load(opened))
        if not api.seen - {0} or len(api.seen) < 5:
            sys.exit(f"{crate}: nothing was found in {file}; rustdoc may write another format")
        allowed = EVERYWHERE | ALSO.get(crate, set())
        for (other, name), places in sorted(api.found.items()):
            # Crates of this workspace are released together.
            ours = other.replace("_", "-").startswith("jwt-") or other == crate.replace("-", "_")
            if ours or other in allowed or f"{other}::{name}" in allowed:
                continue
            violations += 1
            shown = sorted(places)
            more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
            print(f"{crate}: names {other}::{name} in {', '.join(shown[:3])}{more}")
        for name in sorted(ALSO.get(crate, set())):
            if not any(other == name for other, _ in api.found):
                unused += 1
                print(f"{crate}: does not name {name}, which scripts/public_types.py lets it")
    if violations or unused:
        sys.exit(f"{violations} types of others in the public API, {unused} allowed in vain")
    print(f"no type of others in the public API of {len(arguments)} crates but what is allowed")


if __name__ == "__main__":
    main(sys.argv[1:])
