//! What was sent once stays readable: the shipped dictionary never changes, and parcels of the first version open.

use crate::workload;
use suanpan_sync::{
    codec::{self, DICTIONARY_V1, Limits},
    parcel::Parcel,
};

/// Parcels in logs and on sticks were packed with it: a new dictionary needs a new format number instead.
const DICTIONARY_V1_BLAKE3: &str = "361bebe39c0aa07b5c399b846bf5ba94b73915352efa66f8bf9f567480323631";

/// `workload::one_edit(1)`, as the first version packed it.
const ONE_EDIT: &str = "0120787d020074033401a1f68328b4710aadec89025cc1beeb09e88d8680d1df0781c8ceb40d0101a143b2cab47893a2eefb32555e71c105fa01020204d41506fc67833d8589cc6d461a0b58ae0e97fe19cab51007";

#[test]
fn the_dictionary_is_the_one_that_was_shipped() {
    assert_eq!(blake3::hash(DICTIONARY_V1).to_hex().as_str(), DICTIONARY_V1_BLAKE3);
}

#[test]
fn a_parcel_that_the_first_version_packed_still_opens() {
    let (group, ops) = workload::one_edit(1);
    let parcel = Parcel { group, first_op: 0, last: true, ops };
    let digits = ONE_EDIT.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
    let packed: Vec<u8> = digits.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect();
    let now: String = codec::pack(&parcel).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(codec::unpack(&packed, &Limits::default()), Ok(parcel), "today it is packed as {now}");
}
