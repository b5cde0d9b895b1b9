//! The rows: each value as the cell that shows it best and reads back as itself.

use super::{
    MAX_RECORDS, Source, Table, WriteError,
    style::{self, Column},
};
use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::Worksheet;
use suanpan_model::{FieldKind, Money, Record, Value, money::MoneyUnit};

/// What a money column comes to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sums {
    /// 分.
    pub exact: i64,
    /// Steps of 舍位平衡; 0 without it.
    pub steps: i64,
}

/// Writes all records from `first_row` on; returns the row behind the last and the sums by column.
pub fn write(
    sheet: &mut Worksheet,
    table: &Table<'_>,
    source: &dyn Source,
    first_row: u32,
) -> Result<(u32, Vec<Sums>), WriteError> {
    let mut sums = vec![Sums::default(); table.columns.len()];
    let mut steps = Vec::new();
    let mut row = first_row;
    if table.is_template() {
        empty_rows(sheet, table, first_row)?;
        return Ok((row, sums));
    }
    source.each(&mut |record| {
        if (row - first_row) as usize >= MAX_RECORDS {
            return Err(WriteError::TooManyRows);
        }
        if let Some(rounding) = table.rounding {
            rounding.steps((row - first_row) as usize, record, &mut steps);
        }
        let mut lines = 1;
        for (at, column) in table.columns.iter().enumerate() {
            let value = record.values.get(column.index).unwrap_or(&Value::Null);
            let rounded = steps.get(at).copied().flatten();
            if let Value::Money(money) = value {
                sums[at].exact = sums[at].exact.saturating_add(money.fen());
                sums[at].steps += rounded.unwrap_or_default();
            }
            lines = lines.max(cell(sheet, table, row, at as u16, value, rounded)?);
        }
        if row < ROWS_WITH_HEIGHT {
            sheet.set_row_height_pixels(row, height(lines))?;
        }
        marks(sheet, table, row, record, &steps)?;
        row += 1;
        Ok(())
    })?;
    Ok((row, sums))
}

/// Past this row heights are left to the spreadsheet program: each one that is set stays in memory.
const ROWS_WITH_HEIGHT: u32 = 5_000;

/// px of a row of so many lines; a very long text is cut on paper, not in the cell.
fn height(lines: u32) -> u32 {
    6 + 17 * lines.min(12)
}

/// Lines of a template that are drawn; more may be filled in below them.
pub const EMPTY_ROWS: u32 = 200;

fn empty_rows(sheet: &mut Worksheet, table: &Table<'_>, first_row: u32) -> Result<(), WriteError> {
    for row in first_row..first_row + EMPTY_ROWS {
        sheet.set_row_height_pixels(row, height(1))?;
        for (at, column) in (0..).zip(table.columns) {
            sheet.write_blank(row, at, &column.format)?;
        }
    }
    Ok(())
}

fn marks(
    sheet: &mut Worksheet,
    table: &Table<'_>,
    row: u32,
    record: &Record,
    steps: &[Option<i64>],
) -> Result<(), WriteError> {
    sheet.write_string(row, table.width(), record.id.to_string())?;
    if let Some(rounding) = table.rounding {
        sheet.write_string(row, table.width() + 1, rounding.note(record, steps))?;
    }
    Ok(())
}

/// Writes one value; how many lines it takes.
fn cell(
    sheet: &mut Worksheet,
    table: &Table<'_>,
    row: u32,
    at: u16,
    value: &Value,
    rounded: Option<i64>,
) -> Result<u32, WriteError> {
    let column = &table.columns[at as usize];
    match value {
        Value::Null => {
            sheet.write_blank(row, at, &column.format)?;
        }
        Value::Money(money) => match rounded {
            Some(steps) => {
                sheet.write_number(row, at, steps as f64 / 100.0)?;
            }
            None if money.fen().unsigned_abs() < EXACT_DIGITS => {
                sheet.write_number(row, at, money.fen() as f64 / table.form.unit.fen() as f64)?;
            }
            None => return text(sheet, row, at, column, amount(money.fen(), table.form.unit)),
        },
        Value::Int(number) if number.unsigned_abs() < EXACT_DIGITS => {
            sheet.write_number(row, at, *number as f64)?;
        }
        Value::Int(number) => return text(sheet, row, at, column, number.to_string()),
        Value::Bool(yes) => {
            sheet.write_string(row, at, if *yes { "是" } else { "否" })?;
        }
        Value::Ref(id) => {
            let FieldKind::Reference { entity } = &column.field.kind else { return Ok(1) };
            return text(sheet, row, at, column, table.labels.label(entity, *id));
        }
        Value::Text(held) => match number_of(column, held) {
            Some(number) => {
                sheet.write_number(row, at, number)?;
            }
            None => return text(sheet, row, at, column, shown(table, column, held)),
        },
    }
    Ok(1)
}

/// Dates and decimals as numbers, as far as these read back as the same text.
fn number_of(column: &Column<'_>, held: &str) -> Option<f64> {
    match &column.field.kind {
        FieldKind::Date => serial(held),
        FieldKind::Decimal { .. } if column.field.derived.is_some() => held.parse().ok(),
        FieldKind::Decimal { .. } => figure(held),
        _ => None,
    }
}

fn shown(table: &Table<'_>, column: &Column<'_>, held: &str) -> String {
    let FieldKind::Code { set, .. } = &column.field.kind else { return held.to_owned() };
    match table.form.codes.item(set, held) {
        Some(item) => super::code_and_name(held, &item.name),
        None => held.to_owned(),
    }
}

/// A text is always written as one, whatever it begins with.
fn text(sheet: &mut Worksheet, row: u32, at: u16, column: &Column<'_>, text: String) -> Result<u32, WriteError> {
    if text.is_empty() {
        sheet.write_blank(row, at, &column.format)?;
        return Ok(1);
    }
    let lines = style::lines(&text, column.width);
    match style::oddity(&text) {
        None => sheet.write_string(row, at, text)?,
        Some(odd) => sheet.write_string_with_format(row, at, text, &style::for_text(&column.format, odd))?,
    };
    Ok(lines)
}

/// An amount as exact text.
pub fn amount(fen: i64, unit: MoneyUnit) -> String {
    Money::from_fen(fen).map_or_else(|_| String::new(), |money| money.to_decimal(unit).normalize().to_string())
}

/// From here on Excel no longer keeps every digit: such figures are written as text.
pub const EXACT_DIGITS: u64 = 1_000_000_000_000_000;

/// `YYYY-MM-DD` as a day number; None for what is no such day, or lies before 1 March 1900, from where
/// on Excel counts rightly.
fn serial(text: &str) -> Option<f64> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|date| date.to_string() == text)?;
    let days = date.signed_duration_since(NaiveDate::from_ymd_opt(1899, 12, 30)?).num_days();
    (days > 60 && date.year() <= 9999).then_some(days as f64)
}

/// A decimal whose number reads back as the same figure; None for all others.
fn figure(text: &str) -> Option<f64> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let number: f64 = (digits <= 15).then(|| text.parse().ok()).flatten()?;
    (crate::cell::number_text(number) == crate::import::cells::normal_decimal(text)).then_some(number)
}
