//! The province's server: HTTP around the machine of `suanpan_sync::server`, on the store of
//! `suanpan_store::province`. It keeps nothing between requests but caches, so any number of servers may stand before
//! one database.
//!
//! Start at [`server`] (what a server is and how it listens); then one file per thing it is asked for: [`exchange`]
//! (a sync), [`enrol`], [`snapshot`], [`lease`], [`package`]. Administration without HTTP is [`admin`]. No rule of the budget lives here.

pub mod admin;
pub mod api;
mod enrol;
mod exchange;
mod lease;
mod limits;
mod metrics;
mod pace;
pub mod package;
mod patient;
pub mod publish;
pub mod server;
mod signed;
mod snapshot;
mod tally;
pub mod tls;
mod upload;
mod work;

pub use server::{Server, Settings, listen, serve};
