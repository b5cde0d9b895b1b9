//! What the scripts decide on a machine that this one is not: a fresh one.

use std::{path::Path, process::Command};

/// The standard output of `script` under the settings of scripts/setup.sh.
fn bash(script: &str) -> String {
    let common = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/common.sh");
    let script = format!("set -euo pipefail; source '{}'; {script}", common.display());
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
