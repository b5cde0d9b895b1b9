//! Rot: 1,000 flipped bits, 100 zeroed pages and 100 truncations over the book, its write-ahead log and its
//! journal. Each is noticed before a wrong figure is shown: opening refuses or mends it, or the read that
//! would meet it fails, or, where nothing shown rests on it, verification names it. Then recovery gives the
//! very same figures back.
//!
//! (A zeroed page over which the log is about to be written is no damage: shown to be gone afterwards.)
//!
//! The book is one that a killed program left: part of it only in the log, a backup behind it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use suanpan_store::{
    Book, StoreError, log,
    query::{ListQuery, ListedRecord},
    recover::{carry_out, recover},
};

use crate::support::book::{SCHEMA, writer};
use crate::support::powercut::read_tree;

const FLIPS: usize = 1000;
const ZEROED: usize = 100;
const CUTS: usize = 100;
const PAGE_BYTES: usize = 4096;
const WORKERS: usize = 2;
/// One damage in so many is also recovered from.
const RECOVERED_EVERY: usize = 10;

type Tree = std::collections::BTreeMap<String, Vec<u8>>;

/// What a person sees: every row of every list, derived figures too, and the number of the newest op.
type Figures = (i64, Vec<Vec<ListedRecord>>);

fn figures(book: &Book) -> Result<Figures, StoreError> {
    let mut lists = Vec::new();
    for def in SCHEMA.entities() {
        let query = ListQuery { entity: def.entity.clone(), ..Default::default() };
        let view = book.view(&query, None)?;
        let rows = book.window(&def.entity, &view)?;
        lists.push(rows);
    }
    Ok((book.read(log::head)?.0, lists))
}

/// The files that a killed program left, and what they mean.
fn left_by_a_killed_program() -> (Tree, Figures) {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("disk");
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("a.book");
    // Until it holds something in the file, something in the log, and a backup.
    let mut child = writer(&["rot"], &path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
    while !said.ends_with("ready\n") {
        assert!(std::io::BufRead::read_line(&mut output, &mut said).unwrap() > 0, "{said}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let tree = read_tree(&folder);
    let book = Book::open(&path, SCHEMA.clone(), "检查").unwrap();
    let truth = figures(&book).unwrap();
    (tree, truth)
}

#[derive(Debug, Clone)]
enum Damage {
    Flip { file: String, byte: usize, bit: u8 },
    Zero { file: String, from: usize },
    Cut { file: String, length: usize },
    Gone { file: String },
}

impl Damage {
    fn apply(&self, tree: &mut Tree) {
        match self {
            Self::Flip { file, byte, bit } => tree.get_mut(file).unwrap()[*byte] ^= 1 << bit,
            Self::Zero { file, from } => tree.get_mut(file).unwrap()[*from..*from + PAGE_BYTES].fill(0),
            Self::Cut { file, length } => tree.get_mut(file).unwrap().truncate(*length),
            Self::Gone { file } => drop(tree.remove(file)),
        }
    }
}

/// Over the three files by their sizes, seeded.
fn damages(tree: &Tree) -> Vec<Damage> {
    let files = ["a.book", "a.book-wal", "a.book.ops"];
    let sizes: Vec<usize> = files.iter().map(|file| tree[*file].len()).collect();
    let mut lot = 20_260_302_u64;
    let mut below = |bound: usize| {
        lot = lot.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (lot >> 20) as usize % bound
    };
    let mut anywhere = || {
        let mut at = below(sizes.iter().sum());
        let file = sizes.iter().position(|&size| {
            let here = at < size;
            at -= if here { 0 } else { size };
            here
        });
        (files[file.unwrap()].to_owned(), at)
    };
    let mut all = Vec::new();
    for number in 0..FLIPS {
        let (file, byte) = anywhere();
        all.push(Damage::Flip { file, byte, bit: (number % 8) as u8 });
    }
    for number in 0..CUTS {
        let (file, length) = anywhere();
        // Also where pages end, which looks like a file that was always so short.
        let length = if number % 2 == 0 { length } else { length / PAGE_BYTES * PAGE_BYTES };
        all.push(Damage::Cut { file, length });
    }
    while all.iter().filter(|damage| matches!(damage, Damage::Zero { .. })).count() < ZEROED {
        let (file, byte) = anywhere();
        let from = byte / PAGE_BYTES * PAGE_BYTES;
        if file == "a.book" && from + PAGE_BYTES <= sizes[0] {
            all.push(Damage::Zero { file, from });
        }
    }
    all.push(Damage::Gone { file: "a.book-wal".into() });
    all.push(Damage::Gone { file: "a.book.ops".into() });
    all
}

/// By what a damage was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Noticed {
    OpeningRefused,
    OpeningMended,
    ReadingFailed,
    Verification,
    /// A zeroed page whose newest content is in the log looks like one that was not written yet. Nothing rests
    /// on it, and the log is written over it.
    WrittenOver,
}

fn written(tree: &Tree, folder: &Path) -> PathBuf {
    let _ = std::fs::remove_dir_all(folder);
    for (name, content) in tree {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder.join("a.book")
}

/// Err says which wrong figure was shown, or that nothing noticed.
fn noticed(damage: &Damage, path: &Path, truth: &Figures) -> Result<Noticed, String> {
    let book = match Book::open(path, SCHEMA.clone(), "检查") {
        Ok(book) => book,
        Err(StoreError::Damaged { .. }) => return Ok(Noticed::OpeningRefused),
        Err(other) => return Err(format!("refused as {other:?}")),
    };
    match figures(&book) {
        Err(StoreError::Damaged { .. }) => return Ok(Noticed::ReadingFailed),
        Err(other) => return Err(format!("reading failed as {other:?}")),
        Ok(shown) if shown != *truth => return Err("a wrong figure was shown".into()),
        Ok(_) => {}
    }
    if book.replayed() > 0 || book.mended().is_some() {
        return Ok(Noticed::OpeningMended);
    }
    let is_whole = |book: &Book| book.verify(&mut |_, _, _| true).is_ok_and(|report| report.is_whole());
    if !is_whole(&book) {
        return Ok(Noticed::Verification);
    }
    drop(book);
    let book = Book::open(path, SCHEMA.clone(), "检查").map_err(|error| format!("not noticed, then {error}"))?;
    let same = figures(&book).is_ok_and(|shown| shown == *truth);
    let zeroed = matches!(damage, Damage::Zero { .. });
    if zeroed && same && is_whole(&book) { Ok(Noticed::WrittenOver) } else { Err("not noticed".into()) }
}

/// What recovery gives back must be everything.
fn recovered(tree: &Tree, folder: &Path, truth: &Figures) -> Result<(), String> {
    let path = written(tree, folder);
    let at = chrono::NaiveDate::from_ymd_opt(2026, 3, 9).unwrap().and_hms_opt(9, 0, 0).unwrap();
    let plan = recover(&path, &SCHEMA).map_err(|error| format!("no plan: {error}"))?;
    carry_out(plan, &SCHEMA, "检查", at, &mut |_, _| true).map_err(|error| format!("not recovered: {error}"))?;
    let book = Book::open(&path, SCHEMA.clone(), "检查").map_err(|error| format!("not open: {error}"))?;
    let shown = figures(&book).map_err(|error| error.to_string())?;
    if shown == *truth { Ok(()) } else { Err("recovery gave other figures".into()) }
}

#[test]
fn every_damage_is_noticed_before_a_wrong_figure_is_shown_and_recovery_gives_all_back() {
    let (tree, truth) = left_by_a_killed_program();
    assert!(truth.1.iter().flatten().count() > 300 && tree["a.book-wal"].len() > 100_000);
    let damages = damages(&tree);
    let (next, counts, recoveries) =
        (AtomicUsize::new(0), Mutex::new(HashMap::<String, usize>::new()), AtomicUsize::new(0));
    let failures = Mutex::new(Vec::new());
    let scratch = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let folder = scratch.path().join(worker.to_string());
            let (damages, tree, truth, next) = (&damages, &tree, &truth, &next);
            let (counts, failures, recoveries) = (&counts, &failures, &recoveries);
            scope.spawn(move || {
                while let Some((number, damage)) = damages.iter().enumerate().nth(next.fetch_add(1, Ordering::Relaxed))
                {
                    let mut broken = tree.clone();
                    damage.apply(&mut broken);
                    if broken == *tree {
                        continue;
                    }
                    let found = noticed(damage, &written(&broken, &folder), truth);
                    match &found {
                        Ok(how) => *counts.lock().unwrap().entry(format!("{how:?}")).or_default() += 1,
                        Err(why) => failures.lock().unwrap().push(format!("{damage:?}: {why}")),
                    }
                    let refused = !matches!(found, Ok(Noticed::OpeningMended | Noticed::WrittenOver) | Err(_));
                    if refused && number % RECOVERED_EVERY == 0 {
                        recoveries.fetch_add(1, Ordering::Relaxed);
                        let again = recovered(&broken, &folder, truth);
                        failures.lock().unwrap().extend(again.err().map(|why| format!("{damage:?}: {why}")));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {}: {:#?}", failures.len(), damages.len(), &failures[..failures.len().min(10)]);
    let counts = counts.into_inner().unwrap();
    let recoveries = recoveries.into_inner();
    assert!(counts.values().sum::<usize>() >= FLIPS + ZEROED && recoveries > 30, "{counts:?}, {recoveries} recoveries");
    println!("{} damages, all noticed: {counts:?}; {recoveries} recoveries, all figures back", damages.len());
}
