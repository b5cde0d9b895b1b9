//! Puts the rules of `table.rs` to a record: the rules about fields to each stored field, the others once.

use super::{
    Finding, RuleInfo,
    frame::{Ask, Cell},
    reach::{Step, Watch},
    rules,
    table::{RULES, Rule, Run},
};
use crate::{
    entity::{EntityDef, FieldKind},
    facts::{Facts, Read},
    value::{Record, Value},
};
use std::{collections::HashMap, sync::OnceLock};

/// A rule with its description.
struct Bound {
    rule: &'static Rule,
    info: &'static RuleInfo,
}

/// The rules sorted by subject, so that a record meets only its own.
struct Sorted {
    of_fields: Vec<Bound>,
    of_every_record: Vec<Bound>,
    of_entity: HashMap<&'static str, Vec<Bound>>,
    watches: HashMap<&'static str, Vec<Watch>>,
}

fn sorted() -> &'static Sorted {
    static SORTED: OnceLock<Sorted> = OnceLock::new();
    SORTED.get_or_init(|| {
        let mut sorted = Sorted {
            of_fields: Vec::new(),
            of_every_record: Vec::new(),
            of_entity: HashMap::new(),
            watches: HashMap::new(),
        };
        for rule in RULES {
            // A rule that rules.json does not describe is switched off.
            let Some(info) = rules().get(rule.code) else { continue };
            let bound = Bound { rule, info };
            match (rule.run, rule.subject) {
                (Run::Field(_), _) => sorted.of_fields.push(bound),
                (Run::Record(_), "*") => sorted.of_every_record.push(bound),
                (Run::Record(_), entity) => sorted.of_entity.entry(entity).or_default().push(bound),
            }
            for watch in rule.watches {
                let known = sorted.watches.entry(watch.entity).or_default();
                if !known.iter().any(|one| one.fields == watch.fields && one.path == watch.path) {
                    known.push(*watch);
                }
            }
        }
        sorted
    })
}

/// What rules read of records of this entity.
pub(super) fn watches(entity: &str) -> &'static [Watch] {
    sorted().watches.get(entity).map_or(&[], Vec::as_slice)
}

/// What the subjects that the reference field `on` of `entity` points at read of such records: the fields that
/// the table watches on this way. What a book answers [`Facts::parts`] with fastest.
pub fn fields_below(entity: &str, on: &str) -> Vec<&'static str> {
    let of_parts = watches(entity).iter().filter(|watch| matches!(watch.path, [Step::Up(field)] if *field == on));
    let mut fields: Vec<_> = of_parts.flat_map(|watch| watch.fields.iter().copied()).collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

/// See [`super::check`].
pub(super) fn check(facts: &dyn Facts, def: &EntityDef, record: &Record) -> Read<Vec<Finding>> {
    let sorted = sorted();
    let Some(first) = sorted.of_fields.first().filter(|_| !record.header.deleted) else { return Ok(Vec::new()) };
    let schema = facts.schema();
    let (found, children, parts) = (Vec::new(), Default::default(), Default::default());
    let mut ask = Ask { facts, schema, views: schema.views(), def, record, rule: first.info, found, children, parts };
    for (index, field) in def.stored() {
        let value = record.values.get(index).unwrap_or(&Value::Null);
        let item = match (&field.kind, value) {
            (FieldKind::Code { set, .. }, Value::Text(code)) => schema.codes.item(set, code),
            _ => None,
        };
        put_to_field(&mut ask, &sorted.of_fields, &Cell { field, value, item })?;
    }
    put_to_record(&mut ask, &sorted.of_every_record)?;
    if let Some(own) = sorted.of_entity.get(def.entity.as_str()) {
        put_to_record(&mut ask, own)?;
    }
    Ok(ask.found)
}

fn put_to_field(ask: &mut Ask, rules: &[Bound], cell: &Cell) -> Read<()> {
    for bound in rules {
        if let Run::Field(run) = bound.rule.run {
            ask.rule = bound.info;
            run(ask, cell)?;
        }
    }
    Ok(())
}

fn put_to_record(ask: &mut Ask, rules: &'static [Bound]) -> Read<()> {
    for bound in rules {
        if let Run::Record(run) = bound.rule.run {
            ask.rule = bound.info;
            run(ask)?;
        }
    }
    Ok(())
}
