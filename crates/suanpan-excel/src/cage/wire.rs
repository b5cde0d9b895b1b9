//! The bytes between child and parent, which are also the bytes of the [spool](crate::workbook): frames
//! of `u32 length, u8 kind, payload`. Rows go in batches; short texts that repeat go once per sheet and
//! then by number. Decoding trusts nothing: any byte out of place is [`ErrorKind::Garbage`].

use crate::cell::{Cell, CellError, Row, Serial};
use crate::error::{ErrorKind, ReadError};
use crate::read::rows::{RawCell, RowBuf, SharedStrings, SheetHead, SheetTail, Sink};
use crate::sniff::FileKind;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::sync::Arc;

/// No frame is longer, in bytes.
const MAX_FRAME: usize = 16 << 20;
/// A batch is sent when it has grown to this many bytes.
const BATCH: usize = 64 << 10;
/// Only so many texts, each at most so many bytes, are remembered per sheet.
const MAX_KNOWN: usize = 1 << 16;
const MAX_KNOWN_BYTES: usize = 96;

#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    Sheet(SheetHead),
    Rows(Batch),
    SheetEnd(SheetEnd),
    Done(FileKind),
    Failed(ReadError),
}

/// Rows still encoded; [`Decoder`] makes them [`Row`]s.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    pub rows: u32,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SheetEnd {
    /// Rows that hold something.
    pub rows: u32,
    /// Last row and column that hold something, + 1.
    pub height: u32,
    pub width: u32,
    pub hidden_rows: u32,
    pub tail: SheetTail,
}

mod kind {
    pub const SHEET: u8 = 1;
    pub const ROWS: u8 = 2;
    pub const SHEET_END: u8 = 3;
    pub const DONE: u8 = 4;
    pub const FAILED: u8 = 5;
}

/// Low four bits of a cell's first byte; the high four are the columns skipped before it (15: more follow).
mod tag {
    pub const TEXT: u8 = 0;
    pub const NEW_TEXT: u8 = 1;
    pub const KNOWN_TEXT: u8 = 2;
    pub const NUMBER: u8 = 3;
    pub const WHOLE: u8 = 4;
    pub const PERCENT: u8 = 5;
    pub const FALSE: u8 = 6;
    pub const TRUE: u8 = 7;
    pub const DATE_1900: u8 = 8;
    pub const DATE_1904: u8 = 9;
    pub const DURATION: u8 = 10;
    pub const ERROR: u8 = 11;
    pub const NO_VALUE: u8 = 12;
}

fn garbage(what: &str) -> ReadError {
    ReadError::new(ErrorKind::Garbage, what)
}

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
        Self { out, batch: Vec::with_capacity(BATCH * 2), batch_rows: 0, end: SheetEnd::default(), last_row: None, known: HashMap::new(), known_shared: Vec::new(), known_count: 0 }
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
            RawCell::Date(serial) => self.double(skipped, if serial.from_1904 { tag::DATE_1904 } else { tag::DATE_1900 }, serial.days),
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

/// The next frame; None at the end of the pipe. Err(Garbage) when the bytes are no frame.
pub fn read_frame(pipe: &mut impl Read) -> Result<Option<Frame>, ReadError> {
    let mut head = [0; 5];
    match pipe.read(&mut head[..1])? {
        0 => return Ok(None),
        _ => pipe.read_exact(&mut head[1..]).map_err(|_| garbage("半个帧头"))?,
    }
    let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
    if length > MAX_FRAME {
        return Err(garbage("帧长度"));
    }
    let mut payload = vec![0; length];
    pipe.read_exact(&mut payload).map_err(|_| garbage("半个帧"))?;
    decode_frame(head[4], payload).map(Some)
}

fn decode_frame(kind: u8, mut payload: Vec<u8>) -> Result<Frame, ReadError> {
    match kind {
        kind::SHEET => serde_json::from_slice(&payload).map(Frame::Sheet).map_err(|_| garbage("工作表头")),
        kind::SHEET_END => serde_json::from_slice(&payload).map(Frame::SheetEnd).map_err(|_| garbage("工作表尾")),
        kind::DONE => serde_json::from_slice(&payload).map(Frame::Done).map_err(|_| garbage("结束")),
        kind::ROWS if payload.len() >= 4 => {
            let bytes = payload.split_off(4);
            let rows = u32::from_le_bytes([payload[0], payload[1], payload[2], payload[3]]);
            Ok(Frame::Rows(Batch { rows, bytes }))
        }
        kind::FAILED => {
            let (number, detail) = payload.split_first().ok_or_else(|| garbage("错误"))?;
            let kind = ErrorKind::from_byte(*number).ok_or_else(|| garbage("错误编号"))?;
            Ok(Frame::Failed(ReadError::new(kind, String::from_utf8_lossy(detail))))
        }
        _ => Err(garbage("帧类型")),
    }
}

/// Makes rows of the batches of one sheet, in their order.
#[derive(Debug, Default)]
pub struct Decoder {
    known: Vec<Arc<str>>,
    next_row: u32,
}

impl Decoder {
    /// Fills `row` with the row at `bytes` and moves `bytes` behind it. Err(Garbage).
    pub fn row(&mut self, bytes: &mut &[u8], row: &mut Row) -> Result<(), ReadError> {
        let place = take_varint(bytes)?;
        row.index = u32::try_from(place >> 1).map_err(|_| garbage("行号"))?;
        row.hidden = place & 1 == 1;
        if row.index < self.next_row || row.index >= crate::read::rows::MAX_ROWS {
            return Err(garbage("行号次序"));
        }
        self.next_row = row.index + 1;
        let count = u16::from_le_bytes(take(bytes)?);
        row.cells.clear();
        let mut column = 0u32;
        for _ in 0..count {
            let [head] = take(bytes)?;
            let mut skipped = u64::from(head >> 4);
            if skipped == 15 {
                skipped = take_varint(bytes)?;
            }
            column = u32::try_from(u64::from(column) + skipped).map_err(|_| garbage("列号"))?;
            if column >= crate::read::rows::MAX_COLUMNS {
                return Err(garbage("列号"));
            }
            row.cells.push((column, self.cell(head & 15, bytes)?));
            column += 1;
        }
        Ok(())
    }

    fn cell(&mut self, tag: u8, bytes: &mut &[u8]) -> Result<Cell, ReadError> {
        Ok(match tag {
            tag::TEXT => Cell::Text(take_text(bytes)?),
            tag::NEW_TEXT => {
                let text = take_text(bytes)?;
                if self.known.len() >= MAX_KNOWN {
                    return Err(garbage("文字表"));
                }
                self.known.push(text.clone());
                Cell::Text(text)
            }
            tag::KNOWN_TEXT => {
                let number = take_varint(bytes)? as usize;
                Cell::Text(self.known.get(number).cloned().ok_or_else(|| garbage("文字编号"))?)
            }
            tag::NUMBER => Cell::Number(take_double(bytes)?),
            tag::WHOLE => {
                let number = take_varint(bytes)?;
                Cell::Number(((number >> 1) as i64 ^ -((number & 1) as i64)) as f64)
            }
            tag::PERCENT => Cell::Percent(take_double(bytes)?),
            tag::FALSE => Cell::Bool(false),
            tag::TRUE => Cell::Bool(true),
            tag::DATE_1900 | tag::DATE_1904 => Cell::Date(Serial { days: take_double(bytes)?, from_1904: tag == tag::DATE_1904 }),
            tag::DURATION => Cell::Duration(take_double(bytes)?),
            tag::ERROR => {
                let [number] = take(bytes)?;
                Cell::Error(CellError::from_byte(number).ok_or_else(|| garbage("错误值"))?)
            }
            tag::NO_VALUE => Cell::NoCachedValue,
            _ => return Err(garbage("单元格类型")),
        })
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], ReadError> {
    let (first, rest) = bytes.split_first_chunk().ok_or_else(|| garbage("行不完整"))?;
    *bytes = rest;
    Ok(*first)
}

fn take_double(bytes: &mut &[u8]) -> Result<f64, ReadError> {
    take(bytes).map(f64::from_le_bytes)
}

fn take_varint(bytes: &mut &[u8]) -> Result<u64, ReadError> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let [byte] = take(bytes)?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(garbage("数字"))
}

fn take_text(bytes: &mut &[u8]) -> Result<Arc<str>, ReadError> {
    let length = take_varint(bytes)? as usize;
    if length > bytes.len() {
        return Err(garbage("文字长度"));
    }
    let (text, rest) = bytes.split_at(length);
    *bytes = rest;
    std::str::from_utf8(text).map(Arc::from).map_err(|_| garbage("文字编码"))
}
