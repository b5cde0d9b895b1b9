#!/usr/bin/env bash
# `make bench`: release builds, peers, one run side by side; writes bench/results.json and docs/performance.md.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/common.sh
venv=$cache/bench-venv
"$venv/bin/python" -c 'import openpyxl' 2>/dev/null || { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet openpyxl==3.1.5; }
scripts/build-ui.sh
cargo build --release -p suanpan-cli -p suanpan-bench
cargo build --release -p suanpan-desktop -p suanpan-bare-window --features suanpan-desktop/custom-protocol
exec "$venv/bin/python" bench/bench.py "$@"
