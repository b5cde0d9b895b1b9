//! Taking back and doing again, across restarts, per person. Undo writes the inverse ops as a new group;
//! the log itself is never touched. When somebody changed the figure since, undo is refused with the reason.

use crate::{
    apply::Applied,
    book::Book,
    error::{StoreError, Stored},
    log,
};
use rusqlite::{Connection, OptionalExtension};
use suanpan_model::{
    Op,
    op::{GroupKind, OpGroup},
};
use uuid::Uuid;

/// A group that can be taken back or done again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub group: Uuid,
    pub label: String,
    pub at_ms: i64,
    pub ops: usize,
    first_batch: i64,
    last_batch: i64,
}

impl Book {
    /// The newest thing `actor` did that is not taken back.
    pub fn undoable(&self, actor: &str) -> Stored<Option<Step>> {
        self.read(|connection| step(connection, actor, "undone = 0", "DESC"))
    }

    /// The first of the things `actor` took back that can be done again.
    pub fn redoable(&self, actor: &str) -> Stored<Option<Step>> {
        self.read(|connection| step(connection, actor, "undone = 1", "ASC"))
    }

    /// `new_id` gives ids for the group and its ops. Err(NothingTo) when there is nothing to take back.
    pub fn undo(&self, actor: &str, at_ms: i64, new_id: &dyn Fn() -> Uuid) -> Stored<(Step, Applied)> {
        let step = self.undoable(actor)?.ok_or(StoreError::NothingTo("没有可以撤销的操作"))?;
        let kind = GroupKind::Undo(step.group);
        self.reverse(step.clone(), step, actor, at_ms, kind, "撤销", new_id)
    }

    /// Err(NothingTo) when nothing was taken back, or something new was done since.
    pub fn redo(&self, actor: &str, at_ms: i64, new_id: &dyn Fn() -> Uuid) -> Stored<(Step, Applied)> {
        let step = self.redoable(actor)?.ok_or(StoreError::NothingTo("没有可以重做的操作"))?;
        let undo = self.read(|connection| newest_undo(connection, actor, &step.label))?;
        let undo = undo.ok_or(StoreError::NothingTo("没有可以重做的操作"))?;
        let kind = GroupKind::Redo(step.group);
        self.reverse(undo, step, actor, at_ms, kind, "重做", new_id)
    }

    #[expect(clippy::too_many_arguments, reason = "private; every one is a different thing")]
    fn reverse(
        &self,
        source: Step,
        shown: Step,
        actor: &str,
        at_ms: i64,
        kind: GroupKind,
        verb: &str,
        new_id: &dyn Fn() -> Uuid,
    ) -> Stored<(Step, Applied)> {
        let group = OpGroup {
            id: new_id(),
            actor: actor.into(),
            at_ms,
            label: format!("{verb}：{}", shown.label).into(),
            kind,
            ops: Vec::new(),
        };
        let mut numbers = (source.first_batch..=source.last_batch).rev();
        let mut ready: Vec<Stored<Op>> = Vec::new();
        let mut ops = std::iter::from_fn(|| {
            while ready.is_empty() {
                let seq = numbers.next()?;
                ready = match self.inverse_ops(seq, new_id) {
                    Ok(ops) => ops.into_iter().map(Ok).collect(),
                    Err(error) => vec![Err(error)],
                };
            }
            ready.pop()
        });
        let applied = self.apply_each(group, &mut ops, &mut |_| true)?;
        Ok((shown, applied))
    }

    /// Inverses of the ops of one batch, in the order in which they stand (the caller pops from the end).
    fn inverse_ops(&self, seq: i64, new_id: &dyn Fn() -> Uuid) -> Stored<Vec<Op>> {
        let batches = self.read(|connection| log::between(connection, seq, seq))?;
        let mut ops = Vec::new();
        for batch in batches {
            ops.extend(batch.open()?.ops.iter().map(|op| op.inverse(new_id(), 0)));
        }
        Ok(ops)
    }
}

const COLUMNS: &str = "SELECT id, label, at_ms, ops, first_batch, last_batch FROM op_group";

fn read_step(row: &rusqlite::Row<'_>) -> rusqlite::Result<Step> {
    Ok(Step {
        group: row.get(0)?,
        label: row.get(1)?,
        at_ms: row.get(2)?,
        ops: row.get(3)?,
        first_batch: row.get(4)?,
        last_batch: row.get(5)?,
    })
}

fn step(connection: &Connection, actor: &str, state: &str, order: &str) -> Stored<Option<Step>> {
    let sql = format!("{COLUMNS} WHERE actor = ? AND kind = 'do' AND {state} ORDER BY last_batch {order} LIMIT 1");
    Ok(connection.prepare_cached(&sql)?.query_row([actor], read_step).optional()?)
}

fn newest_undo(connection: &Connection, actor: &str, label: &str) -> Stored<Option<Step>> {
    let sql = format!("{COLUMNS} WHERE actor = ? AND kind = 'undo' AND label = ? ORDER BY last_batch DESC LIMIT 1");
    Ok(connection.prepare_cached(&sql)?.query_row((actor, format!("撤销：{label}")), read_step).optional()?)
}
