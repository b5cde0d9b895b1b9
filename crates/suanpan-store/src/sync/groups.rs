//! Own groups that the province has not settled. Their ops stand in the log; a group whose rest goes again after it
//! was parted has a copy of them in `sync_again` (and `last_batch` 0), because the log holds them under another name.

use crate::{
    error::{StoreError, Stored},
    log,
};
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use suanpan_model::{
    Op, OpKind,
    op::{GroupKind, OpGroup},
    value::RecordId,
};
use suanpan_sync::{
    client::store::{Pending, Waiting},
    parcel::{Clocks, GroupHead, Proposal, op_id},
};
use uuid::Uuid;

/// One line of `sync_group`.
#[derive(Debug, Clone)]
pub struct Line {
    no: i64,
    pub id: Uuid,
    first_batch: i64,
    last_batch: i64,
    head: Vec<u8>,
}

const COLUMNS: &str = "SELECT no, id, first_batch, last_batch, head FROM sync_group";

fn read_line(row: &Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line { no: row.get(0)?, id: row.get(1)?, first_batch: row.get(2)?, last_batch: row.get(3)?, head: row.get(4)? })
}

/// The last batch that was opened: ops are read one after the other.
pub type Opened = RefCell<Option<(i64, OpGroup)>>;

/// A head as it is kept for groups that are not in the log.
#[derive(Serialize, Deserialize)]
struct KeptHead {
    actor: Box<str>,
    label: Box<str>,
    kind: GroupKind,
    at_ms: i64,
    server_ms: i64,
}

pub fn line_of(connection: &Connection, id: Uuid) -> Stored<Option<Line>> {
    let mut statement = connection.prepare_cached(&format!("{COLUMNS} WHERE id = ?"))?;
    Ok(statement.query_row([id], read_line).optional()?)
}

/// Groups that are not packed yet, oldest first, with the number of their ops.
pub fn unpacked(connection: &Connection) -> Stored<Vec<Line>> {
    let mut statement = connection.prepare_cached(&format!("{COLUMNS} WHERE packed = 0 ORDER BY no LIMIT 1000"))?;
    let lines = statement.query_map([], read_line)?;
    Ok(lines.collect::<Result<_, _>>()?)
}

pub fn note_packed(connection: &Connection, id: Uuid) -> Stored<()> {
    connection.prepare_cached("UPDATE sync_group SET packed = 1 WHERE id = ?")?.execute([id])?;
    Ok(())
}

/// Packed groups whose last parcel is not after `parcel`, oldest first.
pub fn unsettled_until(connection: &Connection, parcel: u64) -> Stored<Vec<Uuid>> {
    let sql = "SELECT id FROM sync_group WHERE packed = 1 AND (
                   SELECT max(parcel) FROM sync_outbox WHERE group_id = sync_group.id) <= ? ORDER BY no";
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map([parcel], |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// The group as it is sent. `server_ms` is what goes along as evidence; `may_go_on` is asked before every batch.
pub fn load(
    connection: &Connection,
    line: &Line,
    server_ms: i64,
    may_go_on: &dyn Fn() -> Stored<()>,
) -> Stored<Waiting> {
    if line.last_batch == 0 {
        return load_again(connection, line);
    }
    let mut head = None;
    let mut ops = Vec::new();
    for batch in log::between(connection, line.first_batch, line.last_batch)? {
        may_go_on()?;
        let mut group = batch.open()?;
        let marks = marks(connection, batch.seq)?;
        for (at, mut op) in std::mem::take(&mut group.ops).into_iter().enumerate() {
            op.id = op_id(line.id, ops.len() as u32);
            let seen = marks.iter().find(|(place, _)| *place == at).map(|(_, mark)| *mark);
            ops.push(Proposal { op, seen });
        }
        head.get_or_insert(group);
    }
    let group = head.ok_or_else(|| StoreError::Internal(format!("待上报的操作 {} 不在日志里", line.id)))?;
    let clock = Clocks { at_ms: group.at_ms, monotonic_ms: 0, server_ms };
    let head = GroupHead { id: line.id, actor: group.actor, label: group.label, kind: group.kind, clock };
    Ok(Waiting { head, ops })
}

fn load_again(connection: &Connection, line: &Line) -> Stored<Waiting> {
    let kept: KeptHead = read_json(&line.head)?;
    let clock = Clocks { at_ms: kept.at_ms, monotonic_ms: 0, server_ms: kept.server_ms };
    let head = GroupHead { id: line.id, actor: kept.actor, label: kept.label, kind: kept.kind, clock };
    Ok(Waiting { head, ops: again_of(connection, "no = ?", params![line.no])? })
}

/// Ops of `sync_again`, in their order.
fn again_of(connection: &Connection, which: &str, parameters: &[&dyn ToSql]) -> Stored<Vec<Proposal>> {
    let sql = format!("SELECT op, mark FROM sync_again WHERE {which} ORDER BY place");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(parameters)?;
    let mut ops = Vec::new();
    while let Some(row) = rows.next()? {
        ops.push(Proposal {
            op: read_json(row.get_ref(0)?.as_blob().unwrap_or_default())?,
            seen: mark_of(row.get(1)?),
        });
    }
    Ok(ops)
}

/// Keeps a group that is not in the log under this name.
pub fn again(connection: &Connection, group: &Waiting) -> Stored<()> {
    let GroupHead { actor, label, kind, clock, id } = &group.head;
    let kept = KeptHead {
        actor: actor.clone(),
        label: label.clone(),
        kind: *kind,
        at_ms: clock.at_ms,
        server_ms: clock.server_ms,
    };
    let sql = "INSERT INTO sync_group (id, first_batch, last_batch, packed, head) VALUES (?, 0, 0, 0, ?)";
    connection.prepare_cached(sql)?.execute(params![id, write_json(&kept)?])?;
    let no = connection.last_insert_rowid();
    let sql = "INSERT INTO sync_again (no, place, record, op, mark) VALUES (?, ?, ?, ?, ?)";
    let mut statement = connection.prepare_cached(sql)?;
    for (place, proposal) in group.ops.iter().enumerate() {
        let mark = proposal.seen.map(|mark| i64::from_ne_bytes(mark.to_ne_bytes()));
        statement.execute(params![no, place, proposal.op.record, write_json(&proposal.op)?, mark])?;
    }
    Ok(())
}

pub fn settle(connection: &Connection, line: &Line) -> Stored<()> {
    connection.prepare_cached("DELETE FROM sync_again WHERE no = ?")?.execute([line.no])?;
    let sql = "DELETE FROM sync_seen WHERE batch BETWEEN ? AND ?";
    connection.prepare_cached(sql)?.execute([line.first_batch, line.last_batch])?;
    connection.prepare_cached("DELETE FROM sync_group WHERE no = ?")?.execute([line.no])?;
    Ok(())
}

/// Are there own unsettled ops on the record?
pub fn is_pending(connection: &Connection, record: RecordId) -> Stored<bool> {
    Ok(!lines_on(connection, record)?.is_empty())
}

/// Own unsettled groups that touch the record, oldest first, each with the batch that does (0: see `sync_again`).
fn lines_on(connection: &Connection, record: RecordId) -> Stored<Vec<(Line, i64)>> {
    let mut found = Vec::new();
    let none_unsettled: bool =
        connection.prepare_cached("SELECT NOT EXISTS (SELECT 1 FROM sync_group)")?.query_row([], |row| row.get(0))?;
    if none_unsettled {
        return Ok(found);
    }
    let mut covering = connection.prepare_cached(&format!(
        "{COLUMNS} WHERE first_batch > 0 AND first_batch <= ? ORDER BY first_batch DESC LIMIT 1"
    ))?;
    let mut touching = connection.prepare_cached("SELECT seq FROM op_touch WHERE record = ? ORDER BY seq")?;
    let mut batches = touching.query([record])?;
    while let Some(row) = batches.next()? {
        let batch: i64 = row.get(0)?;
        let line = covering.query_row([batch], read_line).optional()?;
        found.extend(line.filter(|line| line.last_batch >= batch).map(|line| (line, batch)));
    }
    let mut again = connection.prepare_cached("SELECT DISTINCT no FROM sync_again WHERE record = ?")?;
    let mut numbers = again.query([record])?;
    while let Some(row) = numbers.next()? {
        let no: i64 = row.get(0)?;
        let mut line = connection.prepare_cached(&format!("{COLUMNS} WHERE no = ?"))?;
        found.extend(line.query_row([no], read_line).optional()?.map(|line| (line, 0)));
    }
    found.sort_by_key(|(line, batch)| (line.no, *batch));
    Ok(found)
}

/// Own unsettled ops on the record, oldest first.
pub fn pending(connection: &Connection, opened: &Opened, entity: &str, record: RecordId) -> Stored<Vec<Pending>> {
    let mut found = Vec::new();
    for (line, batch) in lines_on(connection, record)? {
        let concerns = |op: &Op| op.record == record && &*op.entity == entity;
        if batch == 0 {
            let ops = again_of(connection, "no = ? AND record = ?", params![line.no, record])?;
            let ops = ops.into_iter().filter(|proposal| concerns(&proposal.op));
            found.extend(ops.map(|proposal| Pending { group: line.id, proposal }));
            continue;
        }
        with_batch(connection, opened, batch, |group| {
            let ops = group.ops.iter().filter(|op| concerns(op)).cloned();
            found.extend(ops.map(|op| Pending { group: line.id, proposal: Proposal { op, seen: None } }));
        })?;
    }
    Ok(found)
}

fn with_batch(connection: &Connection, opened: &Opened, seq: i64, work: impl FnOnce(&OpGroup)) -> Stored<()> {
    let mut opened = opened.borrow_mut();
    if opened.as_ref().is_none_or(|(known, _)| *known != seq) {
        let batches = log::between(connection, seq, seq)?;
        let batch = batches.first().ok_or_else(|| StoreError::Internal(format!("日志里没有第 {seq} 批")))?;
        *opened = Some((seq, batch.open()?));
    }
    if let Some((_, group)) = opened.as_ref() {
        work(group);
    }
    Ok(())
}

/// Is the record new to the province: does an own unsettled group create it?
pub fn creates(pending: &[Pending]) -> bool {
    pending.iter().any(|pending| matches!(pending.proposal.op.kind, OpKind::Create { .. }))
}

/// Settles a group that took effect just as it was sent, when nothing else is pending on its records. False: others
/// are, so its rows must be worked out one by one.
pub fn settle_as_sent(connection: &Connection, line: &Line) -> Stored<bool> {
    let others: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM sync_group WHERE no <> ?)")?
        .query_row([line.no], |row| row.get(0))?;
    if line.last_batch == 0 || others && touched_by_others(connection, line)? {
        return Ok(false);
    }
    let sql = "DELETE FROM sync_shadow WHERE record IN
               (SELECT record FROM op_touch WHERE seq BETWEEN ? AND ?)";
    let shadows: bool =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM sync_shadow)")?.query_row([], |row| row.get(0))?;
    if shadows {
        connection.prepare_cached(sql)?.execute([line.first_batch, line.last_batch])?;
    }
    settle(connection, line)?;
    Ok(true)
}

fn touched_by_others(connection: &Connection, line: &Line) -> Stored<bool> {
    let records: Vec<RecordId> = {
        let mut records = Vec::new();
        for batch in log::between(connection, line.first_batch, line.last_batch)? {
            records.extend(batch.open()?.ops.iter().map(|op| op.record));
        }
        records
    };
    for record in records {
        if lines_on(connection, record)?.iter().any(|(other, _)| other.no != line.no) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn marks(connection: &Connection, batch: i64) -> Stored<Vec<(usize, u64)>> {
    let mut statement = connection.prepare_cached("SELECT at, mark FROM sync_seen WHERE batch = ?")?;
    let rows = statement.query_map([batch], |row| Ok((row.get(0)?, mark_of(Some(row.get(1)?)).unwrap_or_default())))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn mark_of(stored: Option<i64>) -> Option<u64> {
    stored.map(|mark| u64::from_ne_bytes(mark.to_ne_bytes()))
}

pub(super) fn read_json<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Stored<T> {
    serde_json::from_slice(bytes).map_err(|error| StoreError::Internal(error.to_string()))
}

pub(super) fn write_json<T: Serialize>(value: &T) -> Stored<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| StoreError::Internal(error.to_string()))
}
