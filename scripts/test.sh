#!/usr/bin/env bash
# Everything that decides whether a change is good, in one run: formatting, lints, Rust, UI unit tests,
# browser, desktop window, real input method. Each step has a time limit and a log of its own; the last
# line sums the runners. A skipped test counts as a failure. Start at the list of steps at the end.
set -uo pipefail
source "$(dirname "$0")/common.sh"
source "$repo/scripts/count.sh"
cd "$repo" || exit 1

logs=$CARGO_TARGET_DIR/test-logs
mkdir -p "$logs"
export SUANPAN_BIN=$CARGO_TARGET_DIR/debug/suanpan
export SUANPAN_DESKTOP_BIN=$CARGO_TARGET_DIR/debug/suanpan-desktop
export TAURI_DRIVER=$tools/bin/tauri-driver

passed=0 failed=0 summary=() broken=() current=

# `timeout` leads a process group of its own, so one signal ends a step with all it started.
trap '[ -z "$current" ] || kill -KILL -- "-$current" 2>/dev/null' EXIT
trap 'exit 130' INT TERM HUP

# step NAME LIMIT_s COUNTER COMMAND…   COUNTER reads the log and prints "passed failed".
step() {
  local name=$1 limit_s=$2 counter=$3 log=$logs/$1.log started=$SECONDS status p f
  shift 3
  say "$name"
  : >"$log" # There before `tail` looks for it.
  # To a file, never to a pipe: a process left behind would keep a pipe open for ever.
  timeout --kill-after=15 "$limit_s" "$@" >"$log" 2>&1 </dev/null &
  current=$!
  tail -n +1 -s 0.2 -f --pid="$current" "$log" &
  local viewer=$!
  wait "$current"
  status=$?
  wait "$viewer"
  current=
  read -r p f < <("$counter" "$log")
  # A runner that failed without counting a failure (it did not compile, ran out of time, or tested nothing) is one failure.
  [ "$status" = 0 ] || [ "$f" -gt 0 ] || f=1
  [ "$p" -gt 0 ] || [ "$f" -gt 0 ] || f=1
  passed=$((passed + p)) failed=$((failed + f))
  [ "$f" = 0 ] || broken+=("$name")
  [ "$status" != 124 ] && [ "$status" != 137 ] || name+=" (ended after $limit_s s)"
  summary+=("$(printf '%-12s %5d passed, %d failed  %4d s' "$name" "$p" "$f" $((SECONDS - started)))")
  [ "$f" = 0 ]
}

# blocked NAME BY: a step that cannot run is a failure, never silence.
blocked() {
  failed=$((failed + 1))
  summary+=("$(printf '%-12s     0 passed, 1 failed  not run: %s failed' "$1" "$2")")
}

finish() {
  printf '\n'
  printf '%s\n' "${summary[@]}"
  local name
  for name in "${broken[@]}"; do
    printf 'see %s.log\n' "$logs/$name"
    failures "$logs/$name.log" | sed 's/^/  ✖ /'
  done
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" = 0 ]
  exit
}

rust_tests() {
  if cargo nextest --version >/dev/null 2>&1; then
    step rust 1800 count_nextest cargo nextest run "${workspace[@]}" --no-fail-fast --cargo-quiet --status-level fail
  else
    step rust 1800 count_cargo cargo test "${workspace[@]}" --no-fail-fast --quiet
  fi
}

scripts/setup.sh test || exit 1
step ui-build 600 count_step scripts/build-ui.sh --lab || { blocked 'the rest' ui-build; finish; }
step format 60 count_step cargo fmt --all --check
step build 2700 count_step cargo build --bins --tests "${workspace[@]}" || { blocked 'the rest' build; finish; }
step lint 900 count_step scripts/lint.sh
rust_tests
step fuzz 180 count_step "$CARGO_TARGET_DIR/debug/fuzz" --seconds 60
step ui-unit 300 count_vitest npm --prefix ui run --silent test
node_test=(node --test --test-reporter=spec --test-timeout=240000)
step browser 900 count_node "${node_test[@]}" tests/e2e/*.test.mjs
# One desk after the other: each has a display and an input method, and two cores are not many.
step desktop 600 count_node "${node_test[@]}" --test-concurrency=1 tests/desktop/*.test.mjs
finish
