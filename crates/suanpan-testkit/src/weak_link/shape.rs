//! What a link can be told to be, and what it has counted. Plain data.

use serde::Serialize;

/// How good or bad the link is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shape {
    /// Round trip in milliseconds: half of it is added on the way up, half on the way down; opening a
    /// connection costs one round trip before the first byte moves.
    pub rtt_ms: u64,
    /// Bits per second of payload, the same in either direction, shared by all connections; `None`: as
    /// fast as the machine. Headers of TCP and IP are neither counted nor paid for.
    pub bits_per_s: Option<u64>,
    /// Where to break, once. Bytes are counted from the moment the shape is set.
    pub cut: Option<Cut>,
}

impl Shape {
    /// No delay, no limit, no cut.
    pub const FREE: Self = Self { rtt_ms: 0, bits_per_s: None, cut: None };
    /// The link of the targets: a phone at the edge of coverage, 600 ms and 64 kbit/s.
    pub const PHONE: Self = Self { rtt_ms: 600, bits_per_s: Some(64_000), cut: None };

    /// The same link that breaks once at `cut`.
    pub fn cut(self, cut: Cut) -> Self {
        Self { cut: Some(cut), ..self }
    }
}

/// Direction seen from the device: up to the server, down from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Up,
    Down,
}

/// After so many bytes in one direction the link breaks: these bytes arrive, none after them, and all
/// connections are reset. The next connection is fine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    pub direction: Direction,
    pub after_bytes: u64,
}

impl Cut {
    /// Breaks when `bytes` have gone up.
    pub fn up(bytes: u64) -> Self {
        Self { direction: Direction::Up, after_bytes: bytes }
    }

    /// Breaks when `bytes` have come down.
    pub fn down(bytes: u64) -> Self {
        Self { direction: Direction::Down, after_bytes: bytes }
    }
}

/// What the link does with connections and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Carries bytes between the device and the server.
    #[default]
    Carrying,
    /// New connections are refused, as by a machine without the server. Open ones go on: see
    /// [`WeakLink::cut_all`](super::WeakLink::cut_all).
    Refusing,
    /// Connections open, nothing moves and nothing ends, as when coverage is lost. Going back to
    /// [`Mode::Carrying`] lets everything that waits go on.
    Silent,
    /// New connections get a login page with status 200 from the link itself, as in a hotel.
    Portal,
}

/// What has crossed the link: payload bytes of TCP and connections accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// From device to server, bytes.
    pub up_bytes: u64,
    /// From server to device, bytes.
    pub down_bytes: u64,
    /// Connections accepted from devices, whether or not a server answered behind the link.
    pub connections: u64,
}
