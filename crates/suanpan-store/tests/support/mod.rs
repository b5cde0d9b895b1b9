//! A small book with figures, for the tests of what keeps a book alive. Start at [`Office`].
#![allow(dead_code, reason = "each test file uses a part")]

use chrono::{NaiveDate, NaiveDateTime};
use serde_json::{Value as Json, json};
use std::{
    cell::Cell,
    path::{Path, PathBuf},
};
use suanpan_model::{
    Change, Op, OpKind,
    op::{GroupKind, OpGroup},
    schema::Schema,
    value::RecordId,
};
use suanpan_store::{Book, NewBook, StoreError, backup::Totals, query::ListQuery};
use uuid::Uuid;

pub const ACTOR: &str = "卓玛";

pub struct Office {
    pub folder: tempfile::TempDir,
    book: Option<Book>,
    ids: Cell<u128>,
}

/// 17:00 on a day of March 2026.
pub fn day(day: u32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 3, day).expect("a date").and_hms_opt(17, 0, 0).expect("a time")
}

impl Office {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let new = NewBook {
            division: "410823000",
            year: 2026,
            name: "武陟县",
            created_at_ms: 1,
            book_id: Uuid::from_u128(7),
        };
        let book = Book::create(&folder.path().join("a.book"), &new, Schema::builtin(), ACTOR).expect("created");
        Self { folder, book: Some(book), ids: Cell::new(1) }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("a.book")
    }

    pub fn beside(&self, end: &str) -> PathBuf {
        self.folder.path().join(format!("a.book{end}"))
    }

    pub fn book(&self) -> &Book {
        self.book.as_ref().expect("open")
    }

    pub fn close(&mut self) {
        self.book = None;
    }

    pub fn open(&mut self) -> Result<(), StoreError> {
        self.book = None;
        self.book = Some(Book::open(&self.path(), Schema::builtin(), ACTOR)?);
        Ok(())
    }

    /// Leaves the files as a killed program would: what is on the disk now, in another folder.
    pub fn killed(&mut self) {
        let now: Vec<_> = files(self.folder.path());
        self.close();
        for (path, _) in files(self.folder.path()) {
            std::fs::remove_file(path).expect("removed");
        }
        for (path, content) in now {
            std::fs::write(path, content).expect("written");
        }
    }

    pub fn id(&self) -> Uuid {
        self.ids.set(self.ids.get() + 1);
        Uuid::from_u128(self.ids.get())
    }

    pub fn apply(&self, label: &str, ops: Vec<(RecordId, &str, OpKind)>) -> Result<(), StoreError> {
        let op = |(record, entity, kind): (RecordId, &str, OpKind)| Op {
            id: self.id(),
            entity: entity.into(),
            record,
            kind,
        };
        let ops = ops.into_iter().map(op).collect();
        let kind = GroupKind::Do;
        let group = OpGroup { id: self.id(), actor: ACTOR.into(), at_ms: 2, label: label.into(), kind, ops };
        self.book().apply(group).map(|_| ())
    }

    pub fn create(&self, entity: &str, fields: Json) -> RecordId {
        let id = self.id();
        self.apply("新增", vec![(id, entity, created(fields))]).expect("applied");
        id
    }

    pub fn agency(&self, code: &str, name: &str) -> RecordId {
        self.create("agency", json!({"agency_code": code, "agency_name": name}))
    }

    pub fn edit(&self, id: RecordId, entity: &str, field: &str, from: Json, to: Json) -> Result<(), StoreError> {
        let changes = vec![Change { field: field.into(), from, to }];
        self.apply("修改", vec![(id, entity, OpKind::Edit { seen: 1, changes })])
    }

    /// A few units and budget lines with money, some edited, one undone.
    pub fn with_figures() -> Self {
        let office = Self::new();
        let unit = office.agency("101001", "武陟县人民政府办公室");
        for number in 1..=20_i64 {
            let line = office.create("budget_line", json!({"agency": unit.to_string(), "apply_up": number * 12_345}));
            if number % 3 == 0 {
                let (from, to) = (json!(number * 12_345), json!(number * 100));
                office.edit(line, "budget_line", "apply_up", from, to).expect("edited");
            }
        }
        office.book().undo(ACTOR, 3, &|| office.id()).expect("undone");
        office
    }

    pub fn totals(&self) -> Totals {
        let schema = self.book().schema();
        self.book().read(|connection| Totals::of(connection, &schema)).expect("read")
    }

    pub fn count(&self, entity: &str) -> usize {
        self.book().count(&ListQuery { entity: entity.into(), ..Default::default() }).expect("counted")
    }
}

pub fn created(fields: Json) -> OpKind {
    let Json::Object(fields) = fields else { panic!("fields are an object") };
    OpKind::Create { division: "410823000".into(), fiscal_year: 2026, fields }
}

/// The files directly in a folder, with their content.
pub fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).expect("readable").map(|entry| entry.expect("readable").path());
    let mut files: Vec<_> =
        entries.filter(|path| path.is_file()).map(|path| (path.clone(), std::fs::read(path).expect("read"))).collect();
    files.sort();
    files
}

pub fn flip(path: &Path, byte: usize, bit: u8) {
    let mut content = std::fs::read(path).expect("read");
    content[byte] ^= 1 << bit;
    std::fs::write(path, content).expect("written");
}
