//! The little that the province asks of a database, so that its statements are written once: rows, runs, and many
//! rows in one go. Statements use `?1` for the first parameter and columns that both databases understand. What
//! differs between the databases is in [`super::sqlite`] and [`super::postgres`]; no table is named here.

use suanpan_sync::server::store::{StoreFault, Stored};
use uuid::Uuid;

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    Null,
    Int(i64),
    Flag(bool),
    Text(&'a str),
    /// Text that was made for this statement.
    Made(String),
    Bytes(&'a [u8]),
    Id(Uuid),
}

impl<'a> Cell<'a> {
    /// Sequences and counters; they stay far below 2⁶³.
    pub fn count(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }

    pub fn bytes_or_null(bytes: Option<&'a [u8]>) -> Self {
        bytes.map_or(Self::Null, Self::Bytes)
    }
}

/// One value of a row that was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Datum {
    #[default]
    Null,
    Int(i64),
    Flag(bool),
    Text(String),
    Bytes(Vec<u8>),
    Id(Uuid),
}

/// A row that was read; columns are taken by their place in the statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub Vec<Datum>);

impl Row {
    pub fn int(&self, at: usize) -> Stored<i64> {
        match self.0.get(at) {
            Some(Datum::Int(number)) => Ok(*number),
            other => Err(unfit("a number", at, other)),
        }
    }

    pub fn count(&self, at: usize) -> Stored<u64> {
        u64::try_from(self.int(at)?).map_err(|_| unfit("a number from 0", at, self.0.get(at)))
    }

    pub fn small<T: TryFrom<i64>>(&self, at: usize) -> Stored<T> {
        T::try_from(self.int(at)?).map_err(|_| unfit("a smaller number", at, self.0.get(at)))
    }

    pub fn flag(&self, at: usize) -> Stored<bool> {
        match self.0.get(at) {
            Some(Datum::Flag(yes)) => Ok(*yes),
            Some(Datum::Int(number)) => Ok(*number != 0),
            other => Err(unfit("yes or no", at, other)),
        }
    }

    pub fn text(&self, at: usize) -> Stored<&str> {
        match self.0.get(at) {
            Some(Datum::Text(text)) => Ok(text),
            other => Err(unfit("text", at, other)),
        }
    }

    pub fn bytes(&self, at: usize) -> Stored<&[u8]> {
        self.bytes_or_none(at)?.ok_or_else(|| unfit("bytes", at, self.0.get(at)))
    }

    pub fn bytes_or_none(&self, at: usize) -> Stored<Option<&[u8]>> {
        match self.0.get(at) {
            Some(Datum::Null) => Ok(None),
            Some(Datum::Bytes(bytes)) => Ok(Some(bytes)),
            other => Err(unfit("bytes", at, other)),
        }
    }

    pub fn int_or_none(&self, at: usize) -> Stored<Option<i64>> {
        match self.0.get(at) {
            Some(Datum::Null) => Ok(None),
            _ => self.int(at).map(Some),
        }
    }

    pub fn array<const N: usize>(&self, at: usize) -> Stored<[u8; N]> {
        self.bytes(at)?.try_into().map_err(|_| unfit("bytes of another length", at, self.0.get(at)))
    }

    pub fn id(&self, at: usize) -> Stored<Uuid> {
        match self.0.get(at) {
            Some(Datum::Id(id)) => Ok(*id),
            Some(Datum::Bytes(bytes)) => Uuid::from_slice(bytes).map_err(|_| unfit("an id", at, self.0.get(at))),
            other => Err(unfit("an id", at, other)),
        }
    }
}

fn unfit(wanted: &str, at: usize, found: Option<&Datum>) -> StoreFault {
    StoreFault::Broken(format!("column {at} should be {wanted}, it is {found:?}"))
}

/// Many rows for one table, in one statement where the database can.
pub struct Batch<'a> {
    pub table: &'static str,
    /// Name and type, as PostgreSQL calls it.
    pub columns: &'static [(&'static str, &'static str)],
    /// What to do about rows that are there: `ON CONFLICT …`, or nothing.
    pub conflict: &'static str,
    /// Row by row.
    pub cells: Vec<Cell<'a>>,
}

impl Batch<'_> {
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    pub fn rows(&self) -> usize {
        self.cells.len() / self.columns.len()
    }
}

/// A database within one transaction.
pub trait Sql {
    /// Appended to a SELECT whose rows are to be kept from others.
    fn for_update(&self) -> &'static str;

    /// Calls `each` with every row. `each` must not use the database.
    fn each(&self, sql: &str, cells: &[Cell<'_>], each: &mut dyn FnMut(&Row) -> Stored<()>) -> Stored<()>;

    /// Like [`Sql::each`] for a statement with `{any}` where one of `among` may stand, after its other parameters.
    fn each_among(
        &self,
        sql: &str,
        cells: &[Cell<'_>],
        among: &[Cell<'_>],
        each: &mut dyn FnMut(&Row) -> Stored<()>,
    ) -> Stored<()>;

    /// How many rows it changed.
    fn run(&self, sql: &str, cells: &[Cell<'_>]) -> Stored<u64>;

    fn insert(&self, batch: &Batch<'_>) -> Stored<()>;

    /// Deletes the rows whose columns equal those of a row of the batch.
    fn delete(&self, batch: &Batch<'_>) -> Stored<()>;

    /// Waits until no other transaction writes, and keeps them from beginning until this one ends.
    fn wait_to_amend(&self) -> Stored<()>;

    /// The commit need not wait for the disk: what was written may be lost with the power.
    fn needs_no_disk(&self);

    fn rows(&self, sql: &str, cells: &[Cell<'_>]) -> Stored<Vec<Row>> {
        let mut rows = Vec::new();
        self.each(sql, cells, &mut |row| {
            rows.push(row.clone());
            Ok(())
        })?;
        Ok(rows)
    }

    fn row(&self, sql: &str, cells: &[Cell<'_>]) -> Stored<Option<Row>> {
        Ok(self.rows(sql, cells)?.into_iter().next())
    }
}

/// A database that transactions are run on, from many threads.
pub trait Engine: Send + Sync {
    /// Runs `work` in one transaction and commits it when it is Ok. Err(Busy): it may be tried again.
    fn once(&self, kind: Kind, work: &mut dyn FnMut(&dyn Sql) -> Stored<()>) -> Stored<()>;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What is read is one state; nothing is written.
    Reads,
    Writes,
}
