"""Fails if the public API of a crate contains a type or trait of another crate that is not on the allowlist.

    python3 scripts/public_types.py CRATE=FILE…

FILE is rustdoc's output for CRATE with `--output-format json`. A type of another crate in the API ties the two together:
a breaking release of that crate requires a breaking release here.
"""

import json
import sys

# Allowed in every crate: whole crates, or single types. `serde` defines its traits in `serde_core`. A
# `serde_json::Value` that is an object contains a `serde_json::Map`. `PinnedFieldsOf` is a bound that `pin_project!`
# generates for the compiler.
EVERYWHERE = {
    "std", "core", "alloc", "http", "serde", "serde_core", "serde_json::Value", "serde_json::Map", "bytes::Bytes",
    "pin_project_lite::PinnedFieldsOf",
}

# Also allowed: an adapter's framework and its parts, and a store's client library.
ALSO = {
    # Ids of users are often UUIDs, and the crate has been stable since 2022.
    "jwt-core": {"uuid"},
    "jwt-actix": {"actix_web", "actix_http", "actix_service"},
    "jwt-axum": {"axum_core", "tower_layer", "tower_service"},
    # Behind the feature of that name.
    "jwt-jwks": {"reqwest", "bytes"},
    "jwt-redis": {"redis"},
    "jwt-sqlx": {"sqlx_core", "sqlx_postgres", "sqlx_sqlite"},
    # Those of actix-web are behind the feature `actix`.
    "jwt-test": {"actix_web", "actix_http", "actix_service", "http_body", "http_body_util", "tower_service"},
    # tonic is behind the feature of that name.
    "jwt-tower": {"tower_layer", "tower_service", "http_body", "tonic"},
    # Those of the frameworks are behind the features of that name.
    "jwt-utoipa": {"utoipa", "utoipa_axum", "utoipa_actix_web", "actix_web", "actix_http", "actix_service"},
    "jwt-warp": {"warp", "tower_layer", "tower_service", "http_body"},
}


class Api:
    """The public items of a crate, and the types of other crates in their signatures."""

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
            # A re-export, from this crate or from another one.
            self.name(inner["id"], place + [inner["name"]])
            self.item(inner["id"], place)
        elif kind == "impl":
            # Synthetic and blanket impls are not written in this crate.
            if inner["is_synthetic"] or inner["blanket_impl"] is not None:
                return
            names = [inner["trait"], inner["for"], inner["generics"]]
            self.types(names, place)
            for inside in inner["items"]:
                # The trait determines the signatures of its functions, but the impl chooses its associated types.
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
            # The implementations include those for types of other crates, which are not listed anywhere else.
            self.items(inner["items"] + inner["implementations"], place)
        if kind in ("struct", "enum", "union"):
            self.items(inner["impls"], place)

    def items(self, numbers, place):
        for number in numbers:
            if number is not None:
                self.item(number, place)

    def types(self, value, place):
        """Records every path in a part of a signature. Does not follow the ids of other items."""
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
            sys.exit(f"{crate}: found nothing in {file}; the format of rustdoc may have changed")
        allowed = EVERYWHERE | ALSO.get(crate, set())
        for (other, name), places in sorted(api.found.items()):
            # Crates in this workspace are released together.
            ours = other.replace("_", "-").startswith("jwt-") or other == crate.replace("-", "_")
            if ours or other in allowed or f"{other}::{name}" in allowed:
                continue
            violations += 1
            shown = sorted(places)
            more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
            print(f"{crate}: {other}::{name} is used in {', '.join(shown[:3])}{more}")
        for name in sorted(ALSO.get(crate, set())):
            if not any(other == name for other, _ in api.found):
                unused += 1
                print(f"{crate}: does not use {name}, which scripts/public_types.py allows")
    if violations or unused:
        sys.exit(f"{violations} types of other crates in the public API, {unused} unused allowances")
    print(f"the public API of {len(arguments)} crates contains only allowed types of other crates")


if __name__ == "__main__":
    main(sys.argv[1:])
