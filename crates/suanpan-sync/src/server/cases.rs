//! Conflict cases: what two people wanted of the same field, kept as a record until a person has decided. The
//! value that is in force is not touched here.

use super::store::{Device, Province, Stored, Write};
use crate::{
    frame::DisputedField,
    parcel::{Clocks, Follows, GroupHead, Proposal, following_group, op_id},
    scope::Scope,
};
use serde_json::{Map, Value as Json, json};
use std::{collections::BTreeMap, sync::Arc};
use suanpan_model::{
    Change, EntityDef, Op, OpKind, Record, decide::Decided, entity::SyncClass, merge::Dispute, op::GroupKind,
};
use uuid::Uuid;

/// Entity of the cases.
pub const CASE: &str = "conflict_case";
/// Code set case_state.
pub const OPEN: &str = "1";
pub const DECIDED: &str = "2";

/// A group that the province writes: ops by scope, and the records as it leaves them.
pub struct ByProvince {
    pub head: GroupHead,
    pub ops: BTreeMap<Scope, Vec<Proposal>>,
    pub writes: Vec<Write>,
}

/// Opens a case for each disputed field, or adds to the open one that the same author's earlier change began.
pub fn open(
    store: &dyn Province,
    device: &Device,
    head: &GroupHead,
    disputed: &[(u32, Op, Dispute)],
    now_ms: i64,
) -> Stored<(ByProvince, Vec<DisputedField>)> {
    let id = following_group(head.id, Follows::Cases, 0);
    let clock = Clocks { at_ms: now_ms, monotonic_ms: 0, server_ms: now_ms };
    let by = GroupHead { id, actor: "预算平台".into(), label: "登记争议".into(), kind: GroupKind::Do, clock };
    let mut made = ByProvince { head: by, ops: BTreeMap::new(), writes: Vec::new() };
    let mut fields = Vec::new();
    for (number, (place, op, dispute)) in (0..).zip(disputed) {
        let Some(def) = store.schema().entity(CASE).cloned() else { continue };
        let Some(subject) = store.get(&op.entity, op.record)? else { continue };
        let going_on = going_on(store, &def, device, op, dispute)?;
        let (kind, case) = match &going_on {
            Some(case) => (again(&def, case, dispute), case.id),
            None => (first(store, device, head, &subject, op, dispute)?, op_id(id, u32::MAX - number)),
        };
        let op = Op { id: op_id(id, number), entity: CASE.into(), record: case, kind };
        write(&mut made, store, op, now_ms)?;
        fields.push(DisputedField { op: *place, field: dispute.field.clone(), case });
    }
    Ok((made, fields))
}

fn write(made: &mut ByProvince, store: &dyn Province, op: Op, now_ms: i64) -> Stored<()> {
    let overlay = super::overlay::Overlay::new(store);
    made.writes.iter().for_each(|write| overlay.put(CASE, write.after.clone()));
    let Ok(Decided { def, before, after }) = suanpan_model::decide::decide(&overlay, GroupKind::Do, &op) else {
        return Err(super::store::StoreFault::Broken(format!("a case about {} cannot be written", op.record)));
    };
    let Some(scope) = Scope::of(&after.header.division) else { return Ok(()) };
    made.ops.entry(scope).or_default().push(Proposal { op, seen: None });
    made.writes.retain(|write| write.after.id != after.id);
    let actor = made.head.actor.clone();
    made.writes.push(Write { def, before, after: Arc::new(after), actor, at_ms: now_ms });
    Ok(())
}

/// The open case that this change goes on from: the same device, the same field, and what it proposed last is what
/// the author of this change started from.
fn going_on(
    store: &dyn Province,
    def: &EntityDef,
    device: &Device,
    op: &Op,
    dispute: &Dispute,
) -> Stored<Option<Arc<Record>>> {
    let text = |case: &Record, name: &str| def.index(name).and_then(|at| case.values[at].as_text().map(str::to_owned));
    let cases = store.open_cases(op.record)?;
    Ok(cases.into_iter().find(|case| {
        text(case, "field").as_deref() == Some(&dispute.field)
            && text(case, "proposed").as_deref() == Some(&dispute.base.to_string())
            && text(case, "device").as_deref() == Some(&device.id.to_string())
    }))
}

fn again(def: &EntityDef, case: &Record, dispute: &Dispute) -> OpKind {
    let from = def.index("proposed").map_or(Json::Null, |at| case.values[at].to_json());
    let change = Change { field: "proposed".into(), from, to: dispute.proposed.to_string().into() };
    OpKind::Edit { seen: 0, changes: vec![change] }
}

fn first(
    store: &dyn Province,
    device: &Device,
    head: &GroupHead,
    subject: &Record,
    op: &Op,
    dispute: &Dispute,
) -> Stored<OpKind> {
    let (theirs_by, theirs_at_ms) = store.last_change(&op.entity, op.record)?.unwrap_or_default();
    let subject_def = store.schema().entity(&op.entity);
    let label = subject_def.and_then(|def| subject.values[def.index(&def.title)?].as_text().map(str::to_owned));
    let fields = json!({
        "subject_entity": op.entity,
        "subject": op.record.to_string(),
        "subject_label": label.map(|label| label.chars().take(200).collect::<String>()),
        "field": dispute.field,
        "class": match dispute.class { SyncClass::Money => "money", _ => "plain" },
        "base": dispute.base.to_string(),
        "theirs": dispute.theirs.to_string(),
        "theirs_by": &*theirs_by,
        "theirs_at_ms": theirs_at_ms,
        "proposed": dispute.proposed.to_string(),
        "proposed_by": head.actor,
        "proposed_at_ms": head.clock.at_ms,
        "basis": head.label.chars().take(200).collect::<String>(),
        "device": device.id.to_string(),
        "group": Uuid::to_string(&head.id),
        "state": OPEN,
    });
    let fields: Map<String, Json> = match fields {
        Json::Object(fields) => fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Map::new(),
    };
    Ok(OpKind::Create { division: subject.header.division.clone(), fiscal_year: subject.header.fiscal_year, fields })
}
