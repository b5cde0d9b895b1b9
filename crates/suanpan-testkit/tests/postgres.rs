//! The throw-away PostgreSQL does what the tests that stand on it rely on.

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
};
use suanpan_testkit::pg::{Options, Postgres};

#[test]
fn a_database_is_made_filled_and_copied() {
    let cluster = Postgres::shared();
    let url = cluster.create_database("账套一");
    assert_eq!(url, format!("postgres://postgres@127.0.0.1:{}/账套一", cluster.port()));
    cluster.sql("账套一", "CREATE TABLE t (n int, name text); INSERT INTO t VALUES (1, '村道硬化'), (2, '水渠')");
    cluster.copy_database("账套一", "copy");
    assert_eq!(cluster.sql("copy", "SELECT n, name FROM t ORDER BY n"), "1|村道硬化\n2|水渠");
}

#[test]
fn what_was_committed_is_there_after_kill_9_and_restart_on_the_same_port() {
    let cluster = Postgres::start();
    let url = cluster.create_database("book");
    cluster.sql("book", "CREATE TABLE t (n int); INSERT INTO t SELECT generate_series(1, 10000)");
    cluster.kill9();
    assert!(!cluster.is_running());
    cluster.restart();
    assert_eq!(cluster.url("book"), url);
    assert_eq!(cluster.sql("book", "SELECT count(*), sum(n) FROM t"), "10000|50005000");
}

#[test]
fn a_session_at_work_is_killed_with_the_server() {
    let cluster = Postgres::start();
    let (ended, when_ended) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let _ = ended.send(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                cluster.sql("postgres", "CREATE TABLE sleeping (n int); SELECT pg_sleep(600)")
            })));
        });
        let asleep =
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND wait_event = 'PgSleep'";
        while cluster.sql("postgres", asleep) != "1" {}
        cluster.kill9();
        assert!(when_ended.recv().unwrap().is_err(), "the session outlived its server");
    });
}

#[test]
fn a_durable_cluster_syncs_and_a_swift_one_does_not() {
    let durable = Postgres::start_with(Options { durable: true });
    assert_eq!(durable.sql("postgres", "SHOW fsync"), "on");
    assert_eq!(durable.sql("postgres", "SHOW synchronous_commit"), "on");
    assert_eq!(Postgres::shared().sql("postgres", "SHOW fsync"), "off");
}

#[test]
#[should_panic(expected = "syntax error")]
fn a_refused_statement_panics_with_the_servers_words() {
    Postgres::shared().sql("postgres", "SELEKT 1");
}

#[test]
fn a_restart_ends_sessions_and_keeps_data() {
    let cluster = Postgres::start();
    cluster.sql("postgres", "CREATE TABLE t (n int)");
    cluster.restart();
    assert_eq!(cluster.sql("postgres", "SELECT count(*) FROM t"), "0");
}

#[test]
fn nothing_is_left_of_a_dropped_cluster() {
    let cluster = Postgres::start();
    let folder = cluster.sql("postgres", "SHOW data_directory");
    assert!(Path::new(&folder).exists());
    drop(cluster);
    assert!(!Path::new(&folder).parent().unwrap().exists());
    assert_eq!(servers_in(&folder), 0);
}

/// Plays the test process that is killed: starts a cluster, says where, and waits. Does nothing but when asked.
#[test]
fn a_cluster_is_swept_away_when_its_test_process_is_killed() {
    const ROLE: &str = "SUANPAN_TESTKIT_VICTIM";
    if std::env::var_os(ROLE).is_some() {
        println!("folder={}", Postgres::shared().sql("postgres", "SHOW data_directory"));
        thread::park();
    }
    let mut victim = Command::new(std::env::current_exe().unwrap());
    victim.args(["--exact", "a_cluster_is_swept_away_when_its_test_process_is_killed", "--nocapture"]);
    let mut victim = victim.env(ROLE, "1").stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = std::io::BufRead::lines(std::io::BufReader::new(victim.stdout.take().unwrap()));
    let mut folders = lines.map_while(Result::ok).filter_map(|line| Some(line.split_once("folder=")?.1.to_owned()));
    let folder = folders.next().expect("the victim says where its cluster is");
    assert!(servers_in(&folder) > 0);
    victim.kill().unwrap();
    victim.wait().unwrap();
    while Path::new(&folder).parent().unwrap().exists() {
        thread::yield_now();
    }
    assert_eq!(servers_in(&folder), 0);
}

/// Processes that work in a cluster's data folder.
fn servers_in(folder: &str) -> usize {
    let processes = std::fs::read_dir("/proc").expect("/proc is there").flatten();
    let folders = processes.filter_map(|process| std::fs::read_link(process.path().join("cwd")).ok());
    folders.filter(|work| work == Path::new(folder)).count()
}
