//! The nine tables on nine sheets: headers, rows and totals of each.

use super::{
    Scope, TABLES,
    compute::{Appropriation, Balance, INCOME_LINES, Tables, Tree},
    paper::{Frame, Looks, Paper, USUAL_MAKER_ROW},
};
use crate::{cell::column_name, write::WriteError};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};
use std::io::{Seek, Write};

/// First header row (row 6 as people count) and first data row (row 9, or 8 under a header of two rows).
const HEAD: u32 = 5;
/// The total of 收支总表 stands in row 20 unless there are more lines.
const TOTAL_ROW: u32 = 19;

/// Writes the nine sheets to `out`.
pub fn write(tables: &Tables, out: &mut (impl Write + Seek + Send)) -> Result<(), WriteError> {
    let mut workbook = Workbook::new();
    let mut properties = DocProperties::new().set_title(format!("{}{}年预算公开", tables.name, tables.fiscal_year));
    if let Ok(date) = ExcelDateTime::from_ymd(u16::try_from(tables.fiscal_year).unwrap_or(2000), 1, 1) {
        properties = properties.set_creation_datetime(&date);
    }
    workbook.set_properties(&properties);
    let looks = Looks::new(has_fen(tables));
    let mut set = Set { workbook: &mut workbook, looks: &looks, tables };
    set.balance()?;
    set.by_function(
        2,
        "收入预算",
        &["合计", "财政拨款收入", "事业收入", "事业单位经营收入", "其他收入"],
        &tables.income,
    )?;
    set.by_function(3, "支出预算", &["合计", "基本支出", "项目支出"], &tables.spending)?;
    set.appropriation()?;
    for (number, group, tree) in [
        (5, "一般公共预算支出", &tables.general),
        (6, "政府性基金预算支出", &tables.government_fund),
        (7, "国有资本经营预算支出", &tables.state_capital),
    ] {
        set.by_function(number, group, &["合计", "基本支出", "项目支出"], tree)?;
    }
    set.economic()?;
    set.three_public()?;
    workbook.save_to_writer(out)?;
    Ok(())
}

fn has_fen(tables: &Tables) -> bool {
    let trees = [&tables.income, &tables.spending, &tables.general, &tables.economic];
    let in_trees = trees.iter().flat_map(|tree| tree.rows.iter().flat_map(|row| &row.amounts));
    in_trees.chain(&tables.balance.income).any(|fen| fen % 100 != 0)
}

struct Set<'a> {
    workbook: &'a mut Workbook,
    looks: &'a Looks,
    tables: &'a Tables,
}

impl<'a> Set<'a> {
    fn paper(&mut self, number: usize, unit: &str, widths: &[u32], maker_row: u32) -> Result<Paper<'_>, WriteError> {
        let (tables, scope) = (self.tables, self.tables.scope.zh());
        let frame = Frame {
            name: &format!("{number}.{}", SHEETS[number - 1]),
            title: &format!("{}年{scope}{}", tables.fiscal_year, TABLES[number - 1]),
            maker: &format!("编制{scope}：{}", tables.name),
            unit: &format!("单位：{unit}"),
            widths,
            maker_row,
        };
        Paper::begin(self.workbook, self.looks, &frame)
    }

    /// 1: income at the left, spending at the right; a unit's spending also by 人员, 公用, 项目.
    fn balance(&mut self) -> Result<(), WriteError> {
        let (table, scope): (&'a Balance, _) = (&self.tables.balance, self.tables.scope);
        let detailed = scope == Scope::Unit;
        let widths: &[u32] = if detailed { &[240, 140, 240, 140, 140, 140, 140] } else { &[280, 170, 280, 170] };
        let mut paper = self.paper(1, "元", widths, USUAL_MAKER_ROW)?;
        let last = widths.len() as u16 - 1;
        let two_rows = |first: u32| if detailed { (first, first + 1) } else { (first, first) };
        paper.header((HEAD, HEAD), (0, 1), "本年收入")?;
        paper.header((HEAD, HEAD), (2, last), "本年支出")?;
        for (column, name) in [(0, "项目"), (1, "预算数"), (2, "项目")] {
            paper.header(two_rows(HEAD + 1), (column, column), name)?;
        }
        if detailed {
            paper.header((HEAD + 1, HEAD + 2), (3, 3), "合计")?;
            paper.header((HEAD + 1, HEAD + 1), (4, 5), "基本支出")?;
            paper.header((HEAD + 2, HEAD + 2), (4, 4), "人员经费")?;
            paper.header((HEAD + 2, HEAD + 2), (5, 5), "公用经费")?;
            paper.header((HEAD + 1, HEAD + 2), (6, 6), "项目支出")?;
        } else {
            paper.header((HEAD + 1, HEAD + 1), (3, 3), "预算数")?;
        }
        let first = HEAD + if detailed { 3 } else { 2 };
        paper.data_from(first)?;
        let lines = INCOME_LINES.len().max(table.outlays.len()) as u32;
        let total_row = (first + lines).max(TOTAL_ROW);
        let appropriated: i64 = table.income[..3].iter().sum();
        let [general, fund, capital, business, operating, other] = table.income;
        let income = [appropriated, general, fund, capital, business, operating, other];
        for (at, row) in (first..total_row).enumerate() {
            let (text, label) = (&paper.looks.text, INCOME_LINES.get(at).copied().unwrap_or_default());
            paper.text(row, 0, label, text)?;
            paper.amount(row, 1, income.get(at).copied().unwrap_or_default())?;
            let outlay = table.outlays.get(at);
            let label = outlay.map(|(name, _)| format!("{}、{name}", numeral(at + 1))).unwrap_or_default();
            paper.text(row, 2, &label, text)?;
            for column in 3..=last {
                paper.amount(row, column, outlay.map_or(0, |(_, amounts)| amounts[column as usize - 3]))?;
            }
        }
        let label = &paper.looks.label;
        paper.text(total_row, 0, "收入总计", label)?;
        paper.text(total_row, 2, "支出总计", label)?;
        // 1 财政拨款 stands above its three parts, so only the numbered lines add up.
        let top: Vec<String> = [0, 4, 5, 6].iter().map(|line| format!("B{}", first + line + 1)).collect();
        paper.total(total_row, 1, &top.join("+"), table.income_total)?;
        for column in 3..=last {
            let formula = sum(column, first, total_row);
            paper.total(total_row, column, &formula, table.outlay_total[column as usize - 3])?;
        }
        self.note_if_empty(1, table.income_total == 0 && table.outlay_total[0] == 0, total_row + 1)
    }

    /// 2, 3, 5, 6, 7: 类 款 项, name, amounts.
    fn by_function(&mut self, number: usize, group: &str, columns: &[&str], tree: &Tree) -> Result<(), WriteError> {
        let mut widths = vec![52, 44, 44, 300];
        widths.extend(columns.iter().map(|_| 140));
        let mut paper = self.paper(number, "元", &widths, USUAL_MAKER_ROW)?;
        paper.header((HEAD, HEAD), (0, 3), "项目")?;
        paper.header((HEAD, HEAD), (4, widths.len() as u16 - 1), group)?;
        paper.header((HEAD + 1, HEAD + 1), (0, 2), "功能分类科目编码")?;
        paper.header((HEAD + 1, HEAD + 2), (3, 3), "功能分类科目名称")?;
        for (column, name) in (0..).zip(["类", "款", "项"]) {
            paper.header((HEAD + 2, HEAD + 2), (column, column), name)?;
        }
        for (column, name) in (4..).zip(columns) {
            paper.header((HEAD + 1, HEAD + 2), (column, column), name)?;
        }
        let total_row = rows(&mut paper, tree, 3)?;
        self.note_if_empty(number, tree.rows.is_empty(), total_row + 1)
    }

    /// 8: 类 款, name, amounts.
    fn economic(&mut self) -> Result<(), WriteError> {
        let tree: &'a Tree = &self.tables.economic;
        let mut paper = self.paper(8, "元", &[60, 60, 320, 170, 170, 170], USUAL_MAKER_ROW)?;
        paper.header((HEAD, HEAD), (0, 2), "项目")?;
        paper.header((HEAD, HEAD), (3, 5), "一般公共预算基本支出")?;
        paper.header((HEAD + 1, HEAD + 1), (0, 1), "部门预算经济分类科目编码")?;
        paper.header((HEAD + 1, HEAD + 2), (2, 2), "经济分类科目名称")?;
        for (column, name) in (0..).zip(["类", "款"]) {
            paper.header((HEAD + 2, HEAD + 2), (column, column), name)?;
        }
        for (column, name) in (3..).zip(["合计", "人员经费", "公用经费"]) {
            paper.header((HEAD + 1, HEAD + 2), (column, column), name)?;
        }
        let total_row = rows(&mut paper, tree, 2)?;
        self.note_if_empty(8, tree.rows.is_empty(), total_row + 1)
    }

    /// 4: what the budget appropriates, and by which of the three budgets it is spent.
    fn appropriation(&mut self) -> Result<(), WriteError> {
        let table: &'a Appropriation = &self.tables.appropriation;
        let widths = [230, 140, 250, 140, 140, 140, 140];
        let mut paper = self.paper(4, "元", &widths, USUAL_MAKER_ROW)?;
        paper.header((HEAD, HEAD), (0, 1), "财政拨款收入")?;
        paper.header((HEAD, HEAD), (2, 6), "财政拨款支出")?;
        let names = ["项目", "预算数", "项目", "合计", "一般公共预算", "政府性基金", "国有资本"];
        for (column, name) in (0..).zip(names) {
            paper.header((HEAD + 1, HEAD + 1), (column, column), name)?;
        }
        let first = HEAD + 2;
        paper.data_from(first)?;
        let total_row = (first + table.outlays.len().max(3) as u32).max(TOTAL_ROW);
        let income = ["一、一般公共预算", "二、政府性基金预算", "三、国有资本经营预算"];
        for (at, row) in (first..total_row).enumerate() {
            let text = &paper.looks.text;
            paper.text(row, 0, income.get(at).copied().unwrap_or_default(), text)?;
            paper.amount(row, 1, table.income.get(at).copied().unwrap_or_default())?;
            let outlay = table.outlays.get(at);
            let label = outlay.map(|(name, _)| format!("{}、{name}", numeral(at + 1))).unwrap_or_default();
            paper.text(row, 2, &label, text)?;
            for column in 3..7 {
                paper.amount(row, column, outlay.map_or(0, |(_, amounts)| amounts[column as usize - 3]))?;
            }
        }
        let label = &paper.looks.label;
        paper.text(total_row, 0, "收入总计", label)?;
        paper.text(total_row, 2, "支出总计", label)?;
        paper.total(total_row, 1, &sum(1, first, total_row), table.income_total)?;
        for column in 3..7_u16 {
            paper.total(total_row, column, &sum(column, first, total_row), table.outlay_total[column as usize - 3])?;
        }
        self.note_if_empty(4, table.income_total == 0 && table.outlay_total[0] == 0, total_row + 1)
    }

    /// 9, in 万元.
    fn three_public(&mut self) -> Result<(), WriteError> {
        let figures = self.tables.three_public.rounded;
        let mut paper = self.paper(9, "万元", &[140, 150, 140, 140, 140, 140, 190], 2)?;
        paper.header((3, 3), (0, 5), "“三公”经费预算数")?;
        paper.header((3, 5), (6, 6), "机关运行经费预算数")?;
        for (column, name) in [(0, "合计"), (1, "因公出国（境）费"), (2, "公务接待费")] {
            paper.header((4, 5), (column, column), name)?;
        }
        paper.header((4, 4), (3, 5), "公务用车购置及运行费")?;
        for (column, name) in (3..).zip(["小计", "购置费", "运行费"]) {
            paper.header((5, 5), (column, column), name)?;
        }
        paper.data_from(6)?;
        let steps = [
            figures.total,
            figures.overseas,
            figures.reception,
            figures.vehicles,
            figures.purchase,
            figures.running,
            figures.office_running,
        ];
        let format = &paper.looks.wan;
        for (column, steps) in (0..).zip(steps) {
            paper.number(6, column, steps as f64 / 100.0, format)?;
        }
        self.note_if_empty(9, steps.iter().all(|steps| *steps == 0), 7)
    }

    /// An empty table must say that it is meant to be empty.
    fn note_if_empty(&mut self, number: usize, empty: bool, row: u32) -> Result<(), WriteError> {
        if !empty {
            return Ok(());
        }
        let (scope, year) = (self.tables.scope.zh(), self.tables.fiscal_year);
        let text = format!("注：本{scope}{year}年没有{}，故本表无数据。", EMPTY[number - 1]);
        let format = rust_xlsxwriter::Format::new().set_font_name("宋体").set_font_size(11);
        self.workbook.worksheet_from_index(number - 1)?.write_string_with_format(row, 0, text, &format)?;
        Ok(())
    }
}

/// The rows of a table by codes and its total; `levels` columns of codes stand before the name. Returns
/// the row of the total.
fn rows(paper: &mut Paper<'_>, tree: &Tree, levels: u16) -> Result<u32, WriteError> {
    let first = HEAD + 3;
    paper.data_from(first)?;
    for (row, line) in (first..).zip(&tree.rows) {
        for level in 0..levels {
            let code = &paper.looks.code;
            paper.text(row, level, part(&line.code, line.level, level as usize), code)?;
        }
        let text = &paper.looks.text;
        paper.text(row, levels, &format!("{}{}", "　".repeat(line.level), line.name), text)?;
        for (column, amount) in (levels + 1..).zip(&line.amounts) {
            paper.amount(row, column, *amount)?;
        }
    }
    let total_row = first + tree.rows.len() as u32;
    let label = &paper.looks.label;
    paper.merged(total_row, (0, levels), "合计", label)?;
    // Every level stands in the rows: only those of the first one add up to the total.
    for (column, total) in (levels + 1..).zip(&tree.total) {
        let letter = column_name(u32::from(column));
        let classes = (first + 1..).zip(&tree.rows).filter(|(_, line)| line.level == 0);
        let cells: Vec<String> = classes.map(|(row, _)| format!("{letter}{row}")).collect();
        let formula = if cells.is_empty() { "0".into() } else { cells.join("+") };
        paper.total(total_row, column, &formula, *total)?;
    }
    Ok(total_row)
}

/// The part of a code that stands in the column of `column`: 201 | 03 | 01.
fn part(code: &str, level: usize, column: usize) -> &str {
    if column > level {
        return "";
    }
    let (from, to) = if column == 0 { (0, 3) } else { (1 + column * 2, 3 + column * 2) };
    code.get(from..to.min(code.len())).unwrap_or_default()
}

fn sum(column: u16, first: u32, total_row: u32) -> String {
    let letter = column_name(u32::from(column));
    format!("SUM({letter}{}:{letter}{total_row})", first + 1)
}

/// 一 … 九十九, as forms number their lines.
fn numeral(number: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    match (number / 10, number % 10) {
        (0, ones) => DIGITS[ones].into(),
        (1, ones) => format!("十{}", DIGITS[ones]),
        (tens, ones) => format!("{}十{}", DIGITS[tens % 10], DIGITS[ones]),
    }
}

/// Short names of the sheets.
const SHEETS: [&str; 9] = [
    "财务收支总表",
    "收入总表",
    "支出总表",
    "财政拨款收支总表",
    "一般公共预算支出表",
    "政府性基金支出表",
    "国有资本经营支出表",
    "基本支出经济分类表",
    "三公和机关运行经费表",
];

/// What is lacking when a table is empty.
const EMPTY: [&str; 9] = [
    "预算收支",
    "预算收入",
    "预算支出",
    "财政拨款收支",
    "一般公共预算安排的支出",
    "政府性基金预算安排的支出",
    "国有资本经营预算安排的支出",
    "一般公共预算安排的基本支出",
    "“三公”经费和机关运行经费",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_fall_apart_into_class_section_and_item() {
        let parts = |code, level| [0, 1, 2].map(|column| part(code, level, column));
        assert_eq!(parts("2010301", 2), ["201", "03", "01"]);
        assert_eq!(parts("20103", 1), ["201", "03", ""]);
        assert_eq!(parts("201", 0), ["201", "", ""]);
    }

    #[test]
    fn lines_are_numbered_in_chinese() {
        assert_eq!([1, 10, 11, 20, 23].map(numeral), ["一", "十", "十一", "二十", "二十三"]);
    }
}
