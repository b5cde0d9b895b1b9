//! Goals and indicators of the projects that must have them.

use super::projects::{finance, id};
use crate::{Item, context::Context, plan::Year, quirks, random::Kind};

/// Serial number and name of the projects of a unit that report performance.
fn reported(year: &Year, at: usize) -> Vec<(usize, String)> {
    let own = year.posts[at].projects.iter().filter(|project| project.template.is_some());
    let mut list: Vec<_> = own.map(|project| (project.serial, project.name.clone())).collect();
    if at == finance(year) {
        list.push((year.umbrella(), "上级专项转移支付分配".into()));
    }
    list
}

pub fn goals(context: &Context, year: &Year, at: usize, _: bool) -> Vec<Item> {
    let item = |(serial, name): (usize, String)| {
        context
            .row("performance_goal", context.id(year.year, Kind::Goal, serial), &year.posts[at].unit, year)
            .link("project", id(context, year, serial))
            .text("yearflag", "0")
            .text("kpi_target", format!("{}年完成“{name}”的各项任务，资金按进度拨付到位，受益群众满意。", year.year))
            .done()
    };
    reported(year, at).into_iter().map(item).collect()
}

/// 一级, 二级, 三级, content, sign, value, unit of measure, weight.
type Indicator =
    (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const INDICATORS: &[Indicator] = &[
    ("4", "41", "项目成本控制", "实际支出不超过预算", "3", "100", "%", "20"),
    ("1", "11", "年度任务完成数量", "按批复内容完成的任务数", "2", "12", "项", "20"),
    ("1", "12", "验收合格率", "验收合格任务占全部任务的比例", "2", "98", "%", "15"),
    ("1", "13", "按期完成率", "按计划时间完成任务的比例", "2", "95", "%", "15"),
    ("2", "22", "公共服务保障水平", "服务对象能及时得到服务", "6", "有效提升", "", "20"),
    ("3", "31", "服务对象满意度", "抽样调查的满意比例", "2", "90", "%", "10"),
];

pub fn indicators(context: &Context, year: &Year, at: usize, _: bool) -> Vec<Item> {
    let mut items = Vec::new();
    for (serial, _) in reported(year, at) {
        let without_cost = quirks::has_no_cost_indicator(serial);
        for (nth, one) in INDICATORS.iter().enumerate().filter(|(nth, _)| !(without_cost && *nth == 0)) {
            items.push(indicator(context, year, at, serial, nth, one));
        }
    }
    items
}

fn indicator(context: &Context, year: &Year, at: usize, serial: usize, nth: usize, one: &Indicator) -> Item {
    let (first, second, third, content, sign, value, measure, weight) = *one;
    // Where the cost is left out the number of tasks takes its weight, so that the sum stays 100.
    let weight = if nth == 1 && quirks::has_no_cost_indicator(serial) { "40" } else { weight };
    let count = (serial % 30 + 1).to_string();
    let value = match nth {
        1 => count.as_str(),
        2 if quirks::has_wordy_target(serial) => "不低于九成八",
        _ => value,
    };
    context
        .row(
            "performance_indicator",
            context.id(year.year, Kind::Indicator, serial * 8 + nth),
            &year.posts[at].unit,
            year,
        )
        .link("project", id(context, year, serial))
        .text("yearflag", "0")
        .text("kpi_lv1", first)
        .text("kpi_lv2", second)
        .text("kpi_lv3", third)
        .text("kpi_content", content)
        .text("kpi_evalstd", "完成得满分，未完成按比例扣分。")
        .text("computesign", sign)
        .text("kpi_val", value)
        .text("meterunit", measure)
        .text("weight", weight)
        .done()
}
