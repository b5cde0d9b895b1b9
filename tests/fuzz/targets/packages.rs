//! The file on a stick.

#![expect(clippy::ptr_arg, reason = "the target's functions have one type in the table")]

use suanpan_sync::{
    keys::SecretKeys,
    package::{Brings, Head, Stretch, check_bytes, seal},
    scope::{DeviceId, Scope},
};

const TRAILER_BYTES: usize = 32 + 64;
const KEY_BYTES: usize = 32;
const SEALED_SEGMENT_BYTES: usize = (64 << 10) + 16;

fn desk() -> SecretKeys {
    SecretKeys::from_seed([1; 32])
}

fn province() -> SecretKeys {
    SecretKeys::from_seed([2; 32])
}

pub fn seeds() -> Vec<Vec<u8>> {
    let stretch = Stretch { first: 3, last: 1_000_000, before: [4; 8] };
    let up = Brings::Parcels(Some(stretch));
    let down = Brings::Entries((0..20).map(|town| (Scope(410_882_100 + town), stretch)).collect());
    let bodies = [(up.clone(), 0), (Brings::Parcels(None), 300), (up, 70_000), (down, 5_000)];
    let package = |(brings, length): (Brings, usize)| {
        let head = Head {
            device: DeviceId(7),
            sender: desk().public(),
            receiver: province().public(),
            number: 300,
            answers: (length > 1_000).then_some(12),
            written_ms: 1_800_000_000_000,
            brings,
            from: "城关镇财政所".into(),
        };
        let body: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        seal(&head, &body, &desk(), [9; 32])
    };
    bodies.into_iter().map(package).collect()
}

pub fn open(bytes: &[u8]) -> bool {
    check_bytes(bytes, &province()).is_ok()
}

/// Length of the body, check, digest and signature as they would be had the sender written this.
pub fn mend(bytes: &mut Vec<u8>) {
    mend_known(bytes);
}

fn mend_known(bytes: &mut [u8]) -> Option<()> {
    let (head_bytes, begin) = super::frames::number_at(bytes, 8)?;
    let front_end = begin.checked_add(head_bytes)?.checked_add(8)?;
    let sealed_begin = front_end.checked_add(4 + KEY_BYTES)?;
    let signed_end = bytes.len().checked_sub(TRAILER_BYTES)?;
    let sealed = signed_end.checked_sub(sealed_begin)?;
    let body = sealed.checked_sub(16 * sealed.div_ceil(SEALED_SEGMENT_BYTES))?;
    bytes[front_end - 8..front_end].copy_from_slice(&(body as u64).to_le_bytes());
    let check = blake3::hash(&bytes[..front_end]);
    bytes[front_end..front_end + 4].copy_from_slice(&check.as_bytes()[..4]);
    let digest = *blake3::hash(&bytes[..signed_end]).as_bytes();
    bytes[signed_end..signed_end + 32].copy_from_slice(&digest);
    bytes[signed_end + 32..].copy_from_slice(&desk().sign("suanpan package", &[&digest]));
    Some(())
}
