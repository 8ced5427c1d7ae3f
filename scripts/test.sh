#!/usr/bin/env bash
# Everything that must hold: formatting, lints, documentation, all tests. Installs what it needs and finds missing.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/need.sh

say() { printf '\n== %s\n' "$*"; }

if ! command -v cargo >/dev/null; then
    echo "cargo is missing: install Rust from https://rustup.rs" >&2
    exit 1
fi
if ! cargo fmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
    rustup component add rustfmt clippy
fi
# The default crypto backend is C.
need 'command -v cc' 'gcc libc6-dev' 'a C compiler is missing: install gcc or clang'
# The walkthroughs of the quickstarts are pasted into a shell.
need 'command -v curl' 'curl' 'curl is missing: install it'
# The stores are tested on real servers, which the tests start and end themselves. Debian keeps PostgreSQL's programs out of
# the path.
need 'command -v redis-server' 'redis-server' 'redis-server is missing: install Redis (the package redis-server)'
need 'command -v initdb || ls /usr/lib/postgresql/*/bin/initdb' 'postgresql' \
    "PostgreSQL's server is missing: install it (the package postgresql)"
# One test asks flask-jwt-extended itself, which pip gets it.
need 'python3 -m pip --version' 'python3 python3-pip' 'python3 with pip is missing: install Python 3.10 or later'

# Beside what is on by default.
features=jwt-tests/flask,jwt-sqlx/postgres

say formatting
cargo fmt --all --check
say lints
cargo clippy --workspace --all-targets --features "$features" --locked -- -D warnings
say documentation
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --features "$features" --locked
say "tests, with both crypto libraries compiled in and flask-jwt-extended at hand"
cargo test --workspace --features "$features" --locked
# Any crate in an application may switch this on, and numbers then arrive in another shape.
say "tests of the core with aws-lc alone, and with serde_json's arbitrary_precision"
cargo test -p jwt-core --features serde_json/arbitrary_precision --locked
cargo test -p jwt-tests --test verifier --features serde_json/arbitrary_precision --locked -- properties cves
say "tests with rust-crypto alone"
cargo test -p jwt-core -p jwt-tests --no-default-features --features rust-crypto --locked
say "each other crate with rust-crypto alone"
for crate in jwt-axum jwt-actix jwt-warp; do
    cargo check -p "$crate" --no-default-features --features rust-crypto --locked
done
say "the contract and each store alone, which need no crypto library"
for crate in jwt-session jwt-conformance jwt-redis; do
    cargo check -p "$crate" --locked
done
for database in sqlite postgres; do
    cargo check -p jwt-sqlx --no-default-features --features "$database" --locked
done
say "encrypted connections to stores alone"
cargo check -p jwt-redis --features tls --locked
cargo check -p jwt-sqlx --no-default-features --features postgres,tls --locked
say "no crypto library is an error that says so"
if message=$(cargo check -p jwt-core --no-default-features --locked 2>&1); then
    echo "jwt-core was built without a crypto library" >&2
    exit 1
fi
grep -F 'jwt-core needs a crypto library: leave its default features on' <<<"$message"
