//! The rigs are tried on a toy before anything is concluded from them: a power cut, a full disk and a slow disk, each with
//! a program that does right and, for the cut, programs that do wrong and must be caught.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::support::diskfull::{TinyDisk, slow_fsync};
use crate::support::powercut::{State, record};

fn toy(protocol: &str, folder: &Path, count: u64) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_toy-ledger"));
    command.arg(protocol).arg(folder).arg(count.to_string());
    command
}

/// The entries that can be read back: whole lines in order, up to the first that is not.
fn readable(ledger: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(ledger);
    let lines = text.split_inclusive('\n');
    let whole = lines.zip(1_u64..).take_while(|(line, entry)| **line == format!("{entry} {} .\n", "-".repeat(700)));
    whole.count() as u64
}

fn loses_a_promise(state: &State) -> bool {
    let kept = state.files.get("ledger").map_or(0, |ledger| readable(ledger));
    kept < state.promised.len() as u64
}

/// How many states there were, and after what the power was cut in those that lost a promise.
fn cuts(protocol: &str) -> (usize, Vec<String>) {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("watched");
    std::fs::create_dir(&folder).unwrap();
    let recording = record(&mut toy(protocol, &folder, 20), &folder, &scratch.path().join("log"));
    assert!(recording.points() >= 40, "{protocol}: only {} points", recording.points());
    let mut lost = Vec::new();
    let states = recording.visit_states(5, 1, |state| {
        if loses_a_promise(state) {
            lost.push(format!("{}: {}", state.point, state.after));
        }
    });
    (states, lost)
}

#[test]
fn no_cut_takes_a_promise_from_a_ledger_that_syncs_before_it_promises() {
    for protocol in ["append", "replace"] {
        let (states, lost) = cuts(protocol);
        assert!(states > 60, "{protocol}: only {states} states");
        assert_eq!(lost, Vec::<String>::new(), "{protocol}: of {states} states");
    }
}

#[test]
fn a_ledger_that_forgets_a_sync_is_caught() {
    for protocol in ["append-without-sync", "replace-without-file-sync", "replace-without-folder-sync", "promise-first"]
    {
        let (states, lost) = cuts(protocol);
        assert!(!lost.is_empty(), "{protocol}: not caught in {states} states");
    }
}

#[test]
fn the_same_seed_gives_the_same_states() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("watched");
    std::fs::create_dir(&folder).unwrap();
    let recording = record(&mut toy("append-without-sync", &folder, 10), &folder, &scratch.path().join("log"));
    let all = |seed| {
        let mut states = Vec::new();
        recording.visit_states(5, seed, |state| states.push((state.point, state.files.clone())));
        states
    };
    assert_eq!(all(7), all(7));
    assert_ne!(all(7), all(8));
}

#[test]
fn a_state_written_out_reads_back_the_same() {
    let scratch = tempfile::tempdir().unwrap();
    let (folder, disk) = (scratch.path().join("watched"), scratch.path().join("disk"));
    std::fs::create_dir(&folder).unwrap();
    let recording = record(&mut toy("append", &folder, 3), &folder, &scratch.path().join("log"));
    recording.visit_states(3, 1, |state| {
        state.write_to(&disk);
        assert_eq!(std::fs::read_dir(&disk).unwrap().count(), state.files.len());
        for (name, content) in &state.files {
            assert_eq!(&std::fs::read(disk.join(name)).unwrap(), content);
        }
    });
}

fn kept(output: &Output) -> u64 {
    String::from_utf8_lossy(&output.stdout).lines().count() as u64
}

#[test]
fn a_full_disk_refuses_growth_and_works_again_when_space_returns() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("watched");
    std::fs::create_dir(&folder).unwrap();
    let disk = TinyDisk::new(&folder, &scratch.path().join("budget"), 4096);
    let mut command = toy("append", &folder, 20);
    disk.attach(&mut command);

    let full = command.output().unwrap();
    assert!(!full.status.success());
    assert!(String::from_utf8_lossy(&full.stderr).contains("StorageFull"), "{full:?}");
    let ledger = std::fs::read(folder.join("ledger")).unwrap();
    assert_eq!(ledger.len(), 4096, "what still fitted was written");
    assert_eq!(readable(&ledger), kept(&full), "what was promised is there");

    std::fs::remove_file(folder.join("ledger")).unwrap();
    disk.set_bytes(1 << 20);
    assert!(command.output().unwrap().status.success());
    assert_eq!(readable(&std::fs::read(folder.join("ledger")).unwrap()), 20);
}

#[test]
fn a_slow_disk_takes_its_time_at_every_sync() {
    let scratch = tempfile::tempdir().unwrap();
    let mut command = toy("append", scratch.path(), 3);
    slow_fsync(&mut command, scratch.path(), Duration::from_millis(100));
    let started = Instant::now();
    assert!(command.output().unwrap().status.success());
    // A lower bound only: nothing here depends on the machine being quick.
    assert!(started.elapsed() >= Duration::from_millis(300));
}
