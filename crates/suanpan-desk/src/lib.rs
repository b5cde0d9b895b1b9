//! The desk without a window: everything that the screens and the command line can ask for.
//!
//! [`calls`] is the one list of requests; each noun has a file with the bodies. The Tauri shell and the
//! loopback host are both one route around [`calls::dispatch`]. Rules are in suanpan-model, the file in
//! suanpan-store; there is no web view, argument parsing or network here.

mod background;
pub mod backups;
pub mod book;
pub mod calls;
pub mod cases;
pub mod checks;
pub mod codes;
mod desk;
pub mod disclose;
pub mod edit;
mod error;
pub mod explanations;
pub mod export;
pub mod history;
pub mod home;
pub mod import;
mod issued;
pub mod jobs;
pub mod references;
pub mod rows;
pub mod sample;
pub mod search;
pub mod settings;
pub mod shown;
pub mod sync;
pub mod tray;
mod whose;

pub use desk::{Desk, Environment};
pub use error::{CallError, CallErrorCode, CallResult};
