//! 指标 and their vouchers. What is still to be shared out stands at the finance bureau; what can be
//! spent stands at the unit and names its budget line.

use super::projects::{finance, id};
use crate::{
    Item,
    context::{Context, date},
    plan::{Allotment, Line, Project, Source, Year},
    quirks,
    random::Kind,
    row::Row,
};
use suanpan_model::RecordId;

fn own_id(context: &Context, year: &Year, serial: usize) -> RecordId {
    context.id(year.year, Kind::Allotment, serial)
}

pub fn allotments(context: &Context, year: &Year, at: usize, _: bool) -> Vec<Item> {
    let mut items = Vec::new();
    if at == 0 {
        items.extend(year.sources.iter().map(|source| to_share_out(context, year, source)));
    }
    for project in &year.posts[at].projects {
        for line in &project.lines {
            items.extend(line.allotments.iter().map(|one| to_spend(context, year, at, project, line, one)));
        }
    }
    items
}

fn to_share_out(context: &Context, year: &Year, source: &Source) -> Item {
    let bureau = finance(year);
    let number = source.serial;
    let row = context
        .row("allotment", own_id(context, year, source.serial), &year.posts[bureau].unit, year)
        .text("bgt_no", bgt_no(year, number))
        .text("cor_bgt_doc_no", format!("武财预〔{}〕{number}号", year.year))
        .text("sup_bgt_doc_no", format!("焦财预〔{}〕{}号", year.year - 1, 400 + number))
        .text("bgt_doc_title", "关于提前下达上级转移支付预算的通知")
        .text("doc_date", date(year.year, 1))
        .text("bgt_dec", "上级转移支付提前下达，待分配")
        .link("agency", context.id(year.year, Kind::Agency, bureau))
        .link("project", id(context, year, year.umbrella()))
        .text("exp_func", source.func)
        .text("tp_func", source.func)
        .text("gov_eco", "51402")
        .text("fund_type", source.fund)
        .text("budget_level", "2")
        .text("bgt_type", "41")
        .text("source_type", "5")
        .text("found_type", "14")
        .text("manage_mof_dep", "002")
        .text("bgt_mof_dep", "002")
        .text("bgt_exe_flag", "2")
        .fen("amount", source.amount);
    tracked(row, source.track.as_deref()).done()
}

fn bgt_no(year: &Year, serial: usize) -> String {
    format!("{}-{serial:06}", year.year)
}

fn tracked<'r>(row: Row<'r>, code: Option<&str>) -> Row<'r> {
    match code {
        Some(code) => row.yes("is_track", true).yes("is_dir", true).text("track_pro_code", code),
        None => row,
    }
}

/// 三公 mark by 部门经济分类.
fn outlay(dep: &str) -> &'static str {
    match dep {
        "30212" => "1",
        "30217" => "2",
        "30231" => "3",
        "30913" | "31013" => "4",
        _ => "0",
    }
}

fn to_spend(context: &Context, year: &Year, at: usize, project: &Project, line: &Line, one: &Allotment) -> Item {
    let unit = &year.posts[at].unit;
    let source = one.source.map(|source| &year.sources[source]);
    let level = if unit.in_town() { "5" } else { "4" };
    let mark = if quirks::forgets_vehicle_mark(at) && line.dep == "30231" { "0" } else { outlay(line.dep) };
    let mut row = context
        .row("allotment", own_id(context, year, one.serial), unit, year)
        .text("bgt_no", bgt_no(year, one.serial))
        .text("cor_bgt_doc_no", format!("武财预〔{}〕{}号", year.year, 100 + one.day))
        .text("bgt_doc_title", format!("关于下达{}年部门预算的通知", year.year))
        .text("doc_date", date(year.year, one.day))
        .text("bgt_dec", format!("{}：{}", project.name, context.dep_name(line.dep)))
        .link("agency", context.id(year.year, Kind::Agency, at))
        .link("project", id(context, year, project.serial))
        .text("exp_func", line.func)
        .text("gov_eco", context.gov(line.dep, unit))
        .text("dep_eco", line.dep)
        .text("fund_type", line.fund)
        .text("budget_level", if source.is_some() { "2" } else { level })
        .text("exp_level", level)
        .text("source_type", if source.is_some() { "5" } else { "1" })
        .text("found_type", if source.is_some() { "14" } else { "11" })
        .text("manage_mof_dep", unit.office)
        .text("bgt_mof_dep", "002")
        .fen("amount", one.amount)
        .fen("pay_app_amt", one.paid)
        .yes("is_gov_pur", line.dep.starts_with("310"))
        .yes("is_sub", matches!(line.dep, "30305" | "30306" | "30309" | "30310"))
        .yes("is_sal", project.category == "1" && line.dep.starts_with("301"))
        .text("thr_exp", mark)
        .text("threesafe", project.threesafe)
        .link("plan", context.id(year.year, Kind::Line, line.serial));
    if let Some(source) = source {
        let number = format!("焦财预〔{}〕{}号", year.year - 1, 400 + source.serial);
        row = row.text("sup_bgt_doc_no", number).link("origin", own_id(context, year, source.serial));
        row = tracked(row, source.track.as_deref());
    }
    row.done()
}

pub fn vouchers(context: &Context, year: &Year, at: usize, _: bool) -> Vec<Item> {
    let lines = year.posts[at].projects.iter().flat_map(|project| &project.lines);
    let each = lines.flat_map(|line| &line.allotments);
    each.flat_map(|one| of_one(context, year, at, one)).collect()
}

/// In the order in which they may happen: money comes in before it goes out.
fn of_one(context: &Context, year: &Year, at: usize, one: &Allotment) -> Vec<Item> {
    let given = one.given.map_or(0, |given| given.1);
    let moves = [
        ("01", one.released, 3, "按批复预算下达"),
        ("02", one.increased, 95, "据实追加"),
        ("03", one.reduced, 120, "任务减少，调减预算"),
        ("07", one.recovered, 150, "预计年底不能支出，收回"),
        ("05", one.frozen, 60, "项目手续未完备，暂予冻结"),
        ("06", one.unfrozen, 90, "手续补齐，解冻"),
        ("04", given, 130, "单位内部项目间调剂"),
    ];
    let happened = moves.into_iter().enumerate().filter(|(_, (_, fen, _, _))| *fen > 0);
    happened
        .map(|(nth, (kind, fen, days, reason))| voucher(context, year, at, one, nth, (kind, fen, days, reason)))
        .collect()
}

type Move = (&'static str, i64, i64, &'static str);

fn voucher(context: &Context, year: &Year, at: usize, one: &Allotment, nth: usize, happened: Move) -> Item {
    let (kind, fen, days, reason) = happened;
    let own = own_id(context, year, one.serial);
    let row = context
        .row(
            "allotment_voucher",
            context.id(year.year, Kind::Voucher, one.serial * 8 + nth),
            &year.posts[at].unit,
            year,
        )
        .text("voucher_no", format!("BD{}{:06}{}", year.year, one.serial, nth + 1))
        .text("kind", kind)
        .text("batch_no", format!("{:06}", one.serial % 1_000_000))
        .text("doc_no", format!("武财预〔{}〕{}号", year.year, 100 + one.day + days))
        .text("doc_date", date(year.year, one.day + days))
        .fen("amount", fen)
        .text("reason", reason);
    let row = if matches!(kind, "01" | "02" | "06") {
        row.link("to_allotment", own)
    } else {
        row.link("from_allotment", own)
    };
    match one.given.filter(|_| kind == "04") {
        Some((other, _)) => row.link("to_allotment", own_id(context, year, other)).done(),
        None => row.done(),
    }
}
