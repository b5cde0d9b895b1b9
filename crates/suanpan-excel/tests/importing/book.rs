//! A book in memory, and what an import makes of a table against it.

use crate::support::{Desk, read};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use suanpan_excel::Workbook;
use suanpan_excel::import::{Action, Found, Item, Job, PreviewRow, Records, Summary, preview};
use suanpan_excel::recognise::{self, Layout};
use suanpan_model::EntityDef;
use suanpan_model::facts::Read;
use suanpan_model::schema::Schema;
use suanpan_model::value::{Record, RecordHeader, RecordId, Value};

/// A book in memory: what each entity's records are called, and the records of the one imported.
#[derive(Default)]
pub struct Book {
    named: HashMap<(String, String), Vec<RecordId>>,
    records: Vec<Record>,
    key: Vec<usize>,
    next: u128,
}

impl Book {
    pub fn for_entity(def: &EntityDef) -> Self {
        let key = def.key.iter().map(|name| def.index(name).expect("a field")).collect();
        Self { key, next: 1000, ..Self::default() }
    }

    pub fn name(&mut self, entity: &str, names: &[&str], id: u128) {
        for name in names {
            self.named.entry((entity.into(), (*name).into())).or_default().push(RecordId::from_u128(id));
        }
    }

    pub fn add(&mut self, values: Vec<Value>) -> RecordId {
        let id = self.new_id();
        let header = RecordHeader { division: "410823000".into(), fiscal_year: 2026, version: 1, deleted: false };
        self.records.push(Record { id, header, values });
        id
    }
}

impl Records for Book {
    fn find(&mut self, entity: &str, text: &str) -> Read<Found> {
        Ok(match self.named.get(&(entity.to_owned(), text.to_owned())).map(Vec::as_slice) {
            None | Some([]) => Found::No,
            Some([id]) => Found::One(*id),
            Some(several) => Found::Many(several.iter().map(ToString::to_string).collect()),
        })
    }

    fn with_key(&mut self, key: &[Value]) -> Read<Option<Record>> {
        let fits = |record: &&Record| self.key.iter().zip(key).all(|(place, value)| record.values[*place] == *value);
        Ok(self.records.iter().find(fits).cloned())
    }

    fn with_id(&mut self, id: RecordId) -> Read<Option<Record>> {
        Ok(self.records.iter().find(|record| record.id == id).cloned())
    }

    fn new_id(&mut self) -> RecordId {
        self.next += 1;
        RecordId::from_u128(self.next)
    }
}

pub struct Seen {
    pub layout: Layout,
    pub items: Vec<Item>,
    pub summary: Summary,
}

impl Seen {
    pub fn rows(&self) -> Vec<&PreviewRow> {
        self.items.iter().filter_map(|item| if let Item::Row(row) = item { Some(row) } else { None }).collect()
    }

    pub fn value<'a>(&'a self, schema: &Schema, entity: &str, row: usize, field: &str) -> &'a Value {
        let place = schema.entity(entity).expect("built in").index(field).expect("a field");
        &self.rows()[row].values[place]
    }

    pub fn messages(&self, row: usize) -> Vec<String> {
        match &self.rows()[row].action {
            Action::Error(issues) => issues.iter().map(|issue| issue.message.clone()).collect(),
            other => panic!("row {row} is {other:?}"),
        }
    }
}

pub fn run(path: &Path, entity: &str, known: &mut Book) -> Seen {
    let schema = Schema::builtin();
    let def = schema.entity(entity).expect("built in");
    let book = read(path).expect("readable");
    let layout = recognise::best(&book, def, &schema.codes).expect("a table of this entity");
    run_with(&book, layout, entity, known)
}

pub fn run_with(book: &Workbook, layout: Layout, entity: &str, known: &mut Book) -> Seen {
    let schema = Schema::builtin();
    let def = schema.entity(entity).expect("built in");
    let mut items = Vec::new();
    let job = Job { def, layout: &layout, codes: &schema.codes, year: 2026, given: &[] };
    let summary = preview(book, &job, known, &mut |item| {
        items.push(item);
        true
    })
    .expect("a preview");
    Seen { layout, items, summary }
}

pub fn csv(desk: &Desk, text: &str) -> PathBuf {
    desk.file("book.csv", text.as_bytes())
}

pub fn def(entity: &str) -> std::sync::Arc<EntityDef> {
    Schema::builtin().entity(entity).expect("built in").clone()
}

pub fn budget() -> Book {
    let mut book = Book::for_entity(&def("budget_line"));
    book.name("agency", &["001001", "县政府办公室"], 1);
    book.name("agency", &["001002", "木城街道办事处"], 2);
    book.name("project", &["410823260000000000001", "信息化建设"], 11);
    book
}

pub fn fen(value: &Value) -> i64 {
    if let Value::Money(money) = value { money.fen() } else { panic!("{value:?} is no amount") }
}
