//! Who there is in this world and how it goes: first turmoil, in which people type while everything that can go wrong
//! does, then calm, in which everything must come together.

use crate::{
    Options, Report,
    check::{Checked, Violation, broken, desks::Shown},
    dice::Dice,
    journal::{Journal, Typed},
    link::{Ended, Talk, keys},
    province::{Crash, Office},
    sticks::Stick,
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, OnceLock},
};
use suanpan_model::{RecordId, schema::Schema};
use suanpan_sync::{
    client::{self, store::StoreFault},
    codec::{self, snapshot::SnapshotRecord},
    frame::{Stop, StopCode},
    keys::SecretKeys,
    lease::Series,
    memory::MemoryDesk,
    parcel::Clocks,
    scope::{DeviceId, Place, Scope},
    server::store::{Device, Province as _},
};

pub const COUNTY: Scope = Scope(410_882_000);
pub const TOWNS: [Scope; 3] = [Scope(410_882_101), Scope(410_882_102), Scope(410_882_103)];
/// Request numbers are skipped this far when the province has seen higher ones, as the driver of the desk does.
const SKIPPED_REQUESTS: u64 = 1 << 20;
const START_MS: i64 = 1_800_000_000_000;
const YEAR_MS: i64 = 365 * 24 * 3600 * 1000;

/// One PC with its book.
pub struct Desk {
    pub book: MemoryDesk,
    pub keys: Option<&'static SecretKeys>,
    pub backup: Option<(MemoryDesk, Option<&'static SecretKeys>)>,
    pub scopes: Vec<Scope>,
    pub clock_off_ms: i64,
    pub documents: u32,
    pub frame_bytes: usize,
    /// An administrator must enrol it before it is spoken with again.
    pub blocked: bool,
    /// Scopes whose refresh was cut short.
    pub refreshing: BTreeSet<Scope>,
    /// Exchanges that broke.
    pub breaks: usize,
    pub packages: u64,
    wants_checkpoint: bool,
}

impl Desk {
    pub fn settings(&self, options: &Options) -> client::Settings {
        client::Settings {
            documents: self.documents,
            frame_bytes: self.frame_bytes,
            wants_checkpoint: self.wants_checkpoint,
            planted: options.planted,
        }
    }
}

impl Desk {
    /// The same book on another PC.
    pub fn again(&self) -> Self {
        Self {
            book: self.book.clone(),
            keys: self.keys,
            backup: self.backup.clone(),
            scopes: self.scopes.clone(),
            clock_off_ms: self.clock_off_ms,
            documents: self.documents,
            frame_bytes: self.frame_bytes,
            blocked: self.blocked,
            refreshing: self.refreshing.clone(),
            breaks: 0,
            packages: self.packages,
            wants_checkpoint: self.wants_checkpoint,
        }
    }
}

pub struct World {
    pub options: Options,
    pub dice: Dice,
    pub schema: Arc<Schema>,
    pub now_ms: i64,
    pub office: Office,
    pub backup: Option<Office>,
    pub province_keys: &'static SecretKeys,
    pub journal: Journal,
    pub desks: Vec<Desk>,
    pub talks: Vec<Talk>,
    pub old_requests: Vec<Vec<u8>>,
    pub sticks: Vec<Stick>,
    pub documents_min: u32,
    pub reply_bytes: usize,
    pub exchanges: usize,
    /// Parcels that arrived twice: desk and size.
    pub sent_again: Vec<(usize, usize)>,
    /// Parcels that a package brought, also.
    pub by_hand: BTreeSet<(DeviceId, u64)>,
    /// The desk that sent a parcel first: a book may be on several.
    pub brought_by: HashMap<(DeviceId, u64), usize>,
    pub next_device: u32,
    pub next_keys: u32,
    pub province_was_restored: bool,
    /// Codes that desks gave out, and the projects they were for.
    pub given_codes: HashMap<String, Vec<RecordId>>,
    /// A book was copied, or put back to a backup: until the province notices, it may give out what was given out already.
    pub books_were_doubled: bool,
    pub steps: Vec<String>,
}

/// 项目代码 of a scope in 2027.
fn project_codes(scope: Scope) -> Series {
    let (entity, field, prefix) = ("project".into(), "pro_code".into(), "41088227".into());
    Series { scope, entity, field, fiscal_year: 2027, prefix, width: 21 }
}

/// Read once: the documents do not change.
pub fn schema() -> Arc<Schema> {
    static SCHEMA: OnceLock<Arc<Schema>> = OnceLock::new();
    SCHEMA.get_or_init(|| Arc::new(Schema::builtin())).clone()
}

impl World {
    pub fn new(seed: u64, options: Options) -> Self {
        let mut dice = Dice::new(seed);
        let schema = schema();
        let towns = 1 + dice.below(3);
        let count = 3 + dice.below(4);
        let reply_bytes = [2 << 10, 8 << 10, 256 << 10][dice.below(3)];
        let mut world = Self {
            options,
            dice,
            now_ms: START_MS,
            office: Office::new(schema.clone()),
            schema,
            backup: None,
            province_keys: keys(0),
            journal: Journal::default(),
            desks: Vec::new(),
            talks: Vec::new(),
            old_requests: Vec::new(),
            sticks: Vec::new(),
            documents_min: 1,
            reply_bytes,
            exchanges: 0,
            sent_again: Vec::new(),
            by_hand: BTreeSet::new(),
            brought_by: HashMap::new(),
            next_device: 1,
            next_keys: 1,
            province_was_restored: false,
            given_codes: HashMap::new(),
            books_were_doubled: false,
            steps: Vec::new(),
        };
        for number in 0..count {
            let mut scopes = vec![TOWNS[number % towns]];
            if number + 1 == count {
                scopes = TOWNS[..towns].to_vec();
                scopes.insert(0, COUNTY);
            }
            world.set_up(scopes);
        }
        world
    }

    fn set_up(&mut self, scopes: Vec<Scope>) {
        let frame_bytes = [500, 900, codec::FRAME_BYTES][self.dice.below(3)];
        let clock_off_ms = self.dice.between(-20 * YEAR_MS, 5 * YEAR_MS);
        let clock_off_ms = if self.dice.chance(50) { clock_off_ms } else { 0 };
        let wants_checkpoint = self.dice.chance(30);
        let mut book = MemoryDesk::new(self.schema.clone());
        if self.options.codes {
            book.change(|kept| kept.codes.series = Some(project_codes(scopes[0])));
        }
        self.desks.push(Desk {
            book,
            keys: None,
            backup: None,
            scopes,
            clock_off_ms,
            documents: 1,
            frame_bytes,
            blocked: false,
            refreshing: BTreeSet::new(),
            breaks: 0,
            packages: 0,
            wants_checkpoint,
        });
        self.enrol(self.desks.len() - 1);
    }

    pub fn tell(&mut self, what: impl FnOnce() -> String) {
        if self.options.told {
            let line = format!("{:>4} {}", self.steps.len() + 1, what());
            self.steps.push(line);
        }
    }

    pub fn desk_clock(&self, at: usize) -> i64 {
        let off_ms = if self.options.right_clocks { 0 } else { self.desks[at].clock_off_ms };
        self.now_ms + off_ms
    }

    pub fn clocks_of(&self, at: usize, at_ms: i64) -> Clocks {
        let server_ms = self.desks[at].book.look(|kept| kept.state.server_ms);
        Clocks { at_ms, monotonic_ms: self.now_ms - START_MS, server_ms }
    }

    /// An administrator gives the book a device.
    pub fn enrol(&mut self, at: usize) {
        let (id, number) = (DeviceId(self.next_device), self.next_keys);
        (self.next_device, self.next_keys) = (self.next_device + 1, self.next_keys + 1);
        let keys = keys(number);
        let scopes = self.desks[at].scopes.clone();
        self.office.enrol(&Device::new(id, keys.public().verify, &scopes));
        self.hang_up(at);
        self.forget_acknowledged(at);
        let desk = &mut self.desks[at];
        desk.book.enrol(id, self.now_ms);
        desk.book.change(|kept| {
            scopes.iter().for_each(|scope| _ = kept.cursors.entry(*scope).or_default());
        });
        (desk.keys, desk.blocked) = (Some(keys), false);
        self.tell(|| format!("desk {at} is enrolled as device {id}"));
    }

    /// A book that enrols anew has no parcels of its former device any more: what a restored province has lost of it is
    /// gone from the province for good.
    fn forget_acknowledged(&mut self, at: usize) {
        if !self.province_was_restored {
            return;
        }
        let (outbox, pending) = self.desks[at].book.look(|kept| {
            let outbox: BTreeSet<_> = kept.outbox.values().map(|parcel| parcel.group).collect();
            (outbox, kept.unsettled.iter().map(|(group, _)| group.head.id).collect::<BTreeSet<_>>())
        });
        for group in outbox.difference(&pending) {
            self.journal.excuse(*group);
        }
    }

    /// Whatever this desk is saying breaks off; what is on its way may still arrive.
    pub fn hang_up(&mut self, at: usize) {
        for talk in self.talks.iter_mut().filter(|talk| talk.desk == at) {
            if talk.client.take().is_some() {
                self.desks[at].breaks += 1;
            }
        }
    }

    pub fn is_talking(&self, at: usize) -> bool {
        self.talks.iter().any(|talk| talk.desk == at && talk.client.is_some())
    }

    /// Everything, from the first step to the last check.
    pub fn live(&mut self) -> Checked {
        let steps = 200 + self.dice.below(150);
        for _ in 0..steps {
            self.now_ms += self.dice.between(1_000, 600_000);
            self.step()?;
        }
        self.calm_down()
    }

    fn step(&mut self) -> Checked {
        let at = self.dice.below(self.desks.len());
        match self.dice.below(100) {
            0..=24 => self.type_something(at),
            25..=34 => self.start_talking(at),
            35..=84 => self.go_on_talking(),
            85..=87 => self.replay_something(),
            88..=90 => self.write_stick(at),
            91..=93 => self.carry_stick(),
            _ => self.something_befalls(at),
        }
    }

    fn start_talking(&mut self, at: usize) -> Checked {
        if self.desks[at].blocked || self.is_talking(at) {
            return Ok(());
        }
        let (up, down) = (self.random_fate(), self.random_fate());
        if self.dice.chance(4) {
            self.desks[at].book.commits_left = Some(0);
        }
        self.tell(|| format!("desk {at} begins an exchange; up {up:?}, down {down:?}"));
        self.begin_talk(at, up, down)?;
        self.look_at(at)
    }

    fn go_on_talking(&mut self) -> Checked {
        if self.talks.is_empty() {
            return Ok(());
        }
        let at = self.dice.below(self.talks.len());
        let (desk, is_old) = (self.talks[at].desk, self.talks[at].client.is_none());
        if !is_old && self.dice.chance(4) {
            self.desks[desk].book.commits_left = Some(0);
        }
        let crash = match self.dice.below(40) {
            0 => Crash::Before,
            1 => Crash::After,
            2 => Crash::Busy,
            _ => Crash::None,
        };
        let ended = self.advance_talk(at, crash)?;
        self.desks[desk].book.commits_left = None;
        self.tell(|| format!("desk {desk}{}: {crash:?}, {ended:?}", if is_old { " (an old request)" } else { "" }));
        match ended {
            Some(ended) => self.after_talk(desk, ended),
            None => Ok(()),
        }
    }

    /// What the desk's program does when an exchange is over.
    pub fn after_talk(&mut self, at: usize, ended: Ended) -> Checked {
        match ended {
            Ended::Done(_) => Ok(()),
            Ended::Cut => {
                self.desks[at].breaks += 1;
                Ok(())
            }
            // Pieces of an answer from before the restoration, over rows that a package has brought further since.
            Ended::Diverged(_) if self.province_was_restored => {
                self.desks[at].breaks += 1;
                Ok(())
            }
            Ended::Diverged(scope) => Err(broken(5, format!("desk {at}: what came does not fit its rows in {scope}"))),
            Ended::Stopped(stop) => self.stopped(at, &stop),
        }
    }

    fn stopped(&mut self, at: usize, stop: &Stop) -> Checked {
        self.desks[at].breaks += 1;
        match stop.code {
            StopCode::Replayed => {
                self.desks[at].book.change(|kept| kept.state.request += SKIPPED_REQUESTS);
                Ok(())
            }
            StopCode::Reset => match stop.scope {
                Some(scope) => self.refresh(at, scope),
                None => Err(broken(0, "a reset without a scope")),
            },
            StopCode::Unknown | StopCode::Revoked | StopCode::Fork => {
                self.desks[at].blocked = true;
                Ok(())
            }
            StopCode::TooOld | StopCode::Busy | StopCode::Malformed => Ok(()),
        }
    }

    /// Fetches the scope whole. The program may be killed in the middle.
    fn refresh(&mut self, at: usize, scope: Scope) -> Checked {
        let (place, records) = self.snapshot(scope)?;
        self.tell(|| format!("desk {at} fetches {scope} whole, at {}", place.seq));
        self.desks[at].refreshing.insert(scope);
        if self.dice.chance(20) {
            self.desks[at].book.commits_left = Some(self.dice.below(3) as u64);
        }
        let now_ms = self.now_ms;
        let book = &mut self.desks[at].book;
        let mut refresh = client::refresh::Refresh::default();
        let taken = refresh.take(book, scope, now_ms, records);
        let done = taken.and_then(|()| refresh.finish(book, scope, now_ms, place));
        book.commits_left = None;
        match done {
            Ok(()) => _ = self.desks[at].refreshing.remove(&scope),
            Err(StoreFault::Failed(_)) => {}
            Err(fault) => return Err(broken(5, format!("desk {at} cannot take the snapshot: {fault}"))),
        }
        self.look_at(at)
    }

    fn snapshot(&mut self, scope: Scope) -> Result<(Place, Vec<SnapshotRecord>), Violation> {
        let place = self.office.read(|store| store.head(scope))?;
        let mut records = Vec::new();
        for def in self.schema.entities() {
            let all = self.office.store.look(|kept| kept.book.records(&def.entity));
            for record in all.iter().filter(|record| Scope::of(&record.header.division) == Some(scope)) {
                let filled = def.stored().filter(|(index, _)| !record.values[*index].is_null());
                records.push(SnapshotRecord {
                    entity: def.entity.as_str().into(),
                    id: record.id,
                    division: record.header.division.clone(),
                    fiscal_year: record.header.fiscal_year,
                    version: record.header.version,
                    deleted: record.header.deleted,
                    fields: filled.map(|(index, field)| (field.name.clone(), record.values[index].to_json())).collect(),
                });
            }
        }
        Ok((place, records))
    }

    fn replay_something(&mut self) -> Checked {
        let Some(sent) = self.dice.pick(&self.old_requests).cloned() else { return Ok(()) };
        self.tell(|| format!("a request of {} bytes arrives once more", sent.len()));
        self.replay(&sent)
    }

    /// Looks at a desk after something happened to it.
    pub fn look_at(&mut self, at: usize) -> Checked {
        let looked = self.look(at);
        looked.map_err(|violation| broken(violation.invariant, format!("desk {at}: {}", violation.found)))
    }

    fn look(&mut self, at: usize) -> Checked {
        self.note_rests(at)?;
        let desk = &self.desks[at];
        let shown = Shown::of(&desk.book, &self.schema);
        shown.working_rows_are_shadows_and_pending_ops()?;
        let scopes: Vec<Scope> = desk.scopes.iter().filter(|scope| !desk.refreshing.contains(scope)).copied().collect();
        shown.confirmed_rows_are_the_log_at_the_cursor(&desk.book, &self.office.ledger, &self.schema, &scopes)
    }

    /// The rest of a parted group is typed anew, so to say, by the program.
    fn note_rests(&mut self, at: usize) -> Checked {
        let unsettled = self.desks[at].book.look(|kept| {
            let new = kept.unsettled.iter().filter(|(group, _)| self.journal.typed(group.head.id).is_none());
            new.map(|(group, _)| group.clone()).collect::<Vec<_>>()
        });
        for group in unsettled {
            let rest = Typed { head: group.head, ops: group.ops, desk: at };
            self.journal.add_rest(rest).map_err(|what| broken(2, format!("desk {at} has {what}")))?;
        }
        Ok(())
    }

    pub fn report(self) -> Report {
        let entries = self.heads().iter().sum();
        let mut ends: Vec<_> = self.office.ledger.rows.into_iter().collect();
        ends.sort_by_key(|(id, _)| *id);
        Report {
            typed: self.journal.count(),
            exchanges: self.exchanges,
            entries,
            ends: ends.into_iter().map(|(_, row)| row).collect(),
            steps: self.steps,
        }
    }
}
