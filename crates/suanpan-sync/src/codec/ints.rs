//! Columns of whole numbers: amounts in 分, years, counts, and places in a set of distinct values. Each is written in
//! the ways that suit such columns, and the lightest is kept (see [`super::pick`]).

use super::{
    CodecError,
    pick::lightest,
    wire::{Reader, put_number, put_signed, unzigzag, zigzag},
};

/// The number itself.
const PLAIN: usize = 0;
/// The difference to the row above.
const STEPS: usize = 1;
/// How many zeros each ends in, then what is before them: amounts are mostly whole 元 or 百元.
const ZEROS_APART: usize = 2;

/// Above the least of them, first the low bytes of all, then the next ones.
const PLANES: usize = 3;

/// 10^18 is the greatest power of ten that an i64 holds.
const MOST_ZEROS: u8 = 18;

pub fn put(out: &mut Vec<u8>, numbers: &[i64]) {
    let mut plain = Vec::new();
    numbers.iter().for_each(|number| put_signed(&mut plain, *number));
    let mut steps = Vec::new();
    let mut before = 0_i64;
    for number in numbers {
        put_signed(&mut steps, number.wrapping_sub(before));
        before = *number;
    }
    let (zeros, heads): (Vec<u8>, Vec<i64>) = numbers.iter().map(|number| without_zeros(*number)).unzip();
    let mut apart = zeros;
    heads.iter().for_each(|head| put_signed(&mut apart, *head));
    let (form, body) = lightest([plain, steps, apart, planes(numbers)]);
    out.push(form as u8);
    out.extend(body);
}

fn planes(numbers: &[i64]) -> Vec<u8> {
    let least = numbers.iter().min().copied().unwrap_or(0);
    let above: Vec<u64> = numbers.iter().map(|number| number.wrapping_sub(least) as u64).collect();
    let most = above.iter().max().copied().unwrap_or(0);
    let width = (u64::BITS - most.leading_zeros()).div_ceil(8);
    let mut out = vec![width as u8];
    put_signed(&mut out, least);
    for plane in 0..width {
        out.extend(above.iter().map(|number| (number >> (plane * 8)) as u8));
    }
    out
}

fn read_planes(reader: &mut Reader<'_>, count: usize) -> Result<Vec<i64>, CodecError> {
    let width = reader.byte()?;
    if width > 8 {
        return Err(reader.corrupt("数字列过宽"));
    }
    let mut numbers = vec![reader.signed()?; count];
    for plane in 0..width {
        let bytes = reader.take(count)?;
        for (number, byte) in numbers.iter_mut().zip(bytes) {
            *number = number.wrapping_add((u64::from(*byte) << (plane * 8)) as i64);
        }
    }
    Ok(numbers)
}

/// The caller has charged for `count` numbers.
pub fn read(reader: &mut Reader<'_>, count: usize) -> Result<Vec<i64>, CodecError> {
    match usize::from(reader.byte()?) {
        PLAIN => (0..count).map(|_| reader.signed()).collect(),
        STEPS => {
            let mut number = 0_i64;
            let mut next = || {
                number = number.wrapping_add(reader.signed()?);
                Ok(number)
            };
            (0..count).map(|_| next()).collect()
        }
        ZEROS_APART => {
            let zeros = reader.take(count)?;
            zeros.iter().map(|zeros| with_zeros(reader, *zeros)).collect()
        }
        PLANES => read_planes(reader, count),
        _ => Err(reader.corrupt("数字列的写法不认识")),
    }
}

fn without_zeros(number: i64) -> (u8, i64) {
    let (mut zeros, mut head) = (0, number);
    while head != 0 && head % 10 == 0 {
        (zeros, head) = (zeros + 1, head / 10);
    }
    (zeros, head)
}

fn with_zeros(reader: &mut Reader<'_>, zeros: u8) -> Result<i64, CodecError> {
    let head = reader.signed()?;
    if zeros > MOST_ZEROS {
        return Err(reader.corrupt("数字超出范围"));
    }
    head.checked_mul(10_i64.pow(zeros.into())).ok_or_else(|| reader.corrupt("数字超出范围"))
}

/// Which of the distinct values each row holds; first occurrences come in order 0, 1, 2 …
pub fn put_places(out: &mut Vec<u8>, places: &[usize]) {
    let mut plain = Vec::new();
    places.iter().for_each(|place| put_number(&mut plain, *place as u64));
    let mut known = Vec::new();
    let (mut before, mut next) = (usize::MAX, 0);
    for place in places {
        put_number(&mut known, known_token(*place, before, next));
        next += usize::from(*place == next);
        before = *place;
    }
    let mut steps = Vec::new();
    let mut last = 0_i64;
    for place in places {
        put_number(&mut steps, zigzag(*place as i64 - last));
        last = *place as i64;
    }
    let (form, body) = lightest([plain, known, steps]);
    out.push(form as u8);
    out.extend(body);
}

/// 0 = the one above again, 1 = the next that did not occur yet, else the place + 2.
fn known_token(place: usize, before: usize, next: usize) -> u64 {
    match place {
        _ if place == before => 0,
        _ if place == next => 1,
        _ => place as u64 + 2,
    }
}

/// Places below `distinct`; the caller has charged for `count` rows.
pub fn read_places(reader: &mut Reader<'_>, count: usize, distinct: usize) -> Result<Vec<usize>, CodecError> {
    let form = reader.byte()?;
    let (mut before, mut next) = (usize::MAX, 0);
    let mut places = Vec::with_capacity(count);
    for _ in 0..count {
        let token = reader.number()?;
        let place = match (form, token) {
            (0, token) => usize::try_from(token).unwrap_or(usize::MAX),
            (1, 0) => before,
            (1, 1) => next,
            (1, token) => usize::try_from(token - 2).unwrap_or(usize::MAX),
            (2, token) => {
                let above = if before == usize::MAX { 0 } else { before as i64 };
                usize::try_from(above.wrapping_add(unzigzag(token))).unwrap_or(usize::MAX)
            }
            _ => return Err(reader.corrupt("序号列的写法不认识")),
        };
        if place >= distinct {
            return Err(reader.corrupt("序号超出范围"));
        }
        next += usize::from(place == next);
        before = place;
        places.push(place);
    }
    Ok(places)
}
