//! Decides one group: all of it or nothing. Accepted, it becomes entries of the logs of the scopes it touches;
//! disputed, it becomes conflict cases; refused, it goes back with the reason.

use super::{
    Settings, cases,
    overlay::Overlay,
    store::{Code, Device, LogEntry, Province, Stored, Write},
};
use crate::{
    codec,
    frame::{Outcome, RefusedOp, Verdict},
    parcel::{GroupHead, Parcel, Proposal, digest},
    scope::{DeviceId, Place, Scope, scope_link},
};
use std::{collections::BTreeMap, sync::Arc};
use suanpan_model::{
    OpKind,
    decide::{Decided, Refusal, RefusalCode},
    entity::SyncClass,
    merge::{Dispute, Judged, Rights, against_balances, judge},
    op::Op,
};

/// The parcels of one group, with their numbers and packed bytes.
pub type Parcels = [(u64, Vec<u8>, Parcel)];

/// Decides the group and writes what follows. Its outcome is stored with the device.
pub fn decide(
    store: &dyn Province,
    device: &Device,
    parcels: &Parcels,
    settings: &Settings,
    now_ms: i64,
) -> Stored<()> {
    let Some((last, _, first)) = parcels.last().map(|(seq, packed, _)| (*seq, packed, &parcels[0].2)) else {
        return Ok(());
    };
    let head = &first.group;
    if let Some(known) = store.decided(head.id)?.filter(|_| !settings.planted.applies_twice) {
        let verdict = known.as_deref().and_then(read_verdict).unwrap_or(Verdict::AlreadySo);
        return note(store, device.id, last, head, Some(verdict));
    }
    let proposals: Vec<&Proposal> = parcels.iter().flat_map(|(_, _, parcel)| &parcel.ops).collect();
    let verdict = match scopes_of(store, device, &proposals)? {
        Err(refused) => Some(Verdict::Refused(refused)),
        Ok(scopes) => {
            let places = store.lock(&scopes.iter().copied().collect::<Vec<_>>())?;
            let heads = scopes.into_iter().zip(places).collect();
            let mut ruling = Ruling { store, device, head, parcels, settings, heads, now_ms };
            ruling.rule(&proposals)?
        }
    };
    note(store, device.id, last, head, verdict)
}

fn note(store: &dyn Province, device: DeviceId, parcel: u64, head: &GroupHead, verdict: Option<Verdict>) -> Stored<()> {
    let outcome = verdict.map(|verdict| {
        let mut bytes = Vec::new();
        Outcome { parcel, group: head.id, verdict }.write(&mut bytes);
        bytes
    });
    store.note_decided(device, parcel, head.id, outcome.as_deref())
}

fn read_verdict(bytes: &[u8]) -> Option<Verdict> {
    Outcome::of_bytes(bytes).ok().map(|outcome| outcome.verdict)
}

/// The scopes that the group writes to, in ascending order; or why the device may not write there.
fn scopes_of(
    store: &dyn Province,
    device: &Device,
    proposals: &[&Proposal],
) -> Stored<Result<std::collections::BTreeSet<Scope>, Vec<RefusedOp>>> {
    let wanted: Vec<_> = proposals.iter().map(|proposal| (proposal.op.entity.clone(), proposal.op.record)).collect();
    store.preload(&wanted)?;
    let mut scopes = std::collections::BTreeSet::new();
    let mut refused = Vec::new();
    let mut created = std::collections::HashMap::new();
    for (place, proposal) in (0..).zip(proposals) {
        let op = &proposal.op;
        let division = match &op.kind {
            OpKind::Create { division, .. } => {
                created.insert(op.record, division.clone());
                Some(division.clone())
            }
            _ => match created.get(&op.record) {
                Some(division) => Some(division.clone()),
                // An op on an unknown record is refused by the law, in the device's own words.
                None if store.schema().entity(&op.entity).is_none() => None,
                None => store.get(&op.entity, op.record)?.map(|record| record.header.division.clone()),
            },
        };
        let scope = match &division {
            Some(division) => Scope::of(division).filter(|scope| device.writes.contains(scope)),
            None => device.writes.first().copied(),
        };
        match scope {
            Some(scope) => {
                scopes.insert(scope);
            }
            None => refused.push(RefusedOp {
                op: place,
                code: RefusalCode::Forbidden,
                field: None,
                message: format!("本机没有修改区划 {} 的权限", division.unwrap_or_default()),
            }),
        }
    }
    Ok(if refused.is_empty() { Ok(scopes) } else { Err(refused) })
}

struct Ruling<'a> {
    store: &'a dyn Province,
    device: &'a Device,
    head: &'a GroupHead,
    parcels: &'a Parcels,
    settings: &'a Settings,
    heads: BTreeMap<Scope, Place>,
    now_ms: i64,
}

/// What judging all ops of the group came to.
#[derive(Default)]
struct Judgement {
    applied: Vec<(u32, Decided, Proposal)>,
    /// Some op takes effect otherwise than it was sent.
    altered: bool,
    disputed: Vec<(u32, Op, Dispute)>,
    refused: Vec<RefusedOp>,
    codes: Vec<(Code, suanpan_model::RecordId)>,
}

impl Ruling<'_> {
    /// None: plainly accepted.
    fn rule(&mut self, proposals: &[&Proposal]) -> Stored<Option<Verdict>> {
        let overlay = Overlay::new(as_facts(self.store));
        let mut judgement = Judgement::default();
        for (place, proposal) in (0..).zip(proposals) {
            self.judge_one(&overlay, place, proposal, &mut judgement)?;
        }
        self.judge_balances(&overlay, &mut judgement)?;
        if !judgement.refused.is_empty() {
            return Ok(Some(Verdict::Refused(judgement.refused)));
        }
        if !judgement.disputed.is_empty() {
            let (group, fields) = cases::open(self.store, self.device, self.head, &judgement.disputed, self.now_ms)?;
            self.write_by_province(&group)?;
            return Ok(Some(Verdict::Disputed(fields)));
        }
        if judgement.applied.is_empty() {
            return Ok(Some(Verdict::AlreadySo));
        }
        self.accept(&overlay, &judgement)?;
        Ok(None)
    }

    fn judge_one(&self, overlay: &Overlay<'_>, place: u32, proposal: &Proposal, into: &mut Judgement) -> Stored<()> {
        let rights = Rights { maintains_references: self.device.writes.iter().any(|scope| is_of_province(*scope)) };
        let op = self.with_planted_faults(overlay, proposal)?;
        match judge(overlay, self.head.kind, &op, proposal.seen, rights)? {
            Judged::AlreadySo => into.altered = true,
            Judged::Refused(refusal) => into.refused.push(refused(place, refusal)),
            Judged::Disputed(disputes) => {
                into.disputed.extend(disputes.into_iter().map(|dispute| (place, op.clone(), dispute)));
            }
            Judged::Applies { decided, effect } => {
                into.altered |= effect != proposal.op;
                if let Some(refusal) = self.claim_codes(&decided, into)? {
                    into.refused.push(refused(place, refusal));
                    return Ok(());
                }
                overlay.put(&op.entity, Arc::new(decided.after.clone()));
                into.applied.push((place, decided, Proposal { op: effect, seen: proposal.seen }));
            }
        }
        Ok(())
    }

    /// Codes that the op would take; a refusal names one that is free.
    fn claim_codes(&self, decided: &Decided, into: &mut Judgement) -> Stored<Option<Refusal>> {
        let record = &decided.after;
        let Some(scope) = Scope::of(&record.header.division).filter(|_| !record.header.deleted) else {
            return Ok(None);
        };
        for (index, field) in decided.def.stored().filter(|(_, field)| field.sync == SyncClass::Code) {
            let Some(text) = record.values[index].as_text() else { continue };
            let before = decided.before.as_ref();
            let is_same =
                before.is_some_and(|before| !before.header.deleted && before.values[index] == record.values[index]);
            if is_same {
                continue;
            }
            let code = |text: &str| Code {
                scope,
                fiscal_year: if decided.def.any_year { 0 } else { record.header.fiscal_year },
                entity: decided.def.entity.as_str().into(),
                field: field.name.as_str().into(),
                code: text.into(),
            };
            let holder = |code: &Code| -> Stored<Option<suanpan_model::RecordId>> {
                let within = into.codes.iter().find(|(claimed, _)| claimed == code).map(|(_, record)| *record);
                Ok(within.or(self.store.holder(code)?).filter(|holder| *holder != record.id))
            };
            let wanted = code(text);
            if holder(&wanted)?.is_none() {
                into.codes.push((wanted, record.id));
                continue;
            }
            let mut free = None;
            let mut candidate = text.to_owned();
            for _ in 0..1000 {
                let Some(next) = following(&candidate) else { break };
                if holder(&code(&next))?.is_none() {
                    free = Some(next);
                    break;
                }
                candidate = next;
            }
            let advice = free.map_or_else(|| "请另取一个编码".to_owned(), |free| format!("请改用 {free}"));
            let message = format!("“{}”{text} 已被其他{}占用，{advice}", field.label.zh, decided.def.label.zh);
            return Ok(Some(Refusal { code: RefusalCode::InUse, field: Some(field.name.clone()), message }));
        }
        Ok(None)
    }

    fn judge_balances(&self, overlay: &Overlay<'_>, judgement: &mut Judgement) -> Stored<()> {
        for (place, decided, _) in &judgement.applied {
            if let Some(refusal) = against_balances(as_facts(self.store), overlay, decided)? {
                judgement.refused.push(refused(*place, refusal));
            }
        }
        Ok(())
    }

    fn accept(&mut self, overlay: &Overlay<'_>, judgement: &Judgement) -> Stored<()> {
        let mut entries = Vec::new();
        if self.heads.len() == 1 && !judgement.altered {
            for (seq, packed, _) in self.parcels {
                let scope = *self.heads.keys().next().expect("one scope was counted");
                self.extend(&mut entries, scope, self.device.id, *seq, true, packed.clone());
            }
        } else {
            self.extend_altered(&mut entries, judgement);
        }
        self.store.append(&entries)?;
        self.store.put(&self.writes(overlay, judgement)?)?;
        for (code, record) in &judgement.codes {
            self.store.claim(code, *record)?;
        }
        Ok(())
    }

    /// Each scope gets what concerns it, packed anew.
    fn extend_altered(&mut self, entries: &mut Vec<LogEntry>, judgement: &Judgement) {
        let last = self.parcels.last().map_or(0, |(seq, _, _)| *seq);
        for scope in self.heads.keys().copied().collect::<Vec<_>>() {
            let concerns = |decided: &Decided| Scope::of(&decided.after.header.division) == Some(scope);
            let ops: Vec<Proposal> = judgement
                .applied
                .iter()
                .filter(|(_, decided, _)| concerns(decided))
                .map(|(_, _, proposal)| proposal.clone())
                .collect();
            for packed in codec::cut(self.head, &ops, codec::FRAME_BYTES) {
                self.extend(entries, scope, self.device.id, last, false, packed);
            }
        }
    }

    fn extend(
        &mut self,
        entries: &mut Vec<LogEntry>,
        scope: Scope,
        device: DeviceId,
        parcel: u64,
        verbatim: bool,
        packed: Vec<u8>,
    ) {
        let head = self.heads.entry(scope).or_default();
        let place = scope_link(head, scope, device, parcel, &digest(&packed));
        *head = place;
        entries.push(LogEntry { scope, place, device, parcel, verbatim, packed });
    }

    /// The last state of each record that the group changed.
    fn writes(&self, overlay: &Overlay<'_>, judgement: &Judgement) -> Stored<Vec<Write>> {
        use suanpan_model::facts::Facts;
        let mut seen = std::collections::HashSet::new();
        let mut writes = Vec::new();
        for (_, decided, _) in &judgement.applied {
            if !seen.insert(decided.after.id) {
                continue;
            }
            let after = overlay.get(&decided.def.entity, decided.after.id)?;
            writes.push(Write {
                def: decided.def.clone(),
                before: decided.before.clone(),
                after: after.unwrap_or_else(|| Arc::new(decided.after.clone())),
                actor: self.head.actor.clone(),
                at_ms: self.head.clock.at_ms,
            });
        }
        Ok(writes)
    }

    /// Appends what the province itself has to say (conflict cases) to the scopes of its records.
    fn write_by_province(&mut self, group: &cases::ByProvince) -> Stored<()> {
        let mut entries = Vec::new();
        for (scope, ops) in &group.ops {
            for packed in codec::cut(&group.head, ops, codec::FRAME_BYTES) {
                self.extend(&mut entries, *scope, crate::scope::PROVINCE, 0, false, packed);
            }
        }
        self.store.append(&entries)?;
        self.store.put(&group.writes)
    }

    /// The op as it is judged: as sent, unless a test planted a fault.
    fn with_planted_faults(&self, overlay: &Overlay<'_>, proposal: &Proposal) -> Stored<Op> {
        use suanpan_model::facts::Facts;
        let planted = self.settings.planted;
        let mut op = proposal.op.clone();
        if !planted.overwrites_money && !planted.orders_by_clock {
            return Ok(op);
        }
        let (Some(def), Some(record)) = (self.store.schema().entity(&op.entity), overlay.get(&op.entity, op.record)?)
        else {
            return Ok(op);
        };
        let last_ms = self.store.last_change(&op.entity, op.record)?.map_or(i64::MIN, |(_, at_ms)| at_ms);
        let OpKind::Edit { changes, .. } = &mut op.kind else { return Ok(op) };
        for change in changes {
            let Some(index) = def.index(&change.field) else { continue };
            let is_money = def.fields[index].sync == SyncClass::Money;
            if planted.overwrites_money && is_money || planted.orders_by_clock && self.head.clock.at_ms > last_ms {
                change.from = record.values[index].to_json();
            }
        }
        Ok(op)
    }
}

fn as_facts(store: &dyn Province) -> &dyn suanpan_model::facts::Facts {
    store
}

fn refused(op: u32, refusal: Refusal) -> RefusedOp {
    RefusedOp { op, code: refusal.code, field: refusal.field, message: refusal.message }
}

/// A province's own 区划 ends in seven zeros (410000000).
fn is_of_province(scope: Scope) -> bool {
    scope.0.is_multiple_of(10_000_000)
}

/// The code after this one: its last run of digits, counted on (21 digits are more than a number holds). None when
/// there is none to count.
fn following(code: &str) -> Option<String> {
    let mut bytes = code.as_bytes().to_vec();
    for byte in bytes.iter_mut().rev() {
        match byte {
            b'0'..=b'8' => {
                *byte += 1;
                return String::from_utf8(bytes).ok();
            }
            b'9' => *byte = b'0',
            _ => return None,
        }
    }
    None
}
