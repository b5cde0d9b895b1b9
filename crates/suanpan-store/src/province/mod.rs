//! The province's store on a database: one file for a demo or a single county, PostgreSQL in earnest.
//! [`ProvinceStore`] opens it and runs transactions; within one, [`transaction`] answers what
//! `suanpan_sync::server::store::Province` asks. Both databases run the same statements ([`sql`]); what differs is
//! in [`sqlite`] and [`postgres`], and the tables are in [`migrations`].
//!
//! What a province changes of the documents is in [`documents`], administration in [`devices`] and [`leases`], the examination of everything kept in [`verify`]. No rule is
//! known here, nothing is signed, and no clock is read but to note when a device was seen.

mod devices;
mod documents;
mod encryption;
mod facts;
mod flush;
mod leases;
mod migrations;
mod postgres;
mod records;
mod replay;
mod report;
mod rows;
mod sql;
mod sqlite;
mod transaction;
mod verdicts;
mod verify;

pub use devices::{DeviceLine, Enrolment, NewDevice, NewProvince};
pub use leases::{BOOK_OF_DEVICE, Lease, LeaseRequest};
pub use report::ScopeLine;

use self::{
    postgres::PostgresEngine,
    sql::{Engine, Kind, Sql},
    sqlite::SqliteEngine,
    transaction::Transaction,
};
use std::{
    path::Path,
    sync::{Arc, RwLock},
};
use suanpan_model::schema::Schema;
use suanpan_sync::server::store::{Province, StoreFault, Stored};

/// Connections to PostgreSQL that are used at the same time, unless said otherwise.
pub const CONNECTIONS: usize = 8;

/// How often work that others were in the way of is tried.
const ATTEMPTS: usize = 6;

/// The store of a province. Used from many threads at once; every call blocks until the database has answered, so
/// an asynchronous server calls it where blocking is allowed.
pub struct ProvinceStore {
    /// As this program brought it.
    program: Arc<Schema>,
    /// With the amendments, as last read.
    schema: RwLock<Arc<Schema>>,
    engine: Box<dyn Engine>,
}

impl std::fmt::Debug for ProvinceStore {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ProvinceStore").finish_non_exhaustive()
    }
}

impl ProvinceStore {
    /// Opens `postgres://…` (encrypted with `sslmode=verify-full`, see [`encryption`]) or the file at a path, which is made when it is not there, and brings its tables up to
    /// this program.
    pub fn open(address: &str, schema: Arc<Schema>) -> Stored<Self> {
        Self::open_with(address, schema, CONNECTIONS)
    }

    /// Like [`ProvinceStore::open`] with so many connections at the most. A file has one writer in any case.
    pub fn open_with(address: &str, schema: Arc<Schema>, connections: usize) -> Stored<Self> {
        let is_postgres = ["postgres://", "postgresql://"].iter().any(|scheme| address.starts_with(scheme));
        let engine: Box<dyn Engine> = if is_postgres {
            Box::new(PostgresEngine::open(address, connections)?)
        } else {
            Box::new(SqliteEngine::open(Path::new(address))?)
        };
        let store = Self { program: schema.clone(), schema: RwLock::new(schema), engine };
        store.with_sql(Kind::Reads, &mut |sql| store.schema_within(sql))?;
        Ok(store)
    }

    /// Runs `work` in one transaction that is durable when this returns Ok. While others are in the way, `work` is
    /// called again on a new transaction: what it did outside of the store must bear that.
    pub fn transaction<T>(&self, work: &mut dyn FnMut(&dyn Province) -> Stored<T>) -> Stored<T> {
        self.work(Kind::Writes, work)
    }

    /// Runs `work` on one state of the store, beside the writers. It must not write.
    pub fn read<T>(&self, work: &mut dyn FnMut(&dyn Province) -> Stored<T>) -> Stored<T> {
        self.work(Kind::Reads, work)
    }

    fn work<T>(&self, kind: Kind, work: &mut dyn FnMut(&dyn Province) -> Stored<T>) -> Stored<T> {
        let now_ms = chrono::Utc::now().timestamp_millis();
        self.with_sql(kind, &mut |sql| {
            let schema = self.schema_within(sql)?;
            let transaction = Transaction::new(&schema, sql, kind, now_ms);
            let result = work(&transaction)?;
            if kind == Kind::Writes {
                transaction.finish()?;
            }
            Ok(result)
        })
    }

    /// Runs `work` in one transaction, again while others are in the way.
    fn with_sql<T>(&self, kind: Kind, work: &mut dyn FnMut(&dyn Sql) -> Stored<T>) -> Stored<T> {
        let mut attempt = 1;
        loop {
            let mut result = None;
            let done = self.engine.once(kind, &mut |sql| {
                result = Some(work(sql)?);
                Ok(())
            });
            match done {
                Ok(()) => return Ok(result.expect("work that ended well left its result")),
                Err(StoreFault::Busy(_)) if attempt < ATTEMPTS => attempt += 1,
                Err(fault) => return Err(fault),
            }
        }
    }
}
