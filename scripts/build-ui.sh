#!/usr/bin/env bash
# Builds the web UI into ui/dist, and with --lab also the grid's laboratory page into ui/dist-lab;
# does nothing when no source changed since the last build. vue-tsc checks the types on the way.
set -euo pipefail
source "$(dirname "$0")/common.sh"

hash=$(ui_sources_hash)

# fresh NAME FILE: was FILE built from the sources as they are now?
fresh() { [ -f "$repo/ui/$2" ] && [ "$(cat "$repo/ui/node_modules/.suanpan-built-$1" 2>/dev/null)" = "$hash" ]; }
built() { printf '%s\n' "$hash" >"$repo/ui/node_modules/.suanpan-built-$1"; }

cd "$repo/ui"
if ! fresh dist dist/index.html; then
  say "building the UI"
  npm run --silent build
  built dist
fi
if [ "${1:-}" = --lab ] && ! fresh dist-lab dist-lab/grid-lab.html; then
  say "building the grid's laboratory page"
  SUANPAN_LAB=1 npx --no-install vite build --logLevel warn
  built dist-lab
fi
