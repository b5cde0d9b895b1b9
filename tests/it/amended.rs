//! A field that the province adds to the documents reaches the desks while they work, and all that hangs on the documents
//! goes by it: lists, changes, sync, workbooks, verification, recovery.

use crate::support::province::{Desk, Province};
use calamine::Reader;
use serde_json::json;

const COUNTY: &str = "410823000";

fn amendment(folder: &std::path::Path, rest: &serde_json::Value) -> String {
    let mut whole = json!({"entity": "project", "name": "豫财预〔2026〕12号"});
    whole.as_object_mut().unwrap().extend(rest.as_object().cloned().unwrap());
    let path = folder.join("调整.json");
    std::fs::write(&path, whole.to_string()).unwrap();
    path.display().to_string()
}

/// Every cell of every sheet, as text.
fn texts(workbook: &str) -> String {
    let mut workbook = calamine::open_workbook_auto(workbook).unwrap();
    let cells = workbook
        .worksheets()
        .into_iter()
        .flat_map(|(_, cells)| cells.used_cells().map(|(_, _, cell)| cell.to_string()).collect::<Vec<_>>());
    cells.collect::<Vec<_>>().join("\n")
}

fn value(desk: &Desk, field: &str) -> serde_json::Value {
    let found = desk.done(&["list", "BOOK", "project"])["records"][0].clone();
    desk.done(&["get", "BOOK", "project", found["id"].as_str().unwrap()])["values"][field].clone()
}

#[test]
fn a_field_that_the_province_adds_is_typed_sent_verified_exported_and_recovered_like_any_other() {
    let province = Province::in_file();
    let server = province.serve();
    let (one, two) = (Desk::new("卓玛", COUNTY), Desk::new("李会计", COUNTY));
    one.done(&["new", "BOOK", "project", "pro_name=柳河桥", "pro_total_amt=1000"]);
    for desk in [&one, &two] {
        desk.enrol(&province, COUNTY, &server.url());
        desk.done(&["sync", "BOOK"]);
    }
    let field = json!({"name": "flood_zone", "element": "FLOOD_ZONE", "label": {"zh": "是否滩区", "en": "Flood zone"},
                       "kind": "text", "max": 20, "list": true});
    let title = json!({"name": "pro_name", "label": {"zh": "项目全称", "en": "Full name"}});
    let file = amendment(province.folder(), &json!({"add": [field], "change": [title]}));
    assert!(province.admin(&["publish-documents", "--check", &file]).starts_with("可以发布"));
    assert_eq!(province.admin(&["publish-documents", &file]), "已发布第 1 号　project：新增 1 项，修改 1 项");
    one.done(&["sync", "BOOK"]);
    let project = one.done(&["list", "BOOK", "project"])["records"][0]["id"].as_str().unwrap().to_owned();
    one.done(&["set", "BOOK", "project", &project, "flood_zone=黄河滩区"]);
    one.done(&["sync", "BOOK"]);
    // The other desk hears of the field and of what is in it in one exchange.
    two.done(&["sync", "BOOK"]);
    for desk in [&one, &two] {
        assert_eq!(value(desk, "flood_zone"), json!("黄河滩区"));
        desk.done(&["verify", "BOOK"]);
    }
    province.is_in_order();
    let workbook = province.folder().join("项目.xlsx").display().to_string();
    two.done(&["export", "BOOK", "--entity", "project", "--output", &workbook]);
    let seen = texts(&workbook);
    assert!(seen.contains("是否滩区") && seen.contains("项目全称"), "{seen}");
    let fresh = Desk::new("王会计", COUNTY);
    fresh.enrol(&province, COUNTY, &server.url());
    fresh.done(&["sync", "BOOK"]);
    assert_eq!(one.list("project"), fresh.list("project"), "a desk that begins later");
    // The book is lost but for the record of its ops.
    std::fs::remove_file(two.book()).unwrap();
    let _ = std::fs::remove_file(two.folder.path().join("a.book-wal"));
    std::fs::write(two.book(), b"nothing").unwrap();
    two.done(&["recover", "BOOK"]);
    assert_eq!(value(&two, "flood_zone"), json!("黄河滩区"));
    assert_eq!(one.list("project"), two.list("project"));
}

#[test]
fn what_may_not_be_published_is_refused_with_the_file_and_the_reason_and_nobody_hears_of_it() {
    let province = Province::in_file();
    let shorter = amendment(province.folder(), &json!({"change": [{"name": "pro_name", "max": 5}]}));
    for check in [&["--check"][..], &[]] {
        let words = [&["publish-documents", &shorter], check].concat();
        let refused = province.admin_refused(&words);
        assert!(refused.contains("调整.json") && refused.contains("不能改短为 5 字"), "{refused}");
    }
    assert!(province.admin(&["report"]).starts_with("区划"));
    let fine = amendment(province.folder(), &json!({"change": [{"name": "pro_name", "width": 300}]}));
    assert!(province.admin(&["publish-documents", &fine]).starts_with("已发布第 1 号"));
}
