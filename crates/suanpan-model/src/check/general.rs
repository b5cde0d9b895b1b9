//! Rules of every field and every entity: what the documents themselves demand (required, length, code,
//! reference, sign, scale, date), unique keys and trees without circles.

use super::frame::{Ask, Cell};
use crate::{
    entity::{EntityDef, FieldKind},
    facts::{Facts, Read},
    schema::CodeItem,
    value::{Record, RecordId, Value},
};
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// A chain of 上级 longer than this is taken for a circle; real trees have at most eight levels.
const DEEPEST_TREE: usize = 64;

pub(super) fn required(ask: &mut Ask, cell: &Cell) -> Read<()> {
    if cell.field.required && cell.value.is_null() {
        ask.say_at(&cell.field.name, &[("field", &cell.field.label.zh)]);
    }
    Ok(())
}

pub(super) fn text_length(ask: &mut Ask, cell: &Cell) -> Read<()> {
    let (FieldKind::Text { max, .. }, Some(text)) = (&cell.field.kind, cell.value.as_text()) else { return Ok(()) };
    if text.len() <= *max as usize {
        return Ok(());
    }
    let length = text.chars().count();
    if length > *max as usize {
        ask.say_at(&cell.field.name, &[("field", &cell.field.label.zh), ("max", max), ("length", &length)]);
    }
    Ok(())
}

pub(super) fn code_known(ask: &mut Ask, cell: &Cell) -> Read<()> {
    let (FieldKind::Code { set, .. }, Some(code), None) = (&cell.field.kind, cell.value.as_text(), cell.item) else {
        return Ok(());
    };
    let known = ask.schema.codes.set(set);
    let name = known.map(|set| set.info.zh.as_str()).filter(|zh| !zh.is_empty()).unwrap_or(set);
    ask.say_at(&cell.field.name, &[("field", &cell.field.label.zh), ("value", &code), ("set", &name)]);
    Ok(())
}

pub(super) fn code_leaf(ask: &mut Ask, cell: &Cell) -> Read<()> {
    if let (FieldKind::Code { leaf: true, .. }, Some(item)) = (&cell.field.kind, cell.item)
        && !item.is_leaf
    {
        ask.say_at(&cell.field.name, &[("field", &cell.field.label.zh), ("value", &shown(item))]);
    }
    Ok(())
}

pub(super) fn code_valid_in_year(ask: &mut Ask, cell: &Cell) -> Read<()> {
    let Some(item) = cell.item else { return Ok(()) };
    let year = ask.year();
    if !ask.def.any_year && !item.valid_in(year) {
        let edge = |year: i32| if year == 0 { "不限".to_owned() } else { year.to_string() };
        ask.say_at(
            &cell.field.name,
            &[
                ("field", &cell.field.label.zh),
                ("value", &shown(item)),
                ("year", &year),
                ("start", &edge(item.start_year)),
                ("end", &edge(item.end_year)),
            ],
        );
    }
    Ok(())
}

fn shown(item: &CodeItem) -> String {
    format!("{} {}", item.code, item.name)
}

pub(super) fn money_sign(ask: &mut Ask, cell: &Cell) -> Read<()> {
    if let (FieldKind::Money { signed: false }, Value::Money(money)) = (&cell.field.kind, cell.value)
        && money.is_negative()
    {
        let figure = super::frame::Yuan::of(*money);
        ask.say_at(&cell.field.name, &[("field", &cell.field.label.zh), ("value", &figure)]);
    }
    Ok(())
}

pub(super) fn decimal_scale(ask: &mut Ask, cell: &Cell) -> Read<()> {
    let (FieldKind::Decimal { scale }, Some(text)) = (&cell.field.kind, cell.value.as_text()) else { return Ok(()) };
    let fits = text.parse::<Decimal>().is_ok_and(|number| number.normalize().scale() <= u32::from(*scale));
    if !fits {
        ask.say_at(&cell.field.name, &[("field", &cell.field.label.zh), ("scale", scale), ("value", &text)]);
    }
    Ok(())
}

pub(super) fn reference_exists(ask: &mut Ask, cell: &Cell) -> Read<()> {
    let (FieldKind::Reference { entity }, Some(id)) = (&cell.field.kind, cell.value.as_ref_id()) else {
        return Ok(());
    };
    if ask.facts.get(entity, id)?.is_some_and(|target| !target.header.deleted) {
        return Ok(());
    }
    let label = ask.schema.entity(entity).map_or(entity.as_str(), |def| &def.label.zh);
    ask.say_at(&cell.field.name, &[("field", &cell.field.label.zh), ("entity", &label)]);
    Ok(())
}

pub(super) fn date_exists(ask: &mut Ask, cell: &Cell) -> Read<()> {
    let (FieldKind::Date, Some(text)) = (&cell.field.kind, cell.value.as_text()) else { return Ok(()) };
    if date(text).is_none() {
        ask.say_at(&cell.field.name, &[("field", &cell.field.label.zh), ("value", &text)]);
    }
    Ok(())
}

/// `YYYY-MM-DD` of a day that exists.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10)
}

pub(super) fn year_plausible(ask: &mut Ask, cell: &Cell) -> Read<()> {
    let (FieldKind::Year, Some(year)) = (&cell.field.kind, cell.value.as_int()) else { return Ok(()) };
    let (min, max) = (ask.rule.whole("min"), ask.rule.whole("max"));
    if !(min..=max).contains(&year) {
        let figures: [super::frame::Figure; 4] =
            [("field", &cell.field.label.zh), ("value", &year), ("min", &min), ("max", &max)];
        ask.say_at(&cell.field.name, &figures);
    }
    Ok(())
}

pub(super) fn count_not_negative(ask: &mut Ask, cell: &Cell) -> Read<()> {
    if let (FieldKind::Integer, Some(number)) = (&cell.field.kind, cell.value.as_int())
        && number < 0
    {
        ask.say_at(&cell.field.name, &[("field", &cell.field.label.zh), ("value", &number)]);
    }
    Ok(())
}

/// A record whose key is blank has none yet: a 项目 before its code is given.
pub(super) fn key_unique(ask: &mut Ask) -> Read<()> {
    if ask.rule.lists("own_rule", Some(&ask.def.entity)) || key_is_blank(ask.def, ask.record) {
        return Ok(());
    }
    if ask.facts.same_key(&ask.def.entity, ask.record)?.is_empty() {
        return Ok(());
    }
    let (mut labels, mut values) = (Vec::new(), Vec::new());
    for (index, field) in ask.def.fields.iter().enumerate().filter(|(_, field)| ask.def.key.contains(&field.name)) {
        labels.push(field.label.zh.as_str());
        // What a reference shows is the name of another record, which stands in the cell anyway.
        match ask.record.values.get(index) {
            Some(Value::Text(text)) => values.push(text.to_string()),
            Some(Value::Int(number)) => values.push(number.to_string()),
            _ => {}
        }
    }
    let first = ask.def.key.first().cloned().unwrap_or_default();
    let value = if values.is_empty() { String::new() } else { format!("“{}”", values.join("、")) };
    ask.say_at(&first, &[("key", &labels.join("、")), ("value", &value)]);
    Ok(())
}

pub(super) fn key_is_blank(def: &EntityDef, record: &Record) -> bool {
    let blank = |name: &String| def.index(name).and_then(|at| record.values.get(at)).is_none_or(Value::is_null);
    def.key.iter().all(blank)
}

/// What people call the record: its title, or its key.
pub(super) fn name_of(ask: &Ask, entity: &str, id: RecordId) -> Read<String> {
    let Some(def) = ask.schema.entity(entity) else { return Ok(id.to_string()) };
    let Some(record) = ask.facts.get(entity, id)? else { return Ok("不存在的记录".to_owned()) };
    let text = |name: &str| def.index(name).and_then(|at| record.values.get(at)).and_then(Value::as_text);
    let name = text(&def.title).or_else(|| def.key.iter().find_map(|name| text(name)));
    Ok(name.unwrap_or(&def.label.zh).to_owned())
}

pub(super) fn tree_has_no_circle(ask: &mut Ask) -> Read<()> {
    let chain = parents(ask.facts, ask.def, ask.record)?;
    let Some(at) = chain.iter().position(|id| *id == ask.record.id) else { return Ok(()) };
    let mut path = vec![name_of(ask, &ask.def.entity, ask.record.id)?];
    for id in &chain[..=at] {
        path.push(name_of(ask, &ask.def.entity, *id)?);
    }
    let field = ask.def.parent.clone().unwrap_or_default();
    ask.say_at(&field, &[("entity", &ask.def.label.zh), ("path", &path.join(" → "))]);
    Ok(())
}

/// Ids above the record, nearest first, up to the root or until the chain bites its tail.
pub(super) fn parents(facts: &dyn Facts, def: &EntityDef, record: &Record) -> Read<Vec<RecordId>> {
    let Some(at) = def.parent.as_ref().and_then(|name| def.index(name)) else { return Ok(Vec::new()) };
    let mut chain = Vec::new();
    let mut next = record.values.get(at).and_then(Value::as_ref_id);
    while let Some(id) = next {
        if chain.len() == DEEPEST_TREE || chain.contains(&id) {
            break;
        }
        chain.push(id);
        next = facts.get(&def.entity, id)?.and_then(|above| above.values.get(at).and_then(Value::as_ref_id));
    }
    Ok(chain)
}
