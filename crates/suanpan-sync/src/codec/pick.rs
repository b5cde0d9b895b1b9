//! Choosing between ways of writing one column: each candidate is written, and the one that an entropy coder should
//! make least of wins. A guess is enough: whatever is chosen can be read back.

/// The place and the bytes of the candidate that should pack best; the first of equals.
pub fn lightest<const N: usize>(candidates: [Vec<u8>; N]) -> (usize, Vec<u8>) {
    let weighed = candidates.into_iter().enumerate().map(|(at, bytes)| (weight(&bytes), at, bytes));
    let (_, at, bytes) = weighed.min_by_key(|(weight, at, _)| (*weight, *at)).expect("N is not 0");
    (at, bytes)
}

/// Bits that a coder of single bytes needs; short inputs, which are not worth a code, count as they are.
fn weight(bytes: &[u8]) -> u64 {
    if bytes.len() < 64 {
        return bytes.len() as u64 * 8;
    }
    let mut counts = [0_u32; 256];
    for byte in bytes {
        counts[usize::from(*byte)] += 1;
    }
    let all = bytes.len() as f64;
    let bits: f64 = counts.iter().filter(|count| **count > 0).map(|count| bits_of(f64::from(*count), all)).sum();
    bits.ceil() as u64
}

fn bits_of(count: f64, all: f64) -> f64 {
    count * (all / count).log2()
}
