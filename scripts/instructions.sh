#!/usr/bin/env bash
# Counts the instructions of single operations, and fails where one takes more than 3 % more than the committed baseline of
# this compiler and architecture. Counts repeat where times do not: to the last instruction, and within 1 % where RSA and ECDSA
# take random numbers.
#   bash scripts/instructions.sh            # compares
#   bash scripts/instructions.sh --write    # writes the baseline
# Valgrind has no SHA-NI: aws-lc computes HS256 then, and what is spent in the blocks of the hash is not what a processor with
# these instructions spends, so that it is also shown without. It takes other ways for processors without AVX2, whose counts differ from the baseline's.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/need.sh

if [ "$#" -gt 1 ] || { [ "$#" = 1 ] && [ "$1" != --write ]; }; then
    echo "usage: $0 [--write]" >&2
    exit 2
fi
need has_callgrind 'valgrind' 'valgrind is missing: install it'

compiler="$(rustc --version | cut -d ' ' -f 2)"
architecture="$(uname -m)"
baseline="benches/instructions/baseline/rustc-$compiler-$architecture.txt"
if [ "${1:-}" != --write ] && ! [ -e "$baseline" ]; then
    echo "no baseline for rustc $compiler on $architecture: write one with 'bash $0 --write' and commit $baseline" >&2
    exit 1
fi

# One unit of code, so that a change here does not move what is inlined there.
export CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_PROFILE_RELEASE_LTO=fat
program="$(cargo build --release --package bench-instructions --locked --message-format json-render-diagnostics |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')"

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

# count CASE TIMES: instructions in all, and those in the blocks of the hash.
count() {
    valgrind --quiet --tool=callgrind --callgrind-out-file="$folder/out" "$program" "$1" "$2"
    callgrind_annotate --threshold=100 "$folder/out" | awk '
        { gsub(",", "", $1) }
        /PROGRAM TOTALS/ { all = $1 }
        /sha(256|512)_block/ { hash += $1 }
        END { printf "%d %d\n", all, hash }'
}

# Each case by its name, an operation's instructions, and those outside the hash: what three times as many operations take
# more, so that what comes before the first one does not count.
"$program" | LC_ALL=C sort | while read -r case times; do
    read -r few few_hash < <(count "$case" "$times")
    read -r many many_hash < <(count "$case" "$((3 * times))")
    all="$(((many - few) / (2 * times)))"
    hash="$(((many_hash - few_hash) / (2 * times)))"
    echo "$case $all $((all - hash))"
    printf '%-30s %10d, %10d outside the hash\n' "$case" "$all" "$((all - hash))" >&2
done >"$folder/counts"

awk '
    { outside[$1] = $3 }
    END {
        ratio = outside["check-hs256"] / outside["jsonwebtoken-decode-hs256"]
        printf "check-hs256, outside the hash: %.2f of jsonwebtoken::decode (goal: at most 0.35, %s)\n", ratio,
            ratio <= 0.35 ? "met" : "missed"
    }' "$folder/counts"

# What the other library takes is no matter of ours.
grep -v '^jsonwebtoken-' "$folder/counts" | cut -d ' ' -f 1,2 >"$folder/ours"
if [ "${1:-}" = --write ]; then
    mkdir -p "$(dirname "$baseline")"
    cp "$folder/ours" "$baseline"
    echo "written: $baseline"
    exit
fi
awk -v baseline="$baseline" '
    NR == FNR { before[$1] = $2; next }
    { seen[$1] = 1 }
    !($1 in before) { printf "%s: not in the baseline\n", $1; wrong = better = 1; next }
    { change = 100 * ($2 / before[$1] - 1) }
    change > 3 { printf "%s: FAILED: %d instructions, %.1f %% more than the %d of the baseline\n", $1, $2, change, before[$1]; wrong = 1 }
    change < -3 { printf "%s: better: %d instructions, %.1f %% less than the %d of the baseline\n", $1, $2, -change, before[$1]; better = 1 }
    END {
        for (name in before) if (!(name in seen)) { printf "%s: in the baseline, and no case\n", name; wrong = better = 1 }
        if (better) print "write the new baseline: bash scripts/instructions.sh --write"
        if (wrong) exit 1
        printf "none takes more than 3 %% more than %s\n", baseline
    }' "$baseline" "$folder/ours"
