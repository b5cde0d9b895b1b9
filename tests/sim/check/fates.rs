//! What became of everything that was typed, once everything has been exchanged.

use super::{Checked, Violation, broken, ledger::Ledger};
use crate::journal::{Journal, Typed};
use std::collections::{HashMap, HashSet};
use suanpan_model::OpKind;
use suanpan_sync::{
    frame::{Frame, FrameReader, Verdict},
    memory::{MemoryDesk, MemoryProvince},
    parcel::{Follows, following_group},
};
use uuid::Uuid;

/// Everything that can tell of a group's fate.
pub struct Fates<'a> {
    pub journal: &'a Journal,
    pub ledger: &'a Ledger,
    verdicts: HashMap<Uuid, Verdict>,
    pending: HashSet<Uuid>,
    /// (group, op's content) in a tray.
    trays: Vec<(Uuid, suanpan_model::Op)>,
}

impl<'a> Fates<'a> {
    pub fn new<'d>(
        journal: &'a Journal,
        ledger: &'a Ledger,
        province: &MemoryProvince,
        desks: impl Iterator<Item = &'d MemoryDesk>,
    ) -> Result<Self, Violation> {
        let mut fates =
            Self { journal, ledger, verdicts: verdicts(province)?, pending: HashSet::new(), trays: Vec::new() };
        for desk in desks {
            desk.look(|kept| {
                fates.pending.extend(kept.unsettled.iter().map(|(group, _)| group.head.id));
                fates.trays.extend(kept.tray.values().map(|item| (item.head.id, item.op.clone())));
            });
        }
        Ok(fates)
    }

    /// 1 and 18: nothing typed is without a fate, and after the calm nothing waits.
    pub fn everything_typed_has_one_fate(&self) -> Checked {
        self.journal
            .all()
            .filter(|typed| !self.journal.is_excused(typed.head.id))
            .try_for_each(|typed| self.fate(typed))
    }

    fn fate(&self, typed: &Typed) -> Checked {
        let id = typed.head.id;
        let what = || format!("group {id} “{}” of desk {}", typed.head.label, typed.desk);
        let accepted = self.ledger.groups.contains_key(&id);
        if self.pending.contains(&id) {
            return Err(broken(18, format!("{} still waits; in the log: {accepted}", what())));
        }
        let disputed = self.ledger.groups.contains_key(&following_group(id, Follows::Cases, 0));
        match (accepted, disputed, self.verdicts.get(&id)) {
            (true, false, None | Some(Verdict::AlreadySo)) => Ok(()),
            (false, true, Some(Verdict::Disputed(fields))) => {
                let guilty: HashSet<u32> = fields.iter().map(|field| field.op).collect();
                self.the_rest_went_on(typed, &guilty)
            }
            (false, false, Some(Verdict::Refused(ops))) => {
                let guilty: HashSet<u32> = ops.iter().map(|op| op.op).collect();
                for at in &guilty {
                    self.is_in_a_tray(typed, *at)?;
                }
                self.the_rest_went_on(typed, &guilty)
            }
            (false, false, Some(Verdict::AlreadySo)) => self.could_be_so_already(typed),
            (false, false, None) => Err(broken(1, format!("{} is nowhere: {:?}", what(), typed.ops))),
            (accepted, disputed, verdict) => {
                let fates = format!("in the log: {accepted}, in a case: {disputed}, {verdict:?}");
                Err(broken(1, format!("{} has several fates: {fates}", what())))
            }
        }
    }

    fn is_in_a_tray(&self, typed: &Typed, at: u32) -> Checked {
        let id = typed.head.id;
        let Some(proposal) = typed.ops.get(at as usize) else { return Err(broken(1, format!("no op {at} in {id}"))) };
        let same = |(group, op): &(Uuid, suanpan_model::Op)| {
            *group == id && op.record == proposal.op.record && op.kind == proposal.op.kind
        };
        let found = self.trays.iter().any(same);
        if found { Ok(()) } else { Err(broken(1, format!("op {at} of group {id} is in no tray"))) }
    }

    /// Each op that was not to blame is in the rest of the group, or held in a tray.
    fn the_rest_went_on(&self, typed: &Typed, guilty: &HashSet<u32>) -> Checked {
        let places = (0..typed.ops.len()).filter(|place| !guilty.contains(&(*place as u32)));
        let rest = self.journal.typed(Journal::rest_id(typed.head.id, places));
        for (at, proposal) in (0..).zip(&typed.ops).filter(|(at, _)| !guilty.contains(at)) {
            let went_on = rest.is_some_and(|rest| {
                rest.ops.iter().any(|other| other.op.record == proposal.op.record && other.op.kind == proposal.op.kind)
            });
            if !went_on {
                self.is_in_a_tray(typed, at)?;
            }
        }
        Ok(())
    }

    /// A new record is so already only when the very op is in a log: a restored province decides anew, and the group that
    /// this is the rest of, or another rest of it, took effect after all.
    fn could_be_so_already(&self, typed: &Typed) -> Checked {
        let mut creates = typed.ops.iter().filter(|proposal| matches!(proposal.op.kind, OpKind::Create { .. }));
        let missing = creates.find(|proposal| !self.ledger.has(&proposal.op));
        match missing {
            Some(proposal) => Err(broken(1, format!("{:?} is said to be so already and is in no log", proposal.op))),
            None => Ok(()),
        }
    }
}

/// The verdicts that the province stored, read as frames.
fn verdicts(province: &MemoryProvince) -> Result<HashMap<Uuid, Verdict>, Violation> {
    let stored: Vec<Vec<u8>> = province
        .look(|kept| kept.outcomes.values().flat_map(|outcomes| outcomes.values().flatten().cloned()).collect());
    let mut verdicts = HashMap::new();
    for outcome in stored {
        let Some(Frame::Outcome(outcome)) = as_frame(&outcome) else {
            return Err(broken(1, "an outcome is unreadable"));
        };
        let known = verdicts.insert(outcome.group, outcome.verdict.clone());
        if let Some(known) = known
            && known != outcome.verdict
        {
            if known != Verdict::AlreadySo && outcome.verdict != Verdict::AlreadySo {
                return Err(broken(2, format!("group {} was decided twice", outcome.group)));
            }
            if outcome.verdict == Verdict::AlreadySo {
                verdicts.insert(outcome.group, known);
            }
        }
    }
    Ok(verdicts)
}

/// A stored outcome is the body of a frame.
fn as_frame(outcome: &[u8]) -> Option<Frame> {
    const OUTCOME: u8 = 18;
    let body = [&[OUTCOME], outcome].concat();
    let mut length = body.len() + 4;
    let mut bytes = Vec::new();
    while length >= 0x80 {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend_from_slice(&body);
    bytes.extend_from_slice(&suanpan_sync::parcel::digest(&body)[..4]);
    let mut reader = FrameReader::default();
    reader.push(&bytes);
    reader.next_frame().ok().flatten()
}
