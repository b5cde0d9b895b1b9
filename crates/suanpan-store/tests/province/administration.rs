//! One-time codes, devices, blocks of codes and the figures for the administrator, on both databases.

use crate::world::{Kept, NOW_MS, TOWN, VILLAGE, World, in_a_file, in_postgres, log, project_codes};
use serde_json::json;
use std::collections::HashSet;
use suanpan_store::province::{BOOK_OF_DEVICE, Enrolment, LeaseRequest, NewProvince, ProvinceStore};
use suanpan_sync::{
    lease::{Ask, Series},
    scope::DeviceId,
    server::store::StoreFault,
};

fn on_both(test: &str, check: impl Fn(&Kept)) {
    let folder = tempfile::tempdir().unwrap();
    check(&in_a_file(folder.path()));
    check(&in_postgres(test).0);
}

fn enrolment(code: &[u8]) -> Enrolment {
    let (name, scopes) = ("城关镇财政所".to_owned(), vec![TOWN]);
    let (reads, writes) = (scopes.clone(), scopes);
    Enrolment { code_hash: *blake3::hash(code).as_bytes(), name, home: TOWN, reads, writes, expires_ms: NOW_MS + 1000 }
}

#[test]
fn a_store_belongs_to_one_province() {
    on_both("one_province", |kept| {
        let store = kept.on_disk();
        let henan =
            NewProvince { name: "河南省".into(), division: "410000000".parse().unwrap(), public_keys: "k".into() };
        assert_eq!(store.province().unwrap(), None);
        store.init(&henan).unwrap();
        store.init(&henan).unwrap();
        assert_eq!(store.province().unwrap(), Some(henan.clone()));
        let other = NewProvince { division: "420000000".parse().unwrap(), ..henan };
        assert!(store.init(&other).is_err());
        store.put_meta("codes", "第一版").unwrap();
        store.put_meta("codes", "第二版").unwrap();
        assert_eq!(store.meta("codes").unwrap().as_deref(), Some("第二版"));
    });
}

#[test]
fn a_one_time_code_works_once_and_only_in_time() {
    on_both("one_time", |kept| {
        let store = kept.on_disk();
        store.put_enrolment_code(&enrolment(b"a")).unwrap();
        store.put_enrolment_code(&enrolment(b"b")).unwrap();
        let (a, b) = (*blake3::hash(b"a").as_bytes(), *blake3::hash(b"b").as_bytes());
        let device = store.enrol(&a, [1; 32], NOW_MS).unwrap();
        assert_eq!(device, Some(DeviceId(1)));
        assert_eq!(store.enrol(&a, [1; 32], NOW_MS).unwrap(), device, "the answer was lost, the desk asks again");
        assert_eq!(store.enrol(&a, [2; 32], NOW_MS).unwrap(), None);
        assert_eq!(store.take_enrolment_code(&a, NOW_MS).unwrap(), None);
        assert_eq!(store.enrol(&b, [2; 32], NOW_MS + 2000).unwrap(), None);
        assert_eq!(store.take_enrolment_code(&b, NOW_MS).unwrap(), Some(enrolment(b"b")));
        assert_eq!(store.take_enrolment_code(&b, NOW_MS).unwrap(), None);
        let lines = store.devices().unwrap();
        assert_eq!((lines.len(), lines[0].name.as_str(), lines[0].home), (1, "城关镇财政所", TOWN));
    });
}

#[test]
fn what_a_device_may_do_can_be_changed_and_ended() {
    on_both("may_do", |kept| {
        let mut world = World::new(kept, &[&[TOWN]]);
        world.project(0, "甲", 1);
        world.sync(0);
        let (store, id) = (kept.on_disk(), world.ids[0]);
        assert!(store.set_scopes(id, &[TOWN, VILLAGE], &[]).unwrap());
        assert!(store.revoke(id).unwrap());
        assert!(!store.revoke(DeviceId(99)).unwrap());
        let line = store.devices().unwrap().remove(0);
        assert_eq!((line.device.reads, line.device.writes, line.device.revoked), (vec![TOWN, VILLAGE], vec![], true));
        assert_eq!(line.device.received.seq, 1);
        assert!(line.seen_ms > 0);
        let report = store.report().unwrap();
        assert_eq!((report[0].scope, report[0].entries, report[0].records, report[0].devices), (TOWN, 1, 1, 0));
        assert_eq!(store.scopes().unwrap(), [TOWN]);
    });
}

fn request(device: DeviceId, count: u64) -> LeaseRequest {
    LeaseRequest { device, series: project_codes(), count }
}

#[test]
fn blocks_of_codes_pass_over_each_other_and_over_what_is_in_use() {
    on_both("blocks", |kept| {
        let mut world = World::new(kept, &[&[TOWN], &[TOWN]]);
        let used = world.project(0, "已有", 1);
        world.set(0, used, "pro_code", json!("410882270000000000025"));
        world.sync(0);
        let store = kept.on_disk();
        let ends = |count| {
            let lease = store.lease(&request(world.ids[0], count)).unwrap();
            (lease.first[8..].parse::<u64>().unwrap(), lease.last[8..].parse::<u64>().unwrap(), lease.first.len())
        };
        assert_eq!(ends(20), (1, 20, 21));
        assert_eq!(ends(10), (26, 35, 21));
        assert_eq!(store.leases(world.ids[0]).unwrap().len(), 2);
        let too_narrow = LeaseRequest { series: Series { width: 10, ..project_codes() }, ..request(world.ids[0], 100) };
        assert!(matches!(store.lease(&too_narrow), Err(StoreFault::Broken(_))));
    });
}

#[test]
fn blocks_given_out_at_once_never_overlap() {
    on_both("at_once_blocks", |kept| {
        let world = World::new(kept, &[&[TOWN]]);
        let (store, id): (&ProvinceStore, _) = (kept.on_disk(), world.ids[0]);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..5).for_each(|_| drop(store.lease(&request(id, 7)).unwrap())));
            }
        });
        let firsts: HashSet<u64> =
            store.leases(id).unwrap().iter().map(|lease| lease.first[8..].parse::<u64>().unwrap()).collect();
        assert_eq!(firsts, (0..20).map(|number| number * 7 + 1).collect());
    });
}

#[test]
fn a_code_in_a_block_is_for_its_device_only() {
    on_both("own_block", |kept| {
        let mut world = World::new(kept, &[&[TOWN], &[TOWN]]);
        let lease = kept.on_disk().lease(&request(world.ids[0], 5)).unwrap();
        let foreign = world.project(1, "乙", 1);
        world.sync(1);
        world.set(1, foreign, "pro_code", json!(lease.first));
        world.sync(1);
        assert_eq!(world.at_province(foreign, "pro_code"), json!(null));
        let own = world.project(0, "甲", 1);
        world.set(0, own, "pro_code", json!(lease.first));
        world.sync(0);
        assert_eq!(world.at_province(own, "pro_code"), json!(lease.first));
        assert_eq!(log(kept, TOWN).len(), 3);
    });
}

fn ask(count: u64, have: &str) -> Ask {
    Ask { series: project_codes(), count, have: have.into(), signature: [0; 64] }
}

#[test]
fn a_block_that_did_not_arrive_is_given_again_and_only_then_the_next() {
    on_both("given_again", |kept| {
        let world = World::new(kept, &[&[TOWN], &[TOWN]]);
        let store = kept.on_disk();
        let given = |at: usize, have: &str| {
            let block = store.transaction(&mut |province| province.lease(world.ids[at], &ask(10, have))).unwrap();
            block.map(|block| (block.first[8..].parse::<u64>().unwrap(), block.last.to_string()))
        };
        let (first, last) = given(0, "").unwrap();
        assert_eq!((first, given(0, "")), (1, Some((1, last.clone()))));
        assert_eq!(given(1, "").unwrap().0, 11, "another desk's is another");
        assert_eq!(given(0, &last).unwrap().0, 21);
    });
}

#[test]
fn a_series_that_is_used_up_gives_none_and_does_no_harm() {
    on_both("used_up", |kept| {
        let world = World::new(kept, &[&[TOWN]]);
        let mut narrow = ask(9, "");
        narrow.series.width = 9;
        let given = |ask: &Ask| kept.on_disk().transaction(&mut |province| province.lease(world.ids[0], ask)).unwrap();
        let block = given(&narrow).unwrap();
        assert_eq!((&*block.first, &*block.last), ("410882271", "410882279"));
        narrow.have = block.last;
        assert_eq!(given(&narrow), None);
    });
}

#[test]
fn a_book_that_is_enrolled_anew_may_use_what_it_gave_out_under_its_old_number() {
    on_both("same_book", |kept| {
        let mut world = World::new(kept, &[&[TOWN], &[TOWN], &[TOWN]]);
        let lease = kept.on_disk().lease(&request(world.ids[0], 5)).unwrap();
        for at in [0, 1] {
            kept.on_disk().put_meta(&format!("{BOOK_OF_DEVICE} {}", world.ids[at]), "同一账套").unwrap();
        }
        for (at, code) in [(2, json!(null)), (1, json!(lease.first))] {
            let project = world.project(at, "甲", 1);
            world.sync(at);
            world.set(at, project, "pro_code", json!(lease.first));
            world.sync(at);
            assert_eq!(world.at_province(project, "pro_code"), code, "desk {at}");
        }
    });
}
