//! Blocks of codes that the province gave this book: what is left of them, what is given out, who waits for one.
//!
//! A code is used up in a transaction of its own before the record that gets it is written: whatever becomes of that
//! record (a kill in between, a refusal, undo), nobody gets the code again.

use super::places;
use crate::{
    book::Book,
    error::{StoreError, Stored},
    tables::table,
};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{HashMap, HashSet};
use suanpan_model::{FieldKind, code::PROJECT_CODE, schema::Schema, value::RecordId};
use suanpan_sync::{
    client::store::Short,
    lease::{Block, Series},
    scope::Scope,
};

/// Tables of codes; empty in a book that was never enrolled.
pub(crate) const TABLES: &str = "
CREATE TABLE IF NOT EXISTS sync_series (
    no INTEGER PRIMARY KEY, scope INTEGER NOT NULL, entity TEXT NOT NULL, field TEXT NOT NULL,
    fiscal_year INTEGER NOT NULL, prefix TEXT NOT NULL, width INTEGER NOT NULL,
    UNIQUE (scope, entity, field, fiscal_year, prefix, width)) STRICT;
CREATE TABLE IF NOT EXISTS sync_block (
    series INTEGER NOT NULL, last INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (series, last)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sync_uncoded (record BLOB PRIMARY KEY, series INTEGER NOT NULL) STRICT, WITHOUT ROWID;
";

/// A stock below this is filled up.
const LOW: u64 = 20;
/// Codes asked for beyond those that are waited for.
const STOCK: u64 = 100;

/// The series of the codes that the province issues to a record of `entity`; None where people give them themselves.
pub fn issued(schema: &Schema, entity: &str, division: &str, fiscal_year: i32) -> Option<Series> {
    let (of, name) = PROJECT_CODE;
    let FieldKind::Text { max, .. } = schema.entity(of).filter(|_| of == entity)?.field(name)?.kind else {
        return None;
    };
    let prefix = format!("{}{:02}", division.get(..6)?, fiscal_year.rem_euclid(100));
    let scope = Scope::of(division)?;
    let (entity, field, width) = (of.into(), name.into(), usize::try_from(max).ok()?);
    Some(Series { scope, entity, field, fiscal_year, prefix: prefix.into(), width }).filter(Series::is_sound)
}

impl Book {
    /// A code for each of these new records while there are any left; the others are remembered and come after the
    /// next exchange ([`Book::codes_for_uncoded`]). Empty in a book that is not enrolled.
    pub fn give_codes(&self, series: &Series, records: &[RecordId]) -> Stored<HashMap<RecordId, String>> {
        self.in_codes(|connection, schema| {
            let no = number(connection, series)?;
            let codes = take(connection, schema, series, no, records.len())?;
            for record in &records[codes.len()..] {
                let sql = "INSERT OR IGNORE INTO sync_uncoded (record, series) VALUES (?, ?)";
                connection.prepare_cached(sql)?.execute(params![record, no])?;
            }
            Ok(records.iter().copied().zip(codes).collect())
        })
    }

    /// Codes for records that had to do without, oldest first: series, record, code. A record is named until it has one.
    pub fn codes_for_uncoded(&self) -> Stored<Vec<(Series, RecordId, String)>> {
        if !self.read(has_uncoded)? {
            return Ok(Vec::new());
        }
        self.in_codes(|connection, schema| {
            let mut given = Vec::new();
            for (no, series) in all_series(connection)? {
                let records = uncoded(connection, schema, &series, no)?;
                let codes = take(connection, schema, &series, no, records.len())?;
                for (record, code) in records.into_iter().zip(codes) {
                    given.push((series.clone(), record, code));
                }
            }
            Ok(given)
        })
    }

    /// Which of these records had to do without a code and wait for one (暂).
    pub fn uncoded_of(&self, records: &[RecordId]) -> Stored<HashSet<RecordId>> {
        self.read(|connection| {
            let mut found = HashSet::new();
            if !has_uncoded(connection)? {
                return Ok(found);
            }
            let mut statement =
                connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM sync_uncoded WHERE record = ?)")?;
            for record in records {
                if statement.query_row([record], |row| row.get(0))? {
                    found.insert(*record);
                }
            }
            Ok(found)
        })
    }

    /// Codes that can still be given out without a link.
    pub fn codes_left(&self) -> Stored<u64> {
        self.read(|connection| {
            let sql = "SELECT COALESCE(SUM(last - next + 1), 0) FROM sync_block WHERE next <= last";
            Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
        })
    }

    fn in_codes<T: Default>(&self, work: impl FnOnce(&Connection, &Schema) -> Stored<T>) -> Stored<T> {
        let schema = self.schema();
        let mut writer = self.writer();
        let behaviour = rusqlite::TransactionBehavior::Immediate;
        let transaction = writer.connection.transaction_with_behavior(behaviour)?;
        if places::state(&transaction)?.device.is_none() {
            return Ok(T::default());
        }
        let done = work(&transaction, &schema)?;
        transaction.commit()?;
        Ok(done)
    }
}

/// The number of the series in this book; a new one is asked for from now on.
pub(super) fn number(connection: &Connection, series: &Series) -> Stored<i64> {
    let Series { scope, entity, field, fiscal_year, prefix, width } = series;
    let cells = params![scope.0, entity.as_ref(), field.as_ref(), fiscal_year, prefix.as_ref(), width];
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO sync_series (scope, entity, field, fiscal_year, prefix, width) VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(cells)?;
    let sql = "SELECT no FROM sync_series
               WHERE scope = ? AND entity = ? AND field = ? AND fiscal_year = ? AND prefix = ? AND width = ?";
    Ok(connection.prepare_cached(sql)?.query_row(cells, |row| row.get(0))?)
}

fn all_series(connection: &Connection) -> Stored<Vec<(i64, Series)>> {
    let sql = "SELECT no, scope, entity, field, fiscal_year, prefix, width FROM sync_series ORDER BY no";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        let (entity, field): (String, String) = (row.get(2)?, row.get(3)?);
        let prefix: String = row.get(5)?;
        let (scope, fiscal_year, width) = (Scope(row.get(1)?), row.get(4)?, row.get(6)?);
        let (entity, field, prefix) = (entity.into(), field.into(), prefix.into());
        Ok((row.get(0)?, Series { scope, entity, field, fiscal_year, prefix, width }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Uses up to `count` codes up. Codes that are in use here (typed, imported, come from a backup) are passed over.
fn take(connection: &Connection, schema: &Schema, series: &Series, no: i64, count: usize) -> Stored<Vec<String>> {
    let mut given = Vec::with_capacity(count.min(1_000));
    while given.len() < count {
        let sql = "SELECT last, next FROM sync_block WHERE series = ? AND next <= last ORDER BY last LIMIT 1";
        let block = connection.prepare_cached(sql)?.query_row([no], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((last, mut next)): Option<(u64, u64)> = block else { break };
        while next <= last && given.len() < count {
            let code = series.code(next);
            next += 1;
            if !is_used(connection, schema, series, &code)? {
                given.push(code);
            }
        }
        let sql = "UPDATE sync_block SET next = ?3 WHERE series = ?1 AND last = ?2";
        connection.prepare_cached(sql)?.execute(params![no, last, next])?;
    }
    Ok(given)
}

fn is_used(connection: &Connection, schema: &Schema, series: &Series, code: &str) -> Stored<bool> {
    let Some(def) = schema.entity(&series.entity) else { return Ok(false) };
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM {} WHERE \"{}\" = ? AND _year = ?)",
        table(def),
        def.field(&series.field).map_or("_id", |field| field.name.as_str())
    );
    Ok(connection.prepare_cached(&sql)?.query_row(params![code, series.fiscal_year], |row| row.get(0))?)
}

fn has_uncoded(connection: &Connection) -> Stored<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sync_uncoded)";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Records that still have no code. Those that were deleted, never written or got a code otherwise wait no more.
fn uncoded(connection: &Connection, schema: &Schema, series: &Series, no: i64) -> Stored<Vec<RecordId>> {
    let def = schema.entity(&series.entity);
    let def = def.ok_or_else(|| StoreError::Internal(format!("没有“{}”这种数据", series.entity)))?;
    let known = format!(
        "SELECT _id FROM {} WHERE _id = sync_uncoded.record AND _deleted = 0 AND \"{}\" IS NULL",
        table(def),
        series.field
    );
    connection.execute(&format!("DELETE FROM sync_uncoded WHERE series = ? AND NOT EXISTS ({known})"), [no])?;
    let mut statement =
        connection.prepare_cached("SELECT record FROM sync_uncoded WHERE series = ? ORDER BY record")?;
    let rows = statement.query_map([no], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The series of a year that has units already are asked for ahead, so that its first project need not wait.
fn look_ahead(connection: &Connection, schema: &Schema) -> Stored<()> {
    let Some(units) = schema.entity("agency") else { return Ok(()) };
    let sql =
        format!("SELECT EXISTS (SELECT 1 FROM {} WHERE _year = ? AND _division = ? AND _deleted = 0)", table(units));
    for (_, series) in all_series(connection)? {
        let (division, year) = (series.scope.to_string(), series.fiscal_year + 1);
        let next = issued(schema, &series.entity, &division, year);
        if let Some(next) = next.filter(|_| series.fiscal_year > 0)
            && connection.prepare_cached(&sql)?.query_row(params![year, division], |row| row.get(0))?
        {
            number(connection, &next)?;
        }
    }
    Ok(())
}

/// What the province is asked for.
pub(super) fn short(connection: &Connection, schema: &Schema) -> Stored<Vec<Short>> {
    look_ahead(connection, schema)?;
    let some_wait = has_uncoded(connection)?;
    let mut found = Vec::new();
    for (no, series) in all_series(connection)? {
        let sql = "SELECT COALESCE(SUM(max(last - next + 1, 0)), 0), MAX(last) FROM sync_block WHERE series = ?";
        let (left, newest): (u64, Option<u64>) =
            connection.prepare_cached(sql)?.query_row([no], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let wanted = if some_wait { uncoded(connection, schema, &series, no)?.len() as u64 } else { 0 };
        if left >= LOW + wanted {
            continue;
        }
        let have = newest.map(|last| series.code(last)).unwrap_or_default().into();
        found.push(Short { series, count: STOCK + wanted, have });
    }
    Ok(found)
}

pub(super) fn put_block(connection: &Connection, block: &Block) -> Stored<()> {
    let (Some(first), Some(last)) = (block.series.serial(&block.first), block.series.serial(&block.last)) else {
        return Ok(());
    };
    let no = number(connection, &block.series)?;
    let sql = "INSERT OR IGNORE INTO sync_block (series, last, next) VALUES (?, ?, ?)";
    connection.prepare_cached(sql)?.execute(params![no, last, first])?;
    Ok(())
}

/// The blocks of a number that this book had before: a copy of it may be giving them out.
pub(super) fn let_go(connection: &Connection) -> Stored<()> {
    connection.execute("DELETE FROM sync_block", [])?;
    Ok(())
}
