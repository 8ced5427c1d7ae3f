#!/usr/bin/env bash
# What takes longer than the tests and need not be run for each change. Goes on after a part that fails, and names those at
# the end. Installs the commands of cargo that it finds missing.
#   bash scripts/long.sh [seconds] [part…]    # each fuzz target for so many seconds (default 30)
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/need.sh
source scripts/crates.sh

parts=(features alone docs packages benches dependencies api semver msrv fuzz instructions)
seconds=30
chosen=()
for argument in "$@"; do
    if [[ "$argument" =~ ^[1-9][0-9]*$ ]]; then
        seconds="$argument"
    elif [[ " ${parts[*]} " == *" $argument "* ]]; then
        chosen+=("$argument")
    else
        echo "usage: $0 [seconds] [part…], with these parts: ${parts[*]}" >&2
        exit 2
    fi
done

# command_of_cargo NAME: installs it where it is missing.
command_of_cargo() {
    command -v "cargo-$1" >/dev/null || cargo install --locked "cargo-$1"
}

# All tests with the features that the gate runs a part of them with.
part_features() {
    cargo test --package jwt-core --package jwt-tests --no-default-features --features rust-crypto --locked
    cargo test --package jwt-core --features serde_json/arbitrary_precision --locked
    cargo test --package jwt-tests --test verifier --features serde_json/arbitrary_precision --locked -- \
        bodies:: cves:: properties:: rotation::
}

# Each crate and each example with no feature of a dependency but those that it asks for itself. What is compiled for the
# whole workspace has those of all others as well.
part_alone() {
    local crate features
    for crate in $(published); do
        cargo check --package "$crate" --locked
        # What has the core needs one of its crypto libraries.
        if grep -q '^rust-crypto = ' "$crate/Cargo.toml"; then
            cargo check --package "$crate" --no-default-features --features rust-crypto --locked
            cargo check --package "$crate" --features multipart --locked
        fi
    done
    # With and without encrypted connections.
    for features in sqlite postgres postgres,tls; do
        cargo check --package jwt-sqlx --no-default-features --features "$features" --locked
    done
    cargo check --package jwt-redis --features tls --locked
    for crate in examples/*/Cargo.toml; do
        cargo check --package "$(basename "$(dirname "$crate")")" --locked
    done
}

# With the features that are on by default, where a page must not refer to what is not there.
part_docs() {
    local crate
    for crate in $(published); do
        RUSTDOCFLAGS='-D warnings' cargo doc --package "$crate" --no-deps --locked
    done
}

# Each crate compiles from what is in its package.
part_packages() {
    local packages
    mapfile -t packages < <(published)
    cargo package --allow-dirty --locked "${packages[@]/#/--package=}"
}

# The parts of the benchmark that need no C++.
part_benches() {
    local crate
    for crate in bench-common bench-http bench-stores; do
        cargo clippy --manifest-path benches/speed/Cargo.toml --package "$crate" --all-targets --locked -- -D warnings
    done
    cargo test --manifest-path benches/speed/Cargo.toml --package bench-common --locked
}

# Licences and sources, and known vulnerabilities where their list can be had.
part_dependencies() {
    command_of_cargo deny
    cargo deny --all-features --locked check licenses sources bans
    if cargo deny fetch db; then
        cargo deny --all-features --locked check --disable-fetch advisories
    else
        echo "NOT LOOKED AT: known vulnerabilities of dependencies, whose list cannot be fetched from here"
    fi
}

# Types of other crates in the public API.
part_api() {
    local crate documents=()
    need has_python_with_pip 'python3 python3-pip' 'python3 is missing: install Python 3.10 or later'
    RUSTDOC="$PWD/scripts/rustdoc.sh" RUSTDOCFLAGS='-Z unstable-options --output-format json' \
        cargo doc --workspace --all-features --no-deps --lib --locked
    for crate in $(published); do
        documents+=("$crate=$target/doc/${crate//-/_}.json")
    done
    python3 scripts/public_types.py "${documents[@]}"
}

# What users of the last release would notice.
part_semver() {
    local tag
    if ! tag="$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null)"; then
        echo "NOT LOOKED AT: what changed since the last release, for there is no tag v*"
        return
    fi
    command_of_cargo semver-checks
    cargo semver-checks --workspace --baseline-rev "$tag"
}

# The oldest compiler that the manifests promise. clippy's incompatible_msrv has looked at std in any case.
part_msrv() {
    local msrv
    msrv="$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)"
    if RUSTUP_AUTO_INSTALL=0 cargo "+$msrv" --version >/dev/null 2>&1; then
        cargo "+$msrv" check --workspace --all-features --locked --target-dir "$target/msrv"
    else
        echo "NOT LOOKED AT: Rust $msrv, which is not installed; rustup toolchain install $msrv"
    fi
}

part_fuzz() { bash scripts/fuzz.sh "$seconds"; }

part_instructions() { bash scripts/instructions.sh; }

target="$(target_directory)"
failed=()
for part in "${chosen[@]:-${parts[@]}}"; do
    printf '\n== %s\n' "$part"
    # In a shell of its own, which ends with its first failure.
    set +e
    (set -e; "part_$part")
    status=$?
    set -e
    if [ "$status" != 0 ]; then
        failed+=("$part")
    fi
done
if [ "${#failed[@]}" != 0 ]; then
    echo "FAILED: ${failed[*]}" >&2
    exit 1
fi
