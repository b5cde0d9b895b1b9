//! Putting a book back: from a damaged one (newest good copy + every op since that can still be read), or
//! because a person wants an older copy. The new book is built and verified beside the old one; only then
//! the old one is renamed with the time and kept, with all that belongs to it. A power cut in between is
//! finished by the next opening.
//!
//! Start with [`recover`] or [`restore_plan`], show [`Plan::lines`] to the person, then [`carry_out`].
//! Where the ops come from is in `sources`, the exchange of files in `install`.

mod install;
mod sources;

use crate::{
    backup::{self, BackupInfo},
    book::{Book, NewBook},
    connection,
    error::{StoreError, Stored},
    lock::{BookLock, beside, extended},
    log::{Batch, Hash},
    mend::drop_open_group,
};
use chrono::NaiveDateTime;
use sources::Sources;
use std::path::{Path, PathBuf};
use suanpan_model::{op::OpGroup, schema::Schema};
use uuid::Uuid;

pub(crate) use install::{finish, is_ready};

/// At most so many lost groups are named.
const NAMED: usize = 20;

/// Why a book is exchanged; it stands in the name of the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Damaged,
    Replaced,
}

/// What would be done. Nothing is changed yet.
#[derive(Debug)]
pub struct Plan {
    pub book: PathBuf,
    /// The copy it starts from; None = from an empty book, by all ops since its beginning.
    pub backup: Option<BackupInfo>,
    /// Batches and ops after the copy that are whole and will be done again, in their order.
    pub batches: usize,
    pub ops: usize,
    /// Batches known to have been done of which nothing whole is left.
    pub lost_batches: usize,
    /// What else the person should know.
    pub notes: Vec<String>,
    why: Why,
    base: (i64, Hash),
    chained: Vec<Batch>,
    /// Readable batches behind a gap: done again as new groups.
    behind_gap: Vec<OpGroup>,
    identity: Option<Identity>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    pub batches: usize,
    pub ops: usize,
    /// Groups that could not be done again, with the reason, for people.
    pub not_replayed: Vec<String>,
    /// Where the old file is now.
    pub set_aside: PathBuf,
}

/// What a book without any copy is begun anew with.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    division: String,
    year: i32,
    name: String,
    created_at_ms: i64,
    book_id: Uuid,
}

/// Told (batches done again, all of them); returns false to stop, which leaves everything as it was.
pub type Progress<'a> = &'a mut dyn FnMut(usize, usize) -> bool;

/// What can be saved of a damaged book. Err(Damaged) when there is neither a good copy nor a readable op.
pub fn recover(book: &Path, schema: &Schema) -> Stored<Plan> {
    let mut notes = Vec::new();
    let mut good = None;
    for info in backup::list(book).into_iter().filter(|info| !info.set_aside) {
        match backup::check_copy(&info.path, schema) {
            Ok(_) => {
                good = Some(info);
                break;
            }
            Err(error) => notes.push(format!("{}的备份不可用：{error}", info.at.format("%Y-%m-%d %H:%M"))),
        }
    }
    let plan = plan(book, Why::Damaged, good, notes, true)?;
    if plan.backup.is_none() && plan.batches == 0 && plan.behind_gap.is_empty() {
        return Err(StoreError::damaged(book, "没有完好的备份，操作记录也读不出来"));
    }
    Ok(plan)
}

/// Putting `copy` back: as it was then, or with everything done since (`with_later`).
pub fn restore_plan(book: &Path, copy: &Path, with_later: bool, schema: &Schema) -> Stored<Plan> {
    backup::check_copy(copy, schema)?;
    let known = backup::list(book).into_iter().find(|info| info.path == copy);
    let info = known.map_or_else(|| backup::foreign(copy), Ok)?;
    plan(book, Why::Replaced, Some(info), Vec::new(), with_later)
}

fn plan(book: &Path, why: Why, backup: Option<BackupInfo>, notes: Vec<String>, with_later: bool) -> Stored<Plan> {
    let base = backup.as_ref().and_then(|info| info.head).unwrap_or((0, [0; 32]));
    let mut plan = Plan {
        book: book.to_owned(),
        backup,
        batches: 0,
        ops: 0,
        lost_batches: 0,
        notes,
        why,
        base,
        chained: Vec::new(),
        behind_gap: Vec::new(),
        identity: None,
    };
    if !with_later {
        return Ok(plan);
    }
    let mut sources = Sources::of(book);
    plan.chained = sources.chained_after(base);
    let reached = plan.chained.last().map_or(base.0, |batch| batch.seq);
    let (behind, newest) = sources.behind_gap(reached);
    if newest > reached {
        // The last group may go on in what is lost: it is replayed whole or not at all.
        drop_open_group(&mut plan.chained);
    }
    let kept = plan.chained.last().map_or(base.0, |batch| batch.seq);
    plan.lost_batches = usize::try_from(newest - kept).unwrap_or_default().saturating_sub(behind.len());
    plan.behind_gap = behind.iter().filter_map(|batch| batch.open().ok()).collect();
    plan.batches = plan.chained.len() + plan.behind_gap.len();
    plan.ops = plan.chained.iter().map(|batch| batch.ops).sum::<usize>()
        + plan.behind_gap.iter().map(|group| group.ops.len()).sum::<usize>();
    if plan.backup.is_none() {
        plan.identity = sources.identity(&plan.chained);
    }
    Ok(plan)
}

impl Plan {
    /// The plan as people read it, one line each.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![match &self.backup {
            Some(info) => format!("从 {} 的备份恢复", info.at.format("%Y-%m-%d %H:%M")),
            None => "没有可用的备份，从头重做全部操作".into(),
        }];
        if self.batches > 0 {
            lines.push(format!("其后 {} 批共 {} 步操作读得出来，将按原样重做", self.batches, self.ops));
        }
        if self.lost_batches > 0 {
            lines.push(format!("有 {} 批操作已读不出来，请对照纸面补录", self.lost_batches));
        }
        lines.push("现在的文件不会删除，只改名留存".into());
        lines.extend(self.notes.iter().cloned());
        lines
    }
}

/// Builds the new book, verifies it, exchanges the files. The book must be closed. `at` names the old file.
pub fn carry_out(
    plan: Plan,
    schema: &Schema,
    holder: &str,
    at: NaiveDateTime,
    progress: Progress<'_>,
) -> Stored<Recovered> {
    let mut lock = BookLock::take(&plan.book, holder)?;
    finish(&plan.book)?;
    let building = beside(&plan.book, "rebuild");
    install::remove_all(&building);
    let outcome = build(&plan, &building, schema, holder, progress);
    let recovered = match outcome {
        Ok(recovered) => recovered,
        Err(error) => {
            install::remove_all(&building);
            return Err(error);
        }
    };
    let reason = match plan.why {
        Why::Damaged => "damaged",
        Why::Replaced => "replaced",
    };
    let set_aside = install::make_ready(&plan.book, &building, &format!("{reason}-{}", backup::stamp(at)))?;
    finish(&plan.book)?;
    lock.opened = true;
    Ok(Recovered { set_aside, ..recovered })
}

fn build(plan: &Plan, building: &Path, schema: &Schema, holder: &str, progress: Progress<'_>) -> Stored<Recovered> {
    let book = match (&plan.backup, &plan.identity) {
        (Some(info), _) => {
            std::fs::copy(&info.path, building)
                .map_err(|error| StoreError::io(format!("复制备份“{}”", info.path.display()), &error))?;
            Book::open(building, schema.clone(), holder)?
        }
        (None, Some(identity)) => {
            let Identity { division, year, name, created_at_ms, book_id } = identity;
            let new = NewBook { division, year: *year, name, created_at_ms: *created_at_ms, book_id: *book_id };
            Book::create(building, &new, schema.clone(), holder)?
        }
        (None, None) => return Err(StoreError::damaged(&plan.book, "读不出账套的区划和年度，请新建账套")),
    };
    if book.read(crate::log::head)? != plan.base {
        return Err(StoreError::damaged(&plan.book, "备份与计划时不同，请重新选择"));
    }
    let mut done = Recovered { batches: 0, ops: 0, not_replayed: Vec::new(), set_aside: PathBuf::new() };
    replay_chained(plan, &book, &mut done, progress)?;
    replay_behind_gap(plan, &book, &mut done, progress)?;
    let report = book.verify(&mut |_, _, _| true)?;
    if let Some(problem) = report.problems.iter().find(|problem| problem.part.is_damage()) {
        return Err(StoreError::damaged(building, format!("重建后核对不符：{}", problem.message)));
    }
    drop(book);
    // One file by itself, so that moving it is one step.
    connection::open(building)?.pragma_update(None, "journal_mode", "DELETE")?;
    Ok(done)
}

fn replay_chained(plan: &Plan, book: &Book, done: &mut Recovered, progress: Progress<'_>) -> Stored<()> {
    for (at, batch) in plan.chained.iter().enumerate() {
        match book.replay_batch(batch) {
            Ok(()) => {
                done.batches += 1;
                done.ops += batch.ops;
            }
            Err(error @ (StoreError::Refused(_) | StoreError::Internal(_))) => {
                // What follows is sealed onto this batch: it can only be done again as new groups.
                let rest = plan.chained[at..].iter().filter_map(|batch| batch.open().ok());
                note_batch(done, batch, &error);
                for group in rest.skip(1) {
                    apply_again(book, group, done)?;
                }
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        if !progress(done.batches, plan.batches) {
            return Err(StoreError::NothingTo("已停止，账套没有改动"));
        }
    }
    Ok(())
}

fn replay_behind_gap(plan: &Plan, book: &Book, done: &mut Recovered, progress: Progress<'_>) -> Stored<()> {
    for group in &plan.behind_gap {
        apply_again(book, group.clone(), done)?;
        if !progress(done.batches, plan.batches) {
            return Err(StoreError::NothingTo("已停止，账套没有改动"));
        }
    }
    Ok(())
}

fn apply_again(book: &Book, group: OpGroup, done: &mut Recovered) -> Stored<()> {
    let (label, ops) = (format!("{}：{}", group.actor, group.label), group.ops.len());
    match book.apply(group) {
        Ok(_) => {
            done.batches += 1;
            done.ops += ops;
            Ok(())
        }
        Err(error @ (StoreError::Refused(_) | StoreError::Internal(_))) => {
            note_lost(done, format!("{label}（{ops} 步）未能重做：{error}"));
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn note_batch(done: &mut Recovered, batch: &Batch, error: &StoreError) {
    let label = batch.open().map_or_else(|_| "？".into(), |group| format!("{}：{}", group.actor, group.label));
    note_lost(done, format!("{label}（{} 步）未能重做：{error}", batch.ops));
}

fn note_lost(done: &mut Recovered, line: String) {
    if done.not_replayed.len() < NAMED {
        done.not_replayed.push(line);
    }
}

/// The old file of an exchange, as it is named afterwards.
fn aside_name(book: &Path, tag: &str) -> PathBuf {
    extended(book, &format!(".{tag}"))
}
