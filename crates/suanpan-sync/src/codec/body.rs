//! The columnar body of a parcel, before compression: head of the group, entities with the version of their ops, and
//! the ops, column by column. FORMAT.md beside this file has it
//! byte by byte.

use super::{
    CodecError, Limits, head,
    ids::{IdTable, Ids},
    lines::{self, Cell, Line, ReadLine},
    runs,
    upcast::{self, Upcaster},
    wire::{ROW_COST, Reader, put_count, put_number, put_text, unzigzag, zigzag},
};
use crate::parcel::{GroupHead, Parcel, Proposal, op_id};
use std::collections::HashMap;
use suanpan_model::op::{Change, Op, OpKind};

/// What an op does, in its token beside whether it says what its author saw.
const CREATE: u64 = 0;
const EDIT: u64 = 1;
const DELETE: u64 = 2;
const RESTORE: u64 = 3;

pub fn write(group: &GroupHead, first_op: u32, last: bool, ops: &[Proposal]) -> Vec<u8> {
    let mut ids = IdTable::default();
    let mut rest = Vec::new();
    put_ops(&mut rest, &mut ids, ops);
    let mut out = Vec::new();
    head::put(&mut out, group, first_op, last);
    ids.put(&mut out);
    out.extend(rest);
    out
}

pub fn read(body: &[u8], limits: &Limits, upcasters: &[Upcaster]) -> Result<Parcel, CodecError> {
    let mut reader = Reader::new(body, limits.memory_bytes);
    let (group, first_op, last) = head::read(&mut reader)?;
    let mut ids = Ids::read(&mut reader)?;
    let ops = read_ops(&mut reader, &mut ids, &group, first_op, upcasters)?;
    ids.finish(&reader)?;
    reader.finish()?;
    Ok(Parcel { group, first_op, last, ops })
}

fn put_ops(out: &mut Vec<u8>, ids: &mut IdTable, ops: &[Proposal]) {
    put_count(out, ops.len());
    let mut numbers: HashMap<&str, u64> = HashMap::new();
    let mut entities: Vec<&str> = Vec::new();
    let numbered = ops.iter().map(|proposal| {
        *numbers.entry(&proposal.op.entity).or_insert_with(|| {
            entities.push(&proposal.op.entity);
            entities.len() as u64 - 1
        })
    });
    let numbered: Vec<u64> = numbered.collect();
    put_count(out, entities.len());
    for entity in entities {
        put_text(out, entity);
        put_number(out, upcast::current(entity).into());
    }
    runs::put(out, &numbered);
    runs::put(out, &ops.iter().map(token).collect::<Vec<_>>());
    ops.iter().for_each(|proposal| put_number(out, ids.token(proposal.op.record)));
    for seen in ops.iter().filter_map(|proposal| proposal.seen) {
        out.extend_from_slice(&seen.to_le_bytes());
    }
    put_places(out, ops);
    let lines: Vec<Line<'_>> =
        ops.iter().zip(numbered).filter_map(|(proposal, entity)| line(proposal, entity)).collect();
    lines::put(out, ids, &lines);
}

/// Division and year of the new records, and which version the edits saw.
fn put_places(out: &mut Vec<u8>, ops: &[Proposal]) {
    let mut divisions: Vec<&str> = Vec::new();
    let (mut divided, mut years, mut versions) = (Vec::new(), Vec::new(), Vec::new());
    for proposal in ops {
        match &proposal.op.kind {
            OpKind::Create { division, fiscal_year, .. } => {
                divided.push(place_in(&mut divisions, division));
                years.push(zigzag((*fiscal_year).into()));
            }
            OpKind::Edit { seen, .. } => versions.push(u64::from(*seen)),
            OpKind::Delete | OpKind::Restore => {}
        }
    }
    if !divided.is_empty() {
        put_texts(out, &divisions);
        runs::put(out, &divided);
        runs::put(out, &years);
    }
    runs::put(out, &versions);
}

/// Divisions of a parcel are few: a list does.
pub fn place_in<'a>(known: &mut Vec<&'a str>, text: &'a str) -> u64 {
    let at = known.iter().rposition(|other| *other == text).unwrap_or_else(|| {
        known.push(text);
        known.len() - 1
    });
    at as u64
}

pub fn put_texts(out: &mut Vec<u8>, texts: &[&str]) {
    put_count(out, texts.len());
    texts.iter().for_each(|text| put_text(out, text));
}

pub fn read_texts<'a>(reader: &mut Reader<'a>) -> Result<Vec<&'a str>, CodecError> {
    let count = reader.count(size_of::<&str>())?;
    (0..count).map(|_| reader.text()).collect()
}

fn token(proposal: &Proposal) -> u64 {
    let verb = match proposal.op.kind {
        OpKind::Create { .. } => CREATE,
        OpKind::Edit { .. } => EDIT,
        OpKind::Delete => DELETE,
        OpKind::Restore => RESTORE,
    };
    verb * 2 + u64::from(proposal.seen.is_some())
}

fn line(proposal: &Proposal, entity: u64) -> Option<Line<'_>> {
    match &proposal.op.kind {
        OpKind::Create { fields, .. } => {
            let cells = fields.iter().map(|(field, to)| Cell { field, from: None, to });
            Some(Line { lot: entity * 2, cells: cells.collect() })
        }
        OpKind::Edit { changes, .. } => {
            let cells = changes.iter().map(|Change { field, from, to }| Cell { field, from: Some(from), to });
            Some(Line { lot: entity * 2 + 1, cells: cells.collect() })
        }
        OpKind::Delete | OpKind::Restore => None,
    }
}

fn read_ops(
    reader: &mut Reader<'_>,
    ids: &mut Ids,
    group: &GroupHead,
    first_op: u32,
    upcasters: &[Upcaster],
) -> Result<Vec<Proposal>, CodecError> {
    let count = reader.count(ROW_COST)?;
    u32::try_from(count).ok().and_then(|count| first_op.checked_add(count)).ok_or(CodecError::TooLarge)?;
    let entities = read_entities(reader, upcasters)?;
    let numbered = runs::read(reader, count)?;
    let tokens = runs::read(reader, count)?;
    if numbered.iter().any(|number| *number >= entities.len() as u64) || tokens.iter().any(|token| *token > 7) {
        return Err(reader.corrupt("记录种类或动作不认识"));
    }
    let records = (0..count).map(|_| reader.number().and_then(|token| ids.named(token, reader)));
    let records = records.collect::<Result<Vec<_>, _>>()?;
    let seen = tokens
        .iter()
        .map(|token| if token & 1 == 1 { reader.array().map(u64::from_le_bytes).map(Some) } else { Ok(None) });
    let seen = seen.collect::<Result<Vec<_>, _>>()?;
    let mut kinds = read_kinds(reader, ids, &numbered, &tokens)?.into_iter();
    let mut ops = Vec::with_capacity(count);
    for (place, (record, seen)) in records.into_iter().zip(seen).enumerate() {
        let (entity, version) = entities[numbered[place] as usize];
        reader.charge(entity.len(), 1)?;
        let kind = kinds.next().ok_or_else(|| reader.corrupt("动作不足"))?;
        let op = Op { id: op_id(group.id, first_op + place as u32), entity: entity.into(), record, kind };
        let mut proposal = Proposal { op, seen };
        upcast::lift(&mut proposal, version, upcasters)?;
        ops.push(proposal);
    }
    Ok(ops)
}

fn read_entities<'a>(reader: &mut Reader<'a>, upcasters: &[Upcaster]) -> Result<Vec<(&'a str, u32)>, CodecError> {
    let count = reader.count(size_of::<(&str, u32)>())?;
    let mut entities = Vec::with_capacity(count);
    for _ in 0..count {
        let entity = reader.text()?;
        let version = reader.number_u32()?;
        upcast::check(entity, version, upcasters)?;
        entities.push((entity, version));
    }
    Ok(entities)
}

fn read_kinds(
    reader: &mut Reader<'_>,
    ids: &mut Ids,
    numbered: &[u64],
    tokens: &[u64],
) -> Result<Vec<OpKind>, CodecError> {
    let verbs = || tokens.iter().map(|token| token / 2);
    let created = verbs().filter(|verb| *verb == CREATE).count();
    let edited = verbs().filter(|verb| *verb == EDIT).count();
    let mut homes = read_homes(reader, created)?.into_iter();
    let mut versions = runs::read(reader, edited)?.into_iter();
    let lots = numbered.iter().zip(verbs()).filter(|(_, verb)| *verb <= EDIT).map(|(number, verb)| number * 2 + verb);
    let lots: Vec<u64> = lots.collect();
    let mut lines = lines::read(reader, ids, &lots, |lot| lot & 1 == 1)?.into_iter();
    let mut kinds = Vec::with_capacity(tokens.len());
    for verb in verbs() {
        kinds.push(match verb {
            CREATE => {
                let (division, fiscal_year) = homes.next().ok_or_else(|| reader.corrupt("区划不足"))?;
                OpKind::Create { division, fiscal_year, fields: fields(reader, lines.next().unwrap_or_default())? }
            }
            EDIT => {
                let seen = versions.next().and_then(|seen| u32::try_from(seen).ok());
                let seen = seen.ok_or_else(|| reader.corrupt("版本号超出范围"))?;
                OpKind::Edit { seen, changes: lines.next().unwrap_or_default().into_iter().map(change).collect() }
            }
            DELETE => OpKind::Delete,
            _ => OpKind::Restore,
        });
    }
    Ok(kinds)
}

/// Division and year of each new record.
fn read_homes(reader: &mut Reader<'_>, count: usize) -> Result<Vec<(Box<str>, i32)>, CodecError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let divisions = read_texts(reader)?;
    let divided = runs::read(reader, count)?;
    let years = runs::read(reader, count)?;
    divided.into_iter().zip(years).map(|(division, year)| home(reader, &divisions, division, year)).collect()
}

pub fn home(
    reader: &mut Reader<'_>,
    divisions: &[&str],
    division: u64,
    year: u64,
) -> Result<(Box<str>, i32), CodecError> {
    let division = usize::try_from(division).ok().and_then(|at| divisions.get(at));
    let division = division.ok_or_else(|| reader.corrupt("区划序号超出范围"))?;
    reader.charge(division.len(), 1)?;
    let year = i32::try_from(unzigzag(year)).map_err(|_| reader.corrupt("年度超出范围"))?;
    Ok(((*division).into(), year))
}

/// A record's fields; a name that comes twice is refused.
pub fn fields(
    reader: &Reader<'_>,
    line: ReadLine<'_>,
) -> Result<serde_json::Map<String, serde_json::Value>, CodecError> {
    let mut fields = serde_json::Map::new();
    for cell in line {
        if fields.insert(cell.field.to_owned(), cell.to).is_some() {
            return Err(reader.corrupt("同一字段出现两次"));
        }
    }
    Ok(fields)
}

fn change(cell: lines::ReadCell<'_>) -> Change {
    Change { field: cell.field.to_owned(), from: cell.from, to: cell.to }
}
