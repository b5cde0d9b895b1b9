//! What a rule is given: its subject, the facts around it, its parameters, and a way to say what it
//! found. The words of a finding stand in `schemas/rules.json`; the rule gives the figures.

use super::{Finding, RuleInfo, fields_below};
use crate::{
    Money,
    entity::{EntityDef, FieldDef},
    facts::{Facts, Read},
    schema::{CodeItem, Schema},
    value::{Record, RecordId, Value},
    views::Views,
};
use rust_decimal::Decimal;
use std::{cell::RefCell, fmt, rc::Rc, sync::Arc};

/// One rule put to one record.
pub(super) struct Ask<'a> {
    pub facts: &'a dyn Facts,
    pub schema: &'a Schema,
    pub views: &'a Views,
    pub def: &'a EntityDef,
    pub record: &'a Record,
    pub rule: &'static RuleInfo,
    pub found: Vec<Finding>,
    pub children: Asked<Arc<Record>>,
    pub parts: Asked<Record>,
}

/// (entity, reference) of records below the subject.
type Below = (&'static str, &'static str);

/// What was read of records below the subject: once, for all the rules that ask for it.
pub(super) type Asked<T> = RefCell<Vec<(Below, Rc<Vec<T>>)>>;

/// One stored field of the subject, with its code looked up once for all the rules about codes.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a> {
    pub field: &'a FieldDef,
    pub value: &'a Value,
    pub item: Option<&'a CodeItem>,
}

/// A name in a message and the figure that takes its place.
pub(super) type Figure<'f> = (&'static str, &'f dyn fmt::Display);

impl<'a> Ask<'a> {
    /// A finding at the field that `rules.json` names.
    pub fn say(&mut self, figures: &[Figure<'_>]) {
        let field = Some(self.rule.field.clone()).filter(|field| !field.is_empty());
        self.push(field, figures);
    }

    /// A finding at a field that only the rule knows.
    pub fn say_at(&mut self, field: &str, figures: &[Figure<'_>]) {
        self.push(Some(field.to_owned()), figures);
    }

    fn push(&mut self, field: Option<String>, figures: &[Figure<'_>]) {
        self.found.push(Finding {
            rule: self.rule.code.clone(),
            severity: self.rule.severity,
            entity: self.def.entity.clone(),
            record: self.record.id,
            field,
            message: fill(&self.rule.message, figures),
        });
    }

    pub fn year(&self) -> i32 {
        self.record.header.fiscal_year
    }

    /// The live record that a reference points at; that it must point at one is a rule of its own.
    pub fn linked(&self, entity: &str, link: Option<RecordId>) -> Read<Option<Arc<Record>>> {
        let Some(id) = link else { return Ok(None) };
        Ok(self.facts.get(entity, id)?.filter(|target| !target.header.deleted))
    }

    /// Live records of `entity` whose reference `on` is the subject.
    pub fn children(&self, entity: &'static str, on: &'static str) -> Read<Rc<Vec<Arc<Record>>>> {
        once(&self.children, (entity, on), || self.facts.referring(entity, on, self.record.id))
    }

    /// As [`Self::children`], for rules that add up: only the fields that `table.rs` says are read on this way
    /// are filled.
    pub fn parts(&self, entity: &'static str, on: &'static str) -> Read<Rc<Vec<Record>>> {
        once(&self.parts, (entity, on), || self.facts.parts(entity, on, self.record.id, &fields_below(entity, on)))
    }

    /// `30101 基本工资`: the code with its name.
    pub fn code(&self, set: &str, code: Option<&str>) -> String {
        let Some(code) = code else { return "空".to_owned() };
        self.schema.codes.item(set, code).map_or_else(|| code.to_owned(), |item| format!("{code} {}", item.name))
    }
}

/// What is known under `below`, else what `read` gives, which is then known.
fn once<T>(known: &Asked<T>, below: Below, read: impl FnOnce() -> Read<Vec<T>>) -> Read<Rc<Vec<T>>> {
    if let Some((_, found)) = known.borrow().iter().find(|(name, _)| *name == below) {
        return Ok(found.clone());
    }
    let found = Rc::new(read()?);
    known.borrow_mut().push((below, found.clone()));
    Ok(found)
}

/// Parameters. A missing or misshapen one is a defect of `schemas/rules.json`, which the tests find:
/// every rule has a case that reads its parameters.
impl RuleInfo {
    pub(super) fn param(&self, name: &str) -> &serde_json::Value {
        self.params.get(name).unwrap_or_else(|| panic!("schemas/rules.json: {} has no parameter {name}", self.code))
    }

    pub(super) fn whole(&self, name: &str) -> i64 {
        self.param(name).as_i64().unwrap_or_else(|| panic!("schemas/rules.json: {}.{name} is no number", self.code))
    }

    pub(super) fn word(&self, name: &str) -> &str {
        self.param(name).as_str().unwrap_or_else(|| panic!("schemas/rules.json: {}.{name} is no text", self.code))
    }

    pub(super) fn list(&self, name: &str) -> impl Iterator<Item = &str> {
        self.param(name).as_array().into_iter().flatten().filter_map(serde_json::Value::as_str)
    }

    pub(super) fn lists(&self, name: &str, code: Option<&str>) -> bool {
        code.is_some_and(|code| self.list(name).any(|listed| listed == code))
    }

    /// Does the code begin with one of the listed prefixes?
    pub(super) fn begins(&self, name: &str, code: Option<&str>) -> bool {
        code.is_some_and(|code| self.list(name).any(|prefix| code.starts_with(prefix)))
    }

    pub(super) fn pairs(&self, name: &str) -> impl Iterator<Item = (&str, &serde_json::Value)> {
        self.param(name).as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
    }
}

/// A sum in 分, shown as `1,234.50 元`. Sums are i128, so they cannot overflow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Yuan(pub i128);

impl Yuan {
    pub fn of(money: Money) -> Self {
        Self(i128::from(money.fen()))
    }
}

impl fmt::Display for Yuan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = i64::try_from(self.0).ok().and_then(|fen| Money::from_fen(fen).ok());
        match shown {
            Some(money) => write!(out, "{} 元", money.display_yuan()),
            None => write!(out, "{} 分", self.0),
        }
    }
}

/// `part` of `whole` in percent, two decimals; None when `whole` is not positive.
pub(super) fn percent(part: i128, whole: i128) -> Option<Decimal> {
    if whole <= 0 {
        return None;
    }
    let (part, whole) = (Decimal::from_i128_with_scale(part, 0), Decimal::from_i128_with_scale(whole, 0));
    part.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(whole).map(|share| share.round_dp(2))
}

/// `message` at the field called `label`, when it asks for no other figure.
pub(super) fn plain(message: &str, label: &str) -> Option<String> {
    Some(fill(message, &[("field", &label)])).filter(|filled| !filled.contains('{'))
}

/// A figure that the rule does not give stays as `{name}`: the tests refuse any finding that shows one.
fn fill(message: &str, figures: &[Figure<'_>]) -> String {
    let mut filled = String::with_capacity(message.len() + 32);
    let mut rest = message;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, tail)) = after.split_once('}') else { break };
        match figures.iter().find(|(known, _)| *known == name) {
            Some((_, figure)) => filled.push_str(&figure.to_string()),
            None => filled.push_str(&format!("{{{name}}}")),
        }
        rest = tail;
    }
    filled.push_str(rest);
    filled
}
