//! What becomes of an own group that was not plainly accepted. Nothing typed is dropped: disputed values are in
//! their cases, refused ops in the tray, and the rest of a group that may be parted goes again by itself.

use super::{
    READ_AHEAD_BYTES,
    rebase::{Came, Confirmed, confirm_rows, over, rebase},
    store::{Desk, Stored, TrayItem, Waiting, Why},
};
use crate::{
    frame::{Outcome, RefusedOp, Verdict},
    parcel::{Follows, GroupHead, Proposal, following_group, op_id},
    scope::{Digest, Place, Scope},
};
use std::collections::{BTreeMap, HashSet};
use suanpan_model::{
    Op, RecordId,
    merge::{is_maintained_above, may_be_parted},
};
use uuid::Uuid;

/// Settles the group of `outcome`, if it is still pending here.
pub fn settle(desk: &dyn Desk, outcome: &Outcome, server_ms: i64) -> Stored<()> {
    let Some((head, proposals)) = desk.pending_group(outcome.group)? else { return Ok(()) };
    let (refused, guilty) = match &outcome.verdict {
        Verdict::AlreadySo => return drop_group(desk, &head),
        Verdict::Refused(refused) => (refused.as_slice(), refused.iter().map(|refused| refused.op).collect()),
        Verdict::Disputed(fields) => (&[][..], fields.iter().map(|disputed| disputed.op).collect::<HashSet<u32>>()),
    };
    for one in refused {
        if let Some(proposal) = proposals.get(one.op as usize) {
            desk.put_tray(&refused_item(&head, one, proposal, server_ms))?;
        }
    }
    let rest: Vec<(u32, &Proposal)> = (0..).zip(&proposals).filter(|(place, _)| !guilty.contains(place)).collect();
    let ops: Vec<_> = proposals.iter().map(|proposal| &proposal.op).collect();
    // What the province itself maintains is no part of anybody's step or voucher: it holds up nothing.
    let is_of_province = |place: &u32| {
        let op = ops.get(*place as usize);
        op.and_then(|op| desk.schema().entity(&op.entity)).is_some_and(|def| is_maintained_above(def))
    };
    if guilty.iter().all(is_of_province) || may_be_parted(desk.schema(), &ops) {
        let rest_of = parted(&head, &rest);
        if !rest.is_empty() && !goes_already(desk, outcome.parcel, rest_of.head.id)? {
            desk.requeue(&rest_of)?;
        }
    } else {
        for (place, proposal) in rest {
            desk.put_tray(&held_item(&head, place, proposal, server_ms))?;
        }
    }
    drop_group(desk, &head)
}

/// Settles an own group that took effect where this desk does not read any more. Nobody will tell it the rows: they are
/// taken for confirmed as they were typed, and should the desk read that scope again, it has to fetch it whole.
pub fn settle_unseen(desk: &dyn Desk, group: Uuid) -> Stored<()> {
    let Some((head, proposals)) = desk.pending_group(group)? else { return Ok(()) };
    let mut touched: BTreeMap<(&str, RecordId), Vec<&Op>> = BTreeMap::new();
    for Proposal { op, .. } in &proposals {
        touched.entry((&op.entity, op.record)).or_default().push(op);
    }
    let mut rows = Vec::new();
    for ((entity, id), ops) in touched {
        let Some(def) = desk.schema().entity(entity).cloned() else { continue };
        let base = match desk.shadow(entity, id)? {
            Some(shadow) => shadow,
            None => desk.get(entity, id)?,
        };
        let row = ops.into_iter().fold(base, |row, op| over(&def, row, op));
        if let Some(scope) = row.as_ref().and_then(|row| Scope::of(&row.header.division)) {
            leave(desk, scope)?;
        }
        rows.push(Confirmed { def, id, row });
    }
    confirm_rows(desk, &Came { scope: Scope(0), head: &head, effects: &[], settled: Some(group) }, rows)?;
    desk.settle(group)
}

/// The rows are no place of the log any more, so the cursor is none either.
pub(super) fn leave(desk: &dyn Desk, scope: Scope) -> Stored<()> {
    let known = desk.cursors()?.into_iter().find(|(known, _)| *known == scope);
    let Some((_, place)) = known else { return Ok(()) };
    desk.put_cursor(scope, Place { seq: place.seq.max(1), hash: Digest::default() })
}

/// Was the scope left with rows that are no place of its log?
pub fn is_left(place: &Place) -> bool {
    place.seq > 0 && place.hash == Digest::default()
}

fn drop_group(desk: &dyn Desk, head: &GroupHead) -> Stored<()> {
    // Which scope is of no account: nothing is confirmed here.
    rebase(desk, &Came { scope: Scope(0), head, effects: &[], settled: Some(head.id) })
}

/// Is the group pending, or among the parcels after `parcel`?
fn goes_already(desk: &dyn Desk, parcel: u64, group: Uuid) -> Stored<bool> {
    if desk.is_pending(group)? {
        return Ok(true);
    }
    let mut after = parcel;
    loop {
        let parcels = desk.outbox(after, READ_AHEAD_BYTES)?;
        let Some(newest) = parcels.last() else { return Ok(false) };
        after = newest.place.seq;
        if parcels.iter().any(|parcel| parcel.group == group) {
            return Ok(true);
        }
    }
}

/// The ops that nothing speaks against, as a group of their own.
fn parted(head: &GroupHead, rest: &[(u32, &Proposal)]) -> Waiting {
    let id = rest_id(head.id, rest.iter().map(|(place, _)| *place));
    let ops = (0..).zip(rest).map(|(place, (_, proposal))| {
        let mut proposal = (*proposal).clone();
        proposal.op.id = op_id(id, place);
        proposal
    });
    Waiting { head: GroupHead { id, ..head.clone() }, ops: ops.collect() }
}

/// A province that was restored from a backup may part a group a second time and otherwise: another rest is another group.
fn rest_id(group: Uuid, places: impl Iterator<Item = u32>) -> Uuid {
    let mut hasher = blake3::Hasher::new();
    places.for_each(|place| _ = hasher.update(&place.to_le_bytes()));
    let mut which = [0; 8];
    which.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    following_group(group, Follows::Rest, u64::from_le_bytes(which))
}

fn refused_item(head: &GroupHead, refused: &RefusedOp, proposal: &Proposal, since_ms: i64) -> TrayItem {
    TrayItem {
        id: op_id(following_group(head.id, Follows::Rest, 1), refused.op),
        head: head.clone(),
        op: proposal.op.clone(),
        why: Why::Refused(refused.code),
        field: refused.field.clone(),
        message: refused.message.clone(),
        since_ms,
    }
}

fn held_item(head: &GroupHead, place: u32, proposal: &Proposal, since_ms: i64) -> TrayItem {
    TrayItem {
        id: op_id(following_group(head.id, Follows::Rest, 1), place),
        head: head.clone(),
        op: proposal.op.clone(),
        why: Why::Held,
        field: None,
        message: format!("与“{}”中未被采纳或有争议的改动是一个整体，未单独生效", head.label),
        since_ms,
    }
}
