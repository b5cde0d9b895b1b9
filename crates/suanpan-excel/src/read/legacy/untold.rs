//! What a sheet says beside its cells and calamine does not tell: hidden rows and columns, and in xlsb
//! and ods the merged cells. The files beside this one find it, one per kind; none of them looks into a cell.

use crate::read::rows::{MAX_COLUMNS, MAX_ROWS, Merge, SheetTail};

/// Ranges are inclusive and count from 0.
#[derive(Debug, Default)]
pub struct Untold {
    rows: Vec<(u32, u32)>,
    columns: Vec<(u32, u32)>,
    pub merges: Vec<Merge>,
}

impl Untold {
    pub fn hide_rows(&mut self, first: u32, last: u32) {
        add(&mut self.rows, first, last.min(MAX_ROWS - 1));
    }

    pub fn hide_columns(&mut self, first: u32, last: u32) {
        add(&mut self.columns, first, last.min(MAX_COLUMNS - 1));
    }

    /// Call when all is added and before asking: files may tell rows in any order and twice.
    pub fn put_in_order(&mut self) {
        self.rows.sort_unstable();
        self.rows.dedup_by(|next, kept| {
            let touches = next.0 <= kept.1;
            if touches {
                kept.1 = kept.1.max(next.1);
            }
            touches
        });
    }

    pub fn row_is_hidden(&self, row: u32) -> bool {
        let behind = self.rows.partition_point(|(first, _)| *first <= row);
        behind > 0 && row <= self.rows[behind - 1].1
    }

    pub fn into_tail(self) -> SheetTail {
        SheetTail { merges: self.merges, hidden_columns: self.columns, hidden: false }
    }
}

/// Adds a range, joined to the one before it where they touch, so that memory is that of the changes.
fn add(ranges: &mut Vec<(u32, u32)>, first: u32, last: u32) {
    match ranges.last_mut() {
        _ if first > last => {}
        Some((_, end)) if *end + 1 == first => *end = last,
        _ => ranges.push((first, last)),
    }
}

/// Little-endian numbers of a record; None past its end.
pub fn u16_at(record: &[u8], at: usize) -> Option<u32> {
    record.get(at..at + 2)?.try_into().ok().map(|bytes| u32::from(u16::from_le_bytes(bytes)))
}

pub fn u32_at(record: &[u8], at: usize) -> Option<u32> {
    record.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_told_in_any_order_and_twice_are_hidden_and_their_neighbours_are_not() {
        let mut untold = Untold::default();
        for (first, last) in [(7, 7), (8, 8), (3, 5), (8, 8), (1_048_000, u32::MAX), (9, 2)] {
            untold.hide_rows(first, last);
        }
        untold.put_in_order();
        let hidden: Vec<u32> = (0..12).filter(|row| untold.row_is_hidden(*row)).collect();
        assert_eq!(hidden, [3, 4, 5, 7, 8]);
        assert!(untold.row_is_hidden(1_048_575) && !untold.row_is_hidden(1_047_999));
    }

    #[test]
    fn columns_past_the_sheet_are_cut_off() {
        let mut untold = Untold::default();
        untold.hide_columns(2, 2);
        untold.hide_columns(3, 99_999);
        untold.hide_columns(70_000, 80_000);
        assert_eq!(untold.into_tail().hidden_columns, [(2, MAX_COLUMNS - 1)]);
    }
}
