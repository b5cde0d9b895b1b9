//! A small grid of cells with merged ranges, as xlsx, as an HTML table, or as CSV.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, XlsxError};
use std::io;

#[derive(Debug, Clone)]
pub enum Cell {
    Blank,
    Text(String),
    Number(f64),
    /// Formula and its cached value.
    Formula(String, String),
}

pub fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

#[derive(Debug, Clone, Default)]
pub struct Sheet {
    pub name: String,
    pub rows: Vec<Vec<Cell>>,
    /// top, left, bottom, right; the text stands in the first cell.
    pub merges: Vec<(u32, u16, u32, u16)>,
    pub hidden_rows: Vec<u32>,
    pub hidden_columns: Vec<u16>,
}

impl Sheet {
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    pub fn push(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// A row with one text at its beginning, merged over `width` columns.
    pub fn banner(&mut self, words: &str, width: u16) {
        let row = self.rows.len() as u32;
        self.rows.push(vec![text(words)]);
        self.merges.push((row, 0, row, width - 1));
    }

    /// Header rows; `^` takes the text above (merged down), `<` the one to the left (merged across).
    pub fn header(&mut self, rows: &[&[&str]]) {
        let top = self.rows.len() as u32;
        for row in rows {
            let cell = |word: &&str| if matches!(*word, "^" | "<") { Cell::Blank } else { text(*word) };
            self.rows.push(row.iter().map(cell).collect());
        }
        for (level, row) in rows.iter().enumerate() {
            for (column, word) in row.iter().enumerate().filter(|(_, word)| !matches!(**word, "^" | "<")) {
                let across = row[column + 1..].iter().take_while(|next| **next == "<").count();
                let down = rows[level + 1..].iter().take_while(|below| below[column] == "^").count();
                if across + down > 0 && !word.is_empty() {
                    let first = top + level as u32;
                    self.merges.push((first, column as u16, first + down as u32, (column + across) as u16));
                }
            }
        }
    }
}

/// The bytes of an xlsx with these sheets; the same for the same sheets.
pub fn xlsx(sheets: &[Sheet]) -> io::Result<Vec<u8>> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(2026, 1, 1).map_err(io::Error::other)?;
    book.set_properties(&DocProperties::new().set_author("武陟县财政局").set_creation_datetime(&made));
    for sheet in sheets {
        write(&mut book, sheet).map_err(io::Error::other)?;
    }
    book.save_to_buffer().map_err(io::Error::other)
}

fn write(book: &mut Workbook, sheet: &Sheet) -> Result<(), XlsxError> {
    let grid = Format::new().set_border(FormatBorder::Thin);
    let centre = grid.clone().set_align(FormatAlign::Center).set_text_wrap();
    let page = book.add_worksheet();
    page.set_name(&sheet.name)?;
    for merge in &sheet.merges {
        page.merge_range(merge.0, merge.1, merge.2, merge.3, "", &centre)?;
    }
    for (row, cells) in (0..).zip(&sheet.rows) {
        for (column, cell) in (0..).zip(cells) {
            let first = sheet.merges.iter().any(|merge| (merge.0, merge.1) == (row, column));
            let format = if first { &centre } else { &grid };
            match cell {
                Cell::Blank => continue,
                Cell::Text(words) => page.write_string_with_format(row, column, words, format)?,
                Cell::Number(number) => page.write_number_with_format(row, column, *number, format)?,
                Cell::Formula(formula, cached) => {
                    page.write_formula_with_format(row, column, Formula::new(formula).set_result(cached), format)?
                }
            };
        }
    }
    for row in &sheet.hidden_rows {
        page.set_row_hidden(*row)?;
    }
    for column in &sheet.hidden_columns {
        page.set_column_hidden(*column)?;
    }
    Ok(())
}

/// As old report systems save it: an HTML table, whatever the file is called.
pub fn html(sheet: &Sheet) -> Vec<u8> {
    let mut page = String::from("<html><head><meta charset=\"utf-8\"></head><body><table border=\"1\">\n");
    for (row, cells) in (0..).zip(&sheet.rows) {
        page.push_str("<tr>");
        for (column, cell) in (0..).zip(cells) {
            let merge = sheet
                .merges
                .iter()
                .find(|merge| (merge.0..=merge.2).contains(&row) && (merge.1..=merge.3).contains(&column));
            let span = match merge {
                Some(merge) if (merge.0, merge.1) != (row, column) => continue,
                Some(merge) => format!(" rowspan=\"{}\" colspan=\"{}\"", merge.2 - merge.0 + 1, merge.3 - merge.1 + 1),
                None => String::new(),
            };
            page.push_str(&format!("<td{span}>{}</td>", shown(cell).replace('&', "&amp;").replace('<', "&lt;")));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</table></body></html>\n");
    page.into_bytes()
}

pub fn csv(sheet: &Sheet) -> String {
    let quoted = |cell: &Cell| {
        let words = shown(cell);
        if words.contains([',', '"', '\n']) { format!("\"{}\"", words.replace('"', "\"\"")) } else { words }
    };
    let line = |cells: &Vec<Cell>| cells.iter().map(quoted).collect::<Vec<_>>().join(",") + "\r\n";
    sheet.rows.iter().map(line).collect()
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Blank => String::new(),
        Cell::Text(words) => words.clone(),
        Cell::Number(number) => number.to_string(),
        Cell::Formula(_, cached) => cached.clone(),
    }
}
