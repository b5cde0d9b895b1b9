//! A connection seen as [`Facts`]: what decide, check and derive read.

use crate::{row, tables::table};
use rusqlite::{Connection, OptionalExtension};
use std::{cell::RefCell, collections::HashMap, sync::Arc};
use suanpan_model::{
    EntityDef, Record, Value,
    facts::{Facts, Read, ReadFault},
    schema::Schema,
    value::RecordId,
};

mod known;

use known::Highest;
pub(crate) use known::Known;

/// Past this many the cache is emptied: an import of 100,000 lines refers to few units and projects.
const CACHED_RECORDS: usize = 20_000;

/// Reads through `connection`; remembers records and short lists until told that one changed.
pub struct SqlFacts<'a> {
    connection: &'a Connection,
    schema: &'a Schema,
    cache: RefCell<HashMap<RecordId, Option<Arc<Record>>>>,
    known: RefCell<HashMap<Box<str>, Known>>,
}

impl<'a> SqlFacts<'a> {
    pub fn new(connection: &'a Connection, schema: &'a Schema) -> Self {
        Self { connection, schema, cache: RefCell::default(), known: RefCell::default() }
    }

    /// Must be called after each write to `entity`, with the record as it was (None: it is new) and is.
    pub fn changed(&self, entity: &str, before: Option<&Record>, after: &Arc<Record>) {
        // The lines of a long import are hardly ever asked for; the units and projects they name are.
        if before.is_some() || self.cache.borrow().len() < CACHED_RECORDS / 4 {
            self.remember(after.id, Some(after.clone()));
        }
        if let Some(known) = self.known.borrow_mut().get_mut(entity) {
            known.changed(before, after);
        }
    }

    fn remember(&self, id: RecordId, record: Option<Arc<Record>>) {
        let mut cache = self.cache.borrow_mut();
        if cache.len() >= CACHED_RECORDS {
            cache.clear();
        }
        cache.insert(id, record);
    }

    /// Reads or changes what is known of an entity. `work` must not ask anything itself.
    fn known<T>(&self, entity: &str, work: impl FnOnce(&mut Known) -> T) -> Read<T> {
        let mut all = self.known.borrow_mut();
        if let Some(known) = all.get_mut(entity) {
            return Ok(work(known));
        }
        let def = self.schema.entity(entity).cloned().ok_or_else(|| ReadFault(format!("no entity {entity}")))?;
        Ok(work(all.entry(entity.into()).or_insert_with(|| Known::new(def))))
    }

    fn list(&self, def: &EntityDef, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Read<Vec<Arc<Record>>> {
        let mut statement = self.connection.prepare_cached(sql).map_err(fault)?;
        let rows = statement.query_map(values, |found| row::read(def, found)).map_err(fault)?;
        rows.map(|found| found.map(|(_, record)| Arc::new(record)).map_err(fault)).collect()
    }

    fn highest(&self, def: &EntityDef, column: &str) -> Read<Highest> {
        let sql = format!("SELECT MAX({column}) FROM {} WHERE {column} IS NOT NULL", table(def));
        let mut statement = self.connection.prepare_cached(&sql).map_err(fault)?;
        Ok(Highest::of(statement.query_row([], |found| found.get(0)).map_err(fault)?))
    }

    /// So many keys were asked for that it may be cheaper to know them all.
    fn consider_learning_keys(&self, entity: &str, def: &EntityDef) -> Read<()> {
        let sql = format!("SELECT COALESCE(MAX(_rid), 0) FROM {}", table(def));
        let rows: usize = self.connection.query_row(&sql, [], |found| found.get(0)).map_err(fault)?;
        if !self.known(entity, |known| known.keys.is_worth_learning(rows))? {
            return Ok(());
        }
        let mut statement = self.connection.prepare(&row::select(def)).map_err(fault)?;
        let records = statement.query_map([], |found| Ok(row::read(def, found)?.1)).map_err(fault)?;
        self.known(entity, |known| known.learn_keys(records))?.map_err(fault)
    }
}

impl Facts for SqlFacts<'_> {
    fn schema(&self) -> &Schema {
        self.schema
    }

    fn get(&self, entity: &str, id: RecordId) -> Read<Option<Arc<Record>>> {
        if let Some(known) = self.cache.borrow().get(&id) {
            return Ok(known.clone());
        }
        let (highest, def, sql) =
            self.known(entity, |known| (known.highest, known.def.clone(), known.sql.by_id.clone()))?;
        if highest.is_below(id) {
            return Ok(None);
        }
        let mut statement = self.connection.prepare_cached(&sql).map_err(fault)?;
        let found = statement.query_row([id], |found| row::read(&def, found)).optional().map_err(fault)?;
        let record = found.map(|(_, record)| Arc::new(record));
        if record.is_some() {
            self.remember(id, record.clone());
        } else if !highest.is_known() {
            let highest = self.highest(&def, "_id")?;
            self.known(entity, |known| known.highest = highest)?;
        }
        Ok(record)
    }

    fn referring(&self, entity: &str, on: &str, id: RecordId) -> Read<Vec<Arc<Record>>> {
        let def = self.known(entity, |known| known.def.clone())?;
        let place = def.index(on).ok_or_else(|| ReadFault(format!("no field {entity}.{on}")))?;
        let (heard, sql, highest_known) = self.known(entity, |known| {
            (known.heard(place, id), known.referring_sql(place), known.highest_target.contains_key(&place))
        })?;
        if let Some(list) = heard {
            return Ok(list);
        }
        let list = self.list(&def, &sql, &[&id])?;
        if list.is_empty() && !highest_known {
            let highest = self.highest(&def, &format!("\"{on}\""))?;
            self.known(entity, |known| known.highest_target.insert(place, highest))?;
        }
        self.known(entity, |known| known.hear(place, id, &list))?;
        Ok(list)
    }

    fn parts(&self, entity: &str, on: &str, id: RecordId, fields: &[&str]) -> Read<Vec<Record>> {
        let (def, sql) = self.known(entity, |known| (known.def.clone(), known.parts_sql(on, fields)))?;
        let places: Vec<usize> = fields.iter().filter_map(|name| def.index(name)).collect();
        let mut statement = self.connection.prepare_cached(&sql).map_err(fault)?;
        let rows = statement.query_map([id], |found| {
            let mut known = Vec::with_capacity(places.len());
            for (column, &place) in places.iter().enumerate() {
                known.push((place, row::read_value(&def.fields[place].kind, found.get_ref(column)?)));
            }
            Ok(Record::part(def.fields.len(), known))
        });
        rows.map_err(fault)?.map(|part| part.map_err(fault)).collect()
    }

    fn with_value(&self, entity: &str, fiscal_year: i32, field: &str, value: &Value) -> Read<Vec<Arc<Record>>> {
        let (def, select) = self.known(entity, |known| (known.def.clone(), known.sql.select.clone()))?;
        let sql = format!("{select} WHERE \"{field}\" = ?1 AND _deleted = 0");
        if def.any_year {
            return self.list(&def, &sql, &[&row::Sql(value)]);
        }
        self.list(&def, &format!("{sql} AND _year = ?2"), &[&row::Sql(value), &fiscal_year])
    }

    fn same_key(&self, entity: &str, record: &Record) -> Read<Vec<RecordId>> {
        let asked = self.known(entity, |known| {
            if known.nobody_else_has_key_of(record) {
                return None;
            }
            let consider = known.keys.count();
            Some((known.def.clone(), known.sql.same_key.clone(), consider))
        })?;
        let Some((def, sql, consider)) = asked else { return Ok(Vec::new()) };
        let mut statement = self.connection.prepare_cached(&sql).map_err(fault)?;
        statement.raw_bind_parameter(1, record.id).map_err(fault)?;
        statement.raw_bind_parameter(2, &*record.header.division).map_err(fault)?;
        statement.raw_bind_parameter(3, record.header.fiscal_year).map_err(fault)?;
        self.known(entity, |known| {
            known
                .key(record)
                .enumerate()
                .try_for_each(|(at, value)| statement.raw_bind_parameter(at + 4, row::Sql(value)))
        })?
        .map_err(fault)?;
        let twins = statement.raw_query().mapped(|found| found.get(0)).collect::<Result<_, _>>().map_err(fault)?;
        if consider {
            self.consider_learning_keys(entity, &def)?;
        }
        Ok(twins)
    }

    fn scan(&self, entity: &str, fiscal_year: i32, each: &mut dyn FnMut(&Record)) -> Read<()> {
        let def = self.known(entity, |known| known.def.clone())?;
        let year = if def.any_year { String::new() } else { format!(" AND _year = {fiscal_year}") };
        let sql = format!("{} WHERE _deleted = 0{year}", row::select(&def));
        let mut statement = self.connection.prepare(&sql).map_err(fault)?;
        let mut rows = statement.query([]).map_err(fault)?;
        while let Some(found) = rows.next().map_err(fault)? {
            each(&row::read(&def, found).map_err(fault)?.1);
        }
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
fn fault(error: rusqlite::Error) -> ReadFault {
    ReadFault(error.to_string())
}
