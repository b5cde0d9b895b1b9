//! The store as it would be with a group's changes: what later ops of the same group, and the balances at its end,
//! are judged by. Nothing is written.

use std::{cell::RefCell, collections::HashMap, sync::Arc};
use suanpan_model::{
    Record, Value,
    facts::{Facts, Read},
    schema::Schema,
    value::RecordId,
};

/// By entity and id.
type Changed = HashMap<Box<str>, HashMap<RecordId, Arc<Record>>>;

/// `below` with some records replaced or added.
pub struct Overlay<'a> {
    below: &'a dyn Facts,
    changed: RefCell<Changed>,
}

impl<'a> Overlay<'a> {
    pub fn new(below: &'a dyn Facts) -> Self {
        Self { below, changed: RefCell::default() }
    }

    pub fn put(&self, entity: &str, record: Arc<Record>) {
        self.changed.borrow_mut().entry(entity.into()).or_default().insert(record.id, record);
    }

    fn over(&self, entity: &str, id: RecordId) -> Option<Arc<Record>> {
        self.changed.borrow().get(entity).and_then(|records| records.get(&id).cloned())
    }

    /// Changed records of the entity that are alive and meet `test`.
    fn alive(&self, entity: &str, test: impl Fn(&Record) -> bool) -> Vec<Arc<Record>> {
        let changed = self.changed.borrow();
        let records = changed.get(entity).into_iter().flat_map(HashMap::values);
        records.filter(|record| !record.header.deleted && test(record)).cloned().collect()
    }

    /// `found` below, without what was changed, and what of the changed meets `test`.
    fn merged(&self, entity: &str, found: Vec<Arc<Record>>, test: impl Fn(&Record) -> bool) -> Vec<Arc<Record>> {
        let mut all = found;
        all.retain(|record| self.over(entity, record.id).is_none());
        all.extend(self.alive(entity, test));
        all
    }

    fn place(&self, entity: &str, field: &str) -> Option<usize> {
        self.schema().entity(entity).and_then(|def| def.index(field))
    }

    fn of_year(&self, entity: &str, record: &Record, fiscal_year: i32) -> bool {
        let any_year = self.schema().entity(entity).is_some_and(|def| def.any_year);
        any_year || record.header.fiscal_year == fiscal_year
    }
}

impl Facts for Overlay<'_> {
    fn schema(&self) -> &Schema {
        self.below.schema()
    }

    fn get(&self, entity: &str, id: RecordId) -> Read<Option<Arc<Record>>> {
        self.over(entity, id).map_or_else(|| self.below.get(entity, id), |record| Ok(Some(record)))
    }

    fn referring(&self, entity: &str, on: &str, id: RecordId) -> Read<Vec<Arc<Record>>> {
        let place = self.place(entity, on);
        let refers = |record: &Record| place.is_some_and(|place| record.values[place] == Value::Ref(id));
        Ok(self.merged(entity, self.below.referring(entity, on, id)?, refers))
    }

    fn parts(&self, entity: &str, on: &str, id: RecordId, fields: &[&str]) -> Read<Vec<Record>> {
        let Some(def) = self.schema().entity(entity) else { return Ok(Vec::new()) };
        let places: Vec<usize> = fields.iter().filter_map(|name| def.index(name)).collect();
        let part = |record: &Arc<Record>| {
            Record::part(def.fields.len(), places.iter().map(|&place| (place, record.values[place].clone())))
        };
        Ok(self.referring(entity, on, id)?.iter().map(part).collect())
    }

    fn with_value(&self, entity: &str, fiscal_year: i32, field: &str, value: &Value) -> Read<Vec<Arc<Record>>> {
        let place = self.place(entity, field);
        let holds = |record: &Record| {
            place.is_some_and(|place| record.values[place] == *value) && self.of_year(entity, record, fiscal_year)
        };
        Ok(self.merged(entity, self.below.with_value(entity, fiscal_year, field, value)?, holds))
    }

    fn same_key(&self, entity: &str, record: &Record) -> Read<Vec<RecordId>> {
        self.below.same_key(entity, record)
    }

    fn scan(&self, entity: &str, fiscal_year: i32, each: &mut dyn FnMut(&Record)) -> Read<()> {
        self.below.scan(entity, fiscal_year, &mut |record| {
            if self.over(entity, record.id).is_none() {
                each(record);
            }
        })?;
        self.alive(entity, |record| self.of_year(entity, record, fiscal_year)).iter().for_each(|record| each(record));
        Ok(())
    }
}
