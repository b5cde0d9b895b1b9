//! What the desk does with each frame of the reply.

use super::{
    Session,
    rebase::{Came, rebase},
    reopen::{reopen, reopen_one},
    settle,
    store::{Arrived, Desk, StoreFault, Stored},
};
use crate::{
    codec,
    frame::{Checkpoint, Done, Entry, Frame, Verdict, Welcome},
    parcel::{Parcel, Proposal, digest},
    scope::{DeviceId, Place, Scope, scope_link},
};

impl Session<'_> {
    pub(super) fn take(&mut self, desk: &dyn Desk, frame: &Frame) -> Stored<()> {
        match frame {
            Frame::Welcome(welcome) => self.welcomed(desk, *welcome),
            Frame::Ack { received } => {
                self.acked = self.acked.max(*received);
                self.progress.sent = self.acked.saturating_sub(self.first);
                Ok(())
            }
            Frame::Outcome(outcome) => {
                match &outcome.verdict {
                    Verdict::AlreadySo => {}
                    Verdict::Disputed(fields) => self.progress.disputed += fields.len() as u64,
                    Verdict::Refused(ops) => self.progress.refused += ops.len() as u64,
                }
                if self.anew || outcome.parcel > desk.state()?.settled.seq {
                    reopen_one(desk, outcome)?;
                }
                settle::settle(desk, outcome, self.server_ms)?;
                if self.carried { Ok(()) } else { known_up_to(desk, outcome.parcel) }
            }
            Frame::Own { scope, first_seq, first_parcel, count } => {
                let device = desk.state()?.device.ok_or(StoreFault::Diverged(*scope))?;
                (0..*count)
                    .try_for_each(|step| self.enter_own(desk, *scope, first_seq + step, device, first_parcel + step))?;
                let last = count.saturating_sub(1);
                keep_parts(desk, *scope, first_seq + last, first_parcel + last)
            }
            Frame::Entry(Entry { scope, seq, device, parcel, packed }) => {
                self.enter(desk, *scope, *seq, *device, *parcel, packed)
            }
            Frame::Done(done) => self.done(desk, done),
            Frame::Block(block) => desk.put_block(block),
            Frame::Stop(stop) => {
                self.stop = Some(stop.clone());
                Ok(())
            }
            Frame::Hello(_) | Frame::Parcel { .. } | Frame::End | Frame::Ask(_) => {
                Err(StoreFault::Failed("平台的答复不合同步协议，请升级程序".into()))
            }
        }
    }

    fn welcomed(&mut self, desk: &dyn Desk, welcome: Welcome) -> Stored<()> {
        self.server_ms = welcome.server_ms;
        self.anew = welcome.anew;
        let mut state = desk.state()?;
        state.server_ms = state.server_ms.max(welcome.server_ms);
        if self.carried {
            return desk.put_state(&state);
        }
        if welcome.anew || welcome.received < state.settled.seq {
            // The province was restored from a backup: it gets again what it has lost, and tells again what it has decided.
            let place = match welcome.received {
                parcel if parcel > 0 && !welcome.anew => desk.parcel(parcel)?.map(|parcel| parcel.place),
                _ => None,
            };
            // What was sent ahead of the welcome is not sent again, unless it came too early.
            let sent = if welcome.received < state.settled.seq { 0 } else { self.next };
            self.next = sent.max(welcome.received + 1);
            (state.settled, state.stamp) = (place.unwrap_or_default(), None);
            self.ahead.clear();
        }
        desk.put_state(&state)?;
        if welcome.received < state.outbox.seq {
            reopen(desk, welcome.received)?;
        }
        if self.waits {
            self.waits = false;
            self.next = self.next.max(welcome.received + 1);
        }
        self.acked = welcome.received;
        self.progress.sent = self.acked.saturating_sub(self.first);
        Ok(())
    }

    /// Takes in entry `seq` of `scope`. One that was taken in before is passed over; a gap is an error.
    fn enter(
        &mut self,
        desk: &dyn Desk,
        scope: Scope,
        seq: u64,
        device: DeviceId,
        parcel: u64,
        packed: &[u8],
    ) -> Stored<()> {
        let Some(before) = place_before(desk, scope, seq)? else { return Ok(()) };
        let opened = open(packed)?;
        let place = scope_link(&before, scope, device, parcel, &digest(packed));
        let skipped = self.settings.planted.skips_cursor && seq.is_multiple_of(7);
        if !skipped {
            apply(desk, scope, seq, packed, opened)?;
        }
        desk.put_cursor(scope, place)?;
        self.progress.pulled += 1;
        Ok(())
    }

    /// Takes in an own parcel that took effect as it was sent.
    fn enter_own(&mut self, desk: &dyn Desk, scope: Scope, seq: u64, device: DeviceId, number: u64) -> Stored<()> {
        let Some(before) = place_before(desk, scope, seq)? else { return Ok(()) };
        let parcel = desk.parcel(number)?.ok_or(StoreFault::Diverged(scope))?;
        let skipped = self.settings.planted.skips_cursor && seq.is_multiple_of(7);
        if skipped {
            // A planted fault: as if it had been taken in.
        } else if !desk.is_pending(parcel.group)? {
            // Settled before its place in the log was known, where this desk did not read: it comes like another's.
            apply(desk, scope, seq, &parcel.packed, open(&parcel.packed)?)?;
        } else if parcel.last && !desk.settle_as_sent(parcel.group)? {
            settle_own(desk, scope, parcel.group)?;
        }
        desk.put_cursor(scope, scope_link(&before, scope, device, number, &digest(&parcel.packed)))?;
        self.progress.pulled += 1;
        Ok(())
    }

    fn done(&mut self, desk: &dyn Desk, done: &Done) -> Stored<()> {
        let mut state = desk.state()?;
        let server_ms = self.server_ms.saturating_add_unsigned(done.took_ms);
        state.server_ms = state.server_ms.max(server_ms);
        state.in_step |= !self.carried;
        // A copy of this book may have sent more than this conversation did.
        let settled = match self.carried {
            false => done.settled.min(self.newest),
            // It goes on from where the book stood that asked for it: one that is older has not heard of all that.
            true if desk.unsettled_until(done.settled)?.is_empty() => done.settled,
            true => state.settled.seq,
        };
        if settled > state.settled.seq
            && let Some(parcel) = desk.parcel(settled)?
        {
            (state.settled, state.stamp) = (parcel.place, None);
        }
        if done.settled == state.settled.seq && (state.stamp.is_none() || !self.carried || self.anew) {
            state.stamp = done.stamp.or(state.stamp);
        }
        if done.remaining == 0 && state.settled == state.outbox {
            state.agreed_ms = state.agreed_ms.max(server_ms);
        }
        desk.put_state(&state)?;
        // A package may be the answer to a copy of this book: what it calls settled may be the other's.
        if done.remaining == 0 && !self.carried {
            for group in desk.unsettled_until(state.settled.seq)? {
                settle::settle_unseen(desk, group)?;
            }
        }
        for checkpoint in &done.checkpoints {
            if self.carried {
                is_of_the_log_we_know(desk, checkpoint)?;
            }
            desk.put_checkpoint(checkpoint)?;
        }
        // It says so once it has all that was sent.
        self.acked = self.acked.max(self.newest);
        self.progress.sent = self.newest.saturating_sub(self.first);
        self.progress.remaining = done.remaining;
        self.progress.done = true;
        Ok(())
    }
}

/// A province that was restored from a backup since has another log: what its package brought does not belong here.
fn is_of_the_log_we_know(desk: &dyn Desk, checkpoint: &Checkpoint) -> Stored<()> {
    let cursors = desk.cursors()?;
    let other = |(scope, place): &(Scope, Place)| {
        let same_place = *scope == checkpoint.scope && place.seq == checkpoint.place.seq && !settle::is_left(place);
        same_place && place.hash != checkpoint.place.hash
    };
    if cursors.iter().any(other) { Err(StoreFault::Diverged(checkpoint.scope)) } else { Ok(()) }
}

/// Outcomes come oldest first: the next reply need not repeat this one, even if this reply is cut here.
fn known_up_to(desk: &dyn Desk, parcel: u64) -> Stored<()> {
    let mut state = desk.state()?;
    if parcel > state.settled.seq
        && let Some(parcel) = desk.parcel(parcel)?
    {
        (state.settled, state.stamp) = (parcel.place, None);
        desk.put_state(&state)?;
    }
    Ok(())
}

/// The place before entry `seq`; None when the entry was taken in already, or when its scope must be fetched whole
/// anyway. A gap is an error.
fn place_before(desk: &dyn Desk, scope: Scope, seq: u64) -> Stored<Option<Place>> {
    let known = desk.cursors()?.into_iter().find(|(known, _)| *known == scope);
    let before = known.map_or(Place::default(), |(_, place)| place);
    if settle::is_left(&before) {
        return Ok(None);
    }
    if seq > before.seq + 1 {
        return Err(StoreFault::Failed(format!("区划 {scope} 的第 {} 条没有收到，将重新接收", before.seq + 1)));
    }
    Ok((seq == before.seq + 1).then_some(before))
}

pub(super) fn open(packed: &[u8]) -> Stored<Parcel> {
    codec::unpack(packed, &codec::Limits::default()).map_err(|error| StoreFault::Failed(error.to_string()))
}

/// A run of own parcels ended with entry `seq`, parcel `number`. When that is in the middle of a group, its parts are kept
/// as another's would be: before the rest comes, this book may have become another device, and its outbox is gone.
fn keep_parts(desk: &dyn Desk, scope: Scope, seq: u64, number: u64) -> Stored<()> {
    let stands = desk.cursors()?.into_iter().any(|(known, place)| known == scope && place.seq == seq);
    let Some(newest) = desk.parcel(number)?.filter(|_| stands) else { return Ok(()) };
    desk.unstage(scope)?;
    if newest.last {
        return Ok(());
    }
    let group = newest.group;
    let mut parts = vec![newest];
    while let Some(before) = parts.last().map(|part| part.place.seq - 1).filter(|before| *before > 0)
        && let Some(part) = desk.parcel(before)?.filter(|part| part.group == group)
    {
        parts.push(part);
    }
    parts
        .into_iter()
        .zip((0..=seq).rev())
        .try_for_each(|(part, seq)| desk.stage(&Arrived { scope, seq, packed: part.packed }))
}

/// The group's ops are confirmed as they were sent.
fn settle_own(desk: &dyn Desk, scope: Scope, group: uuid::Uuid) -> Stored<()> {
    let Some((head, effects)) = desk.pending_group(group)? else { return Ok(()) };
    rebase(desk, &Came { scope, head: &head, effects: &effects, settled: Some(group) })
}

/// Applies a group once its last parcel is there; until then its parts are kept.
fn apply(desk: &dyn Desk, scope: Scope, seq: u64, packed: &[u8], opened: Parcel) -> Stored<()> {
    if !opened.last {
        return desk.stage(&Arrived { scope, seq, packed: packed.to_vec() });
    }
    let mut effects: Vec<Proposal> = Vec::new();
    if opened.first_op > 0 {
        for part in desk.staged(scope)? {
            effects.extend(open(&part.packed)?.ops);
        }
        desk.unstage(scope)?;
    }
    effects.extend(opened.ops);
    let head = opened.group;
    let settled = desk.pending_group(head.id)?.map(|_| head.id);
    rebase(desk, &Came { scope, head: &head, effects: &effects, settled })
}
