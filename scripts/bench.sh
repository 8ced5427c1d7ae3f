#!/usr/bin/env bash
# Runs the benchmarks, and prints one table of goals with the versions of everything compared. Missed goals do not make
# it fail.
#   bash scripts/bench.sh                   # everything; half an hour, including the builds
#   bash scripts/bench.sh --quick           # few rounds, for a first impression
#   bash scripts/bench.sh --write           # writes goals and plot in jwt-core/src/guide, and their summary in README.md
#   bash scripts/bench.sh growth            # writes the tables and plots in jwt-core/src/guide/growth
#   bash scripts/bench.sh remote            # writes the table in jwt-core/src/guide/speed_remote.md
# Other arguments are passed to the program: --no-flask, and those that `--help` lists.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/need.sh

# One of the other libraries contains BoringSSL, which is built with cmake and needs libclang for its bindings.
need has_c 'gcc libc6-dev' 'a C compiler is missing: install gcc or clang'
need has_cxx 'g++' 'a C++ compiler is missing: install g++ or clang'
need 'cmake --version' 'cmake' 'cmake is missing: install it'
need 'has_libclang /usr/lib/llvm-*/lib /usr/lib/*-linux-gnu /usr/lib64 /usr/lib /usr/local/lib' 'libclang-dev' \
    'libclang is missing: install it (the package libclang-dev), or set LIBCLANG_PATH'
# flask-jwt-extended is measured, too.
need has_python_with_pip 'python3 python3-pip' 'python3 with pip is missing: install Python 3.10 or later'

measure() { cargo run --release --locked --manifest-path benches/speed/Cargo.toml -- "$@"; }

if [ "${1:-}" = growth ] || [ "${1:-}" = remote ]; then
    measure "$@"
    exit
fi
if [[ " $* " == *" --quick "* && " $* " == *" --write "* ]]; then
    echo "--quick measures too few rounds for the pages: use either --quick or --write" >&2
    exit 2
fi
arguments=(all)
quick=
svg="${CARGO_TARGET_DIR:-benches/speed/target}/speed.svg"
for argument in "$@"; do
    case "$argument" in
        --write)
            svg=jwt-core/src/guide/speed.svg
            arguments+=(--readme README.md --page jwt-core/src/guide/speed.md)
            arguments+=(--remote jwt-core/src/guide/speed_remote.md)
            ;;
        --quick) quick=1 arguments+=("$argument") ;;
        *) arguments+=("$argument") ;;
    esac
done
if [ -z "$quick" ]; then
    # It fails if a count exceeds the baseline; continue anyway. If it prints no ratio, the row is left out.
    counted="$(bash scripts/instructions.sh | tee /dev/stderr)" || true
    ratio="$(sed -n 's/^check-hs256, outside the hash: \([0-9.]*\) .*/\1/p' <<<"$counted")"
    arguments+=(${ratio:+--instructions "$ratio"})
fi
measure "${arguments[@]}" --svg "$svg"
echo "written: $svg" >&2
