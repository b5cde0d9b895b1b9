//! 舍位平衡 of a table, and the way back: rounded amounts add up down each column and across the columns
//! that are sums of others; a hidden column keeps what they were, so that a rounded table that comes back
//! changes only what somebody typed.

use super::{Form, Source, WriteError, marker::Marker};
use crate::{
    ReadError, Workbook,
    cell::Cell,
    recognise::{ColumnMap, Layout},
};
use std::collections::HashMap;
use suanpan_model::{EntityDef, Money, Record, Value, balance::balance, entity::Derived};

/// Header of the hidden column.
pub const EXACT_HEADER: &str = "舍位原值";

/// The rounded amounts of all records, two decimals of the unit.
pub struct Rounding {
    /// How each column of the table is rounded.
    plans: Vec<Plan>,
    /// By column that is rounded on its own: steps by record.
    steps: Vec<Vec<i64>>,
    /// Into `Record::values`, by column.
    fields: Vec<usize>,
}

enum Plan {
    NoMoney,
    /// Balanced on its own; place in `Rounding::steps`.
    Alone(usize),
    /// Made of other columns: (column, sign).
    Sum(Vec<(usize, i64)>),
}

impl Rounding {
    pub fn gather(form: &Form<'_>, source: &dyn Source) -> Result<Self, WriteError> {
        let mut places = 0;
        let plans: Vec<Plan> =
            form.columns.iter().map(|&index| plan(form.def, &form.columns, index, &mut places)).collect();
        let mut exact = vec![Vec::new(); places];
        source.each(&mut |record| {
            for (plan, &index) in plans.iter().zip(&form.columns) {
                if let Plan::Alone(place) = plan {
                    exact[*place].push(record.values.get(index).unwrap_or(&Value::Null).as_money().fen());
                }
            }
            Ok(())
        })?;
        let step = form.unit.fen() / 100;
        let steps = exact.iter().map(|amounts| balance(amounts, step)).collect();
        Ok(Self { plans, steps, fields: form.columns.clone() })
    }

    /// Fills `steps` with the rounded amount of each column of record number `at`; None where the record
    /// holds no amount.
    pub fn steps(&self, at: usize, record: &Record, steps: &mut Vec<Option<i64>>) {
        steps.clear();
        for (column, &index) in self.fields.iter().enumerate() {
            let holds = matches!(record.values.get(index), Some(Value::Money(_)));
            steps.push(holds.then(|| self.of(at, column)));
        }
    }

    fn of(&self, at: usize, column: usize) -> i64 {
        match &self.plans[column] {
            Plan::NoMoney => 0,
            Plan::Alone(place) => self.steps[*place].get(at).copied().unwrap_or_default(),
            Plan::Sum(parts) => parts.iter().map(|(part, sign)| sign * self.of(at, *part)).sum(),
        }
    }

    /// `exact 分=steps` of every money column, in their order.
    pub fn note(&self, record: &Record, steps: &[Option<i64>]) -> String {
        let mut note = String::new();
        let columns = self.plans.iter().zip(&self.fields).zip(steps);
        let money = columns.filter(|((plan, _), _)| !matches!(plan, Plan::NoMoney));
        for (place, ((_, &index), steps)) in money.enumerate() {
            if place > 0 {
                note.push(';');
            }
            if let (Some(Value::Money(money)), Some(steps)) = (record.values.get(index), steps) {
                note.push_str(&format!("{}={steps}", money.fen()));
            }
        }
        note
    }
}

fn plan(def: &EntityDef, columns: &[usize], index: usize, places: &mut usize) -> Plan {
    let field = &def.fields[index];
    if !field.kind.is_money() {
        return Plan::NoMoney;
    }
    if let Some(Derived::Total { plus, minus }) = &field.derived
        && let Some(parts) = parts(def, columns, plus, minus)
    {
        return Plan::Sum(parts);
    }
    *places += 1;
    Plan::Alone(*places - 1)
}

/// The columns that make up a total; None unless all of them are in the table.
fn parts(def: &EntityDef, columns: &[usize], plus: &[String], minus: &[String]) -> Option<Vec<(usize, i64)>> {
    let signed = plus.iter().map(|name| (name, 1)).chain(minus.iter().map(|name| (name, -1)));
    let place = |(name, sign): (&String, i64)| {
        let index = def.index(name)?;
        columns.iter().position(|&column| column == index).map(|at| (at, sign))
    };
    signed.map(place).collect()
}

/// What rounded amounts were before rounding, by sheet row.
pub struct Exact {
    /// 分 in one rounded step.
    step: i64,
    /// Money fields in the order of the notes.
    fields: Vec<String>,
    notes: HashMap<u32, Box<str>>,
}

impl Exact {
    /// None unless the workbook says that its amounts were rounded.
    pub fn read(book: &Workbook, layout: &Layout) -> Result<Option<Self>, ReadError> {
        let rounded = Marker::read(book).map(|marker| marker.rounded).filter(|fields| !fields.is_empty());
        let is_note = |map: &&ColumnMap| map.header.rsplit('/').next() == Some(EXACT_HEADER);
        let (Some(fields), Some(column)) = (rounded, layout.columns.iter().find(is_note)) else { return Ok(None) };
        let mut notes = HashMap::new();
        let mut rows = book.rows(layout.sheet)?;
        while let Some(row) = rows.next_row()? {
            if let Cell::Text(note) = row.cell(column.column) {
                notes.insert(row.index + 1, Box::from(note.as_ref()));
            }
        }
        let fields = fields.split(',').map(str::to_owned).collect();
        Ok(Some(Self { step: layout.unit.fen() / 100, fields, notes }))
    }

    /// The amount that a cell of `field` in that row (counted as people do) means: the exact one while
    /// the cell still shows what was written, otherwise what it shows.
    pub fn amount(&self, sheet_row: u32, field: &str, shown: Money) -> Money {
        let place = self.fields.iter().position(|name| name == field);
        let note = self.notes.get(&sheet_row).and_then(|note| note.split(';').nth(place?));
        let Some((fen, steps)) = note.and_then(|part| part.split_once('=')) else { return shown };
        match (fen.parse().map(Money::from_fen), steps.parse::<i64>()) {
            (Ok(Ok(exact)), Ok(steps)) if steps.checked_mul(self.step) == Some(shown.fen()) => exact,
            _ => shown,
        }
    }
}
