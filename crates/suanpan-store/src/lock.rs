//! One program per book. The lock is the operating system's, so it goes with the process however that
//! ends; the text beside it only tells the second program who holds the book.

use crate::error::{StoreError, Stored};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
};

#[derive(Debug)]
pub struct BookLock {
    _file: File,
}

pub fn lock_path(book: &Path) -> PathBuf {
    beside(book, "lock")
}

/// `BOOK.suffix`, next to the book.
pub fn beside(book: &Path, suffix: &str) -> PathBuf {
    let mut name = book.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    book.with_file_name(name)
}

impl BookLock {
    /// `holder` is what the second program shows. Err(Held) names who has it.
    pub fn take(book: &Path, holder: &str) -> Stored<Self> {
        let path = lock_path(book);
        let doing = || format!("锁定账套“{}”", book.display());
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|error| StoreError::io(doing(), &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.read_to_string(&mut text);
                let holder =
                    if text.trim().is_empty() { "另一个算盘程序".into() } else { text.trim().to_owned() };
                return Err(StoreError::Held { path: book.to_owned(), holder });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::io(doing(), &error)),
        }
        // The text is a courtesy: a full disk must not keep a person from opening the book.
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(holder.as_bytes()));
        Ok(Self { _file: file })
    }
}
