//! The package on a stick: what was put in comes out for its receiver, and nothing at all comes out for anybody else or
//! after anything was done to it.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use suanpan_sync::{
    keys::SecretKeys,
    package::{Head, PackageError, Way, open, read_head, seal},
    scope::DeviceId,
};

fn keys(number: u8) -> SecretKeys {
    SecretKeys::from_seed([number; 32])
}

fn head(number: u64) -> Head {
    Head {
        way: Way::ToProvince,
        device: DeviceId(7),
        sender: keys(1).public(),
        receiver: keys(2).public(),
        number,
        written_ms: 1_800_000_000_000,
        parcels: (3, 5),
        from: "城关镇财政所".into(),
    }
}

fn package(body: &[u8]) -> Vec<u8> {
    seal(&head(1), body, &keys(1), [9; 32])
}

fn opened(bytes: &[u8]) -> Result<(Head, Vec<u8>), PackageError> {
    open(bytes, &keys(2), |head| head.sender == keys(1).public())
}

fn body(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 % 251) as u8).collect()
}

#[test]
fn any_flipped_byte_of_a_package_is_found_before_anything_is_read_from_it() {
    let bytes = package(&body(20_000));
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1 << (at % 8);
        assert!(opened(&altered).is_err(), "byte {at}");
    }
}

#[test]
fn a_package_cut_at_any_length_is_refused() {
    let bytes = package(&body(2_000));
    for length in 0..bytes.len() {
        assert!(opened(&bytes[..length]).is_err(), "{length} bytes");
    }
    assert!(opened(&[bytes.as_slice(), &[0]].concat()).is_err());
}

#[test]
fn parts_of_two_packages_cannot_be_put_together() {
    let one = package(&body(100));
    let two = seal(&head(2), &body(100), &keys(1), [8; 32]);
    for at in 1..one.len().min(two.len()) {
        let joined = [&one[..at], &two[at..]].concat();
        // Where both begin or end alike one of them is simply whole.
        assert!(joined == one || joined == two || opened(&joined).is_err(), "joined at {at}");
    }
}

#[test]
fn another_receiver_and_another_sender_are_told_so() {
    let bytes = package(b"frames");
    assert!(matches!(open(&bytes, &keys(3), |_| true), Err(PackageError::NotForUs(_))));
    assert!(matches!(open(&bytes, &keys(2), |_| false), Err(PackageError::UnknownSender(_))));
    let forged = seal(&head(1), b"frames", &keys(4), [9; 32]);
    assert_eq!(opened(&forged), Err(PackageError::Tampered));
    assert_eq!(opened(b"PK\x03\x04 a zip"), Err(PackageError::NotAPackage));
}

#[test]
fn who_carries_a_package_reads_where_it_goes_and_not_what_is_in_it() {
    let secret = "合计 1,234.56 元".as_bytes();
    let bytes = package(&secret.repeat(40));
    assert_eq!(read_head(&bytes).unwrap(), head(1));
    assert!(!bytes.windows(secret.len()).any(|window| window == secret));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_is_opened(length in 0_usize..200_000, number in any::<u64>(), dice in any::<[u8; 32]>()) {
        let body = body(length);
        let bytes = seal(&head(number), &body, &keys(1), dice);
        prop_assert_eq!(opened(&bytes), Ok((head(number), body)));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), magic in any::<bool>()) {
        let bytes = if magic { [b"SUANPKG\x01".as_slice(), &bytes].concat() } else { bytes };
        prop_assert!(opened(&bytes).is_err());
    }
}
