//! One file per noun. Every command opens the book, asks the desk and shows the answer.

pub mod backups;
pub mod book;
pub mod check;
pub mod disputes;
pub mod exchange;
pub mod history;
pub mod records;
pub mod sample;
pub mod search;
pub mod sync;

use std::{path::Path, sync::Arc};
use suanpan_desk::{CallResult, Desk, Environment, book as desk_book};

/// A desk with the person of this computer account and no book.
pub fn desk() -> Arc<Desk> {
    let actor = ["SUANPAN_ACTOR", "USER", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    Desk::new(Environment::real(actor.as_deref().unwrap_or("本机用户")))
}

/// A desk with `book` open.
pub fn open(book: &Path) -> CallResult<Arc<Desk>> {
    let desk = desk();
    desk_book::open(&desk, desk_book::OpenBook { path: book.display().to_string() })?;
    Ok(desk)
}
