//! Findings as they stand now. They are recomputed for what a change can affect, in the transaction of
//! that change, so they are never older than the figures they speak of. How they lie in the book: [`kept`].

use crate::{book::Book, error::Stored, facts::SqlFacts, row};
use rusqlite::Connection;
use std::collections::HashMap;
use suanpan_model::{
    EntityDef, Record,
    check::{Finding, Severity, check},
    facts::Facts,
    schema::Schema,
    value::RecordId,
};

pub(crate) mod kept;

/// Records of one statement of [`Book::findings_of`]; a window of a list is one.
const ASKED_AT_ONCE: usize = 1_000;

/// Which findings to list. Empty = all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FindingQuery {
    pub entity: Option<String>,
    pub rule: Option<String>,
    pub severity: Option<Severity>,
    pub record: Option<RecordId>,
    /// Findings of this year's records, and of those that are of every year.
    pub fiscal_year: Option<i32>,
    pub offset: usize,
    pub limit: usize,
}

/// How many findings of one rule on one entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingCount {
    pub entity: String,
    pub rule: String,
    pub severity: Severity,
    pub count: usize,
}

impl Book {
    pub fn findings(&self, query: &FindingQuery) -> Stored<Vec<Finding>> {
        let schema = self.schema();
        let mut condition = String::from("1");
        let mut values: Vec<rusqlite::types::Value> = Vec::new();
        let mut add = |column: &str, value: rusqlite::types::Value| {
            condition.push_str(&format!(" AND {column} = ?"));
            values.push(value);
        };
        if let Some(entity) = &query.entity {
            add("entity", (schema.entity_no(entity).map_or(-1, |no| no as i64)).into());
        }
        if let Some(rule) = &query.rule {
            add("rule", rule.clone().into());
        }
        if let Some(severity) = query.severity {
            add("severity", kept::severity_no(severity).into());
        }
        if let Some(record) = query.record {
            add("record", record.as_bytes().to_vec().into());
        }
        if let Some(year) = query.fiscal_year {
            condition.push_str(&format!(" AND year IN (0, {year})"));
        }
        let sql = format!("{} WHERE {condition} ORDER BY severity, entity, rule, record", kept::SELECT);
        let (mut skip, mut room) = (query.offset, if query.limit == 0 { usize::MAX } else { query.limit });
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(rusqlite::params_from_iter(values))?;
            let mut found = Vec::new();
            while room > 0
                && let Some(row) = rows.next()?
            {
                let count = kept::count(row)?;
                if skip >= count {
                    skip -= count;
                    continue;
                }
                found.extend(kept::read(&schema, row)?.into_iter().skip(skip).take(room));
                room -= room.min(count - skip);
                skip = 0;
            }
            Ok(found)
        })
    }

    /// The findings of each of these records; records without any are left out.
    pub fn findings_of(&self, records: &[RecordId]) -> Stored<HashMap<RecordId, Vec<Finding>>> {
        let schema = self.schema();
        let mut found: HashMap<RecordId, Vec<Finding>> = HashMap::new();
        self.read(|connection| {
            for some in records.chunks(ASKED_AT_ONCE) {
                let marks = vec!["?"; some.len()].join(", ");
                let order = "ORDER BY severity, entity, rule, record";
                let mut statement =
                    connection.prepare(&format!("{} WHERE record IN ({marks}) {order}", kept::SELECT))?;
                for finding in kept::read_all(&schema, statement.query(rusqlite::params_from_iter(some))?)? {
                    found.entry(finding.record).or_default().push(finding);
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// `fiscal_year` as in [`FindingQuery`]; None counts all years.
    pub fn finding_counts(&self, fiscal_year: Option<i32>) -> Stored<Vec<FindingCount>> {
        let schema = self.schema();
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT entity, rule, severity, SUM(count) FROM finding WHERE ?1 IS NULL OR year IN (0, ?1)
                 GROUP BY severity, entity, rule",
            )?;
            let rows = statement.query_map([fiscal_year], |found| {
                Ok(FindingCount {
                    entity: kept::entity_name(&schema, found.get(0)?),
                    rule: found.get(1)?,
                    severity: kept::severity(found.get(2)?),
                    count: found.get(3)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Checks every live record of the book anew. `progress` gets (done, all) and returns false to stop.
    pub fn check_all(&self, progress: &mut dyn FnMut(usize, usize) -> bool) -> Stored<usize> {
        let schema = self.schema();
        let writer = self.writer();
        let transaction = writer.connection.unchecked_transaction()?;
        let facts = SqlFacts::new(&transaction, &schema);
        let mut all = 0;
        for def in schema.entities() {
            let sql = format!("SELECT COUNT(*) FROM {} WHERE _deleted = 0", crate::tables::table(def));
            all += transaction.query_row(&sql, [], |found| found.get::<_, i64>(0))? as usize;
        }
        transaction.execute("DELETE FROM finding", [])?;
        transaction.execute("DELETE FROM meta WHERE key = ?", [STALE])?;
        let (mut done, mut found) = (0, 0);
        for def in schema.entities() {
            let sql = format!("{} WHERE _deleted = 0", row::select(def));
            let mut statement = transaction.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(record) = rows.next()? {
                let record = row::read(def, record)?.1;
                found += refresh(&transaction, &facts, &schema, def, &record, true)?;
                done += 1;
                if done % 500 == 0 && !progress(done, all) {
                    return Err(crate::StoreError::NothingTo("检查已停止"));
                }
            }
        }
        drop(facts);
        transaction.commit()?;
        self.shorten_log(&writer);
        Ok(found)
    }
}

/// Key in `meta`: a change of codes or books of budget has made every finding doubtful.
const STALE: &str = "findings_stale";
/// Up to this many records are checked again at once; a larger book waits to be asked.
const CHECKED_AT_ONCE: i64 = 20_000;

pub(crate) fn note_stale(connection: &Connection) -> Stored<()> {
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, '1')", [STALE])?;
    Ok(())
}

impl Book {
    /// Codes or books of budget changed since the findings were made: check the whole book again.
    pub fn findings_are_stale(&self) -> Stored<bool> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM meta WHERE key = ?)")?;
            Ok(statement.query_row([STALE], |found| found.get(0))?)
        })
    }

    pub(crate) fn check_again_if_small(&self) -> Stored<()> {
        let records: i64 = self.read(|connection| {
            Ok(connection.query_row("SELECT COUNT(DISTINCT record) FROM op_touch", [], |found| found.get(0))?)
        })?;
        if records <= CHECKED_AT_ONCE {
            self.check_all(&mut |_, _| true)?;
        }
        Ok(())
    }
}

/// The stored findings of a record, by severity and rule.
pub(crate) fn of_record(connection: &Connection, schema: &Schema, record: RecordId) -> Stored<Vec<Finding>> {
    let mut statement =
        connection.prepare_cached(&format!("{} WHERE record = ? ORDER BY severity, rule", kept::SELECT))?;
    kept::read_all(schema, statement.query([record])?)
}

/// Replaces the findings of one record; how many it has now. `is_new`: it cannot have any yet.
pub(crate) fn refresh(
    connection: &Connection,
    facts: &SqlFacts<'_>,
    schema: &Schema,
    def: &EntityDef,
    record: &Record,
    is_new: bool,
) -> Stored<usize> {
    let findings = if record.header.deleted { Vec::new() } else { check(facts, def, record)? };
    let rows = kept::rows(def, &findings)?;
    if !is_new {
        // Most changes leave the findings as they were, and comparing costs less than writing.
        let as_stored = kept::rows_of(connection, record.id)?;
        if rows == as_stored {
            return Ok(findings.len());
        }
        if !as_stored.is_empty() {
            connection.prepare_cached("DELETE FROM finding WHERE record = ?")?.execute([record.id])?;
        }
    }
    let entity_no = schema.entity_no(&def.entity).unwrap_or_default();
    let year = if def.any_year { 0 } else { record.header.fiscal_year };
    rows.iter().try_for_each(|row| row.insert(connection, entity_no, record.id, year))?;
    Ok(findings.len())
}

pub(crate) fn refresh_by_id(
    connection: &Connection,
    facts: &SqlFacts<'_>,
    schema: &Schema,
    entity: &str,
    id: RecordId,
) -> Stored<()> {
    let Some(def) = schema.entity(entity) else { return Ok(()) };
    if let Some(record) = facts.get(entity, id)? {
        refresh(connection, facts, schema, def, &record, false)?;
    }
    Ok(())
}
