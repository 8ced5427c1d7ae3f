#!/usr/bin/env bash
# Measures, and prints one table of goals with the versions of everything that is compared. No verdict makes it fail.
#   bash scripts/bench.sh                   # everything, half an hour with the builds
#   bash scripts/bench.sh --quick           # few rounds, for a look
#   bash scripts/bench.sh --write           # writes goals and plot in jwt-core/src/guide, and their summary in README.md
#   bash scripts/bench.sh growth            # writes the tables and plots of jwt-core/src/guide/growth
# What else is given goes to the program: --no-flask, and what `--help` shows.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/need.sh

# BoringSSL, which one of the others is made of, is built by cmake and read by libclang.
need has_c 'gcc libc6-dev' 'a C compiler is missing: install gcc or clang'
need has_cxx 'g++' 'a C++ compiler is missing: install g++ or clang'
need 'cmake --version' 'cmake' 'cmake is missing: install it'
need 'has_libclang /usr/lib/llvm-*/lib /usr/lib/*-linux-gnu /usr/lib64 /usr/lib /usr/local/lib' 'libclang-dev' \
    'libclang is missing: install it (the package libclang-dev), or set LIBCLANG_PATH'
# flask-jwt-extended takes part.
need has_python_with_pip 'python3 python3-pip' 'python3 with pip is missing: install Python 3.10 or later'

measure() { cargo run --release --locked --manifest-path benches/speed/Cargo.toml -- "$@"; }

if [ "${1:-}" = growth ]; then
    measure "$@"
    exit
fi
if [[ " $* " == *" --quick "* && " $* " == *" --write "* ]]; then
    echo "few rounds are for a look, and not for the pages: --quick or --write" >&2
    exit 2
fi
arguments=(all)
quick=
svg="${CARGO_TARGET_DIR:-benches/speed/target}/speed.svg"
for argument in "$@"; do
    case "$argument" in
        --write) svg=jwt-core/src/guide/speed.svg arguments+=(--readme README.md --page jwt-core/src/guide/speed.md) ;;
        --quick) quick=1 arguments+=("$argument") ;;
        *) arguments+=("$argument") ;;
    esac
done
if [ -z "$quick" ]; then
    # Above its baseline it fails, and there is something to measure all the same. Without one the row is left out.
    counted="$(bash scripts/instructions.sh | tee /dev/stderr)" || true
    ratio="$(sed -n 's/^check-hs256, outside the hash: \([0-9.]*\) .*/\1/p' <<<"$counted")"
    arguments+=(${ratio:+--instructions "$ratio"})
fi
measure "${arguments[@]}" --svg "$svg"
echo "written: $svg" >&2
