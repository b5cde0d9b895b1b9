//! The exchange of a book's files. The finished new book waits under `BOOK.ready-TAG`; from then on the
//! exchange is decided, and every opening carries it to its end: first what belongs to the old book is
//! renamed, the old book last, then the new one takes its place. No step deletes anything of the old one.

use super::aside_name;
use crate::{
    backup,
    error::{StoreError, Stored},
    journal::{self, sync_folder},
    lock::{beside, extended},
    mend, verify,
};
use std::path::{Path, PathBuf};

/// What stands beside a book and goes with it, in the order in which it is moved.
const COMPANIONS: [&str; 5] = ["-wal", "-shm", ".ops", ".ops.1", ".ops.new"];

/// Names `building` as the finished new book; where the old one will be. `tag` says why and when.
pub(super) fn make_ready(book: &Path, building: &Path, tag: &str) -> Stored<PathBuf> {
    let tag = free_tag(book, tag);
    let ready = beside(book, &format!("ready-{tag}"));
    let synced = std::fs::OpenOptions::new().write(true).open(building).and_then(|file| file.sync_all());
    synced
        .and_then(|()| std::fs::rename(building, &ready))
        .map_err(|error| StoreError::io(format!("写账套“{}”", ready.display()), &error))?;
    sync_folder(&ready);
    remove_all(building);
    Ok(aside_name(book, &tag))
}

/// Is there an exchange to be finished?
pub(crate) fn is_ready(book: &Path) -> bool {
    find_ready(book).is_some()
}

/// Carries a decided exchange to its end. Does nothing when there is none.
pub(crate) fn finish(book: &Path) -> Stored<()> {
    let Some((ready, tag)) = find_ready(book) else { return Ok(()) };
    let aside = aside_name(book, &tag);
    for companion in COMPANIONS {
        move_file(&extended(book, companion), &extended(&aside, companion))?;
    }
    sync_folder(book);
    move_file(book, &aside)?;
    sync_folder(book);
    set_aside_newer_copies(book, &ready, &tag)?;
    move_file(&ready, book)?;
    sync_folder(book);
    mend::fresh_journal(book)
}

/// Copies that hold more than the book that takes the place are of a history that ends here.
fn set_aside_newer_copies(book: &Path, ready: &Path, tag: &str) -> Stored<()> {
    let head = verify::head_of(ready)?;
    let folder = backup::folder(book).join(tag);
    let newer = |info: &backup::BackupInfo| !info.set_aside && info.head.is_some_and(|found| found.0 > head.0);
    for info in backup::list(book).into_iter().filter(newer) {
        std::fs::create_dir_all(&folder)
            .map_err(|error| StoreError::io(format!("建立文件夹“{}”", folder.display()), &error))?;
        move_file(&info.path, &folder.join(info.path.file_name().unwrap_or_default()))?;
        sync_folder(&folder.join("-"));
    }
    Ok(())
}

fn find_ready(book: &Path) -> Option<(PathBuf, String)> {
    let start = format!("{}.ready-", book.file_name()?.to_str()?);
    let folder = book.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    entries.filter(|entry| entry.path().is_file()).find_map(|entry| {
        let tag = entry.file_name().to_str()?.strip_prefix(&start)?.to_owned();
        Some((book.with_file_name(entry.file_name()), tag))
    })
}

/// A tag under which nothing was set aside yet.
fn free_tag(book: &Path, tag: &str) -> String {
    let numbered = (2..).map(|number| format!("{tag}~{number}"));
    std::iter::once(tag.to_owned())
        .chain(numbered)
        .find(|tag| !aside_name(book, tag).exists())
        .expect("numbers do not run out")
}

fn move_file(from: &Path, to: &Path) -> Stored<()> {
    if !from.exists() {
        return Ok(());
    }
    std::fs::rename(from, to)
        .map_err(|error| StoreError::io(format!("把“{}”改名为“{}”", from.display(), to.display()), &error))
}

/// Removes an unfinished new book with all that stands beside it.
pub(super) fn remove_all(building: &Path) {
    let _ = std::fs::remove_file(building);
    for companion in COMPANIONS.into_iter().chain([".lock", "-journal"]) {
        let _ = std::fs::remove_file(extended(building, companion));
    }
    let _ = std::fs::remove_file(journal::previous_path_of(building));
}
