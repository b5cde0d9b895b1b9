//! How records are written in workbooks where another one refers to them, and how they are found again.
//! The two halves belong together: what [`Writer`] writes, [`find`] takes back to the same record.
//!
//! A record with a key of its own is written `code-name`; one whose key has several parts, by these parts
//! joined with `·`; one without a code, by its name while nobody shares it; otherwise by its id.

use std::{cell::RefCell, collections::HashMap};
use suanpan_excel::{
    import::Found,
    write::{Labels, code_and_name},
};
use suanpan_model::{EntityDef, FieldKind, Record, Value, value::RecordId};
use suanpan_store::{Book, Stored};

/// Between the parts of a key.
const JOIN: &str = "·";
/// Labels kept while a workbook is written.
const REMEMBERED: usize = 100_000;
/// Keys are made of keys; deeper than this nothing is.
const DEEPEST: usize = 3;

/// Writes references for the workbooks of one book.
pub struct Writer<'a> {
    book: &'a Book,
    remembered: RefCell<HashMap<RecordId, Box<str>>>,
}

impl<'a> Writer<'a> {
    pub fn new(book: &'a Book) -> Self {
        Self { book, remembered: RefCell::default() }
    }

    /// How this record is written; its id when it could not be found again otherwise.
    pub fn written(&self, def: &EntityDef, record: &Record) -> Stored<String> {
        written(self.book, def, record, 0)
    }
}

impl Labels for Writer<'_> {
    fn label(&self, entity: &str, id: RecordId) -> String {
        if let Some(known) = self.remembered.borrow().get(&id) {
            return known.to_string();
        }
        let label = label(self.book, entity, id, 0).unwrap_or_else(|_| id.to_string());
        let mut remembered = self.remembered.borrow_mut();
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert(id, label.as_str().into());
        label
    }
}

fn label(book: &Book, entity: &str, id: RecordId, depth: usize) -> Stored<String> {
    let Some(def) = book.schema().entity(entity).cloned() else { return Ok(id.to_string()) };
    match book.with_id(&def, id)? {
        Some(record) => written(book, &def, &record, depth),
        None => Ok(id.to_string()),
    }
}

fn written(book: &Book, def: &EntityDef, record: &Record, depth: usize) -> Stored<String> {
    let year = record.header.fiscal_year;
    let key: Vec<Value> = def.key.iter().map(|name| value(def, record, name).clone()).collect();
    let name = value(def, record, &def.title).as_text().unwrap_or_default();
    let unique = |found: Vec<Record>| found.len() == 1 && found[0].id == record.id;
    let text = match key.as_slice() {
        [Value::Text(code)] if unique(book.with_key(def, year, &key, 2)?) => code_and_name(code, name),
        [_] if !name.is_empty() && book.by_name(&def.entity, year, name)? == [record.id] => name.to_owned(),
        [_, _, ..] if depth < DEEPEST && unique(book.with_key(def, year, &key, 2)?) => {
            parts(book, def, &key, depth)?.join(JOIN)
        }
        _ => String::new(),
    };
    // What stands in a cell loses blanks at its ends and is read in half-width: only what survives that counts.
    let found = if text.is_empty() { Found::No } else { find_as_read(book, def, year, &text)? };
    Ok(if found == Found::One(record.id) { text } else { record.id.to_string() })
}

/// The parts of a key as texts; codes without their names.
fn parts(book: &Book, def: &EntityDef, key: &[Value], depth: usize) -> Stored<Vec<String>> {
    let mut parts = Vec::with_capacity(key.len());
    for (name, value) in def.key.iter().zip(key) {
        let kind = def.field(name).map(|field| &field.kind);
        parts.push(match (kind, value) {
            (Some(FieldKind::Reference { entity }), Value::Ref(id)) => {
                let label = label(book, entity, *id, depth + 1)?;
                suanpan_excel::text_code::split(&label).code.unwrap_or(label)
            }
            (_, Value::Text(text)) => text.to_string(),
            (_, Value::Int(number)) => number.to_string(),
            _ => String::new(),
        });
    }
    Ok(parts)
}

/// As importing asks: first the code, then the whole text, then the name.
fn find_as_read(book: &Book, def: &EntityDef, year: i32, text: &str) -> Stored<Found> {
    let mention = suanpan_excel::text_code::split(text);
    let whole = suanpan_excel::text::squeeze(&suanpan_model::text::half_width(text));
    for text in [mention.code, Some(whole), mention.name].into_iter().flatten() {
        match find(book, def, year, &text)? {
            Found::No => {}
            found => return Ok(found),
        }
    }
    Ok(Found::No)
}

/// The record of `def` in `year` that `text` names: an id, a code, the parts of a key, or a name.
pub fn find(book: &Book, def: &EntityDef, year: i32, text: &str) -> Stored<Found> {
    if let Ok(id) = RecordId::parse_str(text)
        && text.len() == 36
    {
        return Ok(book.with_id(def, id)?.map_or(Found::No, |record| Found::One(record.id)));
    }
    let key = match def.key.as_slice() {
        [_] => Some(vec![Value::text(text)]),
        several => key_of(book, def, year, text, several.len())?,
    };
    let is_text = def.key.len() > 1 || is_written_text(def, &def.key[0]);
    if let Some(key) = key.filter(|_| is_text) {
        let found = book.with_key(def, year, &key, 5)?;
        if let [first, others @ ..] = found.as_slice() {
            let many = || found.iter().map(|record| record.id.to_string()).collect();
            return Ok(if others.is_empty() { Found::One(first.id) } else { Found::Many(many()) });
        }
    }
    if !is_written_text(def, &def.title) {
        return Ok(Found::No);
    }
    let named = book.by_name(&def.entity, year, text)?;
    Ok(match named.as_slice() {
        [] => Found::No,
        [id] => Found::One(*id),
        several => Found::Many(codes_of(book, def, several)?),
    })
}

fn is_written_text(def: &EntityDef, name: &str) -> bool {
    def.field(name).is_some_and(|field| matches!(field.kind, FieldKind::Text { .. } | FieldKind::Code { .. }))
}

fn codes_of(book: &Book, def: &EntityDef, ids: &[RecordId]) -> Stored<Vec<String>> {
    let labels = book.labels(&def.entity, ids)?;
    Ok(ids.iter().filter_map(|id| labels.get(id)).map(|label| label.code.clone()).collect())
}

/// The values of a key of several parts written as one text; None when it is no such text.
fn key_of(book: &Book, def: &EntityDef, year: i32, text: &str, length: usize) -> Stored<Option<Vec<Value>>> {
    let parts: Vec<&str> = text.split(JOIN).map(str::trim).collect();
    if parts.len() != length {
        return Ok(None);
    }
    let mut key = Vec::with_capacity(length);
    for (name, part) in def.key.iter().zip(parts) {
        let kind = def.field(name).map(|field| &field.kind);
        key.push(match kind {
            _ if part.is_empty() => Value::Null,
            Some(FieldKind::Reference { entity }) => {
                let Some(target) = book.schema().entity(entity).cloned() else { return Ok(None) };
                match find(book, &target, year, part)? {
                    Found::One(id) => Value::Ref(id),
                    _ => return Ok(None),
                }
            }
            Some(FieldKind::Integer | FieldKind::Year) => part.parse().map_or(Value::Null, Value::Int),
            _ => Value::text(part),
        });
    }
    Ok(Some(key))
}

fn value<'r>(def: &EntityDef, record: &'r Record, name: &str) -> &'r Value {
    const NULL: &Value = &Value::Null;
    def.index(name).and_then(|index| record.values.get(index)).unwrap_or(NULL)
}
