//! Working row = confirmed row + pending ops, again after whatever has come. The difference to what is shown now
//! is written as one group of the book's log, so that the log still replays to the rows.

use super::store::{Desk, Pending, StoreFault, Stored};
use crate::{
    parcel::{GroupHead, Proposal, op_id},
    scope::Scope,
};
use std::{collections::BTreeMap, sync::Arc};
use suanpan_model::{
    Change, EntityDef, Op, OpKind, Record,
    decide::{DecideError, Refusal, RefusalCode, decide},
    op::GroupKind,
    value::{RecordHeader, RecordId, Value},
};
use uuid::Uuid;

/// What has come: ops that are confirmed in `scope`, and an own group that is settled by it.
pub struct Came<'a> {
    pub scope: Scope,
    pub head: &'a GroupHead,
    /// Confirmed ops, in order; empty when an own group came to nothing.
    pub effects: &'a [Proposal],
    /// Own group that is pending no more.
    pub settled: Option<Uuid>,
}

/// Takes in what has come. Err(Diverged) when the ops do not fit the confirmed rows.
pub fn rebase(desk: &dyn Desk, came: &Came<'_>) -> Stored<()> {
    let mut touched: BTreeMap<(Box<str>, RecordId), Vec<&Op>> = BTreeMap::new();
    for proposal in came.effects {
        touched.entry((proposal.op.entity.clone(), proposal.op.record)).or_default().push(&proposal.op);
    }
    let mut own = Vec::new();
    if let Some(group) = came.settled
        && let Some((_, proposals)) = desk.pending_group(group)?
    {
        own = proposals;
        for proposal in &own {
            touched.entry((proposal.op.entity.clone(), proposal.op.record)).or_default();
        }
    }
    let mut ops = Vec::new();
    for ((entity, id), effects) in &touched {
        let Some(def) = desk.schema().entity(entity).cloned() else { return Err(StoreFault::Diverged(came.scope)) };
        let row = Row { desk, def: &def, id: *id };
        for kind in row.rebase(came, effects)? {
            let op = Op { id: op_id(came.head.id, ops.len() as u32), entity: entity.clone(), record: *id, kind };
            ops.push(op);
        }
    }
    if let Some(group) = came.settled.filter(|_| !own.is_empty()) {
        desk.settle(group)?;
    }
    if !ops.is_empty() {
        desk.write_pulled(came.head, ops)?;
    }
    Ok(())
}

struct Row<'a> {
    desk: &'a dyn Desk,
    def: &'a Arc<EntityDef>,
    id: RecordId,
}

impl Row<'_> {
    /// The changes of the working row when `effects` are confirmed.
    fn rebase(&self, came: &Came<'_>, effects: &[&Op]) -> Stored<Vec<OpKind>> {
        let entity = self.def.entity.as_str();
        let working = self.desk.get(entity, self.id)?;
        let pending = self.desk.pending(entity, self.id)?;
        let shadow = if pending.is_empty() { None } else { self.desk.shadow(entity, self.id)? };
        let confirmed = shadow.unwrap_or_else(|| working.clone());
        let confirmed = confirm(self.desk, confirmed, effects).map_err(|refusal| match refusal {
            Some(Refusal { code: RefusalCode::Unknown, field: Some(field), .. }) => not_amended_yet(&field),
            _ => StoreFault::Diverged(came.scope),
        })?;
        self.put(came, working.as_deref(), &pending, confirmed)
    }

    /// The changes of the working row when `confirmed` lies below it; the shadow is brought up to date.
    fn put(
        &self,
        came: &Came<'_>,
        working: Option<&Record>,
        pending: &[Pending],
        confirmed: Option<Arc<Record>>,
    ) -> Stored<Vec<OpKind>> {
        let entity = self.def.entity.as_str();
        let still: Vec<&Pending> = pending.iter().filter(|pending| Some(pending.group) != came.settled).collect();
        if still.is_empty() {
            self.desk.drop_shadow(entity, self.id)?;
        } else {
            self.desk.put_shadow(entity, self.id, confirmed.as_deref())?;
        }
        let shown = still.iter().fold(confirmed, |row, pending| over(self.def, row, &pending.proposal.op));
        Ok(difference(self.def, working, shown.as_deref()))
    }
}

/// A row as the province has it; None: it has no such record.
pub struct Confirmed {
    pub def: Arc<EntityDef>,
    pub id: RecordId,
    pub row: Option<Arc<Record>>,
}

/// Puts these rows below what is shown, as part of `came`.
pub fn confirm_rows(desk: &dyn Desk, came: &Came<'_>, rows: Vec<Confirmed>) -> Stored<()> {
    let mut ops = Vec::new();
    for Confirmed { def, id, row: confirmed } in rows {
        let entity = def.entity.as_str();
        let row = Row { desk, def: &def, id };
        let (working, pending) = (desk.get(entity, id)?, desk.pending(entity, id)?);
        for kind in row.put(came, working.as_deref(), &pending, confirmed)? {
            ops.push(Op { id: op_id(came.head.id, ops.len() as u32), entity: entity.into(), record: id, kind });
        }
    }
    if ops.is_empty() { Ok(()) } else { desk.write_pulled(came.head, ops) }
}

/// One record as a book of its own: what the confirmed ops are applied to.
struct Alone<'a> {
    desk: &'a dyn Desk,
    record: Option<Arc<Record>>,
}

impl suanpan_model::facts::Facts for Alone<'_> {
    fn schema(&self) -> &suanpan_model::schema::Schema {
        self.desk.schema()
    }

    fn get(&self, _: &str, _: RecordId) -> suanpan_model::facts::Read<Option<Arc<Record>>> {
        Ok(self.record.clone())
    }

    fn referring(&self, _: &str, _: &str, _: RecordId) -> suanpan_model::facts::Read<Vec<Arc<Record>>> {
        Ok(Vec::new())
    }

    fn parts(&self, _: &str, _: &str, _: RecordId, _: &[&str]) -> suanpan_model::facts::Read<Vec<Record>> {
        Ok(Vec::new())
    }

    fn with_value(&self, _: &str, _: i32, _: &str, _: &Value) -> suanpan_model::facts::Read<Vec<Arc<Record>>> {
        Ok(Vec::new())
    }

    fn same_key(&self, _: &str, _: &Record) -> suanpan_model::facts::Read<Vec<RecordId>> {
        Ok(Vec::new())
    }

    fn scan(&self, _: &str, _: i32, _: &mut dyn FnMut(&Record)) -> suanpan_model::facts::Read<()> {
        Ok(())
    }
}

/// A field that the province has added since: its amendment comes with the next exchange, before anything else.
pub(super) fn not_amended_yet(field: &str) -> StoreFault {
    StoreFault::Failed(format!("平台新增的“{field}”一项还没有收到，下次同步时接收；本次未写入这一部分"))
}

/// The confirmed row after `effects`. Err when they do not fit it, with the refusal if that is why.
fn confirm(
    desk: &dyn Desk,
    confirmed: Option<Arc<Record>>,
    effects: &[&Op],
) -> Result<Option<Arc<Record>>, Option<Refusal>> {
    let mut alone = Alone { desk, record: confirmed };
    for op in effects {
        // The province creates a record once. What lies here under its id was typed here and came to nothing.
        if matches!(op.kind, OpKind::Create { .. }) {
            alone.record = None;
        }
        match decide(&alone, GroupKind::Pull, op) {
            Ok(decided) => alone.record = Some(Arc::new(decided.after)),
            Err(DecideError::Refused(refusal)) => return Err(Some(refusal)),
            Err(DecideError::Read(_)) => return Err(None),
        }
    }
    Ok(alone.record)
}

/// The row with a pending op on top: what its author wants, whatever lies below.
pub(super) fn over(def: &EntityDef, row: Option<Arc<Record>>, op: &Op) -> Option<Arc<Record>> {
    let set = |record: &mut Record, name: &str, json: &serde_json::Value| {
        if let Some(index) = def.index(name)
            && let Ok(value) = Value::from_json(json, &def.fields[index].kind)
        {
            record.values[index] = value;
        }
    };
    match (&op.kind, row) {
        (OpKind::Create { division, fiscal_year, fields }, _) => {
            let header =
                RecordHeader { division: division.clone(), fiscal_year: *fiscal_year, version: 1, deleted: false };
            let mut record = Record { id: op.record, header, values: vec![Value::Null; def.fields.len()] };
            fields.iter().for_each(|(name, json)| set(&mut record, name, json));
            Some(Arc::new(record))
        }
        (OpKind::Edit { changes, .. }, Some(row)) => {
            let mut record = row.as_ref().clone();
            changes.iter().for_each(|change| set(&mut record, &change.field, &change.to));
            Some(Arc::new(record))
        }
        (OpKind::Delete | OpKind::Restore, Some(row)) => {
            let mut record = row.as_ref().clone();
            record.header.deleted = op.kind == OpKind::Delete;
            Some(Arc::new(record))
        }
        // The record it was about is not there: it will be refused, and until then there is nothing to show.
        (_, None) => None,
    }
}

/// The ops that turn the working row into the row to be shown.
fn difference(def: &EntityDef, working: Option<&Record>, shown: Option<&Record>) -> Vec<OpKind> {
    let mut kinds = Vec::new();
    let (was_deleted, changes) = match (working, shown) {
        (None, None) => return kinds,
        // A record of which nothing was ever confirmed: what was typed stays readable, marked as deleted.
        (Some(working), None) => return Vec::from_iter((!working.header.deleted).then_some(OpKind::Delete)),
        (None, Some(shown)) => {
            kinds.push(created(def, shown));
            (false, Vec::new())
        }
        (Some(working), Some(shown)) => (working.header.deleted, changes(def, working, shown)),
    };
    if !changes.is_empty() {
        kinds.push(OpKind::Edit { seen: 0, changes });
    }
    match (was_deleted, shown.is_some_and(|shown| shown.header.deleted)) {
        (false, true) => kinds.push(OpKind::Delete),
        (true, false) => kinds.push(OpKind::Restore),
        _ => {}
    }
    kinds
}

fn changes(def: &EntityDef, working: &Record, shown: &Record) -> Vec<Change> {
    let differing = def.stored().filter(|(index, _)| working.values[*index] != shown.values[*index]);
    differing
        .map(|(index, field)| Change {
            field: field.name.clone(),
            from: working.values[index].to_json(),
            to: shown.values[index].to_json(),
        })
        .collect()
}

fn created(def: &EntityDef, shown: &Record) -> OpKind {
    let filled = def.stored().filter(|(index, _)| !shown.values[*index].is_null());
    let fields = filled.map(|(index, field)| (field.name.clone(), shown.values[index].to_json())).collect();
    OpKind::Create { division: shown.header.division.clone(), fiscal_year: shown.header.fiscal_year, fields }
}
