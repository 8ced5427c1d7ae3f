#!/usr/bin/env bash
# Runs every fuzz target for the given number of seconds (default 30, a smoke test), starting from its seeds and the
# corpus of earlier runs. Fails on any finding and leaves it in fuzz/artifacts.
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
    targets=(token authorization cookies guards jwk tool_calls)
fi

if ! command -v cargo-fuzz >/dev/null; then
    cargo install cargo-fuzz --locked
fi
# libFuzzer is written in C++.
need has_cxx 'g++' 'a C++ compiler is missing: install g++ or clang'

# Sanitizers and coverage are unstable compiler flags. This lets the stable compiler accept them, so the installed
# toolchain is the one that is tested, and no nightly is needed. Nothing that is released is built this way.
export RUSTC_BOOTSTRAP=1

cargo fuzz build
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
for target in "${targets[@]}"; do
    mkdir -p "fuzz/corpus/$target"
    # Above the size cap of a token; the largest header field that servers accept; an RSA key of 8192 bits.
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
