//! A clerk's story with one book: type, correct, take back, find, close, open again.

use serde_json::{Value as Json, json};
use std::cell::Cell;
use suanpan_model::{
    Change, Op, OpKind, Value,
    op::{GroupKind, OpGroup},
    schema::Schema,
    value::RecordId,
};
use suanpan_store::{Book, NewBook, StoreError, query::ListQuery};
use uuid::Uuid;

struct Desk {
    folder: tempfile::TempDir,
    book: Option<Book>,
    ids: Cell<u128>,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let new =
            NewBook { division: "410823000", year: 2026, name: "武陟县", created_at_ms: 1, book_id: Uuid::nil() };
        let book = Book::create(&folder.path().join("a.book"), &new, Schema::builtin(), "测试").expect("created");
        Self { folder, book: Some(book), ids: Cell::new(1) }
    }

    fn book(&self) -> &Book {
        self.book.as_ref().expect("open")
    }

    fn id(&self) -> Uuid {
        self.ids.set(self.ids.get() + 1);
        Uuid::from_u128(self.ids.get())
    }

    fn reopen(&mut self) {
        self.book = None;
        let path = self.folder.path().join("a.book");
        self.book = Some(Book::open(&path, Schema::builtin(), "测试").expect("opens"));
    }

    fn apply(&self, label: &str, ops: Vec<(RecordId, &str, OpKind)>) -> Result<(), StoreError> {
        let ops = ops
            .into_iter()
            .map(|(record, entity, kind)| Op { id: self.id(), entity: entity.into(), record, kind })
            .collect();
        let kind = GroupKind::Do;
        let group = OpGroup { id: self.id(), actor: "卓玛".into(), at_ms: 2, label: label.into(), kind, ops };
        self.book().apply(group).map(|_| ())
    }

    fn add_agency(&self, code: &str, name: &str) -> RecordId {
        let id = self.id();
        let Json::Object(fields) = json!({"agency_code": code, "agency_name": name}) else { unreachable!() };
        let kind = OpKind::Create { division: "410823000".into(), fiscal_year: 2026, fields };
        self.apply("新增单位", vec![(id, "agency", kind)]).expect("applied");
        id
    }

    fn rename(&self, id: RecordId, from: &str, to: &str) -> Result<(), StoreError> {
        let change = Change { field: "agency_name".into(), from: from.into(), to: to.into() };
        self.apply("改名", vec![(id, "agency", OpKind::Edit { seen: 1, changes: vec![change] })])
    }

    fn names(&self) -> Vec<String> {
        let query = ListQuery { entity: "agency".into(), fiscal_year: Some(2026), ..Default::default() };
        let view = self.book().view(&query, None).expect("view");
        let def = self.book().schema().entity("agency").expect("agency").clone();
        let at = def.index("agency_name").expect("name");
        let rows = self.book().window("agency", &view).expect("window");
        rows.iter().map(|row| row.record.values[at].as_text().unwrap_or_default().to_owned()).collect()
    }

    fn undo(&self) -> Result<String, StoreError> {
        self.book().undo("卓玛", 3, &|| self.id()).map(|(step, _)| step.label)
    }

    fn redo(&self) -> Result<String, StoreError> {
        self.book().redo("卓玛", 3, &|| self.id()).map(|(step, _)| step.label)
    }
}

#[test]
fn what_is_typed_is_there_after_reopening_and_can_still_be_taken_back() {
    let mut desk = Desk::new();
    let id = desk.add_agency("101001", "武陟县人民政府办公室");
    desk.rename(id, "武陟县人民政府办公室", "县政府办").expect("renamed");
    desk.reopen();
    assert_eq!(desk.names(), ["县政府办"]);
    assert_eq!(desk.undo().expect("undone"), "改名");
    assert_eq!(desk.names(), ["武陟县人民政府办公室"]);
    desk.reopen();
    assert_eq!(desk.undo().expect("undone"), "新增单位");
    assert!(desk.names().is_empty());
    assert!(matches!(desk.undo(), Err(StoreError::NothingTo(_))));
    assert_eq!(desk.redo().expect("redone"), "新增单位");
    assert_eq!(desk.redo().expect("redone"), "改名");
    assert_eq!(desk.names(), ["县政府办"]);
    assert!(matches!(desk.redo(), Err(StoreError::NothingTo(_))));
}

#[test]
fn something_new_ends_what_could_be_done_again() {
    let desk = Desk::new();
    desk.add_agency("101001", "甲");
    desk.undo().expect("undone");
    desk.add_agency("101002", "乙");
    assert!(matches!(desk.redo(), Err(StoreError::NothingTo(_))));
    assert_eq!(desk.names(), ["乙"]);
}

#[test]
fn an_edit_of_a_value_that_changed_since_is_refused_and_changes_nothing() {
    let desk = Desk::new();
    let id = desk.add_agency("101001", "甲");
    let error = desk.rename(id, "乙", "丙").expect_err("stale");
    assert!(error.to_string().contains("请刷新后再改"), "{error}");
    assert_eq!(desk.names(), ["甲"]);
}

#[test]
fn a_group_with_one_bad_op_is_not_applied_at_all() {
    let desk = Desk::new();
    let id = desk.add_agency("101001", "甲");
    let good = OpKind::Edit {
        seen: 1,
        changes: vec![Change { field: "agency_name".into(), from: "甲".into(), to: "乙".into() }],
    };
    let missing = Uuid::from_u128(99);
    desk.apply("两步", vec![(id, "agency", good), (missing, "agency", OpKind::Delete)]).expect_err("refused");
    assert_eq!(desk.names(), ["甲"]);
}

#[test]
fn a_second_program_is_told_who_holds_the_book() {
    let desk = Desk::new();
    let path = desk.folder.path().join("a.book");
    let Err(error) = Book::open(&path, Schema::builtin(), "别人") else { panic!("opened twice") };
    assert!(error.to_string().contains("测试"), "{error}");
}

#[test]
fn units_are_found_by_word_code_and_initials() {
    let desk = Desk::new();
    desk.add_agency("101001", "武陟县龙源街道办事处");
    desk.add_agency("101002", "武陟县木城街道办事处");
    let find = |text: &str| {
        let schema = desk.book().schema();
        let found = desk.book().read(|connection| suanpan_store::search::find(connection, &schema, text, 50));
        found.expect("searched").len()
    };
    assert_eq!(find("龙源"), 1);
    assert_eq!(find("街道"), 2);
    assert_eq!(find("101002"), 1);
    assert_eq!(find("wzxly"), 1);
    assert_eq!((find("jdbsc"), find("lyjdb"), find("lyjdbscxx")), (2, 1, 0), "initials of the middle");
    assert_eq!(find("没有的"), 0);
    desk.undo().expect("undone");
    assert_eq!(find("木城"), 0);
}

#[test]
fn a_book_that_lost_its_newest_batches_gets_them_back_from_its_journal() {
    let mut desk = Desk::new();
    desk.add_agency("101001", "甲");
    let path = desk.folder.path().join("a.book");
    desk.book = None;
    std::fs::copy(&path, desk.folder.path().join("old")).expect("copied");
    desk.reopen();
    desk.add_agency("101002", "乙");
    desk.book = None;
    std::fs::copy(desk.folder.path().join("old"), &path).expect("put back");
    desk.reopen();
    assert_eq!(desk.book().replayed(), 1);
    assert_eq!(desk.names(), ["甲", "乙"]);
    assert_eq!(Value::Null, Value::default());
}

#[test]
fn a_group_whose_records_refer_to_each_other_is_taken_back_whole() {
    let desk = Desk::new();
    let (child, parent) = (desk.id(), desk.id());
    let create = |fields: Json| {
        let Json::Object(fields) = fields else { unreachable!() };
        OpKind::Create { division: "410823000".into(), fiscal_year: 2026, fields }
    };
    let ops = vec![
        (
            child,
            "agency",
            create(json!({"agency_code": "101001", "agency_name": "下级", "parent": parent.to_string()})),
        ),
        (parent, "agency", create(json!({"agency_code": "101", "agency_name": "上级"}))),
    ];
    desk.apply("导入单位", ops).expect("applied");
    desk.undo().expect("undone");
    assert!(desk.names().is_empty());
    desk.redo().expect("redone");
    desk.apply(
        "新增下级",
        vec![(
            desk.id(),
            "agency",
            create(json!({"agency_code": "101002", "agency_name": "后来", "parent": parent.to_string()})),
        )],
    )
    .expect("applied");
    desk.undo().expect("the newest goes first");
    desk.undo().expect("then the import");
    assert!(desk.names().is_empty());
}
