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
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

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
    /// Positions of the fields that together are the key.
    key: Vec<usize>,
    /// Positions of the reference and key fields.
    indexed: Vec<usize>,
    /// Live records by (field, value), for the indexed fields.
    index: HashMap<(usize, Value), Vec<RecordId>>,
    /// Live records by the hash of their key.
    keys: HashMap<u64, Vec<RecordId>>,
}

impl MemoryBook {
    pub fn new(schema: Arc<Schema>) -> Self {
        let tables = schema.entities().iter().map(|def| Table::of(def)).collect();
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
            table.unindex(&old);
        }
        if !record.header.deleted {
            table.index(&record);
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
    fn of(def: &EntityDef) -> Self {
        let key: Vec<usize> = def.key.iter().filter_map(|name| def.index(name)).collect();
        let is_reference = |at: usize| matches!(def.fields[at].kind, FieldKind::Reference { .. });
        let indexed = (0..def.fields.len()).filter(|at| is_reference(*at) || key.contains(at)).collect();
        Self { key, indexed, ..Self::default() }
    }

    fn index(&mut self, record: &Record) {
        for &field in &self.indexed {
            if let Some(value) = record.values.get(field).filter(|value| !value.is_null()) {
                self.index.entry((field, value.clone())).or_default().push(record.id);
            }
        }
        self.keys.entry(self.key_hash(record)).or_default().push(record.id);
    }

    fn unindex(&mut self, record: &Record) {
        for &field in &self.indexed {
            let Some(value) = record.values.get(field) else { continue };
            if let Some(ids) = self.index.get_mut(&(field, value.clone())) {
                ids.retain(|id| *id != record.id);
            }
        }
        let hash = self.key_hash(record);
        if let Some(ids) = self.keys.get_mut(&hash) {
            ids.retain(|id| *id != record.id);
        }
    }

    fn key_hash(&self, record: &Record) -> u64 {
        let mut hasher = DefaultHasher::new();
        record.header.division.hash(&mut hasher);
        self.key.iter().for_each(|&field| record.values.get(field).hash(&mut hasher));
        hasher.finish()
    }

    fn found(&self, field: usize, value: &Value) -> Vec<Arc<Record>> {
        let ids = self.index.get(&(field, value.clone())).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| self.rows.get(id).cloned()).collect()
    }
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

    fn parts(&self, entity: &str, on: &str, id: RecordId, fields: &[&str]) -> Read<Vec<Record>> {
        let Some(def) = self.schema.entity(entity) else { return Ok(Vec::new()) };
        let places: Vec<usize> = fields.iter().filter_map(|name| def.index(name)).collect();
        let part = |record: &Arc<Record>| {
            Record::part(def.fields.len(), places.iter().map(|&place| (place, record.values[place].clone())))
        };
        Ok(self.referring(entity, on, id)?.iter().map(part).collect())
    }

    fn with_value(&self, entity: &str, fiscal_year: i32, field: &str, value: &Value) -> Read<Vec<Arc<Record>>> {
        let (Some(table), Some(def)) = (self.table(entity), self.schema.entity(entity)) else { return Ok(Vec::new()) };
        let Some(field) = def.index(field) else { return Ok(Vec::new()) };
        if table.indexed.contains(&field) && !value.is_null() {
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

    fn same_key(&self, entity: &str, record: &Record) -> Read<Vec<RecordId>> {
        let (Some(table), Some(def)) = (self.table(entity), self.schema.entity(entity)) else { return Ok(Vec::new()) };
        let ids = table.keys.get(&table.key_hash(record)).map_or(&[][..], Vec::as_slice);
        let twins = ids.iter().filter(|id| **id != record.id).filter_map(|id| table.rows.get(id)).filter(|other| {
            other.header.division == record.header.division
                && of_year(def, other, record.header.fiscal_year)
                && table.key.iter().all(|&field| other.values.get(field) == record.values.get(field))
        });
        Ok(twins.map(|twin| twin.id).collect())
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
