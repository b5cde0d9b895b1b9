//! The row that every reader fills, and the sink that takes it: the one shape in which xlsx, xls, ods,
//! csv and html leave the cage. Text lives in one arena per row, so a cell allocates nothing.

use crate::cell::{CellError, Serial};
use crate::error::{ErrorKind, ReadError};

/// Rows and columns of the largest sheet there is.
pub const MAX_ROWS: u32 = 1_048_576;
pub const MAX_COLUMNS: u32 = 16_384;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RawCell {
    /// Index into the workbook's shared strings.
    Shared(u32),
    /// A piece of [`RowBuf::arena`].
    Text {
        at: u32,
        len: u32,
    },
    Number(f64),
    Percent(f64),
    Bool(bool),
    Date(Serial),
    Duration(f64),
    Error(CellError),
    NoCachedValue,
}

#[derive(Debug, Default)]
pub struct RowBuf {
    pub index: u32,
    pub hidden: bool,
    pub cells: Vec<(u32, RawCell)>,
    pub arena: String,
}

impl RowBuf {
    pub fn clear(&mut self, index: u32) {
        self.index = index;
        self.hidden = false;
        self.cells.clear();
        self.arena.clear();
    }

    pub fn push_text(&mut self, column: u32, text: &str) {
        if text.is_empty() {
            return;
        }
        let at = self.arena.len() as u32;
        self.arena.push_str(text);
        self.cells.push((column, RawCell::Text { at, len: text.len() as u32 }));
    }

    /// Brings the cells into order. Err(Disorder) when a cell stands twice, Err(BadDimensions) past XFD1048576.
    pub fn put_in_order(&mut self) -> Result<(), ReadError> {
        if !self.cells.is_sorted_by(|a, b| a.0 < b.0) {
            self.cells.sort_by_key(|(column, _)| *column);
            if let Some(pair) = self.cells.windows(2).find(|pair| pair[0].0 == pair[1].0) {
                let place = format!("{}{}", crate::cell::column_name(pair[0].0), self.index + 1);
                return Err(ReadError::new(ErrorKind::Disorder, format!("单元格 {place} 出现了两次")));
            }
        }
        let widest = self.cells.last().map_or(0, |(column, _)| *column);
        if self.index >= MAX_ROWS || widest >= MAX_COLUMNS {
            return Err(ReadError::new(
                ErrorKind::BadDimensions,
                format!("第 {} 行第 {} 列", u64::from(self.index) + 1, u64::from(widest) + 1),
            ));
        }
        Ok(())
    }
}

/// The workbook's shared strings in one piece of memory.
#[derive(Debug, Default)]
pub struct SharedStrings {
    text: String,
    ends: Vec<u32>,
}

/// Shared strings may take this much; a county's largest workbooks have a few MB.
pub const MAX_SHARED_BYTES: usize = 96 << 20;
const MAX_SHARED_COUNT: usize = 4 << 20;

impl SharedStrings {
    /// Err(BadSharedStrings) past the limits above.
    pub fn push(&mut self, text: &str) -> Result<(), ReadError> {
        if self.text.len() + text.len() > MAX_SHARED_BYTES || self.ends.len() >= MAX_SHARED_COUNT {
            return Err(ReadError::new(ErrorKind::BadSharedStrings, "超过 96 MB 或 400 万条"));
        }
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        Ok(())
    }

    pub fn get(&self, index: u32) -> Option<&str> {
        let end = *self.ends.get(index as usize)? as usize;
        let start = if index == 0 { 0 } else { self.ends[index as usize - 1] as usize };
        Some(&self.text[start..end])
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// What is known of a sheet before its rows.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct SheetHead {
    pub name: String,
    pub hidden: bool,
}

/// What is known of a sheet after its rows. Ranges are inclusive and count from 0.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct SheetTail {
    pub merges: Vec<Merge>,
    /// (first, last) hidden column.
    pub hidden_columns: Vec<(u32, u32)>,
    /// The sheet is hidden, in files that say so only behind its rows.
    pub hidden: bool,
}

/// A merged range, inclusive, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
pub struct Merge {
    pub top: u32,
    pub left: u32,
    pub bottom: u32,
    pub right: u32,
}

/// More merges than this are refused: title and header need dozens.
pub const MAX_MERGES: usize = 100_000;

/// Takes what a reader finds. Rows come by rising index; the sink may change `row` to put it in order.
pub trait Sink {
    fn sheet(&mut self, head: &SheetHead) -> Result<(), ReadError>;
    fn row(&mut self, row: &mut RowBuf, shared: &SharedStrings) -> Result<(), ReadError>;
    fn sheet_end(&mut self, tail: &SheetTail) -> Result<(), ReadError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_out_of_order_are_sorted_and_doubled_ones_refused() {
        let mut row = RowBuf::default();
        row.clear(4);
        row.push_text(3, "c");
        row.push_text(1, "a");
        row.put_in_order().expect("sortable");
        assert_eq!(row.cells.iter().map(|cell| cell.0).collect::<Vec<_>>(), [1, 3]);
        row.cells.push((3, RawCell::Bool(true)));
        let error = row.put_in_order().expect_err("D5 stands twice");
        assert_eq!((error.kind, error.detail.as_str()), (ErrorKind::Disorder, "单元格 D5 出现了两次"));
    }

    #[test]
    fn shared_strings_keep_empty_ones_in_their_place() {
        let mut shared = SharedStrings::default();
        for text in ["", "甲", "", "乙"] {
            shared.push(text).expect("small");
        }
        assert_eq!(
            (shared.get(0), shared.get(1), shared.get(2), shared.get(3), shared.get(4)),
            (Some(""), Some("甲"), Some(""), Some("乙"), None)
        );
    }
}
