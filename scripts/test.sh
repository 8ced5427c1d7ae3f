#!/usr/bin/env bash
# Everything that must hold: formatting, lints, documentation, all tests. Installs what it needs and finds missing.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/need.sh
source scripts/crates.sh

say() { printf '\n== %s\n' "$*"; }

if ! command -v cargo >/dev/null; then
    echo "cargo is missing: install Rust from https://rustup.rs" >&2
    exit 1
fi
if ! cargo fmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
    rustup component add rustfmt clippy
fi
# The default crypto backend is C.
need has_c 'gcc libc6-dev' 'a C compiler is missing: install gcc or clang'
# The walkthroughs of the quickstarts are pasted into a shell.
need 'curl --version' 'curl' 'curl is missing: install it'
# The stores are tested on real servers, which the tests start and end themselves. Debian keeps PostgreSQL's programs out of
# the path.
need 'redis-server --version' 'redis-server' 'redis-server is missing: install Redis (the package redis-server)'
need 'has_postgresql /usr/lib/postgresql/*/bin' 'postgresql' \
    "PostgreSQL's server is missing: install it (the package postgresql)"
# One test asks flask-jwt-extended itself, which pip gets it.
need has_python_with_pip 'python3 python3-pip' 'python3 with pip is missing: install Python 3.10 or later'

# Every package with every feature, so that lints and documentation share what they compile, and programs and tests do.
all=(--workspace --all-features --locked)
# Each crate is compiled once, so that nothing is written for compiling it again.
export CARGO_INCREMENTAL=0
target="$(target_directory)"

say formatting
cargo fmt --all --check
say lints
cargo clippy "${all[@]}" --all-targets -- -D warnings
say "documentation, as docs.rs builds it"
RUSTDOC="$PWD/scripts/rustdoc.sh" RUSTDOCFLAGS='-D warnings --cfg docsrs' cargo doc "${all[@]}" --no-deps
say "packages, as crates.io gets them"
mapfile -t packages < <(published)
cargo package --quiet --no-verify --offline --allow-dirty --locked "${packages[@]/#/--package=}"
say "tests, with both crypto libraries compiled in and flask-jwt-extended at hand"
cargo build "${all[@]}" --bins
JWT_TESTS_PROGRAMS="$target/debug" cargo test "${all[@]}"
# The tests that other features can change; the long script runs all. Features of dependencies that change nothing are as
# above, so that these are not compiled again.
say "tests of the core with aws-lc alone"
cargo test --package jwt-core --no-default-features --features aws-lc,aws-lc-rs/prebuilt-nasm --locked
# Any crate in an application may switch arbitrary_precision on, and numbers then arrive in another shape.
say "tests with rust-crypto alone, and with serde_json's arbitrary_precision"
other=(--package jwt-core --package jwt-tests --no-default-features --locked
    --features rust-crypto,serde_json/arbitrary_precision,jwt-redis/tls,jwt-sqlx/tls)
cargo test "${other[@]}" --lib --test core
# Without the oracle: the other library takes no fractions and exponents then.
cargo test "${other[@]}" --test verifier -- bodies:: cves:: properties:: rotation::
cargo test "${other[@]}" --test behaviour -- answers:: cookies:: guards:: issuers::
say "no crypto library is an error that says so"
if message=$(cargo check --package jwt-core --no-default-features --locked 2>&1); then
    echo "jwt-core was built without a crypto library" >&2
    exit 1
fi
grep -F 'jwt-core needs a crypto library: leave its default features on' <<<"$message"
