#!/usr/bin/env bash
# `make bench-sync`: release builds, peers, one run side by side; see run.py for its options.
set -euo pipefail
cd "$(dirname "$0")/../.."
source scripts/common.sh
venv=$cache/bench-venv
packages=(apsw==3.54.1.0 zstandard==0.25.0)
"$venv/bin/python" -c 'import apsw, zstandard' 2>/dev/null ||
  { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet "${packages[@]}"; }
cargo build --release -p suanpan-testkit -p suanpan-bench
exec "$venv/bin/python" bench/sync/run.py "$@"
