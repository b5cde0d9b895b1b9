//! When to try: right after a change or a click, soon after a success, less and less often while there is no link. Pure:
//! the time and the dice come in.

use super::state::{Mode, TimeWindow, Wishes};

/// First wait after a failure and the longest one, ms.
const FIRST_MS: u64 = 5_000;
const LONGEST_MS: u64 = 15 * 60_000;
/// While all is well the province is asked again after about this long, ms.
const QUIET_MS: u64 = 5 * 60_000;

/// Wait before attempt number `failures` + 1, doubled each time and spread by `dice` over half to all of it, so that
/// a thousand desks do not come back at once.
pub fn after_failure_ms(failures: u32, dice: u64) -> u64 {
    let full = FIRST_MS.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST_MS);
    (full / 2 + dice % (full / 2 + 1)).max(FIRST_MS.min(full))
}

/// Wait after an exchange that left nothing to do.
pub fn after_success_ms(dice: u64) -> u64 {
    QUIET_MS / 2 + dice % QUIET_MS
}

/// May the desk use the link by itself at this minute of the day?
fn may_by_itself(wishes: &Wishes, minute_of_day: u16) -> bool {
    if wishes.paused {
        return false;
    }
    match wishes.mode {
        Mode::Auto => true,
        Mode::Manual => false,
        Mode::Window => is_within(wishes.window, minute_of_day),
    }
}

/// How the last exchange ended, as far as the next depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// Well, or there was none.
    Well,
    /// So many have failed since one went well.
    Failed(u32),
    /// The province is busy and has given a time.
    PutOff,
    /// A person must do something first.
    Blocked,
}

/// May the desk begin an exchange that nobody asks for right now? What was asked for and put off is brought to its end.
pub fn may_begin(last: Last, wishes: &Wishes, minute_of_day: u16) -> bool {
    may_by_itself(wishes, minute_of_day) || last == Last::PutOff && !wishes.paused
}

/// Does it begin one now? `typed`: something waits to be sent. Until a time that was set after a failure, or given by the
/// province, it waits, too.
pub fn begins(last: Last, due: bool, typed: bool) -> bool {
    last != Last::Blocked && (due || typed && last == Last::Well)
}

fn is_within(window: TimeWindow, minute: u16) -> bool {
    if window.from <= window.to {
        (window.from..window.to).contains(&minute)
    } else {
        minute >= window.from || minute < window.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_five_seconds_to_a_quarter_of_an_hour_and_are_spread() {
        assert_eq!(after_failure_ms(1, 0), 5_000);
        for failures in 1..40 {
            for dice in [0, 1, 77_777, u64::MAX] {
                let wait = after_failure_ms(failures, dice);
                assert!((5_000..=900_000).contains(&wait), "{failures}, {dice}: {wait}");
            }
        }
        assert!(after_failure_ms(20, 0) >= 450_000);
        assert_ne!(after_failure_ms(9, 1), after_failure_ms(9, 100_000));
    }

    #[test]
    fn hours_may_go_over_midnight() {
        let wishes = |from, to| Wishes { mode: Mode::Window, window: TimeWindow { from, to }, paused: false };
        let night = wishes(22 * 60, 6 * 60);
        assert!(may_by_itself(&night, 23 * 60) && may_by_itself(&night, 60) && !may_by_itself(&night, 12 * 60));
        let noon = wishes(12 * 60, 13 * 60);
        assert!(may_by_itself(&noon, 12 * 60) && !may_by_itself(&noon, 13 * 60));
        assert!(!may_by_itself(&Wishes { mode: Mode::Manual, ..Wishes::default() }, 0));
        assert!(!may_by_itself(&Wishes { paused: true, ..Wishes::default() }, 0));
    }

    #[test]
    fn what_was_asked_for_and_put_off_is_brought_to_its_end_unless_it_is_paused() {
        let by_hand = Wishes { mode: Mode::Manual, ..Wishes::default() };
        assert!(may_begin(Last::PutOff, &by_hand, 0));
        assert!(!may_begin(Last::PutOff, &Wishes { paused: true, ..by_hand }, 0));
        assert!(!may_begin(Last::Well, &by_hand, 0) && !may_begin(Last::Failed(1), &by_hand, 0));
    }

    #[test]
    fn what_is_typed_goes_at_once_unless_a_time_was_set() {
        for (last, at_once, when_due) in [
            (Last::Well, true, true),
            (Last::Failed(1), false, true),
            (Last::PutOff, false, true),
            (Last::Blocked, false, false),
        ] {
            assert_eq!((begins(last, false, true), begins(last, true, false)), (at_once, when_due), "{last:?}");
            assert!(!begins(last, false, false));
        }
    }
}
