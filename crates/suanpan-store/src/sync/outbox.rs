//! Packed parcels. They are kept a while after they were settled: a province that was restored from a backup gets
//! again what it has lost.

use crate::error::Stored;
use rusqlite::{Connection, OptionalExtension, Row, params};
use suanpan_sync::{client::store::Parceled, scope::Place};

/// How long a settled parcel is kept: 30 days by the province's clock, in ms.
const KEPT_MS: i64 = 30 * 24 * 3600 * 1000;

const COLUMNS: &str = "SELECT parcel, hash, group_id, last, packed FROM sync_outbox";

fn read(row: &Row<'_>) -> rusqlite::Result<Parceled> {
    let place = Place { seq: row.get(0)?, hash: row.get(1)? };
    Ok(Parceled { place, group: row.get(2)?, last: row.get(3)?, packed: row.get(4)? })
}

pub fn put(connection: &Connection, parcels: &[Parceled]) -> Stored<()> {
    let sql = "INSERT INTO sync_outbox (parcel, hash, group_id, last, packed) VALUES (?, ?, ?, ?, ?)";
    let mut statement = connection.prepare_cached(sql)?;
    for Parceled { place, group, last, packed } in parcels {
        statement.execute(params![place.seq, place.hash, group, last, packed])?;
    }
    Ok(())
}

/// Parcels after `parcel`, until `budget_bytes`; at least one if there is one.
pub fn after(connection: &Connection, parcel: u64, budget_bytes: usize) -> Stored<Vec<Parceled>> {
    let mut statement = connection.prepare_cached(&format!("{COLUMNS} WHERE parcel > ? ORDER BY parcel"))?;
    let mut rows = statement.query([parcel])?;
    let (mut found, mut room) = (Vec::new(), budget_bytes);
    while let Some(row) = rows.next()? {
        let parcel = read(row)?;
        if !found.is_empty() && parcel.packed.len() > room {
            break;
        }
        room = room.saturating_sub(parcel.packed.len());
        found.push(parcel);
    }
    Ok(found)
}

pub fn get(connection: &Connection, parcel: u64) -> Stored<Option<Parceled>> {
    let mut statement = connection.prepare_cached(&format!("{COLUMNS} WHERE parcel = ?"))?;
    Ok(statement.query_row([parcel], read).optional()?)
}

/// Is a group settled whose last parcel is after `parcel`?
pub fn is_any_settled_after(connection: &Connection, parcel: u64) -> Stored<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sync_outbox o WHERE o.parcel > ? AND o.last
               AND NOT EXISTS (SELECT 1 FROM sync_group g WHERE g.id = o.group_id))";
    Ok(connection.prepare_cached(sql)?.query_row([parcel], |row| row.get(0))?)
}

/// Parcels up to `settled` are settled since `server_ms`; those that are long so are dropped, but for the newest.
pub fn tidy(connection: &Connection, settled: u64, server_ms: i64) -> Stored<()> {
    let sql = "UPDATE sync_outbox SET settled_ms = ? WHERE parcel <= ? AND settled_ms IS NULL";
    connection.prepare_cached(sql)?.execute(params![server_ms, settled])?;
    let sql = "DELETE FROM sync_outbox WHERE settled_ms < ? AND parcel < ?";
    connection.prepare_cached(sql)?.execute(params![server_ms - KEPT_MS, settled])?;
    Ok(())
}
