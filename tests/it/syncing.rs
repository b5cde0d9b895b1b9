//! The finished programs agree: desks and a server as processes, a weak link between them that is cut anywhere, every
//! process killed at any moment. At the end all ledgers are equal, and everything typed is there exactly once.

use crate::support::province::{Desk, Province, Server, linked};
use serde_json::json;
use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    process::Stdio,
    time::Duration,
};
use suanpan_testkit::{
    pg::{Options, Postgres},
    weak_link::{Cut, Shape, WeakLink},
};

const COUNTY: &str = "410823000";

/// Numbers by lot, the same in every run.
struct Lot(u64);

impl Lot {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

#[test]
fn two_desks_and_a_province_in_a_file_agree_and_a_dispute_reaches_both() {
    let province = Province::in_file();
    let server = province.serve();
    let (one, two) = (Desk::new("卓玛", COUNTY), Desk::new("李会计", COUNTY));
    one.done(&["new", "BOOK", "agency", "agency_code=101001", "agency_name=县政府办公室"]);
    for desk in [&one, &two] {
        desk.enrol(&province, COUNTY, &server.url());
        desk.done(&["sync", "BOOK"]);
    }
    assert_eq!(one.list("agency"), two.list("agency"));
    one.done(&["new", "BOOK", "project", "pro_name=柳河桥", "pro_total_amt=1000"]);
    one.done(&["sync", "BOOK"]);
    two.done(&["sync", "BOOK"]);
    let project = two.done(&["list", "BOOK", "project"])["records"][0]["id"].as_str().unwrap().to_owned();
    one.done(&["set", "BOOK", "project", &project, "pro_total_amt=1200"]);
    two.done(&["set", "BOOK", "project", &project, "pro_total_amt=1500"]);
    let first = one.done(&["sync", "BOOK"]);
    assert_eq!((first["disputed"].clone(), first["refused"].clone()), (json!(0), json!(0)));
    assert_eq!(two.done(&["sync", "BOOK"])["disputed"], json!(1));
    one.done(&["sync", "BOOK"]);
    assert_eq!(one.list("project"), two.list("project"));
    assert!(one.list("project")[0].contains("120000"), "{:?}", one.list("project"));
    assert_eq!(one.list("conflict_case"), two.list("conflict_case"));
    assert_eq!(one.done(&["status", "BOOK"])["open_cases"], json!(1));
    province.is_in_order();
}

#[test]
fn who_waits_for_a_sync_that_the_province_puts_off_is_told_why_and_for_how_long() {
    let province = Province::in_file();
    let server = province.serve_at_most(1);
    let desk = Desk::new("卓玛", COUNTY);
    desk.enrol(&province, COUNTY, &server.url());
    desk.done(&["sync", "BOOK"]);
    let mut command = desk.command(&["sync", "BOOK", "--json"]);
    let mut waiting = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = String::new();
    BufReader::new(waiting.stderr.take().unwrap()).read_line(&mut told).unwrap();
    waiting.kill().unwrap();
    waiting.wait().unwrap();
    let wait = told.strip_prefix("本机同步过于频繁，稍后自动重试（").and_then(|rest| rest.strip_suffix(" 秒后）\n"));
    assert!(wait.is_some_and(|seconds| seconds.parse::<u8>().is_ok_and(|seconds| seconds > 0)), "{told}");
}

/// What may happen in one round.
#[derive(Debug, Clone, Copy)]
enum Blow {
    CutUp(u64),
    CutDown(u64),
    KillDesk(u64),
    KillServer(u64),
    KillDatabase(u64),
    Nothing,
}

impl Blow {
    fn by(lot: &mut Lot, database: bool) -> Self {
        match lot.below(if database { 7 } else { 6 }) {
            0 => Self::CutUp(lot.below(1_500)),
            1 => Self::CutDown(lot.below(1_500)),
            2 | 3 => Self::KillDesk(lot.below(120)),
            4 => Self::KillServer(lot.below(120)),
            5 => Self::Nothing,
            _ => Self::KillDatabase(lot.below(120)),
        }
    }
}

/// The parties of one run, and what has been typed.
struct Field {
    province: Province,
    database: Option<Postgres>,
    server: Server,
    link: WeakLink,
    desks: [Desk; 2],
    typed: BTreeSet<String>,
}

impl Field {
    fn new(province: Province, database: Option<Postgres>) -> Self {
        let server = province.serve();
        let link = linked(&server);
        let desks = [Desk::new("卓玛", COUNTY), Desk::new("李会计", COUNTY)];
        for desk in &desks {
            desk.enrol(&province, COUNTY, &format!("http://{}", link.addr()));
        }
        Self { province, database, server, link, desks, typed: BTreeSet::new() }
    }

    /// Types something on one desk, then syncs it while the blow falls.
    fn round(&mut self, number: u64, blow: Blow) {
        let desk = (number % 2) as usize;
        let name = format!("第 {number} 轮的项目");
        let fields = [format!("pro_name={name}"), format!("pro_total_amt={number}.05")];
        self.desks[desk].done(&["new", "BOOK", "project", &fields[0], &fields[1]]);
        self.typed.insert(name);
        match blow {
            Blow::CutUp(bytes) => self.link.set_shape(Shape::FREE.cut(Cut::up(bytes))),
            Blow::CutDown(bytes) => self.link.set_shape(Shape::FREE.cut(Cut::down(bytes))),
            _ => {}
        }
        let mut command = self.desks[desk].command(&["sync", "BOOK"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // The moment itself: wherever the parties are by then. No result depends on how long this takes.
        match blow {
            Blow::KillDesk(ms) => {
                std::thread::sleep(Duration::from_millis(ms));
                child.kill().unwrap();
            }
            Blow::KillServer(ms) => {
                std::thread::sleep(Duration::from_millis(ms));
                self.restart_server();
            }
            Blow::KillDatabase(ms) => {
                std::thread::sleep(Duration::from_millis(ms));
                let database = self.database.as_ref().unwrap();
                database.kill9();
                database.restart();
            }
            Blow::CutUp(_) | Blow::CutDown(_) | Blow::Nothing => {}
        }
        child.wait().unwrap();
        self.link.set_shape(Shape::FREE);
    }

    fn restart_server(&mut self) {
        self.server.kill();
        self.server = self.province.serve();
        self.link.set_upstream(self.server.address);
    }

    /// All blows are over: everything typed is on both desks exactly once, and the province's books are in order.
    fn judge(mut self) {
        self.restart_server();
        for desk in [0, 1, 0] {
            self.desks[desk].done(&["sync", "BOOK"]);
        }
        let [one, two] = [self.desks[0].list("project"), self.desks[1].list("project")];
        assert_eq!(one, two);
        assert_eq!(one.len(), self.typed.len(), "something was lost or doubled");
        for name in &self.typed {
            assert!(one.iter().any(|row| row.contains(&format!("\"{name}\""))), "{name} is lost");
        }
        for desk in &self.desks {
            let status = desk.done(&["status", "BOOK"]);
            assert_eq!((&status["unsettled_ops"], &status["tray"]), (&json!(0), &json!(0)));
            desk.done(&["verify", "BOOK"]);
        }
        self.province.is_in_order();
    }
}

#[test]
fn a_hundred_and_fifty_rounds_of_cuts_and_kills_with_the_province_in_a_file_lose_nothing() {
    let mut field = Field::new(Province::in_file(), None);
    let mut lot = Lot(20_261_126);
    for number in 0..150 {
        let blow = Blow::by(&mut lot, false);
        field.round(number, blow);
    }
    field.judge();
}

#[test]
fn fifty_rounds_of_cuts_and_kills_with_the_province_in_postgresql_lose_nothing() {
    let database = Postgres::start_with(Options { durable: true });
    let province = Province::in_database(database.create_database("province"));
    let mut field = Field::new(province, Some(database));
    let mut lot = Lot(20_261_127);
    for number in 0..50 {
        let blow = Blow::by(&mut lot, true);
        field.round(number, blow);
    }
    field.judge();
}

#[test]
fn a_book_from_before_there_was_sync_opens_and_agrees_and_published_codes_reach_it() {
    let province = Province::in_file();
    province.admin(&["publish-codes"]);
    let server = province.serve();
    let fixture = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/0.1.0.book");
    let old = Desk::with_book("卓玛", &fixture);
    let scope = old.done(&["info", "BOOK"])["info"]["division"].as_str().unwrap().to_owned();
    let before: Vec<Vec<String>> = KEPT.iter().map(|entity| old.list(entity)).collect();
    assert!(before.iter().any(|rows| !rows.is_empty()), "the old book holds something");
    let new = Desk::new("李会计", &scope);
    for desk in [&old, &new] {
        desk.enrol(&province, &scope, &server.url());
        desk.done(&["sync", "BOOK"]);
    }
    for (entity, rows) in KEPT.iter().zip(before) {
        assert_eq!(old.list(entity), rows, "{entity} of the old book");
        assert_eq!(new.list(entity), rows, "{entity} of the new one");
    }
    assert_eq!(old.done(&["status", "BOOK"])["unsettled_ops"], json!(0));
    assert_eq!(old.list("code_item"), new.list("code_item"));
    province.is_in_order();
}

/// What the book of version 0.1.0 was made with.
const KEPT: &[&str] = &["agency", "project", "budget_line"];
