//! Finds the table in a sheet: where the header is, what each column means, the unit of the amounts,
//! where the data begins. The result is a [`Layout`] that a person can correct and that is remembered
//! for the same header. Start with [`best`] (a whole workbook) or [`recognise`] (one sheet).
//!
//! Headers are flattened in [`header`], names compared in [`names`], units found in [`unit`]; rows that
//! are no data are told in [`lines`].

pub mod header;
pub mod lines;
pub mod names;
pub mod unit;

use crate::cell::Row;
use crate::marks::{ERROR_HEADER, KEY_HEADER};
use crate::text::header_key;
use crate::workbook::{Sheet, Workbook};
use header::FlatHeader;
use names::Lexicon;
use serde::{Deserialize, Serialize};
use suanpan_model::money::MoneyUnit;
use suanpan_model::schema::CodeSets;
use suanpan_model::{EntityDef, FieldKind};
use ts_rs::TS;

/// Headers higher than this have not been seen.
const MAX_HEADER_ROWS: usize = 4;

/// How one sheet is to be read. Rows and columns count from 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Layout {
    /// Place of the sheet in the workbook, and its name.
    pub sheet: usize,
    pub sheet_name: String,
    /// First and last row of the header.
    pub header_from: u32,
    pub header_to: u32,
    /// First row that can hold data; the last one, or None for the end of the sheet.
    pub data_from: u32,
    pub data_to: Option<u32>,
    /// Unit of amounts in columns that do not name their own.
    pub unit: MoneyUnit,
    /// The sheet said the unit; otherwise 元 is assumed and the person should look.
    pub unit_stated: bool,
    pub columns: Vec<ColumnMap>,
    pub hidden_rows: HiddenRows,
    /// Names of tree nodes are indented to show their level.
    pub indented: bool,
    /// The same for every workbook with this header.
    pub fingerprint: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HiddenRows {
    /// Hidden rows are data like the others; the preview says how many there are.
    #[default]
    Include,
    Leave,
}

/// What one column is taken for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ColumnMap {
    pub column: u32,
    /// The flattened header: `本年支出/基本支出/人员经费`.
    pub header: String,
    pub role: ColumnRole,
    /// 0–100; 100 = the header is the field's own name or alias.
    pub confidence: u8,
    /// The header names a unit of its own.
    pub unit: Option<MoneyUnit>,
    pub hidden: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum ColumnRole {
    Field {
        field: String,
    },
    /// One of the 类/款/项 columns of a code field; level 0 is 类.
    Level {
        field: String,
        level: u8,
    },
    /// The hidden column with the record's id.
    Key,
    Ignore,
}

impl ColumnMap {
    pub fn field(&self) -> Option<&str> {
        match &self.role {
            ColumnRole::Field { field } | ColumnRole::Level { field, .. } => Some(field),
            ColumnRole::Key | ColumnRole::Ignore => None,
        }
    }
}

impl Layout {
    /// Columns that stand for a field.
    pub fn mapped(&self) -> impl Iterator<Item = &ColumnMap> {
        self.columns.iter().filter(|column| column.field().is_some())
    }

    /// Takes over what a person once confirmed for the same header; places stay those of this sheet.
    pub fn remember(&mut self, confirmed: &Layout) {
        if confirmed.fingerprint != self.fingerprint || confirmed.columns.len() != self.columns.len() {
            return;
        }
        for (mine, theirs) in self.columns.iter_mut().zip(&confirmed.columns) {
            (mine.role, mine.confidence, mine.unit) = (theirs.role.clone(), 100, theirs.unit);
        }
        self.hidden_rows = confirmed.hidden_rows;
        if !self.unit_stated {
            self.unit = confirmed.unit;
        }
    }
}

/// The sheet of the workbook that fits `def` best, visible ones first. None when no sheet has a header
/// with any of its fields.
pub fn best(book: &Workbook, def: &EntityDef, codes: &CodeSets) -> Option<Layout> {
    let layouts = book.sheets.iter().enumerate().filter_map(|(place, sheet)| {
        let (layout, score) = scored(place, sheet, def, codes)?;
        Some((!sheet.hidden, score, layout))
    });
    // Of equal ones the first.
    let best = layouts.reduce(|best, next| if (next.0, next.1) > (best.0, best.1) { next } else { best });
    best.map(|(.., layout)| layout)
}

/// The layout of sheet number `place`; None when no header with fields of `def` is found.
pub fn recognise(place: usize, sheet: &Sheet, def: &EntityDef, codes: &CodeSets) -> Option<Layout> {
    scored(place, sheet, def, codes).map(|(layout, _)| layout)
}

/// The layout with the header in rows `header.0..=header.1`, because a person says so; what its columns mean may
/// be left open. None when these rows cannot be a header.
pub fn recognise_at(
    place: usize,
    sheet: &Sheet,
    header: (u32, u32),
    def: &EntityDef,
    codes: &CodeSets,
) -> Option<Layout> {
    let place_of = |row: u32| sheet.head.iter().position(|head| head.index == row);
    let (first, last) = (place_of(header.0)?, place_of(header.1)?);
    if first > last {
        return None;
    }
    let flat = FlatHeader::of(sheet, first, last)?;
    let columns = assign(sheet, &flat, &Lexicon::of(def), codes);
    Some(layout(place, sheet, &flat, columns, def))
}

fn scored(place: usize, sheet: &Sheet, def: &EntityDef, codes: &CodeSets) -> Option<(Layout, u32)> {
    let lexicon = Lexicon::of(def);
    let mut found: Option<(Layout, u32)> = None;
    for first in 0..sheet.head.len() {
        for last in first..(first + MAX_HEADER_ROWS).min(sheet.head.len()) {
            let Some(flat) = FlatHeader::of(sheet, first, last) else { continue };
            let columns = assign(sheet, &flat, &lexicon, codes);
            let score = score(&columns, def, last - first);
            if score > found.as_ref().map_or(0, |(_, best)| *best) {
                found = Some((layout(place, sheet, &flat, columns, def), score));
            }
        }
    }
    found
}

/// What a candidate header is worth: its sure columns, the key above all; fewer rows when equal.
fn score(columns: &[ColumnMap], def: &EntityDef, extra_rows: usize) -> u32 {
    let mut mapped: Vec<&ColumnMap> = columns.iter().filter(|column| column.field().is_some()).collect();
    mapped.dedup_by(|a, b| a.field() == b.field());
    let has_text = columns.iter().filter(|column| !column.header.is_empty()).count();
    // A lone hit among many columns is a coincidence (a unit's name in a data row).
    if mapped.is_empty() || (mapped.len() == 1 && has_text > 3) {
        return 0;
    }
    let worth = |column: &&ColumnMap| {
        let key = column.field().is_some_and(|field| def.key.iter().any(|name| name == field));
        u32::from(column.confidence) * if key { 15 } else { 10 }
    };
    // A row of 类 款 项 is header wherever it stands: without it the columns above would mean one code each.
    let levels = columns.iter().filter(|column| matches!(column.role, ColumnRole::Level { .. })).count();
    (mapped.iter().map(worth).sum::<u32>() + levels as u32 * 10).saturating_sub(extra_rows as u32)
}

fn layout(place: usize, sheet: &Sheet, flat: &FlatHeader, columns: Vec<ColumnMap>, def: &EntityDef) -> Layout {
    let above: Vec<&Row> = sheet.head.iter().filter(|row| row.index <= flat.to).collect();
    let stated = unit::stated(&above);
    let mut data_from = flat.to + 1;
    let below: Vec<&Row> = sheet.head.iter().filter(|row| row.index > flat.to).collect();
    if let Some(numbering) = below.first().filter(|row| lines::is_numbering(row)) {
        data_from = numbering.index + 1;
    }
    let headers: Vec<String> = columns.iter().map(|column| header_key(&column.header)).collect();
    let fingerprint =
        blake3::hash(format!("{}\n{}", def.entity, headers.join("\n")).as_bytes()).to_hex()[..16].to_owned();
    let indented = is_indented(&below, &columns, def);
    Layout {
        sheet: place,
        sheet_name: sheet.name.clone(),
        header_from: flat.from,
        header_to: flat.to,
        data_from,
        data_to: None,
        unit: stated.unwrap_or_default(),
        unit_stated: stated.is_some(),
        columns,
        hidden_rows: HiddenRows::default(),
        indented,
        fingerprint,
    }
}

/// Do names in the title column begin with spaces?
fn is_indented(rows: &[&Row], columns: &[ColumnMap], def: &EntityDef) -> bool {
    let Some(title) = columns.iter().find(|column| column.field() == Some(&def.title)) else { return false };
    let names = rows.iter().filter(|row| row.index > 0).filter_map(|row| match row.cell(title.column) {
        crate::cell::Cell::Text(text) => Some(text.starts_with([' ', '\u{3000}', '\u{a0}'])),
        _ => None,
    });
    let (indented, all) = names.fold((0, 0), |(indented, all), yes| (indented + usize::from(yes), all + 1));
    indented * 4 >= all.max(1)
}

/// Gives every column its role: first the program's own marks and 类/款/项 groups, then the best match first.
fn assign(sheet: &Sheet, flat: &FlatHeader, lexicon: &Lexicon<'_>, codes: &CodeSets) -> Vec<ColumnMap> {
    let mut columns: Vec<ColumnMap> = flat
        .columns
        .iter()
        .map(|(column, parts)| ColumnMap {
            column: *column,
            header: parts.join("/"),
            role: ColumnRole::Ignore,
            confidence: 0,
            unit: parts.iter().rev().find_map(|part| unit::in_header(part)),
            hidden: sheet.column_is_hidden(*column),
        })
        .collect();
    let mut taken: Vec<&str> = Vec::new();
    for (map, (_, parts)) in columns.iter_mut().zip(&flat.columns) {
        if parts.last().is_some_and(|last| header_key(last) == header_key(KEY_HEADER)) {
            (map.role, map.confidence) = (ColumnRole::Key, 100);
        }
    }
    for group in names::level_groups(&flat.columns) {
        if let Some((field, confidence)) = names::field_of_levels(&group, &flat.columns, lexicon, codes, &taken) {
            taken.push(field);
            for (level, place) in group.iter().enumerate() {
                columns[*place].role = ColumnRole::Level { field: field.to_owned(), level: level as u8 };
                columns[*place].confidence = confidence;
            }
        }
    }
    let mut matches = Vec::new();
    for (place, (_, parts)) in flat.columns.iter().enumerate() {
        let free = columns[place].role == ColumnRole::Ignore;
        if free && parts.last().is_some_and(|last| header_key(last) != header_key(ERROR_HEADER)) {
            matches.extend(lexicon.matches(parts).into_iter().map(|(confidence, field)| (confidence, place, field)));
        }
    }
    // Best first; of equal ones the column further left.
    matches.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (confidence, place, field) in matches {
        if columns[place].role != ColumnRole::Ignore
            || columns[place].confidence > 0
            || taken.contains(&field.name.as_str())
        {
            continue;
        }
        taken.push(&field.name);
        columns[place].confidence = confidence;
        // A computed field is recognised so that its figures are not taken for another's, and left out.
        if field.derived.is_none() {
            columns[place].role = ColumnRole::Field { field: field.name.clone() };
        }
    }
    columns
}

/// Is the field's value a code that can be split over level columns?
fn is_code_of(kind: &FieldKind) -> Option<&str> {
    if let FieldKind::Code { set, .. } = kind { Some(set) } else { None }
}
