//! Derived fields, computed from what is stored whenever they are read. The book computes the same
//! expressions in SQL for lists; a test compares the two.

use crate::{
    Money, Value,
    entity::{Derived, EntityDef, FieldDef},
    facts::{Facts, Read},
    value::Record,
};
use rust_decimal::{Decimal, RoundingStrategy};

/// The record's values with every derived field filled in.
pub fn with_derived(facts: &dyn Facts, def: &EntityDef, record: &Record) -> Read<Vec<Value>> {
    let mut values = record.values.clone();
    values.resize(def.fields.len(), Value::Null);
    for (value, field) in values.iter_mut().zip(&def.fields).filter(|(_, field)| field.derived.is_some()) {
        *value = value_of(facts, def, record, field)?;
    }
    Ok(values)
}

/// One field's value, derived or stored. Null for a field the entity lacks.
pub fn field_value(facts: &dyn Facts, def: &EntityDef, record: &Record, name: &str) -> Read<Value> {
    match def.field(name) {
        Some(field) => value_of(facts, def, record, field),
        None => Ok(Value::Null),
    }
}

fn value_of(facts: &dyn Facts, def: &EntityDef, record: &Record, field: &FieldDef) -> Read<Value> {
    let Some(derived) = &field.derived else {
        let index = def.index(&field.name).expect("the field is of this document");
        return Ok(record.values.get(index).cloned().unwrap_or_default());
    };
    match derived {
        Derived::SumOf { entity, on, field, only } => {
            let Some(child) = facts.schema().entity(entity).cloned() else { return Ok(Value::Null) };
            let mut sum = Money::ZERO;
            for line in facts.referring(entity, on, record.id)? {
                let counted = only.iter().all(|(name, accepted)| {
                    let held = child.index(name).and_then(|at| line.values[at].as_text());
                    held.is_some_and(|held| accepted.iter().any(|value| value == held))
                });
                if counted && let Some(at) = child.index(field) {
                    sum = sum.checked_add(line.values[at].as_money()).unwrap_or(sum);
                }
            }
            Ok(Value::Money(sum))
        }
        Derived::CountOf { entity, on } => Ok(Value::Int(facts.referring(entity, on, record.id)?.len() as i64)),
        Derived::Total { plus, minus } => {
            let mut fen = 0_i128;
            for (names, sign) in [(plus, 1), (minus, -1)] {
                for name in names {
                    fen += sign * i128::from(field_value(facts, def, record, name)?.as_money().fen());
                }
            }
            Ok(money_or_null(fen))
        }
        Derived::Percent { of, to } => {
            let (of, to) = (field_value(facts, def, record, of)?, field_value(facts, def, record, to)?);
            Ok(percent(of.as_money(), to.as_money()).map_or(Value::Null, |text| Value::text(&text)))
        }
        Derived::Product { left, right } => {
            let (left, right) = (field_value(facts, def, record, left)?, field_value(facts, def, record, right)?);
            Ok(product(left.as_money(), &right))
        }
    }
}

/// `of` ÷ `to` as percent text with two decimals; None when `to` is zero.
pub fn percent(of: Money, to: Money) -> Option<String> {
    if to.is_zero() {
        return None;
    }
    let ratio = Decimal::from(of.fen()) * Decimal::ONE_HUNDRED / Decimal::from(to.fen());
    Some(format!("{:.2}", ratio.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)))
}

/// `left` × `right`, rounded half away from zero to the 分; Null when either is missing or the result is too large.
pub fn product(left: Money, right: &Value) -> Value {
    let factor = match right {
        Value::Int(number) => Some(Decimal::from(*number)),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    };
    let fen = factor.and_then(|factor: Decimal| factor.checked_mul(Decimal::from(left.fen())));
    match fen.map(|fen| fen.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)) {
        Some(fen) => fen.to_string().parse().map_or(Value::Null, money_or_null),
        None => Value::Null,
    }
}

fn money_or_null(fen: i128) -> Value {
    i64::try_from(fen).ok().and_then(|fen| Money::from_fen(fen).ok()).map_or(Value::Null, Value::Money)
}
