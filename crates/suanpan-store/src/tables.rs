//! Tables made from entity documents, and the few fixed tables of the book itself. An added field
//! becomes a column by itself; nothing here knows a business name.

use crate::error::Stored;
use rusqlite::Connection;
use std::collections::HashSet;
use suanpan_model::{EntityDef, FieldDef, FieldKind, schema::Schema};

const FIXED: &str = "
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS op_batch (
    seq INTEGER PRIMARY KEY, ops INTEGER NOT NULL, codec INTEGER NOT NULL,
    payload BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS op_group (
    id BLOB PRIMARY KEY, first_batch INTEGER NOT NULL, last_batch INTEGER NOT NULL, actor TEXT NOT NULL,
    at_ms INTEGER NOT NULL, label TEXT NOT NULL, kind TEXT NOT NULL, ops INTEGER NOT NULL,
    undone INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS op_group_by_actor ON op_group (actor, last_batch);
CREATE TABLE IF NOT EXISTS op_touch (record BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (record, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS finding (
    entity INTEGER NOT NULL, record BLOB NOT NULL, rule TEXT NOT NULL, field TEXT,
    severity INTEGER NOT NULL, message TEXT NOT NULL, year INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS finding_by_record ON finding (record);
CREATE INDEX IF NOT EXISTS finding_by_kind ON finding (severity, entity, rule);
CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5 (
    body, content = '', contentless_delete = 1,
    tokenize = \"unicode61 remove_diacritics 0 categories 'L* N* Co M*'\");
";

/// Brings the file's tables up to the documents. Cheap when there is nothing to do.
pub fn ensure(connection: &Connection, schema: &Schema) -> Stored<()> {
    renew_findings(connection)?;
    connection.execute_batch(FIXED)?;
    for def in schema.entities() {
        ensure_entity(connection, def)?;
    }
    Ok(())
}

/// Findings follow from the records: a table of them without its newest column is made again, not migrated.
fn renew_findings(connection: &Connection) -> Stored<()> {
    let mut columns = connection.prepare("SELECT name FROM pragma_table_info('finding')")?;
    let present: Vec<String> = columns.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    if !present.is_empty() && !present.iter().any(|name| name == "year") {
        connection.execute_batch("DROP TABLE finding;")?;
        crate::findings::note_stale(connection)?;
    }
    Ok(())
}

pub fn table(def: &EntityDef) -> String {
    format!("e_{}", def.entity)
}

fn ensure_entity(connection: &Connection, def: &EntityDef) -> Stored<()> {
    let table = table(def);
    connection.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS {table} (
            _rid INTEGER PRIMARY KEY, _id BLOB NOT NULL UNIQUE, _division TEXT NOT NULL, _year INTEGER NOT NULL,
            _version INTEGER NOT NULL, _deleted INTEGER NOT NULL) STRICT;"
    ))?;
    let mut info = connection.prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))?;
    let present: HashSet<String> = info.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for (_, field) in def.stored().filter(|(_, field)| !present.contains(&field.name)) {
        connection.execute_batch(&format!("ALTER TABLE {table} ADD COLUMN \"{}\" {}", field.name, sql_type(field)))?;
    }
    for (name, columns, only) in indexes(def) {
        let only = if only.is_empty() { String::new() } else { format!(" WHERE {only}") };
        connection.execute_batch(&format!("CREATE INDEX IF NOT EXISTS {name} ON {table} ({columns}){only}"))?;
    }
    Ok(())
}

/// (name, columns, condition): the key, every reference, and what totals by unit read.
fn indexes(def: &EntityDef) -> Vec<(String, String, String)> {
    let entity = &def.entity;
    let quoted = |name: &str| format!("\"{name}\"");
    let mut indexes = Vec::new();
    let key: Vec<_> = def.key.iter().map(|name| quoted(name)).collect();
    if !key.is_empty() {
        indexes.push((format!("key_{entity}"), key.join(", "), String::new()));
    }
    for (_, field) in def.stored() {
        let covered_by_key = def.key.first() == Some(&field.name);
        if matches!(field.kind, FieldKind::Reference { .. }) && !covered_by_key && field.name != "agency" {
            let column = quoted(&field.name);
            indexes.push((format!("ref_{entity}_{}", field.name), column.clone(), format!("{column} IS NOT NULL")));
        }
    }
    if let Some(columns) = totals_columns(def) {
        indexes.push((format!("totals_{entity}"), columns, String::new()));
    }
    indexes
}

/// Columns of the covering index for totals by unit: unit, year, then the stored amounts of the list.
fn totals_columns(def: &EntityDef) -> Option<String> {
    def.field("agency").filter(|field| matches!(field.kind, FieldKind::Reference { .. }))?;
    let amounts = def.stored().filter(|(_, field)| field.kind.is_money() && field.list);
    let columns = ["\"agency\"".into(), "_year".into(), "_deleted".into()]
        .into_iter()
        .chain(amounts.map(|(_, field)| format!("\"{}\"", field.name)));
    Some(columns.collect::<Vec<_>>().join(", "))
}

fn sql_type(field: &FieldDef) -> &'static str {
    match field.kind {
        FieldKind::Money { .. } | FieldKind::Integer | FieldKind::Year | FieldKind::Bool => "INTEGER",
        FieldKind::Reference { .. } => "BLOB",
        FieldKind::Text { .. } | FieldKind::Code { .. } | FieldKind::Decimal { .. } | FieldKind::Date => "TEXT",
    }
}
