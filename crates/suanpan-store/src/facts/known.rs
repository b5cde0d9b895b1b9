//! What [`super::SqlFacts`] knows of one entity: how its questions are written, short answers it has heard,
//! and what lets a long import do without asking row by row whether the book already holds a new id or key.

use crate::{row, tables::table};
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    rc::Rc,
    sync::Arc,
};
use suanpan_model::{EntityDef, Record, Value, value::RecordId};

/// Lists up to this long are remembered: most questions have no answer or few.
const SHORT_LIST: usize = 4;
/// Past this many records the remembered lists are forgotten.
const REMEMBERED_LISTS: usize = 20_000;

pub(crate) struct Known {
    pub(super) def: Arc<EntityDef>,
    pub(super) sql: Questions,
    /// The highest id of its records, deleted ones included.
    pub(super) highest: Highest,
    /// By place of a reference field: the highest id that it points at.
    pub(super) highest_target: HashMap<usize, Highest>,
    pub(super) keys: KeyOwners,
    key_places: Vec<usize>,
    referring: HashMap<RecordId, Vec<Answer>>,
}

/// Place of a reference field, and the records that point by it.
type Answer = (usize, Vec<Arc<Record>>);

/// A reference field, and the fields that are read by it.
type Asked = (Box<str>, Vec<String>);

/// Written once: the text of a statement is also what its prepared form is looked up by.
pub(super) struct Questions {
    /// [`row::select`] of the entity.
    pub select: Rc<str>,
    /// ?1 = id.
    pub by_id: Rc<str>,
    /// ?1 = id to leave out, ?2 = 区划, ?3 = year, then the values of the key.
    pub same_key: Rc<str>,
    referring: HashMap<usize, Rc<str>>,
    /// By reference field and fields; there are few.
    parts: Vec<(Asked, Rc<str>)>,
}

impl Known {
    pub fn new(def: Arc<EntityDef>) -> Self {
        let select = row::select(&def);
        let by_id = format!("{select} WHERE _id = ?1");
        let mut same_key =
            format!("SELECT _id FROM {} WHERE _id <> ?1 AND _deleted = 0 AND _division = ?2", table(&def));
        // An any_year entity has one year only as far as its keys go.
        same_key.push_str(if def.any_year { " AND ?3 IS NOT NULL" } else { " AND _year = ?3" });
        for (at, name) in def.key.iter().enumerate() {
            same_key.push_str(&format!(" AND \"{name}\" IS ?{}", at + 4));
        }
        let sql = Questions {
            select: select.into(),
            by_id: by_id.into(),
            same_key: same_key.into(),
            referring: HashMap::new(),
            parts: Vec::new(),
        };
        let key_places = def.key.iter().filter_map(|name| def.index(name)).collect();
        Self {
            def,
            sql,
            key_places,
            highest: Highest::default(),
            highest_target: HashMap::new(),
            keys: KeyOwners::default(),
            referring: HashMap::new(),
        }
    }

    /// The live records whose reference field at `place` is ?1.
    pub fn referring_sql(&mut self, place: usize) -> Rc<str> {
        let Self { def, sql, .. } = self;
        let write = || format!("{} WHERE \"{}\" = ?1 AND _deleted = 0", sql.select, def.fields[place].name).into();
        sql.referring.entry(place).or_insert_with(write).clone()
    }

    /// `fields` of the live records whose reference field `on` is ?1.
    pub fn parts_sql(&mut self, on: &str, fields: &[&str]) -> Rc<str> {
        let Self { def, sql, .. } = self;
        if let Some((_, known)) = sql.parts.iter().find(|((by, of), _)| **by == *on && of == fields) {
            return known.clone();
        }
        let columns: Vec<String> = fields.iter().map(|name| format!("\"{name}\"")).collect();
        let table = table(def);
        let text: Rc<str> =
            format!("SELECT {} FROM {table} WHERE \"{on}\" = ?1 AND _deleted = 0", columns.join(", ")).into();
        let fields = fields.iter().map(|name| (*name).to_owned()).collect();
        sql.parts.push(((on.into(), fields), text.clone()));
        text
    }

    /// The records that point at `id` by the field at `place`, when that was heard before or cannot be any.
    pub fn heard(&self, place: usize, id: RecordId) -> Option<Vec<Arc<Record>>> {
        if self.highest_target.get(&place).is_some_and(|highest| highest.is_below(id)) {
            return Some(Vec::new());
        }
        let lists = self.referring.get(&id)?;
        lists.iter().find(|(by, _)| *by == place).map(|(_, list)| list.clone())
    }

    pub fn hear(&mut self, place: usize, id: RecordId, list: &[Arc<Record>]) {
        if list.len() > SHORT_LIST {
            return;
        }
        if self.referring.len() >= REMEMBERED_LISTS {
            self.referring.clear();
        }
        self.referring.entry(id).or_default().push((place, list.to_vec()));
    }

    /// `after` was written.
    pub fn changed(&mut self, before: Option<&Record>, after: &Record) {
        self.referring.clear();
        self.highest.raise(after.id);
        for (&place, highest) in &mut self.highest_target {
            if let Some(Value::Ref(target)) = after.values.get(place) {
                highest.raise(*target);
            }
        }
        self.keys.changed(&self.key_places, before, after);
    }

    /// The values of the record's key, in the order of the document.
    pub fn key<'r>(&self, record: &'r Record) -> impl Iterator<Item = &'r Value> {
        let Self { key_places, .. } = self;
        key_places.iter().map(|&place| record.values.get(place).unwrap_or(&Value::Null))
    }

    /// Surely no other record has this key.
    pub fn nobody_else_has_key_of(&self, record: &Record) -> bool {
        self.keys.nobody_else(&self.key_places, record)
    }

    /// `records`: all of the entity, of every year, deleted or not.
    pub fn learn_keys(&mut self, records: impl Iterator<Item = rusqlite::Result<Record>>) -> rusqlite::Result<()> {
        self.keys.learn(&self.key_places, records)
    }
}

/// The highest value of a column of ids. Ids are UUIDv7, so those of new records lie above all others, and
/// what lies above the highest is not there.
#[derive(Clone, Copy, Default)]
pub(super) struct Highest(Option<RecordId>);

impl Highest {
    /// `found`: None when the column is empty.
    pub fn of(found: Option<RecordId>) -> Self {
        Self(Some(found.unwrap_or_default()))
    }

    pub fn is_known(self) -> bool {
        self.0.is_some()
    }

    /// Surely below `id`; false when nothing is known.
    pub fn is_below(self, id: RecordId) -> bool {
        self.0.is_some_and(|highest| highest < id)
    }

    fn raise(&mut self, id: RecordId) {
        if let Some(highest) = &mut self.0 {
            *highest = id.max(*highest);
        }
    }
}

/// Who has which key, by the hash of its values: answers "nobody else" at once, and only that. Learnt when so
/// many keys were asked for that one reading of the table is cheaper.
#[derive(Default)]
pub(super) struct KeyOwners {
    /// Questions that had to be put to the book.
    asked: usize,
    /// Hash → the owner's low half, or [`SEVERAL`].
    owners: Option<HashMap<u64, u64>>,
}

const SEVERAL: u64 = 0;
/// A question costs about as much as reading this many rows.
const ROWS_PER_QUESTION: usize = 4;
/// How often it is asked whether learning would be cheaper.
const EVERY: usize = 256;

impl KeyOwners {
    fn nobody_else(&self, places: &[usize], record: &Record) -> bool {
        let Some(owners) = &self.owners else { return false };
        owners.get(&key_hash(places, record)).is_none_or(|owner| *owner == low_half(record.id))
    }

    /// Counts a question; true when it is time to ask how many rows there are.
    pub fn count(&mut self) -> bool {
        self.asked += 1;
        self.owners.is_none() && self.asked.is_multiple_of(EVERY)
    }

    pub fn is_worth_learning(&self, rows: usize) -> bool {
        rows <= self.asked * ROWS_PER_QUESTION
    }

    /// All or nothing: from a part of the keys nobody may conclude that a key is free.
    fn learn(
        &mut self,
        places: &[usize],
        records: impl Iterator<Item = rusqlite::Result<Record>>,
    ) -> rusqlite::Result<()> {
        let mut owners = HashMap::new();
        for record in records {
            let record = record?;
            own(&mut owners, key_hash(places, &record), record.id);
        }
        self.owners = Some(owners);
        Ok(())
    }

    fn changed(&mut self, places: &[usize], before: Option<&Record>, after: &Record) {
        let Some(owners) = &mut self.owners else { return };
        let hash = key_hash(places, after);
        if before.is_none_or(|before| key_hash(places, before) != hash) {
            own(owners, hash, after.id);
        }
    }
}

/// A key that was given up stays noted: its next owner is then looked up in the book.
fn own(owners: &mut HashMap<u64, u64>, hash: u64, id: RecordId) {
    let id = low_half(id);
    owners.entry(hash).and_modify(|owner| *owner = if *owner == id { id } else { SEVERAL }).or_insert(id);
}

fn low_half(id: RecordId) -> u64 {
    id.as_u64_pair().1
}

fn key_hash(places: &[usize], record: &Record) -> u64 {
    let mut hasher = DefaultHasher::new();
    for &place in places {
        record.values.get(place).unwrap_or(&Value::Null).hash(&mut hasher);
    }
    hasher.finish()
}
