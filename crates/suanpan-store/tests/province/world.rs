//! Desks in memory, a province on whichever store, and a perfect link between them.

use std::{collections::HashMap, path::Path, sync::Arc};
use suanpan_model::{Change, Op, OpKind, facts::Facts, op::GroupKind, schema::Schema, value::RecordId};
use suanpan_store::province::{Enrolment, ProvinceStore};
use suanpan_sync::{
    client::{self, Upload},
    keys::SecretKeys,
    lease::Series,
    memory::{MemoryDesk, MemoryProvince},
    parcel::{Clocks, GroupHead, op_id},
    scope::{DeviceId, Place, Scope},
    server::{
        self,
        store::{Device, LogEntry, Province, Stored},
    },
};
use suanpan_testkit::pg::Postgres;
use uuid::Uuid;

pub const TOWN: Scope = Scope(410_882_101);
pub const VILLAGE: Scope = Scope(410_882_102);
pub const NOW_MS: i64 = 1_800_000_000_000;

/// 项目代码 of the town in 2027.
pub fn project_codes() -> Series {
    let (entity, field, prefix) = ("project".into(), "pro_code".into(), "41088227".into());
    Series { scope: TOWN, entity, field, fiscal_year: 2027, prefix, width: 21 }
}

/// The stores that tell the same story.
pub enum Kept {
    Memory(Box<std::sync::Mutex<MemoryProvince>>),
    OnDisk(ProvinceStore),
}

impl Kept {
    pub fn transaction<T>(&self, work: &mut dyn FnMut(&dyn Province) -> Stored<T>) -> Stored<T> {
        match self {
            Self::Memory(memory) => {
                let mut memory = memory.lock().unwrap();
                let copy = memory.clone();
                let result = work(&copy)?;
                *memory = copy;
                Ok(result)
            }
            Self::OnDisk(store) => store.transaction(work),
        }
    }

    pub fn read<T>(&self, work: &mut dyn FnMut(&dyn Province) -> Stored<T>) -> Stored<T> {
        match self {
            Self::Memory(memory) => work(&*memory.lock().unwrap()),
            Self::OnDisk(store) => store.read(work),
        }
    }

    fn add(&self, number: usize, scopes: &[Scope]) -> DeviceId {
        let verify = keys(number).public().verify;
        let (reads, writes) = (scopes.to_vec(), scopes.to_vec());
        match self {
            Self::Memory(memory) => {
                let id = DeviceId(number as u32 + 1);
                memory.lock().unwrap().enrol(Device::new(id, verify, scopes));
                id
            }
            Self::OnDisk(store) => {
                let name = format!("desk {number}");
                let code_hash =
                    *blake3::hash(&[&verify[..], &store.devices().unwrap().len().to_le_bytes()].concat()).as_bytes();
                let home = scopes[0];
                let expires_ms = NOW_MS + 1;
                store.put_enrolment_code(&Enrolment { code_hash, name, home, reads, writes, expires_ms }).unwrap();
                store.enrol(&code_hash, verify, NOW_MS).unwrap().unwrap()
            }
        }
    }

    pub fn on_disk(&self) -> &ProvinceStore {
        let Self::OnDisk(store) = self else { panic!("this part of the story is about stores that last") };
        store
    }
}

pub fn in_memory() -> Kept {
    Kept::Memory(Box::new(MemoryProvince::new(Arc::new(Schema::builtin())).into()))
}

pub fn in_a_file(folder: &Path) -> Kept {
    open(folder.join("province.db").to_str().unwrap())
}

pub fn open(address: &str) -> Kept {
    Kept::OnDisk(ProvinceStore::open(address, Arc::new(Schema::builtin())).unwrap())
}

/// A database of the test's own.
pub fn in_postgres(test: &str) -> (Kept, String) {
    let cluster = Postgres::shared();
    let name = format!(
        "t_{}",
        test.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').take(50).collect::<String>()
    );
    let url = cluster.create_database(&name.to_lowercase());
    (open(&url), url)
}

pub fn keys(number: usize) -> SecretKeys {
    SecretKeys::from_seed([number as u8 + 1; 32])
}

pub struct World<'a> {
    pub province: &'a Kept,
    pub desks: Vec<MemoryDesk>,
    pub ids: Vec<DeviceId>,
    next_id: u128,
}

impl<'a> World<'a> {
    /// One desk per list of scopes.
    pub fn new(province: &'a Kept, desks: &[&[Scope]]) -> Self {
        let schema = Arc::new(Schema::builtin());
        let (mut all, mut ids) = (Vec::new(), Vec::new());
        for (number, scopes) in desks.iter().enumerate() {
            let id = province.add(number, scopes);
            let mut desk = MemoryDesk::new(schema.clone());
            desk.change(|kept| {
                kept.state.device = Some(id);
                kept.cursors.extend(scopes.iter().map(|scope| (*scope, Place::default())));
            });
            all.push(desk);
            ids.push(id);
        }
        Self { province, desks: all, ids, next_id: 1 << 100 }
    }

    pub fn id(&mut self) -> Uuid {
        self.next_id += 1;
        Uuid::from_u128(self.next_id)
    }

    pub fn create(&mut self, desk: usize, entity: &str, scope: Scope, fields: serde_json::Value) -> RecordId {
        let record = self.id();
        let serde_json::Value::Object(fields) = fields else { unreachable!() };
        let kind = OpKind::Create { division: scope.to_string().into(), fiscal_year: 2027, fields };
        self.do_it(desk, entity, "新增", vec![(record, kind)]);
        record
    }

    pub fn project(&mut self, desk: usize, name: &str, total: i64) -> RecordId {
        self.create(desk, "project", TOWN, serde_json::json!({"pro_name": name, "pro_total_amt": total}))
    }

    pub fn set(&mut self, desk: usize, record: RecordId, field: &str, to: serde_json::Value) {
        let from = self.shown(desk, record, field);
        let kind = OpKind::Edit { seen: 0, changes: vec![Change { field: field.into(), from, to }] };
        self.do_it(desk, "project", "修改", vec![(record, kind)]);
    }

    pub fn do_it(&mut self, desk: usize, entity: &str, label: &str, ops: Vec<(RecordId, OpKind)>) {
        let clock = Clocks { at_ms: NOW_MS, ..Clocks::default() };
        let head =
            GroupHead { id: self.id(), actor: "李会计".into(), label: label.into(), kind: GroupKind::Do, clock };
        let ops = (0..).zip(ops).map(|(place, (record, kind))| {
            let id = op_id(head.id, place);
            Op { id, entity: entity.into(), record, kind }
        });
        let ops = ops.collect();
        self.desks[desk].type_in(head, ops).unwrap();
    }

    pub fn shown(&self, desk: usize, record: RecordId, field: &str) -> serde_json::Value {
        value(&self.desks[desk], record, field)
    }

    pub fn at_province(&self, record: RecordId, field: &str) -> serde_json::Value {
        self.province.transaction(&mut |store| Ok(value(store, record, field))).unwrap()
    }

    pub fn sync(&mut self, desk: usize) {
        exchange(self.province, &mut self.desks[desk], desk);
    }
}

/// One whole exchange over a perfect link, each step a transaction of its own.
pub fn exchange(province: &Kept, desk: &mut MemoryDesk, number: usize) {
    let keys = keys(number);
    let (mut client, mut server) = push(province, desk, &keys);
    while !server.is_closed() {
        let step = province.read(&mut |store| {
            let mut session = server.clone();
            let answer = session.pull(store, &|_| [0; 64], NOW_MS)?;
            Ok((session, answer))
        });
        let (session, answer) = step.unwrap();
        server = session;
        client.receive(desk, &answer).unwrap();
    }
    assert_eq!(client.stop(), None);
    assert!(client.progress().done);
}

/// The first half of an exchange: what the desk has to say.
pub fn push<'k>(
    province: &Kept,
    desk: &mut MemoryDesk,
    keys: &'k SecretKeys,
) -> (client::Session<'k>, server::Session) {
    let settings = client::Settings::default();
    let mut client = client::Session::begin(desk, keys, settings, Clocks::default()).unwrap();
    let mut server = server::Session::new(server::Settings::default());
    loop {
        match client.next_upload(desk).unwrap() {
            Upload::Send(bytes) => {
                let step = province.transaction(&mut |store| {
                    let mut session = server.clone();
                    let answer = session.receive(store, &bytes, NOW_MS)?;
                    Ok((session, answer))
                });
                let (session, answer) = step.unwrap();
                server = session;
                client.receive(desk, &answer).unwrap();
            }
            Upload::Wait => panic!("the link is perfect, nothing is under way"),
            Upload::Finished => return (client, server),
        }
    }
}

fn value(facts: &dyn Facts, record: RecordId, field: &str) -> serde_json::Value {
    let def = facts.schema().entity("project").unwrap().clone();
    let found = facts.get("project", record).unwrap().expect("the record is there");
    found.values[def.index(field).unwrap()].to_json()
}

/// Everything that the records of a scope hold, by id.
pub fn rows(province: &Kept, scope: Scope) -> HashMap<RecordId, String> {
    let mut rows = HashMap::new();
    let mut note = |entity: &str, record: &suanpan_model::Record| {
        rows.insert(record.id, format!("{entity} {:?} {:?}", record.header, record.values));
    };
    match province {
        Kept::Memory(memory) => memory.lock().unwrap().look(|kept| {
            for def in Schema::builtin().entities() {
                let records = kept.book.records(&def.entity);
                records.iter().filter(|record| *record.header.division == scope.to_string()).for_each(|record| {
                    note(&def.entity, record);
                });
            }
        }),
        Kept::OnDisk(store) => {
            store.snapshot_rows(scope, &mut |def, record| note(&def.entity, record)).unwrap();
        }
    }
    rows
}

pub fn log(province: &Kept, scope: Scope) -> Vec<LogEntry> {
    province.read(&mut |store| store.entries(scope, 0, usize::MAX)).unwrap()
}
