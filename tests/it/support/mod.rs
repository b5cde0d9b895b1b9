//! What the tests share: a disk that can be cut off (powercut), full or slow (diskfull), and the shim under both.

pub mod diskfull;
pub mod powercut;

mod disk_log;
mod disk_model;
mod shim;
