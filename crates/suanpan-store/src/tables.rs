//! Tables made from entity documents, and the few fixed tables of the book itself. An added field
//! becomes a column by itself; nothing here knows a business name.

use crate::{connection, error::Stored, findings::kept};
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashSet;
use suanpan_model::{EntityDef, FieldDef, FieldKind, check::fields_below, schema::Schema};

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
CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5 (
    body, content = '', contentless_delete = 1,
    tokenize = \"unicode61 remove_diacritics 0 categories 'L* N* Co M*'\");
";

/// Brings the file's tables up to the documents. Cheap when there is nothing to do.
pub fn ensure(connection: &Connection, schema: &Schema) -> Stored<()> {
    connection.execute_batch(FIXED)?;
    kept::ensure(connection, schema)?;
    connection.execute_batch(crate::sync::TABLES)?;
    connection.execute_batch(crate::sync::codes::TABLES)?;
    for def in schema.entities() {
        ensure_entity(connection, def)?;
    }
    connection::note_version(connection)
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
    for (name, on) in indexes(def) {
        ensure_index(connection, &name, &format!("CREATE INDEX {name} ON {table} {on}"))?;
    }
    Ok(())
}

/// An index follows from the documents and the rules: one that was made of others is made again.
fn ensure_index(connection: &Connection, name: &str, sql: &str) -> Stored<()> {
    let mut known = connection.prepare_cached("SELECT sql FROM sqlite_master WHERE type = 'index' AND name = ?")?;
    match known.query_row([name], |found| found.get::<_, String>(0)).optional()? {
        Some(as_made) if as_made == sql => Ok(()),
        Some(_) => Ok(connection.execute_batch(&format!("DROP INDEX {name}; {sql};"))?),
        None => Ok(connection.execute_batch(sql)?),
    }
}

/// (name, what it is on): the key, every reference with what the rules add up by it, and what totals by unit read.
fn indexes(def: &EntityDef) -> Vec<(String, String)> {
    let entity = &def.entity;
    let mut indexes = Vec::new();
    if !def.key.is_empty() {
        indexes.push((format!("key_{entity}"), format!("({})", quoted(def.key.iter().map(String::as_str)))));
    }
    for (_, field) in def.stored() {
        let covered_by_key = def.key.first() == Some(&field.name);
        if !matches!(field.kind, FieldKind::Reference { .. }) || covered_by_key || field.name == "agency" {
            continue;
        }
        let name = field.name.as_str();
        let summed = fields_below(entity, name);
        let columns = if summed.is_empty() {
            quoted([name])
        } else {
            let others = summed.into_iter().filter(|other| *other != name);
            format!("{}, _deleted, {}", quoted([name]), quoted(others))
        };
        indexes.push((format!("ref_{entity}_{name}"), format!("({columns}) WHERE {} IS NOT NULL", quoted([name]))));
    }
    indexes.extend(totals_columns(def).map(|columns| (format!("totals_{entity}"), format!("({columns})"))));
    indexes
}

fn quoted<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    names.into_iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}

/// Columns of the covering index for totals by unit: unit, year, the stored amounts of the list, and what else
/// the rules add up by.
fn totals_columns(def: &EntityDef) -> Option<String> {
    def.field("agency").filter(|field| matches!(field.kind, FieldKind::Reference { .. }))?;
    let amounts = def.stored().filter(|(_, field)| field.kind.is_money() && field.list);
    let mut columns: Vec<&str> = amounts.map(|(_, field)| field.name.as_str()).collect();
    let summed = fields_below(&def.entity, "agency").into_iter().filter(|name| *name != "agency");
    let others: Vec<&str> = summed.filter(|name| !columns.contains(name)).collect();
    columns.extend(others);
    Some(quoted(["agency", "_year", "_deleted"].into_iter().chain(columns)))
}

fn sql_type(field: &FieldDef) -> &'static str {
    match field.kind {
        FieldKind::Money { .. } | FieldKind::Integer | FieldKind::Year | FieldKind::Bool => "INTEGER",
        FieldKind::Reference { .. } => "BLOB",
        FieldKind::Text { .. } | FieldKind::Code { .. } | FieldKind::Decimal { .. } | FieldKind::Date => "TEXT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Known;

    fn tables() -> (Connection, Schema) {
        let (connection, schema) = (Connection::open_in_memory().expect("opens"), Schema::builtin());
        ensure(&connection, &schema).expect("made");
        (connection, schema)
    }

    #[test]
    fn sums_of_a_unit_and_of_a_project_are_answered_by_an_index_alone() {
        let (connection, schema) = tables();
        for (entity, on) in [("budget_line", "agency"), ("budget_line", "project"), ("income_line", "agency")] {
            let def = schema.entity(entity).expect("a built-in entity");
            let sql = Known::new(def.clone()).parts_sql(on, &fields_below(entity, on));
            let plan: String = connection
                .query_row(&format!("EXPLAIN QUERY PLAN {sql}"), [[0_u8; 16]], |row| row.get(3))
                .expect("explained");
            assert!(plan.contains("COVERING INDEX"), "{entity} by {on}: {plan}");
        }
    }

    #[test]
    fn an_index_of_an_older_program_is_made_again_and_the_others_are_left() {
        let (connection, schema) = tables();
        let made =
            "DROP INDEX totals_budget_line; CREATE INDEX totals_budget_line ON e_budget_line (\"agency\", _year)";
        connection.execute_batch(made).expect("made as it was");
        let roots = |name: &str| -> (i64, String) {
            let sql = "SELECT rootpage, sql FROM sqlite_master WHERE name = ?";
            connection.query_row(sql, [name], |row| Ok((row.get(0)?, row.get(1)?))).expect("there")
        };
        let key = roots("key_budget_line");
        ensure(&connection, &schema).expect("renewed");
        assert!(roots("totals_budget_line").1.contains("\"apply_up\""));
        assert_eq!(roots("key_budget_line"), key);
    }
}
