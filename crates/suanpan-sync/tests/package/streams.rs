//! Packages that do not fit in memory are written and read piece by piece, with the same bytes and the same refusals.

use crate::{body, head, keys, package};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use suanpan_sync::package::{OpenFault, PackageError, open_from, read_head_from, seal, seal_into};

/// Gives at most 1,000 bytes at a time and, after it was read to its end once, other ones.
struct FalseStick {
    shown: [Vec<u8>; 2],
    turn: usize,
    at: usize,
}

impl FalseStick {
    fn showing(first: Vec<u8>, then: Vec<u8>) -> Self {
        Self { shown: [first, then], turn: 0, at: 0 }
    }
}

impl Read for FalseStick {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let rest = self.shown[self.turn].get(self.at..).unwrap_or_default();
        let count = out.len().min(rest.len()).min(1_000);
        out[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

impl Seek for FalseStick {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if self.at > 0 && self.at == self.shown[0].len() && matches!(to, SeekFrom::Start(place) if place > 0) {
            self.turn = 1;
        }
        self.at = match to {
            SeekFrom::Start(place) => place as usize,
            SeekFrom::End(_) => self.shown[self.turn].len(),
            SeekFrom::Current(_) => self.at,
        };
        Ok(self.at as u64)
    }
}

fn open_stick(stick: &mut FalseStick) -> (Result<(), OpenFault>, Vec<u8>) {
    let mut sink = Vec::new();
    let opened = open_from(stick, 1 << 30, &keys(2), |_| Some(keys(1).public()), &mut sink);
    (opened.map(|_| ()), sink)
}

#[test]
fn a_package_written_and_read_in_pieces_is_the_same() {
    let (whole, mut written) = (package(&body(200_000)), Vec::new());
    seal_into(&head(1), &mut body(200_000).as_slice(), 200_000, &keys(1), [9; 32], &mut written).unwrap();
    assert_eq!(written, whole);
    let mut stick = FalseStick::showing(whole.clone(), whole.clone());
    assert_eq!(read_head_from(&mut stick, 1 << 30).unwrap(), head(1));
    let (opened, sink) = open_stick(&mut FalseStick::showing(whole.clone(), whole));
    assert!(opened.is_ok());
    assert_eq!(sink, body(200_000));
}

#[test]
fn a_body_that_ends_too_early_is_not_sealed() {
    let sealed = seal_into(&head(1), &mut body(10).as_slice(), 11, &keys(1), [9; 32], &mut Vec::new());
    assert_eq!(sealed.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn a_stick_that_shows_another_package_the_second_time_gets_nothing_of_it_in() {
    let honest = package(&body(200_000));
    // Whoever knows the receiver can seal to it; only the signature of the first reading tells them apart.
    let foreign = seal(&head(1), &vec![7; 200_000], &keys(4), [8; 32]);
    let (opened, sink) = open_stick(&mut FalseStick::showing(honest.clone(), foreign));
    assert!(matches!(opened, Err(OpenFault::Package(PackageError::Tampered { .. }))));
    assert!(sink.is_empty());

    let (opened, sink) = open_stick(&mut FalseStick::showing(honest.clone(), honest[..100_000].to_vec()));
    assert!(matches!(opened, Err(OpenFault::Io(_))));
    assert_eq!(sink, body(64 << 10), "what came out was checked");
}

#[test]
fn a_package_above_the_limit_is_refused_unread() {
    let bytes = package(&body(1_000));
    let most = bytes.len() as u64 - 1;
    let refused = read_head_from(&mut Cursor::new(&bytes), most);
    let too_large = PackageError::TooLarge { bytes: most + 1, most };
    assert!(matches!(refused, Err(OpenFault::Package(error)) if error == too_large));
}
