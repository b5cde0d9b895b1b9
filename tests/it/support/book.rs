//! A book after something happened to it, judged by what its writer had said (rigs/book/writer.rs). The
//! judge believes the writer's standard output and nothing else. Start at [`judge`].

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use suanpan_model::{schema::Schema, value::RecordId};
use suanpan_store::{Book, StoreError, log, query::ListQuery, verify::Part};

/// The documents of this program, read once.
pub static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::builtin);

pub fn writer(arguments: &[&str], book: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_book-writer"));
    command.arg(arguments[0]).arg(book).args(&arguments[1..]);
    command
}

/// What is wrong with a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It does not open, or it is not whole.
    Corrupt(String),
    /// Something that was said to be saved is not there.
    Lost(String),
    /// A part of a group is there.
    Half(String),
}

/// What a writer said: the newest batch and the amounts.
#[derive(Debug, Default, Clone)]
pub struct Promises {
    /// The book was there.
    pub opened: bool,
    pub newest: Option<(i64, String)>,
    pub amounts: HashMap<RecordId, i64>,
}

impl Promises {
    /// After a judgement: what was saved and not yet said when the program was stopped counts from now on.
    pub fn settle(&mut self, book: &Book) {
        let (seq, hash) = book.read(log::head).expect("whole");
        self.newest = (seq > 0).then(|| (seq, hex(&hash)));
        self.amounts = amounts_in(book).expect("whole");
    }

    pub fn hear(&mut self, line: &str) {
        let mut words = line.split(' ');
        match words.next() {
            Some("open") => self.opened = true,
            Some("kept") => {
                let seq = words.next().and_then(|word| word.parse().ok()).expect("kept SEQ HASH");
                self.newest = Some((seq, words.next().expect("kept SEQ HASH").to_owned()));
                for (id, fen) in words.filter_map(|word| word.split_once('=')) {
                    self.amounts.insert(id.parse().expect("an id"), fen.parse().expect("an amount"));
                }
            }
            _ => {}
        }
    }
}

/// Opens the book, and compares it with what was said.
pub fn judge(path: &Path, promises: &Promises) -> Result<Book, Fault> {
    let book = Book::open(path, SCHEMA.clone(), "检查").map_err(|error| Fault::Corrupt(error.to_string()))?;
    let report = book.verify(&mut |_, _, _| true).map_err(|error| Fault::Corrupt(error.to_string()))?;
    // Of a checkpoint that was cut short, half pages may stand in the file: the log holds them whole.
    if report.stopped || report.problems.iter().any(|problem| problem.part != Part::CoveredPages) {
        return Err(Fault::Corrupt(report.lines().join("；")));
    }
    half_group(&book)?;
    let said_later = kept(&book, promises)?;
    amounts(&book, promises, &said_later)?;
    Ok(book)
}

/// A group's label says how many lines it has.
fn half_group(book: &Book) -> Result<(), Fault> {
    let groups = book.read(|connection| log::groups_before(connection, i64::MAX, usize::MAX >> 1)).expect("whole");
    for group in groups {
        let said = group.label.rsplit_once("导入 ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        if said.is_some_and(|said: usize| said != group.ops) {
            return Err(Fault::Half(format!("{}：{}", group.label, group.ops)));
        }
    }
    Ok(())
}

/// The newest promised batch is in the log, as it was. Gives the records that later batches touch.
fn kept(book: &Book, promises: &Promises) -> Result<HashSet<RecordId>, Fault> {
    let Some((seq, said)) = &promises.newest else { return Ok(every_record(book)) };
    let found = book.read(|connection| log::hash_at(connection, *seq)).expect("whole");
    let found = found.map(|hash| hex(&hash));
    if found.as_ref() != Some(said) {
        return Err(Fault::Lost(format!("第 {seq} 批")));
    }
    let mut later = HashSet::new();
    let each = |batch: log::Batch| {
        later.extend(batch.open()?.ops.iter().map(|op| op.record));
        Ok(true)
    };
    book.read(|connection| log::each_after(connection, *seq, each)).expect("whole");
    Ok(later)
}

fn hex(hash: &log::Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn every_record(book: &Book) -> HashSet<RecordId> {
    amounts_in(book).expect("whole").into_keys().collect()
}

/// Every promised amount is there, unless taken back or changed since by what was not yet said.
fn amounts(book: &Book, promises: &Promises, changed_later: &HashSet<RecordId>) -> Result<(), Fault> {
    let found = amounts_in(book).expect("whole");
    for (id, said) in promises.amounts.iter().filter(|(id, _)| !changed_later.contains(id)) {
        // An undo is promised by its batch alone: the hash of the log stands for the values.
        let history = || book.read(|connection| log::history(connection, *id)).expect("whole");
        if found.get(id) != Some(said) && !history().iter().any(|(group, _)| group.label.contains('：')) {
            return Err(Fault::Lost(format!("{id} 应为 {said} 分，却是 {:?}", found.get(id))));
        }
    }
    Ok(())
}

/// Err when a page that holds an amount is not whole.
pub fn amounts_in(book: &Book) -> Result<HashMap<RecordId, i64>, StoreError> {
    let def = SCHEMA.entity("budget_line").expect("a built-in entity");
    let at = def.index("apply_up").expect("a built-in field");
    let mut found = HashMap::new();
    let query = ListQuery { entity: "budget_line".into(), ..Default::default() };
    book.each_stored(&query, &mut |record| {
        found.extend(record.values[at].as_money_or_none().map(|money| (record.id, money.fen())));
        Ok(true)
    })?;
    Ok(found)
}
