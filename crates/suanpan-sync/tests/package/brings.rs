//! What a package brings, as its frames say.

use suanpan_sync::{
    frame::{Cursor, Entry, Frame, Hello, Newest, PROTOCOL},
    package::{Brings, Stretch},
    scope::{DeviceId, Scope},
};

const TOWN: Scope = Scope(410_882_101);
const OTHER: Scope = Scope(410_882_102);

fn upload(parcels: std::ops::RangeInclusive<u64>) -> Vec<u8> {
    let cursor = |scope, seq| Cursor { scope, seq, mark: [seq as u8; 8] };
    let hello = Hello {
        protocol: PROTOCOL,
        device: DeviceId(7),
        request: 1,
        documents: 1,
        settled: 4,
        stamp: Some(7),
        settled_mark: [4; 8],
        push: Some(Newest { seq: 6, half: [6; 16] }),
        waits: false,
        wants_checkpoint: false,
        cursors: vec![cursor(TOWN, 9), cursor(OTHER, 2)],
        signature: [0; 64],
    };
    let mut bytes = Vec::new();
    Frame::Hello(hello).write(&mut bytes);
    parcels.for_each(|seq| Frame::Parcel { seq, packed: vec![0; 9], signature: None }.write(&mut bytes));
    Frame::End.write(&mut bytes);
    bytes
}

#[test]
fn an_upload_brings_the_parcels_after_those_settled() {
    let stretch = Stretch { first: 5, last: 6, before: [4; 8] };
    assert_eq!(Brings::of_upload(&upload(5..=6)), Ok(Brings::Parcels(Some(stretch))));
    #[expect(clippy::reversed_empty_ranges, reason = "no parcel at all")]
    let asks_only = upload(1..=0);
    assert_eq!(Brings::of_upload(&asks_only), Ok(Brings::Parcels(None)));
    assert!(Brings::of_upload(b"not frames at all").is_err());
    assert!(Brings::of_upload(b"").is_err());
}

#[test]
fn an_answer_brings_entries_after_the_cursors_it_was_asked_with() {
    let mut answer = Vec::new();
    let entry = Entry { scope: TOWN, seq: 10, device: DeviceId(1), parcel: 3, packed: vec![1; 20] };
    Frame::Entry(entry).write(&mut answer);
    Frame::Own { scope: TOWN, first_seq: 11, first_parcel: 5, count: 2 }.write(&mut answer);
    let stretch = Stretch { first: 10, last: 12, before: [9; 8] };
    assert_eq!(Brings::of_answer(&upload(5..=6), &answer), Ok(Brings::Entries(vec![(TOWN, stretch)])));
}
