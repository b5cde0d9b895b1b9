//! Frames: what goes over the link, one after the other, in either direction. Each is a length, a kind, a body
//! and four bytes of check, so that a cut or a flipped bit costs one frame and is named with its place.
//!
//! What the frames mean and in which order they come is docs/sync-protocol.md.

mod hello;
mod long;
mod outcome;

use crate::{
    bytes::{Reader, put_bytes, put_number},
    lease::{Ask, Block},
    scope::{DeviceId, Place, Scope},
};
pub use hello::{Cursor, Hello, Mark, Newest, Stamp, mark, stamp};
pub use outcome::{DisputedField, Outcome, RefusedOp, Verdict};

/// This program speaks this version; others are told so by [`StopCode::TooOld`].
pub const PROTOCOL: u8 = 1;
/// What one frame may hold. Ours stay under 64 KiB but for a single giant op and the checkpoints of very many scopes.
pub const MAX_FRAME_BYTES: usize = 1 << 20;
const CHECK_BYTES: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error("收到的内容不是同步数据（可能是上网登录页面），请先确认网络已登录")]
    Malformed,
    #[error("第 {at} 字节处的一帧已损坏，将重新传送")]
    Damaged { at: u64 },
    #[error("一帧有 {0} 字节，超过上限")]
    TooLong(u64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    Hello(Hello),
    /// One parcel; `signature` is left out for the last one, which the hello signs.
    Parcel {
        seq: u64,
        packed: Vec<u8>,
        signature: Option<[u8; 64]>,
    },
    /// The client has nothing more to send in this request.
    End,
    /// The client's stock of codes falls low.
    Ask(Ask),
    Welcome(Welcome),
    /// Everything up to this parcel is durable at the province.
    Ack {
        received: u64,
    },
    Outcome(Outcome),
    /// Own parcels that took effect as they were sent: entries `first_seq`.. are parcels `first_parcel`..
    Own {
        scope: Scope,
        first_seq: u64,
        first_parcel: u64,
        count: u64,
    },
    Entry(Entry),
    Done(Done),
    Stop(Stop),
    /// Codes that are the client's for good.
    Block(Block),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Welcome {
    /// ms since 1970.
    pub server_ms: i64,
    /// Newest parcel that the province holds.
    pub received: u64,
    /// What the client calls settled was settled by this province before it was restored from a backup, and may have come
    /// to something else since: every outcome of the device follows.
    pub anew: bool,
}

/// One entry of a scope's log with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub scope: Scope,
    pub seq: u64,
    pub device: DeviceId,
    /// Parcel of that device that it came from.
    pub parcel: u64,
    pub packed: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// ms since the welcome.
    pub took_ms: u64,
    /// Entries that did not fit in this reply.
    pub remaining: u64,
    /// Groups up to this parcel are settled.
    pub settled: u64,
    pub checkpoints: Vec<Checkpoint>,
    /// When parcel `settled` was taken in, unless the hello said so or comes from an older client.
    pub stamp: Option<Stamp>,
}

/// The province's word that a scope's log stood at `place`. Kept by clients: a rewritten log is found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    pub scope: Scope,
    pub place: Place,
    pub server_ms: i64,
    pub signature: [u8; 64],
}

/// The province ends the conversation. People read `message`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    pub code: StopCode,
    pub message: String,
    /// When to come again; 0 = not by itself.
    pub retry_ms: u64,
    /// Scope whose cursor is meant, for [`StopCode::Reset`].
    pub scope: Option<Scope>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopCode {
    /// Not enrolled here, or the signature is not the device's.
    Unknown = 1,
    Revoked = 2,
    /// Another book goes by the same device: enrol again, nothing typed is lost.
    Fork = 3,
    /// The cursor is not a place of the province's log: take a snapshot.
    Reset = 4,
    /// Pulling needs a newer program; pushing still works.
    TooOld = 5,
    Busy = 6,
    /// The request was seen before.
    Replayed = 7,
    /// The frames make no sense here.
    Malformed = 8,
}

impl StopCode {
    fn of(byte: u8) -> Option<Self> {
        const ALL: &[StopCode] = &[
            StopCode::Unknown,
            StopCode::Revoked,
            StopCode::Fork,
            StopCode::Reset,
            StopCode::TooOld,
            StopCode::Busy,
            StopCode::Replayed,
            StopCode::Malformed,
        ];
        ALL.iter().copied().find(|code| *code as u8 == byte)
    }
}

impl Frame {
    /// Appends the frame as it goes over the wire.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut body = Vec::new();
        self.write_body(&mut body);
        match self {
            Self::Outcome(outcome) if long::is_long(&body) => {
                long::pieces(outcome).iter().for_each(|piece| write_framed(piece, out));
            }
            _ => write_framed(&body, out),
        }
    }

    fn write_body(&self, out: &mut Vec<u8>) {
        match self {
            Self::Hello(hello) => {
                out.push(1);
                out.extend_from_slice(&hello.signed_bytes());
                out.extend_from_slice(&hello.signature);
            }
            Self::Parcel { seq, packed, signature } => {
                out.push(if signature.is_some() { 3 } else { 2 });
                put_number(out, *seq);
                out.extend_from_slice(signature.as_ref().map_or(&[][..], |signature| signature));
                out.extend_from_slice(packed);
            }
            Self::End => out.push(4),
            Self::Ask(ask) => {
                out.push(5);
                ask.write(out);
            }
            Self::Welcome(welcome) => {
                out.push(16);
                put_number(out, welcome.server_ms.unsigned_abs());
                put_number(out, welcome.received);
                out.extend_from_slice(if welcome.anew { &[1] } else { &[] });
            }
            Self::Ack { received } => {
                out.push(17);
                put_number(out, *received);
            }
            Self::Outcome(outcome) => {
                out.push(18);
                outcome.write(out);
            }
            Self::Own { scope, first_seq, first_parcel, count } => {
                out.push(19);
                for number in [u64::from(scope.0), *first_seq, *first_parcel, *count] {
                    put_number(out, number);
                }
            }
            Self::Entry(entry) => {
                out.push(20);
                for number in [u64::from(entry.scope.0), entry.seq, u64::from(entry.device.0), entry.parcel] {
                    put_number(out, number);
                }
                out.extend_from_slice(&entry.packed);
            }
            Self::Done(done) => {
                out.push(21);
                put_number(out, done.took_ms);
                put_number(out, done.remaining);
                put_number(out, done.settled);
                put_number(out, done.checkpoints.len() as u64);
                done.checkpoints.iter().for_each(|checkpoint| checkpoint.write(out));
                done.stamp.iter().for_each(|stamp| out.extend_from_slice(&stamp.to_le_bytes()));
            }
            Self::Stop(stop) => {
                out.push(22);
                out.push(stop.code as u8);
                put_number(out, stop.retry_ms);
                put_number(out, stop.scope.map_or(0, |scope| u64::from(scope.0)));
                put_bytes(out, stop.message.as_bytes());
            }
            Self::Block(block) => {
                out.push(23);
                block.write(out);
            }
        }
    }

    fn read(body: &[u8]) -> Result<Self, FrameError> {
        let mut reader = Reader::new(body);
        let kind = reader.byte()?;
        let frame = match kind {
            1 => Self::Hello(Hello::read(&mut reader)?),
            2 | 3 => {
                let seq = reader.number()?;
                let signature = if kind == 3 { Some(reader.array()?) } else { None };
                Self::Parcel { seq, packed: rest(&mut reader)?, signature }
            }
            4 => Self::End,
            5 => Self::Ask(Ask::read(&mut reader)?),
            16 => {
                let (server_ms, received) = (time(&mut reader)?, reader.number()?);
                let anew = !reader.is_empty();
                if anew && reader.byte()? != 1 {
                    return Err(FrameError::Malformed);
                }
                Self::Welcome(Welcome { server_ms, received, anew })
            }
            17 => Self::Ack { received: reader.number()? },
            18 => Self::Outcome(Outcome::read(&mut reader)?),
            19 => Self::Own {
                scope: Scope(reader.small()?),
                first_seq: reader.number()?,
                first_parcel: reader.number()?,
                count: reader.number()?,
            },
            20 => Self::Entry(Entry {
                scope: Scope(reader.small()?),
                seq: reader.number()?,
                device: DeviceId(reader.small()?),
                parcel: reader.number()?,
                packed: rest(&mut reader)?,
            }),
            21 => {
                let (took_ms, remaining, settled) = (reader.number()?, reader.number()?, reader.number()?);
                let count = reader.count(64)?;
                let checkpoints = (0..count).map(|_| Checkpoint::read(&mut reader)).collect::<Result<_, _>>()?;
                let stamp = if reader.is_empty() { None } else { Some(Stamp::from_le_bytes(reader.array()?)) };
                Self::Done(Done { took_ms, remaining, settled, checkpoints, stamp })
            }
            22 => {
                let code = StopCode::of(reader.byte()?).ok_or(FrameError::Malformed)?;
                let retry_ms = reader.number()?;
                let scope = Some(reader.small()?).filter(|scope| *scope != 0).map(Scope);
                Self::Stop(Stop { code, retry_ms, scope, message: reader.text()?.to_owned() })
            }
            23 => Self::Block(Block::read(&mut reader)?),
            _ => return Err(FrameError::Malformed),
        };
        reader.end()?;
        Ok(frame)
    }
}

impl Checkpoint {
    /// What the signature is over.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_number(&mut out, u64::from(self.scope.0));
        put_number(&mut out, self.place.seq);
        out.extend_from_slice(&self.place.hash);
        put_number(&mut out, self.server_ms.unsigned_abs());
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.signed_bytes());
        out.extend_from_slice(&self.signature);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        let scope = Scope(reader.small()?);
        let place = Place { seq: reader.number()?, hash: reader.array()? };
        Ok(Self { scope, place, server_ms: time(reader)?, signature: reader.array()? })
    }
}

fn write_framed(body: &[u8], out: &mut Vec<u8>) {
    put_number(out, (body.len() + CHECK_BYTES) as u64);
    out.extend_from_slice(body);
    out.extend_from_slice(&check_of(body));
}

fn rest(reader: &mut Reader<'_>) -> Result<Vec<u8>, FrameError> {
    reader.remaining().map(<[u8]>::to_vec)
}

fn time(reader: &mut Reader<'_>) -> Result<i64, FrameError> {
    i64::try_from(reader.number()?).map_err(|_| FrameError::Malformed)
}

fn check_of(body: &[u8]) -> [u8; CHECK_BYTES] {
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&blake3::hash(body).as_bytes()[..CHECK_BYTES]);
    check
}

/// Collects bytes as they arrive and gives the frames that are whole.
#[derive(Debug, Clone, Default)]
pub struct FrameReader {
    waiting: Vec<u8>,
    /// Bytes that were read as frames.
    read: u64,
    /// Pieces of an outcome that is not whole yet.
    long: long::Pieces,
    of_desk: bool,
}

impl FrameReader {
    /// Of what a desk sends: no outcomes, so that nobody makes a server put together and unpack a long one.
    pub fn of_desk() -> Self {
        Self { of_desk: true, ..Self::default() }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
    }

    /// The next whole frame; None when more bytes are needed. After an error nothing more can be read.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        while let Some(body) = self.next_body()? {
            let frame = match long::Piece::of(&body) {
                Some(_) if self.of_desk => return Err(FrameError::Malformed),
                Some(piece) => self.long.take(piece)?.map(Frame::Outcome),
                None if self.long.is_empty() => Some(Frame::read(&body)?),
                None => return Err(FrameError::Malformed),
            };
            if frame.is_some() {
                return Ok(frame);
            }
        }
        Ok(None)
    }

    fn next_body(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        let mut reader = Reader::new(&self.waiting);
        let head = self.waiting.iter().take(10).position(|byte| byte & 0x80 == 0);
        if head.is_none() {
            return if self.waiting.len() < 10 { Ok(None) } else { Err(FrameError::Malformed) };
        }
        let length = reader.number()?;
        if length > MAX_FRAME_BYTES as u64 {
            return Err(FrameError::TooLong(length));
        }
        let length = length as usize;
        if length <= CHECK_BYTES {
            return Err(FrameError::Malformed);
        }
        let Ok(whole) = reader.take(length) else { return Ok(None) };
        let (body, check) = whole.split_at(length - CHECK_BYTES);
        if check_of(body) != check {
            return Err(FrameError::Damaged { at: self.read });
        }
        let body = body.to_vec();
        let used = head.map_or(0, |head| head + 1) + length;
        self.waiting.drain(..used);
        self.read += used as u64;
        Ok(Some(body))
    }

    /// Are there bytes that are no whole frame yet?
    pub fn is_mid_frame(&self) -> bool {
        !self.waiting.is_empty() || !self.long.is_empty()
    }
}
