//! Cells and rows as they stand in the file, before anybody asks what they mean. Making money, codes
//! and dates of them is [`crate::amount`], [`crate::text_code`] and [`crate::dates`].

use std::sync::Arc;

/// One cell as read. Nothing is converted: text that looks like a number is text.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    #[default]
    Empty,
    Text(Arc<str>),
    /// The double that the file stores; [`number_text`] gives its shortest exact form.
    Number(f64),
    /// A number whose format shows it in percent: 0.155 is seen as 15.5%.
    Percent(f64),
    Bool(bool),
    /// A number whose format shows a date: days since the workbook's epoch.
    Date(Serial),
    /// A number whose format shows a length of time, in days.
    Duration(f64),
    Error(CellError),
    /// A formula that was saved without its result. Never 0.
    NoCachedValue,
}

/// Days since 1900-01-00 (with Excel's 29 February 1900) or since 1904-01-01.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Serial {
    pub days: f64,
    pub from_1904: bool,
}

/// The error values of spreadsheet formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellError {
    Null,
    Div0,
    Value,
    Ref,
    Name,
    Num,
    NotAvailable,
    Other,
}

const ERRORS: &[(CellError, &str)] = &[
    (CellError::Null, "#NULL!"),
    (CellError::Div0, "#DIV/0!"),
    (CellError::Value, "#VALUE!"),
    (CellError::Ref, "#REF!"),
    (CellError::Name, "#NAME?"),
    (CellError::Num, "#NUM!"),
    (CellError::NotAvailable, "#N/A"),
    (CellError::Other, "#错误"),
];

impl CellError {
    pub fn text(self) -> &'static str {
        ERRORS[self.to_byte() as usize].1
    }

    /// Any text that is not a known error is `Other`.
    pub fn from_text(text: &str) -> Self {
        ERRORS.iter().find(|(_, shown)| *shown == text).map_or(Self::Other, |(error, _)| *error)
    }

    pub(crate) fn to_byte(self) -> u8 {
        let place = ERRORS.iter().position(|(error, _)| *error == self);
        place.expect("the table lists every variant") as u8
    }

    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        ERRORS.get(byte as usize).map(|(error, _)| *error)
    }
}

/// Shortest text that reads back as the same double, never in scientific notation.
pub fn number_text(number: f64) -> String {
    if number == 0.0 { "0".into() } else { format!("{number}") }
}

impl Cell {
    /// What a person sees in the cell, roughly; used in messages, headers and error workbooks.
    pub fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text.to_string(),
            Self::Number(number) | Self::Duration(number) => number_text(*number),
            Self::Percent(number) => format!("{}%", number_text((number * 1e8).round() / 1e6)),
            Self::Bool(yes) => if *yes { "TRUE" } else { "FALSE" }.into(),
            Self::Date(serial) => crate::dates::serial_text(*serial),
            Self::Error(error) => error.text().into(),
            Self::NoCachedValue => String::new(),
        }
    }

    /// Empty, or text of nothing but spaces.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.chars().all(|c| c.is_whitespace() || c == '\u{feff}'),
            _ => false,
        }
    }
}

/// One row of a sheet: the cells that hold something, by rising column.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// Counted from 0; people see it + 1.
    pub index: u32,
    pub hidden: bool,
    /// (column counted from 0, cell).
    pub cells: Vec<(u32, Cell)>,
}

static EMPTY: Cell = Cell::Empty;

impl Row {
    pub fn cell(&self, column: u32) -> &Cell {
        match self.cells.binary_search_by_key(&column, |(at, _)| *at) {
            Ok(place) => &self.cells[place].1,
            Err(_) => &EMPTY,
        }
    }

    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|(_, cell)| cell.is_blank())
    }
}

/// `0` → `A`, `27` → `AB`: the column's name as people see it.
pub fn column_name(column: u32) -> String {
    let mut name = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        name.push(b'A' + (rest % 26) as u8);
        rest /= 26;
    }
    name.iter().rev().map(|&letter| letter as char).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_show_their_shortest_exact_form() {
        let cases =
            [(0.1 + 0.2, "0.30000000000000004"), (1e21, "1000000000000000000000"), (-0.0, "0"), (2010101.0, "2010101")];
        for (number, text) in cases {
            assert_eq!(number_text(number), text);
        }
    }

    #[test]
    fn columns_are_named_as_in_excel() {
        for (column, name) in [(0, "A"), (25, "Z"), (26, "AA"), (16383, "XFD")] {
            assert_eq!(column_name(column), name);
        }
    }

    #[test]
    fn a_row_gives_empty_for_what_is_not_there() {
        let row = Row { index: 0, hidden: false, cells: vec![(1, Cell::Bool(true)), (4, Cell::Number(1.0))] };
        assert_eq!((row.cell(0), row.cell(4)), (&Cell::Empty, &Cell::Number(1.0)));
    }
}
