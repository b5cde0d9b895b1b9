//! 项目代码 of a desk that is enrolled: taken from its blocks by whoever adds a project, by hand or by an import.

mod support;

use serde_json::{Value as Json, json};
use suanpan_store::sync::{Enrolled, SyncBook, issued};
use suanpan_sync::{
    client::store::Book as _,
    lease::Block,
    scope::{DeviceId, Scope},
};
use support::Office;

const FIRST: &str = "410823260000000000001";

impl Office {
    fn enrolled(&self) {
        let scopes = vec![Scope(410_823_000)];
        let (device, secret, name, server) = (DeviceId(1), [1; 32], "甲".to_owned(), "http://127.0.0.1:1".to_owned());
        let enrolled = Enrolled { device, secret, name, server, province: Vec::new(), scopes };
        self.desk.book().expect("open").enrol(&enrolled, 1).expect("enrolled");
    }

    /// So many codes, from the first on.
    fn block(&self, count: u64) {
        let book = self.desk.book().expect("open");
        let series = issued(&book.schema(), "project", "410823000", 2026).expect("issued");
        let (first, last) = (series.code(1).into(), series.code(count).into());
        let block = Block { series, first, last };
        SyncBook(book).transaction(&mut |desk| desk.put_block(&block)).expect("kept");
    }

    /// 项目代码 of all live projects, sorted; None: 暂.
    fn codes(&self) -> Vec<Option<String>> {
        let book = self.desk.book().expect("open");
        let at = book.schema().entity("project").expect("known").index("pro_code").expect("a field");
        let query = suanpan_store::query::ListQuery { entity: "project".into(), ..Default::default() };
        let mut codes = Vec::new();
        let each = &mut |record: &suanpan_model::Record| {
            codes.push(record.values[at].as_text().map(str::to_owned));
            Ok(true)
        };
        book.each_stored(&query, each).expect("read");
        codes.sort();
        codes
    }
}

#[test]
fn a_book_that_works_alone_gives_no_code_by_itself() {
    let office = Office::new();
    office.add("project", json!({"pro_name": "审计专项"}));
    assert_eq!(office.codes(), [None]);
}

#[test]
fn a_new_project_gets_the_next_code_of_the_block_and_undo_does_not_put_it_back() {
    let office = Office::new();
    office.enrolled();
    office.block(2);
    office.add("project", json!({"pro_name": "审计专项"}));
    assert_eq!(office.codes(), [Some(FIRST.to_owned())]);
    office.call("undo", json!({}));
    office.add("project", json!({"pro_name": "道路养护"}));
    office.add("project", json!({"pro_name": "桥梁", "pro_code": "410823261010000000009"}));
    office.add("project", json!({"pro_name": "学校"}));
    let expected = [None, Some("410823260000000000002"), Some("410823261010000000009")];
    assert_eq!(office.codes(), expected.map(|code| code.map(str::to_owned)), "one was typed, one has to wait");
    assert_eq!(office.call("sync_state", json!({}))["codes_left"], json!(0));
}

#[test]
fn a_row_says_that_its_code_comes_with_the_next_exchange_until_it_has_one() {
    let office = Office::new();
    office.add("project", json!({"pro_name": "早有的"}));
    office.enrolled();
    let waits = office.add("project", json!({"pro_name": "审计专项"}));
    let row = |id: &str| office.call("record", json!({"entity": "project", "id": id}))["rows"][0].clone();
    assert_eq!(row(&waits)["awaited"], json!(["pro_code"]));
    let opened = office.call("rows_open", json!({"entity": "project", "fiscal_year": 2026}));
    let window = office.call("rows_window", json!({"view": opened["view"], "offset": 0, "limit": 9}));
    let awaited = window["rows"].as_array().expect("rows").iter().filter(|row| !row["awaited"].is_null()).count();
    assert_eq!(awaited, 1, "one that was there before the book was enrolled waits for nobody: {window}");
    let typed = json!({"edit": "set", "entity": "project", "id": waits, "field": "pro_code", "from": null, "to": "410823261010000000009"});
    office.call("apply", json!({"label": "赋码", "edits": [typed]}));
    assert_eq!(row(&waits)["awaited"], Json::Null, "a person gave it one");
}

#[test]
fn rows_of_an_import_that_bring_no_code_get_one() {
    let office = Office::new();
    office.enrolled();
    office.block(100);
    let path = office.path("项目.csv");
    std::fs::write(&path, "项目代码,项目名称,项目总额\n,审计专项,1\n410823261010000000009,桥梁,2\n,学校,3\n")
        .expect("writable");
    let file = office.job("import_read", json!({"path": path}));
    let import = file["import"].clone();
    let layout = office.call("import_recognise", json!({"import": import, "entity": "project"}))["layout"].clone();
    let request = json!({"import": import, "entity": "project", "layout": layout, "fiscal_year": 2026});
    let summary: Json = office.job("import_preview", request)["summary"].clone();
    office.job("import_commit", json!({"import": import, "skip_errors": true}));
    let expected = [FIRST, "410823260000000000002", "410823261010000000009"];
    assert_eq!(office.codes(), expected.map(|code| Some(code.to_owned())), "{summary}");
}
