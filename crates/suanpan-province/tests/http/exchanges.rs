//! Exchanges: whole ones, long ones that are answered while they come, and broken ones.

use crate::support::{Desk, Ended, Running, TOWN, Wire, start, start_with};
use serde_json::json;
use suanpan_province::Settings;
use suanpan_sync::frame::{Frame, FrameReader, StopCode};

fn frames(bytes: &[u8]) -> Vec<Frame> {
    let mut reader = FrameReader::default();
    reader.push(bytes);
    std::iter::from_fn(|| reader.next_frame().unwrap()).collect()
}

#[test]
fn what_one_desk_types_comes_to_the_province_and_to_the_other_desk() {
    for with_tls in [false, true] {
        let server = start_with(Settings::default(), with_tls);
        let (mut one, mut two) = (server.desk(1), server.desk(2));
        let (mut wire, mut other) = (server.connect(), server.connect());
        let record = one.project("道路维修");
        one.sync(&mut wire);
        assert_eq!(server.field(record, "pro_name"), Some(json!("道路维修")));
        two.sync(&mut other);
        assert_eq!(two.field(record, "pro_name"), json!("道路维修"));
        two.set(record, "pro_name", json!("道路养护"));
        two.sync(&mut other);
        one.sync(&mut wire);
        assert_eq!(one.field(record, "pro_name"), json!("道路养护"));
        assert_eq!((one.unsettled(), two.unsettled()), (0, 0));
        server.verify();
    }
}

#[test]
fn a_small_exchange_is_answered_with_a_head_of_one_header() {
    let server = start();
    let mut desk = server.desk(1);
    desk.project("道路维修");
    let (request, mut wire) = (desk.request(), server.connect());
    let reply = wire.post("/s", &[], &request);
    assert_eq!(reply.head, format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", reply.body.len()));
    let kinds: Vec<_> = frames(&reply.body).into_iter().map(|frame| std::mem::discriminant(&frame)).collect();
    assert_eq!(kinds.len(), 3, "welcome, own, done");
}

#[test]
fn acknowledgements_come_while_the_request_is_still_being_sent() {
    let server = start();
    let mut desk = server.desk(1);
    desk.many(1, 3_000);
    let (request, mut wire) = (desk.request(), server.connect());
    let mut unread = FrameReader::default();
    unread.push(&request);
    let mut pieces = Vec::new();
    while let Some(frame) = unread.next_frame().unwrap() {
        let mut bytes = Vec::new();
        frame.write(&mut bytes);
        pieces.push(bytes);
    }
    assert!(pieces.len() > 4, "the request must be long: {} frames", pieces.len());
    wire.begin().unwrap();
    wire.piece(&pieces[0]).unwrap();
    let mut answer = wire.answer().unwrap();
    assert_eq!(answer.status, 200);
    let welcome = frames(&answer.next().unwrap().unwrap());
    assert!(matches!(welcome[..], [Frame::Welcome(_)]), "{welcome:?}");
    for (number, piece) in (1..).zip(&pieces[1..pieces.len() - 1]) {
        answer.wire().piece(piece).unwrap();
        let acked = frames(&answer.next().unwrap().unwrap());
        assert_eq!(acked, [Frame::Ack { received: number }]);
    }
    answer.wire().piece(&pieces[pieces.len() - 1]).unwrap();
    answer.wire().end().unwrap();
    let mut rest = Vec::new();
    while let Some(piece) = answer.next().unwrap() {
        rest.extend(frames(&piece));
    }
    assert!(matches!(rest.last(), Some(Frame::Done(_))));
    let again = desk.request();
    assert_eq!(wire.post("/s", &[], &again).status, 200, "the connection is kept");
}

#[test]
fn an_upload_that_is_cut_goes_on_where_it_was() {
    let server = start();
    let mut desk = server.desk(1);
    let records = desk.many(6, 400);
    let (mut cuts, mut sent) = (0, 0);
    while desk.unsettled() > 0 {
        let (mut wire, mut writes) = (server.connect(), 0);
        let mut goes_on = |bytes: &[u8]| {
            writes += 1;
            sent += bytes.len();
            writes < 3
        };
        match desk.exchange_once(&mut wire, &mut goes_on).1 {
            Ended::Done => {}
            Ended::Cut => {
                cuts += 1;
                wire.cut();
            }
            Ended::Stopped(stop) => panic!("{stop:?}"),
        }
        assert!(cuts < 50, "it gets nowhere");
    }
    assert!(cuts > 1, "the link must have been cut: {cuts}");
    for record in records {
        assert!(server.field(record, "pro_name").is_some());
    }
    server.verify();
    println!("{cuts} cuts, {sent} bytes of frames");
}

#[test]
fn a_reply_that_was_lost_leaves_nothing_to_do_twice() {
    let server = start();
    let mut desk = server.desk(1);
    let record = desk.project("道路维修");
    let request = desk.request();
    let mut lost = server.connect();
    assert_eq!(lost.post("/s", &[], &request).status, 200);
    assert_eq!(desk.unsettled(), 1, "the desk has heard nothing");
    desk.sync_all(&mut server.connect());
    assert_eq!(desk.unsettled(), 0);
    assert_eq!(server.field(record, "pro_name"), Some(json!("道路维修")));
    assert_eq!(server.store.read(&mut |store| store.head(TOWN)).unwrap().seq, 1);
}

#[test]
fn what_nobody_can_read_is_not_taken_in_and_nothing_is_lost() {
    let server = start();
    let mut desk = server.desk(1);
    desk.project("道路维修");
    desk.request();
    let real = spoilt(&mut desk);
    let Ended::Stopped(stop) = desk.exchange(&mut server.connect()) else { panic!("the province takes it in") };
    assert_eq!(stop.code, StopCode::Malformed);
    assert_eq!(server.store.devices().unwrap()[0].device.received.seq, 0);
    desk.book.change(|kept| (kept.outbox, kept.state.outbox) = real);
    desk.sync_all(&mut server.connect());
    assert_eq!(desk.unsettled(), 0);
    server.verify();
}

type Outbox = (std::collections::BTreeMap<u64, suanpan_sync::client::store::Parceled>, suanpan_sync::scope::Place);

/// Puts a parcel into the outbox that no program can open, as one of a later version would seem; gives what was there.
fn spoilt(desk: &mut Desk) -> Outbox {
    desk.book.change(|kept| {
        let real = (kept.outbox.clone(), kept.state.outbox);
        let parcel = kept.outbox.get_mut(&1).unwrap();
        parcel.packed[0] = 99;
        parcel.place = suanpan_sync::scope::device_link(&Default::default(), 1, &parcel.packed);
        kept.state.outbox = parcel.place;
        real
    })
}

#[test]
fn a_request_that_was_seen_before_is_refused() {
    let server = start();
    let mut desk = server.desk(1);
    let request = desk.request();
    let mut wire = server.connect();
    assert!(matches!(frames(&wire.post("/s", &[], &request).body)[..], [Frame::Welcome(_), Frame::Done(_)]));
    let again = frames(&wire.post("/s", &[], &request).body);
    let [Frame::Stop(stop)] = &again[..] else { panic!("{again:?}") };
    assert_eq!(stop.code, StopCode::Replayed);
}

#[test]
fn a_revoked_device_hears_so_also_in_the_middle_of_a_long_upload() {
    let server = start();
    let mut desk = server.desk(1);
    desk.many(4, 800);
    assert!(server.store.revoke(desk.device).unwrap());
    let Ended::Stopped(stop) = desk.exchange(&mut server.connect()) else { panic!("it was not told") };
    assert_eq!(stop.code, StopCode::Revoked);
    assert!(stop.message.contains("县财政局"), "{}", stop.message);
}

fn with_short_replies() -> Running {
    let machine = suanpan_sync::server::Settings { reply_bytes: 40 << 10, ..Default::default() };
    start_with(Settings { machine, ..Settings::default() }, false)
}

#[test]
fn a_long_upload_is_settled_by_the_exchange_that_brought_it() {
    let server = with_short_replies();
    let mut desk = server.desk(1);
    desk.many(6, 800);
    let mut wire = server.connect();
    desk.sync(&mut wire);
    assert_eq!(desk.unsettled(), 0);
    assert!(wire.counted().up > 100 << 10, "far more went up than a reply may hold: {} B", wire.counted().up);
}

#[test]
fn what_waits_for_a_desk_for_long_comes_in_several_replies() {
    let server = with_short_replies();
    let (mut one, mut two) = (server.desk(1), server.desk(2));
    let records = one.many(8, 400);
    one.sync_all(&mut server.connect());
    let (mut wire, mut replies) = (server.connect(), 1);
    while two.exchange_once(&mut wire, &mut |_| true).0 > 0 {
        replies += 1;
    }
    assert!(replies > 1);
    records.iter().for_each(|record| assert_eq!(two.field(*record, "pro_name"), one.field(*record, "pro_name")));
}

#[test]
fn many_desks_at_once_agree() {
    let server = start();
    let mut desks: Vec<Desk> = (1..=8).map(|number| server.desk(number)).collect();
    std::thread::scope(|scope| {
        for desk in &mut desks {
            let server = &server;
            scope.spawn(move || {
                let mut wire: Wire = server.connect();
                for _ in 0..5 {
                    desk.many(2, 5);
                    desk.sync_all(&mut wire);
                }
            });
        }
    });
    assert_eq!(server.store.read(&mut |store| store.head(TOWN)).unwrap().seq, 8 * 5 * 2);
    server.verify();
}
