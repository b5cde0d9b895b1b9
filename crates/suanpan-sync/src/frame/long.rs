//! An outcome that one frame cannot say: a workbook of fifty thousand lines of which every one is refused. Its reasons
//! are said once each, the whole is packed like a parcel and goes in pieces, one frame each. Whoever reads frames gets
//! the outcome when the last piece has come.

use super::{
    FrameError,
    outcome::{DisputedField, Outcome, RefusedOp, Verdict, code_byte, code_of},
};
use crate::{
    bytes::{Reader, put_bytes, put_number},
    codec::{Limits, envelope},
};
use std::collections::HashMap;
use uuid::Uuid;

/// Kinds of frames.
const PIECE: u8 = 24;
const LAST_PIECE: u8 = 25;

/// What a frame body may hold before it is worth this.
const SHORT_BYTES: usize = 16 << 10;
const PIECE_BYTES: usize = 48 << 10;
/// What the pieces of one outcome may hold, and what it may come to in memory.
const MOST_PACKED_BYTES: usize = 16 << 20;
const MOST_BYTES: usize = 64 << 20;

pub fn is_long(body: &[u8]) -> bool {
    body.len() > SHORT_BYTES
}

/// Bodies of the frames that say it.
pub fn pieces(outcome: &Outcome) -> Vec<Vec<u8>> {
    let packed = envelope::close(&columns(outcome));
    let count = packed.len().div_ceil(PIECE_BYTES);
    let kind = |number: usize| if number == count { LAST_PIECE } else { PIECE };
    (1..).zip(packed.chunks(PIECE_BYTES)).map(|(number, piece)| [&[kind(number)], piece].concat()).collect()
}

/// Part of an outcome.
pub struct Piece<'a> {
    is_last: bool,
    packed: &'a [u8],
}

impl<'a> Piece<'a> {
    /// None: this is the body of another frame.
    pub fn of(body: &'a [u8]) -> Option<Self> {
        let (kind, packed) = body.split_first()?;
        matches!(*kind, PIECE | LAST_PIECE).then_some(Self { is_last: *kind == LAST_PIECE, packed })
    }
}

/// Pieces until the last one has come.
#[derive(Debug, Clone, Default)]
pub struct Pieces(Vec<u8>);

impl Pieces {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn take(&mut self, piece: Piece<'_>) -> Result<Option<Outcome>, FrameError> {
        self.0.extend_from_slice(piece.packed);
        if self.0.len() > MOST_PACKED_BYTES {
            return Err(FrameError::TooLong(self.0.len() as u64));
        }
        if !piece.is_last {
            return Ok(None);
        }
        let limits = Limits { inflated_bytes: MOST_BYTES, ..Limits::default() };
        let body = envelope::open(&std::mem::take(&mut self.0), &limits).map_err(|_| FrameError::Malformed)?;
        read(&body).map(Some)
    }
}

/// parcel, group, 1 = disputed or 2 = refused; count and reasons; count, places of the ops as differences, numbers of
/// their reasons; for disputed ones the cases.
fn columns(outcome: &Outcome) -> Vec<u8> {
    let mut out = Vec::new();
    put_number(&mut out, outcome.parcel);
    out.extend_from_slice(outcome.group.as_bytes());
    match &outcome.verdict {
        Verdict::AlreadySo => out.push(0),
        Verdict::Disputed(fields) => {
            out.push(1);
            let ops = fields.iter().map(|disputed| (disputed.op, disputed.field.as_str()));
            put_ops(&mut out, ops, |out, field| put_bytes(out, field.as_bytes()));
            fields.iter().for_each(|disputed| out.extend_from_slice(disputed.case.as_bytes()));
        }
        Verdict::Refused(refused) => {
            out.push(2);
            let reason =
                |one: &'_ RefusedOp| (code_byte(one.code), one.field.clone().unwrap_or_default(), one.message.clone());
            put_ops(&mut out, refused.iter().map(|one| (one.op, reason(one))), |out, (code, field, message)| {
                out.push(*code);
                put_bytes(out, field.as_bytes());
                put_bytes(out, message.as_bytes());
            });
        }
    }
    out
}

fn put_ops<R: Clone + Eq + std::hash::Hash>(
    out: &mut Vec<u8>,
    ops: impl Iterator<Item = (u32, R)>,
    put_reason: impl Fn(&mut Vec<u8>, &R),
) {
    let (mut numbers, mut reasons, mut places) = (HashMap::new(), Vec::new(), Vec::new());
    for (place, reason) in ops {
        let number = *numbers.entry(reason.clone()).or_insert_with(|| {
            reasons.push(reason);
            reasons.len() - 1
        });
        places.push((place, number));
    }
    put_number(out, reasons.len() as u64);
    reasons.iter().for_each(|reason| put_reason(out, reason));
    put_number(out, places.len() as u64);
    let mut before = 0_u32;
    for (place, _) in &places {
        put_number(out, u64::from(place.wrapping_sub(before)));
        before = *place;
    }
    places.iter().for_each(|(_, number)| put_number(out, *number as u64));
}

fn read(body: &[u8]) -> Result<Outcome, FrameError> {
    let mut reader = Reader::new(body);
    let (parcel, group) = (reader.number()?, Uuid::from_bytes(reader.array()?));
    let verdict = match reader.byte()? {
        0 => Verdict::AlreadySo,
        1 => {
            let ops = read_ops(&mut reader, 1, |reader| {
                let field = reader.text()?.to_owned();
                Ok((field.len(), field))
            })?;
            let fields = ops
                .into_iter()
                .map(|(op, field)| Ok(DisputedField { op, field, case: Uuid::from_bytes(reader.array()?) }));
            Verdict::Disputed(fields.collect::<Result<_, FrameError>>()?)
        }
        2 => {
            let ops = read_ops(&mut reader, 3, |reader| {
                let code = code_of(reader.byte()?).ok_or(FrameError::Malformed)?;
                let (field, message) = (reader.text()?, reader.text()?.to_owned());
                let field = Some(field).filter(|field| !field.is_empty()).map(str::to_owned);
                Ok((field.as_ref().map_or(0, String::len) + message.len(), (code, field, message)))
            })?;
            let refused = ops.into_iter().map(|(op, (code, field, message))| RefusedOp { op, code, field, message });
            Verdict::Refused(refused.collect())
        }
        _ => return Err(FrameError::Malformed),
    };
    reader.end()?;
    Ok(Outcome { parcel, group, verdict })
}

/// Each op with its reason. `read_reason` also gives how long the reason is: a few bytes that repeat it must not come to
/// more than we have room for.
fn read_ops<R: Clone>(
    reader: &mut Reader<'_>,
    least_bytes: usize,
    read_reason: impl Fn(&mut Reader<'_>) -> Result<(usize, R), FrameError>,
) -> Result<Vec<(u32, R)>, FrameError> {
    let count = reader.count(least_bytes)?;
    let reasons: Vec<(usize, R)> = (0..count).map(|_| read_reason(reader)).collect::<Result<_, _>>()?;
    let count = reader.count(2)?;
    let mut places = Vec::with_capacity(count);
    let mut before = 0_u32;
    for _ in 0..count {
        before = before.wrapping_add(reader.small()?);
        places.push(before);
    }
    let mut room = MOST_BYTES;
    let with_reason = places.into_iter().map(|place| {
        let number = usize::try_from(reader.number()?).map_err(|_| FrameError::Malformed)?;
        let (bytes, reason) = reasons.get(number).ok_or(FrameError::Malformed)?;
        room = room.checked_sub(*bytes + size_of::<(u32, R)>()).ok_or(FrameError::TooLong(MOST_BYTES as u64))?;
        Ok((place, reason.clone()))
    });
    with_reason.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Frame, FrameReader};
    use proptest::prelude::*;
    use suanpan_model::decide::RefusalCode;

    fn refused(ops: impl Iterator<Item = u32>) -> Outcome {
        let one = |op: u32| RefusedOp {
            op,
            code: RefusalCode::Forbidden,
            field: op.is_multiple_of(3).then(|| "amount".to_owned()),
            message: format!("本机没有修改区划 4108231{:02} 的权限", op % 12),
        };
        Outcome { parcel: 77, group: Uuid::from_u128(9), verdict: Verdict::Refused(ops.map(one).collect()) }
    }

    /// What a reader makes of the bytes when they come in small parts.
    fn read_back(bytes: &[u8]) -> Result<Vec<Frame>, FrameError> {
        let (mut reader, mut frames) = (FrameReader::default(), Vec::new());
        for part in bytes.chunks(1_000) {
            reader.push(part);
            while let Some(frame) = reader.next_frame()? {
                frames.push(frame);
            }
        }
        if reader.is_mid_frame() { Err(FrameError::Malformed) } else { Ok(frames) }
    }

    #[test]
    fn a_verdict_on_fifty_thousand_lines_goes_over_in_a_few_kilobytes_and_comes_back_as_it_was() {
        let frame = Frame::Outcome(refused(0..50_000));
        let mut bytes = Vec::new();
        frame.write(&mut bytes);
        assert!(bytes.len() < 16 << 10, "{} bytes", bytes.len());
        assert_eq!(read_back(&bytes), Ok(vec![frame]));
    }

    /// Cases have names by lot, which nothing packs.
    fn disputed(count: u32) -> Outcome {
        let one = |op: u32| {
            let case = Uuid::from_slice(&blake3::hash(&op.to_le_bytes()).as_bytes()[..16]).expect("sixteen bytes");
            DisputedField { op, field: "amount".into(), case }
        };
        Outcome { parcel: 77, group: Uuid::from_u128(9), verdict: Verdict::Disputed((0..count).map(one).collect()) }
    }

    #[test]
    fn what_is_long_even_so_goes_in_pieces_none_of_which_is_longer_than_a_frame_should_be() {
        let frame = Frame::Outcome(disputed(20_000));
        let mut bytes = Vec::new();
        frame.write(&mut bytes);
        let Frame::Outcome(outcome) = &frame else { unreachable!() };
        let pieces = pieces(outcome);
        assert!(pieces.len() > 3 && pieces.iter().all(|piece| piece.len() <= PIECE_BYTES + 1));
        Frame::End.write(&mut bytes);
        assert_eq!(read_back(&bytes), Ok(vec![frame.clone(), Frame::End]));
        assert!(read_back(&bytes[..bytes.len() / 2]).is_err(), "the rest is missing");
    }

    #[test]
    fn pieces_that_are_interrupted_out_of_order_or_too_many_are_no_outcome() {
        let mut kept = Pieces::default();
        assert_eq!(kept.take(Piece { is_last: false, packed: &[0; 10] }), Ok(None));
        assert!(kept.take(Piece { is_last: false, packed: &vec![0; MOST_PACKED_BYTES] }).is_err());
        assert_eq!(Pieces::default().take(Piece { is_last: true, packed: &[1, 2, 3] }), Err(FrameError::Malformed));
        let mut bytes = Vec::new();
        super::super::write_framed(&[PIECE, 1, 2, 3], &mut bytes);
        Frame::End.write(&mut bytes);
        assert_eq!(read_back(&bytes), Err(FrameError::Malformed));
    }

    #[test]
    fn a_server_puts_nothing_together_for_a_desk() {
        let mut bytes = Vec::new();
        Frame::Outcome(refused(0..50_000)).write(&mut bytes);
        let mut reader = FrameReader::of_desk();
        reader.push(&bytes);
        assert_eq!(reader.next_frame(), Err(FrameError::Malformed));
    }

    #[test]
    fn a_long_reason_that_is_repeated_often_is_not_made_room_for() {
        let mut body = Vec::new();
        put_number(&mut body, 1);
        body.extend_from_slice(&[0; 16]);
        body.extend_from_slice(&[2, 1, 0, 0]);
        put_bytes(&mut body, &vec![b'x'; 1 << 20]);
        put_number(&mut body, 100_000);
        body.extend_from_slice(&[1; 100_000]);
        body.extend_from_slice(&[0; 100_000]);
        assert_eq!(read(&body), Err(FrameError::TooLong(MOST_BYTES as u64)));
    }

    proptest! {
        #[test]
        fn any_places_come_back_and_any_bytes_are_read_without_harm(
            places in proptest::collection::vec(any::<u32>(), 0..40),
            noise in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let outcome = refused(places.into_iter());
            prop_assert_eq!(read(&columns(&outcome)), Ok(outcome));
            let _ = read(&noise);
        }
    }
}
