//! Which time certificates are judged by. A PC whose battery died says 2010 or 2035; that must not stop it from
//! agreeing with the province, so the last time that the province told counts for at least as much.

use rustls::{pki_types::UnixTime, time_provider::TimeProvider};
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

/// Differences up to this are not worth a word, ms.
const TOLERATED_MS: i64 = 5 * 60_000;
/// This PC's clock is believed when it is at most this far ahead of the last server time, ms: three years.
const BELIEVED_AHEAD_MS: i64 = 3 * 365 * 24 * 3600 * 1000;

/// The PC's clock, corrected by the last server time when it cannot be right.
pub struct Clock {
    now_ms: Box<dyn Fn() -> i64 + Send + Sync>,
    server_ms: AtomicI64,
}

impl Clock {
    pub fn new(now_ms: Box<dyn Fn() -> i64 + Send + Sync>) -> Self {
        Self { now_ms, server_ms: AtomicI64::new(0) }
    }

    pub fn learn(&self, server_ms: i64) {
        self.server_ms.store(server_ms, Ordering::Relaxed);
    }

    fn credible_ms(&self) -> i64 {
        let (now, server) = ((self.now_ms)(), self.server_ms.load(Ordering::Relaxed));
        if server > 0 && !(server..=server + BELIEVED_AHEAD_MS).contains(&now) { server } else { now }
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Clock")
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let since = Duration::from_millis(self.credible_ms().unsigned_abs());
        Some(UnixTime::since_unix_epoch(since))
    }
}

/// How far `now_ms` is ahead of the province's time that came with an answer at that moment; 0 when it is not worth a
/// word.
pub fn skew_ms(now_ms: i64, server_ms: i64) -> i64 {
    let skew = now_ms - server_ms;
    if server_ms == 0 || skew.abs() <= TOLERATED_MS { 0 } else { skew }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;
    const YEAR: i64 = 365 * 24 * 3600 * 1000;

    #[test]
    fn a_clock_that_cannot_be_right_gives_way_to_the_last_server_time() {
        for (pc, server, credible) in [
            (NOW, 0, NOW),
            (NOW + 1000, NOW, NOW + 1000),
            (NOW - 16 * YEAR, NOW, NOW),
            (NOW + 9 * YEAR, NOW, NOW),
        ] {
            let clock = Clock::new(Box::new(move || pc));
            clock.learn(server);
            assert_eq!(clock.credible_ms(), credible, "pc {pc}, server {server}");
        }
    }

    #[test]
    fn only_a_difference_of_more_than_five_minutes_is_told() {
        assert_eq!(skew_ms(NOW + 299_000, NOW), 0);
        assert_eq!(skew_ms(NOW - 600_000, NOW), -600_000);
        assert_eq!(skew_ms(NOW, 0), 0);
    }
}
