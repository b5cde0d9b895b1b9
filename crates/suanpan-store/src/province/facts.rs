//! What the law asks of the province's records. The answers come from every scope: what is referred to may lie in
//! another one than what refers to it.

use super::{
    rows::{self, COLUMNS, escaped},
    sql::Cell,
    transaction::Transaction,
};
use std::sync::Arc;
use suanpan_model::{
    EntityDef, Record, Value,
    facts::{Facts, Read, ReadFault},
    schema::Schema,
    value::RecordId,
};
use suanpan_sync::server::store::{StoreFault, Stored};

impl Transaction<'_> {
    /// Calls `each` with the live records of the entity, of the year unless it has none, that meet `also`.
    fn live(
        &self,
        def: &EntityDef,
        year: i32,
        also: &str,
        cell: Cell<'_>,
        each: &mut dyn FnMut(Arc<Record>),
    ) -> Stored<()> {
        self.flush_records()?;
        let of_year = if def.any_year { "?2 = ?2" } else { "r.fiscal_year = ?2" };
        let sql =
            format!("SELECT {COLUMNS} FROM record r WHERE r.entity = ?1 AND {of_year} AND NOT r.deleted AND {also}");
        let mut cells = vec![Cell::Text(&def.entity), Cell::Int(year.into())];
        if cell != Cell::Null {
            cells.push(cell);
        }
        self.sql.each(&sql, &cells, &mut |row| {
            if let Some(kept) = rows::read(self.schema, row)? {
                each(kept.record);
            }
            Ok(())
        })
    }
}

fn unread(fault: StoreFault) -> ReadFault {
    ReadFault(fault.to_string())
}

impl Facts for Transaction<'_> {
    fn schema(&self) -> &Schema {
        self.schema
    }

    fn get(&self, entity: &str, id: RecordId) -> Read<Option<Arc<Record>>> {
        Ok(self.kept(entity, id).map_err(unread)?.map(|kept| kept.record))
    }

    fn referring(&self, entity: &str, on: &str, id: RecordId) -> Read<Vec<Arc<Record>>> {
        let Some(place) = self.schema.entity(entity).and_then(|def| def.index(on)) else { return Ok(Vec::new()) };
        let mut found = self.naming(entity, id).map_err(unread)?;
        found.retain(|record| !record.header.deleted && record.values[place] == Value::Ref(id));
        Ok(found)
    }

    fn parts(&self, entity: &str, on: &str, id: RecordId, fields: &[&str]) -> Read<Vec<Record>> {
        let Some(def) = self.schema.entity(entity) else { return Ok(Vec::new()) };
        let places: Vec<usize> = fields.iter().filter_map(|name| def.index(name)).collect();
        let part = |record: &Arc<Record>| {
            Record::part(def.fields.len(), places.iter().map(|&place| (place, record.values[place].clone())))
        };
        Ok(self.referring(entity, on, id)?.iter().map(part).collect())
    }

    fn with_value(&self, entity: &str, fiscal_year: i32, field: &str, value: &Value) -> Read<Vec<Arc<Record>>> {
        let Some(def) = self.schema.entity(entity) else { return Ok(Vec::new()) };
        let Some(place) = def.index(field) else { return Ok(Vec::new()) };
        let text = value.as_text().map(escaped);
        let (also, cell) = match &text {
            Some(text) => (format!("r.fields ->> '{field}' = ?3"), Cell::Text(text)),
            None => ("true".to_owned(), Cell::Null),
        };
        let mut found = Vec::new();
        let mut take = |record: Arc<Record>| {
            if record.values[place] == *value {
                found.push(record);
            }
        };
        self.live(def, fiscal_year, &also, cell, &mut take).map_err(unread)?;
        Ok(found)
    }

    fn same_key(&self, entity: &str, record: &Record) -> Read<Vec<RecordId>> {
        let Some(def) = self.schema.entity(entity) else { return Ok(Vec::new()) };
        let key: Vec<usize> = def.key.iter().filter_map(|name| def.index(name)).collect();
        let Ok(scope) = record.header.division.parse::<i64>() else { return Ok(Vec::new()) };
        let mut twins = Vec::new();
        let mut note = |other: Arc<Record>| {
            let is_twin = other.id != record.id
                && other.header.division == record.header.division
                && key.iter().all(|&field| other.values[field] == record.values[field]);
            twins.extend(is_twin.then_some(other.id));
        };
        let (year, cell) = (record.header.fiscal_year, Cell::Int(scope));
        self.live(def, year, "r.scope = ?3", cell, &mut note).map_err(unread)?;
        Ok(twins)
    }

    fn scan(&self, entity: &str, fiscal_year: i32, each: &mut dyn FnMut(&Record)) -> Read<()> {
        let Some(def) = self.schema.entity(entity) else { return Ok(()) };
        self.live(def, fiscal_year, "true", Cell::Null, &mut |record| each(&record)).map_err(unread)
    }
}
