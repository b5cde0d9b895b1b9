//! One open book: a writing connection behind a lock, reading connections beside it (so that a slow
//! disk never holds up the screen), the documents it works with, and who holds it.

use crate::{
    connection,
    error::{StoreError, Stored},
    facts::SqlFacts,
    journal::{self, Journal},
    lock::{BookLock, beside, extended, wal_path},
    log,
    mend::{self, Attached},
    published, recover, renewal, tables,
    turns::Turns,
    verify, wal,
};
use parking_lot::{Mutex, MutexGuard};
use rusqlite::{Connection, TransactionBehavior};
use serde::Serialize;
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};
use suanpan_model::{check::check, schema::Schema};
use ts_rs::TS;

/// An open book. Dropping it closes the file and gives up the lock.
pub struct Book {
    path: PathBuf,
    schema: RwLock<Arc<Schema>>,
    info: BookInfo,
    pub(crate) turns: Turns<Writer>,
    readers: Mutex<Vec<Connection>>,
    changes: AtomicU64,
    /// Held while the file's pages must stay as they are, though the book is written to.
    checkpoints: Mutex<()>,
    replayed: usize,
    mended: Option<String>,
    _lock: BookLock,
}

pub(crate) struct Writer {
    pub connection: Connection,
    pub journal: Journal,
    /// Why the journal is behind, until it follows again.
    pub journal_fault: Option<String>,
}

/// What a book says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct BookInfo {
    /// MOF_DIV_CODE, 9 digits.
    pub division: String,
    pub division_name: String,
    /// The fiscal year it was begun in.
    pub year: i32,
    pub name: String,
    #[ts(type = "number")]
    pub created_at_ms: i64,
    /// Random; tells two copies of a book apart from two books.
    pub book_id: String,
}

/// What a new book needs to know.
#[derive(Debug, Clone)]
pub struct NewBook<'a> {
    pub division: &'a str,
    pub year: i32,
    pub name: &'a str,
    pub created_at_ms: i64,
    pub book_id: uuid::Uuid,
}

impl Book {
    /// Creates the file, whole or not at all. Err(Exists) when there is one. `holder` is shown to a second program.
    pub fn create(path: &Path, new: &NewBook<'_>, schema: Schema, holder: &str) -> Stored<Self> {
        if path.exists() {
            return Err(StoreError::Exists(path.to_owned()));
        }
        let lock = BookLock::take(path, holder)?;
        // Built under another name: a power cut leaves no half book that nobody can open.
        let building = beside(path, "new");
        remove_with_log(&building);
        if let Err(error) = build(&building, new, &schema).and_then(|()| rename(&building, path)) {
            remove_with_log(&building);
            return Err(error);
        }
        journal::sync_folder(path);
        Journal::start(path, new.book_id, (0, [0; 32]))?;
        Self::from_connection(path, connection::open(path)?, schema, lock)
    }

    /// Opens an existing book, completes its journal or replays from it what the file has lost. Checks what is
    /// cheap; the whole book is verified first when the file and what stands beside it raise a doubt.
    pub fn open(path: &Path, schema: Schema, holder: &str) -> Stored<Self> {
        let lock = if path.exists() || recover::is_ready(path) {
            BookLock::take(path, holder)?
        } else {
            return Err(StoreError::Missing(path.to_owned()));
        };
        recover::finish(path)?;
        let doubt = wal::doubt(path, lock.last_close)
            .map_err(|error| StoreError::io(format!("查看账套“{}”", path.display()), &error))?;
        ask_version(path)?;
        let connection = connection::open(path)?;
        let opened = tables::ensure(&connection, &schema).and_then(|()| {
            verify::insist(path, &connection, &schema, doubt.as_deref())?;
            Self::from_connection(path, connection, schema, lock)
        });
        opened.map_err(|error| match (connection::blame(path, error), doubt) {
            (StoreError::Damaged { detail, .. }, Some(doubt)) if !detail.starts_with(&doubt) => {
                StoreError::damaged(path, format!("{doubt}；{detail}"))
            }
            (error, _) => error,
        })
    }

    fn from_connection(path: &Path, connection: Connection, schema: Schema, mut lock: BookLock) -> Stored<Self> {
        let info = read_info(&connection, &schema)?;
        let schema = published::schema_of(&connection, schema)?;
        if schema.amended() > 0 {
            tables::ensure(&connection, &schema)?;
        }
        let book_id = info.book_id.parse().map_err(|_| StoreError::damaged(path, "账套没有编号"))?;
        let Attached { journal, missing, note } = mend::attach(path, &connection, book_id)?;
        if !missing.is_empty() {
            // Nothing that FULL wrote can be behind its journal by itself: the file was exchanged or its log lost.
            verify::insist(path, &connection, &schema, Some("账套落后于操作日志"))?;
        }
        lock.opened = true;
        let writer = Writer { connection, journal, journal_fault: None };
        let mut book = Self {
            path: path.to_owned(),
            schema: RwLock::new(Arc::new(schema)),
            info,
            turns: Turns::new(writer),
            readers: Mutex::default(),
            checkpoints: Mutex::new(()),
            changes: AtomicU64::new(0),
            replayed: 0,
            mended: note,
            _lock: lock,
        };
        book.replayed = book.replay(&missing)?;
        book.writer().complete_journal()?;
        book.renew_search_if_small()?;
        Ok(book)
    }

    /// Applies batches that a journal holds and the file does not, in their order.
    pub fn replay(&self, batches: &[log::Batch]) -> Stored<usize> {
        for batch in batches {
            self.replay_batch(batch)?;
        }
        Ok(batches.len())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn info(&self) -> &BookInfo {
        &self.info
    }

    /// Batches that opening had to replay from the journal.
    pub fn replayed(&self) -> usize {
        self.replayed
    }

    /// What opening found wrong beside the book and put right, for people.
    pub fn mended(&self) -> Option<&str> {
        self.mended.as_deref()
    }

    pub fn schema(&self) -> Arc<Schema> {
        self.schema.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Grows with every commit of this program: what was read at another count may be stale.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Why the journal could not follow the last commit, if so.
    pub fn journal_fault(&self) -> Option<String> {
        self.writer().journal_fault.clone()
    }

    /// Runs `work` on a reading connection. Several threads read at once, also while another writes.
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> Stored<T>) -> Stored<T> {
        let kept = self.readers.lock().pop();
        let connection = match kept {
            Some(connection) => connection,
            None => connection::open(&self.path)?,
        };
        let result = work(&connection).map_err(|error| connection::blame(&self.path, error));
        // A connection that met a broken page reads nothing any more.
        if !matches!(result, Err(StoreError::Damaged { .. } | StoreError::Io { .. })) {
            self.readers.lock().push(connection);
        }
        result
    }

    /// Runs `work` while no page moves from the write-ahead log into the file.
    pub(crate) fn with_steady_file<T>(&self, work: impl FnOnce() -> T) -> T {
        let _held = self.checkpoints.lock();
        work()
    }

    /// After a commit: keeps the write-ahead log short.
    pub(crate) fn shorten_log(&self, writer: &Writer) {
        if let Some(_held) = self.checkpoints.try_lock() {
            connection::checkpoint(&self.path, &writer.connection);
        }
    }

    /// After a verified copy that holds everything up to `head`.
    pub(crate) fn begin_journal(&self, head: (i64, log::Hash)) -> Stored<()> {
        let mut writer = self.writer();
        writer.journal.rotate(&self.path, head)?;
        writer.complete_journal()
    }

    /// Runs `work` over the book as [`suanpan_model::facts::Facts`].
    pub fn with_facts<T>(&self, work: impl FnOnce(&SqlFacts<'_>) -> Stored<T>) -> Stored<T> {
        let schema = self.schema();
        self.read(|connection| work(&SqlFacts::new(connection, &schema)))
    }

    /// Findings that a record would have if it were saved as it is here.
    pub fn check_one(
        &self,
        entity: &str,
        record: &suanpan_model::Record,
    ) -> Stored<Vec<suanpan_model::check::Finding>> {
        let schema = self.schema();
        let Some(def) = schema.entity(entity) else { return Ok(Vec::new()) };
        self.with_facts(|facts| Ok(check(facts, def, record)?))
    }

    pub(crate) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.turns.take()
    }

    /// `shapes`: records that the schema is made of have changed ([`published::shapes`]).
    pub(crate) fn committed(&self, shapes: bool) -> Stored<()> {
        self.changes.fetch_add(1, Ordering::AcqRel);
        if shapes {
            let renewed = self.read(|connection| published::schema_of(connection, Schema::builtin()))?;
            if renewed.amended() != self.schema().amended() {
                let mut writer = self.writer();
                let transaction = writer.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                tables::ensure(&transaction, &renewed)?;
                transaction.commit()?;
            }
            *self.schema.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(renewed);
        }
        Ok(())
    }
}

impl Writer {
    /// Appends to the journal whatever the book holds and the journal does not.
    pub fn complete_journal(&mut self) -> Stored<()> {
        mend::complete(&self.connection, &mut self.journal)
    }
}

/// The tables and what the book says of itself; closed again, so that it is one file.
fn build(path: &Path, new: &NewBook<'_>, schema: &Schema) -> Stored<()> {
    let connection = connection::create(path)?;
    let transaction = connection.unchecked_transaction()?;
    tables::ensure(&transaction, schema)?;
    let created = new.created_at_ms.to_string();
    let (year, id) = (new.year.to_string(), new.book_id.to_string());
    for (key, value) in
        [("division", new.division), ("year", &year), ("name", new.name), ("created", &created), ("id", &id)]
    {
        transaction.execute("INSERT INTO meta (key, value) VALUES (?, ?)", (key, value))?;
    }
    renewal::note_fresh(&transaction)?;
    transaction.commit()?;
    connection.close().map_err(|(_, error)| StoreError::from(error))?;
    let synced = std::fs::OpenOptions::new().write(true).open(path).and_then(|file| file.sync_all());
    synced.map_err(|error| StoreError::io("新建账套", &error))
}

/// Err(TooNew, Damaged) when the book is not for this program; asked through a connection that cannot write,
/// and whatever empty files that leaves are removed again.
fn ask_version(path: &Path) -> Stored<()> {
    // A cut while a copy was becoming a book left what must be taken back first: only writing can, and asks too.
    if extended(path, "-journal").exists() {
        return Ok(());
    }
    let stood_there = wal_path(path).exists();
    let answer = connection::open_read_only(path).map(drop);
    if !stood_there && std::fs::metadata(wal_path(path)).is_ok_and(|wal| wal.len() == 0) {
        let _ = std::fs::remove_file(wal_path(path));
        let _ = std::fs::remove_file(extended(path, "-shm"));
    }
    answer
}

fn rename(from: &Path, to: &Path) -> Stored<()> {
    std::fs::rename(from, to).map_err(|error| StoreError::io(format!("新建账套“{}”", to.display()), &error))
}

fn remove_with_log(path: &Path) {
    for end in ["", "-journal"] {
        let _ = std::fs::remove_file(extended(path, end));
    }
}

fn read_info(connection: &Connection, schema: &Schema) -> Stored<BookInfo> {
    let text = |key: &str| -> Stored<String> {
        Ok(connection.query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get(0))?)
    };
    let division = text("division")?;
    Ok(BookInfo {
        division_name: schema.codes.name("division", &division).to_owned(),
        division,
        year: text("year")?.parse().unwrap_or_default(),
        name: text("name")?,
        created_at_ms: text("created")?.parse().unwrap_or_default(),
        book_id: text("id")?,
    })
}
