#!/usr/bin/env bash
# Counts the instructions of single operations, and fails if a count is more than 3 % above the committed baseline for
# this compiler and architecture. Unlike times, counts are reproducible: exactly, or within 1 % for RSA and ECDSA, which
# use random numbers.
#   bash scripts/instructions.sh            # compares
#   bash scripts/instructions.sh --write    # writes the baseline
# Valgrind does not support SHA-NI, so aws-lc computes HS256 here. Hashing then takes more instructions than on a
# processor with SHA-NI, so the counts are also shown without it. On a processor without AVX2, the library takes
# different code paths, and the counts differ from the baseline.
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

# A single codegen unit, so a change in one place does not affect inlining in another.
export CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 CARGO_PROFILE_RELEASE_LTO=fat
program="$(cargo build --release --package bench-instructions --locked --message-format json-render-diagnostics |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')"

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

# count CASE TIMES: prints all instructions, and those in the hash's block function.
count() {
    valgrind --quiet --tool=callgrind --callgrind-out-file="$folder/out" "$program" "$1" "$2"
    callgrind_annotate --threshold=100 "$folder/out" | awk '
        { gsub(",", "", $1) }
        /PROGRAM TOTALS/ { all = $1 }
        /sha(256|512)_block/ { hash += $1 }
        END { printf "%d %d\n", all, hash }'
}

# For each case: its name, the instructions of one operation, and those outside the hash. The counts are the difference
# between two runs, one with three times as many operations, so the setup does not count.
"$program" | LC_ALL=C sort | while read -r case times; do
    read -r few few_hash < <(count "$case" "$times")
    read -r many many_hash < <(count "$case" "$((3 * times))")
    all="$(((many - few) / (2 * times)))"
    hash="$(((many_hash - few_hash) / (2 * times)))"
    echo "$case $all $((all - hash))"
    printf '%-30s %10d, %10d outside the hash\n' "$case" "$all" "$((all - hash))" >&2
done >"$folder/counts"

awk '
    { all[$1] = $2; outside[$1] = $3 }
    END {
        ratio = outside["check-hs256"] / outside["jsonwebtoken-decode-hs256"]
        printf "check-hs256, outside the hash: %.2f of jsonwebtoken::decode (goal: at most 0.35, %s)\n", ratio,
            ratio <= 0.35 ? "met" : "missed"
        ratio = all["check-remote"] / all["check-issuer"]
        printf "check-remote: %.3f of check-issuer, whose keys do not change (at most 1.03)\n", ratio
        wrong = ratio > 1.03
        ratio = all["check-scopes"] / all["check-scopes-not-required"]
        printf "check-scopes: %.3f of the same check by a policy without scopes (at most 1.05)\n", ratio
        wrong = wrong || ratio > 1.05
        for (case in all)
            if (case ~ /-with-subscriber$/) {
                alone = substr(case, 1, length(case) - length("-with-subscriber"))
                ratio = all[case] / all[alone]
                printf "%s: %.3f of the same without one (at most 1.03)\n", case, ratio
                wrong = wrong || ratio > 1.03
            }
        exit wrong
    }' "$folder/counts"

# The counts of the other library are not part of the baseline.
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
        for (name in before) if (!(name in seen)) { printf "%s: in the baseline, but not a case\n", name; wrong = better = 1 }
        if (better) print "write the new baseline: bash scripts/instructions.sh --write"
        if (wrong) exit 1
        printf "no operation is more than 3 %% above %s\n", baseline
    }' "$baseline" "$folder/ours"
