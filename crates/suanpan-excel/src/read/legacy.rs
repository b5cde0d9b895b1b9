//! xls, xlsb and ods through calamine. It holds whole sheets in memory and can be made to abort; the
//! cage's memory and time limits are what stands between that and the program.

use super::rows::{MAX_MERGES, Merge, RawCell, RowBuf, SharedStrings, SheetHead, SheetTail, Sink};
use crate::cell::{CellError, Serial};
use crate::error::{ErrorKind, ReadError};
use crate::guard::Package;
use crate::markup::{Doctype, Markup, Token};
use crate::sniff::FileKind;
use calamine::{
    CellErrorType, Data, DataRef, Ods, OdsError, Range, Reader, SheetType, SheetVisible, Xls, XlsError, Xlsb, XlsbError,
};
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Seek};

type Source = BufReader<File>;

pub fn read(mut file: File, kind: FileKind, sink: &mut dyn Sink) -> Result<(), ReadError> {
    if kind == FileKind::Ods {
        check_ods(file.try_clone()?)?;
        file.rewind()?;
    }
    let source = BufReader::with_capacity(64 << 10, file);
    match kind {
        FileKind::Xls => read_xls(source, sink),
        FileKind::Xlsb => read_xlsb(source, sink),
        _ => read_ods(source, sink),
    }
}

/// Walks the content once, so that document types and gigabyte texts stop here and not in calamine.
fn check_ods(file: File) -> Result<(), ReadError> {
    let mut package = Package::open(file)?;
    let Some(part) = package.part("content.xml")? else {
        return Err(ReadError::damaged("缺少 content.xml"));
    };
    let mut markup = Markup::new(part, Doctype::Refuse);
    while markup.token()? != Token::End {}
    Ok(())
}

fn read_xls(source: Source, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut book = Xls::new(source).map_err(|error| match error {
        XlsError::Password => ReadError::new(ErrorKind::Encrypted, ""),
        other => ReadError::damaged(other),
    })?;
    for head in heads(&book) {
        let range = book.worksheet_range(&head.name).map_err(ReadError::damaged)?;
        let merges = book.merge_cells_by_sheet_name(&head.name).map_err(ReadError::damaged)?;
        if merges.len() > MAX_MERGES {
            return Err(ReadError::new(ErrorKind::TooManyMerges, format!("超过 {MAX_MERGES} 处")));
        }
        let merges = merges.iter().map(|range| Merge {
            top: range.start.0,
            left: range.start.1,
            bottom: range.end.0,
            right: range.end.1,
        });
        let tail = SheetTail { merges: merges.collect(), hidden_columns: Vec::new() };
        // BIFF always stores the result of a formula.
        emit(&head, &range, &HashSet::new(), &tail, sink)?;
    }
    Ok(())
}

fn read_ods(source: Source, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut book = Ods::new(source).map_err(|error| match error {
        OdsError::Password => ReadError::new(ErrorKind::Encrypted, ""),
        OdsError::CellLimitExceeded { requested, .. } => {
            ReadError::new(ErrorKind::TooLarge, format!("{requested} 个单元格"))
        }
        other => ReadError::damaged(other),
    })?;
    for head in heads(&book) {
        let range = book.worksheet_range(&head.name).map_err(ReadError::damaged)?;
        let formulas = places(&book.worksheet_formula(&head.name).map_err(ReadError::damaged)?);
        emit(&head, &range, &formulas, &SheetTail::default(), sink)?;
    }
    Ok(())
}

fn read_xlsb(source: Source, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut book = Xlsb::new(source).map_err(|error| match error {
        XlsbError::Password => ReadError::new(ErrorKind::Encrypted, ""),
        other => ReadError::damaged(other),
    })?;
    for head in heads(&book) {
        // calamine passes over formulas whose result is an error; their places tell.
        let mut formulas = places(&book.worksheet_formula(&head.name).map_err(ReadError::damaged)?);
        sink.sheet(&head)?;
        let mut row = RowBuf::default();
        let mut cells = book.worksheet_cells_reader(&head.name).map_err(ReadError::damaged)?;
        while let Some(cell) = cells.next_cell().map_err(ReadError::damaged)? {
            let (index, column) = cell.get_position();
            if index != row.index {
                send(&mut row, &mut formulas, sink)?;
                row.clear(index);
            }
            formulas.remove(&(index, column));
            push_ref(&mut row, column, cell.get_value());
        }
        send(&mut row, &mut formulas, sink)?;
        sink.sheet_end(&SheetTail::default())?;
    }
    Ok(())
}

fn send(row: &mut RowBuf, formulas: &mut HashSet<(u32, u32)>, sink: &mut dyn Sink) -> Result<(), ReadError> {
    if !formulas.is_empty() {
        let mut lost: Vec<u32> = formulas.iter().filter(|place| place.0 == row.index).map(|place| place.1).collect();
        lost.sort_unstable();
        for column in lost {
            formulas.remove(&(row.index, column));
            row.cells.push((column, RawCell::NoCachedValue));
        }
    }
    if row.cells.is_empty() { Ok(()) } else { sink.row(row, &SharedStrings::default()) }
}

fn heads<R: Reader<Source>>(book: &R) -> Vec<SheetHead> {
    let sheets = book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    sheets.map(|sheet| SheetHead { name: sheet.name.clone(), hidden: sheet.visible != SheetVisible::Visible }).collect()
}

fn places(formulas: &Range<String>) -> HashSet<(u32, u32)> {
    let (top, left) = formulas.start().unwrap_or_default();
    let used = formulas.used_cells().filter(|(_, _, formula)| !formula.is_empty());
    used.map(|(row, column, _)| (row as u32 + top, column as u32 + left)).collect()
}

fn emit(
    head: &SheetHead,
    range: &Range<Data>,
    formulas: &HashSet<(u32, u32)>,
    tail: &SheetTail,
    sink: &mut dyn Sink,
) -> Result<(), ReadError> {
    sink.sheet(head)?;
    let (top, left) = range.start().unwrap_or_default();
    let mut row = RowBuf::default();
    for (offset, cells) in range.rows().enumerate() {
        let index = top + offset as u32;
        row.clear(index);
        for (place, cell) in cells.iter().enumerate() {
            let column = left + place as u32;
            if *cell == Data::Empty && formulas.contains(&(index, column)) {
                row.cells.push((column, RawCell::NoCachedValue));
            } else {
                push(&mut row, column, cell);
            }
        }
        if !row.cells.is_empty() {
            sink.row(&mut row, &SharedStrings::default())?;
        }
    }
    sink.sheet_end(tail)
}

fn push(row: &mut RowBuf, column: u32, cell: &Data) {
    match cell {
        Data::Empty => {}
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => row.push_text(column, text),
        Data::Int(number) => row.cells.push((column, RawCell::Number(*number as f64))),
        Data::Float(number) => row.cells.push((column, RawCell::Number(*number))),
        Data::Bool(yes) => row.cells.push((column, RawCell::Bool(*yes))),
        Data::DateTime(moment) => row.cells.push((column, date(moment))),
        Data::Error(error) => row.cells.push((column, RawCell::Error(error_of(error)))),
    }
}

fn push_ref(row: &mut RowBuf, column: u32, cell: &DataRef<'_>) {
    match cell {
        DataRef::SharedString(text) => row.push_text(column, text),
        other => push(row, column, &Data::from(other.clone())),
    }
}

fn date(moment: &calamine::ExcelDateTime) -> RawCell {
    if moment.is_duration() {
        return RawCell::Duration(moment.as_f64());
    }
    let from_1904 = moment.as_datetime().is_some_and(|date| {
        // calamine does not tell the epoch; the date that it makes of the days does.
        crate::dates::from_serial(Serial { days: moment.as_f64(), from_1904: true }) == Some(date.date())
    });
    RawCell::Date(Serial { days: moment.as_f64(), from_1904 })
}

fn error_of(error: &CellErrorType) -> CellError {
    CellError::from_text(&error.to_string())
}
