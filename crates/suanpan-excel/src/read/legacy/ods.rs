//! Hidden rows and columns and merged cells of ods: attributes in content.xml. The same walk stops
//! document types and gigabyte texts before calamine meets them.

use super::untold::Untold;
use crate::error::{ErrorKind, ReadError};
use crate::guard::Package;
use crate::markup::{Doctype, Markup, Token, attr};
use crate::read::rows::{MAX_COLUMNS, MAX_MERGES, MAX_ROWS, Merge};
use std::fs::File;

/// One entry per named table, in order. Err(ExternalEntity | TextTooLong | TooManyMerges | Damaged | …).
pub fn untold(file: File) -> Result<Vec<Untold>, ReadError> {
    let mut package = Package::open(file)?;
    let Some(part) = package.part("content.xml")? else {
        return Err(ReadError::damaged("缺少 content.xml"));
    };
    let mut markup = Markup::new(part, Doctype::Refuse);
    let mut walk = Walk::default();
    loop {
        match markup.token()? {
            Token::End => return Ok(walk.finish()),
            Token::Open { name, attrs, .. } => walk.open(name, attrs)?,
            Token::Close { name: b"table" } => walk.in_table = false,
            _ => {}
        }
    }
}

#[derive(Default)]
struct Walk {
    tables: Vec<Untold>,
    in_table: bool,
    /// Where the row being read stands, and where the next row, column and cell will.
    row: u32,
    next_row: u32,
    next_column: u32,
    next_cell: u32,
}

impl Walk {
    fn open(&mut self, name: &[u8], attrs: &[u8]) -> Result<(), ReadError> {
        match name {
            // calamine counts named tables and ends one at the first end it meets.
            b"table" if !self.in_table && attr(attrs, "name").is_some() => {
                let tables = std::mem::take(&mut self.tables);
                *self = Self { tables, in_table: true, ..Self::default() };
                self.tables.push(Untold::default());
            }
            b"table-row" if self.in_table => self.row(attrs),
            b"table-column" if self.in_table => self.column(attrs),
            b"table-cell" | b"covered-table-cell" if self.in_table => self.cell(attrs)?,
            _ => {}
        }
        Ok(())
    }

    fn row(&mut self, attrs: &[u8]) {
        self.row = self.next_row;
        self.next_cell = 0;
        self.next_row = step(self.row, number(attrs, "number-rows-repeated"), MAX_ROWS);
        let (first, next) = (self.row, self.next_row);
        if is_hidden(attrs) && next > first {
            self.table().hide_rows(first, next - 1);
        }
    }

    fn column(&mut self, attrs: &[u8]) {
        let first = self.next_column;
        let next = step(first, number(attrs, "number-columns-repeated"), MAX_COLUMNS);
        self.next_column = next;
        if is_hidden(attrs) && next > first {
            self.table().hide_columns(first, next - 1);
        }
    }

    fn cell(&mut self, attrs: &[u8]) -> Result<(), ReadError> {
        let (top, left) = (self.row, self.next_cell);
        self.next_cell = step(left, number(attrs, "number-columns-repeated"), MAX_COLUMNS);
        let bottom = step(top, number(attrs, "number-rows-spanned"), MAX_ROWS).saturating_sub(1);
        let right = step(left, number(attrs, "number-columns-spanned"), MAX_COLUMNS).saturating_sub(1);
        if bottom > top || right > left {
            if self.table().merges.len() >= MAX_MERGES {
                return Err(ReadError::new(ErrorKind::TooManyMerges, format!("超过 {MAX_MERGES} 处")));
            }
            self.table().merges.push(Merge { top, left, bottom: bottom.max(top), right: right.max(left) });
        }
        Ok(())
    }

    fn table(&mut self) -> &mut Untold {
        self.tables.last_mut().expect("asked only inside a table")
    }

    fn finish(mut self) -> Vec<Untold> {
        self.tables.iter_mut().for_each(Untold::put_in_order);
        self.tables
    }
}

/// `collapse` is hidden by hand, `filter` by a filter.
fn is_hidden(attrs: &[u8]) -> bool {
    matches!(attr(attrs, "visibility"), Some(b"collapse" | b"filter"))
}

fn step(from: u32, count: u32, end: u32) -> u32 {
    from.saturating_add(count).min(end)
}

/// A count; 1 when it is not said.
fn number(attrs: &[u8], name: &str) -> u32 {
    attr(attrs, name).and_then(|raw| std::str::from_utf8(raw).ok()?.trim().parse().ok()).unwrap_or(1)
}
