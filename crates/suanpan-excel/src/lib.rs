//! Workbooks in and out. Reading: a file goes through the [`cage`] into a [`Workbook`] of typed rows;
//! [`recognise`] finds the table in a sheet; [`import`] makes a preview of records; [`error_book`] gives
//! the rows in error back. Writing is [`write`]. Nothing here touches the book: committing a preview is
//! the desk's work.

pub mod amount;
pub mod cage;
pub mod cell;
pub mod dates;
pub mod disclose;
pub mod error;
pub mod error_book;
mod figure;
pub mod guard;
pub mod import;
pub mod marks;
pub mod markup;
pub mod plain;
pub mod read;
pub mod recognise;
pub mod sniff;
pub mod text;
pub mod text_code;
pub mod workbook;
pub mod write;

pub use error::{ErrorKind, ReadError};
pub use sniff::FileKind;
pub use workbook::{Progress, Sheet, Workbook};
