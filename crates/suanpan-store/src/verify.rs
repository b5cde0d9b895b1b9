//! The whole book, verified: every page's seal, SQLite's structure, the chained log, every record against
//! the replay of its ops, the journal, and samples of what is derived (search, findings). It reads a
//! snapshot and keeps nobody waiting. Opening runs it only when something is doubtful.
//!
//! Start with [`Book::verify`]. Records against their ops are in `history`, the samples in `samples`.

mod history;
mod samples;

use crate::{
    book::Book,
    connection,
    error::{StoreError, Stored},
    journal, log, wal,
};
use rusqlite::Connection;
use std::path::Path;
use suanpan_model::schema::Schema;

/// At most so many problems of one part are listed.
const LISTED: usize = 20;

/// What is looked at, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Pages,
    /// Pages of the file whose newest content is in the write-ahead log: no figure rests on them.
    CoveredPages,
    Structure,
    Log,
    Records,
    Journal,
    Search,
    Findings,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub part: Part,
    pub message: String,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub problems: Vec<Problem>,
    pub batches: u64,
    pub ops: u64,
    pub records: u64,
    /// The person stopped it: what is not listed was not looked at.
    pub stopped: bool,
}

/// Told (part, done, all); all is 0 when unknown. Returns false to stop.
pub type Progress<'a> = &'a mut dyn FnMut(Part, u64, u64) -> bool;

impl Part {
    pub fn zh(self) -> &'static str {
        match self {
            Self::Pages => "页面封印",
            Self::CoveredPages => "已有新内容的旧页",
            Self::Structure => "文件结构",
            Self::Log => "操作记录",
            Self::Records => "数据与操作记录的一致",
            Self::Journal => "操作日志（.ops）",
            Self::Search => "检索",
            Self::Findings => "检查结果",
        }
    }

    /// Figures are at stake: the book must be set aside and recovered. Else the program mends it itself.
    pub fn is_damage(self) -> bool {
        matches!(self, Self::Pages | Self::Structure | Self::Log | Self::Records)
    }
}

impl Report {
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty() && !self.stopped
    }

    pub fn is_damaged(&self) -> bool {
        self.problems.iter().any(|problem| problem.part.is_damage())
    }

    /// The report as people read it, one line each.
    pub fn lines(&self) -> Vec<String> {
        let looked = format!("核对了 {} 条数据、{} 批共 {} 步操作", self.records, self.batches, self.ops);
        let mut lines = vec![match (self.stopped, self.problems.len()) {
            (true, _) => format!("核对中途停止；已{looked}"),
            (false, 0) => format!("账套完好：{looked}，全部一致"),
            (false, count) => format!("发现 {count} 处问题；{looked}"),
        }];
        lines.extend(self.problems.iter().map(|problem| format!("{}：{}", problem.part.zh(), problem.message)));
        lines
    }

    fn add(&mut self, part: Part, messages: Vec<String>) {
        self.problems.extend(messages.into_iter().take(LISTED).map(|message| Problem { part, message }));
    }
}

impl Book {
    /// Verifies the book as it is at this moment while others go on. Err only when it could not look at all.
    pub fn verify(&self, progress: Progress<'_>) -> Stored<Report> {
        let schema = self.schema();
        let mut report = Report::default();
        let source = connection::open(self.path())?;
        if self.with_steady_file(|| add_pages(&mut report, self.path(), &source)) {
            let snapshot = source.unchecked_transaction()?;
            whole(&snapshot, &schema, &mut report, progress);
        }
        report.add(Part::Journal, self.journal_problems());
        Ok(report)
    }

    fn journal_problems(&self) -> Vec<String> {
        let writer = self.writer();
        let own = (writer.journal.last, writer.journal.last_hash);
        let fault = writer.journal_fault.clone();
        let found = journal::read(&journal::path_of(self.path()), own.0);
        drop(writer);
        let broken = match found {
            Err(error) => Some(format!("读不出来：{error}")),
            Ok(contents) if contents.last != own || contents.is_cut() => {
                Some(format!("在第 {} 批之后已损坏；账套自己的操作记录不受影响，重新打开时补齐", contents.last.0))
            }
            Ok(_) => None,
        };
        fault.into_iter().chain(broken).collect()
    }
}

/// The parts after the pages, until one finds damage or `progress` stops.
fn whole(connection: &Connection, schema: &Schema, report: &mut Report, progress: Progress<'_>) {
    let parts: [(Part, Look<'_>); 2] = [
        (Part::Structure, &|_, _| structure(connection)),
        (Part::Log, &|report, progress| history::compare(connection, schema, report, progress)),
    ];
    for (part, look) in parts {
        if !progress(part, 0, 0) {
            report.stopped = true;
        }
        if report.stopped {
            return;
        }
        let found = look(report, progress).unwrap_or_else(|error| vec![error.to_string()]);
        report.add(part, found);
        if report.is_damaged() {
            return;
        }
    }
    if report.stopped {
        return;
    }
    if let Err(error) = samples::compare(connection, schema, report, progress) {
        report.add(Part::Search, vec![error.to_string()]);
    }
}

type Look<'a> = &'a dyn Fn(&mut Report, Progress<'_>) -> Stored<Vec<String>>;

/// When there is a `doubt`: Err(Damaged) unless everything that figures rest on is whole.
pub(crate) fn insist(path: &Path, connection: &Connection, schema: &Schema, doubt: Option<&str>) -> Stored<()> {
    let Some(doubt) = doubt else { return Ok(()) };
    let mut report = Report::default();
    if add_pages(&mut report, path, connection) {
        whole(connection, schema, &mut report, &mut |part, _, _| part.is_damage());
    }
    match report.problems.iter().find(|problem| problem.part.is_damage()) {
        Some(problem) => Err(StoreError::damaged(path, format!("{doubt}；{}：{}", problem.part.zh(), problem.message))),
        None => Ok(()),
    }
}

/// What a copy is judged by, without any schema: seals, structure, the chain of the log.
pub(crate) fn pages_and_log(path: &Path, connection: &Connection) -> Stored<Vec<String>> {
    let (mut problems, _) = pages(path, connection)?;
    if problems.is_empty() {
        problems = structure(connection)?;
    }
    if problems.is_empty() {
        problems.extend(history::chain(connection, &mut |_| Ok(true))?);
    }
    Ok(problems)
}

/// Every page of the file at `path` has the seal it was written with: (damage, pages that do not matter any
/// more). A page whose newest content is still in the write-ahead log may be missing in the file, and when it
/// is broken there the log will mend it; the log's own content is checked as it is read.
fn pages(path: &Path, connection: &Connection) -> Stored<(Vec<String>, Vec<String>)> {
    let mut statement = connection.prepare("PRAGMA cipher_integrity_check")?;
    let broken = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    if broken.is_empty() {
        return Ok(Default::default());
    }
    let in_log = wal::pages(path);
    let number = |text: &String| {
        let digits = text.split_once("page ").map_or("", |(_, rest)| rest.split(' ').next().unwrap_or_default());
        digits.parse::<u64>().unwrap_or_default()
    };
    let (covered, damage): (Vec<u64>, Vec<u64>) = broken.iter().map(number).partition(|page| in_log.contains(page));
    let covered = covered.into_iter().filter(|page| !wal::is_hole(path, *page));
    Ok((
        damage.into_iter().map(|page| format!("第 {page} 页与封印不符")).collect(),
        covered.map(|page| format!("第 {page} 页已坏，新内容在预写日志里完好，写回文件即修复")).collect(),
    ))
}

/// [`pages`] into the report; whether the rest can be looked at.
fn add_pages(report: &mut Report, path: &Path, connection: &Connection) -> bool {
    match pages(path, connection) {
        Ok((damage, covered)) => {
            report.add(Part::Pages, damage);
            report.add(Part::CoveredPages, covered);
        }
        Err(error) => report.add(Part::Pages, vec![error.to_string()]),
    }
    !report.is_damaged()
}

fn structure(connection: &Connection) -> Stored<Vec<String>> {
    let mut statement = connection.prepare(&format!("PRAGMA quick_check({LISTED})"))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

/// The newest batch of the log, for callers that compare two books.
pub fn head_of(path: &Path) -> Stored<(i64, log::Hash)> {
    let connection = connection::open_read_only(path)?;
    log::head(&connection).map_err(|error| connection::blame(path, error))
}
