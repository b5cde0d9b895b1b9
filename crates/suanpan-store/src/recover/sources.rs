//! Where ops can still be read from: the journals beside a book, also those set aside, and the book's own
//! log as far as its pages are whole. Each batch proves itself by the hash of the one before, so it does
//! not matter which source it came from.

use super::Identity;
use crate::{
    connection, journal,
    log::{self, Batch, Codec, Hash},
};
use rusqlite::{Connection, OptionalExtension};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use suanpan_model::OpKind;

/// How many batches in a row the damaged book may fail to give before it is asked no more.
const FAILURES_IN_A_ROW: i64 = 50;

pub(super) struct Sources {
    book: PathBuf,
    /// Every frame of every journal, by number; several when they disagree.
    frames: BTreeMap<i64, Vec<Batch>>,
    log: Option<Connection>,
    /// Newest batch that the book itself knows of.
    newest_in_book: i64,
    book_id: Option<uuid::Uuid>,
}

impl Sources {
    pub fn of(book: &Path) -> Self {
        let mut frames: BTreeMap<i64, Vec<Batch>> = BTreeMap::new();
        let mut book_id = None;
        for path in journals(book) {
            let id = journal::read(&path, i64::MAX).ok().map(|contents| contents.book_id);
            book_id = book_id.or(id);
            for batch in journal::read_loosely(&path) {
                let same = frames.entry(batch.seq).or_default();
                if !same.contains(&batch) {
                    same.push(batch);
                }
            }
        }
        let log = connection::open_read_only(book).ok();
        let newest_in_book = log.as_ref().and_then(|log| log::head(log).ok()).map_or(0, |head| head.0);
        // The newest batch is the one on the last page; when that page is gone, ask for the number alone.
        let log = connection::open_read_only(book).ok().or(log);
        Self { book: book.to_owned(), frames, log, newest_in_book, book_id }
    }

    /// The batches that follow `base` without a gap, each sealed onto the one before.
    pub fn chained_after(&mut self, base: (i64, Hash)) -> Vec<Batch> {
        let (mut seq, mut hash) = base;
        let mut chained = Vec::new();
        while let Some(batch) = self.next(seq + 1, &hash) {
            (seq, hash) = (batch.seq, batch.hash);
            chained.push(batch);
        }
        chained
    }

    /// Readable batches above `reached`, whose predecessor is lost, and the newest number that is known.
    pub fn behind_gap(&mut self, reached: i64) -> (Vec<Batch>, i64) {
        // A frame behind a damaged one may carry a damaged number itself: none can be further than all of them.
        let limit = reached + self.frames.len() as i64 + FAILURES_IN_A_ROW;
        let mut newest = self.newest_in_book;
        let mut found = Vec::new();
        let mut failures = 0;
        let mut seq = reached + 1;
        while failures < FAILURES_IN_A_ROW && seq <= limit.max(self.newest_in_book) {
            match self.proven_frame(seq).or_else(|| self.ask_book(seq)).filter(|batch| batch.open().is_ok()) {
                Some(batch) => {
                    newest = newest.max(seq);
                    found.push(batch);
                    failures = 0;
                }
                None => {
                    failures += 1;
                    // A frame that is there but not whole was acknowledged all the same.
                    if self.frames.contains_key(&seq) {
                        newest = newest.max(seq);
                    }
                }
            }
            seq += 1;
        }
        (found, newest)
    }

    /// What the book says of itself, or what its ops and its name let one guess.
    pub fn identity(&mut self, chained: &[Batch]) -> Option<Identity> {
        self.identity_in_book().or_else(|| {
            let group = chained.iter().find_map(|batch| batch.open().ok())?;
            let (division, year) = group.ops.iter().find_map(|op| match &op.kind {
                OpKind::Create { division, fiscal_year, .. } => Some((division.to_string(), *fiscal_year)),
                _ => None,
            })?;
            let name = self.book.file_stem()?.to_string_lossy().into_owned();
            Some(Identity { division, year, name, created_at_ms: group.at_ms, book_id: self.book_id? })
        })
    }

    fn identity_in_book(&self) -> Option<Identity> {
        let log = connection::open_read_only(&self.book).ok()?;
        let text = |key: &str| -> Option<String> {
            log.query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get(0)).ok()
        };
        Some(Identity {
            division: text("division")?,
            year: text("year")?.parse().ok()?,
            name: text("name")?,
            created_at_ms: text("created")?.parse().ok()?,
            book_id: text("id")?.parse().ok()?,
        })
    }

    /// A frame that follows what its predecessor says of itself, though the predecessor is not whole.
    fn proven_frame(&self, seq: i64) -> Option<Batch> {
        let before = self.frames.get(&(seq - 1))?;
        let proven = |batch: &&Batch| before.iter().any(|before| batch.follows(&before.hash));
        self.frames.get(&seq)?.iter().find(proven).cloned()
    }

    fn next(&mut self, seq: i64, hash: &Hash) -> Option<Batch> {
        let frame = self.frames.get(&seq).and_then(|same| same.iter().find(|batch| batch.follows(hash)).cloned());
        frame.or_else(|| self.ask_book(seq).filter(|batch| batch.follows(hash)))
    }

    /// Batch `seq` of the book's own log. After a broken page the connection reads nothing more: a new one
    /// is made for the next question.
    fn ask_book(&mut self, seq: i64) -> Option<Batch> {
        if seq > self.newest_in_book && self.newest_in_book > 0 {
            return None;
        }
        let log = self.log.take().or_else(|| connection::open_read_only(&self.book).ok())?;
        let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, Codec::from_byte(row.get(1)?), row.get(2)?, row.get(3)?));
        let answer = log
            .query_row("SELECT ops, codec, payload, hash FROM op_batch WHERE seq = ?", [seq], read)
            .optional()
            .ok()?;
        self.log = Some(log);
        let (ops, codec, payload, hash) = answer?;
        Some(Batch { seq, ops, codec: codec?, payload, hash })
    }
}

/// `BOOK.ops` and every other file whose name begins so.
fn journals(book: &Path) -> Vec<PathBuf> {
    let first = journal::path_of(book);
    let start = first.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = book.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&start))
        .map(|entry| entry.path())
        .collect();
    // The live journal first: its head says whose history this is.
    found.sort_by_key(|path| (*path != first, path.clone()));
    found
}
