//! The power goes at every write of a day's work, in every way a disk may then lose what was not synced
//! (support/disk_model.rs): no book is corrupt, nothing said to be saved is lost, no group is there by half.
//! The same day with synchronous=OFF must fail, or the test proves nothing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, mpsc};

use crate::support::book::{Fault, Promises, judge, writer};
use crate::support::powercut::{Recording, State, record};

const STATES_WANTED: usize = 5000;
const SEED: u64 = 2026;
const JUDGES: usize = 2;

fn recorded(mut command: Command, scratch: &Path) -> Recording {
    let folder = scratch.join("watched");
    record(command.env("LC_ALL", "C.UTF-8"), &folder, &scratch.join("log"))
}

/// A scratch folder in memory where the system has one: the states need no disk of their own.
fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let scratch = made.unwrap();
    std::fs::create_dir(scratch.path().join("watched")).unwrap();
    scratch
}

/// One state on its way to a judge.
struct Case {
    cut: String,
    promises: Arc<Promises>,
    files: std::collections::BTreeMap<String, Vec<u8>>,
}

/// Judges one state in `every`; how many were judged, and the faults with the moment of the cut.
fn judged(recording: &Recording, scratch: &Path, per_point: usize, every: usize) -> (usize, Vec<(String, Fault)>) {
    let faults = Mutex::new(Vec::new());
    let (send, receive) = mpsc::sync_channel::<Case>(JUDGES * 2);
    let receive = Mutex::new(receive);
    let states = std::thread::scope(|scope| {
        for number in 0..JUDGES {
            let (receive, faults) = (&receive, &faults);
            let disk = scratch.join(format!("disk-{number}"));
            scope.spawn(move || {
                let next = || receive.lock().unwrap().recv().ok();
                while let Some(case) = next() {
                    let cut = case.cut.clone();
                    if let Err(fault) = judge_case(case, &disk) {
                        faults.lock().unwrap().push((cut, fault));
                    }
                }
            });
        }
        let (mut heard, mut promises) = (0, Arc::new(Promises::default()));
        let mut shown = 0;
        recording.visit_states(per_point, SEED, |state| {
            if state.promised.len() > heard {
                let all = Arc::make_mut(&mut promises);
                state.promised[heard..].iter().for_each(|line| all.hear(line));
                heard = state.promised.len();
            }
            shown += 1;
            if shown % every > 0 {
                return;
            }
            let cut = format!("{}: {}", state.point, state.after);
            send.send(Case { cut, promises: promises.clone(), files: state.files.clone() }).unwrap();
        });
        drop(send);
        shown / every
    });
    (states, faults.into_inner().unwrap())
}

fn judge_case(case: Case, disk: &Path) -> Result<(), Fault> {
    State { point: 0, after: case.cut, promised: &[], files: case.files }.write_to(disk);
    let book = disk.join("a.book");
    if !book.exists() && !case.promises.opened {
        return Ok(());
    }
    judge(&book, &case.promises).map(drop)
}

#[test]
fn a_power_cut_at_any_write_leaves_a_whole_book_with_everything_said_to_be_saved() {
    let scratch = scratch();
    let recording = recorded(writer(&["script"], &scratch.path().join("watched/a.book")), scratch.path());
    let per_point = STATES_WANTED.div_ceil(recording.points());
    let (states, faults) = judged(&recording, scratch.path(), per_point, 1);
    assert!(faults.is_empty(), "{} of {states} states: {:?}", faults.len(), &faults[..faults.len().min(5)]);
    assert!(states >= STATES_WANTED, "only {states} states of {} points", recording.points());
    println!("{states} states after {} changes, none corrupt, lost or half", recording.points());
}

/// Builds the writer whose store does not sync, beside the real one.
fn weak_writer() -> PathBuf {
    let real = Path::new(env!("CARGO_BIN_EXE_book-writer"));
    let target = real.ancestors().nth(2).expect("TARGET/debug/book-writer");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--offline", "--package", "tests", "--bin", "weak-book-writer"])
        .args(["--features", "weak-sync-for-tests", "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(status.success(), "weak-book-writer does not build");
    target.join("debug/weak-book-writer")
}

#[test]
fn the_same_day_without_syncs_is_caught() {
    let scratch = scratch();
    let mut command = Command::new(weak_writer());
    command.arg("script").arg(scratch.path().join("watched/a.book"));
    let recording = recorded(command, scratch.path());
    let (states, faults) = judged(&recording, scratch.path(), 3, 4);
    assert!(faults.len() > 20, "{} faults in {states} states: {faults:?}", faults.len());
    println!("{states} states with synchronous=OFF, {} of them caught", faults.len());
}
