//! A snapshot over a link that breaks in the middle of a chunk: what has come is not asked for again.
#![allow(clippy::unwrap_used)]

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};
use suanpan_desk::sync::driver::Speaker;
use suanpan_model::schema::Schema;
use suanpan_store::{
    Book, NewBook,
    sync::{Enrolled, SyncBook},
};
use suanpan_sync::{
    client::store::Book as _,
    codec::snapshot::{SnapshotRecord, cut_records},
    scope::{DeviceId, Scope},
};
use uuid::Uuid;

const TOWN: &str = "410882101";

/// A province that answers one scope's snapshot and breaks every connection after `budget` bytes of chunks.
struct Province {
    chunks: Vec<Vec<u8>>,
    budget: usize,
    /// Bytes of chunks that went out.
    sent: Arc<Mutex<usize>>,
}

impl Province {
    fn start(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || listener.incoming().for_each(|stream| self.serve(stream.unwrap())));
        address
    }

    fn serve(&self, stream: TcpStream) {
        let mut left = self.budget;
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut stream = stream;
        loop {
            let head: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let Some(path) = head.first().and_then(|line| line.split(' ').nth(1)) else { return };
            let Some(hash) = path.strip_prefix("/chunk/") else {
                let hashes: Vec<String> = self.chunks.iter().map(|chunk| hash_of(chunk)).collect();
                let manifest = serde_json::json!({"seq": 7, "hash": "07".repeat(32), "server_ms": 9, "chunks": hashes});
                answer(&mut stream, "200 OK", manifest.to_string().len(), manifest.to_string().as_bytes());
                continue;
            };
            let chunk = self.chunks.iter().find(|chunk| hash_of(chunk) == hash).unwrap();
            let range = head.iter().find_map(|line| line.strip_prefix("range: bytes=")?.strip_suffix('-'));
            let rest = &chunk[range.map_or(0, |from| from.parse().unwrap())..];
            let goes = &rest[..rest.len().min(left)];
            *self.sent.lock().unwrap() += goes.len();
            left -= goes.len();
            answer(&mut stream, if range.is_some() { "206 Partial Content" } else { "200 OK" }, rest.len(), goes);
            if goes.len() < rest.len() {
                return;
            }
        }
    }
}

fn answer(stream: &mut TcpStream, status: &str, length: usize, body: &[u8]) {
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
}

fn hash_of(chunk: &[u8]) -> String {
    blake3::hash(chunk).to_hex().to_string()
}

fn records() -> Vec<SnapshotRecord> {
    let record = |number: u128| SnapshotRecord {
        entity: "project".into(),
        id: Uuid::from_u128(number + 1),
        division: TOWN.into(),
        fiscal_year: 2027,
        version: 1,
        deleted: false,
        fields: serde_json::Map::from_iter([("pro_name".to_owned(), hash_of(&number.to_le_bytes()).into())]),
    };
    (0..300).map(record).collect()
}

#[test]
fn a_snapshot_goes_on_where_the_link_broke() {
    let folder = tempfile::tempdir().unwrap();
    let new = NewBook { division: TOWN, year: 2027, name: "试", created_at_ms: 1, book_id: Uuid::from_u128(1) };
    let book = Arc::new(Book::create(&folder.path().join("试.book"), &new, Schema::builtin(), "测试").unwrap());
    let chunks = cut_records(&records(), 4 << 10);
    let all: usize = chunks.iter().map(Vec::len).sum();
    let budget = 3_000;
    assert!(chunks[0].len() > budget, "the link breaks in the middle of a chunk");
    let sent = Arc::new(Mutex::new(0));
    let scope = Scope::of(TOWN).unwrap();
    let enrolled = Enrolled {
        device: DeviceId(1),
        secret: [1; 32],
        name: "试".into(),
        server: Province { chunks, budget, sent: sent.clone() }.start(),
        province: vec![0; 64],
        scopes: vec![scope],
    };
    book.enrol(&enrolled, 0).unwrap();

    let mut speaker = Speaker::new(Box::new(|| 0)).unwrap();
    let attempts = (1..100).find(|_| speaker.refresh(&book, &enrolled, scope).is_ok()).expect("it gets there");
    assert!(attempts > 2, "the link broke on the way");
    assert_eq!(*sent.lock().unwrap(), all, "every byte of the snapshot came once");
    let mut held = 0;
    SyncBook(book)
        .transaction(&mut |desk| {
            held = desk.records_of(scope)?.len();
            Ok(())
        })
        .unwrap();
    assert_eq!(held, records().len());
}
