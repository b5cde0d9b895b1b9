//! What a local change means to sync, written in the transaction of the change itself: its group is unsettled, and the
//! rows that it changes first are kept as the province confirmed them.

use super::{groups, places, shadows};
use crate::error::Stored;
use rusqlite::{Connection, params};
use suanpan_model::{
    EntityDef, Op, OpKind, Record,
    merge::{content_mark, stands_for_all},
    op::{GroupKind, OpGroup},
};
use suanpan_sync::client::store::State;

/// Is this a change that the province is to hear of?
pub fn concerns(connection: &Connection, kind: GroupKind) -> Stored<bool> {
    Ok(kind != GroupKind::Pull
        && places::get::<State>(connection, "state")?.is_some_and(|state| state.device.is_some()))
}

/// Before op number `at` of batch `seq` is noted as having touched its record.
pub fn changed(
    connection: &Connection,
    def: &EntityDef,
    before: Option<&Record>,
    op: &Op,
    seq: i64,
    at: usize,
) -> Stored<()> {
    let Some(before) = before.filter(|_| !matches!(op.kind, OpKind::Create { .. })) else { return Ok(()) };
    if stands_for_all(def, op) {
        let mark = i64::from_ne_bytes(content_mark(def, before).to_ne_bytes());
        let sql = "INSERT OR REPLACE INTO sync_seen (batch, at, mark) VALUES (?, ?, ?)";
        connection.prepare_cached(sql)?.execute(params![seq, at, mark])?;
    }
    if !groups::is_pending(connection, op.record)? {
        shadows::put(connection, def, op.record, Some(before))?;
    }
    Ok(())
}

/// The group is about to be written from batch `first` on.
pub fn begins(connection: &Connection, group: &OpGroup, first: i64) -> Stored<()> {
    let sql = "INSERT OR IGNORE INTO sync_group (id, first_batch, last_batch, packed, head) VALUES (?, ?, ?, 0, x'')";
    connection.prepare_cached(sql)?.execute(params![group.id, first, i64::MAX])?;
    Ok(())
}

/// All of it is written, up to batch `last`.
pub fn ends(connection: &Connection, group: &OpGroup, last: i64) -> Stored<()> {
    let sql = "UPDATE sync_group SET last_batch = ? WHERE id = ?";
    connection.prepare_cached(sql)?.execute(params![last, group.id])?;
    Ok(())
}
