//! Whose a record is, and how a sentence about it calls it. Most kinds of records have no name of their
//! own: a line of the budget is known by its unit, its project and its codes.

use std::sync::Arc;
use suanpan_model::{EntityDef, FieldKind, Record, Value, value::RecordId};
use suanpan_store::{
    Book, Stored,
    query::{RefLabel, label_of},
};

/// The entity of units.
const UNIT: &str = "agency";
/// A voucher belongs to an allotment, that to a unit; nothing lies deeper than this.
const DEEPEST: usize = 3;
/// Parts of a long key that are said; the rest would only hide them.
const SAID_PARTS: usize = 3;

/// Code and name of the unit a record belongs to: its own, or that of what it is a part of. None for a unit
/// itself and for what belongs to nobody.
pub fn unit(book: &Book, def: &Arc<EntityDef>, record: &Record) -> Stored<Option<RefLabel>> {
    if def.entity == UNIT {
        return Ok(None);
    }
    let Some(id) = unit_of(book, def, record)? else { return Ok(None) };
    Ok(book.labels(UNIT, &[id])?.remove(&id))
}

fn unit_of(book: &Book, def: &Arc<EntityDef>, record: &Record) -> Stored<Option<RecordId>> {
    let schema = book.schema();
    let (mut def, mut record) = (def.clone(), record.clone());
    for _ in 0..DEEPEST {
        let owners = references(&def, &record).filter(|(entity, _)| *entity != def.entity).collect::<Vec<_>>();
        if let Some((_, unit)) = owners.iter().find(|(entity, _)| *entity == UNIT) {
            return Ok(Some(*unit));
        }
        let Some((entity, id)) = owners.first() else { return Ok(None) };
        let Some(owner) = schema.entity(entity).cloned() else { return Ok(None) };
        let Some(found) = book.with_id(&owner, *id)? else { return Ok(None) };
        (def, record) = (owner, found);
    }
    Ok(None)
}

/// What the record refers to, in the order of its document: (entity, id).
fn references<'r>(def: &'r EntityDef, record: &'r Record) -> impl Iterator<Item = (&'r str, RecordId)> {
    def.stored().filter_map(|(place, field)| match (&field.kind, record.values[place].as_ref_id()) {
        (FieldKind::Reference { entity }, Some(id)) => Some((entity.as_str(), id)),
        _ => None,
    })
}

/// Code and name of a record; of one whose key has several parts, the words of the first that are not its unit.
pub fn called(book: &Book, def: &EntityDef, record: &Record) -> Stored<RefLabel> {
    let label = label_of(def, record);
    if def.key.len() <= 1 {
        return Ok(label);
    }
    let mut parts = Vec::new();
    for name in &def.key {
        parts.extend(part(book, def, record, name)?.filter(|text| !text.is_empty()));
    }
    parts.truncate(SAID_PARTS);
    if !def.key.contains(&def.title) && !label.name.is_empty() {
        parts.push(label.name);
    }
    Ok(RefLabel { code: String::new(), name: parts.join(" · ") })
}

/// One part of a key in words; None where it is the unit, which is said by itself, or blank.
fn part(book: &Book, def: &EntityDef, record: &Record, name: &str) -> Stored<Option<String>> {
    let Some(place) = def.index(name) else { return Ok(None) };
    Ok(match (&def.fields[place].kind, &record.values[place]) {
        (FieldKind::Reference { entity }, _) if entity == UNIT => None,
        (FieldKind::Reference { entity }, Value::Ref(id)) => book
            .labels(entity, &[*id])?
            .remove(id)
            .map(|label| if label.name.is_empty() { label.code } else { label.name }),
        (FieldKind::Code { set, .. }, Value::Text(code)) => Some(book.schema().codes.name(set, code).to_owned()),
        (_, Value::Text(text)) => Some(text.to_string()),
        (_, Value::Int(number)) => Some(number.to_string()),
        _ => None,
    })
}
