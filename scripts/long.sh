#!/usr/bin/env bash
# What takes longer than the tests and need not be run for each change: the parts of the benchmark that need no C++, fuzzing,
# each target for so many seconds (default 30), and the instructions of single operations against their baseline.
#   bash scripts/long.sh [seconds]
set -euo pipefail
cd "$(dirname "$0")/.."

for crate in bench-common bench-http bench-stores; do
    cargo clippy --manifest-path benches/speed/Cargo.toml --package "$crate" --all-targets --locked -- -D warnings
done
cargo test --manifest-path benches/speed/Cargo.toml --package bench-common --locked
bash scripts/fuzz.sh "${1:-30}"
bash scripts/instructions.sh
