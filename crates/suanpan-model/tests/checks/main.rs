//! What the checks find, as many small cases: a few lines of data in, findings out. `case.rs` reads the
//! data; one file per part of the budget holds the cases; `incremental.rs` proves that re-checking what
//! a change affects is as good as re-checking everything; `ops.rs` that every change can be taken back.

mod agency;
mod allotment;
mod book;
mod budget;
mod case;
mod document;
mod edits;
mod general;
mod incremental;
mod ops;
mod performance;
mod project;
