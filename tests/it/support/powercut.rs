//! Power cuts, by record and replay: a run of a program is recorded through the shim (shim.rs), and for every change it
//! made, the disks that a cut right then could leave are rebuilt (disk_model.rs says by which rules). Opening and
//! judging them is the caller's business. Start at [`record`], then [`Recording::visit_states`].
//!
//! Memory-mapped `-shm` files are left out of the states, because SQLite rebuilds them after a restart; any other shared
//! writable mapping is refused.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::disk_log::{self, Event};
use super::disk_model::{Disk, Fate, Files, Lot};
use super::shim;

/// One recorded run of a program.
pub struct Recording {
    initial: Files,
    events: Vec<Event>,
    mapped: BTreeSet<String>,
}

/// A disk after a cut.
pub struct State<'a> {
    /// Index of the last event that happened before the cut, and what it was: for the message of a failed check.
    pub point: usize,
    pub after: String,
    /// The whole lines that the program had written to its standard output: what it had promised.
    pub promised: &'a [String],
    pub files: Files,
}

impl State<'_> {
    /// Writes the state into `folder`, which is emptied first.
    pub fn write_to(&self, folder: &Path) {
        if folder.exists() {
            std::fs::remove_dir_all(folder).expect("a scratch folder can be removed");
        }
        std::fs::create_dir_all(folder).expect("a scratch folder can be made");
        for (name, content) in &self.files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("a folder can be made");
            std::fs::write(path, content).expect("a scratch file can be written");
        }
    }
}

/// Runs `command` to its end with every change under `folder` recorded to `log`, a new file outside it. Panics when
/// the program fails, or when replaying the log does not give exactly the files that are there: then something was
/// not seen, and nothing could be concluded.
pub fn record(command: &mut Command, folder: &Path, log: &Path) -> Recording {
    let initial = read_tree(folder);
    shim::attach(command, folder);
    let output = command.env("SUANPAN_DISK_LOG", log).stderr(Stdio::piped()).output().expect("the program starts");
    assert!(output.status.success(), "the recorded program failed: {}", String::from_utf8_lossy(&output.stderr));
    let events = disk_log::read(log);
    let mapped = mapped_files(&events);
    let recording = Recording { initial, events, mapped };
    recording.assert_complete(folder);
    recording
}

impl Recording {
    /// How many changes, syncs and promises were recorded.
    pub fn points(&self) -> usize {
        self.events.len()
    }

    /// Shows `visit` the states that a cut could leave, and returns how many there were; no two are alike. At each point:
    /// everything pending lost, everything kept, then by lot (`seed` reproduces), until there are `per_point`
    /// new ones or no more to be found.
    pub fn visit_states(&self, per_point: usize, seed: u64, mut visit: impl FnMut(&State)) -> usize {
        let mut disk = Disk::new(&self.initial);
        let mut lot = Lot(seed);
        let mut seen = HashSet::new();
        let (mut promised, mut unfinished) = (Vec::new(), String::new());
        for (point, event) in self.events.iter().enumerate() {
            disk.apply(event);
            if let Event::Mark { text } = event {
                unfinished.push_str(text);
                promised.extend(take_whole_lines(&mut unfinished));
            }
            let enough = seen.len() + per_point;
            for attempt in 0..per_point * 4 {
                let fate = [Fate::Lost, Fate::Kept].into_iter().nth(attempt).unwrap_or(Fate::ByLot);
                let (mut files, choice) = disk.cut(&fate, &mut lot);
                if seen.len() == enough || !seen.insert((promised.len(), choice)) {
                    continue;
                }
                files.retain(|path, _| !self.mapped.contains(path));
                visit(&State { point, after: event.describe(), promised: &promised, files });
            }
        }
        seen.len()
    }

    fn assert_complete(&self, folder: &Path) {
        let mut disk = Disk::new(&self.initial);
        self.events.iter().for_each(|event| disk.apply(event));
        let mut replayed = disk.now();
        let mut real = read_tree(folder);
        replayed.retain(|path, _| !self.mapped.contains(path));
        real.retain(|path, _| !self.mapped.contains(path));
        assert!(replayed.keys().eq(real.keys()), "the log does not account for the files that are there");
        for (path, content) in &real {
            assert!(replayed[path] == *content, "the log does not account for the content of {path}");
        }
    }
}

fn mapped_files(events: &[Event]) -> BTreeSet<String> {
    let mut mapped = BTreeSet::new();
    for event in events {
        let Event::Map { path } = event else { continue };
        assert!(path.ends_with("-shm"), "{path} is written through a shared mapping, which is not recorded");
        mapped.insert(path.clone());
    }
    mapped
}

fn take_whole_lines(text: &mut String) -> Vec<String> {
    let end = text.rfind('\n').map_or(0, |at| at + 1);
    text.drain(..end).collect::<String>().lines().map(str::to_owned).collect()
}

/// Every file below `folder`, by its path relative to it.
pub fn read_tree(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(relative) = folders.pop() {
        for entry in std::fs::read_dir(folder.join(&relative)).expect("the folder can be read") {
            let entry = entry.expect("the folder can be read");
            let path = relative.join(entry.file_name());
            if entry.file_type().expect("the folder can be read").is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.to_str().expect("the tests use UTF-8 names").to_owned();
            files.insert(name, std::fs::read(entry.path()).expect("the file can be read"));
        }
    }
    files
}
