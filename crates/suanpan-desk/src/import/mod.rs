//! Workbooks in, in four steps: [`read`] (in the cage), [`recognise`] (where the table is and what its
//! columns mean), [`preview`] (what every row would do), [`commit`] (one group of the log). Nothing is
//! written before the last step. What is being imported stays on the desk as a numbered import.
//!
//! How texts and keys meet the book is in [`records`], how a preview is kept in [`spool`].

mod commit;
mod preview;
mod records;
mod spool;

use crate::{
    CallError, CallErrorCode, CallResult, Desk,
    calls::Done,
    jobs::{JobStarted, Progress},
    rows::entity_def,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use suanpan_excel::{
    ErrorKind, ReadError, Workbook, cage,
    recognise::{self, ColumnRole, Layout},
    write::marker::{self, Marker},
};
use suanpan_model::schema::Schema;
use ts_rs::TS;

pub use commit::{CommitImport, Committed, ErrorBook, ErrorBookWritten, commit, error_book};
pub use preview::{ImportRow, ImportRows, ImportRowsRequest, Previewed, StartPreview, preview, rows};
pub use spool::RowAction;

/// Imports kept; the oldest goes first.
const KEPT: usize = 4;
/// Rows of a sheet's beginning that are shown for checking the layout.
const SHOWN_HEAD: usize = 20;

/// The imports of a desk.
#[derive(Default)]
pub struct Imports {
    last: u32,
    open: VecDeque<(u32, Arc<Import>)>,
}

/// One workbook on its way in.
pub(crate) struct Import {
    file_name: String,
    /// One reader at a time: all share the spooled file.
    book: Mutex<Workbook>,
    preview: Mutex<Option<Arc<preview::Preview>>>,
    /// The preview that was committed: its rows in error can still be asked for.
    left_out: Mutex<Option<Arc<preview::Preview>>>,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct ReadWorkbook {
    pub path: String,
    /// What the person calls the file, when `path` is only where it was put.
    #[serde(default)]
    pub file_name: String,
}

/// The result of reading.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ImportFile {
    pub import: u32,
    pub file_name: String,
    /// What the bytes say the file is: xlsx, xls, html …
    pub kind: String,
    pub sheets: Vec<ImportSheet>,
    /// The entity that the workbook names or looks like.
    pub entity: Option<String>,
    /// The fiscal year that an exported workbook names.
    pub fiscal_year: Option<i32>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct ImportSheet {
    /// Place in the workbook, from 0.
    pub sheet: usize,
    pub name: String,
    pub hidden: bool,
    /// Rows that hold something, and of them hidden ones.
    pub rows: u32,
    pub hidden_rows: u32,
    pub hidden_columns: usize,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct RecogniseRequest {
    pub import: u32,
    pub entity: String,
    /// None: the sheet that fits best.
    #[serde(default)]
    pub sheet: Option<usize>,
    /// First and last row of the header, from 0, when the person knows better than we do.
    #[serde(default)]
    pub header: Option<(u32, u32)>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct Recognised {
    pub layout: Layout,
    /// A person confirmed these columns before, for the same header.
    pub remembered: bool,
    /// Required fields that no column brings.
    pub missing: Vec<String>,
    pub head: Vec<HeadRow>,
}

/// A row near the top of the sheet, as it is seen.
#[derive(Debug, Clone, Serialize, TS)]
pub struct HeadRow {
    /// As people count.
    pub sheet_row: u32,
    pub cells: Vec<String>,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct ImportRequest {
    pub import: u32,
}

impl Imports {
    /// Another book comes to the desk: previews speak of records of the one before.
    pub(crate) fn close_all(&mut self) {
        self.open.clear();
    }
}

impl Desk {
    pub(crate) fn import(&self, number: u32) -> CallResult<Arc<Import>> {
        let imports = self.imports.lock().unwrap_or_else(PoisonError::into_inner);
        let found = imports.open.iter().find(|(open, _)| *open == number).map(|(_, import)| import.clone());
        found.ok_or_else(|| CallError::new(CallErrorCode::NotFound, "这次导入已经关闭，请重新选择文件"))
    }

    fn keep_import(&self, import: Import) -> u32 {
        let mut imports = self.imports.lock().unwrap_or_else(PoisonError::into_inner);
        imports.last += 1;
        let number = imports.last;
        imports.open.push_back((number, Arc::new(import)));
        if imports.open.len() > KEPT {
            imports.open.pop_front();
        }
        number
    }
}

/// Job whose result is an [`ImportFile`]. The file is read by a child process.
pub fn read(desk: &Arc<Desk>, request: ReadWorkbook) -> CallResult<JobStarted> {
    let schema = desk.book()?.schema();
    let path = PathBuf::from(&request.path);
    let name = if request.file_name.is_empty() { shown_name(&path) } else { request.file_name };
    let desk_of_job = desk.clone();
    Ok(desk.jobs.start(&format!("读取 {name}"), move |progress| {
        let book = read_caged(&desk_of_job, &path, progress)?;
        let file = describe(&book, &name, &schema);
        let import =
            Import { file_name: name, book: Mutex::new(book), preview: Mutex::default(), left_out: Mutex::default() };
        let number = desk_of_job.keep_import(import);
        to_json(&ImportFile { import: number, ..file })
    }))
}

fn shown_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn read_caged(desk: &Desk, path: &Path, progress: &Progress) -> CallResult<Workbook> {
    let cancel = Arc::new(AtomicBool::new(false));
    let options =
        cage::Options { exe: desk.environment.reader.clone(), cancel: cancel.clone(), ..cage::Options::default() };
    let person = progress.clone();
    let done = &AtomicBool::new(false);
    std::thread::scope(|scope| {
        // Reading reports only when rows arrive; a person may want to stop before that.
        let watcher = scope.spawn(move || {
            while !done.load(Ordering::Relaxed) {
                cancel.store(person.is_stopped(), Ordering::Relaxed);
                std::thread::park_timeout(std::time::Duration::from_millis(50));
            }
        });
        let read = Workbook::read(path, &options, &mut |at| {
            progress.at(at.rows as usize, 0);
        });
        done.store(true, Ordering::Relaxed);
        watcher.thread().unpark();
        read
    })
    .map_err(refused)
}

fn refused(error: ReadError) -> CallError {
    let code = match error.kind {
        ErrorKind::Cancelled => CallErrorCode::Cancelled,
        ErrorKind::Io => CallErrorCode::Io,
        _ => CallErrorCode::Refused,
    };
    CallError::new(code, error.to_string())
}

fn describe(book: &Workbook, name: &str, schema: &Schema) -> ImportFile {
    let marker = Marker::read(book);
    let sheet = |(place, sheet): (usize, &suanpan_excel::Sheet)| ImportSheet {
        sheet: place,
        name: sheet.name.clone(),
        hidden: sheet.hidden,
        rows: sheet.rows,
        hidden_rows: sheet.hidden_rows,
        hidden_columns: sheet.hidden_columns.len(),
    };
    let sheets = book.sheets.iter().enumerate().filter(|(_, sheet)| sheet.name != marker::SHEET).map(sheet).collect();
    let named = marker.as_ref().map(|marker| marker.entity.clone()).filter(|name| schema.entity(name).is_some());
    ImportFile {
        import: 0,
        file_name: name.to_owned(),
        kind: serde_json::to_value(book.kind)
            .ok()
            .and_then(|kind| kind.as_str().map(str::to_owned))
            .unwrap_or_default(),
        sheets,
        entity: named.or_else(|| looks_like(book, schema)),
        fiscal_year: marker.and_then(|marker| marker.fiscal_year.parse().ok()),
    }
}

/// The entity whose fields most of the columns name surely; None when none is clearly meant.
fn looks_like(book: &Workbook, schema: &Schema) -> Option<String> {
    const SURE: u8 = 90;
    let worth = |def: &suanpan_model::EntityDef| {
        let layout = recognise::best(book, def, &schema.codes)?;
        let sure = layout.mapped().filter(|column| column.confidence >= SURE).count();
        let has_key = def.key.first().is_some_and(|key| layout.mapped().any(|column| column.field() == Some(key)));
        (has_key && sure >= 2).then_some(sure)
    };
    let found = schema.entities().iter().filter_map(|def| Some((worth(def)?, def)));
    found.max_by_key(|(sure, _)| *sure).map(|(_, def)| def.entity.clone())
}

pub fn recognise(desk: &Arc<Desk>, request: RecogniseRequest) -> CallResult<Recognised> {
    let book = desk.book()?;
    let schema = book.schema();
    let def = entity_def(&book, &request.entity)?;
    let import = desk.import(request.import)?;
    let workbook = import.book.lock().unwrap_or_else(PoisonError::into_inner);
    if request.sheet.is_some_and(|sheet| sheet >= workbook.sheets.len()) {
        return Err(CallError::bad_request("没有这张工作表"));
    }
    let layout = match (request.sheet, request.header) {
        (sheet, Some(header)) => {
            let place = sheet.unwrap_or_default();
            recognise::recognise_at(place, &workbook.sheets[place], header, &def, &schema.codes)
        }
        (Some(sheet), None) => recognise::recognise(sheet, &workbook.sheets[sheet], &def, &schema.codes),
        (None, None) => recognise::best(&workbook, &def, &schema.codes),
    };
    let message = match request.header {
        Some((from, to)) => format!("第 {}–{} 行不像表头：里面有数字，或者是空的", from + 1, to + 1),
        None => format!("没有找到{}的表头：请确认工作表里有写着{}的一行", def.label.zh, names_of_key(&def)),
    };
    let mut layout = layout.ok_or_else(|| CallError::new(CallErrorCode::Refused, message))?;
    let remembered = remembered(&book, &def.entity, &layout.fingerprint)?;
    if let Some(confirmed) = &remembered {
        layout.remember(confirmed);
    }
    let brought = |name: &str| layout.mapped().any(|column| column.field() == Some(name));
    let missing =
        def.fields.iter().filter(|field| field.required && field.derived.is_none() && field.default.is_none());
    let missing = missing.filter(|field| !brought(&field.name)).map(|field| field.name.clone()).collect();
    let sheet = &workbook.sheets[layout.sheet];
    let shown = |row: &suanpan_excel::cell::Row| HeadRow {
        sheet_row: row.index + 1,
        cells: (0..sheet.width.min(256)).map(|column| row.cell(column).shown()).collect(),
    };
    let head = sheet.head.iter().take(SHOWN_HEAD).map(shown).collect();
    Ok(Recognised { remembered: remembered.is_some(), missing, head, layout })
}

fn names_of_key(def: &suanpan_model::EntityDef) -> String {
    let labels = def.key.iter().filter_map(|name| def.field(name)).map(|field| format!("“{}”", field.label.zh));
    labels.take(3).collect::<Vec<_>>().join("、")
}

fn setting_key(entity: &str, fingerprint: &str) -> String {
    format!("import.{entity}.{fingerprint}")
}

fn remembered(book: &suanpan_store::Book, entity: &str, fingerprint: &str) -> CallResult<Option<Layout>> {
    let text = book.setting(&setting_key(entity, fingerprint))?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Columns that a person let pass are known the next time the same header comes.
fn remember(book: &suanpan_store::Book, entity: &str, layout: &Layout) -> CallResult<()> {
    // Our own exports are known by their marks; there is nothing to learn from them.
    if layout.columns.iter().any(|column| column.role == ColumnRole::Key) {
        return Ok(());
    }
    let text = serde_json::to_string(layout).map_err(internal)?;
    Ok(book.put_setting(&setting_key(entity, &layout.fingerprint), Some(&text))?)
}

pub fn forget(desk: &Arc<Desk>, request: ImportRequest) -> CallResult<Done> {
    let mut imports = desk.imports.lock().unwrap_or_else(PoisonError::into_inner);
    imports.open.retain(|(number, _)| *number != request.import);
    Ok(Done {})
}

fn to_json<T: Serialize>(value: &T) -> CallResult<serde_json::Value> {
    serde_json::to_value(value).map_err(internal)
}

#[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
fn internal(error: serde_json::Error) -> CallError {
    CallError::new(CallErrorCode::Internal, error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
fn spool_failed(error: std::io::Error) -> CallError {
    CallError::new(CallErrorCode::Io, format!("临时文件读写失败：{error}；请检查磁盘空间后重试"))
}
