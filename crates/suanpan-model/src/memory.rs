//! A book that lives in memory: the smallest thing that answers [`Facts`] and takes ops. Tests of the
//! law, of the desk and of sync work on it; nothing is kept on disk, and nothing here decides anything.
//!
//! Every op goes through [`decide`], so what this book holds is what any book would hold.

use crate::{
    decide::{DecideError, Decided, decide},
    entity::{EntityDef, FieldKind},
    facts::{Facts, Read},
    op::{GroupKind, Op},
    schema::Schema,
    value::{Record, RecordId, Value},
};
use std::{collections::HashMap, sync::Arc};

/// Records by entity, with the indexes that [`Facts`] needs to answer without a scan.
#[derive(Debug, Clone)]
pub struct MemoryBook {
    schema: Arc<Schema>,
    /// In the order of [`Schema::entities`].
    tables: Vec<Table>,
}

#[derive(Debug, Clone, Default)]
struct Table {
    rows: HashMap<RecordId, Arc<Record>>,
    /// Live records by (field, value): reference fields and key fields only.
    index: HashMap<(usize, Value), Vec<RecordId>>,
}

impl MemoryBook {
    pub fn new(schema: Arc<Schema>) -> Self {
        let tables = schema.entities().iter().map(|_| Table::default()).collect();
        Self { schema, tables }
    }

    /// Applies the op as a first-hand change. Err says why it was refused; then nothing has changed.
    pub fn apply(&mut self, op: &Op) -> Result<Decided, DecideError> {
        self.apply_as(GroupKind::Do, op)
    }

    /// Applies the op as part of a group of that kind (an undo may take back what nobody may delete).
    pub fn apply_as(&mut self, group: GroupKind, op: &Op) -> Result<Decided, DecideError> {
        let decided = decide(self, group, op)?;
        self.put(&decided.def, decided.after.clone());
        Ok(decided)
    }

    /// Puts the record in as it stands, replacing the one with its id. For building a starting point.
    pub fn put(&mut self, def: &EntityDef, record: Record) {
        let number = self.schema.entity_no(&def.entity).expect("the entity is of this book's schema");
        let table = &mut self.tables[number];
        if let Some(old) = table.rows.remove(&record.id) {
            table.unindex(def, &old);
        }
        if !record.header.deleted {
            table.index(def, &record);
        }
        table.rows.insert(record.id, Arc::new(record));
    }

    /// Every record of `entity`, deleted ones too, in the order of their ids (which is that of creation).
    pub fn records(&self, entity: &str) -> Vec<Arc<Record>> {
        let mut records: Vec<_> =
            self.table(entity).map(|table| table.rows.values().cloned().collect()).unwrap_or_default();
        records.sort_by_key(|record: &Arc<Record>| record.id);
        records
    }

    fn table(&self, entity: &str) -> Option<&Table> {
        self.schema.entity_no(entity).map(|number| &self.tables[number])
    }
}

impl Table {
    fn index(&mut self, def: &EntityDef, record: &Record) {
        for field in indexed(def) {
            if let Some(value) = record.values.get(field).filter(|value| !value.is_null()) {
                self.index.entry((field, value.clone())).or_default().push(record.id);
            }
        }
    }

    fn unindex(&mut self, def: &EntityDef, record: &Record) {
        for field in indexed(def) {
            let Some(value) = record.values.get(field) else { continue };
            if let Some(ids) = self.index.get_mut(&(field, value.clone())) {
                ids.retain(|id| *id != record.id);
            }
        }
    }

    fn found(&self, field: usize, value: &Value) -> Vec<Arc<Record>> {
        let ids = self.index.get(&(field, value.clone())).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| self.rows.get(id).cloned()).collect()
    }
}

fn is_indexed(def: &EntityDef, field: usize) -> bool {
    let field = &def.fields[field];
    matches!(field.kind, FieldKind::Reference { .. }) || def.key.contains(&field.name)
}

fn indexed(def: &EntityDef) -> impl Iterator<Item = usize> {
    (0..def.fields.len()).filter(|&field| is_indexed(def, field))
}

fn of_year(def: &EntityDef, record: &Record, fiscal_year: i32) -> bool {
    def.any_year || record.header.fiscal_year == fiscal_year
}

impl Facts for MemoryBook {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn get(&self, entity: &str, id: RecordId) -> Read<Option<Arc<Record>>> {
        Ok(self.table(entity).and_then(|table| table.rows.get(&id).cloned()))
    }

    fn referring(&self, entity: &str, on: &str, id: RecordId) -> Read<Vec<Arc<Record>>> {
        let field = self.schema.entity(entity).and_then(|def| def.index(on));
        Ok(match (self.table(entity), field) {
            (Some(table), Some(field)) => table.found(field, &Value::Ref(id)),
            _ => Vec::new(),
        })
    }

    fn with_value(&self, entity: &str, fiscal_year: i32, field: &str, value: &Value) -> Read<Vec<Arc<Record>>> {
        let (Some(table), Some(def)) = (self.table(entity), self.schema.entity(entity)) else { return Ok(Vec::new()) };
        let Some(field) = def.index(field) else { return Ok(Vec::new()) };
        if is_indexed(def, field) && !value.is_null() {
            let mut found = table.found(field, value);
            found.retain(|record| of_year(def, record, fiscal_year));
            return Ok(found);
        }
        let matches = |record: &&Arc<Record>| {
            let held = record.values.get(field).unwrap_or(&Value::Null);
            !record.header.deleted && held == value && of_year(def, record, fiscal_year)
        };
        Ok(table.rows.values().filter(matches).cloned().collect())
    }

    fn same_key(&self, entity: &str, record: &Record) -> Read<usize> {
        let (Some(table), Some(def)) = (self.table(entity), self.schema.entity(entity)) else { return Ok(0) };
        let fields: Vec<usize> = def.key.iter().filter_map(|name| def.index(name)).collect();
        let key_of = |of: &Record, field: usize| of.values.get(field).cloned().unwrap_or_default();
        let smallest = fields
            .iter()
            .filter(|&&field| record.values.get(field).is_some_and(|value| !value.is_null()))
            .map(|&field| table.index.get(&(field, key_of(record, field))).map_or(&[][..], Vec::as_slice))
            .min_by_key(|ids| ids.len());
        let Some(ids) = smallest else { return Ok(0) };
        let twins = ids.iter().filter(|id| **id != record.id).filter_map(|id| table.rows.get(id)).filter(|other| {
            other.header.division == record.header.division
                && of_year(def, other, record.header.fiscal_year)
                && fields.iter().all(|&field| key_of(other, field) == key_of(record, field))
        });
        Ok(twins.count())
    }

    fn scan(&self, entity: &str, fiscal_year: i32, each: &mut dyn FnMut(&Record)) -> Read<()> {
        let Some(def) = self.schema.entity(entity) else { return Ok(()) };
        for record in self.records(entity) {
            if !record.header.deleted && of_year(def, &record, fiscal_year) {
                each(&record);
            }
        }
        Ok(())
    }
}
