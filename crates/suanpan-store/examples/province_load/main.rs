//! Measures the province's store: many devices push what they have typed, over several threads, beside the same
//! rows in plain batched INSERTs. `cargo run --release -p suanpan-store --example province_load -- DEVICES OPS
//! GROUP THREADS [FILE]` (GROUP = ops per group). PostgreSQL is a throw-away cluster with fsync on; with FILE the
//! store is that file.

mod typed;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use suanpan_model::schema::Schema;
use suanpan_store::province::{NewDevice, ProvinceStore};
use suanpan_sync::{
    client::{self, Upload},
    memory::{MemoryDesk, MemoryProvince},
    parcel::Clocks,
    server::{self, store::Device},
};
use suanpan_testkit::pg::{Options, Postgres};
use typed::{device, fields, keys, scope};
use uuid::Uuid;

struct Load {
    devices: usize,
    ops: usize,
    group: usize,
    threads: usize,
}

/// Bytes that a server reads of a request before it works on them.
const AT_ONCE: usize = 64 << 10;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse().ok()).expect("four numbers");
    let load = Load { devices: number(0), ops: number(1), group: number(2), threads: number(3) };
    let schema = Arc::new(Schema::builtin());
    let prepared: Vec<(NewDevice, Vec<Vec<u8>>)> = (0..load.devices).map(|at| prepare(&schema, &load, at)).collect();
    let bytes: usize = prepared.iter().flat_map(|(_, uploads)| uploads).map(Vec::len).sum();
    println!("{} devices, {} ops each, {bytes} bytes to push", load.devices, load.ops);
    let cluster = Postgres::start_with(Options { durable: true });
    let url = cluster.create_database("load");
    let address = arguments.get(4).cloned().unwrap_or_else(|| url.clone());
    let store = ProvinceStore::open_with(&address, schema, load.threads).expect("opens");
    for (device, _) in &prepared {
        store.add_device(device, 0).expect("enrolled");
    }
    let pushed = in_threads(load.threads, prepared.len(), |at| push(&store, &prepared[at].1));
    let rows = load.devices * load.ops;
    tell("pushed through the machine", rows, &pushed);
    let plain = plain_inserts(&cluster.create_database("plain"), &load);
    tell("plain batched INSERTs", rows, &plain);
    println!("ratio {:.2}", plain.0.as_secs_f64() / pushed.0.as_secs_f64());
    let polled = in_threads(load.threads, prepared.len(), |at| push(&store, &[poll(&store, at)]));
    tell("polls", load.devices, &polled);
}

type Took = (Duration, Vec<Duration>);

fn tell(what: &str, rows: usize, (all, each): &Took) {
    let mut each = each.clone();
    each.sort();
    let at = |part: usize| each[(each.len() * part / 100).min(each.len() - 1)];
    let rate = rows as f64 / all.as_secs_f64();
    println!("{what}: {all:.2?}, {rate:.0}/s, each p50 {:.1?} p99 {:.1?}", at(50), at(99));
}

fn in_threads(threads: usize, jobs: usize, job: impl Fn(usize) + Sync) -> Took {
    let (next, since) = (AtomicUsize::new(0), Instant::now());
    let each = std::thread::scope(|scope| {
        let work = || {
            let mut took = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= jobs {
                    return took;
                }
                let since = Instant::now();
                job(at);
                took.push(since.elapsed());
            }
        };
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().flat_map(|thread| thread.join().expect("no thread fails")).collect()
    });
    (since.elapsed(), each)
}

/// What the device will send, taken down from a conversation with a province in memory.
fn prepare(schema: &Arc<Schema>, load: &Load, at: usize) -> (NewDevice, Vec<Vec<u8>>) {
    let (keys, id, scope) = (keys(at), device(at), scope(at));
    let mut desk = typed::desk(schema, at, load.ops, load.group);
    let mut province = MemoryProvince::new(schema.clone());
    let (verify, scopes) = (keys.public().verify, vec![scope]);
    province.enrol(Device::new(id, verify, &scopes));
    let mut uploads = Vec::new();
    let settings = client::Settings::default();
    let mut client = client::Session::begin(&mut desk, &keys, settings, Clocks::default()).expect("begins");
    let mut server = server::Session::new(server::Settings::default());
    while let Upload::Send(bytes) = client.next_upload(&mut desk).expect("goes on") {
        let answer = server.receive(&province, &bytes, 0).expect("memory takes it");
        client.receive(&mut desk, &answer).expect("the answer is good");
        uploads.push(bytes);
    }
    // What lies in the socket is taken in at once.
    let uploads = uploads.concat().chunks(AT_ONCE).map(<[u8]>::to_vec).collect();
    let name = format!("desk {at}");
    (NewDevice { verify, name, home: scope, reads: scopes.clone(), writes: scopes }, uploads)
}

fn push(store: &ProvinceStore, uploads: &[Vec<u8>]) {
    let mut session = server::Session::new(server::Settings::default());
    for bytes in uploads {
        session = store
            .transaction(&mut |province| {
                let mut session = session.clone();
                session.receive(province, bytes, 0)?;
                Ok(session)
            })
            .expect("taken in");
    }
    assert!(!session.is_closed(), "the province had nothing against it");
}

/// A hello of the device with nothing to say.
fn poll(store: &ProvinceStore, at: usize) -> Vec<u8> {
    let id = device(at);
    let device = store.read(&mut |province| province.device(id)).expect("read").expect("enrolled");
    let mut desk = MemoryDesk::new(store.schema());
    desk.change(|kept| {
        kept.state.device = Some(id);
        kept.state.request = device.request;
        kept.state.settled = device.received;
        kept.state.outbox = device.received;
    });
    let keys = keys(at);
    let settings = client::Settings::default();
    let mut client = client::Session::begin(&mut desk, &keys, settings, Clocks::default()).expect("begins");
    match client.next_upload(&mut desk).expect("goes on") {
        Upload::Send(bytes) => bytes,
        other => panic!("a hello was expected, not {other:?}"),
    }
}

/// The same records, one INSERT and one commit per device.
fn plain_inserts(url: &str, load: &Load) -> Took {
    let mut client = postgres::Client::connect(url, postgres::NoTls).expect("connects");
    let table = "CREATE TABLE plain (id uuid PRIMARY KEY, scope int, fiscal_year int, version int, fields jsonb)";
    client.batch_execute(table).expect("made");
    let clients: Vec<_> = (0..load.threads)
        .map(|_| std::sync::Mutex::new(postgres::Client::connect(url, postgres::NoTls).expect("connects")))
        .collect();
    let texts: Vec<String> =
        (0..load.ops).map(|at| serde_json::Value::Object(fields(at, Uuid::from_u128(1))).to_string()).collect();
    let sql =
        "INSERT INTO plain SELECT u.id, 1, 2027, 1, u.fields::jsonb FROM unnest($1::uuid[], $2::text[]) u (id, fields)";
    in_threads(load.threads, load.devices, |at| {
        let mut client = clients.iter().find_map(|client| client.try_lock().ok()).expect("one per thread");
        let ids: Vec<Uuid> = (0..load.ops).map(|op| Uuid::from_u128(((at as u128) << 64) | op as u128)).collect();
        for first in (0..load.ops).step_by(load.group.max(200)) {
            let last = (first + load.group.max(200)).min(load.ops);
            client.execute(sql, &[&&ids[first..last], &&texts[first..last]]).expect("inserted");
        }
    })
}
