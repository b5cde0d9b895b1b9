//! Under the rows: 合计 with a formula and its result, so that it is right before and after editing, and
//! 大写金额 where the form has it, then notes.

use super::{
    Table, WriteError,
    body::{self, Sums},
    head::across,
    page, style,
};
use rust_xlsxwriter::{Formula, Worksheet};
use suanpan_model::Money;

/// Label of the row that gives the total in words; reading knows it as a total row.
const IN_WORDS: &str = "大写合计";

/// What is known once the rows are written.
pub struct Under<'a> {
    /// By column.
    pub sums: &'a [Sums],
    pub notes: &'a [String],
}

/// Writes what stands under the rows; returns the row behind the last one of the table.
pub fn write(
    sheet: &mut Worksheet,
    table: &Table<'_>,
    first_row: u32,
    next_row: u32,
    under: &Under<'_>,
) -> Result<u32, WriteError> {
    let used = total(sheet, table, first_row, next_row, under.sums)?;
    let used = notes(sheet, table, used, under.notes)?;
    // Streamed rows leave for the disk when one behind them is begun. The last one must not have a height
    // of its own: the library would write it twice (rust_xlsxwriter 0.102, `flush_last_row`).
    let behind = if table.is_template() { next_row + body::EMPTY_ROWS } else { used };
    sheet.write_blank(behind, table.width(), &table.styles.key)?;
    Ok(used)
}

fn total(
    sheet: &mut Worksheet,
    table: &Table<'_>,
    first_row: u32,
    next_row: u32,
    sums: &[Sums],
) -> Result<u32, WriteError> {
    let first_money = table.columns.iter().position(|column| column.field.adds_up());
    let Some(first_money) = first_money.filter(|at| *at > 0 && next_row > first_row) else {
        return Ok(next_row);
    };
    sheet.set_row_height_pixels(next_row, 26)?;
    across(sheet, next_row, (0, first_money as u16 - 1), "合　　计", &table.styles.total_label)?;
    for (at, column) in table.columns.iter().enumerate().skip(first_money) {
        let format = style::total(column);
        if !column.field.adds_up() {
            sheet.write_blank(next_row, at as u16, &format)?;
            continue;
        }
        let result = shown(table, &sums[at]);
        if sums[at].exact.unsigned_abs() >= body::EXACT_DIGITS {
            sheet.write_string_with_format(next_row, at as u16, result, &format)?;
            continue;
        }
        let letter = crate::cell::column_name(at as u32);
        let formula = Formula::new(format!("SUM({letter}{}:{letter}{next_row})", first_row + 1));
        sheet.write_formula_with_format(next_row, at as u16, formula.set_result(result), &format)?;
    }
    words(sheet, table, next_row + 1, sums)
}

/// The sum as the cells of its column show it.
fn shown(table: &Table<'_>, sums: &Sums) -> String {
    let unit = table.form.unit;
    body::amount(if table.rounding.is_some() { sums.steps * (unit.fen() / 100) } else { sums.exact }, unit)
}

fn words(sheet: &mut Worksheet, table: &Table<'_>, row: u32, sums: &[Sums]) -> Result<u32, WriteError> {
    let Some(field) = table.form.in_words else { return Ok(row) };
    let Some(at) = table.columns.iter().position(|column| column.index == field) else { return Ok(row) };
    let Ok(total) = Money::from_fen(sums[at].exact) else { return Ok(row) };
    sheet.set_row_height_pixels(row, 26)?;
    sheet.write_string_with_format(row, 0, IN_WORDS, &table.styles.total_label)?;
    let text = format!("人民币{}", total.in_words());
    across(sheet, row, (1, table.width() - 1), &text, &table.styles.words)?;
    Ok(row + 1)
}

/// `注：…`, which reading knows as a note. Over the first printed page: on a wide table the text would run on to the next.
fn notes(sheet: &mut Worksheet, table: &Table<'_>, row: u32, notes: &[String]) -> Result<u32, WriteError> {
    let mut next = row;
    for note in notes {
        across(sheet, next, (0, page::last_of_first_page(table)), &format!("注：{note}"), &table.styles.note)?;
        next += 1;
    }
    Ok(next)
}
