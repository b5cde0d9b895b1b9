//! The schema of a book: the documents and codes of the program, with what the book holds of the province's amendments
//! and of further codes on top.

use crate::{error::Stored, row};
use rusqlite::Connection;
use std::collections::HashMap;
use suanpan_model::{
    EntityDef, Op, Record, Value,
    amend::{AMENDMENT, Amendment},
    schema::{CodeItem, Schema},
    value::RecordId,
};

const CODE_ITEM: &str = "code_item";

/// Do these ops change what the schema is made of?
pub(crate) fn shapes(ops: &[Op]) -> bool {
    ops.iter().any(|op| matches!(&*op.entity, CODE_ITEM | AMENDMENT))
}

/// `schema` is that of the program. An amendment that this program cannot read is passed over: it was published by one
/// that came later, which says *too old* to this one anyway.
pub(crate) fn schema_of(connection: &Connection, schema: Schema) -> Stored<Schema> {
    let Some(def) = schema.entity(AMENDMENT).cloned() else { return with_local_codes(connection, schema) };
    let amendments: Vec<_> =
        records(connection, &def)?.iter().filter_map(|record| Amendment::of(&def, record)).collect();
    with_local_codes(connection, schema.with_amendments(&amendments))
}

fn records(connection: &Connection, def: &EntityDef) -> Stored<Vec<Record>> {
    let mut statement = connection.prepare(&format!("{} WHERE _deleted = 0", row::select(def)))?;
    let rows = statement.query_map([], |found| Ok(row::read(def, found)?.1))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The code of the item that a parent names: records name it by its id, older ones by the code.
fn parent_code(parent: Option<&Value>, code_of: &HashMap<RecordId, &str>) -> String {
    let by_id = parent.and_then(Value::as_ref_id).and_then(|id| code_of.get(&id).copied());
    by_id.or_else(|| parent.and_then(Value::as_text)).unwrap_or_default().to_owned()
}

/// The code items that the book itself holds, over the built-in ones.
fn with_local_codes(connection: &Connection, mut schema: Schema) -> Stored<Schema> {
    let Some(def) = schema.entity(CODE_ITEM).cloned() else { return Ok(schema) };
    let records = records(connection, &def)?;
    let code_at = def.index("code").unwrap_or_default();
    let code_of: HashMap<_, _> =
        records.iter().map(|record| (record.id, record.values[code_at].as_text().unwrap_or_default())).collect();
    for record in &records {
        let value = |name: &str| def.index(name).map(|index| &record.values[index]);
        let text = |name: &str| value(name).and_then(|value| value.as_text()).unwrap_or_default().to_owned();
        let year = |name: &str| {
            value(name).and_then(|value| value.as_int()).and_then(|year| i32::try_from(year).ok()).unwrap_or(0)
        };
        let item = CodeItem {
            code: text("code"),
            name: text("name"),
            parent: parent_code(value("parent"), &code_of),
            is_leaf: value("is_leaf").and_then(|value| value.as_bool()).unwrap_or(true),
            start_year: year("start_year"),
            end_year: year("end_year"),
            basis: text("basis"),
            ext: value("ext_json")
                .and_then(Value::as_text)
                .and_then(|json| serde_json::from_str(json).ok())
                .unwrap_or_default(),
        };
        schema.codes.put(&text("set"), item);
    }
    Ok(schema)
}
