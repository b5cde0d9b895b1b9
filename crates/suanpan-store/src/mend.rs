//! What opening does when a book and its journal do not say the same. A book behind its journal has
//! lost something and is replayed forward; a journal that is behind, torn, gone or from another book is
//! brought into line with the book, which holds the whole log itself. Whatever is not understood is
//! renamed and kept, never deleted.

use crate::{
    backup, connection,
    error::{StoreError, Stored},
    journal::{self, Contents, Journal},
    lock::beside,
    log::{self, Batch, Hash, OPS_PER_BATCH},
};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// How much of the log is held in memory while a journal is completed.
const STRETCH_BYTES: usize = 8 << 20;

/// A journal that follows the book from here on.
pub(crate) struct Attached {
    pub journal: Journal,
    /// Batches that were acknowledged and that the book does not hold, in order.
    pub missing: Vec<Batch>,
    /// What was found and mended, for people.
    pub note: Option<String>,
}

/// Opens the journal of the book at `connection`. Err(Damaged) when it shows that the book has lost
/// batches which the journals no longer hold.
pub(crate) fn attach(book: &Path, connection: &Connection, book_id: Uuid) -> Stored<Attached> {
    let head = log::head(connection)?;
    let path = journal::path_of(book);
    journal::finish_rotation(book, book_id);
    if !path.exists() {
        let missing = from_previous(book, book_id, head, None);
        let note = (head.0 > 0).then(|| "操作日志（.ops）不见了，已按账套重写".to_owned());
        return Ok(Attached { journal: restart(book, connection, book_id)?, missing, note });
    }
    let Some(contents) = journal::read(&path, head.0).ok().filter(|contents| contents.book_id == book_id) else {
        return anew(book, connection, book_id, "操作日志（.ops）已损坏或属于别的账套");
    };
    if contents.base.0 > head.0 {
        return bridge(book, contents, head);
    }
    if !same_history(connection, &contents, &head)? {
        return anew(book, connection, book_id, "操作日志（.ops）与账套不是同一段历史");
    }
    let note = cut_note(book, &contents, head.0)?;
    let journal = Journal::resume(book, &contents)?;
    let mut missing = contents.batches;
    if note.is_some() {
        drop_open_group(&mut missing);
    }
    Ok(Attached { journal, missing, note })
}

/// The journal began after a batch that this book has not reached: an older file was put in its place.
fn bridge(book: &Path, contents: Contents, head: (i64, Hash)) -> Stored<Attached> {
    let mut missing = from_previous(book, contents.book_id, head, Some(contents.base.0));
    let reached = missing.last().map(|batch| (batch.seq, batch.hash));
    if reached != Some(contents.base) {
        let detail = format!("文件停在第 {} 批操作，操作日志却从第 {} 批之后开始，中间的不在", head.0, contents.base.0);
        return Err(StoreError::damaged(book, detail));
    }
    let journal = Journal::resume(book, &contents)?;
    missing.extend(contents.batches);
    Ok(Attached { journal, missing, note: None })
}

/// Frames of the journal before the last backup that go on from `head`, up to `until`.
fn from_previous(book: &Path, book_id: Uuid, head: (i64, Hash), until: Option<i64>) -> Vec<Batch> {
    let Ok(contents) = journal::read(&journal::previous_path_of(book), head.0) else { return Vec::new() };
    let usable = contents.book_id == book_id && contents.hash_there == Some(head.1);
    let batches = contents.batches.into_iter().take_while(|batch| until.is_none_or(|until| batch.seq <= until));
    if usable { batches.collect() } else { Vec::new() }
}

fn same_history(connection: &Connection, contents: &Contents, head: &(i64, Hash)) -> Stored<bool> {
    if contents.last.0 >= head.0 {
        return Ok(contents.hash_there == Some(head.1));
    }
    Ok(log::hash_at(connection, contents.last.0)? == Some(contents.last.1))
}

/// Says that the journal has a bad end. When the book cannot refill it, the bytes are copied first.
fn cut_note(book: &Path, contents: &Contents, head: i64) -> Stored<Option<String>> {
    if !contents.is_cut() {
        return Ok(None);
    }
    if contents.last.0 >= head {
        let kept = free_name(book, "ops.damaged");
        let copied = std::fs::copy(journal::path_of(book), &kept);
        copied.map_err(|error| StoreError::io(format!("保留操作日志“{}”", kept.display()), &error))?;
    }
    Ok(Some(format!("操作日志（.ops）在第 {} 批之后不完整，已按账套补齐", contents.last.0)))
}

/// Keeps the journal under another name and writes a new one from the book.
fn anew(book: &Path, connection: &Connection, book_id: Uuid, why: &str) -> Stored<Attached> {
    let kept = free_name(book, "ops.aside");
    let renamed = std::fs::rename(journal::path_of(book), &kept);
    renamed.map_err(|error| StoreError::io(format!("保留操作日志“{}”", kept.display()), &error))?;
    let name = kept.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let note = Some(format!("{why}，已改名为“{name}”留存，并按账套重写"));
    Ok(Attached { journal: restart(book, connection, book_id)?, missing: Vec::new(), note })
}

/// A journal that begins where the newest backup of this history ends; the book then fills it.
fn restart(book: &Path, connection: &Connection, book_id: Uuid) -> Stored<Journal> {
    let mut base = (0, [0; 32]);
    for found in backup::heads(book) {
        if log::hash_at(connection, found.0)? == Some(found.1) {
            base = found;
            break;
        }
    }
    Journal::start(book, book_id, base)
}

/// Writes the journal of a book that has just taken the place of another.
pub(crate) fn fresh_journal(book: &Path) -> Stored<()> {
    let connection = connection::open_read_only(book)?;
    let id: String = connection.query_row("SELECT value FROM meta WHERE key = 'id'", [], |row| row.get(0))?;
    let id = id.parse().map_err(|_| StoreError::damaged(book, "账套没有编号"))?;
    complete(&connection, &mut restart(book, &connection, id)?)
}

/// Appends to the journal whatever the book holds and the journal does not.
pub(crate) fn complete(connection: &Connection, journal: &mut Journal) -> Stored<()> {
    let (mut waiting, mut bytes) = (Vec::new(), 0);
    log::each_after(connection, journal.last, |batch| {
        bytes += batch.payload.len();
        waiting.push(batch);
        if bytes > STRETCH_BYTES {
            journal.append(&std::mem::take(&mut waiting))?;
            bytes = 0;
        }
        Ok(true)
    })?;
    if waiting.is_empty() { Ok(()) } else { journal.append(&waiting) }
}

/// Takes the batches of an unfinished group off the end: a group is replayed whole or not at all.
/// Only a full batch can be followed by another of its group.
pub(crate) fn drop_open_group(batches: &mut Vec<Batch>) {
    let Some(last) = batches.last().filter(|batch| batch.ops == OPS_PER_BATCH) else { return };
    let Ok(open) = last.open() else { return };
    while batches.last().and_then(|batch| batch.open().ok()).is_some_and(|group| group.id == open.id) {
        batches.pop();
    }
}

/// `BOOK.suffix`, or with the first free number after it.
pub(crate) fn free_name(book: &Path, suffix: &str) -> PathBuf {
    let first = beside(book, suffix);
    let numbered = (2..).map(|number| beside(book, &format!("{suffix}.{number}")));
    std::iter::once(first).chain(numbered).find(|path| !path.exists()).expect("numbers do not run out")
}
