#!/usr/bin/env bash
# Checks formatting, lints, and documentation, and runs all tests. Installs missing tools.
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
# The default crypto backend is written in C.
need has_c 'gcc libc6-dev' 'a C compiler is missing: install gcc or clang'
# A test runs the curl commands that the quickstarts print.
need 'curl --version' 'curl' 'curl is missing: install it'
# The stores are tested with real servers, which the tests start and stop. Debian does not put PostgreSQL's programs on
# the PATH.
need 'redis-server --version' 'redis-server' 'redis-server is missing: install Redis (the package redis-server)'
need 'has_postgresql /usr/lib/postgresql/*/bin' 'postgresql' \
    "PostgreSQL's server is missing: install it (the package postgresql)"
# The tests in tests/tests/browser open pages in a real browser.
need has_chromium 'chromium chromium-driver' \
    'chromium and chromedriver of the same version are missing: install them (the packages chromium and chromium-driver)'
# One test runs flask-jwt-extended itself, which pip installs.
need has_python_with_pip 'python3 python3-pip' 'python3 with pip is missing: install Python 3.10 or later'

# Every package with every feature, so lints and documentation share compiled artifacts, and so do programs and tests.
all=(--workspace --all-features --locked)
# Each crate is compiled only once, so incremental artifacts would be a waste.
export CARGO_INCREMENTAL=0
target="$(target_directory)"

say formatting
cargo fmt --all --check
say lints
cargo clippy "${all[@]}" --all-targets -- -D warnings
say "documentation, as docs.rs builds it"
RUSTDOC="$PWD/scripts/rustdoc.sh" RUSTDOCFLAGS='-D warnings --cfg docsrs' cargo doc "${all[@]}" --no-deps
say "packages, as published on crates.io"
mapfile -t packages < <(published)
cargo package --quiet --no-verify --offline --allow-dirty --locked "${packages[@]/#/--package=}"
say "tests, with both crypto libraries, flask-jwt-extended, and a browser"
cargo build "${all[@]}" --bins
JWT_TESTS_PROGRAMS="$target/debug" cargo test "${all[@]}"
# Only the tests that depend on features; the long script runs all of them. Features of dependencies that make no
# difference are the same as above, to avoid compiling the dependencies again.
say "tests of the core with aws-lc only"
cargo test --package jwt-core --no-default-features --features aws-lc,aws-lc-rs/prebuilt-nasm --locked
# Any crate in an application can enable arbitrary_precision, which changes how serde_json represents numbers.
say "tests with rust-crypto only, and with serde_json's arbitrary_precision"
other=(--package jwt-core --package jwt-test-verifier --no-default-features --locked
    --features rust-crypto,serde_json/arbitrary_precision)
cargo test "${other[@]}" --lib --test core
# Without the oracle tests: with this feature, the other library rejects fractions and exponents.
cargo test "${other[@]}" --test verifier -- bodies:: cves:: properties:: rotation::
say "building without a crypto library fails with a clear error"
if message=$(cargo check --package jwt-core --no-default-features --locked 2>&1); then
    echo "jwt-core was built without a crypto library" >&2
    exit 1
fi
grep -F 'jwt-core needs a crypto library: leave its default features on' <<<"$message"
