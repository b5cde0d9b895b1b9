//! Columns in which the same values come again and again: the distinct ones once, then which of them each row holds.

use super::{
    CodecError, ints,
    wire::{Reader, put_count},
};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// Do values come twice on average, at least?
pub fn pays<T: Eq + Hash>(values: &[T]) -> bool {
    values.iter().collect::<HashSet<_>>().len() * 2 <= values.len()
}

/// Distinct values in the order of their first occurrence, then which of them each row holds.
pub fn put<T: Copy + Eq + Hash>(out: &mut Vec<u8>, values: &[T], put: impl FnOnce(&mut Vec<u8>, &[T])) {
    let mut places = HashMap::new();
    let mut distinct = Vec::new();
    let place_of = values.iter().map(|value| {
        *places.entry(*value).or_insert_with(|| {
            distinct.push(*value);
            distinct.len() - 1
        })
    });
    let rows: Vec<usize> = place_of.collect();
    put_count(out, distinct.len());
    put(out, &distinct);
    ints::put_places(out, &rows);
}

type Set<T> = (Vec<T>, Vec<usize>);

pub fn read<'a, T>(
    reader: &mut Reader<'a>,
    count: usize,
    read: impl FnOnce(&mut Reader<'a>, usize) -> Result<Vec<T>, CodecError>,
) -> Result<Set<T>, CodecError> {
    let distinct = reader.count(size_of::<T>())?;
    let values = read(reader, distinct)?;
    let places = ints::read_places(reader, count, distinct)?;
    Ok((values, places))
}
