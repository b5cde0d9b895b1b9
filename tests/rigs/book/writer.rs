//! A person at work on a real book, for the tests that take the disk or the power away: it edits, imports,
//! takes back and backs up by a seeded lot, and says each thing on its standard output once it was told
//! "saved". What it says is all that a test may believe. Not part of the product.
//!
//! `book-writer work BOOK SEED STEPS`   what it says is described at [`Clerk::say`]
//! `book-writer patient BOOK SEED STEPS`  the same; when the disk is full it says so and waits for a line
//! `book-writer script BOOK`            a fixed day: new book, edits, an import, a backup, an upgrade
//! `book-writer hold BOOK HOLDER`       holds the book until a line comes
//! `book-writer rot BOOK`               fills file, log, journal and backups, says `ready` and waits to be killed
//! `book-writer fixture BOOK`           a small book of this version, and its figures as JSON (tests/fixtures)
//! `book-writer reads BOOK`             saves a few times and counts what was read meanwhile

use chrono::{Days, NaiveDate, NaiveDateTime};
use serde_json::{Value as Json, json};
use std::{
    fmt::Write as _,
    io::Write as _,
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};
use suanpan_model::{
    Change, Op, OpKind,
    op::{GroupKind, OpGroup},
    schema::Schema,
    value::RecordId,
};
use suanpan_store::{Book, NewBook, StoreError, Stored, backup::Totals, log, query::ListQuery};
use uuid::Uuid;

const ACTOR: &str = "王芳";
const ENTITY: &str = "budget_line";
const FIELD: &str = "apply_up";

pub fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<u64>().expect("a number");
    let done = match arguments[1..] {
        ["work", book, seed, steps] => work(Path::new(book), number(seed), number(steps), false),
        ["patient", book, seed, steps] => work(Path::new(book), number(seed), number(steps), true),
        ["script", book] => script(Path::new(book)),
        ["hold", book, holder] => hold(Path::new(book), holder),
        ["fixture", book] => fixture(Path::new(book)),
        ["rot", book] => rot(Path::new(book)),
        ["reads", book] => reads(Path::new(book)),
        _ => panic!("see the head of rigs/book/writer.rs"),
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error {error}"));
            std::process::ExitCode::from(3)
        }
    }
}

fn work(path: &Path, seed: u64, steps: u64, patient: bool) -> Stored<()> {
    let mut clerk = Clerk::new(open_or_create(path, Schema::builtin(), patient)?, seed)?;
    for _ in 0..steps {
        let chance = clerk.below(100);
        let done = patiently(patient, || match chance {
            0..50 => clerk.edit(),
            50..75 => clerk.create(1),
            75..82 => clerk.take_back(false),
            82..86 => clerk.take_back(true),
            86..94 => clerk.create(60),
            94..97 => clerk.create(1200),
            _ => clerk.back_up(),
        });
        match done {
            Ok(()) | Err(StoreError::NothingTo(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A day in which everything happens once, with little enough for every one of its writes to be cut.
fn script(path: &Path) -> Stored<()> {
    let mut clerk = Clerk::new(open_or_create(path, older_schema(), false)?, 1)?;
    for _ in 0..6 {
        clerk.create(1)?;
        clerk.edit()?;
    }
    clerk.create(8)?;
    clerk.take_back(false)?;
    clerk.take_back(true)?;
    clerk.back_up()?;
    clerk.edit()?;
    drop(clerk);
    // The next program knows one more field: its column is added by opening.
    let mut clerk = Clerk::new(Book::open(path, Schema::builtin(), ACTOR)?, 2)?;
    for _ in 0..6 {
        clerk.edit()?;
    }
    clerk.back_up()?;
    clerk.create(1000)?;
    // Enough that the write-ahead log is brought into the file.
    clerk.create(1000)?;
    clerk.edit()
}

/// Some of the book in the file, some only in the log, long texts that need pages of their own, two backups.
fn rot(path: &Path) -> Stored<()> {
    let mut clerk = Clerk::new(open_or_create(path, Schema::builtin(), false)?, 1)?;
    clerk.create(300)?;
    clerk.projects(12)?;
    clerk.back_up()?;
    for _ in 0..20 {
        clerk.edit()?;
    }
    clerk.back_up()?;
    drop(clerk);
    let mut clerk = Clerk::new(Book::open(path, Schema::builtin(), ACTOR)?, 2)?;
    clerk.create(60)?;
    clerk.projects(4)?;
    for _ in 0..30 {
        clerk.edit()?;
    }
    say("ready");
    wait_for_a_line();
    Ok(())
}

/// A book small enough to be kept in the repository: the entities that its figures need, the other tables come
/// with opening.
fn fixture(path: &Path) -> Stored<()> {
    let now = Schema::builtin();
    let kept = now.entities().iter().filter(|def| ["agency", "allotment", ENTITY].contains(&def.entity.as_str()));
    let few = Schema::new(kept.map(|def| def.as_ref().clone()).collect(), now.codes.clone());
    let new = NewBook {
        division: "410823000",
        year: 2026,
        name: "武陟县",
        created_at_ms: 1_767_196_800_000,
        book_id: Uuid::from_u128(1),
    };
    let mut clerk = Clerk::new(Book::create(path, &new, few, ACTOR)?, 1)?;
    clerk.create(40)?;
    for _ in 0..10 {
        clerk.edit()?;
    }
    clerk.take_back(false)?;
    let totals = clerk.book.read(|connection| Totals::of(connection, &clerk.book.schema()))?;
    let figures: serde_json::Map<_, _> = totals
        .entities
        .into_iter()
        .map(|(entity, count, sums)| (entity, json!({"count": count, "sums": sums})))
        .collect();
    say(&json!({"batches": totals.head.0, "entities": figures}).to_string());
    Ok(())
}

/// The documents of this program without one field.
fn older_schema() -> Schema {
    let now = Schema::builtin();
    let without = |def: &std::sync::Arc<suanpan_model::EntityDef>| {
        let mut def = def.as_ref().clone();
        def.fields.retain(|field| (def.entity.as_str(), field.name.as_str()) != (ENTITY, "remark"));
        def
    };
    Schema::new(now.entities().iter().map(without).collect(), now.codes)
}

fn hold(path: &Path, holder: &str) -> Stored<()> {
    let book = Book::open(path, Schema::builtin(), holder)?;
    say("open");
    wait_for_a_line();
    drop(book);
    Ok(())
}

/// Reads of another thread that began and ended between the start and the end of each save.
fn reads(path: &Path) -> Stored<()> {
    let mut clerk = Clerk::new(open_or_create(path, Schema::builtin(), false)?, 1)?;
    clerk.create(20)?;
    let (count, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let query = ListQuery { entity: ENTITY.into(), ..Default::default() };
    let steps = clerk.plan(3);
    let book = &clerk.book;
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| -> Stored<()> {
            while !stop.load(Ordering::Acquire) {
                let view = book.view(&query, None)?;
                assert_eq!(book.window(ENTITY, &view)?.len(), view.len());
                count.fetch_add(1, Ordering::AcqRel);
            }
            Ok(())
        });
        for group in steps {
            let before = count.load(Ordering::Acquire);
            book.apply(group)?;
            say(&format!("reads {}", count.load(Ordering::Acquire) - before));
        }
        stop.store(true, Ordering::Release);
        reader.join().expect("the reader does not panic")
    })
}

fn open_or_create(path: &Path, schema: Schema, patient: bool) -> Stored<Book> {
    patiently(patient, || {
        if path.exists() {
            return Book::open(path, schema.clone(), ACTOR);
        }
        let new = NewBook {
            division: "410823000",
            year: 2026,
            name: "武陟县",
            created_at_ms: 1,
            book_id: Uuid::from_u128(1),
        };
        Book::create(path, &new, schema.clone(), ACTOR)
    })
    .inspect(|_| say("open"))
}

/// Does it again after each line of the test, as long as the disk is full.
fn patiently<T>(patient: bool, mut work: impl FnMut() -> Stored<T>) -> Stored<T> {
    loop {
        match work() {
            Err(error @ StoreError::Io { full: true, .. }) if patient => {
                say(&format!("full {error}"));
                wait_for_a_line();
            }
            done => return done,
        }
    }
}

struct Clerk {
    book: Book,
    lot: u64,
    /// Lines that are there, with their amounts, as far as this clerk knows.
    lines: Vec<(RecordId, Option<i64>)>,
    day: NaiveDateTime,
}

impl Clerk {
    fn new(book: Book, seed: u64) -> Stored<Self> {
        let head = book.read(log::head)?.0;
        let mut clerk = Self { book, lot: seed ^ (head.unsigned_abs() << 32), lines: Vec::new(), day: first_day(head) };
        clerk.look()?;
        Ok(clerk)
    }

    fn look(&mut self) -> Stored<()> {
        let def = self.book.schema().entity(ENTITY).cloned().expect("a built-in entity");
        let at = def.index(FIELD).expect("a built-in field");
        let mut lines = Vec::new();
        self.book.each_stored(&ListQuery { entity: ENTITY.into(), ..Default::default() }, &mut |record| {
            lines.push((record.id, record.values[at].as_money_or_none().map(|money| money.fen())));
            Ok(true)
        })?;
        self.lines = lines;
        Ok(())
    }

    fn create(&mut self, count: usize) -> Stored<()> {
        let made: Vec<_> = (0..count).map(|_| (self.id(), self.below(1_000_000) as i64)).collect();
        let create = |&(id, fen): &(RecordId, i64)| {
            let Json::Object(fields) = json!({FIELD: fen, "apply_link": "1"}) else { unreachable!() };
            (id, OpKind::Create { division: "410823000".into(), fiscal_year: 2026, fields })
        };
        let group = self.group(&format!("导入 {count} 行"), made.iter().map(create).collect());
        self.book.apply(group)?;
        self.lines.extend(made.iter().map(|&(id, fen)| (id, Some(fen))));
        self.say(&made.into_iter().map(|(id, fen)| (id, Some(fen))).collect::<Vec<_>>())
    }

    /// Projects whose description needs more than one page.
    fn projects(&mut self, count: usize) -> Stored<()> {
        let ops = (0..count).map(|number| {
            let fields = json!({
                "pro_code": format!("4108230026{:06}", self.below(1_000_000)),
                "pro_name": format!("农村公路养护 {number}"),
                "pro_total_amt": number * 1_000_000,
                "pro_desc": "沿线村庄道路破损，雨季通行困难。".repeat(200),
            });
            let Json::Object(fields) = fields else { unreachable!() };
            let kind = OpKind::Create { division: "410823000".into(), fiscal_year: 2026, fields };
            Op { id: self.id(), entity: "project".into(), record: self.id(), kind }
        });
        let ops = ops.collect();
        let group = OpGroup { ops, ..self.group("新增项目", Vec::new()) };
        self.book.apply(group)?;
        self.say(&[])
    }

    fn edit(&mut self) -> Stored<()> {
        let Some(group) = self.plan(1).pop() else { return self.create(1) };
        let (id, to) = changed(&group);
        self.book.apply(group)?;
        if let Some(line) = self.lines.iter_mut().find(|line| line.0 == id) {
            line.1 = Some(to);
        }
        self.say(&[(id, Some(to))])
    }

    /// Edits of different lines, not yet applied.
    fn plan(&mut self, count: usize) -> Vec<OpGroup> {
        let from = self.below(self.lines.len().max(1) as u64) as usize;
        let lines: Vec<_> = self.lines.iter().cycle().skip(from).take(count.min(self.lines.len())).copied().collect();
        lines
            .into_iter()
            .map(|(id, from)| {
                let to = self.below(1_000_000) as i64;
                let changes = vec![Change { field: FIELD.into(), from: json!(from), to: json!(to) }];
                self.group("修改金额", vec![(id, OpKind::Edit { seen: 1, changes })])
            })
            .collect()
    }

    fn take_back(&mut self, again: bool) -> Stored<()> {
        let ids: Vec<_> = (0..1300).map(|_| self.id()).collect();
        let next = std::cell::Cell::new(0);
        let new_id = || ids[next.replace(next.get() + 1) % ids.len()];
        match again {
            false => self.book.undo(ACTOR, 2, &new_id)?,
            true => self.book.redo(ACTOR, 2, &new_id)?,
        };
        self.look()?;
        self.say(&[])
    }

    fn back_up(&mut self) -> Stored<()> {
        self.day = self.day + Days::new(1);
        self.book.back_up(self.day, &mut |_, _| true)?;
        self.say(&[])
    }

    /// `kept SEQ HASH record=fen …`: the log holds batch SEQ with this hash, the lines hold these amounts.
    fn say(&self, lines: &[(RecordId, Option<i64>)]) -> Stored<()> {
        let (seq, hash) = self.book.read(log::head)?;
        let mut text = format!("kept {seq} ");
        hash.iter().for_each(|byte| write!(text, "{byte:02x}").expect("text can be written to"));
        for (id, fen) in lines {
            let fen = fen.map_or_else(|| "-".into(), |fen| fen.to_string());
            write!(text, " {id}={fen}").expect("text can be written to");
        }
        say(&text);
        Ok(())
    }

    fn group(&mut self, label: &str, ops: Vec<(RecordId, OpKind)>) -> OpGroup {
        let op = |(record, kind)| Op { id: self.id(), entity: ENTITY.into(), record, kind };
        let ops = ops.into_iter().map(op).collect();
        OpGroup { id: self.id(), actor: ACTOR.into(), at_ms: 2, label: label.into(), kind: GroupKind::Do, ops }
    }

    fn id(&mut self) -> Uuid {
        Uuid::from_u128(u128::from(self.next()) << 64 | u128::from(self.next()))
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn next(&mut self) -> u64 {
        self.lot = self.lot.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.lot;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn changed(group: &OpGroup) -> (RecordId, i64) {
    let op = &group.ops[0];
    let OpKind::Edit { changes, .. } = &op.kind else { unreachable!("plan makes edits") };
    (op.record, changes[0].to.as_i64().expect("an amount"))
}

fn first_day(head: i64) -> NaiveDateTime {
    let day = NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date") + Days::new(head.unsigned_abs() % 3000);
    day.and_hms_opt(17, 0, 0).expect("a time")
}

/// In one write, so that a test never reads half of it.
fn say(text: &str) {
    std::io::stdout().write_all(format!("{text}\n").as_bytes()).expect("the test reads");
    std::io::stdout().flush().expect("the test reads");
}

fn wait_for_a_line() {
    std::io::stdin().read_line(&mut String::new()).expect("the test answers");
}
