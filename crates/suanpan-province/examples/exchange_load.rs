//! Measures a province's server: so many devices exchange at the same moment, over HTTP and into PostgreSQL (a throw-away
//! cluster with fsync on), everything on this machine. Each pushes what it has typed and pulls what there is, in one
//! request; who is told that the server is busy comes again when it is told to, who gets no answer a second later.
//!
//! `cargo build --release -p suanpan-province && cargo run --release -p suanpan-province --example exchange_load -- DEVICES OPS`

#[path = "../../suanpan-store/examples/province_load/typed.rs"]
mod typed;

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Barrier},
    thread,
    time::{Duration, Instant},
};
use suanpan_model::schema::Schema;
use suanpan_store::province::{NewDevice, ProvinceStore};
use suanpan_sync::{
    client::{Session, Settings},
    frame::{Frame, FrameReader, Stop, StopCode},
    parcel::Clocks,
};
use suanpan_testkit::pg::{Options, Postgres};

/// A device comes again so often at the most.
const ATTEMPTS: usize = 6;
/// How long who got no answer waits.
const PAUSE: Duration = Duration::from_secs(1);
/// Its thread does little.
const STACK_BYTES: usize = 256 << 10;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse().ok()).expect("two numbers");
    let (devices, ops): (usize, usize) = (number(0), number(1));
    let schema = Arc::new(Schema::builtin());
    let cluster = Postgres::start_with(Options { durable: true });
    let url = cluster.create_database("load");
    let init = ["init", "--store", &url, "--division", "990000000", "--name", "测试省"];
    assert!(program().args(init).stdout(Stdio::null()).status().expect("runs").success());
    let store = ProvinceStore::open(&url, schema.clone()).expect("opens");
    let mut requests = Vec::with_capacity(devices);
    for at in 0..devices {
        let (scopes, verify) = (vec![typed::scope(at)], typed::keys(at).public().verify);
        let device =
            NewDevice { verify, name: format!("{at}"), home: scopes[0], reads: scopes.clone(), writes: scopes };
        store.add_device(&device, 0).expect("enrolled");
        requests.push(prepared(&schema, at, ops));
    }
    drop(store);
    let server = Server::start(&url);
    tell("push and pull", devices * ops, &all_at_once(server.address, requests));
}

/// The bodies of a device's first requests: each brings all that was typed.
fn prepared(schema: &Arc<Schema>, at: usize, ops: usize) -> Vec<Vec<u8>> {
    let (mut desk, keys) = (typed::desk(schema, at, ops, ops), typed::keys(at));
    let mut whole = || {
        let mut session = Session::begin(&mut desk, &keys, Settings::default(), Clocks::default()).expect("begins");
        session.whole_upload(&mut desk).expect("read").1
    };
    (0..ATTEMPTS).map(|_| whole()).collect()
}

struct Took {
    all: Duration,
    /// Of each request that was answered, the busy ones too.
    each: Vec<Duration>,
    busy: usize,
    unanswered: usize,
}

fn all_at_once(address: SocketAddr, requests: Vec<Vec<Vec<u8>>>) -> Took {
    let gate = Arc::new(Barrier::new(requests.len() + 1));
    let exchange = |bodies: Vec<Vec<u8>>| {
        let gate = gate.clone();
        let work = move || {
            gate.wait();
            until_done(address, &bodies)
        };
        thread::Builder::new().stack_size(STACK_BYTES).spawn(work).expect("a thread")
    };
    let threads: Vec<_> = requests.into_iter().map(exchange).collect();
    gate.wait();
    let since = Instant::now();
    let each: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("no device fails")).collect();
    let all = since.elapsed();
    let busy = each.iter().map(|(took, _)| took.len() - 1).sum();
    let unanswered = each.iter().map(|(_, unanswered)| unanswered).sum();
    Took { all, each: each.into_iter().flat_map(|(took, _)| took).collect(), busy, unanswered }
}

/// How long each answered request took, the last of which came to its end, and how many were not answered.
fn until_done(address: SocketAddr, bodies: &[Vec<u8>]) -> (Vec<Duration>, usize) {
    let (mut took, mut unanswered) = (Vec::new(), 0);
    for body in bodies {
        let since = Instant::now();
        let Ok(answer) = ask(address, body) else {
            unanswered += 1;
            thread::sleep(PAUSE);
            continue;
        };
        took.push(since.elapsed());
        match end_of(&answer) {
            None => return (took, unanswered),
            Some(Stop { code: StopCode::Busy, retry_ms, .. }) => thread::sleep(Duration::from_millis(retry_ms)),
            Some(stop) => panic!("stopped: {stop:?}"),
        }
    }
    panic!("the server was busy {ATTEMPTS} times");
}

/// HTTP/1.0, so that the answer ends with its connection.
fn ask(address: SocketAddr, body: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "POST /s HTTP/1.0\r\nhost: {address}\r\ncontent-length: {}\r\n\r\n", body.len())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or(io::ErrorKind::InvalidData)?;
    Ok(answer.split_off(head + 4))
}

/// None: the exchange came to its end.
fn end_of(answer: &[u8]) -> Option<Stop> {
    let mut reader = FrameReader::default();
    reader.push(answer);
    loop {
        match reader.next_frame().expect("frames").expect("an end") {
            Frame::Done(_) => return None,
            Frame::Stop(stop) => return Some(stop),
            _ => {}
        }
    }
}

fn tell(what: &str, ops: usize, Took { all, each, busy, unanswered }: &Took) {
    let mut each = each.clone();
    each.sort();
    let at = |part: usize| each[(each.len() * part / 100).min(each.len() - 1)];
    let (rate, p50, p99) = (ops as f64 / all.as_secs_f64(), at(50), at(99));
    println!("{what}: {all:.2?}, {rate:.0} ops/s, a request p50 {p50:.1?} p99 {p99:.1?}");
    println!("told to come again {busy} times, not answered {unanswered} times");
}

fn program() -> Command {
    let example = std::env::current_exe().expect("a path");
    let folder = example.parent().and_then(Path::parent).expect("the example is in a folder of the target");
    Command::new(folder.join("suanpan-province"))
}

/// The server's process. It ends with this value.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(store: &str) -> Self {
        let mut command = program();
        command.args(["serve", "--store", store, "--listen", "127.0.0.1:0"]).env("SUANPAN_LOG", "error");
        let mut child = command.stdout(Stdio::piped()).spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("an address");
        let address = line.trim().strip_prefix("http://").and_then(|address| address.parse().ok());
        Self { child, address: address.expect("an address") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
