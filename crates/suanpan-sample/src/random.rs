//! Numbers and ids that follow from the seed alone: the same seed gives the same county on every
//! machine. Not for anything secret.

use uuid::{Builder, Uuid};

/// SplitMix64: small, well mixed, and the same everywhere.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A stream of its own for whatever `parts` name, so that adding one thing moves no other.
    pub fn of(seed: u64, parts: &[u64]) -> Self {
        let mut stream = Self(seed ^ 0x5375_616e_7061_6e21);
        for part in parts {
            stream.0 = stream.draw() ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        stream
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 ≤ number < `end`; `end` > 0.
    pub fn below(&mut self, end: i64) -> i64 {
        (self.draw() % end.unsigned_abs()) as i64
    }

    /// `first` ≤ number ≤ `last`.
    pub fn between(&mut self, first: i64, last: i64) -> i64 {
        first + self.below(last - first + 1)
    }

    pub fn chance(&mut self, percent: i64) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`, which are not empty.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as i64) as usize]
    }
}

/// What an id is of; the number is part of the id, so it is never reused for another kind.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub enum Kind {
    Division = 1,
    Book,
    Standard,
    Agency,
    Staff,
    Account,
    Project,
    Plan,
    Detail,
    Goal,
    Indicator,
    Line,
    Income,
    Allotment,
    Voucher,
}

/// 2026-01-01 00:00 UTC; ids of one kind ascend from there with their serial number.
const START_MS: u64 = 1_767_225_600_000;

/// A UUIDv7 in shape, made of the seed, the year, the kind and a serial number.
pub fn id(seed: u64, year: i32, kind: Kind, serial: usize) -> Uuid {
    let mut stream = Random::of(seed, &[year.unsigned_abs().into(), kind as u64, serial as u64]);
    let mut bytes = [0_u8; 10];
    bytes[..8].copy_from_slice(&stream.draw().to_be_bytes());
    bytes[8..].copy_from_slice(&stream.draw().to_be_bytes()[..2]);
    let years = (i64::from(year) - 2026) * 400_000_000;
    let at_ms = START_MS.wrapping_add_signed(years) + (kind as u64) * 20_000_000 + serial as u64;
    Builder::from_unix_timestamp_millis(at_ms, &bytes).into_uuid()
}
