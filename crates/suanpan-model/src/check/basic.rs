//! 基本支出 by 编制 × 支出标准: what a unit's headcount entitles it to, against what its lines ask for.
//! Subject: the unit.
//!
//! Standards of one 部门经济分类 and one base that differ only in 档次 are alternatives: the amount may lie
//! anywhere between the lowest and the highest. Standards of different bases add up. A standard without
//! a 部门经济分类 (综合定额) covers the lines of its class that no other standard names. 据实 says nothing.

use super::{
    budget::counted,
    frame::{Ask, Yuan},
    general::date,
};
use crate::{
    facts::Read,
    value::{Record, Value},
    views::{Line, Standard},
};
use chrono::Datelike;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use std::collections::BTreeMap;

/// What a group of standards speaks about: one economic code, or all else of a class of spending.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Code(String),
    RestOf(String),
}

/// 分 by base: the lowest and the highest alternative.
type Range = BTreeMap<String, (i128, i128)>;

pub(super) fn within_standards(ask: &mut Ask) -> Read<()> {
    let records = ask.parts("budget_line", "agency")?;
    let lines = records.iter().map(|record| ask.views.line.read(record));
    let lines: Vec<Line> = lines.filter(|line| ask.rule.lists("pro_cat", line.pro_kind)).collect();
    let staff = ask.children("agency_staff", "agency")?;
    // One record per unit is the rule (its key); with several the oldest counts, whatever order they come in.
    let Some(staff) = staff.iter().min_by_key(|record| record.id) else { return Ok(()) };
    if lines.is_empty() {
        return Ok(());
    }
    let items = entitlements(ask, staff, &lines)?;
    for (item, range) in &items {
        let amount: i128 = lines.iter().filter(|line| covers(&items, item, line)).map(|line| counted(ask, line)).sum();
        let (low, high) = range.values().fold((0, 0), |sum, each| (sum.0 + each.0, sum.1 + each.1));
        let tolerance = i128::from(ask.rule.whole("tolerance_percent"));
        if amount * 100 < low * (100 - tolerance) || amount * 100 > high * (100 + tolerance) {
            report(ask, item, amount, (low, high), tolerance);
        }
    }
    Ok(())
}

fn report(ask: &mut Ask, item: &Item, amount: i128, (low, high): (i128, i128), tolerance: i128) {
    let item = match item {
        Item::Code(code) => ask.code("dep_eco", Some(code)),
        Item::RestOf(category) => ask.code("pro_cat", Some(category)),
    };
    let expected = if low == high { Yuan(low).to_string() } else { format!("{}—{}", Yuan(low), Yuan(high)) };
    ask.say(&[("item", &item), ("amount", &Yuan(amount)), ("expected", &expected), ("tolerance", &tolerance)]);
}

fn covers(items: &BTreeMap<Item, Range>, item: &Item, line: &Line) -> bool {
    let Some(dep) = line.dep_eco else { return false };
    match item {
        Item::Code(code) => dep.starts_with(code.as_str()),
        Item::RestOf(category) => {
            let named = |other: &Item| matches!(other, Item::Code(code) if dep.starts_with(code.as_str()));
            line.pro_kind == Some(category) && !items.keys().any(named)
        }
    }
}

/// Every standard in force that fits the unit, as ranges by item and base.
fn entitlements(ask: &Ask, staff: &Record, lines: &[Line]) -> Read<BTreeMap<Item, Range>> {
    let unit = ask.views.agency.read(ask.record);
    let mut standards: Vec<Record> = Vec::new();
    ask.facts.scan("expenditure_standard", ask.year(), &mut |record| standards.push(record.clone()))?;
    let mut items: BTreeMap<Item, Range> = BTreeMap::new();
    for record in &standards {
        let standard = ask.views.standard.read(record);
        let fits = standard.agency_type.is_none_or(|kind| unit.agency_type.is_some_and(|own| own.starts_with(kind)));
        if !fits || !in_force(&standard, ask.year()) {
            continue;
        }
        let (Some(item), Some(base)) = (item_of(ask, &standard), standard.cri_base) else { continue };
        let Some(fen) = entitled(ask, &standard, base, staff, lines) else { continue };
        let range = items.entry(item).or_default().entry(base.to_owned()).or_insert((fen, fen));
        *range = (range.0.min(fen), range.1.max(fen));
    }
    Ok(items)
}

fn in_force(standard: &Standard, year: i32) -> bool {
    let year_of = |text: Option<&str>| text.and_then(date).map(|day| day.year());
    year_of(standard.start_date).is_none_or(|first| first <= year)
        && year_of(standard.end_date).is_none_or(|last| year <= last)
}

fn item_of(ask: &Ask, standard: &Standard) -> Option<Item> {
    if let Some(code) = standard.dep_eco {
        return Some(Item::Code(code.to_owned()));
    }
    let category = ask.rule.param("class_pro_cat").get(standard.exp_cri_class?)?.as_str()?;
    Some(Item::RestOf(category.to_owned()))
}

/// 定额 × headcount or 比例 × wages, in 分. None: the standard does not say how to compute.
fn entitled(ask: &Ask, standard: &Standard, base: &str, staff: &Record, lines: &[Line]) -> Option<i128> {
    let value: Decimal = standard.exp_cri_val?.parse().ok()?;
    let form = standard.form?;
    let fen = if form == ask.rule.word("form_quota") {
        value.checked_mul(Decimal::ONE_HUNDRED)?.checked_mul(Decimal::from(headcount(ask, base, staff)?))?
    } else if form == ask.rule.word("form_rate") && base == ask.rule.word("base_wages") {
        let wages = lines.iter().filter(|line| ask.rule.lists("wages", line.dep_eco));
        let wages: i128 = wages.map(|line| counted(ask, line)).sum();
        value.checked_mul(Decimal::try_from_i128_with_scale(wages, 2).ok()?)?
    } else {
        return None;
    };
    fen.round().to_i128()
}

/// Sum of the fields that the base names in its code set (`admin_staf_num+inst_staf_num`).
fn headcount(ask: &Ask, base: &str, staff: &Record) -> Option<i64> {
    let names = ask.schema.codes.item("cri_base", base)?.ext.get("fields")?;
    let def = ask.schema.entity("agency_staff")?;
    let number = |name: &str| Some(def.index(name)?).and_then(|at| staff.values.get(at)).and_then(Value::as_int);
    Some(names.split('+').filter_map(|name| number(name.trim())).sum())
}
