//! Projects, their yearly plans and their estimates (测算).

use super::registry::{person, town_name};
use crate::{
    Item,
    context::Context,
    plan::{Line, Post, Project, Year},
    quirks,
    random::{Kind, Random},
    row::Row,
    units::COUNTY,
};
use suanpan_model::RecordId;

pub fn projects(context: &Context, year: &Year, at: usize, _: bool) -> Vec<Item> {
    let post = &year.posts[at];
    let mut items: Vec<Item> = post.projects.iter().map(|project| item(context, year, at, post, project)).collect();
    if at == finance(year) {
        items.push(umbrella(context, year));
    }
    items
}

pub fn id(context: &Context, year: &Year, serial: usize) -> RecordId {
    context.id(year.year, Kind::Project, serial)
}

/// The finance bureau, which holds what is still to be shared out.
pub fn finance(year: &Year) -> usize {
    year.posts.iter().position(|post| post.unit.code == "201001").expect("the finance bureau is one of the units")
}

fn item(context: &Context, year: &Year, at: usize, post: &Post, project: &Project) -> Item {
    let mut random = context.random(year, Kind::Project, project.serial);
    let (total, social) = totals(context, year, project);
    let has_tenders = project.lines.iter().any(|line| matches!(&line.dep[..3], "310"));
    let row = common(context, year, at, project.serial, &project.name, project.category)
        .text("exp_func", project.func)
        .int("setup_year", project.start.into())
        .int("pro_start_year", project.start.into())
        .int("pro_term", project.term.into())
        .int("end_year", (project.start + project.term - 1).into())
        .fen("pro_total_amt", total)
        .fen("scoi_invest_fund", social)
        .text("pro_desc", describe(project, post))
        .text("pro_bases", bases(project))
        .text("pro_address", format!("武陟县{}", town_name(&post.unit)))
        .text("pro_source", if project.category == "32" { "2" } else { "1" })
        .yes("is_govpur", has_tenders)
        .yes("is_asset", project.lines.iter().any(|line| matches!(line.dep, "31002" | "31003" | "31007")))
        .yes("is_govbuy", project.lines.iter().any(|line| line.dep == "30227"))
        .yes("is_captial_cons_pro", project.lines.iter().any(|line| line.dep == "31005"))
        .yes("is_perform", project.template.is_some())
        .text("threesafe", project.threesafe);
    people(row, &mut random).done()
}

fn common<'c>(context: &'c Context, year: &Year, at: usize, serial: usize, name: &str, category: &str) -> Row<'c> {
    let unit = &year.posts[at].unit;
    let letter = match category {
        "1" => 'R',
        "21" | "22" => 'Y',
        _ => 'T',
    };
    context
        .row("project", id(context, year, serial), unit, year)
        .text("pro_code", format!("{}{:02}{letter}{serial:012}", &COUNTY[..6], year.year % 100))
        .text("pro_name", name)
        .text("pro_cat", category)
        .link("agency", context.id(year.year, Kind::Agency, at))
        .link("dept", context.id(year.year, Kind::Agency, unit.dept))
        .text("bgt_mof_dep", "002")
        .text("manage_mof_dep", unit.office)
        .text("store_phase", "3")
        .text("pro_phase", "5")
        .yes("lastaudit", true)
        .text("dep_aud_opinion", "1")
        .text("mof_aud_opinion", "1")
        .text("pro_depreview", "资料齐全，同意申报。")
        .text("pro_bgtreview", "测算有据，同意入库。")
}

fn people<'r>(row: Row<'r>, random: &mut Random) -> Row<'r> {
    let number = random.between(1_000_000, 9_999_999);
    row.text("pro_operator", person(random)).text("pro_operator_tel", format!("0391-{number}"))
}

fn umbrella(context: &Context, year: &Year) -> Item {
    let mut random = context.random(year, Kind::Project, year.umbrella());
    let name = format!("武陟县{}年上级专项转移支付（待分配）", year.year);
    let row = common(context, year, finance(year), year.umbrella(), &name, "33")
        .text("exp_func", "2010699")
        .int("setup_year", year.year.into())
        .int("pro_start_year", year.year.into())
        .int("end_year", year.year.into())
        .fen("pro_total_amt", year.sources.iter().map(|source| source.amount).sum())
        .text("pro_desc", "承接上级下达的专项转移支付，按项目和因素分配到单位和乡镇。")
        .text("pro_bases", "上级转移支付提前下达文件。")
        .text("pro_source", "2")
        .text("distri_type", "2");
    people(row, &mut random).done()
}

fn describe(project: &Project, post: &Post) -> String {
    match project.template {
        None => format!("保障{}在职人员工资福利和机构正常运转。", post.unit.name),
        Some(template) => {
            format!("围绕{}，由{}组织实施，资金按进度支付，年内完成本年任务。", template.name, post.unit.name)
        }
    }
}

fn bases(project: &Project) -> &'static str {
    match project.category {
        "1" => "国家和省工资津贴补贴政策，机构编制批复。",
        "21" => "县级公用经费定额标准。",
        "32" => "上级专项转移支付提前下达文件。",
        _ => "县委县政府年度重点工作安排。",
    }
}

/// (year, 财政拨款, 社会投入) of every year of the project; this year's 财政拨款 is the 申报数.
fn yearly(context: &Context, year: &Year, project: &Project) -> Vec<(i32, i64, i64)> {
    let mut random = context.random(year, Kind::Plan, project.serial);
    let apply = project.apply();
    let shared = project.template.is_some() && random.chance(5);
    let part = |one: i32| {
        let share = random.between(60, 120);
        let fiscal = if one == year.year { apply } else { apply / 10_000 * share / 100 * 10_000 };
        let social = if shared && one == year.year { apply / 10_000 / 10 * 10_000 } else { 0 };
        (one, fiscal, social)
    };
    (project.start..project.start + project.term).map(part).collect()
}

fn totals(context: &Context, year: &Year, project: &Project) -> (i64, i64) {
    let years = yearly(context, year, project);
    let social = years.iter().map(|one| one.2).sum();
    (years.iter().map(|one| one.1).sum::<i64>() + social, social)
}

pub fn plans(context: &Context, year: &Year, at: usize, _: bool) -> Vec<Item> {
    let mut items = Vec::new();
    for project in year.posts[at].projects.iter().filter(|project| !quirks::has_no_plan(project.serial)) {
        for (nth, (one, fiscal, social)) in yearly(context, year, project).into_iter().enumerate() {
            items.push(plan(context, year, at, project.serial, nth, (one, fiscal, social)));
        }
    }
    if at == finance(year) {
        let total = year.sources.iter().map(|source| source.amount).sum();
        items.push(plan(context, year, at, year.umbrella(), 0, (year.year, total, 0)));
    }
    items
}

fn plan(context: &Context, year: &Year, at: usize, serial: usize, nth: usize, part: (i32, i64, i64)) -> Item {
    let (one, fiscal, social) = part;
    context
        .row("annual_plan", context.id(year.year, Kind::Plan, serial * 8 + nth), &year.posts[at].unit, year)
        .link("project", id(context, year, serial))
        .int("year", one.into())
        .fen("fiscal_amt", fiscal)
        .fen("social_amt", social)
        .text("remark", if one == year.year { "本年申报" } else { "" })
        .done()
}

pub fn details(context: &Context, year: &Year, at: usize, _: bool) -> Vec<Item> {
    let post = &year.posts[at];
    let mut items = Vec::new();
    for project in &post.projects {
        let mut number = 1;
        for line in &project.lines {
            for part in parts(context, year, line) {
                items.push(detail(context, year, at, project, line, number, part));
                number += 1;
            }
        }
    }
    items
}

/// One 测算 row: 分 each, hundredths of a piece, what the piece is called, what the row is called.
struct Part {
    each: i64,
    count: i64,
    measure: &'static str,
    name: String,
}

fn parts(context: &Context, year: &Year, line: &Line) -> Vec<Part> {
    let name = context.dep_name(line.dep);
    if let Some(price) = line.price {
        let measure = match line.dep {
            "30231" => "辆",
            _ if price.count > 1 => "人",
            _ => "项",
        };
        return vec![Part { each: price.each, count: price.count, measure, name: name.to_owned() }];
    }
    let mut random = context.random(year, Kind::Detail, line.serial);
    let halves = if line.apply > 2_000_000 && random.chance(40) { 2 } else { 1 };
    let first = if halves == 2 { line.apply / 100 * 6 / 10 * 100 } else { line.apply };
    let amounts = [first, line.apply - first];
    let part = |nth: usize| {
        let count = [1, 2, 4, 5, 10, 20].into_iter().rev().find(|count| amounts[nth] % (count * 100) == 0).unwrap_or(1);
        let stage = if halves == 2 { ["（上半年）", "（下半年）"][nth] } else { "" };
        Part {
            each: amounts[nth] / count,
            count,
            measure: if count > 1 { "批" } else { "项" },
            name: format!("{name}{stage}"),
        }
    };
    (0..halves).map(part).collect()
}

fn detail(context: &Context, year: &Year, at: usize, project: &Project, line: &Line, number: i64, part: Part) -> Item {
    let unit = &year.posts[at].unit;
    let serial = project.serial * 64 + number as usize;
    let row = context
        .row("project_detail", context.id(year.year, Kind::Detail, serial), unit, year)
        .link("project", id(context, year, project.serial))
        .int("line_no", number)
        .text("sub_item", part.name)
        .text("dep_eco", line.dep)
        .text("gov_eco", context.gov(line.dep, unit))
        .text("fund_type", line.fund)
        .fen("unit_price", part.each)
        .text("quantity", part.count.to_string())
        .text("unit", part.measure)
        .fen("amount", part.each * part.count)
        .yes("is_gov_pur", line.dep.starts_with("310"));
    match line.price {
        Some(price) => row.link("standard", context.id(year.year, Kind::Standard, price.standard)).done(),
        None => row.done(),
    }
}
