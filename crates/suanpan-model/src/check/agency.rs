//! Rules of 预算单位, 编制人数, 银行账户, 支出标准, 区划: who is who. What a unit's budget adds up to is in
//! `book.rs` (income = spending) and `basic.rs` (基本支出).

use super::{frame::Ask, general::date};
use crate::{
    code,
    facts::Read,
    value::{Record, Value},
};
use rust_decimal::Decimal;
use std::sync::Arc;

pub(super) fn credit_code(ask: &mut Ask) -> Read<()> {
    let unit = ask.views.agency.read(ask.record);
    if let Some(value) = unit.unifsoc_cred_code
        && !code::social_credit_code_is_valid(value)
    {
        ask.say(&[("value", &value)]);
    }
    Ok(())
}

pub(super) fn code_shape(ask: &mut Ask) -> Read<()> {
    let unit = ask.views.agency.read(ask.record);
    let (min, max) = (ask.rule.whole("min"), ask.rule.whole("max"));
    if let Some(value) = unit.agency_code
        && !(code::agency_code_is_well_formed(value) && (min..=max).contains(&(value.len() as i64)))
    {
        ask.say(&[("value", &value), ("min", &min), ("max", &max)]);
    }
    Ok(())
}

/// County-wide: the same code in another 区划 of the book is the same mistake.
pub(super) fn code_unique(ask: &mut Ask) -> Read<()> {
    let unit = ask.views.agency.read(ask.record);
    if let (Some(value), Some(other)) = (unit.agency_code, twin(ask, "agency_code", |_| true)?) {
        ask.say(&[("value", &value), ("other", &other)]);
    }
    Ok(())
}

pub(super) fn credit_code_unique(ask: &mut Ask) -> Read<()> {
    if let Some(other) = twin(ask, "unifsoc_cred_code", |_| true)? {
        ask.say(&[("other", &other)]);
    }
    Ok(())
}

pub(super) fn name_unique(ask: &mut Ask) -> Read<()> {
    let columns = ask.views.agency;
    if !columns.read(ask.record).is_enabled {
        return Ok(());
    }
    if let Some(other) = twin(ask, "agency_name", |record| columns.read(record).is_enabled)? {
        ask.say(&[("other", &other)]);
    }
    Ok(())
}

/// `代码 名称` of the oldest other record of the year with the subject's value in `field`.
pub(super) fn twin(ask: &Ask, field: &str, counts: impl Fn(&Record) -> bool) -> Read<Option<String>> {
    let value = ask.def.index(field).and_then(|at| ask.record.values.get(at)).unwrap_or(&Value::Null);
    if value.is_null() {
        return Ok(None);
    }
    let others = ask.facts.with_value(&ask.def.entity, ask.year(), field, value)?;
    let others = others.iter().filter(|other| other.id != ask.record.id && counts(other));
    let Some(other) = others.min_by_key(|other| other.id) else { return Ok(None) };
    let text = |name: &str| ask.def.index(name).and_then(|at| other.values.get(at)).and_then(Value::as_text);
    let shown = [ask.def.key.first().and_then(|key| text(key)), text(&ask.def.title)];
    Ok(Some(shown.into_iter().flatten().collect::<Vec<_>>().join(" ")))
}

pub(super) fn code_under_department(ask: &mut Ask) -> Read<()> {
    let unit = ask.views.agency.read(ask.record);
    let (Some(value), Some(above)) = (unit.agency_code, parent(ask)?) else { return Ok(()) };
    let digits = ask.rule.whole("prefix") as usize;
    let Some(prefix) = ask.views.agency.read(&above).agency_code.and_then(|code| code.get(..digits)) else {
        return Ok(());
    };
    if !value.starts_with(prefix) {
        ask.say(&[("value", &value), ("parent", &prefix)]);
    }
    Ok(())
}

pub(super) fn level_below_parent(ask: &mut Ask) -> Read<()> {
    let unit = ask.views.agency.read(ask.record);
    let expected = match parent(ask)? {
        Some(above) => ask.views.agency.read(&above).level_no.map(|level| level + 1),
        None => Some(1),
    };
    if let (Some(level), Some(expected)) = (unit.level_no, expected)
        && level != expected
    {
        ask.say(&[("value", &level), ("expected", &expected)]);
    }
    Ok(())
}

fn parent(ask: &Ask) -> Read<Option<Arc<Record>>> {
    ask.linked("agency", ask.views.agency.read(ask.record).parent)
}

pub(super) fn department_is_top_level(ask: &mut Ask) -> Read<()> {
    let unit = ask.views.agency.read(ask.record);
    let Some(dept) = ask.linked("agency", unit.dept)? else { return Ok(()) };
    let head = ask.views.agency.read(&dept);
    let own = dept.id == ask.record.id;
    if head.parent.is_some() || (unit.parent.is_none() && !own) {
        ask.say(&[("value", &head.agency_name.unwrap_or("未命名单位"))]);
    }
    Ok(())
}

pub(super) fn township_named(ask: &mut Ask) -> Read<()> {
    let unit = ask.views.agency.read(ask.record);
    if unit.istown && unit.town.is_none() {
        ask.say(&[]);
    }
    Ok(())
}

pub(super) fn funding_fits_type(ask: &mut Ask) -> Read<()> {
    let unit = ask.views.agency.read(ask.record);
    let (Some(kind), Some(value)) = (unit.agency_type, unit.fund_guar) else { return Ok(()) };
    let expected = ask.rule.pairs("expected").find(|(listed, _)| *listed == kind);
    let fits = |list: &serde_json::Value| list.as_array().is_some_and(|list| list.iter().any(|one| one == value));
    if expected.is_some_and(|(_, list)| !fits(list)) {
        let (kind, value) = (ask.code("agency_type", Some(kind)), ask.code("fund_guar", Some(value)));
        ask.say(&[("type", &kind), ("value", &value)]);
    }
    Ok(())
}

pub(super) fn staff_recorded(ask: &mut Ask) -> Read<()> {
    let unit = ask.views.agency.read(ask.record);
    if unit.is_pre_dep_bgt && ask.children("agency_staff", "agency")?.is_empty() {
        ask.say(&[]);
    }
    Ok(())
}

pub(super) fn dates_in_order(ask: &mut Ask) -> Read<()> {
    let unit = ask.views.agency.read(ask.record);
    in_order(ask, unit.start_date, unit.end_date)
}

pub(super) fn account_dates_in_order(ask: &mut Ask) -> Read<()> {
    let account = ask.views.account.read(ask.record);
    in_order(ask, account.open_date, account.close_date)
}

pub(super) fn standard_dates_in_order(ask: &mut Ask) -> Read<()> {
    let standard = ask.views.standard.read(ask.record);
    in_order(ask, standard.start_date, standard.end_date)
}

fn in_order(ask: &mut Ask, first: Option<&str>, last: Option<&str>) -> Read<()> {
    if let (Some(first), Some(last)) = (first.and_then(date), last.and_then(date))
        && last < first
    {
        ask.say(&[("first", &first), ("last", &last)]);
    }
    Ok(())
}

pub(super) fn code_item_years_in_order(ask: &mut Ask) -> Read<()> {
    let item = ask.views.code_item.read(ask.record);
    if let (Some(first), Some(last)) = (item.start_year, item.end_year)
        && last < first
    {
        ask.say(&[("first", &first), ("last", &last)]);
    }
    Ok(())
}

pub(super) fn posts_not_exceeded(ask: &mut Ask) -> Read<()> {
    let staff = ask.views.staff.read(ask.record);
    let posts: i64 = [staff.admin_staf_num, staff.inst_staf_num, staff.worker_staf_num].into_iter().flatten().sum();
    let actual = staff.actunow_staf_num.unwrap_or(0);
    if actual > posts {
        ask.say(&[("actual", &actual), ("posts", &posts)]);
    }
    Ok(())
}

pub(super) fn posted_within_all(ask: &mut Ask) -> Read<()> {
    let staff = ask.views.staff.read(ask.record);
    let (now, all) = (staff.actunow_staf_num.unwrap_or(0), staff.actu_staf_num.unwrap_or(0));
    if now > all {
        ask.say(&[("now", &now), ("all", &all)]);
    }
    Ok(())
}

pub(super) fn cars_not_exceeded(ask: &mut Ask) -> Read<()> {
    let staff = ask.views.staff.read(ask.record);
    let (actual, posts) = (staff.car_actu_num.unwrap_or(0), staff.car_staf_num.unwrap_or(0));
    if actual > posts {
        ask.say(&[("actual", &actual), ("posts", &posts)]);
    }
    Ok(())
}

pub(super) fn account_digits(ask: &mut Ask) -> Read<()> {
    let account = ask.views.account.read(ask.record);
    let Some(value) = account.acct_no else { return Ok(()) };
    let digits = value.bytes().filter(u8::is_ascii_digit).count() as i64;
    let (min, max) = (ask.rule.whole("min"), ask.rule.whole("max"));
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if !plain || !(min..=max).contains(&digits) {
        ask.say(&[("value", &value), ("min", &min), ("max", &max)]);
    }
    Ok(())
}

pub(super) fn account_name_is_units(ask: &mut Ask) -> Read<()> {
    let account = ask.views.account.read(ask.record);
    let Some(owner) = ask.linked("agency", account.agency)? else { return Ok(()) };
    let Some(agency) = ask.views.agency.read(&owner).agency_name else { return Ok(()) };
    if account.acct_name.is_some_and(|name| !name.starts_with(agency)) {
        ask.say(&[("agency", &agency)]);
    }
    Ok(())
}

pub(super) fn rate_within_hundred(ask: &mut Ask) -> Read<()> {
    let standard = ask.views.standard.read(ask.record);
    let rate = standard.exp_cri_val.and_then(|text| text.parse::<Decimal>().ok());
    let limit: Decimal = ask.rule.word("max").parse().unwrap_or(Decimal::ONE_HUNDRED);
    if standard.form == Some(ask.rule.word("form"))
        && let Some(rate) = rate.filter(|rate| *rate > limit)
    {
        ask.say(&[("value", &rate)]);
    }
    Ok(())
}

pub(super) fn standard_not_negative(ask: &mut Ask) -> Read<()> {
    let standard = ask.views.standard.read(ask.record);
    let value = standard.exp_cri_val.and_then(|text| text.parse::<Decimal>().ok());
    if let Some(value) = value.filter(|value| *value < Decimal::ZERO) {
        ask.say(&[("value", &value)]);
    }
    Ok(())
}

pub(super) fn division_shape(ask: &mut Ask) -> Read<()> {
    let division = ask.views.division.read(ask.record);
    if let Some(value) = division.code
        && !code::division_is_well_formed(value)
    {
        ask.say(&[("value", &value)]);
    }
    Ok(())
}

/// The level that the digits speak of (省 7, 市 5, 县 3 zeros at the end); pseudo codes of a place may differ.
pub(super) fn division_level(ask: &mut Ask) -> Read<()> {
    let division = ask.views.division.read(ask.record);
    let (Some(value), Some(level)) = (division.code, division.level) else { return Ok(()) };
    if !code::division_is_well_formed(value) {
        return Ok(());
    }
    let by_zeros = ask.rule.param("by_zeros").as_array().into_iter().flatten();
    let expected = by_zeros
        .filter_map(|pair| Some((pair.get("zeros")?.as_str()?, pair.get("level")?.as_str()?)))
        .find(|(zeros, _)| value.ends_with(zeros))
        .map(|(_, level)| level);
    if let Some(expected) = expected.filter(|expected| *expected != level) {
        let (level, expected) = (ask.code("div_level", Some(level)), ask.code("div_level", Some(expected)));
        ask.say(&[("value", &value), ("level", &level), ("expected", &expected)]);
    }
    Ok(())
}
