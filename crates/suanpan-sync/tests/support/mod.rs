//! Two desks and a province in memory, and a perfect link between them.
#![allow(clippy::unwrap_used, dead_code)]

use std::sync::Arc;
use suanpan_model::{Change, Op, OpKind, facts::Facts, op::GroupKind, schema::Schema, value::RecordId};
use suanpan_sync::{
    client::{self, Upload},
    keys::SecretKeys,
    memory::{MemoryDesk, MemoryProvince},
    parcel::{Clocks, GroupHead, op_id},
    scope::{DeviceId, Place, Scope},
    server::{self, store::Device},
};
use uuid::Uuid;

pub const TOWN: Scope = Scope(410_882_101);

pub struct World {
    pub schema: Arc<Schema>,
    pub province: MemoryProvince,
    pub desks: Vec<MemoryDesk>,
    /// The province's clock.
    pub now_ms: i64,
    /// What the last exchange that went to its end came to.
    pub progress: client::Progress,
    ids: u128,
}

pub fn keys(number: usize) -> SecretKeys {
    SecretKeys::from_seed([number as u8 + 1; 32])
}

impl World {
    pub fn new(desks: usize) -> Self {
        let schema = Arc::new(Schema::builtin());
        let mut province = MemoryProvince::new(schema.clone());
        let mut all = Vec::new();
        for number in 0..desks {
            let id = DeviceId(number as u32 + 1);
            province.enrol(Device::new(id, keys(number).public().verify, &[TOWN]));
            let mut desk = MemoryDesk::new(schema.clone());
            desk.change(|kept| {
                kept.state.device = Some(id);
                kept.cursors.insert(TOWN, Place::default());
            });
            all.push(desk);
        }
        let progress = client::Progress::default();
        Self { schema, province, desks: all, now_ms: 1_800_000_000_000, progress, ids: 1 << 100 }
    }

    pub fn id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    pub fn head(&mut self, label: &str) -> GroupHead {
        let clock = Clocks { at_ms: 1_800_000_000_000, ..Clocks::default() };
        GroupHead { id: self.id(), actor: "李会计".into(), label: label.into(), kind: GroupKind::Do, clock }
    }

    /// A new project on desk `desk`, with a name and a total in 分.
    pub fn project(&mut self, desk: usize, name: &str, total: i64) -> RecordId {
        let record = self.id();
        let fields = serde_json::json!({"pro_name": name, "pro_total_amt": total});
        let serde_json::Value::Object(fields) = fields else { unreachable!() };
        let kind = OpKind::Create { division: TOWN.to_string().into(), fiscal_year: 2027, fields };
        self.do_it(desk, "新增", vec![(record, kind)]);
        record
    }

    pub fn set(&mut self, desk: usize, record: RecordId, field: &str, to: serde_json::Value) {
        let from = self.shown(desk, record, field);
        let kind = OpKind::Edit { seen: 0, changes: vec![Change { field: field.into(), from, to }] };
        self.do_it(desk, "修改", vec![(record, kind)]);
    }

    pub fn do_it(&mut self, desk: usize, label: &str, ops: Vec<(RecordId, OpKind)>) {
        let head = self.head(label);
        let ops = (0..).zip(ops).map(|(place, (record, kind))| Op {
            id: op_id(head.id, place),
            entity: "project".into(),
            record,
            kind,
        });
        let ops = ops.collect();
        self.desks[desk].type_in(head, ops).unwrap();
    }

    pub fn shown(&self, desk: usize, record: RecordId, field: &str) -> serde_json::Value {
        value(&self.desks[desk], record, field)
    }

    pub fn at_province(&self, record: RecordId, field: &str) -> serde_json::Value {
        value(&self.province, record, field)
    }

    /// One whole exchange over a perfect link. (bytes up, bytes down).
    pub fn sync(&mut self, desk: usize) -> (usize, usize) {
        self.exchange(desk, &keys(desk), (client::Settings::default(), server::Settings::default()), |_| true)
    }

    /// An exchange that is cut as soon as the desk has taken in so much that `goes_on` says no.
    pub fn exchange(
        &mut self,
        desk: usize,
        keys: &SecretKeys,
        (settings, province): (client::Settings, server::Settings),
        goes_on: impl Fn(&MemoryDesk) -> bool,
    ) -> (usize, usize) {
        let mut client = client::Session::begin(&mut self.desks[desk], keys, settings, Clocks::default()).unwrap();
        let mut server = server::Session::new(province);
        let (mut up, mut down) = (0, 0);
        loop {
            match client.next_upload(&mut self.desks[desk]).unwrap() {
                Upload::Send(bytes) => {
                    up += bytes.len();
                    let answer = server.receive(&self.province, &bytes, self.now_ms).unwrap();
                    down += answer.len();
                    client.receive(&mut self.desks[desk], &answer).unwrap();
                }
                Upload::Wait => panic!("nothing is under way"),
                Upload::Finished => break,
            }
        }
        while !server.is_closed() {
            let answer = server.pull(&self.province, &|_| [0; 64], self.now_ms).unwrap();
            for byte in answer {
                down += 1;
                client.receive(&mut self.desks[desk], &[byte]).unwrap();
                if !goes_on(&self.desks[desk]) {
                    return (up, down);
                }
            }
        }
        assert_eq!(client.stop(), None);
        assert!(client.progress().done);
        self.progress = client.progress().clone();
        (up, down)
    }
}

fn value(facts: &dyn Facts, record: RecordId, field: &str) -> serde_json::Value {
    let def = facts.schema().entity("project").unwrap().clone();
    let found = facts.get("project", record).unwrap().expect("the record is there");
    found.values[def.index(field).unwrap()].to_json()
}
