//! Rows as the province last confirmed them, kept only while own changes are pending on top of them.

use super::groups::{read_json, write_json};
use crate::error::Stored;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use suanpan_model::{
    EntityDef, Record, Value,
    value::{RecordHeader, RecordId},
};

/// By field name, so that a document with more fields reads it too.
#[derive(Serialize, Deserialize)]
struct Kept {
    header: RecordHeader,
    fields: Map<String, Json>,
}

/// Some(None): the province has no such record. None: no shadow is kept.
#[expect(clippy::option_option, reason = "two kinds of nothing, told apart in the text above")]
pub fn get(connection: &Connection, def: &EntityDef, id: RecordId) -> Stored<Option<Option<Arc<Record>>>> {
    let mut statement = connection.prepare_cached("SELECT confirmed FROM sync_shadow WHERE record = ?")?;
    let found: Option<Option<Vec<u8>>> = statement.query_row([id], |row| row.get(0)).optional()?;
    let Some(bytes) = found else { return Ok(None) };
    let Some(bytes) = bytes else { return Ok(Some(None)) };
    let kept: Kept = read_json(&bytes)?;
    let value = |name: &str, at: usize| {
        kept.fields.get(name).and_then(|json| Value::from_json(json, &def.fields[at].kind).ok()).unwrap_or_default()
    };
    let mut values = vec![Value::Null; def.fields.len()];
    for (index, field) in def.stored() {
        values[index] = value(&field.name, index);
    }
    Ok(Some(Some(Arc::new(Record { id, header: kept.header, values }))))
}

pub fn put(connection: &Connection, def: &EntityDef, id: RecordId, confirmed: Option<&Record>) -> Stored<()> {
    let keep = |record: &Record| {
        let filled = def.stored().filter(|(index, _)| !record.values[*index].is_null());
        let fields = filled.map(|(index, field)| (field.name.clone(), record.values[index].to_json())).collect();
        write_json(&Kept { header: record.header.clone(), fields })
    };
    let confirmed = confirmed.map(keep).transpose()?;
    let sql =
        "INSERT INTO sync_shadow (record, confirmed) VALUES (?1, ?2) ON CONFLICT (record) DO UPDATE SET confirmed = ?2";
    connection.prepare_cached(sql)?.execute(params![id, confirmed])?;
    Ok(())
}

pub fn remove(connection: &Connection, id: RecordId) -> Stored<()> {
    connection.prepare_cached("DELETE FROM sync_shadow WHERE record = ?")?.execute([id])?;
    Ok(())
}
