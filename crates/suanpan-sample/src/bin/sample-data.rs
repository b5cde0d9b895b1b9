//! Writes the workbooks of `sample-data/`; with a folder as argument, there.

use std::{path::PathBuf, process::ExitCode};
use suanpan_excel::cage;
use suanpan_sample::workbooks::write_all;

fn main() -> ExitCode {
    if let Some(code) = cage::child::run_if_asked() {
        return code;
    }
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("sample-data"), PathBuf::from);
    match write_all(&folder) {
        Ok(books) => {
            for book in books {
                println!("{:>8} {:>5} {}", book.bytes.len(), book.rows, book.path);
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}
