//! Hidden rows and columns of BIFF5 and BIFF8: the ROW and COLINFO records in the stream of a compound
//! file. [MS-XLS] lays them out under BoundSheet8, Row and ColInfo; in BIFF5 they are the same.

use super::untold::{Untold, u16_at, u32_at};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

const BOF: u32 = 0x0809;
const EOF: u32 = 0x000a;
const BOUND_SHEET: u32 = 0x0085;
const ROW: u32 = 0x0208;
const COL_INFO: u32 = 0x007d;

/// One entry per sheet in the workbook's order. Empty when the file's structure is out of order: calamine,
/// which reads it next, either refuses it by name or forgives, and then nothing is known to be hidden.
pub fn untold(file: File) -> Vec<Untold> {
    walk(file).unwrap_or_default()
}

fn walk(file: File) -> io::Result<Vec<Untold>> {
    let mut compound = cfb::CompoundFile::open(BufReader::new(file))?;
    let name = if compound.is_stream("Workbook") { "Workbook" } else { "Book" };
    let stream = compound.open_stream(name)?;
    // Sheets that honestly stand one behind the other are walked through once.
    let left = stream.len() * 2;
    let mut records = Records { stream: BufReader::with_capacity(64 << 10, stream), body: Vec::new(), left };
    let mut places = Vec::new();
    while let Some(kind) = records.next()? {
        match kind {
            EOF => break,
            BOUND_SHEET => places.extend(u32_at(&records.body, 0)),
            _ => {}
        }
    }
    places.into_iter().map(|place| sheet(&mut records, place)).collect()
}

fn sheet(records: &mut Records<impl Read + Seek>, place: u32) -> io::Result<Untold> {
    records.stream.seek(SeekFrom::Start(place.into()))?;
    let mut untold = Untold::default();
    // Charts in the sheet have a beginning and an end of their own.
    let mut depth = 0u32;
    while let Some(kind) = records.next()? {
        match kind {
            BOF => depth += 1,
            EOF if depth <= 1 => break,
            EOF => depth -= 1,
            ROW if depth == 1 => hide_row(&records.body, &mut untold),
            COL_INFO if depth == 1 => hide_columns(&records.body, &mut untold),
            _ => {}
        }
    }
    untold.put_in_order();
    Ok(untold)
}

fn hide_row(row: &[u8], untold: &mut Untold) {
    const ZERO_HEIGHT: u32 = 0x20;
    if let (Some(index), Some(flags)) = (u16_at(row, 0), u16_at(row, 12))
        && flags & ZERO_HEIGHT != 0
    {
        untold.hide_rows(index, index);
    }
}

fn hide_columns(columns: &[u8], untold: &mut Untold) {
    const HIDDEN: u32 = 1;
    if let (Some(first), Some(last), Some(flags)) = (u16_at(columns, 0), u16_at(columns, 2), u16_at(columns, 8))
        && flags & HIDDEN != 0
    {
        untold.hide_columns(first, last);
    }
}

/// Records of `u16 kind, u16 length, body`.
struct Records<R> {
    stream: BufReader<R>,
    /// The first bytes of the record's body: no record here is looked at further.
    body: Vec<u8>,
    /// Bytes that may still be gone through.
    left: u64,
}

impl<R: Read + Seek> Records<R> {
    /// Kind of the next record, or None at the end of the stream or of half a record.
    fn next(&mut self) -> io::Result<Option<u32>> {
        let mut head = [0; 4];
        if let Err(error) = self.stream.read_exact(&mut head) {
            return if error.kind() == io::ErrorKind::UnexpectedEof { Ok(None) } else { Err(error) };
        }
        let [kind, length] = [&head[..2], &head[2..]].map(|part| u16::from_le_bytes([part[0], part[1]]));
        self.left = self.left.checked_sub(4 + u64::from(length)).ok_or(io::ErrorKind::InvalidData)?;
        let kept = length.min(16);
        self.body.clear();
        (&mut self.stream).take(kept.into()).read_to_end(&mut self.body)?;
        self.stream.seek_relative((length - kept).into())?;
        Ok(Some(kind.into()))
    }
}
