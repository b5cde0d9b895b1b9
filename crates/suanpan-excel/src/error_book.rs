//! The rows in error as a workbook of their own: the clerk's title, header and rows as they were, bad
//! cells red with the reason as a note and in a last column 错误说明. Corrected, it imports as it is.

use crate::cell::{Cell, Row, column_name};
use crate::import::CellIssue;
use crate::marks::ERROR_HEADER;
use crate::recognise::{ColumnRole, Layout};
use crate::text::header_key;
use crate::workbook::Workbook;
use crate::write::style;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Note, Worksheet, XlsxError};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Excel itself becomes slow past this many notes; the last column says the same.
const MAX_NOTES: usize = 5_000;

/// Days between the two epochs of Excel's dates.
const FROM_1904: f64 = 1462.0;

#[derive(Debug, thiserror::Error)]
pub enum ErrorBookError {
    #[error(transparent)]
    Read(#[from] crate::ReadError),
    #[error("错误表没有写成：{0}")]
    Write(#[from] XlsxError),
}

struct Looks {
    head: Format,
    bad: Format,
    reason: Format,
    date: Format,
    percent: Format,
}

impl Looks {
    fn new() -> Self {
        let red = || Format::new().set_background_color(Color::RGB(0xFF_C7CE)).set_font_color(Color::RGB(0x9C_0006));
        Self {
            head: Format::new()
                .set_bold()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter)
                .set_border(FormatBorder::Thin)
                .set_text_wrap(),
            bad: red(),
            reason: Format::new().set_font_color(Color::RGB(0x9C_0006)),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            percent: Format::new().set_num_format("0.00%"),
        }
    }
}

/// Writes the rows named in `errors` (sheet row as people count → issues) to `out`; returns how many.
pub fn write(
    out: &Path,
    book: &Workbook,
    layout: &Layout,
    errors: &BTreeMap<u32, Vec<CellIssue>>,
) -> Result<usize, ErrorBookError> {
    let looks = Looks::new();
    let mut target = rust_xlsxwriter::Workbook::new();
    let sheet = target.add_worksheet();
    // A name that Excel would not take stays the default: it means nothing for importing.
    let _ = sheet.set_name(&layout.sheet_name);
    let reason_column = reason_column(book, layout);
    let mut next_row = layout.header_to + 1;
    let mut notes = 0;
    let mut rows = book.rows(layout.sheet)?;
    while let Some(row) = rows.next_row()? {
        if row.index <= layout.header_to {
            let format = (row.index >= layout.header_from).then_some(&looks.head);
            write_row(sheet, row.index, row, format, &looks, reason_column)?;
        } else if let Some(issues) = errors.get(&(row.index + 1)) {
            write_row(sheet, next_row, row, None, &looks, reason_column)?;
            notes += mark(sheet, next_row, row, issues, &looks, reason_column, notes < MAX_NOTES)?;
            next_row += 1;
        }
    }
    finish(sheet, book, layout, &looks, reason_column)?;
    target.save(out)?;
    Ok((next_row - layout.header_to - 1) as usize)
}

/// The column of an earlier 错误说明, otherwise the first free one.
fn reason_column(book: &Workbook, layout: &Layout) -> u16 {
    let earlier = layout.columns.iter().find(|column| {
        column.header.rsplit('/').next().is_some_and(|last| header_key(last) == header_key(ERROR_HEADER))
    });
    let widest = book.sheets[layout.sheet].width;
    earlier.map_or(widest, |column| column.column).min(16_383) as u16
}

fn write_row(
    sheet: &mut Worksheet,
    at: u32,
    row: &Row,
    format: Option<&Format>,
    looks: &Looks,
    reason_column: u16,
) -> Result<(), XlsxError> {
    for (column, cell) in row.cells.iter().filter(|(column, _)| *column != u32::from(reason_column)) {
        write_cell(sheet, at, *column as u16, cell, format, looks)?;
    }
    Ok(())
}

/// Texts are written as texts, so nothing becomes a formula and no code a number.
fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    format: Option<&Format>,
    looks: &Looks,
) -> Result<(), XlsxError> {
    let plain = Format::default();
    let any = format.unwrap_or(&plain);
    match cell {
        Cell::Empty | Cell::NoCachedValue => sheet.write_blank(row, column, any)?,
        Cell::Text(text) => {
            let odd = style::oddity(text).filter(|oddity| oddity.formula_start);
            let format = odd.map_or_else(|| any.clone(), |_| any.clone().set_quote_prefix());
            sheet.write_string_with_format(row, column, text.chars().take(32_767).collect::<String>(), &format)?
        }
        Cell::Number(number) | Cell::Duration(number) => sheet.write_number_with_format(row, column, *number, any)?,
        Cell::Percent(number) => sheet.write_number_with_format(row, column, *number, &looks.percent.merge(any))?,
        Cell::Date(serial) => {
            let days = serial.days + if serial.from_1904 { FROM_1904 } else { 0.0 };
            sheet.write_number_with_format(row, column, days, &looks.date.merge(any))?
        }
        Cell::Bool(yes) => sheet.write_boolean_with_format(row, column, *yes, any)?,
        Cell::Error(error) => sheet.write_string_with_format(row, column, error.text(), any)?,
    };
    Ok(())
}

/// Makes the bad cells of one row red and says why; returns how many notes were used.
fn mark(
    sheet: &mut Worksheet,
    at: u32,
    row: &Row,
    issues: &[CellIssue],
    looks: &Looks,
    reason_column: u16,
    with_notes: bool,
) -> Result<usize, XlsxError> {
    let mut by_column: HashMap<u32, Vec<&str>> = HashMap::new();
    let mut reasons = Vec::new();
    for issue in issues {
        match issue.column {
            Some(column) => {
                by_column.entry(column).or_default().push(&issue.message);
                reasons.push(format!("{}列：{}", column_name(column), issue.message));
            }
            None => reasons.push(issue.message.clone()),
        }
    }
    for (column, messages) in &by_column {
        write_cell(sheet, at, *column as u16, row.cell(*column), Some(&looks.bad), looks)?;
        if with_notes {
            sheet.insert_note(at, *column as u16, &Note::new(messages.join("\n")).add_author_prefix(false))?;
        }
    }
    sheet.write_string_with_format(at, reason_column, reasons.join("；"), &looks.reason)?;
    Ok(by_column.len())
}

/// The header's merged cells, the heading of the last column, hidden columns, frozen header.
fn finish(
    sheet: &mut Worksheet,
    book: &Workbook,
    layout: &Layout,
    looks: &Looks,
    reason_column: u16,
) -> Result<(), XlsxError> {
    let source = &book.sheets[layout.sheet];
    for merge in
        source.merges.iter().filter(|merge| merge.bottom <= layout.header_to && merge.right < u32::from(reason_column))
    {
        let text = source
            .head
            .iter()
            .find(|row| row.index == merge.top)
            .map(|row| row.cell(merge.left).shown())
            .unwrap_or_default();
        let single = merge.top == merge.bottom && merge.left == merge.right;
        if !single {
            // Overlapping merges of a damaged header are left unmerged: the texts stand there already.
            let _ =
                sheet.merge_range(merge.top, merge.left as u16, merge.bottom, merge.right as u16, &text, &looks.head);
        }
    }
    if layout.header_from < layout.header_to {
        sheet.merge_range(
            layout.header_from,
            reason_column,
            layout.header_to,
            reason_column,
            ERROR_HEADER,
            &looks.head,
        )?;
    } else {
        sheet.write_string_with_format(layout.header_to, reason_column, ERROR_HEADER, &looks.head)?;
    }
    sheet.set_column_width(reason_column, 60)?;
    for (first, last) in &source.hidden_columns {
        sheet.set_column_range_hidden(*first as u16, (*last).min(16_383) as u16)?;
    }
    for column in layout.columns.iter().filter(|column| column.role == ColumnRole::Key) {
        sheet.set_column_hidden(column.column as u16)?;
    }
    sheet.set_freeze_panes(layout.header_to + 1, 0)?;
    Ok(())
}
