//! Sealing: a key that only the receiver can work out, then ChaCha20-Poly1305 over segments, each bound to its number
//! and to being the last or not, so that none can be left out, doubled or moved.

use crate::{bytes::Reader, keys::SecretKeys};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, aead::AeadInOut};

const SEGMENT_BYTES: usize = 64 << 10;
const TAG_BYTES: usize = 16;

/// Appends the key part and the segments of `body`. `bound` must be the same when it is opened.
pub fn seal(out: &mut Vec<u8>, bound: &[u8], body: &[u8], receiver: &[u8; 32], dice: [u8; 32]) {
    let once = SecretKeys::from_seed(dice);
    out.extend_from_slice(&once.public().seal_to);
    let cipher = cipher(&once.agree(receiver), &once.public().seal_to, receiver);
    let mut segments = body.chunks(SEGMENT_BYTES).peekable();
    let mut number = 0_u64;
    loop {
        let segment = segments.next().unwrap_or_default();
        let last = segments.peek().is_none();
        let mut sealed = segment.to_vec();
        let nonce = nonce(number, last);
        cipher.encrypt_in_place(&nonce.into(), bound, &mut sealed).expect("a segment is far below the cipher's limit");
        out.extend_from_slice(&sealed);
        if last {
            return;
        }
        number += 1;
    }
}

/// The body; None unless every segment is as it was sealed.
pub fn unseal(sealed: &[u8], bound: &[u8], receiver: &SecretKeys) -> Option<Vec<u8>> {
    let mut reader = Reader::new(sealed);
    let once: [u8; 32] = reader.array().ok()?;
    let rest = reader.remaining().ok()?;
    let cipher = cipher(&receiver.agree(&once), &once, &receiver.public().seal_to);
    let mut body = Vec::with_capacity(rest.len());
    let mut segments = rest.chunks(SEGMENT_BYTES + TAG_BYTES).peekable();
    for number in 0_u64.. {
        let mut segment = segments.next()?.to_vec();
        let last = segments.peek().is_none();
        cipher.decrypt_in_place(&nonce(number, last).into(), bound, &mut segment).ok()?;
        body.extend_from_slice(&segment);
        if last {
            return Some(body);
        }
    }
    None
}

fn cipher(agreed: &[u8; 32], once: &[u8; 32], receiver: &[u8; 32]) -> ChaCha20Poly1305 {
    let mut hasher = blake3::Hasher::new_derive_key("suanpan 2026 package key");
    hasher.update(agreed).update(once).update(receiver);
    ChaCha20Poly1305::new(hasher.finalize().as_bytes().into())
}

fn nonce(number: u64, last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&number.to_le_bytes());
    nonce[11] = u8::from(last);
    nonce
}
