//! Clean workbooks: what the desk exports. Columns are those in which the sample has something to say.

use super::{
    Book,
    view::{County, TOWN},
};
use std::{
    collections::HashMap,
    io::{self, Cursor},
};
use suanpan_excel::write::{Form, Purpose, write};
use suanpan_model::{EntityDef, Record, money::MoneyUnit};

/// Entity, whether all of it fits, unit of its amounts; in the order in which they can be imported.
const TABLES: &[(&str, bool, MoneyUnit)] = &[
    ("division", true, MoneyUnit::Yuan),
    ("budget_book", true, MoneyUnit::Yuan),
    ("agency", true, MoneyUnit::Yuan),
    ("agency_staff", true, MoneyUnit::Yuan),
    ("bank_account", true, MoneyUnit::Yuan),
    ("expenditure_standard", true, MoneyUnit::Yuan),
    ("project", false, MoneyUnit::Yuan),
    ("annual_plan", false, MoneyUnit::Yuan),
    ("project_detail", false, MoneyUnit::Yuan),
    ("performance_goal", false, MoneyUnit::Yuan),
    ("performance_indicator", false, MoneyUnit::Yuan),
    ("budget_line", false, MoneyUnit::Yuan),
    ("income_line", true, MoneyUnit::Wan),
    ("allotment", false, MoneyUnit::Yuan),
    ("allotment_voucher", false, MoneyUnit::Yuan),
];

pub fn books(county: &County) -> io::Result<Vec<Book>> {
    TABLES.iter().enumerate().map(|(at, table)| book(county, at, table)).collect()
}

fn book(county: &County, at: usize, (entity, whole, unit): &(&'static str, bool, MoneyUnit)) -> io::Result<Book> {
    let def = county.def(entity);
    let records: Vec<Record> =
        county.records(entity, if *whole { None } else { Some(TOWN) }).into_iter().cloned().collect();
    let form = Form {
        def,
        codes: &county.schema.codes,
        columns: columns(county, def, &records),
        title: format!("武陟县2026年{}表", def.label.zh),
        maker: "武陟县财政局".into(),
        fiscal_year: 2026,
        division: "410823000".into(),
        unit: *unit,
        purpose: Purpose::Records,
        balanced: false,
        in_words: None,
        choices: HashMap::new(),
    };
    let rows = records.len();
    let mut out = Cursor::new(Vec::new());
    write(&form, &records, county, &mut out).map_err(io::Error::other)?;
    Ok(Book {
        path: format!("clean/{:02}-{}.xlsx", at + 1, def.label.zh),
        entity,
        rows,
        odd: "",
        bytes: out.into_inner(),
    })
}

/// Stored fields in which some record holds something that a person can name.
fn columns(county: &County, def: &EntityDef, records: &[Record]) -> Vec<usize> {
    let says = |field: &str| records.iter().any(|record| !county.code(&def.entity, record, field).is_empty());
    def.stored().filter(|(_, field)| says(&field.name)).map(|(at, _)| at).collect()
}
