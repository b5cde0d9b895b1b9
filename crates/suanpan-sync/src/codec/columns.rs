//! One column of JSON values: what one field holds in many rows. The way it is written follows from what is in it,
//! not from the entity documents, so that a book of another version is still readable. Nulls are a bit map; a value
//! that all share is written once; what fits no type goes to [`tree`].

use super::{
    CodecError,
    ids::{IdTable, Ids},
    ints, sets, text, tree,
    wire::{Reader, put_number},
};
use serde_json::Value;
use std::borrow::Cow;
use uuid::Uuid;

const NULL: u8 = 0;
const BOOL: u8 = 1;
const INT: u8 = 2;
const TEXT: u8 = 3;
const TEXT_SET: u8 = 4;
const ID_SET: u8 = 5;
const TREE: u8 = 6;
/// Flags beside the type.
const WITH_NULLS: u8 = 0x40;
const ALL_SAME: u8 = 0x80;

const ID_TEXT_BYTES: usize = 36;

pub fn put(out: &mut Vec<u8>, ids: &mut IdTable, values: &[&Value]) {
    let held: Vec<&Value> = values.iter().copied().filter(|value| !value.is_null()).collect();
    let Some(first) = held.first() else { return out.push(NULL) };
    let same = held.len() > 1 && held.iter().all(|value| value == first);
    let written = if same { &held[..1] } else { &held[..] };
    let (kind, body) = typed(ids, written);
    let with_nulls = held.len() < values.len();
    out.push(kind | if with_nulls { WITH_NULLS } else { 0 } | if same { ALL_SAME } else { 0 });
    if with_nulls {
        put_bits(out, values.iter().map(|value| !value.is_null()));
    }
    out.extend(body);
}

/// `count` values; the caller has charged for them, their texts are charged here.
pub fn read(reader: &mut Reader<'_>, ids: &mut Ids, count: usize) -> Result<Vec<Value>, CodecError> {
    let head = reader.byte()?;
    let kind = head & !(WITH_NULLS | ALL_SAME);
    if kind == NULL {
        return if head == NULL { Ok(vec![Value::Null; count]) } else { Err(reader.corrupt("空列带有标志")) };
    }
    let held = if head & WITH_NULLS == 0 { None } else { Some(bits(reader, count)?) };
    let wanted = held.as_ref().map_or(count, |held| held.iter().filter(|held| **held).count());
    let values = if head & ALL_SAME == 0 {
        read_typed(reader, ids, kind, wanted)?
    } else {
        let value = read_typed(reader, ids, kind, 1)?.pop().expect("one value was asked for");
        reader.charge(wanted, tree::memory(&value))?;
        vec![value; wanted]
    };
    let Some(held) = held else { return Ok(values) };
    let mut values = values.into_iter();
    Ok(held.into_iter().map(|held| if held { values.next().unwrap_or_default() } else { Value::Null }).collect())
}

fn typed(ids: &mut IdTable, values: &[&Value]) -> (u8, Vec<u8>) {
    let mut out = Vec::new();
    if let Some(flags) = all(values, Value::as_bool) {
        put_bits(&mut out, flags.into_iter());
        return (BOOL, out);
    }
    if let Some(numbers) = all(values, Value::as_i64) {
        ints::put(&mut out, &numbers);
        return (INT, out);
    }
    if let Some(named) = all(values, as_id) {
        sets::put(&mut out, &named, |out, distinct| {
            distinct.iter().for_each(|id| put_number(out, ids.token(*id)));
        });
        return (ID_SET, out);
    }
    if let Some(texts) = all(values, Value::as_str) {
        if !sets::pays(&texts) {
            text::put(&mut out, &texts);
            return (TEXT, out);
        }
        sets::put(&mut out, &texts, text::put);
        return (TEXT_SET, out);
    }
    values.iter().for_each(|value| tree::put(&mut out, value));
    (TREE, out)
}

fn read_typed(reader: &mut Reader<'_>, ids: &mut Ids, kind: u8, count: usize) -> Result<Vec<Value>, CodecError> {
    match kind {
        BOOL => Ok(bits(reader, count)?.into_iter().map(Value::Bool).collect()),
        INT => Ok(ints::read(reader, count)?.into_iter().map(Value::from).collect()),
        TEXT => text::read(reader, count)?.into_iter().map(|text| owned(reader, text)).collect(),
        TEXT_SET => {
            let (distinct, places) = sets::read(reader, count, text::read)?;
            places.into_iter().map(|place| owned(reader, Cow::Borrowed(&*distinct[place]))).collect()
        }
        ID_SET => {
            let (distinct, places) = sets::read(reader, count, |reader, count| {
                (0..count).map(|_| reader.number().and_then(|token| ids.named(token, reader))).collect()
            })?;
            reader.charge(count, ID_TEXT_BYTES)?;
            Ok(places.into_iter().map(|place| Value::String(distinct[place].to_string())).collect())
        }
        TREE => (0..count).map(|_| tree::read(reader)).collect(),
        _ => Err(reader.corrupt("列的类型不认识")),
    }
}

fn all<'a, T>(values: &[&'a Value], read: impl Fn(&'a Value) -> Option<T>) -> Option<Vec<T>> {
    values.iter().map(|value| read(value)).collect()
}

/// Only the form that ids are always written in: others would not come back the same.
fn as_id(value: &Value) -> Option<Uuid> {
    let text = value.as_str().filter(|text| text.len() == ID_TEXT_BYTES)?;
    let id = Uuid::parse_str(text).ok()?;
    (id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text).then_some(id)
}

fn owned(reader: &mut Reader<'_>, text: Cow<'_, str>) -> Result<Value, CodecError> {
    reader.charge(text.len(), 1)?;
    Ok(Value::String(text.into_owned()))
}

fn put_bits(out: &mut Vec<u8>, bits: impl ExactSizeIterator<Item = bool>) {
    let start = out.len();
    out.resize(start + bits.len().div_ceil(8), 0);
    for (at, bit) in bits.enumerate() {
        out[start + at / 8] |= u8::from(bit) << (at % 8);
    }
}

fn bits(reader: &mut Reader<'_>, count: usize) -> Result<Vec<bool>, CodecError> {
    let bytes = reader.take(count.div_ceil(8))?;
    Ok((0..count).map(|at| bytes[at / 8] >> (at % 8) & 1 == 1).collect())
}
