//! A one-time code becomes a device, once.

use crate::support::{DIVISION, Desk, JSON, Running, SECRET, TOWN, enrolment, hex, start, start_with};
use suanpan_province::{Settings, admin};
use suanpan_sync::{
    frame::Checkpoint,
    keys::{SecretKeys, verify},
    scope::{Place, Scope},
    server::SIGNED_CHECKPOINT,
};

fn ask(server: &Running, asked: &serde_json::Value) -> (u16, serde_json::Value) {
    let reply = server.connect().post("/enrol", &[(JSON.0, JSON.1.into())], asked.to_string().as_bytes());
    (reply.status, reply.json())
}

#[test]
fn a_code_is_good_for_one_key_which_may_ask_again() {
    let server = start();
    let code = server.code(1);
    let asked = enrolment(&Desk::keys_of(1), &code);
    let (status, first) = ask(&server, &asked);
    assert_eq!(status, 200);
    assert_eq!(first["device"], 1);
    assert_eq!(first["scopes"], serde_json::json!([TOWN.to_string(), DIVISION.to_string()]));
    assert_eq!(first["province"], hex(&SecretKeys::from_seed(SECRET).public().to_bytes()));
    assert_eq!(ask(&server, &asked).1["device"], 1, "the answer may have been lost");
    let (status, other) = ask(&server, &enrolment(&Desk::keys_of(2), &code));
    assert_eq!(status, 403);
    assert!(other["message"].as_str().unwrap().contains("已用过"));
    assert_eq!(server.store.devices().unwrap().len(), 1);
}

#[test]
fn codes_that_are_wrong_or_too_old_are_declined_alike() {
    let server = start();
    let late = admin::enrol(&server.store, "城关镇财政所", TOWN, &[], 1_000, [9; 16]).unwrap();
    let wrong = ask(&server, &enrolment(&Desk::keys_of(1), "ABCD-EFGH-JKLM"));
    assert_eq!(wrong.0, 403);
    assert_eq!(ask(&server, &enrolment(&Desk::keys_of(1), &late)), wrong);
}

#[test]
fn keys_must_be_shown_to_be_ones_own() {
    let server = start();
    let mut asked = enrolment(&Desk::keys_of(1), &server.code(1));
    asked["keys"] = hex(&Desk::keys_of(2).public().to_bytes()).into();
    let (status, answer) = ask(&server, &asked);
    assert_eq!(status, 403);
    assert!(answer["message"].as_str().unwrap().contains("签名"));
    assert_eq!(ask(&server, &enrolment(&Desk::keys_of(1), &server.code(2))).0, 200, "nothing was used up");
}

#[test]
fn a_code_is_not_kept_as_it_is() {
    let server = start();
    let code = server.code(1);
    let file = server.folder().join("province.db");
    let wal = std::fs::read(file.with_extension("db-wal")).unwrap_or_default();
    let kept = [std::fs::read(file).unwrap(), wal].concat();
    for written in [code.clone(), code.replace('-', "")] {
        assert!(!kept.windows(written.len()).any(|window| window == written.as_bytes()));
    }
}

#[test]
fn guessing_codes_is_slow() {
    let mut settings = Settings::default();
    settings.limits.enrolments_per_minute = 5;
    let server = start_with(settings, false);
    let asked = enrolment(&Desk::keys_of(1), "ABCD-EFGH-JKLM");
    let answers: Vec<u16> = (0..7).map(|_| ask(&server, &asked).0).collect();
    assert_eq!(answers, [403, 403, 403, 403, 403, 429, 429]);
}

#[test]
fn a_new_device_learns_where_the_logs_stand_in_the_provinces_own_hand() {
    let server = start();
    let mut first = server.desk(1);
    first.project("道路维修");
    first.sync(&mut server.connect());
    let (_, answer) = ask(&server, &enrolment(&Desk::keys_of(2), &server.code(2)));
    let [place] = &answer["checkpoints"].as_array().unwrap()[..] else { panic!("{answer}") };
    let unhex = |text: &serde_json::Value| -> Vec<u8> {
        let text = text.as_str().unwrap();
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    let head: Place = server.store.read(&mut |store| store.head(TOWN)).unwrap();
    assert_eq!((place["seq"].as_u64(), unhex(&place["hash"])), (Some(head.seq), head.hash.to_vec()));
    let scope: Scope = place["scope"].as_str().unwrap().parse().unwrap();
    let server_ms = place["server_ms"].as_i64().unwrap();
    let signed = Checkpoint { scope, place: head, server_ms, signature: [0; 64] }.signed_bytes();
    let signature = unhex(&place["signature"]).try_into().unwrap();
    let province = SecretKeys::from_seed(SECRET).public();
    assert!(verify(&province.verify, SIGNED_CHECKPOINT, &[&signed], &signature));
}
