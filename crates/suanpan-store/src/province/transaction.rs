//! One transaction of the province. What is written stays here until the end ([`super::flush`]) and goes to the
//! database in one statement per table; what is read is remembered. So a request of two hundred groups costs about
//! as many statements as a request of one.
//!
//! Records are in [`super::records`], questions about them in [`super::facts`]; no rule is known here.

use super::{
    leases::{self, Lease},
    rows::{self, Kept, read_scopes, scope_cell},
    sql::{Cell, Kind, Row, Sql},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use suanpan_model::{Record, schema::Schema, value::RecordId};
use suanpan_sync::{
    frame::Stamp,
    lease::{Ask, Block},
    scope::{DeviceId, Digest, Place, Scope},
    server::{
        CASE, OPEN,
        store::{Code, Device, LogEntry, Province, StoreFault, Stored, Write},
    },
};
use uuid::Uuid;

pub struct Transaction<'a> {
    pub(super) schema: &'a Arc<Schema>,
    pub(super) sql: &'a dyn Sql,
    pub(super) kind: Kind,
    /// ms since 1970, for what the store itself notes.
    pub(super) now_ms: i64,
    pub(super) known: RefCell<Known>,
    pub(super) pending: RefCell<Pending>,
    /// Something was written already that must not be lost.
    pub(super) matters: std::cell::Cell<bool>,
}

/// What was read and cannot change before the end of the transaction.
#[derive(Default)]
pub(super) struct Known {
    pub(super) devices: HashMap<DeviceId, Device>,
    /// Locked heads, with what this transaction appended.
    pub(super) heads: BTreeMap<Scope, Place>,
    /// By position of the entity in the schema. None: there is no such record.
    pub(super) records: HashMap<(usize, RecordId), Option<Kept>>,
    pub(super) codes: HashMap<Code, Option<RecordId>>,
    pub(super) groups: HashMap<Uuid, Option<Option<Vec<u8>>>>,
    /// Blocks that are kept for devices other than the one that is at work.
    pub(super) leases: Vec<Lease>,
}

/// A parcel's place in its device's chain, and when it was taken in.
pub(super) type Link = (Digest, Stamp);

/// What is to be written.
#[derive(Default)]
pub(super) struct Pending {
    /// Devices as they were read, for those that were noted since.
    pub(super) devices: BTreeMap<DeviceId, Device>,
    pub(super) chain: BTreeMap<(DeviceId, u64), Link>,
    pub(super) log: Vec<LogEntry>,
    pub(super) records: HashMap<(usize, RecordId), Write>,
    pub(super) codes: HashMap<Code, RecordId>,
    pub(super) groups: HashMap<Uuid, Option<Vec<u8>>>,
    pub(super) outcomes: BTreeMap<(DeviceId, u64), Vec<u8>>,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(schema: &'a Arc<Schema>, sql: &'a dyn Sql, kind: Kind, now_ms: i64) -> Self {
        let (known, pending) = (RefCell::default(), RefCell::default());
        Self { schema, sql, kind, now_ms, known, pending, matters: false.into() }
    }

    pub(super) fn for_update(&self) -> &'static str {
        if self.kind == Kind::Writes { self.sql.for_update() } else { "" }
    }

    /// Locks those that are not locked yet. Whether there were any.
    fn lock_others(&self, scopes: &[Scope]) -> Stored<bool> {
        let mut others = scopes.to_vec();
        others.retain(|scope| !self.known.borrow().heads.contains_key(scope));
        if others.is_empty() {
            return Ok(false);
        }
        let mut found = self.read_heads(&others)?;
        others.retain(|scope| !found.contains_key(scope));
        for scope in others {
            let sql = "INSERT INTO scope_head (scope, seq, hash) VALUES (?1, 0, ?2) ON CONFLICT DO NOTHING";
            let is_ours = self.sql.run(sql, &[scope_cell(scope), Cell::Bytes(&Digest::default())])? > 0;
            found.extend(if is_ours { [(scope, Place::default())].into() } else { self.read_heads(&[scope])? });
        }
        self.known.borrow_mut().heads.extend(found);
        Ok(true)
    }

    fn read_heads(&self, scopes: &[Scope]) -> Stored<BTreeMap<Scope, Place>> {
        let cells: Vec<Cell<'_>> = scopes.iter().map(|scope| scope_cell(*scope)).collect();
        let lock = self.for_update();
        let sql = format!("SELECT scope, seq, hash FROM scope_head WHERE scope = {{any}} ORDER BY scope{lock}");
        let mut heads = BTreeMap::new();
        self.sql.each_among(&sql, &[], &cells, &mut |row| {
            heads.insert(rows::scope(row, 0)?, place(row, 1)?);
            Ok(())
        })?;
        Ok(heads)
    }
}

/// A sequence number and its hash from two columns.
pub(super) fn place(row: &Row, at: usize) -> Stored<Place> {
    Ok(Place { seq: row.count(at)?, hash: row.array(at + 1)? })
}

pub(super) fn device_cell(device: DeviceId) -> Cell<'static> {
    Cell::Int(device.0.into())
}

fn read_device(row: &Row) -> Stored<Device> {
    Ok(Device {
        id: DeviceId(row.small(0)?),
        verify: row.array(1)?,
        reads: read_scopes(row.text(2)?)?,
        writes: read_scopes(row.text(3)?)?,
        revoked: row.flag(4)?,
        received: place(row, 5)?,
        settled: row.count(7)?,
        request: row.count(8)?,
    })
}

pub(super) fn log_entry(row: &Row) -> Stored<LogEntry> {
    Ok(LogEntry {
        scope: rows::scope(row, 0)?,
        place: place(row, 1)?,
        device: DeviceId(row.small(3)?),
        parcel: row.count(4)?,
        verbatim: row.flag(5)?,
        packed: row.bytes(6)?.to_vec(),
    })
}

/// Entries of a scope after a place, in their order; parameters 1 and 2.
pub(super) const ENTRIES: &str =
    "SELECT scope, seq, hash, device, parcel, verbatim, packed FROM log WHERE scope = ?1 AND seq > ?2 ORDER BY seq";

/// Entries that are read at a time.
const ENTRIES_AT_ONCE: usize = 64;

impl Transaction<'_> {
    /// Statements about the log see what was appended.
    fn show_log(&self) -> Stored<()> {
        if self.pending.borrow().log.is_empty() { Ok(()) } else { self.flush() }
    }

    /// Up to so many entries after `seq`.
    pub(super) fn some_entries(&self, scope: Scope, seq: u64, most: usize) -> Stored<Vec<LogEntry>> {
        let found = self.sql.rows(&format!("{ENTRIES} LIMIT {most}"), &[scope_cell(scope), Cell::count(seq)])?;
        found.iter().map(log_entry).collect()
    }
}

impl Province for Transaction<'_> {
    fn device(&self, id: DeviceId) -> Stored<Option<Device>> {
        if let Some(device) = self.known.borrow().devices.get(&id) {
            return Ok(Some(device.clone()));
        }
        let lock = match self.for_update() {
            "" => String::new(),
            lock => format!("{lock} OF p"),
        };
        let sql = format!(
            "SELECT d.id, d.verify, d.reads, d.writes, d.revoked, p.received, p.received_hash, p.settled, p.request
             FROM device_place p JOIN device d ON d.id = p.id WHERE p.id = ?1{lock}"
        );
        let found = self.sql.row(&sql, &[device_cell(id)])?;
        let device = found.as_ref().map(read_device).transpose()?;
        if let Some(device) = &device {
            self.known.borrow_mut().devices.insert(id, device.clone());
        }
        Ok(device)
    }

    fn note_device(&self, device: &Device) -> Stored<()> {
        let Some(before) = self.device(device.id)? else { return Ok(()) };
        let mut after = before.clone();
        (after.received, after.settled, after.request) = (device.received, device.settled, device.request);
        self.known.borrow_mut().devices.insert(device.id, after);
        self.pending.borrow_mut().devices.entry(device.id).or_insert(before);
        Ok(())
    }

    fn stage(&self, device: DeviceId, parcel: u64, packed: &[u8]) -> Stored<()> {
        self.matters.set(true);
        let sql = "INSERT INTO staged (device, parcel, packed) VALUES (?1, ?2, ?3)";
        self.sql.run(sql, &[device_cell(device), Cell::count(parcel), Cell::Bytes(packed)]).map(drop)
    }

    fn staged(&self, device: DeviceId) -> Stored<Vec<(u64, Vec<u8>)>> {
        let sql = "SELECT parcel, packed FROM staged WHERE device = ?1 ORDER BY parcel";
        let found = self.sql.rows(sql, &[device_cell(device)])?;
        found.iter().map(|row| Ok((row.count(0)?, row.bytes(1)?.to_vec()))).collect()
    }

    fn unstage(&self, device: DeviceId) -> Stored<()> {
        self.matters.set(true);
        self.sql.run("DELETE FROM staged WHERE device = ?1", &[device_cell(device)]).map(drop)
    }

    fn chain(&self, device: DeviceId, parcel: u64) -> Stored<Option<Digest>> {
        if let Some((hash, _)) = self.pending.borrow().chain.get(&(device, parcel)) {
            return Ok(Some(*hash));
        }
        // The newest link stands with the device.
        let newest = self.known.borrow().devices.get(&device).map(|device| device.received);
        if let Some(place) = newest.filter(|place| place.seq == parcel && parcel > 0) {
            return Ok(Some(place.hash));
        }
        if newest.is_some_and(|place| parcel > place.seq) {
            return Ok(None);
        }
        let sql = "SELECT hash FROM device_chain WHERE device = ?1 AND parcel = ?2";
        self.sql.row(sql, &[device_cell(device), Cell::count(parcel)])?.map(|row| row.array(0)).transpose()
    }

    fn stamp(&self, device: DeviceId, parcel: u64) -> Stored<Option<Stamp>> {
        if let Some((_, stamp)) = self.pending.borrow().chain.get(&(device, parcel)) {
            return Ok(Some(*stamp));
        }
        let sql = "SELECT coalesce(stamp, 0) FROM device_chain WHERE device = ?1 AND parcel = ?2";
        let found = self.sql.row(sql, &[device_cell(device), Cell::count(parcel)])?;
        let stamp = found.map(|row| row.small(0)).transpose()?;
        Ok(stamp.filter(|stamp| *stamp > 0))
    }

    fn note_chain(&self, device: DeviceId, links: &[Place], stamp: Stamp) -> Stored<()> {
        let links = links.iter().map(|place| ((device, place.seq), (place.hash, stamp)));
        self.pending.borrow_mut().chain.extend(links);
        Ok(())
    }

    fn lock(&self, scopes: &[Scope]) -> Stored<Vec<Place>> {
        if self.lock_others(scopes)? {
            // While we waited for the lock, its holder may have changed what we had read.
            self.read_again()?;
        }
        scopes.iter().map(|scope| self.head(*scope)).collect()
    }

    fn head(&self, scope: Scope) -> Stored<Place> {
        if let Some(place) = self.known.borrow().heads.get(&scope) {
            return Ok(*place);
        }
        let found = self.sql.row("SELECT seq, hash FROM scope_head WHERE scope = ?1", &[scope_cell(scope)])?;
        found.map_or(Ok(Place::default()), |row| place(&row, 0))
    }

    fn place(&self, scope: Scope, seq: u64) -> Stored<Option<Digest>> {
        self.show_log()?;
        let sql = "SELECT hash FROM log WHERE scope = ?1 AND seq = ?2";
        self.sql.row(sql, &[scope_cell(scope), Cell::count(seq)])?.map(|row| row.array(0)).transpose()
    }

    fn append(&self, entries: &[LogEntry]) -> Stored<()> {
        let mut known = self.known.borrow_mut();
        for entry in entries {
            let head = known.heads.get_mut(&entry.scope);
            let head = head.ok_or_else(|| StoreFault::Broken(format!("log of {} is not locked", entry.scope)))?;
            if entry.place.seq != head.seq + 1 {
                return Err(StoreFault::Broken(format!("log of {} has a gap", entry.scope)));
            }
            *head = entry.place;
            self.pending.borrow_mut().log.push(entry.clone());
        }
        Ok(())
    }

    fn entries(&self, scope: Scope, seq: u64, budget_bytes: usize) -> Stored<Vec<LogEntry>> {
        self.show_log()?;
        let mut found: Vec<LogEntry> = Vec::new();
        let mut room = budget_bytes;
        loop {
            let from = found.last().map_or(seq, |entry| entry.place.seq);
            let some = self.some_entries(scope, from, ENTRIES_AT_ONCE)?;
            let is_end = some.len() < ENTRIES_AT_ONCE;
            for entry in some {
                if !found.is_empty() && entry.packed.len() > room {
                    return Ok(found);
                }
                room = room.saturating_sub(entry.packed.len());
                found.push(entry);
            }
            if is_end {
                return Ok(found);
            }
        }
    }

    fn preload(&self, wanted: &[(Box<str>, RecordId)]) -> Stored<()> {
        let numbered = wanted.iter().filter_map(|(entity, id)| Some((self.schema.entity_no(entity)?, *id)));
        self.load(&numbered.collect::<Vec<_>>())
    }

    fn preload_decided(&self, groups: &[Uuid]) -> Stored<()> {
        let mut known = self.known.borrow_mut();
        let mut unknown = groups.to_vec();
        unknown.retain(|group| !known.groups.contains_key(group));
        unknown.sort_unstable();
        unknown.dedup();
        if unknown.is_empty() {
            return Ok(());
        }
        known.groups.extend(unknown.iter().map(|group| (*group, None)));
        let cells: Vec<Cell<'_>> = unknown.into_iter().map(Cell::Id).collect();
        self.sql.each_among("SELECT id, outcome FROM decided WHERE id = {any}", &[], &cells, &mut |row| {
            let outcome = row.bytes_or_none(1)?.map(<[u8]>::to_vec);
            known.groups.insert(row.id(0)?, Some(outcome));
            Ok(())
        })
    }

    fn put(&self, writes: &[Write]) -> Stored<()> {
        writes.iter().for_each(|write| self.put_one(write));
        Ok(())
    }

    fn last_change(&self, entity: &str, record: RecordId) -> Stored<Option<(Box<str>, i64)>> {
        Ok(self.kept(entity, record)?.map(|kept| (kept.actor, kept.at_ms)))
    }

    fn open_cases(&self, record: RecordId) -> Stored<Vec<Arc<Record>>> {
        let Some(def) = self.schema.entity(CASE) else { return Ok(Vec::new()) };
        let (Some(subject), Some(state)) = (def.index("subject"), def.index("state")) else { return Ok(Vec::new()) };
        let subject_id = record.to_string();
        let mut cases = self.naming(CASE, record)?;
        cases.retain(|case| {
            case.values[subject].as_text() == Some(&subject_id) && case.values[state].as_text() == Some(OPEN)
        });
        cases.sort_by_key(|case| case.id);
        Ok(cases)
    }

    fn holder(&self, code: &Code) -> Stored<Option<RecordId>> {
        self.code_holder(code)
    }

    fn claim(&self, code: &Code, record: RecordId) -> Stored<()> {
        self.known.borrow_mut().codes.insert(code.clone(), Some(record));
        self.pending.borrow_mut().codes.insert(code.clone(), record);
        Ok(())
    }

    fn lease(&self, device: DeviceId, ask: &Ask) -> Stored<Option<Block>> {
        leases::lease(self, device, ask)
    }

    fn decided(&self, group: Uuid) -> Stored<Option<Option<Vec<u8>>>> {
        self.preload_decided(&[group])?;
        Ok(self.known.borrow().groups.get(&group).cloned().flatten())
    }

    fn note_decided(&self, device: DeviceId, parcel: u64, group: Uuid, outcome: Option<&[u8]>) -> Stored<()> {
        let outcome = outcome.map(<[u8]>::to_vec);
        if self.decided(group)?.is_none() {
            self.known.borrow_mut().groups.insert(group, Some(outcome.clone()));
            self.pending.borrow_mut().groups.insert(group, outcome.clone());
        }
        if let Some(outcome) = outcome {
            self.pending.borrow_mut().outcomes.insert((device, parcel), outcome);
        }
        Ok(())
    }

    fn outcomes(&self, device: DeviceId, parcel: u64) -> Stored<Vec<Vec<u8>>> {
        if !self.pending.borrow().outcomes.is_empty() {
            self.flush()?;
        }
        let sql = "SELECT outcome FROM outcome WHERE device = ?1 AND parcel > ?2 ORDER BY parcel";
        let found = self.sql.rows(sql, &[device_cell(device), Cell::count(parcel)])?;
        found.iter().map(|row| row.bytes(0).map(<[u8]>::to_vec)).collect()
    }
}
