//! What the status line and its panel show, and the little that a person can change there.

use super::{division, driver::Watched};
use crate::{
    CallError, CallErrorCode, CallResult, Desk,
    calls::{Done, Nothing},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use ts_rs::TS;

/// What the desk is doing about the province right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The book is not enrolled: it works alone.
    #[default]
    Alone,
    /// Nothing under way; `next_try_ms` says when it looks again.
    Idle,
    Connecting,
    Sending,
    Receiving,
    /// No link: what is typed waits.
    Offline,
    /// The person stopped it, or it is outside the hours that the person gave.
    Paused,
    /// A person must do something first: see `problem`.
    Blocked,
}

/// When the desk may use the link without being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Whenever there is a link.
    #[default]
    Auto,
    /// Only when the person says so.
    Manual,
    /// Within these hours of the day.
    Window,
}

/// Minutes since midnight on the clock of the wall; `to` before `from` goes over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
pub struct TimeWindow {
    pub from: u16,
    pub to: u16,
}

/// Everything that can be seen of sync. Times are ms since 1970; 0 = never.
#[derive(Debug, Clone, Default, Serialize, TS)]
pub struct SyncState {
    pub phase: Phase,
    /// Address of the province's server; empty when not enrolled.
    pub server: String,
    /// What this PC is called there.
    pub device_name: String,
    pub device: u32,
    pub mode: Mode,
    pub window: TimeWindow,
    pub paused: bool,
    /// Parcels of this exchange: acknowledged, and in all.
    #[ts(type = "number")]
    pub sent: u64,
    #[ts(type = "number")]
    pub to_send: u64,
    /// Entries of this exchange: taken in, and known to wait at the province.
    #[ts(type = "number")]
    pub pulled: u64,
    #[ts(type = "number")]
    pub remaining: u64,
    #[ts(type = "number")]
    pub bytes_up: u64,
    #[ts(type = "number")]
    pub bytes_down: u64,
    /// Changes made here that the province has not settled.
    #[ts(type = "number")]
    pub unsettled_ops: u64,
    /// Disputes that wait for a person, and ops in the tray.
    #[ts(type = "number")]
    pub open_cases: u64,
    #[ts(type = "number")]
    pub tray: u64,
    /// Codes that can be given out without a link.
    #[ts(type = "number")]
    pub codes_left: u64,
    /// When both sides last held the same, by the province's clock.
    #[ts(type = "number")]
    pub agreed_ms: i64,
    #[ts(type = "number")]
    pub next_try_ms: i64,
    /// Why it does not go on, for people.
    pub problem: Option<String>,
    /// What a person must do: `enrol` (again), `upgrade`, or nothing.
    pub remedy: Option<String>,
    /// This PC's clock minus the province's, when they differ by more than five minutes; 0 otherwise.
    #[ts(type = "number")]
    pub clock_skew_ms: i64,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct SetMode {
    pub mode: Mode,
    #[serde(default)]
    pub window: Option<TimeWindow>,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct Pause {
    pub paused: bool,
}

/// What the driver is told to do between starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wishes {
    pub mode: Mode,
    pub window: TimeWindow,
    pub paused: bool,
}

pub fn state(desk: &Arc<Desk>, _: Nothing) -> CallResult<SyncState> {
    let book = desk.book()?;
    let Watched { phase, progress, bytes_up, bytes_down, next_try_ms, problem, remedy, clock_skew_ms } =
        desk.driver.watched();
    let Some(enrolled) = book.enrolled()? else { return Ok(SyncState::default()) };
    let (place, counts) = (book.sync_state()?, book.sync_counts()?);
    let wishes: Wishes = book.sync_note("wishes")?.unwrap_or_default();
    let mismatch = division::mismatch(&book, &enrolled.scopes);
    let (problem, remedy) = match (problem, mismatch) {
        (None, Some(mismatch)) => (Some(mismatch), Some("enrol".to_owned())),
        (problem, _) => (problem, remedy),
    };
    Ok(SyncState {
        phase: if phase == Phase::Alone { Phase::Idle } else { phase },
        server: enrolled.server,
        device_name: enrolled.name,
        device: enrolled.device.0,
        mode: wishes.mode,
        window: wishes.window,
        paused: wishes.paused,
        sent: progress.sent,
        to_send: progress.to_send,
        pulled: progress.pulled,
        remaining: progress.remaining,
        bytes_up,
        bytes_down,
        unsettled_ops: counts.unsettled_ops,
        open_cases: crate::cases::count_open(&book)?,
        tray: counts.tray,
        codes_left: book.codes_left()?,
        agreed_ms: place.agreed_ms,
        next_try_ms,
        problem,
        remedy,
        clock_skew_ms,
    })
}

pub fn sync_now(desk: &Arc<Desk>, _: Nothing) -> CallResult<Done> {
    enrolled(desk)?;
    desk.driver.nudge(true);
    Ok(Done {})
}

pub fn pause(desk: &Arc<Desk>, request: Pause) -> CallResult<Done> {
    wish(desk, |wishes| wishes.paused = request.paused)
}

pub fn set_mode(desk: &Arc<Desk>, request: SetMode) -> CallResult<Done> {
    let window = request.window.unwrap_or_default();
    if window.from >= 24 * 60 || window.to >= 24 * 60 {
        return Err(CallError::bad_request("时段应在 0:00 与 23:59 之间"));
    }
    wish(desk, |wishes| (wishes.mode, wishes.window) = (request.mode, window))
}

fn wish(desk: &Arc<Desk>, change: impl FnOnce(&mut Wishes)) -> CallResult<Done> {
    enrolled(desk)?;
    let book = desk.book()?;
    let mut wishes: Wishes = book.sync_note("wishes")?.unwrap_or_default();
    change(&mut wishes);
    book.put_sync_note("wishes", &wishes)?;
    desk.driver.nudge(false);
    Ok(Done {})
}

fn enrolled(desk: &Arc<Desk>) -> CallResult<()> {
    match desk.book()?.enrolled()? {
        Some(_) => Ok(()),
        None => Err(CallError::new(CallErrorCode::Refused, "本账套尚未在省平台登记，请先登记")),
    }
}
