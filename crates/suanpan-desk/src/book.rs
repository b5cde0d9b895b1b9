//! Opening, creating and closing the book on the desk.

use crate::{
    CallError, CallResult, Desk,
    calls::{Done, Nothing},
};
use serde::{Deserialize, Serialize};
use std::{path::Path, sync::Arc};
use suanpan_model::{Op, OpKind, code::division_is_well_formed, op::OpGroup, schema::Schema};
use suanpan_store::{Book, BookInfo, NewBook, StoreError};
use ts_rs::TS;

/// What the header and the status bar show.
#[derive(Debug, Clone, Serialize, TS)]
pub struct BookState {
    /// None: show the start wizard.
    pub info: Option<BookInfo>,
    pub path: String,
    pub actor: String,
    /// Grows with every commit.
    #[ts(type = "number")]
    pub changes: u64,
    /// What Ctrl+Z and Ctrl+Y would do, as the person called it.
    pub undo: Option<String>,
    pub redo: Option<String>,
    /// Batches that opening had to replay because the file had lost them.
    pub replayed: usize,
    /// Why the second copy of the log is behind, if it is.
    pub journal_fault: Option<String>,
    pub program_version: &'static str,
    /// Codes or books of budget changed: the findings shown are to be made again (check_all).
    pub findings_stale: bool,
    /// Number of the newest amendment of the documents; when it grows, they are to be read again.
    #[ts(type = "number")]
    pub amended: i64,
    /// What verifying the whole book in the background found, for people; empty = nothing, or not done yet.
    pub damage: Vec<String>,
    /// Why the book named at start is not open.
    pub start_problem: Option<crate::desk::StartProblem>,
    /// Where this person would look for a new book; empty when the computer does not say.
    pub suggested_folder: String,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct CreateBook {
    pub path: String,
    /// MOF_DIV_CODE, 9 digits.
    pub division: String,
    pub year: i32,
    /// Empty: the division's name.
    #[serde(default)]
    pub name: String,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct OpenBook {
    pub path: String,
}

pub fn state(desk: &Arc<Desk>, _: Nothing) -> CallResult<BookState> {
    let actor = desk.actor().to_owned();
    let program_version = env!("CARGO_PKG_VERSION");
    let Ok(book) = desk.book() else {
        return Ok(BookState {
            info: None,
            path: String::new(),
            actor,
            changes: 0,
            undo: None,
            redo: None,
            replayed: 0,
            journal_fault: None,
            program_version,
            findings_stale: false,
            amended: 0,
            damage: Vec::new(),
            start_problem: desk.start_problem(),
            suggested_folder: suggested_folder(),
        });
    };
    Ok(BookState {
        info: Some(book.info().clone()),
        path: book.path().display().to_string(),
        changes: book.changes(),
        undo: book.undoable(&actor)?.map(|step| step.label),
        redo: book.redoable(&actor)?.map(|step| step.label),
        replayed: book.replayed(),
        journal_fault: book.journal_fault(),
        actor,
        program_version,
        findings_stale: book.findings_are_stale()?,
        amended: book.schema().amended(),
        damage: desk.damage(),
        start_problem: None,
        suggested_folder: suggested_folder(),
    })
}

/// A folder of our own among the person's documents, or in their home where there is no such place.
fn suggested_folder() -> String {
    let Some(home) = std::env::home_dir() else { return String::new() };
    let documents = ["文档", "Documents"].iter().map(|name| home.join(name)).find(|folder| folder.is_dir());
    documents.unwrap_or(home).join("算盘").display().to_string()
}

pub fn create(desk: &Arc<Desk>, request: CreateBook) -> CallResult<BookState> {
    if !division_is_well_formed(&request.division) {
        let message = format!("区划代码“{}”应为 9 位数字，如 410823000（武陟县本级）", request.division);
        return Err(CallError { field: Some("division".into()), ..CallError::bad_request(message) });
    }
    if !(2000..=2100).contains(&request.year) {
        let message = format!("年度“{}”不在 2000–2100 之间", request.year);
        return Err(CallError { field: Some("year".into()), ..CallError::bad_request(message) });
    }
    let schema = Schema::builtin();
    let name = match request.name.trim() {
        "" => schema.codes.name("division", &request.division).to_owned(),
        name => name.to_owned(),
    };
    let new = NewBook {
        division: &request.division,
        year: request.year,
        name: &name,
        created_at_ms: desk.now_ms(),
        book_id: desk.new_id(),
    };
    let path = Path::new(&request.path);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| StoreError::io(format!("建立文件夹“{}”", folder.display()), &error))?;
    }
    let book = Book::create(path, &new, schema, &desk.environment.holder)?;
    begin_with_books_of_budget(desk, &book)?;
    desk.put_book(Some(book));
    state(desk, Nothing {})
}

/// The books of budget every county has; it names its own special ones beside them.
const STARTER_BOOKS: &str = include_str!("../../../schemas/books.json");
/// Not a person: nobody's Ctrl+Z takes the starting records away.
const PROGRAM: &str = "算盘";

fn begin_with_books_of_budget(desk: &Desk, book: &Book) -> CallResult<()> {
    let starters: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_str(STARTER_BOOKS).expect("schemas/books.json is checked by a test");
    let def = crate::rows::entity_def(book, "budget_book")?;
    let (division, fiscal_year) = (book.info().division.as_str(), book.info().year);
    let op = |fields: serde_json::Map<String, serde_json::Value>| Op {
        id: desk.new_id(),
        entity: "budget_book".into(),
        record: starter_id(division, fiscal_year, &fields),
        kind: OpKind::Create {
            division: division.into(),
            fiscal_year,
            fields: crate::edit::with_defaults(&def, fields),
        },
    };
    let ops = starters.into_iter().map(op).collect();
    book.apply(OpGroup { actor: PROGRAM.into(), ops, ..desk.group("新建账套") })?;
    Ok(())
}

/// The same starting record has the same id in every book of a 区划 and year: two desks of one office begin alike, and
/// the province sees one record.
fn starter_id(division: &str, fiscal_year: i32, fields: &serde_json::Map<String, serde_json::Value>) -> uuid::Uuid {
    let code = fields.get("code").and_then(serde_json::Value::as_str).unwrap_or_default();
    let hash = blake3::hash(format!("budget_book {division} {fiscal_year} {code}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

pub fn open(desk: &Arc<Desk>, request: OpenBook) -> CallResult<BookState> {
    // The book that is open now is closed first: reopening the same one must not meet its own lock.
    desk.put_book(None);
    // Whoever looks for its folder, or opens it again from another one, finds it.
    let path = std::path::absolute(&request.path).unwrap_or_else(|_| request.path.into());
    let book = Book::open(&path, Schema::builtin(), &desk.environment.holder)?;
    desk.put_book(Some(book));
    state(desk, Nothing {})
}

pub fn close(desk: &Arc<Desk>, _: Nothing) -> CallResult<Done> {
    desk.put_book(None);
    Ok(Done {})
}
