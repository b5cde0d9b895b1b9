//! One program per book. The lock is the operating system's, so it goes with the process however that
//! ends; the text in it only tells the second program who holds the book. The text is taken out when
//! the book was closed in good order, so the next program knows how the last one ended.

use crate::error::{StoreError, Stored};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
};

/// How the program before this one left the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastClose {
    /// Everything was brought into the file; nothing stands beside it.
    Clean,
    /// Killed, or the power went.
    LeftOpen,
    /// The file was brought here without its lock file.
    Unknown,
}

#[derive(Debug)]
pub struct BookLock {
    file: File,
    book: PathBuf,
    pub last_close: LastClose,
    /// Set once the book is open: a failed opening leaves the mark of the program before.
    pub opened: bool,
}

pub fn lock_path(book: &Path) -> PathBuf {
    beside(book, "lock")
}

/// `BOOK.suffix`, next to the book.
pub fn beside(book: &Path, suffix: &str) -> PathBuf {
    extended(book, &format!(".{suffix}"))
}

/// SQLite's own log, which holds what is not yet in the file.
pub fn wal_path(book: &Path) -> PathBuf {
    extended(book, "-wal")
}

/// The path with `end` put after its name.
pub fn extended(book: &Path, end: &str) -> PathBuf {
    let mut name = book.file_name().unwrap_or_default().to_owned();
    name.push(end);
    book.with_file_name(name)
}

impl BookLock {
    /// `holder` is what the second program shows. Err(Held) names who has it.
    pub fn take(book: &Path, holder: &str) -> Stored<Self> {
        let path = lock_path(book);
        let failed = |error: &std::io::Error| StoreError::io(format!("锁定账套“{}”", book.display()), error);
        let existed = path.exists();
        let mut options = OpenOptions::new();
        let mut file =
            options.create(true).truncate(false).read(true).write(true).open(&path).map_err(|error| failed(&error))?;
        let locked = file.try_lock();
        let mut text = String::new();
        // A text that is not UTF-8 was not written by a program that closed in good order.
        if file.read_to_string(&mut text).is_err() {
            text = "？".into();
        }
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder =
                    if text.trim().is_empty() { "另一个算盘程序".into() } else { text.trim().to_owned() };
                return Err(StoreError::Held { path: book.to_owned(), holder });
            }
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        let last_close = match (existed, text.is_empty()) {
            (false, _) => LastClose::Unknown,
            (true, true) => LastClose::Clean,
            (true, false) => LastClose::LeftOpen,
        };
        // The text is a courtesy: a full disk must not keep a person from opening the book.
        let holder = if holder.is_empty() { "算盘" } else { holder };
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(holder.as_bytes()));
        Ok(Self { file, book: book.to_owned(), last_close, opened: false })
    }
}

impl Drop for BookLock {
    fn drop(&mut self) {
        let clean_before = self.last_close == LastClose::Clean;
        if (self.opened || clean_before) && !wal_path(&self.book).exists() {
            let _ = self.file.set_len(0);
        }
    }
}
