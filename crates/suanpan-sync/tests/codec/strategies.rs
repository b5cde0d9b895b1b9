//! Parcels and records of every shape that the types allow, not only the likely ones.

use proptest::{collection::vec, prelude::*};
use serde_json::{Map, Value, json};
use suanpan_model::op::{Change, GroupKind, Op, OpKind};
use suanpan_sync::{
    codec::snapshot::SnapshotRecord,
    parcel::{Clocks, GroupHead, Parcel, Proposal, op_id},
};
use uuid::Uuid;

pub fn any_uuid() -> impl Strategy<Value = Uuid> {
    prop_oneof![
        any::<u128>().prop_map(Uuid::from_u128),
        // Few enough to be met again as references.
        (0_u128..6).prop_map(|low| Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0000 | low << 32)),
    ]
}

pub fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-90_000_i64..90_000).prop_map(|wan| json!(wan * 1_000_000)),
        any::<f64>().prop_map(Value::from),
        "[一-龥]{0,12}".prop_map(Value::from),
        "[0-9]{3,9}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        any_uuid().prop_map(|id| id.to_string().into()),
        any_uuid().prop_map(|id| id.simple().to_string().into()),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a-z]{0,3}", inner), 0..4).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// One kind of value a time, as a field of a document has.
fn alike(count: usize) -> BoxedStrategy<Vec<Value>> {
    prop_oneof![
        vec((-90_000_i64..90_000).prop_map(|yuan| json!(yuan * 100)), count),
        vec(any::<i64>().prop_map(Value::from), count),
        vec(any::<bool>().prop_map(Value::from), count),
        vec("[一-丏]{0,3}\0?".prop_map(Value::from), count),
        vec(any_uuid().prop_map(|id| id.to_string().into()), count),
        vec(any_value(), count),
        any_value().prop_map(move |value| vec![value; count]),
        vec(prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::from)], count),
    ]
    .boxed()
}

fn fields() -> impl Strategy<Value = Map<String, Value>> {
    vec((prop_oneof!["[a-c]", "[a-z_]{0,8}"], any_value()), 0..6).prop_map(|pairs| pairs.into_iter().collect())
}

fn verb() -> impl Strategy<Value = OpKind> {
    let change = (prop_oneof!["[a-c]", "[a-z_]{0,8}"], any_value(), any_value());
    let changes = vec(change.prop_map(|(field, from, to)| Change { field, from, to }), 0..5);
    prop_oneof![
        (place(), any::<i32>(), fields()).prop_map(|(division, fiscal_year, fields)| OpKind::Create {
            division,
            fiscal_year,
            fields
        }),
        (any::<u32>(), changes).prop_map(|(seen, changes)| OpKind::Edit { seen, changes }),
        Just(OpKind::Delete),
        Just(OpKind::Restore),
    ]
}

fn place() -> impl Strategy<Value = Box<str>> {
    prop_oneof!["41082310[0-3]", any::<String>()].prop_map(Into::into)
}

fn entity() -> impl Strategy<Value = Box<str>> {
    prop_oneof![Just("project".to_owned()), Just("budget_line".to_owned()), any::<String>()].prop_map(Into::into)
}

pub fn head() -> impl Strategy<Value = GroupHead> {
    let kind =
        prop_oneof![Just(GroupKind::Do), any_uuid().prop_map(GroupKind::Undo), any_uuid().prop_map(GroupKind::Redo),];
    let clock = (any::<i64>(), prop_oneof![Just(0), any::<i64>()], prop_oneof![Just(0), any::<i64>()])
        .prop_map(|(at_ms, monotonic_ms, server_ms)| Clocks { at_ms, monotonic_ms, server_ms });
    (any_uuid(), any::<String>(), any::<String>(), kind, clock).prop_map(|(id, actor, label, kind, clock)| GroupHead {
        id,
        actor: actor.into(),
        label: label.into(),
        kind,
        clock,
    })
}

/// Mixed ops, or many that create alike records.
pub fn ops() -> impl Strategy<Value = Vec<(Box<str>, Uuid, OpKind, Option<u64>)>> {
    let mixed = vec((entity(), any_uuid(), verb(), any::<Option<u64>>()), 0..12);
    let many = (1_usize..40).prop_flat_map(|count| (vec(any_uuid(), count), alike(count), alike(count))).prop_map(
        |(ids, some, others)| {
            let ops = ids.into_iter().zip(some.into_iter().zip(others)).map(|(id, (a, b))| {
                let fields = Map::from_iter([("a".to_owned(), a), ("b".to_owned(), b)]);
                let kind = OpKind::Create { division: "410823100".into(), fiscal_year: 2026, fields };
                ("project".into(), id, kind, None)
            });
            ops.collect()
        },
    );
    prop_oneof![mixed, many]
}

pub fn parcel() -> impl Strategy<Value = Parcel> {
    (head(), prop_oneof![Just(0), 0_u32..1 << 30], any::<bool>(), ops()).prop_map(|(group, first_op, last, ops)| {
        let ops = proposals(group.id, first_op, ops);
        Parcel { group, first_op, last, ops }
    })
}

pub fn proposals(group: Uuid, first_op: u32, ops: Vec<(Box<str>, Uuid, OpKind, Option<u64>)>) -> Vec<Proposal> {
    let numbered = ops.into_iter().zip(first_op..);
    let proposals = numbered.map(|((entity, record, kind, seen), place)| Proposal {
        op: Op { id: op_id(group, place), entity, record, kind },
        seen,
    });
    proposals.collect()
}

pub fn records() -> impl Strategy<Value = Vec<SnapshotRecord>> {
    let record = (entity(), any_uuid(), place(), any::<i32>(), any::<u32>(), any::<bool>(), fields());
    vec(
        record.prop_map(|(entity, id, division, fiscal_year, version, deleted, fields)| SnapshotRecord {
            entity,
            id,
            division,
            fiscal_year,
            version,
            deleted,
            fields,
        }),
        0..12,
    )
}
