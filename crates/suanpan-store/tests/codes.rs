//! Codes that the province issues, in a real book: they come with an ordinary exchange, survive, and none is given
//! out twice.
#![allow(clippy::unwrap_used)]

use serde_json::json;
use std::{collections::HashSet, path::Path, sync::Arc};
use suanpan_model::{
    Op, OpKind,
    op::{GroupKind, OpGroup},
    schema::Schema,
    value::RecordId,
};
use suanpan_store::{
    Book, NewBook,
    sync::{Enrolled, SyncBook, issued},
};
use suanpan_sync::{
    client::{self, Upload},
    frame::{Frame, FrameReader},
    keys::SecretKeys,
    lease::Series,
    memory::MemoryProvince,
    parcel::Clocks,
    scope::{DeviceId, Scope},
    server::{self, store::Device},
};
use uuid::Uuid;

const COUNTY: Scope = Scope(410_823_000);
const NOW_MS: i64 = 1_800_000_000_000;

struct Desk {
    _folder: tempfile::TempDir,
    book: Option<Arc<Book>>,
    secret: [u8; 32],
}

impl Desk {
    fn new(number: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let book_id = Uuid::from_u128(u128::from(number));
        let new = NewBook { division: "410823000", year: 2027, name: "武陟县", created_at_ms: 1, book_id };
        let book = Book::create(&folder.path().join("a.book"), &new, Schema::builtin(), "甲").unwrap();
        Self { _folder: folder, book: Some(Arc::new(book)), secret: [number; 32] }
    }

    fn book(&self) -> &Arc<Book> {
        self.book.as_ref().unwrap()
    }

    fn enrol(&self, province: &mut MemoryProvince, id: u32) {
        let scopes = vec![COUNTY];
        let verify = SecretKeys::from_seed(self.secret).public().verify;
        province.enrol(Device::new(DeviceId(id), verify, &scopes));
        let (secret, name, server) = (self.secret, "电脑".to_owned(), String::new());
        let enrolled = Enrolled { device: DeviceId(id), secret, name, server, province: Vec::new(), scopes };
        self.book().enrol(&enrolled, NOW_MS).unwrap();
    }

    /// An exchange of which only so many bytes of the answer arrive. What was sent.
    fn sync_cut(&self, province: &MemoryProvince, mut cut: usize) -> Vec<u8> {
        let keys = SecretKeys::from_seed(self.secret);
        let mut book = SyncBook(self.book().clone());
        let settings = client::Settings::default();
        let mut client = client::Session::begin(&mut book, &keys, settings, Clocks::default()).unwrap();
        let mut server = server::Session::new(server::Settings::default());
        let mut sent = Vec::new();
        while cut > 0 {
            let answer = match client.next_upload(&mut book).unwrap() {
                Upload::Send(bytes) => {
                    sent.extend_from_slice(&bytes);
                    server.receive(province, &bytes, NOW_MS).unwrap()
                }
                _ if server.is_closed() => break,
                _ => server.pull(province, &|_| [0; 64], NOW_MS).unwrap(),
            };
            let arrives = answer.len().min(cut);
            client.receive(&mut book, &answer[..arrives]).unwrap();
            cut -= arrives;
        }
        assert_eq!(client.stop(), None);
        sent
    }

    fn sync(&self, province: &MemoryProvince) -> Vec<u8> {
        self.sync_cut(province, usize::MAX)
    }

    /// As after kill -9: nothing is closed, the file is opened as it is on the disk.
    fn killed(&mut self) {
        let path = self.book().path().to_owned();
        let copy = path.with_file_name("copy.book");
        for end in ["", "-wal", ".ops"] {
            let [from, to] = [&path, &copy].map(|path| format!("{}{end}", path.display()));
            if Path::new(&from).exists() {
                std::fs::copy(from, to).unwrap();
            }
        }
        self.book = Some(Arc::new(Book::open(&copy, Schema::builtin(), "甲").unwrap()));
    }

    fn give(&self, count: usize) -> Vec<String> {
        let records: Vec<RecordId> = (0..count).map(|_| Uuid::new_v4()).collect();
        self.book().give_codes(&series(), &records).unwrap().into_values().collect()
    }

    fn project(&self, id: RecordId, code: Option<&str>) {
        self.create("project", 2027, id, code.map(|code| ("pro_code", json!(code))));
    }

    fn create(&self, entity: &str, fiscal_year: i32, id: RecordId, field: Option<(&str, serde_json::Value)>) {
        let fields = field.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        let kind = OpKind::Create { division: "410823000".into(), fiscal_year, fields };
        let op = Op { id: Uuid::new_v4(), entity: entity.into(), record: id, kind };
        let (kind, ops) = (GroupKind::Do, vec![op]);
        let group = OpGroup { id: Uuid::new_v4(), actor: "会计".into(), at_ms: 2, label: "新增".into(), kind, ops };
        self.book().apply(group).unwrap();
    }
}

fn series() -> Series {
    issued(&Schema::builtin(), "project", "410823000", 2027).unwrap()
}

fn kinds(sent: &[u8]) -> Vec<&'static str> {
    let mut reader = FrameReader::default();
    reader.push(sent);
    let mut kinds = Vec::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        kinds.push(match frame {
            Frame::Hello(_) => "hello",
            Frame::Ask(_) => "ask",
            Frame::End => "end",
            _ => "other",
        });
    }
    kinds
}

fn province() -> MemoryProvince {
    MemoryProvince::new(Arc::new(Schema::builtin()))
}

#[test]
fn a_new_desk_gets_its_block_in_its_first_exchange_and_an_idle_one_asks_for_nothing() {
    let (mut province, desk) = (province(), Desk::new(1));
    assert_eq!(desk.give(1), Vec::<String>::new(), "not enrolled: as ever");
    desk.enrol(&mut province, 1);
    assert_eq!(kinds(&desk.sync(&province)), ["hello", "ask", "end"]);
    assert_eq!(desk.book().codes_left().unwrap(), 100);
    assert_eq!(kinds(&desk.sync(&province)), ["hello", "end"]);
    assert_eq!(desk.give(1), ["410823270000000000001"]);
    assert_eq!(desk.give(80).len(), 80);
    assert_eq!(kinds(&desk.sync(&province)), ["hello", "ask", "end"], "19 are left");
    assert_eq!(desk.book().codes_left().unwrap(), 119);
}

#[test]
fn wherever_the_answer_is_cut_the_block_that_was_given_comes_again_and_counts_once() {
    for cut in (1..160).step_by(7) {
        let (mut province, desk) = (province(), Desk::new(1));
        desk.enrol(&mut province, 1);
        desk.sync_cut(&province, cut);
        desk.sync(&province);
        desk.sync(&province);
        assert_eq!(province.look(|kept| kept.leases.len()), 1, "cut at {cut}");
        assert_eq!(desk.book().codes_left().unwrap(), 100, "cut at {cut}");
    }
}

#[test]
fn two_desks_give_out_different_codes_and_a_kill_or_an_undo_gives_none_out_again() {
    let (mut province, mut one, two) = (province(), Desk::new(1), Desk::new(2));
    one.enrol(&mut province, 1);
    two.enrol(&mut province, 2);
    one.sync(&province);
    two.sync(&province);
    let mut given: Vec<String> = one.give(40);
    given.extend(two.give(40));
    one.project(Uuid::from_u128(7), Some(&given[0]));
    one.book().undo("会计", 3, &Uuid::new_v4).unwrap();
    one.killed();
    given.extend(one.give(40));
    let different: HashSet<_> = given.iter().collect();
    assert_eq!((given.len(), different.len()), (120, 120));
}

#[test]
fn a_code_that_somebody_typed_is_passed_over() {
    let (mut province, desk) = (province(), Desk::new(1));
    desk.enrol(&mut province, 1);
    desk.sync(&province);
    desk.project(Uuid::from_u128(7), Some("410823270000000000001"));
    assert_eq!(desk.give(1), ["410823270000000000002"]);
}

#[test]
fn records_without_a_code_are_asked_for_and_named_until_they_have_one() {
    let (mut province, desk) = (province(), Desk::new(1));
    desk.enrol(&mut province, 1);
    let ids: Vec<RecordId> = (1..=150).map(Uuid::from_u128).collect();
    assert!(desk.book().give_codes(&series(), &ids).unwrap().is_empty(), "nothing to give yet");
    ids[1..].iter().for_each(|id| desk.project(*id, None));
    assert!(desk.book().codes_for_uncoded().unwrap().is_empty());
    desk.sync(&province);
    let named = desk.book().codes_for_uncoded().unwrap();
    let records: Vec<RecordId> = named.iter().map(|(_, record, _)| *record).collect();
    assert_eq!(records, ids[1..], "the first was never written");
    assert_eq!(desk.book().codes_left().unwrap(), 100, "asked for those who wait and a stock");
}

#[test]
fn the_first_project_of_a_new_year_finds_a_code_once_that_year_has_units() {
    let (mut province, desk) = (province(), Desk::new(1));
    desk.enrol(&mut province, 1);
    let next_year = issued(&Schema::builtin(), "project", "410823000", 2028).unwrap();
    let first = || desk.book().give_codes(&next_year, &[Uuid::new_v4()]).unwrap().into_values().collect::<Vec<_>>();
    desk.sync(&province);
    assert_eq!(kinds(&desk.sync(&province)), ["hello", "end"], "nothing speaks of another year");
    desk.create("agency", 2028, Uuid::from_u128(9), Some(("agency_code", json!("101001"))));
    assert!(kinds(&desk.sync(&province)).contains(&"ask"));
    assert_eq!(kinds(&desk.sync(&province)), ["hello", "end"], "it has its block");
    assert_eq!(first(), ["410823280000000000001"]);
}

#[test]
fn a_book_that_is_enrolled_anew_leaves_its_old_blocks_to_the_copy() {
    let (mut province, desk) = (province(), Desk::new(1));
    desk.enrol(&mut province, 1);
    desk.sync(&province);
    desk.enrol(&mut province, 2);
    assert_eq!(desk.book().codes_left().unwrap(), 0);
    desk.sync(&province);
    assert_eq!(desk.give(1), ["410823270000000000101"]);
}
