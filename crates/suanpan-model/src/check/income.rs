//! Rules of 收入预算 lines.

use super::frame::{Ask, Yuan, percent};
use crate::facts::Read;
use rust_decimal::Decimal;

pub(super) fn classified(ask: &mut Ask) -> Read<()> {
    let line = ask.views.income.read(ask.record);
    if ask.rule.begins("fund_prefix", line.fund_type) && line.income_sort.is_none() {
        let fund = ask.code("fund_type", line.fund_type);
        ask.say(&[("fund", &fund)]);
    }
    Ok(())
}

/// Only once somebody has begun to split the income between the levels.
pub(super) fn shares_add_up(ask: &mut Ask) -> Read<()> {
    let line = ask.views.income.read(ask.record);
    let parts = [line.county_amt, line.city_amt, line.province_amt, line.central_amt];
    if line.charge_item.is_none() || parts.iter().all(|part| part.is_zero()) {
        return Ok(());
    }
    let shares = Yuan(parts.iter().map(|part| Yuan::of(*part).0).sum());
    let amount = Yuan::of(line.amt);
    let difference = Yuan(amount.0 - shares.0);
    if difference.0.abs() > i128::from(ask.rule.whole("tolerance_fen")) {
        ask.say(&[("shares", &shares), ("amount", &amount), ("difference", &difference)]);
    }
    Ok(())
}

pub(super) fn sort_fits_fund(ask: &mut Ask) -> Read<()> {
    let line = ask.views.income.read(ask.record);
    let (Some(sort), Some(fund)) = (line.income_sort, line.fund_type) else { return Ok(()) };
    let Some(kind) = ask.schema.codes.item("income", sort).and_then(|item| item.ext.get("fund")) else { return Ok(()) };
    let own = ask.rule.pairs("fund_prefix").find(|(prefix, _)| fund.starts_with(prefix));
    if own.is_some_and(|(_, listed)| listed.as_str() != Some(kind)) {
        let (income, fund) = (ask.code("income", Some(sort)), ask.code("fund_type", Some(fund)));
        ask.say(&[("income", &income), ("fund", &fund)]);
    }
    Ok(())
}

pub(super) fn current_not_negative(ask: &mut Ask) -> Read<()> {
    let line = ask.views.income.read(ask.record);
    let value = Yuan(Yuan::of(line.amt).0 + Yuan::of(line.adj_amt).0);
    if value.0 < 0 {
        ask.say(&[("value", &value)]);
    }
    Ok(())
}

pub(super) fn growth_explained(ask: &mut Ask) -> Read<()> {
    let line = ask.views.income.read(ask.record);
    let (amount, last) = (Yuan::of(line.amt), Yuan::of(line.last_year_amt));
    let limit = ask.rule.whole("limit_percent");
    if let Some(growth) = percent(amount.0 - last.0, last.0).filter(|growth| *growth > Decimal::from(limit)) {
        ask.say(&[("amount", &amount), ("last", &last), ("percent", &growth), ("limit", &limit)]);
    }
    Ok(())
}
