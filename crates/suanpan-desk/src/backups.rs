//! Copies of the book, putting one back, mending a damaged book, looking at the whole book. The work is
//! in suanpan-store; here it becomes calls and jobs, and the day's copy is made without being asked.

use crate::{
    CallError, CallErrorCode, CallResult, Desk, background,
    calls::Nothing,
    jobs::{JobStarted, Progress},
};
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Weak},
    time::{Duration, Instant},
};
use suanpan_model::schema::Schema;
use suanpan_store::{
    Book,
    backup::{self, BackupInfo},
    log,
    recover::{self, Plan},
};
use ts_rs::TS;

/// How often a desk that stays open looks whether the day's copy is owed.
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// How often it is noticed that another book was opened.
const GLANCE: Duration = Duration::from_secs(2);
/// How long a closing book may still be read by calls under way.
const CLOSING: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Serialize, TS)]
pub struct Backups {
    pub folder: String,
    /// Newest first.
    pub items: Vec<BackupItem>,
    /// Today's copy is still owed.
    pub due: bool,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct BackupItem {
    pub path: String,
    /// `YYYY-MM-DD HH:MM`, local.
    pub at: String,
    #[ts(type = "number")]
    pub bytes: u64,
    /// Can still be opened.
    pub readable: bool,
    /// From a history that was left when an older copy was put back.
    pub set_aside: bool,
}

/// Result of the job [`back_up`].
#[derive(Debug, Clone, Serialize, TS)]
pub struct BackupMade {
    pub item: BackupItem,
    /// Copies that were not needed any more.
    pub removed: usize,
}

/// Result of the job [`verify`].
#[derive(Debug, Clone, Serialize, TS)]
pub struct Verified {
    pub whole: bool,
    /// Figures are at stake: recover.
    pub damaged: bool,
    /// For people, the verdict first.
    pub lines: Vec<String>,
    #[ts(type = "number")]
    pub records: u64,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct RecoverRequest {
    /// The damaged book; it must not be open.
    pub path: String,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct RestoreRequest {
    /// The copy to put in the place of the open book.
    pub copy: String,
    /// true: the copy and everything done since; false: as it was then.
    pub with_later: bool,
}

/// What would be done; nothing is changed yet.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RecoveryPlan {
    /// For people.
    pub lines: Vec<String>,
    pub backup_at: Option<String>,
    pub ops: usize,
    pub lost_batches: usize,
}

/// Result of the jobs [`recover`] and [`restore`].
#[derive(Debug, Clone, Serialize, TS)]
pub struct Recovered {
    pub ops: usize,
    /// What could not be done again, and why.
    pub not_replayed: Vec<String>,
    /// Where the old file is now.
    pub set_aside: String,
}

pub fn list(desk: &Arc<Desk>, _: Nothing) -> CallResult<Backups> {
    let book = desk.book()?;
    let copies = backup::list(book.path());
    let due = is_due(desk, &book, &copies)?;
    let folder = backup::folder(book.path()).display().to_string();
    Ok(Backups { folder, items: copies.iter().map(item).collect(), due })
}

fn is_due(desk: &Desk, book: &Book, copies: &[BackupInfo]) -> CallResult<bool> {
    let head = book.read(log::head)?;
    Ok(backup::is_due(desk.wall_clock().date(), copies, head))
}

fn item(info: &BackupInfo) -> BackupItem {
    BackupItem {
        path: info.path.display().to_string(),
        at: shown(info.at),
        bytes: info.bytes,
        readable: info.head.is_some(),
        set_aside: info.set_aside,
    }
}

fn shown(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}

pub fn back_up(desk: &Arc<Desk>, _: Nothing) -> CallResult<JobStarted> {
    let book = desk.book()?;
    let at = desk.wall_clock();
    Ok(desk.jobs.start("备份", move |progress| {
        let made = book.back_up(at, &mut |done, all| progress.at(done as usize, all as usize))?;
        answer(&BackupMade { item: item(&made.info), removed: made.removed.len() })
    }))
}

pub fn verify(desk: &Arc<Desk>, _: Nothing) -> CallResult<JobStarted> {
    let book = desk.book()?;
    Ok(desk.jobs.start("核对整本账套", move |progress| {
        let report = book.verify(&mut |_, done, all| progress.at(done as usize, all as usize))?;
        answer(&Verified {
            whole: report.is_whole(),
            damaged: report.is_damaged(),
            lines: report.lines(),
            records: report.records,
        })
    }))
}

pub fn recovery_plan(_: &Arc<Desk>, request: RecoverRequest) -> CallResult<RecoveryPlan> {
    Ok(described(&recover::recover(Path::new(&request.path), &Schema::builtin())?))
}

/// Mends the damaged book and opens it.
pub fn recover(desk: &Arc<Desk>, request: RecoverRequest) -> CallResult<JobStarted> {
    let plan = recover::recover(Path::new(&request.path), &Schema::builtin())?;
    exchange(desk, "恢复账套", plan)
}

pub fn restore_plan(desk: &Arc<Desk>, request: RestoreRequest) -> CallResult<RecoveryPlan> {
    Ok(described(&plan_restore(desk.book()?.as_ref(), &request)?))
}

/// Puts the copy in the place of the open book and opens it; the old file is kept under another name.
pub fn restore(desk: &Arc<Desk>, request: RestoreRequest) -> CallResult<JobStarted> {
    let plan = plan_restore(desk.book()?.as_ref(), &request)?;
    exchange(desk, "恢复备份", plan)
}

fn plan_restore(book: &Book, request: &RestoreRequest) -> CallResult<Plan> {
    Ok(recover::restore_plan(book.path(), Path::new(&request.copy), request.with_later, &book.schema())?)
}

fn described(plan: &Plan) -> RecoveryPlan {
    RecoveryPlan {
        lines: plan.lines(),
        backup_at: plan.backup.as_ref().map(|info| shown(info.at)),
        ops: plan.ops,
        lost_batches: plan.lost_batches,
    }
}

fn exchange(desk: &Arc<Desk>, label: &str, plan: Plan) -> CallResult<JobStarted> {
    let path = plan.book.clone();
    close(desk, &path)?;
    let desk_of_job = desk.clone();
    Ok(desk.jobs.start(label, move |progress| {
        let done = carry_out(&desk_of_job, plan, progress);
        // Whatever came of it, the book that stands there now is put back on the desk.
        let opened = Book::open(&path, Schema::builtin(), &desk_of_job.environment.holder);
        let done = done?;
        desk_of_job.put_book(Some(opened?));
        answer(&done)
    }))
}

fn carry_out(desk: &Desk, plan: Plan, progress: &Progress) -> CallResult<Recovered> {
    let (holder, at) = (&desk.environment.holder, desk.wall_clock());
    let done = recover::carry_out(plan, &Schema::builtin(), holder, at, &mut |done, all| progress.at(done, all))?;
    Ok(Recovered { ops: done.ops, not_replayed: done.not_replayed, set_aside: done.set_aside.display().to_string() })
}

/// Takes the book off the desk and waits for the calls that still read it.
fn close(desk: &Desk, path: &Path) -> CallResult<()> {
    let Ok(open) = desk.book() else { return Ok(()) };
    if open.path() != path {
        return Ok(());
    }
    let leaving = Arc::downgrade(&open);
    drop(open);
    desk.put_book(None);
    let steps = CLOSING.as_millis() / 10;
    for _ in 0..steps {
        if leaving.strong_count() == 0 {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    desk.put_shared_book(leaving.upgrade());
    Err(CallError::new(CallErrorCode::Refused, "还有任务在使用账套，请等它结束后再恢复"))
}

fn answer<T: Serialize>(value: &T) -> CallResult<serde_json::Value> {
    serde_json::to_value(value).map_err(|error| CallError::new(CallErrorCode::Internal, error.to_string()))
}

/// For programs that stay open: brings each book's search up to date and verifies the book once after it was opened, while people work, and makes
/// the day's copy whenever it is owed. Ends with the desk.
pub fn keep_watch(desk: &Arc<Desk>) {
    let desk: Weak<Desk> = Arc::downgrade(desk);
    std::thread::spawn(move || {
        background::step_back();
        let (mut verified, mut looked) = (PathBuf::new(), None::<Instant>);
        while let Some(desk) = desk.upgrade() {
            if let Ok(book) = desk.book()
                && book.path() != verified
            {
                verified = book.path().to_owned();
                renew_search(&desk, &book);
                verify_in_background(&desk, &book);
                background::give_memory_back();
            }
            if looked.is_none_or(|at| at.elapsed() >= LOOK_EVERY) {
                looked = desk.book().is_ok().then(Instant::now);
                back_up_if_due(&desk);
                background::give_memory_back();
            }
            drop(desk);
            std::thread::sleep(GLANCE);
        }
    });
}

/// An older book's search index, while nobody has opened another book.
fn renew_search(desk: &Desk, book: &Book) {
    let mut still_open = || desk.book().is_ok_and(|open| open.path() == book.path());
    if let Err(error) = book.renew_search(&mut still_open) {
        eprintln!("search index: {error}");
    }
}

fn verify_in_background(desk: &Desk, book: &Book) {
    match book.verify(&mut |_, _, _| true) {
        Ok(report) if report.is_whole() => {}
        Ok(report) => desk.note_damage(report.lines()),
        Err(error) => desk.note_damage(vec![error.to_string()]),
    }
}

/// The path of the copy, when one was owed and made.
pub fn back_up_if_due(desk: &Desk) -> Option<PathBuf> {
    let book = desk.book().ok()?;
    let copies = backup::list(book.path());
    if !is_due(desk, &book, &copies).unwrap_or(false) {
        return None;
    }
    match book.back_up(desk.wall_clock(), &mut |_, _| true) {
        Ok(made) => Some(made.info.path),
        Err(error) => {
            eprintln!("daily backup: {error}");
            None
        }
    }
}
