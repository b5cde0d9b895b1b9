//! One worksheet, row by row. The declared dimension is ignored; cells are where they say they are, and
//! nowhere past XFD1048576.

use super::formats::Class;
use super::parts::{is_true, undo_x_escapes};
use crate::cell::{CellError, Serial};
use crate::error::{ErrorKind, ReadError};
use crate::guard::Package;
use crate::markup::{Attrs, Doctype, Markup, Token, attr, unescape};
use crate::read::rows::{MAX_COLUMNS, MAX_MERGES, MAX_ROWS, Merge, RawCell, RowBuf, SharedStrings, SheetTail, Sink};

pub struct Context<'a> {
    pub shared: &'a SharedStrings,
    pub classes: &'a [Class],
    pub from_1904: bool,
}

/// The `t` of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `n`, or nothing said.
    Number,
    Shared,
    /// `str` (a formula's text) and `d` (an ISO date).
    Text,
    Inline,
    Bool,
    Error,
}

/// The cell being read.
struct Open {
    column: u32,
    kind: Kind,
    class: Class,
    has_formula: bool,
    has_value: bool,
}

/// Where text belongs at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    Value,
    InlineText,
    Phonetic,
}

struct Reader<'a> {
    context: &'a Context<'a>,
    row: RowBuf,
    next_row: u32,
    next_column: u32,
    cell: Option<Open>,
    inside: Inside,
    text: String,
    piece: String,
    tail: SheetTail,
}

/// Streams the sheet in part `name` into `sink`.
pub fn read(
    package: &mut Package,
    name: &str,
    context: &Context<'_>,
    sink: &mut dyn Sink,
) -> Result<SheetTail, ReadError> {
    let Some(part) = package.part(name)? else {
        return Err(ReadError::damaged(format!("缺少工作表部件 {name}")));
    };
    let mut markup = Markup::new(part, Doctype::Refuse);
    let mut reader = Reader {
        context,
        row: RowBuf::default(),
        next_row: 0,
        next_column: 0,
        cell: None,
        inside: Inside::Nothing,
        text: String::new(),
        piece: String::new(),
        tail: SheetTail::default(),
    };
    loop {
        match markup.token()? {
            Token::End => return Ok(reader.tail),
            Token::Open { name, attrs, empty } => {
                reader.open(name, attrs)?;
                if empty {
                    reader.close(name, sink)?;
                }
            }
            Token::Close { name } => reader.close(name, sink)?,
            Token::Text(raw) if matches!(reader.inside, Inside::Value | Inside::InlineText) => reader.take_text(raw)?,
            Token::CData(raw) if matches!(reader.inside, Inside::Value | Inside::InlineText) => {
                reader.text.push_str(&String::from_utf8_lossy(raw))
            }
            _ => {}
        }
    }
}

impl Reader<'_> {
    fn open(&mut self, name: &[u8], attrs: &[u8]) -> Result<(), ReadError> {
        match name {
            b"c" => self.open_cell(attrs),
            b"v" => {
                self.text.clear();
                self.inside = Inside::Value;
                Ok(())
            }
            b"f" => {
                if let Some(cell) = &mut self.cell {
                    cell.has_formula = true;
                }
                Ok(())
            }
            b"row" => self.open_row(attrs),
            b"is" => {
                self.text.clear();
                Ok(())
            }
            b"t" if self.cell.is_some() && self.inside == Inside::Nothing => {
                self.inside = Inside::InlineText;
                Ok(())
            }
            b"rPh" => {
                self.inside = Inside::Phonetic;
                Ok(())
            }
            b"col" => self.column(attrs),
            b"mergeCell" => self.merge(attrs),
            _ => Ok(()),
        }
    }

    fn close(&mut self, name: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        match name {
            b"c" => self.close_cell(),
            b"v" => {
                self.inside = Inside::Nothing;
                self.close_value()
            }
            b"t" if self.inside == Inside::InlineText => {
                self.inside = Inside::Nothing;
                Ok(())
            }
            b"rPh" => {
                self.inside = Inside::Nothing;
                Ok(())
            }
            b"is" => {
                if let Some(Open { column, kind: Kind::Inline, .. }) = self.cell {
                    self.row.push_text(column, &self.text);
                }
                Ok(())
            }
            b"row" => sink.row(&mut self.row, self.context.shared),
            _ => Ok(()),
        }
    }

    fn open_row(&mut self, attrs: &[u8]) -> Result<(), ReadError> {
        let mut index = self.next_row;
        let mut hidden = false;
        for (name, value) in Attrs(attrs) {
            match name {
                b"r" => index = digits(value).and_then(|row| row.checked_sub(1)).ok_or_else(|| out_of_range(value))?,
                b"hidden" => hidden = is_true(Some(value)),
                _ => {}
            }
        }
        if index < self.next_row {
            return Err(ReadError::new(ErrorKind::Disorder, format!("第 {} 行", u64::from(index) + 1)));
        }
        if index >= MAX_ROWS {
            return Err(ReadError::new(ErrorKind::BadDimensions, format!("第 {} 行", u64::from(index) + 1)));
        }
        self.row.clear(index);
        self.row.hidden = hidden;
        self.next_row = index + 1;
        self.next_column = 0;
        Ok(())
    }

    fn open_cell(&mut self, attrs: &[u8]) -> Result<(), ReadError> {
        let mut cell = Open {
            column: self.next_column,
            kind: Kind::Number,
            class: Class::Plain,
            has_formula: false,
            has_value: false,
        };
        for (name, value) in Attrs(attrs) {
            match name {
                b"r" => cell.column = self.place(value)?,
                b"s" => {
                    cell.class = digits(value)
                        .and_then(|style| self.context.classes.get(style as usize).copied())
                        .unwrap_or_default()
                }
                b"t" => cell.kind = kind_of(value)?,
                _ => {}
            }
        }
        if cell.column >= MAX_COLUMNS || self.row.cells.len() >= MAX_COLUMNS as usize {
            return Err(out_of_range(attrs));
        }
        self.next_column = cell.column + 1;
        self.inside = Inside::Nothing;
        self.cell = Some(cell);
        Ok(())
    }

    /// Column of `AB12`, which must be in the row being read.
    fn place(&self, reference: &[u8]) -> Result<u32, ReadError> {
        let (column, row) = split_reference(reference).ok_or_else(|| out_of_range(reference))?;
        if row != self.row.index {
            return Err(ReadError::new(
                ErrorKind::Disorder,
                format!("单元格 {} 写在第 {} 行里", shown(reference), self.row.index + 1),
            ));
        }
        Ok(column)
    }

    fn take_text(&mut self, raw: &[u8]) -> Result<(), ReadError> {
        if self.inside == Inside::Value {
            return unescape(raw, &mut self.text);
        }
        self.piece.clear();
        unescape(raw, &mut self.piece)?;
        undo_x_escapes(&self.piece, &mut self.text);
        Ok(())
    }

    fn close_value(&mut self) -> Result<(), ReadError> {
        let Some(cell) = &mut self.cell else { return Ok(()) };
        if self.text.is_empty() {
            // The empty text of a formula like ="" is a value; an empty number is none.
            cell.has_value = cell.kind == Kind::Text;
            return Ok(());
        }
        cell.has_value = true;
        let column = cell.column;
        let raw = match cell.kind {
            Kind::Inline => return Ok(()),
            Kind::Text => {
                self.piece.clear();
                undo_x_escapes(&self.text, &mut self.piece);
                self.row.push_text(column, &self.piece);
                return Ok(());
            }
            Kind::Number => match self.text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => of_class(number, cell.class, self.context.from_1904),
                // Some programs write text without saying so: it stays the text that it is.
                _ => {
                    self.row.push_text(column, &self.text);
                    return Ok(());
                }
            },
            Kind::Shared => {
                let index = digits(self.text.as_bytes()).filter(|index| (*index as usize) < self.context.shared.len());
                RawCell::Shared(index.ok_or_else(|| {
                    ReadError::new(ErrorKind::BadSharedStrings, format!("第 {} 条文字不存在", self.text))
                })?)
            }
            Kind::Bool => RawCell::Bool(matches!(self.text.trim(), "1" | "true" | "TRUE")),
            Kind::Error => RawCell::Error(CellError::from_text(self.text.trim())),
        };
        self.row.cells.push((column, raw));
        Ok(())
    }

    fn close_cell(&mut self) -> Result<(), ReadError> {
        if let Some(cell) = self.cell.take()
            && cell.has_formula
            && !cell.has_value
        {
            self.row.cells.push((cell.column, RawCell::NoCachedValue));
        }
        self.inside = Inside::Nothing;
        Ok(())
    }

    fn column(&mut self, attrs: &[u8]) -> Result<(), ReadError> {
        if is_true(attr(attrs, "hidden"))
            && let (Some(first @ 1..), Some(last @ 1..)) =
                (attr(attrs, "min").and_then(digits), attr(attrs, "max").and_then(digits))
            && self.tail.hidden_columns.len() < MAX_COLUMNS as usize
        {
            self.tail.hidden_columns.push((first - 1, last.min(MAX_COLUMNS) - 1));
        }
        Ok(())
    }

    fn merge(&mut self, attrs: &[u8]) -> Result<(), ReadError> {
        if self.tail.merges.len() >= MAX_MERGES {
            return Err(ReadError::new(ErrorKind::TooManyMerges, format!("超过 {MAX_MERGES} 处")));
        }
        let reference = attr(attrs, "ref").unwrap_or_default();
        let mut ends = reference.split(|byte| *byte == b':').map(split_reference);
        let corners = (ends.next().flatten(), ends.next().flatten());
        if let (Some((left, top)), Some((right, bottom))) = corners
            && left <= right
            && top <= bottom
        {
            self.tail.merges.push(Merge { top, left, bottom, right });
        }
        Ok(())
    }
}

fn of_class(number: f64, class: Class, from_1904: bool) -> RawCell {
    match class {
        Class::Plain => RawCell::Number(number),
        Class::Percent => RawCell::Percent(number),
        Class::Date => RawCell::Date(Serial { days: number, from_1904 }),
        Class::Duration => RawCell::Duration(number),
    }
}

fn kind_of(value: &[u8]) -> Result<Kind, ReadError> {
    match value {
        b"n" => Ok(Kind::Number),
        b"s" => Ok(Kind::Shared),
        b"str" | b"d" => Ok(Kind::Text),
        b"inlineStr" => Ok(Kind::Inline),
        b"b" => Ok(Kind::Bool),
        b"e" => Ok(Kind::Error),
        other => Err(ReadError::damaged(format!("不认识的单元格类型 {}", shown(other)))),
    }
}

/// `AB12` → (27, 11), both counted from 0; None outside the sheet.
fn split_reference(reference: &[u8]) -> Option<(u32, u32)> {
    let (mut column, mut row, mut at) = (0u32, 0u32, 0);
    while let Some(letter) = reference.get(at).map(u8::to_ascii_uppercase).filter(u8::is_ascii_uppercase) {
        column = column * 26 + u32::from(letter - b'A') + 1;
        at += 1;
        if column > MAX_COLUMNS {
            return None;
        }
    }
    let numbers = &reference[at..];
    if column == 0 || numbers.is_empty() || numbers.len() > 7 {
        return None;
    }
    for byte in numbers {
        row = row * 10 + u32::from(byte.checked_sub(b'0').filter(|digit| *digit < 10)?);
    }
    (1..=MAX_ROWS).contains(&row).then(|| (column - 1, row - 1))
}

fn digits(value: &[u8]) -> Option<u32> {
    if value.is_empty() || value.len() > 10 {
        return None;
    }
    value.iter().try_fold(0u32, |sum, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_add(u32::from(digit))
    })
}

fn out_of_range(reference: &[u8]) -> ReadError {
    ReadError::new(ErrorKind::BadDimensions, shown(reference))
}

fn shown(raw: &[u8]) -> String {
    String::from_utf8_lossy(&raw[..raw.len().min(40)]).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_up_to_the_last_cell_and_no_further() {
        let cases: [(&str, Option<(u32, u32)>); 8] = [
            ("A1", Some((0, 0))),
            ("xfd1048576", Some((16383, 1048575))),
            ("XFE1", None),
            ("A1048577", None),
            ("A0", None),
            ("A", None),
            ("12", None),
            ("A99999999999", None),
        ];
        for (text, place) in cases {
            assert_eq!(split_reference(text.as_bytes()), place, "{text}");
        }
    }
}
