//! The record of what was done: of one record (字段, 旧值, 新值, 人, 时间) and of the whole book.

use crate::{
    CallResult, Desk,
    rows::{RecordRequest, read_id},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use suanpan_model::{Change, OpKind};
use ts_rs::TS;

#[derive(Debug, Clone, Serialize, TS)]
pub struct HistoryEntry {
    #[ts(type = "number")]
    pub at_ms: i64,
    pub actor: String,
    /// What the person called the gesture.
    pub label: String,
    /// create, edit, delete or restore.
    pub verb: &'static str,
    pub changes: Vec<Change>,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct LogRequest {
    /// Entries before this batch number; 0 = from the newest.
    #[ts(type = "number")]
    #[serde(default)]
    pub before: i64,
    pub limit: usize,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct LogEntry {
    #[ts(type = "number")]
    pub batch: i64,
    #[ts(type = "number")]
    pub at_ms: i64,
    pub actor: String,
    pub label: String,
    /// do, undo or redo.
    pub kind: String,
    pub ops: usize,
    /// Taken back by a later undo.
    pub undone: bool,
}

pub fn history(desk: &Arc<Desk>, request: RecordRequest) -> CallResult<Vec<HistoryEntry>> {
    let book = desk.book()?;
    let id = read_id(&request.id)?;
    let found = book.read(|connection| suanpan_store::log::history(connection, id))?;
    let entry = |(group, op): (suanpan_model::op::OpGroup, suanpan_model::Op)| {
        let (verb, changes) = match op.kind {
            OpKind::Create { fields, .. } => ("create", created(fields)),
            OpKind::Edit { changes, .. } => ("edit", changes),
            OpKind::Delete => ("delete", Vec::new()),
            OpKind::Restore => ("restore", Vec::new()),
        };
        HistoryEntry { at_ms: group.at_ms, actor: group.actor.into(), label: group.label.into(), verb, changes }
    };
    Ok(found.into_iter().rev().map(entry).collect())
}

fn created(fields: serde_json::Map<String, serde_json::Value>) -> Vec<Change> {
    fields.into_iter().map(|(field, to)| Change { field, from: serde_json::Value::Null, to }).collect()
}

pub fn log(desk: &Arc<Desk>, request: LogRequest) -> CallResult<Vec<LogEntry>> {
    let book = desk.book()?;
    let before = if request.before == 0 { i64::MAX } else { request.before };
    Ok(book.read(|connection| {
        suanpan_store::log::groups_before(connection, before, request.limit.min(1000)).map(|groups| {
            groups
                .into_iter()
                .map(|group| LogEntry {
                    batch: group.last_batch,
                    at_ms: group.at_ms,
                    actor: group.actor,
                    label: group.label,
                    kind: group.kind,
                    ops: group.ops,
                    undone: group.undone,
                })
                .collect()
        })
    })?)
}
