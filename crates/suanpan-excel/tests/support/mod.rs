//! What the tests of this crate share: workbooks made from raw parts, and the cage with its own small
//! program. Not every test file uses all of it.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use suanpan_excel::cell::Cell;
use suanpan_excel::{ReadError, Workbook, cage};
use zip::write::SimpleFileOptions;

pub fn caged() -> cage::Options {
    cage::Options { exe: Some(env!("CARGO_BIN_EXE_caged_reader").into()), ..cage::Options::default() }
}

pub fn read(path: &Path) -> Result<Workbook, ReadError> {
    Workbook::read(path, &caged(), &mut |_| {})
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A folder that goes away with the test, and files in it.
pub struct Desk(tempfile::TempDir);

impl Desk {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("writable");
        path
    }

    pub fn xlsx(&self, book: &RawBook) -> PathBuf {
        self.file("book.xlsx", &book.zip())
    }

    /// Reads bytes as a file of any name.
    pub fn read(&self, bytes: &[u8]) -> Result<Workbook, ReadError> {
        read(&self.file("workbook.xls", bytes))
    }
}

pub const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// An xlsx from hand-written parts; every part can be replaced, broken or added.
#[derive(Clone)]
pub struct RawBook {
    pub parts: Vec<(String, Vec<u8>)>,
}

impl RawBook {
    /// One sheet whose `sheetData` holds `rows`.
    pub fn new(rows: &str) -> Self {
        let sheet = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
        Self::with_sheet(&sheet)
    }

    pub fn with_sheet(sheet: &str) -> Self {
        let relation = |id: &str, kind: &str, target: &str| {
            format!(
                "<Relationship Id=\"{id}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}\" Target=\"{target}\"/>"
            )
        };
        let relations = |inner: String| {
            format!(
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{inner}</Relationships>"
            )
        };
        let book = format!(
            "<workbook xmlns=\"{MAIN}\" xmlns:r=\"r\"><sheets><sheet name=\"预算\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
        );
        let around = relation("rId1", "worksheet", "worksheets/sheet1.xml")
            + &relation("rId2", "sharedStrings", "sharedStrings.xml")
            + &relation("rId3", "styles", "styles.xml");
        let book_parts = [
            ("[Content_Types].xml", "<Types/>".to_owned()),
            ("_rels/.rels", relations(relation("rId1", "officeDocument", "xl/workbook.xml"))),
            ("xl/workbook.xml", book),
            ("xl/_rels/workbook.xml.rels", relations(around)),
            ("xl/worksheets/sheet1.xml", sheet.to_owned()),
        ];
        Self { parts: book_parts.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())).collect() }
    }

    /// Adds a part or replaces it.
    pub fn part(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        self.parts.retain(|(known, _)| known != name);
        self.parts.push((name.to_owned(), content.into()));
        self
    }

    /// The parts of a workbook that exists.
    pub fn unzip(bytes: &[u8]) -> Self {
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a good workbook");
        let mut parts = Vec::new();
        for place in 0..zip.len() {
            let mut part = zip.by_index(place).expect("a good part");
            let mut content = Vec::new();
            part.read_to_end(&mut content).expect("memory takes it");
            parts.push((part.name().expect("a good name").into_owned(), content));
        }
        Self { parts }
    }

    pub fn zip(&self) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, content) in &self.parts {
            zip.start_file(name.as_str(), SimpleFileOptions::default()).expect("a part begins");
            zip.write_all(content).expect("memory takes it");
        }
        zip.finish().expect("a directory").into_inner()
    }
}

/// Every row of sheet number `sheet`, as people see it, with blanks where nothing is.
pub fn shown(book: &Workbook, sheet: usize) -> Vec<Vec<String>> {
    let mut rows = book.rows(sheet).expect("spooled");
    let mut all = Vec::new();
    while let Some(row) = rows.next_row().expect("well formed") {
        let width = row.cells.last().map_or(0, |(column, _)| column + 1);
        all.push((0..width).map(|column| row.cell(column).shown()).collect());
    }
    all
}

/// The cells of one row by its index.
pub fn cells(book: &Workbook, sheet: usize, index: u32) -> Vec<Cell> {
    let mut rows = book.rows(sheet).expect("spooled");
    while let Some(row) = rows.next_row().expect("well formed") {
        if row.index == index {
            let width = row.cells.last().map_or(0, |(column, _)| column + 1);
            return (0..width).map(|column| row.cell(column).clone()).collect();
        }
    }
    Vec::new()
}

/// Beginnings that some spreadsheet takes for a formula, in the spellings people use to slip one past.
pub const FORMULA_STARTS: [&str; 17] = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\u{feff}=1+1",
    "\u{200b}=1+1",
    "\u{a0}=1+1",
    "\u{3000}=1+1",
    "=cmd|'/C calc'!A0",
    "=HYPERLINK(\"http://127.0.0.1:9\",\"点\")",
];
