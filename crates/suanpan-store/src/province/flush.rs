//! What a transaction has gathered goes to the database: one statement per table.

use super::{
    documents,
    rows::{self, code_key, escaped, scope_cell},
    sql::{Batch, Cell},
    transaction::{Link, Pending, Transaction, device_cell},
};
use std::collections::BTreeSet;
use suanpan_model::value::RecordId;
use suanpan_sync::{
    scope::{DeviceId, Scope},
    server::store::{Code, Device, StoreFault, Stored, Write},
};
use uuid::Uuid;

impl Transaction<'_> {
    /// The last thing before the commit.
    pub(super) fn finish(&self) -> Stored<()> {
        // A poll that brought nothing new need not wait for the disk: the worst that can happen is that its number
        // is taken for new once more.
        let now = |id| self.known.borrow().devices.get(&id).cloned();
        if !self.matters.get() && self.pending.borrow().is_only_a_poll(&now) {
            self.sql.needs_no_disk();
        }
        self.flush()
    }

    /// Writes everything that is pending.
    pub(super) fn flush(&self) -> Stored<()> {
        self.flush_records()?;
        self.matters.set(true);
        let pending = self.pending.take();
        self.write_devices(pending.devices.into_keys())?;
        self.write_chain(&pending.chain.into_iter().collect::<Vec<_>>())?;
        self.write_log(&pending.log)?;
        self.write_codes(&pending.codes.into_iter().collect::<Vec<_>>())?;
        self.write_decided(&pending.groups.into_iter().collect::<Vec<_>>())?;
        self.write_outcomes(&pending.outcomes.into_iter().collect::<Vec<_>>())
    }

    /// Writes the records, so that statements about them see them.
    pub(super) fn flush_records(&self) -> Stored<()> {
        let writes = std::mem::take(&mut self.pending.borrow_mut().records);
        if writes.is_empty() {
            return Ok(());
        }
        self.matters.set(true);
        // In the order of their ids, which is that of their creation: the indexes grow at one end.
        let mut writes: Vec<(Scope, Write)> = writes.into_values().map(in_scope).collect::<Stored<_>>()?;
        writes.sort_unstable_by_key(|(_, write)| write.after.id);
        documents::note_amendments(self.sql, writes.iter().map(|(_, write)| write))?;
        self.write_records(&writes)?;
        self.write_references(&writes)
    }

    /// New records and changed ones apart: a row that cannot be there yet costs the database no look.
    fn write_records(&self, writes: &[(Scope, Write)]) -> Stored<()> {
        const OVER_THE_OLD: &str = "ON CONFLICT (scope, id, entity) DO UPDATE SET fiscal_year = excluded.fiscal_year, \
                                  version = excluded.version, deleted = excluded.deleted, fields = excluded.fields, \
                                  changed_by = excluded.changed_by, changed_at_ms = excluded.changed_at_ms";
        let actors: Vec<_> = writes.iter().map(|(_, write)| escaped(&write.actor)).collect();
        let (mut new, mut changed, mut scopes) = (Vec::with_capacity(writes.len() * 9), Vec::new(), Vec::new());
        for ((scope, write), actor) in writes.iter().zip(&actors) {
            let (record, header) = (&write.after, &write.after.header);
            let cells = if write.before.is_none() {
                scopes.extend([Cell::Id(record.id), Cell::Text(&write.def.entity), scope_cell(*scope)]);
                &mut new
            } else {
                &mut changed
            };
            cells.extend([
                scope_cell(*scope),
                Cell::Text(&write.def.entity),
                Cell::Id(record.id),
                Cell::Int(header.fiscal_year.into()),
                Cell::Int(header.version.into()),
                Cell::Flag(header.deleted),
                Cell::Made(rows::fields(&write.def, record)),
                Cell::Text(actor),
                Cell::Int(write.at_ms),
            ]);
        }
        let columns = &[("id", "uuid"), ("entity", "text"), ("scope", "int")];
        self.sql.insert(&Batch { table: "record_scope", columns, conflict: "", cells: scopes })?;
        let columns = &[
            ("scope", "int"),
            ("entity", "text"),
            ("id", "uuid"),
            ("fiscal_year", "int"),
            ("version", "int"),
            ("deleted", "boolean"),
            ("fields", "jsonb"),
            ("changed_by", "text"),
            ("changed_at_ms", "bigint"),
        ];
        self.sql.insert(&Batch { table: "record", columns, conflict: "", cells: new })?;
        self.sql.insert(&Batch { table: "record", columns, conflict: OVER_THE_OLD, cells: changed })
    }

    fn write_references(&self, writes: &[(Scope, Write)]) -> Stored<()> {
        let (mut gone, mut first, mut more) = (Vec::new(), Vec::new(), Vec::new());
        for (scope, write) in writes {
            let before: BTreeSet<RecordId> = write
                .before
                .as_ref()
                .map(|before| rows::targets(&write.def, before).into_iter().collect())
                .unwrap_or_default();
            let after: BTreeSet<RecordId> = rows::targets(&write.def, &write.after).into_iter().collect();
            let id = Cell::Id(write.after.id);
            gone.extend(before.difference(&after).flat_map(|target| [Cell::Id(*target), id.clone()]));
            let new = if write.before.is_none() { &mut first } else { &mut more };
            new.extend(
                after.difference(&before).flat_map(|target| [Cell::Id(*target), id.clone(), scope_cell(*scope)]),
            );
        }
        let table = "reference";
        self.sql.delete(&Batch { table, columns: &[("target", "uuid"), ("id", "uuid")], conflict: "", cells: gone })?;
        let columns = &[("target", "uuid"), ("id", "uuid"), ("scope", "int")];
        self.sql.insert(&Batch { table, columns, conflict: "", cells: first })?;
        self.sql.insert(&Batch { table, columns, conflict: "ON CONFLICT DO NOTHING", cells: more })
    }

    fn write_devices(&self, ids: impl Iterator<Item = DeviceId>) -> Stored<()> {
        let known = self.known.borrow();
        for device in ids.filter_map(|id| known.devices.get(&id)) {
            let sql = "UPDATE device_place SET received = ?2, received_hash = ?3, settled = ?4, request = ?5,
                       seen_ms = ?6 WHERE id = ?1";
            let cells = [
                device_cell(device.id),
                Cell::count(device.received.seq),
                Cell::Bytes(&device.received.hash),
                Cell::count(device.settled),
                Cell::count(device.request),
                Cell::Int(self.now_ms),
            ];
            self.sql.run(sql, &cells)?;
        }
        Ok(())
    }

    fn write_chain(&self, chain: &[((DeviceId, u64), Link)]) -> Stored<()> {
        let cells = chain.iter().flat_map(|((device, parcel), (hash, stamp))| {
            [device_cell(*device), Cell::count(*parcel), Cell::Bytes(hash), Cell::Int((*stamp).into())]
        });
        self.sql.insert(&Batch {
            table: "device_chain",
            columns: &[("device", "int"), ("parcel", "bigint"), ("hash", "bytea"), ("stamp", "int")],
            conflict: "ON CONFLICT (device, parcel) DO UPDATE SET hash = excluded.hash, stamp = excluded.stamp",
            cells: cells.collect(),
        })
    }

    fn write_log(&self, log: &[suanpan_sync::server::store::LogEntry]) -> Stored<()> {
        if log.is_empty() {
            return Ok(());
        }
        let cells = log.iter().flat_map(|entry| {
            [
                scope_cell(entry.scope),
                Cell::count(entry.place.seq),
                Cell::Bytes(&entry.place.hash),
                device_cell(entry.device),
                Cell::count(entry.parcel),
                Cell::Flag(entry.verbatim),
                Cell::Bytes(&entry.packed),
            ]
        });
        self.sql.insert(&Batch {
            table: "log",
            columns: &[
                ("scope", "int"),
                ("seq", "bigint"),
                ("hash", "bytea"),
                ("device", "int"),
                ("parcel", "bigint"),
                ("verbatim", "boolean"),
                ("packed", "bytea"),
            ],
            conflict: "",
            cells: cells.collect(),
        })?;
        let known = self.known.borrow();
        let moved: BTreeSet<Scope> = log.iter().map(|entry| entry.scope).collect();
        let heads = moved.iter().filter_map(|scope| Some((*scope, known.heads.get(scope)?)));
        let cells = heads
            .flat_map(|(scope, head)| [scope_cell(scope), Cell::count(head.seq), Cell::Bytes(&head.hash)])
            .collect();
        self.sql.insert(&Batch {
            table: "scope_head",
            columns: &[("scope", "int"), ("seq", "bigint"), ("hash", "bytea")],
            conflict: "ON CONFLICT (scope) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
            cells,
        })
    }

    fn write_codes(&self, codes: &[(Code, RecordId)]) -> Stored<()> {
        let keys: Vec<_> = codes.iter().map(|(code, _)| code_key(&code.code)).collect();
        let cells = codes.iter().zip(&keys).flat_map(|((code, record), key)| {
            [
                scope_cell(code.scope),
                Cell::Text(&code.entity),
                Cell::Text(&code.field),
                Cell::Int(code.fiscal_year.into()),
                Cell::Text(key),
                Cell::Id(*record),
            ]
        });
        self.sql.insert(&Batch {
            table: "code",
            columns: &[
                ("scope", "int"),
                ("entity", "text"),
                ("field", "text"),
                ("fiscal_year", "int"),
                ("code", "text"),
                ("record", "uuid"),
            ],
            conflict: "ON CONFLICT (scope, entity, field, fiscal_year, code) DO UPDATE SET record = excluded.record",
            cells: cells.collect(),
        })
    }

    /// A group that another server has decided meanwhile makes this fail, and the whole is tried again.
    fn write_decided(&self, groups: &[(Uuid, Option<Vec<u8>>)]) -> Stored<()> {
        let cells = groups.iter().flat_map(|(id, outcome)| [Cell::Id(*id), Cell::bytes_or_null(outcome.as_deref())]);
        let columns = &[("id", "uuid"), ("outcome", "bytea")];
        self.sql.insert(&Batch { table: "decided", columns, conflict: "", cells: cells.collect() })
    }

    fn write_outcomes(&self, outcomes: &[((DeviceId, u64), Vec<u8>)]) -> Stored<()> {
        let cells = outcomes
            .iter()
            .flat_map(|((device, parcel), outcome)| [device_cell(*device), Cell::count(*parcel), Cell::Bytes(outcome)]);
        self.sql.insert(&Batch {
            table: "outcome",
            columns: &[("device", "int"), ("parcel", "bigint"), ("outcome", "bytea")],
            conflict: "ON CONFLICT (device, parcel) DO UPDATE SET outcome = excluded.outcome",
            cells: cells.collect(),
        })
    }
}

/// A record always lies in a scope: the machine lets no other division through.
fn in_scope(write: Write) -> Stored<(Scope, Write)> {
    let division = &write.after.header.division;
    let scope = Scope::of(division).ok_or_else(|| StoreFault::Broken(format!("“{division}” is no scope")))?;
    Ok((scope, write))
}

impl Pending {
    /// Nothing but request numbers have moved.
    fn is_only_a_poll(&self, now: &dyn Fn(DeviceId) -> Option<Device>) -> bool {
        let moved_only_its_number = |(id, before): (&DeviceId, &Device)| {
            now(*id).is_some_and(|now| (now.received, now.settled) == (before.received, before.settled))
        };
        !self.devices.is_empty()
            && self.devices.iter().all(moved_only_its_number)
            && self.chain.is_empty()
            && self.log.is_empty()
            && self.records.is_empty()
            && self.codes.is_empty()
            && self.groups.is_empty()
            && self.outcomes.is_empty()
    }
}
