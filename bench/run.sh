#!/usr/bin/env bash
# `make bench`: release builds, peers, one run side by side; writes bench/results.json and docs/performance.md.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/common.sh
venv=$HOME/.cache/suanpan/bench-venv
[ -x "$venv/bin/python" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet openpyxl; }
scripts/build-ui.sh
cargo build --release -p suanpan-cli -p suanpan-bench
cargo build --release -p suanpan-desktop --features custom-protocol
exec "$venv/bin/python" bench/bench.py "$@"
