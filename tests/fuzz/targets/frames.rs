//! What comes over the link.

#![expect(clippy::ptr_arg, reason = "the target's functions have one type in the table")]

use suanpan_model::decide::RefusalCode;
use suanpan_sync::{
    frame::{
        Checkpoint, Cursor, DisputedField, Done, Entry, Frame, FrameReader, Hello, Newest, Outcome, PROTOCOL,
        RefusedOp, Stop, StopCode, Verdict, Welcome,
    },
    lease::{Ask, Block, Series},
    package::Brings,
    scope::{DeviceId, Place, Scope},
};
use uuid::Uuid;

const TOWN: Scope = Scope(410_882_101);
/// Bytes arrive in pieces of this length.
const PIECE_BYTES: usize = 997;
const CHECK_BYTES: usize = 4;

/// Either side's frames of a conversation, and each alone.
pub fn seeds() -> Vec<Vec<u8>> {
    let written = |frames: &[Frame]| {
        let mut bytes = Vec::new();
        frames.iter().for_each(|frame| frame.write(&mut bytes));
        bytes
    };
    let (up, down) = (from_desk(), from_province());
    let alone = up.iter().chain(&down).map(|frame| written(std::slice::from_ref(frame)));
    [written(&up), written(&down)].into_iter().chain(alone).collect()
}

fn from_desk() -> Vec<Frame> {
    let hello = Hello {
        protocol: PROTOCOL,
        device: DeviceId(7),
        request: 300,
        documents: 1,
        settled: 4,
        stamp: Some(7),
        settled_mark: [4; 8],
        push: Some(Newest { seq: 6, half: [6; 16] }),
        waits: true,
        wants_checkpoint: true,
        cursors: (0..5).map(|town| Cursor { scope: Scope(TOWN.0 + town), seq: 900, mark: [9; 8] }).collect(),
        signature: [1; 64],
    };
    vec![
        Frame::Hello(hello),
        Frame::Ask(Ask { series: series(), count: 100, have: "410882260000000000100".into(), signature: [3; 64] }),
        Frame::Parcel { seq: 5, packed: vec![7; 300], signature: Some([2; 64]) },
        Frame::Parcel { seq: 6, packed: vec![8; 40], signature: None },
        Frame::End,
    ]
}

fn series() -> Series {
    let (entity, field, prefix) = ("project".into(), "pro_code".into(), "41088226".into());
    Series { scope: TOWN, entity, field, fiscal_year: 2026, prefix, width: 21 }
}

fn from_province() -> Vec<Frame> {
    let case = Uuid::from_u128(77);
    let disputed = DisputedField { op: 3, field: "apply_up".into(), case };
    let refused = |code, field: Option<&str>| RefusedOp {
        op: 1,
        code,
        field: field.map(str::to_owned),
        message: "项目代码已被占用".into(),
    };
    let refused = vec![refused(RefusalCode::BadValue, Some("pro_code")), refused(RefusalCode::Forbidden, None)];
    let place = Place { seq: 900, hash: [6; 32] };
    let checkpoint = Checkpoint { scope: TOWN, place, server_ms: 1_800_000_000_000, signature: [3; 64] };
    let outcome = |verdict| Frame::Outcome(Outcome { parcel: 6, group: Uuid::from_u128(5), verdict });
    let entry = Entry { scope: TOWN, seq: 901, device: DeviceId(3), parcel: 12, packed: vec![5; 200] };
    let checkpoints = vec![checkpoint.clone(), checkpoint];
    let done = Done { took_ms: 900, remaining: 3, settled: 6, checkpoints, stamp: Some(8) };
    let stop = Stop { code: StopCode::Reset, message: "请重新取快照".into(), retry_ms: 5_000, scope: Some(TOWN) };
    vec![
        Frame::Welcome(Welcome { server_ms: 1_800_000_000_000, received: 4, anew: true }),
        Frame::Ack { received: 6 },
        outcome(Verdict::AlreadySo),
        outcome(Verdict::Disputed(vec![disputed.clone(), disputed])),
        outcome(Verdict::Refused(refused.clone())),
        outcome(Verdict::Refused(refused.into_iter().cycle().take(2_000).collect())),
        Frame::Own { scope: TOWN, first_seq: 902, first_parcel: 5, count: 2 },
        Frame::Entry(entry),
        Frame::Done(done),
        Frame::Stop(stop),
        Frame::Block(Block {
            series: series(),
            first: "410823270000000000001".into(),
            last: "410823270000000000100".into(),
        }),
    ]
}

/// As frames of a link, and as those of a package whose head says what they bring.
pub fn open(bytes: &[u8]) -> bool {
    let _ = (Brings::of_upload(bytes), Brings::of_answer(bytes, bytes));
    let mut reader = FrameReader::default();
    for piece in bytes.chunks(PIECE_BYTES) {
        reader.push(piece);
        loop {
            match reader.next_frame() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => return false,
            }
        }
    }
    !reader.is_mid_frame()
}

/// The check of every frame as it would be had the sender written this.
pub fn mend(bytes: &mut Vec<u8>) {
    let mut at = 0;
    while let Some((length, begin)) = number_at(bytes, at) {
        let Some(end) = begin.checked_add(length).filter(|end| *end <= bytes.len() && length > CHECK_BYTES) else {
            return;
        };
        let (body, check) = bytes[begin..end].split_at_mut(length - CHECK_BYTES);
        check.copy_from_slice(&blake3::hash(body).as_bytes()[..CHECK_BYTES]);
        at = end;
    }
}

/// The number of seven bits a byte that stands at `at`, and where it ends.
pub fn number_at(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut number = 0_u64;
    for (place, byte) in bytes.get(at..)?.iter().take(9).enumerate() {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(number).ok()?, at + place + 1));
        }
    }
    None
}
