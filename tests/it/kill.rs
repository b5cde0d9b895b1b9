//! kill -9 of a program at work, at 200 moments by lot: nothing that it had said to be saved is lost, no
//! group is there by half, and the book opens at once.
//!
//! "At once" is checked by what opening has to do, not by a clock: the write-ahead log it must read is
//! bounded, and nothing has to be replayed from the journal.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::support::book::{Promises, judge, writer};

const KILLS: u64 = 200;
/// A new book now and then, so that also its beginning is hit and verification stays quick.
const KILLS_PER_BOOK: u64 = 20;
/// The log is emptied past 4 MB; one import may stand on top.
const LOG_LIMIT_BYTES: u64 = 16 << 20;

/// Lets a writer say `lines` lines, then kills it `later` after that; adds what it said.
fn killed(book: &Path, seed: u64, lines: u64, later: Duration, promises: &mut Promises) {
    let mut child = writer(&["work", &seed.to_string(), "100000"], book).stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    for _ in 0..lines {
        line.clear();
        output.read_line(&mut line).unwrap();
        promises.hear(line.trim_end());
    }
    // The moment itself: wherever the writer is by then. No result depends on how long this takes.
    std::thread::sleep(later);
    child.kill().unwrap();
    child.wait().unwrap();
    // What it managed to say in between counts as well; a last line that was cut short does not.
    line.clear();
    while output.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
        promises.hear(line.trim_end());
        line.clear();
    }
}

#[test]
fn nothing_said_to_be_saved_is_lost_by_killing_the_program() {
    let mut lot = 20_260_301_u64;
    let mut below = |bound: u64| {
        lot = lot.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (lot >> 33) % bound
    };
    let (mut said, mut opened) = (0, 0);
    for round in 0..KILLS / KILLS_PER_BOOK {
        let scratch = tempfile::tempdir().unwrap();
        let book = scratch.path().join("a.book");
        let mut promises = Promises::default();
        for kill in 0..KILLS_PER_BOOK {
            let seed = round * 1000 + kill;
            killed(&book, seed, below(12), Duration::from_micros(below(20_000)), &mut promises);
            if !book.exists() {
                assert!(!promises.opened, "seed {seed}: the book is gone");
                continue;
            }
            let log = std::fs::metadata(scratch.path().join("a.book-wal")).map_or(0, |log| log.len());
            assert!(log < LOG_LIMIT_BYTES, "seed {seed}: a log of {log} bytes");
            let found = judge(&book, &promises).unwrap_or_else(|fault| panic!("seed {seed}: {fault:?}"));
            assert_eq!(
                (found.replayed(), found.mended().filter(|note| !note.contains("补齐"))),
                (0, None),
                "seed {seed}"
            );
            promises.settle(&found);
            opened += 1;
        }
        said += promises.newest.map_or(0, |newest| newest.0);
    }
    assert!(opened > KILLS * 9 / 10, "only {opened} books were there to be judged");
    assert!(said > 500, "only {said} batches were written");
    println!("{opened} books judged after {KILLS} kills; {said} batches acknowledged, none lost");
}
