//! Messy workbooks: every habit of real offices that the import has to cope with, on the sample's own
//! records. One function per file; what is odd about each stands in its last words.

mod forms;
mod lists;
mod plain;

use super::{Book, sheet::Sheet, view::County};
use std::io;

/// File name, entity, what is odd, how it is made.
type Entry = (&'static str, &'static str, &'static str, fn(&County) -> io::Result<Made>);

/// How many rows of data, and the bytes.
pub struct Made {
    pub rows: usize,
    pub bytes: Vec<u8>,
}

const FILES: &[Entry] = &[
    (
        "01-预算单位-合并表头.xlsx",
        "agency",
        "附件号和标题行、三层合并表头、缩进的单位名称、空行、隐藏列、全角数字、三种日期写法",
        forms::units,
    ),
    (
        "02-支出预算-万元-类款项.xlsx",
        "budget_line",
        "单位：万元、类款项分三列（款项两位）、文本数字带千分号、每单位小计和合计",
        forms::lines,
    ),
    (
        "03-项目-代码带名称.xlsx",
        "project",
        "先有填报说明页、代码连着名称（短横或空格）、“2026年”、隐藏行、尾部空格",
        forms::projects,
    ),
    ("04-支出明细-千元.xlsx", "project_detail", "单位：千元、列号行、尾注、合计写成公式", lists::details),
    ("05-绩效指标-纵向合并.xlsx", "performance_indicator", "项目和一级指标纵向合并，只有第一格有字", lists::indicators),
    ("06-收入预算-公式.xlsx", "income_line", "金额是带缓存值的公式，合计在数据之上", lists::incomes),
    ("07-指标台账.xls", "allotment", "名为 xls 实为 HTML 表格；￥、千分号、2026.3.5 式日期", plain::ledger),
    ("08-项目-实为新格式.xls", "project", "名为 xls 实为 xlsx", forms::renamed),
    ("09-银行账户-国标码.csv", "bank_account", "GBK 编码的 CSV，账号前有单引号", plain::accounts),
    ("10-编制人数-双字节.csv", "agency_staff", "UTF-16 CSV，全角数字", plain::staff),
    ("11-预算单位-少数民族文字.xlsx", "agency", "藏文和生僻字（四字节汉字）", lists::scripts),
    (
        "12-支出明细-有错误.xlsx",
        "project_detail",
        "每类错误一行：不存在的代码、不是数的金额、错误值、没有项目、项目不存在、重复行",
        lists::wrong,
    ),
];

pub fn books(county: &County) -> io::Result<Vec<Book>> {
    let book = |(name, entity, odd, make): &Entry| {
        let made = make(county)?;
        Ok(Book { path: format!("messy/{name}"), entity, rows: made.rows, odd, bytes: made.bytes })
    };
    FILES.iter().map(book).collect()
}

/// Digits as a Chinese input method in full-width mode leaves them.
fn full_width(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { char::from_u32(c as u32 + 0xfee0).unwrap_or(c) } else { c }).collect()
}

/// 分 as text in units of `unit` 分, exact, with thousands separators.
fn amount(fen: i64, unit: i64) -> String {
    let digits = unit.ilog10() as usize;
    let whole = (fen / unit).to_string();
    let part = format!("{:0digits$}", fen % unit);
    let part = part.trim_end_matches('0');
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if part.is_empty() { grouped } else { format!("{grouped}.{part}") }
}

/// `2025-03-05` in three ways of writing, by turns.
fn odd_date(date: &str, turn: usize) -> String {
    let parts: Vec<i64> = date.split('-').filter_map(|part| part.parse().ok()).collect();
    let [year, month, day] = parts[..] else { return date.to_owned() };
    match turn % 3 {
        0 => format!("{year}.{month}.{day}"),
        1 => format!("{year}年{month}月{day}日"),
        _ => date.to_owned(),
    }
}

fn done(rows: usize, sheets: &[Sheet]) -> io::Result<Made> {
    Ok(Made { rows, bytes: super::sheet::xlsx(sheets)? })
}
