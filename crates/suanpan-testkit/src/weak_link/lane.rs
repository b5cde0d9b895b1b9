//! One direction of the link: a queue that all connections share, with its rate, its count and its cut.
//! Pure arithmetic over a time that comes in; who sleeps and who sends is in `carrier` and `pump`.

use std::time::Duration;

/// Chunks are as long as the link needs for this: short enough that connections take turns, long
/// enough that a fast link is not slowed by the timer.
const QUANTUM_MS: u64 = 10;
/// A packet's worth, and what one read may bring at most.
const CHUNK_BYTES: (u64, u64) = (1_400, 65_536);

#[derive(Debug, Default)]
pub(super) struct Lane {
    bits_per_s: Option<u64>,
    /// Time at which the last chunk will have left.
    free_at: Duration,
    pub(super) counted: u64,
    /// Bytes until the planned cut.
    left: Option<u64>,
    /// The cut has been reached and is being carried out.
    cutting: bool,
}

/// How a chunk fares.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Passage {
    /// How many of its bytes pass; fewer than offered only at a cut.
    pub(super) bytes: usize,
    /// When its last bit has left.
    pub(super) leaves_at: Duration,
    /// This chunk met the cut: when it has arrived, the link is to be cut.
    pub(super) cuts: bool,
}

impl Lane {
    pub(super) fn set(&mut self, bits_per_s: Option<u64>, cut_after: Option<u64>) {
        self.bits_per_s = bits_per_s;
        self.left = cut_after;
    }

    /// The cut has been carried out; what comes next passes.
    pub(super) fn mended(&mut self) {
        self.cutting = false;
    }

    /// How long a chunk may be, bytes.
    pub(super) fn chunk_bytes(&self) -> usize {
        let (least, most) = CHUNK_BYTES;
        let paced = self.bits_per_s.map_or(most, |rate| rate * QUANTUM_MS / 8_000);
        paced.clamp(least, most) as usize
    }

    /// Queues a chunk of `bytes` at `now`; `None` when the cut has been reached and nothing passes.
    pub(super) fn pass(&mut self, now: Duration, bytes: usize) -> Option<Passage> {
        if self.cutting {
            return None;
        }
        let offered = bytes as u64;
        let bytes = self.left.map_or(offered, |left| offered.min(left));
        self.left = self.left.map(|left| left - bytes);
        let cuts = self.left.take_if(|left| *left == 0).is_some();
        self.cutting = cuts;
        self.counted += bytes;
        let takes = self.bits_per_s.map_or(0, |rate| bytes * 8_000_000_000 / rate.max(1));
        self.free_at = self.free_at.max(now) + Duration::from_nanos(takes);
        Some(Passage { bytes: bytes as usize, leaves_at: self.free_at, cuts })
    }
}

#[cfg(test)]
mod tests {
    use super::{Lane, Passage};
    use std::time::Duration;

    fn lane(bits_per_s: Option<u64>, cut_after: Option<u64>) -> Lane {
        let mut lane = Lane::default();
        lane.set(bits_per_s, cut_after);
        lane
    }

    #[test]
    fn eight_thousand_bytes_take_one_second_at_64_kbit_whatever_their_chunks() {
        for chunk in [1, 80, 1_000, 8_000] {
            let mut lane = lane(Some(64_000), None);
            let last = (0..8_000 / chunk).map(|_| lane.pass(Duration::ZERO, chunk)).last().flatten();
            assert_eq!(last.map(|passage| passage.leaves_at), Some(Duration::from_secs(1)), "chunks of {chunk}");
            assert_eq!(lane.counted, 8_000);
        }
    }

    #[test]
    fn time_that_was_not_used_is_not_saved_up() {
        let mut lane = lane(Some(8_000), None);
        lane.pass(Duration::ZERO, 1_000);
        let after_a_pause = lane.pass(Duration::from_secs(100), 1_000).unwrap();
        assert_eq!(after_a_pause.leaves_at, Duration::from_secs(101));
    }

    #[test]
    fn without_a_rate_a_chunk_leaves_at_once() {
        let passage = lane(None, None).pass(Duration::from_millis(7), 60_000).unwrap();
        assert_eq!(passage, Passage { bytes: 60_000, leaves_at: Duration::from_millis(7), cuts: false });
    }

    #[test]
    fn a_cut_lets_exactly_its_bytes_pass_and_nothing_until_it_is_mended() {
        let mut lane = lane(None, Some(1_500));
        assert!(!lane.pass(Duration::ZERO, 1_000).unwrap().cuts);
        let last = lane.pass(Duration::ZERO, 1_000).unwrap();
        assert_eq!((last.bytes, last.cuts), (500, true));
        assert_eq!(lane.pass(Duration::ZERO, 1), None);
        assert_eq!(lane.counted, 1_500);
        lane.mended();
        assert_eq!(lane.pass(Duration::ZERO, 10).map(|passage| (passage.bytes, passage.cuts)), Some((10, false)));
    }

    #[test]
    fn a_cut_after_no_bytes_comes_with_the_first_byte() {
        let first = lane(None, Some(0)).pass(Duration::ZERO, 10);
        assert_eq!(first, Some(Passage { bytes: 0, leaves_at: Duration::ZERO, cuts: true }));
    }

    #[test]
    fn chunks_are_a_packet_on_a_slow_link_and_longer_on_a_fast_one() {
        let sizes =
            [Some(64_000), Some(10_000_000), Some(1_000_000_000), None].map(|rate| lane(rate, None).chunk_bytes());
        assert_eq!(sizes, [1_400, 12_500, 65_536, 65_536]);
    }
}
