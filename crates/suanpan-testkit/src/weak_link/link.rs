//! What all connections of a link share: its two lanes, its delay, its servers, its mode.

use super::{
    lane::{Lane, Passage},
    shape::{Counted, Direction, Mode, Shape},
};
use std::{
    net::SocketAddr,
    sync::{Mutex, MutexGuard},
    time::Duration,
};
use tokio::{sync::watch, time::Instant};

pub(super) struct Link {
    started: Instant,
    inner: Mutex<Inner>,
    mode: watch::Sender<Mode>,
}

#[derive(Default)]
struct Inner {
    rtt: Duration,
    up: Lane,
    down: Lane,
    connections: u64,
    upstreams: Vec<SocketAddr>,
    turn: usize,
}

impl Inner {
    fn lane(&mut self, direction: Direction) -> &mut Lane {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }
}

impl Link {
    pub(super) fn new(upstreams: &[SocketAddr], shape: Shape) -> Self {
        let link = Self { started: Instant::now(), inner: Mutex::default(), mode: watch::Sender::default() };
        link.set_upstreams(upstreams);
        link.set_shape(shape);
        link
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("nobody panics while holding the link")
    }

    pub(super) fn set_shape(&self, shape: Shape) {
        let cut_after = |direction| shape.cut.filter(|cut| cut.direction == direction).map(|cut| cut.after_bytes);
        let mut inner = self.inner();
        inner.rtt = Duration::from_millis(shape.rtt_ms);
        inner.up.set(shape.bits_per_s, cut_after(Direction::Up));
        inner.down.set(shape.bits_per_s, cut_after(Direction::Down));
    }

    pub(super) fn set_upstreams(&self, upstreams: &[SocketAddr]) {
        assert!(!upstreams.is_empty(), "a link leads somewhere");
        self.inner().upstreams = upstreams.to_vec();
    }

    pub(super) fn set_mode(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    pub(super) fn mode(&self) -> Mode {
        *self.mode.borrow()
    }

    /// Waits until the link is not silent.
    pub(super) async fn heard(&self) {
        let mut mode = self.mode.subscribe();
        mode.wait_for(|mode| *mode != Mode::Silent).await.expect("the sender is in self");
    }

    pub(super) fn rtt(&self) -> Duration {
        self.inner().rtt
    }

    /// All servers, beginning with the one whose turn it is.
    pub(super) fn next_upstreams(&self) -> Vec<SocketAddr> {
        let mut inner = self.inner();
        let mut upstreams = inner.upstreams.clone();
        let turn = inner.turn % upstreams.len();
        inner.turn = turn + 1;
        upstreams.rotate_left(turn);
        upstreams
    }

    pub(super) fn accepted(&self) {
        self.inner().connections += 1;
    }

    pub(super) fn chunk_bytes(&self, direction: Direction) -> usize {
        self.inner().lane(direction).chunk_bytes()
    }

    /// Queues a chunk; see [`Lane::pass`]. With it comes the instant at which its last bit has left.
    pub(super) fn pass(&self, direction: Direction, bytes: usize) -> Option<(Passage, Instant)> {
        let passage = self.inner().lane(direction).pass(self.started.elapsed(), bytes)?;
        let leaves = self.started + passage.leaves_at;
        Some((passage, leaves))
    }

    pub(super) fn mended(&self) {
        let mut inner = self.inner();
        inner.up.mended();
        inner.down.mended();
    }

    pub(super) fn counted(&self) -> Counted {
        let inner = self.inner();
        Counted { up_bytes: inner.up.counted, down_bytes: inner.down.counted, connections: inner.connections }
    }

    pub(super) fn reset_counts(&self) {
        let mut inner = self.inner();
        (inner.up.counted, inner.down.counted, inner.connections) = (0, 0, 0);
    }
}
