//! Real books and a province: what was typed arrives, what came is shown, and a crash between any two commits costs
//! nothing. The machines are suanpan-sync's; here the book answers them.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::{Value as Json, json};
use std::sync::Arc;
use suanpan_model::{OpKind, facts::Facts, schema::Schema, value::RecordId};
use suanpan_store::{
    Book, NewBook,
    sync::{Enrolled, SyncBook},
};
use suanpan_sync::{
    client::{self, SessionFault, Upload},
    keys::SecretKeys,
    memory::MemoryProvince,
    parcel::Clocks,
    scope::{DeviceId, Place, Scope},
    server::{self, CASE, store::Device},
};
use support::created;
use uuid::Uuid;

const COUNTY: Scope = Scope(410_823_000);
const NOW_MS: i64 = 1_800_000_000_000;

struct Desk {
    folder: tempfile::TempDir,
    book: Arc<Book>,
    number: u8,
    ids: u128,
}

impl Desk {
    fn new(number: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let book_id = Uuid::from_u128(u128::from(number));
        let new = NewBook { division: "410823000", year: 2026, name: "武陟县", created_at_ms: 1, book_id };
        let book = Book::create(&folder.path().join("a.book"), &new, Schema::builtin(), "甲").unwrap();
        Self { folder, book: Arc::new(book), number, ids: u128::from(number) << 64 }
    }

    fn secret(&self) -> [u8; 32] {
        [self.number; 32]
    }

    fn enrol(&self, province: &mut MemoryProvince, id: u32) {
        let verify = SecretKeys::from_seed(self.secret()).public().verify;
        let scopes = vec![COUNTY];
        province.enrol(Device::new(DeviceId(id), verify, &scopes));
        let (secret, name) = (self.secret(), format!("电脑 {id}"));
        let enrolled =
            Enrolled { device: DeviceId(id), secret, name, server: String::new(), province: Vec::new(), scopes };
        self.book.enrol(&enrolled, NOW_MS).unwrap();
    }

    fn id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    fn apply(&mut self, label: &str, ops: Vec<(RecordId, &str, OpKind)>) {
        let kind = suanpan_model::op::GroupKind::Do;
        let ops = ops
            .into_iter()
            .map(|(record, entity, kind)| suanpan_model::Op { id: self.id(), entity: entity.into(), record, kind })
            .collect();
        let actor = format!("会计{}", self.number).into();
        let group = suanpan_model::op::OpGroup { id: self.id(), actor, at_ms: 2, label: label.into(), kind, ops };
        self.book.apply(group).unwrap();
    }

    fn unit(&mut self, code: &str, name: &str) -> RecordId {
        let id = self.id();
        self.apply("新增单位", vec![(id, "agency", created(json!({"agency_code": code, "agency_name": name})))]);
        id
    }

    fn line(&mut self, unit: RecordId, fen: i64) -> RecordId {
        let id = self.id();
        let fields = json!({"agency": unit.to_string(), "apply_up": fen, "remark": "乡镇运转经费"});
        self.apply("新增预算", vec![(id, "budget_line", created(fields))]);
        id
    }

    fn set(&mut self, id: RecordId, entity: &str, field: &str, to: Json) {
        let from = self.value(id, entity, field);
        let changes = vec![suanpan_model::Change { field: field.into(), from, to }];
        self.apply("修改", vec![(id, entity, OpKind::Edit { seen: 0, changes })]);
    }

    fn value(&self, id: RecordId, entity: &str, field: &str) -> Json {
        let schema = self.book.schema();
        let record = self.book.record(entity, id).unwrap().expect("the record is there");
        record.record.values[schema.entity(entity).unwrap().index(field).unwrap()].to_json()
    }

    fn cases(&self) -> Vec<Arc<suanpan_model::Record>> {
        self.book
            .with_facts(|facts| Ok(facts.with_value(CASE, 2026, "state", &suanpan_model::Value::text("1"))?))
            .unwrap()
    }

    fn reopen(&mut self) {
        let path = self.book.path().to_owned();
        let other = tempfile::tempdir().unwrap();
        let away = NewBook { division: "410823000", year: 2026, name: "空", created_at_ms: 1, book_id: Uuid::nil() };
        self.book = Arc::new(Book::create(&other.path().join("b.book"), &away, Schema::builtin(), "甲").unwrap());
        self.book = Arc::new(Book::open(&path, Schema::builtin(), "甲").unwrap());
        assert!(self.folder.path().exists());
    }

    /// An exchange over a link that is cut after `cut` bytes of the reply. True: it went to its end.
    fn sync_cut(&mut self, province: &MemoryProvince, mut cut: usize) -> Result<bool, SessionFault> {
        let keys = SecretKeys::from_seed(self.secret());
        let mut book = SyncBook(self.book.clone());
        let mut client = client::Session::begin(&mut book, &keys, client::Settings::default(), Clocks::default())?;
        let mut server = server::Session::new(server::Settings::default());
        loop {
            let answer = match client.next_upload(&mut book)? {
                Upload::Send(bytes) => server.receive(province, &bytes, NOW_MS).unwrap(),
                _ if server.is_closed() => break,
                _ => server.pull(province, &|_| [0; 64], NOW_MS).unwrap(),
            };
            let arrives = answer.len().min(cut);
            client.receive(&mut book, &answer[..arrives])?;
            cut -= arrives;
            if cut == 0 {
                return Ok(false);
            }
        }
        assert_eq!(client.stop(), None);
        Ok(client.progress().done)
    }

    fn sync(&mut self, province: &MemoryProvince) {
        assert!(self.sync_cut(province, usize::MAX).unwrap());
    }
}

fn province() -> MemoryProvince {
    MemoryProvince::new(Arc::new(Schema::builtin()))
}

#[test]
fn a_book_that_was_worked_in_before_it_was_enrolled_sends_all_of_it() {
    let (mut province, mut one, mut two) = (province(), Desk::new(1), Desk::new(2));
    let unit = one.unit("101001", "武陟县人民政府办公室");
    let line = one.line(unit, 12_345);
    one.set(line, "budget_line", "apply_up", json!(20_000));
    one.book.undo("会计1", 3, &Uuid::new_v4).unwrap();
    one.enrol(&mut province, 1);
    two.enrol(&mut province, 2);
    one.sync(&province);
    two.sync(&province);
    assert_eq!(two.value(line, "budget_line", "apply_up"), json!(12_345));
    assert_eq!(one.book.sync_counts().unwrap().unsettled, 0);
    for desk in [&mut one, &mut two] {
        desk.reopen();
        let report = desk.book.verify(&mut |_, _, _| true).unwrap();
        assert!(report.problems.is_empty(), "{report:?}");
    }
}

#[test]
fn changes_cross_and_an_amount_that_both_changed_is_a_case_on_both() {
    let (mut province, mut one, mut two) = (province(), Desk::new(1), Desk::new(2));
    one.enrol(&mut province, 1);
    two.enrol(&mut province, 2);
    let unit = one.unit("101001", "武陟县人民政府办公室");
    let line = one.line(unit, 12_345);
    one.sync(&province);
    two.sync(&province);
    one.set(line, "budget_line", "apply_up", json!(20_000));
    two.set(line, "budget_line", "apply_up", json!(30_000));
    two.set(line, "budget_line", "remark", json!("含取暖费"));
    one.sync(&province);
    assert_eq!(
        two.value(line, "budget_line", "apply_up"),
        json!(30_000),
        "until it is decided, one's own figure shows"
    );
    two.sync(&province);
    one.sync(&province);
    for desk in [&mut one, &mut two] {
        assert_eq!(desk.value(line, "budget_line", "apply_up"), json!(20_000));
        assert_eq!(desk.value(line, "budget_line", "remark"), json!("含取暖费"));
        assert_eq!(desk.cases().len(), 1);
        desk.reopen();
        let report = desk.book.verify(&mut |_, _, _| true).unwrap();
        assert!(report.problems.is_empty(), "{report:?}");
    }
}

#[test]
fn whatever_byte_the_reply_is_cut_at_the_next_exchange_goes_on_from_there() {
    let (mut province, mut one, mut two) = (province(), Desk::new(1), Desk::new(2));
    one.enrol(&mut province, 1);
    two.enrol(&mut province, 2);
    let unit = one.unit("101001", "武陟县人民政府办公室");
    let lines: Vec<_> = (1..=12).map(|number| one.line(unit, number * 100)).collect();
    one.sync(&province);
    two.sync(&province);
    for cut in (1..4000).step_by(97) {
        two.set(lines[cut % 12], "budget_line", "apply_up", json!(cut));
        let _ = two.sync_cut(&province, cut);
        if cut % 3 == 0 {
            two.reopen();
        }
        two.sync(&province);
        two.sync(&province);
    }
    one.sync(&province);
    for line in &lines {
        assert_eq!(one.value(*line, "budget_line", "apply_up"), two.value(*line, "budget_line", "apply_up"));
    }
    assert_eq!(two.book.sync_counts().unwrap().unsettled, 0);
    assert!(two.cases().is_empty());
    assert!(two.book.tray().unwrap().is_empty());
}

#[test]
fn a_record_that_the_province_has_not_any_more_is_not_confirmed_even_when_its_deletion_is_pending() {
    let (mut province, mut desk) = (province(), Desk::new(1));
    desk.enrol(&mut province, 1);
    let unit = desk.unit("101001", "武陟县人民政府办公室");
    let line = desk.line(unit, 100);
    desk.sync(&province);
    desk.apply("删除", vec![(line, "budget_line", OpKind::Delete)]);
    let mut book = SyncBook(desk.book.clone());
    client::refresh::Refresh::default().finish(&mut book, COUNTY, NOW_MS, Place::default()).unwrap();
    let mut confirmed = None;
    let look = &mut |desk: &dyn client::store::Desk| {
        confirmed = desk.shadow("budget_line", line)?;
        Ok(())
    };
    client::store::Book::transaction(&mut book, look).unwrap();
    assert_eq!(confirmed, Some(None));
}

#[test]
fn a_book_knows_whether_any_group_that_was_sent_after_a_parcel_is_settled() {
    let (mut province, mut desk) = (province(), Desk::new(1));
    desk.enrol(&mut province, 1);
    let unit = desk.unit("101001", "武陟县人民政府办公室");
    desk.sync(&province);
    desk.line(unit, 100);
    // Packed, and the link breaks before the province has heard of it.
    assert!(!desk.sync_cut(&province, 0).unwrap_or(false));
    let mut book = SyncBook(desk.book.clone());
    let mut found = Vec::new();
    let look = &mut |desk: &dyn client::store::Desk| {
        let newest = desk.state()?.outbox.seq;
        found = (0..=newest).map(|parcel| desk.is_any_settled_after(parcel)).collect::<Result<_, _>>()?;
        Ok(())
    };
    client::store::Book::transaction(&mut book, look).unwrap();
    assert_eq!(found, [true, false, false], "the first of two parcels is settled");
}
