//! A desk's book in memory, as far as sync sees it.

use super::Codes;
use crate::{
    client::store::{Arrived, Book, Desk, Parceled, Pending, Short, State, StoreFault, Stored, TrayItem, Waiting},
    frame::Checkpoint,
    lease::Block,
    parcel::{GroupHead, Proposal},
    scope::{DeviceId, Place, Scope},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use suanpan_model::{
    Op, Record, Value,
    decide::{DecideError, decide},
    facts::{Facts, Read},
    memory::MemoryBook,
    merge::{content_mark, stands_for_all},
    op::GroupKind,
    schema::Schema,
    value::RecordId,
};
use uuid::Uuid;

/// Everything the desk keeps. Public, so that checkers can look at it from outside.
#[derive(Debug, Clone)]
pub struct Kept {
    pub book: MemoryBook,
    pub state: State,
    pub cursors: BTreeMap<Scope, Place>,
    pub checkpoints: Vec<Checkpoint>,
    /// Groups that are not settled, oldest first; true: packed.
    pub unsettled: Vec<(Waiting, bool)>,
    pub outbox: BTreeMap<u64, Parceled>,
    pub shadows: HashMap<RecordId, Option<Arc<Record>>>,
    pub tray: BTreeMap<Uuid, TrayItem>,
    pub codes: Codes,
    staged: BTreeMap<(Scope, u64), Vec<u8>>,
    /// Transactions that were committed, for tests that stop at the n-th.
    pub commits: u64,
}

/// A book, or a transaction on a copy of one.
#[derive(Debug, Clone)]
pub struct MemoryDesk {
    schema: Arc<Schema>,
    kept: RefCell<Kept>,
    /// Transactions that are still allowed; then every one fails, as on a full disk or after a kill.
    pub commits_left: Option<u64>,
}

impl MemoryDesk {
    pub fn new(schema: Arc<Schema>) -> Self {
        let kept = Kept {
            book: MemoryBook::new(schema.clone()),
            state: State::default(),
            cursors: BTreeMap::new(),
            checkpoints: Vec::new(),
            unsettled: Vec::new(),
            outbox: BTreeMap::new(),
            shadows: HashMap::new(),
            tray: BTreeMap::new(),
            codes: Codes::default(),
            staged: BTreeMap::new(),
            commits: 0,
        };
        Self { schema, kept: RefCell::new(kept), commits_left: None }
    }

    /// Looks at what is kept.
    pub fn look<T>(&self, look: impl FnOnce(&Kept) -> T) -> T {
        look(&self.kept.borrow())
    }

    /// Changes what is kept: enrolling, cutting corners of a test.
    pub fn change<T>(&mut self, change: impl FnOnce(&mut Kept) -> T) -> T {
        change(self.kept.get_mut())
    }

    /// Makes the book a device, or another one when it turned out to be a copy: what is unsettled goes again from the
    /// first parcel on, under its old ids; what is confirmed, and how far, stays.
    pub fn enrol(&mut self, device: DeviceId, server_ms: i64) {
        let kept = self.kept.get_mut();
        kept.state = State { device: Some(device), in_step: true, server_ms, ..State::default() };
        kept.outbox.clear();
        kept.codes.let_go();
        kept.unsettled.iter_mut().for_each(|(_, packed)| *packed = false);
        kept.commits += 1;
    }

    /// A person does something: applied here at once, pending until the province has decided. Err: the book's own law
    /// refuses it.
    pub fn type_in(&mut self, head: GroupHead, ops: Vec<Op>) -> Result<(), DecideError> {
        let kept = self.kept.get_mut();
        let mut book = kept.book.clone();
        let mut shadows = kept.shadows.clone();
        let mut proposals = Vec::new();
        for op in ops {
            let decided = decide(&book, head.kind, &op)?;
            let seen = decided
                .before
                .as_ref()
                .filter(|_| stands_for_all(&decided.def, &op))
                .map(|before| content_mark(&decided.def, before));
            shadows.entry(op.record).or_insert_with(|| decided.before.clone());
            book.put(&decided.def, decided.after);
            proposals.push(Proposal { op, seen });
        }
        kept.book = book;
        kept.shadows = shadows;
        kept.unsettled.push((Waiting { head, ops: proposals }, false));
        kept.commits += 1;
        Ok(())
    }
}

impl Book for MemoryDesk {
    fn transaction(&mut self, work: &mut dyn FnMut(&dyn Desk) -> Stored<()>) -> Stored<()> {
        if self.commits_left == Some(0) {
            return Err(StoreFault::Failed("磁盘已满".into()));
        }
        let copy = self.clone();
        work(&copy)?;
        self.kept = copy.kept;
        self.kept.get_mut().commits += 1;
        self.commits_left = self.commits_left.map(|left| left - 1);
        Ok(())
    }

    /// Takes back once all that `work` did: whoever calls must bear it, and every test of a conversation tries it.
    fn in_background(&mut self, work: &mut dyn FnMut(&dyn Desk) -> Stored<()>) -> Stored<()> {
        work(&self.clone())?;
        self.transaction(work)
    }
}

impl Facts for MemoryDesk {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn get(&self, entity: &str, id: RecordId) -> Read<Option<Arc<Record>>> {
        self.kept.borrow().book.get(entity, id)
    }

    fn referring(&self, entity: &str, on: &str, id: RecordId) -> Read<Vec<Arc<Record>>> {
        self.kept.borrow().book.referring(entity, on, id)
    }

    fn parts(&self, entity: &str, on: &str, id: RecordId, fields: &[&str]) -> Read<Vec<Record>> {
        self.kept.borrow().book.parts(entity, on, id, fields)
    }

    fn with_value(&self, entity: &str, fiscal_year: i32, field: &str, value: &Value) -> Read<Vec<Arc<Record>>> {
        self.kept.borrow().book.with_value(entity, fiscal_year, field, value)
    }

    fn same_key(&self, entity: &str, record: &Record) -> Read<Vec<RecordId>> {
        self.kept.borrow().book.same_key(entity, record)
    }

    fn scan(&self, entity: &str, fiscal_year: i32, each: &mut dyn FnMut(&Record)) -> Read<()> {
        self.kept.borrow().book.scan(entity, fiscal_year, each)
    }
}

impl Desk for MemoryDesk {
    fn state(&self) -> Stored<State> {
        Ok(self.kept.borrow().state.clone())
    }

    fn put_state(&self, state: &State) -> Stored<()> {
        self.kept.borrow_mut().state = state.clone();
        Ok(())
    }

    fn cursors(&self) -> Stored<Vec<(Scope, Place)>> {
        Ok(self.kept.borrow().cursors.iter().map(|(scope, place)| (*scope, *place)).collect())
    }

    fn put_cursor(&self, scope: Scope, place: Place) -> Stored<()> {
        self.kept.borrow_mut().cursors.insert(scope, place);
        Ok(())
    }

    fn put_checkpoint(&self, checkpoint: &Checkpoint) -> Stored<()> {
        self.kept.borrow_mut().checkpoints.push(checkpoint.clone());
        Ok(())
    }

    fn waiting(&self, max_ops: usize) -> Stored<Vec<Waiting>> {
        let kept = self.kept.borrow();
        let mut room = max_ops;
        let mut found = Vec::new();
        for (group, _) in kept.unsettled.iter().filter(|(_, packed)| !packed) {
            if !found.is_empty() && group.ops.len() > room {
                break;
            }
            room = room.saturating_sub(group.ops.len());
            found.push(group.clone());
        }
        Ok(found)
    }

    fn put_parcels(&self, group: Uuid, parcels: &[Parceled]) -> Stored<()> {
        let mut kept = self.kept.borrow_mut();
        kept.outbox.extend(parcels.iter().map(|parcel| (parcel.place.seq, parcel.clone())));
        let waiting = kept.unsettled.iter_mut().find(|(waiting, _)| waiting.head.id == group);
        waiting.map(|(_, packed)| *packed = true).ok_or_else(|| StoreFault::Failed(format!("no group {group}")))
    }

    fn outbox(&self, parcel: u64, budget_bytes: usize) -> Stored<Vec<Parceled>> {
        let kept = self.kept.borrow();
        let mut room = budget_bytes;
        let mut found = Vec::new();
        for (_, parcel) in kept.outbox.range(parcel + 1..) {
            if !found.is_empty() && parcel.packed.len() > room {
                break;
            }
            room = room.saturating_sub(parcel.packed.len());
            found.push(parcel.clone());
        }
        Ok(found)
    }

    fn parcel(&self, parcel: u64) -> Stored<Option<Parceled>> {
        Ok(self.kept.borrow().outbox.get(&parcel).cloned())
    }

    fn pending(&self, entity: &str, record: RecordId) -> Stored<Vec<Pending>> {
        let kept = self.kept.borrow();
        let all = kept.unsettled.iter().flat_map(|(group, _)| group.ops.iter().map(move |op| (group.head.id, op)));
        let of_record = all.filter(|(_, proposal)| proposal.op.record == record && &*proposal.op.entity == entity);
        Ok(of_record.map(|(group, proposal)| Pending { group, proposal: proposal.clone() }).collect())
    }

    fn pending_group(&self, group: Uuid) -> Stored<Option<(GroupHead, Vec<Proposal>)>> {
        let kept = self.kept.borrow();
        let found = kept.unsettled.iter().find(|(waiting, _)| waiting.head.id == group);
        Ok(found.map(|(waiting, _)| (waiting.head.clone(), waiting.ops.clone())))
    }

    fn unsettled_until(&self, parcel: u64) -> Stored<Vec<Uuid>> {
        let kept = self.kept.borrow();
        let packed = kept.unsettled.iter().filter(|(_, packed)| *packed).map(|(group, _)| group.head.id);
        let last = |group: &Uuid| kept.outbox.values().filter(|one| one.group == *group).map(|one| one.place.seq).max();
        Ok(packed.filter(|group| last(group).is_some_and(|last| last <= parcel)).collect())
    }

    fn is_any_settled_after(&self, parcel: u64) -> Stored<bool> {
        let kept = self.kept.borrow();
        let is_settled = |group: Uuid| kept.unsettled.iter().all(|(waiting, _)| waiting.head.id != group);
        Ok(kept.outbox.range(parcel + 1..).any(|(_, parcel)| parcel.last && is_settled(parcel.group)))
    }

    fn settle(&self, group: Uuid) -> Stored<()> {
        self.kept.borrow_mut().unsettled.retain(|(waiting, _)| waiting.head.id != group);
        Ok(())
    }

    fn requeue(&self, group: &Waiting) -> Stored<()> {
        self.kept.borrow_mut().unsettled.push((group.clone(), false));
        Ok(())
    }

    fn shadow(&self, _: &str, record: RecordId) -> Stored<Option<Option<Arc<Record>>>> {
        Ok(self.kept.borrow().shadows.get(&record).cloned())
    }

    fn put_shadow(&self, _: &str, record: RecordId, confirmed: Option<&Record>) -> Stored<()> {
        self.kept.borrow_mut().shadows.insert(record, confirmed.cloned().map(Arc::new));
        Ok(())
    }

    fn drop_shadow(&self, _: &str, record: RecordId) -> Stored<()> {
        self.kept.borrow_mut().shadows.remove(&record);
        Ok(())
    }

    fn records_of(&self, scope: Scope) -> Stored<Vec<(Box<str>, RecordId)>> {
        let kept = self.kept.borrow();
        let mut found = Vec::new();
        for def in self.schema.entities() {
            let records = kept.book.records(&def.entity).into_iter();
            let counts = |record: &Record| !record.header.deleted || kept.shadows.contains_key(&record.id);
            let of_scope = records.filter(|record| counts(record) && Scope::of(&record.header.division) == Some(scope));
            found.extend(of_scope.map(|record| (def.entity.as_str().into(), record.id)));
        }
        Ok(found)
    }

    fn write_pulled(&self, _: &GroupHead, ops: Vec<Op>) -> Stored<()> {
        let mut kept = self.kept.borrow_mut();
        for op in ops {
            let applied = kept.book.apply_as(GroupKind::Pull, &op);
            applied.map_err(|error| StoreFault::Failed(error.to_string()))?;
        }
        Ok(())
    }

    fn put_tray(&self, item: &TrayItem) -> Stored<()> {
        self.kept.borrow_mut().tray.insert(item.id, item.clone());
        Ok(())
    }

    fn short_of_codes(&self) -> Stored<Vec<Short>> {
        Ok(self.kept.borrow().codes.short().into_iter().collect())
    }

    fn put_block(&self, block: &Block) -> Stored<()> {
        self.kept.borrow_mut().codes.put(block);
        Ok(())
    }

    fn stage(&self, arrived: &Arrived) -> Stored<()> {
        self.kept.borrow_mut().staged.insert((arrived.scope, arrived.seq), arrived.packed.clone());
        Ok(())
    }

    fn staged(&self, scope: Scope) -> Stored<Vec<Arrived>> {
        let kept = self.kept.borrow();
        let staged = kept.staged.range((scope, 0)..=(scope, u64::MAX));
        Ok(staged.map(|((scope, seq), packed)| Arrived { scope: *scope, seq: *seq, packed: packed.clone() }).collect())
    }

    fn unstage(&self, scope: Scope) -> Stored<()> {
        self.kept.borrow_mut().staged.retain(|(staged, _), _| *staged != scope);
        Ok(())
    }
}
