//! May this op be applied, and what does it change? The same answer on the desk and at the province.
//! A refusal is about the op (stale, forbidden, impossible); what is merely wrong with the figures is
//! a finding of [`crate::check`], and a draft may be saved with findings.

use crate::{
    entity::{EntityDef, FieldDef, FieldKind},
    facts::{Facts, ReadFault},
    op::{Change, GroupKind, Op, OpKind},
    value::{Record, RecordHeader, Value},
};
use std::sync::Arc;

/// Why an op is not applied. `field` is where a person should look.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub code: RefusalCode,
    pub field: Option<String>,
    pub message: String,
}

/// What the caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalCode {
    /// The entity, record or field does not exist.
    Unknown,
    /// The value does not fit the field's kind.
    BadValue,
    /// Somebody changed it since: read again and decide.
    Stale,
    /// The rules never allow it (append-only, derived, released).
    Forbidden,
    /// Others still refer to it, or hold the code.
    InUse,
}

#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Read(#[from] ReadFault),
}

/// The record before (None = new) and after the op.
#[derive(Debug, Clone)]
pub struct Decided {
    pub def: Arc<EntityDef>,
    pub before: Option<Arc<Record>>,
    pub after: Record,
}

/// Applies `op` to what `facts` holds, without writing. Err(Refused) says in Chinese why not.
pub fn decide(facts: &dyn Facts, group: GroupKind, op: &Op) -> Result<Decided, DecideError> {
    let def = facts.schema().entity(&op.entity).cloned().ok_or_else(|| unknown_entity(&op.entity))?;
    let before = facts.get(&op.entity, op.record)?;
    let after = match (&op.kind, &before) {
        (OpKind::Create { division, fiscal_year, fields }, None) => create(&def, op, division, *fiscal_year, fields)?,
        (OpKind::Create { .. }, Some(_)) => {
            return Err(refuse(RefusalCode::Stale, None, format!("{}已存在，不能重复新增", def.label.zh)).into());
        }
        (_, None) => {
            return Err(refuse(RefusalCode::Unknown, None, format!("{}不存在或尚未收到", def.label.zh)).into());
        }
        (OpKind::Edit { changes, .. }, Some(record)) => edit(facts, group, &def, record, changes)?,
        (OpKind::Delete, Some(record)) => delete(facts, group, &def, record)?,
        (OpKind::Restore, Some(record)) if !record.header.deleted => {
            return Err(refuse(RefusalCode::Stale, None, format!("{}没有被删除，不必恢复", def.label.zh)).into());
        }
        (OpKind::Restore, Some(record)) => {
            let mut after = record.as_ref().clone();
            after.header.deleted = false;
            after.header.version += 1;
            after
        }
    };
    Ok(Decided { def, before, after })
}

fn create(
    def: &EntityDef,
    op: &Op,
    division: &str,
    fiscal_year: i32,
    fields: &serde_json::Map<String, serde_json::Value>,
) -> Result<Record, Refusal> {
    let mut values = vec![Value::Null; def.fields.len()];
    for (name, json) in fields {
        let index = def.index(name).ok_or_else(|| unknown_field(def, name))?;
        values[index] = accept(&def.fields[index], json)?;
    }
    let header = RecordHeader { division: division.into(), fiscal_year, version: 1, deleted: false };
    Ok(Record { id: op.record, header, values })
}

fn edit(
    facts: &dyn Facts,
    group: GroupKind,
    def: &EntityDef,
    record: &Record,
    changes: &[Change],
) -> Result<Record, DecideError> {
    let pulled = group == GroupKind::Pull;
    if record.header.deleted && !pulled {
        return Err(refuse(RefusalCode::Stale, None, format!("{}已删除，请先恢复再修改", def.label.zh)).into());
    }
    if def.append_only && !pulled {
        let message = format!("{}只能新增，不能修改；请用相反的单据更正", def.label.zh);
        return Err(refuse(RefusalCode::Forbidden, None, message).into());
    }
    let mut after = record.clone();
    for change in changes {
        let index = def.index(&change.field).ok_or_else(|| unknown_field(def, &change.field))?;
        let field = &def.fields[index];
        let current = record.values[index].to_json();
        if current != change.from {
            let message = format!("“{}”已被改为 {}，请刷新后再改", field.label.zh, shown(&current));
            return Err(refuse(RefusalCode::Stale, Some(&change.field), message).into());
        }
        if !pulled {
            forbid_released_amount(facts, def, record, field)?;
        }
        after.values[index] = accept(field, &change.to)?;
    }
    after.header.version += 1;
    Ok(after)
}

/// A 指标 that was 下达 changes only by vouchers (财政总会计制度; domain: 下达后不得直接改).
fn forbid_released_amount(
    facts: &dyn Facts,
    def: &EntityDef,
    record: &Record,
    field: &FieldDef,
) -> Result<(), DecideError> {
    if def.entity != "allotment" || field.name != "amount" {
        return Ok(());
    }
    if facts.referring("allotment_voucher", "to_allotment", record.id)?.is_empty() {
        return Ok(());
    }
    let message = "指标已下达，金额不能直接修改；请录入追加、调减或调剂单".to_owned();
    Err(refuse(RefusalCode::Forbidden, Some(&field.name), message).into())
}

fn delete(facts: &dyn Facts, group: GroupKind, def: &EntityDef, record: &Record) -> Result<Record, DecideError> {
    if record.header.deleted {
        return Err(refuse(RefusalCode::Stale, None, format!("{}已经删除", def.label.zh)).into());
    }
    let taking_back = matches!(group, GroupKind::Undo(_) | GroupKind::Pull);
    if def.append_only && !taking_back {
        let message = format!("{}只能新增，不能删除；请用相反的单据冲销", def.label.zh);
        return Err(refuse(RefusalCode::Forbidden, None, message).into());
    }
    // The records of a group that is taken back may refer to each other in any order: whoever applies the
    // group asks [`forbid_used`] once all of it is written.
    if !taking_back {
        forbid_used(facts, def, record)?;
    }
    let mut after = record.clone();
    after.header.deleted = true;
    after.header.version += 1;
    Ok(after)
}

/// Err(InUse) when live records still refer to `record`: a deleted one would leave them dangling.
pub fn forbid_used(facts: &dyn Facts, def: &EntityDef, record: &Record) -> Result<(), DecideError> {
    for (other, field) in facts.schema().references_to(&def.entity) {
        // A department is its own 主管部门; that must not keep it from being deleted.
        let users = facts.referring(&other.entity, &field.name, record.id)?;
        let users = users.iter().filter(|user| user.id != record.id).count();
        if users > 0 {
            let message =
                format!("{}还被 {users} 条{}引用（{}），请先处理它们", def.label.zh, other.label.zh, field.label.zh);
            return Err(refuse(RefusalCode::InUse, None, message).into());
        }
    }
    Ok(())
}

fn accept(field: &FieldDef, json: &serde_json::Value) -> Result<Value, Refusal> {
    if field.derived.is_some() {
        let message = format!("“{}”由系统计算，不能填写", field.label.zh);
        return Err(refuse(RefusalCode::Forbidden, Some(&field.name), message));
    }
    let value = Value::from_json(json, &field.kind).map_err(|problem| {
        refuse(RefusalCode::BadValue, Some(&field.name), format!("“{}”：{problem}", field.label.zh))
    })?;
    match (&field.kind, value.as_text()) {
        (FieldKind::Decimal { .. }, Some(text)) if text.parse::<rust_decimal::Decimal>().is_err() => {
            Err(refuse(RefusalCode::BadValue, Some(&field.name), format!("“{}”：“{text}”不是数字", field.label.zh)))
        }
        _ => Ok(value),
    }
}

fn refuse(code: RefusalCode, field: Option<&str>, message: String) -> Refusal {
    Refusal { code, field: field.map(str::to_owned), message }
}

fn unknown_entity(name: &str) -> Refusal {
    refuse(RefusalCode::Unknown, None, format!("没有“{name}”这种数据"))
}

fn unknown_field(def: &EntityDef, name: &str) -> Refusal {
    refuse(RefusalCode::Unknown, Some(name), format!("{}没有“{name}”这一项", def.label.zh))
}

fn shown(json: &serde_json::Value) -> String {
    match json {
        serde_json::Value::Null => "空".into(),
        serde_json::Value::String(text) => format!("“{text}”"),
        other => other.to_string(),
    }
}
