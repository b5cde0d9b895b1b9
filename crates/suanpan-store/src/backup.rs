//! Copies of an open book: made with the online backup API while people go on working, verified after
//! writing, then thinned to the last 7 days and 4 weeks. A copy bears its final name only after it was
//! verified. Putting a copy back is [`crate::recover`].
//!
//! Start with [`Book::back_up`] and [`list`]. The clock is the caller's.

use crate::{
    book::Book,
    connection,
    error::{StoreError, Stored},
    journal::sync_folder,
    lock::{beside, extended},
    log::{self, Hash},
    tables::table,
    verify,
};
use chrono::{Datelike, NaiveDate, NaiveDateTime};
use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};
use suanpan_model::{FieldKind, schema::Schema};

const DAILY: usize = 7;
const WEEKLY: usize = 4;
/// Pages copied between two reports: 8 MB.
const PAGES_PER_STEP: i32 = 2048;
const STAMP: &str = "%Y%m%d-%H%M%S";

/// Told (done, all) in pages, (0, 0) at the start; returns false to stop.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64) -> bool;

/// One copy, as its name and its first pages say. It was verified when it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupInfo {
    pub path: PathBuf,
    /// Local time at which it was made, by the clock of then.
    pub at: NaiveDateTime,
    pub bytes: u64,
    /// Number and hash of the newest batch in it; None when it cannot be opened any more.
    pub head: Option<(i64, Hash)>,
    /// Made on a history that was left when an older copy was put back.
    pub set_aside: bool,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackedUp {
    pub info: BackupInfo,
    /// Copies that were not needed any more.
    pub removed: Vec<PathBuf>,
}

/// `BOOK.backups`, the folder of the copies.
pub fn folder(book: &Path) -> PathBuf {
    beside(book, "backups")
}

/// `YYYYMMDD-HHMMSS`, as it stands in names.
pub fn stamp(at: NaiveDateTime) -> String {
    at.format(STAMP).to_string()
}

impl Book {
    /// Makes and verifies a copy, begins a new journal, thins the old copies. Err leaves no half file.
    pub fn back_up(&self, at: NaiveDateTime, progress: Progress<'_>) -> Stored<BackedUp> {
        let folder = folder(self.path());
        std::fs::create_dir_all(&folder)
            .map_err(|error| StoreError::io(format!("建立备份文件夹“{}”", folder.display()), &error))?;
        sync_folder(&folder);
        sweep(&folder);
        let name = self.path().file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let path = free(&folder, &format!("{name}-{}", stamp(at)));
        let partial = extended(&path, ".partial");
        let head = match self.write_copy(&partial, progress) {
            Ok(head) => head,
            Err(error) => {
                remove(&partial);
                return Err(with_needed_size(self.path(), error));
            }
        };
        std::fs::rename(&partial, &path)
            .map_err(|error| StoreError::io(format!("写备份“{}”", path.display()), &error))?;
        sync_folder(&path);
        self.begin_journal(head)?;
        let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
        let info = BackupInfo { path, at, bytes, head: Some(head), set_aside: false };
        Ok(BackedUp { info, removed: thin(self.path()) })
    }

    /// Copies the book as it is at this moment to `target`, syncs and verifies it; its newest batch.
    fn write_copy(&self, target: &Path, progress: Progress<'_>) -> Stored<(i64, Hash)> {
        remove(target);
        let schema = self.schema();
        let source = connection::open(self.path())?;
        // One snapshot for the copy and for what it is compared with: nobody's typing restarts it.
        let snapshot = source.unchecked_transaction()?;
        let expected = Totals::of(&snapshot, &schema)?;
        let mut copy = connection::create_copy(target)?;
        copy_pages(&snapshot, &mut copy, progress)?;
        // A copy is one file by itself: it must not need a log beside it.
        copy.pragma_update(None, "journal_mode", "DELETE")?;
        drop(copy);
        let synced = std::fs::OpenOptions::new().write(true).open(target).and_then(|file| file.sync_all());
        synced.map_err(|error| StoreError::io("写备份", &error))?;
        if check_copy(target, &schema)? != expected {
            return Err(StoreError::damaged(target, "备份与账套的笔数或金额不一致，没有采用"));
        }
        Ok(expected.head)
    }
}

/// What a copy must have in common with its book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    pub head: (i64, Hash),
    /// Per entity: records, then Σ of each money field in 分.
    pub entities: Vec<(String, i64, Vec<i64>)>,
}

impl Totals {
    pub fn of(connection: &Connection, schema: &Schema) -> Stored<Self> {
        let mut entities = Vec::new();
        for def in schema.entities() {
            let money: Vec<_> = def
                .stored()
                .filter(|(_, field)| matches!(field.kind, FieldKind::Money { .. }))
                .map(|(_, field)| format!(", COALESCE(SUM(\"{}\"), 0)", field.name))
                .collect();
            let sql = format!("SELECT COUNT(*){} FROM {}", money.concat(), table(def));
            let line = connection.query_row(&sql, [], |row| {
                let sums = (1..=money.len()).map(|at| row.get(at)).collect::<Result<_, _>>()?;
                Ok((def.entity.clone(), row.get(0)?, sums))
            })?;
            entities.push(line);
        }
        Ok(Self { head: log::head(connection)?, entities })
    }
}

/// Opens a copy as a stranger would: every page's seal, the structure, the chain of the log, the sums.
pub fn check_copy(path: &Path, schema: &Schema) -> Stored<Totals> {
    let copy = connection::open_read_only(path)?;
    let problems = verify::pages_and_log(path, &copy)?;
    match problems.into_iter().next() {
        Some(problem) => Err(StoreError::damaged(path, problem)),
        None => Totals::of(&copy, schema).map_err(|error| connection::blame(path, error)),
    }
}

fn copy_pages(source: &Connection, copy: &mut Connection, progress: Progress<'_>) -> Stored<()> {
    let backup = Backup::new(source, copy)?;
    let mut goes_on = progress(0, 0);
    while goes_on {
        let step = backup.step(PAGES_PER_STEP)?;
        let counts = backup.progress();
        let all = counts.pagecount.unsigned_abs();
        let done = all - counts.remaining.unsigned_abs();
        if step == StepResult::Done {
            progress(u64::from(all), u64::from(all));
            return Ok(());
        }
        goes_on = progress(u64::from(done), u64::from(all));
    }
    Err(StoreError::NothingTo("备份已停止，没有留下文件"))
}

/// All copies of a book, the newest history first, copies set aside last.
pub fn list(book: &Path) -> Vec<BackupInfo> {
    let folder = folder(book);
    let mut found = read_folder(&folder, false);
    let inner = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    for entry in inner.filter(|entry| entry.path().is_dir()) {
        found.extend(read_folder(&entry.path(), true));
    }
    found.sort_by_key(|info| (info.set_aside, std::cmp::Reverse((info.head.map(|head| head.0), info.at))));
    found
}

fn read_folder(folder: &Path, set_aside: bool) -> Vec<BackupInfo> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| read_info(entry.path(), set_aside)).collect()
}

fn read_info(path: PathBuf, set_aside: bool) -> Option<BackupInfo> {
    let name = path.file_name()?.to_str()?.strip_suffix(".book")?;
    let name = name.split_once('~').map_or(name, |(name, _)| name);
    let at = NaiveDateTime::parse_from_str(name.get(name.len().checked_sub(15)?..)?, STAMP).ok()?;
    let bytes = std::fs::metadata(&path).ok()?.len();
    let head = connection::open_read_only(&path).and_then(|copy| log::head(&copy)).ok();
    Some(BackupInfo { path, at, bytes, head, set_aside })
}

/// A copy that somebody brought from elsewhere: its time is the file's own.
pub(crate) fn foreign(path: &Path) -> Stored<BackupInfo> {
    let failed = |error: &std::io::Error| StoreError::io(format!("查看备份“{}”", path.display()), error);
    let file = std::fs::metadata(path).map_err(|error| failed(&error))?;
    let at = chrono::DateTime::<chrono::Local>::from(file.modified().map_err(|error| failed(&error))?).naive_local();
    let head = log::head(&connection::open_read_only(path)?)?;
    Ok(BackupInfo { path: path.to_owned(), at, bytes: file.len(), head: Some(head), set_aside: false })
}

/// Newest batches of the copies of this history, newest first.
pub(crate) fn heads(book: &Path) -> Vec<(i64, Hash)> {
    list(book).iter().filter(|info| !info.set_aside).filter_map(|info| info.head).collect()
}

/// Is the copy of today still owed? Not when nothing was written since the newest one.
pub fn is_due(today: NaiveDate, copies: &[BackupInfo], head: (i64, Hash)) -> bool {
    let good = || copies.iter().filter(|info| !info.set_aside && info.head.is_some());
    let made_today = good().any(|info| info.at.date() == today);
    let nothing_new = good().any(|info| info.head == Some(head));
    !made_today && !nothing_new
}

/// Which of the copies (made at, readable, number of the newest batch) to keep: the newest of each of the
/// last 7 days and 4 weeks that have one, and always the readable one with the newest batch.
pub fn to_keep(copies: &[(NaiveDateTime, bool, i64)]) -> HashSet<usize> {
    let mut order: Vec<usize> = (0..copies.len()).filter(|&at| copies[at].1).collect();
    order.sort_by_key(|&at| std::cmp::Reverse((copies[at].0, copies[at].2)));
    let mut keep: HashSet<usize> = order.iter().copied().max_by_key(|&at| copies[at].2).into_iter().collect();
    let (mut days, mut weeks) = (HashSet::new(), HashSet::new());
    for at in order {
        let day = copies[at].0.date();
        let week = (day.iso_week().year(), day.iso_week().week());
        if days.len() < DAILY && days.insert(day) {
            keep.insert(at);
        }
        if weeks.len() < WEEKLY && weeks.insert(week) {
            keep.insert(at);
        }
    }
    keep
}

/// Removes the copies that the rule does not keep. Unreadable ones stay: somebody may want to see them.
fn thin(book: &Path) -> Vec<PathBuf> {
    let copies: Vec<_> = list(book).into_iter().filter(|info| !info.set_aside).collect();
    let keys: Vec<_> =
        copies.iter().map(|info| (info.at, info.head.is_some(), info.head.map_or(0, |head| head.0))).collect();
    let keep = to_keep(&keys);
    let old = copies.into_iter().enumerate().filter(|(at, info)| info.head.is_some() && !keep.contains(at));
    let removed = old.filter(|(_, info)| std::fs::remove_file(&info.path).is_ok());
    removed.map(|(_, info)| info.path).collect()
}

/// A name of which neither the copy nor its unfinished form exists.
fn free(folder: &Path, name: &str) -> PathBuf {
    let first = folder.join(format!("{name}.book"));
    let numbered = (2..).map(|number| folder.join(format!("{name}~{number}.book")));
    std::iter::once(first).chain(numbered).find(|path| !path.exists()).expect("numbers do not run out")
}

/// Unfinished copies of a program that was killed over them. The book's lock says that nobody else is at it.
fn sweep(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().contains(".book.partial") {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn remove(partial: &Path) {
    for end in ["", "-journal", "-wal", "-shm"] {
        let _ = std::fs::remove_file(extended(partial, end));
    }
}

fn with_needed_size(book: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Io { full: true, .. } => {
            let megabytes = std::fs::metadata(book).map_or(0, |file| file.len()).div_ceil(1 << 20) + 1;
            let reason = format!("磁盘已满；备份约需 {megabytes} MB 空间，请腾出后重试。账套本身没有受影响");
            StoreError::Io { doing: "备份".into(), reason, full: true }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copies(days: &[(u32, u32)]) -> Vec<(NaiveDateTime, bool, i64)> {
        let at = |&(month, day): &(u32, u32)| {
            NaiveDate::from_ymd_opt(2026, month, day).expect("a date").and_hms_opt(17, 0, 0).expect("a time")
        };
        days.iter().zip(1..).map(|(day, seq)| (at(day), true, seq)).collect()
    }

    fn kept(copies: &[(NaiveDateTime, bool, i64)]) -> Vec<String> {
        let mut kept: Vec<_> = to_keep(copies).into_iter().map(|at| copies[at].0.format("%m-%d").to_string()).collect();
        kept.sort();
        kept
    }

    #[test]
    fn seven_days_and_four_weeks_are_kept() {
        let days: Vec<_> = (1..=31).map(|day| (3, day)).collect();
        let kept = kept(&copies(&days));
        assert_eq!(kept, ["03-15", "03-22", "03-25", "03-26", "03-27", "03-28", "03-29", "03-30", "03-31"]);
    }

    #[test]
    fn few_copies_are_all_kept_however_old() {
        assert_eq!(kept(&copies(&[(1, 5), (2, 9), (3, 20)])), ["01-05", "02-09", "03-20"]);
    }

    #[test]
    fn of_one_day_the_last_is_kept() {
        let mut two = copies(&[(3, 2), (3, 2)]);
        two[0].0 -= chrono::TimeDelta::hours(2);
        assert_eq!(to_keep(&two), HashSet::from([1]));
    }

    #[test]
    fn the_newest_readable_one_stays_even_when_the_clock_went_wrong() {
        // Ten copies of a clock ten years ahead, then one of today: the newest by content.
        let mut all = copies(&[(1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 6), (1, 7), (1, 8), (1, 9), (1, 10)]);
        all.iter_mut().for_each(|copy| copy.0 += chrono::TimeDelta::days(3650));
        all.extend(copies(&[(3, 1)]).into_iter().map(|(at, good, _)| (at, good, 11)));
        assert!(to_keep(&all).contains(&10));
    }

    #[test]
    fn an_unreadable_copy_takes_no_ones_place() {
        let mut all = copies(&[(3, 1), (3, 2), (3, 3), (3, 4), (3, 5), (3, 6), (3, 7), (3, 8), (3, 9)]);
        all[8].1 = false;
        let keep = to_keep(&all);
        assert!(!keep.contains(&8) && keep.contains(&7) && keep.contains(&1));
    }

    #[test]
    fn a_copy_is_owed_once_a_day_and_only_after_changes() {
        let info = |day: u32, seq: i64| BackupInfo {
            path: PathBuf::new(),
            at: NaiveDate::from_ymd_opt(2026, 3, day).expect("a date").and_hms_opt(9, 0, 0).expect("a time"),
            bytes: 1,
            head: Some((seq, [seq as u8; 32])),
            set_aside: false,
        };
        let today = NaiveDate::from_ymd_opt(2026, 3, 2).expect("a date");
        assert!(is_due(today, &[], (1, [1; 32])));
        assert!(is_due(today, &[info(1, 1)], (2, [2; 32])));
        assert!(!is_due(today, &[info(1, 2)], (2, [2; 32])), "nothing new");
        assert!(!is_due(today, &[info(2, 1)], (2, [2; 32])), "made today");
    }
}
