//! The body of an exchange as it comes in. What comes fast is gathered, so that it is one transaction; what comes slowly is
//! not waited for; and as long as no frame is whole, nothing is passed on.

use crate::tally::{Passed, Walk};
use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use std::time::Duration;
use tokio::time::timeout;

/// Bytes that come within so long after a whole frame go with it, up to about this many.
const GATHERING: Duration = Duration::from_millis(3);
const GATHERED_BYTES: usize = 128 << 10;
/// After the last word a client may still be sending: so much is read and thrown away, so that the reason reaches it.
const DRAINED_BYTES: usize = 1 << 20;
const DRAINING: Duration = Duration::from_secs(10);

pub struct Upload {
    body: Body,
    walk: Walk,
    /// Longest time without a byte.
    idle: Duration,
    /// Bytes that may still come in this request.
    room: u64,
    over: bool,
    /// The link broke, or nothing came for too long: no end that anybody meant.
    lost: bool,
    pub bytes: u64,
}

impl Upload {
    pub fn new(body: Body, idle: Duration, room: u64) -> Self {
        Self { over: body.is_end_stream(), body, walk: Walk::default(), idle, room, lost: false, bytes: 0 }
    }

    /// Nothing more will come, or be taken.
    pub fn is_over(&self) -> bool {
        self.over || self.is_too_much()
    }

    /// What came are no frames, or it ended in the middle of one as if that were its end.
    pub fn is_nonsense(&self) -> bool {
        self.walk.is_broken() || self.over && !self.lost && self.walk.is_within()
    }

    /// More came than one request may bring.
    pub fn is_too_much(&self) -> bool {
        self.bytes > self.room
    }

    /// The next bytes, whole frames among them unless it is the rest. None at the end, when nothing came for too long, or
    /// when too much came. Each frame that passes is told.
    pub async fn next(&mut self, each: &mut (dyn FnMut(Passed) + Send)) -> Option<Bytes> {
        let mut gathered: Vec<u8> = Vec::new();
        let mut is_whole = false;
        while !self.is_over() && (!is_whole || gathered.len() < GATHERED_BYTES) {
            let wait = if is_whole { GATHERING } else { self.idle };
            let Ok(piece) = timeout(wait, self.piece()).await else {
                self.lost |= !is_whole;
                self.over |= self.lost;
                break;
            };
            let Some(piece) = piece else { break };
            self.walk.over(&piece, &mut |passed| {
                is_whole = true;
                each(passed);
            });
            is_whole |= self.walk.is_broken();
            gathered.extend_from_slice(&piece);
        }
        (!gathered.is_empty() && !self.is_too_much()).then(|| gathered.into())
    }

    /// Reads what the client may still be sending.
    pub async fn drain(&mut self) {
        let mut drained = 0;
        let all = async {
            while !self.over && drained < DRAINED_BYTES {
                drained += self.piece().await.map_or(0, |piece| piece.len());
            }
        };
        let _ = timeout(DRAINING, all).await;
    }

    /// The end of the request follows its last frame at once: waits a moment for it, so that the connection can be kept.
    pub async fn end(&mut self) {
        if !self.over {
            let _ = timeout(GATHERING, self.piece()).await;
        }
    }

    async fn piece(&mut self) -> Option<Bytes> {
        let frame = self.body.frame().await;
        self.lost |= matches!(frame, Some(Err(_)));
        let piece = frame.and_then(|frame| frame.ok()?.into_data().ok());
        self.over |= piece.is_none() || self.body.is_end_stream();
        self.bytes += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        piece
    }
}
