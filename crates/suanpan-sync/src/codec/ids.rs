//! UUIDs. A body holds each distinct id once, in the order in which they first occur, as differences laid out byte
//! plane by byte plane: ids made one after another differ in few planes, and the others pack to nothing. Everything
//! else names an id by its number.

use super::{
    CodecError,
    wire::{Reader, put_count},
};
use std::collections::HashMap;
use uuid::Uuid;

/// The distinct ids of a body that is being written.
#[derive(Default)]
pub struct IdTable {
    ids: Vec<Uuid>,
    numbers: HashMap<Uuid, usize>,
}

impl IdTable {
    /// Names `id`: 0 = the next one not named yet, else its number + 1.
    pub fn token(&mut self, id: Uuid) -> u64 {
        let next = self.ids.len();
        let number = *self.numbers.entry(id).or_insert(next);
        if number == next {
            self.ids.push(id);
            return 0;
        }
        number as u64 + 1
    }

    pub fn put(&self, out: &mut Vec<u8>) {
        put_count(out, self.ids.len());
        let mut before = 0;
        let steps = self.ids.iter().map(|id| {
            let step = id.as_u128().wrapping_sub(before).to_be_bytes();
            before = id.as_u128();
            step
        });
        let steps: Vec<[u8; 16]> = steps.collect();
        for plane in 0..16 {
            out.extend(steps.iter().map(|step| step[plane]));
        }
    }
}

/// The distinct ids of a body that is being read, and how many of them were named so far.
pub struct Ids {
    ids: Vec<Uuid>,
    named: usize,
}

impl Ids {
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let count = reader.count(16)?;
        let planes = reader.take(count.checked_mul(16).ok_or(CodecError::TooLarge)?)?;
        let mut before = 0_u128;
        let ids = (0..count).map(|at| {
            let step = std::array::from_fn(|plane| planes[plane * count + at]);
            before = before.wrapping_add(u128::from_be_bytes(step));
            Uuid::from_u128(before)
        });
        Ok(Self { ids: ids.collect(), named: 0 })
    }

    pub fn named(&mut self, token: u64, reader: &Reader<'_>) -> Result<Uuid, CodecError> {
        let number = match token {
            0 => self.named,
            token => usize::try_from(token - 1).unwrap_or(usize::MAX),
        };
        self.named += usize::from(token == 0);
        self.ids.get(number).copied().ok_or_else(|| reader.corrupt("编号不在编号表中"))
    }

    /// Refuses a table with ids that nothing named.
    pub fn finish(&self, reader: &Reader<'_>) -> Result<(), CodecError> {
        if self.named == self.ids.len() { Ok(()) } else { Err(reader.corrupt("编号表有多余的编号")) }
    }
}
