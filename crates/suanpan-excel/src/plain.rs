//! A plain list for reading and keeping: title, a line of captions, a header, cells of text or 元. It says nothing of
//! itself to importing; tables of records are [`crate::write`].

use crate::write::{
    WriteError,
    style::{self, Styles},
};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet};
use std::io::{Seek, Write};

const TITLE_ROW: u32 = 0;
const CAPTION_ROW: u32 = 1;
const HEADER_ROW: u32 = 2;
const A4: u8 = 9;

pub struct Sheet<'a> {
    pub name: &'a str,
    pub title: &'a str,
    pub caption: &'a str,
    pub caption_right: &'a str,
    /// Heading and width in px; at least two.
    pub columns: &'a [(&'a str, u32)],
    /// As wide as `columns`.
    pub rows: &'a [Vec<Cell>],
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Blank,
    Text(String),
    /// 分, shown in 元.
    Amount(i64),
}

/// Writes the sheet as a workbook of its own.
pub fn write<W: Write + Seek + Send>(sheet: &Sheet<'_>, out: &mut W) -> Result<(), WriteError> {
    let mut workbook = Workbook::new();
    let page = workbook.add_worksheet();
    page.set_name(sheet.name)?;
    head(page, sheet)?;
    let boxed = || Format::new().set_font_name("宋体").set_font_size(10).set_border(FormatBorder::Thin);
    let text = boxed().set_num_format("@").set_align(FormatAlign::VerticalCenter).set_text_wrap();
    let amount = boxed().set_num_format("#,##0.00_ ").set_align(FormatAlign::Right);
    for (row, cells) in (HEADER_ROW + 1..).zip(sheet.rows) {
        for (column, cell) in (0..).zip(cells) {
            put(page, row, column, cell, (&text, &amount))?;
        }
    }
    workbook.save_to_writer(out)?;
    Ok(())
}

fn head(page: &mut Worksheet, sheet: &Sheet<'_>) -> Result<(), WriteError> {
    let styles = Styles::new();
    let last = sheet.columns.len().saturating_sub(1) as u16;
    for (column, (heading, width)) in (0..).zip(sheet.columns) {
        page.set_column_width_pixels(column, *width)?;
        page.write_string_with_format(HEADER_ROW, column, *heading, &styles.header)?;
    }
    page.merge_range(TITLE_ROW, 0, TITLE_ROW, last, sheet.title, &styles.title)?;
    page.write_string_with_format(CAPTION_ROW, 0, sheet.caption, &styles.caption)?;
    page.write_string_with_format(CAPTION_ROW, last, sheet.caption_right, &styles.caption_right)?;
    page.set_freeze_panes(HEADER_ROW + 1, 0)?.set_repeat_rows(TITLE_ROW, HEADER_ROW)?;
    page.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0).set_footer("&C第 &P 页　共 &N 页");
    Ok(())
}

fn put(
    page: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    (text, amount): (&Format, &Format),
) -> Result<(), WriteError> {
    match cell {
        Cell::Amount(fen) => page.write_number_with_format(row, column, *fen as f64 / 100.0, amount)?,
        Cell::Text(words) if !words.is_empty() => {
            let odd = style::oddity(words).map(|oddity| style::for_text(text, oddity));
            page.write_string_with_format(row, column, words, odd.as_ref().unwrap_or(text))?
        }
        Cell::Text(_) | Cell::Blank => page.write_blank(row, column, text)?,
    };
    Ok(())
}
