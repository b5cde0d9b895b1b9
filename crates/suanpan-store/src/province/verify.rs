//! Examines everything that is kept: each log against its own chain, the heads, the chains of the devices and the
//! places that others hold; the records against a replay of the log ([`super::replay`]); and what was decided and
//! given out against both ([`super::verdicts`]). Whoever changes,
//! removes, adds or moves a row is found out. One who rewrites a whole log with its head is found out by the
//! checkpoints that the desks keep, which is why those are asked for.

use super::{
    ProvinceStore,
    replay::Replay,
    rows::scope_cell,
    sql::{Cell, Kind, Sql},
    transaction::{ENTRIES, device_cell, log_entry, place},
    verdicts::{self, Seen},
};
use std::collections::{BTreeMap, HashMap, hash_map::Entry};
use suanpan_sync::{
    parcel::digest,
    scope::{DeviceId, Digest, PROVINCE, Place, Scope, device_link, scope_link},
    server::store::{LogEntry, Stored},
};
use uuid::Uuid;

impl ProvinceStore {
    /// What is wrong, in Chinese, each with its scope and place; empty when nothing is. `held` are places that were
    /// signed and that somebody else keeps, their signatures examined by the caller.
    pub fn verify(&self, held: &[(Scope, Place)]) -> Stored<Vec<String>> {
        let mut problems = Vec::new();
        let statement = "SELECT scope FROM scope_head UNION SELECT scope FROM log UNION SELECT scope FROM record";
        let mut scopes: Vec<Scope> = self.with_sql(Kind::Reads, &mut |sql| {
            sql.rows(statement, &[])?.iter().map(|row| super::rows::scope(row, 0)).collect()
        })?;
        scopes.extend(held.iter().map(|(scope, _)| *scope));
        scopes.sort_unstable();
        scopes.dedup();
        let mut seen = Seen::default();
        for scope in scopes {
            let held: Vec<Place> = held.iter().filter(|(of, _)| *of == scope).map(|(_, place)| *place).collect();
            problems.extend(self.with_sql(Kind::Reads, &mut |sql| {
                let mut examined = Examined::of(scope, &held, Replay::new(self.schema(), scope));
                examined.run(sql)?;
                seen.cases.extend(examined.replay.take_cases());
                for (group, seq) in std::mem::take(&mut examined.groups) {
                    seen.groups.entry(group).or_insert((scope, seq));
                }
                Ok(examined.problems)
            })?);
        }
        problems.extend(self.with_sql(Kind::Reads, &mut |sql| examine_devices(sql))?);
        problems.extend(self.with_sql(Kind::Reads, &mut |sql| verdicts::examine(sql, &seen))?);
        Ok(problems)
    }
}

struct Examined<'a> {
    scope: Scope,
    held: &'a [Place],
    replay: Replay,
    chains: HashMap<DeviceId, BTreeMap<u64, Digest>>,
    /// Groups of devices, with the first entry of each.
    groups: HashMap<Uuid, u64>,
    problems: Vec<String>,
}

/// Entries that are read at a time.
const AT_ONCE: usize = 256;

impl<'a> Examined<'a> {
    fn of(scope: Scope, held: &'a [Place], replay: Replay) -> Self {
        Self { scope, held, replay, chains: HashMap::new(), groups: HashMap::new(), problems: Vec::new() }
    }

    fn run(&mut self, sql: &dyn Sql) -> Stored<()> {
        let end = self.examine_log(sql)?;
        let head = sql.row("SELECT seq, hash FROM scope_head WHERE scope = ?1", &[scope_cell(self.scope)])?;
        let head = head.map_or(Ok(Place::default()), |row| place(&row, 0))?;
        if head != end {
            self.say(format!("日志到第 {} 条为止，登记的末尾却是第 {} 条，或两者的校验值不同", end.seq, head.seq));
        }
        for place in self.held {
            if place.seq > end.seq {
                self.say(format!("日志到第 {} 条为止，但已签发过第 {} 条的校验点：末尾被截去", end.seq, place.seq));
            }
        }
        let found = self.replay.compare(sql)?;
        found.into_iter().for_each(|problem| self.say(problem));
        Ok(())
    }

    fn say(&mut self, what: String) {
        self.problems.push(format!("区划 {}：{what}", self.scope));
    }

    /// Walks the whole log; the place at its end.
    fn examine_log(&mut self, sql: &dyn Sql) -> Stored<Place> {
        let mut end = Place::default();
        loop {
            let cells = [scope_cell(self.scope), Cell::count(end.seq)];
            let some = sql.rows(&format!("{ENTRIES} LIMIT {AT_ONCE}"), &cells)?;
            for row in &some {
                let entry = log_entry(row)?;
                self.examine_entry(sql, &end, &entry)?;
                end = entry.place;
            }
            if some.len() < AT_ONCE {
                return Ok(end);
            }
        }
    }

    fn examine_entry(&mut self, sql: &dyn Sql, before: &Place, entry: &LogEntry) -> Stored<()> {
        let seq = entry.place.seq;
        if seq != before.seq + 1 {
            self.say(format!("日志第 {} 条至第 {} 条缺失", before.seq + 1, seq - 1));
        }
        let link = scope_link(before, self.scope, entry.device, entry.parcel, &digest(&entry.packed));
        if link != entry.place {
            self.say(format!("日志第 {seq} 条与校验链不符：内容、次序或前一条被改动"));
        }
        if self.held.iter().any(|place| place.seq == seq && *place != entry.place) {
            self.say(format!("日志第 {seq} 条与已签发的校验点不符：整段日志被替换"));
        }
        if entry.verbatim && !self.is_the_devices_own(sql, entry)? {
            let (device, parcel) = (entry.device, entry.parcel);
            self.say(format!("日志第 {seq} 条不是设备 {device} 签过名的第 {parcel} 包"));
        }
        match self.replay.apply(&entry.packed) {
            Err(problem) => self.say(format!("日志第 {seq} 条无法重放：{problem}")),
            Ok(group) if entry.device != PROVINCE => {
                self.groups.entry(group).or_insert(seq);
            }
            Ok(_) => {}
        }
        Ok(())
    }

    fn is_the_devices_own(&mut self, sql: &dyn Sql, entry: &LogEntry) -> Stored<bool> {
        if entry.device == PROVINCE {
            return Ok(false);
        }
        let chain = match self.chains.entry(entry.device) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(chain_of(sql, entry.device)?),
        };
        Ok(follows(chain, entry.parcel, &entry.packed))
    }
}

fn chain_of(sql: &dyn Sql, device: DeviceId) -> Stored<BTreeMap<u64, Digest>> {
    let mut chain = BTreeMap::new();
    let statement = "SELECT parcel, hash FROM device_chain WHERE device = ?1";
    sql.each(statement, &[device_cell(device)], &mut |row| {
        chain.insert(row.count(0)?, row.array(1)?);
        Ok(())
    })?;
    Ok(chain)
}

/// Are these the bytes at that place of the chain?
fn follows(chain: &BTreeMap<u64, Digest>, parcel: u64, packed: &[u8]) -> bool {
    let before = match parcel {
        0 => return false,
        1 => Some(Place::default()),
        later => chain.get(&(later - 1)).map(|hash| Place { seq: later - 1, hash: *hash }),
    };
    before.is_some_and(|before| chain.get(&parcel) == Some(&device_link(&before, parcel, packed).hash))
}

/// Every device's chain: without a gap from its first parcel to its newest one, which stands with the device.
fn examine_devices(sql: &dyn Sql) -> Stored<Vec<String>> {
    let mut problems = Vec::new();
    let devices = sql.rows("SELECT id, received, received_hash FROM device_place ORDER BY id", &[])?;
    for row in &devices {
        let (device, newest) = (DeviceId(row.small(0)?), place(row, 1)?);
        let chain = chain_of(sql, device)?;
        let gap = (1..=newest.seq).zip(chain.keys()).find(|(expected, found)| expected != *found);
        if let Some((expected, _)) = gap {
            problems.push(format!("设备 {device}：第 {expected} 包的链缺失"));
        } else if chain.last_key_value().map(|(seq, hash)| Place { seq: *seq, hash: *hash }).unwrap_or_default()
            != newest
        {
            problems.push(format!("设备 {device}：链的末尾与登记的第 {} 包不符", newest.seq));
        }
        let staged = sql.rows("SELECT parcel, packed FROM staged WHERE device = ?1", &[device_cell(device)])?;
        for row in &staged {
            if !follows(&chain, row.count(0)?, row.bytes(1)?) {
                problems.push(format!("设备 {device}：待齐的第 {} 包与链不符", row.count(0)?));
            }
        }
    }
    let strangers = "SELECT l.device, min(l.seq) FROM log l LEFT JOIN device d ON d.id = l.device
                     WHERE d.id IS NULL AND l.device <> 0 GROUP BY l.device";
    for row in sql.rows(strangers, &[])? {
        problems.push(format!("设备 {} 没有登记，日志中却有它的内容（第 {} 条起）", row.int(0)?, row.int(1)?));
    }
    Ok(problems)
}
