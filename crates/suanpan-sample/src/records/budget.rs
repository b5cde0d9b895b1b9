//! Lines of 年度预算, and the income that covers them: in every unit and every fund the two agree.

use super::projects::id;
use crate::{Item, context::Context, plan::Year, quirks, random::Kind};
use std::collections::BTreeMap;

pub fn lines(context: &Context, year: &Year, at: usize, _: bool) -> Vec<Item> {
    let unit = &year.posts[at].unit;
    let mut items = Vec::new();
    for project in &year.posts[at].projects {
        for line in &project.lines {
            let row = context
                .row("budget_line", context.id(year.year, Kind::Line, line.serial), unit, year)
                .link("agency", context.id(year.year, Kind::Agency, at))
                .link("project", id(context, year, project.serial))
                .text("pro_kind", project.category)
                .text("exp_func", line.func)
                .text("gov_eco", context.gov(line.dep, unit))
                .text("dep_eco", line.dep)
                .text("fund_type", line.fund)
                .text("found_type", if project.category == "32" { "14" } else { "11" })
                .text("budget_level", if unit.in_town() { "5" } else { "4" })
                .text("manage_mof_dep", unit.office)
                .fen("apply_up", line.apply)
                .fen("fin_audit_money", line.audit)
                .fen("reply_amt", line.reply)
                .fen("adj_amt", line.adj)
                .fen("dis_amt", line.dis)
                .text("apply_link", "6")
                .text("stage", "4")
                .yes("is_gov_pur", line.dep.starts_with("310"))
                .yes("is_construction", line.dep == "31005")
                .yes("is_govserve", line.dep == "30227")
                .text("busi_type", "01");
            items.push(row.done());
        }
    }
    items
}

/// Taxes over which units' own money is spread, so that the county's income has a shape.
const TAXES: &[&str] = &["10101", "10104", "10101", "10119", "10109", "10101", "10118", "10110", "10112", "10106"];

/// Fund → 收入类别, 收入分类科目, 收费项目.
fn origin(fund: &str, at: usize) -> (&'static str, &'static str, &'static str) {
    match fund {
        "11111" => ("11", TAXES[at % TAXES.len()], ""),
        "11112" => ("11", "10304", "行政事业性收费"),
        "11211" => ("11", "11002", ""),
        "11212" => ("11", "11003", ""),
        "121" => ("12", "10301", ""),
        "122" => ("12", "11004", ""),
        "131" => ("13", "10306", ""),
        "14" => ("14", "10210", ""),
        "21" => ("2", "", "教育收费"),
        "31" => ("3", "", ""),
        _ => ("9", "", ""),
    }
}

pub fn incomes(context: &Context, year: &Year, at: usize, _: bool) -> Vec<Item> {
    let post = &year.posts[at];
    let mut funds: BTreeMap<&str, (i64, i64, i64)> = BTreeMap::new();
    for line in post.projects.iter().flat_map(|project| &project.lines) {
        let sums = funds.entry(line.fund).or_default();
        *sums = (sums.0 + line.apply, sums.1 + line.reply, sums.2 + line.adj);
    }
    let mut items = Vec::new();
    for (nth, (fund, (apply, reply, adjusted))) in funds.into_iter().enumerate() {
        let (kind, sort, charge) = origin(fund, at);
        let serial = at * 16 + nth;
        let mut random = context.random(year, Kind::Income, serial);
        let last = if quirks::grows_fast(at) && nth == 0 { 60 } else { random.between(88, 104) };
        let mut row = context
            .row("income_line", context.id(year.year, Kind::Income, serial), &post.unit, year)
            .link("agency", context.id(year.year, Kind::Agency, at))
            .text("inc_type", kind)
            .text("income_sort", sort)
            .text("fund_type", fund)
            .text("stage", "4")
            .fen("last_year_amt", reply / 10_000 * last / 100 * 10_000)
            .fen("this_year_est", reply)
            .fen("apply_up", apply)
            .fen("amt", reply)
            .fen("adj_amt", adjusted)
            .fen("received_amt", reply / 10_000 * random.between(70, 98) / 100 * 10_000);
        if !charge.is_empty() {
            row = row.text("charge_item", charge).fen("county_amt", reply);
        }
        items.push(row.done());
    }
    items
}
