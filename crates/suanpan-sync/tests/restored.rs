//! What becomes of a desk when the province, or its book, was put back to a backup: nothing typed is without an end.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::json;
use suanpan_model::OpKind;
use suanpan_sync::{
    client::{
        self,
        refresh::Refresh,
        store::{Desk, Why},
    },
    frame::{Frame, FrameReader, Hello, PROTOCOL, StopCode, mark},
    memory::MemoryDesk,
    parcel::Clocks,
    scope::{DeviceId, Place, Scope},
    server::{self, SIGNED_HELLO, store::Device},
};
use support::{TOWN, World, keys};

const VILLAGE: Scope = Scope(410_882_102);

impl World {
    /// What the desk would carry to the province on a stick.
    fn package(&mut self, desk: usize) -> Vec<u8> {
        let (keys, book) = (keys(desk), &mut self.desks[desk]);
        let mut session = client::Session::begin(book, &keys, <_>::default(), Clocks::default()).unwrap();
        session.whole_upload(book).unwrap().1
    }

    /// The province takes a package in. Returns what is carried back.
    fn answer(&mut self, package: &[u8]) -> Vec<u8> {
        let settings = server::Settings { reply_bytes: usize::MAX, ..<_>::default() };
        self.say(server::Session::carried(settings), package)
    }

    fn say(&self, mut server: server::Session, bytes: &[u8]) -> Vec<u8> {
        let mut answer = server.receive(&self.province, bytes, self.now_ms).unwrap();
        while server.is_pulling() {
            answer.extend(server.pull(&self.province, &|_| [0; 64], self.now_ms).unwrap());
        }
        answer
    }

    fn take_in(&mut self, desk: usize, answer: &[u8]) {
        client::Session::carried(&keys(desk)).receive(&mut self.desks[desk], answer).unwrap();
    }

    fn move_to(&mut self, desk: usize, scope: Scope) {
        let id = DeviceId(desk as u32 + 1);
        let known = self.province.look(|kept| kept.devices[&id].clone());
        self.province.enrol(Device { reads: vec![scope], writes: vec![scope], ..known });
    }

    fn tray(&self, desk: usize) -> Vec<Why> {
        self.desks[desk].look(|kept| kept.tray.values().map(|item| item.why).collect())
    }

    /// Desk 0 has sent projects whose packages are read in after the province has lost them, when it may not write there any more.
    fn with_old_packages(projects: usize) -> Self {
        let mut world = Self::new(1);
        let before = world.province.clone();
        for number in 0..projects {
            world.project(0, &format!("{number}号桥"), 100);
        }
        let package = world.package(0);
        world.sync(0);
        assert_eq!(world.tray(0), []);
        world.province = before;
        world.move_to(0, VILLAGE);
        world.now_ms += 60_000;
        world.answer(&package);
        world
    }
}

fn frames(bytes: &[u8]) -> Vec<Frame> {
    let mut reader = FrameReader::default();
    reader.push(bytes);
    std::iter::from_fn(|| reader.next_frame().unwrap()).collect()
}

#[test]
fn what_a_restored_province_refuses_of_an_old_package_comes_back_to_the_tray() {
    let mut world = World::with_old_packages(1);
    world.sync(0);
    assert!(matches!(world.tray(0)[..], [Why::Refused(_)]));
    world.desks[0].change(|kept| kept.tray.clear());
    let (_, down) = world.sync(0);
    assert_eq!(world.tray(0), [], "it is told once");
    assert!(down < 40, "{down} bytes are no news");
}

#[test]
fn telling_again_goes_on_from_where_the_link_broke() {
    let mut world = World::with_old_packages(3);
    for told in 1..=3 {
        let goes_on = |desk: &MemoryDesk| desk.look(|kept| kept.tray.len()) < told;
        world.exchange(0, &keys(0), <_>::default(), goes_on);
        assert_eq!(world.tray(0).len(), told);
    }
    world.desks[0].change(|kept| kept.tray.clear());
    world.sync(0);
    assert_eq!(world.tray(0), []);
}

#[test]
fn what_was_sent_ahead_of_the_news_is_not_sent_again() {
    let mut world = World::with_old_packages(1);
    world.project(0, "新桥", 100);
    let (keys, book) = (keys(0), &mut world.desks[0]);
    let mut client = client::Session::begin(book, &keys, <_>::default(), Clocks::default()).unwrap();
    let mut server = server::Session::new(<_>::default());
    let next = |client: &mut client::Session<'_>, book: &mut MemoryDesk| match client.next_upload(book).unwrap() {
        client::Upload::Send(bytes) => bytes,
        other => panic!("{other:?}"),
    };
    let ahead = [next(&mut client, book), next(&mut client, book)].concat();
    assert!(matches!(frames(&ahead)[..], [Frame::Hello(_), Frame::Parcel { seq: 2, .. }]));
    let answer = server.receive(&world.province, &ahead, world.now_ms).unwrap();
    assert!(matches!(frames(&answer)[0], Frame::Welcome(welcome) if welcome.anew));
    client.receive(book, &answer).unwrap();
    assert_eq!(frames(&next(&mut client, book)), [Frame::End]);
}

#[test]
fn an_older_client_is_told_nothing_that_it_cannot_read() {
    let world = World::with_old_packages(1);
    let settled = world.desks[0].look(|kept| kept.state.settled);
    let mut hello = Hello {
        protocol: PROTOCOL,
        device: DeviceId(1),
        request: 100,
        documents: 1,
        settled: settled.seq,
        settled_mark: mark(&settled.hash),
        stamp: None,
        push: None,
        waits: false,
        wants_checkpoint: false,
        cursors: Vec::new(),
        signature: [0; 64],
    };
    hello.signature = keys(0).sign(SIGNED_HELLO, &[&hello.signed_bytes()]);
    let mut bytes = Vec::new();
    [Frame::Hello(hello), Frame::End].iter().for_each(|frame| frame.write(&mut bytes));
    let answer = frames(&world.say(server::Session::new(<_>::default()), &bytes));
    let [Frame::Welcome(welcome), Frame::Done(done)] = &answer[..] else { panic!("{answer:?}") };
    assert_eq!((welcome.anew, done.stamp), (false, None));
}

#[test]
fn a_group_that_is_parted_a_second_time_and_otherwise_loses_nothing() {
    let mut world = World::new(3);
    let [one, two] = [world.project(0, "一号桥", 100), world.project(0, "二号桥", 200)];
    (0..3).for_each(|desk| _ = world.sync(desk));
    let before = world.province.clone();
    world.set(0, one, "pro_total_amt", json!(101));
    world.sync(0);
    let edit = |from: i64, to: i64| OpKind::Edit {
        seen: 0,
        changes: vec![suanpan_model::Change { field: "pro_total_amt".into(), from: json!(from), to: json!(to) }],
    };
    world.do_it(1, "粘贴 2 行", vec![(one, edit(100, 102)), (two, edit(200, 202))]);
    world.sync(1);
    world.sync(1);
    assert_eq!(world.at_province(two, "pro_total_amt"), json!(202), "the first line was disputed, the second went on");

    world.province = before;
    world.set(2, two, "pro_total_amt", json!(201));
    world.sync(2);
    let is_told = |desk: &MemoryDesk| desk.look(|kept| kept.state.settled.seq == 2);
    world.exchange(1, &keys(1), <_>::default(), |desk| !is_told(desk));
    world.exchange(1, &keys(1), <_>::default(), |_| false);
    assert_eq!(world.at_province(one, "pro_total_amt"), json!(102), "now the first line goes on");
    assert_eq!(world.at_province(two, "pro_total_amt"), json!(201));
}

#[test]
fn a_scope_whose_fetching_was_cut_short_is_fetched_again_even_when_its_log_is_the_known_one() {
    let mut world = World::new(2);
    world.project(0, "乡村桥梁", 120_000);
    world.sync(0);
    world.sync(1);
    // The province lost the project, and desk 0 has brought it back before desk 1 comes again.
    world.desks[1].commits_left = Some(2);
    Refresh::default().finish(&mut world.desks[1], TOWN, 0, Place::default()).unwrap_err();
    world.desks[1].commits_left = None;
    let hello = world.package(1);
    let answer = frames(&world.say(server::Session::new(<_>::default()), &hello));
    let Some(Frame::Stop(stop)) = answer.last() else { panic!("{answer:?}") };
    assert_eq!((stop.code, stop.scope), (StopCode::Reset, Some(TOWN)));
}

#[test]
fn a_record_that_the_province_has_not_any_more_is_not_confirmed_even_when_its_deletion_is_pending() {
    let mut world = World::new(1);
    let bridge = world.project(0, "乡村桥梁", 120_000);
    world.sync(0);
    world.do_it(0, "删除", vec![(bridge, OpKind::Delete)]);
    Refresh::default().finish(&mut world.desks[0], TOWN, 0, Place::default()).unwrap();
    assert_eq!(world.desks[0].shadow("project", bridge).unwrap(), Some(None));
}

#[test]
fn a_book_from_a_backup_takes_nothing_for_settled_that_an_answer_to_a_later_one_does_not_say() {
    let mut world = World::new(1);
    world.move_to(0, VILLAGE);
    world.project(0, "乡村桥梁", 120_000);
    let package = world.package(0);
    let backup = world.desks[0].clone();
    let answer = world.answer(&package);
    world.take_in(0, &answer);
    assert_eq!(world.tray(0).len(), 1);
    let package = world.package(0);
    let later = world.answer(&package);

    world.desks[0] = backup;
    world.take_in(0, &later);
    world.desks[0].change(|kept| kept.state.request += 1 << 20);
    world.sync(0);
    assert!(matches!(world.tray(0)[..], [Why::Refused(_)]));
}
