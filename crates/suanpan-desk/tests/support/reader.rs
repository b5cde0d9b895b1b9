//! The smallest program with a cage in it: reads workbooks for the tests of this crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    suanpan_excel::cage::child::run_if_asked().unwrap_or(ExitCode::from(2))
}
