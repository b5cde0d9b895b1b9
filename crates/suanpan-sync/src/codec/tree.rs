//! JSON values of any make, for columns in which they are not all of one type. A tag a value, numbers bit by bit, so
//! that every value comes back exactly; each is charged for before it is made.

use super::{
    CodecError,
    wire::{Reader, put_count, put_number, put_signed, put_text},
};
use serde_json::{Map, Number, Value};

const NULL: u8 = 0;
const NO: u8 = 1;
const YES: u8 = 2;
const INT: u8 = 3;
const ABOVE_INT: u8 = 4;
const FLOAT: u8 = 5;
const TEXT: u8 = 6;
const LIST: u8 = 7;
const MAP: u8 = 8;

/// As deep as the JSON of a call can nest.
const DEPTH: u32 = 128;
/// Memory of a place in a list, and of a map with its first leaf, bytes.
const PLACE_COST: usize = 64;
const MAP_COST: usize = 640;

pub fn put(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(NULL),
        Value::Bool(yes) => out.push(if *yes { YES } else { NO }),
        Value::Number(number) => put_numeral(out, number),
        Value::String(text) => {
            out.push(TEXT);
            put_text(out, text);
        }
        Value::Array(items) => {
            out.push(LIST);
            put_count(out, items.len());
            items.iter().for_each(|item| put(out, item));
        }
        Value::Object(entries) => {
            out.push(MAP);
            put_count(out, entries.len());
            for (name, value) in entries {
                put_text(out, name);
                put(out, value);
            }
        }
    }
}

fn put_numeral(out: &mut Vec<u8>, number: &Number) {
    if let Some(int) = number.as_i64() {
        out.push(INT);
        put_signed(out, int);
    } else if let Some(int) = number.as_u64() {
        out.push(ABOVE_INT);
        put_number(out, int);
    } else {
        out.push(FLOAT);
        out.extend_from_slice(&number.as_f64().unwrap_or_default().to_le_bytes());
    }
}

pub fn read(reader: &mut Reader<'_>) -> Result<Value, CodecError> {
    read_at(reader, DEPTH)
}

fn read_at(reader: &mut Reader<'_>, depth: u32) -> Result<Value, CodecError> {
    let Some(depth) = depth.checked_sub(1) else { return Err(reader.corrupt("嵌套过深")) };
    Ok(match reader.byte()? {
        NULL => Value::Null,
        NO => false.into(),
        YES => true.into(),
        INT => reader.signed()?.into(),
        ABOVE_INT => reader.number()?.into(),
        FLOAT => {
            let float = f64::from_le_bytes(reader.array()?);
            Number::from_f64(float).ok_or_else(|| reader.corrupt("数字不是有限的"))?.into()
        }
        TEXT => reader.text()?.into(),
        LIST => {
            let count = reader.count(PLACE_COST)?;
            let items = (0..count).map(|_| read_at(reader, depth));
            items.collect::<Result<Vec<_>, _>>()?.into()
        }
        MAP => Value::Object(read_map(reader, depth)?),
        _ => return Err(reader.corrupt("值的类型不认识")),
    })
}

fn read_map(reader: &mut Reader<'_>, depth: u32) -> Result<Map<String, Value>, CodecError> {
    reader.charge(1, MAP_COST)?;
    let count = reader.count(2 * PLACE_COST)?;
    let mut map = Map::new();
    for _ in 0..count {
        let name = reader.text()?;
        if map.insert(name.to_owned(), read_at(reader, depth)?).is_some() {
            return Err(reader.corrupt("同一名称出现两次"));
        }
    }
    Ok(map)
}

/// What reading `value` is charged beyond its place in a row, and what a copy of it takes; bytes.
pub fn memory(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| PLACE_COST + memory(item)).sum(),
        Value::Object(entries) => {
            let entry = |(name, value): (&String, &Value)| 2 * PLACE_COST + name.len() + memory(value);
            MAP_COST + entries.iter().map(entry).sum::<usize>()
        }
    }
}
