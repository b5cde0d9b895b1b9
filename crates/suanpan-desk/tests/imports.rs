//! Workbooks through the desk: four steps in, nothing written before the last, out and in again.

mod support;

use serde_json::{Value as Json, json};
use suanpan_desk::CallErrorCode;
use support::Office;

const AGENCIES: &str = "单位代码,单位名称,单位类型,联系电话\n\
    101001,武陟县人民政府办公室,行政单位,0391-7291234\n\
    101002,武陟县财政局,1-行政单位,0391-7292345\n\
    101003,武陟县审计局,国际组织,0391-7293456\n";

struct Arrived {
    import: Json,
    summary: Json,
}

impl Office {
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, text).expect("writable");
        path.display().to_string()
    }

    /// Reads, recognises and previews.
    fn arrive(&self, path: &str, entity: &str) -> Arrived {
        let file = self.job("import_read", json!({"path": path}));
        let import = file["import"].clone();
        let layout = self.call("import_recognise", json!({"import": import, "entity": entity}))["layout"].clone();
        let request = json!({"import": import, "entity": entity, "layout": layout, "fiscal_year": 2026});
        let summary = self.job("import_preview", request)["summary"].clone();
        Arrived { import, summary }
    }

    fn export(&self, name: &str, more: Json) -> Json {
        let mut request = json!({"path": self.path(name)});
        for (key, value) in more.as_object().expect("an object") {
            request[key] = value.clone();
        }
        self.job("export", request)
    }

    fn count(&self, entity: &str) -> Json {
        self.call("rows_open", json!({"entity": entity, "fiscal_year": 2026}))["total"].clone()
    }
}

#[test]
fn nothing_is_written_before_commit_and_the_whole_import_is_taken_back_as_one() {
    let office = Office::new();
    let arrived = office.arrive(&office.file("单位.csv", AGENCIES), "agency");
    assert_eq!((&arrived.summary["new"], &arrived.summary["errors"]), (&json!(2), &json!(1)));
    assert_eq!(office.count("agency"), 0);

    let stopped = office.try_job("import_commit", json!({"import": arrived.import})).expect_err("a row is in error");
    assert_eq!(stopped.code, CallErrorCode::Refused);
    assert!(stopped.message.contains("1 行错误"), "{stopped}");

    let done = office.job("import_commit", json!({"import": arrived.import, "skip_errors": true}));
    assert_eq!((&done["new"], &done["errors"]), (&json!(2), &json!(1)));
    assert!(done["mandatory"].as_u64().expect("a count") > 0, "drafts may be imported with findings: {done}");
    assert_eq!(office.count("agency"), 2);
    assert_eq!(office.call("book_state", json!({}))["undo"], "导入 单位.csv");
    office.call("undo", json!({}));
    assert_eq!(office.count("agency"), 0);
}

#[test]
fn rows_in_error_say_what_is_wrong_and_come_back_as_a_workbook_that_imports_once_corrected() {
    let office = Office::new();
    let arrived = office.arrive(&office.file("单位.csv", AGENCIES), "agency");
    let page = json!({"import": arrived.import, "action": "error", "offset": 0, "limit": 10});
    let rows = office.call("import_rows", page);
    assert_eq!(rows["rows"][0]["sheet_row"], 4);
    let message = rows["rows"][0]["issues"][0]["message"].as_str().expect("a message");
    assert!(message.contains("国际组织"), "{message}");
    assert_eq!(rows["rows"][0]["issues"][0]["text"], "国际组织");

    office.job("import_commit", json!({"import": arrived.import, "skip_errors": true}));
    let path = office.path("错误.xlsx");
    let written = office.call("import_error_book", json!({"import": arrived.import, "path": path}));
    assert_eq!(written["rows"], 1);
    let again = office.arrive(&path.display().to_string(), "agency");
    assert_eq!((&again.summary["errors"], &again.summary["same"]), (&json!(1), &json!(0)));
}

#[test]
fn an_exported_file_edited_and_brought_back_updates_instead_of_doubling() {
    let office = Office::new();
    for (code, name) in [("101001", "县政府办"), ("101002", "县财政局")] {
        office.add("agency", json!({"agency_code": code, "agency_name": name}));
    }
    office.export("a.xlsx", json!({"query": {"entity": "agency", "fiscal_year": 2026}}));
    let path = office.path("a.xlsx").display().to_string();
    assert_eq!(office.arrive(&path, "agency").summary["same"], 2);

    // The book moves on; the file brings its own figures as changes, old → new.
    let rows = office.call("search", json!({"text": "县财政局", "limit": 1}));
    let set = json!({"edit": "set", "entity": "agency", "id": rows[0]["id"], "field": "agency_name",
                     "from": "县财政局", "to": "武陟县财政局"});
    office.call("apply", json!({"label": "改名", "edits": [set]}));
    let arrived = office.arrive(&path, "agency");
    assert_eq!((&arrived.summary["changed"], &arrived.summary["same"]), (&json!(1), &json!(1)));
    let page = json!({"import": arrived.import, "action": "changed", "offset": 0, "limit": 10});
    let change = office.call("import_rows", page)["rows"][0]["changes"][0].clone();
    assert_eq!((&change["from"], &change["to"]), (&json!("武陟县财政局"), &json!("县财政局")));
    office.job("import_commit", json!({"import": arrived.import}));
    assert_eq!(office.count("agency"), 2);
}

#[test]
fn a_workbook_knows_its_entity_and_an_empty_template_brings_nothing() {
    let office = Office::new();
    office.export("t.xlsx", json!({"query": {"entity": "project", "fiscal_year": 2026}, "template": true}));
    let file = office.job("import_read", json!({"path": office.path("t.xlsx")}));
    assert_eq!((&file["entity"], &file["fiscal_year"]), (&json!("project"), &json!(2026)));
    let arrived = office.arrive(&office.path("t.xlsx").display().to_string(), "project");
    assert_eq!((&arrived.summary["new"], &arrived.summary["errors"]), (&json!(0), &json!(0)));
}

#[test]
fn rounded_amounts_that_come_back_change_nothing_unless_somebody_typed_over_them() {
    let office = Office::new();
    let agency = office.add("agency", json!({"agency_code": "101001", "agency_name": "县政府办"}));
    for (number, amount) in [335_012, 335_013, 9_330_077, 4_999].into_iter().enumerate() {
        let project = json!({"pro_code": format!("41082326101P0000000{number:02}"), "pro_name": format!("项目{number}"),
                             "agency": agency, "pro_total_amt": amount});
        office.add("project", project);
    }
    let query = json!({"entity": "project", "fiscal_year": 2026});
    let done = office.export("wan.xlsx", json!({"query": query, "unit": "wan", "balanced": true}));
    assert_eq!(done["totals"]["pro_total_amt"], 10_005_101);
    let arrived = office.arrive(&office.path("wan.xlsx").display().to_string(), "project");
    assert_eq!(
        arrived.summary,
        json!({"new": 0, "changed": 0, "same": 4, "errors": 0, "totals": 1, "wrong_totals": 0,
                                       "skipped": 0, "hidden": 0})
    );
}

#[test]
fn prices_are_not_added_up_in_a_workbook() {
    let office = Office::new();
    let project = office.add("project", json!({"pro_code": "410823261010000000001", "pro_name": "审计专项"}));
    for line in [1, 2] {
        let fields = json!({"project": project, "line_no": line, "unit_price": 100_000, "amount": 700_000});
        office.add("project_detail", fields);
    }
    let done = office.export("d.xlsx", json!({"query": {"entity": "project_detail", "fiscal_year": 2026}}));
    assert_eq!((&done["totals"]["amount"], &done["totals"]["unit_price"]), (&json!(1_400_000), &Json::Null));
    let arrived = office.arrive(&office.path("d.xlsx").display().to_string(), "project_detail");
    assert_eq!((&arrived.summary["same"], &arrived.summary["wrong_totals"]), (&json!(2), &json!(0)));
}

#[test]
fn what_the_rules_never_allow_is_an_error_of_its_row_and_columns_once_confirmed_are_remembered() {
    let office = Office::new();
    let text = "单位编码,名 称,类型\n101001,县政府办,1\n";
    let path = office.file("一.csv", text);
    let import = office.job("import_read", json!({"path": path}))["import"].clone();
    let ask = json!({"import": import, "entity": "agency"});
    let mut seen = office.call("import_recognise", ask.clone());
    assert_eq!(seen["remembered"], false);
    seen["layout"]["columns"][1]["role"] = json!({"role": "field", "field": "agency_name"});
    seen["layout"]["columns"][2]["role"] = json!({"role": "field", "field": "agency_type"});
    let request = json!({"import": import, "entity": "agency", "layout": seen["layout"], "fiscal_year": 2026});
    office.job("import_preview", request);
    office.job("import_commit", json!({"import": import}));

    let next = office.job("import_read", json!({"path": office.file("二.csv", text)}))["import"].clone();
    let known = office.call("import_recognise", json!({"import": next, "entity": "agency"}));
    assert_eq!(known["remembered"], true);
    assert_eq!(known["layout"]["columns"][2]["role"]["field"], "agency_type");
}

#[test]
fn a_file_that_is_no_workbook_is_refused_in_words_and_the_desk_goes_on() {
    let office = Office::new();
    let path = office.path("图.xlsx");
    std::fs::write(&path, b"\x89PNG\r\n\x1a\n0000").expect("writable");
    let error = office.try_job("import_read", json!({"path": path})).expect_err("a picture");
    assert_eq!(error.code, CallErrorCode::Refused);
    assert_eq!(office.count("agency"), 0);
}

#[test]
fn the_disclosure_set_is_made_for_departments_and_units_and_names_what_does_not_agree() {
    let office = Office::new();
    let unit = |code: &str, name: &str, dept: Option<&str>| {
        office.add("agency", json!({"agency_code": code, "agency_name": name, "agency_type": "1", "dept": dept}))
    };
    let head = unit("101001", "武陟县财政局", None);
    let below = unit("101002", "国库支付中心", Some(&head));
    for (agency, amount) in [(&head, 12_345_600), (&below, 700_000)] {
        office.add(
            "budget_line",
            json!({"agency": agency, "pro_kind": "1", "exp_func": "2010601", "dep_eco": "30101",
            "gov_eco": "50101", "fund_type": "11111", "stage": "1", "apply_up": amount}),
        );
        office.add(
            "income_line",
            json!({"agency": agency, "inc_type": "11", "fund_type": "11111", "stage": "1",
            "apply_up": 12_345_600}),
        );
    }
    let done = office.job("disclose", json!({"dir": office.path("公开"), "fiscal_year": 2026}));
    let files = done["files"].as_array().expect("files");
    let seen: Vec<_> = files.iter().map(|file| (file["scope"].clone(), file["code"].clone())).collect();
    let expected = [("部门", "101001"), ("单位", "101001"), ("单位", "101002")];
    assert_eq!(seen, expected.map(|(scope, code)| (json!(scope), json!(code))));
    assert_eq!(done["figure"], "apply");
    assert_eq!(files[1]["mismatches"], json!([]));
    let said = files[2]["mismatches"][0]["message"].as_str().expect("a mismatch");
    assert!(said.contains("收入总计 123,456.00 元，支出总计 7,000.00 元"), "{said}");
    assert!(files.iter().all(|file| std::path::Path::new(file["path"].as_str().expect("a path")).is_file()));
}
