//! The parent's half: frames → rows, believing nothing.

use super::{Batch, Frame, MAX_FRAME, MAX_KNOWN, garbage, kind, tag};
use crate::cell::{Cell, CellError, Row, Serial};
use crate::error::{ErrorKind, ReadError};
use std::io::Read;
use std::sync::Arc;

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
            tag::DATE_1900 | tag::DATE_1904 => {
                Cell::Date(Serial { days: take_double(bytes)?, from_1904: tag == tag::DATE_1904 })
            }
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
