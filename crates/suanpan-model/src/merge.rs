//! What becomes of an op whose author saw something else than what is there now. The province asks this of
//! every op it is sent; the field's class in its document says which way it goes (`docs/sync-protocol.md`).
//!
//! Whether the op may be done at all is still [`crate::decide`]; here its changes are first held against the
//! present. Nothing is ever summed, and no clock is asked.

use crate::{
    check::{Finding, check},
    decide::{DecideError, Decided, Refusal, RefusalCode, decide},
    entity::{EntityDef, FieldDef, FieldKind, SyncClass},
    facts::{Facts, Read},
    op::{Change, GroupKind, Op, OpKind},
    schema::Schema,
    value::{Record, RecordId},
};

/// What the province does with one op.
#[derive(Debug, Clone)]
pub enum Judged {
    /// `effect` is what takes effect; it is less than was asked when a part of it was so already.
    Applies {
        decided: Decided,
        effect: Op,
    },
    /// All of it is so already.
    AlreadySo,
    /// Two people changed the same field. The value that is there stays in force until a person has decided.
    Disputed(Vec<Dispute>),
    Refused(Refusal),
}

/// One field that two people changed: what the author saw, what is there, what they want.
#[derive(Debug, Clone, PartialEq)]
pub struct Dispute {
    pub field: String,
    pub class: SyncClass,
    pub base: serde_json::Value,
    pub theirs: serde_json::Value,
    pub proposed: serde_json::Value,
}

/// What the author may do beyond others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    /// Writes fields and entities that only the province maintains.
    pub maintains_references: bool,
}

/// Judges `op` against what `facts` holds now. `seen` is the [`content_mark`] of the record that the author saw,
/// where the op stands for all of it.
pub fn judge(facts: &dyn Facts, kind: GroupKind, op: &Op, seen: Option<u64>, rights: Rights) -> Read<Judged> {
    let Some(def) = facts.schema().entity(&op.entity).cloned() else {
        return settle(facts, kind, op.clone());
    };
    let before = facts.get(&op.entity, op.record)?;
    if let Some(refusal) = forbidden_below(&def, op, rights) {
        return Ok(Judged::Refused(refusal));
    }
    if let (Some(seen), Some(record)) = (seen, &before)
        && content_mark(&def, record) != seen
    {
        let message = format!("{}在您看过之后又有改动，请核对后再提交", def.label.zh);
        return Ok(Judged::Refused(Refusal { code: RefusalCode::Stale, field: None, message }));
    }
    let (OpKind::Edit { seen, changes }, Some(record)) = (&op.kind, &before) else {
        return match &before {
            Some(record) if is_already(&def, record, op) => Ok(Judged::AlreadySo),
            _ => settle(facts, kind, op.clone()),
        };
    };
    if record.header.deleted {
        return settle(facts, kind, op.clone());
    }
    let mut fresh = Vec::with_capacity(changes.len());
    let mut disputes = Vec::new();
    for change in changes {
        let Some(index) = def.index(&change.field) else { return settle(facts, kind, op.clone()) };
        let current = record.values[index].to_json();
        match against(&def.fields[index], &current, change) {
            Against::Fresh => fresh.push(change.clone()),
            Against::AlreadySo => {}
            Against::Disputed => disputes.push(Dispute {
                field: change.field.clone(),
                class: def.fields[index].sync,
                base: change.from.clone(),
                theirs: current,
                proposed: change.to.clone(),
            }),
            Against::Refused(refusal) => return Ok(Judged::Refused(refusal)),
        }
    }
    if !disputes.is_empty() {
        return Ok(Judged::Disputed(disputes));
    }
    if fresh.is_empty() && !changes.is_empty() {
        return Ok(Judged::AlreadySo);
    }
    settle(facts, kind, Op { kind: OpKind::Edit { seen: *seen, changes: fresh }, ..op.clone() })
}

fn settle(facts: &dyn Facts, kind: GroupKind, effect: Op) -> Read<Judged> {
    match decide(facts, kind, &effect) {
        Ok(decided) => Ok(Judged::Applies { decided, effect }),
        Err(DecideError::Refused(refusal)) => Ok(Judged::Refused(refusal)),
        Err(DecideError::Read(fault)) => Err(fault),
    }
}

enum Against {
    Fresh,
    AlreadySo,
    Disputed,
    Refused(Refusal),
}

/// One change held against the value that is there.
fn against(field: &FieldDef, current: &serde_json::Value, change: &Change) -> Against {
    if *current == change.from {
        return Against::Fresh;
    }
    let refuse = |code, message| Against::Refused(Refusal { code, field: Some(field.name.clone()), message });
    let label = &field.label.zh;
    match field.sync {
        // Equal amounts may be one decision reported twice or two that add up: only people know.
        SyncClass::Money => Against::Disputed,
        SyncClass::Plain if *current == change.to => Against::AlreadySo,
        SyncClass::Plain => Against::Disputed,
        SyncClass::Workflow if *current == change.to => Against::AlreadySo,
        SyncClass::Workflow => {
            refuse(RefusalCode::Stale, format!("“{label}”已由他人办理（现为 {current}），请核对后再办"))
        }
        SyncClass::Code => refuse(RefusalCode::Stale, format!("“{label}”已赋为 {current}，请使用该编码")),
        SyncClass::Reference => refuse(RefusalCode::Stale, format!("“{label}”已更新为 {current}")),
    }
}

/// What only the province writes: whole entities of the registry, and fields of class reference.
fn forbidden_below(def: &EntityDef, op: &Op, rights: Rights) -> Option<Refusal> {
    if rights.maintains_references {
        return None;
    }
    let is_reference = |name: &str| def.field(name).is_some_and(|field| field.sync == SyncClass::Reference);
    let field = match &op.kind {
        OpKind::Edit { changes, .. } => {
            changes.iter().map(|change| change.field.as_str()).find(|name| is_reference(name))
        }
        OpKind::Create { fields, .. } => fields.keys().map(String::as_str).find(|name| is_reference(name)),
        OpKind::Delete | OpKind::Restore => def.key.first().map(String::as_str).filter(|name| is_reference(name)),
    }?;
    let label = match op.kind {
        OpKind::Delete | OpKind::Restore => &def.label.zh,
        _ => def.field(field).map_or(field, |field| field.label.zh.as_str()),
    };
    let message = format!("“{label}”由省级统一维护，不能在本级修改；需要调整请报省级");
    Some(Refusal { code: RefusalCode::Forbidden, field: Some(field.to_owned()), message })
}

/// A create, delete or restore that somebody carried out already, to the letter.
fn is_already(def: &EntityDef, record: &Record, op: &Op) -> bool {
    match &op.kind {
        OpKind::Create { division, fiscal_year, fields } => {
            let filled = || def.stored().filter(|(index, _)| !record.values[*index].is_null());
            *division == record.header.division
                && *fiscal_year == record.header.fiscal_year
                && !record.header.deleted
                && filled().count() == fields.values().filter(|value| !value.is_null()).count()
                && filled().all(|(index, field)| fields.get(&field.name) == Some(&record.values[index].to_json()))
        }
        OpKind::Delete => record.header.deleted,
        OpKind::Restore => !record.header.deleted,
        OpKind::Edit { .. } => false,
    }
}

const ALLOTMENT: &str = "allotment";
/// Entities whose records move balances of 指标.
const MOVES_BALANCES: &[&str] = &[ALLOTMENT, "allotment_voucher"];

/// The rules about a balance: more allotted, released or unfrozen than is there.
const BALANCE_RULES: &[&str] = &["ALT-001", "ALT-002", "ALT-011", "ALT-012"];

/// Refuses whatever makes a balance fall below zero: a new 指标 or voucher, an amount that is changed, a voucher that is
/// taken back. `before` is the book without the group, `after` the book with all of it. A balance that was wrong
/// already stops nobody, or its correction could not be entered.
pub fn against_balances(before: &dyn Facts, after: &dyn Facts, decided: &Decided) -> Read<Option<Refusal>> {
    if !MOVES_BALANCES.contains(&decided.def.entity.as_str()) || !is_moved(decided) {
        return Ok(None);
    }
    for id in balances_of(decided) {
        let found = broken_balances(after, id)?;
        if found.is_empty() {
            continue;
        }
        let already = broken_balances(before, id)?;
        let new = found.into_iter().find(|finding| already.iter().all(|known| known.rule != finding.rule));
        if let Some(finding) = new {
            let (field, message) = (Some("amount".to_owned()), finding.message);
            return Ok(Some(Refusal { code: RefusalCode::Forbidden, field, message }));
        }
    }
    Ok(None)
}

/// Does the op change an amount, whose it is, or whether it counts at all?
fn is_moved(decided: &Decided) -> bool {
    let Decided { def, before, after } = decided;
    let Some(before) = before else { return true };
    let counts = |field: &FieldDef| {
        field.sync == SyncClass::Money || matches!(&field.kind, FieldKind::Reference { entity } if entity == ALLOTMENT)
    };
    before.header.deleted != after.header.deleted
        || def.stored().any(|(index, field)| counts(field) && before.values[index] != after.values[index])
}

/// The 指标 whose balances the op moves: those that the record refers to or referred to, and itself if it is one.
fn balances_of(decided: &Decided) -> Vec<RecordId> {
    let Decided { def, before, after } = decided;
    let mut ids = Vec::new();
    if def.entity == ALLOTMENT {
        ids.push(after.id);
    }
    for (index, field) in def.stored() {
        if matches!(&field.kind, FieldKind::Reference { entity } if entity == ALLOTMENT) {
            let states = before.as_deref().into_iter().chain([after]);
            ids.extend(states.filter_map(|record| record.values[index].as_ref_id()));
        }
    }
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// None of a 指标 that is not there or deleted: nobody can spend it.
fn broken_balances(facts: &dyn Facts, id: RecordId) -> Read<Vec<Finding>> {
    let (Some(def), Some(record)) = (facts.schema().entity(ALLOTMENT), facts.get(ALLOTMENT, id)?) else {
        return Ok(Vec::new());
    };
    if record.header.deleted {
        return Ok(Vec::new());
    }
    let mut found = check(facts, def, &record)?;
    found.retain(|finding| BALANCE_RULES.contains(&finding.rule.as_str()));
    Ok(found)
}

/// Hash of what a record holds: equal marks mean that two people looked at the same content. Fields that a newer
/// document adds and nobody filled do not change it.
pub fn content_mark(def: &EntityDef, record: &Record) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[u8::from(record.header.deleted)]);
    let mut filled: Vec<_> = def.stored().filter(|(index, _)| !record.values[*index].is_null()).collect();
    filled.sort_by(|(_, left), (_, right)| left.name.cmp(&right.name));
    for (index, field) in filled {
        hasher.update(field.name.as_bytes()).update(&[0]);
        hasher.update(record.values[index].to_json().to_string().as_bytes()).update(&[0]);
    }
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    u64::from_le_bytes(first)
}

/// Does the op stand for the whole record as its author saw it, so that its `seen` mark must be sent along?
pub fn stands_for_all(def: &EntityDef, op: &Op) -> bool {
    match &op.kind {
        OpKind::Delete => true,
        OpKind::Edit { changes, .. } => {
            changes.iter().any(|change| def.field(&change.field).is_some_and(|field| field.sync == SyncClass::Workflow))
        }
        OpKind::Create { .. } | OpKind::Restore => false,
    }
}

/// Records of a kind that only the province maintains, 区划 for one. A book that worked alone may hold some of its own.
pub fn is_maintained_above(def: &EntityDef) -> bool {
    let key = def.key.first().and_then(|name| def.field(name));
    key.is_some_and(|field| field.sync == SyncClass::Reference)
}

/// May the rest of a group go again when one of its ops was refused or disputed? A paste of many lines may; steps of
/// the workflow and vouchers belong together.
pub fn may_be_parted(schema: &Schema, ops: &[&Op]) -> bool {
    ops.iter().all(|op| {
        let Some(def) = schema.entity(&op.entity) else { return false };
        let is_step = matches!(op.kind, OpKind::Edit { .. }) && stands_for_all(def, op);
        !def.append_only && !is_step
    })
}
