//! The desk itself: which book is open, who sits at it, what time it is.

use crate::{CallError, CallErrorCode, CallResult, import::Imports, jobs::Jobs, rows::Views};
use serde::Serialize;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use suanpan_model::op::{GroupKind, OpGroup};
use suanpan_store::Book;
use ts_rs::TS;
use uuid::Uuid;

/// Time, ids and the person come from outside, so that tests and replays decide them.
pub struct Environment {
    /// ms since 1970-01-01 UTC.
    pub now_ms: Box<dyn Fn() -> i64 + Send + Sync>,
    pub new_id: Box<dyn Fn() -> Uuid + Send + Sync>,
    /// Minutes east of UTC of the clock on the wall, for dates on screens and files.
    pub utc_offset_minutes: i32,
    /// Who works here.
    pub actor: String,
    /// What a second program is told about this one.
    pub holder: String,
    /// The program that reads workbooks in a cage; None = this one.
    pub reader: Option<std::path::PathBuf>,
}

impl Environment {
    /// The real clock and UUIDv7 ids.
    pub fn real(actor: &str) -> Self {
        let now_ms = || chrono::Utc::now().timestamp_millis();
        let started = chrono::Local::now();
        Self {
            now_ms: Box::new(now_ms),
            new_id: Box::new(Uuid::now_v7),
            utc_offset_minutes: started.offset().local_minus_utc() / 60,
            actor: actor.to_owned(),
            holder: format!("{actor}（进程 {}，{} 起）", std::process::id(), started.format("%m-%d %H:%M")),
            reader: None,
        }
    }
}

/// One desk; cheap to share between threads.
pub struct Desk {
    pub(crate) environment: Environment,
    book: RwLock<Option<Arc<Book>>>,
    pub(crate) jobs: Jobs,
    pub(crate) driver: crate::sync::driver::Driver,
    pub(crate) views: Mutex<Views>,
    pub(crate) imports: Mutex<Imports>,
    start_problem: Mutex<Option<StartProblem>>,
    /// What verifying the open book in the background found.
    damage: Mutex<Vec<String>>,
}

/// Why the book named at start is not open: the start page offers the way out.
#[derive(Debug, Clone, Serialize, TS)]
pub struct StartProblem {
    pub path: String,
    pub error: CallError,
}

impl Desk {
    pub fn new(environment: Environment) -> Arc<Self> {
        Arc::new(Self {
            environment,
            book: RwLock::default(),
            jobs: Jobs::default(),
            driver: crate::sync::driver::Driver::default(),
            views: Mutex::default(),
            imports: Mutex::default(),
            start_problem: Mutex::default(),
            damage: Mutex::default(),
        })
    }

    /// The open book. Err(NoBook) when there is none.
    pub fn book(&self) -> CallResult<Arc<Book>> {
        let book = self.book.read().unwrap_or_else(PoisonError::into_inner).clone();
        book.ok_or_else(|| CallError::new(CallErrorCode::NoBook, "还没有打开账套"))
    }

    /// Puts `book` on the desk in place of the one that was there.
    pub fn put_book(&self, book: Option<Book>) {
        self.put_shared_book(book.map(Arc::new));
    }

    pub(crate) fn put_shared_book(&self, book: Option<Arc<Book>>) {
        if book.is_some() {
            *self.start_problem.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        self.note_damage(Vec::new());
        *self.views.lock().unwrap_or_else(PoisonError::into_inner) = Views::default();
        self.imports.lock().unwrap_or_else(PoisonError::into_inner).close_all();
        *self.book.write().unwrap_or_else(PoisonError::into_inner) = book;
    }

    /// Remembers why the book given at start could not be opened, for the start page.
    pub fn note_start_problem(&self, path: &Path, error: &CallError) {
        let problem = StartProblem { path: path.display().to_string(), error: error.clone() };
        *self.start_problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
    }

    /// What is wrong with the open book as far as it was looked at in the background, for people.
    pub fn damage(&self) -> Vec<String> {
        self.damage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn note_damage(&self, lines: Vec<String>) {
        *self.damage.lock().unwrap_or_else(PoisonError::into_inner) = lines;
    }

    pub fn start_problem(&self) -> Option<StartProblem> {
        self.start_problem.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn now_ms(&self) -> i64 {
        (self.environment.now_ms)()
    }

    pub fn new_id(&self) -> Uuid {
        (self.environment.new_id)()
    }

    pub fn actor(&self) -> &str {
        &self.environment.actor
    }

    /// Now, on the clock of the wall.
    pub fn wall_clock(&self) -> chrono::NaiveDateTime {
        self.local(self.now_ms())
    }

    /// `MM-DD HH:MM` on the clock of the wall.
    pub fn local_time(&self, at_ms: i64) -> String {
        self.local(at_ms).format("%m-%d %H:%M").to_string()
    }

    fn local(&self, at_ms: i64) -> chrono::NaiveDateTime {
        let at = chrono::DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
        at.naive_utc() + chrono::TimeDelta::minutes(i64::from(self.environment.utc_offset_minutes))
    }

    /// A group of the person at this desk, without ops yet.
    pub fn group(&self, label: &str) -> OpGroup {
        OpGroup {
            id: self.new_id(),
            actor: self.actor().into(),
            at_ms: self.now_ms(),
            label: label.into(),
            kind: GroupKind::Do,
            ops: Vec::new(),
        }
    }
}
