//! Enrolling with a code that the administrator gave out for another 区划 than the book's.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value as Json, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
};
use suanpan_store::sync::Enrolled;
use suanpan_sync::{keys::SecretKeys, scope::DeviceId};
use support::Office;

const OWN: &str = "410823000";
const OTHER: &str = "410822000";
/// The province's own, which every device follows.
const PROVINCE: &str = "410000000";

/// A province that enrols whoever asks, for these divisions.
fn province(scopes: &'static [&'static str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let keys: String =
        SecretKeys::from_seed([7; 32]).public().to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let mut length = 0;
        loop {
            let mut line = String::new();
            lines.read_line(&mut line).unwrap();
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        lines.read_exact(&mut vec![0; length]).unwrap();
        let body =
            json!({"device": 5, "scopes": scopes, "province": keys, "server_ms": 9, "checkpoints": []}).to_string();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    });
    address
}

fn request(scopes: &'static [&'static str]) -> Json {
    json!({"server": province(scopes), "code": "ABCD", "name": "一号机"})
}

#[test]
fn a_book_is_not_enrolled_for_another_division_for_nothing_of_it_could_be_sent() {
    let office = Office::new();
    let error = office.try_job("sync_enrol", request(&[OTHER, PROVINCE])).expect_err("nothing of it could be sent");
    for words in ["没有登记", "410823000 武陟县", "410822000 博爱县", "另要", "打开或新建"] {
        assert!(error.message.contains(words), "“{words}” in {}", error.message);
    }
    assert!(!error.message.contains("河南"), "{}", error.message);
    assert_eq!(office.desk.book().unwrap().enrolled().unwrap(), None, "nothing is kept");
    assert_eq!(office.call("sync_state", json!({}))["phase"], "alone");
}

#[test]
fn a_code_for_several_divisions_of_which_one_is_the_books_own_is_good() {
    let office = Office::new();
    let done = office.job("sync_enrol", request(&[OTHER, OWN]));
    assert_eq!(done, json!({"device": 5, "scopes": [OTHER, OWN]}));
    assert_eq!(office.call("sync_state", json!({}))["problem"], Json::Null);
}

#[test]
fn a_book_that_was_enrolled_for_another_division_before_says_so_and_how_to_put_it_right() {
    let office = Office::new();
    let book = office.desk.book().unwrap();
    let (device, secret, name, server) = (DeviceId(5), [1; 32], "一号机".to_owned(), "http://127.0.0.1:1".to_owned());
    let scopes = vec![OTHER.parse().unwrap()];
    book.enrol(&Enrolled { device, secret, name, server, province: Vec::new(), scopes }, 1).unwrap();
    let state = office.call("sync_state", json!({}));
    let problem = state["problem"].as_str().expect("said");
    for words in ["410823000 武陟县", "410822000 博爱县", "不能上报", "重新登记"] {
        assert!(problem.contains(words), "“{words}” in {problem}");
    }
    assert_eq!(state["remedy"], "enrol");
}

#[test]
fn a_countys_book_with_townships_in_it_is_not_enrolled_for_the_county_alone_and_says_what_could_not_be_sent() {
    let office = Office::new();
    let edit = |division: Json| {
        let fields = json!({"agency_code": "101001", "agency_name": "财政所"});
        json!({"edit": "new", "entity": "agency", "id": null, "fiscal_year": 2026, "division": division, "fields": fields})
    };
    for town in ["410823100", "410823101"] {
        office.call("apply", json!({"label": "新增", "edits": [edit(json!(town))]}));
    }
    let error = office.try_job("sync_enrol", request(&[OWN, PROVINCE])).expect_err("the townships could not be sent");
    for words in ["没有登记", "2 个区划的 2 条记录", "410823100", "--with-below"] {
        assert!(error.message.contains(words), "“{words}” in {}", error.message);
    }
    assert_eq!(office.desk.book().unwrap().enrolled().unwrap(), None, "nothing is kept");
    office.job("sync_enrol", request(&[OWN, "410823100", "410823101", PROVINCE]));
    // Once enrolled, what is of other divisions came from the province: a code for less is good.
    office.job("sync_enrol", request(&[OWN, PROVINCE]));
}
