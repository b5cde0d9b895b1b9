//! Where the book stands with the province: the state, the cursors, the checkpoints it was given.

use crate::{
    book::Book,
    error::{StoreError, Stored},
};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Serialize, de::DeserializeOwned};
use suanpan_sync::{
    client::store::State,
    frame::Checkpoint,
    scope::{Place, Scope},
};

/// What waits and what needs a person, for the status line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SyncCounts {
    /// Groups that the province has not settled.
    pub unsettled: u64,
    /// Ops in them.
    pub unsettled_ops: u64,
    pub tray: u64,
}

pub(super) fn get<T: DeserializeOwned>(connection: &Connection, key: &str) -> Stored<Option<T>> {
    let mut statement = connection.prepare_cached("SELECT value FROM sync_meta WHERE key = ?")?;
    let found: Option<Vec<u8>> = statement.query_row([key], |row| row.get(0)).optional()?;
    let read = |bytes: Vec<u8>| serde_json::from_slice(&bytes).map_err(|error| StoreError::Internal(error.to_string()));
    found.map(read).transpose()
}

pub(super) fn put<T: Serialize>(connection: &Connection, key: &str, value: &T) -> Stored<()> {
    let bytes = serde_json::to_vec(value).map_err(|error| StoreError::Internal(error.to_string()))?;
    let sql = "INSERT INTO sync_meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2";
    connection.prepare_cached(sql)?.execute(params![key, bytes])?;
    Ok(())
}

pub(super) fn state(connection: &Connection) -> Stored<State> {
    Ok(get(connection, "state")?.unwrap_or_default())
}

pub(super) fn put_state(connection: &Connection, state: &State) -> Stored<()> {
    put(connection, "state", state)
}

pub(super) fn cursors(connection: &Connection) -> Stored<Vec<(Scope, Place)>> {
    let mut statement = connection.prepare_cached("SELECT scope, seq, hash FROM sync_cursor ORDER BY scope")?;
    let rows =
        statement.query_map([], |row| Ok((Scope(row.get(0)?), Place { seq: row.get(1)?, hash: row.get(2)? })))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn put_cursor(connection: &Connection, scope: Scope, place: Place) -> Stored<()> {
    let sql = "INSERT INTO sync_cursor (scope, seq, hash) VALUES (?1, ?2, ?3)
               ON CONFLICT (scope) DO UPDATE SET seq = ?2, hash = ?3";
    connection.prepare_cached(sql)?.execute(params![scope.0, place.seq, place.hash])?;
    Ok(())
}

pub(super) fn put_checkpoint(connection: &Connection, checkpoint: &Checkpoint) -> Stored<()> {
    let sql = "INSERT OR IGNORE INTO sync_checkpoint (scope, seq, hash, server_ms, signature) VALUES (?, ?, ?, ?, ?)";
    let Checkpoint { scope, place, server_ms, signature } = checkpoint;
    connection.prepare_cached(sql)?.execute(params![scope.0, place.seq, place.hash, server_ms, signature])?;
    Ok(())
}

impl Book {
    pub fn sync_state(&self) -> Stored<State> {
        self.read(state)
    }

    pub fn sync_cursors(&self) -> Stored<Vec<(Scope, Place)>> {
        self.read(cursors)
    }

    pub fn sync_counts(&self) -> Stored<SyncCounts> {
        self.read(|connection| {
            let sql = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN g.last_batch = 0
                           THEN (SELECT COUNT(*) FROM sync_again AS a WHERE a.no = g.no) ELSE o.ops END), 0)
                       FROM sync_group AS g LEFT JOIN op_group AS o ON o.id = g.id";
            let (unsettled, unsettled_ops) =
                connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let tray = connection.query_row("SELECT COUNT(*) FROM sync_tray", [], |row| row.get(0))?;
            Ok(SyncCounts { unsettled, unsettled_ops, tray })
        })
    }

    /// Are there groups that are not packed for the province yet?
    pub fn has_unpacked(&self) -> Stored<bool> {
        self.read(|connection| {
            let sql = "SELECT EXISTS (SELECT 1 FROM sync_group WHERE packed = 0)";
            Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
        })
    }

    /// When the newest checkpoint was given, by the province's clock.
    pub fn newest_checkpoint_ms(&self) -> Stored<i64> {
        self.read(|connection| {
            let sql = "SELECT COALESCE(MAX(server_ms), 0) FROM sync_checkpoint";
            Ok(connection.query_row(sql, [], |row| row.get(0))?)
        })
    }

    /// What the driver remembers between starts, in its own words (server, mode, windows).
    pub fn sync_note<T: DeserializeOwned>(&self, key: &str) -> Stored<Option<T>> {
        self.read(|connection| get(connection, &format!("note:{key}")))
    }

    pub fn put_sync_note<T: Serialize>(&self, key: &str, value: &T) -> Stored<()> {
        put(&self.writer().connection, &format!("note:{key}"), value)
    }
}
