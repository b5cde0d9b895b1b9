//! The readers that run inside the cage: one per kind of file, all filling the same rows. Start with
//! [`read_file`]. Nothing here knows what a header or an amount is.

mod csv;
pub(crate) mod encoding;
mod html;
mod legacy;
mod relations;
pub mod rows;
mod xlsx;
mod xml2003;

use crate::error::ReadError;
use crate::guard::Package;
use crate::sniff::{FileKind, sniff};
use rows::Sink;
use std::fs::File;
use std::path::Path;

/// Reads every sheet of the file into `sink`, telling its kind first by its bytes.
pub fn read_file(path: &Path, sink: &mut dyn Sink) -> Result<FileKind, ReadError> {
    read_open(File::open(path)?, sink)
}

/// As [`read_file`]. No reader opens anything else.
pub fn read_open(mut file: File, sink: &mut dyn Sink) -> Result<FileKind, ReadError> {
    let kind = sniff(&mut file)?;
    match kind {
        FileKind::Xlsx => xlsx::read(&mut Package::open(file)?, sink),
        FileKind::Xlsb | FileKind::Ods | FileKind::Xls => legacy::read(file, kind, sink),
        FileKind::Csv => csv::read(file, sink),
        FileKind::Html => html::read(file, sink),
        FileKind::Xml2003 => xml2003::read(file, sink),
    }?;
    Ok(kind)
}
