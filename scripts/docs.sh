#!/usr/bin/env bash
# Takes the pictures of the manual and the README anew from the running program, into docs/pictures.
# The screens and how to reach them are listed in tests/desktop/pictures.mjs; name some to take only those.
set -euo pipefail
source "$(dirname "$0")/common.sh"
cd "$repo"
scripts/setup.sh test
scripts/build-ui.sh
cargo build -p suanpan-cli
node tests/desktop/pictures.mjs docs/pictures "$@"
