//! Title, the line with the maker and the unit, and the header: one row, or two where the columns fall
//! into sections.

use super::{Table, WriteError, page, rounded, style::Column};
use crate::marks::KEY_HEADER;
use rust_xlsxwriter::{Format, Worksheet};

pub const TITLE_ROW: u32 = 0;
const CAPTION_ROW: u32 = 1;
pub const HEADER_ROW: u32 = 2;

/// Writes everything above the data; returns the first row of data.
pub fn write(sheet: &mut Worksheet, table: &Table<'_>) -> Result<u32, WriteError> {
    sheet.set_row_height(TITLE_ROW, 32)?;
    sheet.set_row_height(CAPTION_ROW, 18)?;
    across(sheet, TITLE_ROW, (0, page::last_of_first_page(table)), &table.form.title, &table.styles.title)?;
    caption(sheet, table)?;
    let groups = groups(table.columns);
    let last = if groups.len() > 1 { two_rows(sheet, table, &groups)? } else { one_row(sheet, table)? };
    Ok(last + 1)
}

/// `编制单位：…` at the left, `单位：万元` at the right.
fn caption(sheet: &mut Worksheet, table: &Table<'_>) -> Result<(), WriteError> {
    let (form, styles) = (table.form, table.styles);
    let maker = format!("编制单位：{}", form.maker);
    let has_money = table.columns.iter().any(|column| column.field.kind.is_money());
    let unit = if has_money { format!("单位：{}", form.unit.zh()) } else { String::new() };
    if table.width() == 1 {
        sheet.write_string_with_format(CAPTION_ROW, 0, format!("{maker}　{unit}"), &styles.caption)?;
        return Ok(());
    }
    sheet.write_string_with_format(CAPTION_ROW, 0, maker, &styles.caption)?;
    if has_money {
        let at = page::last_of_first_page(table).max(1);
        sheet.write_string_with_format(CAPTION_ROW, at, unit, &styles.caption_right)?;
    }
    Ok(())
}

fn one_row(sheet: &mut Worksheet, table: &Table<'_>) -> Result<u32, WriteError> {
    sheet.set_row_height(HEADER_ROW, 34)?;
    for (at, column) in (0..).zip(table.columns) {
        sheet.write_string_with_format(HEADER_ROW, at, label(table, column), &table.styles.header)?;
    }
    marks(sheet, table, HEADER_ROW)?;
    Ok(HEADER_ROW)
}

/// Sections over their columns; a column that stands alone in its section fills both rows.
fn two_rows(sheet: &mut Worksheet, table: &Table<'_>, groups: &[Group<'_>]) -> Result<u32, WriteError> {
    let header = &table.styles.header;
    sheet.set_row_height(HEADER_ROW, 20)?;
    sheet.set_row_height(HEADER_ROW + 1, 34)?;
    for group in groups {
        if group.is_titled() {
            across(sheet, HEADER_ROW, (group.from, group.to), group.section, header)?;
            continue;
        }
        for at in group.from..=group.to {
            let label = label(table, &table.columns[at as usize]);
            sheet.merge_range(HEADER_ROW, at, HEADER_ROW + 1, at, &label, header)?;
        }
    }
    for group in groups.iter().filter(|group| group.is_titled()) {
        for at in group.from..=group.to {
            let label = label(table, &table.columns[at as usize]);
            sheet.write_string_with_format(HEADER_ROW + 1, at, label, header)?;
        }
    }
    marks(sheet, table, HEADER_ROW + 1)?;
    Ok(HEADER_ROW + 1)
}

/// Headers of the hidden columns.
fn marks(sheet: &mut Worksheet, table: &Table<'_>, row: u32) -> Result<(), WriteError> {
    sheet.write_string_with_format(row, table.width(), KEY_HEADER, &table.styles.key)?;
    if table.rounding.is_some() {
        sheet.write_string_with_format(row, table.width() + 1, rounded::EXACT_HEADER, &table.styles.key)?;
    }
    Ok(())
}

fn label(table: &Table<'_>, column: &Column<'_>) -> String {
    let starred = table.is_template() && column.field.required && column.field.derived.is_none();
    format!("{}{}", if starred { "*" } else { "" }, column.field.label.zh)
}

/// Neighbouring columns of one section.
struct Group<'a> {
    section: &'a str,
    from: u16,
    to: u16,
}

impl Group<'_> {
    fn is_titled(&self) -> bool {
        !self.section.is_empty() && self.to > self.from
    }
}

fn groups<'a>(columns: &'a [Column<'_>]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (at, column) in (0..).zip(columns) {
        match groups.last_mut().filter(|group| group.section == column.field.section) {
            Some(group) => group.to = at,
            None => groups.push(Group { section: &column.field.section, from: at, to: at }),
        }
    }
    groups
}

/// One text over several columns of a row, merged when there is more than one.
pub fn across(
    sheet: &mut Worksheet,
    row: u32,
    (from, to): (u16, u16),
    text: &str,
    format: &Format,
) -> Result<(), WriteError> {
    if from == to {
        sheet.write_string_with_format(row, from, text, format)?;
    } else {
        sheet.merge_range(row, from, row, to, text, format)?;
    }
    Ok(())
}
