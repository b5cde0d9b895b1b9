//! Uses the link whenever it may: after a change, after a click, when the network changes, and else with back-off.
//! Works on a thread of its own; the book's writer is free between frames, so nobody's typing waits.

use super::{
    clock::{Clock, skew_ms},
    link::{Address, Link, LinkFault},
    pace::{self, Last},
    snapshot::Chunks,
    state::{Phase, Wishes},
};
use crate::{CallError, CallErrorCode, CallResult, Desk, background, issued};
use std::{
    sync::{Arc, Condvar, Mutex, PoisonError, Weak, atomic::Ordering},
    time::{Duration, Instant},
};
use suanpan_store::{
    Book,
    sync::{Enrolled, SyncBook},
};
use suanpan_sync::{
    client::{Progress, Session, SessionFault, Settings},
    frame::{Stop, StopCode},
    keys::SecretKeys,
    parcel::Clocks,
    scope::Scope,
};

/// How often it is noticed that something was typed or another book was opened.
const GLANCE: Duration = Duration::from_secs(2);
/// What is typed in quick succession goes together.
const SETTLING: Duration = Duration::from_secs(3);
/// A request number is skipped this far when the province has seen higher ones: the book came from a backup.
const SKIPPED_REQUESTS: u64 = 1 << 20;
/// Above this rate parcels are packed larger, bytes/s.
const GOOD_LINK: u64 = 128 << 10;

/// What the driver is doing, for whoever looks.
#[derive(Debug, Clone, Default)]
pub struct Watched {
    pub phase: Phase,
    pub progress: Progress,
    pub bytes_up: u64,
    pub bytes_down: u64,
    pub next_try_ms: i64,
    pub problem: Option<String>,
    pub remedy: Option<String>,
    pub clock_skew_ms: i64,
}

#[derive(Default)]
struct Bell {
    rung: bool,
    /// A person asked: hours and mode do not matter this time.
    asked: bool,
}

/// The handle that calls hold.
#[derive(Clone, Default)]
pub struct Driver {
    watched: Arc<Mutex<Watched>>,
    bell: Arc<(Mutex<Bell>, Condvar)>,
}

impl Driver {
    pub fn watched(&self) -> Watched {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn watch(&self, change: impl FnOnce(&mut Watched)) {
        change(&mut self.watched.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Looks again at once. `asked`: a person wants it now, whatever the hours.
    pub fn nudge(&self, asked: bool) {
        let (bell, rings) = &*self.bell;
        let mut bell = bell.lock().unwrap_or_else(PoisonError::into_inner);
        (bell.rung, bell.asked) = (true, bell.asked || asked);
        rings.notify_all();
    }

    /// Waits until it is rung or `longest` is over; (rung, asked).
    fn wait(&self, longest: Duration) -> (bool, bool) {
        let (bell, rings) = &*self.bell;
        let bell = bell.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = rings.wait_timeout_while(bell, longest, |bell| !bell.rung);
        let (mut bell, _) = waited.unwrap_or_else(PoisonError::into_inner);
        (std::mem::take(&mut bell.rung), std::mem::take(&mut bell.asked))
    }
}

/// How an exchange ended that went as it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Both sides hold the same.
    Agreed,
    /// There is more to send or to fetch.
    More,
    /// The province ended it and says why.
    Stopped(Stop),
}

/// What one book needs to speak with its province.
pub struct Speaker {
    runtime: tokio::runtime::Runtime,
    pub link: Link,
    clock: Arc<Clock>,
    good_link: bool,
    /// What has come of a snapshot that is not whole yet.
    pub(super) chunks: Chunks,
}

impl Speaker {
    pub fn new(now_ms: Box<dyn Fn() -> i64 + Send + Sync>) -> CallResult<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| CallError::new(CallErrorCode::Internal, error.to_string()))?;
        let clock = Arc::new(Clock::new(now_ms));
        Ok(Self { runtime, link: Link::new(clock.clone()), clock, good_link: false, chunks: Chunks::new() })
    }

    pub fn run<T>(&mut self, work: impl AsyncFnOnce(&mut Link) -> T) -> T {
        self.runtime.block_on(work(&mut self.link))
    }

    /// One exchange. `watch` is told what moves and may stop it by returning false.
    pub fn exchange(
        &mut self,
        book: &Arc<Book>,
        enrolled: &Enrolled,
        clocks: Clocks,
        watch: &mut dyn FnMut(&Progress) -> bool,
    ) -> Result<Ended, LinkFault> {
        let address = Address::read(&enrolled.server)?;
        let keys = SecretKeys::from_seed(enrolled.secret);
        let mut sync_book = SyncBook(book.clone());
        let mut settings = Settings { wants_checkpoint: wants_checkpoint(book), ..Settings::default() };
        if self.good_link {
            settings.frame_bytes = suanpan_sync::codec::MOST_FRAME_BYTES;
        }
        self.clock.learn(clocks.server_ms);
        let mut session = Session::begin(&mut sync_book, &keys, settings, clocks)?;
        let (began, before) = (Instant::now(), self.link.counted.up.load(Ordering::Relaxed));
        self.runtime.block_on(self.link.exchange(&address, &mut session, &mut sync_book, watch))?;
        let moved = self.link.counted.up.load(Ordering::Relaxed) - before;
        self.good_link = moved > 64 << 10 && moved / began.elapsed().as_secs().max(1) > GOOD_LINK;
        if let Some(stop) = session.stop() {
            return Ok(Ended::Stopped(stop.clone()));
        }
        let state = book.sync_state().map_err(|error| failed(&error))?;
        let all_sent = state.settled == state.outbox && !has_unpacked(book);
        Ok(if session.progress().remaining == 0 && all_sent { Ended::Agreed } else { Ended::More })
    }
}

fn failed(error: &dyn std::fmt::Display) -> LinkFault {
    SessionFault::Store(suanpan_sync::client::store::StoreFault::Failed(error.to_string())).into()
}

fn has_unpacked(book: &Book) -> bool {
    book.has_unpacked().unwrap_or(false)
}

/// A checkpoint a day is enough to find a rewritten log.
fn wants_checkpoint(book: &Book) -> bool {
    book.sync_state().is_ok_and(|state| book.newest_checkpoint_ms().unwrap_or(0) + 24 * 3600 * 1000 < state.server_ms)
}

/// What happened, as the thread below goes on from it.
enum Next {
    /// Some minutes later, or when something is typed.
    Rest,
    /// Not before the time that the province has given.
    ComeAgain(Duration),
    Failed,
    Blocked,
}

/// For programs that stay open: keeps the open book in step with its province. Ends with the desk.
pub fn keep_in_step(desk: &Arc<Desk>) {
    let driver = desk.driver.clone();
    let desk: Weak<Desk> = Arc::downgrade(desk);
    std::thread::spawn(move || {
        background::step_back();
        let network = driver.clone();
        // Where the system cannot tell, the back-off probes.
        let _watching = netwatcher::watch_interfaces_with_callback(move |_| network.nudge(false));
        let mut keeper = Keeper::new(driver);
        loop {
            let (rung, asked) = keeper.driver.wait(GLANCE);
            let Some(desk) = desk.upgrade() else { break };
            keeper.look(&desk, rung, asked);
        }
    });
}

/// What the thread remembers from one look to the next.
struct Keeper {
    driver: Driver,
    speaker: Option<Speaker>,
    /// Which book it is, and its count of changes when it was last looked at.
    seen: Option<(std::path::PathBuf, u64)>,
    changed: Option<Instant>,
    due: Option<Instant>,
    last: Last,
}

impl Keeper {
    fn new(driver: Driver) -> Self {
        Self { driver, speaker: None, seen: None, changed: None, due: None, last: Last::Well }
    }

    fn look(&mut self, desk: &Arc<Desk>, rung: bool, asked: bool) {
        let Ok(book) = desk.book() else {
            self.seen = None;
            return self.driver.watch(|watched| *watched = Watched::default());
        };
        let Ok(Some(enrolled)) = book.enrolled() else {
            return self.driver.watch(|watched| *watched = Watched::default());
        };
        self.notice(&book);
        if rung {
            self.due = Some(Instant::now());
            if self.last != Last::PutOff {
                self.last = Last::Well;
            }
        }
        let wishes: Wishes = book.sync_note("wishes").ok().flatten().unwrap_or_default();
        let minute = minute_of_day(desk);
        if !asked && !pace::may_begin(self.last, &wishes, minute) {
            return self.driver.watch(|watched| {
                watched.phase = waiting_for_a_person(watched.phase, wishes.paused);
                watched.next_try_ms = 0;
            });
        }
        let typed = self.changed.is_some_and(|at| at.elapsed() >= SETTLING) && has_unpacked(&book);
        let due = self.due.is_none_or(|at| at <= Instant::now());
        if !asked && !pace::begins(self.last, due, typed) {
            return;
        }
        self.changed = None;
        let next = self.agree(desk, &book, &enrolled);
        self.plan(desk, next);
    }

    /// Notices another book, and what was typed.
    fn notice(&mut self, book: &Arc<Book>) {
        let now = (book.path().to_owned(), book.changes());
        match &self.seen {
            Some((path, changes)) if *path == now.0 => {
                if *changes != now.1 {
                    self.changed = Some(Instant::now());
                }
            }
            _ => *self = Self::new(self.driver.clone()),
        }
        self.seen = Some(now);
    }

    fn plan(&mut self, desk: &Desk, next: Next) {
        let dice = u64::from_be_bytes(desk.new_id().as_bytes()[8..].try_into().unwrap_or_default());
        let (last, wait) = match next {
            Next::Rest => (Last::Well, Duration::from_millis(pace::after_success_ms(dice))),
            Next::ComeAgain(wait) => (Last::PutOff, wait),
            Next::Failed => {
                let failures = if let Last::Failed(before) = self.last { before + 1 } else { 1 };
                (Last::Failed(failures), Duration::from_millis(pace::after_failure_ms(failures, dice)))
            }
            Next::Blocked => (Last::Blocked, Duration::from_secs(3600)),
        };
        self.last = last;
        self.due = Some(Instant::now() + wait);
        let next_try_ms = if last == Last::Blocked { 0 } else { desk.now_ms() + wait.as_millis() as i64 };
        self.driver.watch(|watched| watched.next_try_ms = next_try_ms);
    }

    /// Exchanges until both sides hold the same or something stands in the way.
    fn agree(&mut self, desk: &Arc<Desk>, book: &Arc<Book>, enrolled: &Enrolled) -> Next {
        self.driver.watch(|watched| {
            *watched = Watched { phase: Phase::Connecting, clock_skew_ms: watched.clock_skew_ms, ..Watched::default() };
        });
        loop {
            let outcome = self.exchange(desk, book, enrolled);
            let skew = book.sync_state().map_or(0, |state| skew_ms(desk.now_ms(), state.server_ms));
            self.seen = Some((book.path().to_owned(), book.changes()));
            match outcome {
                Ok(Ended::More) => {}
                // A block has come for records that had to do without a code: the province is to hear of it.
                Ok(Ended::Agreed) if issued::give_waiting(desk, book).unwrap_or(false) => {}
                Ok(Ended::Agreed) => {
                    self.driver.watch(|watched| {
                        (watched.phase, watched.clock_skew_ms, watched.problem) = (Phase::Idle, skew, None);
                    });
                    return Next::Rest;
                }
                Ok(Ended::Stopped(stop)) => match self.stopped(book, enrolled, &stop) {
                    Some(next) => return next,
                    None => continue,
                },
                Err(fault) => return self.failed(&fault),
            }
        }
    }

    fn exchange(&mut self, desk: &Arc<Desk>, book: &Arc<Book>, enrolled: &Enrolled) -> Result<Ended, LinkFault> {
        if self.speaker.is_none() {
            let clock = desk.clone();
            let speaker = Speaker::new(Box::new(move || clock.now_ms()));
            self.speaker = Some(speaker.map_err(|error| failed(&error))?);
        }
        let Some(speaker) = self.speaker.as_mut() else { return Err(LinkFault::Cut) };
        let clocks = Clocks { at_ms: desk.now_ms(), monotonic_ms: 0, server_ms: server_ms(book) };
        let (driver, counted) = (self.driver.clone(), speaker.link.counted.clone());
        let (up, down) = (counted.up.load(Ordering::Relaxed), counted.down.load(Ordering::Relaxed));
        let still_open = Arc::downgrade(desk);
        speaker.exchange(book, enrolled, clocks, &mut |progress| {
            driver.watch(|watched| {
                watched.phase = if progress.sent < progress.to_send { Phase::Sending } else { Phase::Receiving };
                watched.progress = progress.clone();
                watched.bytes_up = counted.up.load(Ordering::Relaxed) - up;
                watched.bytes_down = counted.down.load(Ordering::Relaxed) - down;
            });
            let desk = still_open.upgrade();
            desk.is_some_and(|desk| desk.book().is_ok_and(|open| open.path() == book.path()))
        })
    }

    /// None: go on at once.
    fn stopped(&mut self, book: &Arc<Book>, enrolled: &Enrolled, stop: &Stop) -> Option<Next> {
        let remedy = match stop.code {
            StopCode::Busy => {
                self.driver
                    .watch(|watched| (watched.phase, watched.problem) = (Phase::Idle, Some(stop.message.clone())));
                return Some(Next::ComeAgain(Duration::from_millis(stop.retry_ms.clamp(500, 600_000))));
            }
            StopCode::Replayed if skip_requests(book).is_ok() => return None,
            StopCode::Reset => {
                let scope = stop.scope.or(enrolled.scopes.first().copied())?;
                return match self.refresh(book, enrolled, scope) {
                    Ok(()) => None,
                    Err(fault) => Some(self.failed(&fault)),
                };
            }
            StopCode::Unknown | StopCode::Revoked | StopCode::Fork => Some("enrol".to_owned()),
            StopCode::TooOld => Some("upgrade".to_owned()),
            StopCode::Replayed | StopCode::Malformed => None,
        };
        self.driver.watch(|watched| {
            (watched.phase, watched.problem, watched.remedy) = (Phase::Blocked, Some(stop.message.clone()), remedy);
        });
        Some(Next::Blocked)
    }

    fn refresh(&mut self, book: &Arc<Book>, enrolled: &Enrolled, scope: Scope) -> Result<(), LinkFault> {
        let speaker = self.speaker.as_mut().ok_or(LinkFault::Cut)?;
        speaker.refresh(book, enrolled, scope)
    }

    fn failed(&self, fault: &LinkFault) -> Next {
        let offline = matches!(fault, LinkFault::NoLink(_) | LinkFault::Cut);
        self.driver.watch(|watched| {
            watched.phase = if offline { Phase::Offline } else { Phase::Blocked };
            watched.problem = Some(fault.to_string());
        });
        Next::Failed
    }
}

/// What is to be seen while the desk may not try by itself: why the last attempt failed, unless the person paused it since.
fn waiting_for_a_person(phase: Phase, is_paused: bool) -> Phase {
    let has_failed = matches!(phase, Phase::Offline | Phase::Blocked);
    if has_failed && !is_paused { phase } else { Phase::Paused }
}

fn server_ms(book: &Book) -> i64 {
    book.sync_state().map_or(0, |state| state.server_ms)
}

fn minute_of_day(desk: &Desk) -> u16 {
    use chrono::Timelike;
    let now = desk.wall_clock();
    (now.hour() * 60 + now.minute()) as u16
}

/// The province has seen higher request numbers: the book came from a backup but lost nothing.
pub fn skip_requests(book: &Arc<Book>) -> CallResult<()> {
    use suanpan_sync::client::store::Book as _;
    let mut book = SyncBook(book.clone());
    let skipped = book.transaction(&mut |desk| {
        let mut state = desk.state()?;
        state.request += SKIPPED_REQUESTS;
        desk.put_state(&state)
    });
    skipped.map_err(|error| CallError::new(CallErrorCode::Internal, error.to_string()))
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.driver.watch(|watched| *watched = Watched::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_attempt_stays_to_be_seen_when_none_follows_by_itself() {
        let shown = |phase| [waiting_for_a_person(phase, false), waiting_for_a_person(phase, true)];
        assert_eq!(shown(Phase::Offline), [Phase::Offline, Phase::Paused]);
        assert_eq!(shown(Phase::Blocked), [Phase::Blocked, Phase::Paused]);
        assert_eq!(shown(Phase::Idle), [Phase::Paused, Phase::Paused]);
    }
}
