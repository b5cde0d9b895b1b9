//! The log against itself (chained and gapless) and every record against the replay of its ops. The replay
//! keeps no values, only one number per record that each op moves: an edit takes out what was there and
//! puts in what came. So a million records fit in memory and every one of them is compared.

use super::{LISTED, Part, Progress, Report};
use crate::{
    error::Stored,
    log::{self, Batch},
    row,
};
use rusqlite::Connection;
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};
use suanpan_model::{
    EntityDef, Op, OpKind, Record, Value,
    op::{GroupKind, OpGroup},
    schema::Schema,
    value::RecordId,
};
use uuid::Uuid;

/// What the ops say a record must be.
#[derive(Debug, Default, Clone, Copy)]
struct Replayed {
    entity: usize,
    version: u32,
    deleted: bool,
    values: u64,
    /// Of the batches that touched it.
    touches: u64,
    last_seq: i64,
    seen: bool,
}

/// What the ops say a group must be.
struct Group {
    actor: Box<str>,
    first: i64,
    last: i64,
    ops: usize,
    undone: i64,
}

#[derive(Default)]
struct Replay {
    records: HashMap<RecordId, Replayed>,
    groups: HashMap<Uuid, Group>,
    /// Groups of each person that are taken back and may be done again.
    taken_back: HashMap<Box<str>, Vec<Uuid>>,
}

/// Walks the log; the first batch that does not follow is the problem. `each` sees every good one.
pub(super) fn chain(connection: &Connection, each: &mut dyn FnMut(&Batch) -> Stored<bool>) -> Stored<Option<String>> {
    let (mut seq, mut hash, mut problem) = (0, [0; 32], None);
    log::each_after(connection, 0, |batch| {
        if batch.seq != seq + 1 {
            problem = Some(format!("第 {} 批之后缺号", seq));
            return Ok(false);
        }
        if !batch.follows(&hash) {
            problem = Some(format!("第 {} 批与前一批接不上，内容被改动过", batch.seq));
            return Ok(false);
        }
        (seq, hash) = (batch.seq, batch.hash);
        each(&batch)
    })?;
    Ok(problem)
}

/// Everything that can be compared with the log. Problems of records are added to the report, those of the
/// log itself are returned.
pub(super) fn compare(
    connection: &Connection,
    schema: &Schema,
    report: &mut Report,
    progress: Progress<'_>,
) -> Stored<Vec<String>> {
    let all = log::head(connection)?.0.unsigned_abs();
    let mut replay = Replay::default();
    let broken = chain(connection, &mut |batch| {
        let group = batch.open()?;
        report.batches += 1;
        report.ops += group.ops.len() as u64;
        replay.group(batch, &group);
        group.ops.iter().for_each(|op| replay.op(schema, batch.seq, op));
        report.stopped = !progress(Part::Log, report.batches, all);
        Ok(!report.stopped)
    })?;
    if broken.is_some() || report.stopped {
        return Ok(broken.into_iter().collect());
    }
    let records = records(connection, schema, &mut replay, report, progress)?;
    report.add(Part::Records, records);
    if report.stopped {
        return Ok(Vec::new());
    }
    let mut problems = touches(connection, &mut replay)?;
    problems.extend(groups(connection, &replay)?);
    Ok(problems)
}

impl Replay {
    fn group(&mut self, batch: &Batch, group: &OpGroup) {
        if let Some(known) = self.groups.get_mut(&group.id) {
            known.last = batch.seq;
            known.ops += group.ops.len();
            return;
        }
        let (actor, ops) = (group.actor.clone(), group.ops.len());
        self.groups.insert(group.id, Group { actor, first: batch.seq, last: batch.seq, ops, undone: 0 });
        match group.kind {
            GroupKind::Do => {
                for id in self.taken_back.remove(&group.actor).unwrap_or_default() {
                    self.set_undone(&id, 2);
                }
            }
            GroupKind::Undo(of) => {
                if let Some(actor) = self.set_undone(&of, 1) {
                    self.taken_back.entry(actor).or_default().push(of);
                }
            }
            GroupKind::Redo(of) => {
                if let Some(actor) = self.set_undone(&of, 0) {
                    self.taken_back.entry(actor).or_default().retain(|id| *id != of);
                }
            }
            GroupKind::Pull => {}
        }
    }

    /// Moves a group's state; whose it is.
    fn set_undone(&mut self, id: &Uuid, undone: i64) -> Option<Box<str>> {
        let group = self.groups.get_mut(id)?;
        group.undone = undone;
        Some(group.actor.clone())
    }

    fn op(&mut self, schema: &Schema, seq: i64, op: &Op) {
        let Some(def) = schema.entity(&op.entity) else { return };
        let state = self.records.entry(op.record).or_default();
        state.entity = schema.entity_no(&op.entity).unwrap_or_default();
        state.version += 1;
        if state.last_seq != seq {
            state.last_seq = seq;
            state.touches = state.touches.wrapping_add(mark(&seq));
        }
        match &op.kind {
            OpKind::Create { division, fiscal_year, fields } => {
                state.values = mark(&(division.as_ref(), *fiscal_year));
                for (name, json) in fields {
                    state.values = state.values.wrapping_add(mark_json(def, name, json));
                }
            }
            OpKind::Edit { changes, .. } => {
                for change in changes {
                    let (out, into) =
                        (mark_json(def, &change.field, &change.from), mark_json(def, &change.field, &change.to));
                    state.values = state.values.wrapping_sub(out).wrapping_add(into);
                }
            }
            OpKind::Delete => state.deleted = true,
            OpKind::Restore => state.deleted = false,
        }
    }
}

fn records(
    connection: &Connection,
    schema: &Schema,
    replay: &mut Replay,
    report: &mut Report,
    progress: Progress<'_>,
) -> Stored<Vec<String>> {
    let all = replay.records.len() as u64;
    let mut problems = Vec::new();
    for (number, def) in schema.entities().iter().enumerate() {
        let mut statement = connection.prepare(&row::select(def))?;
        let mut rows = statement.query([])?;
        while let Some(found) = rows.next()? {
            let record = row::read(def, found)?.1;
            report.records += 1;
            if report.records.is_multiple_of(1000) && !progress(Part::Records, report.records, all) {
                report.stopped = true;
                return Ok(problems);
            }
            let expected = replay.records.get_mut(&record.id);
            let agrees = expected.is_some_and(|expected| {
                expected.seen = true;
                expected.entity == number && agrees(expected, def, &record)
            });
            if !agrees {
                problems.push(format!("{}“{}”与操作记录不符", def.label.zh, name_of(def, &record)));
            }
            if problems.len() >= LISTED {
                return Ok(problems);
            }
        }
    }
    let lost = replay.records.values().filter(|state| !state.seen).count();
    if lost > 0 {
        problems.push(format!("操作记录里有 {lost} 条数据在账套中找不到"));
    }
    Ok(problems)
}

fn agrees(expected: &Replayed, def: &EntityDef, record: &Record) -> bool {
    let header = &record.header;
    let mut values = mark(&(header.division.as_ref(), header.fiscal_year));
    for (index, field) in def.stored() {
        values = values.wrapping_add(mark_value(&field.name, &record.values[index]));
    }
    header.version == expected.version && header.deleted == expected.deleted && values == expected.values
}

fn touches(connection: &Connection, replay: &mut Replay) -> Stored<Vec<String>> {
    let mut statement = connection.prepare("SELECT record, seq FROM op_touch")?;
    let mut rows = statement.query([])?;
    let mut unknown = 0;
    while let Some(found) = rows.next()? {
        let (record, seq): (RecordId, i64) = (found.get(0)?, found.get(1)?);
        match replay.records.get_mut(&record) {
            Some(state) => state.touches = state.touches.wrapping_sub(mark(&seq)),
            None => unknown += 1,
        }
    }
    let wrong = unknown + replay.records.values().filter(|state| state.touches != 0).count();
    Ok(if wrong == 0 { Vec::new() } else { vec![format!("{wrong} 条数据的修改历史索引不符")] })
}

fn groups(connection: &Connection, replay: &Replay) -> Stored<Vec<String>> {
    let mut statement = connection.prepare("SELECT id, first_batch, last_batch, ops, undone FROM op_group")?;
    let mut rows = statement.query([])?;
    let (mut wrong, mut count) = (0, 0);
    while let Some(found) = rows.next()? {
        count += 1;
        let (id, ops, undone): (Uuid, usize, i64) = (found.get(0)?, found.get(3)?, found.get(4)?);
        let agrees = replay.groups.get(&id).is_some_and(|group| {
            Ok(group.first) == found.get(1)
                && Ok(group.last) == found.get(2)
                && group.ops == ops
                && group.undone == undone
        });
        wrong += usize::from(!agrees);
    }
    wrong += replay.groups.len().saturating_sub(count);
    Ok(if wrong == 0 { Vec::new() } else { vec![format!("{wrong} 组操作的撤销状态不符")] })
}

fn name_of(def: &EntityDef, record: &Record) -> String {
    let label = crate::query::label_of(def, record);
    [label.code, label.name].into_iter().find(|text| !text.is_empty()).unwrap_or_else(|| record.id.to_string())
}

fn mark_json(def: &EntityDef, name: &str, json: &serde_json::Value) -> u64 {
    let Some(index) = def.index(name) else { return 0 };
    Value::from_json(json, &def.fields[index].kind).map_or(0, |value| mark_value(name, &value))
}

fn mark_value(name: &str, value: &Value) -> u64 {
    if value.is_null() { 0 } else { mark(&(name, value)) }
}

fn mark(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
