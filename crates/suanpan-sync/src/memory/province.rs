//! The province's store in memory.

use crate::{
    frame::Stamp,
    lease::{Ask, Block, Series},
    scope::{DeviceId, Digest, Place, Scope},
    server::{
        CASE, OPEN,
        store::{Code, Device, LogEntry, Province, StoreFault, Stored, Write},
    },
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use suanpan_model::{
    Record, Value,
    facts::{Facts, Read},
    memory::MemoryBook,
    schema::Schema,
    value::RecordId,
};
use uuid::Uuid;

/// Everything the province keeps. Public, so that checkers can look at it from outside.
#[derive(Debug, Clone)]
pub struct Kept {
    pub book: MemoryBook,
    pub devices: BTreeMap<DeviceId, Device>,
    pub logs: BTreeMap<Scope, Vec<LogEntry>>,
    pub outcomes: BTreeMap<DeviceId, BTreeMap<u64, Option<Vec<u8>>>>,
    staged: HashMap<DeviceId, BTreeMap<u64, Vec<u8>>>,
    chains: HashMap<DeviceId, BTreeMap<u64, (Digest, Stamp)>>,
    changed_by: HashMap<RecordId, (Box<str>, i64)>,
    codes: HashMap<Code, RecordId>,
    groups: HashMap<Uuid, Option<Vec<u8>>>,
    pub leases: Vec<(DeviceId, Block)>,
}

/// A store, or a transaction on a copy of one.
#[derive(Debug, Clone)]
pub struct MemoryProvince {
    schema: Arc<Schema>,
    kept: RefCell<Kept>,
}

impl MemoryProvince {
    pub fn new(schema: Arc<Schema>) -> Self {
        let kept = Kept {
            book: MemoryBook::new(schema.clone()),
            devices: BTreeMap::new(),
            logs: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            staged: HashMap::new(),
            chains: HashMap::new(),
            changed_by: HashMap::new(),
            codes: HashMap::new(),
            groups: HashMap::new(),
            leases: Vec::new(),
        };
        Self { schema, kept: RefCell::new(kept) }
    }

    /// Enrols the device, or replaces what is known of it.
    pub fn enrol(&mut self, device: Device) {
        self.kept.get_mut().devices.insert(device.id, device);
    }

    pub fn revoke(&mut self, id: DeviceId) {
        if let Some(device) = self.kept.get_mut().devices.get_mut(&id) {
            device.revoked = true;
        }
    }

    /// Looks at what is kept.
    pub fn look<T>(&self, look: impl FnOnce(&Kept) -> T) -> T {
        look(&self.kept.borrow())
    }
}

impl Facts for MemoryProvince {
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

impl Province for MemoryProvince {
    fn device(&self, id: DeviceId) -> Stored<Option<Device>> {
        Ok(self.kept.borrow().devices.get(&id).cloned())
    }

    fn note_device(&self, device: &Device) -> Stored<()> {
        if let Some(kept) = self.kept.borrow_mut().devices.get_mut(&device.id) {
            (kept.received, kept.settled, kept.request) = (device.received, device.settled, device.request);
        }
        Ok(())
    }

    fn stage(&self, device: DeviceId, parcel: u64, packed: &[u8]) -> Stored<()> {
        self.kept.borrow_mut().staged.entry(device).or_default().insert(parcel, packed.to_vec());
        Ok(())
    }

    fn staged(&self, device: DeviceId) -> Stored<Vec<(u64, Vec<u8>)>> {
        let kept = self.kept.borrow();
        let staged = kept.staged.get(&device).into_iter().flatten();
        Ok(staged.map(|(parcel, packed)| (*parcel, packed.clone())).collect())
    }

    fn unstage(&self, device: DeviceId) -> Stored<()> {
        self.kept.borrow_mut().staged.remove(&device);
        Ok(())
    }

    fn chain(&self, device: DeviceId, parcel: u64) -> Stored<Option<Digest>> {
        Ok(self.kept.borrow().chains.get(&device).and_then(|chain| Some(chain.get(&parcel)?.0)))
    }

    fn stamp(&self, device: DeviceId, parcel: u64) -> Stored<Option<Stamp>> {
        Ok(self.kept.borrow().chains.get(&device).and_then(|chain| Some(chain.get(&parcel)?.1)))
    }

    fn note_chain(&self, device: DeviceId, links: &[Place], stamp: Stamp) -> Stored<()> {
        let mut kept = self.kept.borrow_mut();
        let chain = kept.chains.entry(device).or_default();
        chain.extend(links.iter().map(|place| (place.seq, (place.hash, stamp))));
        Ok(())
    }

    fn lock(&self, scopes: &[Scope]) -> Stored<Vec<Place>> {
        scopes.iter().map(|scope| self.head(*scope)).collect()
    }

    fn head(&self, scope: Scope) -> Stored<Place> {
        let kept = self.kept.borrow();
        Ok(kept.logs.get(&scope).and_then(|log| log.last()).map(|entry| entry.place).unwrap_or_default())
    }

    fn place(&self, scope: Scope, seq: u64) -> Stored<Option<Digest>> {
        let kept = self.kept.borrow();
        let entry = kept.logs.get(&scope).and_then(|log| log.get(usize::try_from(seq).ok()?.checked_sub(1)?));
        Ok(entry.map(|entry| entry.place.hash))
    }

    fn append(&self, entries: &[LogEntry]) -> Stored<()> {
        let mut kept = self.kept.borrow_mut();
        for entry in entries {
            let log = kept.logs.entry(entry.scope).or_default();
            if entry.place.seq != log.len() as u64 + 1 {
                return Err(StoreFault::Broken(format!("log of {} has a gap", entry.scope)));
            }
            log.push(entry.clone());
        }
        Ok(())
    }

    fn entries(&self, scope: Scope, seq: u64, budget_bytes: usize) -> Stored<Vec<LogEntry>> {
        let kept = self.kept.borrow();
        let mut room = budget_bytes;
        let mut found = Vec::new();
        for entry in kept.logs.get(&scope).into_iter().flatten().skip(usize::try_from(seq).unwrap_or(usize::MAX)) {
            if !found.is_empty() && entry.packed.len() > room {
                break;
            }
            room = room.saturating_sub(entry.packed.len());
            found.push(entry.clone());
        }
        Ok(found)
    }

    fn preload(&self, _: &[(Box<str>, RecordId)]) -> Stored<()> {
        Ok(())
    }

    fn put(&self, writes: &[Write]) -> Stored<()> {
        let mut kept = self.kept.borrow_mut();
        for write in writes {
            kept.book.put(&write.def, write.after.as_ref().clone());
            kept.changed_by.insert(write.after.id, (write.actor.clone(), write.at_ms));
        }
        Ok(())
    }

    fn last_change(&self, _: &str, record: RecordId) -> Stored<Option<(Box<str>, i64)>> {
        Ok(self.kept.borrow().changed_by.get(&record).cloned())
    }

    fn open_cases(&self, record: RecordId) -> Stored<Vec<Arc<Record>>> {
        let kept = self.kept.borrow();
        let Some(def) = self.schema.entity(CASE) else { return Ok(Vec::new()) };
        let (Some(subject), Some(state)) = (def.index("subject"), def.index("state")) else { return Ok(Vec::new()) };
        let mut cases = kept.book.records(CASE);
        let subject_id = record.to_string();
        cases.retain(|case| {
            case.values[subject].as_text() == Some(&subject_id) && case.values[state].as_text() == Some(OPEN)
        });
        Ok(cases)
    }

    fn holder(&self, code: &Code) -> Stored<Option<RecordId>> {
        let kept = self.kept.borrow();
        let Some(holder) = kept.codes.get(code).copied() else { return Ok(None) };
        let record = kept.book.get(&code.entity, holder)?;
        let field = self.schema.entity(&code.entity).and_then(|def| def.index(&code.field));
        let holds = record.is_some_and(|record| {
            !record.header.deleted && field.is_some_and(|at| record.values[at].as_text() == Some(&code.code))
        });
        Ok(holds.then_some(holder))
    }

    fn claim(&self, code: &Code, record: RecordId) -> Stored<()> {
        self.kept.borrow_mut().codes.insert(code.clone(), record);
        Ok(())
    }

    fn lease(&self, device: DeviceId, ask: &Ask) -> Stored<Option<Block>> {
        let mut kept = self.kept.borrow_mut();
        let series = &ask.series;
        let of_series = |block: &Block| Series { scope: series.scope, ..block.series.clone() } == *series;
        let known = kept.leases.iter().filter(|(of, block)| *of == device && of_series(block) && block.last > ask.have);
        if let Some((_, block)) = known.min_by(|left, right| left.1.last.cmp(&right.1.last)) {
            return Ok(Some(block.clone()));
        }
        let leased = kept.leases.iter().filter_map(|(_, block)| series.serial(&block.last));
        let used = kept.codes.keys().filter_map(|code| series.serial(&code.code));
        let first = leased.chain(used).max().unwrap_or(0) + 1;
        let (first, last) = (series.code(first).into(), series.code(first + ask.count - 1).into());
        let block = Block { series: series.clone(), first, last };
        kept.leases.push((device, block.clone()));
        Ok(Some(block))
    }

    fn decided(&self, group: Uuid) -> Stored<Option<Option<Vec<u8>>>> {
        Ok(self.kept.borrow().groups.get(&group).cloned())
    }

    fn note_decided(&self, device: DeviceId, parcel: u64, group: Uuid, outcome: Option<&[u8]>) -> Stored<()> {
        let mut kept = self.kept.borrow_mut();
        let outcome = outcome.map(<[u8]>::to_vec);
        kept.groups.entry(group).or_insert_with(|| outcome.clone());
        kept.outcomes.entry(device).or_default().insert(parcel, outcome);
        Ok(())
    }

    fn outcomes(&self, device: DeviceId, parcel: u64) -> Stored<Vec<Vec<u8>>> {
        let kept = self.kept.borrow();
        let outcomes = kept.outcomes.get(&device).map(|outcomes| outcomes.range(parcel + 1..));
        Ok(outcomes.into_iter().flatten().filter_map(|(_, outcome)| outcome.clone()).collect())
    }
}
