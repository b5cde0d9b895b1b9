//! `log`, `undo`, `redo`.

use super::open;
use crate::{
    args::{BookOnly, Log},
    output::{Exit, Output},
};
use suanpan_desk::{CallResult, calls::Nothing, edit, history};

pub fn log(given: &Log, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let entries = history::log(&desk, history::LogRequest { before: 0, limit: given.limit })?;
    output.show(&entries, |out| {
        for entry in &entries {
            let undone = if entry.undone { "（已撤销）" } else { "" };
            let at = desk.local_time(entry.at_ms);
            writeln!(out, "{at}  {}  {}  {} 项改动{undone}", entry.actor, entry.label, entry.ops)?;
        }
        Ok(())
    });
    Ok(Exit::Done)
}

pub fn undo(given: &BookOnly, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    show("已撤销", &edit::undo(&desk, Nothing {})?, output);
    Ok(Exit::Done)
}

pub fn redo(given: &BookOnly, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    show("已重做", &edit::redo(&desk, Nothing {})?, output);
    Ok(Exit::Done)
}

fn show(verb: &str, applied: &edit::Applied, output: &Output) {
    let answer = serde_json::json!({ "label": applied.label, "ops": applied.ops });
    output.show(&answer, |out| writeln!(out, "{verb}：{}（{} 项改动）", applied.label, applied.ops));
}
