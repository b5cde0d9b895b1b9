//! Drop-downs: what may stand in a column, offered to the person who fills it in. Short lists stand in the
//! rule itself, long ones on a hidden sheet. They help and do not forbid: import accepts the bare code or
//! the bare name as well, and says what it cannot find.

use super::{Form, Table, WriteError, style::Column};
use rust_xlsxwriter::{DataValidation, Formula, Workbook, Worksheet};
use suanpan_model::FieldKind;

const SHEET: &str = "代码表";
/// Excel's limit for a list inside the rule, in characters with the commas.
const INLINE_CHARS: usize = 255;
/// Rows below the last record in which drop-downs still work.
const ROOM_TO_ADD: u32 = 1000;
/// Excel cuts the text beside the cell off here.
const MESSAGE_CHARS: usize = 250;

/// The drop-downs of a table.
pub struct Lists {
    by_column: Vec<Choice>,
    /// Columns of the hidden sheet: what it is a list of, and its items.
    sheet: Vec<(String, Vec<String>)>,
}

enum Choice {
    None,
    Inline(Vec<String>),
    /// Place in `Lists::sheet`.
    Listed(usize),
}

pub fn gather(form: &Form<'_>, columns: &[Column<'_>]) -> Lists {
    let mut lists = Lists { by_column: Vec::new(), sheet: Vec::new() };
    for column in columns {
        let choice = match items(form, column) {
            Some((_, items)) if items.is_empty() => Choice::None,
            Some((_, items)) if fits_inline(&items) => Choice::Inline(items),
            Some((name, items)) => Choice::Listed(lists.place_of(name, items)),
            None => Choice::None,
        };
        lists.by_column.push(choice);
    }
    lists
}

/// Name of the list and its items; None for columns of free text and figures.
fn items(form: &Form<'_>, column: &Column<'_>) -> Option<(String, Vec<String>)> {
    if column.field.derived.is_some() {
        return None;
    }
    match &column.field.kind {
        FieldKind::Bool => Some(("是否".into(), vec!["是".into(), "否".into()])),
        FieldKind::Code { set, leaf } => {
            let set = form.codes.set(set)?;
            let usable = set.items.iter().filter(|item| item.valid_in(form.fiscal_year) && (item.is_leaf || !leaf));
            let name = if *leaf { format!("{}（末级）", set.info.zh) } else { set.info.zh.clone() };
            Some((name, usable.map(|item| super::code_and_name(&item.code, &item.name)).collect()))
        }
        FieldKind::Reference { entity } => Some((entity.clone(), form.choices.get(entity)?.clone())),
        _ => None,
    }
}

fn fits_inline(items: &[String]) -> bool {
    let chars: usize = items.iter().map(|item| item.encode_utf16().count() + 1).sum();
    chars <= INLINE_CHARS && items.iter().all(|item| !item.contains([',', '"']))
}

impl Lists {
    fn place_of(&mut self, name: String, items: Vec<String>) -> usize {
        if let Some(place) = self.sheet.iter().position(|(known, _)| *known == name) {
            return place;
        }
        self.sheet.push((name, items));
        self.sheet.len() - 1
    }

    /// Puts the rules on the data cells, and the document's hints beside them.
    pub fn validate(
        &self,
        sheet: &mut Worksheet,
        table: &Table<'_>,
        first_row: u32,
        next_row: u32,
    ) -> Result<(), WriteError> {
        let last_row =
            if table.is_template() || next_row == first_row { first_row + ROOM_TO_ADD } else { next_row - 1 };
        for (at, (column, choice)) in table.columns.iter().zip(&self.by_column).enumerate() {
            let rule = match choice {
                Choice::None if column.field.hint.is_empty() => continue,
                Choice::None => DataValidation::new().allow_any_value(),
                Choice::Inline(items) => DataValidation::new().allow_list_strings(items)?,
                Choice::Listed(place) => DataValidation::new().allow_list_formula(self.range(*place)),
            };
            let hint: String = column.field.hint.chars().take(MESSAGE_CHARS).collect();
            let rule = rule.show_error_message(false).set_input_message(hint)?;
            sheet.add_data_validation(first_row, at as u16, last_row, at as u16, &rule)?;
        }
        Ok(())
    }

    fn range(&self, place: usize) -> Formula {
        let letter = crate::cell::column_name(place as u32);
        Formula::new(format!("={SHEET}!${letter}$2:${letter}${}", self.sheet[place].1.len() + 1))
    }
}

/// The hidden sheet with the long lists, if there are any.
pub fn write_sheet(workbook: &mut Workbook, lists: &Lists) -> Result<(), WriteError> {
    if lists.sheet.is_empty() {
        return Ok(());
    }
    let sheet = workbook.add_worksheet();
    sheet.set_name(SHEET)?.set_hidden(true);
    for (at, (name, items)) in (0..).zip(&lists.sheet) {
        sheet.write_string(0, at, name)?;
        for (row, item) in (1..).zip(items) {
            sheet.write_string(row, at, item)?;
        }
    }
    Ok(())
}
