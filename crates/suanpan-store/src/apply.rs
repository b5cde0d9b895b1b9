//! The only way anything is written: decide, write the row, append to the log, re-check what the change
//! can affect, commit, complete the journal. All of a group or nothing of it.

use crate::{
    book::{Book, Writer},
    connection,
    error::{StoreError, Stored},
    facts::SqlFacts,
    findings,
    log::{self, Batch, OPS_PER_BATCH},
    published, row, search,
    sync::hook,
    tables::table,
};
use rusqlite::{Connection, TransactionBehavior, params};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use suanpan_model::{
    EntityDef, Op, Record,
    check::{self, affected},
    decide::{Decided, decide, forbid_used},
    op::{GroupKind, OpGroup},
    schema::Schema,
    value::RecordId,
};
use uuid::Uuid;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub group: Uuid,
    pub ops: usize,
    /// Number of the newest batch of the log.
    pub seq: i64,
}

/// Told how many ops are written; returns false to stop, which takes everything back.
pub type Progress<'a> = &'a mut dyn FnMut(usize) -> bool;

impl Book {
    /// Applies the group and makes it durable before it returns. Err(Refused): nothing was written.
    pub fn apply(&self, mut group: OpGroup) -> Stored<Applied> {
        let ops = std::mem::take(&mut group.ops);
        self.apply_each(group, &mut ops.into_iter().map(Ok), &mut |_| true)
    }

    /// As [`Book::apply`], for groups that do not fit in memory: `group.ops` is ignored, `ops` is read once.
    pub fn apply_each(
        &self,
        group: OpGroup,
        ops: &mut dyn Iterator<Item = Stored<Op>>,
        progress: Progress<'_>,
    ) -> Stored<Applied> {
        let mut writer = self.writer();
        let schema = self.schema();
        let outcome = write_group(&mut writer, &schema, &group, ops, progress);
        connection::narrow_cache(&writer.connection)?;
        let outcome = outcome?;
        // The book holds the group now. A journal that cannot follow is completed with the next group.
        writer.journal_fault = writer.complete_journal().err().map(|error| error.to_string());
        self.shorten_log(&writer);
        drop(writer);
        self.committed(outcome.shapes)?;
        if outcome.shifts_all {
            self.check_again_if_small()?;
        }
        Ok(outcome.applied)
    }
}

impl Book {
    /// Writes a batch that the journal holds and the book has lost, under the seal it already has.
    pub(crate) fn replay_batch(&self, batch: &Batch) -> Stored<()> {
        let mut group = batch.open()?;
        let ops = std::mem::take(&mut group.ops);
        let schema = self.schema();
        let mut writer = self.writer();
        let transaction = writer.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut pen = Pen::new(&transaction, &schema);
        let unsettled = pen.concerns_sync(group.kind)?;
        if unsettled {
            hook::begins(&transaction, &group, batch.seq)?;
        }
        pen.write_stretch(group.kind, batch.seq, &ops)?;
        pen.check_the_rest()?;
        drop(pen);
        log::insert(&transaction, batch)?;
        if unsettled {
            hook::ends(&transaction, &group, batch.seq)?;
        }
        note_group(&transaction, &group, batch.seq, batch.seq, ops.len())?;
        transaction.commit()?;
        drop(writer);
        self.committed(published::shapes(&ops))
    }
}

struct Outcome {
    applied: Applied,
    /// The group changed what the schema is made of.
    shapes: bool,
    /// The group changed what every finding depends on.
    shifts_all: bool,
}

fn write_group(
    writer: &mut Writer,
    schema: &Schema,
    group: &OpGroup,
    ops: &mut dyn Iterator<Item = Stored<Op>>,
    progress: Progress<'_>,
) -> Stored<Outcome> {
    let transaction = writer.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (mut seq, mut hash) = log::head(&transaction)?;
    let first_batch = seq + 1;
    let mut pen = Pen::new(&transaction, schema);
    let unsettled = pen.concerns_sync(group.kind)?;
    if unsettled {
        hook::begins(&transaction, group, first_batch)?;
    }
    let mut count = 0;
    let (mut shapes, mut shifts_all) = (false, false);
    loop {
        let stretch = ops.take(OPS_PER_BATCH).collect::<Stored<Vec<_>>>()?;
        if stretch.is_empty() {
            break;
        }
        seq += 1;
        shapes |= published::shapes(&stretch);
        shifts_all |= stretch.iter().any(|op| check::shifts_all(&op.entity));
        if count == OPS_PER_BATCH {
            connection::widen_cache(&transaction)?;
        }
        pen.write_stretch(group.kind, seq, &stretch)?;
        count += stretch.len();
        let batch = Batch::seal(seq, &hash, &OpGroup { ops: stretch, ..group.clone() })?;
        hash = batch.hash;
        log::insert(&transaction, &batch)?;
        if !progress(count) {
            return Err(StoreError::NothingTo("已停止，什么都没有写入"));
        }
    }
    if count == 0 {
        return Err(StoreError::NothingTo("没有要保存的改动"));
    }
    pen.check_the_rest()?;
    drop(pen);
    note_group(&transaction, group, first_batch, seq, count)?;
    if unsettled {
        hook::ends(&transaction, group, seq)?;
    }
    if shifts_all {
        findings::note_stale(&transaction)?;
    }
    transaction.commit()?;
    Ok(Outcome { applied: Applied { group: group.id, ops: count, seq }, shapes, shifts_all })
}

/// Writes records and what follows from them, within one transaction.
pub(crate) struct Pen<'a> {
    connection: &'a Connection,
    schema: &'a Schema,
    pub facts: SqlFacts<'a>,
    /// The province is to hear of what is written.
    unsettled: bool,
    /// Subjects to check once the whole group is written.
    later: HashSet<(&'static str, RecordId)>,
    /// Records that taking a group back deletes: nothing may refer to them once all of it is written.
    taken_away: Vec<(Arc<EntityDef>, Arc<Record>)>,
    /// By entity: the statement that inserts a record.
    inserts: HashMap<Box<str>, String>,
    /// Asked between any two rows; an error ends the group.
    pub may_go_on: Option<&'a dyn Fn() -> Stored<()>>,
}

impl<'a> Pen<'a> {
    pub fn new(connection: &'a Connection, schema: &'a Schema) -> Self {
        Self {
            connection,
            schema,
            facts: SqlFacts::new(connection, schema),
            unsettled: false,
            later: HashSet::new(),
            taken_away: Vec::new(),
            inserts: HashMap::new(),
            may_go_on: None,
        }
    }

    fn ask_to_go_on(&self) -> Stored<()> {
        self.may_go_on.map_or(Ok(()), |ask| ask())
    }

    /// Remembers and tells whether what is written next goes to the province.
    fn concerns_sync(&mut self, kind: GroupKind) -> Stored<bool> {
        self.unsettled = hook::concerns(self.connection, kind)?;
        Ok(self.unsettled)
    }

    pub fn write_stretch(&mut self, kind: GroupKind, seq: i64, ops: &[Op]) -> Stored<()> {
        let mut written = Vec::with_capacity(ops.len());
        for (at, op) in ops.iter().enumerate() {
            self.ask_to_go_on()?;
            let decided = decide(&self.facts, kind, op)?;
            if self.unsettled {
                hook::changed(self.connection, &decided.def, decided.before.as_deref(), op, seq, at)?;
            }
            let is_new = decided.before.is_none();
            let (def, record) = self.write(decided, op)?;
            if record.header.deleted && matches!(kind, GroupKind::Undo(_)) {
                self.taken_away.push((def.clone(), record.clone()));
            }
            self.connection
                .prepare_cached("INSERT OR IGNORE INTO op_touch (record, seq) VALUES (?, ?)")?
                .execute(params![op.record, seq])?;
            written.push((def, record, is_new));
        }
        for (def, record, is_new) in &written {
            self.ask_to_go_on()?;
            findings::refresh(self.connection, &self.facts, self.schema, def, record, *is_new)?;
        }
        Ok(())
    }

    fn write(&mut self, decided: Decided, op: &Op) -> Stored<(Arc<EntityDef>, Arc<Record>)> {
        let Decided { def, before, after } = decided;
        let after = Arc::new(after);
        let rid = match before {
            None => self.insert(&def, &after)?,
            Some(_) => update(self.connection, &def, &after)?,
        };
        self.facts.changed(&op.entity, before.as_deref(), &after);
        let words_changed = before.as_ref().is_none_or(|before| {
            before.header.deleted != after.header.deleted || search::body(&def, before) != search::body(&def, &after)
        });
        if words_changed {
            let entity_no = self.schema.entity_no(&op.entity).unwrap_or_default();
            search::reindex(self.connection, &def, entity_no, rid, before.is_some(), &after)?;
        }
        self.later.extend(affected(&self.facts, &def, before.as_deref(), &after)?);
        Ok((def, after))
    }

    fn insert(&mut self, def: &EntityDef, record: &Record) -> Stored<i64> {
        if !self.inserts.contains_key(def.entity.as_str()) {
            self.inserts.insert(def.entity.as_str().into(), insert_sql(def));
        }
        let mut statement = self.connection.prepare_cached(&self.inserts[def.entity.as_str()])?;
        row::bind(&mut statement, def, record)?;
        statement.raw_execute()?;
        Ok(self.connection.last_insert_rowid())
    }

    pub fn check_the_rest(&mut self) -> Stored<()> {
        for (def, record) in std::mem::take(&mut self.taken_away) {
            forbid_used(&self.facts, &def, &record)?;
        }
        for (entity, id) in std::mem::take(&mut self.later) {
            self.ask_to_go_on()?;
            findings::refresh_by_id(self.connection, &self.facts, self.schema, entity, id)?;
        }
        Ok(())
    }
}

fn insert_sql(def: &EntityDef) -> String {
    let columns = row::columns(def).replacen("_rid, ", "", 1);
    let marks = vec!["?"; row::column_count(def) - 1].join(", ");
    format!("INSERT INTO {} ({columns}) VALUES ({marks})", table(def))
}

fn update(connection: &Connection, def: &EntityDef, record: &Record) -> Stored<i64> {
    let columns = row::columns(def).replacen("_rid, ", "", 1);
    let marks = vec!["?"; row::column_count(def) - 1].join(", ");
    let sql = format!("UPDATE {} SET ({columns}) = ({marks}) WHERE _id = ?1 RETURNING _rid", table(def));
    let mut statement = connection.prepare_cached(&sql)?;
    row::bind(&mut statement, def, record)?;
    let mut rows = statement.raw_query();
    let rid = match rows.next()? {
        Some(found) => found.get(0)?,
        None => return Err(StoreError::Internal(format!("要改的{}不在账套里", def.label.zh))),
    };
    while rows.next()?.is_some() {}
    Ok(rid)
}

/// Indexes the group for undo and the log page, and moves the states that undo and redo read.
pub(crate) fn note_group(connection: &Connection, group: &OpGroup, first: i64, last: i64, ops: usize) -> Stored<()> {
    let kind = match group.kind {
        GroupKind::Do => "do",
        GroupKind::Undo(_) => "undo",
        GroupKind::Redo(_) => "redo",
        GroupKind::Pull => "pull",
    };
    connection.execute(
        "INSERT INTO op_group (id, first_batch, last_batch, actor, at_ms, label, kind, ops, undone)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)
         ON CONFLICT (id) DO UPDATE SET last_batch = excluded.last_batch, ops = ops + excluded.ops",
        params![group.id, first, last, group.actor.as_ref(), group.at_ms, group.label.as_ref(), kind, ops],
    )?;
    match group.kind {
        // What was taken back before something new was done can no longer be done again.
        GroupKind::Do => {
            let sql = "UPDATE op_group SET undone = 2 WHERE actor = ? AND undone = 1";
            connection.execute(sql, [group.actor.as_ref()])?
        }
        GroupKind::Undo(of) => connection.execute("UPDATE op_group SET undone = 1 WHERE id = ?", [of])?,
        GroupKind::Redo(of) => connection.execute("UPDATE op_group SET undone = 0 WHERE id = ?", [of])?,
        GroupKind::Pull => 0,
    };
    Ok(())
}
