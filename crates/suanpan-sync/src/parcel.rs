//! What is sent: a group of ops, cut into parcels that each fit a frame. A parcel is packed once, by its author;
//! every later hand (outbox, server's log, other desks, USB stick) passes the same bytes on.

use crate::scope::Digest;
use suanpan_model::op::{GroupKind, Op};
use uuid::Uuid;

/// A stretch of one group. Groups are decided all or none, once their last parcel is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Parcel {
    pub group: GroupHead,
    /// Place of the first op in its group; 0 begins the group.
    pub first_op: u32,
    /// The group ends with this parcel.
    pub last: bool,
    pub ops: Vec<Proposal>,
}

/// What the ops of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupHead {
    pub id: Uuid,
    pub actor: Box<str>,
    /// What the person calls it.
    pub label: Box<str>,
    pub kind: GroupKind,
    pub clock: Clocks,
}

/// What the author's clocks said. Evidence only: nothing is ordered, accepted or lost by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clocks {
    /// ms since 1970.
    pub at_ms: i64,
    /// ms since the PC was started; 0 = not known.
    pub monotonic_ms: i64,
    /// The last server time that the author had seen, ms since 1970; 0 = none yet.
    pub server_ms: i64,
}

/// One op, with what its author saw of the record. The op's id is not sent: both sides derive it ([`op_id`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub op: Op,
    /// [`content_mark`] of the record before the op, for ops that mean "all of it, as I saw it": deletes and steps
    /// of the workflow. None for the others.
    pub seen: Option<u64>,
}

/// Id of op number `place` of group `group`.
pub fn op_id(group: Uuid, place: u32) -> Uuid {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"suanpan op").update(group.as_bytes()).update(&place.to_le_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Why a group follows from another one; part of its id, so that no two can be mistaken for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    /// The province opens the cases of a disputed group.
    Cases = 1,
    /// The rest of a parted group goes again.
    Rest = 2,
    /// A book brings its rows to what the province decided.
    Pulled = 3,
}

/// Id of the group that follows from `group` in this way. `step` tells several apart.
pub fn following_group(group: Uuid, why: Follows, step: u64) -> Uuid {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"suanpan group").update(group.as_bytes()).update(&[why as u8]).update(&step.to_le_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Hash of a parcel's packed bytes.
pub fn digest(packed: &[u8]) -> Digest {
    *blake3::hash(packed).as_bytes()
}
