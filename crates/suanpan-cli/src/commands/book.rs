//! `init`, `info`.

use super::{desk, open};
use crate::{
    args::{BookOnly, Init},
    output::{Exit, Output},
};
use suanpan_desk::{CallResult, book, calls::Nothing};

pub fn init(given: &Init, output: &Output) -> CallResult<Exit> {
    let desk = desk();
    let request = book::CreateBook {
        path: given.book.display().to_string(),
        division: given.division.clone(),
        year: given.year,
        name: given.name.clone(),
    };
    let state = book::create(&desk, request)?;
    show(&state, output);
    Ok(Exit::Done)
}

pub fn info(given: &BookOnly, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    show(&book::state(&desk, Nothing {})?, output);
    Ok(Exit::Done)
}

fn show(state: &book::BookState, output: &Output) {
    output.show(state, |out| match &state.info {
        Some(info) => {
            writeln!(out, "{}  {} {}  {} 年度", state.path, info.division, info.division_name, info.year)
        }
        None => writeln!(out, "没有打开账套"),
    });
}
