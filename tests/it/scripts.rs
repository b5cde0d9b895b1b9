//! What the scripts decide on a machine that this one is not, a fresh one, and what they say of a run that failed.

use std::{path::Path, process::Command};

/// The standard output of `script` under the settings of scripts/setup.sh.
fn bash(script: &str) -> String {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts");
    let script = format!("set -euo pipefail; cd '{}'; source ./common.sh; {script}", scripts.display());
    let run = Command::new("bash").args(["-c", &script]).output().expect("bash starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("UTF-8")
}

#[test]
fn a_fresh_machine_is_told_every_package_it_lacks() {
    let asked =
        "mapfile -t missing < <(missing_packages bash no-such-package-1 no-such-package-2); echo \"${missing[*]}\"";
    assert_eq!(bash(asked).trim(), "no-such-package-1 no-such-package-2");
}

#[test]
fn a_machine_that_has_everything_installs_nothing() {
    assert_eq!(bash("mapfile -t missing < <(missing_packages bash); echo \"${#missing[@]}\"").trim(), "0");
}

#[test]
fn the_tests_that_failed_are_named_at_the_end_whichever_runner_ran_them() {
    let log = "
        FAIL [   0.012s] (3/60) suanpan-desk::it a_book_opens
        FAIL [   0.012s] (3/60) suanpan-desk::it a_book_opens
 FAIL  src/grid/lines.test.ts > a line keeps its record
✖ not listed yet (12.1ms)
✖ failing tests:

test at tests/e2e/province.test.mjs:49:1
✖ a province that puts the desk off (30000.2ms)
  Error: locator.waitFor: Timeout 30000ms exceeded.
      at a place
";
    let said = bash(&format!("source ./count.sh; failures <(cat <<'END'{log}END\n)"));
    let expected = "suanpan-desk::it a_book_opens
src/grid/lines.test.ts > a line keeps its record
a province that puts the desk off
  Error: locator.waitFor: Timeout 30000ms exceeded.
";
    assert_eq!(said, expected);
}
