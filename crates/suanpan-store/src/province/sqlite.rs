//! The province in one sealed SQLite file: for a demo, or a county that runs its own. One writer at a time, readers
//! beside it. Every commit waits for the disk.

use super::{
    migrations::{self, Words},
    sql::{Batch, Cell, Datum, Engine, Kind, Row, Sql},
};
use crate::{connection, error::StoreError};
use rusqlite::{
    Connection, ErrorCode, ToSql,
    types::{ToSqlOutput, ValueRef},
};
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};
use suanpan_sync::server::store::{StoreFault, Stored};

/// `SUAP`: told apart from books.
const APPLICATION_ID: i32 = 0x5355_4150;

const SETTINGS: &str = "PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -32000;";

const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);

pub struct SqliteEngine {
    path: PathBuf,
    writer: Mutex<Connection>,
    /// Readers that nobody uses at the moment.
    readers: Mutex<Vec<Connection>>,
}

impl SqliteEngine {
    /// Opens the file, or makes it.
    pub fn open(path: &Path) -> Stored<Self> {
        let writer = connect(path)?;
        let id: i32 = writer.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(fault)?;
        let is_new = id == 0 && count_tables(&writer)? == 0;
        if id != APPLICATION_ID && !is_new {
            return Err(StoreFault::Broken(format!("{} is not the store of a province", path.display())));
        }
        let engine = Self { path: path.to_owned(), writer: Mutex::new(writer), readers: Mutex::default() };
        engine.once(Kind::Writes, &mut |sql| {
            sql.run(&format!("PRAGMA application_id = {APPLICATION_ID}"), &[])?;
            migrations::run(sql, Words::Sqlite)
        })?;
        Ok(engine)
    }
}

fn connect(path: &Path) -> Stored<Connection> {
    let connection = connection::create_copy(path).map_err(store_fault)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(fault)?;
    connection.execute_batch(SETTINGS).map_err(fault)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

fn count_tables(connection: &Connection) -> Stored<i64> {
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0)).map_err(fault)
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What a panicking thread left open is rolled back before the next transaction.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine for SqliteEngine {
    fn once(&self, kind: Kind, work: &mut dyn FnMut(&dyn Sql) -> Stored<()>) -> Stored<()> {
        if kind == Kind::Writes {
            return transact(&held(&self.writer), "BEGIN IMMEDIATE", work);
        }
        let idle = held(&self.readers).pop();
        let reader = idle.map_or_else(|| connect(&self.path), Ok)?;
        let done = transact(&reader, "BEGIN", work);
        held(&self.readers).push(reader);
        done
    }
}

fn transact(connection: &Connection, begin: &str, work: &mut dyn FnMut(&dyn Sql) -> Stored<()>) -> Stored<()> {
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK").map_err(fault)?;
    }
    connection.execute_batch(begin).map_err(fault)?;
    let done = work(&OnSqlite(connection)).and_then(|()| connection.execute_batch("COMMIT").map_err(fault));
    if done.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK").map_err(fault)?;
    }
    done
}

struct OnSqlite<'a>(&'a Connection);

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Cell::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Cell::Int(number) => ToSqlOutput::from(*number),
            Cell::Flag(yes) => ToSqlOutput::from(*yes),
            Cell::Text(text) => ToSqlOutput::from(*text),
            Cell::Made(text) => ToSqlOutput::from(text.as_str()),
            Cell::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Cell::Id(id) => ToSqlOutput::Borrowed(ValueRef::Blob(id.as_bytes())),
        })
    }
}

impl Sql for OnSqlite<'_> {
    fn for_update(&self) -> &'static str {
        ""
    }

    fn each(&self, sql: &str, cells: &[Cell<'_>], each: &mut dyn FnMut(&Row) -> Stored<()>) -> Stored<()> {
        let mut statement = self.0.prepare_cached(sql).map_err(fault)?;
        let columns = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(cells)).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            let data = (0..columns).map(|at| row.get_ref(at).map(datum));
            each(&Row(data.collect::<Result<_, _>>().map_err(fault)?))?;
        }
        Ok(())
    }

    fn each_among(
        &self,
        sql: &str,
        cells: &[Cell<'_>],
        among: &[Cell<'_>],
        each: &mut dyn FnMut(&Row) -> Stored<()>,
    ) -> Stored<()> {
        let sql = sql.replace("{any}", &format!("?{}", cells.len() + 1));
        let mut cells = cells.to_vec();
        among.iter().try_for_each(|one| {
            cells.push(one.clone());
            let done = self.each(&sql, &cells, each);
            cells.pop();
            done
        })
    }

    fn run(&self, sql: &str, cells: &[Cell<'_>]) -> Stored<u64> {
        let mut statement = self.0.prepare_cached(sql).map_err(fault)?;
        let changed = statement.execute(rusqlite::params_from_iter(cells)).map_err(fault)?;
        Ok(changed as u64)
    }

    fn insert(&self, batch: &Batch<'_>) -> Stored<()> {
        let names: Vec<&str> = batch.columns.iter().map(|(name, _)| *name).collect();
        let places: Vec<String> = (1..=names.len()).map(|at| format!("?{at}")).collect();
        let (table, conflict) = (batch.table, batch.conflict);
        let sql = format!("INSERT INTO {table} ({}) VALUES ({}) {conflict}", names.join(", "), places.join(", "));
        batch.cells.chunks(names.len()).try_for_each(|row| self.run(&sql, row).map(drop))
    }

    fn delete(&self, batch: &Batch<'_>) -> Stored<()> {
        let equal: Vec<String> = (1..).zip(batch.columns).map(|(at, (name, _))| format!("{name} = ?{at}")).collect();
        let sql = format!("DELETE FROM {} WHERE {}", batch.table, equal.join(" AND "));
        batch.cells.chunks(batch.columns.len()).try_for_each(|row| self.run(&sql, row).map(drop))
    }

    fn wait_to_amend(&self) -> Stored<()> {
        Ok(())
    }

    fn needs_no_disk(&self) {}
}

fn datum(value: ValueRef<'_>) -> Datum {
    match value {
        ValueRef::Null => Datum::Null,
        ValueRef::Integer(number) => Datum::Int(number),
        ValueRef::Real(_) => Datum::Null,
        ValueRef::Text(text) => Datum::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Datum::Bytes(bytes.to_vec()),
    }
}

fn fault(error: rusqlite::Error) -> StoreFault {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreFault::Busy(error.to_string()),
        _ => store_fault(error.into()),
    }
}

fn store_fault(error: StoreError) -> StoreFault {
    match error {
        StoreError::Io { .. } | StoreError::Missing(_) => StoreFault::Unavailable(error.to_string()),
        other => StoreFault::Broken(other.to_string()),
    }
}
