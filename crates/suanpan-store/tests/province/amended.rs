//! Documents that a province amends while its servers run, on both databases.

use crate::world::{Kept, NOW_MS, TOWN, World, in_a_file, in_postgres, open};
use serde_json::json;
use suanpan_model::{
    Op, OpKind,
    amend::{AMENDMENT, Amendment},
    op::GroupKind,
};
use suanpan_store::province::NewProvince;
use suanpan_sync::{
    parcel::{Clocks, GroupHead, op_id},
    scope::Scope,
    server::publish::publish,
};
use uuid::Uuid;

const PROVINCE: Scope = Scope(410_000_000);

fn add(name: &str) -> Amendment {
    let label = json!({"zh": format!("标识{name}"), "en": name});
    let field = json!({"name": name, "element": "LOCAL_TAG", "kind": "text", "max": 20, "label": label});
    Amendment::read(&json!({"entity": "project", "name": "豫财预〔2026〕12号", "add": [field]}).to_string()).unwrap()
}

fn amend(kept: &Kept, number: i64, amendment: &Amendment) {
    let id = Uuid::from_u128(7_000 + number as u128);
    let clock = Clocks { at_ms: NOW_MS, ..Clocks::default() };
    let head = GroupHead { id, actor: "省级平台".into(), label: "发布".into(), kind: GroupKind::Do, clock };
    let document = serde_json::to_string(amendment).unwrap();
    let fields = json!({"number": number, "entity": "project", "name": "一", "document": document});
    let fields = fields.as_object().cloned().unwrap();
    let kind = OpKind::Create { division: PROVINCE.to_string().into(), fiscal_year: 0, fields };
    let record = Uuid::from_u128(8_000 + number as u128);
    let op = Op { id: op_id(id, 0), entity: AMENDMENT.into(), record, kind };
    kept.transaction(&mut |province| publish(province, PROVINCE, &head, vec![op.clone()])).unwrap();
}

fn on_both(test: &str, check: impl Fn(&Kept, &str)) {
    let folder = tempfile::tempdir().unwrap();
    check(&in_a_file(folder.path()), folder.path().join("province.db").to_str().unwrap());
    let (kept, address) = in_postgres(test);
    check(&kept, &address);
}

#[test]
fn a_server_works_by_an_amendment_that_was_published_beside_it_and_keeps_every_field() {
    on_both("amended_beside", |kept, address| {
        let store = kept.on_disk();
        let henan = NewProvince { name: "河南省".into(), division: PROVINCE, public_keys: "k".into() };
        store.init(&henan).unwrap();
        let beside = open(address);
        amend(&beside, 1, &add("tag_one"));
        let mut world = World::new(kept, &[&[TOWN]]);
        world.desks[0] = {
            let schema = kept.transaction(&mut |province| Ok(province.schema().clone())).unwrap();
            assert_eq!(schema.amended(), 1, "the next transaction sees it");
            let mut desk = suanpan_sync::memory::MemoryDesk::new(schema.into());
            let device = world.ids[0];
            desk.change(|kept| kept.state.device = Some(device));
            desk
        };
        let bridge = world.project(0, "乡村桥梁", 120_000);
        world.set(0, bridge, "tag_one", json!("库区"));
        world.sync(0);
        amend(&beside, 2, &add("tag_two"));
        world.set(0, bridge, "pro_name", json!("柳河桥"));
        world.sync(0);
        assert_eq!(world.at_province(bridge, "tag_one"), json!("库区"), "a later change of another field leaves it");
        assert_eq!(world.at_province(bridge, "tag_two"), json!(null));
        let mut seen = Vec::new();
        store.snapshot_rows(TOWN, &mut |def, record| seen.push((def.fields.len(), record.values.len()))).unwrap();
        let plain = suanpan_model::schema::Schema::builtin().entity("project").unwrap().fields.len();
        assert_eq!(seen, [(plain + 2, plain + 2)]);
        assert_eq!(store.verify(&[]).unwrap(), Vec::<String>::new());
        assert_eq!(open(address).on_disk().schema().amended(), 2, "a server that starts later too");
    });
}
