//! Ours in `make bench-sync`: two books, a province in a file, the weak link between, without TLS and with it. Prints the
//! rows that bench/sync/README.md describes. Everything is what runs in the office: the link of suanpan-desk, the server
//! of suanpan-province, durable stores on both sides.

use crate::{Outcome, client};
use serde_json::{Map, Value as Json, json};
use std::{net::SocketAddr, path::Path, sync::Arc, time::Instant};
use suanpan_desk::sync::driver::{Ended, Speaker};
use suanpan_model::{
    Change, Op, OpKind,
    op::{GroupKind, OpGroup},
    schema::Schema,
};
use suanpan_province::{Server, Settings, admin, serve, tls};
use suanpan_store::{Book, NewBook, province::ProvinceStore, sync::Enrolled};
use suanpan_sync::{
    keys::{PublicKeys, SecretKeys},
    parcel::Clocks,
    scope::{Place, Scope},
};
use suanpan_testkit::weak_link::{Shape, WeakLink};
use uuid::Uuid;

const DIVISION: &str = "410823000";
/// Field of the workload → field of a project.
const FIELDS: &[(&str, &str)] = &[
    ("name", "pro_name"),
    ("unit", "pro_operator_tel"),
    ("desc", "pro_desc"),
    ("bases", "pro_bases"),
    ("place", "pro_address"),
    ("person", "pro_operator"),
    ("duty", "pro_bgtreview"),
    ("goal", "fun_res"),
    ("version", "version_name"),
    ("remark", "pro_depreview"),
];

type Error = Box<dyn std::error::Error>;

/// The options after `sync`.
pub fn run(words: &[&str]) -> Outcome {
    let option = |name: &str| words.iter().position(|word| *word == name).and_then(|at| words.get(at + 1)).copied();
    let workload: Json = serde_json::from_slice(&std::fs::read(option("--workload").ok_or("--workload")?)?)?;
    let folder = Path::new(option("--folder").ok_or("--folder")?);
    let rate: u64 = option("--bits-per-s").unwrap_or("0").parse()?;
    let shape = Shape {
        rtt_ms: option("--rtt-ms").unwrap_or("0").parse()?,
        bits_per_s: Some(rate).filter(|rate| *rate > 0),
        cut: None,
    };
    for (peer, with_tls) in [("Suanpan", false), ("Suanpan, TLS", true)] {
        measure(peer, with_tls, &workload, &folder.join(peer), shape)?;
    }
    // What the link has no part in is measured once.
    if rate == 0 {
        client::measure(&folder.join("client"), workload["records"].as_array().ok_or("records")?)?;
    }
    Ok(Json::Null)
}

fn measure(peer: &str, with_tls: bool, workload: &Json, folder: &Path, shape: Shape) -> Result<(), Error> {
    std::fs::create_dir_all(folder)?;
    let province = Province::start(folder, with_tls)?;
    let link = WeakLink::start(province.listening, shape);
    let address = province.address(link.addr());
    let mut one = Desk::new(folder, "one", &province, &address)?;
    let mut two = Desk::new(folder, "two", &province, &address)?;
    let records = workload["records"].as_array().ok_or("records")?;
    let ids = one.write(records)?;
    let row = |step: &str, desk: &mut Desk| -> Result<(), Error> {
        link.reset_counts();
        let began = Instant::now();
        let requests = desk.agree()?;
        let (seconds, counted) = (began.elapsed().as_secs_f64(), link.counted());
        let (up, down) = (counted.up_bytes, counted.down_bytes);
        println!(
            "{}",
            json!({"peer": peer, "step": step, "up_bytes": up, "down_bytes": down, "connections": counted.connections,
                   "requests": requests, "seconds": seconds})
        );
        Ok(())
    };
    row("push", &mut one)?;
    row("pull", &mut two)?;
    one.edit(&workload["edit"], records, &ids)?;
    row("edit", &mut one)?;
    row("nothing", &mut one)
}

/// A server in this process.
pub struct Province {
    store: Arc<ProvinceStore>,
    keys: PublicKeys,
    pub listening: SocketAddr,
    pin: Option<String>,
    _runtime: tokio::runtime::Runtime,
}

impl Province {
    pub fn start(folder: &Path, with_tls: bool) -> Result<Self, Error> {
        let path = folder.join("province.db").display().to_string();
        let store = Arc::new(ProvinceStore::open(&path, Arc::new(Schema::builtin()))?);
        let keys = admin::init(&store, "河南省财政厅", Scope::of("410000000").ok_or("scope")?, [7; 32])?;
        let identity = with_tls.then(|| tls::self_signed(folder)).transpose()?;
        let public = keys.public();
        let server = Server::new(store.clone(), keys, Settings::default());
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let listener = runtime.block_on(suanpan_province::listen("127.0.0.1:0"))?;
        let listening = listener.local_addr()?;
        let (config, pin) = identity.map_or((None, None), |identity| (Some(identity.config), Some(identity.pin)));
        runtime.spawn(serve(server, listener, config, std::future::pending()));
        Ok(Self { store, keys: public, listening, pin, _runtime: runtime })
    }

    pub fn address(&self, through: SocketAddr) -> String {
        match &self.pin {
            Some(pin) => format!("https://{through}#{pin}"),
            None => format!("http://{through}"),
        }
    }
}

pub struct Desk {
    pub book: Arc<Book>,
    enrolled: Enrolled,
    speaker: Speaker,
}

/// The clock of the machine, which is the server's too: a desk whose clock is ahead asks for a checkpoint each time.
fn now_ms() -> i64 {
    chrono::Utc::now().timestamp_millis()
}

/// What 李会计 does at a desk.
pub fn apply(book: &Book, label: &str, ops: Vec<Op>) -> Result<(), Error> {
    let (id, actor, label) = (Uuid::now_v7(), "李会计".into(), label.into());
    book.apply(OpGroup { id, actor, at_ms: now_ms(), label, kind: GroupKind::Do, ops })?;
    Ok(())
}

impl Desk {
    pub fn new(folder: &Path, name: &str, province: &Province, address: &str) -> Result<Self, Error> {
        let new = NewBook { division: DIVISION, year: 2027, name, created_at_ms: 1, book_id: Uuid::new_v4() };
        let book = Book::create(&folder.join(format!("{name}.book")), &new, Schema::builtin(), name)?;
        let scope = Scope::of(DIVISION).ok_or("scope")?;
        let secret = *blake3::hash(name.as_bytes()).as_bytes();
        let verify = SecretKeys::from_seed(secret).public().verify;
        let device = suanpan_store::province::NewDevice {
            verify,
            name: name.into(),
            home: scope,
            reads: vec![scope],
            writes: vec![scope],
        };
        let device = province.store.add_device(&device, now_ms())?;
        let (name, server, scopes) = (name.to_owned(), address.to_owned(), vec![scope]);
        let province = province.keys.to_bytes().to_vec();
        let enrolled = Enrolled { device, secret, name, server, province, scopes };
        book.enrol(&enrolled, now_ms())?;
        Ok(Self { book: Arc::new(book), enrolled, speaker: Speaker::new(Box::new(now_ms))? })
    }

    pub fn write(&self, records: &[Json]) -> Result<Vec<Uuid>, Error> {
        let (mut ids, mut ops) = (Vec::new(), Vec::new());
        for record in records {
            let text = |name: &str| record[name].as_str().map(Json::from).unwrap_or_default();
            let fields: Map<String, Json> =
                FIELDS.iter().map(|(theirs, ours)| ((*ours).to_owned(), text(theirs))).collect();
            let kind = OpKind::Create { division: DIVISION.into(), fiscal_year: 2027, fields };
            let record = Uuid::now_v7();
            ids.push(record);
            ops.push(Op { id: Uuid::now_v7(), entity: "project".into(), record, kind });
        }
        apply(&self.book, "导入 1,000 行", ops)?;
        Ok(ids)
    }

    fn edit(&self, edit: &Json, records: &[Json], ids: &[Uuid]) -> Result<(), Error> {
        let at = records.iter().position(|record| record["id"] == edit["id"]).ok_or("the edited record")?;
        let field = FIELDS.iter().find(|(theirs, _)| edit["field"] == *theirs).ok_or("the edited field")?.1;
        let change = Change { field: field.into(), from: edit["from"].clone(), to: edit["to"].clone() };
        let kind = OpKind::Edit { seen: 1, changes: vec![change] };
        apply(&self.book, "修改", vec![Op { id: Uuid::now_v7(), entity: "project".into(), record: ids[at], kind }])
    }

    /// Brings the book to a snapshot of the province.
    pub fn fetch_whole(&mut self) -> Result<(), Error> {
        let scope = self.enrolled.scopes[0];
        Ok(self.speaker.refresh(&self.book, &self.enrolled, scope)?)
    }

    /// Exchanges until both sides hold the same; how many it took.
    pub fn agree(&mut self) -> Result<u32, Error> {
        self.exchange_until(&|ended, _| *ended == Ended::Agreed)
    }

    /// Exchanges until this desk has all that `other` had, which agreed with the province. What is typed meanwhile may wait.
    pub fn catch_up_with(&mut self, other: &Self) -> Result<u32, Error> {
        let all = other.book.sync_cursors()?;
        self.exchange_until(&|_, book| book.sync_cursors().is_ok_and(|now| has_reached(&now, &all)))
    }

    fn exchange_until(&mut self, is_enough: &dyn Fn(&Ended, &Book) -> bool) -> Result<u32, Error> {
        for requests in 1.. {
            let clocks = Clocks { at_ms: now_ms(), monotonic_ms: 0, server_ms: 0 };
            match self.speaker.exchange(&self.book, &self.enrolled, clocks, &mut |_| true)? {
                Ended::Stopped(stop) => return Err(stop.message.into()),
                ended if is_enough(&ended, &self.book) => return Ok(requests),
                Ended::Agreed | Ended::More => {}
            }
        }
        Ok(0)
    }
}

fn has_reached(now: &[(Scope, Place)], all: &[(Scope, Place)]) -> bool {
    all.iter().all(|(scope, place)| now.iter().any(|(known, reached)| known == scope && reached.seq >= place.seq))
}
