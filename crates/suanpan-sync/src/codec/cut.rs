//! Cutting a group into parcels that each fit a frame, and records into chunks of a snapshot. How many fit is guessed
//! from how well the ones before packed, so that each is packed a few times at most, however many there are.

use super::{
    Limits, body, envelope, tree,
    wire::{ROW_COST, VALUE_COST},
};
use crate::parcel::{GroupHead, Proposal};
use serde_json::Value;
use std::ops::Range;
use suanpan_model::op::{Change, OpKind};

/// What a parcel may have on a bad link, bytes packed.
pub const FRAME_BYTES: usize = 16 << 10;
/// What it may have on a good one.
pub const MOST_FRAME_BYTES: usize = 64 << 10;

/// Guess for the first piece: how many bytes of rows go into a packed byte.
const FIRST_RATIO: f64 = 6.0;
/// A piece that fills its frame this far is full: another attempt would win less than it costs.
const FULL: f64 = 0.95;
/// Where attempts aim, so that a small misjudgement still fits.
const AIM: f64 = 0.98;
/// Attempts at one piece, beyond which the best is taken as soon as one fits.
const ATTEMPTS: usize = 4;

/// Packed parcels of at most `frame_bytes` each that together are the group, the last one marked; an op that alone is
/// larger has a parcel to itself. A group without ops is one empty parcel.
pub fn cut(group: &GroupHead, ops: &[Proposal], frame_bytes: usize) -> Vec<Vec<u8>> {
    let rows: Vec<Row> = ops.iter().map(|proposal| Row::of(values(proposal))).collect();
    pieces(&rows, frame_bytes, |range| {
        let (first, last) = (range.start as u32, range.end == ops.len());
        envelope::close(&body::write(group, first, last, &ops[range]))
    })
}

/// What one row weighs, bytes.
pub struct Row {
    /// Before compression; a third of it at least.
    raw: usize,
    /// When it is read, as charged by the reader.
    memory: usize,
}

impl Row {
    /// Of its fields; an edit has each twice, seen and wanted.
    pub fn of<'a>(fields: impl Iterator<Item = (&'a String, &'a Value)>) -> Self {
        const ID: usize = 16;
        const NUMBER: usize = 4;
        let start = Self { raw: ID, memory: ROW_COST };
        fields.fold(start, |row, (name, value)| {
            let held = tree::memory(value);
            // A text is charged up to three times: in its set, put together from its parts, and as a value.
            let memory = 2 * VALUE_COST + name.len() + 3 * held;
            Self { raw: row.raw + NUMBER.max(held), memory: row.memory + memory }
        })
    }
}

/// Packs all `rows`, in order, into pieces of at most `most_bytes`, or of one row; one empty piece if there are none.
pub fn pieces(rows: &[Row], most_bytes: usize, pack: impl Fn(Range<usize>) -> Vec<u8>) -> Vec<Vec<u8>> {
    let mut ratio = FIRST_RATIO;
    let mut packed = Vec::new();
    let mut at = 0;
    loop {
        let (count, piece) = next(&rows[at..], most_bytes, &mut ratio, |count| pack(at..at + count));
        packed.push(piece);
        at += count;
        if at >= rows.len() {
            return packed;
        }
    }
}

/// The first piece of `rows`, and how many rows are in it. `ratio` is what the piece before packed to.
fn next(rows: &[Row], most_bytes: usize, ratio: &mut f64, pack: impl Fn(usize) -> Vec<u8>) -> (usize, Vec<u8>) {
    // A piece may not be more than a reader will accept, nor than was seen not to fit.
    let limits = Limits::default();
    let readable = fitting(rows, limits.memory_bytes, |row| row.memory);
    let mut most = fitting(&rows[..readable], limits.inflated_bytes / 3, |row| row.raw);
    let mut best: Option<(usize, Vec<u8>)> = None;
    for attempt in 1.. {
        let least = best.as_ref().map_or(0, |(count, _)| count + 1).min(most);
        let wanted = fitting(rows, (most_bytes as f64 * AIM * *ratio) as usize, |row| row.raw);
        let count = wanted.clamp(least, most);
        let piece = pack(count);
        let raw: usize = rows[..count].iter().map(|row| row.raw).sum();
        *ratio = raw.max(1) as f64 / piece.len() as f64;
        if piece.len() > most_bytes && count > 1 {
            most = count - 1;
        } else {
            let full = piece.len() as f64 >= most_bytes as f64 * FULL;
            best = Some((count, piece));
            if full {
                break;
            }
        }
        if best.as_ref().is_some_and(|(count, _)| *count == most || attempt >= ATTEMPTS) {
            break;
        }
    }
    best.expect("the loop ends only when a piece was found")
}

/// How many of `rows` come to no more than `most`; at least 1 if there is one.
fn fitting(rows: &[Row], most: usize, weight: impl Fn(&Row) -> usize) -> usize {
    let mut sum = 0_usize;
    let within = rows.iter().take_while(|row| {
        sum = sum.saturating_add(weight(row));
        sum <= most
    });
    within.count().max(1).min(rows.len())
}

fn values(proposal: &Proposal) -> Box<dyn Iterator<Item = (&String, &Value)> + '_> {
    match &proposal.op.kind {
        OpKind::Create { fields, .. } => Box::new(fields.iter()),
        OpKind::Edit { changes, .. } => {
            Box::new(changes.iter().flat_map(|Change { field, from, to }| [(field, from), (field, to)]))
        }
        OpKind::Delete | OpKind::Restore => Box::new(std::iter::empty()),
    }
}
