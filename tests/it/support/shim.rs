//! The C shim that stands between a program under test and its disk (tests/rigs/powercut/shim.c): compiled on
//! first use, then attached to a command by the environment. What it records is read in powercut.rs; a disk that
//! is full, or slow, is in diskfull.rs. Only programs of their own can be watched, never the test itself.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

const SOURCE: &str = include_str!("../../rigs/powercut/shim.c");

/// Makes `command` run with its changes under `folder` (which must exist) passing through the shim.
pub fn attach(command: &mut Command, folder: &Path) {
    let folder = folder.canonicalize().expect("the watched folder exists");
    command.env("LD_PRELOAD", &*LIBRARY).env("SUANPAN_DISK_DIR", folder);
}

static LIBRARY: LazyLock<PathBuf> = LazyLock::new(library);

/// The compiled shim; its name carries a hash of the source, so a changed source is compiled anew.
fn library() -> PathBuf {
    let mut hash = DefaultHasher::new();
    SOURCE.hash(&mut hash);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("disk-shim-{:016x}.so", hash.finish()));
    if !path.exists() {
        compile(folder, &path);
    }
    path
}

/// Compiles beside the goal and renames, because other test processes may be doing the same.
fn compile(folder: &Path, path: &Path) {
    let unique = format!("disk-shim-{}", std::process::id());
    let (source, built) = (folder.join(format!("{unique}.c")), folder.join(format!("{unique}.so")));
    std::fs::write(&source, SOURCE).expect("the target folder is writable");
    let output = Command::new("cc")
        .args(["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"])
        .args([&built, &source])
        .args(["-ldl", "-lpthread"])
        .output()
        .expect("cc is there: Rust itself needs it for linking");
    assert!(output.status.success(), "the shim does not compile:\n{}", String::from_utf8_lossy(&output.stderr));
    std::fs::rename(&built, path).expect("both names are in one folder");
    std::fs::remove_file(&source).expect("the source was written above");
}
