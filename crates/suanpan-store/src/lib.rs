//! The book: one SQLite file in which everything typed is kept, sealed page by page so that a single
//! altered bit is noticed before a figure is shown.
//!
//! Start with [`book`] (open, create), then [`apply`] (the only way anything is written) and [`log`]
//! (the record of all ops). Reading is in [`query`], [`search`] and [`findings`]; [`journal`] is the
//! second copy of the log beside the book. Rules do not live here: see suanpan-model.

pub mod apply;
pub mod book;
mod connection;
mod error;
pub mod facts;
pub mod findings;
pub mod journal;
mod lock;
pub mod log;
pub mod query;
mod row;
pub mod search;
pub mod settings;
mod tables;
pub mod undo;

pub use book::{Book, BookInfo, NewBook};
pub use error::{StoreError, Stored};
