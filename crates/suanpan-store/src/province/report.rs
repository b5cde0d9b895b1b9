//! What an administrator is told of each scope, and its records for a snapshot.

use super::{
    ProvinceStore,
    rows::{self, COLUMNS, scope_cell},
    sql::{Cell, Kind},
    transaction::place,
};
use std::collections::BTreeMap;
use suanpan_model::{EntityDef, Record};
use suanpan_sync::{
    scope::{Place, Scope},
    server::{CASE, OPEN, store::Stored},
};

/// One scope in figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeLine {
    pub scope: Scope,
    /// Entries of its log.
    pub entries: u64,
    /// Records that are not deleted.
    pub records: u64,
    /// Devices at home there that are not revoked.
    pub devices: u64,
    /// When the last of them was heard of, ms since 1970; 0 = never.
    pub seen_ms: i64,
    /// Conflict cases that nobody has decided.
    pub open_cases: u64,
}

impl ProvinceStore {
    /// Every scope that has a log or a device, in ascending order.
    pub fn report(&self) -> Stored<Vec<ScopeLine>> {
        self.with_sql(Kind::Reads, &mut |sql| {
            let mut lines: BTreeMap<Scope, ScopeLine> = BTreeMap::new();
            let mut fill = |statement: &str, cells: &[Cell<'_>], set: &dyn Fn(&mut ScopeLine, u64)| {
                sql.each(statement, cells, &mut |row| {
                    let scope = rows::scope(row, 0)?;
                    let empty = ScopeLine { scope, entries: 0, records: 0, devices: 0, seen_ms: 0, open_cases: 0 };
                    set(lines.entry(scope).or_insert(empty), row.count(1)?);
                    Ok(())
                })
            };
            fill("SELECT scope, seq FROM scope_head", &[], &|line, entries| line.entries = entries)?;
            let records = "SELECT scope, count(*) FROM record WHERE NOT deleted GROUP BY scope";
            fill(records, &[], &|line, records| line.records = records)?;
            let devices = "SELECT home, count(*) FROM device WHERE NOT revoked GROUP BY home";
            fill(devices, &[], &|line, devices| line.devices = devices)?;
            let seen = "SELECT d.home, max(p.seen_ms) FROM device d JOIN device_place p ON p.id = d.id GROUP BY d.home";
            fill(seen, &[], &|line, seen| line.seen_ms = i64::try_from(seen).unwrap_or(i64::MAX))?;
            let cases = "SELECT scope, count(*) FROM record
                         WHERE entity = ?1 AND NOT deleted AND fields ->> 'state' = ?2 GROUP BY scope";
            fill(cases, &[Cell::Text(CASE), Cell::Text(OPEN)], &|line, cases| line.open_cases = cases)?;
            Ok(lines.into_values().collect())
        })
    }

    /// Scopes that have a log, in ascending order.
    pub fn scopes(&self) -> Stored<Vec<Scope>> {
        let statement = "SELECT scope FROM scope_head ORDER BY scope";
        self.with_sql(Kind::Reads, &mut |sql| sql.rows(statement, &[])?.iter().map(|row| rows::scope(row, 0)).collect())
    }

    /// Calls `each` with every record of the scope, deleted ones too, entity by entity in the order of their ids.
    /// Returns the place of the log at which they stood so. `each` must not use the store.
    pub fn snapshot_rows(&self, scope: Scope, each: &mut dyn FnMut(&EntityDef, &Record)) -> Stored<Place> {
        self.with_sql(Kind::Reads, &mut |sql| {
            let head = sql.row("SELECT seq, hash FROM scope_head WHERE scope = ?1", &[scope_cell(scope)])?;
            let head = head.map_or(Ok(Place::default()), |row| place(&row, 0))?;
            let schema = self.schema_within(sql)?;
            let statement = format!("SELECT {COLUMNS} FROM record r WHERE r.scope = ?1 ORDER BY r.entity, r.id");
            sql.each(&statement, &[scope_cell(scope)], &mut |row| {
                if let Some(kept) = rows::read(&schema, row)? {
                    each(&kept.def, &kept.record);
                }
                Ok(())
            })?;
            Ok(head)
        })
    }
}
