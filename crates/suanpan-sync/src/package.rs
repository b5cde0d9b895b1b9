//! The `.spx` file: frames of the ordinary conversation, carried by hand. Sealed to its receiver, signed by its sender;
//! whoever carries it can read from whom to whom it goes and what must have come before it ([`Head`]), and nothing else.
//!
//! Start with [`seal`] and [`open`]; [`seal_into`], [`open_from`] and [`read_head_from`] do the same for packages that
//! do not fit in memory. All of a package is checked before a byte of its body is given out, so one that was altered
//! changes nothing. What the frames mean is not known here, and nothing in a package names a file.

mod brings;
mod error;
mod file;
mod head;
mod seal;

pub use error::{OpenFault, PackageError};
pub use file::seal_into;
pub use head::{Brings, Head, MAX_HEAD_BYTES, Stretch, Way};

use crate::keys::{Holder, PublicKeys};
use std::io::{self, Cursor, Read, Seek, Write};

/// What a package that is read into memory may hold; a stick carries more, a book is not sent this way.
pub const MAX_BYTES: usize = 1 << 30;

/// The bytes of the file. `sender` is the one that the head names. `dice`: 32 random bytes, used once.
pub fn seal(head: &Head, body: &[u8], sender: &dyn Holder, dice: [u8; 32]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + body.len() / 1024 + 1024);
    let mut rest = body;
    seal_into(head, &mut rest, body.len() as u64, sender, dice, &mut out).expect("memory is read and written");
    out
}

/// The head alone, for whoever carries the package. The signature is checked, so the sender is who it says.
pub fn read_head(bytes: &[u8]) -> Result<Head, PackageError> {
    in_memory(bytes, read_head_from(&mut Cursor::new(bytes), MAX_BYTES as u64))
}

/// Opens a package for its receiver. `expected`: the keys of the party that such a head must come from; None when no
/// such package is taken.
pub fn open(
    bytes: &[u8],
    receiver: &dyn Holder,
    expected: impl Fn(&Head) -> Option<PublicKeys>,
) -> Result<(Head, Vec<u8>), PackageError> {
    let mut body = Vec::new();
    let opened = open_from(&mut Cursor::new(bytes), MAX_BYTES as u64, receiver, expected, &mut body);
    in_memory(bytes, opened).map(|head| (head, body))
}

/// Like [`read_head`], of a file of at most `most_bytes`. Reads all of it once.
pub fn read_head_from(source: &mut (impl Read + Seek), most_bytes: u64) -> Result<Head, OpenFault> {
    let package = file::check(source, most_bytes)?;
    if !package.is_whole {
        return Err(package.damage(None).into());
    }
    package.signed_head().map_err(OpenFault::from)
}

/// Like [`open`], of a file of at most `most_bytes`: reads it once to check all of it, then once more to write the body
/// to `sink`. What is in `sink` counts only when this is Ok: the stick may be pulled out between the two.
pub fn open_from(
    source: &mut (impl Read + Seek),
    most_bytes: u64,
    receiver: &dyn Holder,
    expected: impl Fn(&Head) -> Option<PublicKeys>,
    sink: &mut dyn Write,
) -> Result<Head, OpenFault> {
    let package = file::check(source, most_bytes)?;
    let ours = package.head.receiver == receiver.public();
    if !package.is_whole {
        // Only the receiver can say which segment it is; nothing of the others is kept.
        let altered = if ours { package.first_altered(source, receiver)? } else { None };
        return Err(package.damage(altered).into());
    }
    let head = package.signed_head()?;
    if !ours {
        return Err(PackageError::NotForUs(head.receiver.fingerprint()).into());
    }
    if expected(&head) != Some(head.sender) {
        return Err(PackageError::UnknownSender(head.sender.fingerprint()).into());
    }
    package.unseal(source, receiver, sink)?;
    Ok(head)
}

/// Reads hostile bytes as a package, as a carrier and as a receiver would. For tests that throw bytes at it: all that is
/// asked is that it ends, and without taking more memory than there are bytes.
pub fn check_bytes(bytes: &[u8], receiver: &dyn Holder) -> Result<(), PackageError> {
    read_head_from(&mut Cursor::new(bytes), MAX_BYTES as u64).ok();
    let opened =
        open_from(&mut Cursor::new(bytes), MAX_BYTES as u64, receiver, |head| Some(head.sender), &mut io::sink());
    in_memory(bytes, opened).map(|_| ())
}

/// Bytes in memory can always be read, unless there are too few of them.
fn in_memory<T>(bytes: &[u8], answer: Result<T, OpenFault>) -> Result<T, PackageError> {
    answer.map_err(|fault| match fault {
        OpenFault::Package(error) => error,
        OpenFault::Io(_) => PackageError::Truncated { at: bytes.len() as u64 },
    })
}
