//! One transaction of the book for sync: what [`suanpan_sync::client`] asks of a desk, answered from the tables.

use super::{codes, groups, outbox, places, shadows, tray};
use crate::{
    apply::{Pen, note_group},
    book::{Book, Writer},
    connection,
    error::{StoreError, Stored as BookResult},
    findings,
    log::{self, Batch, OPS_PER_BATCH},
    published,
    tables::table,
};
use parking_lot::MutexGuard;
use rusqlite::{Connection, TransactionBehavior, params};
use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};
use suanpan_model::{
    Op, Record, Value, check,
    facts::{Facts, Read, ReadFault},
    op::{GroupKind, OpGroup},
    schema::Schema,
    value::RecordId,
};
use suanpan_sync::{
    client::store::{
        self as wanted, Arrived, Desk, Parceled, Pending, Short, State, StoreFault, Stored, TrayItem, Waiting,
    },
    frame::Checkpoint,
    lease::Block,
    parcel::{Follows, GroupHead, Proposal, following_group},
    scope::{Place, Scope},
};
use uuid::Uuid;

/// An open book, as sync works on it.
#[derive(Clone)]
pub struct SyncBook(pub Arc<Book>);

/// So often a transaction in the background is taken back for somebody who types; then it goes through, however many
/// wait. Nobody types so fast and so long that it matters: between two cells there is time for a group.
const MOST_INTERRUPTIONS: u32 = 32;

impl wanted::Book for SyncBook {
    fn transaction(&mut self, work: &mut dyn FnMut(&dyn Desk) -> Stored<()>) -> Stored<()> {
        let writer = self.0.turns.take();
        self.write(writer, &|| false, work).map(drop)
    }

    fn in_background(&mut self, work: &mut dyn FnMut(&dyn Desk) -> Stored<()>) -> Stored<()> {
        let turns = &self.0.turns;
        for _ in 0..MOST_INTERRUPTIONS {
            match self.write(turns.take_in_background(), &|| turns.somebody_waits(), work)? {
                Written::Whole => return Ok(()),
                Written::Nothing(writer) => turns.give_way(writer),
            }
        }
        self.write(turns.take_in_background(), &|| false, work).map(drop)
    }
}

/// What has come of a transaction that could be interrupted.
enum Written<'w> {
    Whole,
    /// It was interrupted.
    Nothing(MutexGuard<'w, Writer>),
}

impl SyncBook {
    /// Runs `work` in a transaction, unless `others_first` says in the middle of it that it must be taken back.
    fn write<'w>(
        &self,
        mut writer: MutexGuard<'w, Writer>,
        others_first: &dyn Fn() -> bool,
        work: &mut dyn FnMut(&dyn Desk) -> Stored<()>,
    ) -> Stored<Written<'w>> {
        let schema = self.0.schema();
        let outcome = run(&mut writer, &schema, others_first, work);
        connection::narrow_cache(&writer.connection).map_err(fault)?;
        match outcome? {
            Outcome::Interrupted => return Ok(Written::Nothing(writer)),
            Outcome::NoRecords => {}
            Outcome::Records { shapes, shifts_all } => {
                writer.journal_fault = writer.complete_journal().err().map(|error| error.to_string());
                self.0.shorten_log(&writer);
                // Whoever waited to type is next, however soon this thread comes again.
                MutexGuard::unlock_fair(writer);
                self.0.committed(shapes).map_err(fault)?;
                if shifts_all {
                    self.0.check_again_if_small().map_err(fault)?;
                }
            }
        }
        Ok(Written::Whole)
    }
}

enum Outcome {
    /// Taken back; nothing of it counts.
    Interrupted,
    /// Committed; no record was written.
    NoRecords,
    /// Committed; did the schema change, did what every finding depends on?
    Records { shapes: bool, shifts_all: bool },
}

fn run(
    writer: &mut Writer,
    schema: &Schema,
    others_first: &dyn Fn() -> bool,
    work: &mut dyn FnMut(&dyn Desk) -> Stored<()>,
) -> Stored<Outcome> {
    let behaviour = TransactionBehavior::Immediate;
    let interrupted = Cell::new(false);
    let may_go_on = || {
        if interrupted.get() || others_first() {
            interrupted.set(true);
            return Err(StoreError::Internal("有人正在录入，稍后再读入".into()));
        }
        Ok(())
    };
    let transaction = writer.connection.transaction_with_behavior(behaviour).map_err(|error| fault(error.into()))?;
    let mut pen = Pen::new(&transaction, schema);
    pen.may_go_on = Some(&may_go_on);
    let desk = Transaction {
        connection: &transaction,
        schema,
        pen: RefCell::new(pen),
        may_go_on: &may_go_on,
        opened: RefCell::default(),
        written: Cell::default(),
        shapes: Cell::default(),
        shifts_all: Cell::default(),
    };
    let worked = work(&desk).and_then(|()| desk.pen.borrow_mut().check_the_rest().map_err(fault));
    // Whatever `work` has made of it: what was interrupted does not count.
    if interrupted.get() {
        return Ok(Outcome::Interrupted);
    }
    worked?;
    if desk.shifts_all.get() {
        findings::note_stale(&transaction).map_err(fault)?;
    }
    let (shapes, shifts_all) = (desk.shapes.get(), desk.shifts_all.get());
    let outcome = if desk.written.get() { Outcome::Records { shapes, shifts_all } } else { Outcome::NoRecords };
    drop(desk);
    transaction.commit().map_err(|error| fault(error.into()))?;
    Ok(outcome)
}

struct Transaction<'a> {
    connection: &'a Connection,
    schema: &'a Schema,
    pen: RefCell<Pen<'a>>,
    may_go_on: &'a dyn Fn() -> BookResult<()>,
    opened: groups::Opened,
    written: Cell<bool>,
    shapes: Cell<bool>,
    shifts_all: Cell<bool>,
}

#[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
fn fault(error: StoreError) -> StoreFault {
    StoreFault::Failed(error.to_string())
}

impl Facts for Transaction<'_> {
    fn schema(&self) -> &Schema {
        self.schema
    }

    fn get(&self, entity: &str, id: RecordId) -> Read<Option<Arc<Record>>> {
        (self.may_go_on)().map_err(|error| ReadFault(error.to_string()))?;
        self.pen.borrow().facts.get(entity, id)
    }

    fn referring(&self, entity: &str, on: &str, id: RecordId) -> Read<Vec<Arc<Record>>> {
        self.pen.borrow().facts.referring(entity, on, id)
    }

    fn parts(&self, entity: &str, on: &str, id: RecordId, fields: &[&str]) -> Read<Vec<Record>> {
        self.pen.borrow().facts.parts(entity, on, id, fields)
    }

    fn with_value(&self, entity: &str, fiscal_year: i32, field: &str, value: &Value) -> Read<Vec<Arc<Record>>> {
        self.pen.borrow().facts.with_value(entity, fiscal_year, field, value)
    }

    fn same_key(&self, entity: &str, record: &Record) -> Read<Vec<RecordId>> {
        self.pen.borrow().facts.same_key(entity, record)
    }

    fn scan(&self, entity: &str, fiscal_year: i32, each: &mut dyn FnMut(&Record)) -> Read<()> {
        self.pen.borrow().facts.scan(entity, fiscal_year, each)
    }
}

impl Transaction<'_> {
    fn def(&self, entity: &str) -> BookResult<&Arc<suanpan_model::EntityDef>> {
        self.schema.entity(entity).ok_or_else(|| StoreError::Internal(format!("没有“{entity}”这种数据")))
    }

    /// Writes the ops as a group of the log that follows from `head`.
    fn write(&self, head: &GroupHead, mut ops: Vec<Op>) -> BookResult<()> {
        let (mut seq, mut hash) = log::head(self.connection)?;
        let (first, count) = (seq + 1, ops.len());
        let mut group = OpGroup {
            id: following_group(head.id, Follows::Pulled, first.unsigned_abs()),
            actor: head.actor.clone(),
            at_ms: head.clock.at_ms,
            label: head.label.clone(),
            kind: GroupKind::Pull,
            ops: Vec::new(),
        };
        let shifts_all = ops.iter().any(|op| check::shifts_all(&op.entity));
        self.shifts_all.set(self.shifts_all.get() || shifts_all);
        self.shapes.set(self.shapes.get() || published::shapes(&ops));
        if count > OPS_PER_BATCH {
            connection::widen_cache(self.connection)?;
        }
        while !ops.is_empty() {
            let rest = ops.split_off(ops.len().min(OPS_PER_BATCH));
            seq += 1;
            self.pen.borrow_mut().write_stretch(GroupKind::Pull, seq, &ops)?;
            group.ops = ops;
            let batch = Batch::seal(seq, &hash, &group)?;
            hash = batch.hash;
            log::insert(self.connection, &batch)?;
            ops = rest;
        }
        self.written.set(true);
        note_group(self.connection, &group, first, seq, count)
    }
}

impl Desk for Transaction<'_> {
    fn state(&self) -> Stored<State> {
        places::state(self.connection).map_err(fault)
    }

    fn put_state(&self, state: &State) -> Stored<()> {
        let tidy = || {
            places::put_state(self.connection, state)?;
            outbox::tidy(self.connection, state.settled.seq, state.server_ms)
        };
        tidy().map_err(fault)
    }

    fn cursors(&self) -> Stored<Vec<(Scope, Place)>> {
        places::cursors(self.connection).map_err(fault)
    }

    fn put_cursor(&self, scope: Scope, place: Place) -> Stored<()> {
        places::put_cursor(self.connection, scope, place).map_err(fault)
    }

    fn put_checkpoint(&self, checkpoint: &Checkpoint) -> Stored<()> {
        places::put_checkpoint(self.connection, checkpoint).map_err(fault)
    }

    fn waiting(&self, max_ops: usize) -> Stored<Vec<Waiting>> {
        let load = || {
            let server_ms = places::state(self.connection)?.server_ms;
            let (mut found, mut room) = (Vec::<Waiting>::new(), max_ops);
            for line in groups::unpacked(self.connection)? {
                if room == 0 {
                    break;
                }
                let group = groups::load(self.connection, &line, server_ms, self.may_go_on)?;
                room = room.saturating_sub(group.ops.len());
                found.push(group);
            }
            Ok(found)
        };
        load().map_err(fault)
    }

    fn put_parcels(&self, group: Uuid, parcels: &[Parceled]) -> Stored<()> {
        outbox::put(self.connection, parcels).and_then(|()| groups::note_packed(self.connection, group)).map_err(fault)
    }

    fn outbox(&self, parcel: u64, budget_bytes: usize) -> Stored<Vec<Parceled>> {
        outbox::after(self.connection, parcel, budget_bytes).map_err(fault)
    }

    fn parcel(&self, parcel: u64) -> Stored<Option<Parceled>> {
        outbox::get(self.connection, parcel).map_err(fault)
    }

    fn pending(&self, entity: &str, record: RecordId) -> Stored<Vec<Pending>> {
        groups::pending(self.connection, &self.opened, entity, record).map_err(fault)
    }

    fn pending_group(&self, group: Uuid) -> Stored<Option<(GroupHead, Vec<Proposal>)>> {
        let load = || {
            let Some(line) = groups::line_of(self.connection, group)? else { return Ok(None) };
            let Waiting { head, ops } = groups::load(self.connection, &line, 0, self.may_go_on)?;
            Ok(Some((head, ops)))
        };
        load().map_err(fault)
    }

    fn is_pending(&self, group: Uuid) -> Stored<bool> {
        Ok(groups::line_of(self.connection, group).map_err(fault)?.is_some())
    }

    fn unsettled_until(&self, parcel: u64) -> Stored<Vec<Uuid>> {
        groups::unsettled_until(self.connection, parcel).map_err(fault)
    }

    fn is_any_settled_after(&self, parcel: u64) -> Stored<bool> {
        outbox::is_any_settled_after(self.connection, parcel).map_err(fault)
    }

    fn settle(&self, group: Uuid) -> Stored<()> {
        let settle = || match groups::line_of(self.connection, group)? {
            Some(line) => groups::settle(self.connection, &line),
            None => Ok(()),
        };
        settle().map_err(fault)
    }

    fn settle_as_sent(&self, group: Uuid) -> Stored<bool> {
        let settle = || match groups::line_of(self.connection, group)? {
            Some(line) => groups::settle_as_sent(self.connection, &line),
            None => Ok(true),
        };
        settle().map_err(fault)
    }

    fn requeue(&self, group: &Waiting) -> Stored<()> {
        groups::again(self.connection, group).map_err(fault)
    }

    fn shadow(&self, entity: &str, record: RecordId) -> Stored<Option<Option<Arc<Record>>>> {
        let read = || {
            if let Some(found) = shadows::get(self.connection, self.def(entity)?, record)? {
                return Ok(Some(found));
            }
            // A record that was created here and is pending has no shadow of its own: the province has nothing yet.
            let pending = groups::pending(self.connection, &self.opened, entity, record)?;
            Ok(groups::creates(&pending).then_some(None))
        };
        read().map_err(fault)
    }

    fn put_shadow(&self, entity: &str, record: RecordId, confirmed: Option<&Record>) -> Stored<()> {
        self.def(entity).and_then(|def| shadows::put(self.connection, def, record, confirmed)).map_err(fault)
    }

    fn drop_shadow(&self, _: &str, record: RecordId) -> Stored<()> {
        shadows::remove(self.connection, record).map_err(fault)
    }

    fn records_of(&self, scope: Scope) -> Stored<Vec<(Box<str>, RecordId)>> {
        let read = || -> BookResult<Vec<(Box<str>, RecordId)>> {
            let mut found = Vec::new();
            for def in self.schema.entities() {
                let sql = format!(
                    "SELECT _id FROM {} WHERE _division = ? AND (_deleted = 0 OR _id IN (SELECT record FROM sync_shadow))",
                    table(def)
                );
                let mut statement = self.connection.prepare(&sql)?;
                let ids = statement.query_map([scope.to_string()], |row| row.get(0))?;
                for id in ids {
                    found.push((def.entity.as_str().into(), id?));
                }
            }
            Ok(found)
        };
        read().map_err(fault)
    }

    fn write_pulled(&self, head: &GroupHead, ops: Vec<Op>) -> Stored<()> {
        self.write(head, ops).map_err(fault)
    }

    fn put_tray(&self, item: &TrayItem) -> Stored<()> {
        tray::put(self.connection, item).map_err(fault)
    }

    fn short_of_codes(&self) -> Stored<Vec<Short>> {
        codes::short(self.connection, self.schema).map_err(fault)
    }

    fn put_block(&self, block: &Block) -> Stored<()> {
        codes::put_block(self.connection, block).map_err(fault)
    }

    fn stage(&self, arrived: &Arrived) -> Stored<()> {
        let sql = "INSERT OR REPLACE INTO sync_stage (scope, seq, packed) VALUES (?, ?, ?)";
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| fault(error.into()))?;
        statement
            .execute(params![arrived.scope.0, arrived.seq, arrived.packed])
            .map(drop)
            .map_err(|error| fault(error.into()))
    }

    fn staged(&self, scope: Scope) -> Stored<Vec<Arrived>> {
        let read = || -> BookResult<Vec<Arrived>> {
            let sql = "SELECT seq, packed FROM sync_stage WHERE scope = ? ORDER BY seq";
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows =
                statement.query_map([scope.0], |row| Ok(Arrived { scope, seq: row.get(0)?, packed: row.get(1)? }))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        read().map_err(fault)
    }

    fn unstage(&self, scope: Scope) -> Stored<()> {
        let sql = "DELETE FROM sync_stage WHERE scope = ?";
        self.connection.execute(sql, [scope.0]).map(drop).map_err(|error| fault(error.into()))
    }
}

#[cfg(test)]
mod tests;
