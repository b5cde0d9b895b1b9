//! What the two commonest exchanges cost on the link, heads and TLS and all. The targets are those of the design.

use crate::support::{Running, start_with};
use serde_json::json;
use suanpan_province::Settings;

const NOTHING_BYTES: u64 = 350;
const EDIT_BYTES: u64 = 450;

/// (nothing to do, one edit), bytes both ways on a connection that is open already.
fn measured(server: &Running) -> (u64, u64) {
    let (mut desk, mut wire) = (server.desk(1), server.connect());
    let record = desk.project("道路维修");
    desk.sync(&mut wire);
    desk.sync(&mut wire);
    let mut exchange = |desk: &mut crate::support::Desk| {
        let before = wire.counted();
        desk.sync(&mut wire);
        let after = wire.counted();
        after.up - before.up + after.down - before.down
    };
    let nothing = exchange(&mut desk);
    desk.set(record, "pro_total_amt", json!(1_300_000));
    let edit = exchange(&mut desk);
    assert_eq!(server.field(record, "pro_total_amt"), Some(json!(1_300_000)));
    (nothing, edit)
}

#[test]
fn nothing_to_do_and_one_edit_cost_a_few_hundred_bytes() {
    for with_tls in [false, true] {
        let (nothing, edit) = measured(&start_with(Settings::default(), with_tls));
        println!("TLS {with_tls}: nothing to do {nothing} B, one edit {edit} B");
        assert!(nothing <= NOTHING_BYTES, "TLS {with_tls}: nothing to do costs {nothing} B");
        assert!(edit <= EDIT_BYTES, "TLS {with_tls}: one edit costs {edit} B");
    }
}

#[test]
fn who_comes_back_with_tls_is_not_shown_the_certificate_again() {
    let server = start_with(Settings::default(), true);
    let mut desk = server.desk(1);
    let mut connect = || {
        let mut wire = server.connect();
        desk.sync(&mut wire);
        let counted = wire.counted();
        counted.up + counted.down
    };
    connect();
    let (again, once_more) = (connect(), connect());
    println!("connecting again and one exchange: {again} B");
    assert!(again < 1_700 && once_more < 1_700, "{again} B, {once_more} B");
}
