//! PostgreSQL's own programs: where they are, and how to start them as a user who may. The server
//! refuses root, so root steps down to `postgres` for it.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// Debian's place: one folder per major version.
const DEBIAN: &str = "/usr/lib/postgresql";

pub(super) struct Binaries {
    folder: PathBuf,
    owner: Option<Owner>,
}

/// Whom to step down to.
#[derive(Clone, Copy)]
struct Owner {
    uid: u32,
    gid: u32,
}

impl Binaries {
    /// The newest PostgreSQL of the machine. Panics when there is none, or no user to run it.
    pub(super) fn find() -> Self {
        let folder = newest_debian().or_else(on_path);
        let folder = folder.expect("PostgreSQL is installed: `scripts/setup.sh test` does it");
        let is_root = fs::metadata("/proc/self").expect("/proc is there on Linux").uid() == 0;
        Self { folder, owner: is_root.then(|| owner("postgres")) }
    }

    /// A command that runs as the owner, in a folder he may read, without our environment's PG… variables.
    pub(super) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.folder.join(name));
        command.current_dir("/").stdin(Stdio::null()).env_clear().env("HOME", "/tmp").env("PATH", "/usr/bin:/bin");
        if let Some(Owner { uid, gid }) = self.owner {
            command.uid(uid).gid(gid);
        }
        command
    }

    pub(super) fn give_to_owner(&self, folder: &Path) {
        if let Some(Owner { uid, gid }) = self.owner {
            chown(folder, Some(uid), Some(gid)).expect("root may give a folder away");
        }
    }

    /// A file that only the owner may read.
    pub(super) fn write_secret(&self, path: &Path, text: &str) {
        fs::write(path, text).expect("the cluster's folder takes a file");
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("a file of ours");
        self.give_to_owner(path);
    }

    pub(super) fn init(&self, data: &Path) {
        let mut initdb = self.command("initdb");
        initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"]).arg(data);
        finished("initdb", initdb.output().expect("initdb can be started"));
    }

    pub(super) fn psql(&self, url: &str, statement: &str) -> String {
        let mut psql = self.command("psql");
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1"]);
        psql.args(["-c", statement, url]);
        finished(statement, psql.output().expect("psql can be started")).trim_end().to_owned()
    }
}

fn finished(what: &str, output: Output) -> String {
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn newest_debian() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).ok()?.flatten();
    let numbered = versions.filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path())));
    let complete = numbered.map(|(version, folder)| (version, folder.join("bin"))).filter(|(_, bin)| is_complete(bin));
    complete.max().map(|(_, bin)| bin)
}

fn on_path() -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).find(|folder| is_complete(folder))
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file())
}

/// The numbers of a user, as `id` tells them.
fn owner(name: &str) -> Owner {
    let ask = |what: &str| {
        let id = Command::new("id").args([what, name]).output().expect("id can be started");
        finished("the package postgresql makes the user postgres", id).trim().parse().expect("id prints a number")
    };
    Owner { uid: ask("-u"), gid: ask("-g") }
}
