//! What the tests share: a disk that can be cut off (powercut), full or slow (diskfull), the shim under both, and
//! the judge of a book that went through such things (book).

pub mod book;
pub mod diskfull;
pub mod powercut;
pub mod province;

mod disk_log;
mod disk_model;
mod shim;
