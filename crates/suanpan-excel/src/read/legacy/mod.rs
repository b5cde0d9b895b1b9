//! xls, xlsb and ods through calamine. It holds whole sheets in memory and can be made to abort; the
//! cage's memory and time limits are what stands between that and the program. What it does not tell
//! (hidden rows, hidden columns, some merged cells) is found by a walk of our own first: [`untold`].

mod ods;
mod untold;
mod xls;
mod xlsb;

use super::rows::{MAX_MERGES, Merge, RawCell, RowBuf, SharedStrings, SheetHead, Sink};
use crate::cell::{CellError, Serial};
use crate::error::{ErrorKind, ReadError};
use crate::sniff::FileKind;
use calamine::{
    CellErrorType, Data, DataRef, Ods, OdsError, Range, Reader, SheetType, SheetVisible, Xls, XlsError, Xlsb, XlsbError,
};
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Seek};
use untold::Untold;

type Source = BufReader<File>;

pub fn read(mut file: File, kind: FileKind, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let first = file.try_clone()?;
    let untold = match kind {
        FileKind::Xls => xls::untold(first),
        FileKind::Xlsb => xlsb::untold(first)?,
        _ => ods::untold(first)?,
    };
    file.rewind()?;
    let source = BufReader::with_capacity(64 << 10, file);
    match kind {
        FileKind::Xls => read_xls(source, untold, sink),
        FileKind::Xlsb => read_xlsb(source, untold, sink),
        _ => read_ods(source, untold, sink),
    }
}

fn read_xls(source: Source, untold: Vec<Untold>, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut book = Xls::new(source).map_err(|error| match error {
        XlsError::Password => ReadError::new(ErrorKind::Encrypted, ""),
        other => ReadError::damaged(other),
    })?;
    for (head, mut untold) in sheets(&book, untold) {
        let range = book.worksheet_range(&head.name).map_err(ReadError::damaged)?;
        let merges = book.merge_cells_by_sheet_name(&head.name).map_err(ReadError::damaged)?;
        if merges.len() > MAX_MERGES {
            return Err(ReadError::new(ErrorKind::TooManyMerges, format!("超过 {MAX_MERGES} 处")));
        }
        untold.merges.extend(merges.iter().map(|range| Merge {
            top: range.start.0,
            left: range.start.1,
            bottom: range.end.0,
            right: range.end.1,
        }));
        // BIFF always stores the result of a formula.
        emit(&head, &range, &HashSet::new(), untold, sink)?;
    }
    Ok(())
}

fn read_ods(source: Source, untold: Vec<Untold>, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut book = Ods::new(source).map_err(|error| match error {
        OdsError::Password => ReadError::new(ErrorKind::Encrypted, ""),
        OdsError::CellLimitExceeded { requested, .. } => {
            ReadError::new(ErrorKind::TooLarge, format!("{requested} 个单元格"))
        }
        other => ReadError::damaged(other),
    })?;
    for (head, untold) in sheets(&book, untold) {
        let range = book.worksheet_range(&head.name).map_err(ReadError::damaged)?;
        let formulas = places(&book.worksheet_formula(&head.name).map_err(ReadError::damaged)?);
        emit(&head, &range, &formulas, untold, sink)?;
    }
    Ok(())
}

fn read_xlsb(source: Source, untold: Vec<Untold>, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut book = Xlsb::new(source).map_err(|error| match error {
        XlsbError::Password => ReadError::new(ErrorKind::Encrypted, ""),
        other => ReadError::damaged(other),
    })?;
    for (head, untold) in sheets(&book, untold) {
        // calamine passes over formulas whose result is an error; their places tell.
        let mut formulas = places(&book.worksheet_formula(&head.name).map_err(ReadError::damaged)?);
        sink.sheet(&head)?;
        let mut row = RowBuf { hidden: untold.row_is_hidden(0), ..RowBuf::default() };
        let mut cells = book.worksheet_cells_reader(&head.name).map_err(ReadError::damaged)?;
        while let Some(cell) = cells.next_cell().map_err(ReadError::damaged)? {
            let (index, column) = cell.get_position();
            if index != row.index {
                send(&mut row, &mut formulas, sink)?;
                row.clear(index);
                row.hidden = untold.row_is_hidden(index);
            }
            formulas.remove(&(index, column));
            push_ref(&mut row, column, cell.get_value());
        }
        send(&mut row, &mut formulas, sink)?;
        sink.sheet_end(&untold.into_tail())?;
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

/// The worksheets, each with what is told of it beside its cells: both lists are in the workbook's order.
fn sheets<R: Reader<Source>>(book: &R, untold: Vec<Untold>) -> Vec<(SheetHead, Untold)> {
    let told_or_not = untold.into_iter().chain(std::iter::repeat_with(Untold::default));
    let sheets = book.sheets_metadata().iter().zip(told_or_not);
    let head = |sheet: &calamine::Sheet| SheetHead {
        name: sheet.name.clone(),
        hidden: sheet.visible != SheetVisible::Visible,
    };
    sheets.filter(|(sheet, _)| sheet.typ == SheetType::WorkSheet).map(|(sheet, untold)| (head(sheet), untold)).collect()
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
    untold: Untold,
    sink: &mut dyn Sink,
) -> Result<(), ReadError> {
    sink.sheet(head)?;
    let (top, left) = range.start().unwrap_or_default();
    let mut row = RowBuf::default();
    for (offset, cells) in range.rows().enumerate() {
        let index = top + offset as u32;
        row.clear(index);
        row.hidden = untold.row_is_hidden(index);
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
    sink.sheet_end(&untold.into_tail())
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;
    use std::io::Write;

    /// The walk of its kind over the fixture with some bytes replaced.
    fn walk(name: &str, damage: &[(prop::sample::Index, u8)]) {
        let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let mut bytes = std::fs::read(fixtures.join(name)).expect("committed");
        for (place, byte) in damage {
            let at = place.index(bytes.len());
            bytes[at] = *byte;
        }
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(&bytes).and_then(|()| file.rewind()).expect("writable");
        match name.rsplit('.').next() {
            Some("xls") => drop(xls::untold(file)),
            Some("xlsb") => drop(xlsb::untold(file)),
            _ => drop(ods::untold(file)),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::with_cases(512) })]

        #[test]
        fn damaged_files_never_panic_the_walks(
            name in prop::sample::select(vec!["hidden.biff8.xls", "hidden.biff5.xls", "hidden.xlsb", "hidden.ods"]),
            damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
        ) {
            walk(name, &damage);
        }
    }
}
