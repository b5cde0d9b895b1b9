//! What people and programs read: tables or JSON on standard output, problems on standard error.

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};
use suanpan_desk::{CallError, CallErrorCode};

/// How the program ended: 0 done, 1 findings or refused, 2 usage, 3 input or output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    Findings = 1,
    Usage = 2,
    Io = 3,
}

impl Exit {
    pub fn code(self) -> ExitCode {
        ExitCode::from(self as u8)
    }

    fn of(error: &CallError) -> Self {
        match error.code {
            CallErrorCode::BadRequest => Self::Usage,
            CallErrorCode::Io | CallErrorCode::Damaged | CallErrorCode::TooNew | CallErrorCode::Internal => Self::Io,
            _ => Self::Findings,
        }
    }
}

pub struct Output {
    pub json: bool,
}

impl Output {
    /// Prints `value` as one JSON document, or what `people` writes. A closed pipe ends the program quietly.
    pub fn show<T: Serialize>(&self, value: &T, people: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) {
        let mut out = std::io::stdout().lock();
        let written = if self.json {
            serde_json::to_writer_pretty(&mut out, value).map_err(std::io::Error::from).and_then(|()| writeln!(out))
        } else {
            people(&mut out)
        };
        if written.and_then(|()| out.flush()).is_err() {
            std::process::exit(0);
        }
    }

    /// Prints the problem, as JSON too when asked, and gives the exit code that belongs to it.
    pub fn fail(&self, error: &CallError) -> ExitCode {
        if self.json {
            self.show(&serde_json::json!({ "error": error }), |_| Ok(()));
        }
        eprintln!("错误：{}", error.message);
        Exit::of(error).code()
    }

    /// A progress bar on a terminal, nothing elsewhere.
    pub fn progress(&self, label: &str) -> ProgressBar {
        if self.json || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} 约剩 {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::new(0).with_style(style).with_message(label.to_owned())
    }
}

/// Writes rows of cells as columns that line up; Chinese counts two wide.
pub fn table(out: &mut dyn Write, header: &[String], rows: &[Vec<String>]) -> std::io::Result<()> {
    let mut widths: Vec<usize> = header.iter().map(|cell| width(cell)).collect();
    for row in rows {
        for (at, cell) in row.iter().enumerate() {
            widths[at] = widths[at].max(width(cell)).min(40);
        }
    }
    for row in std::iter::once(header).chain(rows.iter().map(Vec::as_slice)) {
        let mut line = String::new();
        for (cell, wanted) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(wanted.saturating_sub(width(cell)) + 2));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn width(text: &str) -> usize {
    text.chars()
        .map(
            |character| if character as u32 >= 0x1100 && !('\u{f00}'..='\u{fff}').contains(&character) { 2 } else { 1 },
        )
        .sum()
}
