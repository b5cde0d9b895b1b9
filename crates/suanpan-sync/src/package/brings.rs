//! What a package brings, read from the frames that go into it.

use super::head::{Brings, Stretch};
use crate::{
    frame::{Cursor, Frame, FrameError, FrameReader},
    scope::Scope,
};
use std::collections::BTreeMap;

/// Frames are looked at this many bytes at a time.
const LOOK_BYTES: usize = 64 << 10;

impl Brings {
    /// Of the frames that a desk sends.
    pub fn of_upload(upload: &[u8]) -> Result<Self, FrameError> {
        let (mut settled, mut newest) = (None, 0);
        frames(upload, FrameReader::of_desk(), |frame| match frame {
            Frame::Hello(hello) => settled = Some((hello.settled, hello.settled_mark)),
            Frame::Parcel { seq, .. } => newest = newest.max(seq),
            _ => {}
        })?;
        let (settled, before) = settled.ok_or(FrameError::Malformed)?;
        let stretch = Stretch { first: settled.saturating_add(1), last: newest, before };
        Ok(Self::Parcels((newest > settled).then_some(stretch)))
    }

    /// Of the frames that the province sends in answer to `upload`.
    pub fn of_answer(upload: &[u8], answer: &[u8]) -> Result<Self, FrameError> {
        let mut cursors: Vec<Cursor> = Vec::new();
        frames(upload, FrameReader::of_desk(), |frame| {
            if let Frame::Hello(hello) = frame {
                cursors = hello.cursors;
            }
        })?;
        let mut newest: BTreeMap<Scope, u64> = BTreeMap::new();
        frames(answer, FrameReader::default(), |frame| {
            let (scope, last) = match frame {
                Frame::Entry(entry) => (entry.scope, entry.seq),
                Frame::Own { scope, first_seq, count, .. } => {
                    (scope, first_seq.saturating_add(count).saturating_sub(1))
                }
                _ => return,
            };
            newest.entry(scope).and_modify(|known| *known = last.max(*known)).or_insert(last);
        })?;
        let stretch = |cursor: Cursor| {
            let last = *newest.get(&cursor.scope)?;
            let stretch = Stretch { first: cursor.seq.saturating_add(1), last, before: cursor.mark };
            (stretch.last > cursor.seq).then_some((cursor.scope, stretch))
        };
        Ok(Self::Entries(cursors.into_iter().filter_map(stretch).collect()))
    }
}

fn frames(bytes: &[u8], mut reader: FrameReader, mut look: impl FnMut(Frame)) -> Result<(), FrameError> {
    for part in bytes.chunks(LOOK_BYTES) {
        reader.push(part);
        while let Some(frame) = reader.next_frame()? {
            look(frame);
        }
    }
    Ok(())
}
