//! The smallest program with a cage in it, for this crate's tests: as the child it reads the workbook
//! it is given; on its own it prints the sheets of a file. The real programs do the same in their `main`.

use std::process::ExitCode;
use suanpan_excel::{Workbook, cage};

fn main() -> ExitCode {
    if let Some(code) = cage::child::run_if_asked() {
        return code;
    }
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: caged_reader FILE");
        return ExitCode::from(2);
    };
    match Workbook::read(path.as_ref(), &cage::Options::default(), &mut |_| {}) {
        Ok(book) => {
            for sheet in &book.sheets {
                println!("{} {} × {}", sheet.name, sheet.height, sheet.width);
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
