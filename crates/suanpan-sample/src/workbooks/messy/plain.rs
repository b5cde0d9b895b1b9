//! Messy files that are no xlsx: an HTML table called xls, CSV in the encodings of old systems.

use super::{Made, amount, full_width, odd_date};
use crate::workbooks::{
    sheet::{Cell, Sheet, csv, html, text},
    view::{County, TOWN},
};
use std::io;

pub fn ledger(county: &County) -> io::Result<Made> {
    const E: &str = "allotment";
    let records = county.records(E, Some(TOWN));
    let mut sheet = Sheet::new("指标台账");
    sheet.banner("指标明细台账", 19);
    sheet.header(&[&[
        "指标明细号",
        "指标文号",
        "发文日期",
        "摘要",
        "预算单位",
        "支出项目",
        "功能科目",
        "政府预算经济科目",
        "部门经济",
        "资金性质",
        "指标来源",
        "业务主管处室",
        "资金管理处室",
        "可执行标志",
        "指标金额",
        "已申请支付",
        "三公经费",
        "三保",
        "直达标识",
    ]]);
    for (turn, record) in records.iter().enumerate() {
        let code = |field: &str| text(county.code(E, record, field));
        let name = |field: &str| text(county.name(E, record, field));
        sheet.push(vec![
            code("bgt_no"),
            code("cor_bgt_doc_no"),
            text(odd_date(&county.code(E, record, "doc_date"), turn)),
            code("bgt_dec"),
            code("agency"),
            code("project"),
            text(format!("{}-{}", county.code(E, record, "exp_func"), county.name(E, record, "exp_func"))),
            code("gov_eco"),
            code("dep_eco"),
            name("fund_type"),
            name("source_type"),
            name("manage_mof_dep"),
            name("bgt_mof_dep"),
            name("bgt_exe_flag"),
            text(format!("￥{}", amount(county.fen(E, record, "amount"), 100))),
            text(amount(county.fen(E, record, "pay_app_amt"), 100)),
            name("thr_exp"),
            name("threesafe"),
            code("is_dir"),
        ]);
    }
    Ok(Made { rows: records.len(), bytes: html(&sheet) })
}

pub fn accounts(county: &County) -> io::Result<Made> {
    const E: &str = "bank_account";
    let records = county.records(E, None);
    let mut sheet = Sheet::new("账户");
    sheet.header(&[&["开户单位", "银行账号", "户名", "开户行", "行号", "账户性质", "开户时间", "有效"]]);
    for (turn, record) in records.iter().enumerate() {
        let code = |field: &str| text(county.code(E, record, field));
        sheet.push(vec![
            code("agency"),
            text(format!("'{}", county.code(E, record, "acct_no"))),
            code("acct_name"),
            code("bank_name"),
            code("bank_code"),
            text(county.name(E, record, "acc_type")),
            text(odd_date(&county.code(E, record, "open_date"), turn)),
            code("is_valid"),
        ]);
    }
    let bytes = encoding_rs::GBK.encode(&csv(&sheet)).0.into_owned();
    Ok(Made { rows: records.len(), bytes })
}

pub fn staff(county: &County) -> io::Result<Made> {
    const E: &str = "agency_staff";
    const FIELDS: [&str; 7] = [
        "admin_staf_num",
        "inst_staf_num",
        "worker_staf_num",
        "actu_staf_num",
        "actunow_staf_num",
        "retired_num",
        "car_staf_num",
    ];
    let records = county.records(E, None);
    let mut sheet = Sheet::new("编制");
    sheet.push(vec![text("2026年机构编制人数统计表")]);
    sheet.header(&[&["单位代码", "行政编制", "事业编制", "工勤编制", "实有人数", "在编人数", "退休人员", "车辆编制"]]);
    for (turn, record) in records.iter().enumerate() {
        let number = |field: &str| {
            let number = county.code(E, record, field);
            text(if turn % 4 == 1 { full_width(&number) } else { number })
        };
        let mut cells: Vec<Cell> = vec![text(county.code(E, record, "agency"))];
        cells.extend(FIELDS.map(number));
        sheet.push(cells);
    }
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(csv(&sheet).encode_utf16().flat_map(u16::to_le_bytes));
    Ok(Made { rows: records.len(), bytes })
}
