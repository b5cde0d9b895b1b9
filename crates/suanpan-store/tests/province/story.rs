//! What two desks and a province live through, told to each store; all must end with the same rows and logs.

use crate::world::{NOW_MS, TOWN, VILLAGE, World, exchange, in_a_file, in_memory, in_postgres, keys, log, push, rows};
use serde_json::json;
use suanpan_model::{OpKind, Value};
use suanpan_sync::{
    frame::stamp,
    scope::Scope,
    server::store::{Province, Write},
};

/// Tells the story to each store and compares what it leaves behind with what it leaves in memory.
fn on_every_store(test: &str, story: impl Fn(&mut World<'_>), desks: &[&[Scope]]) {
    let folder = tempfile::tempdir().unwrap();
    let memory = in_memory();
    let stores = [in_a_file(folder.path()), in_postgres(test).0];
    story(&mut World::new(&memory, desks));
    for store in &stores {
        story(&mut World::new(store, desks));
        for scope in desks.iter().copied().flatten() {
            assert_eq!(rows(store, *scope), rows(&memory, *scope), "records of {scope}");
            assert_eq!(log(store, *scope), log(&memory, *scope), "log of {scope}");
        }
        assert_eq!(store.on_disk().verify(&[]).unwrap(), Vec::<String>::new());
    }
}

#[test]
fn what_one_desk_types_reaches_the_other() {
    on_every_store(
        "one_types",
        |world| {
            let road = world.project(0, "村道硬化", 120_000);
            world.set(0, road, "pro_total_amt", json!(130_000));
            world.sync(0);
            world.sync(1);
            assert_eq!(world.shown(1, road, "pro_total_amt"), json!(130_000));
            assert_eq!(world.at_province(road, "pro_name"), json!("村道硬化"));
            world.set(1, road, "pro_name", json!("村道硬化（二期）"));
            world.sync(1);
            world.sync(0);
            assert_eq!(world.shown(0, road, "pro_name"), json!("村道硬化（二期）"));
        },
        &[&[TOWN], &[TOWN]],
    );
}

#[test]
fn two_amounts_for_one_field_become_a_case_and_the_value_in_force_stays() {
    on_every_store(
        "two_amounts",
        |world| {
            let road = world.project(0, "村道硬化", 100);
            world.sync(0);
            world.sync(1);
            world.set(0, road, "pro_total_amt", json!(200));
            world.set(1, road, "pro_total_amt", json!(300));
            world.sync(0);
            world.sync(1);
            assert_eq!(world.at_province(road, "pro_total_amt"), json!(200));
            let cases = world.province.transaction(&mut |store| store.open_cases(road)).unwrap();
            assert_eq!(cases.len(), 1);
            world.set(1, road, "pro_name", json!("另一件事"));
            world.sync(1);
            world.sync(0);
        },
        &[&[TOWN], &[TOWN]],
    );
}

#[test]
fn a_code_belongs_to_one_record_until_that_is_deleted() {
    on_every_store(
        "codes",
        |world| {
            let first = world.project(0, "甲", 1);
            world.set(0, first, "pro_code", json!("410882270000000000001"));
            world.sync(0);
            let second = world.project(1, "乙", 2);
            world.sync(1);
            world.set(1, second, "pro_code", json!("410882270000000000001"));
            world.sync(1);
            assert_eq!(world.at_province(second, "pro_code"), json!(null));
            world.do_it(0, "project", "删除", vec![(first, OpKind::Delete)]);
            world.sync(0);
            world.sync(1);
            world.set(1, second, "pro_code", json!("410882270000000000001"));
            world.sync(1);
            assert_eq!(world.at_province(second, "pro_code"), json!("410882270000000000001"));
        },
        &[&[TOWN], &[TOWN]],
    );
}

#[test]
fn a_record_that_others_refer_to_is_not_deleted_from_under_them() {
    on_every_store(
        "references",
        |world| {
            let road = world.project(0, "村道硬化", 100);
            world.create(0, "project_detail", TOWN, json!({"project": road.to_string(), "amount": 100}));
            world.sync(0);
            world.sync(1);
            let used = world.province.transaction(&mut |store| {
                let parts = store.parts("project_detail", "project", road, &["amount"])?;
                Ok((store.referring("project_detail", "project", road)?.len(), parts.len()))
            });
            assert_eq!(used.unwrap(), (1, 1));
        },
        &[&[TOWN], &[TOWN]],
    );
}

#[test]
fn a_group_that_touches_two_scopes_is_logged_in_both() {
    on_every_store(
        "two_scopes",
        |world| {
            let (one, other) = (world.id(), world.id());
            let kind = |scope: Scope, name: &str| {
                let serde_json::Value::Object(fields) = json!({"pro_name": name}) else { unreachable!() };
                OpKind::Create { division: scope.to_string().into(), fiscal_year: 2027, fields }
            };
            let ops = vec![(one, kind(VILLAGE, "乙")), (other, kind(TOWN, "甲"))];
            world.do_it(0, "project", "下达", ops);
            drop(push(world.province, &mut world.desks[0], &keys(0)));
            world.sync(1);
            assert_eq!(log(world.province, TOWN).len(), 1);
            assert_eq!(log(world.province, VILLAGE).len(), 1);
        },
        &[&[TOWN, VILLAGE], &[TOWN]],
    );
}

#[test]
fn any_text_is_kept_as_it_was_typed() {
    on_every_store(
        "any_text",
        |world| {
            let odd = "零\0字 \u{10ffff}0 “引号”\\u0000 བོད།";
            let road = world.project(0, odd, 100);
            world.set(0, road, "pro_code", json!(format!("\0{}", "长".repeat(3000))));
            world.sync(0);
            assert_eq!(world.at_province(road, "pro_name"), json!(odd));
            let found = world
                .province
                .transaction(&mut |store| Ok(store.with_value("project", 2027, "pro_name", &Value::text(odd))?.len()));
            assert_eq!(found.unwrap(), 1);
            world.sync(1);
        },
        &[&[TOWN], &[TOWN]],
    );
}

#[test]
fn a_long_group_comes_in_many_parcels_and_counts_as_one() {
    on_every_store(
        "long_group",
        |world| {
            let ops = (0..1500).map(|number| {
                let fields =
                    json!({"pro_name": format!("第{number}项\0“བོད” {}", number * 7919), "pro_total_amt": number * 31});
                let serde_json::Value::Object(fields) = fields else { unreachable!() };
                (world.id(), OpKind::Create { division: TOWN.to_string().into(), fiscal_year: 2027, fields })
            });
            let ops: Vec<_> = ops.collect();
            world.do_it(0, "project", "导入", ops);
            world.sync(0);
            world.sync(1);
            assert_eq!(rows(world.province, TOWN).len(), 1500);
        },
        &[&[TOWN], &[TOWN]],
    );
}

#[test]
fn the_facts_are_the_same_on_every_store() {
    let folder = tempfile::tempdir().unwrap();
    let answers = [in_memory(), in_a_file(folder.path()), in_postgres("facts").0].map(|store| {
        let mut world = World::new(&store, &[&[TOWN]]);
        let one = world.project(0, "甲", 5);
        world.project(0, "甲", 6);
        let gone = world.project(0, "甲", 7);
        world.do_it(0, "project", "删除", vec![(gone, OpKind::Delete)]);
        world.sync(0);
        let asked = world.province.transaction(&mut |store| {
            let record = store.get("project", one)?.unwrap();
            let mut scanned = Vec::new();
            store.scan("project", 2027, &mut |record| scanned.push(record.id))?;
            scanned.sort();
            let number = Value::Money(suanpan_model::Money::from_fen(5).unwrap());
            let by =
                |field: &str, value: &Value, year| store.with_value("project", year, field, value).map(|all| all.len());
            let counts = [
                by("pro_name", &Value::text("甲"), 2027)?,
                by("pro_name", &Value::text("甲"), 2026)?,
                by("pro_total_amt", &number, 2027)?,
                by("pro_code", &Value::Null, 2027)?,
                store.same_key("project", &record)?.len(),
            ];
            let last = store.last_change("project", one)?;
            Ok((scanned, counts, last, store.get("agency", one)?.is_none(), store.get("project", gone)?.is_some()))
        });
        asked.unwrap()
    });
    assert_eq!(answers[1], answers[0]);
    assert_eq!(answers[2], answers[0]);
    assert_eq!(answers[0].2, Some(("李会计".into(), NOW_MS)));
}

#[test]
fn what_fails_before_its_commit_never_was() {
    let folder = tempfile::tempdir().unwrap();
    for store in [in_a_file(folder.path()), in_postgres("never_was").0] {
        let mut world = World::new(&store, &[&[TOWN]]);
        world.project(0, "甲", 5);
        world.sync(0);
        let before = (rows(&store, TOWN), log(&store, TOWN));
        let failed = store.transaction::<()>(&mut |province| {
            let mut entry = province.entries(TOWN, 0, usize::MAX)?.remove(0);
            province.lock(&[TOWN])?;
            entry.place.seq = 2;
            province.append(&[entry])?;
            assert_eq!(province.entries(TOWN, 0, usize::MAX)?.len(), 2);
            Err(suanpan_sync::server::store::StoreFault::Unavailable("the power goes".into()))
        });
        assert!(failed.is_err());
        assert_eq!((rows(&store, TOWN), log(&store, TOWN)), before);
    }
}

#[test]
fn desks_that_push_into_one_scope_at_once_leave_no_gap() {
    let folder = tempfile::tempdir().unwrap();
    for store in [in_a_file(folder.path()), in_postgres("at_once").0] {
        let mut world = World::new(&store, &[&[TOWN], &[TOWN], &[TOWN], &[TOWN]]);
        let road = world.project(0, "村道", 0);
        world.sync(0);
        (1..4).for_each(|desk| world.sync(desk));
        for round in 0..10 {
            for desk in 0..4 {
                world.project(desk, &format!("{desk} {round}"), round);
                world.set(desk, road, "pro_total_amt", json!(desk as i64 * 100 + round));
            }
        }
        let store = &store;
        std::thread::scope(|scope| {
            for (number, desk) in world.desks.iter_mut().enumerate() {
                scope.spawn(move || (0..3).for_each(|_| exchange(store, desk, number)));
            }
        });
        let seqs: Vec<u64> = log(store, TOWN).iter().map(|entry| entry.place.seq).collect();
        assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
        assert!(seqs.len() > 40);
        assert_eq!(store.on_disk().verify(&[]).unwrap(), Vec::<String>::new());
    }
}

#[test]
fn what_was_read_before_a_lock_is_read_again_once_it_is_held() {
    let (store, _) = in_postgres("read_again");
    let mut world = World::new(&store, &[&[TOWN]]);
    let road = world.project(0, "村道", 1);
    world.sync(0);
    let (locked, is_locked) = std::sync::mpsc::channel();
    let (read, is_read) = std::sync::mpsc::channel();
    let (first, second) = (&store, &store);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let work = &mut |province: &dyn Province| {
                province.lock(&[TOWN])?;
                locked.send(()).unwrap();
                is_read.recv().unwrap();
                let before = province.get("project", road)?.unwrap();
                let mut after = before.as_ref().clone();
                after.header.version = 2;
                let def = province.schema().entity("project").unwrap().clone();
                let (before, after) = (Some(before), after.into());
                province.put(&[Write { def, before, after, actor: "李会计".into(), at_ms: NOW_MS }])
            };
            first.transaction(work).unwrap();
        });
        is_locked.recv().unwrap();
        let versions = second.transaction(&mut |province| {
            let before = province.get("project", road)?.unwrap().header.version;
            read.send(()).unwrap();
            province.lock(&[TOWN])?;
            Ok((before, province.get("project", road)?.unwrap().header.version))
        });
        assert_eq!(versions.unwrap(), (1, 2));
    });
}

#[test]
fn a_desk_is_told_when_its_newest_settled_parcel_was_taken_in() {
    on_every_store(
        "taken_in",
        |world| {
            world.project(0, "村道硬化", 120_000);
            world.sync(0);
            assert_eq!(world.desks[0].look(|kept| kept.state.stamp), Some(stamp(NOW_MS)));
            let id = world.ids[0];
            let kept = |parcel| world.province.read(&mut |store| store.stamp(id, parcel)).unwrap();
            assert_eq!([kept(1), kept(2)], [Some(stamp(NOW_MS)), None]);
        },
        &[&[TOWN]],
    );
}
