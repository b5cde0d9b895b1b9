//! The book: one SQLite file in which everything typed is kept, sealed page by page so that a single
//! altered bit is noticed before a figure is shown.
//!
//! Start with [`book`] (open, create), then [`apply`] (the only way anything is written) and [`log`]
//! (the record of all ops). Reading is in [`query`], [`search`] and [`findings`]; [`journal`] is the
//! second copy of the log beside the book. What keeps a book alive: [`backup`], [`verify`], [`recover`]. Rules do not live here: see suanpan-model.

pub mod apply;
pub mod backup;
pub mod book;
mod connection;
mod error;
pub mod facts;
pub mod findings;
mod groups;
pub mod journal;
mod keys;
mod lock;
pub mod log;
mod mend;
pub mod province;
mod published;
pub mod query;
pub mod recover;
mod renewal;
mod row;
pub mod search;
pub mod settings;
pub mod sync;
mod tables;
mod turns;
pub mod undo;
pub mod verify;
mod wal;

pub use book::{Book, BookInfo, NewBook};
pub use error::{StoreError, Stored};
