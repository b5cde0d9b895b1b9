//! Rows in error as a workbook to correct and import again.

use crate::book::{Seen, budget, def, run};
use crate::form::official_form;
use crate::support::{self, Desk, FORMULA_STARTS, RawBook, read};
use std::collections::BTreeMap;
use suanpan_excel::cell::Cell;
use suanpan_excel::error_book;
use suanpan_excel::import::{self, Action, IssueCode};
use suanpan_excel::marks::ERROR_HEADER;
use suanpan_excel::recognise;
use suanpan_model::money::MoneyUnit;
use suanpan_model::schema::Schema;

#[test]
fn rows_in_error_come_back_as_a_workbook_that_imports_once_corrected() {
    let desk = Desk::new();
    let form = official_form(&desk);
    let source = read(&form).expect("readable");
    let seen = run(&form, "budget_line", &mut budget());
    let errors: BTreeMap<u32, Vec<import::CellIssue>> = seen
        .rows()
        .iter()
        .filter_map(
            |row| if let Action::Error(issues) = &row.action { Some((row.sheet_row, issues.clone())) } else { None },
        )
        .collect();
    assert!(!errors.is_empty());
    let out = desk.path("errors.xlsx");
    assert_eq!(error_book::write(&out, &source, &seen.layout, &errors).expect("written"), errors.len());
    let back = run(&out, "budget_line", &mut budget());
    assert_eq!(back.layout.columns.last().expect("columns").header, ERROR_HEADER);
    assert_eq!((back.layout.unit, back.layout.header_to), (MoneyUnit::Wan, 4));
    let fields = |seen: &Seen| {
        seen.layout.columns.iter().filter_map(|column| column.field().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(fields(&back), fields(&seen));
    let wrong: Vec<_> = seen.rows().into_iter().filter(|row| matches!(row.action, Action::Error(_))).collect();
    assert_eq!(back.rows().len(), wrong.len());
    for (mine, theirs) in back.rows().iter().zip(wrong) {
        assert_eq!(mine.values, theirs.values, "what could be read reads the same again");
        let (Action::Error(mine), Action::Error(theirs)) = (&mine.action, &theirs.action) else {
            panic!("both are in error")
        };
        assert_eq!(mine, theirs);
    }
    let said = support::shown(&read(&out).expect("readable"), 0);
    assert!(
        said.iter().any(|row| row.last().is_some_and(|last| last.contains("约7"))),
        "the reason stands in the last column"
    );
}

#[test]
fn no_text_of_an_error_workbook_is_a_formula_and_its_numbers_stay_numbers() {
    let desk = Desk::new();
    let path = desk.path("hostile.xlsx");
    let mut made = rust_xlsxwriter::Workbook::new();
    let sheet = made.add_worksheet();
    for (column, header) in ["单位代码", "单位名称", "联系电话"].iter().enumerate() {
        sheet.write_string(0, column as u16, *header).expect("a header");
    }
    for (row, start) in (1..).zip(FORMULA_STARTS) {
        sheet.write_string(row, 0, format!("{row:03}")).expect("a code");
        sheet.write_string(row, 1, start).expect("a text");
        sheet.write_number(row, 2, -1.0 - f64::from(row)).expect("a number");
    }
    made.save(&path).expect("saved");
    let source = read(&path).expect("readable");
    let layout = recognise::best(&source, &def("agency"), &Schema::builtin().codes).expect("a table");
    let wrong = |column| import::CellIssue {
        column: Some(column),
        field: "name".into(),
        code: IssueCode::Unreadable,
        message: "=1+1 也只是文字".into(),
        text: String::new(),
    };
    // Every second text is the wrong cell itself, the others stand beside one.
    let errors = (2..).zip(FORMULA_STARTS).map(|(row, _)| (row, vec![wrong(row % 2)])).collect();
    let out = desk.path("errors.xlsx");
    error_book::write(&out, &source, &layout, &errors).expect("written");
    let back = read(&out).expect("readable");
    for (row, start) in (1..).zip(FORMULA_STARTS) {
        let cells = support::cells(&back, 0, row);
        assert_eq!(cells[1], Cell::Text(start.into()), "{start:?}");
        assert_eq!(cells[2], Cell::Number(-1.0 - f64::from(row)), "{start:?}");
    }
    let parts = RawBook::unzip(&std::fs::read(&out).expect("written")).parts;
    let part = |name: &str| parts.iter().find(|(found, _)| found == name).map(|(_, bytes)| bytes.as_slice());
    let sheet = part("xl/worksheets/sheet1.xml").expect("a sheet");
    assert!(memchr::memmem::find(sheet, b"<f>").is_none() && memchr::memmem::find(sheet, b"<hyperlink").is_none());
    let styles = part("xl/styles.xml").expect("styles");
    assert!(memchr::memmem::find(styles, b"quotePrefix=\"1\"").is_some(), "pressing Enter in the cell changes nothing");
}
