//! Comma- or tab-separated text. Every cell is text: a csv says nothing about kinds.

use super::encoding::utf8_stream;
use super::rows::{MAX_COLUMNS, RowBuf, SharedStrings, SheetHead, SheetTail, Sink};
use crate::error::{ErrorKind, ReadError};
use crate::markup::MAX_TOKEN;
use std::fs::File;
use std::io::{BufReader, Read};

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// Reads the file as one sheet.
pub fn read(file: File, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut source = BufReader::with_capacity(64 << 10, utf8_stream(file)?);
    let mut start = vec![0; 16 << 10];
    let got = fill(&mut source, &mut start)?;
    start.truncate(got);
    let (delimiter, skip) = delimiter(&start);
    start.drain(..skip);
    sink.sheet(&SheetHead { name: "csv".into(), hidden: false })?;
    let mut parser =
        Parser { delimiter, row: RowBuf::default(), next_row: 0, column: 0, field: Vec::new(), state: State::Start };
    parser.feed(&start, sink)?;
    let mut block = vec![0; 64 << 10];
    loop {
        let got = source.read(&mut block)?;
        if got == 0 {
            break;
        }
        parser.feed(&block[..got], sink)?;
    }
    parser.finish(sink)?;
    sink.sheet_end(&SheetTail::default())
}

fn fill(source: &mut impl Read, block: &mut [u8]) -> Result<usize, ReadError> {
    let mut got = 0;
    while got < block.len() {
        match source.read(&mut block[got..])? {
            0 => break,
            more => got += more,
        }
    }
    Ok(got)
}

/// The delimiter, and how many bytes to pass over (Excel's `sep=;` line).
fn delimiter(start: &[u8]) -> (u8, usize) {
    if let Some(said) = start.strip_prefix(b"sep=").and_then(|rest| rest.first()) {
        let line = start.iter().position(|byte| *byte == b'\n').map_or(start.len(), |end| end + 1);
        return (*said, line);
    }
    let mut counts = [0usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in start {
        quoted ^= *byte == b'"';
        if let Some(place) = DELIMITERS.iter().position(|one| one == byte).filter(|_| !quoted) {
            counts[place] += 1;
        }
    }
    let best = (0..DELIMITERS.len()).rev().max_by_key(|place| counts[*place]).unwrap_or(0);
    (DELIMITERS[best], 0)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the first byte of a field.
    Start,
    Plain,
    Quoted,
    /// After a quote inside quotes: either the end or half of a doubled one.
    MaybeEnd,
}

struct Parser {
    delimiter: u8,
    row: RowBuf,
    next_row: u32,
    column: u32,
    field: Vec<u8>,
    state: State,
}

impl Parser {
    fn feed(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Result<(), ReadError> {
        for &byte in bytes {
            match (self.state, byte) {
                (State::Start, b'"') => self.state = State::Quoted,
                (State::Quoted, b'"') => self.state = State::MaybeEnd,
                (State::MaybeEnd, b'"') => self.keep(b'"', State::Quoted)?,
                (State::Quoted, _) => self.keep(byte, State::Quoted)?,
                (_, b'\n') => self.end_row(sink)?,
                (_, b'\r') => {}
                (_, byte) if byte == self.delimiter => self.end_field()?,
                (_, byte) => self.keep(byte, State::Plain)?,
            }
        }
        Ok(())
    }

    fn keep(&mut self, byte: u8, state: State) -> Result<(), ReadError> {
        if self.field.len() >= MAX_TOKEN {
            return Err(ReadError::new(
                ErrorKind::TextTooLong,
                format!("第 {} 行，可能有引号没有成对", self.next_row + 1),
            ));
        }
        self.field.push(byte);
        self.state = state;
        Ok(())
    }

    fn end_field(&mut self) -> Result<(), ReadError> {
        if self.column >= MAX_COLUMNS {
            return Err(ReadError::new(ErrorKind::BadDimensions, format!("第 {} 行的列数", self.next_row + 1)));
        }
        let text = std::str::from_utf8(&self.field).map_err(ReadError::damaged)?;
        // Excel's way to keep a code's zeros in a csv: ="0123".
        let text = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
        self.row.push_text(self.column, text);
        self.field.clear();
        self.column += 1;
        self.state = State::Start;
        Ok(())
    }

    fn end_row(&mut self, sink: &mut dyn Sink) -> Result<(), ReadError> {
        self.end_field()?;
        self.row.index = self.next_row;
        sink.row(&mut self.row, &SharedStrings::default())?;
        self.next_row += 1;
        self.column = 0;
        self.row.clear(self.next_row);
        Ok(())
    }

    fn finish(&mut self, sink: &mut dyn Sink) -> Result<(), ReadError> {
        if self.state == State::Quoted {
            return Err(ReadError::damaged("最后一个引号没有成对，文件可能不完整"));
        }
        if !self.field.is_empty() || self.column > 0 {
            self.end_row(sink)?;
        }
        Ok(())
    }
}
