//! What the law may ask of a book. The SQLite book, the province's book and in-memory test books
//! all answer the same questions, so `decide` and `check` never know which one they read.

use crate::{
    schema::Schema,
    value::{Record, RecordId, Value},
};
use std::sync::Arc;

/// The book could not be read; the text is for the log.
#[derive(Debug, Clone, thiserror::Error)]
#[error("读取账套失败：{0}")]
pub struct ReadFault(pub String);

pub type Read<T> = Result<T, ReadFault>;

/// A readable book. Deleted records are not returned except by [`Facts::get`]. Lists come in any order,
/// and no rule may depend on it.
pub trait Facts {
    fn schema(&self) -> &Schema;

    /// The record as stored, deleted ones too (see its header). Derived fields are Null.
    fn get(&self, entity: &str, id: RecordId) -> Read<Option<Arc<Record>>>;

    /// Live records of `entity` whose reference field `on` is `id`.
    fn referring(&self, entity: &str, on: &str, id: RecordId) -> Read<Vec<Arc<Record>>>;

    /// What sums read of the live records of `entity` whose reference field `on` is `id`: only `fields` are
    /// filled, id and header are blank ([`Record::part`]). A book can answer it from an index alone.
    fn parts(&self, entity: &str, on: &str, id: RecordId, fields: &[&str]) -> Read<Vec<Record>>;

    /// Live records of `entity` in `fiscal_year` (any year when the entity is any_year) whose `field` equals `value`.
    fn with_value(&self, entity: &str, fiscal_year: i32, field: &str, value: &Value) -> Read<Vec<Arc<Record>>>;

    /// Ids of the other live records with this record's key values in its 区划 and year (any year when the entity
    /// is any_year). Blank equals blank; callers leave out keys that are all blank.
    fn same_key(&self, entity: &str, record: &Record) -> Read<Vec<RecordId>>;

    /// Calls `each` with every live record of `entity` in `fiscal_year` (any year when the entity is any_year).
    fn scan(&self, entity: &str, fiscal_year: i32, each: &mut dyn FnMut(&Record)) -> Read<()>;
}
