//! Whatever the bytes are, opening them ends in a parcel or an error, within the limits.

use crate::strategies;
use proptest::{collection::vec, prelude::*};
use suanpan_model::op::OpKind;
use suanpan_sync::{
    codec::{self, CodecError, Limits, snapshot},
    parcel::Parcel,
};

const SMALL: Limits = Limits { inflated_bytes: 1 << 20, memory_bytes: 4 << 20 };

fn open(bytes: &[u8]) {
    let _ = codec::unpack(bytes, &SMALL);
    let _ = snapshot::unpack_records(bytes, &SMALL);
}

proptest! {
    #[test]
    fn any_bytes_open_or_are_refused(format in 0_u8..3, bytes in vec(any::<u8>(), 0..300)) {
        open(&[&[format], &bytes[..]].concat());
    }

    #[test]
    fn a_body_with_a_flipped_bit_opens_or_is_refused(parcel in strategies::parcel(), bit in any::<prop::sample::Index>()) {
        let mut packed = codec::pack_plain(&parcel);
        let bit = bit.index(packed.len() * 8);
        packed[bit / 8] ^= 1 << (bit % 8);
        open(&packed);
    }

    #[test]
    fn every_truncation_of_a_parcel_is_refused(parcel in strategies::parcel()) {
        for packed in [codec::pack(&parcel), codec::pack_plain(&parcel)] {
            for end in 0..packed.len() {
                prop_assert!(codec::unpack(&packed[..end], &SMALL).is_err());
            }
        }
    }

    #[test]
    fn a_parcel_with_one_byte_more_is_refused(parcel in strategies::parcel(), more in any::<u8>()) {
        for mut packed in [codec::pack(&parcel), codec::pack_plain(&parcel)] {
            packed.push(more);
            prop_assert!(codec::unpack(&packed, &SMALL).is_err());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_flipped_byte_of_a_parcel_opens_or_is_refused(parcel in strategies::parcel(), mask in 1_u8..) {
        for packed in [codec::pack(&parcel), codec::pack_plain(&parcel)] {
            for at in 0..packed.len() {
                let mut damaged = packed.clone();
                damaged[at] ^= mask;
                open(&damaged);
            }
        }
    }

    #[test]
    fn every_flipped_byte_and_truncation_of_a_snapshot_opens_or_is_refused(
        records in strategies::records(),
        mask in 1_u8..,
    ) {
        let packed = snapshot::pack_records(&records);
        for at in 0..packed.len() {
            let mut damaged = packed.clone();
            damaged[at] ^= mask;
            open(&damaged);
            prop_assert!(snapshot::unpack_records(&packed[..at], &SMALL).is_err());
        }
    }
}

#[test]
fn an_unknown_format_names_its_number() {
    let refused = codec::unpack(&[9, 1, 2, 3], &SMALL);
    assert_eq!(refused, Err(CodecError::UnknownFormat(9)));
    assert_eq!(CodecError::UnknownFormat(9).to_string(), "数据包的格式号 9 本程序不认识，请先升级算盘");
}

#[test]
fn a_few_bytes_that_claim_millions_of_ops_are_refused_before_room_is_made() {
    let mut packed = vec![0, 0];
    packed.extend([7; 16]);
    // Label, actor, clock and ids: nothing; then 2^56 ops.
    packed.extend([0, 0, 0, 0]);
    packed.extend([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1]);
    assert_eq!(codec::unpack(&packed, &Limits::default()), Err(CodecError::TooLarge));
}

#[test]
fn a_small_parcel_that_would_grow_beyond_the_limit_is_refused() {
    let (group, mut ops) = crate::workload::import(1, 100);
    for proposal in &mut ops {
        if let OpKind::Create { fields, .. } = &mut proposal.op.kind {
            fields.insert("remark".into(), "大".repeat(30_000).into());
        }
    }
    let packed = codec::pack(&Parcel { group: group.clone(), first_op: 0, last: true, ops: ops.clone() });
    assert!(packed.len() < 8_000);
    assert_eq!(codec::unpack(&packed, &SMALL), Err(CodecError::TooLarge));
    assert_eq!(codec::unpack(&packed, &Limits::default()).map(|parcel| parcel.ops), Ok(ops));
}
