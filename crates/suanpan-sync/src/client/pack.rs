//! Packs what was typed for its way to the province, in the order in which it was typed. Nobody who types waits for it:
//! groups are cut into parcels while the book is free, and only their keeping is a transaction.

use super::store::{Book, Desk, Parceled, Stored, Waiting};
use crate::{codec, scope::device_link};

/// Ops that are packed in one session at most; the rest goes with the next.
const OPS_PER_SESSION: usize = 200_000;
/// Ops of one step, about: a group is packed whole.
const OPS_AT_ONCE: usize = 1_000;

/// Packs the groups that are waiting into parcels of up to `frame_bytes`.
pub fn pack(book: &mut dyn Book, frame_bytes: usize) -> Stored<()> {
    let mut packed_ops = 0;
    while packed_ops < OPS_PER_SESSION {
        let (mut state, mut waiting) = (None, Vec::new());
        book.in_background(&mut |desk| {
            let found = desk.state()?;
            waiting = if found.device.is_some() { desk.waiting(OPS_AT_ONCE)? } else { Vec::new() };
            state = Some(found);
            Ok(())
        })?;
        let Some(state) = state.filter(|_| !waiting.is_empty()) else { return Ok(()) };
        let cut: Vec<_> = waiting.iter().map(|group| codec::cut(&group.head, &group.ops, frame_bytes)).collect();
        book.in_background(&mut |desk| {
            // What another conversation with this book has packed meanwhile is looked at anew.
            if desk.state()? == state { keep(desk, &waiting, &cut) } else { Ok(()) }
        })?;
        packed_ops += waiting.iter().map(|group| group.ops.len()).sum::<usize>();
    }
    Ok(())
}

/// Keeps the pieces of each group as the next parcels of the device.
fn keep(desk: &dyn Desk, groups: &[Waiting], cut: &[Vec<Vec<u8>>]) -> Stored<()> {
    let mut state = desk.state()?;
    for (group, pieces) in groups.iter().zip(cut) {
        let group = group.head.id;
        let mut parcels = Vec::with_capacity(pieces.len());
        for (number, packed) in (1..).zip(pieces) {
            state.outbox = device_link(&state.outbox, state.outbox.seq + 1, packed);
            let (place, packed) = (state.outbox, packed.clone());
            parcels.push(Parceled { place, group, last: number == pieces.len(), packed });
        }
        desk.put_parcels(group, &parcels)?;
    }
    desk.put_state(&state)
}
