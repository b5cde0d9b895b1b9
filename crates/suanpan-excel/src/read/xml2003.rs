//! "XML 电子表格 2003" (SpreadsheetML before OOXML), still saved by some older platforms.

use super::encoding::utf8_stream;
use super::rows::{
    MAX_COLUMNS, MAX_MERGES, MAX_ROWS, Merge, RawCell, RowBuf, SharedStrings, SheetHead, SheetTail, Sink,
};
use crate::cell::CellError;
use crate::error::{ErrorKind, ReadError};
use crate::markup::{Doctype, Markup, Token, attr, unescape};
use std::fs::File;

pub fn read(file: File, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut markup = Markup::new(utf8_stream(file)?, Doctype::Refuse);
    let mut sheet = Sheet::default();
    loop {
        match markup.token()? {
            Token::End => return Ok(()),
            Token::Open { name, attrs, empty } => {
                sheet.open(name, attrs, sink)?;
                if empty {
                    sheet.close(name, sink)?;
                }
            }
            Token::Close { name } => sheet.close(name, sink)?,
            Token::Text(raw) if sheet.in_data => unescape(raw, &mut sheet.text)?,
            Token::Text(raw) if sheet.in_visible => sheet.tail.hidden = raw.trim_ascii() != b"SheetVisible",
            _ => {}
        }
    }
}

#[derive(Default)]
struct Sheet {
    row: RowBuf,
    next_row: u32,
    column: u32,
    next_column: u32,
    next_layout_column: u32,
    kind: Vec<u8>,
    has_formula: bool,
    has_data: bool,
    in_data: bool,
    /// In the option that says whether the sheet is hidden.
    in_visible: bool,
    text: String,
    tail: SheetTail,
}

impl Sheet {
    fn open(&mut self, name: &[u8], attrs: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        match name {
            b"Worksheet" => {
                let mut name = String::new();
                unescape(attr(attrs, "Name").unwrap_or_default(), &mut name)?;
                *self = Self::default();
                sink.sheet(&SheetHead { name, hidden: false })?;
            }
            b"Column" => {
                let first = number(attrs, "Index").map_or(self.next_layout_column, |index| index.saturating_sub(1));
                let last = first.saturating_add(number(attrs, "Span").unwrap_or(0)).min(MAX_COLUMNS);
                if attr(attrs, "Hidden") == Some(b"1") {
                    self.tail.hidden_columns.push((first, last));
                }
                self.next_layout_column = last + 1;
            }
            b"Row" => {
                let index = number(attrs, "Index").map_or(self.next_row, |index| index.saturating_sub(1));
                if index >= MAX_ROWS {
                    return Err(ReadError::new(ErrorKind::BadDimensions, format!("第 {index} 行")));
                }
                self.row.clear(index);
                self.row.hidden = attr(attrs, "Hidden") == Some(b"1");
                self.next_row = index + 1;
                self.next_column = 0;
            }
            b"Cell" => self.open_cell(attrs)?,
            b"Data" => {
                self.text.clear();
                self.kind = attr(attrs, "Type").unwrap_or_default().to_vec();
                self.in_data = true;
            }
            b"Visible" => self.in_visible = true,
            _ => {}
        }
        Ok(())
    }

    fn open_cell(&mut self, attrs: &[u8]) -> Result<(), ReadError> {
        self.column = number(attrs, "Index").map_or(self.next_column, |index| index.saturating_sub(1));
        let across = number(attrs, "MergeAcross").unwrap_or(0);
        let down = number(attrs, "MergeDown").unwrap_or(0);
        let (right, bottom) = (self.column.saturating_add(across), self.row.index.saturating_add(down));
        if right >= MAX_COLUMNS || bottom >= MAX_ROWS {
            return Err(ReadError::new(ErrorKind::BadDimensions, format!("第 {} 行第 {right} 列", self.row.index + 1)));
        }
        if across + down > 0 && self.tail.merges.len() < MAX_MERGES {
            self.tail.merges.push(Merge { top: self.row.index, left: self.column, bottom, right });
        }
        self.next_column = right + 1;
        self.has_formula = attr(attrs, "Formula").is_some();
        self.has_data = false;
        Ok(())
    }

    fn close(&mut self, name: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        match name {
            b"Data" => {
                self.in_data = false;
                self.end_data();
            }
            b"Visible" => self.in_visible = false,
            b"Cell" if self.has_formula && !self.has_data => self.row.cells.push((self.column, RawCell::NoCachedValue)),
            b"Row" => sink.row(&mut self.row, &SharedStrings::default())?,
            b"Worksheet" => sink.sheet_end(&std::mem::take(&mut self.tail))?,
            _ => {}
        }
        Ok(())
    }

    fn end_data(&mut self) {
        self.has_data = true;
        let text = self.text.trim();
        let cell = match self.kind.as_slice() {
            b"Number" => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(RawCell::Number),
            b"Boolean" => Some(RawCell::Bool(text == "1")),
            b"Error" => Some(RawCell::Error(CellError::from_text(text))),
            _ => None,
        };
        match cell {
            Some(cell) => self.row.cells.push((self.column, cell)),
            None => {
                let text = std::mem::take(&mut self.text);
                self.row.push_text(self.column, &text);
            }
        }
    }
}

fn number(attrs: &[u8], name: &str) -> Option<u32> {
    std::str::from_utf8(attr(attrs, name)?).ok()?.trim().parse().ok()
}
