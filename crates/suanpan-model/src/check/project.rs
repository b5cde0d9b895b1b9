//! Rules of 项目, 分年支出计划 and 支出明细: codes and years, Σ分年 = 项目总额, Σ测算 = 申报数.

use super::{
    agency::twin,
    frame::{Ask, Yuan, percent},
};
use crate::{Money, code, derive, facts::Read, value::Value};
use rust_decimal::Decimal;

pub(super) fn code_shape(ask: &mut Ask) -> Read<()> {
    let project = ask.views.project.read(ask.record);
    if let Some(value) = project.pro_code
        && !code::project_code_is_well_formed(value)
    {
        ask.say(&[("value", &value)]);
    }
    Ok(())
}

pub(super) fn code_of_this_county(ask: &mut Ask) -> Read<()> {
    let project = ask.views.project.read(ask.record);
    let digits = ask.rule.whole("prefix") as usize;
    let division = ask.record.header.division.get(..digits).unwrap_or(&ask.record.header.division);
    let Some(prefix) = project.pro_code.and_then(|code| code.get(..digits)) else { return Ok(()) };
    if prefix != division {
        ask.say(&[("prefix", &prefix), ("division", &division)]);
    }
    Ok(())
}

/// Backups are versions of the same project and keep its code.
pub(super) fn code_unique(ask: &mut Ask) -> Read<()> {
    let columns = ask.views.project;
    let project = columns.read(ask.record);
    if project.is_backup {
        return Ok(());
    }
    if let (Some(value), Some(other)) =
        (project.pro_code, twin(ask, "pro_code", |other| !columns.read(other).is_backup)?)
    {
        ask.say(&[("value", &value), ("other", &other)]);
    }
    Ok(())
}

pub(super) fn years_add_up(ask: &mut Ask) -> Read<()> {
    let project = ask.views.project.read(ask.record);
    let (Some(start), Some(term), Some(end)) = (project.pro_start_year, project.pro_term, project.end_year) else {
        return Ok(());
    };
    let expected = start.saturating_add(term).saturating_sub(1);
    if end != expected {
        ask.say(&[("value", &end), ("expected", &expected)]);
    }
    Ok(())
}

pub(super) fn set_up_before_start(ask: &mut Ask) -> Read<()> {
    let project = ask.views.project.read(ask.record);
    if let (Some(setup), Some(start)) = (project.setup_year, project.pro_start_year)
        && setup > start
    {
        ask.say(&[("setup", &setup), ("start", &start)]);
    }
    Ok(())
}

pub(super) fn term_at_least_one(ask: &mut Ask) -> Read<()> {
    let project = ask.views.project.read(ask.record);
    if let Some(term) = project.pro_term.filter(|term| *term < 1) {
        ask.say(&[("value", &term)]);
    }
    Ok(())
}

pub(super) fn parts_within_total(ask: &mut Ask) -> Read<()> {
    let project = ask.views.project.read(ask.record);
    let parts = Yuan(Yuan::of(project.scoi_invest_fund).0 + Yuan::of(project.bank_loan_fund).0);
    let total = Yuan::of(project.pro_total_amt);
    if parts.0 > total.0 {
        ask.say(&[("parts", &parts), ("total", &total)]);
    }
    Ok(())
}

pub(super) fn plans_equal_total(ask: &mut Ask) -> Read<()> {
    let lines = ask.children("annual_plan", "project")?;
    if lines.is_empty() {
        return Ok(());
    }
    let amount = |line| {
        let plan = ask.views.plan.read(line);
        [plan.fiscal_amt, plan.social_amt, plan.loan_amt].map(|part| Yuan::of(part).0).iter().sum::<i128>()
    };
    let plans = Yuan(lines.iter().map(|line| amount(line)).sum());
    let total = Yuan::of(ask.views.project.read(ask.record).pro_total_amt);
    let difference = Yuan(total.0 - plans.0);
    if difference.0.abs() > i128::from(ask.rule.whole("tolerance_fen")) {
        ask.say(&[("plans", &plans), ("total", &total), ("difference", &difference)]);
    }
    Ok(())
}

pub(super) fn plans_exist(ask: &mut Ask) -> Read<()> {
    let project = ask.views.project.read(ask.record);
    let needed = ask.rule.lists("pro_cat", project.pro_cat) && !project.is_backup && project.level_no != Some(1);
    if needed && ask.children("annual_plan", "project")?.is_empty() {
        ask.say(&[]);
    }
    Ok(())
}

pub(super) fn plan_within_term(ask: &mut Ask) -> Read<()> {
    let plan = ask.views.plan.read(ask.record);
    let Some(owner) = ask.linked("project", plan.project)? else { return Ok(()) };
    let project = ask.views.project.read(&owner);
    let (Some(year), Some(start), Some(end)) = (plan.year, project.pro_start_year, project.end_year) else {
        return Ok(());
    };
    if !(start..=end).contains(&year) {
        ask.say(&[("year", &year), ("start", &start), ("end", &end)]);
    }
    Ok(())
}

/// Both sides are this year's: 测算 and the 申报数 of the budget lines.
pub(super) fn details_equal_applied(ask: &mut Ask) -> Read<()> {
    let project = ask.views.project.read(ask.record);
    if project.is_backup || !ask.rule.lists("pro_cat", project.pro_cat) {
        return Ok(());
    }
    let lines = ask.parts("budget_line", "project")?;
    let items = ask.parts("project_detail", "project")?;
    if items.is_empty() && !ask.rule.lists("needed_for", project.pro_cat) {
        return Ok(());
    }
    let details = Yuan(items.iter().map(|item| Yuan::of(ask.views.detail.read(item).amount).0).sum());
    let apply = Yuan(lines.iter().map(|line| Yuan::of(ask.views.line.read(line).apply_up).0).sum());
    let difference = Yuan(apply.0 - details.0);
    if difference.0.abs() > i128::from(ask.rule.whole("tolerance_fen")) {
        ask.say(&[("details", &details), ("apply", &apply), ("difference", &difference)]);
    }
    Ok(())
}

pub(super) fn other_items_in_details(ask: &mut Ask) -> Read<()> {
    let items = ask.parts("project_detail", "project")?;
    let amounts =
        items.iter().map(|item| ask.views.detail.read(item)).map(|item| (item.dep_eco, Yuan::of(item.amount).0));
    let figures = share_of_other(ask, amounts);
    if let Some((other, percent, limit)) = figures {
        ask.say(&[("other", &other), ("percent", &percent), ("limit", &limit)]);
    }
    Ok(())
}

/// (Σ of “其他” codes, its share in percent, the limit) when the share is above the limit.
pub(super) fn share_of_other<'a>(
    ask: &Ask,
    amounts: impl Iterator<Item = (Option<&'a str>, i128)>,
) -> Option<(Yuan, Decimal, i64)> {
    let suffix = ask.rule.word("dep_eco_suffix");
    let (mut other, mut total) = (0, 0);
    for (code, fen) in amounts {
        total += fen;
        if code.is_some_and(|code| code.ends_with(suffix)) {
            other += fen;
        }
    }
    if total < i128::from(ask.rule.whole("min_total_fen")) {
        return None;
    }
    let limit = ask.rule.whole("limit_percent");
    let share = percent(other, total).filter(|share| *share > Decimal::from(limit))?;
    Some((Yuan(other), share, limit))
}

pub(super) fn detail_is_price_by_quantity(ask: &mut Ask) -> Read<()> {
    let detail = ask.views.detail.read(ask.record);
    let Some(quantity) = detail.quantity.filter(|_| !detail.unit_price.is_zero()) else { return Ok(()) };
    let calculated = Yuan::of(derive::product(detail.unit_price, &Value::text(quantity)).as_money());
    let amount = Yuan::of(detail.amount);
    if (amount.0 - calculated.0).abs() > i128::from(ask.rule.whole("tolerance_fen")) {
        ask.say(&[("amount", &amount), ("calculated", &calculated)]);
    }
    Ok(())
}

/// 定额 in 元 per unit; other forms of standard say nothing about a price.
pub(super) fn price_within_standard(ask: &mut Ask) -> Read<()> {
    let detail = ask.views.detail.read(ask.record);
    let Some(found) = ask.linked("expenditure_standard", detail.standard)? else { return Ok(()) };
    let standard = ask.views.standard.read(&found);
    let limit = standard.exp_cri_val.and_then(|text| Money::parse_yuan(text).ok());
    if standard.form != Some(ask.rule.word("form")) {
        return Ok(());
    }
    if let Some(limit) = limit.filter(|limit| detail.unit_price > *limit) {
        let (price, limit) = (Yuan::of(detail.unit_price), Yuan::of(limit));
        let name = standard.exp_cri_name.unwrap_or("未命名标准");
        ask.say(&[("price", &price), ("standard", &name), ("value", &limit)]);
    }
    Ok(())
}

pub(super) fn tracked_has_code(ask: &mut Ask) -> Read<()> {
    let project = ask.views.project.read(ask.record);
    if project.is_track && project.track_pro_code.is_none() {
        ask.say(&[]);
    }
    Ok(())
}

pub(super) fn wages_are_protected(ask: &mut Ask) -> Read<()> {
    let project = ask.views.project.read(ask.record);
    if ask.rule.lists("pro_cat", project.pro_cat) && !ask.rule.lists("expected", project.threesafe) {
        let value = ask.code("threesafe", project.threesafe);
        ask.say(&[("value", &value)]);
    }
    Ok(())
}

pub(super) fn department_is_units(ask: &mut Ask) -> Read<()> {
    let project = ask.views.project.read(ask.record);
    let Some(unit) = ask.linked("agency", project.agency)? else { return Ok(()) };
    let expected = ask.views.agency.read(&unit).dept;
    if let (Some(_), Some(expected)) = (project.dept, expected.filter(|_| expected != project.dept)) {
        let name = super::general::name_of(ask, "agency", expected)?;
        ask.say(&[("expected", &name)]);
    }
    Ok(())
}
