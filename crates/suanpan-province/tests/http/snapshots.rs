//! A scope whole, and leases: the requests that are signed in their headers.

use crate::support::{DIVISION, Desk, JSON, Running, SECRET, TOWN, hex, start};
use suanpan_sync::{
    codec::{Limits, snapshot::unpack_records},
    keys::{SecretKeys, verify},
};

const SNAPSHOT: &str = "suanpan snapshot";

fn manifest(server: &Running, desk: &mut Desk) -> serde_json::Value {
    let headers = desk.signed(SNAPSHOT, &TOWN.to_string());
    let reply = server.connect().get(&format!("/snapshot/{TOWN}"), &headers);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

fn chunks(manifest: &serde_json::Value) -> Vec<String> {
    manifest["chunks"].as_array().unwrap().iter().map(|chunk| chunk.as_str().unwrap().to_owned()).collect()
}

fn filled(server: &Running, groups: usize, each: usize) -> (Desk, Vec<uuid::Uuid>) {
    let mut desk = server.desk(1);
    let records = desk.many(groups, each);
    desk.sync_all(&mut server.connect());
    (desk, records)
}

#[test]
fn a_snapshot_holds_every_record_and_the_province_stands_for_it() {
    let server = start();
    let (mut desk, records) = filled(&server, 3, 50);
    let manifest = manifest(&server, &mut desk);
    let head = server.store.read(&mut |store| store.head(TOWN)).unwrap();
    assert_eq!((manifest["seq"].as_u64(), manifest["hash"].as_str()), (Some(head.seq), Some(&*hex(&head.hash))));
    let (mut found, mut wire) = (Vec::new(), server.connect());
    for (number, chunk) in chunks(&manifest).iter().enumerate() {
        let reply = wire.get(&format!("/chunk/{chunk}"), &[]);
        assert_eq!(reply.header("cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(*blake3::hash(&reply.body).to_hex(), **chunk);
        assert_eq!(manifest["bytes"][number].as_u64(), Some(reply.body.len() as u64));
        found.extend(unpack_records(&reply.body, &Limits::default()).unwrap());
    }
    let mut ids: Vec<_> = found.iter().map(|record| record.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, records);
    let text = |name: &str| manifest[name].to_string().replace('"', "");
    let signed = [&TOWN.to_string(), &text("seq"), &text("hash"), &text("server_ms")].map(String::as_str).join(" ");
    let signed = format!("{signed} {}", chunks(&manifest).join(" "));
    let signature = manifest["signature"].as_str().unwrap();
    let signature: Vec<u8> =
        (0..128).step_by(2).map(|at| u8::from_str_radix(&signature[at..at + 2], 16).unwrap()).collect();
    let province = SecretKeys::from_seed(SECRET).public().verify;
    assert!(verify(&province, "suanpan snapshot manifest", &[signed.as_bytes()], &signature.try_into().unwrap()));
}

#[test]
fn a_chunk_that_was_cut_goes_on_where_it_was() {
    let server = start();
    let (mut desk, _) = filled(&server, 2, 200);
    let chunk = chunks(&manifest(&server, &mut desk)).remove(0);
    let (path, mut wire) = (format!("/chunk/{chunk}"), server.connect());
    let whole = wire.get(&path, &[]).body;
    let half = whole.len() / 2;
    let rest = wire.get(&path, &[("range", format!("bytes={half}-"))]);
    assert_eq!(rest.status, 206);
    assert_eq!(rest.header("content-range"), Some(&*format!("bytes {half}-{}/{}", whole.len() - 1, whole.len())));
    assert_eq!([&whole[..half], &rest.body].concat(), whole);
    assert_eq!(wire.get(&path, &[("range", format!("bytes={}-", whole.len()))]).status, 416);
    assert_eq!(wire.get("/chunk/0000", &[]).status, 404);
}

#[test]
fn a_snapshot_is_prepared_once_and_again_only_when_it_is_old() {
    let server = start();
    let (mut desk, _) = filled(&server, 2, 20);
    let first = manifest(&server, &mut desk);
    desk.project("道路维修");
    desk.sync(&mut server.connect());
    assert_eq!(manifest(&server, &mut desk)["seq"], first["seq"], "the one entry since is pulled");
}

#[test]
fn a_snapshot_is_for_devices_that_read_the_scope_and_for_one_asking_each() {
    let server = start();
    let (mut desk, _) = filled(&server, 1, 1);
    let headers = desk.signed(SNAPSHOT, &TOWN.to_string());
    let (path, mut wire) = (format!("/snapshot/{TOWN}"), server.connect());
    assert_eq!(wire.get(&path, &[]).status, 403);
    assert_eq!(wire.get(&path, &headers).status, 200);
    assert_eq!(wire.get(&path, &headers).status, 403, "the same request again");
    let elsewhere = desk.signed(SNAPSHOT, "410882102");
    assert_eq!(wire.get("/snapshot/410882102", &elsewhere).status, 403);
    let for_another = desk.signed(SNAPSHOT, &DIVISION.to_string());
    assert_eq!(wire.get(&path, &for_another).status, 403, "signed for another scope");
    server.store.revoke(desk.device).unwrap();
    let revoked = desk.signed(SNAPSHOT, &TOWN.to_string());
    assert_eq!(wire.get(&path, &revoked).status, 403);
}

#[test]
fn two_devices_get_blocks_of_codes_that_do_not_meet() {
    let server = start();
    let (mut one, mut two) = (server.desk(1), server.desk(2));
    let lease = |desk: &mut Desk| {
        let asked = serde_json::json!({"scope": TOWN.to_string(), "entity": "project", "field": "pro_code",
            "fiscal_year": 2027, "prefix": "410882101", "width": 21, "count": 100});
        let mut headers = desk.signed("suanpan lease", &format!("{TOWN} project pro_code 2027 410882101 21 100"));
        headers.push((JSON.0, JSON.1.into()));
        let reply = server.connect().post("/lease", &headers, asked.to_string().as_bytes());
        assert_eq!(reply.status, 200, "{}", reply.text());
        let answer = reply.json();
        (answer["first"].as_str().unwrap().to_owned(), answer["last"].as_str().unwrap().to_owned())
    };
    let (first, second) = (lease(&mut one), lease(&mut two));
    assert!(first.0 < first.1 && first.1 < second.0 && second.0 < second.1, "{first:?} {second:?}");
    assert_eq!(first.0.len(), 21);
}
