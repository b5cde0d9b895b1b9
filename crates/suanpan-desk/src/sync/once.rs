//! Agreeing with the province while somebody waits for it: the command line.

use super::driver::{Ended, Speaker, skip_requests};
use crate::{CallError, CallErrorCode, CallResult, Desk, issued};
use serde::Serialize;
use std::{sync::Arc, sync::atomic::Ordering, time::Duration};
use suanpan_sync::{client::Progress, frame::StopCode, parcel::Clocks};

/// What it came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub exchanges: u64,
    pub sent: u64,
    pub pulled: u64,
    pub disputed: u64,
    pub refused: u64,
    pub bytes_up: u64,
    pub bytes_down: u64,
}

/// What whoever waits is told meanwhile.
#[derive(Debug)]
pub enum Told<'a> {
    /// Of the exchange under way.
    Moved(&'a Progress),
    /// The province puts the desk off, for this reason; the next exchange begins after so long.
    PutOff(&'a str, Duration),
}

/// A province that is busy is asked again this often before it is given up for now.
const BUSY_TRIES: u32 = 30;
/// Exchanges in one go; each brings something, so this is never reached by honest parties.
const MOST_EXCHANGES: u64 = 100_000;

/// Exchanges until both sides hold the same. Err(Refused) in Chinese when a person must do something first, Err(Io)
/// when there is no link; what was exchanged until then stands.
pub fn agree(desk: &Arc<Desk>, server: Option<&str>, told: &mut dyn FnMut(Told<'_>)) -> CallResult<Summary> {
    let book = desk.book()?;
    let not_enrolled = || CallError::new(CallErrorCode::Refused, "本账套尚未在省平台登记，请先用 enrol 登记");
    let mut enrolled = book.enrolled()?.ok_or_else(not_enrolled)?;
    if let Some(server) = server.filter(|server| *server != enrolled.server) {
        server.clone_into(&mut enrolled.server);
        book.put_enrolled(&enrolled)?;
    }
    let clock = desk.clone();
    let mut speaker = Speaker::new(Box::new(move || clock.now_ms()))?;
    let (mut summary, mut busy) = (Summary::default(), 0);
    while summary.exchanges < MOST_EXCHANGES {
        let clocks = Clocks { at_ms: desk.now_ms(), monotonic_ms: 0, server_ms: book.sync_state()?.server_ms };
        let mut last = Progress::default();
        let ended = speaker.exchange(&book, &enrolled, clocks, &mut |progress| {
            told(Told::Moved(progress));
            last = progress.clone();
            true
        });
        summary.exchanges += 1;
        summary.add(&last);
        summary.bytes_up = speaker.link.counted.up.load(Ordering::Relaxed);
        summary.bytes_down = speaker.link.counted.down.load(Ordering::Relaxed);
        match ended.map_err(|fault| CallError::new(CallErrorCode::Io, fault.to_string()))? {
            // A block has come for records that had to do without a code: the province is to hear of it.
            Ended::Agreed if issued::give_waiting(desk, &book)? => {}
            Ended::Agreed => return Ok(summary),
            Ended::More => busy = 0,
            Ended::Stopped(stop) => match stop.code {
                StopCode::Busy if busy < BUSY_TRIES => {
                    busy += 1;
                    let wait = Duration::from_millis(stop.retry_ms.clamp(100, 60_000));
                    told(Told::PutOff(&stop.message, wait));
                    std::thread::sleep(wait);
                }
                StopCode::Replayed => skip_requests(&book)?,
                StopCode::Reset => {
                    let scope = stop.scope.or(enrolled.scopes.first().copied()).ok_or_else(not_enrolled)?;
                    let refreshed = speaker.refresh(&book, &enrolled, scope);
                    refreshed.map_err(|fault| CallError::new(CallErrorCode::Io, fault.to_string()))?;
                }
                _ => return Err(CallError::new(CallErrorCode::Refused, stop.message)),
            },
        }
    }
    Err(CallError::new(CallErrorCode::Io, "平台一直有新的数据，请稍后再同步"))
}

impl Summary {
    fn add(&mut self, progress: &Progress) {
        self.sent += progress.sent;
        self.pulled += progress.pulled;
        self.disputed += progress.disputed;
        self.refused += progress.refused;
    }
}
