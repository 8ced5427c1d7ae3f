#!/usr/bin/env bash
# Checks that take longer than the tests and are not needed for every change. Continues after a failed part, and lists
# the failed parts at the end. Installs missing cargo subcommands.
#   bash scripts/long.sh [seconds] [part…]    # seconds for each fuzz target (default 30)
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/need.sh
source scripts/crates.sh

parts=(features alone release docs packages benches provider dependencies api semver msrv fuzz instructions)
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

# command_of_cargo NAME: installs a cargo subcommand if it is missing.
command_of_cargo() {
    command -v "cargo-$1" >/dev/null || cargo install --locked "cargo-$1"
}

# All tests with the features for which test.sh only runs some of them.
part_features() {
    cargo test --package jwt-core --package jwt-test --package jwt-test-verifier --package jwt-tests \
        --no-default-features --features rust-crypto,jwt-test/identity --locked
    cargo test --package jwt-tests --no-default-features --locked --test behaviour \
        --features rust-crypto,serde_json/arbitrary_precision -- answers:: cookies:: guards:: issuers::
    cargo test --package jwt-core --features serde_json/arbitrary_precision --locked
    cargo test --package jwt-test-verifier --features serde_json/arbitrary_precision --locked -- \
        bodies:: cves:: properties:: rotation::
}

# Each crate and each example with only the features that it enables itself. In a build of the whole workspace, features
# that other packages enable are on, too.
part_alone() {
    local crate features
    for crate in $(published); do
        cargo check --package "$crate" --locked
        # A crate that depends on the core needs one of its crypto libraries.
        if grep -q '^rust-crypto = ' "$crate/Cargo.toml"; then
            cargo check --package "$crate" --no-default-features --features rust-crypto --locked
        fi
        for features in actix axum metrics multipart openapi tokio tonic; do
            if grep -q "^$features = " "$crate/Cargo.toml"; then
                cargo check --package "$crate" --features "$features" --locked
            fi
        done
    done
    cargo check --package jwt-jwks --no-default-features --features aws-lc --locked
    # With and without encrypted connections.
    for features in sqlite postgres postgres,tls; do
        cargo check --package jwt-sqlx --no-default-features --features "$features" --locked
    done
    cargo check --package jwt-redis --features tls --locked
    for crate in examples/*/Cargo.toml; do
        cargo check --package "$(basename "$(dirname "$crate")")" --locked
    done
}

# Fake identities are not in a build without debug assertions. The dev-dependencies of jwt-jwks enable them, and cargo
# keeps them apart.
part_release() {
    local message
    if message="$(cargo check --release --package jwt-test --locked 2>&1)"; then
        echo "jwt-test was built with fake identities and without debug assertions" >&2
        return 1
    fi
    grep -F 'the feature `testing` of jwt-core creates authenticated requests' <<<"$message"
    cargo check --release --package jwt-test --features insecure-release --locked
    cargo check --release --package jwt-test --no-default-features --features aws-lc --locked
    cargo check --release --package jwt-jwks --locked
}

# Documentation with default features. Its links must not point to items behind other features.
part_docs() {
    local crate
    for crate in $(published); do
        RUSTDOCFLAGS='-D warnings' cargo doc --package "$crate" --no-deps --locked
    done
}

# Each crate compiles from its packaged files.
part_packages() {
    local packages
    mapfile -t packages < <(published)
    cargo package --allow-dirty --locked "${packages[@]/#/--package=}"
}

# The parts of the benchmark that do not need C++.
part_benches() {
    local crate
    for crate in bench-common bench-http bench-stores; do
        cargo clippy --manifest-path benches/speed/Cargo.toml --package "$crate" --all-targets --locked -- -D warnings
    done
    cargo test --manifest-path benches/speed/Cargo.toml --package bench-common --locked
}

# Licenses and sources, and known vulnerabilities if the advisory database can be fetched.
part_dependencies() {
    command_of_cargo deny
    cargo deny --all-features --locked check licenses sources bans
    if cargo deny fetch db; then
        cargo deny --all-features --locked check --disable-fetch advisories
    else
        echo "SKIPPED: known vulnerabilities of dependencies, because the advisory database cannot be fetched"
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

# Breaking changes since the last release.
part_semver() {
    local tag
    if ! tag="$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null)"; then
        echo "SKIPPED: changes since the last release, because there is no tag v*"
        return
    fi
    command_of_cargo semver-checks
    cargo semver-checks --workspace --baseline-rev "$tag"
}

# The oldest compiler that the manifests support. clippy's incompatible_msrv already checks uses of std.
part_msrv() {
    local msrv
    msrv="$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)"
    if RUSTUP_AUTO_INSTALL=0 cargo "+$msrv" --version >/dev/null 2>&1; then
        cargo "+$msrv" check --workspace --all-features --locked --target-dir "$target/msrv"
    else
        echo "SKIPPED: Rust $msrv, because it is not installed; rustup toolchain install $msrv"
    fi
}

# The tokens of an OpenID provider that npm installs.
part_provider() {
    need 'node --version && npm --version' 'nodejs npm' 'node and npm are missing: install Node.js 20 or later'
    cargo test --package jwt-tests --test provider --all-features --locked
}

part_fuzz() { bash scripts/fuzz.sh "$seconds"; }

part_instructions() { bash scripts/instructions.sh; }

target="$(target_directory)"
failed=()
for part in "${chosen[@]:-${parts[@]}}"; do
    printf '\n== %s\n' "$part"
    # In a subshell, which exits on the first failure.
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
