//! The layout of a package: what stands where, and the one pass that checks all of it.
//!
//! front: magic, length of the head, head, length of the body (u64) · check of the front (4) · key used once (32) ·
//! segments · digest of everything so far (32) · signature over the digest (64). Numbers are little-endian.

use super::{
    error::{OpenFault, PackageError},
    head::{Head, MAX_HEAD_BYTES},
    seal::{Cipher, Unsealed, sealed_bytes},
};
use crate::{
    bytes::put_number,
    keys::{self, Holder, SecretKeys},
    scope::Digest,
};
use std::io::{self, Read, Seek, SeekFrom, Write};

const MAGIC: &[u8; 8] = b"SUANPKG\x01";
const SIGNED_PACKAGE: &str = "suanpan package";
const CHECK_BYTES: usize = 4;
const KEY_BYTES: u64 = 32;
const TRAILER_BYTES: u64 = 32 + 64;
/// A number takes no more.
const LENGTH_BYTES: usize = 10;

/// A package whose parts are where they should be. Whether they are what was written is `is_whole` and the signature.
pub struct Package {
    pub head: Head,
    /// The digest is that of the bytes before it.
    pub is_whole: bool,
    front: Vec<u8>,
    once: [u8; 32],
    body_bytes: u64,
    digest: Digest,
    signature: [u8; 64],
}

/// Writes a package whose body is the next `body_bytes` of `body`. `sender` is the one that the head names. `dice`: 32
/// random bytes, used once. Err also when the body ends too early; the file is of no use then.
pub fn seal_into(
    head: &Head,
    body: &mut dyn Read,
    body_bytes: u64,
    sender: &dyn Holder,
    dice: [u8; 32],
    out: &mut dyn Write,
) -> io::Result<()> {
    let front = front(head, body_bytes);
    let mut out = Hashed { out, hasher: blake3::Hasher::new() };
    out.write_all(&front)?;
    out.write_all(&check_of(&front))?;
    let (once, receiver) = (SecretKeys::from_seed(dice), &head.receiver.seal_to);
    let once_public = once.public().seal_to;
    out.write_all(&once_public)?;
    let cipher = Cipher::between(&once, receiver, &once_public, receiver, &front);
    let cipher = cipher.expect("public keys that anybody could open were refused when they were read");
    cipher.seal(body, body_bytes, &mut out)?;
    let digest = *out.hasher.finalize().as_bytes();
    out.write_all(&digest)?;
    out.write_all(&sender.sign(SIGNED_PACKAGE, &[&digest]))
}

/// Reads all of `source` once. Err: the parts are not where they should be.
pub fn check(source: &mut (impl Read + Seek), most_bytes: u64) -> Result<Package, OpenFault> {
    let total = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(0))?;
    check_magic(&some(source, MAGIC.len() as u64)?)?;
    if total > most_bytes {
        return Err(PackageError::TooLarge { bytes: total, most: most_bytes }.into());
    }
    let (front, head, body_bytes) = read_front(source, total)?;
    let front_end = (front.len() + CHECK_BYTES) as u64;
    let end = sealed_bytes(body_bytes).and_then(|sealed| sealed.checked_add(front_end + KEY_BYTES + TRAILER_BYTES));
    let end = end.ok_or(altered(0, front_end))?;
    if total < end {
        return Err(PackageError::Truncated { at: total }.into());
    }
    if total > end {
        return Err(altered(end, total).into());
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(&front).update(&check_of(&front));
    let once: [u8; 32] = exact(source)?;
    hasher.update(&once);
    let sealed = end - TRAILER_BYTES - KEY_BYTES - front_end;
    io::copy(&mut source.take(sealed), &mut hasher)?;
    let digest: Digest = exact(source)?;
    let is_whole = digest == *hasher.finalize().as_bytes();
    Ok(Package { head, is_whole, front, once, body_bytes, digest, signature: exact(source)? })
}

impl Package {
    /// The head, when the sender that it names has signed all of the package.
    pub fn signed_head(&self) -> Result<Head, PackageError> {
        let sender = &self.head.sender;
        if !keys::verify(&sender.verify, SIGNED_PACKAGE, &[&self.digest], &self.signature) {
            return Err(PackageError::WrongSignature(sender.fingerprint()));
        }
        Ok(self.head.clone())
    }

    /// Writes the body to `sink`. The key comes from the bytes that were checked, not from `source` again: whatever a
    /// false stick answers the second time, only what the signature covers can be opened with it.
    pub fn unseal(
        &self,
        source: &mut (impl Read + Seek),
        receiver: &dyn Holder,
        sink: &mut dyn Write,
    ) -> Result<(), OpenFault> {
        let begin = self.segments_begin();
        source.seek(SeekFrom::Start(begin))?;
        let own = receiver.public().seal_to;
        let cipher = Cipher::between(receiver, &self.once, &self.once, &own, &self.front);
        let cipher = cipher.ok_or(altered(begin - KEY_BYTES, begin))?;
        cipher.unseal(source, self.body_bytes, sink).map_err(|fault| match fault {
            Unsealed::Altered { from, to } => altered(begin + from, begin + to).into(),
            Unsealed::Io(error) => error.into(),
        })
    }

    /// Where the receiver sees the first damage. None: not in the segments.
    pub fn first_altered(
        &self,
        source: &mut (impl Read + Seek),
        receiver: &dyn Holder,
    ) -> Result<Option<PackageError>, OpenFault> {
        match self.unseal(source, receiver, &mut io::sink()) {
            Err(OpenFault::Package(error)) => Ok(Some(error)),
            Err(fault) => Err(fault),
            Ok(()) => Ok(None),
        }
    }

    /// What to say of a package that is not whole, given what its receiver could see of it. A damaged key spoils the
    /// first segment with it, so that one is named from the key on.
    pub fn damage(&self, seen: Option<PackageError>) -> PackageError {
        let (begin, sealed) = (self.segments_begin(), sealed_bytes(self.body_bytes).unwrap_or_default());
        match seen {
            Some(PackageError::Tampered { from, to }) if from == begin => altered(begin - KEY_BYTES, to),
            Some(error) => error,
            None => altered(begin - KEY_BYTES, begin + sealed + TRAILER_BYTES),
        }
    }

    fn segments_begin(&self) -> u64 {
        (self.front.len() + CHECK_BYTES) as u64 + KEY_BYTES
    }
}

fn front(head: &Head, body_bytes: u64) -> Vec<u8> {
    let head = head.write();
    let mut front = MAGIC.to_vec();
    put_number(&mut front, head.len() as u64);
    front.extend_from_slice(&head);
    front.extend_from_slice(&body_bytes.to_le_bytes());
    front
}

/// A stick that was pulled out too early leaves a beginning, or nothing at all.
fn check_magic(found: &[u8]) -> Result<(), PackageError> {
    let (name, version) = MAGIC.split_at(MAGIC.len() - 1);
    if found.len() < MAGIC.len() && MAGIC.starts_with(found) {
        return Err(PackageError::Truncated { at: found.len() as u64 });
    }
    match found.strip_prefix(name) {
        Some(known) if known == version => Ok(()),
        Some(newer) if newer > version => Err(PackageError::TooNew),
        _ => Err(PackageError::NotAPackage),
    }
}

/// The front's bytes, its head, and the length of the body.
fn read_front(source: &mut impl Read, total: u64) -> Result<(Vec<u8>, Head, u64), OpenFault> {
    let truncated = PackageError::Truncated { at: total };
    let mut front = MAGIC.to_vec();
    let mut length = 0_u64;
    for place in 0..LENGTH_BYTES {
        let byte = *some(source, 1)?.first().ok_or(truncated.clone())?;
        front.push(byte);
        length |= u64::from(byte & 0x7f) << (7 * place).min(63);
        if byte & 0x80 == 0 {
            break;
        }
    }
    let length_end = front.len() as u64;
    if length > MAX_HEAD_BYTES {
        return Err(altered(0, length_end).into());
    }
    let rest = some(source, length + 8 + CHECK_BYTES as u64)?;
    if rest.len() as u64 != length + 8 + CHECK_BYTES as u64 {
        return Err(truncated.into());
    }
    let (rest, check) = rest.split_at(rest.len() - CHECK_BYTES);
    front.extend_from_slice(rest);
    if check_of(&front) != check {
        return Err(altered(0, (front.len() + CHECK_BYTES) as u64).into());
    }
    let (head, body_bytes) = rest.split_at(length as usize);
    let body_bytes = body_bytes.try_into().expect("eight bytes were read after the head");
    // Undamaged and not understood: keys or ways that this program does not know yet.
    let head = Head::read(head).map_err(|_| PackageError::TooNew)?;
    Ok((front, head, u64::from_le_bytes(body_bytes)))
}

fn altered(from: u64, to: u64) -> PackageError {
    PackageError::Tampered { from, to }
}

/// So that damage to the head is told from damage to the rest.
fn check_of(front: &[u8]) -> [u8; CHECK_BYTES] {
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&blake3::hash(front).as_bytes()[..CHECK_BYTES]);
    check
}

/// Up to `most_bytes`, fewer where the file ends. Room is made only for what is there.
fn some(source: &mut impl Read, most_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(most_bytes).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn exact<const N: usize>(source: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Passes on what is written and hashes it.
struct Hashed<'a> {
    out: &'a mut dyn Write,
    hasher: blake3::Hasher,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
