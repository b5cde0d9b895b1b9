//! 未采纳: what was typed here and did not take effect at the province. Nothing is lost: each line says why, can be
//! made again against the rows of today ([`resend`]), put away, or written to a workbook ([`export`]).

mod export;
mod resend;

pub use export::{TrayExport, TrayExported, export, verb_name};
pub use resend::{TrayChange, TrayResend, resend};

use crate::{
    CallError, CallErrorCode, CallResult, Desk,
    calls::Done,
    shown::{self, Shown, ShownField, ShownRecord},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};
use suanpan_model::{Change, EntityDef, Op, OpKind, entity::SyncClass};
use suanpan_store::{Book, log, query::ListedRecord, sync::TrayLine};
use ts_rs::TS;
use uuid::Uuid;

#[derive(Debug, Clone, Deserialize, TS)]
pub struct TrayWish {
    /// How many lines are shown at the most: a whole workbook may have been refused.
    pub limit: usize,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct Tray {
    /// The first of them, oldest first, those of one group together.
    pub items: Vec<TrayEntry>,
    pub total: usize,
    /// How many lines each group has, shown or not.
    pub groups: BTreeMap<String, usize>,
}

/// Lines of the tray that a person has chosen.
#[derive(Debug, Clone, Default, Deserialize, TS)]
pub struct TrayChoice {
    #[serde(default)]
    pub ids: Vec<String>,
    /// All lines of these groups.
    #[serde(default)]
    pub groups: Vec<String>,
}

/// One change that was not taken.
#[derive(Debug, Clone, Serialize, TS)]
pub struct TrayEntry {
    pub id: String,
    /// Lines of one group were made, and refused, together.
    pub group: String,
    /// What the person had called it, who it was and when by the clock of that PC.
    pub label: String,
    pub actor: String,
    #[ts(type = "number")]
    pub at_ms: i64,
    pub record: ShownRecord,
    pub verb: Verb,
    /// What was wanted of which field; empty when the record was deleted or restored.
    pub fields: Vec<TrayField>,
    /// stale, forbidden, unknown, bad_value, in_use; held when another change of its group was the reason.
    pub why: String,
    /// The field to look at.
    pub field: Option<String>,
    pub message: String,
    /// It was refused because the record had been deleted, and the record stands again: nothing is in its way any more.
    pub restored: bool,
    /// Since when it is known, by the province's clock.
    #[ts(type = "number")]
    pub since_ms: i64,
    /// Other values can be sent than the ones that were refused.
    pub editable: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    Create,
    Edit,
    Delete,
    Restore,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct TrayField {
    pub field: ShownField,
    pub from: Shown,
    pub to: Shown,
    /// In this book now; the same as `from` of a record that is not here.
    pub current: Shown,
}

pub fn tray(desk: &Arc<Desk>, wish: TrayWish) -> CallResult<Tray> {
    let book = desk.book()?;
    let lines = book.tray_up_to(wish.limit)?;
    let items = lines.iter().map(|line| described(&book, line)).collect::<CallResult<_>>()?;
    let groups = book.tray_groups()?;
    Ok(Tray { items, total: groups.values().sum(), groups })
}

/// Puts lines away without sending them again; the log keeps what was typed.
pub fn put_away(desk: &Arc<Desk>, choice: TrayChoice) -> CallResult<Done> {
    let book = desk.book()?;
    let lines = chosen(&book, &choice)?;
    book.clear_tray(&lines.iter().map(|line| line.id).collect::<Vec<_>>())?;
    Ok(Done {})
}

/// The chosen lines, oldest first. Err(NotFound) when one is not there any more.
fn chosen(book: &Book, choice: &TrayChoice) -> CallResult<Vec<TrayLine>> {
    let read =
        |id: &String| Uuid::parse_str(id).map_err(|_| CallError::bad_request(format!("“{id}”不是未采纳更改的编号")));
    let ids = choice.ids.iter().map(read).collect::<CallResult<HashSet<_>>>()?;
    let groups = choice.groups.iter().map(read).collect::<CallResult<HashSet<_>>>()?;
    if ids.is_empty() && groups.is_empty() {
        return Err(CallError::bad_request("没有选择未采纳的更改"));
    }
    let mut lines = book.tray()?;
    lines.retain(|line| ids.contains(&line.id) || groups.contains(&line.group));
    let (found, of): (HashSet<_>, HashSet<_>) = lines.iter().map(|line| (line.id, line.group)).unzip();
    if !ids.is_subset(&found) || !groups.is_subset(&of) {
        let message = "所选的更改已不在“未采纳”中，可能已重新上报或放弃，请刷新后再看";
        return Err(CallError::new(CallErrorCode::NotFound, message));
    }
    Ok(lines)
}

fn described(book: &Book, line: &TrayLine) -> CallResult<TrayEntry> {
    let op = &line.op;
    let def = book.schema().entity(&op.entity).cloned();
    let (verb, changes) = match &op.kind {
        OpKind::Create { fields, .. } => {
            let set = |(field, to): (&String, &serde_json::Value)| Change {
                field: field.clone(),
                from: serde_json::Value::Null,
                to: to.clone(),
            };
            (Verb::Create, fields.iter().map(set).collect())
        }
        OpKind::Edit { changes, .. } => (Verb::Edit, changes.clone()),
        OpKind::Delete => (Verb::Delete, Vec::new()),
        OpKind::Restore => (Verb::Restore, Vec::new()),
    };
    let title = changes.iter().find(|change| def.as_deref().is_some_and(|def| def.title == change.field));
    let title = title.and_then(|change| change.to.as_str()).unwrap_or_default();
    let (record, found) = shown::record(book, &op.entity, op.record, title)?;
    let mut fields = Vec::with_capacity(changes.len());
    for change in in_order(def.as_deref(), changes) {
        fields.push(field_of(book, def.as_deref(), found.as_ref().map(|(_, found)| found), change)?);
    }
    let alive = record.alive;
    Ok(TrayEntry {
        id: line.id.to_string(),
        group: line.group.to_string(),
        label: line.label.to_string(),
        actor: line.actor.to_string(),
        at_ms: line.at_ms,
        record,
        verb,
        editable: !fields.is_empty(),
        fields,
        why: line.why.to_string(),
        field: line.field.clone(),
        message: line.message.clone(),
        restored: alive && is_restored(book, def.as_deref(), line)?,
        since_ms: line.since_ms,
    })
}

/// Was it a deletion that the change was refused for, and was that taken back? The record is not deleted now. A step of
/// the workflow is refused in the same way for any change that its author had not seen: of that it is not said.
fn is_restored(book: &Book, def: Option<&EntityDef>, line: &TrayLine) -> CallResult<bool> {
    let (OpKind::Edit { changes, .. }, Some(def)) = (&line.op.kind, def) else { return Ok(false) };
    let is_step = |change: &Change| def.field(&change.field).is_none_or(|field| field.sync == SyncClass::Workflow);
    if &*line.why != "stale" || line.field.is_some() || changes.iter().any(is_step) {
        return Ok(false);
    }
    let restored = |op: &Op| matches!(op.kind, OpKind::Restore);
    Ok(book.read(|connection| log::newest(connection, line.op.record, restored))?.is_some())
}

/// In the order of the entity's document.
fn in_order(def: Option<&EntityDef>, mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by_key(|change| def.and_then(|def| def.index(&change.field)).unwrap_or(usize::MAX));
    changes
}

fn field_of(book: &Book, def: Option<&EntityDef>, row: Option<&ListedRecord>, change: Change) -> CallResult<TrayField> {
    let known = def.and_then(|def| def.field(&change.field));
    let field = known.map_or_else(|| ShownField::unknown(&change.field), ShownField::of);
    let place = def.and_then(|def| def.index(&change.field));
    let now = place.zip(row).map(|(place, row)| row.record.values[place].to_json());
    let shown = |value| Shown::of(book, &field.kind, value);
    let current = shown(now.unwrap_or_else(|| change.from.clone()))?;
    Ok(TrayField { from: shown(change.from)?, to: shown(change.to)?, current, field })
}
