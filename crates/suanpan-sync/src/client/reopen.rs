//! A province that was restored from a backup has lost groups that were settled here. They are sent again, and until
//! they are settled again they are pending like any other: what they come to this time may be something else.

use super::{
    READ_AHEAD_BYTES,
    rebase::{Came, Confirmed, confirm_rows},
    store::{Desk, Stored, Waiting},
    take,
};
use crate::{
    frame::{Outcome, Verdict},
    parcel::GroupHead,
    scope::Scope,
};
use std::collections::BTreeSet;
use suanpan_model::RecordId;

/// Makes the groups pending again of which the province, which holds the parcels up to `received`, has not all.
pub fn reopen(desk: &dyn Desk, received: u64) -> Stored<()> {
    let before = beginning_of_group(desk, received)?;
    if !desk.is_any_settled_after(before)? {
        return Ok(());
    }
    let (packed, lost) = sent_after(desk, before)?;
    let waiting = desk.waiting(usize::MAX)?;
    shadow_as_shown(desk, lost.iter().map(|(entity, record)| (&**entity, *record)))?;
    // All of them anew, so that they stay in the order in which they were typed.
    for group in packed.iter().chain(&waiting) {
        desk.settle(group.head.id)?;
    }
    for group in &packed {
        desk.requeue(group)?;
        // Its parcels are in the outbox: there is nothing to pack.
        desk.put_parcels(group.head.id, &[])?;
    }
    waiting.iter().try_for_each(|group| desk.requeue(group))?;
    let Some(Waiting { head, .. }) = packed.last() else { return Ok(()) };
    show(desk, head, packed.iter().chain(&waiting))
}

/// The province tells of every outcome again, because it settled what is settled here before it was restored from a backup
/// and may have decided otherwise since. A group that is settled and still in the outbox is pending for the moment, so that
/// what it came to now follows.
pub fn reopen_one(desk: &dyn Desk, outcome: &Outcome) -> Stored<()> {
    if outcome.verdict == Verdict::AlreadySo || desk.is_pending(outcome.group)? {
        return Ok(());
    }
    let Some(group) = group_that_ends_with(desk, outcome.parcel)? else { return Ok(()) };
    if group.head.id != outcome.group {
        return Ok(());
    }
    shadow_as_shown(desk, group.ops.iter().map(|proposal| (&*proposal.op.entity, proposal.op.record)))?;
    desk.requeue(&group)?;
    desk.put_parcels(group.head.id, &[])
}

/// The whole group whose last parcel is `last`; None when the outbox does not hold all of it any more.
fn group_that_ends_with(desk: &dyn Desk, last: u64) -> Stored<Option<Waiting>> {
    let mut group: Option<Waiting> = None;
    for number in beginning_of_group(desk, last.saturating_sub(1))? + 1..=last {
        let Some(parcel) = desk.parcel(number)? else { return Ok(None) };
        let opened = take::open(&parcel.packed)?;
        let group = group.get_or_insert_with(|| Waiting { head: opened.group, ops: Vec::new() });
        if opened.first_op as usize != group.ops.len() {
            return Ok(None);
        }
        group.ops.extend(opened.ops);
    }
    Ok(group)
}

/// The rows show a group already: what is confirmed is what they show, until the province says otherwise.
fn shadow_as_shown<'r>(desk: &dyn Desk, records: impl Iterator<Item = (&'r str, RecordId)>) -> Stored<()> {
    for (entity, record) in records {
        if desk.shadow(entity, record)?.is_none() {
            desk.put_shadow(entity, record, desk.get(entity, record)?.as_deref())?;
        }
    }
    Ok(())
}

/// Groups of the outbox after parcel `before`, and the records of those that are settled here.
fn sent_after(desk: &dyn Desk, before: u64) -> Stored<(Vec<Waiting>, Records)> {
    let mut after = before;
    let (mut groups, mut lost) = (Vec::new(), Records::new());
    let mut open: Option<Waiting> = None;
    loop {
        let parcels = desk.outbox(after, READ_AHEAD_BYTES)?;
        let Some(newest) = parcels.last() else { return Ok((groups, lost)) };
        after = newest.place.seq;
        for parcel in parcels {
            let opened = take::open(&parcel.packed)?;
            let group = open.get_or_insert_with(|| Waiting { head: opened.group, ops: Vec::new() });
            group.ops.extend(opened.ops);
            let Some(group) = parcel.last.then(|| open.take()).flatten() else { continue };
            if !desk.is_pending(group.head.id)? {
                lost.extend(group.ops.iter().map(|proposal| (proposal.op.entity.clone(), proposal.op.record)));
            }
            groups.push(group);
        }
    }
}

type Records = BTreeSet<(Box<str>, RecordId)>;

/// The parcel before the group that parcel `received` + 1 belongs to.
fn beginning_of_group(desk: &dyn Desk, received: u64) -> Stored<u64> {
    let mut before = received;
    while before > 0 && desk.parcel(before)?.is_some_and(|parcel| !parcel.last) {
        before -= 1;
    }
    Ok(before)
}

/// Puts what is pending on top of the confirmed rows again.
fn show<'g>(desk: &dyn Desk, head: &GroupHead, groups: impl Iterator<Item = &'g Waiting>) -> Stored<()> {
    let ops = groups.flat_map(|group| &group.ops).map(|proposal| &proposal.op);
    let records: BTreeSet<_> = ops.map(|op| (op.entity.clone(), op.record)).collect();
    let mut rows = Vec::new();
    for (entity, id) in records {
        let Some(def) = desk.schema().entity(&entity).cloned() else { continue };
        let row = desk.shadow(&entity, id)?.flatten();
        rows.push(Confirmed { def, id, row });
    }
    // Which scope is of no account: nothing is confirmed here.
    confirm_rows(desk, &Came { scope: Scope(0), head, effects: &[], settled: None }, rows)
}
