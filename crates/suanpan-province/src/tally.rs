//! Counts frames as they pass, without opening them: which kinds went by, where they end, how the conversation was ended.

use suanpan_sync::frame::{MAX_FRAME_BYTES, StopCode};

/// Kinds of frames as metrics name them.
const KINDS: &[(u8, &str)] = &[
    (1, "hello"),
    (2, "parcel"),
    (3, "parcel"),
    (4, "end"),
    (5, "ask"),
    (16, "welcome"),
    (17, "ack"),
    (18, "outcome"),
    (19, "own"),
    (20, "entry"),
    (21, "done"),
    (22, "stop"),
    (23, "block"),
];
/// How exchanges end, by the code of the stop.
const STOPS: &[(StopCode, &str)] = &[
    (StopCode::Unknown, "unknown"),
    (StopCode::Revoked, "revoked"),
    (StopCode::Fork, "fork"),
    (StopCode::Reset, "reset"),
    (StopCode::TooOld, "too_old"),
    (StopCode::Busy, "busy"),
    (StopCode::Replayed, "replayed"),
    (StopCode::Malformed, "malformed"),
];
const CHECK_BYTES: u64 = 4;
/// Bits of a length that can still be within what a frame may hold.
const LENGTH_BITS: u32 = 28;

/// The first two bytes of a frame that has gone by: its kind, and the code of a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Passed([u8; 2]);

impl Passed {
    pub fn kind(self) -> &'static str {
        KINDS.iter().find(|(byte, _)| *byte == self.0[0]).map_or("other", |(_, name)| name)
    }

    /// How this frame ends an exchange; None: it does not.
    pub fn ending(self) -> Option<&'static str> {
        match self.kind() {
            "done" => Some("done"),
            "stop" => STOPS.iter().find(|(code, _)| *code as u8 == self.0[1]).map(|(_, name)| *name),
            _ => None,
        }
    }
}

/// Goes along a stream of frames that comes in pieces.
#[derive(Debug, Default)]
pub struct Walk {
    length: u64,
    bits: u32,
    /// Bytes of the frame that are still to come; 0: its length is being read.
    left: u64,
    begun: [u8; 2],
    seen: usize,
    broken: bool,
}

impl Walk {
    /// Goes on over `bytes` and tells each frame that ends in them.
    pub fn over(&mut self, mut bytes: &[u8], each: &mut dyn FnMut(Passed)) {
        while let Some((&byte, after)) = bytes.split_first().filter(|_| !self.broken) {
            if self.left == 0 {
                bytes = after;
                self.read_length(byte);
                continue;
            }
            let count = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
            for &byte in bytes[..count].iter().take(2 - self.seen) {
                self.begun[self.seen] = byte;
                self.seen += 1;
            }
            self.left -= count as u64;
            bytes = &bytes[count..];
            if self.left == 0 {
                each(Passed(self.begun));
            }
        }
    }

    /// Has a frame begun that has not ended?
    pub fn is_within(&self) -> bool {
        self.left > 0 || self.bits > 0
    }

    /// These are no frames: nothing more is told.
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    fn read_length(&mut self, byte: u8) {
        self.length |= u64::from(byte & 0x7f) << self.bits;
        self.bits += 7;
        if byte & 0x80 != 0 {
            self.broken = self.bits >= LENGTH_BITS;
            return;
        }
        self.broken = self.length <= CHECK_BYTES || self.length > MAX_FRAME_BYTES as u64;
        self.left = self.length;
        (self.length, self.bits, self.seen, self.begun) = (0, 0, 0, [0; 2]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use suanpan_sync::frame::{Frame, Stop};

    #[test]
    fn frames_are_told_apart_however_the_pieces_are_cut() {
        let mut bytes = Vec::new();
        Frame::Ack { received: 300 }.write(&mut bytes);
        Frame::Parcel { seq: 1, packed: vec![9; 5_000], signature: None }.write(&mut bytes);
        Frame::Stop(Stop { code: StopCode::Busy, message: "忙".into(), retry_ms: 7, scope: None }).write(&mut bytes);
        for piece in [1, 2, 3, 7, 4_096, bytes.len()] {
            let (mut walk, mut passed) = (Walk::default(), Vec::new());
            bytes.chunks(piece).for_each(|piece| walk.over(piece, &mut |frame| passed.push(frame)));
            let kinds: Vec<_> = passed.iter().map(|frame| frame.kind()).collect();
            assert_eq!(kinds, ["ack", "parcel", "stop"], "pieces of {piece}");
            assert_eq!(passed[2].ending(), Some("busy"));
            assert!(!walk.is_broken() && !walk.is_within());
        }
    }

    #[test]
    fn what_is_no_frame_is_noticed_at_its_first_bytes() {
        for bytes in [&b"\xff\xff\xff\xff\xff"[..], b"\x00", b"\x04", b"\x81\x80\x40"] {
            let mut walk = Walk::default();
            walk.over(bytes, &mut |_| panic!("nothing ends here"));
            assert!(walk.is_broken(), "{bytes:?}");
        }
    }
}
