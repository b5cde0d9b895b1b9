//! xlsx in one pass and bounded memory: parts in [`parts`], number formats in [`formats`], rows in
//! [`sheet`]. Written here and not left to calamine because a clerk's file needs what calamine does not
//! tell (hidden rows and columns, percent formats, formulas saved without their result, all in the
//! same pass) and because nothing that the file claims about itself is believed: not the number of
//! shared strings, not the sheet's dimension.

mod formats;
mod parts;
mod sheet;

use super::rows::{SheetHead, Sink};
use crate::error::ReadError;
use crate::guard::Package;

/// Reads every worksheet of the workbook in `package` into `sink`.
pub fn read(package: &mut Package, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let book = parts::workbook(package)?;
    let classes = match &book.styles {
        Some(name) => formats::read(package, name)?,
        None => Vec::new(),
    };
    let shared = match &book.shared_strings {
        Some(name) => parts::shared_strings(package, name)?,
        None => Default::default(),
    };
    for found in &book.sheets {
        sink.sheet(&SheetHead { name: found.name.clone(), hidden: found.hidden })?;
        let context = sheet::Context { shared: &shared, classes: &classes, from_1904: book.from_1904 };
        let tail = sheet::read(package, &found.part, &context, sink)?;
        sink.sheet_end(&tail)?;
    }
    Ok(())
}
