//! Everything that can be done to a package on its way, and what its receiver is told.

use crate::{body, head, keys, opened, package};
use std::io::Cursor;
use suanpan_sync::package::{OpenFault, PackageError, open, open_from, read_head, seal};

/// As [`opened`], and nothing may have come out of a package that is refused.
fn refusal(bytes: &[u8]) -> PackageError {
    let mut sink = Vec::new();
    let opened = open_from(&mut Cursor::new(bytes), 1 << 30, &keys(2), |_| Some(keys(1).public()), &mut sink);
    assert!(sink.is_empty());
    match opened {
        Err(OpenFault::Package(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn any_flipped_byte_of_a_package_is_found_with_its_place_before_anything_is_read_from_it() {
    let bytes = package(&body(20_000));
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1 << (at % 8);
        match refusal(&altered) {
            PackageError::Tampered { from, to } => assert!((from..to).contains(&(at as u64)), "{at} in {from}–{to}"),
            PackageError::NotAPackage | PackageError::TooNew => assert!(at < 8, "byte {at}"),
            PackageError::Truncated { .. } => assert!((8..10).contains(&at), "byte {at}: the length of the head"),
            PackageError::WrongSignature(_) => assert!(at >= bytes.len() - 64, "byte {at}"),
            other => panic!("byte {at}: {other}"),
        }
    }
}

#[test]
fn damage_to_one_segment_of_many_is_named_by_the_receiver_and_noticed_by_the_carrier() {
    let bytes = package(&body(300_000));
    for at in (500..bytes.len() - 96).step_by(997) {
        let mut altered = bytes.clone();
        altered[at] ^= 0x80;
        let PackageError::Tampered { from, to } = refusal(&altered) else { panic!("byte {at}") };
        assert!((from..to).contains(&(at as u64)) && to - from <= (64 << 10) + 16 + 32, "{at} in {from}–{to}");
        assert!(matches!(read_head(&altered), Err(PackageError::Tampered { .. })));
    }
}

#[test]
fn a_package_cut_at_any_length_is_incomplete_and_says_how_long_it_is() {
    let bytes = package(&body(2_000));
    for length in 0..bytes.len() {
        assert_eq!(refusal(&bytes[..length]), PackageError::Truncated { at: length as u64 });
    }
    let end = bytes.len() as u64;
    let longer = refusal(&[bytes.as_slice(), &[0]].concat());
    assert_eq!(longer, PackageError::Tampered { from: end, to: end + 1 });
}

#[test]
fn parts_of_two_packages_cannot_be_put_together() {
    let one = package(&body(100));
    let two = seal(&head(2), &body(100), &keys(1), [8; 32]);
    assert_eq!(one.len(), two.len());
    let common = one.iter().zip(&two).take_while(|(one, two)| one == two).count();
    for at in common + 1..one.len() {
        refusal(&[&one[..at], &two[at..]].concat());
        refusal(&[&two[..at], &one[at..]].concat());
    }
}

#[test]
fn segments_of_a_package_cannot_change_places() {
    let bytes = package(&body(200_000));
    let (segment, begin) = ((64 << 10) + 16, bytes.len() - 96 - 200_000 - 4 * 16);
    let mut altered = bytes.clone();
    altered[begin..begin + segment].copy_from_slice(&bytes[begin + segment..begin + 2 * segment]);
    altered[begin + segment..begin + 2 * segment].copy_from_slice(&bytes[begin..begin + segment]);
    assert!(matches!(refusal(&altered), PackageError::Tampered { .. }));
}

#[test]
fn another_receiver_and_another_sender_are_told_so() {
    let bytes = package(b"frames");
    let for_us = keys(2).public().fingerprint();
    assert_eq!(open(&bytes, &keys(3), |head| Some(head.sender)), Err(PackageError::NotForUs(for_us)));
    let from = keys(1).public().fingerprint();
    assert_eq!(open(&bytes, &keys(2), |_| None), Err(PackageError::UnknownSender(from.clone())));
    assert_eq!(open(&bytes, &keys(2), |_| Some(keys(4).public())), Err(PackageError::UnknownSender(from)));
}

#[test]
fn a_package_signed_again_by_another_device_is_not_taken() {
    // In the other's place: the head names the one, the other signs.
    let forged = seal(&head(1), b"frames", &keys(4), [9; 32]);
    assert_eq!(refusal(&forged), PackageError::WrongSignature(keys(1).public().fingerprint()));
    assert_eq!(read_head(&forged), Err(PackageError::WrongSignature(keys(1).public().fingerprint())));
    // In the own name: whole and well signed, but by a device that is not expected.
    let mut own = head(1);
    own.sender = keys(4).public();
    let own = seal(&own, b"frames", &keys(4), [9; 32]);
    assert_eq!(refusal(&own), PackageError::UnknownSender(keys(4).public().fingerprint()));
}

#[test]
fn other_files_and_packages_of_a_later_program_are_told_apart() {
    assert_eq!(opened(b"PK\x03\x04 a zip"), Err(PackageError::NotAPackage));
    assert_eq!(opened(&[0; 4096]), Err(PackageError::NotAPackage));
    assert_eq!(opened(b"SUANPKG\x02"), Err(PackageError::TooNew));
    assert_eq!(opened(b""), Err(PackageError::Truncated { at: 0 }));
}

#[test]
fn who_carries_a_package_reads_where_it_goes_and_not_what_is_in_it() {
    let secret = "合计 1,234.56 元".as_bytes();
    let bytes = package(&secret.repeat(40));
    assert_eq!(read_head(&bytes).unwrap(), head(1));
    assert!(!bytes.windows(secret.len()).any(|window| window == secret));
}
