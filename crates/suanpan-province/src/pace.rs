//! How fast the work goes, and when those who could not be served are to come again: one after the other as fast as that,
//! so that they neither come all at once nor leave the server with nothing to do.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Nobody comes again sooner or later than this, ms.
const SOONEST_MS: f64 = 1_000.0;
const LATEST_MS: f64 = 60_000.0;
/// One piece of work counts for so much of the mean.
const WEIGHT: f64 = 1.0 / 64.0;

pub struct Pace {
    workers: f64,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// What a piece of work takes a worker, ms.
    work_ms: f64,
    /// The last appointment that was given, ms since 1970.
    given_ms: f64,
}

impl Pace {
    pub fn new(workers: usize) -> Self {
        Self { workers: workers.max(1) as f64, known: Mutex::default() }
    }

    /// A worker has spent `took` on a piece of work.
    pub fn worked(&self, took: Duration) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.work_ms += (took.as_secs_f64() * 1e3 - known.work_ms) * WEIGHT;
    }

    /// An appointment: in how many ms the next of those who could not be served is to come again.
    pub fn appointment(&self, now_ms: i64) -> u64 {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let now_ms = now_ms as f64;
        let next_ms = known.given_ms + known.work_ms / self.workers;
        known.given_ms = next_ms.clamp(now_ms + SOONEST_MS, now_ms + LATEST_MS);
        (known.given_ms - now_ms) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_800_000_000_000;

    /// Two workers that take 10 ms for each piece of work.
    fn busy() -> Pace {
        let pace = Pace::new(2);
        (0..1_000).for_each(|_| pace.worked(Duration::from_millis(10)));
        pace
    }

    #[test]
    fn those_who_could_not_be_served_come_again_as_fast_as_the_work_goes() {
        let pace = busy();
        let appointments: Vec<u64> = (0..101).map(|_| pace.appointment(NOW_MS)).collect();
        assert_eq!(appointments[0], 1_000);
        assert!((1_499..=1_500).contains(&appointments[100]), "{appointments:?}");
        assert!(appointments.is_sorted());
    }

    #[test]
    fn an_appointment_is_never_soon_nor_in_hours() {
        let pace = busy();
        let last = (0..20_000).map(|_| pace.appointment(NOW_MS)).last();
        assert_eq!(last, Some(60_000));
        assert_eq!(pace.appointment(NOW_MS + 3_600_000), 1_000, "the waves of an hour ago have passed");
    }
}
