# Reads a runner's log: how many tests passed and failed, one function per runner, and which failed. Sourced by test.sh.
# Skipped, ignored, todo and cancelled tests count as failed: a test that does not run proves nothing.
# shellcheck shell=bash

# A step without a runner counts as one; `status` is test.sh's, the step's exit code.
count_step() { [ "$status" = 0 ] && echo 1 0 || echo 0 1; }

# sum LOG REGEX…: adds up the number before each match of the regular expressions, colours removed.
sum() {
  local log=$1
  shift
  sed 's/\x1b\[[0-9;]*m//g' "$log" | perl -CSDA -ne '
    BEGIN { @patterns = splice @ARGV; $n = 0 }
    for my $p (@patterns) { $n += $1 while /$p/g }
    END { print $n }' -- "$@"
}

#   Summary [  1.2s] 10 tests run: 9 passed, 1 failed, 2 skipped
count_nextest() {
  echo "$(sum "$1" 'tests? run:.*?(\d+) passed') $(sum "$1" 'tests? run:.*?(\d+) failed' 'tests? run:.*?(\d+) timed out' 'tests? run:.*?(\d+) skipped')"
}

#   test result: ok. 9 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out
count_cargo() {
  echo "$(sum "$1" '^test result:.*?(\d+) passed') $(sum "$1" '^test result:.*?(\d+) failed' '^test result:.*?(\d+) ignored' '^test result:.*?(\d+) filtered')"
}

#   Tests  9 passed | 1 failed | 2 skipped (12)
count_vitest() {
  echo "$(sum "$1" '^\s*Tests .*?(\d+) passed') $(sum "$1" '^\s*Tests .*?(\d+) failed' '^\s*Tests .*?(\d+) skipped' '^\s*Tests .*?(\d+) todo')"
}

#   ℹ pass 9 / ℹ fail 1 / ℹ skipped 2
count_node() {
  echo "$(sum "$1" '^ℹ pass (\d+)') $(sum "$1" '^ℹ fail (\d+)' '^ℹ cancelled (\d+)' '^ℹ skipped (\d+)' '^ℹ todo (\d+)')"
}

# failures LOG: the tests that failed, of any runner, each once, six at the most; of Node's also the first line of why.
# Where only the end of a run's output is kept, this tells which it was.
failures() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | perl -CSDA -Mutf8 -ne '
    $listed = 1 if /^✖ failing tests:/;
    if (/^\s*(?:FAIL|TIMEOUT|ABORT|SIG\w+) \[.*?\] (?:\(.*?\) )?(\S.*)/  # nextest
      || /^test (.*) \.\.\. FAILED/                                      # cargo test
      || /^ FAIL  (.*)/                                                   # vitest
      || $listed && /^\s*✖ (.*?) \([\d.]+ms\)$/) {                       # node
      next if $told{$1}++;
      last if keys %told > 6;
      print substr($1, 0, 120), "\n";
      $why = $listed;
    } elsif ($why && /(\S.*)/) {
      print "  ", substr($1, 0, 160), "\n";
      $why = 0;
    }'
}
