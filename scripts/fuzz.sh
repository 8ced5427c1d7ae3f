#!/usr/bin/env bash
# Runs every fuzz target for so many seconds (default 30, a smoke run), from its seeds and from what earlier runs found.
# Fails on any finding, which is then in fuzz/artifacts.
#   bash scripts/fuzz.sh [seconds] [target…]
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/need.sh

seconds="${1:-30}"
if ! [[ "$seconds" =~ ^[1-9][0-9]*$ ]]; then
    echo "usage: $0 [seconds] [target…]" >&2
    exit 2
fi
targets=("${@:2}")
if [ "${#targets[@]}" = 0 ]; then
    targets=(token authorization cookies jwk)
fi

if ! command -v cargo-fuzz >/dev/null; then
    cargo install cargo-fuzz --locked
fi
# libFuzzer is C++.
need has_cxx 'g++' 'a C++ compiler is missing: install g++ or clang'

# Sanitizers and coverage are unstable flags of the compiler. This lets the stable one take them, so that the fuzzed code
# is what the installed toolchain makes and no nightly is needed. Nothing that is released is built with it.
export RUSTC_BOOTSTRAP=1

cargo fuzz build
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
for target in "${targets[@]}"; do
    mkdir -p "fuzz/corpus/$target"
    # Past the size cap of a token; what a server takes as a header field; an RSA key of 8192 bits.
    case "$target" in
        token) length=17000 ;;
        jwk) length=8192 ;;
        *) length=4096 ;;
    esac
    if ! cargo fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -dict=fuzz/dictionary -max_len="$length" -max_total_time="$seconds" -timeout=10 -print_final_stats=1 \
        >"$log" 2>&1; then
        tail -n 60 "$log" >&2
        echo "$target: FAILED" >&2
        exit 1
    fi
    executions="$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
    coverage="$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)"
    echo "$target: ${executions:-no} executions, ${coverage:-no} edges covered, no findings"
done
