//! Rules of 年度预算 lines, and those that lines share with 支出明细 and 指标: crosswalk of the two economic
//! classifications, which fund pays for which function, 三公. These run for every line of an import, so
//! they read the line, its unit and its project, and look for nothing.

use super::frame::{Ask, Yuan};
use super::project::share_of_other;
use crate::{facts::Read, value::RecordId, views::Line};
use std::collections::BTreeMap;

/// The elements that 预算, 测算 and 指标 have in common.
#[derive(Clone, Copy, Default)]
struct Elements<'a> {
    agency: Option<RecordId>,
    func: Option<&'a str>,
    gov: Option<&'a str>,
    dep: Option<&'a str>,
    fund: Option<&'a str>,
}

fn of_line<'a>(ask: &Ask<'a>) -> Elements<'a> {
    let line = ask.views.line.read(ask.record);
    Elements { agency: line.agency, func: line.exp_func, gov: line.gov_eco, dep: line.dep_eco, fund: line.fund_type }
}

fn of_allotment<'a>(ask: &Ask<'a>) -> Elements<'a> {
    let line = ask.views.allotment.read(ask.record);
    Elements { agency: line.agency, func: line.exp_func, gov: line.gov_eco, dep: line.dep_eco, fund: line.fund_type }
}

pub(super) fn line_crosswalk(ask: &mut Ask) -> Read<()> {
    let elements = of_line(ask);
    crosswalk(ask, elements)
}

pub(super) fn allotment_crosswalk(ask: &mut Ask) -> Read<()> {
    let elements = of_allotment(ask);
    crosswalk(ask, elements)
}

pub(super) fn detail_crosswalk(ask: &mut Ask) -> Read<()> {
    let detail = ask.views.detail.read(ask.record);
    let Some(owner) = ask.linked("project", detail.project)? else { return Ok(()) };
    let agency = ask.views.project.read(&owner).agency;
    crosswalk(ask, Elements { agency, gov: detail.gov_eco, dep: detail.dep_eco, ..Elements::default() })
}

/// 财预〔2017〕98号: which 政府 code a 部门 code becomes depends on the type of the unit. A pair of codes
/// that the table does not know is left to the person.
fn crosswalk(ask: &mut Ask, elements: Elements) -> Read<()> {
    let (Some(dep), Some(gov)) = (elements.dep, elements.gov) else { return Ok(()) };
    let Some(row) = ask.schema.codes.item(ask.rule.word("set"), dep) else { return Ok(()) };
    let Some(unit) = ask.linked("agency", elements.agency)? else { return Ok(()) };
    let Some(kind) = ask.views.agency.read(&unit).agency_type else { return Ok(()) };
    let group = ask.schema.codes.item("agency_type", kind).and_then(|item| item.ext.get("eco"));
    let column = group.and_then(|group| ask.rule.param("columns").get(group)).and_then(serde_json::Value::as_str);
    let Some(column) = column else { return Ok(()) };
    let expected = row.ext.get(column).map(String::as_str);
    if expected == Some(gov) {
        return Ok(());
    }
    let shown = match expected {
        Some(code) => ask.code("gov_eco", Some(code)),
        None => "无（该类单位不用这个科目）".to_owned(),
    };
    let (dep, gov) = (ask.code("dep_eco", Some(dep)), ask.code("gov_eco", Some(gov)));
    let kind = ask.code("agency_type", Some(kind));
    ask.say(&[("dep", &dep), ("type", &kind), ("expected", &shown), ("gov", &gov)]);
    Ok(())
}

pub(super) fn line_fund_of_function(ask: &mut Ask) -> Read<()> {
    let elements = of_line(ask);
    function_needs_fund(ask, elements)
}

pub(super) fn allotment_fund_of_function(ask: &mut Ask) -> Read<()> {
    let elements = of_allotment(ask);
    function_needs_fund(ask, elements)
}

/// A 科目 of 政府性基金, 国有资本经营 or 社会保险基金 can only be paid from that fund.
fn function_needs_fund(ask: &mut Ask, elements: Elements) -> Read<()> {
    let (Some(func), Some(fund)) = (elements.func, elements.fund) else { return Ok(()) };
    let Some(kind) = ask.schema.codes.item(ask.rule.word("set"), func).and_then(|item| item.ext.get("fund")) else {
        return Ok(());
    };
    let Some((prefix, _)) = ask.rule.pairs("fund_prefix").find(|(_, listed)| listed.as_str() == Some(kind)) else {
        return Ok(());
    };
    if !fund.starts_with(prefix) {
        let (func, fund) = (ask.code("func", Some(func)), ask.code("fund_type", Some(fund)));
        let needed = ask.code("fund_type", Some(prefix));
        ask.say(&[("func", &func), ("needed", &needed), ("fund", &fund)]);
    }
    Ok(())
}

/// The other way round: money of those funds pays only for 科目 of their own book.
pub(super) fn fund_pays_its_functions(ask: &mut Ask) -> Read<()> {
    let elements = of_line(ask);
    let (Some(func), Some(fund)) = (elements.func, elements.fund) else { return Ok(()) };
    let Some(kind) = ask.schema.codes.item(ask.rule.word("set"), func).and_then(|item| item.ext.get("fund")) else {
        return Ok(());
    };
    let mut funds = ask.rule.pairs("fund_prefix");
    let owned = ask.rule.pairs("fund_prefix").any(|(_, listed)| listed.as_str() == Some(kind));
    if !owned && funds.any(|(prefix, _)| fund.starts_with(prefix)) {
        let (func, fund) = (ask.code("func", Some(func)), ask.code("fund_type", Some(fund)));
        ask.say(&[("func", &func), ("fund", &fund)]);
    }
    Ok(())
}

pub(super) fn line_without_three_public(ask: &mut Ask) -> Read<()> {
    let line = ask.views.line.read(ask.record);
    three_public(ask, line.pro_kind, line.dep_eco)
}

pub(super) fn detail_without_three_public(ask: &mut Ask) -> Read<()> {
    let detail = ask.views.detail.read(ask.record);
    let Some(owner) = ask.linked("project", detail.project)? else { return Ok(()) };
    three_public(ask, ask.views.project.read(&owner).pro_cat, detail.dep_eco)
}

fn three_public(ask: &mut Ask, category: Option<&str>, dep: Option<&str>) -> Read<()> {
    if ask.rule.begins("pro_cat_prefix", category) && ask.rule.lists("dep_eco", dep) {
        let value = ask.code("dep_eco", dep);
        ask.say(&[("value", &value)]);
    }
    Ok(())
}

/// reply + adj + dis, in 分.
pub(super) fn current(line: &Line) -> i128 {
    [line.reply_amt, line.adj_amt, line.dis_amt].map(|part| Yuan::of(part).0).iter().sum()
}

/// What a line counts in a sum: the 变动后预算数 once it is approved, the 申报数 before.
pub(super) fn counted(ask: &Ask, line: &Line) -> i128 {
    if ask.rule.lists("approved_stage", line.stage) { current(line) } else { Yuan::of(line.apply_up).0 }
}

pub(super) fn current_not_negative(ask: &mut Ask) -> Read<()> {
    let value = Yuan(current(&ask.views.line.read(ask.record)));
    if value.0 < 0 {
        ask.say(&[("value", &value)]);
    }
    Ok(())
}

pub(super) fn audited_within_applied(ask: &mut Ask) -> Read<()> {
    let line = ask.views.line.read(ask.record);
    if !line.apply_up.is_zero() && line.fin_audit_money > line.apply_up {
        let (audit, apply) = (Yuan::of(line.fin_audit_money), Yuan::of(line.apply_up));
        ask.say(&[("audit", &audit), ("apply", &apply)]);
    }
    Ok(())
}

pub(super) fn replied_within_audited(ask: &mut Ask) -> Read<()> {
    let line = ask.views.line.read(ask.record);
    if !line.fin_audit_money.is_zero() && line.reply_amt > line.fin_audit_money {
        let (reply, audit) = (Yuan::of(line.reply_amt), Yuan::of(line.fin_audit_money));
        ask.say(&[("reply", &reply), ("audit", &audit)]);
    }
    Ok(())
}

pub(super) fn category_is_projects(ask: &mut Ask) -> Read<()> {
    let line = ask.views.line.read(ask.record);
    let Some(owner) = ask.linked("project", line.project)? else { return Ok(()) };
    let category = ask.views.project.read(&owner).pro_cat;
    if let (Some(kind), Some(expected)) = (line.pro_kind, category)
        && kind != expected
    {
        let (value, project) = (ask.code("pro_cat", Some(kind)), ask.code("pro_cat", Some(expected)));
        ask.say(&[("value", &value), ("project", &project)]);
    }
    Ok(())
}

pub(super) fn unit_is_projects(ask: &mut Ask) -> Read<()> {
    let line = ask.views.line.read(ask.record);
    let Some(owner) = ask.linked("project", line.project)? else { return Ok(()) };
    let expected = ask.views.project.read(&owner).agency;
    if let (Some(_), Some(expected)) = (line.agency, expected.filter(|_| expected != line.agency)) {
        let name = super::general::name_of(ask, "agency", expected)?;
        ask.say(&[("agency", &name)]);
    }
    Ok(())
}

pub(super) fn no_transfer_downwards(ask: &mut Ask) -> Read<()> {
    let line = ask.views.line.read(ask.record);
    if ask.rule.lists("gov_eco", line.gov_eco) {
        let value = ask.code("gov_eco", line.gov_eco);
        ask.say(&[("value", &value)]);
    }
    Ok(())
}

/// 预拨 before the approval is lawful and is settled later, so it does not count.
pub(super) fn allotted_within_budget(ask: &mut Ask) -> Read<()> {
    let allotments = ask.children("allotment", "plan")?;
    if allotments.is_empty() {
        return Ok(());
    }
    let counts = |allotment: &crate::views::Allotment| {
        ask.rule.lists("bgt_exe_flag", allotment.bgt_exe_flag) && !ask.rule.lists("not_bgt_type", allotment.bgt_type)
    };
    let each = allotments.iter().map(|record| ask.views.allotment.read(record)).filter(counts);
    let allotted = Yuan(each.map(|allotment| Yuan::of(allotment.amount).0).sum());
    let budget = Yuan(current(&ask.views.line.read(ask.record)));
    if allotted.0 - budget.0 > i128::from(ask.rule.whole("tolerance_fen")) {
        let difference = Yuan(allotted.0 - budget.0);
        ask.say(&[("allotted", &allotted), ("budget", &budget), ("difference", &difference)]);
    }
    Ok(())
}

/// Subject: the unit. Its project spending must not hide in “其他” codes.
pub(super) fn other_items_of_unit(ask: &mut Ask) -> Read<()> {
    let lines = ask.parts("budget_line", "agency")?;
    let lines = lines.iter().map(|line| ask.views.line.read(line));
    let projects = lines.filter(|line| ask.rule.lists("pro_cat", line.pro_kind));
    let figures = share_of_other(ask, projects.map(|line| (line.dep_eco, counted(ask, &line))));
    if let Some((other, percent, limit)) = figures {
        ask.say(&[("other", &other), ("percent", &percent), ("limit", &limit)]);
    }
    Ok(())
}

/// Subject: the unit. 调剂 between its own lines takes from one what it gives to another.
pub(super) fn adjustments_net_to_zero(ask: &mut Ask) -> Read<()> {
    let lines = ask.parts("budget_line", "agency")?;
    let mut sums: BTreeMap<Option<&str>, i128> = BTreeMap::new();
    for line in lines.iter() {
        let line = ask.views.line.read(line);
        *sums.entry(line.fund_type).or_default() += Yuan::of(line.dis_amt).0;
    }
    for (fund, sum) in sums.into_iter().filter(|(_, sum)| *sum != 0) {
        let fund = ask.code("fund_type", fund);
        ask.say(&[("fund", &fund), ("sum", &Yuan(sum))]);
    }
    Ok(())
}
