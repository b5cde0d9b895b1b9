//! HTML tables, as web platforms save them under the name `.xls`. Cells are text, except where Excel
//! itself left the exact number in `x:num`. Each table is a sheet; of nested tables the innermost counts.

use super::encoding::utf8_stream;
use super::rows::{MAX_COLUMNS, MAX_MERGES, Merge, RawCell, RowBuf, SharedStrings, SheetHead, SheetTail, Sink};
use crate::error::{ErrorKind, ReadError};
use crate::markup::{Doctype, Markup, Token, attr, unescape};
use memchr::memmem;
use std::fs::File;

pub fn read(file: File, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut markup = Markup::new(utf8_stream(file)?, Doctype::Skip);
    let mut page = Page::default();
    loop {
        match markup.token()? {
            Token::End => break,
            Token::Open { name, attrs, empty } => page.open(&name.to_ascii_lowercase(), attrs, empty, sink)?,
            Token::Close { name } => page.close(&name.to_ascii_lowercase(), sink)?,
            Token::Text(raw) if page.cell.is_some() && !page.in_style => unescape(raw, &mut page.text)?,
            _ => {}
        }
    }
    page.end_table(sink)?;
    if page.tables == 0 {
        return Err(ReadError::new(ErrorKind::NotAWorkbook, "没有表格的网页"));
    }
    Ok(())
}

/// The cell being read.
struct OpenCell {
    column: u32,
    number: Option<f64>,
}

#[derive(Default)]
struct Page {
    tables: u32,
    in_table: bool,
    in_style: bool,
    row: RowBuf,
    next_row: u32,
    row_open: bool,
    next_column: u32,
    cell: Option<OpenCell>,
    text: String,
    /// Rows still covered from above, by column.
    covered: Vec<u32>,
    tail: SheetTail,
}

impl Page {
    fn open(&mut self, name: &[u8], attrs: &[u8], empty: bool, sink: &mut dyn Sink) -> Result<(), ReadError> {
        match name {
            b"table" => {
                self.end_table(sink)?;
                self.tables += 1;
                self.in_table = true;
                let name = format!("表{}", self.tables);
                sink.sheet(&SheetHead { name, hidden: false })
            }
            b"tr" if self.in_table => {
                self.end_row(sink)?;
                self.row.clear(self.next_row);
                self.row.hidden = attr(attrs, "style")
                    .is_some_and(|style| memmem::find(&style.to_ascii_lowercase(), b"display:none").is_some());
                self.row_open = true;
                self.next_column = 0;
                Ok(())
            }
            b"td" | b"th" if self.row_open => {
                self.end_cell();
                self.open_cell(attrs)
            }
            b"style" | b"script" => {
                self.in_style = !empty;
                Ok(())
            }
            b"br" | b"p" | b"div" if self.cell.is_some() && !self.text.is_empty() => {
                self.text.push('\n');
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn close(&mut self, name: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        match name {
            b"td" | b"th" => self.end_cell(),
            b"tr" => self.end_row(sink)?,
            b"table" => self.end_table(sink)?,
            b"style" | b"script" => self.in_style = false,
            _ => {}
        }
        Ok(())
    }

    fn open_cell(&mut self, attrs: &[u8]) -> Result<(), ReadError> {
        while self.covered.get(self.next_column as usize).is_some_and(|rows| *rows > 0) {
            self.next_column += 1;
        }
        let column = self.next_column;
        let (wide, high) = (span(attrs, "colspan"), span(attrs, "rowspan"));
        let end = column + wide;
        if end > MAX_COLUMNS {
            return Err(ReadError::new(ErrorKind::BadDimensions, format!("第 {} 行的列数", self.next_row + 1)));
        }
        if self.covered.len() < end as usize {
            self.covered.resize(end as usize, 0);
        }
        // Counted down at the end of this row too, hence not high - 1.
        self.covered[column as usize..end as usize].fill(high);
        if wide * high > 1 && self.tail.merges.len() < MAX_MERGES {
            self.tail.merges.push(Merge {
                top: self.next_row,
                left: column,
                bottom: self.next_row + high - 1,
                right: end - 1,
            });
        }
        let number =
            attr(attrs, "num").and_then(|raw| std::str::from_utf8(raw).ok()).and_then(|text| text.trim().parse().ok());
        self.next_column = end;
        self.text.clear();
        self.cell = Some(OpenCell { column, number: number.filter(|number: &f64| number.is_finite()) });
        Ok(())
    }

    fn end_cell(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        match cell.number {
            Some(number) => self.row.cells.push((cell.column, RawCell::Number(number))),
            None => {
                let text = self.text.trim_matches(['\n', '\r', '\t', ' ']);
                self.row.push_text(cell.column, text);
            }
        }
    }

    fn end_row(&mut self, sink: &mut dyn Sink) -> Result<(), ReadError> {
        self.end_cell();
        if !self.row_open {
            return Ok(());
        }
        self.row_open = false;
        self.next_row += 1;
        for rows in &mut self.covered {
            *rows = rows.saturating_sub(1);
        }
        sink.row(&mut self.row, &SharedStrings::default())
    }

    fn end_table(&mut self, sink: &mut dyn Sink) -> Result<(), ReadError> {
        self.end_row(sink)?;
        if !self.in_table {
            return Ok(());
        }
        self.in_table = false;
        self.next_row = 0;
        self.covered.clear();
        sink.sheet_end(&std::mem::take(&mut self.tail))
    }
}

fn span(attrs: &[u8], name: &str) -> u32 {
    let said = attr(attrs, name)
        .and_then(|raw| std::str::from_utf8(raw).ok())
        .and_then(|text| text.trim().parse::<u32>().ok());
    said.unwrap_or(1).clamp(1, MAX_COLUMNS)
}
