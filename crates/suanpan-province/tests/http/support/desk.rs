//! A desk in memory and what it says over a connection.

use super::Wire;
use std::{io, sync::Arc};
use suanpan_model::{Change, Op, OpKind, facts::Facts, op::GroupKind, schema::Schema};
use suanpan_sync::{
    client::{Session, Settings, Upload},
    frame::Stop,
    keys::SecretKeys,
    memory::MemoryDesk,
    parcel::{Clocks, GroupHead, op_id},
    scope::{DeviceId, Place, Scope},
};
use uuid::Uuid;

pub const TOWN: Scope = Scope(410_882_101);

pub struct Desk {
    pub keys: SecretKeys,
    pub device: DeviceId,
    pub book: MemoryDesk,
    number: u8,
    ids: u128,
}

/// How an exchange ended.
#[derive(Debug, PartialEq)]
pub enum Ended {
    Done,
    Stopped(Stop),
    /// The link broke, or the reply ended in the middle.
    Cut,
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The body of an enrolment that proves its keys.
pub fn enrolment(keys: &SecretKeys, code: &str) -> serde_json::Value {
    let (name, book, public) = ("城关镇一号机", "book", keys.public().to_bytes());
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let proof = keys.sign("suanpan enrolment", &[code.as_bytes(), name.as_bytes(), book.as_bytes(), &public]);
    serde_json::json!({"code": code, "name": name, "book": book, "keys": hex(&public), "proof": hex(&proof)})
}

pub const JSON: (&str, &str) = ("content-type", "application/json");

impl Desk {
    pub fn keys_of(number: u8) -> SecretKeys {
        SecretKeys::from_seed([number; 32])
    }

    pub fn enrol(wire: &mut Wire, number: u8, code: &str) -> Self {
        let keys = Self::keys_of(number);
        let asked = enrolment(&keys, code).to_string();
        let answer = wire.post("/enrol", &[(JSON.0, JSON.1.into())], asked.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = answer.json();
        let device = DeviceId(answer["device"].as_u64().unwrap() as u32);
        let mut book = MemoryDesk::new(Arc::new(Schema::builtin()));
        book.change(|kept| {
            kept.state.device = Some(device);
            for scope in answer["scopes"].as_array().unwrap() {
                kept.cursors.insert(scope.as_str().unwrap().parse().unwrap(), Place::default());
            }
        });
        Self { keys, device, book, number, ids: 0 }
    }

    pub fn id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(u128::from(self.number) << 96 | self.ids)
    }

    /// One gesture of a person: these ops together.
    pub fn type_in(&mut self, ops: Vec<(Uuid, OpKind)>) {
        let clock = Clocks { at_ms: 1_800_000_000_000, ..Clocks::default() };
        let kind = GroupKind::Do;
        let head = GroupHead { id: self.id(), actor: "李会计".into(), label: "修改".into(), kind, clock };
        let op = |(place, (record, kind))| Op { id: op_id(head.id, place), entity: "project".into(), record, kind };
        let ops = (0..).zip(ops).map(op).collect();
        self.book.type_in(head.clone(), ops).unwrap();
    }

    pub fn project(&mut self, name: &str) -> Uuid {
        let record = self.id();
        let kind = create(name);
        self.type_in(vec![(record, kind)]);
        record
    }

    /// So many groups of so many projects each, with texts that do not pack well.
    pub fn many(&mut self, groups: usize, each: usize) -> Vec<Uuid> {
        let mut records = Vec::new();
        for group in 0..groups {
            let ops: Vec<_> = (0..each).map(|op| (self.id(), create(&noise(self.number, group, op)))).collect();
            records.extend(ops.iter().map(|(record, _)| *record));
            self.type_in(ops);
        }
        records
    }

    pub fn set(&mut self, record: Uuid, field: &str, to: serde_json::Value) {
        let from = self.field(record, field);
        self.type_in(vec![(record, OpKind::Edit { seen: 0, changes: vec![Change { field: field.into(), from, to }] })]);
    }

    pub fn field(&self, record: Uuid, field: &str) -> serde_json::Value {
        let def = self.book.schema().entity("project").unwrap();
        let found = self.book.get("project", record).unwrap().expect("the record is there");
        found.values[def.index(field).unwrap()].to_json()
    }

    pub fn unsettled(&self) -> usize {
        self.book.look(|kept| kept.unsettled.len())
    }

    /// One exchange that ends well.
    pub fn sync(&mut self, wire: &mut Wire) {
        assert_eq!(self.exchange(wire), Ended::Done);
    }

    /// Exchanges until nothing is left.
    pub fn sync_all(&mut self, wire: &mut Wire) {
        while self.exchange_once(wire, &mut |_| true).0 > 0 {}
    }

    pub fn exchange(&mut self, wire: &mut Wire) -> Ended {
        self.exchange_once(wire, &mut |_| true).1
    }

    /// One exchange. `goes_on` is asked before each write; false cuts there. (entries and groups left, end).
    pub fn exchange_once(&mut self, wire: &mut Wire, goes_on: &mut dyn FnMut(&[u8]) -> bool) -> (u64, Ended) {
        let keys = self.keys.clone();
        let mut session = Session::begin(&mut self.book, &keys, Settings::default(), Clocks::default()).unwrap();
        let moved = converse(wire, &mut session, &mut self.book, goes_on);
        let progress = session.progress().clone();
        let ended = match session.stop() {
            Some(stop) => Ended::Stopped(stop.clone()),
            None if progress.done && moved.is_ok() => Ended::Done,
            None => Ended::Cut,
        };
        (progress.remaining + self.unsettled() as u64, ended)
    }

    /// The bytes of a request that is whole: hello, what is waiting, end.
    pub fn request(&mut self) -> Vec<u8> {
        let keys = self.keys.clone();
        let mut session = Session::begin(&mut self.book, &keys, Settings::default(), Clocks::default()).unwrap();
        session.whole_upload(&mut self.book).unwrap().1
    }

    /// Headers of a request that is signed under `context`.
    pub fn signed(&mut self, context: &str, asked: &str) -> Vec<(&'static str, String)> {
        let request = self.book.change(|kept| {
            kept.state.request += 1;
            kept.state.request
        });
        let device = self.device.to_string();
        let signature = self.keys.sign(context, &[format!("{device} {request} {asked}").as_bytes()]);
        vec![("x-device", device), ("x-request", request.to_string()), ("x-signature", hex(&signature))]
    }
}

fn create(name: &str) -> OpKind {
    let fields = serde_json::json!({"pro_name": name, "pro_total_amt": 1_200_000});
    let serde_json::Value::Object(fields) = fields else { unreachable!("an object was written") };
    OpKind::Create { division: TOWN.to_string().into(), fiscal_year: 2027, fields }
}

/// 24 characters that follow from their place.
fn noise(number: u8, group: usize, op: usize) -> String {
    let hash = blake3::hash(format!("{number} {group} {op}").as_bytes());
    let pairs = hash.as_bytes().chunks(2).map(|pair| u32::from(u16::from_le_bytes([pair[0], pair[1]])) % 20_000);
    pairs.filter_map(|place| char::from_u32(0x4e00 + place)).collect()
}

fn converse(
    wire: &mut Wire,
    session: &mut Session<'_>,
    book: &mut MemoryDesk,
    goes_on: &mut dyn FnMut(&[u8]) -> bool,
) -> io::Result<()> {
    let (first, finished) = ready(session, book);
    if !goes_on(&first) {
        return Err(io::ErrorKind::BrokenPipe.into());
    }
    if finished {
        let reply = wire.ask("POST", "/s", &[], &first)?;
        return take(session, book, &reply.body);
    }
    wire.begin()?;
    wire.piece(&first)?;
    let mut ended = false;
    let mut answer = wire.answer()?;
    while let Some(piece) = answer.next()? {
        take(session, book, &piece)?;
        if ended {
            continue;
        }
        let (more, finished) = ready(session, book);
        if !more.is_empty() {
            if !goes_on(&more) {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            answer.wire().piece(&more)?;
        }
        if finished {
            answer.wire().end()?;
            ended = true;
        }
    }
    Ok(())
}

/// What may be sent now, and whether that is all.
fn ready(session: &mut Session<'_>, book: &mut MemoryDesk) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    loop {
        match session.next_upload(book).unwrap() {
            Upload::Send(more) => bytes.extend(more),
            Upload::Wait => return (bytes, false),
            Upload::Finished => return (bytes, true),
        }
    }
}

fn take(session: &mut Session<'_>, book: &mut MemoryDesk, bytes: &[u8]) -> io::Result<()> {
    session.receive(book, bytes).map_err(|error| io::Error::other(error.to_string()))
}
