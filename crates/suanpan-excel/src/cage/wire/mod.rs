//! The bytes between child and parent, which are also the bytes of the [spool](crate::workbook): frames
//! of `u32 length, u8 kind, payload`. Rows go in batches; short texts that repeat go once per sheet and
//! then by number. Decoding trusts nothing: any byte out of place is [`ErrorKind::Garbage`].

mod decode;
mod encode;

use crate::error::{ErrorKind, ReadError};
use crate::read::rows::{SheetHead, SheetTail};
use crate::sniff::FileKind;
pub use decode::{Decoder, read_frame};
pub use encode::Encoder;
use serde::{Deserialize, Serialize};

/// No frame is longer, in bytes.
const MAX_FRAME: usize = 16 << 20;
/// Only so many texts are remembered per sheet.
const MAX_KNOWN: usize = 1 << 16;

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
