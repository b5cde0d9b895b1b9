//! Packages that a relay sends for a desk that has no link.

use crate::support::{DIVISION, Desk, SECRET, start};
use serde_json::json;
use suanpan_sync::{
    keys::SecretKeys,
    package::{Brings, Head, Way, open, seal},
};

fn package(desk: &mut Desk) -> Vec<u8> {
    let body = desk.request();
    let (sender, receiver) = (desk.keys.public(), SecretKeys::from_seed(SECRET).public());
    let head = Head {
        device: desk.device,
        sender,
        receiver,
        number: 1,
        answers: None,
        written_ms: 1_800_000_000_000,
        brings: Brings::of_upload(&body).unwrap(),
        from: "城关镇财政所".into(),
    };
    seal(&head, &body, &desk.keys, [5; 32])
}

#[test]
fn a_package_is_taken_in_once_however_often_it_comes() {
    let server = start();
    let mut desk = server.desk(1);
    let record = desk.project("道路维修");
    let package = package(&mut desk);
    let mut wire = server.connect();
    let keys = desk.keys.clone();
    for _ in 0..2 {
        let reply = wire.post("/package", &[], &package);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let (head, body) = open(&reply.body, &keys, |_| Some(SecretKeys::from_seed(SECRET).public())).unwrap();
        assert_eq!((head.way(), head.device, head.number, head.answers), (Way::ToDesk, desk.device, 1, Some(1)));
        assert!(!body.is_empty());
    }
    assert_eq!(server.field(record, "pro_name"), Some(json!("道路维修")));
    desk.sync_all(&mut wire);
    assert_eq!(desk.unsettled(), 0);
    assert_eq!(server.metric("suanpan_packages_total{ended=\"taken\"}"), 2.0);
    server.verify();
}

#[test]
fn a_package_that_was_altered_cut_short_or_is_anothers_changes_nothing() {
    let server = start();
    let mut desk = server.desk(1);
    desk.project("道路维修");
    let package = package(&mut desk);
    let middle = package.len() / 2;
    let mut altered = package.clone();
    altered[middle] ^= 1;
    for (bytes, told) in [(altered, "损坏"), (package[..middle].to_vec(), ""), (b"hello".to_vec(), "不是")] {
        let reply = server.connect().post("/package", &[], &bytes);
        assert_eq!(reply.status, 403);
        assert!(reply.json()["message"].as_str().unwrap().contains(told), "{}", reply.text());
    }
    let mut stranger = server.desk(2);
    stranger.device = desk.device;
    let forged = self::package(&mut stranger);
    assert_eq!(server.connect().post("/package", &[], &forged).status, 403);
    assert_eq!(server.store.devices().unwrap()[0].device.received.seq, 0);
    assert_eq!(server.store.read(&mut |store| store.head(DIVISION)).unwrap().seq, 0);
}
