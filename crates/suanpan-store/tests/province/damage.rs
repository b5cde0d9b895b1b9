//! Rows that somebody changed behind the store's back, and machines that stop in the middle.

use crate::world::{Kept, TOWN, World, exchange, in_a_file, in_postgres, log, open, project_codes, rows};
use rusqlite::Connection;
use serde_json::json;
use std::path::Path;
use suanpan_store::province::LeaseRequest;
use suanpan_sync::scope::{Place, Scope};
use suanpan_testkit::pg::Postgres;

/// A small history of two desks: five entries of one scope.
fn live(world: &mut World<'_>) {
    let road = world.project(0, "村道硬化", 100);
    world.create(0, "project_detail", TOWN, json!({"project": road.to_string(), "amount": 100}));
    world.set(0, road, "pro_code", json!("410882270000000000001"));
    world.sync(0);
    world.sync(1);
    world.set(1, road, "pro_name", json!("村道"));
    world.sync(1);
    world.set(0, road, "pro_total_amt", json!(7));
    world.sync(0);
}

/// The same with an amount that both desks changed, a step that was refused, and a block of codes for each.
fn argued(world: &mut World<'_>) {
    live(world);
    let well = world.project(0, "水井", 10);
    world.sync(0);
    world.sync(1);
    world.set(0, well, "pro_total_amt", json!(20));
    world.set(1, well, "pro_total_amt", json!(30));
    world.sync(0);
    world.sync(1);
    let other = world.project(1, "另一项", 1);
    world.set(1, other, "pro_code", json!("410882270000000000001"));
    world.sync(1);
    for id in world.ids.clone() {
        let wanted = LeaseRequest { device: id, series: project_codes(), count: 5 };
        world.province.on_disk().lease(&wanted).unwrap();
    }
}

#[test]
fn parcels_from_before_their_time_was_kept_are_believed_to_be_settled() {
    let folder = tempfile::tempdir().unwrap();
    let province = in_a_file(folder.path());
    let mut world = World::new(&province, &[&[TOWN]]);
    world.project(0, "村道硬化", 100);
    world.sync(0);
    let mut desk = world.desks.remove(0);
    drop(province);
    let file = unsealed(&folder.path().join("province.db"));
    let older = "ALTER TABLE device_chain DROP COLUMN stamp; DELETE FROM migration WHERE number > 1";
    file.execute_batch(older).unwrap();
    drop(file);

    let province = in_a_file(folder.path());
    exchange(&province, &mut desk, 0);
    assert_eq!(desk.look(|kept| kept.state.settled.seq), 1);
    assert_eq!(province.on_disk().verify(&[]).unwrap(), Vec::<String>::new());
}

/// Each damage to what stands beside the logs, and what the examination must say of it.
const BESIDE: &[(&str, &str)] = &[
    ("DELETE FROM decided WHERE outcome IS NULL", "没有登记裁决"),
    (
        "UPDATE decided SET outcome = (SELECT outcome FROM outcome ORDER BY device, parcel LIMIT 1) WHERE outcome IS NULL",
        "已生效，登记的裁决却是未采纳",
    ),
    (
        "UPDATE decided SET outcome = (SELECT outcome FROM outcome ORDER BY device, parcel LIMIT 1) WHERE outcome IS NULL",
        "登记的裁决是另一组的",
    ),
    ("UPDATE decided SET outcome = NULL", "登记为已采纳，日志中却没有它"),
    (
        "UPDATE decided SET outcome = (SELECT hash FROM log WHERE seq = 1) WHERE outcome IS NOT NULL",
        "登记的裁决无法读出",
    ),
    ("DELETE FROM decided WHERE outcome IS NOT NULL", "它的组没有登记裁决"),
    ("DELETE FROM outcome", "的裁决没有留给上报它的设备"),
    ("UPDATE outcome SET parcel = parcel + 100", "该设备没有上报过这一包"),
    ("UPDATE outcome SET parcel = 1 WHERE parcel = (SELECT min(parcel) FROM outcome)", "内容是另一包的"),
    ("UPDATE outcome SET outcome = (SELECT hash FROM log WHERE seq = 1)", "无法读出"),
    ("UPDATE decided SET outcome = NULL WHERE outcome IS NOT NULL", "与该组登记的裁决不同"),
    ("UPDATE lease SET first = '410882270000000000001' WHERE device = 2", "重叠"),
    ("UPDATE lease SET first = '410882279999999999999' WHERE device = 2", "的起止不对"),
    ("UPDATE lease SET device = 9 WHERE device = 2", "属于没有登记的设备"),
    ("DELETE FROM enrolment WHERE device = 2", "设备 2 上报过内容，却没有登记记录"),
    (
        "UPDATE enrolment SET verify = (SELECT hash FROM log WHERE seq = 1) WHERE device = 2",
        "设备 2 的公钥与登记时的不同",
    ),
    ("UPDATE enrolment SET device = 1", "设备 1 有 2 条登记记录"),
    ("UPDATE enrolment SET device = 9 WHERE device = 2", "登记记录中的设备 9 不在设备表中"),
];

/// (what is done to the tables, what the examination must name).
const TAMPERING: &[(&str, &str)] = &[
    ("DELETE FROM log WHERE seq = 2", "第 2 条至第 2 条缺失"),
    ("DELETE FROM log WHERE seq = 5", "登记的末尾却是第 5 条"),
    ("UPDATE log SET packed = (SELECT packed FROM log WHERE seq = 4) WHERE seq = 2", "第 2 条与校验链不符"),
    (
        "UPDATE log SET seq = 9 WHERE seq = 2; UPDATE log SET seq = 2 WHERE seq = 3; UPDATE log SET seq = 3 WHERE seq = 9",
        "第 2 条与校验链不符",
    ),
    ("UPDATE log SET device = 2 WHERE seq = 1", "第 1 条与校验链不符"),
    ("UPDATE log SET parcel = 7 WHERE seq = 1", "第 1 条与校验链不符"),
    ("UPDATE log SET hash = (SELECT hash FROM log WHERE seq = 4) WHERE seq = 3", "第 3 条与校验链不符"),
    ("UPDATE scope_head SET seq = 4, hash = (SELECT hash FROM log WHERE seq = 4)", "登记的末尾却是第 4 条"),
    ("UPDATE record SET version = 1 WHERE entity = 'project'", "内容被改动"),
    ("UPDATE record SET fields = '{\"pro_name\": \"另一个\"}' WHERE entity = 'project'", "内容被改动"),
    ("UPDATE record SET changed_by = '别人' WHERE entity = 'project'", "内容被改动"),
    ("DELETE FROM record WHERE entity = 'project_detail'", "缺失"),
    ("DELETE FROM record_scope WHERE entity = 'project_detail'", "区划索引缺失"),
    ("DELETE FROM reference", "引用索引缺失"),
    ("DELETE FROM code", "没有登记在"),
    ("DELETE FROM device_chain WHERE device = 1 AND parcel = 2", "设备 1：第 2 包的链缺失"),
    ("DELETE FROM device_chain WHERE device = 1 AND parcel = 4", "设备 1：链的末尾"),
    (
        "UPDATE device_chain SET hash = (SELECT hash FROM scope_head) WHERE device = 1 AND parcel = 1",
        "不是设备 1 签过名的第 1 包",
    ),
    ("UPDATE device_place SET received = 9 WHERE id = 2", "设备 2：链的末尾"),
    ("DELETE FROM device WHERE id = 2", "设备 2 没有登记"),
];

fn expect_found(store: &Kept, tampering: &str, named: &str) {
    let problems = store.on_disk().verify(&[]).unwrap();
    assert!(problems.iter().any(|problem| problem.contains(named)), "{tampering}: {problems:?}");
}

/// The file as another program would open it that knows the seal.
fn unsealed(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    let seal = blake3::Hash::from_bytes(blake3::derive_key("suanpan book 2026 page seal", b"v1"));
    connection.execute_batch(&format!("PRAGMA key = \"x'{seal}'\";")).unwrap();
    connection
}

/// What was done to the tables, and what the examination must say of it.
type Damage = [(&'static str, &'static str)];

/// Does each damage to a copy of what `history` left in a file; the whole file has nothing wrong with it.
fn each_is_named_in_a_file(history: fn(&mut World<'_>), damages: &Damage) {
    let folder = tempfile::tempdir().unwrap();
    let store = in_a_file(folder.path());
    history(&mut World::new(&store, &[&[TOWN], &[TOWN]]));
    assert_eq!(store.on_disk().verify(&[]).unwrap(), Vec::<String>::new());
    drop(store);
    for (number, (damage, named)) in damages.iter().enumerate() {
        let copy = folder.path().join(format!("{number}.db"));
        std::fs::copy(folder.path().join("province.db"), &copy).unwrap();
        unsealed(&copy).execute_batch(damage).unwrap();
        expect_found(&open(copy.to_str().unwrap()), damage, named);
    }
}

/// The same in PostgreSQL, in databases that are called after `test`.
fn each_is_named_in_postgres(test: &str, history: fn(&mut World<'_>), damages: &Damage) {
    let (store, _) = in_postgres(test);
    history(&mut World::new(&store, &[&[TOWN], &[TOWN]]));
    assert_eq!(store.on_disk().verify(&[]).unwrap(), Vec::<String>::new());
    drop(store);
    for (number, (damage, named)) in damages.iter().enumerate() {
        let name = format!("t_{test}_{number}");
        let url = Postgres::shared().copy_database(&format!("t_{test}"), &name);
        Postgres::shared().sql(&name, damage);
        expect_found(&open(&url), damage, named);
    }
}

#[test]
fn every_row_that_is_tampered_with_in_a_file_is_named() {
    each_is_named_in_a_file(live, TAMPERING);
}

#[test]
fn every_row_that_is_tampered_with_in_postgres_is_named() {
    each_is_named_in_postgres("tampering", live, TAMPERING);
}

#[test]
fn what_stands_beside_the_logs_and_disagrees_with_them_is_named_in_a_file() {
    each_is_named_in_a_file(argued, BESIDE);
}

#[test]
fn what_stands_beside_the_logs_and_disagrees_with_them_is_named_in_postgres() {
    each_is_named_in_postgres("beside", argued, BESIDE);
}

#[test]
fn a_shortened_or_replaced_log_is_found_by_the_places_that_others_hold() {
    let folder = tempfile::tempdir().unwrap();
    let store = in_a_file(folder.path());
    let mut world = World::new(&store, &[&[TOWN], &[TOWN]]);
    live(&mut world);
    let kept: Vec<(Scope, Place)> = log(&store, TOWN).iter().map(|entry| (TOWN, entry.place)).collect();
    assert_eq!(store.on_disk().verify(&kept).unwrap(), Vec::<String>::new());
    let other_folder = tempfile::tempdir().unwrap();
    let replaced = in_a_file(other_folder.path());
    World::new(&replaced, &[&[TOWN]]).project(0, "全是新的", 1);
    let mut world = World::new(&replaced, &[&[TOWN]]);
    world.project(0, "全是新的", 1);
    world.sync(0);
    let problems = replaced.on_disk().verify(&kept).unwrap();
    assert!(problems.iter().any(|problem| problem.contains("整段日志被替换")), "{problems:?}");
    assert!(problems.iter().any(|problem| problem.contains("末尾被截去")), "{problems:?}");
}

#[test]
fn a_file_copied_after_any_commit_holds_all_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let store = in_a_file(folder.path());
    let mut world = World::new(&store, &[&[TOWN]]);
    for round in 0..5 {
        world.project(0, &format!("第{round}项"), round);
        world.sync(0);
        let copy = tempfile::tempdir().unwrap();
        for name in ["province.db", "province.db-wal"] {
            std::fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
        }
        let found = in_a_file(copy.path());
        assert_eq!((rows(&found, TOWN), log(&found, TOWN)), (rows(&store, TOWN), log(&store, TOWN)));
        assert_eq!(found.on_disk().verify(&[]).unwrap(), Vec::<String>::new());
    }
}

#[test]
fn postgres_killed_between_commits_loses_nothing_and_is_used_again_by_itself() {
    let cluster = Postgres::start();
    let store = open(&cluster.create_database("killed"));
    let mut world = World::new(&store, &[&[TOWN], &[TOWN]]);
    for round in 0..3 {
        world.project(0, &format!("第{round}项"), round);
        world.sync(0);
        cluster.kill9();
        assert!(store.on_disk().devices().is_err());
        cluster.restart();
        world.sync(1);
        assert_eq!(log(&store, TOWN).len() as i64, round + 1);
        assert_eq!(store.on_disk().verify(&[]).unwrap(), Vec::<String>::new());
    }
}
