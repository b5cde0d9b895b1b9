//! Every change is an op: who, when, on what, what the author saw, what they want. Undo, audit,
//! recovery and sync are readings of the log of ops. Whether an op may be applied is [`crate::decide`].

use crate::value::RecordId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

/// One change of one record. Values are in the JSON form of the calls (money in 分).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Op {
    pub id: Uuid,
    pub entity: Box<str>,
    pub record: RecordId,
    #[serde(flatten)]
    pub kind: OpKind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum OpKind {
    Create {
        division: Box<str>,
        fiscal_year: i32,
        /// Only the fields that hold something.
        fields: serde_json::Map<String, serde_json::Value>,
    },
    Edit {
        /// Version of the record that the author saw.
        seen: u32,
        changes: Vec<Change>,
    },
    /// Marks as deleted; the record stays readable in the log and by id.
    Delete,
    Restore,
}

/// One field's change: what the author saw and what they want.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Change {
    pub field: String,
    #[ts(type = "unknown")]
    pub from: serde_json::Value,
    #[ts(type = "unknown")]
    pub to: serde_json::Value,
}

/// The ops of one gesture: applied, undone and sent all or none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpGroup {
    pub id: Uuid,
    /// Who did it.
    pub actor: Box<str>,
    /// Client clock in ms since 1970: evidence only, nothing is ordered by it.
    pub at_ms: i64,
    /// What the person calls it: 粘贴 12 行, 导入 项目表.xlsx.
    pub label: Box<str>,
    pub kind: GroupKind,
    pub ops: Vec<Op>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "snake_case")]
pub enum GroupKind {
    Do,
    /// Takes back the group with this id.
    Undo(Uuid),
    /// Does again what an undo took back.
    Redo(Uuid),
    /// Brings the book to what the province decided. It was judged there: only what the ops saw is asked again.
    Pull,
}

impl Op {
    /// Versioned wire name, e.g. `project.edit@1`.
    pub fn name(&self) -> String {
        let verb = match self.kind {
            OpKind::Create { .. } => "create",
            OpKind::Edit { .. } => "edit",
            OpKind::Delete => "delete",
            OpKind::Restore => "restore",
        };
        format!("{}.{verb}@1", self.entity)
    }

    /// The op that takes this one back, given the version the record has now.
    pub fn inverse(&self, id: Uuid, version: u32) -> Op {
        let kind = match &self.kind {
            OpKind::Create { .. } | OpKind::Restore => OpKind::Delete,
            OpKind::Delete => OpKind::Restore,
            OpKind::Edit { changes, .. } => OpKind::Edit {
                seen: version,
                changes: changes
                    .iter()
                    .map(|change| Change {
                        field: change.field.clone(),
                        from: change.to.clone(),
                        to: change.from.clone(),
                    })
                    .collect(),
            },
        };
        Op { id, entity: self.entity.clone(), record: self.record, kind }
    }
}
