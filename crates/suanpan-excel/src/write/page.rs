//! How the sheet behaves on the screen and on paper: widths, frozen panes, filter, A4 landscape with the
//! header on every page, and protection that locks the header and leaves the data free.

use super::{Form, Purpose, Table, WriteError, head, style};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, IgnoreError, ProtectionOptions, Worksheet};

const A4: u8 = 9;
/// Wider tables are not squeezed onto one page but go on over several.
const ONE_PAGE_PX: u32 = 1_900;
/// A4 landscape between its margins, less what some programs draw columns wider than others.
const PAPER_PX: u32 = 860;
const SEVERAL_PAGES_PERCENT: u16 = 65;
/// The leading columns stay in sight only while they leave room for the others.
const MAX_FROZEN_PX: u32 = 480;

pub fn sheet_name(form: &Form<'_>) -> String {
    let name: String = form.def.label.zh.chars().filter(|c| !"[]:*?/\\'".contains(*c)).take(31).collect();
    if name.is_empty() { form.def.entity.chars().take(31).collect() } else { name }
}

/// The document's properties. Its date is the first day of the budget year, so that the same records
/// give the same bytes.
pub fn properties(form: &Form<'_>) -> DocProperties {
    let properties = DocProperties::new().set_title(&form.title).set_author(&form.maker).set_company(&form.maker);
    let year = u16::try_from(form.fiscal_year).unwrap_or(2000);
    match ExcelDateTime::from_ymd(year, 1, 1) {
        Ok(date) => properties.set_creation_datetime(&date),
        Err(_) => properties,
    }
}

/// Before the rows: widths, and formats that the rows take over without naming them cell by cell.
pub fn columns(sheet: &mut Worksheet, table: &Table<'_>) -> Result<(), WriteError> {
    for (at, column) in (0..).zip(table.columns) {
        sheet.set_column_width_pixels(at, column.width)?.set_column_format(at, &column.format)?;
    }
    let hidden = if table.rounding.is_some() { 2 } else { 1 };
    for at in table.width()..table.width() + hidden {
        sheet.set_column_format(at, &table.styles.key)?.set_column_hidden(at)?;
    }
    Ok(())
}

/// After the rows: cells below them are free, and without a frame down to the last row of the sheet.
pub fn release_columns(sheet: &mut Worksheet, table: &Table<'_>) -> Result<(), WriteError> {
    for (at, column) in (0..).zip(table.columns) {
        sheet.set_column_format(at, &style::unfilled(column))?;
    }
    Ok(())
}

/// `used` is the row behind the last one written.
pub fn set_up(
    sheet: &mut Worksheet,
    table: &Table<'_>,
    first_row: u32,
    next_row: u32,
    used: u32,
) -> Result<(), WriteError> {
    let last_column = table.width() - 1;
    sheet.set_freeze_panes(first_row, frozen(table))?;
    if next_row > first_row {
        sheet.autofilter(first_row - 1, 0, next_row - 1, last_column)?;
        sheet.ignore_error_range(first_row, 0, next_row - 1, table.width(), IgnoreError::NumberStoredAsText)?;
    }
    sheet.protect_with_options(&ProtectionOptions {
        format_cells: true,
        format_columns: true,
        format_rows: true,
        insert_rows: true,
        delete_rows: true,
        sort: true,
        use_autofilter: true,
        ..ProtectionOptions::new()
    });
    on_paper(sheet, table, first_row, used.max(first_row + 1))
}

fn on_paper(sheet: &mut Worksheet, table: &Table<'_>, first_row: u32, used: u32) -> Result<(), WriteError> {
    let rows = if table.form.purpose == Purpose::Template { used + 20 } else { used };
    sheet.set_landscape().set_paper_size(A4).set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    sheet.set_print_center_horizontally(true).set_footer("&C第 &P 页　共 &N 页");
    sheet.set_repeat_rows(head::TITLE_ROW, first_row - 1)?;
    sheet.set_print_area(0, 0, rows - 1, table.width() - 1)?;
    let width: u32 = table.columns.iter().map(|column| column.width).sum();
    if width <= ONE_PAGE_PX {
        sheet.set_print_fit_to_pages(1, 0);
        return Ok(());
    }
    sheet.set_print_scale(SEVERAL_PAGES_PERCENT);
    if let Some(last) = frozen(table).checked_sub(1) {
        sheet.set_repeat_columns(0, last)?;
    }
    Ok(())
}

/// The last column of the first printed page: the title is centred over that page, not over all of them.
pub fn last_of_first_page(table: &Table<'_>) -> u16 {
    let widths = || table.columns.iter().map(|column| column.width);
    if widths().sum::<u32>() <= ONE_PAGE_PX {
        return table.width() - 1;
    }
    let mut width = 0;
    let fitting = widths().take_while(|column| {
        width += column;
        width <= PAPER_PX * 100 / u32::from(SEVERAL_PAGES_PERCENT)
    });
    (fitting.count() as u16).max(1) - 1
}

/// How many leading columns name the record (key and title) and fit beside the rest.
fn frozen(table: &Table<'_>) -> u16 {
    let def = table.form.def;
    let names = table
        .columns
        .iter()
        .take_while(|column| column.field.name == def.title || def.key.contains(&column.field.name));
    let mut width = 0;
    let fitting = names.take_while(|column| {
        width += column.width;
        width <= MAX_FROZEN_PX
    });
    fitting.count() as u16
}
