//! Whose findings can change when a record changes. Each rule of `table.rs` lists what it reads beyond
//! its subject as [`Watch`]es: the entity and fields that it reads, and the way from such a record to
//! the subject. Here the ways are walked, from the record as it was and as it is.
//!
//! That the watches are complete is proven by a property test: after random edits, re-checking only
//! what was touched and what `affected` names gives the same findings as checking everything.

use super::{
    general::{key_is_blank, parents},
    run::watches,
};
use crate::{
    entity::{EntityDef, FieldKind},
    facts::{Facts, Read},
    schema::{Schema, static_entity_name},
    value::{Record, RecordId, Value},
};

/// When one of `fields` of a record of `entity` changes (or the record comes or goes), the subjects at
/// the end of `path` are to be checked again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watch {
    pub entity: &'static str,
    pub fields: &'static [&'static str],
    pub path: &'static [Step],
}

/// In [`Watch::fields`]: any field at all, for rules whose fields are a parameter.
pub(super) const ANY: &str = "*";

/// One step from a record towards the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// To the record that this reference field points at.
    Up(&'static str),
    /// To the records of the entity whose reference field points here: (entity, field).
    Down(&'static str, &'static str),
    /// To the records of the same entity and year with the same value in this field.
    Twins(&'static str),
    /// To every record of the entity in the year.
    All(&'static str),
}

type Subjects = Vec<(&'static str, RecordId)>;

/// Subjects other than the record itself whose findings may change when it changes from `before` (None:
/// it is new) to `after`. `facts` already holds `after`. Each subject is named once; it may be gone.
/// Not enough for the entities of [`super::shifts_all`].
pub fn affected(facts: &dyn Facts, def: &EntityDef, before: Option<&Record>, after: &Record) -> Read<Subjects> {
    let schema = facts.schema();
    let mut subjects = Subjects::new();
    let came_or_went = before.is_none_or(|before| before.header.deleted != after.header.deleted);
    for watch in watches(&def.entity) {
        if came_or_went || changed(def, before, after, watch.fields.iter().copied()) {
            for start in [before, Some(after)].into_iter().flatten() {
                walk(facts, def, start, watch.path, &mut subjects)?;
            }
        }
    }
    if came_or_went {
        for (other, field) in schema.references_to(&def.entity) {
            let users = facts.referring(&other.entity, &field.name, after.id)?;
            push_all(&other.entity, users.iter().map(|user| user.id), &mut subjects);
        }
    }
    let other_key = changed(def, before, after, def.key.iter().map(String::as_str));
    // Those that shared its key, and those that share it now; when it has the same key these are the same.
    let shared = before.filter(|_| other_key);
    let shares = (came_or_went || other_key).then_some(after);
    for start in [shared, shares].into_iter().flatten().filter(|start| !key_is_blank(def, start)) {
        push_all(&def.entity, facts.same_key(&def.entity, start)?.into_iter(), &mut subjects);
    }
    // The title too: the finding about a circle names everyone in it.
    let tree = def.parent.iter().flat_map(|parent| [parent, &def.title].into_iter().chain(&def.key));
    if came_or_went || changed(def, before, after, tree.map(String::as_str)) {
        for start in [before, Some(after)].into_iter().flatten() {
            push_all(&def.entity, parents(facts, def, start)?.into_iter(), &mut subjects);
        }
    }
    subjects.sort_unstable();
    subjects.dedup();
    subjects.retain(|(entity, id)| *id != after.id || **entity != def.entity);
    Ok(subjects)
}

fn changed<'n>(
    def: &EntityDef,
    before: Option<&Record>,
    after: &Record,
    mut fields: impl Iterator<Item = &'n str>,
) -> bool {
    let Some(before) = before else { return true };
    let differs = |at: usize| before.values.get(at) != after.values.get(at);
    fields.any(|name| if name == ANY { before.values != after.values } else { def.index(name).is_some_and(differs) })
}

fn push_all(entity: &str, ids: impl Iterator<Item = RecordId>, subjects: &mut Subjects) {
    // An entity that is not one of this program's has no rules of its own to check again.
    if let Some(entity) = static_entity_name(entity) {
        subjects.extend(ids.map(|id| (entity, id)));
    }
}

/// Walks from one record; most paths are one step, and then nothing but the subject's id is needed.
fn walk(facts: &dyn Facts, def: &EntityDef, start: &Record, path: &[Step], subjects: &mut Subjects) -> Read<()> {
    let Some((step, rest)) = path.split_first() else {
        push_all(&def.entity, std::iter::once(start.id), subjects);
        return Ok(());
    };
    let schema = facts.schema();
    let (entity, ids) = match step {
        Step::Up(field) => match up(def, start, field) {
            Some((entity, id)) => (entity, vec![id]),
            None => return Ok(()),
        },
        Step::Down(entity, field) => {
            (*entity, facts.referring(entity, field, start.id)?.iter().map(|below| below.id).collect())
        }
        Step::Twins(field) => (def.entity.as_str(), twins(facts, def, start, field)?),
        Step::All(entity) => {
            let mut ids = Vec::new();
            facts.scan(entity, start.header.fiscal_year, &mut |record| ids.push(record.id))?;
            (*entity, ids)
        }
    };
    if rest.is_empty() {
        push_all(entity, ids.into_iter(), subjects);
        return Ok(());
    }
    let Some(next) = next_def(schema, entity) else { return Ok(()) };
    for id in ids {
        if let Some(record) = facts.get(entity, id)? {
            walk(facts, next, &record, rest, subjects)?;
        }
    }
    Ok(())
}

fn up<'d>(def: &'d EntityDef, start: &Record, field: &str) -> Option<(&'d str, RecordId)> {
    let at = def.index(field)?;
    match (&def.fields[at].kind, start.values.get(at)?) {
        (FieldKind::Reference { entity }, Value::Ref(id)) => Some((entity, *id)),
        _ => None,
    }
}

fn twins(facts: &dyn Facts, def: &EntityDef, start: &Record, field: &str) -> Read<Vec<RecordId>> {
    let value = def.index(field).and_then(|at| start.values.get(at)).unwrap_or(&Value::Null);
    if value.is_null() {
        return Ok(Vec::new());
    }
    let found = facts.with_value(&def.entity, start.header.fiscal_year, field, value)?;
    Ok(found.iter().map(|record| record.id).collect())
}

fn next_def<'s>(schema: &'s Schema, entity: &str) -> Option<&'s EntityDef> {
    schema.entity(entity).map(AsRef::as_ref)
}
