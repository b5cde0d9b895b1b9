//! How the value of a field is shown to people where it stands alone: in a dispute, in the tray. Lists are shown by
//! the screens themselves, workbooks by suanpan-excel.

use crate::{CallError, CallResult, whose};
use serde::Serialize;
use std::sync::Arc;
use suanpan_model::{EntityDef, FieldDef, FieldKind, OpKind, Value, value::RecordId};
use suanpan_store::{
    Book, log,
    query::{ListedRecord, RefLabel},
};
use ts_rs::TS;

/// A value as it is kept and as it is read.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Shown {
    /// In the JSON form of the calls: money in 分, references by id.
    #[ts(type = "string | number | boolean | null")]
    pub value: serde_json::Value,
    /// Money in 元, codes and references with their names; empty for no value.
    pub text: String,
}

/// The field a value belongs to, as the screens need it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ShownField {
    pub name: String,
    pub label: String,
    #[serde(flatten)]
    pub kind: FieldKind,
}

impl ShownField {
    pub fn of(field: &FieldDef) -> Self {
        Self { name: field.name.clone(), label: field.label.zh.clone(), kind: field.kind.clone() }
    }

    /// A field that this program does not know: a newer one wrote it.
    pub fn unknown(name: &str) -> Self {
        Self { name: name.to_owned(), label: name.to_owned(), kind: FieldKind::Text { max: 0, multiline: false } }
    }
}

/// The record a value belongs to.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ShownRecord {
    pub entity: String,
    pub entity_label: String,
    pub id: String,
    pub label: String,
    /// The unit it belongs to; None for units and for what belongs to nobody.
    pub unit: Option<RefLabel>,
    /// It stands in the book and is not deleted.
    pub alive: bool,
    /// It stands in the book marked as deleted: it can be restored.
    pub deleted: Option<Deleted>,
}

/// Who deleted a record and when, as far as this book's log goes back; else empty and 0.
#[derive(Debug, Clone, Default, Serialize, TS)]
pub struct Deleted {
    pub by: String,
    #[ts(type = "number")]
    pub at_ms: i64,
}

impl Shown {
    pub fn of(book: &Book, kind: &FieldKind, value: serde_json::Value) -> CallResult<Self> {
        Ok(Self { text: text(book, kind, &value)?, value })
    }
}

fn text(book: &Book, kind: &FieldKind, json: &serde_json::Value) -> CallResult<String> {
    // What no longer reads as its kind is shown as it was written.
    let Ok(value) = Value::from_json(json, kind) else { return Ok(json.to_string()) };
    Ok(match (&value, kind) {
        (Value::Null, _) => String::new(),
        (Value::Money(money), _) => money.display_yuan(),
        (Value::Bool(yes), _) => if *yes { "是" } else { "否" }.into(),
        (Value::Int(number), _) => number.to_string(),
        (Value::Ref(id), FieldKind::Reference { entity }) => match book.labels(entity, &[*id])?.remove(id) {
            Some(label) => format!("{} {}", label.code, label.name).trim().to_owned(),
            None => id.to_string(),
        },
        (Value::Ref(id), _) => id.to_string(),
        (Value::Text(code), FieldKind::Code { set, .. }) => match book.schema().codes.item(set, code) {
            Some(item) => format!("{code} {}", item.name),
            None => code.to_string(),
        },
        (Value::Text(text), _) => text.to_string(),
    })
}

/// The record with its document, when the book has it.
type Found = Option<(Arc<EntityDef>, ListedRecord)>;

/// The record as it is called, and its row when the book has one. `fallback`: what it was called elsewhere.
pub fn record(book: &Book, entity: &str, id: RecordId, fallback: &str) -> CallResult<(ShownRecord, Found)> {
    let def = book.schema().entity(entity).cloned();
    let Some(def) = def else {
        let known = (entity.to_owned(), entity.to_owned());
        return Ok((unknown(known, id, fallback), None));
    };
    let Some(found) = book.record(entity, id)? else {
        return Ok((unknown((entity.to_owned(), def.label.zh.clone()), id, fallback), None));
    };
    let called = whose::called(book, &def, &found.record)?;
    let label = format!("{} {}", called.code, called.name).trim().to_owned();
    let shown = ShownRecord {
        entity: entity.to_owned(),
        entity_label: def.label.zh.clone(),
        id: id.to_string(),
        label: if label.is_empty() { fallback.to_owned() } else { label },
        unit: whose::unit(book, &def, &found.record)?,
        alive: !found.record.header.deleted,
        deleted: if found.record.header.deleted { Some(deleted(book, id)?) } else { None },
    };
    Ok((shown, Some((def, found))))
}

fn deleted(book: &Book, id: RecordId) -> CallResult<Deleted> {
    let found = book.read(|connection| log::newest(connection, id, |op| matches!(op.kind, OpKind::Delete)))?;
    Ok(found.map_or_else(Deleted::default, |group| Deleted { by: group.actor.into(), at_ms: group.at_ms }))
}

fn unknown((entity, entity_label): (String, String), id: RecordId, label: &str) -> ShownRecord {
    ShownRecord {
        entity,
        entity_label,
        id: id.to_string(),
        label: label.to_owned(),
        unit: None,
        alive: false,
        deleted: None,
    }
}

/// Err(BadRequest) when `value` is no value of the field.
pub fn must_fit(field: &FieldDef, value: &serde_json::Value) -> CallResult<()> {
    let wrong = |message: String| CallError {
        field: Some(field.name.clone()),
        ..CallError::bad_request(format!("“{}”：{message}", field.label.zh))
    };
    Value::from_json(value, &field.kind).map(drop).map_err(wrong)
}
