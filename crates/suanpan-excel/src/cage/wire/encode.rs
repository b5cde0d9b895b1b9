//! The child's half: rows → frames.

use super::{MAX_FRAME, MAX_KNOWN, SheetEnd, garbage, kind, tag};
use crate::error::{ErrorKind, ReadError};
use crate::read::rows::{RawCell, RowBuf, SharedStrings, SheetHead, SheetTail, Sink};
use crate::sniff::FileKind;
use std::collections::HashMap;
use std::io::{self, Write};

/// A batch is sent when it has grown to this many bytes.
const BATCH: usize = 64 << 10;
/// Longer texts are not remembered: they seldom repeat.
const MAX_KNOWN_BYTES: usize = 96;

/// Writes frames; the [`Sink`] of the child.
pub struct Encoder<W> {
    out: W,
    batch: Vec<u8>,
    batch_rows: u32,
    end: SheetEnd,
    last_row: Option<u32>,
    known: HashMap<Box<str>, u32>,
    known_shared: Vec<u32>,
    known_count: u32,
}

impl<W: Write> Encoder<W> {
    pub fn new(out: W) -> Self {
        Self {
            out,
            batch: Vec::with_capacity(BATCH * 2),
            batch_rows: 0,
            end: SheetEnd::default(),
            last_row: None,
            known: HashMap::new(),
            known_shared: Vec::new(),
            known_count: 0,
        }
    }

    /// Says how the reading ended and gives the pipe back.
    pub fn finish(mut self, result: Result<FileKind, ReadError>) -> io::Result<W> {
        match result {
            Ok(file_kind) => self.frame(kind::DONE, &serde_json::to_vec(&file_kind)?)?,
            Err(error) => {
                let mut payload = vec![error.kind.to_byte()];
                payload.extend(error.detail.chars().take(500).collect::<String>().as_bytes());
                self.frame(kind::FAILED, &payload)?;
            }
        }
        Ok(self.out)
    }

    fn frame(&mut self, kind: u8, payload: &[u8]) -> io::Result<()> {
        write_frame(&mut self.out, kind, &[payload])
    }

    fn flush_batch(&mut self) -> io::Result<()> {
        if self.batch_rows == 0 {
            return Ok(());
        }
        write_frame(&mut self.out, kind::ROWS, &[&self.batch_rows.to_le_bytes(), &self.batch])?;
        self.batch.clear();
        self.batch_rows = 0;
        Ok(())
    }

    fn cell(&mut self, skipped: u32, cell: RawCell, row_arena: &str, shared: &SharedStrings) -> Result<(), ReadError> {
        match cell {
            RawCell::Shared(index) => self.shared_text(skipped, index, shared)?,
            RawCell::Text { at, len } => self.text(skipped, &row_arena[at as usize..(at + len) as usize]),
            RawCell::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                self.head(skipped, tag::WHOLE);
                let whole = number as i64;
                varint(&mut self.batch, ((whole << 1) ^ (whole >> 63)) as u64);
            }
            RawCell::Number(number) => self.double(skipped, tag::NUMBER, number),
            RawCell::Percent(number) => self.double(skipped, tag::PERCENT, number),
            RawCell::Duration(number) => self.double(skipped, tag::DURATION, number),
            RawCell::Date(serial) => {
                self.double(skipped, if serial.from_1904 { tag::DATE_1904 } else { tag::DATE_1900 }, serial.days)
            }
            RawCell::Bool(yes) => self.head(skipped, if yes { tag::TRUE } else { tag::FALSE }),
            RawCell::Error(error) => {
                self.head(skipped, tag::ERROR);
                self.batch.push(error.to_byte());
            }
            RawCell::NoCachedValue => self.head(skipped, tag::NO_VALUE),
        }
        Ok(())
    }

    fn head(&mut self, skipped: u32, tag: u8) {
        if skipped < 15 {
            self.batch.push((skipped as u8) << 4 | tag);
        } else {
            self.batch.push(15 << 4 | tag);
            varint(&mut self.batch, u64::from(skipped));
        }
    }

    fn double(&mut self, skipped: u32, tag: u8, number: f64) {
        self.head(skipped, tag);
        self.batch.extend_from_slice(&number.to_le_bytes());
    }

    fn piece(&mut self, skipped: u32, tag: u8, text: &str) {
        self.head(skipped, tag);
        varint(&mut self.batch, text.len() as u64);
        self.batch.extend_from_slice(text.as_bytes());
    }

    fn may_know(&self, text: &str) -> bool {
        text.len() <= MAX_KNOWN_BYTES && (self.known_count as usize) < MAX_KNOWN
    }

    fn text(&mut self, skipped: u32, text: &str) {
        if let Some(&number) = self.known.get(text) {
            self.head(skipped, tag::KNOWN_TEXT);
            varint(&mut self.batch, u64::from(number));
        } else if self.may_know(text) {
            self.piece(skipped, tag::NEW_TEXT, text);
            self.known.insert(text.into(), self.known_count);
            self.known_count += 1;
        } else {
            self.piece(skipped, tag::TEXT, text);
        }
    }

    fn shared_text(&mut self, skipped: u32, index: u32, shared: &SharedStrings) -> Result<(), ReadError> {
        const UNKNOWN: u32 = u32::MAX;
        let text = shared.get(index).ok_or_else(|| garbage("文字编号"))?;
        if text.is_empty() {
            // Nothing is written, so the next cell must count this column as skipped.
            return Ok(());
        }
        if self.known_shared.len() < shared.len() {
            self.known_shared.resize(shared.len(), UNKNOWN);
        }
        let number = self.known_shared[index as usize];
        if number != UNKNOWN {
            self.head(skipped, tag::KNOWN_TEXT);
            varint(&mut self.batch, u64::from(number));
        } else if self.may_know(text) {
            self.piece(skipped, tag::NEW_TEXT, text);
            self.known_shared[index as usize] = self.known_count;
            self.known_count += 1;
        } else {
            self.piece(skipped, tag::TEXT, text);
        }
        Ok(())
    }
}

impl<W: Write> Sink for Encoder<W> {
    fn sheet(&mut self, head: &SheetHead) -> Result<(), ReadError> {
        self.end = SheetEnd::default();
        self.last_row = None;
        self.known.clear();
        self.known_shared.clear();
        self.known_count = 0;
        let payload = serde_json::to_vec(head).map_err(io::Error::other)?;
        Ok(self.frame(kind::SHEET, &payload)?)
    }

    fn row(&mut self, row: &mut RowBuf, shared: &SharedStrings) -> Result<(), ReadError> {
        if row.cells.is_empty() {
            return Ok(());
        }
        row.put_in_order()?;
        if self.last_row.is_some_and(|last| row.index <= last) {
            return Err(ReadError::new(ErrorKind::Disorder, format!("第 {} 行", row.index + 1)));
        }
        let count_at = self.begin_row(row);
        let mut next_column = 0;
        let mut written = 0u16;
        for &(column, cell) in &row.cells {
            let before = self.batch.len();
            self.cell(column - next_column, cell, &row.arena, shared)?;
            if self.batch.len() > before {
                next_column = column + 1;
                written += 1;
            }
        }
        self.batch[count_at..count_at + 2].copy_from_slice(&written.to_le_bytes());
        self.end.rows += 1;
        self.end.height = row.index + 1;
        self.end.width = self.end.width.max(next_column);
        self.end.hidden_rows += u32::from(row.hidden);
        if self.batch.len() > MAX_FRAME - 64 {
            return Err(ReadError::new(ErrorKind::TextTooLong, format!("第 {} 行", row.index + 1)));
        }
        if self.batch.len() >= BATCH {
            self.flush_batch()?;
        }
        Ok(())
    }

    fn sheet_end(&mut self, tail: &SheetTail) -> Result<(), ReadError> {
        self.flush_batch()?;
        let end = SheetEnd { tail: tail.clone(), ..std::mem::take(&mut self.end) };
        let payload = serde_json::to_vec(&end).map_err(io::Error::other)?;
        Ok(self.frame(kind::SHEET_END, &payload)?)
    }
}

impl<W: Write> Encoder<W> {
    /// Writes the row's index and flags, and room for the number of its cells; returns where that is.
    fn begin_row(&mut self, row: &RowBuf) -> usize {
        self.last_row = Some(row.index);
        self.batch_rows += 1;
        varint(&mut self.batch, u64::from(row.index) << 1 | u64::from(row.hidden));
        let count_at = self.batch.len();
        self.batch.extend_from_slice(&[0, 0]);
        count_at
    }
}

fn write_frame(out: &mut impl Write, kind: u8, pieces: &[&[u8]]) -> io::Result<()> {
    let length: usize = pieces.iter().map(|piece| piece.len()).sum();
    out.write_all(&(length as u32).to_le_bytes())?;
    out.write_all(&[kind])?;
    pieces.iter().try_for_each(|piece| out.write_all(piece))
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
