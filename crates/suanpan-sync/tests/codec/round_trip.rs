//! What goes in comes out.

use crate::{strategies, workload};
use proptest::prelude::*;
use suanpan_model::op::OpKind;
use suanpan_sync::{
    codec::{self, FRAME_BYTES, Limits, snapshot},
    parcel::Parcel,
};

proptest! {
    #[test]
    fn a_parcel_comes_back_as_it_was_packed(parcel in strategies::parcel()) {
        let packed = codec::pack(&parcel);
        let opened = codec::unpack(&packed, &Limits::default());
        prop_assert_eq!(opened.as_ref(), Ok(&parcel));
        prop_assert_eq!(codec::pack(&parcel), packed);
        prop_assert_eq!(codec::unpack(&codec::pack_plain(&parcel), &Limits::default()), Ok(parcel));
    }

    #[test]
    fn records_come_back_as_they_were_packed(records in strategies::records()) {
        let packed = snapshot::pack_records(&records);
        prop_assert_eq!(snapshot::unpack_records(&packed, &Limits::default()), Ok(records));
    }

    #[test]
    fn the_parcels_of_a_cut_group_are_the_group(
        (head, ops) in (strategies::head(), strategies::ops()),
        frame_bytes in 60_usize..2_000,
    ) {
        let ops = strategies::proposals(head.id, 0, ops);
        let parcels = codec::cut(&head, &ops, frame_bytes);
        let mut joined = Vec::new();
        for (at, packed) in parcels.iter().enumerate() {
            let parcel = codec::unpack(packed, &Limits::default()).expect("what was cut can be opened");
            prop_assert!(packed.len() <= frame_bytes || parcel.ops.len() <= 1);
            prop_assert_eq!(parcel.first_op as usize, joined.len());
            prop_assert_eq!(parcel.last, at + 1 == parcels.len());
            prop_assert_eq!(&parcel.group, &head);
            joined.extend(parcel.ops);
        }
        prop_assert_eq!(joined, ops);
    }
}

#[test]
fn a_group_that_packs_a_thousandfold_is_cut_so_that_every_parcel_opens() {
    let (head, mut ops) = workload::import(1, 130);
    for proposal in &mut ops {
        if let OpKind::Create { fields, .. } = &mut proposal.op.kind {
            fields.insert("remark".into(), format!("{}{}", proposal.op.record, "大".repeat(30_000)).into());
        }
    }
    let parcels = codec::cut(&head, &ops, FRAME_BYTES);
    let opened = parcels.iter().map(|packed| codec::unpack(packed, &Limits::default()).expect("what was cut opens"));
    assert_eq!(opened.flat_map(|parcel| parcel.ops).collect::<Vec<_>>(), ops);
    assert!(parcels.len() < 10);
}

#[test]
fn a_group_without_ops_is_one_empty_last_parcel() {
    let (head, _) = workload::one_edit(1);
    let parcels = codec::cut(&head, &[], FRAME_BYTES);
    let opened: Vec<_> = parcels.iter().map(|packed| codec::unpack(packed, &Limits::default())).collect();
    assert_eq!(opened, [Ok(Parcel { group: head, first_op: 0, last: true, ops: Vec::new() })]);
}
