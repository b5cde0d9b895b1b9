//! The desk's first frame: who asks, how far it is, what it is about to send.

use super::FrameError;
use crate::{
    bytes::{Reader, put_number},
    scope::{DeviceId, Digest, Place, Scope},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    pub protocol: u8,
    pub device: DeviceId,
    /// Grows with every request of the device: one that was seen already is a replay.
    pub request: u64,
    /// Version of the entity documents that the client works with.
    pub documents: u32,
    /// All groups up to this parcel are settled and their outcomes known.
    pub settled: u64,
    /// First bytes of the device's chain at `settled`: another chain is a copied or restored book.
    pub settled_mark: Mark,
    /// When the province took parcel `settled` in, as its last *done* said; 0: not known. None: an older client, which
    /// knows nothing of it.
    pub stamp: Option<Stamp>,
    /// Where the outbox ends, when there is something to push.
    pub push: Option<Newest>,
    /// The client holds its parcels back until it has read the welcome: the last reply was lost.
    pub waits: bool,
    pub wants_checkpoint: bool,
    pub cursors: Vec<Cursor>,
    pub signature: [u8; 64],
}

/// The newest parcel of an outbox. Half of its hash says which one it is: whoever would make another one fit has 2^128
/// to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    pub seq: u64,
    pub half: [u8; 16],
}

impl Newest {
    pub fn of(place: &Place) -> Self {
        let mut half = [0; 16];
        half.copy_from_slice(&place.hash[..16]);
        Self { seq: place.seq, half }
    }
}

/// First eight bytes of a chain's hash.
pub type Mark = [u8; 8];

/// When the province took a parcel in, cut down to two bytes; never 0. A province that was restored from a backup and got the
/// parcel a second time took it in at another time, and may have decided otherwise.
pub type Stamp = u16;

/// The stamp of what is taken in at `now_ms`, ms since 1970.
pub fn stamp(now_ms: i64) -> Stamp {
    1 + now_ms.rem_euclid(i64::from(Stamp::MAX)) as Stamp
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub scope: Scope,
    pub seq: u64,
    pub mark: Mark,
}

/// The first bytes of a hash, enough to notice another chain.
pub fn mark(hash: &Digest) -> Mark {
    let mut mark = [0; 8];
    mark.copy_from_slice(&hash[..8]);
    mark
}

impl Hello {
    /// What the signature is over: the frame's body without the signature.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let flags = u8::from(self.waits) | u8::from(self.wants_checkpoint) << 1 | u8::from(self.stamp.is_some()) << 2;
        let mut out = vec![self.protocol, flags];
        put_number(&mut out, u64::from(self.device.0));
        put_number(&mut out, self.request);
        put_number(&mut out, u64::from(self.documents));
        put_number(&mut out, self.settled);
        out.extend_from_slice(&self.settled_mark);
        self.stamp.iter().for_each(|stamp| out.extend_from_slice(&stamp.to_le_bytes()));
        match &self.push {
            Some(newest) => {
                put_number(&mut out, newest.seq);
                out.extend_from_slice(&newest.half);
            }
            None => out.push(0),
        }
        put_number(&mut out, self.cursors.len() as u64);
        for cursor in &self.cursors {
            put_number(&mut out, u64::from(cursor.scope.0));
            put_number(&mut out, cursor.seq);
            out.extend_from_slice(&cursor.mark);
        }
        out
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        let (protocol, flags) = (reader.byte()?, reader.byte()?);
        let device = DeviceId(reader.small()?);
        let (request, documents, settled) = (reader.number()?, reader.small()?, reader.number()?);
        let settled_mark = reader.array()?;
        let stamp = if flags & 4 == 0 { None } else { Some(Stamp::from_le_bytes(reader.array()?)) };
        let push = match reader.number()? {
            0 => None,
            seq => Some(Newest { seq, half: reader.array()? }),
        };
        let count = reader.count(10)?;
        let cursor = |reader: &mut Reader<'_>| {
            Ok(Cursor { scope: Scope(reader.small()?), seq: reader.number()?, mark: reader.array()? })
        };
        let cursors = (0..count).map(|_| cursor(reader)).collect::<Result<_, _>>()?;
        let signature = reader.array()?;
        let (waits, wants_checkpoint) = (flags & 1 != 0, flags & 2 != 0);
        Ok(Self {
            protocol,
            device,
            request,
            documents,
            settled,
            settled_mark,
            stamp,
            push,
            waits,
            wants_checkpoint,
            cursors,
            signature,
        })
    }
}
