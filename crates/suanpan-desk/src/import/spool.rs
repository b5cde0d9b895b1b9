//! A preview kept in a nameless temporary file: any page of it can be shown, and committing reads it once
//! more from the start, while memory holds a few bytes per row.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Result, Seek, SeekFrom, Write},
};
use suanpan_excel::import::{Action, CellIssue, Change, PreviewRow};
use suanpan_model::{Money, Value, value::RecordId};

/// What importing a row would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum RowAction {
    New,
    Changed,
    Same,
    Error,
}

const ACTIONS: [RowAction; 4] = [RowAction::New, RowAction::Changed, RowAction::Same, RowAction::Error];

/// A row as it was spooled; the issues of rows in error are kept beside the spool.
pub struct SpooledRow {
    pub sheet_row: u32,
    pub hidden: bool,
    pub action: RowAction,
    pub id: RecordId,
    pub values: Vec<Value>,
    pub changes: Vec<Change>,
}

/// Rows being written.
pub struct SpoolWriter {
    out: BufWriter<File>,
    at: u64,
    entries: Vec<Entry>,
    buffer: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Entry {
    at: u64,
    sheet_row: u32,
    action: u8,
}

pub struct Spool {
    file: File,
    entries: Vec<Entry>,
}

impl SpoolWriter {
    pub fn new() -> Result<Self> {
        let out = BufWriter::with_capacity(128 << 10, tempfile::tempfile()?);
        Ok(Self { out, at: 0, entries: Vec::new(), buffer: Vec::new() })
    }

    /// Keeps the row; the issues of a row in error are handed back.
    pub fn put(&mut self, row: PreviewRow) -> Result<Option<(u32, Vec<CellIssue>)>> {
        let (action, changes, issues) = match row.action {
            Action::New => (0, Vec::new(), None),
            Action::Changed(changes) => (1, changes, None),
            Action::Same => (2, Vec::new(), None),
            Action::Error(issues) => (3, Vec::new(), Some((row.sheet_row, issues))),
        };
        let out = &mut self.buffer;
        out.clear();
        out.push(u8::from(row.hidden));
        out.extend_from_slice(row.id.as_bytes());
        out.extend_from_slice(&(row.values.len() as u16).to_le_bytes());
        row.values.iter().for_each(|value| put_value(out, value));
        out.extend_from_slice(&(changes.len() as u16).to_le_bytes());
        for change in &changes {
            out.extend_from_slice(&(change.field as u16).to_le_bytes());
            put_value(out, &change.old);
            put_value(out, &change.new);
        }
        self.out.write_all(&(out.len() as u32).to_le_bytes())?;
        self.out.write_all(out)?;
        self.entries.push(Entry { at: self.at, sheet_row: row.sheet_row, action });
        self.at += 4 + out.len() as u64;
        Ok(issues)
    }

    pub fn finish(self) -> Result<Spool> {
        let file = self.out.into_inner().map_err(|error| error.into_error())?;
        Ok(Spool { file, entries: self.entries })
    }
}

impl Spool {
    pub fn count(&self, action: Option<RowAction>) -> usize {
        self.entries.iter().filter(|entry| wanted(entry, action)).count()
    }

    /// Rows `offset..offset + limit` of those with this action (all when None).
    pub fn page(&self, action: Option<RowAction>, offset: usize, limit: usize) -> Result<Vec<SpooledRow>> {
        let chosen = self.entries.iter().filter(|entry| wanted(entry, action)).skip(offset).take(limit);
        let mut file = &self.file;
        let mut rows = Vec::new();
        for entry in chosen {
            file.seek(SeekFrom::Start(entry.at))?;
            let mut length = [0; 4];
            file.read_exact(&mut length)?;
            let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
            file.read_exact(&mut bytes)?;
            rows.push(decode(entry, &bytes)?);
        }
        Ok(rows)
    }

    /// All rows from the first on.
    pub fn rows(&self) -> Result<impl Iterator<Item = Result<SpooledRow>> + '_> {
        let mut source = BufReader::with_capacity(128 << 10, &self.file);
        source.seek(SeekFrom::Start(0))?;
        let mut bytes = Vec::new();
        Ok(self.entries.iter().map(move |entry| {
            let mut length = [0; 4];
            source.read_exact(&mut length)?;
            bytes.resize(u32::from_le_bytes(length) as usize, 0);
            source.read_exact(&mut bytes)?;
            decode(entry, &bytes)
        }))
    }
}

fn wanted(entry: &Entry, action: Option<RowAction>) -> bool {
    action.is_none_or(|action| ACTIONS[entry.action as usize] == action)
}

fn decode(entry: &Entry, mut bytes: &[u8]) -> Result<SpooledRow> {
    let bytes = &mut bytes;
    let [hidden] = take(bytes)?;
    let id = RecordId::from_bytes(take(bytes)?);
    let values = (0..u16::from_le_bytes(take(bytes)?)).map(|_| take_value(bytes)).collect::<Result<_>>()?;
    let change = |bytes: &mut &[u8]| {
        let field = u16::from_le_bytes(take(bytes)?) as usize;
        Ok(Change { field, old: take_value(bytes)?, new: take_value(bytes)? })
    };
    let changes = (0..u16::from_le_bytes(take(bytes)?)).map(|_| change(bytes)).collect::<Result<_>>()?;
    let action = ACTIONS[entry.action as usize];
    Ok(SpooledRow { sheet_row: entry.sheet_row, hidden: hidden != 0, action, id, values, changes })
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(0),
        Value::Text(text) => {
            out.push(1);
            out.extend_from_slice(&(text.len() as u32).to_le_bytes());
            out.extend_from_slice(text.as_bytes());
        }
        Value::Int(number) => {
            out.push(2);
            out.extend_from_slice(&number.to_le_bytes());
        }
        Value::Money(money) => {
            out.push(3);
            out.extend_from_slice(&money.fen().to_le_bytes());
        }
        Value::Bool(yes) => out.push(4 + u8::from(*yes)),
        Value::Ref(id) => {
            out.push(6);
            out.extend_from_slice(id.as_bytes());
        }
    }
}

fn take_value(bytes: &mut &[u8]) -> Result<Value> {
    Ok(match take::<1>(bytes)? {
        [0] => Value::Null,
        [1] => {
            let length = u32::from_le_bytes(take(bytes)?) as usize;
            let text = bytes.split_off(..length).and_then(|text| std::str::from_utf8(text).ok()).ok_or_else(cut_off)?;
            Value::Text(text.into())
        }
        [2] => Value::Int(i64::from_le_bytes(take(bytes)?)),
        [3] => Value::Money(Money::from_fen(i64::from_le_bytes(take(bytes)?)).map_err(|_| cut_off())?),
        [yes @ 4..=5] => Value::Bool(yes == 5),
        _ => Value::Ref(RecordId::from_bytes(take(bytes)?)),
    })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk().ok_or_else(cut_off)?;
    *bytes = rest;
    Ok(*first)
}

fn cut_off() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "the spooled preview is cut off")
}
