//! Opening the file itself: the seal, the safety settings, the versions. Nothing about records.

use crate::{
    error::{StoreError, Stored},
    lock::wal_path,
};
use rusqlite::{Connection, OpenFlags, config::DbConfig, functions::FunctionFlags, types::ValueRef};
use std::path::Path;
use suanpan_model::{Money, Value, derive};

/// `SUAN` in ASCII: told apart from other SQLite files.
const APPLICATION_ID: i32 = 0x5355_414e;
/// Moves only when an older program must refuse the file.
/// 2: the log may hold groups that were pulled. 3: findings are kept by rule.
pub const COMPATIBILITY: i32 = 3;

const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// The seal of a book's pages. It is derived from a fixed text, so it detects damage and tampering by
/// other programs; it does not hide the book from someone who has this program.
fn seal() -> String {
    blake3::derive_key("suanpan book 2026 page seal", b"v1").iter().map(|byte| format!("{byte:02x}")).collect()
}

/// FULL is what keeps acknowledged work through a power cut. The feature exists so that the power-cut
/// test can show that it would notice: with it the same run must fail. It is never on by default.
const SYNCHRONOUS: &str = if cfg!(feature = "weak-sync-for-tests") { "OFF" } else { "FULL" };

/// Pages in the write-ahead log after which they are brought into the file (4 MB).
const CHECKPOINT_BYTES: u64 = 1000 * 4096;

fn open_flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

/// Creates a file with its versions and no tables, to be filled by one program and synced by it.
pub fn create(path: &Path) -> Stored<Connection> {
    let connection = create_copy(path)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", COMPATIBILITY)?;
    Ok(connection)
}

/// Opens for reading and writing. Checks only what is cheap: the seal of the first page and the versions.
pub fn open(path: &Path) -> Stored<Connection> {
    let connection = open_sealed(path, open_flags())?;
    configure(&connection).map_err(|error| blame(path, error))?;
    Ok(connection)
}

/// From now on only programs open the file that know what this one has made of it.
pub fn note_version(connection: &Connection) -> Stored<()> {
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version < COMPATIBILITY {
        connection.pragma_update(None, "user_version", COMPATIBILITY)?;
    }
    Ok(())
}

/// Opens for reading only: neither the file nor its log is touched.
pub fn open_read_only(path: &Path) -> Stored<Connection> {
    open_sealed(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

fn open_sealed(path: &Path, flags: OpenFlags) -> Stored<Connection> {
    if !path.exists() {
        return Err(StoreError::Missing(path.to_owned()));
    }
    let connection = Connection::open_with_flags(path, flags)?;
    unseal(&connection)?;
    let id: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|error| blame(path, error.into()))?;
    let version: i32 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|error| blame(path, error.into()))?;
    if id != APPLICATION_ID {
        return Err(StoreError::damaged(path, "文件里没有算盘账套的标记"));
    }
    if version > COMPATIBILITY {
        return Err(StoreError::TooNew { path: path.to_owned(), found: version, known: COMPATIBILITY });
    }
    Ok(connection)
}

fn unseal(connection: &Connection) -> Stored<()> {
    // Broken pages come back as errors; a log on standard error would only repeat them.
    connection.execute_batch(&format!("PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'{}'\";", seal()))?;
    Ok(())
}

/// Room for the pages of the book, KB.
const CACHE_KB: i64 = 16_000;
/// Room for a long group: every page that does not fit is sealed, written out, read and unsealed again.
const WIDE_CACHE_KB: i64 = 64_000;

pub fn widen_cache(connection: &Connection) -> Stored<()> {
    set_cache(connection, WIDE_CACHE_KB)
}

/// Gives the room back after a long group. After a short one its pages stay for the next.
pub fn narrow_cache(connection: &Connection) -> Stored<()> {
    let size: i64 = connection.pragma_query_value(None, "cache_size", |row| row.get(0))?;
    if size == -CACHE_KB {
        return Ok(());
    }
    set_cache(connection, CACHE_KB)?;
    Ok(connection.execute_batch("PRAGMA shrink_memory;")?)
}

fn set_cache(connection: &Connection, kilobytes: i64) -> Stored<()> {
    Ok(connection.pragma_update(None, "cache_size", -kilobytes)?)
}

fn configure(connection: &Connection) -> Stored<()> {
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = {SYNCHRONOUS};
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA wal_autocheckpoint = 0;"
    ))?;
    set_cache(connection, CACHE_KB)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(256);
    add_functions(connection)
}

/// The arithmetic of derived fields that SQL lacks; the same functions as [`suanpan_model::derive`].
fn add_functions(connection: &Connection) -> Stored<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    let money = |fen: Option<i64>| Money::from_fen(fen.unwrap_or(0)).unwrap_or_default();
    connection.create_scalar_function("suanpan_percent", 2, flags, move |context| {
        Ok(derive::percent(money(context.get(0)?), money(context.get(1)?)))
    })?;
    connection.create_scalar_function("suanpan_product", 2, flags, move |context| {
        let right = match context.get_raw(1) {
            ValueRef::Integer(number) => Value::Int(number),
            ValueRef::Text(text) => Value::text(&String::from_utf8_lossy(text)),
            _ => Value::Null,
        };
        Ok(derive::product(money(context.get(0)?), &right).as_money_or_none().map(Money::fen))
    })?;
    Ok(())
}

/// Brings a long write-ahead log into the file and empties it, without waiting for anyone: while a reader
/// still needs it, it stays for the next time. Emptied and not merely rewound, because a log whose pages are
/// already in the file could, once damaged, lay old pages over new ones.
pub fn checkpoint(path: &Path, connection: &Connection) {
    if !std::fs::metadata(wal_path(path)).is_ok_and(|wal| wal.len() > CHECKPOINT_BYTES) {
        return;
    }
    // A failure loses nothing: the log keeps what it has.
    let _ = connection.busy_timeout(std::time::Duration::ZERO);
    let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    let _ = connection.busy_timeout(BUSY_TIMEOUT);
}

/// A new sealed file that is no open book yet: what a copy is written into. Its writer syncs it itself.
pub fn create_copy(path: &Path) -> Stored<Connection> {
    let connection = Connection::open_with_flags(path, open_flags() | OpenFlags::SQLITE_OPEN_CREATE)?;
    unseal(&connection)?;
    connection.execute_batch("PRAGMA synchronous = OFF;")?;
    Ok(connection)
}

/// Names the file in a damage report.
pub fn blame(path: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Damaged { detail, .. } => StoreError::damaged(path, detail),
        other => other,
    }
}
