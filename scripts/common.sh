# Shared by the scripts of this folder: where things are, and how we speak. Sourced, never run.
# shellcheck shell=bash

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=$HOME/.cache/suanpan
tools=$cache/tools
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}

# One set of packages and features for running and testing, so that nothing is compiled twice.
# custom-protocol: the desktop window shows the embedded UI instead of a development server.
workspace=(--workspace --features suanpan-desktop/custom-protocol)

say() { printf '\033[1m%s\033[0m\n' "== $*"; }
die() { printf '\n%s\n' "$*" >&2; exit 1; }

# Prints one hash over the contents and names of the UI's sources.
ui_sources_hash() {
  (cd "$repo/ui" && find . \( -name node_modules -o -name 'dist*' \) -prune -o -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
}

# missing_packages NAME…: prints those that are not installed. dpkg-query ends with 1 as soon as it does not
# know one of them, which is just what is asked here: under `set -e` that must not end the question.
missing_packages() {
  local installed
  installed=$({ dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null || true; } | awk '$1 == "ii" { print $2 }')
  printf '%s\n' "$@" | grep -vxF -e "$installed" || true
}
