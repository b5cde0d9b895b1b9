//! A desk that has not heard yet of a field that the province has added, and programs that never will.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::json;
use std::sync::Arc;
use suanpan_model::{amend::Amendment, facts::Facts, schema::Schema};
use suanpan_sync::{
    client,
    client::store::StoreFault,
    codec::snapshot::SnapshotRecord,
    frame::StopCode,
    memory::{MemoryDesk, MemoryProvince},
    parcel::Clocks,
    scope::{DeviceId, Place, Scope},
    server::{self, store::Device},
};
use support::{TOWN, World, keys};

fn amended() -> Arc<Schema> {
    let label = json!({"zh": "地方标识", "en": "Local tag"});
    let field = json!({"name": "local_tag", "element": "LOCAL_TAG", "kind": "text", "max": 20, "label": label});
    let text = json!({"entity": "project", "name": "豫财预〔2026〕12号", "add": [field]}).to_string();
    Arc::new(Schema::builtin().with_amendments(&[(1, Amendment::read(&text).unwrap())]))
}

/// A province and one desk that know of the field, and one that does not.
fn world() -> World {
    let mut world = World::new(2);
    world.province = MemoryProvince::new(amended());
    for number in 0..2 {
        let id = DeviceId(number as u32 + 1);
        world.province.enrol(Device::new(id, keys(number).public().verify, &[TOWN]));
    }
    world.desks[0] = desk(DeviceId(1), amended());
    world
}

fn desk(id: DeviceId, schema: Arc<Schema>) -> MemoryDesk {
    let mut desk = MemoryDesk::new(schema);
    desk.change(|kept| {
        kept.state.device = Some(id);
        kept.cursors.insert(TOWN, Place::default());
    });
    desk
}

/// What desk 1 comes to in one exchange.
fn pull(world: &mut World, settings: client::Settings) -> (Option<suanpan_sync::frame::Stop>, Option<String>) {
    let keys = keys(1);
    let mut client = client::Session::begin(&mut world.desks[1], &keys, settings, Clocks::default()).unwrap();
    let mut server = server::Session::new(server::Settings::default());
    while let client::Upload::Send(bytes) = client.next_upload(&mut world.desks[1]).unwrap() {
        let answer = server.receive(&world.province, &bytes, 1_800_000_000_000).unwrap();
        client.receive(&mut world.desks[1], &answer).unwrap();
    }
    let mut answer = Vec::new();
    while !server.is_closed() {
        answer.extend(server.pull(&world.province, &|_| [0; 64], 1_800_000_000_000).unwrap());
    }
    let fault = client.receive(&mut world.desks[1], &answer).err().map(|fault| fault.to_string());
    (client.stop().cloned(), fault)
}

#[test]
fn what_came_before_its_amendment_is_left_for_the_next_exchange_and_no_reason_to_fetch_all_anew() {
    let mut world = world();
    let bridge = world.project(0, "乡村桥梁", 120_000);
    world.set(0, bridge, "local_tag", json!("库区"));
    world.sync(0);
    let (stop, fault) = pull(&mut world, client::Settings::default());
    assert_eq!(stop, None);
    assert!(fault.is_some_and(|fault| fault.contains("local_tag") && fault.contains("下次同步")));
    let stands = world.desks[1].look(|kept| kept.cursors[&TOWN]);
    // The amendment has come meanwhile.
    let mut renewed = desk(DeviceId(2), amended());
    renewed.change(|kept| kept.state.request = 10);
    world.desks[1] = renewed;
    world.sync(1);
    assert_eq!(world.shown(1, bridge, "local_tag"), json!("库区"));
    assert!(world.desks[1].look(|kept| kept.cursors[&TOWN]).seq > stands.seq);
}

#[test]
fn a_snapshot_with_a_field_that_is_not_known_yet_is_not_taken_in_without_it() {
    let mut world = world();
    let fields = json!({"pro_name": "乡村桥梁", "local_tag": "库区"}).as_object().cloned().unwrap();
    let record = SnapshotRecord {
        entity: "project".into(),
        id: world.id(),
        division: TOWN.to_string().into(),
        fiscal_year: 2027,
        version: 1,
        deleted: false,
        fields,
    };
    let mut refresh = client::refresh::Refresh::default();
    let taken = refresh.take(&mut world.desks[1], TOWN, 1, vec![record.clone()]);
    assert!(matches!(taken, Err(StoreFault::Failed(why)) if why.contains("local_tag")));
    assert!(world.desks[1].get("project", record.id).unwrap().is_none());
    client::refresh::Refresh::default().take(&mut world.desks[0], TOWN, 1, vec![record.clone()]).unwrap();
    assert_eq!(world.shown(0, record.id, "local_tag"), json!("库区"));
}

#[test]
fn a_program_that_knows_no_amendments_may_push_but_is_told_to_upgrade_instead_of_pulling() {
    let mut world = world();
    let typed = world.project(1, "旧程序所录", 100);
    let old = client::Settings { documents: client::AMENDABLE - 1, ..client::Settings::default() };
    let (stop, fault) = pull(&mut world, old);
    assert_eq!((stop.map(|stop| stop.code), fault), (Some(StopCode::TooOld), None));
    assert_eq!(world.at_province(typed, "pro_name"), json!("旧程序所录"), "what was sent is taken in");
    world.province = MemoryProvince::new(Arc::new(Schema::builtin()));
    world.province.enrol(Device::new(DeviceId(2), keys(1).public().verify, &[TOWN]));
    let old = client::Settings { documents: client::AMENDABLE - 1, ..client::Settings::default() };
    world.desks[1] = desk(DeviceId(2), Arc::new(Schema::builtin()));
    assert_eq!(pull(&mut world, old), (None, None), "as long as nothing was amended it is up to date");
}

#[test]
fn the_scopes_before_the_one_that_must_be_fetched_whole_come_first() {
    const PROVINCE: Scope = Scope(410_000_000);
    let mut world = World::new(2);
    for number in 0..2 {
        let id = DeviceId(number as u32 + 1);
        world.province.enrol(Device::new(id, keys(number).public().verify, &[TOWN, PROVINCE]));
    }
    let below = world.project(0, "乡镇的", 100);
    let above = world.id();
    let fields = json!({"pro_name": "省本级的"}).as_object().cloned().unwrap();
    let division = PROVINCE.to_string().into();
    let kind = suanpan_model::OpKind::Create { division, fiscal_year: 2027, fields };
    world.do_it(0, "新增", vec![(above, kind)]);
    world.sync(0);
    world.desks[1].change(|kept| {
        kept.cursors.insert(TOWN, Place { seq: 1, hash: [9; 32] });
        kept.cursors.insert(PROVINCE, Place::default());
    });
    let (stop, fault) = pull(&mut world, client::Settings::default());
    let stop = stop.unwrap();
    assert_eq!((stop.code, stop.scope, fault), (StopCode::Reset, Some(TOWN), None));
    assert_eq!(world.shown(1, above, "pro_name"), json!("省本级的"));
    assert!(world.desks[1].get("project", below).unwrap().is_none());
}
