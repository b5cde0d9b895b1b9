//! Records as rows of the table `record`, and back: the header in columns of its own, the fields as JSON without
//! the empty ones.

use super::sql::{Cell, Row};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::{borrow::Cow, sync::Arc};
use suanpan_model::{
    EntityDef, Record, Value,
    schema::Schema,
    value::{RecordHeader, RecordId},
};
use suanpan_sync::{
    scope::Scope,
    server::{
        CASE,
        store::{StoreFault, Stored},
    },
};
use uuid::Uuid;

/// Columns that [`read`] takes, of table `r`.
pub const COLUMNS: &str = "r.entity, r.id, r.scope, r.fiscal_year, r.version, r.deleted, CAST(r.fields AS text), \
                           r.changed_by, r.changed_at_ms";

/// A record with who changed it last.
#[derive(Debug, Clone)]
pub struct Kept {
    pub def: Arc<EntityDef>,
    pub record: Arc<Record>,
    pub actor: Box<str>,
    pub at_ms: i64,
}

/// None for an entity that this program's documents do not have.
pub fn read(schema: &Schema, row: &Row) -> Stored<Option<Kept>> {
    let Some(def) = schema.entity(row.text(0)?).cloned() else { return Ok(None) };
    let header = RecordHeader {
        division: scope(row, 2)?.to_string().into(),
        fiscal_year: row.small(3)?,
        version: row.small(4)?,
        deleted: row.flag(5)?,
    };
    let id = row.id(1)?;
    let values = values(&def, row.text(6)?).map_err(|what| StoreFault::Broken(format!("record {id}: {what}")))?;
    let record = Arc::new(Record { id, header, values });
    Ok(Some(Kept { def, record, actor: unescaped(row.text(7)?).into(), at_ms: row.int(8)? }))
}

pub fn scope(row: &Row, at: usize) -> Stored<Scope> {
    row.small(at).map(Scope)
}

fn values(def: &EntityDef, json: &str) -> Result<Vec<Value>, String> {
    let fields: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(json).map_err(|error| error.to_string())?;
    let mut values = vec![Value::Null; def.fields.len()];
    for (name, json) in &fields {
        // A field that only a newer program knows is not this one's to show.
        let Some(at) = def.index(name) else { continue };
        values[at] = match json {
            serde_json::Value::String(text) if text.contains(MARK) => {
                Value::from_json(&unescaped(text).into(), &def.fields[at].kind)?
            }
            json => Value::from_json(json, &def.fields[at].kind)?,
        };
    }
    Ok(values)
}

/// The fields of a record as JSON text.
pub fn fields(def: &EntityDef, record: &Record) -> String {
    serde_json::to_string(&Fields(def, record)).expect("texts and numbers are always JSON")
}

struct Fields<'a>(&'a EntityDef, &'a Record);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (at, field) in self.0.stored() {
            let name = field.name.as_str();
            match &self.1.values[at] {
                Value::Null => {}
                Value::Text(text) => map.serialize_entry(name, &escaped(text))?,
                Value::Int(number) => map.serialize_entry(name, number)?,
                Value::Money(money) => map.serialize_entry(name, &money.fen())?,
                Value::Bool(yes) => map.serialize_entry(name, yes)?,
                Value::Ref(id) => map.serialize_entry(name, id)?,
            }
        }
        map.end()
    }
}

/// Ids that the record names: its references, and the subject of a conflict case. Each once.
pub fn targets(def: &EntityDef, record: &Record) -> Vec<RecordId> {
    let mut targets: Vec<RecordId> = record.values.iter().filter_map(Value::as_ref_id).collect();
    if def.entity == CASE {
        let subject = def.index("subject").and_then(|at| record.values[at].as_text());
        targets.extend(subject.and_then(|text| Uuid::parse_str(text).ok()));
    }
    targets.sort_unstable();
    targets.dedup();
    targets
}

/// Before what PostgreSQL's texts cannot hold; a code point that no text has.
const MARK: char = '\u{10ffff}';

/// PostgreSQL's texts cannot hold U+0000. A desk that sends one must not get stuck, so it is written otherwise.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', MARK]) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(MARK, "\u{10ffff}1").replace('\0', "\u{10ffff}0"))
}

pub fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains(MARK) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\u{10ffff}0", "\0").replace("\u{10ffff}1", "\u{10ffff}"))
}

/// Longest code that is kept as it is; an index holds no longer text.
const MOST_CODE_BYTES: usize = 200;

/// A code as the index holds it: a very long one by its hash.
pub fn code_key(code: &str) -> Cow<'_, str> {
    if code.len() <= MOST_CODE_BYTES {
        escaped(code)
    } else {
        Cow::Owned(format!("#{}", blake3::hash(code.as_bytes())))
    }
}

/// Scopes as a column holds them: their 区划 with a blank between.
pub fn scopes_text(scopes: &[Scope]) -> String {
    scopes.iter().map(Scope::to_string).collect::<Vec<_>>().join(" ")
}

pub fn read_scopes(text: &str) -> Stored<Vec<Scope>> {
    text.split_whitespace().map(|word| word.parse().map_err(StoreFault::Broken)).collect()
}

pub fn scope_cell(scope: Scope) -> Cell<'static> {
    Cell::Int(scope.0.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_is_kept_without_nul_and_comes_back(text in "[\\x00a\u{10ffff}01省]{0,12}") {
            let kept = escaped(&text).into_owned();
            prop_assert!(!kept.contains('\0'));
            prop_assert_eq!(unescaped(&kept), text);
        }
    }
}
