//! The workbook of the import and export measurements: 年度预算, 20 columns, with number formats; and
//! reading or writing it with the bare libraries.

use crate::Outcome;
use calamine::{DataRef, Reader, Xlsx, open_workbook};
use rust_xlsxwriter::{Format, Workbook, Worksheet};
use std::path::Path;

pub const AGENCIES: u32 = 200;
pub const PROJECTS: u32 = 2_000;

const HEADER: [&str; 20] = [
    "预算单位",
    "支出项目",
    "项目类别",
    "支出功能分类",
    "政府经济分类",
    "部门经济分类",
    "资金性质",
    "资金来源",
    "预算级次",
    "业务主管股室",
    "申报数",
    "审核数",
    "批复数",
    "调整数",
    "调剂数",
    "申报环节",
    "编报阶段",
    "是否政府采购",
    "是否基建",
    "是否政府购买服务",
];
const MONEY: std::ops::RangeInclusive<usize> = 10..=14;

/// (dep_eco, gov_eco for an 行政 unit): pairs of the crosswalk.
const ECONOMIC: [(&str, &str); 10] = [
    ("30101", "50101"),
    ("30201", "50201"),
    ("30202", "50201"),
    ("30205", "50201"),
    ("30206", "50201"),
    ("30207", "50201"),
    ("30211", "50201"),
    ("30213", "50209"),
    ("30214", "50201"),
    ("30215", "50202"),
];
const FUNCTIONS: [&str; 10] =
    ["2010301", "2010302", "2010303", "2010350", "2010399", "2130101", "2130104", "2050202", "2050201", "2080101"];

pub fn agency_code(at: u32) -> String {
    format!("{:03}001", 101 + at)
}

pub fn project_code(at: u32) -> String {
    format!("41082326101P{at:09}")
}

/// 部门经济分类, 政府经济分类 and 功能分类 of row `at`: with the project they make it unique.
pub fn elements(at: u32) -> [&'static str; 3] {
    let variant = at / PROJECTS;
    let (dep_eco, gov_eco) = ECONOMIC[(variant % 10) as usize];
    [dep_eco, gov_eco, FUNCTIONS[(variant / 10 % FUNCTIONS.len() as u32) as usize]]
}

/// Row `at` as text, in the order of the header; unique by key.
fn row(at: u32) -> [String; 20] {
    let project = at % PROJECTS;
    let [dep_eco, gov_eco, function] = elements(at);
    let yuan = |salt: u32| {
        let fen = u64::from(at) * 7_919 % 9_000_000 + u64::from(salt) * 13;
        format!("{}.{:02}", fen / 100, fen % 100)
    };
    let amount = yuan(1);
    [
        agency_code(project % AGENCIES),
        project_code(project),
        "22".into(),
        function.into(),
        gov_eco.into(),
        dep_eco.into(),
        "11111".into(),
        "11".into(),
        "4".into(),
        "004".into(),
        amount.clone(),
        amount.clone(),
        amount,
        "0.00".into(),
        "0.00".into(),
        "1".into(),
        "1".into(),
        "否".into(),
        "否".into(),
        "否".into(),
    ]
}

/// The workbook that is imported, as Excel and a county's platform write it: texts in the shared table.
pub fn write(path: &Path, rows: u32) -> Outcome {
    let mut workbook = Workbook::new();
    let fen = fill(workbook.add_worksheet(), rows)?;
    workbook.save(path)?;
    Ok(serde_json::json!({ "rows": rows, "fen": fen }))
}

/// rust_xlsxwriter with nothing around it, in the streaming mode that our export uses too.
pub fn write_alone(path: &Path, rows: u32) -> Outcome {
    let mut workbook = Workbook::new();
    let fen = fill(workbook.add_worksheet_with_constant_memory()?, rows)?;
    workbook.save(path)?;
    Ok(serde_json::json!({ "rows": rows, "fen": fen }))
}

/// Texts as text, amounts with a number format; the sum of all amounts in 分.
fn fill(sheet: &mut Worksheet, rows: u32) -> Result<i64, Box<dyn std::error::Error>> {
    let money = Format::new().set_num_format("#,##0.00");
    for (column, title) in HEADER.iter().enumerate() {
        sheet.write_string(0, column as u16, *title)?;
    }
    let mut fen = 0_i64;
    for at in 0..rows {
        for (column, text) in row(at).iter().enumerate() {
            if MONEY.contains(&column) {
                let number: f64 = text.parse()?;
                fen += (number * 100.0).round() as i64;
                sheet.write_number_with_format(at + 1, column as u16, number, &money)?;
            } else {
                sheet.write_string(at + 1, column as u16, text)?;
            }
        }
    }
    Ok(fen)
}

/// calamine streaming with nothing around it.
pub fn read_with_calamine(path: &Path) -> Outcome {
    let mut workbook: Xlsx<_> = open_workbook(path)?;
    let name = workbook.sheet_names().first().cloned().unwrap_or_default();
    let mut cells = workbook.worksheet_cells_reader(&name)?;
    let (mut count, mut fen) = (0_u64, 0_i64);
    while let Some(cell) = cells.next_cell()? {
        count += 1;
        let column = cell.get_position().1 as usize;
        if let (DataRef::Float(number), true) = (cell.get_value(), MONEY.contains(&column)) {
            fen += (number * 100.0).round() as i64;
        }
    }
    Ok(serde_json::json!({ "cells": count, "fen": fen }))
}
