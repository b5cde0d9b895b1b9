//! Records → a workbook with the look of an official table, streamed row by row in bounded memory.
//! [`Form`] says what the table is, [`Source`] lends the records, [`Labels`] says how referred records
//! are written; [`write`] does the rest. What is written can be read back without a single change.
//!
//! By part of the sheet: [`head`] (title, unit line, header), [`body`] (rows), [`foot`] (合计, 大写, 注),
//! [`lists`] (drop-downs), [`page`] (panes, print, protection), [`marker`] (what the file says of itself),
//! [`rounded`] (舍位平衡), [`style`]. Fixed public forms are not here: see [`crate::disclose`].

mod body;
mod foot;
mod head;
mod lists;
pub mod marker;
mod page;
pub mod rounded;
pub mod style;

use crate::text_code::another_code_follows;
use marker::Marker;
use rounded::Rounding;
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};
use std::{
    collections::HashMap,
    io::{Seek, Write},
};
use style::{Column, Styles};
use suanpan_model::{EntityDef, Record, money::MoneyUnit, schema::CodeSets, value::RecordId};

/// What the table is.
#[derive(Debug, Clone)]
pub struct Form<'a> {
    pub def: &'a EntityDef,
    pub codes: &'a CodeSets,
    /// The columns from left to right, as indexes into `def.fields`.
    pub columns: Vec<usize>,
    /// Over the table, e.g. 武陟县2026年项目表.
    pub title: String,
    /// Who made it: shown as 编制单位.
    pub maker: String,
    pub fiscal_year: i32,
    /// MOF_DIV_CODE of the book.
    pub division: String,
    pub unit: MoneyUnit,
    pub purpose: Purpose,
    /// Amounts rounded to two decimals of the unit so that they still add up (舍位平衡); the exact ones
    /// travel in a hidden column.
    pub balanced: bool,
    /// The money field whose total is also written in words (大写金额), as an index into `def.fields`.
    pub in_words: Option<usize>,
    /// Drop-downs of reference fields: entity → how its records are written.
    pub choices: HashMap<String, Vec<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Records to read, print, edit and bring back.
    Records,
    /// Empty lines to fill in; required columns are starred.
    Template,
}

/// Lends the records in order. With [`Form::balanced`] it is asked twice and must lend the same.
pub trait Source {
    /// Calls `each` with every record; stops at its first error and returns it.
    fn each(&self, each: &mut dyn FnMut(&Record) -> Result<(), WriteError>) -> Result<(), WriteError>;

    /// Sentences under the table, one a line, after `注：`. Asked once all records were lent.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Source for Vec<Record> {
    fn each(&self, each: &mut dyn FnMut(&Record) -> Result<(), WriteError>) -> Result<(), WriteError> {
        self.iter().try_for_each(each)
    }
}

/// How referred records are written.
pub trait Labels {
    /// Best made by [`code_and_name`]; empty for an unknown record.
    fn label(&self, entity: &str, id: RecordId) -> String;
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    pub rows: usize,
    /// Exact Σ in 分 of each money column, as (index into `def.fields`, sum).
    pub totals: Vec<(usize, i64)>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    #[error("共有超过 {MAX_RECORDS} 行，一张工作表放不下，请按单位或条件分几次导出")]
    TooManyRows,
    #[error("已停止导出")]
    Cancelled,
    /// The records could not be read.
    #[error("{0}")]
    Source(String),
    #[error("写工作簿失败：{0}")]
    Xlsx(String),
}

impl From<XlsxError> for WriteError {
    fn from(error: XlsxError) -> Self {
        Self::Xlsx(error.to_string())
    }
}

/// Room for the title, the header and the total is left of Excel's 1,048,576.
pub const MAX_RECORDS: usize = 1_048_500;

/// zlib level: the size of level 6 within a tenth, at well under half the work.
const COMPRESSION: u8 = 2;

/// `2010101-行政运行`; only the code when it could not be told from the name again, or there is no name.
pub fn code_and_name(code: &str, name: &str) -> String {
    let alphanumeric = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let plain = alphanumeric && !another_code_follows(code, name);
    match (code.is_empty(), plain && !name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => format!("{code}-{name}"),
        _ => code.to_owned(),
    }
}

/// Writes the workbook to `out`. Nothing of it is valid when this fails.
pub fn write(
    form: &Form<'_>,
    source: &dyn Source,
    labels: &dyn Labels,
    out: &mut (impl Write + Seek + Send),
) -> Result<Summary, WriteError> {
    let mut workbook = Workbook::new();
    workbook.set_zip_compression_level(COMPRESSION);
    workbook.set_properties(&page::properties(form));
    let styles = Styles::new();
    let columns = style::columns(form);
    let lists = lists::gather(form, &columns);
    let rounding = if form.balanced { Some(Rounding::gather(form, source)?) } else { None };
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    let mut table = Table { form, styles: &styles, columns: &columns, labels, rounding: rounding.as_ref() };
    let summary = table.write(sheet, source, &lists)?;
    lists::write_sheet(&mut workbook, &lists)?;
    Marker::of(form, &columns).write(&mut workbook)?;
    workbook.save_to_writer(out)?;
    Ok(summary)
}

/// One table being written.
struct Table<'a> {
    form: &'a Form<'a>,
    styles: &'a Styles,
    columns: &'a [Column<'a>],
    labels: &'a dyn Labels,
    rounding: Option<&'a Rounding>,
}

impl Table<'_> {
    fn write(
        &mut self,
        sheet: &mut Worksheet,
        source: &dyn Source,
        lists: &lists::Lists,
    ) -> Result<Summary, WriteError> {
        sheet.set_name(page::sheet_name(self.form))?;
        page::columns(sheet, self)?;
        let first_row = head::write(sheet, self)?;
        let (next_row, sums) = body::write(sheet, self, source, first_row)?;
        let notes = source.notes();
        let used = foot::write(sheet, self, first_row, next_row, &foot::Under { sums: &sums, notes: &notes })?;
        // The rows are on their way to disk by now: from here on columns speak only of cells not yet filled.
        page::release_columns(sheet, self)?;
        page::set_up(sheet, self, first_row, next_row, used)?;
        lists.validate(sheet, self, first_row, next_row)?;
        let totals = self.columns.iter().zip(&sums).filter(|(column, _)| column.field.adds_up());
        Ok(Summary {
            rows: (next_row - first_row) as usize,
            totals: totals.map(|(column, sums)| (column.index, sums.exact)).collect(),
        })
    }

    fn is_template(&self) -> bool {
        self.form.purpose == Purpose::Template
    }

    /// Number of visible columns; the key column stands right behind them.
    fn width(&self) -> u16 {
        self.columns.len() as u16
    }
}
