//! The program as it is run: set up by its subcommands, stopped politely, and two of them before one database of which
//! one is killed.

use crate::support::{
    Desk, Ended, TOWN, Wire,
    process::{Process, printed, run},
};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use suanpan_testkit::{
    pg::Postgres,
    weak_link::{Shape, WeakLink},
};
use tempfile::TempDir;

fn init(store: &str) {
    printed(&["init", "--store", store, "--division", "410000000", "--name", "河南省财政厅"]);
}

/// A province in a file of its own: its folder, its store.
fn province() -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let store = folder.path().join("p.db").display().to_string();
    init(&store);
    (folder, store)
}

fn code(store: &str) -> String {
    printed(&["enrol", "--store", store, "--scope", &TOWN.to_string(), "--name", "城关镇财政所"])
}

#[test]
fn an_administrator_sets_up_a_province_and_a_desk_syncs_with_it() {
    let folder = TempDir::new().unwrap();
    let (store, tls) = (folder.path().join("p.db"), folder.path().join("tls"));
    let (store, tls) = (store.to_str().unwrap(), tls.to_str().unwrap());
    init(store);
    assert!(!run(&["init", "--store", store, "--division", "410000000", "--name", "河南省财政厅"]).status.success());
    assert!(printed(&["publish-codes", "--store", store]).starts_with("已发布代码"));
    let mut server = Process::serve(store, &["--tls-self-signed", tls]);
    assert!(server.pin.is_some());
    let mut desk = Desk::enrol(&mut server.connect(), 1, &code(store));
    desk.project("道路维修");
    desk.sync_all(&mut server.connect());
    let items = desk.book.look(|kept| kept.book.records("code_item").len());
    assert!(items > 1_000, "the published codes have come: {items}");
    assert_eq!(printed(&["verify", "--store", store]), "全部相符");
    assert!(printed(&["report", "--store", store]).contains(&format!("{TOWN}\t1\t1\t1\t")));
    assert_eq!(printed(&["revoke", "--store", store, "1"]), "已撤销设备 1");
    assert!(matches!(desk.exchange(&mut server.connect()), Ended::Stopped(_)));
    server.tell_to_stop();
    assert!(server.wait().success());
}

#[test]
fn a_server_holds_more_connections_than_a_program_may_open_files_when_nothing_was_set() {
    let (_folder, store) = province();
    let server = Process::serve_with_files(64, &store);
    let mut wires: Vec<_> = (0..100).map(|_| server.connect()).collect();
    for wire in &mut wires {
        assert_eq!(wire.get("/healthz", &[]).status, 200);
    }
}

#[test]
fn a_server_that_is_told_to_stop_finishes_what_is_under_way_and_takes_nothing_new() {
    let (_folder, store) = province();
    let mut server = Process::serve(&store, &[]);
    let mut desk = Desk::enrol(&mut server.connect(), 1, &code(&store));
    desk.many(4, 800);
    let (mut wire, mut writes) = (server.connect(), 0);
    let mut goes_on = |_: &[u8]| {
        writes += 1;
        if writes == 2 {
            server.tell_to_stop();
            // The upload goes on only when nobody new is let in any more.
            while Wire::try_connect(server.address, false).is_ok() {
                std::thread::yield_now();
            }
        }
        true
    };
    let (_, ended) = desk.exchange_once(&mut wire, &mut goes_on);
    assert_eq!(ended, Ended::Done);
    assert!(writes > 3, "the upload was long: {writes} writes");
    assert_eq!(desk.unsettled(), 0);
    assert!(server.wait().success());
    assert_eq!(printed(&["verify", "--store", &store]), "全部相符");
}

#[test]
fn one_of_two_servers_on_one_database_is_killed_under_load_and_nothing_is_lost() {
    let store = Postgres::shared().create_database("two_servers");
    init(&store);
    let mut servers = [Process::serve(&store, &[]), Process::serve(&store, &[])];
    let balancer = WeakLink::balance(&[servers[0].address, servers[1].address], Shape::FREE);
    let connect = || Wire::try_connect(balancer.addr(), false);
    let mut desks: Vec<Desk> =
        (1..=6).map(|number| Desk::enrol(&mut connect().unwrap(), number, &code(&store))).collect();
    let (finished, killed, cuts) = (AtomicUsize::new(0), AtomicBool::new(false), AtomicUsize::new(0));
    let typed: Vec<Vec<uuid::Uuid>> = std::thread::scope(|scope| {
        let work = |desk: &mut Desk| {
            let mut typed = Vec::new();
            let mut wire = connect();
            // Until well after the kill, so that every desk has worked before and after it.
            let mut rounds_after = 0;
            while rounds_after < 5 {
                rounds_after += usize::from(killed.load(Ordering::SeqCst));
                typed.extend(desk.many(2, 10));
                while desk.unsettled() > 0 {
                    let ended = wire.as_mut().map(|wire| desk.exchange(wire));
                    if !matches!(ended, Ok(Ended::Done)) {
                        cuts.fetch_add(1, Ordering::SeqCst);
                        wire = connect();
                    }
                }
                finished.fetch_add(1, Ordering::SeqCst);
            }
            typed
        };
        let working: Vec<_> = desks.iter_mut().map(|desk| scope.spawn(move || work(desk))).collect();
        while finished.load(Ordering::SeqCst) < 12 {
            std::thread::yield_now();
        }
        servers[0].kill9();
        killed.store(true, Ordering::SeqCst);
        working.into_iter().map(|working| working.join().unwrap()).collect()
    });
    let mut wire = connect().unwrap();
    for desk in &mut desks {
        desk.sync_all(&mut wire);
        for record in typed.iter().flatten() {
            assert!(desk.field(*record, "pro_name").is_string());
        }
    }
    let groups: usize = typed.iter().map(|typed| typed.len() / 10).sum();
    assert!(cuts.load(Ordering::SeqCst) > 0, "the kill was noticed");
    assert_eq!(printed(&["verify", "--store", &store]), "全部相符");
    assert!(printed(&["report", "--store", &store]).contains(&format!("{TOWN}\t{groups}\t{}\t6\t", groups * 10)));
}
