//! The head of a parcel's body: whose group it is a stretch of, and which stretch.

use super::{
    CodecError,
    wire::{Reader, put_number, put_signed, put_text},
};
use crate::parcel::{Clocks, GroupHead};
use suanpan_model::op::GroupKind;
use uuid::Uuid;

const KIND_MASK: u8 = 3;
const LAST: u8 = 4;
const NOT_FIRST: u8 = 8;
const MONOTONIC: u8 = 16;
const SERVER: u8 = 32;

pub fn put(out: &mut Vec<u8>, group: &GroupHead, first_op: u32, last: bool) {
    let (kind, of) = match group.kind {
        // What a book pulled is never sent; were it, it would have to pass for a plain change and be judged as one.
        GroupKind::Do | GroupKind::Pull => (0, None),
        GroupKind::Undo(of) => (1, Some(of)),
        GroupKind::Redo(of) => (2, Some(of)),
    };
    let Clocks { at_ms, monotonic_ms, server_ms } = group.clock;
    let flags = [(last, LAST), (first_op != 0, NOT_FIRST), (monotonic_ms != 0, MONOTONIC), (server_ms != 0, SERVER)];
    out.push(flags.iter().filter(|(set, _)| *set).fold(kind, |flags, (_, flag)| flags | flag));
    out.extend_from_slice(group.id.as_bytes());
    if let Some(of) = of {
        out.extend_from_slice(of.as_bytes());
    }
    put_text(out, &group.label);
    put_text(out, &group.actor);
    put_signed(out, at_ms.wrapping_sub(made_ms(group.id)));
    if monotonic_ms != 0 {
        put_signed(out, monotonic_ms);
    }
    if server_ms != 0 {
        put_signed(out, server_ms.wrapping_sub(at_ms));
    }
    if first_op != 0 {
        put_number(out, first_op.into());
    }
}

/// The group, the place of the first op in it, and whether it ends here.
pub fn read(reader: &mut Reader<'_>) -> Result<(GroupHead, u32, bool), CodecError> {
    let flags = reader.byte()?;
    if flags & !(KIND_MASK | LAST | NOT_FIRST | MONOTONIC | SERVER) != 0 {
        return Err(reader.corrupt("组头的标志不认识"));
    }
    let id = Uuid::from_bytes(reader.array()?);
    let kind = match flags & KIND_MASK {
        0 => GroupKind::Do,
        1 => GroupKind::Undo(Uuid::from_bytes(reader.array()?)),
        2 => GroupKind::Redo(Uuid::from_bytes(reader.array()?)),
        _ => return Err(reader.corrupt("组的种类不认识")),
    };
    let label = reader.text()?.into();
    let actor = reader.text()?.into();
    let at_ms = made_ms(id).wrapping_add(reader.signed()?);
    let monotonic_ms = if flags & MONOTONIC == 0 { 0 } else { reader.signed()? };
    let server_ms = if flags & SERVER == 0 { 0 } else { at_ms.wrapping_add(reader.signed()?) };
    let first_op = if flags & NOT_FIRST == 0 { 0 } else { reader.number_u32()? };
    let clock = Clocks { at_ms, monotonic_ms, server_ms };
    Ok((GroupHead { id, actor, label, kind, clock }, first_op, flags & LAST != 0))
}

/// When a UUIDv7 says it was made, ms since 1970: mostly the very time of the group, so that this costs a byte. Of
/// other ids it is a number like any other.
fn made_ms(id: Uuid) -> i64 {
    (id.as_u128() >> 80) as i64
}
