//! Desks that have typed something, for measuring the province: project details of a scope of each one's own.
#![allow(dead_code, reason = "two programs share this, each uses a part")]

use std::sync::Arc;
use suanpan_model::{Op, OpKind, op::GroupKind, schema::Schema};
use suanpan_sync::{
    keys::SecretKeys,
    memory::MemoryDesk,
    parcel::{Clocks, GroupHead, op_id},
    scope::{DeviceId, Place, Scope},
};
use uuid::Uuid;

pub fn device(at: usize) -> DeviceId {
    DeviceId(at as u32 + 1)
}

pub fn scope(at: usize) -> Scope {
    Scope(410_000_001 + at as u32)
}

pub fn keys(at: usize) -> SecretKeys {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&at.to_le_bytes());
    SecretKeys::from_seed(seed)
}

/// A desk that is enrolled as [`device`] and has typed `ops` ops in groups of `group`.
pub fn desk(schema: &Arc<Schema>, at: usize, ops: usize, group: usize) -> MemoryDesk {
    let mut desk = MemoryDesk::new(schema.clone());
    desk.change(|kept| {
        kept.state.device = Some(device(at));
        kept.cursors.insert(scope(at), Place::default());
    });
    type_in(&mut desk, at, (ops, group));
    desk
}

fn type_in(desk: &mut MemoryDesk, at: usize, (ops, group): (usize, usize)) {
    let scope = scope(at);
    let id =
        |part: usize, number: usize| Uuid::from_u128(((at as u128) << 64) | ((part as u128) << 40) | number as u128);
    for first in (0..ops).step_by(group) {
        let clock = Clocks { at_ms: 1_800_000_000_000, ..Clocks::default() };
        let (actor, label) = ("李会计".into(), "录入".into());
        let head = GroupHead { id: id(1, first), actor, label, kind: GroupKind::Do, clock };
        let of_group = (first..(first + group).min(ops)).map(|number| {
            let fields = fields(number, id(2, number / 20));
            let kind = OpKind::Create { division: scope.to_string().into(), fiscal_year: 2027, fields };
            let place = (number - first) as u32;
            Op { id: op_id(head.id, place), entity: "project_detail".into(), record: id(3, number), kind }
        });
        let of_group = of_group.collect();
        desk.type_in(head, of_group).expect("typed");
    }
}

/// Fields of the record that the op of this number creates.
pub fn fields(number: usize, project: Uuid) -> serde_json::Map<String, serde_json::Value> {
    let fields = serde_json::json!({
        "project": project.to_string(), "sub_item": format!("会议室设备维护与更换第{number}项"),
        "amount": 12_345 * number as i64, "unit_price": 12_345, "quantity": number.to_string(), "unit": "台",
        "dep_eco": "30213", "gov_eco": "50209", "remark": format!("依据《办公用房管理办法》第{number}条据实测算，含税含运费"),
    });
    let serde_json::Value::Object(fields) = fields else { unreachable!("an object was written") };
    fields
}
