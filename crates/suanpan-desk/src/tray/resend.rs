//! Making refused changes again: the same wishes, as ordinary ops against the rows of today.

use super::{TrayChoice, chosen};
use crate::{CallError, CallErrorCode, CallResult, Desk, edit, shown};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::{collections::HashMap, sync::Arc};
use suanpan_model::{Change, EntityDef, FieldKind, Op, OpKind, value::RecordId};
use suanpan_store::{Book, sync::TrayLine};
use ts_rs::TS;

#[derive(Debug, Clone, Deserialize, TS)]
pub struct TrayResend {
    #[serde(flatten)]
    pub choice: TrayChoice,
    /// Other values than the refused ones.
    #[serde(default)]
    pub changes: Vec<TrayChange>,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct TrayChange {
    /// Of the line.
    pub id: String,
    pub field: String,
    #[ts(type = "string | number | boolean | null")]
    pub to: Json,
}

/// Makes the chosen lines again in one step of undo and takes them out of the tray. Records that were to be new get new
/// ids. Err(Refused) when the rows of today already are as wished.
pub fn resend(desk: &Arc<Desk>, request: TrayResend) -> CallResult<edit::Applied> {
    let book = desk.book()?;
    let lines = chosen(&book, &request.choice)?;
    let mut again = Again::new(desk, &book, &lines, request.changes)?;
    for line in &lines {
        again.line(line)?;
    }
    let Again { ops, created, .. } = again;
    if ops.is_empty() {
        let message = "所选更改的内容与现在的数据一致，没有需要重新上报的；可以放弃这些更改";
        return Err(CallError::new(CallErrorCode::Refused, message));
    }
    let label = match lines.as_slice() {
        [line] => format!("重新上报 {}", line.label),
        several => format!("重新上报 {} 条未采纳的更改", several.len()),
    };
    // The change comes first: should the program be killed in between, a line is offered once more rather than lost.
    let applied = edit::apply_ops(desk, &book, label.chars().take(200).collect(), ops, created)?;
    book.clear_tray(&lines.iter().map(|line| line.id).collect::<Vec<_>>())?;
    Ok(applied)
}

/// The ops of a resend while they are put together.
struct Again<'a> {
    desk: &'a Desk,
    book: &'a Book,
    /// (line, field) → the value to send instead.
    instead: HashMap<(String, String), Json>,
    /// Records that are created anew: refused id → new id.
    new_ids: HashMap<RecordId, RecordId>,
    /// Fields of the new records as the ops so far leave them, by refused id.
    new_rows: HashMap<RecordId, Map<String, Json>>,
    ops: Vec<Op>,
    /// Places among `ops` of those on a record.
    ops_on: HashMap<RecordId, Vec<usize>>,
    created: Vec<String>,
}

impl<'a> Again<'a> {
    fn new(desk: &'a Desk, book: &'a Book, lines: &[TrayLine], changes: Vec<TrayChange>) -> CallResult<Self> {
        let creates = lines.iter().filter(|line| matches!(line.op.kind, OpKind::Create { .. }));
        let new_ids = creates.map(|line| (line.op.record, desk.new_id())).collect();
        let mut instead = HashMap::new();
        for TrayChange { id, field, to } in changes {
            let line = lines.iter().find(|line| line.id.to_string() == id);
            let line = line.ok_or_else(|| CallError::bad_request("改动的值不属于所选的更改"))?;
            let def = crate::rows::entity_def(book, &line.op.entity)?;
            let known = def.field(&field).filter(|field| field.derived.is_none());
            let known = known.ok_or_else(|| CallError::bad_request(format!("{}没有“{field}”这一项", def.label.zh)))?;
            shown::must_fit(known, &to)?;
            instead.insert((id, field), to);
        }
        let (new_rows, ops_on) = (HashMap::new(), HashMap::new());
        Ok(Self { desk, book, instead, new_ids, new_rows, ops: Vec::new(), ops_on, created: Vec::new() })
    }

    fn line(&mut self, line: &TrayLine) -> CallResult<()> {
        let def = crate::rows::entity_def(self.book, &line.op.entity)?;
        let known = self.new_ids.get(&line.op.record).copied();
        let record = known.unwrap_or(line.op.record);
        let kind = match &line.op.kind {
            OpKind::Create { division, fiscal_year, fields } => {
                let fields = self.wished(line, &def, fields);
                self.created.push(record.to_string());
                self.new_rows.insert(line.op.record, fields.clone());
                Some(OpKind::Create { division: division.clone(), fiscal_year: *fiscal_year, fields })
            }
            OpKind::Edit { changes, .. } => {
                let wished = changes.iter().map(|change| (change.field.clone(), change.to.clone())).collect();
                let wished = self.wished(line, &def, &wished);
                self.edit(line, &def, wished)?
            }
            OpKind::Delete if known.is_some() => Some(OpKind::Delete),
            OpKind::Restore if known.is_some() => Some(OpKind::Restore),
            OpKind::Delete => self.is_deleted(line)?.is_some_and(|deleted| !deleted).then_some(OpKind::Delete),
            OpKind::Restore => self.is_deleted(line)?.unwrap_or_default().then_some(OpKind::Restore),
        };
        if let Some(kind) = kind {
            self.ops_on.entry(record).or_default().push(self.ops.len());
            self.ops.push(Op { id: self.desk.new_id(), entity: line.op.entity.clone(), record, kind });
        }
        Ok(())
    }

    /// None: the book has no such record.
    fn is_deleted(&self, line: &TrayLine) -> CallResult<Option<bool>> {
        let found = self.book.record(&line.op.entity, line.op.record)?;
        Ok(found.map(|found| found.record.header.deleted))
    }

    /// The wished values with what the person changed, references led to the records that are created anew.
    fn wished(&self, line: &TrayLine, def: &EntityDef, fields: &Map<String, Json>) -> Map<String, Json> {
        let id = line.id.to_string();
        let mut wished = fields.clone();
        for ((of, field), to) in &self.instead {
            if *of == id {
                wished.insert(field.clone(), to.clone());
            }
        }
        for (name, value) in &mut wished {
            let is_reference = def.field(name).is_some_and(|field| matches!(field.kind, FieldKind::Reference { .. }));
            let target = value.as_str().filter(|_| is_reference).and_then(|text| RecordId::parse_str(text).ok());
            if let Some(id) = target.and_then(|target| self.new_ids.get(&target)) {
                *value = id.to_string().into();
            }
        }
        if matches!(line.op.kind, OpKind::Create { .. }) {
            wished.retain(|_, value| !value.is_null());
        }
        wished
    }

    /// None: the row already is as wished.
    fn edit(&mut self, line: &TrayLine, def: &EntityDef, wished: Map<String, Json>) -> CallResult<Option<OpKind>> {
        let mut now = self.row_now(line, def)?;
        let mut changes = Vec::new();
        for (field, to) in wished {
            let from = now.get(&field).cloned().unwrap_or(Json::Null);
            if from != to {
                now.insert(field.clone(), to.clone());
                changes.push(Change { field, from, to });
            }
        }
        if self.new_ids.contains_key(&line.op.record) {
            self.new_rows.insert(line.op.record, now);
        }
        Ok((!changes.is_empty()).then_some(OpKind::Edit { seen: 0, changes }))
    }

    /// The values of the record that a line edits, as the ops so far leave them.
    fn row_now(&self, line: &TrayLine, def: &EntityDef) -> CallResult<Map<String, Json>> {
        if self.new_ids.contains_key(&line.op.record) {
            return Ok(self.new_rows.get(&line.op.record).cloned().unwrap_or_default());
        }
        let refused = |message: String| Err(CallError::new(CallErrorCode::Refused, message));
        let Some(found) = self.book.record(&line.op.entity, line.op.record)? else {
            return refused(format!(
                "“{}”所改的{}没有被平台采纳，请连同它的新增一起重新上报，或放弃这条更改",
                line.label, def.label.zh
            ));
        };
        if found.record.header.deleted {
            return refused(format!(
                "“{}”所改的{}已被删除，不能重新上报；请先恢复它，或放弃这条更改",
                line.label, def.label.zh
            ));
        }
        let mut now: Map<String, Json> =
            def.stored().map(|(place, field)| (field.name.clone(), found.record.values[place].to_json())).collect();
        for &at in self.ops_on.get(&line.op.record).into_iter().flatten() {
            if let OpKind::Edit { changes, .. } = &self.ops[at].kind {
                now.extend(changes.iter().map(|change| (change.field.clone(), change.to.clone())));
            }
        }
        Ok(now)
    }
}
