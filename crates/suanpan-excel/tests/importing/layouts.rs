//! What is known of a table: hidden rows, a layout that was confirmed before, columns that are missing.

use crate::book::{Book, csv, def, run, run_with};
use crate::support::{Desk, read};
use suanpan_excel::import::{self, Job, preview};
use suanpan_excel::recognise::{self, ColumnRole, HiddenRows, Layout};
use suanpan_model::schema::Schema;

#[test]
fn hidden_rows_are_counted_and_left_out_when_asked() {
    use rust_xlsxwriter::Workbook as Out;
    let desk = Desk::new();
    let path = desk.path("hidden.xlsx");
    let mut out = Out::new();
    let sheet = out.add_worksheet();
    for (row, texts) in [["单位代码", "单位名称"], ["001", "甲"], ["002", "乙"], ["003", "丙"]].iter().enumerate()
    {
        sheet.write_row(row as u32, 0, *texts).expect("written");
    }
    sheet.set_row_hidden(2).expect("hidden");
    out.save(&path).expect("saved");
    let mut seen = run(&path, "agency", &mut Book::for_entity(&def("agency")));
    assert_eq!((seen.summary.new, seen.summary.hidden), (3, 1));
    seen.layout.hidden_rows = HiddenRows::Leave;
    let seen = run_with(&read(&path).expect("readable"), seen.layout, "agency", &mut Book::for_entity(&def("agency")));
    assert_eq!((seen.summary.new, seen.summary.skipped), (2, 1));
}

#[test]
fn a_confirmed_layout_is_remembered_for_the_same_header_only() {
    let desk = Desk::new();
    let schema = Schema::builtin();
    let agency = def("agency");
    let layout = |text: &str| {
        recognise::best(&read(&csv(&desk, text)).expect("readable"), &agency, &schema.codes).expect("a table")
    };
    let mut confirmed = layout("单位代码,单位名称,神秘列\n001,甲,x\n");
    confirmed.columns[2].role = ColumnRole::Field { field: "tel".into() };
    let mut again = layout("表题\n单位代码,单位名称,神秘列\n002,乙,y\n");
    assert_eq!(again.fingerprint, confirmed.fingerprint);
    again.remember(&confirmed);
    assert_eq!((again.columns[2].field(), again.header_from), (Some("tel"), 1));
    let mut other = layout("单位代码,单位名称,别的列\n");
    other.remember(&confirmed);
    assert_eq!(other.columns[2].field(), None);
    let json = serde_json::to_string(&again).expect("plain data");
    assert_eq!(serde_json::from_str::<Layout>(&json).expect("reads back"), again);
}

#[test]
fn a_table_without_its_key_is_refused_by_the_names_of_the_missing_columns() {
    let desk = Desk::new();
    let schema = Schema::builtin();
    let agency = def("agency");
    let book = read(&csv(&desk, "单位名称,联系电话,邮政编码\n甲,1,2\n")).expect("readable");
    let layout = recognise::best(&book, &agency, &schema.codes).expect("a table");
    let job = Job { def: &agency, layout: &layout, codes: &schema.codes, year: 2026, given: &[] };
    let error = preview(&book, &job, &mut Book::for_entity(&agency), &mut |_| true).expect_err("no key");
    assert!(
        matches!(error, import::PreviewError::NoKeyColumn { .. }) && error.to_string().contains("单位代码"),
        "{error}"
    );
}
