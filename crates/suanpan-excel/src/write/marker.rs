//! What a workbook of ours says of itself, on a sheet that nobody sees: which entity and year, in which
//! unit, whether amounts were rounded. A workbook without it is read like any other.

use super::{Form, Purpose, WriteError, style::Column};
use crate::{cell::Cell, workbook::Workbook as ReadWorkbook};
use rust_xlsxwriter::Workbook;

/// Name of the hidden sheet.
pub const SHEET: &str = "算盘标记";
/// Moves when what is written here changes its meaning.
const VERSION: &str = "1";

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marker {
    pub version: String,
    pub entity: String,
    pub fiscal_year: String,
    pub division: String,
    /// `yuan` or `wan`.
    pub unit: String,
    /// `records` or `template`.
    pub purpose: String,
    /// Money fields in the order of their columns when the amounts are rounded (舍位平衡), else empty.
    pub rounded: String,
}

impl Marker {
    pub fn of(form: &Form<'_>, columns: &[Column<'_>]) -> Self {
        let money = columns.iter().filter(|column| column.field.kind.is_money());
        let money: Vec<&str> = money.map(|column| column.field.name.as_str()).collect();
        Self {
            version: VERSION.into(),
            entity: form.def.entity.clone(),
            fiscal_year: form.fiscal_year.to_string(),
            division: form.division.clone(),
            unit: format!("{:?}", form.unit).to_lowercase(),
            purpose: if form.purpose == Purpose::Template { "template" } else { "records" }.into(),
            rounded: if form.balanced { money.join(",") } else { String::new() },
        }
    }

    pub fn write(&self, workbook: &mut Workbook) -> Result<(), WriteError> {
        let sheet = workbook.add_worksheet();
        sheet.set_name(SHEET)?.set_very_hidden(true);
        for (row, (name, value)) in (0..).zip(self.lines()) {
            sheet.write_string(row, 0, name)?.write_string(row, 1, value)?;
        }
        Ok(())
    }

    fn lines(&self) -> [(&'static str, &String); 7] {
        [
            ("version", &self.version),
            ("entity", &self.entity),
            ("fiscal_year", &self.fiscal_year),
            ("division", &self.division),
            ("unit", &self.unit),
            ("purpose", &self.purpose),
            ("rounded", &self.rounded),
        ]
    }

    /// What the workbook says of itself; None for a workbook that is not ours.
    pub fn read(book: &ReadWorkbook) -> Option<Self> {
        let sheet = book.sheets.iter().find(|sheet| sheet.name == SHEET)?;
        let said = |name: &str| {
            let line = sheet.head.iter().find(|row| matches!(row.cell(0), Cell::Text(text) if &**text == name))?;
            Some(line.cell(1).shown())
        };
        let text = |name: &str| said(name).unwrap_or_default();
        Some(Self {
            version: said("version")?,
            entity: text("entity"),
            fiscal_year: text("fiscal_year"),
            division: text("division"),
            unit: text("unit"),
            purpose: text("purpose"),
            rounded: text("rounded"),
        })
    }
}
