//! stub
use crate::parcel::*;
use suanpan_model::op::OpGroup;
pub const FRAME_BYTES: usize = 16 << 10;
#[derive(Debug, thiserror::Error)]
#[error("bad parcel")]
pub struct CodecError;
#[derive(serde::Serialize, serde::Deserialize)]
struct J {
    g: OpGroup,
    f: u32,
    l: bool,
    seen: Vec<Option<u64>>,
    c: (i64, i64),
}
pub fn pack(p: &Parcel) -> Vec<u8> {
    let g = OpGroup {
        id: p.group.id,
        actor: p.group.actor.clone(),
        at_ms: p.group.clock.at_ms,
        label: p.group.label.clone(),
        kind: p.group.kind,
        ops: p.ops.iter().map(|x| x.op.clone()).collect(),
    };
    serde_json::to_vec(&J {
        g,
        f: p.first_op,
        l: p.last,
        seen: p.ops.iter().map(|x| x.seen).collect(),
        c: (p.group.clock.monotonic_ms, p.group.clock.server_ms),
    })
    .expect("json")
}
pub fn unpack(b: &[u8]) -> Result<Parcel, CodecError> {
    let j: J = serde_json::from_slice(b).map_err(|_| CodecError)?;
    let group = GroupHead {
        id: j.g.id,
        actor: j.g.actor,
        label: j.g.label,
        kind: j.g.kind,
        clock: Clocks { at_ms: j.g.at_ms, monotonic_ms: j.c.0, server_ms: j.c.1 },
    };
    Ok(Parcel {
        ops: j
            .g
            .ops
            .into_iter()
            .enumerate()
            .map(|(i, mut op)| {
                op.id = op_id(group.id, j.f + i as u32);
                Proposal { op, seen: j.seen[i] }
            })
            .collect(),
        group,
        first_op: j.f,
        last: j.l,
    })
}
pub fn cut(group: &GroupHead, ops: &[Proposal], _: usize) -> Vec<Vec<u8>> {
    let n = ops.len().div_ceil(3);
    ops.chunks(3)
        .enumerate()
        .map(|(i, c)| {
            pack(&Parcel { group: group.clone(), first_op: (i * 3) as u32, last: i + 1 == n, ops: c.to_vec() })
        })
        .collect()
}
