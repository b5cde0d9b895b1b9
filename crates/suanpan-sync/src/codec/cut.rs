//! Cutting a group into parcels that each fit a frame. How many ops fit is guessed from how well the ones before
//! packed, so that every op is packed about twice, however long the group is.

use super::{
    Limits, body, columns, envelope,
    wire::{ROW_COST, VALUE_COST},
};
use crate::parcel::{GroupHead, Proposal};
use suanpan_model::op::{Change, OpKind};

/// What a parcel may have on a bad link, bytes packed.
pub const FRAME_BYTES: usize = 16 << 10;
/// What it may have on a good one.
pub const MOST_FRAME_BYTES: usize = 64 << 10;

/// Guess for the first parcel: how many bytes of ops go into a packed byte.
const FIRST_RATIO: f64 = 6.0;
/// A parcel that fills its frame this far is full: another attempt would win less than it costs.
const FULL: f64 = 0.93;
/// Where attempts aim, so that a small misjudgement still fits.
const AIM: f64 = 0.97;
/// Attempts at one parcel beyond those that had to shrink it.
const ATTEMPTS: usize = 4;

/// Packed parcels of at most `frame_bytes` each that together are the group, the last one marked; an op that alone is
/// larger has a parcel to itself. A group without ops is one empty parcel.
pub fn cut(group: &GroupHead, ops: &[Proposal], frame_bytes: usize) -> Vec<Vec<u8>> {
    let mut ratio = FIRST_RATIO;
    let mut parcels = Vec::new();
    let mut first = 0;
    loop {
        let (taken, packed) = next(group, ops, first, frame_bytes, &mut ratio);
        parcels.push(packed);
        first += taken;
        if first >= ops.len() {
            return parcels;
        }
    }
}

/// The next parcel and how many ops are in it.
fn next(group: &GroupHead, ops: &[Proposal], first: usize, frame: usize, ratio: &mut f64) -> (usize, Vec<u8>) {
    let rest = &ops[first..];
    let mut best: Option<(usize, Vec<u8>)> = None;
    // Known not to fit, or more than a reader would accept.
    let mut too_many = fitting(rest, Limits::default().memory_bytes / 2, memory) + 1;
    let mut attempts = 0;
    loop {
        let fits = best.as_ref().map_or(0, |(count, _)| *count);
        let wanted = fitting(rest, (frame as f64 * AIM * *ratio) as usize, weight);
        let count = wanted.clamp((fits + 1).min(rest.len()), (too_many - 1).max(1).min(rest.len()));
        let packed = envelope::close(&body::write(group, first as u32, first + count == ops.len(), &rest[..count]));
        attempts += 1;
        let raw: usize = rest[..count].iter().map(weight).sum();
        *ratio = (raw.max(1) as f64 / packed.len() as f64).max(0.1);
        let filled = packed.len() as f64 / frame as f64;
        if packed.len() > frame && count > 1 {
            too_many = count;
        } else {
            best = Some((count, packed));
        }
        let Some((fits, _)) = best else { continue };
        if fits + 1 >= too_many || fits == rest.len() || attempts >= ATTEMPTS || (FULL..=1.0).contains(&filled) {
            break;
        }
    }
    best.unwrap_or_default()
}

/// How many of `ops` come to no more than `most`; at least 1 if there is one.
fn fitting(ops: &[Proposal], most: usize, weight: fn(&Proposal) -> usize) -> usize {
    let mut sum = 0_usize;
    let count = ops.iter().take_while(|proposal| {
        sum = sum.saturating_add(weight(proposal));
        sum <= most
    });
    count.count().max(1).min(ops.len())
}

/// About what an op has in it before packing, bytes.
fn weight(proposal: &Proposal) -> usize {
    const ID: usize = 16;
    ID + values(proposal).map(|value| if value.is_string() { columns::memory(value) } else { 4 }).sum::<usize>()
}

/// What a reader will be charged for it, bytes.
fn memory(proposal: &Proposal) -> usize {
    ROW_COST + values(proposal).map(|value| VALUE_COST * 2 + columns::memory(value)).sum::<usize>()
}

fn values(proposal: &Proposal) -> Box<dyn Iterator<Item = &serde_json::Value> + '_> {
    match &proposal.op.kind {
        OpKind::Create { fields, .. } => Box::new(fields.values()),
        OpKind::Edit { changes, .. } => Box::new(changes.iter().flat_map(|Change { from, to, .. }| [from, to])),
        OpKind::Delete | OpKind::Restore => Box::new(std::iter::empty()),
    }
}
