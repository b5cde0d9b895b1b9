//! Findings as rows of the book: one for all that one rule says of one record. A record as it comes from an unfinished
//! workbook lacks twenty fields, and a row and two index entries for each of them would be most of the book. Words
//! that follow from the rule and the field are made when they are read.

use crate::error::{StoreError, Stored};
use rusqlite::{Connection, Row, Rows, params};
use suanpan_model::{
    EntityDef,
    check::{self, Finding, Severity, plain_message},
    schema::Schema,
    value::RecordId,
};

const TABLE: &str = "
CREATE TABLE IF NOT EXISTS finding (
    severity INTEGER NOT NULL, entity INTEGER NOT NULL, rule TEXT NOT NULL, record BLOB NOT NULL, year INTEGER NOT NULL,
    count INTEGER NOT NULL, said TEXT NOT NULL, PRIMARY KEY (severity, entity, rule, record)) STRICT, WITHOUT ROWID;
";
const INDEX: &str = "CREATE INDEX IF NOT EXISTS finding_by_record ON finding (record);";

/// Begins every statement whose rows [`count`] and [`read`] take.
pub const SELECT: &str = "SELECT count, entity, record, rule, severity, said FROM finding";

/// Field and words of a finding; no words: they are [`plain_message`].
type Said = (Option<String>, Option<String>);

/// What one rule says of one record.
#[derive(Debug, PartialEq, Eq)]
pub struct Kept {
    severity: i64,
    rule: String,
    count: usize,
    /// JSON of [`Said`]s, in the order of the check.
    said: String,
}

/// The findings of one record, of `def`, as rows, in their order.
pub fn rows(def: &EntityDef, findings: &[Finding]) -> Stored<Vec<Kept>> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| order(finding));
    let of_rule = sorted.chunk_by(|one, other| one.rule == other.rule);
    let rows = of_rule.map(|of_rule| {
        let said: Vec<_> = of_rule.iter().map(|finding| (&finding.field, words(def, finding))).collect();
        let said = serde_json::to_string(&said).map_err(|error| StoreError::Internal(error.to_string()))?;
        let Finding { severity, rule, .. } = of_rule[0];
        Ok(Kept { severity: severity_no(*severity), rule: rule.clone(), count: of_rule.len(), said })
    });
    rows.collect()
}

/// Findings of one record lie in this order; those of one rule in the order of the check.
pub fn order(finding: &Finding) -> (i64, &str) {
    (severity_no(finding.severity), &finding.rule)
}

/// None: the finding says no more than its rule and its field.
fn words<'f>(def: &EntityDef, finding: &'f Finding) -> Option<&'f str> {
    let is_plain = plain(def, &finding.rule, finding.field.as_deref()).is_some_and(|plain| plain == finding.message);
    (!is_plain).then_some(&finding.message)
}

fn plain(def: &EntityDef, rule: &str, field: Option<&str>) -> Option<String> {
    plain_message(check::rules().get(rule)?, field.and_then(|name| def.field(name)))
}

/// The stored rows of a record, in the order of [`rows`].
pub fn rows_of(connection: &Connection, record: RecordId) -> Stored<Vec<Kept>> {
    let sql = "SELECT severity, rule, count, said FROM finding WHERE record = ? ORDER BY severity, rule";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([record], |row| {
        Ok(Kept { severity: row.get(0)?, rule: row.get(1)?, count: row.get(2)?, said: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Kept {
    /// `entity_no`: number of the entity in the schema; `year`: 0 for what is of every year.
    pub fn insert(&self, connection: &Connection, entity_no: usize, record: RecordId, year: i32) -> Stored<()> {
        let sql =
            "INSERT INTO finding (severity, entity, rule, record, year, count, said) VALUES (?, ?, ?, ?, ?, ?, ?)";
        let values = params![self.severity, entity_no, self.rule, record, year, self.count, self.said];
        connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }
}

/// Findings of a row of [`SELECT`].
pub fn count(row: &Row<'_>) -> Stored<usize> {
    Ok(row.get(0)?)
}

/// The findings of a row of [`SELECT`].
pub fn read(schema: &Schema, row: &Row<'_>) -> Stored<Vec<Finding>> {
    let entity_no: i64 = row.get(1)?;
    let def = schema.entities().get(entity_no.unsigned_abs() as usize);
    let (record, rule, severity): (RecordId, String, _) = (row.get(2)?, row.get(3)?, severity(row.get(4)?));
    let said: Vec<Said> = serde_json::from_str(row.get_ref(5)?.as_str().unwrap_or_default())
        .map_err(|error| StoreError::Internal(format!("审核结果无法读取，请重新检查：{error}")))?;
    let findings = said.into_iter().map(|(field, words)| {
        let plain = || def.and_then(|def| plain(def, &rule, field.as_deref()));
        // Of a rule that the program has no more its code is left.
        let message = words.or_else(plain).unwrap_or_else(|| rule.clone());
        Finding { rule: rule.clone(), severity, entity: entity_name(schema, entity_no), record, field, message }
    });
    Ok(findings.collect())
}

/// The findings of all rows of [`SELECT`].
pub fn read_all(schema: &Schema, mut rows: Rows<'_>) -> Stored<Vec<Finding>> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.extend(read(schema, row)?);
    }
    Ok(found)
}

pub fn entity_name(schema: &Schema, no: i64) -> String {
    schema.entities().get(no.unsigned_abs() as usize).map_or_else(String::new, |def| def.entity.clone())
}

pub fn severity_no(severity: Severity) -> i64 {
    match severity {
        Severity::Mandatory => 0,
        Severity::Advisory => 1,
    }
}

pub fn severity(no: i64) -> Severity {
    if no == 0 { Severity::Mandatory } else { Severity::Advisory }
}

fn columns(connection: &Connection) -> Stored<Vec<String>> {
    let mut columns = connection.prepare("SELECT name FROM pragma_table_info('finding')")?;
    Ok(columns.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Makes the table. What an older program wrote, a row for each finding, is taken over; of still older ones, which did not
/// note the year, the findings must be made again.
pub fn ensure(connection: &Connection, schema: &Schema) -> Stored<()> {
    let columns = columns(connection)?;
    let has = |name: &str| columns.iter().any(|column| column == name);
    let make = || Ok(connection.execute_batch(&[TABLE, INDEX].concat())?);
    if columns.is_empty() || has("said") {
        return make();
    }
    // The caller may be in a transaction or not.
    connection.execute_batch("SAVEPOINT findings;")?;
    if has("year") {
        // The name of its index is free again when the old table is gone.
        connection.execute_batch(&format!("ALTER TABLE finding RENAME TO finding_by_one; {TABLE}"))?;
        take_over(connection, schema)?;
        connection.execute_batch("DROP TABLE finding_by_one;")?;
    } else {
        connection.execute_batch("DROP TABLE finding;")?;
        super::note_stale(connection)?;
    }
    make()?;
    Ok(connection.execute_batch("RELEASE findings;")?)
}

/// Writes the findings of `finding_by_one`, record by record.
fn take_over(connection: &Connection, schema: &Schema) -> Stored<()> {
    let sql = "SELECT entity, record, rule, field, severity, message, year FROM finding_by_one ORDER BY record, rowid";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let (mut of_record, mut year) = (Vec::<Finding>::new(), 0);
    let write = |findings: &[Finding], year: i32| -> Stored<()> {
        let Some(Finding { entity, record, .. }) = findings.first() else { return Ok(()) };
        let (Some(def), Some(entity_no)) = (schema.entity(entity), schema.entity_no(entity)) else { return Ok(()) };
        self::rows(def, findings)?.iter().try_for_each(|row| row.insert(connection, entity_no, *record, year))
    };
    while let Some(row) = rows.next()? {
        let finding = Finding {
            entity: entity_name(schema, row.get(0)?),
            record: row.get(1)?,
            rule: row.get(2)?,
            field: row.get(3)?,
            severity: severity(row.get(4)?),
            message: row.get(5)?,
        };
        if of_record.first().is_some_and(|first| first.record != finding.record) {
            write(&of_record, year)?;
            of_record.clear();
        }
        year = row.get(6)?;
        of_record.push(finding);
    }
    write(&of_record, year)
}
