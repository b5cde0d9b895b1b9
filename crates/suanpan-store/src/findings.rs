//! Findings as they stand now. They are recomputed for what a change can affect, in the transaction of
//! that change, so they are never older than the figures they speak of.

use crate::{book::Book, error::Stored, facts::SqlFacts, row};
use rusqlite::Connection;
use std::{collections::HashMap, sync::LazyLock};
use suanpan_model::{
    EntityDef, Record,
    check::{Finding, Severity, check},
    facts::Facts,
    schema::Schema,
    value::RecordId,
};

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
            add("severity", severity_no(severity).into());
        }
        if let Some(record) = query.record {
            add("record", record.as_bytes().to_vec().into());
        }
        if let Some(year) = query.fiscal_year {
            condition.push_str(&format!(" AND year IN (0, {year})"));
        }
        let limit = if query.limit == 0 { -1 } else { query.limit as i64 };
        let sql = format!(
            "SELECT entity, record, rule, field, severity, message FROM finding WHERE {condition}
             ORDER BY severity, entity, rule, rowid LIMIT {limit} OFFSET {}",
            query.offset
        );
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(rusqlite::params_from_iter(values), |found| read(&schema, found))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The findings of each of these records; records without any are left out.
    pub fn findings_of(&self, records: &[RecordId]) -> Stored<HashMap<RecordId, Vec<Finding>>> {
        let schema = self.schema();
        let mut found: HashMap<RecordId, Vec<Finding>> = HashMap::new();
        self.read(|connection| {
            for some in records.chunks(ASKED_AT_ONCE) {
                let marks = vec!["?"; some.len()].join(", ");
                let mut statement = connection.prepare(&format!(
                    "SELECT entity, record, rule, field, severity, message FROM finding WHERE record IN ({marks})
                     ORDER BY severity, entity, rule, rowid"
                ))?;
                for finding in statement.query_map(rusqlite::params_from_iter(some), |row| read(&schema, row))? {
                    let finding = finding?;
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
                "SELECT entity, rule, severity, COUNT(*) FROM finding WHERE ?1 IS NULL OR year IN (0, ?1)
                 GROUP BY severity, entity, rule",
            )?;
            let rows = statement.query_map([fiscal_year], |found| {
                Ok(FindingCount {
                    entity: entity_name(&schema, found.get(0)?),
                    rule: found.get(1)?,
                    severity: severity(found.get(2)?),
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
    if !is_new {
        // Most changes leave the findings as they were, and comparing costs less than writing.
        let as_stored = lines_of(connection, record.id)?;
        let mut lines: Vec<Line> = findings.iter().map(line).collect();
        lines.sort();
        if lines == as_stored {
            return Ok(findings.len());
        }
        if !as_stored.is_empty() {
            connection.prepare_cached("DELETE FROM finding WHERE record = ?")?.execute([record.id])?;
        }
    }
    let entity_no = schema.entity_no(&def.entity).unwrap_or_default() as i64;
    let year = if def.any_year { 0 } else { record.header.fiscal_year };
    findings.chunks(INSERTED_AT_ONCE).try_for_each(|some| insert(connection, entity_no, year, some))?;
    Ok(findings.len())
}

/// Findings of one record that go in with one statement: beginning and ending a statement costs as much as a row.
const INSERTED_AT_ONCE: usize = 8;

/// By number of findings, less one.
static INSERTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let insert = "INSERT INTO finding (entity, record, rule, field, severity, message, year) VALUES ";
    let statement = |rows| insert.to_owned() + &vec!["(?, ?, ?, ?, ?, ?, ?)"; rows].join(", ");
    (1..=INSERTED_AT_ONCE).map(statement).collect()
});

/// `findings`: from one to [`INSERTED_AT_ONCE`].
fn insert(connection: &Connection, entity_no: i64, year: i32, findings: &[Finding]) -> Stored<()> {
    let mut statement = connection.prepare_cached(&INSERTS[findings.len() - 1])?;
    for (at, finding) in findings.iter().enumerate() {
        let first = at * 7;
        statement.raw_bind_parameter(first + 1, entity_no)?;
        statement.raw_bind_parameter(first + 2, finding.record)?;
        statement.raw_bind_parameter(first + 3, &finding.rule)?;
        statement.raw_bind_parameter(first + 4, &finding.field)?;
        statement.raw_bind_parameter(first + 5, severity_no(finding.severity))?;
        statement.raw_bind_parameter(first + 6, &finding.message)?;
        statement.raw_bind_parameter(first + 7, year)?;
    }
    statement.raw_execute()?;
    Ok(())
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

/// (rule, field, severity, message): what two checks of one record are compared by.
pub(crate) type Line = (String, Option<String>, i64, String);

pub(crate) fn line(finding: &Finding) -> Line {
    (finding.rule.to_string(), finding.field.clone(), severity_no(finding.severity), finding.message.clone())
}

/// The stored findings of a record, sorted.
pub(crate) fn lines_of(connection: &Connection, record: RecordId) -> Stored<Vec<Line>> {
    let sql = "SELECT rule, field, severity, message FROM finding WHERE record = ?";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([record], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let mut lines = rows.collect::<Result<Vec<Line>, _>>()?;
    lines.sort();
    Ok(lines)
}

fn read(schema: &Schema, found: &rusqlite::Row<'_>) -> rusqlite::Result<Finding> {
    Ok(Finding {
        entity: entity_name(schema, found.get(0)?),
        record: found.get(1)?,
        rule: found.get(2)?,
        field: found.get(3)?,
        severity: severity(found.get(4)?),
        message: found.get(5)?,
    })
}

fn entity_name(schema: &Schema, no: i64) -> String {
    schema.entities().get(no.unsigned_abs() as usize).map_or_else(String::new, |def| def.entity.clone())
}

fn severity_no(severity: Severity) -> i64 {
    match severity {
        Severity::Mandatory => 0,
        Severity::Advisory => 1,
    }
}

fn severity(no: i64) -> Severity {
    if no == 0 { Severity::Mandatory } else { Severity::Advisory }
}
