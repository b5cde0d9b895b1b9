//! A disk that is full, or slow, for one program under test. Nothing is mounted and no rights are needed: the shim
//! (shim.rs) answers ENOSPC when the files of a folder would grow past a budget, or lets fsync take its time.
//! Start at [`TinyDisk`].

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::shim;

/// A folder whose files may have so many bytes together. Space can be taken and given back while a program runs.
pub struct TinyDisk {
    folder: PathBuf,
    budget: PathBuf,
}

impl TinyDisk {
    /// `folder` holds the files; `budget` is a file outside it that carries the number.
    pub fn new(folder: &Path, budget: &Path, bytes: u64) -> Self {
        let disk = Self { folder: folder.to_owned(), budget: budget.to_owned() };
        disk.set_bytes(bytes);
        disk
    }

    /// Changes the size of the disk; programs that run already notice at their next growth.
    pub fn set_bytes(&self, bytes: u64) {
        let next = self.budget.with_extension("next");
        std::fs::write(&next, bytes.to_string()).expect("the budget file's folder is writable");
        std::fs::rename(&next, &self.budget).expect("both names are in one folder");
    }

    /// Lets `command` live on this disk.
    pub fn attach(&self, command: &mut Command) {
        shim::attach(command, &self.folder);
        command.env("SUANPAN_DISK_BUDGET", &self.budget);
    }
}

/// Makes every fsync and fdatasync of `command` under `folder` take `delay` longer (whole milliseconds).
pub fn slow_fsync(command: &mut Command, folder: &Path, delay: Duration) {
    shim::attach(command, folder);
    command.env("SUANPAN_DISK_FSYNC_MS", delay.as_millis().to_string());
}
