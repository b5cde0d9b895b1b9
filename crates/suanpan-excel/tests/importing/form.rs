//! The budget form as offices keep it: three header rows, 万元, levels, totals and notes.

use crate::book::{budget, fen, run};
use crate::support::Desk;
use std::path::PathBuf;
use suanpan_excel::import::{Item, WhySkipped};
use suanpan_excel::recognise::ColumnRole;
use suanpan_model::money::MoneyUnit;
use suanpan_model::schema::Schema;
use suanpan_model::value::{RecordId, Value};

/// Title, unit line, three header rows, totals, notes.
pub fn official_form(desk: &Desk) -> PathBuf {
    use rust_xlsxwriter::{Format, Formula, Workbook as Out};
    let path = desk.path("form.xlsx");
    let mut out = Out::new();
    out.add_worksheet().set_name("封面").expect("a name").write(0, 0, "武陟县2026年部门预算").expect("written");
    let sheet = out.add_worksheet().set_name("支出总表").expect("a name");
    let plain = Format::new();
    sheet.merge_range(0, 0, 0, 9, "2026年部门支出预算总表", &plain).expect("merged");
    sheet.write(1, 0, "编制单位：武陟县财政局").expect("written").write(1, 9, "单位：万元").expect("written");
    sheet.merge_range(2, 0, 4, 0, "单位代码", &plain).expect("merged");
    sheet.merge_range(2, 1, 2, 3, "支出功能分类科目编码", &plain).expect("merged");
    for (column, level) in ["类", "款", "项"].iter().enumerate() {
        sheet.merge_range(3, column as u16 + 1, 4, column as u16 + 1, level, &plain).expect("merged");
    }
    sheet
        .merge_range(2, 4, 4, 4, "科目名称", &plain)
        .expect("merged")
        .merge_range(2, 5, 2, 7, "本年支出", &plain)
        .expect("merged");
    sheet
        .merge_range(3, 5, 4, 5, "申报数", &plain)
        .expect("merged")
        .merge_range(3, 6, 3, 7, "财政", &plain)
        .expect("merged");
    sheet.write(4, 6, "审核数").expect("written").write(4, 7, "批复数（元）").expect("written");
    sheet
        .merge_range(2, 8, 4, 8, "资金性质", &plain)
        .expect("merged")
        .merge_range(2, 9, 4, 9, "支出项目", &plain)
        .expect("merged");
    for column in 0..10u16 {
        sheet.write(5, column, f64::from(column) + 1.0).expect("written");
    }
    let rows: [(&str, &str, &str, &str, f64, &str, &str); 3] = [
        ("001001", "201", "03", "01", 12.5, "12.345678", "1,000.50"),
        ("001001", "201", "3", "2", 0.1 + 0.2, "", "（5.00）"),
        ("001002-木城街道办事处", "205", "02", "02", 7.0, "约7", "0"),
    ];
    for (at, (unit, class, section, item, applied, audited, replied)) in rows.iter().enumerate() {
        let row = 7 + at as u32;
        for (column, text) in [unit, class, section, item].iter().enumerate() {
            sheet.write(row, column as u16, **text).expect("written");
        }
        sheet.write(row, 4, "\u{3000}行政运行").expect("written").write(row, 5, *applied).expect("written");
        sheet
            .write(row, 6, *audited)
            .expect("written")
            .write(row, 7, *replied)
            .expect("written")
            .write(row, 9, "信息化建设")
            .expect("written");
    }
    sheet
        .write(6, 0, "合　计")
        .expect("written")
        .write_formula(6, 5, Formula::new("=SUM(F8:F10)").set_result("19.8"))
        .expect("written")
        .write(6, 7, 995.0)
        .expect("written");
    sheet.write(11, 0, "注：本表不含上年结转").expect("written").write(12, 0, "填表人：").expect("written");
    out.save(&path).expect("saved");
    path
}

#[test]
fn the_official_form_is_recognised_with_its_three_header_rows_units_and_levels() {
    let desk = Desk::new();
    let seen = run(&official_form(&desk), "budget_line", &mut budget());
    let layout = &seen.layout;
    assert_eq!(
        (layout.sheet_name.as_str(), layout.header_from, layout.header_to, layout.data_from),
        ("支出总表", 2, 4, 6)
    );
    assert_eq!((layout.unit, layout.unit_stated), (MoneyUnit::Wan, true));
    let found: Vec<(u32, Option<&str>)> = layout.columns.iter().map(|column| (column.column, column.field())).collect();
    let expected = [
        (0, Some("agency")),
        (1, Some("exp_func")),
        (2, Some("exp_func")),
        (3, Some("exp_func")),
        (4, None),
        (5, Some("apply_up")),
        (6, Some("fin_audit_money")),
        (7, Some("reply_amt")),
        (8, Some("fund_type")),
        (9, Some("project")),
    ];
    assert_eq!(found, expected);
    assert_eq!(layout.columns[2].role, ColumnRole::Level { field: "exp_func".into(), level: 1 });
    assert_eq!(layout.columns[7].unit, Some(MoneyUnit::Yuan));
    assert_eq!(layout.columns[6].header, "本年支出/财政/审核数");
}

#[test]
fn amounts_of_the_form_are_exact_and_its_totals_verified() {
    let (desk, schema) = (Desk::new(), Schema::builtin());
    let seen = run(&official_form(&desk), "budget_line", &mut budget());
    let amount = |row, field| fen(seen.value(&schema, "budget_line", row, field));
    assert_eq!((amount(0, "apply_up"), amount(0, "reply_amt")), (12_500_000, 100_050));
    assert_eq!((amount(1, "apply_up"), amount(1, "reply_amt")), (300_000, -500));
    assert_eq!(seen.value(&schema, "budget_line", 1, "exp_func"), &Value::text("2010302"));
    assert_eq!(seen.value(&schema, "budget_line", 0, "agency"), &Value::Ref(RecordId::from_u128(1)));
    assert_eq!(amount(0, "fin_audit_money"), 12_345_678, "12.345678 万元 is 123,456.78 元: whole 分");
    assert!(seen.messages(2).iter().any(|message| message.contains("约7")));
    let Some(Item::Total(total)) = seen.items.iter().find(|item| matches!(item, Item::Total(_))) else {
        panic!("no total")
    };
    assert_eq!((total.sheet_row, total.findings.len()), (7, 1), "19.8 agrees, 995 does not");
    assert!(
        total.findings[0].message.contains("9,950,000.00") || total.findings[0].message.contains("995.00"),
        "{}",
        total.findings[0].message
    );
    let skipped: Vec<_> = seen
        .items
        .iter()
        .filter_map(
            |item| if let Item::Skipped(skipped) = item { Some((skipped.sheet_row, skipped.why)) } else { None },
        )
        .collect();
    assert_eq!(skipped, [(12, WhySkipped::Note), (13, WhySkipped::Note)]);
}
