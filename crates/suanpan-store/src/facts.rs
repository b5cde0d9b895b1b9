//! A connection seen as [`Facts`]: what decide, check and derive read.

use crate::{row, tables::table};
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use std::{cell::RefCell, collections::HashMap, rc::Rc, sync::Arc};
use suanpan_model::{
    EntityDef, Record, Value,
    facts::{Facts, Read, ReadFault},
    schema::Schema,
    value::RecordId,
};

/// Past this many the cache is emptied: an import of 100,000 lines refers to few units and projects.
const CACHED_RECORDS: usize = 20_000;

/// Lists up to this long are remembered: most questions have no answer or few.
const SHORT_LIST: usize = 4;

/// Reads through `connection`; remembers records and short lists until told that one changed.
pub struct SqlFacts<'a> {
    connection: &'a Connection,
    schema: &'a Schema,
    cache: RefCell<HashMap<RecordId, Option<Arc<Record>>>>,
    /// By entity: [`row::select`] of it, and the short lists of its records.
    known: RefCell<HashMap<Box<str>, Known>>,
}

struct Known {
    def: Arc<EntityDef>,
    select: Rc<str>,
    referring: HashMap<RecordId, Vec<Answer>>,
}

/// A reference field, and the records that point by it.
type Answer = (Box<str>, Vec<Arc<Record>>);

impl<'a> SqlFacts<'a> {
    pub fn new(connection: &'a Connection, schema: &'a Schema) -> Self {
        Self { connection, schema, cache: RefCell::default(), known: RefCell::default() }
    }

    /// Must be called after each write to `entity`, with the record as it is now.
    pub fn changed(&self, entity: &str, record: &Arc<Record>, is_new: bool) {
        // The lines of a long import are hardly ever asked for; the units and projects they name are.
        if !is_new || self.cache.borrow().len() < CACHED_RECORDS / 4 {
            self.remember(record.id, Some(record.clone()));
        }
        if let Some(known) = self.known.borrow_mut().get_mut(entity) {
            known.referring.clear();
        }
    }

    fn remember(&self, id: RecordId, record: Option<Arc<Record>>) {
        let mut cache = self.cache.borrow_mut();
        if cache.len() >= CACHED_RECORDS {
            cache.clear();
        }
        cache.insert(id, record);
    }

    /// The document and the beginning of every question about its records.
    fn known(&self, entity: &str) -> Read<(Arc<EntityDef>, Rc<str>)> {
        if let Some(known) = self.known.borrow().get(entity) {
            return Ok((known.def.clone(), known.select.clone()));
        }
        let def = self.schema.entity(entity).cloned().ok_or_else(|| ReadFault(format!("no entity {entity}")))?;
        let select: Rc<str> = row::select(&def).into();
        let known = Known { def: def.clone(), select: select.clone(), referring: HashMap::new() };
        self.known.borrow_mut().insert(entity.into(), known);
        Ok((def, select))
    }

    fn def(&self, entity: &str) -> Read<Arc<EntityDef>> {
        Ok(self.known(entity)?.0)
    }

    fn list(&self, entity: &str, condition: &str, values: &[&dyn rusqlite::ToSql]) -> Read<Vec<Arc<Record>>> {
        let (def, select) = self.known(entity)?;
        let sql = format!("{select} WHERE {condition} AND _deleted = 0");
        let mut statement = self.connection.prepare_cached(&sql).map_err(fault)?;
        let rows = statement.query_map(values, |found| row::read(&def, found)).map_err(fault)?;
        rows.map(|found| found.map(|(_, record)| Arc::new(record)).map_err(fault)).collect()
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
        let (def, select) = self.known(entity)?;
        let sql = format!("{select} WHERE _id = ?");
        let mut statement = self.connection.prepare_cached(&sql).map_err(fault)?;
        let found = statement.query_row([id], |found| row::read(&def, found)).optional().map_err(fault)?;
        let record = found.map(|(_, record)| Arc::new(record));
        if record.is_some() {
            self.remember(id, record.clone());
        }
        Ok(record)
    }

    fn referring(&self, entity: &str, on: &str, id: RecordId) -> Read<Vec<Arc<Record>>> {
        if let Some(known) = self.known.borrow().get(entity)
            && let Some((_, list)) = known.referring.get(&id).and_then(|lists| lists.iter().find(|(by, _)| **by == *on))
        {
            return Ok(list.clone());
        }
        let list = self.list(entity, &format!("\"{on}\" = ?"), &[&id])?;
        if list.len() <= SHORT_LIST
            && let Some(known) = self.known.borrow_mut().get_mut(entity)
        {
            if known.referring.len() >= CACHED_RECORDS {
                known.referring.clear();
            }
            known.referring.entry(id).or_default().push((on.into(), list.clone()));
        }
        Ok(list)
    }

    fn with_value(&self, entity: &str, fiscal_year: i32, field: &str, value: &Value) -> Read<Vec<Arc<Record>>> {
        if self.def(entity)?.any_year {
            return self.list(entity, &format!("\"{field}\" = ?"), &[&row::Sql(value)]);
        }
        self.list(entity, &format!("\"{field}\" = ? AND _year = ?"), &[&row::Sql(value), &fiscal_year])
    }

    fn same_key(&self, entity: &str, record: &Record) -> Read<usize> {
        let def = self.def(entity)?;
        let mut condition = String::from("_id <> ?1 AND _deleted = 0 AND _division = ?2");
        if !def.any_year {
            condition.push_str(&format!(" AND _year = {}", record.header.fiscal_year));
        }
        for (at, name) in def.key.iter().enumerate() {
            condition.push_str(&format!(" AND \"{name}\" IS ?{}", at + 3));
        }
        let sql = format!("SELECT COUNT(*) FROM {} WHERE {condition}", table(&def));
        let mut statement = self.connection.prepare_cached(&sql).map_err(fault)?;
        let key = def.key.iter().map(|name| {
            let value = def.index(name).map(|index| &record.values[index]);
            row::Sql(value.unwrap_or(&Value::Null)).to_owned_sql()
        });
        let first =
            [rusqlite::types::Value::Blob(record.id.as_bytes().to_vec()), record.header.division.to_string().into()];
        let count: i64 =
            statement.query_row(params_from_iter(first.into_iter().chain(key)), |found| found.get(0)).map_err(fault)?;
        Ok(count.unsigned_abs() as usize)
    }

    fn scan(&self, entity: &str, fiscal_year: i32, each: &mut dyn FnMut(&Record)) -> Read<()> {
        let def = self.def(entity)?;
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
