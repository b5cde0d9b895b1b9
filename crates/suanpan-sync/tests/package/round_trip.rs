//! Whatever is put in comes out, and whatever else is opened is refused.

use crate::{body, keys, opened};
use proptest::{collection::vec, option, prelude::*};
use suanpan_sync::{
    package::{Brings, Head, Stretch, Way, check_bytes, read_head, seal},
    scope::{DeviceId, Scope},
};

fn stretch() -> impl Strategy<Value = Stretch> {
    (1_u64.., any::<u64>(), any::<[u8; 8]>()).prop_map(|(one, other, before)| {
        let other = other.max(1);
        Stretch { first: one.min(other), last: one.max(other), before }
    })
}

fn brings() -> impl Strategy<Value = Brings> {
    let scoped = (any::<u32>().prop_map(Scope), stretch());
    prop_oneof![option::of(stretch()).prop_map(Brings::Parcels), vec(scoped, 0..40).prop_map(Brings::Entries)]
}

fn head() -> impl Strategy<Value = Head> {
    let numbers = (any::<u32>(), any::<u64>(), option::of(any::<u64>()), any::<i64>());
    (numbers, brings(), "\\PC{0,200}").prop_map(|((device, number, answers, written_ms), brings, from)| Head {
        device: DeviceId(device),
        sender: keys(1).public(),
        receiver: keys(2).public(),
        number,
        answers,
        written_ms,
        brings,
        from,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_is_opened(head in head(), body in vec(any::<u8>(), 0..2_000), dice in any::<[u8; 32]>()) {
        let bytes = seal(&head, &body, &keys(1), dice);
        prop_assert_eq!(read_head(&bytes), Ok(head.clone()));
        prop_assert_eq!(opened(&bytes), Ok((head, body)));
    }

    #[test]
    fn the_same_dice_give_the_same_package_and_others_another(head in head(), dice in any::<[u8; 32]>()) {
        let bytes = seal(&head, b"frames", &keys(1), dice);
        prop_assert_eq!(&seal(&head, b"frames", &keys(1), dice), &bytes);
        prop_assert_ne!(&seal(&head, b"frames", &keys(1), dice.map(|byte| !byte)), &bytes);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..400), magic in any::<bool>()) {
        let bytes = if magic { [b"SUANPKG\x01".as_slice(), &bytes].concat() } else { bytes };
        prop_assert!(check_bytes(&bytes, &keys(2)).is_err());
    }
}

#[test]
fn bodies_of_every_length_around_a_segment_are_opened() {
    let segment = 64 << 10;
    for length in [0, 1, segment - 1, segment, segment + 1, 3 * segment - 1, 3 * segment, 3 * segment + 1] {
        let bytes = seal(&crate::head(1), &body(length), &keys(1), [9; 32]);
        assert_eq!(opened(&bytes), Ok((crate::head(1), body(length))), "{length}");
    }
}

#[test]
fn an_answer_says_what_it_answers_and_goes_the_other_way() {
    let mut head = crate::head(3);
    (head.answers, head.brings) = (Some(12), Brings::Entries(Vec::new()));
    let read = read_head(&seal(&head, b"", &keys(1), [9; 32]));
    assert_eq!(read.map(|head| (head.way(), head.answers)), Ok((Way::ToDesk, Some(12))));
}

#[test]
fn a_name_that_would_fill_the_head_is_cut() {
    let mut head = crate::head(1);
    head.from = "乡".repeat(5_000);
    let read = read_head(&seal(&head, b"", &keys(1), [9; 32])).map(|head| head.from);
    assert_eq!(read, Ok("乡".repeat(200)));
}
