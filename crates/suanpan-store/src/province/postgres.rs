//! The province in PostgreSQL: a pool of connections, each with its prepared statements. Many rows go in one
//! statement, as arrays. Rows are locked in ascending order and for as short as can be; what a lock lets through
//! later is read again by [`super::transaction`].

use super::{
    encryption,
    migrations::{self, Words},
    sql::{Batch, Cell, Datum, Engine, Kind, Row, Sql},
};
use postgres::{
    Client, Config, NoTls, Statement,
    binary_copy::BinaryCopyInWriter,
    error::SqlState,
    fallible_iterator::FallibleIterator,
    types::{FromSql, IsNull, ToSql, Type, private::BytesMut},
};
use std::{
    cell::{Cell as Flag, RefCell},
    collections::HashMap,
    error::Error,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use suanpan_sync::server::store::{StoreFault, Stored};
use tokio_postgres_rustls::MakeRustlsConnect;
use uuid::Uuid;

/// What a session is told first. Nobody waits for ever for somebody else's lock, or holds one over a lost server.
/// Every statement is planned once, perhaps while the tables are still empty; a plan made for empty tables must not
/// be kept for full ones, so those that only fit small tables are ruled out.
const SETTINGS: &str = "SET lock_timeout = '15s'; SET idle_in_transaction_session_timeout = '60s'; SET jit = off;
    SET client_min_messages = warning; SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;
    SET enable_hashjoin = off; SET enable_mergejoin = off; SET max_parallel_workers_per_gather = 0;";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a thread waits for a connection before it says that the store is busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// Number of the lock under which tables are made: `suanpan` in ASCII.
const MIGRATION_LOCK: i64 = 0x73_7561_6e70_616e;
/// Number of the lock that whoever writes shares with the others, and that an amendment of the documents has alone.
const DOCUMENTS_LOCK: i64 = MIGRATION_LOCK + 1;

/// As many new rows are copied rather than inserted.
const WORTH_COPYING: usize = 16;
/// First byte of a jsonb value on the wire.
const JSONB_VERSION: u8 = 1;

pub struct PostgresEngine {
    config: Config,
    encryption: Option<MakeRustlsConnect>,
    pool: Mutex<Pool>,
    returned: Condvar,
}

struct Pool {
    idle: Vec<Session>,
    /// Connections that may still be made.
    room: usize,
}

struct Session {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl PostgresEngine {
    pub fn open(address: &str, connections: usize) -> Stored<Self> {
        let (address, encryption) = encryption::of(address)?;
        let mut config: Config = address.parse().map_err(fault)?;
        config.connect_timeout(CONNECT_TIMEOUT).application_name("suanpan-province");
        let pool = Mutex::new(Pool { idle: Vec::new(), room: connections.max(1) });
        let engine = Self { config, encryption, pool, returned: Condvar::new() };
        engine.once(Kind::Writes, &mut |sql| {
            sql.rows(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK}) IS NULL"), &[])?;
            migrations::run(sql, Words::Postgres)
        })?;
        Ok(engine)
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session of one's own; a new one while there is room for it.
    fn take(&self) -> Stored<Lent<'_>> {
        let enough = |pool: &mut Pool| pool.idle.is_empty() && pool.room == 0;
        let (mut pool, waited) =
            self.returned.wait_timeout_while(self.pool(), PATIENCE, enough).unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(StoreFault::Busy("all connections are in use".into()));
        }
        if let Some(session) = pool.idle.pop() {
            return Ok(Lent { engine: self, session: Some(session) });
        }
        pool.room -= 1;
        drop(pool);
        let mut lent = Lent { engine: self, session: None };
        let client = match &self.encryption {
            Some(encryption) => self.config.connect(encryption.clone()),
            None => self.config.connect(NoTls),
        };
        let mut client = client.map_err(fault)?;
        client.batch_execute(SETTINGS).map_err(fault)?;
        lent.session = Some(Session { client, statements: HashMap::new() });
        Ok(lent)
    }
}

/// A session until it is given back: to the others if it is fit, otherwise its place is free for a new one.
struct Lent<'a> {
    engine: &'a PostgresEngine,
    session: Option<Session>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let fit = self.session.take().filter(|session| !session.client.is_closed() && !std::thread::panicking());
        let mut pool = self.engine.pool();
        match fit {
            Some(session) => pool.idle.push(session),
            None => pool.room += 1,
        }
        drop(pool);
        self.engine.returned.notify_one();
    }
}

fn begin(kind: Kind) -> String {
    match kind {
        Kind::Reads => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY".into(),
        Kind::Writes => format!("BEGIN; SELECT pg_advisory_xact_lock_shared({DOCUMENTS_LOCK})"),
    }
}

impl Engine for PostgresEngine {
    fn once(&self, kind: Kind, work: &mut dyn FnMut(&dyn Sql) -> Stored<()>) -> Stored<()> {
        let mut lent = self.begun(kind)?;
        let session = lent.session.take().expect("a session that has begun is there");
        let sql = OnPostgres { session: RefCell::new(session), lazy: Flag::new(false) };
        let done = work(&sql);
        let mut session = sql.session.into_inner();
        let end = match (&done, sql.lazy.get()) {
            (Err(_), _) => "ROLLBACK",
            (Ok(()), false) => "COMMIT",
            (Ok(()), true) => "SET LOCAL synchronous_commit = off; COMMIT",
        };
        let ended = session.client.batch_execute(end).map_err(fault);
        if ended.is_ok() {
            lent.session = Some(session);
        }
        done.and(ended)
    }
}

impl PostgresEngine {
    /// A session in a transaction. One that its server has left meanwhile is replaced.
    fn begun(&self, kind: Kind) -> Stored<Lent<'_>> {
        loop {
            let mut lent = self.take()?;
            let Some(session) = &mut lent.session else { continue };
            let is_new = session.statements.is_empty();
            match session.client.batch_execute(&begin(kind)) {
                Ok(()) => return Ok(lent),
                Err(error) => {
                    lent.session = None;
                    if is_new {
                        return Err(fault(error));
                    }
                }
            }
        }
    }
}

struct OnPostgres {
    session: RefCell<Session>,
    lazy: Flag<bool>,
}

impl OnPostgres {
    fn prepared(&self, sql: &str) -> Stored<Statement> {
        let mut session = self.session.borrow_mut();
        if let Some(statement) = session.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = session.client.prepare(&sql.replace('?', "$")).map_err(fault)?;
        session.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn each_of(
        &self,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
        each: &mut dyn FnMut(&Row) -> Stored<()>,
    ) -> Stored<()> {
        let statement = self.prepared(sql)?;
        let mut session = self.session.borrow_mut();
        let mut rows = session.client.query_raw(&statement, parameters.iter().copied()).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            let data = (0..row.len()).map(|at| row.try_get::<_, Option<Datum>>(at).map(Option::unwrap_or_default));
            each(&Row(data.collect::<Result<_, _>>().map_err(fault)?))?;
        }
        Ok(())
    }

    /// The columns of a batch, each as one parameter.
    fn execute_columns(&self, sql: &str, batch: &Batch<'_>) -> Stored<()> {
        let width = batch.columns.len();
        let columns: Vec<Vec<&Cell<'_>>> =
            (0..width).map(|at| batch.cells.iter().skip(at).step_by(width).collect()).collect();
        let parameters: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| column as _).collect();
        let statement = self.prepared(sql)?;
        self.session.borrow_mut().client.execute(&statement, &parameters).map_err(fault).map(drop)
    }
}

impl OnPostgres {
    /// Many new rows: COPY writes whole pages of them at a time.
    fn copy(&self, batch: &Batch<'_>) -> Stored<()> {
        let names: Vec<&str> = batch.columns.iter().map(|(name, _)| *name).collect();
        let sql = format!("COPY {} ({}) FROM STDIN BINARY", batch.table, names.join(", "));
        let statement = self.prepared(&sql)?;
        let types: Vec<Type> = batch.columns.iter().map(|(_, kind)| wire_type(kind)).collect();
        let mut session = self.session.borrow_mut();
        let mut writer = BinaryCopyInWriter::new(session.client.copy_in(&statement).map_err(fault)?, &types);
        for row in batch.cells.chunks(batch.columns.len()) {
            writer.write_raw(row).map_err(fault)?;
        }
        writer.finish().map_err(fault).map(drop)
    }
}

/// A column's type, as rows of [`super::flush`] name it.
fn wire_type(kind: &str) -> Type {
    match kind {
        "int" => Type::INT4,
        "bigint" => Type::INT8,
        "boolean" => Type::BOOL,
        "uuid" => Type::UUID,
        "bytea" => Type::BYTEA,
        "jsonb" => Type::JSONB,
        _ => Type::TEXT,
    }
}

fn parameters<'a>(cells: &'a [Cell<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    cells.iter().map(|cell| cell as _).collect()
}

/// `unnest(?1::int[], …) AS u (scope, …)`: the rows of a batch as a table.
fn unnested(batch: &Batch<'_>) -> String {
    let arrays = (1..).zip(batch.columns).map(|(at, (_, kind))| match *kind {
        // An array of jsonb would have to be written in its own form; text is what we have.
        "jsonb" => format!("?{at}::text[]"),
        kind => format!("?{at}::{kind}[]"),
    });
    let names: Vec<&str> = batch.columns.iter().map(|(name, _)| *name).collect();
    format!("unnest({}) AS u ({})", arrays.collect::<Vec<_>>().join(", "), names.join(", "))
}

impl Sql for OnPostgres {
    fn for_update(&self) -> &'static str {
        " FOR UPDATE"
    }

    fn each(&self, sql: &str, cells: &[Cell<'_>], each: &mut dyn FnMut(&Row) -> Stored<()>) -> Stored<()> {
        self.each_of(sql, &parameters(cells), each)
    }

    fn each_among(
        &self,
        sql: &str,
        cells: &[Cell<'_>],
        among: &[Cell<'_>],
        each: &mut dyn FnMut(&Row) -> Stored<()>,
    ) -> Stored<()> {
        let among: Vec<&Cell<'_>> = among.iter().collect();
        let mut parameters = parameters(cells);
        parameters.push(&among);
        self.each_of(&sql.replace("{any}", &format!("ANY(?{})", parameters.len())), &parameters, each)
    }

    fn run(&self, sql: &str, cells: &[Cell<'_>]) -> Stored<u64> {
        let statement = self.prepared(sql)?;
        self.session.borrow_mut().client.execute(&statement, &parameters(cells)).map_err(fault)
    }

    fn insert(&self, batch: &Batch<'_>) -> Stored<()> {
        if batch.is_empty() {
            return Ok(());
        }
        if batch.conflict.is_empty() && batch.rows() >= WORTH_COPYING {
            return self.copy(batch);
        }
        let (table, conflict) = (batch.table, batch.conflict);
        let names: Vec<&str> = batch.columns.iter().map(|(name, _)| *name).collect();
        let values: Vec<String> = batch
            .columns
            .iter()
            .map(|(name, kind)| if *kind == "jsonb" { format!("u.{name}::jsonb") } else { format!("u.{name}") })
            .collect();
        let (names, values) = (names.join(", "), values.join(", "));
        let sql = format!("INSERT INTO {table} ({names}) SELECT {values} FROM {} {conflict}", unnested(batch));
        self.execute_columns(&sql, batch)
    }

    fn delete(&self, batch: &Batch<'_>) -> Stored<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let equal: Vec<String> = batch.columns.iter().map(|(name, _)| format!("t.{name} = u.{name}")).collect();
        let sql = format!("DELETE FROM {} t USING {} WHERE {}", batch.table, unnested(batch), equal.join(" AND "));
        self.execute_columns(&sql, batch)
    }

    fn wait_to_amend(&self) -> Stored<()> {
        self.rows(&format!("SELECT pg_advisory_xact_lock({DOCUMENTS_LOCK}) IS NULL"), &[]).map(drop)
    }

    fn needs_no_disk(&self) {
        self.lazy.set(true);
    }
}

impl ToSql for Cell<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Cell::Null => Ok(IsNull::Yes),
            Cell::Int(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Cell::Int(number) => number.to_sql(kind, out),
            Cell::Flag(yes) => yes.to_sql(kind, out),
            Cell::Made(json) if *kind == Type::JSONB => {
                out.extend_from_slice(&[JSONB_VERSION]);
                json.to_sql(kind, out)
            }
            Cell::Text(text) => text.to_sql(kind, out),
            Cell::Made(text) => text.to_sql(kind, out),
            Cell::Bytes(bytes) => bytes.to_sql(kind, out),
            Cell::Id(id) => id.to_sql(kind, out),
        }
    }

    // Statement and cells are written side by side in this module's callers, and every statement is run by tests.
    fn accepts(_: &Type) -> bool {
        true
    }

    postgres::types::to_sql_checked!();
}

impl<'a> FromSql<'a> for Datum {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *kind {
            Type::BOOL => Self::Flag(bool::from_sql(kind, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(kind, raw)?.into()),
            Type::INT8 => Self::Int(i64::from_sql(kind, raw)?),
            Type::BYTEA => Self::Bytes(raw.to_vec()),
            Type::UUID => Self::Id(Uuid::from_sql(kind, raw)?),
            _ => Self::Text(String::from_sql(kind, raw)?),
        })
    }

    fn accepts(kind: &Type) -> bool {
        [Type::BOOL, Type::INT4, Type::INT8, Type::BYTEA, Type::UUID, Type::TEXT].contains(kind)
    }
}

/// States in which others were in the way: what they have done is seen when it is tried again.
const BUSY: &[SqlState] = &[
    SqlState::T_R_SERIALIZATION_FAILURE,
    SqlState::T_R_DEADLOCK_DETECTED,
    SqlState::LOCK_NOT_AVAILABLE,
    SqlState::UNIQUE_VIOLATION,
];

/// Classes of states in which the server is gone, going, full or without resources.
const UNAVAILABLE: &[&str] = &["08", "53", "57", "58"];

fn fault(error: postgres::Error) -> StoreFault {
    let text = match error.as_db_error() {
        Some(db) => format!("{error}: {} {}", db.code().code(), db.message()),
        None => format!("{error}: {}", error.source().map(ToString::to_string).unwrap_or_default()),
    };
    match error.code() {
        Some(state) if BUSY.contains(state) => StoreFault::Busy(text),
        Some(state) if UNAVAILABLE.iter().any(|class| state.code().starts_with(class)) => StoreFault::Unavailable(text),
        Some(_) => StoreFault::Broken(text),
        None => StoreFault::Unavailable(text),
    }
}
