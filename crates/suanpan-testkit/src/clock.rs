//! A clock for tests: it stands still until it is told to move. Clones show the same time.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// Milliseconds since 1970 that only the test changes.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    /// A clock that shows `ms`, milliseconds since 1970; negative before.
    pub fn at(ms: i64) -> Self {
        Self(Arc::new(AtomicI64::new(ms)))
    }

    /// What the clock shows, milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Moves the clock by `ms`; a negative number sets it back, as a dead battery does.
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }

    /// Sets the clock to `ms`, milliseconds since 1970.
    pub fn set(&self, ms: i64) {
        self.0.store(ms, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn a_clock_moves_only_when_told_and_for_all_who_hold_it() {
        let clock = Clock::at(1_000);
        let held_elsewhere = clock.clone();
        clock.advance(500);
        assert_eq!(held_elsewhere.now_ms(), 1_500);
        held_elsewhere.set(-1);
        assert_eq!(clock.now_ms(), -1);
    }
}
