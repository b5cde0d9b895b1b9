//! From the messy workbook of an office to a preview that can be trusted: layouts found, values exact,
//! totals verified, errors named and given back.

mod book;
mod error_books;
mod form;
mod layouts;
mod rows;
#[path = "../support/mod.rs"]
mod support;
