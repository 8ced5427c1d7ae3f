#!/usr/bin/env bash
# What takes longer than the tests and need not be run for each change: fuzzing, each target for so many seconds (default
# 30), and the instructions of single operations against their baseline.
#   bash scripts/long.sh [seconds]
set -euo pipefail
cd "$(dirname "$0")/.."

bash scripts/fuzz.sh "${1:-30}"
bash scripts/instructions.sh
