//! The book as sync sees it: which groups the province has not settled yet, what is packed for it, the rows as last
//! confirmed. [`SyncBook`] implements the traits that `suanpan_sync::client` asks for; nothing here knows the wire.
//!
//! What was typed is not kept twice: an unsettled group is a range of batches of the log ([`groups`]). A shadow is
//! kept only where a confirmed row was changed ([`shadows`]); [`hook`] is what every local change calls.

pub(crate) mod codes;
mod enrol;
mod groups;
pub(crate) mod hook;
mod outbox;
mod places;
mod shadows;
mod transaction;
mod tray;
mod unconfirmed;

pub use codes::issued;
pub use enrol::Enrolled;
pub use places::SyncCounts;
pub use transaction::SyncBook;
pub use tray::TrayLine;

/// Tables of sync; empty in a book that was never enrolled.
pub(crate) const TABLES: &str = "
CREATE TABLE IF NOT EXISTS sync_meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sync_cursor (scope INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS sync_checkpoint (
    scope INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, server_ms INTEGER NOT NULL,
    signature BLOB NOT NULL, PRIMARY KEY (scope, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sync_group (
    no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, first_batch INTEGER NOT NULL, last_batch INTEGER NOT NULL,
    packed INTEGER NOT NULL, head BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS sync_group_by_batch ON sync_group (first_batch);
CREATE TABLE IF NOT EXISTS sync_seen (
    batch INTEGER NOT NULL, at INTEGER NOT NULL, mark INTEGER NOT NULL, PRIMARY KEY (batch, at)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sync_again (
    no INTEGER NOT NULL, place INTEGER NOT NULL, record BLOB NOT NULL, op BLOB NOT NULL, mark INTEGER,
    PRIMARY KEY (no, place)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sync_again_by_record ON sync_again (record);
CREATE TABLE IF NOT EXISTS sync_outbox (
    parcel INTEGER PRIMARY KEY, hash BLOB NOT NULL, group_id BLOB NOT NULL, last INTEGER NOT NULL,
    packed BLOB NOT NULL, settled_ms INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS sync_shadow (record BLOB PRIMARY KEY, confirmed BLOB) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sync_tray (
    id BLOB PRIMARY KEY, since_ms INTEGER NOT NULL, item BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sync_stage (
    scope INTEGER NOT NULL, seq INTEGER NOT NULL, packed BLOB NOT NULL, PRIMARY KEY (scope, seq)) STRICT, WITHOUT ROWID;
";
