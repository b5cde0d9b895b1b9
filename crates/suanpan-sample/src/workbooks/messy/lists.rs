//! Messy xlsx files of what belongs to a project or a unit: estimates, indicators, income, and the
//! workbook whose rows are wrong.

use super::{Made, amount, done, forms::joined};
use crate::workbooks::{
    sheet::{Cell, Sheet, text},
    view::{County, TOWN},
};
use std::io;
use suanpan_model::Record;

const QIAN: i64 = 100_000;

const DETAIL_HEADER: &[&str] = &[
    "项目编码",
    "序号",
    "支出内容",
    "部门经济科目",
    "政府经济科目",
    "资金性质",
    "单价",
    "数量",
    "单位",
    "测算金额",
    "备注",
];

fn detail_row(county: &County, record: &Record, turn: usize) -> Vec<Cell> {
    const E: &str = "project_detail";
    vec![
        text(county.code(E, record, "project")),
        text(county.code(E, record, "line_no")),
        text(county.code(E, record, "sub_item")),
        joined(county.pair(E, record, "dep_eco"), turn),
        text(county.code(E, record, "gov_eco")),
        text(county.name(E, record, "fund_type")),
        text(amount(county.fen(E, record, "unit_price"), QIAN)),
        text(county.code(E, record, "quantity")),
        text(county.code(E, record, "unit")),
        text(amount(county.fen(E, record, "amount"), QIAN)),
        Cell::Blank,
    ]
}

fn detail_table() -> Sheet {
    let mut sheet = Sheet::new("支出测算");
    sheet.banner("项目支出测算明细表", 11);
    sheet.push(vec![text("填报单位：詹店镇"), Cell::Blank, Cell::Blank, text("单位：千元")]);
    sheet.header(&[DETAIL_HEADER]);
    sheet
}

pub fn details(county: &County) -> io::Result<Made> {
    let records = county.records("project_detail", Some(TOWN));
    let mut sheet = detail_table();
    sheet.push((1..=11).map(|column| Cell::Number(f64::from(column))).collect());
    let first = sheet.rows.len() + 1;
    for (turn, record) in records.iter().enumerate() {
        sheet.push(detail_row(county, record, turn));
    }
    let sum: i64 = records.iter().map(|record| county.fen("project_detail", record, "amount")).sum();
    let mut total = vec![text("合计")];
    total.resize(9, Cell::Blank);
    let cached = format!("{}", sum as f64 / QIAN as f64);
    total.push(Cell::Formula(format!("=SUM(J{first}:J{})", first + records.len() - 1), cached));
    sheet.push(total);
    sheet.push(vec![text("填表人：王志强　　　　　　审核人：李秀英")]);
    done(records.len(), &[sheet])
}

pub fn indicators(county: &County) -> io::Result<Made> {
    const E: &str = "performance_indicator";
    let records = county.records(E, Some(TOWN));
    let mut sheet = Sheet::new("绩效指标");
    sheet.banner("项目支出绩效指标汇总表（2026年度）", 10);
    sheet.header(&[&[
        "项目编码",
        "一级指标",
        "二级指标",
        "三级指标",
        "指标说明",
        "评分标准",
        "计算符号",
        "目标值",
        "度量单位",
        "分值",
    ]]);
    let first = sheet.rows.len();
    for record in &records {
        let name = |field: &str| text(county.name(E, record, field));
        sheet.push(vec![
            text(county.code(E, record, "project")),
            name("kpi_lv1"),
            name("kpi_lv2"),
            name("kpi_lv3"),
            name("kpi_content"),
            name("kpi_evalstd"),
            name("computesign"),
            name("kpi_val"),
            name("meterunit"),
            text(county.code(E, record, "weight")),
        ]);
    }
    merge_down(&mut sheet, first, 0, &[0]);
    merge_down(&mut sheet, first, 1, &[0, 1]);
    done(records.len(), &[sheet])
}

/// Merges neighbouring rows of `column` that agree in `columns`, leaving the text in the first.
fn merge_down(sheet: &mut Sheet, first: usize, column: usize, columns: &[usize]) {
    let words: Vec<Vec<String>> = sheet.rows[first..]
        .iter()
        .map(|row| {
            let word = |at: &usize| if let Cell::Text(word) = &row[*at] { word.clone() } else { String::new() };
            columns.iter().map(word).collect()
        })
        .collect();
    // Where an earlier pass has blanked the project, the rows still belong to the one above.
    let mut from = 0;
    for at in 1..=words.len() {
        let same = at < words.len()
            && words[at].last() == words[from].last()
            && words[at][..columns.len() - 1].iter().all(String::is_empty);
        let same = same || (columns.len() == 1 && at < words.len() && words[at] == words[from]);
        if same {
            continue;
        }
        if at - from > 1 {
            sheet.merges.push(((first + from) as u32, column as u16, (first + at - 1) as u32, column as u16));
            for row in &mut sheet.rows[first + from + 1..first + at] {
                row[column] = Cell::Blank;
            }
        }
        from = at;
    }
}

pub fn incomes(county: &County) -> io::Result<Made> {
    const E: &str = "income_line";
    let records = county.records(E, Some(TOWN));
    let mut sheet = Sheet::new("收入预算");
    sheet.banner("2026年部门收入预算表", 9);
    sheet.push(vec![text("单位：元")]);
    sheet.header(&[&[
        "预算单位",
        "收入类别",
        "收入科目",
        "资金性质",
        "编制阶段",
        "收费项目",
        "上年决算数",
        "申报数",
        "预算数",
    ]]);
    let first = sheet.rows.len() + 2;
    let sum = |field: &str| records.iter().map(|record| county.fen(E, record, field)).sum::<i64>();
    let mut total = vec![text("合计")];
    total.resize(6, Cell::Blank);
    for (letter, field) in [('G', "last_year_amt"), ('H', "apply_up"), ('I', "amt")] {
        let formula = format!("=SUM({letter}{first}:{letter}{})", first + records.len() - 1);
        total.push(Cell::Formula(formula, plain(sum(field))));
    }
    sheet.push(total);
    for record in &records {
        let (half, rest) = (county.fen(E, record, "amt") / 200 * 100, county.fen(E, record, "amt"));
        let formula = format!("={}+{}", plain(half), plain(rest - half));
        sheet.push(vec![
            text(county.code(E, record, "agency")),
            text(county.name(E, record, "inc_type")),
            text(county.code(E, record, "income_sort")),
            text(county.code(E, record, "fund_type")),
            text(county.name(E, record, "stage")),
            text(county.code(E, record, "charge_item")),
            Cell::Number(county.fen(E, record, "last_year_amt") as f64 / 100.0),
            Cell::Number(county.fen(E, record, "apply_up") as f64 / 100.0),
            Cell::Formula(formula, plain(rest)),
        ]);
    }
    done(records.len(), &[sheet])
}

/// 分 as 元 without separators.
fn plain(fen: i64) -> String {
    amount(fen, 100).replace(',', "")
}

pub fn scripts(_: &County) -> io::Result<Made> {
    const ROWS: &[(&str, &str, &str)] = &[
        ("921001", "㮾树岭䶮文化服务中心", "𠅤𡐓𣗋"),
        ("921002", "示范区藏文翻译中心 བོད་ཡིག་ལྟེ་གནས།", "བསྟན་འཛིན"),
        ("921003", "垚鑫焱淼森示范站", "亓喆堃"),
    ];
    let mut sheet = Sheet::new("单位");
    sheet.header(&[&[
        "单位编码",
        "单位名称",
        "负责人",
        "级次",
        "主管部门",
        "统一社会信用代码",
        "单位类型",
        "经费供给方式",
        "归口科室",
        "启用时间",
    ]]);
    for (at, (code, name, head)) in ROWS.iter().enumerate() {
        let first = format!("12410823MA990000{at}");
        let last = suanpan_model::code::social_credit_check_char(&first).expect("digits and letters of the standard");
        sheet.push(vec![
            text(*code),
            text(*name),
            text(*head),
            text("1"),
            text(*code),
            text(format!("{first}{last}")),
            text("31"),
            text("全额保障"),
            text("007"),
            text("2026.1.1"),
        ]);
    }
    done(ROWS.len(), &[sheet])
}

/// Column and what is wrong in it.
const MISTAKES: &[(usize, &str)] = &[
    (3, "30288"),
    (3, "三零二"),
    (4, "50999x"),
    (9, "－12.5.6"),
    (9, "约5千"),
    (6, "#VALUE!"),
    (0, ""),
    (0, "410823260000000000000"),
    (1, "一"),
];

pub fn wrong(county: &County) -> io::Result<Made> {
    let records = county.records("project_detail", Some(TOWN));
    let mut sheet = detail_table();
    let mut rows = 0;
    for (turn, record) in records.iter().take(MISTAKES.len() * 2).enumerate() {
        let mut cells = detail_row(county, record, turn);
        if let (0, Some((column, word))) = (turn % 2, MISTAKES.get(turn / 2)) {
            cells[*column] = text(*word);
        }
        sheet.push(cells);
        rows += 1;
    }
    let repeated = sheet.rows[4].clone();
    sheet.push(repeated);
    done(rows + 1, &[sheet])
}
