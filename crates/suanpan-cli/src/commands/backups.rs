//! `backup`, `restore`, `verify`, `recover`.

use super::{desk, exchange::finish, open};
use crate::{
    args,
    output::{Exit, Output},
};
use suanpan_desk::{CallResult, backups, calls::Nothing};

pub fn backup(given: &args::Backup, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    if given.list {
        let copies = backups::list(&desk, Nothing {})?;
        output.show(&copies, |out| {
            for copy in &copies.items {
                let state = if copy.readable { "" } else { "（已不可读）" };
                writeln!(out, "{}  {:>12} 字节  {}{state}", copy.at, copy.bytes, copy.path)?;
            }
            Ok(())
        });
        return Ok(Exit::Done);
    }
    let started = backups::back_up(&desk, Nothing {})?;
    let made: serde_json::Value = finish(&desk, output, "备份", &started)?;
    output.show(&made, |out| writeln!(out, "已备份并核对：{}", made["item"]["path"].as_str().unwrap_or_default()));
    Ok(Exit::Done)
}

pub fn verify(given: &args::BookOnly, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let started = backups::verify(&desk, Nothing {})?;
    let report: serde_json::Value = finish(&desk, output, "核对", &started)?;
    output.show(&report, |out| write_lines(out, &report["lines"]));
    Ok(if report["whole"] == true { Exit::Done } else { Exit::Findings })
}

pub fn restore(given: &args::Restore, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let newest = || backups::list(&desk, Nothing {}).map(|copies| copies.items.into_iter().find(|copy| copy.readable));
    let copy = match &given.from {
        Some(path) => path.display().to_string(),
        None => newest()?.map(|copy| copy.path).unwrap_or_default(),
    };
    let request = backups::RestoreRequest { copy, with_later: given.with_later };
    let started = backups::restore(&desk, request)?;
    show(&finish(&desk, output, "恢复", &started)?, output);
    Ok(Exit::Done)
}

pub fn recover(given: &args::Recover, output: &Output) -> CallResult<Exit> {
    let desk = desk();
    let request = backups::RecoverRequest { path: given.book.display().to_string() };
    if given.dry_run {
        let plan = backups::recovery_plan(&desk, request)?;
        output.show(&plan, |out| plan.lines.iter().try_for_each(|line| writeln!(out, "{line}")));
        return Ok(Exit::Done);
    }
    let started = backups::recover(&desk, request)?;
    show(&finish(&desk, output, "恢复", &started)?, output);
    Ok(Exit::Done)
}

fn show(done: &serde_json::Value, output: &Output) {
    output.show(done, |out| {
        writeln!(
            out,
            "已恢复，重做了 {} 步操作。原来的文件留在 {}",
            done["ops"],
            done["set_aside"].as_str().unwrap_or_default()
        )?;
        write_lines(out, &done["not_replayed"])
    });
}

fn write_lines(out: &mut dyn std::io::Write, lines: &serde_json::Value) -> std::io::Result<()> {
    let lines = lines.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
    lines.into_iter().try_for_each(|line| writeln!(out, "{line}"))
}
