#!/usr/bin/env bash
# Opens the sample county in the desktop window; without a display, serves it on a loopback address.
# The book is made on the first run and kept: delete the file to begin anew.
#
# The debug profile is on purpose: it starts as fast as the release one (dependencies are optimised in
# both), builds in half the time, and is the very build that `make test` uses.
set -euo pipefail
source "$(dirname "$0")/common.sh"
cd "$repo"

book=${XDG_DATA_HOME:-$HOME/.local/share}/suanpan/sample.book
bin=$CARGO_TARGET_DIR/debug

has_display() { [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; }

if has_display; then
  scripts/setup.sh run
  scripts/build-ui.sh
  cargo build --bins "${workspace[@]}"
else
  say "there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set): serving to a browser instead"
  scripts/setup.sh serve
  scripts/build-ui.sh
  cargo build -p suanpan-cli
fi

if [ ! -e "$book" ]; then
  say "making the sample county in $book"
  mkdir -p "$(dirname "$book")"
  # A half-made book must not be taken for a whole one next time.
  trap 'rm -f "$book"*' EXIT
  "$bin/suanpan" sample "$book"
  trap - EXIT
fi

if has_display; then
  exec "$bin/suanpan-desktop" "$book"
fi
say "open the address below in a browser on this machine; Ctrl+C ends"
exec "$bin/suanpan" serve "$book" --port "${PORT:-0}"
