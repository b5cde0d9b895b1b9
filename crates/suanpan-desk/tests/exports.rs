//! Exported sheets: what stands under the table.

mod support;

use serde_json::{Value as Json, json};
use suanpan_store::sync::Enrolled;
use suanpan_sync::scope::{DeviceId, Scope};
use support::Office;

/// A book that is enrolled, so that the province must confirm what is done in it.
fn enrolled() -> Office {
    let office = Office::new();
    let enrolled = Enrolled {
        device: DeviceId(7),
        secret: [1; 32],
        name: "财政所一号机".into(),
        server: "https://127.0.0.1:1".into(),
        province: vec![0; 64],
        scopes: vec![Scope::of("410823000").expect("a division")],
    };
    office.desk.book().expect("open").enrol(&enrolled, 1_790_000_000_000).expect("enrolled");
    office
}

impl Office {
    fn line(&self, apply_link: &str) -> String {
        let fields = json!({"pro_kind": "1", "exp_func": "2010801", "stage": "1", "apply_up": 12_000_000,
            "apply_link": apply_link});
        self.add("budget_line", fields)
    }

    /// The notes under an exported sheet of the budget.
    fn notes(&self, how: &Json) -> Vec<String> {
        let path = self.path("out.xlsx");
        let mut request = json!({"query": {"entity": "budget_line", "fiscal_year": 2026}, "path": path});
        for (key, value) in how.as_object().expect("an object") {
            request[key] = value.clone();
        }
        self.job("export", request);
        let file = std::fs::File::open(path).expect("exported");
        let mut package = suanpan_excel::guard::Package::open(file).expect("a workbook");
        let bytes = package.small_part("xl/worksheets/sheet1.xml", 64 << 20).expect("a good zip").expect("a sheet");
        let sheet = String::from_utf8(bytes).expect("XML is UTF-8");
        let texts = sheet.split("<t>").skip(1).filter_map(|rest| rest.split("</t>").next());
        texts.filter(|text| text.starts_with("注：")).map(str::to_owned).collect()
    }
}

#[test]
fn a_sheet_with_steps_that_the_province_has_not_confirmed_says_how_many_and_of_what() {
    let office = enrolled();
    office.line("1");
    assert_eq!(office.notes(&json!({})), [""; 0], "what a new line has is no step");
    office.line("2");
    // More than are looked up together.
    for _ in 0..300 {
        office.line("2");
    }
    let said = ["注：含 301 项尚未经上级确认的流程步骤（申报环节），以上级确认为准"];
    assert_eq!(office.notes(&json!({})), said);
    assert_eq!(office.notes(&json!({"unit": "wan", "balanced": true})), said, "read twice, counted once");
    assert_eq!(office.notes(&json!({"columns": ["exp_func", "apply_up"]})), [""; 0], "it shows no step");
    assert_eq!(office.notes(&json!({"template": true})), [""; 0], "it shows no record");
}

#[test]
fn a_book_that_works_alone_confirms_its_own_steps() {
    let office = Office::new();
    office.line("2");
    assert_eq!(office.notes(&json!({})), [""; 0]);
}

#[test]
fn the_note_is_no_row_when_the_sheet_comes_back() {
    let office = enrolled();
    office.line("2");
    let path = office.path("back.xlsx");
    office.job("export", json!({"query": {"entity": "budget_line", "fiscal_year": 2026}, "path": path}));
    let import = office.job("import_read", json!({"path": path}))["import"].clone();
    let layout = office.call("import_recognise", json!({"import": import, "entity": "budget_line"}))["layout"].clone();
    let request = json!({"import": import, "entity": "budget_line", "layout": layout, "fiscal_year": 2026});
    let summary = office.job("import_preview", request)["summary"].clone();
    let counts = ["same", "new", "changed", "errors", "wrong_totals"].map(|name| summary[name].clone());
    assert_eq!(counts, [1, 0, 0, 0, 0].map(|count| json!(count)));
}
