//! Rows with named fields, turned into columns: which fields a row has is a shape, shapes are listed once, and every
//! field of every entity is a column of its own. An edit has two columns a field: what was seen and what is wanted.

use super::{
    CodecError, columns,
    ids::{IdTable, Ids},
    runs,
    wire::{Reader, VALUE_COST, put_count, put_text},
};
use serde_json::Value;
use std::collections::HashMap;

/// One row that is to be written: a record's fields or one edit's changes.
pub struct Line<'a> {
    /// Lines of different lots share no columns: number of the entity, and whether it is an edit.
    pub lot: u64,
    pub cells: Vec<Cell<'a>>,
}

pub struct Cell<'a> {
    pub field: &'a str,
    /// What the author of an edit saw; None in a record.
    pub from: Option<&'a Value>,
    pub to: &'a Value,
}

/// One row that was read; the field names still lie in the body.
pub type ReadLine<'a> = Vec<ReadCell<'a>>;

pub struct ReadCell<'a> {
    pub field: &'a str,
    pub from: Value,
    pub to: Value,
}

/// Which column: lot, number of the field's name, and 0 = what is wanted, 1 = what was seen.
type Key = (u64, usize, u8);

/// Column → its rows, in the order in which the columns first occur.
#[derive(Default)]
struct Order {
    numbers: HashMap<Key, usize>,
    keys: Vec<Key>,
}

impl Order {
    fn number(&mut self, key: Key) -> usize {
        *self.numbers.entry(key).or_insert_with(|| {
            self.keys.push(key);
            self.keys.len() - 1
        })
    }
}

pub fn put(out: &mut Vec<u8>, ids: &mut IdTable, lines: &[Line<'_>]) {
    let shapes = put_shapes(out, lines);
    let mut order = Order::default();
    let mut columns: Vec<Vec<&Value>> = Vec::new();
    for (line, shape) in lines.iter().zip(shapes) {
        for (cell, name) in line.cells.iter().zip(shape) {
            let sides = [cell.from.map(|from| (1, from)), Some((0, cell.to))];
            for (side, value) in sides.into_iter().flatten() {
                let number = order.number((line.lot, name, side));
                columns.resize_with(order.keys.len(), Vec::new);
                columns[number].push(value);
            }
        }
    }
    columns.iter().for_each(|column| columns::put(out, ids, column));
}

/// Writes the names of the fields, the distinct lists of fields, and which of them each line has, and returns the
/// last, spelt out.
fn put_shapes(out: &mut Vec<u8>, lines: &[Line<'_>]) -> Vec<Vec<usize>> {
    let mut names: HashMap<&str, usize> = HashMap::new();
    let mut spelt = Vec::new();
    let mut shapes: HashMap<Vec<usize>, u64> = HashMap::new();
    let mut listed = Vec::new();
    let mut numbers = Vec::with_capacity(lines.len());
    for line in lines {
        for cell in &line.cells {
            let next = names.len();
            if *names.entry(cell.field).or_insert(next) == next {
                spelt.push(cell.field);
            }
        }
        let shape: Vec<usize> = line.cells.iter().map(|cell| names[cell.field]).collect();
        let next = shapes.len() as u64;
        numbers.push(*shapes.entry(shape.clone()).or_insert_with(|| {
            listed.push(shape);
            next
        }));
    }
    put_count(out, spelt.len());
    spelt.iter().for_each(|name| put_text(out, name));
    put_count(out, listed.len());
    for shape in &listed {
        put_shape(out, shape);
    }
    runs::put(out, &numbers);
    numbers.iter().map(|number| listed[*number as usize].clone()).collect()
}

/// The numbers as what each adds to the one before, minus 1: fields mostly come in the same order.
fn put_shape(out: &mut Vec<u8>, shape: &[usize]) {
    put_count(out, shape.len());
    let mut next = 0_i64;
    for name in shape {
        super::wire::put_signed(out, *name as i64 - next);
        next = *name as i64 + 1;
    }
}

/// `lots` are those of the lines; `is_edit` tells which lots have two sides. The caller has charged for the lines.
pub fn read<'a>(
    reader: &mut Reader<'a>,
    ids: &mut Ids,
    lots: &[u64],
    is_edit: impl Fn(u64) -> bool,
) -> Result<Vec<ReadLine<'a>>, CodecError> {
    let name_count = reader.count(size_of::<&str>())?;
    let names = (0..name_count).map(|_| reader.text()).collect::<Result<Vec<_>, _>>()?;
    let shapes = read_shapes(reader, name_count)?;
    let numbers = runs::read(reader, lots.len())?;
    let mut order = Order::default();
    let mut counts: Vec<usize> = Vec::new();
    let mut rows = Vec::with_capacity(lots.len());
    for (lot, number) in lots.iter().zip(numbers) {
        let shape = usize::try_from(number).ok().and_then(|number| shapes.get(number));
        let shape = shape.ok_or_else(|| reader.corrupt("字段组合的序号超出范围"))?;
        let sides: &[u8] = if is_edit(*lot) { &[1, 0] } else { &[0] };
        for name in shape {
            reader.charge(sides.len(), VALUE_COST + names[*name].len())?;
            for side in sides {
                let column = order.number((*lot, *name, *side));
                counts.resize(order.keys.len(), 0);
                counts[column] += 1;
            }
        }
        rows.push((*lot, shape));
    }
    let columns = counts.iter().map(|count| columns::read(reader, ids, *count).map(Vec::into_iter));
    let mut columns = columns.collect::<Result<Vec<_>, _>>()?;
    let mut next = |key: Key| columns[order.numbers[&key]].next().unwrap_or_default();
    let cells = |(lot, shape): (u64, &Vec<usize>)| {
        let cell = |name: &usize| ReadCell {
            field: names[*name],
            from: if is_edit(lot) { next((lot, *name, 1)) } else { Value::Null },
            to: next((lot, *name, 0)),
        };
        shape.iter().map(cell).collect()
    };
    Ok(rows.into_iter().map(cells).collect())
}

fn read_shapes(reader: &mut Reader<'_>, names: usize) -> Result<Vec<Vec<usize>>, CodecError> {
    let count = reader.count(size_of::<Vec<usize>>())?;
    (0..count).map(|_| read_shape(reader, names)).collect()
}

fn read_shape(reader: &mut Reader<'_>, names: usize) -> Result<Vec<usize>, CodecError> {
    let length = reader.count(size_of::<usize>())?;
    let mut next = 0_i64;
    let mut shape = Vec::with_capacity(length);
    for _ in 0..length {
        let name = next.checked_add(reader.signed()?).and_then(|name| usize::try_from(name).ok());
        let name = name.filter(|name| *name < names).ok_or_else(|| reader.corrupt("字段序号超出范围"))?;
        next = name as i64 + 1;
        shape.push(name);
    }
    Ok(shape)
}
