//! The desk through its calls, as the screens and the command line use it.

mod support;

use serde_json::{Value as Json, json};
use suanpan_desk::CallErrorCode;
use support::Office;

#[test]
fn a_new_book_knows_its_division_and_offers_nothing_to_undo() {
    let office = Office::new();
    let state = office.call("book_state", json!({}));
    assert_eq!(state["info"]["division_name"], "武陟县");
    assert_eq!(state["undo"], Json::Null);
}

#[test]
fn a_book_that_is_opened_by_a_path_from_here_is_known_by_its_whole_path() {
    let office = Office::new();
    let whole = office.call("book_state", json!({}))["path"].as_str().expect("a path").to_owned();
    let up = std::env::current_dir().expect("a folder").components().skip(1).map(|_| "../").collect::<String>();
    let state = office.call("book_open", json!({"path": format!("{up}{}", &whole[1..])}));
    let known = state["path"].as_str().expect("a path");
    assert!(std::path::Path::new(known).is_absolute(), "{known}");
}

#[test]
fn a_new_book_begins_with_the_books_of_budget_every_county_has() {
    let office = Office::new();
    let books = office.call("rows_open", json!({"entity": "budget_book", "fiscal_year": 2026}));
    assert!(books["total"].as_u64().expect("a number") >= 4);
    office.try_call("undo", json!({})).expect_err("they are nobody's last step");
}

#[test]
fn what_was_typed_is_listed_and_an_edit_continues_what_was_seen() {
    let office = Office::new();
    let id = office.add("agency", json!({"agency_code": "101001", "agency_name": "县政府办"}));
    let set = |from: &str, to: &str| {
        json!({"label": "改名", "edits": [
            {"edit": "set", "entity": "agency", "id": id, "field": "agency_name", "from": from, "to": to}]})
    };
    office.call("apply", set("县政府办", "县人民政府办公室"));
    let error = office.try_call("apply", set("县政府办", "别的")).expect_err("stale");
    assert_eq!(error.code, CallErrorCode::Stale);
    let view = office.call("rows_open", json!({"entity": "agency", "fiscal_year": 2026}));
    let window = office.call("rows_window", json!({"view": view["view"], "offset": 0, "limit": 200}));
    let row = &window["rows"][0];
    assert!(row["values"].as_array().expect("values").contains(&json!("县人民政府办公室")));
    office.call("undo", json!({}));
    assert_eq!(office.call("book_state", json!({}))["redo"], "改名");
}

#[test]
fn codes_are_found_by_digits_name_and_pinyin_initials() {
    let office = Office::new();
    for text in ["2010301", "行政运行", "xzyx", "zyx"] {
        let found = office.call("code_search", json!({"set": "func", "text": text, "year": 2026, "limit": 20}));
        let codes: Vec<_> = found.as_array().expect("a list").iter().map(|item| item["code"].clone()).collect();
        assert!(codes.contains(&json!("2010301")), "{text}: {codes:?}");
    }
}

#[test]
fn records_are_found_by_initials_of_the_middle_of_their_name_and_beginnings_come_first() {
    let office = Office::new();
    let other = office.add("agency", json!({"agency_code": "101002", "agency_name": "武陟县审计局"}));
    let first = office.add("agency", json!({"agency_code": "101001", "agency_name": "审计局"}));
    let ids = |hits: Json| hits.as_array().expect("a list").iter().map(|hit| hit["id"].clone()).collect::<Vec<_>>();
    let wanted = [json!(first), json!(other)];
    assert_eq!(ids(office.call("search", json!({"text": "sjj", "limit": 50}))), wanted);
    let request = json!({"entity": "agency", "fiscal_year": 2026, "text": "sjj", "limit": 50});
    assert_eq!(ids(office.call("reference_search", request)), wanted);
}

#[test]
fn an_unknown_call_and_a_bad_request_are_told_apart_from_faults() {
    let office = Office::new();
    assert_eq!(office.try_call("no_such", json!({})).expect_err("unknown").code, CallErrorCode::BadRequest);
    assert_eq!(office.try_call("rows_window", json!({})).expect_err("bad").code, CallErrorCode::BadRequest);
}

#[test]
fn the_history_of_a_record_names_who_changed_what() {
    let office = Office::new();
    let id = office.add("agency", json!({"agency_code": "101001", "agency_name": "甲"}));
    let history = office.call("history", json!({"entity": "agency", "id": id}));
    assert_eq!(history[0]["actor"], "卓玛");
    assert_eq!(history[0]["verb"], "create");
}
