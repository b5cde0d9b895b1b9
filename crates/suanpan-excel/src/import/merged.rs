//! Cells of the data that are merged downwards: a project written once beside its six indicators. Only
//! the first cell holds the text; the rows below get it back before they are read. Amounts are never
//! repeated: one merged amount is one amount.

use super::Job;
use crate::cell::{Cell, Row};
use crate::recognise::Layout;
use crate::workbook::Workbook;
use std::borrow::Cow;
use std::collections::HashMap;

/// The merged ranges of one sheet, given its rows from the top.
pub struct Merged {
    /// Column and first row → last row.
    ranges: HashMap<(u32, u32), u32>,
    /// Column → last row and text of the range that the row stands in.
    open: HashMap<u32, (u32, Cell)>,
}

impl Merged {
    pub fn of(book: &Workbook, job: &Job<'_>) -> Self {
        let layout: &Layout = job.layout;
        let worded = |column: u32| {
            let map = layout.mapped().find(|map| map.column == column);
            let field = map.and_then(|map| map.field()).and_then(|name| job.def.field(name));
            field.is_some_and(|field| !field.kind.is_money())
        };
        let merges = book.sheets.get(layout.sheet).map(|sheet| sheet.merges.as_slice()).unwrap_or_default();
        let below = merges.iter().filter(|merge| merge.top >= layout.data_from && merge.bottom > merge.top);
        // A range over several columns is a heading of its own, not a value of each of them.
        let narrow = below.filter(|merge| merge.left == merge.right && worded(merge.left));
        Self { ranges: narrow.map(|merge| ((merge.left, merge.top), merge.bottom)).collect(), open: HashMap::new() }
    }

    /// The row with the texts that its merged cells hide.
    pub fn fill<'r>(&mut self, row: &'r Row) -> Cow<'r, Row> {
        if self.ranges.is_empty() {
            return Cow::Borrowed(row);
        }
        self.open.retain(|_, (bottom, _)| *bottom >= row.index);
        for (column, cell) in &row.cells {
            if let Some(bottom) = self.ranges.get(&(*column, row.index)) {
                self.open.insert(*column, (*bottom, cell.clone()));
            }
        }
        let hidden: Vec<_> = self.open.iter().filter(|(column, _)| row.cell(**column).is_blank()).collect();
        if hidden.is_empty() || row.is_blank() {
            return Cow::Borrowed(row);
        }
        let mut filled = row.clone();
        for (column, (_, cell)) in hidden {
            filled.cells.retain(|(place, _)| place != column);
            filled.cells.push((*column, cell.clone()));
        }
        filled.cells.sort_by_key(|(column, _)| *column);
        Cow::Owned(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(index: u32, cells: &[(u32, &str)]) -> Row {
        let cells = cells.iter().map(|(column, text)| (*column, Cell::Text((*text).into()))).collect();
        Row { index, hidden: false, cells }
    }

    #[test]
    fn rows_below_get_the_text_of_their_merged_cell_and_the_next_ones_do_not() {
        let mut merged = Merged { ranges: HashMap::from([((0, 3), 5)]), open: HashMap::new() };
        let text = |row: Cow<Row>| row.cell(0).shown();
        assert_eq!(text(merged.fill(&row(3, &[(0, "道路"), (1, "长度")]))), "道路");
        assert_eq!(text(merged.fill(&row(5, &[(1, "合格率")]))), "道路");
        assert_eq!(text(merged.fill(&row(6, &[(1, "满意度")]))), "");
    }

    #[test]
    fn a_blank_row_stays_blank() {
        let mut merged = Merged { ranges: HashMap::from([((0, 3), 5)]), open: HashMap::new() };
        merged.fill(&row(3, &[(0, "道路"), (1, "长度")]));
        assert!(merged.fill(&row(4, &[])).is_blank());
    }
}
