//! What `make bench` compares Suanpan with, and the measurements that need to sit inside the process.
//! The orchestration, the peers in Python and the report are in `bench/bench.py`; every figure it prints
//! comes from one run on one machine, side by side.

mod book;
mod client;
mod sync;
mod workbook;

use std::{path::Path, process::ExitCode};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["write-workbook", path, rows] => workbook::write(Path::new(path), number(rows)),
        ["read-with-calamine", path] => workbook::read_with_calamine(Path::new(path)),
        ["write-with-xlsxwriter", path, rows] => workbook::write_alone(Path::new(path), number(rows)),
        ["seed-book", path] => book::seed(Path::new(path)),
        ["fill-book", path, rows, years] => book::fill(Path::new(path), number(rows), number(years)),
        ["query-book", path] => book::query(Path::new(path)),
        ["paste-book", path, rows] => book::paste(Path::new(path), number(rows)),
        ["edit-book", path, edits] => book::edit(Path::new(path), number(edits)),
        ["sync", options @ ..] => return ended(sync::run(options).map(|_| ())),
        _ => {
            eprintln!("see bench/src/main.rs");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// For measurements that print their rows themselves.
fn ended(outcome: Result<(), Box<dyn std::error::Error>>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn number(text: &str) -> u32 {
    text.parse().unwrap_or(0)
}

/// What every measurement comes back as.
type Outcome = Result<serde_json::Value, Box<dyn std::error::Error>>;
