//! What two desks and the province come to over a link that works: the plain story of every field class.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::json;
use suanpan_model::{Op, OpKind, facts::Facts};
use suanpan_sync::{
    client::{
        self,
        store::{Book, Desk, Stored, Why},
    },
    memory::MemoryDesk,
    parcel::{Clocks, op_id},
    scope::DeviceId,
    server::{self, CASE, DECIDED, store::Device},
};
use support::{TOWN, World, keys};

#[test]
fn what_one_desk_typed_is_on_the_other_after_both_have_synced() {
    let mut world = World::new(2);
    let bridge = world.project(0, "乡村桥梁", 120_000);
    world.sync(0);
    world.sync(1);
    assert_eq!(world.shown(1, bridge, "pro_name"), json!("乡村桥梁"));
    assert_eq!(world.desks[0].look(|kept| kept.unsettled.len()), 0, "nothing is pending any more");
    assert_eq!(world.desks[0].look(|kept| kept.cursors.clone()), world.desks[1].look(|kept| kept.cursors.clone()));
}

#[test]
fn changes_of_different_fields_merge() {
    let mut world = World::new(2);
    let bridge = world.project(0, "乡村桥梁", 120_000);
    world.sync(0);
    world.sync(1);
    world.set(0, bridge, "pro_name", json!("柳河桥"));
    world.set(1, bridge, "pro_total_amt", json!(150_000));
    for desk in [0, 1, 0] {
        world.sync(desk);
    }
    for desk in [0, 1] {
        assert_eq!(world.shown(desk, bridge, "pro_name"), json!("柳河桥"));
        assert_eq!(world.shown(desk, bridge, "pro_total_amt"), json!(150_000));
    }
}

#[test]
fn two_offline_changes_of_one_amount_become_a_case_and_the_first_stays_in_force() {
    let mut world = World::new(2);
    let bridge = world.project(0, "乡村桥梁", 120_000);
    world.sync(0);
    world.sync(1);
    world.set(0, bridge, "pro_total_amt", json!(150_000));
    world.set(1, bridge, "pro_total_amt", json!(180_000));
    for desk in [0, 1, 0] {
        world.sync(desk);
    }
    for desk in [0, 1] {
        assert_eq!(world.shown(desk, bridge, "pro_total_amt"), json!(150_000));
        let cases = world.desks[desk].look(|kept| kept.book.records(CASE));
        let def = world.schema.entity(CASE).unwrap();
        assert_eq!(cases.len(), 1);
        let value = |name: &str| cases[0].values[def.index(name).unwrap()].to_json();
        assert_eq!(
            (value("base"), value("theirs"), value("proposed")),
            (json!("120000"), json!("150000"), json!("180000"))
        );
        assert_ne!(value("state"), json!(DECIDED));
    }
}

#[test]
fn the_same_amount_typed_twice_is_asked_about_too_but_the_same_text_is_not() {
    let mut world = World::new(2);
    let bridge = world.project(0, "乡村桥梁", 120_000);
    world.sync(0);
    world.sync(1);
    for desk in [0, 1] {
        world.set(desk, bridge, "pro_total_amt", json!(150_000));
        world.set(desk, bridge, "pro_name", json!("柳河桥"));
    }
    for desk in [0, 1, 0] {
        world.sync(desk);
    }
    assert_eq!(world.desks[0].look(|kept| kept.book.records(CASE).len()), 1);
    assert_eq!(world.shown(1, bridge, "pro_name"), json!("柳河桥"));
}

#[test]
fn further_changes_of_a_disputed_amount_stay_with_its_case() {
    let mut world = World::new(2);
    let bridge = world.project(0, "乡村桥梁", 120_000);
    world.sync(0);
    world.sync(1);
    world.set(0, bridge, "pro_total_amt", json!(150_000));
    world.set(1, bridge, "pro_total_amt", json!(180_000));
    world.set(1, bridge, "pro_total_amt", json!(190_000));
    world.sync(0);
    world.sync(1);
    let cases = world.desks[1].look(|kept| kept.book.records(CASE));
    let def = world.schema.entity(CASE).unwrap();
    assert_eq!(cases.len(), 1);
    assert_eq!(cases[0].values[def.index("proposed").unwrap()].to_json(), json!("190000"));
}

#[test]
fn the_rest_of_a_pasted_group_goes_again_by_itself_when_one_line_is_disputed() {
    let mut world = World::new(2);
    let [one, two] = [world.project(0, "一号桥", 100), world.project(0, "二号桥", 200)];
    world.sync(0);
    world.sync(1);
    world.set(0, one, "pro_total_amt", json!(101));
    world.sync(0);
    let edit = |from: i64, to: i64| OpKind::Edit {
        seen: 0,
        changes: vec![suanpan_model::Change { field: "pro_total_amt".into(), from: json!(from), to: json!(to) }],
    };
    world.do_it(1, "粘贴 2 行", vec![(one, edit(100, 102)), (two, edit(200, 202))]);
    world.sync(1);
    assert_eq!(world.at_province(two, "pro_total_amt"), json!(200), "a group takes effect whole or not at all");
    assert_eq!(world.shown(1, one, "pro_total_amt"), json!(101));
    assert_eq!(world.shown(1, two, "pro_total_amt"), json!(202));
    world.sync(1);
    assert_eq!(world.at_province(two, "pro_total_amt"), json!(202));
}

#[test]
fn a_division_of_its_own_in_a_book_that_worked_alone_holds_up_nothing_that_was_made_with_it() {
    let mut world = World::new(2);
    let (head, division, project, voucher) = (world.head("示例数据"), world.id(), world.id(), world.id());
    let create = |fields: serde_json::Value| {
        let serde_json::Value::Object(fields) = fields else { unreachable!() };
        OpKind::Create { division: TOWN.to_string().into(), fiscal_year: 2027, fields }
    };
    let ops = [
        ("division", division, create(json!({"code": "410882101", "name": "西万镇"}))),
        ("project", project, create(json!({"pro_name": "乡村桥梁"}))),
        ("allotment_voucher", voucher, create(json!({"amount": 100}))),
    ];
    let ops = (0..).zip(ops).map(|(place, (entity, record, kind))| Op {
        id: op_id(head.id, place),
        entity: entity.into(),
        record,
        kind,
    });
    let ops = ops.collect();
    world.desks[0].type_in(head, ops).unwrap();
    for desk in [0, 0, 1] {
        world.sync(desk);
    }
    let tray = world.desks[0].look(|kept| kept.tray.values().map(|item| item.op.record).collect::<Vec<_>>());
    assert_eq!(tray, [division], "what was made with it is not held");
    assert_eq!(world.shown(1, project, "pro_name"), json!("乡村桥梁"));
    assert!(world.desks[1].get("allotment_voucher", voucher).unwrap().is_some());
}

#[test]
fn a_group_half_of_which_was_confirmed_is_whole_after_the_book_became_another_device() {
    let mut world = World::new(1);
    let names: Vec<String> =
        (0..40).map(|number| keys(number).public().verify.map(|b| b.to_string()).join("")).collect();
    let bridges: Vec<_> = names.iter().map(|_| world.id()).collect();
    let create = |name: &String| OpKind::Create {
        division: TOWN.to_string().into(),
        fiscal_year: 2027,
        fields: serde_json::Map::from_iter([("pro_name".to_owned(), json!(name))]),
    };
    world.do_it(0, "导入 40 行", bridges.iter().copied().zip(names.iter().map(create)).collect());
    let in_pieces = || {
        let client = client::Settings { frame_bytes: 500, ..client::Settings::default() };
        (client, server::Settings { reply_bytes: 500, ..server::Settings::default() })
    };
    let cursor = |desk: &MemoryDesk| desk.look(|kept| kept.cursors[&TOWN].seq);
    world.exchange(0, &keys(0), in_pieces(), |desk| cursor(desk) == 0);
    assert_eq!(world.desks[0].look(|kept| kept.unsettled.len()), 1, "the link broke in the middle of the group");
    assert!(cursor(&world.desks[0]) > 0);

    let other = DeviceId(9);
    world.province.enrol(Device::new(other, keys(9).public().verify, &[TOWN]));
    world.desks[0].enrol(other, 0);
    world.exchange(0, &keys(9), <_>::default(), |_| true);
    assert_eq!(world.desks[0].look(|kept| kept.unsettled.len()), 0);
    for (bridge, name) in bridges.into_iter().zip(names) {
        let found = world.desks[0].get("project", bridge).unwrap().unwrap();
        assert!(!found.header.deleted, "{name}");
        assert_eq!(world.shown(0, bridge, "pro_name"), json!(name));
    }
}

#[test]
fn a_record_deleted_by_one_and_changed_by_the_other_is_not_lost() {
    let mut world = World::new(2);
    let bridge = world.project(0, "乡村桥梁", 120_000);
    world.sync(0);
    world.sync(1);
    world.set(0, bridge, "pro_total_amt", json!(150_000));
    world.do_it(1, "删除", vec![(bridge, OpKind::Delete)]);
    world.sync(0);
    world.sync(1);
    let record = world.desks[1].get("project", bridge).unwrap().unwrap();
    assert!(!record.header.deleted, "whoever deleted it had not seen the new amount");
    let tray = world.desks[1].look(|kept| kept.tray.values().cloned().collect::<Vec<_>>());
    assert_eq!(tray.len(), 1);
    assert!(matches!(tray[0].why, Why::Refused(_)));
    assert!(world.desks[1].pending("project", bridge).unwrap().is_empty());
}

#[test]
fn a_code_is_given_to_one_record_and_the_other_is_told_which_is_free() {
    let mut world = World::new(2);
    let code = "410882270001000000001";
    let [one, two] = [world.project(0, "一号桥", 100), world.project(1, "二号桥", 200)];
    world.set(0, one, "pro_code", json!(code));
    world.set(1, two, "pro_code", json!(code));
    world.sync(0);
    world.sync(1);
    assert_eq!(world.at_province(two, "pro_code"), json!(null));
    let tray = world.desks[1].look(|kept| kept.tray.values().cloned().collect::<Vec<_>>());
    assert!(tray[0].message.contains("410882270001000000002"), "{}", tray[0].message);
}

#[test]
fn what_a_book_takes_back_and_takes_in_again_is_counted_once() {
    let mut world = World::new(2);
    let [bridge, road] = [world.project(0, "乡村桥梁", 120_000), world.project(0, "村内道路", 80_000)];
    world.sync(0);
    world.sync(1);
    assert_eq!(world.progress.pulled, 2, "the book in memory takes everything back once");
    world.set(0, bridge, "pro_total_amt", json!(130_000));
    world.sync(0);
    world.set(1, bridge, "pro_total_amt", json!(140_000));
    world.do_it(1, "删除", vec![(road, OpKind::Delete)]);
    world.sync(1);
    let client::Progress { disputed, refused, .. } = world.progress;
    assert_eq!((disputed, refused), (1, 0));
}

/// A book that counts, for each of its transactions, the ops of the groups that it packs.
struct Counting<'d> {
    desk: &'d mut MemoryDesk,
    packed: Vec<usize>,
}

fn packed(desk: &MemoryDesk) -> usize {
    desk.look(|kept| kept.unsettled.iter().filter(|(_, packed)| *packed).map(|(group, _)| group.ops.len()).sum())
}

impl Book for Counting<'_> {
    fn transaction(&mut self, work: &mut dyn FnMut(&dyn Desk) -> Stored<()>) -> Stored<()> {
        let before = packed(self.desk);
        self.desk.transaction(work)?;
        self.packed.push(packed(self.desk) - before);
        Ok(())
    }
}

#[test]
fn what_waits_is_packed_about_a_thousand_ops_at_a_time_so_that_whoever_types_waits_for_no_more() {
    let mut world = World::new(1);
    for _ in 0..8 {
        let rows: Vec<_> = (0..300).map(|_| world.id()).collect();
        let kind = OpKind::Create { division: TOWN.to_string().into(), fiscal_year: 2027, fields: Default::default() };
        world.do_it(0, "导入", rows.into_iter().map(|row| (row, kind.clone())).collect());
    }
    let mut book = Counting { desk: &mut world.desks[0], packed: Vec::new() };
    let (keys, settings) = (keys(0), client::Settings::default());
    client::Session::begin(&mut book, &keys, settings, Clocks::default()).unwrap();
    let steps: Vec<usize> = book.packed.into_iter().filter(|ops| *ops > 0).collect();
    assert_eq!(steps.iter().sum::<usize>(), 2_400);
    assert!(steps.iter().all(|ops| *ops <= 1_200), "{steps:?}");
    world.sync(0);
    assert_eq!(packed(&world.desks[0]), 0, "all of it went");
}
