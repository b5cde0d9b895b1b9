//! Finding records by what people call them: the key of their entity. Workbooks name records so; lists
//! and search are in [`crate::query`] and [`crate::search`].

use crate::{
    book::Book,
    error::{StoreError, Stored},
    row,
    tables::table,
};
use rusqlite::{Connection, OptionalExtension, types::Value as Owned};
use suanpan_model::{EntityDef, Record, Value, value::RecordId};

impl Book {
    /// Live records of `def` with these key values (in the order of `EntityDef::key`) in `year`, those of
    /// the book's own 区划 first; at most `limit`.
    pub fn with_key(&self, def: &EntityDef, year: i32, key: &[Value], limit: usize) -> Stored<Vec<Record>> {
        self.read(|connection| with_key(connection, def, year, key, &self.info().division, limit))
    }

    /// The live record of `def` with this id; of any year. Derived fields are Null.
    pub fn with_id(&self, def: &EntityDef, id: RecordId) -> Stored<Option<Record>> {
        let sql = format!("{} WHERE _id = ? AND _deleted = 0", row::select(def));
        self.read(|connection| {
            Ok(connection.prepare_cached(&sql)?.query_row([id], |found| row::read(def, found)).optional()?)
                .map(|found| found.map(|(_, record)| record))
        })
    }

    /// Has the entity any live record in `year`?
    pub fn has_any(&self, def: &EntityDef, year: i32) -> Stored<bool> {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {} WHERE _deleted = 0{})", table(def), in_year(def, year));
        self.read(|connection| Ok(connection.prepare_cached(&sql)?.query_row([], |found| found.get(0))?))
    }
}

fn in_year(def: &EntityDef, year: i32) -> String {
    if def.any_year { String::new() } else { format!(" AND _year = {year}") }
}

fn with_key(
    connection: &Connection,
    def: &EntityDef,
    year: i32,
    key: &[Value],
    division: &str,
    limit: usize,
) -> Stored<Vec<Record>> {
    if key.len() != def.key.len() {
        return Err(StoreError::Internal(format!("{} has a key of {} fields", def.entity, def.key.len())));
    }
    let tests: String = def.key.iter().map(|name| format!(" AND \"{name}\" IS ?")).collect();
    let sql = format!(
        "{} WHERE _deleted = 0{tests}{} ORDER BY _division <> ?, _rid LIMIT {limit}",
        row::select(def),
        in_year(def, year)
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let values = key.iter().map(|value| row::Sql(value).to_owned_sql()).chain([Owned::from(division.to_owned())]);
    let rows = statement.query_map(rusqlite::params_from_iter(values), |found| row::read(def, found))?;
    rows.map(|found| Ok(found?.1)).collect()
}
