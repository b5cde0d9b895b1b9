//! Ways to alter bytes, all driven by one seeded sequence of numbers.

#![expect(clippy::ptr_arg, reason = "every way of altering has the same type")]

/// Altered inputs grow no further.
const MOST_BYTES: usize = 128 << 10;
/// Most alterations of one input.
const MOST_STEPS: usize = 6;

/// Numbers at which lengths, counts and signs turn over.
const TURNING: &[u64] = &[
    0,
    1,
    2,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x7fff_ffff_ffff_ffff,
    0x8000_0000_0000_0000,
    0xffff_ffff_ffff_ffff,
];

/// One way: the input, another input to take from, and the dice. Neither is empty.
type Way = fn(&mut Vec<u8>, &[u8], &mut Dice);

const WAYS: &[Way] =
    &[flip_bit, set_byte, nudge, splice, truncate, double, remove, insert, fixed_number, running_number, exchange];

/// SplitMix64.
pub struct Dice(u64);

impl Dice {
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// `end` > 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.draw() % end as u64) as usize
    }

    /// Half of the places are among the first 64 bytes, where heads are.
    fn place(&mut self, length: usize) -> usize {
        let near = if self.below(2) == 0 { length.min(64) } else { length };
        self.below(near)
    }

    /// A stretch of bytes, mostly a short one.
    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let begin = self.place(length);
        let most = if self.below(4) == 0 { length } else { 16 };
        begin..(begin + 1 + self.below(most)).min(length)
    }

    fn turning(&mut self) -> u64 {
        TURNING[self.below(TURNING.len())]
    }
}

/// Alters `input` in one to six ways.
pub fn alter(input: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    // No frames at all are a whole conversation too.
    let other = if other.is_empty() { &[0] } else { other };
    for _ in 0..=dice.below(MOST_STEPS) {
        if input.is_empty() {
            input.push(0);
        }
        WAYS[dice.below(WAYS.len())](input, other, dice);
        input.truncate(MOST_BYTES);
    }
}

fn flip_bit(input: &mut Vec<u8>, _: &[u8], dice: &mut Dice) {
    let at = dice.place(input.len());
    input[at] ^= 1 << dice.below(8);
}

fn set_byte(input: &mut Vec<u8>, _: &[u8], dice: &mut Dice) {
    let at = dice.place(input.len());
    input[at] = dice.turning() as u8;
}

/// A length or count that is a little off.
fn nudge(input: &mut Vec<u8>, _: &[u8], dice: &mut Dice) {
    let at = dice.place(input.len());
    let by = 1 + dice.below(4) as u8;
    input[at] = if dice.below(2) == 0 { input[at].wrapping_add(by) } else { input[at].wrapping_sub(by) };
}

fn splice(input: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    let (to, from) = (dice.range(input.len()), dice.range(other.len()));
    input.splice(to, other[from].iter().copied());
}

fn truncate(input: &mut Vec<u8>, _: &[u8], dice: &mut Dice) {
    let length = dice.place(input.len());
    input.truncate(length);
}

fn double(input: &mut Vec<u8>, _: &[u8], dice: &mut Dice) {
    let range = dice.range(input.len());
    let (at, copy) = (dice.place(input.len()), input[range].to_vec());
    input.splice(at..at, copy);
}

fn remove(input: &mut Vec<u8>, _: &[u8], dice: &mut Dice) {
    let range = dice.range(input.len());
    input.drain(range);
}

fn insert(input: &mut Vec<u8>, _: &[u8], dice: &mut Dice) {
    let (at, count) = (dice.place(input.len()), 1 + dice.below(16));
    let bytes: Vec<u8> = (0..count).map(|_| dice.draw() as u8).collect();
    input.splice(at..at, bytes);
}

/// A number of 1, 2, 4 or 8 bytes, either end first.
fn fixed_number(input: &mut Vec<u8>, _: &[u8], dice: &mut Dice) {
    let (at, width) = (dice.place(input.len()), 1 << dice.below(4));
    let mut bytes = dice.turning().to_le_bytes()[..width].to_vec();
    if dice.below(2) == 0 {
        bytes.reverse();
    }
    let end = (at + width).min(input.len());
    input.splice(at..end, bytes);
}

/// A number of as many bytes as it needs, seven bits each, in place of the one that stands there.
fn running_number(input: &mut Vec<u8>, _: &[u8], dice: &mut Dice) {
    let at = dice.place(input.len());
    let length = input[at..].iter().take(10).position(|byte| byte & 0x80 == 0).map_or(1, |last| last + 1);
    let mut bytes = Vec::new();
    let mut number = dice.turning();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    input.splice(at..at + length, bytes);
}

/// Two stretches of the same length change places.
fn exchange(input: &mut Vec<u8>, _: &[u8], dice: &mut Dice) {
    let (one, two) = (dice.range(input.len()), dice.place(input.len()));
    let length = one.len().min(input.len() - two);
    if one.start + length <= two {
        let (front, back) = input.split_at_mut(two);
        front[one.start..one.start + length].swap_with_slice(&mut back[..length]);
    }
}
