#!/usr/bin/env bash
# Makes a Debian 12 machine ready. Installs only what is missing; run again, it does nothing in under a second.
#   setup.sh serve   build the program and serve it to a browser that is already there
#   setup.sh run     the same, and the desktop window
#   setup.sh test    the same, and everything the tests start (browser, Xvfb, input method, tauri-driver)
#   setup.sh bench   the same, and the peers that `make bench` and `make bench-sync` measure against
# Cargo and Node must be there already. Works as root, or with sudo.
set -euo pipefail
source "$(dirname "$0")/common.sh"

level=${1:-run}
tauri_driver_version=2.1.0

build=(build-essential pkg-config curl libssl-dev)
window=(libwebkit2gtk-4.1-dev libgtk-3-dev librsvg2-dev dbus-x11 at-spi2-core fonts-noto-cjk fonts-noto-core)
tests=(xvfb xauth webkit2gtk-driver imagemagick x11-utils xdotool xclip chromium
  fcitx5 fcitx5-chinese-addons fcitx5-frontend-gtk3 gir1.2-webkit2-4.1 python3-gi strace
  postgresql)
bench=(python3-venv)

case $level in
  serve) wanted=("${build[@]}") ;;
  run) wanted=("${build[@]}" "${window[@]}") ;;
  test) wanted=("${build[@]}" "${window[@]}" "${tests[@]}") ;;
  bench) wanted=("${build[@]}" "${window[@]}" "${tests[@]}" "${bench[@]}") ;;
  *) die "setup.sh: unknown level '$level' (serve, run, test or bench)" ;;
esac

install_packages() {
  command -v dpkg-query >/dev/null || die "This is not Debian. Install what corresponds to these packages and try again:
  ${wanted[*]}"
  local missing as_root=()
  mapfile -t missing < <(missing_packages "${wanted[@]}")
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "These packages are missing, and there is neither root nor sudo here. As root:
  apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${#missing[@]} packages: ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  "${apt[@]}" update || die "The package lists could not be fetched. Is there a network? The first run needs one; later runs do not."
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" ||
    die "apt-get could not install the packages above. Is there a network, room on the disk, and is this Debian 12?"
}

# need COMMAND LEAST_VERSION HOW
need() {
  command -v "$1" >/dev/null || die "'$1' is missing. $3"
  local have
  have=$("$1" --version | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1)
  [ "$(printf '%s\n%s\n' "$2" "$have" | sort -V | head -n 1)" = "$2" ] || die "'$1' is $have, but $2 or newer is needed. $3"
}

# npm ci, but only when the lock or Node changed since the last time.
install_npm() {
  local folder=$1 stamp=$1/node_modules/.suanpan-setup now
  [ -f "$folder/package-lock.json" ] || die "$folder/package-lock.json is missing: the checkout is not complete."
  now="$(sha256sum <"$folder/package-lock.json") $(node --version)"
  [ "$(cat "$stamp" 2>/dev/null)" != "$now" ] || return 0
  say "npm ci in ${folder#"$repo"/}"
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) || die "npm ci failed in $folder. Is there a network? The first run needs one."
  printf '%s\n' "$now" >"$stamp"
}

install_tauri_driver() {
  grep -qF "\"tauri-driver $tauri_driver_version " "$tools/.crates.toml" 2>/dev/null && return 0
  say "cargo install tauri-driver $tauri_driver_version (about a minute, once)"
  # A target folder of its own: the shared one may be locked, and these parts are needed only once.
  env -u CARGO_TARGET_DIR cargo install tauri-driver --version "$tauri_driver_version" --locked --quiet --root "$tools" ||
    die "tauri-driver could not be installed. Is there a network? The first run needs one."
}

need cargo 1.90 "Install Rust (with rustup, or from your distribution)."
need node 20.11 "Install Node 20.11 or newer."
need npm 9.0 "Install npm."
install_packages
install_npm "$repo/ui"
case $level in
  test | bench)
    install_npm "$repo/tests"
    install_tauri_driver
    ;;
esac
[ "$level" != bench ] || install_npm "$repo/bench/sync"
