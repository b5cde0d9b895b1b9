//! Whoever types goes before a group that is taken in in the background, and nobody sees half of the group.

use super::*;
use crate::NewBook;
use serde_json::json;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};
use suanpan_model::{Change, OpKind};
use suanpan_sync::{client::store::Book as _, parcel::Clocks};

/// More than one batch of the log.
const ROWS: u32 = 1_100;

struct Office {
    book: Arc<Book>,
    typed: RecordId,
    _folder: tempfile::TempDir,
}

fn project(name: &str) -> OpKind {
    let fields = json!({"pro_name": name, "pro_desc": "道路硬化三公里"});
    let serde_json::Value::Object(fields) = fields else { unreachable!() };
    OpKind::Create { division: "410823000".into(), fiscal_year: 2026, fields }
}

fn op(record: RecordId, kind: OpKind) -> Op {
    Op { id: Uuid::now_v7(), entity: "project".into(), record, kind }
}

fn head() -> GroupHead {
    let clock = Clocks { at_ms: 3, ..Clocks::default() };
    GroupHead { id: Uuid::now_v7(), actor: "王会计".into(), label: "导入".into(), kind: GroupKind::Do, clock }
}

fn group_of(rows: u32) -> Vec<Op> {
    (0..rows).map(|row| op(Uuid::now_v7(), project(&format!("第{row}村道路")))).collect()
}

impl Office {
    /// A book with one record that is typed into.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let new =
            NewBook { division: "410823000", year: 2026, name: "武陟县", created_at_ms: 1, book_id: Uuid::nil() };
        let book = Book::create(&folder.path().join("a.book"), &new, Schema::builtin(), "甲").expect("created");
        let office = Self { book: Arc::new(book), typed: Uuid::now_v7(), _folder: folder };
        office.apply(op(office.typed, project("木城街道")));
        office
    }

    fn apply(&self, op: Op) {
        let (actor, label) = ("李会计".into(), "修改".into());
        let group = OpGroup { id: Uuid::now_v7(), actor, at_ms: 2, label, kind: GroupKind::Do, ops: vec![op] };
        self.book.apply(group).expect("applied");
    }

    fn shown(&self) -> serde_json::Value {
        let schema = self.book.schema();
        let record = self.book.record("project", self.typed).expect("read").expect("the record is there").record;
        record.values[schema.entity("project").and_then(|def| def.index("pro_desc")).expect("a field")].to_json()
    }

    fn type_in(&self, text: &str) {
        let changes = vec![Change { field: "pro_desc".into(), from: self.shown(), to: text.into() }];
        self.apply(op(self.typed, OpKind::Edit { seen: 0, changes }));
    }

    fn count(&self, of: &str) -> i64 {
        let sql = format!("SELECT COUNT(*) FROM {of}");
        self.book.read(|connection| Ok(connection.query_row(&sql, [], |row| row.get(0))?)).expect("counted")
    }

    /// Number of the newest batch, and how much there is of all that a group writes.
    fn extent(&self) -> Vec<i64> {
        let seq = self.book.read(log::head).expect("read").0;
        let tables = ["e_project", "op_batch", "op_group", "op_touch", "finding", "search_docsize", "sync_shadow"];
        std::iter::once(seq).chain(tables.map(|table| self.count(table))).collect()
    }

    fn is_sound(&self) {
        let report = self.book.verify(&mut |_, _, _| true).expect("verified");
        assert!(report.problems.is_empty(), "{report:?}");
    }

    fn wait_until_somebody_waits(&self) {
        while !self.book.turns.somebody_waits() {
            thread::yield_now();
        }
    }
}

#[test]
fn whoever_types_is_served_before_a_long_group_is_through_and_nobody_sees_half_of_it() {
    let office = Office::new();
    let (head, ops, over) = (head(), group_of(ROWS), AtomicBool::new(false));
    let mut attempts = 0;
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = Vec::new();
            while !over.load(Ordering::SeqCst) {
                seen.push(office.count("e_project") - 1);
            }
            seen
        });
        let taken = SyncBook(office.book.clone()).in_background(&mut |desk| {
            attempts += 1;
            match attempts {
                1 => {
                    scope.spawn(|| office.type_in("道路硬化五公里"));
                    office.wait_until_somebody_waits();
                }
                _ => {
                    assert_eq!(office.shown(), json!("道路硬化五公里"), "served in between");
                    assert_eq!(office.count("e_project"), 1, "nothing of the group is there");
                }
            }
            desk.write_pulled(&head, ops.clone())
        });
        over.store(true, Ordering::SeqCst);
        taken.expect("taken in");
        let seen = reader.join().expect("read to the end");
        assert!(seen.iter().all(|rows| [0, i64::from(ROWS)].contains(rows)), "{seen:?}");
    });
    assert_eq!(attempts, 2);
    assert_eq!(office.count("e_project"), i64::from(ROWS) + 1);
    office.is_sound();
}

#[test]
fn a_group_goes_through_however_often_somebody_types() {
    let office = Office::new();
    let (head, ops) = (head(), group_of(20));
    let mut attempts = 0;
    thread::scope(|scope| {
        let office = &office;
        let taken = SyncBook(office.book.clone()).in_background(&mut |desk| {
            attempts += 1;
            scope.spawn(move || office.type_in(&format!("道路硬化{attempts}公里")));
            office.wait_until_somebody_waits();
            desk.write_pulled(&head, ops.clone())
        });
        taken.expect("taken in");
    });
    assert_eq!(attempts, MOST_INTERRUPTIONS + 1);
    assert_eq!(office.shown(), json!(format!("道路硬化{attempts}公里")), "who waited at last was served after it");
    assert_eq!(office.count("e_project"), 21);
    office.is_sound();
}

#[test]
fn at_whatever_row_a_group_is_interrupted_the_book_is_as_before() {
    let office = Office::new();
    let held: Vec<RecordId> = group_of(6).iter().map(|op| op.record).collect();
    held.iter().for_each(|record| office.apply(op(*record, project("村内道路"))));
    let mut ops = group_of(6);
    for record in &held[..3] {
        let change =
            Change { field: "pro_desc".into(), from: json!("道路硬化三公里"), to: json!("排水沟清淤") };
        ops.push(op(*record, OpKind::Edit { seen: 0, changes: vec![change] }));
    }
    ops.push(op(held[4], OpKind::Delete));
    let (head, before, sync) = (head(), office.extent(), SyncBook(office.book.clone()));
    let mut places = 0;
    loop {
        let asked = Cell::new(0);
        let here = || asked.replace(asked.get() + 1) == places;
        // That the caller makes nothing of the error must not commit half a group.
        let work = &mut |desk: &dyn Desk| desk.write_pulled(&head, ops.clone()).or(Ok(()));
        match sync.write(office.book.turns.take_in_background(), &here, work).expect("no fault") {
            Written::Whole => break,
            Written::Nothing(writer) => drop(writer),
        }
        assert_eq!(office.extent(), before, "interrupted at place {places}");
        places += 1;
    }
    assert!(places >= 2 * ops.len(), "between any two rows and any two checks: {places}");
    assert_eq!(office.count("e_project WHERE _deleted = 0"), 12);
    office.is_sound();
}

#[test]
fn what_is_no_work_of_the_background_gives_way_to_nobody() {
    let office = Office::new();
    let (head, ops) = (head(), group_of(3));
    let mut attempts = 0;
    thread::scope(|scope| {
        let written = SyncBook(office.book.clone()).transaction(&mut |desk| {
            attempts += 1;
            scope.spawn(|| office.type_in("道路硬化五公里"));
            office.wait_until_somebody_waits();
            desk.write_pulled(&head, ops.clone())
        });
        written.expect("written");
    });
    assert_eq!((attempts, office.count("e_project")), (1, 4));
}
