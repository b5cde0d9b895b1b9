//! The logs of the province, read along as a stranger would: every entry as it appears, once, with nothing but the
//! protocol document in hand. What the province's rows should be follows from here, not from the province.

use super::{Checked, broken, rows::Row};
use crate::journal::{Journal, Typed};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use suanpan_model::{Change, Op, OpKind, RecordId, entity::SyncClass, schema::Schema};
use suanpan_sync::{
    codec,
    lease::Block,
    memory::MemoryProvince,
    parcel::Parcel,
    scope::{DeviceId, Digest, PROVINCE, Place, Scope, scope_link},
    server::{CASE, store::LogEntry},
};
use uuid::Uuid;

#[derive(Debug, Clone, Default)]
struct Log {
    places: Vec<Digest>,
    /// Group that has begun and not ended, and its ops so far.
    open: Option<(Uuid, Vec<Op>)>,
    newest: HashMap<DeviceId, u64>,
}

/// A group as it stands in the logs.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    pub ops: Vec<Op>,
    scopes: BTreeSet<Scope>,
    /// Rows before the group, of the records it touches.
    before: HashMap<RecordId, Option<Row>>,
}

#[derive(Debug, Clone, Default)]
pub struct Ledger {
    logs: BTreeMap<Scope, Log>,
    pub rows: HashMap<RecordId, Row>,
    /// Every state of every record, with the place in its scope's log from which on it held.
    history: HashMap<RecordId, Vec<(u64, Row)>>,
    pub groups: HashMap<Uuid, Taken>,
}

impl Ledger {
    /// Reads what has come to the logs since, and looks whether the province's rows are what follows from them.
    pub fn advance(&mut self, province: &MemoryProvince, schema: &Schema, journal: &Journal) -> Checked {
        let mut touched = Touched::default();
        province.look(|kept| {
            for (scope, log) in &kept.logs {
                self.read_along(*scope, log, schema, journal, &mut touched)?;
            }
            Ok(())
        })?;
        blocks_do_not_overlap(province)?;
        for group in &touched.groups {
            self.groups_are_atomic(*group, schema, journal)?;
        }
        if !touched.records.is_empty() {
            self.rows_follow_from_the_logs(province, schema, &touched)?;
            self.balances_are_never_negative(&touched)?;
            self.codes_have_one_holder(schema, &touched)?;
        }
        Ok(())
    }

    /// 4: the sequence is gapless and what was there stays as it was.
    fn read_along(
        &mut self,
        scope: Scope,
        entries: &[LogEntry],
        schema: &Schema,
        journal: &Journal,
        touched: &mut Touched,
    ) -> Checked {
        let known = self.logs.entry(scope).or_default().places.clone();
        let same = known.last().is_none_or(|hash| entries.get(known.len() - 1).is_some_and(|e| e.place.hash == *hash));
        if !same {
            return Err(broken(4, format!("{scope}: what stood at {} is another now", known.len())));
        }
        for entry in &entries[known.len()..] {
            let log = self.logs.entry(scope).or_default();
            let before = Place { seq: log.places.len() as u64, hash: log.places.last().copied().unwrap_or_default() };
            let digest = suanpan_sync::parcel::digest(&entry.packed);
            if scope_link(&before, scope, entry.device, entry.parcel, &digest) != entry.place {
                return Err(broken(
                    19,
                    format!("{scope}: entry {} does not follow from the one before", before.seq + 1),
                ));
            }
            log.places.push(entry.place.hash);
            let newest = log.newest.entry(entry.device).or_default();
            let goes_back = entry.device != PROVINCE && entry.parcel < *newest;
            *newest = (*newest).max(entry.parcel);
            if goes_back {
                let what = format!("{scope} entry {}: parcel {} after {newest}", entry.place.seq, entry.parcel);
                return Err(broken(3, what));
            }
            let parcel = codec::unpack(&entry.packed, &codec::Limits::default());
            let parcel = parcel.map_err(|error| broken(19, format!("{scope}: entry {}: {error}", entry.place.seq)))?;
            self.take(scope, entry, parcel, schema, journal, touched)?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        scope: Scope,
        entry: &LogEntry,
        parcel: Parcel,
        schema: &Schema,
        journal: &Journal,
        touched: &mut Touched,
    ) -> Checked {
        let log = self.logs.entry(scope).or_default();
        let (group, mut ops) = match log.open.take() {
            Some(open) => open,
            None => (parcel.group.id, Vec::new()),
        };
        if group != parcel.group.id || ops.len() != parcel.first_op as usize {
            return Err(broken(12, format!("{scope} entry {}: not the next part of its group", entry.place.seq)));
        }
        ops.extend(parcel.ops.into_iter().map(|proposal| proposal.op));
        if !parcel.last {
            log.open = Some((group, ops));
            return Ok(());
        }
        let taken = self.groups.entry(group).or_default();
        if !taken.scopes.insert(scope) {
            return Err(broken(2, format!("{scope} entry {}: group {group} is there already", entry.place.seq)));
        }
        touched.groups.insert(group);
        for op in ops {
            self.take_op(scope, entry, group, op, schema, journal, touched)?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one op and all that it is held against")]
    fn take_op(
        &mut self,
        scope: Scope,
        entry: &LogEntry,
        group: Uuid,
        op: Op,
        schema: &Schema,
        journal: &Journal,
        touched: &mut Touched,
    ) -> Checked {
        let at = format!("{scope} entry {} {} {}", entry.place.seq, op.name(), op.record);
        let row = self.rows.get(&op.record).cloned();
        if entry.device == PROVINCE && &*op.entity == CASE {
            self.cases_keep_both_values(&op, group, journal, &at)?;
        }
        let fits = match (&op.kind, &row) {
            (OpKind::Create { .. }, None) => Ok(()),
            (OpKind::Edit { changes, .. }, Some(row)) => changes.iter().try_for_each(|change| {
                follows(schema, &op, row, change).map_err(|n| broken(n, format!("{at} {}", change.field)))
            }),
            (OpKind::Delete, Some(row)) if !row.deleted => Ok(()),
            (OpKind::Restore, Some(row)) if row.deleted => Ok(()),
            _ => Err(broken(2, format!("{at}: does not follow from what was there"))),
        };
        fits?;
        let taken = self.groups.entry(group).or_default();
        taken.before.entry(op.record).or_insert_with(|| row.clone());
        let after = Row::over(row, &op).ok_or_else(|| broken(2, format!("{at}: there is no such record")))?;
        if after.division.parse() != Ok(scope) {
            return Err(broken(4, format!("{at}: stands in the log of another scope")));
        }
        taken.ops.push(op.clone());
        touched.records.insert(op.record);
        self.rows.insert(op.record, after.clone());
        self.history.entry(op.record).or_default().push((entry.place.seq, after));
        Ok(())
    }

    /// 11: a case holds what is in force and what was proposed; the value in force is not touched by it.
    fn cases_keep_both_values(&self, op: &Op, group: Uuid, journal: &Journal, at: &str) -> Checked {
        let Some(typed) = journal.disputed(group) else {
            return Err(broken(11, format!("{at}: a case about a group that nobody typed")));
        };
        let (subject, field, proposed) = match &op.kind {
            OpKind::Create { fields, .. } => {
                let text = |name: &str| fields.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
                let subject: RecordId = text("subject").parse().map_err(|_| broken(11, at.to_owned()))?;
                let current = self.rows.get(&subject).map(|row| row.get(&text("field")).to_string());
                if current.as_deref() != Some(&text("theirs")) {
                    return Err(broken(11, format!("{at}: {current:?} is in force, the case says {}", text("theirs"))));
                }
                (subject, text("field"), text("proposed"))
            }
            OpKind::Edit { changes, .. } => {
                let Some(case) = self.rows.get(&op.record) else { return Err(broken(11, at.to_owned())) };
                let proposed = changes.first().and_then(|change| change.to.as_str()).unwrap_or_default().to_owned();
                let subject = case.text("subject").parse().map_err(|_| broken(11, at.to_owned()))?;
                (subject, case.text("field").to_owned(), proposed)
            }
            OpKind::Delete | OpKind::Restore => return Err(broken(11, format!("{at}: a case went away"))),
        };
        let proposed: Json = serde_json::from_str(&proposed).unwrap_or_default();
        let proposes = |change: &Change| change.field == field && change.to == proposed;
        let has = typed.ops.iter().any(|typed| match &typed.op.kind {
            OpKind::Edit { changes, .. } => typed.op.record == subject && changes.iter().any(proposes),
            _ => false,
        });
        if has { Ok(()) } else { Err(broken(11, format!("{at}: nobody proposed {proposed} for {field}"))) }
    }

    /// 12: a group took effect whole. What is missing of it was so already, and no amount is ever "so already".
    fn groups_are_atomic(&self, group: Uuid, schema: &Schema, journal: &Journal) -> Checked {
        let taken = &self.groups[&group];
        let Some(typed) = journal.typed(group) else {
            let is_case = taken.ops.iter().all(|op| &*op.entity == CASE) && journal.disputed(group).is_some();
            return if is_case { Ok(()) } else { Err(broken(2, format!("group {group} was typed by nobody"))) };
        };
        let mut left: Vec<&Op> = taken.ops.iter().collect();
        for proposal in &typed.ops {
            match left.iter().position(|op| is_part_of(op, &proposal.op)) {
                Some(at) => {
                    let op = left.remove(at);
                    for change in missing(op, &proposal.op) {
                        self.was_so(schema, typed, taken, &proposal.op, change)?;
                    }
                }
                None => self.op_was_so(schema, typed, taken, &proposal.op)?,
            }
        }
        match left.first() {
            Some(op) => {
                let money = changes(op).iter().any(|change| class(schema, op, &change.field) == Some(SyncClass::Money));
                Err(broken(if money { 7 } else { 2 }, format!("group {group}: {op:?} was not typed like that")))
            }
            None => Ok(()),
        }
    }

    fn op_was_so(&self, schema: &Schema, typed: &Typed, taken: &Taken, op: &Op) -> Checked {
        match &op.kind {
            OpKind::Edit { changes, .. } => {
                changes.iter().try_for_each(|change| self.was_so(schema, typed, taken, op, change))
            }
            OpKind::Delete | OpKind::Restore => {
                let wanted = op.kind == OpKind::Delete;
                let so = self.row_before(taken, op.record).is_some_and(|row| row.deleted == wanted);
                if so { Ok(()) } else { Err(broken(12, format!("{} of {} is missing", op.name(), op.record))) }
            }
            // It took effect with another rest of the same group, when a restored province parted that a second time.
            OpKind::Create { .. } if self.has(op) => Ok(()),
            OpKind::Create { .. } => Err(broken(12, format!("{} of {} is missing", op.name(), op.record))),
        }
    }

    /// Is the very op in a log, in whichever group?
    pub fn has(&self, op: &Op) -> bool {
        let same = |other: &Op| other.record == op.record && other.kind == op.kind;
        self.groups.values().any(|taken| taken.ops.iter().any(same))
    }

    fn was_so(&self, schema: &Schema, typed: &Typed, taken: &Taken, op: &Op, change: &Change) -> Checked {
        let missing = |why: &str| {
            let what = format!("{} of {}: {} is missing, {why}", op.name(), op.record, change.field);
            Err(broken(12, format!("group {}: {what}", typed.head.id)))
        };
        if class(schema, op, &change.field) == Some(SyncClass::Money) {
            return missing("an amount");
        }
        let earlier = typed.ops.iter().take_while(|other| other.op.id != op.id).filter(|o| o.op.record == op.record);
        let mut row = self.row_before(taken, op.record).cloned();
        for other in earlier {
            row = Row::over(row, &other.op);
        }
        match row {
            Some(row) if *row.get(&change.field) == change.to => Ok(()),
            _ => missing("and it was not so"),
        }
    }

    fn row_before<'a>(&'a self, taken: &'a Taken, record: RecordId) -> Option<&'a Row> {
        taken.before.get(&record).map_or_else(|| self.rows.get(&record), Option::as_ref)
    }

    /// 4 and 2: the province's rows are what its logs say, no more and no less.
    fn rows_follow_from_the_logs(&self, province: &MemoryProvince, schema: &Schema, touched: &Touched) -> Checked {
        for record in &touched.records {
            let row = &self.rows[record];
            let def = schema.entity(&row.entity).ok_or_else(|| broken(4, "an unknown entity"))?;
            let held = suanpan_model::facts::Facts::get(province, &row.entity, *record);
            let held = held.ok().flatten().map(|held| Row::of(def, &held));
            if held.as_ref() != Some(row) {
                return Err(broken(4, format!("{} {record}: the log says {row:?}, the row {held:?}", row.entity)));
            }
        }
        Ok(())
    }

    /// 8: what vouchers leave is never below zero.
    fn balances_are_never_negative(&self, touched: &Touched) -> Checked {
        let moves = |record: &RecordId| MOVES_BALANCES.contains(&&*self.rows[record].entity);
        if !touched.records.iter().any(moves) {
            return Ok(());
        }
        for (id, balance) in balances(&self.rows) {
            if balance.available() < 0 || balance.frozen < 0 || balance.released > balance.amount {
                return Err(broken(8, format!("allotment {id}: {balance:?}")));
            }
        }
        Ok(())
    }

    /// 13: a code is held by one living record of its scope and year.
    fn codes_have_one_holder(&self, schema: &Schema, touched: &Touched) -> Checked {
        let entities: HashSet<&str> = touched.records.iter().map(|record| &*self.rows[record].entity).collect();
        let mut holders: HashMap<(&str, i32, &str, String), RecordId> = HashMap::new();
        for (id, row) in self.rows.iter().filter(|(_, row)| !row.deleted && entities.contains(&*row.entity)) {
            let Some(def) = schema.entity(&row.entity) else { continue };
            for field in def.fields.iter().filter(|field| field.sync == SyncClass::Code) {
                let code = row.get(&field.name).to_string();
                if code == "null" {
                    continue;
                }
                let year = if def.any_year { 0 } else { row.fiscal_year };
                if let Some(other) = holders.insert((&row.division, year, &row.entity, code.clone()), *id) {
                    return Err(broken(13, format!("{code} is held by {id} and {other}")));
                }
            }
        }
        Ok(())
    }

    /// The record as the log of its scope had it after entry `seq`.
    pub fn row_at(&self, record: RecordId, seq: u64) -> Option<&Row> {
        let states = self.history.get(&record)?;
        states.iter().take_while(|(since, _)| *since <= seq).last().map(|(_, row)| row)
    }

    /// Is this a place of the log?
    pub fn knows(&self, scope: Scope, place: &Place) -> bool {
        let Some(log) = self.logs.get(&scope) else { return place.seq == 0 };
        place.seq == 0 || log.places.get(place.seq as usize - 1) == Some(&place.hash)
    }

    pub fn head(&self, scope: Scope) -> u64 {
        self.logs.get(&scope).map_or(0, |log| log.places.len() as u64)
    }

    /// Records of the scope that the log has at `seq`.
    pub fn records_at(&self, scope: Scope, seq: u64) -> impl Iterator<Item = (RecordId, &Row)> {
        let ids = self.rows.iter().filter(move |(_, row)| row.division.parse() == Ok(scope)).map(|(id, _)| *id);
        ids.filter_map(move |id| self.row_at(id, seq).map(|row| (id, row)))
    }
}

/// 13: no two blocks of codes have a code in common.
fn blocks_do_not_overlap(province: &MemoryProvince) -> Checked {
    province.look(|kept| {
        for (at, (device, block)) in kept.leases.iter().enumerate() {
            let overlaps = |(_, other): &&(DeviceId, Block)| other.first <= block.last && block.first <= other.last;
            if let Some((other, twin)) = kept.leases[..at].iter().find(overlaps) {
                let what = format!("{} to {} of device {device}", block.first, block.last);
                return Err(broken(13, format!("{what} and {} to {} of device {other}", twin.first, twin.last)));
            }
        }
        Ok(())
    })
}

#[derive(Debug, Default)]
struct Touched {
    groups: BTreeSet<Uuid>,
    records: BTreeSet<RecordId>,
}

const MOVES_BALANCES: &[&str] = &["allotment", "allotment_voucher"];

/// All in 分.
#[derive(Debug, Default, Clone, Copy)]
pub struct Balance {
    pub amount: i64,
    pub current: i64,
    pub frozen: i64,
    pub allocated: i64,
    pub applied: i64,
    pub released: i64,
}

impl Balance {
    pub fn available(&self) -> i64 {
        self.current - self.frozen - self.allocated - self.applied
    }
}

/// Balances of all living 指标, added up from nothing.
pub fn balances(rows: &HashMap<RecordId, Row>) -> BTreeMap<RecordId, Balance> {
    let living = || rows.iter().filter(|(_, row)| !row.deleted);
    let mut all = BTreeMap::new();
    for (id, row) in living().filter(|(_, row)| &*row.entity == "allotment") {
        let (amount, applied) = (row.fen("amount"), row.fen("pay_app_amt"));
        all.insert(*id, Balance { amount, current: amount, applied, ..Balance::default() });
    }
    let id_of = |row: &Row, field: &str| row.text(field).parse::<RecordId>().ok();
    for (_, row) in living() {
        let fen = row.fen("amount");
        match &*row.entity {
            "allotment" => {
                if let Some(origin) = id_of(row, "origin").and_then(|id| all.get_mut(&id)) {
                    origin.allocated += fen;
                }
            }
            "allotment_voucher" => {
                let kind = row.text("kind");
                if let Some(to) = id_of(row, "to_allotment").and_then(|id| all.get_mut(&id)) {
                    match kind {
                        "01" => to.released += fen,
                        "02" | "04" => to.current += fen,
                        "06" => to.frozen -= fen,
                        _ => {}
                    }
                }
                if let Some(from) = id_of(row, "from_allotment").and_then(|id| all.get_mut(&id)) {
                    match kind {
                        "03" | "04" | "07" => from.current -= fen,
                        "05" => from.frozen += fen,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    all
}

/// 7 and 9: the value that the author saw is the one that is there. Err: the number of what is broken.
fn follows(schema: &Schema, op: &Op, row: &Row, change: &Change) -> Result<(), usize> {
    if *row.get(&change.field) == change.from && !row.deleted {
        return Ok(());
    }
    Err(match class(schema, op, &change.field) {
        Some(SyncClass::Money) => 7,
        Some(SyncClass::Workflow) => 9,
        _ => 2,
    })
}

fn class(schema: &Schema, op: &Op, field: &str) -> Option<SyncClass> {
    schema.entity(&op.entity).and_then(|def| def.field(field)).map(|field| field.sync)
}

fn changes(op: &Op) -> &[Change] {
    if let OpKind::Edit { changes, .. } = &op.kind { changes } else { &[] }
}

/// Is `op` what was typed, or less?
pub fn is_part_of(op: &Op, typed: &Op) -> bool {
    op.record == typed.record
        && op.entity == typed.entity
        && match (&op.kind, &typed.kind) {
            (OpKind::Edit { changes, .. }, OpKind::Edit { changes: typed, .. }) => {
                changes.iter().all(|change| typed.contains(change))
            }
            (one, other) => one == other,
        }
}

fn missing<'a>(op: &'a Op, typed: &'a Op) -> impl Iterator<Item = &'a Change> {
    changes(typed).iter().filter(|change| !changes(op).contains(change))
}
