//! Rows of a sheet + a [`Layout`] + what the book knows → a preview: for every row what would happen.
//! Nothing is written; committing the preview as one group is the desk's work.
//!
//! [`preview`] streams, so a sheet of 100,000 rows is never in memory: the sheet is gone through once to
//! learn the keys that its own rows bring (a unit may name a parent that stands in the same file) and
//! once to make the rows. Cells become values in [`cells`], totals are verified in [`totals`].

pub mod cells;
mod keys;
mod merged;
mod rows;
mod sources;
pub mod totals;

use crate::error::ReadError;
use crate::recognise::Layout;
use crate::workbook::Workbook;
use serde::Serialize;
use suanpan_model::EntityDef;
use suanpan_model::facts::Read;
use suanpan_model::schema::CodeSets;
use suanpan_model::value::{Record, RecordId, Value};
use totals::TotalCheck;
use ts_rs::TS;

/// What importing asks of the book. Texts are trimmed and half-width.
pub trait Records {
    /// The record of `entity` whose key (or, when unique, title) is `text`.
    fn find(&mut self, entity: &str, text: &str) -> Read<Found>;

    /// The live record of the entity being imported with these key values, in the order of `EntityDef::key`.
    fn with_key(&mut self, key: &[Value]) -> Read<Option<Record>>;

    /// The live record of the entity being imported with this id.
    fn with_id(&mut self, id: RecordId) -> Read<Option<Record>>;

    /// A fresh id for a new record.
    fn new_id(&mut self) -> RecordId;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    One(RecordId),
    No,
    /// Several records have this title; their keys.
    Many(Vec<String>),
}

/// The parts of an import that do not change from row to row.
pub struct Job<'a> {
    pub def: &'a EntityDef,
    pub layout: &'a Layout,
    pub codes: &'a CodeSets,
    /// Fiscal year of the book.
    pub year: i32,
    /// Values that the person gave for fields which the sheet lacks (the 编制阶段 of a whole form): place
    /// of the field and value. They come before the document's defaults and are part of the key.
    pub given: &'a [(usize, Value)],
}

/// Something that stands in the sheet, in its order.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Row(PreviewRow),
    /// A total row, left out and checked.
    Total(TotalCheck),
    Skipped(Skipped),
}

/// One row of data and what importing it would do.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewRow {
    /// As people count: the first row is 1.
    pub sheet_row: u32,
    pub hidden: bool,
    /// The existing record's id, or the new one's.
    pub id: RecordId,
    pub action: Action,
    /// One value per field of the entity; of an existing record the untouched ones too.
    pub values: Vec<Value>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    New,
    Changed(Vec<Change>),
    Same,
    Error(Vec<CellIssue>),
}

/// A field of an existing record that the row changes. `field` is its place in the entity.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub field: usize,
    pub old: Value,
    pub new: Value,
}

/// What is wrong with one cell. `column` is None when the row as a whole is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CellIssue {
    pub column: Option<u32>,
    /// Name of the field.
    pub field: String,
    pub code: IssueCode,
    pub message: String,
    /// What stands in the cell, as its person sees it and at most [`SHOWN_TEXT`] characters of it; empty
    /// for a blank cell and where the value was read well and something else is wrong with the row.
    pub text: String,
}

/// Characters of a bad cell that are kept: previews of 200,000 rows in error stay in memory.
pub const SHOWN_TEXT: usize = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum IssueCode {
    /// The cell cannot be read as its field's kind.
    Unreadable,
    /// No such code, unit, project …
    Unknown,
    /// Several would fit.
    Ambiguous,
    /// The text is longer than the field.
    TooLong,
    /// A part of the key is missing.
    NoKey,
    /// The same key stands in an earlier row.
    Repeated,
    /// The rules of the book do not allow the change (a released allotment, a voucher).
    Refused,
}

/// A row that is neither data nor a total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Skipped {
    pub sheet_row: u32,
    pub why: WhySkipped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WhySkipped {
    Hidden,
    /// Notes, signatures and whatever follows them under the table.
    Note,
    /// Column numbers, or the header once more at the top of a printed page.
    Header,
}

/// Counts of a whole preview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, TS)]
pub struct Summary {
    pub new: u32,
    pub changed: u32,
    pub same: u32,
    pub errors: u32,
    pub totals: u32,
    /// Totals that do not agree with the rows they cover.
    pub wrong_totals: u32,
    pub skipped: u32,
    /// Data rows that are hidden in the sheet (and counted above).
    pub hidden: u32,
}

/// Why a preview could not be made at all.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    #[error(transparent)]
    File(#[from] ReadError),
    #[error(transparent)]
    Book(#[from] suanpan_model::facts::ReadFault),
    #[error("没有一列对应“{entity}”的{fields}，无法辨认每行是哪条记录，请先指定这些列")]
    NoKeyColumn { entity: String, fields: String },
    #[error("已取消")]
    Cancelled,
}

/// Makes the preview of a sheet, handing each item to `take` as it is found; `take` returns false to stop.
pub fn preview(
    book: &Workbook,
    job: &Job<'_>,
    records: &mut dyn Records,
    take: &mut dyn FnMut(Item) -> bool,
) -> Result<Summary, PreviewError> {
    let mut importer = rows::Importer::new(job, records)?;
    importer.learn_keys(book)?;
    let mut summary = Summary::default();
    let mut hand_over = |item: Item| {
        summary.count(&item);
        if take(item) { Ok(()) } else { Err(PreviewError::Cancelled) }
    };
    let mut sheet_rows = book.rows(job.layout.sheet)?;
    let mut merged = merged::Merged::of(book, job);
    while let Some(row) = sheet_rows.next_row()? {
        if let Some(item) = importer.item(&merged.fill(row))? {
            hand_over(item)?;
        }
    }
    importer.late_totals().into_iter().try_for_each(|check| hand_over(Item::Total(check)))?;
    Ok(summary)
}

impl Summary {
    fn count(&mut self, item: &Item) {
        match item {
            Item::Row(row) => {
                self.hidden += u32::from(row.hidden);
                match row.action {
                    Action::New => self.new += 1,
                    Action::Changed(_) => self.changed += 1,
                    Action::Same => self.same += 1,
                    Action::Error(_) => self.errors += 1,
                }
            }
            Item::Total(check) => {
                self.totals += 1;
                self.wrong_totals += u32::from(!check.findings.is_empty());
            }
            Item::Skipped(_) => self.skipped += 1,
        }
    }
}
