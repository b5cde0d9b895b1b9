//! What frames carry: groups of ops, and the records that a new desk starts from.

use serde_json::{Map, Value, json};
use suanpan_model::op::{Change, GroupKind, Op, OpKind};
use suanpan_sync::{
    codec::{self, Limits, snapshot},
    parcel::{Clocks, GroupHead, Parcel, Proposal, op_id},
};
use uuid::Uuid;

const LIMITS: Limits = Limits { inflated_bytes: 1 << 20, memory_bytes: 4 << 20 };
const TOWN: &str = "410882101";

/// Packed, and without compression: there an altered byte reaches the columns.
pub fn seeds() -> Vec<Vec<u8>> {
    let parcels = [parcel(edits()), parcel(creates(3)), parcel(creates(60)), parcel(Vec::new())];
    parcels.iter().flat_map(|parcel| [codec::pack(parcel), codec::pack_plain(parcel)]).collect()
}

pub fn snapshots() -> Vec<Vec<u8>> {
    let record = |number: u128| snapshot::SnapshotRecord {
        entity: if number.is_multiple_of(3) { "agency" } else { "project" }.into(),
        id: Uuid::from_u128(number << 64 | 7),
        division: TOWN.into(),
        fiscal_year: 2027,
        version: number as u32,
        deleted: number == 5,
        fields: fields(number),
    };
    [0, 1, 4, 80].iter().map(|count| snapshot::pack_records(&(0..*count).map(record).collect::<Vec<_>>())).collect()
}

pub fn open(bytes: &[u8]) -> bool {
    codec::unpack(bytes, &LIMITS).is_ok()
}

pub fn open_snapshot(bytes: &[u8]) -> bool {
    snapshot::unpack_records(bytes, &LIMITS).is_ok()
}

fn parcel(kinds: Vec<OpKind>) -> Parcel {
    let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
    let ops = (0..).zip(kinds).map(|(place, kind)| {
        let (entity, record) = ("project".into(), Uuid::from_u128(u128::from(place) << 64 | 7));
        Proposal { op: Op { id: op_id(id, place), entity, record, kind }, seen: (place % 2 == 1).then_some(99) }
    });
    let ops = ops.collect();
    let clock = Clocks { at_ms: 1_800_000_000_000, monotonic_ms: 12, server_ms: 1_799_000_000_000 };
    let kind = GroupKind::Undo(Uuid::from_u128(9));
    let group = GroupHead { id, actor: "李会计".into(), label: "导入 项目表.xlsx".into(), kind, clock };
    Parcel { group, first_op: 0, last: true, ops }
}

fn creates(count: u128) -> Vec<OpKind> {
    let create = |number| OpKind::Create { division: TOWN.into(), fiscal_year: 2027, fields: fields(number) };
    (0..count).map(create).collect()
}

fn edits() -> Vec<OpKind> {
    let change = |field: &str, from: Value, to: Value| Change { field: field.into(), from, to };
    let changes = vec![
        change("pro_total_amt", json!(1_250_000), json!(-3)),
        change("pro_name", json!("旧名"), Value::Null),
        change("goal", Value::Null, json!({"a": [1, 2.5, true], "b": {"c": "深"}})),
    ];
    vec![OpKind::Edit { seen: 3, changes }, OpKind::Delete, OpKind::Restore]
}

fn fields(number: u128) -> Map<String, Value> {
    let fields = json!({
        "pro_name": format!("城关镇第{number}号道路硬化"),
        "pro_total_amt": number as i64 * 1_250_000,
        "pro_code": format!("410882{number:012}"),
        "agency": Uuid::from_u128(number % 4),
        "is_gov_pur": number.is_multiple_of(2),
        "rate": 0.25,
        "start_date": "2027-03-01",
        "remark": "续建",
    });
    match fields {
        Value::Object(fields) => fields,
        _ => unreachable!("json! of a map"),
    }
}
