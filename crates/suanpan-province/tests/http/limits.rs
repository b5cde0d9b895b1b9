//! What the server does not put up with.

use crate::support::{Ended, JSON, Running, start, start_with};
use std::{net::TcpStream, time::Duration};
use suanpan_province::Settings;
use suanpan_sync::frame::{Frame, FrameReader, Stop, StopCode};

fn stop(bytes: &[u8]) -> Stop {
    let mut reader = FrameReader::default();
    reader.push(bytes);
    let mut last = None;
    while let Some(frame) = reader.next_frame().unwrap() {
        last = Some(frame);
    }
    let Some(Frame::Stop(stop)) = last else { panic!("no stop but {last:?}") };
    stop
}

fn with(change: impl FnOnce(&mut Settings)) -> Running {
    let mut settings = Settings::default();
    change(&mut settings);
    start_with(settings, false)
}

#[test]
fn what_is_no_frame_is_answered_with_a_reason_and_touches_nothing() {
    let server = start();
    for garbage in [&b"<!DOCTYPE html><html></html>"[..], &[0xff; 4_096], &[0; 64], b"\x05abcdefgh"] {
        let reply = server.connect().post("/s", &[], garbage);
        assert_eq!((reply.status, stop(&reply.body).code), (200, StopCode::Malformed));
    }
    let mut wire = server.connect();
    wire.begin().unwrap();
    wire.piece(&[0xff; 5]).unwrap();
    let told = wire.answer().unwrap().next().unwrap().unwrap();
    assert_eq!(stop(&told).code, StopCode::Malformed, "and before the request has ended");
    assert_eq!(server.metric("suanpan_exchanges_total{ended=\"malformed\"}"), 5.0);
}

#[test]
fn a_hundred_megabytes_of_nonsense_are_stopped_at_their_beginning() {
    let server = start();
    let mut wire = server.connect();
    wire.write(b"POST /s HTTP/1.1\r\nhost: a\r\ncontent-length: 104857600\r\n\r\n").unwrap();
    let block = vec![0xab; 64 << 10];
    let written = (0..1_600).take_while(|_| wire.write(&block).is_ok()).count();
    assert!(written < 1_600, "the server has read all of it");
    assert!(server.metric("suanpan_bytes_in_total") < 1_000_000.0);
    assert_eq!(server.connect().get("/healthz", &[]).status, 200);
}

#[test]
fn more_than_one_request_may_bring_is_taken_in_with_the_next() {
    let server = with(|settings| settings.limits.request_bytes = 60 << 10);
    let mut desk = server.desk(1);
    desk.many(8, 400);
    let mut wire = server.connect();
    let Ended::Stopped(stop) = desk.exchange(&mut wire) else { panic!("the request was not stopped") };
    assert!(stop.code == StopCode::Busy && stop.retry_ms >= 1_000, "{stop:?}");
    for _ in 0..20 {
        desk.exchange(&mut server.connect());
    }
    assert_eq!(desk.unsettled(), 0);
    server.verify();
}

#[test]
fn a_connection_on_which_nothing_moves_is_closed() {
    let server = with(|settings| settings.idle = Duration::from_millis(300));
    let beginnings: [&[u8]; 5] = [
        b"",
        b"POST /s HT",
        b"POST /s HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n",
        b"POST /s HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc",
        b"POST /enrol HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
    ];
    for beginning in beginnings {
        let mut wire = server.connect();
        wire.write(beginning).unwrap();
        while wire.fill().is_ok() {}
    }
    assert_eq!(server.connect().get("/healthz", &[]).status, 200);
}

#[test]
fn a_device_that_asks_too_often_is_told_when_to_come_again() {
    let server = with(|settings| settings.limits.exchanges_per_minute = 3);
    let (mut desk, mut other) = (server.desk(1), server.desk(2));
    let mut wire = server.connect();
    (0..3).for_each(|_| desk.sync(&mut wire));
    let Ended::Stopped(stop) = desk.exchange(&mut wire) else { panic!("it may ask for ever") };
    assert!(stop.code == StopCode::Busy && stop.retry_ms >= 1_000, "{stop:?}");
    other.sync(&mut server.connect());
}

#[test]
fn who_claims_to_be_a_device_does_not_use_up_what_it_may_ask() {
    let server = with(|settings| settings.limits.exchanges_per_minute = 3);
    let mut desk = server.desk(1);
    let mut reader = FrameReader::default();
    reader.push(&desk.request());
    let Ok(Some(Frame::Hello(mut hello))) = reader.next_frame() else { panic!("a request begins with a hello") };
    hello.request += 1;
    let mut bytes = Vec::new();
    Frame::Hello(hello).write(&mut bytes);
    let mut wire = server.connect();
    for _ in 0..10 {
        assert_eq!(stop(&wire.post("/s", &[], &bytes).body).code, StopCode::Unknown);
    }
    desk.sync(&mut wire);
}

#[test]
fn when_too_many_wait_the_rest_is_asked_to_come_again() {
    let server = with(|settings| settings.waiting = 0);
    let reply = server.connect().post("/s", &[], &[0xff; 64]);
    let stop = stop(&reply.body);
    assert!(stop.code == StopCode::Busy && (1_000..10_000).contains(&stop.retry_ms), "{stop:?}");
    let other = server.connect().get("/healthz", &[]);
    assert_eq!(other.status, 503);
    assert_eq!(server.metric("suanpan_busy_total"), 1.0);
}

#[test]
fn an_exchange_that_waits_too_long_for_its_turn_is_asked_to_come_again() {
    let server = with(|settings| (settings.workers, settings.patience) = (0, Duration::from_millis(1)));
    let stop = stop(&server.connect().post("/s", &[], &[0xff; 64]).body);
    assert!(stop.code == StopCode::Busy && stop.retry_ms >= 1_000, "{stop:?}");
    assert_eq!(server.metric("suanpan_busy_total"), 1.0);
    assert_eq!(server.metric("suanpan_waiting"), 0.0);
}

#[test]
fn all_that_come_in_one_moment_find_room_before_any_is_taken_in() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listener = runtime.block_on(suanpan_province::listen("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let connect = |_| TcpStream::connect_timeout(&address, Duration::from_secs(20)).unwrap();
    let waiting: Vec<_> = (0..1_000).map(connect).collect();
    assert_eq!(waiting.len(), 1_000);
}

#[test]
fn connections_beyond_the_limit_are_turned_away() {
    let server = with(|settings| settings.limits.connections = 2);
    let (mut one, mut two) = (server.connect(), server.connect());
    assert_eq!((one.get("/healthz", &[]).status, two.get("/healthz", &[]).status), (200, 200));
    let mut three = server.connect();
    assert!(three.ask("GET", "/healthz", &[], &[]).is_err());
    one.cut();
    // The place is free once the server has noticed.
    while server.connect().ask("GET", "/healthz", &[], &[]).is_err() {}
    assert_eq!(two.get("/healthz", &[]).status, 200);
}

#[test]
fn requests_in_json_are_small() {
    let server = start();
    let reply = server.connect().post("/enrol", &[(JSON.0, JSON.1.into())], &vec![b' '; 100 << 10]);
    assert_eq!(reply.status, 413);
    assert!(reply.json()["message"].as_str().unwrap().starts_with("请求内容不合规"));
}
