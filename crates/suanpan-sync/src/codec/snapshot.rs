//! Whole records, for a new client to start from: the same columns as parcels have, with the header of every record.
//! Which records a snapshot holds, and signing it, is not done here.

use super::{
    CodecError, Limits,
    body::{fields, home, place_in, put_texts, read_texts},
    cut::{self, Row},
    envelope,
    ids::{IdTable, Ids},
    lines::{self, Cell, Line},
    runs,
    wire::{ROW_COST, Reader, put_count, put_number, zigzag},
};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Packed size that a chunk of a snapshot should not exceed, bytes.
pub const CHUNK_BYTES: usize = 256 << 10;

/// One record as the province holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct SnapshotRecord {
    pub entity: Box<str>,
    pub id: Uuid,
    /// MOF_DIV_CODE, 9 digits.
    pub division: Box<str>,
    pub fiscal_year: i32,
    pub version: u32,
    pub deleted: bool,
    /// Only the fields that hold something.
    pub fields: Map<String, Value>,
}

/// Packed bytes of these records, in this order. Records of one entity pack best when they lie together.
pub fn pack_records(records: &[SnapshotRecord]) -> Vec<u8> {
    let mut ids = IdTable::default();
    let mut rest = Vec::new();
    put_count(&mut rest, records.len());
    let mut entities: Vec<&str> = Vec::new();
    let mut divisions: Vec<&str> = Vec::new();
    let numbered: Vec<u64> = records.iter().map(|record| place_in(&mut entities, &record.entity)).collect();
    let divided: Vec<u64> = records.iter().map(|record| place_in(&mut divisions, &record.division)).collect();
    put_texts(&mut rest, &entities);
    runs::put(&mut rest, &numbered);
    put_texts(&mut rest, &divisions);
    runs::put(&mut rest, &divided);
    runs::put(&mut rest, &records.iter().map(|record| zigzag(record.fiscal_year.into())).collect::<Vec<_>>());
    runs::put(&mut rest, &records.iter().map(|record| record.version.into()).collect::<Vec<_>>());
    runs::put(&mut rest, &records.iter().map(|record| record.deleted.into()).collect::<Vec<_>>());
    records.iter().for_each(|record| put_number(&mut rest, ids.token(record.id)));
    let lines = records.iter().zip(numbered).map(|(record, lot)| {
        let cells = record.fields.iter().map(|(field, to)| Cell { field, from: None, to });
        Line { lot, cells: cells.collect() }
    });
    lines::put(&mut rest, &mut ids, &lines.collect::<Vec<_>>());
    let mut out = Vec::new();
    ids.put(&mut out);
    out.extend(rest);
    envelope::close(&out)
}

/// Packed chunks of at most `chunk_bytes` each that together are `records`; a record that alone is larger has a chunk to
/// itself.
pub fn cut_records(records: &[SnapshotRecord], chunk_bytes: usize) -> Vec<Vec<u8>> {
    let rows: Vec<Row> = records.iter().map(|record| Row::of(record.fields.iter())).collect();
    cut::pieces(&rows, chunk_bytes, |range| pack_records(&records[range]))
}

/// Opens what [`pack_records`] made.
pub fn unpack_records(packed: &[u8], limits: &Limits) -> Result<Vec<SnapshotRecord>, CodecError> {
    let body = envelope::open(packed, limits)?;
    let mut reader = Reader::new(&body, limits.memory_bytes);
    let mut ids = Ids::read(&mut reader)?;
    let records = read_records(&mut reader, &mut ids)?;
    ids.finish(&reader)?;
    reader.finish()?;
    Ok(records)
}

fn read_records(reader: &mut Reader<'_>, ids: &mut Ids) -> Result<Vec<SnapshotRecord>, CodecError> {
    let count = reader.count(ROW_COST)?;
    let entities = read_texts(reader)?;
    let numbered = runs::read(reader, count)?;
    let divisions = read_texts(reader)?;
    let [divided, years, versions, deleted] = [(); 4].map(|()| runs::read(reader, count));
    let (divided, years, versions, deleted) = (divided?, years?, versions?, deleted?);
    let named = (0..count).map(|_| reader.number().and_then(|token| ids.named(token, reader)));
    let named = named.collect::<Result<Vec<_>, _>>()?;
    let lines = lines::read(reader, ids, &numbered, |_| false)?;
    let mut records = Vec::with_capacity(count);
    for (at, line) in lines.into_iter().enumerate() {
        let entity = usize::try_from(numbered[at]).ok().and_then(|number| entities.get(number));
        let entity = *entity.ok_or_else(|| reader.corrupt("记录种类序号超出范围"))?;
        reader.charge(entity.len(), 1)?;
        let (division, fiscal_year) = home(reader, &divisions, divided[at], years[at])?;
        let version = u32::try_from(versions[at]).map_err(|_| reader.corrupt("版本号超出范围"))?;
        let deleted = match deleted[at] {
            0 => false,
            1 => true,
            _ => return Err(reader.corrupt("删除标志不认识")),
        };
        let fields = fields(reader, line)?;
        records.push(SnapshotRecord {
            entity: entity.into(),
            id: named[at],
            division,
            fiscal_year,
            version,
            deleted,
            fields,
        });
    }
    Ok(records)
}
