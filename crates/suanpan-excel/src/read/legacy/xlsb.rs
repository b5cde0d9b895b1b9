//! Hidden rows and columns and merged cells of xlsb: three kinds of records in the parts of its sheets.
//! [MS-XLSB] lays them out under BrtBundleSh, BrtRowHdr, BrtColInfo and BrtMergeCell.

use super::untold::{Untold, u16_at, u32_at};
use crate::error::{ErrorKind, ReadError};
use crate::guard::Package;
use crate::read::relations::relations;
use crate::read::rows::{MAX_MERGES, Merge};
use std::fs::File;
use std::io::{self, BufReader, Read};

const ROW: u32 = 0;
const COL_INFO: u32 = 60;
const END_SHEET: u32 = 130;
const BUNDLE_SHEET: u32 = 156;
const MERGE_CELL: u32 = 176;

/// One entry per sheet in the workbook's order. Parts that are missing or end early say nothing here;
/// calamine refuses them by name.
pub fn untold(file: File) -> Result<Vec<Untold>, ReadError> {
    let mut package = Package::open(file)?;
    let relations = relations(&mut package, "xl/_rels/workbook.bin.rels", "xl")?;
    let ids = sheet_ids(&mut package)?;
    let part_of = |id: &String| relations.get(id).map(|relation| relation.target.as_str());
    ids.iter().map(|id| sheet(&mut package, part_of(id).unwrap_or_default())).collect()
}

/// The relation of each sheet that has one, in order.
fn sheet_ids(package: &mut Package) -> Result<Vec<String>, ReadError> {
    const NONE: u32 = u32::MAX;
    let mut ids = Vec::new();
    let Some(part) = package.part("xl/workbook.bin")? else { return Ok(ids) };
    let mut records = Records::new(part);
    while let Some(kind) = records.next()? {
        if kind == BUNDLE_SHEET
            && let Some(length) = u32_at(&records.body, 8).filter(|length| *length != NONE)
        {
            let units = records.body[12..].chunks_exact(2).take(length as usize);
            let units: Vec<u16> = units.map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
            ids.push(String::from_utf16_lossy(&units));
        }
    }
    Ok(ids)
}

fn sheet(package: &mut Package, name: &str) -> Result<Untold, ReadError> {
    let mut untold = Untold::default();
    let Some(part) = package.part(name)? else { return Ok(untold) };
    let mut records = Records::new(part);
    while let Some(kind) = records.next()? {
        match kind {
            ROW => hide_row(&records.body, &mut untold),
            COL_INFO => hide_columns(&records.body, &mut untold),
            MERGE_CELL => merge(&records.body, &mut untold)?,
            END_SHEET => break,
            _ => {}
        }
    }
    untold.put_in_order();
    Ok(untold)
}

fn hide_row(row: &[u8], untold: &mut Untold) {
    const ZERO_HEIGHT: u8 = 0x10;
    if let (Some(index), Some(flags)) = (u32_at(row, 0), row.get(11))
        && flags & ZERO_HEIGHT != 0
    {
        untold.hide_rows(index, index);
    }
}

fn hide_columns(columns: &[u8], untold: &mut Untold) {
    const HIDDEN: u32 = 1;
    if let (Some(first), Some(last), Some(flags)) = (u32_at(columns, 0), u32_at(columns, 4), u16_at(columns, 16))
        && flags & HIDDEN != 0
    {
        untold.hide_columns(first, last);
    }
}

fn merge(range: &[u8], untold: &mut Untold) -> Result<(), ReadError> {
    if untold.merges.len() >= MAX_MERGES {
        return Err(ReadError::new(ErrorKind::TooManyMerges, format!("超过 {MAX_MERGES} 处")));
    }
    if let [Some(top), Some(bottom), Some(left), Some(right)] = [0, 4, 8, 12].map(|at| u32_at(range, at))
        && top <= bottom
        && left <= right
    {
        untold.merges.push(Merge { top, left, bottom, right });
    }
    Ok(())
}

/// Records of `kind, length, body`, the numbers in groups of seven bits.
struct Records<R> {
    part: BufReader<R>,
    /// The first bytes of the record's body: no record here is looked at further.
    body: Vec<u8>,
}

impl<R: Read> Records<R> {
    fn new(part: R) -> Self {
        Self { part: BufReader::with_capacity(64 << 10, part), body: Vec::new() }
    }

    /// Kind of the next record, or None at the end of the part or of half a record.
    fn next(&mut self) -> io::Result<Option<u32>> {
        const KEPT: u64 = 1024;
        let (Some(kind), Some(length)) = (self.number(2)?, self.number(4)?) else { return Ok(None) };
        let length = u64::from(length);
        self.body.clear();
        (&mut self.part).take(length.min(KEPT)).read_to_end(&mut self.body)?;
        io::copy(&mut (&mut self.part).take(length.saturating_sub(KEPT)), &mut io::sink())?;
        Ok(Some(kind))
    }

    /// A number of at most `most` groups; None at the end of the part.
    fn number(&mut self, most: u32) -> io::Result<Option<u32>> {
        let mut number = 0;
        for group in 0..most {
            let mut byte = [0];
            if self.part.read(&mut byte)? == 0 {
                return Ok(None);
            }
            number |= u32::from(byte[0] & 0x7f) << (7 * group);
            if byte[0] & 0x80 == 0 {
                break;
            }
        }
        Ok(Some(number))
    }
}
