//! A workbook that has been read: its sheets, the first rows of each, and all rows in a nameless
//! temporary file, to be gone through as often as recognising and previewing need it, in bounded memory.

use crate::cage::{self, wire};
use crate::cell::Row;
use crate::error::{ErrorKind, ReadError};
use crate::read::rows::Merge;
use crate::sniff::FileKind;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::sync::Arc;
use wire::{Batch, Decoder, Frame};

/// Rows of each sheet that are kept for recognising.
pub const HEAD_ROWS: usize = 60;

#[derive(Debug)]
pub struct Workbook {
    pub kind: FileKind,
    pub sheets: Vec<Sheet>,
    spool: Arc<File>,
}

#[derive(Debug, Clone, Default)]
pub struct Sheet {
    pub name: String,
    pub hidden: bool,
    /// Rows that hold something; of them hidden.
    pub rows: u32,
    pub hidden_rows: u32,
    /// Last row and column that hold something, + 1.
    pub height: u32,
    pub width: u32,
    pub merges: Vec<Merge>,
    /// (first, last), inclusive.
    pub hidden_columns: Vec<(u32, u32)>,
    /// The first [`HEAD_ROWS`] rows that hold something.
    pub head: Vec<Row>,
    /// Where its rows are in the spool.
    pub(crate) from: u64,
    pub(crate) to: u64,
}

impl Sheet {
    pub fn column_is_hidden(&self, column: u32) -> bool {
        self.hidden_columns.iter().any(|(first, last)| (*first..=*last).contains(&column))
    }
}

/// How far reading has come, for the progress bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, ts_rs::TS)]
pub struct Progress {
    pub sheets: u32,
    #[ts(type = "number")]
    pub rows: u64,
}

impl Workbook {
    /// Reads the file in the cage. `progress` is called after each batch of rows.
    pub fn read(path: &Path, options: &cage::Options, progress: &mut dyn FnMut(Progress)) -> Result<Self, ReadError> {
        let mut spooling = Spooling { spool: tempfile::tempfile()?, at: 0, sheets: Vec::new(), open: false, rows: 0 };
        let kind = cage::read(path, options, &mut |frame| {
            spooling.take(frame)?;
            progress(Progress { sheets: spooling.sheets.len() as u32, rows: spooling.rows });
            Ok(())
        })?;
        if spooling.open {
            return Err(ReadError::damaged("工作表没有结束"));
        }
        let mut book = Self { kind, sheets: spooling.sheets, spool: Arc::new(spooling.spool) };
        for place in 0..book.sheets.len() {
            let mut head = Vec::new();
            let mut rows = book.rows(place)?;
            while head.len() < HEAD_ROWS
                && let Some(row) = rows.next_row()?
            {
                head.push(row.clone());
            }
            book.sheets[place].head = head;
        }
        Ok(book)
    }

    /// All rows of sheet number `sheet` from the first. Any number of readers may go at once.
    pub fn rows(&self, sheet: usize) -> Result<Rows, ReadError> {
        let sheet = &self.sheets[sheet];
        let part = SpoolPart { file: self.spool.clone(), at: sheet.from, to: sheet.to };
        let source = BufReader::with_capacity(128 << 10, part);
        Ok(Rows { source, decoder: Decoder::default(), batch: Vec::new(), at: 0, left: 0, row: Row::default() })
    }
}

/// The bytes of one sheet in the spool, read at its own place.
struct SpoolPart {
    file: Arc<File>,
    at: u64,
    to: u64,
}

impl Read for SpoolPart {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.to - self.at).unwrap_or(usize::MAX).min(buf.len());
        let got = read_at(&self.file, &mut buf[..most], self.at)?;
        self.at += got as u64;
        Ok(got)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buf: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buf, at)
}

#[cfg(windows)]
fn read_at(file: &File, buf: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buf, at)
}

struct Spooling {
    spool: File,
    at: u64,
    sheets: Vec<Sheet>,
    open: bool,
    rows: u64,
}

impl Spooling {
    fn take(&mut self, frame: Frame) -> Result<(), ReadError> {
        match (frame, self.open) {
            (Frame::Sheet(head), false) => {
                self.open = true;
                self.sheets.push(Sheet {
                    name: head.name,
                    hidden: head.hidden,
                    from: self.at,
                    to: self.at,
                    ..Sheet::default()
                });
            }
            (Frame::Rows(batch), true) => {
                self.rows += u64::from(batch.rows);
                self.spool.write_all(&batch.rows.to_le_bytes())?;
                self.spool.write_all(&(batch.bytes.len() as u32).to_le_bytes())?;
                self.spool.write_all(&batch.bytes)?;
                self.at += 8 + batch.bytes.len() as u64;
            }
            (Frame::SheetEnd(end), true) => {
                self.open = false;
                let sheet = self.sheets.last_mut().expect("a sheet is open");
                sheet.to = self.at;
                (sheet.rows, sheet.hidden_rows, sheet.height, sheet.width) =
                    (end.rows, end.hidden_rows, end.height, end.width);
                (sheet.merges, sheet.hidden_columns) = (end.tail.merges, end.tail.hidden_columns);
                sheet.hidden |= end.tail.hidden;
            }
            _ => return Err(ReadError::new(ErrorKind::Garbage, "帧的次序")),
        }
        Ok(())
    }
}

/// The rows of one sheet, one after the other. The row lent is overwritten by the next.
pub struct Rows {
    source: BufReader<SpoolPart>,
    decoder: Decoder,
    batch: Vec<u8>,
    at: usize,
    left: u32,
    row: Row,
}

impl Rows {
    /// The next row that holds something, or None after the last.
    pub fn next_row(&mut self) -> Result<Option<&Row>, ReadError> {
        while self.left == 0 {
            if !self.next_batch()? {
                return Ok(None);
            }
        }
        let mut rest = &self.batch[self.at..];
        self.decoder.row(&mut rest, &mut self.row)?;
        self.at = self.batch.len() - rest.len();
        self.left -= 1;
        Ok(Some(&self.row))
    }

    fn next_batch(&mut self) -> Result<bool, ReadError> {
        let mut head = [0; 8];
        if io::BufRead::fill_buf(&mut self.source)?.is_empty() {
            return Ok(false);
        }
        self.source.read_exact(&mut head)?;
        let [rows, length] =
            [&head[..4], &head[4..]].map(|part| u32::from_le_bytes([part[0], part[1], part[2], part[3]]));
        let Batch { rows, mut bytes } = Batch { rows, bytes: std::mem::take(&mut self.batch) };
        bytes.resize(length as usize, 0);
        self.source.read_exact(&mut bytes)?;
        (self.batch, self.at, self.left) = (bytes, 0, rows);
        Ok(true)
    }
}
