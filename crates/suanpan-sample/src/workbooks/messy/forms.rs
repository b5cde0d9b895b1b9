//! Messy xlsx files: units, budget lines, projects.

use super::{Made, amount, done, full_width, odd_date};
use crate::workbooks::{
    sheet::{Cell, Sheet, text},
    view::{County, TOWN},
};
use std::io;
use suanpan_model::Record;

const WAN: i64 = 1_000_000;

/// `2010301-行政运行` and `2010301 行政运行` by turns.
pub fn joined((code, name): (String, String), turn: usize) -> Cell {
    match turn % 2 {
        0 => text(format!("{code}-{name}")),
        _ => text(format!("{code} {name} ")),
    }
}

pub fn units(county: &County) -> io::Result<Made> {
    let mut sheet = Sheet::new("单位信息");
    sheet.push(vec![text("附件1")]);
    sheet.banner("武陟县2026年预算单位基本信息表", 15);
    sheet.banner("编制单位：武陟县财政局　　　　　　编制日期：2026年1月15日", 15);
    sheet.header(&[
        &["序号", "单位", "<", "<", "<", "管理", "<", "<", "<", "<", "乡镇", "<", "状态", "<", "内部备注"],
        &["^", "标识", "<", "上级", "<", "登记", "分类", "<", "<", "<", "^", "<", "^", "<", "^"],
        &[
            "^",
            "单位代码",
            "单位名称",
            "上级单位",
            "主管部门",
            "统一社会信用代码",
            "单位类型",
            "经费供给方式",
            "归口科室",
            "级次",
            "是否乡镇",
            "所属乡镇",
            "启用日期",
            "是否编制部门预算",
            "^",
        ],
    ]);
    sheet.hidden_columns.push(14);
    let records = county.records("agency", None);
    for (turn, record) in records.iter().enumerate() {
        let code = |field: &str| county.code("agency", record, field);
        let name = |field: &str| text(county.name("agency", record, field));
        let child = !code("parent").is_empty();
        if turn > 0 && !child && turn % 5 == 0 {
            sheet.push(Vec::new());
        }
        let number = code("agency_code");
        let indent = if child { "　　" } else { "" };
        sheet.push(vec![
            Cell::Number(turn as f64 + 1.0),
            text(if turn % 7 == 3 { full_width(&number) } else { number }),
            text(format!("{indent}{}", code("agency_name"))),
            text(code("parent")),
            text(code("dept")),
            text(code("unifsoc_cred_code")),
            name("agency_type"),
            name("fund_guar"),
            name("mof_dep"),
            text(code("level_no")),
            text(code("istown")),
            if code("town").is_empty() { Cell::Blank } else { joined(county.pair("agency", record, "town"), turn) },
            text(odd_date(&code("start_date"), turn)),
            text(code("is_pre_dep_bgt")),
            text("核对"),
        ]);
    }
    done(records.len(), &[sheet])
}

pub fn lines(county: &County) -> io::Result<Made> {
    const E: &str = "budget_line";
    let mut sheet = Sheet::new("支出预算");
    sheet.banner("2026年部门预算支出明细表", 14);
    sheet.push(vec![
        text("编制单位：詹店镇人民政府"),
        Cell::Blank,
        Cell::Blank,
        Cell::Blank,
        Cell::Blank,
        Cell::Blank,
        Cell::Blank,
        Cell::Blank,
        Cell::Blank,
        Cell::Blank,
        Cell::Blank,
        Cell::Blank,
        Cell::Blank,
        text("单位：万元"),
    ]);
    sheet.header(&[
        &[
            "预算单位",
            "支出项目",
            "项目类别",
            "支出功能分类科目",
            "<",
            "<",
            "<",
            "经济分类",
            "<",
            "资金性质",
            "编制阶段",
            "预算金额",
            "<",
            "<",
        ],
        &[
            "^",
            "^",
            "^",
            "科目编码",
            "<",
            "<",
            "科目名称",
            "政府预算经济科目",
            "部门经济科目",
            "^",
            "^",
            "申报数",
            "审核数",
            "批复数",
        ],
        &["^", "^", "^", "类", "款", "项", "^", "^", "^", "^", "^", "^", "^", "^"],
    ]);
    let records = county.records(E, Some(TOWN));
    let mut sums = Sums::default();
    let mut unit = String::new();
    for (turn, record) in records.iter().enumerate() {
        let owner = county.code(E, record, "agency");
        if !unit.is_empty() && owner != unit {
            sums.sub(&mut sheet);
        }
        unit.clone_from(&owner);
        let func = county.code(E, record, "exp_func");
        let figures = ["apply_up", "fin_audit_money", "reply_amt"].map(|field| county.fen(E, record, field));
        sums.add(figures);
        let mut cells = vec![
            text(format!("{owner}{}", county.name(E, record, "agency"))),
            text(county.code(E, record, "project")),
            text(county.name(E, record, "pro_kind")),
            text(&func[..3]),
            text(&func[3..5]),
            text(&func[5..]),
            text(county.name(E, record, "exp_func")),
            text(county.code(E, record, "gov_eco")),
            joined(county.pair(E, record, "dep_eco"), turn),
            text(county.name(E, record, "fund_type")),
            text(county.name(E, record, "stage")),
        ];
        let figure = |fen: &i64| match turn % 5 {
            0 => Cell::Number(*fen as f64 / WAN as f64),
            1 => text(full_width(&amount(*fen, WAN))),
            _ => text(amount(*fen, WAN)),
        };
        cells.extend(figures.iter().map(figure));
        sheet.push(cells);
    }
    sums.sub(&mut sheet);
    sums.total(&mut sheet);
    sheet.push(vec![text("注：本表金额单位为万元，保留原始小数。")]);
    done(records.len(), &[sheet])
}

/// 小计 of a unit and 合计 of all, 分.
#[derive(Default)]
struct Sums {
    unit: [i64; 3],
    all: [i64; 3],
}

impl Sums {
    fn add(&mut self, figures: [i64; 3]) {
        for (at, fen) in figures.into_iter().enumerate() {
            self.unit[at] += fen;
            self.all[at] += fen;
        }
    }

    fn sub(&mut self, sheet: &mut Sheet) {
        Self::row(sheet, "小计", self.unit);
        self.unit = [0; 3];
    }

    fn total(&self, sheet: &mut Sheet) {
        Self::row(sheet, "合　计", self.all);
    }

    fn row(sheet: &mut Sheet, label: &str, sums: [i64; 3]) {
        let mut cells = vec![text(label)];
        cells.resize(11, Cell::Blank);
        cells.extend(sums.map(|fen| text(amount(fen, WAN))));
        sheet.push(cells);
    }
}

fn project_table(county: &County, records: &[&Record]) -> Sheet {
    const E: &str = "project";
    let mut sheet = Sheet::new("项目申报");
    sheet.banner("2026年预算项目申报汇总表", 20);
    sheet.header(&[&[
        "项目编码",
        "项目名称",
        "支出项目类别",
        "申报单位",
        "主管部门",
        "资金管理处室",
        "业务主管处室",
        "功能分类",
        "立项年度",
        "开始年度",
        "期限(年)",
        "结束年度",
        "总投资(元)",
        "社会投入",
        "项目概况",
        "政策依据",
        "“三保”标识",
        "项目负责人",
        "联系电话",
        "是否绩效",
    ]]);
    for (turn, record) in records.iter().enumerate() {
        let code = |field: &str| text(county.code(E, record, field));
        let year = |field: &str| text(format!("{}年", county.code(E, record, field)));
        sheet.push(vec![
            text(format!("{} ", county.code(E, record, "pro_code"))),
            text(format!("{}　", county.code(E, record, "pro_name"))),
            text(county.name(E, record, "pro_cat")),
            joined(county.pair(E, record, "agency"), turn),
            code("dept"),
            text(county.name(E, record, "bgt_mof_dep")),
            text(county.name(E, record, "manage_mof_dep")),
            joined(county.pair(E, record, "exp_func"), turn + 1),
            year("setup_year"),
            year("pro_start_year"),
            code("pro_term"),
            year("end_year"),
            text(format!("{}元", amount(county.fen(E, record, "pro_total_amt"), 100))),
            text(amount(county.fen(E, record, "scoi_invest_fund"), 100)),
            code("pro_desc"),
            code("pro_bases"),
            text(county.name(E, record, "threesafe")),
            code("pro_operator"),
            code("pro_operator_tel"),
            code("is_perform"),
        ]);
    }
    sheet
}

pub fn projects(county: &County) -> io::Result<Made> {
    let mut guide = Sheet::new("填报说明");
    guide.banner("填报说明", 6);
    guide.push(vec![text("一、请各单位于1月20日前报送。")]);
    guide.push(vec![text("二、金额以元为单位，保留两位小数。")]);
    let records = county.records("project", Some(TOWN));
    let mut sheet = project_table(county, &records);
    sheet.hidden_rows.push(5);
    done(records.len(), &[guide, sheet])
}

pub fn renamed(county: &County) -> io::Result<Made> {
    let records = county.records("project", Some("410823102"));
    let records = &records[..records.len().min(30)];
    done(records.len(), &[project_table(county, records)])
}
