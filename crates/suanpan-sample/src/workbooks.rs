//! The sample county as workbooks: clean ones as the desk would export them, and messy ones as
//! offices really have them. Both hold the same records, so importing either gives the same county.
//!
//! [`write_all`] writes everything; [`clean`] and [`messy`] say what there is, [`view`] reads records
//! as people write them, [`sheet`] is a small grid that becomes xlsx, HTML or CSV.

pub mod clean;
pub mod messy;
pub mod sheet;
pub mod view;

use std::{fs, io, path::Path};
use suanpan_model::schema::Schema;
use view::County;

/// A workbook: where it goes below `sample-data/`, what it is a table of, and its bytes.
pub struct Book {
    pub path: String,
    pub entity: &'static str,
    /// Rows of data.
    pub rows: usize,
    /// What is odd about it; empty for a clean one.
    pub odd: &'static str,
    pub bytes: Vec<u8>,
}

/// Largest workbook that is kept in the repository.
pub const MAX_BYTES: usize = 300 * 1024;

/// Every workbook of the sample, clean ones first. Fails only where a writer does.
pub fn books(schema: &Schema) -> io::Result<Vec<Book>> {
    let county = County::of(schema);
    let mut books = clean::books(&county)?;
    books.extend(messy::books(&county)?);
    Ok(books)
}

/// Writes every workbook and the page that lists them into `folder`.
pub fn write_all(folder: &Path) -> io::Result<Vec<Book>> {
    let books = books(&Schema::builtin())?;
    for book in &books {
        let path = folder.join(&book.path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, &book.bytes)?;
    }
    fs::write(folder.join("README.md"), readme(&books))?;
    Ok(books)
}

const HEAD: &str = "# sample-data: one small county

武陟县 (410823) and its real townships with invented units, people, accounts and figures, made from a fixed seed by
`crates/suanpan-sample`. The demo (`suanpan sample BOOK`), the tests and the pictures of the manual use the same records.
Write these files anew with `make sample-data`; do not edit them by hand.

The whole county has 203 units, 2,000 projects and 10,000 allotments. Tables that would be large hold one township here: 詹店镇.
";

fn readme(books: &[Book]) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("\n## Clean\n\nAs the desk exports them; they import without a question, in this order.\n\n");
    text.push_str("| file | entity | rows |\n|---|---|---|\n");
    for book in books.iter().filter(|book| book.odd.is_empty()) {
        text.push_str(&format!("| `{}` | {} | {} |\n", book.path, book.entity, book.rows));
    }
    text.push_str("\n## Messy\n\nThe same records as offices keep them.\n\n");
    text.push_str("| file | entity | rows | what is odd |\n|---|---|---|---|\n");
    for book in books.iter().filter(|book| !book.odd.is_empty()) {
        text.push_str(&format!("| `{}` | {} | {} | {} |\n", book.path, book.entity, book.rows, book.odd));
    }
    text
}
