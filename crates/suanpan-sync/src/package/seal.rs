//! Sealing: a key that only the receiver can work out, then ChaCha20-Poly1305 over segments, each bound to its number
//! and to being the last or not, so that none can be left out, doubled or moved.

use crate::keys::Holder;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, aead::AeadInOut};
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

const SEGMENT_BYTES: u64 = 64 << 10;
const TAG_BYTES: u64 = 16;

/// Why the segments could not be opened.
pub enum Unsealed {
    /// Bytes of the sealed body within which something was altered.
    Altered {
        from: u64,
        to: u64,
    },
    Io(io::Error),
}

impl From<io::Error> for Unsealed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// One body's cipher. What it is bound to must be the same on opening.
pub struct Cipher {
    cipher: ChaCha20Poly1305,
    bound: [u8; 32],
}

impl Cipher {
    /// Between the holder's key and `other`; `once` and `receiver` are the two public keys in this order. None: `other`
    /// is a key with which nothing stays secret.
    pub fn between(
        holder: &dyn Holder,
        other: &[u8; 32],
        once: &[u8; 32],
        receiver: &[u8; 32],
        bound: &[u8],
    ) -> Option<Self> {
        let agreed = holder.agree(other)?;
        let mut hasher = blake3::Hasher::new_derive_key("suanpan 2026 package key");
        hasher.update(&*agreed).update(once).update(receiver);
        let key = Zeroizing::new(*hasher.finalize().as_bytes());
        let cipher = ChaCha20Poly1305::new((&*key).into());
        Some(Self { cipher, bound: *blake3::hash(bound).as_bytes() })
    }

    /// Seals the next `body_bytes` of `body`. Err when there are fewer.
    pub fn seal(&self, body: &mut dyn Read, body_bytes: u64, out: &mut dyn Write) -> io::Result<()> {
        let mut segment = Vec::new();
        for Segment { number, bytes, last } in segments(body_bytes) {
            segment.clear();
            if body.take(bytes).read_to_end(&mut segment)? as u64 != bytes {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let nonce = nonce(number, last).into();
            let sealed = self.cipher.encrypt_in_place(&nonce, &self.bound, &mut segment);
            sealed.expect("a segment is far below the cipher's limit");
            out.write_all(&segment)?;
        }
        Ok(())
    }

    /// Writes the body to `sink`, segment by segment as each is found unaltered.
    pub fn unseal(&self, sealed: &mut dyn Read, body_bytes: u64, sink: &mut dyn Write) -> Result<(), Unsealed> {
        let (mut segment, mut from) = (Vec::new(), 0);
        for Segment { number, bytes, last } in segments(body_bytes) {
            segment.clear();
            let to = from + bytes + TAG_BYTES;
            if sealed.take(bytes + TAG_BYTES).read_to_end(&mut segment)? as u64 != bytes + TAG_BYTES {
                return Err(Unsealed::Io(io::ErrorKind::UnexpectedEof.into()));
            }
            let opened = self.cipher.decrypt_in_place(&nonce(number, last).into(), &self.bound, &mut segment);
            opened.map_err(|_| Unsealed::Altered { from, to })?;
            sink.write_all(&segment)?;
            from = to;
        }
        Ok(())
    }
}

/// Length of a sealed body. None: no file is that long.
pub fn sealed_bytes(body_bytes: u64) -> Option<u64> {
    count(body_bytes).checked_mul(TAG_BYTES)?.checked_add(body_bytes)
}

struct Segment {
    number: u64,
    bytes: u64,
    last: bool,
}

/// At least one, so that an empty body is bound too.
fn count(body_bytes: u64) -> u64 {
    body_bytes.div_ceil(SEGMENT_BYTES).max(1)
}

fn segments(body_bytes: u64) -> impl Iterator<Item = Segment> {
    let count = count(body_bytes);
    (0..count).map(move |number| {
        let bytes = SEGMENT_BYTES.min(body_bytes - number * SEGMENT_BYTES);
        Segment { number, bytes, last: number + 1 == count }
    })
}

fn nonce(number: u64, last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[..8].copy_from_slice(&number.to_le_bytes());
    nonce[11] = u8::from(last);
    nonce
}
