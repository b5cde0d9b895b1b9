//! `cases`, `decide`, `tray`: what two people disagree about, and what the province did not take.

use super::{exchange::finish, open};
use crate::{
    args, fields,
    output::{Exit, Output},
};
use serde_json::Value as Json;
use suanpan_desk::{
    CallResult,
    cases::{self, Case, CasesRequest, Choice, DecideCases, Decision},
    tray::{self, TrayChoice, TrayEntry, TrayExport, TrayResend, TrayWish},
};

pub fn cases(given: &args::Cases, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let found = cases::cases(&desk, CasesRequest { open: !given.decided, offset: 0, limit: given.limit })?;
    output.show(&found, |out| {
        for case in &found.items {
            writeln!(out, "{}", describe(case))?;
        }
        writeln!(out, "共 {} 处", found.total)
    });
    Ok(if found.total > 0 && !given.decided { Exit::Findings } else { Exit::Done })
}

fn describe(case: &Case) -> String {
    let shown = |text: &str| if text.is_empty() { "（空）".to_owned() } else { text.to_owned() };
    let whose = case.record.unit.as_ref().map(|unit| format!("{} ", unit.name)).unwrap_or_default();
    format!(
        "{}  {whose}{} {} {}：原值 {}，平台 {}（{}），提出 {}（{}，{}）",
        case.id,
        case.record.entity_label,
        case.record.label,
        case.field.label,
        shown(&case.base.text),
        shown(&case.theirs.text),
        case.theirs_by,
        shown(&case.proposed.text),
        case.proposed_by,
        case.basis
    )
}

pub fn decide(given: &args::Decide, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let book = desk.book()?;
    let case = cases::case(&desk, &book, &given.case)?;
    let (choice, value) = match given.choice.as_str() {
        "keep" => (Choice::Keep, Json::Null),
        "take" => (Choice::Take, Json::Null),
        other => {
            let def = suanpan_desk::rows::entity_def(&book, &case.record.entity)?;
            let field = fields::field(&def, &case.field.name)?;
            (Choice::Other, fields::read(&book, book.info().year, field, other)?)
        }
    };
    let reason = given.reason.clone().unwrap_or_default();
    let decision = Decision { case: case.id, choice, value, seen: Some(case.current.value.to_string()), reason };
    cases::decide_cases(&desk, DecideCases { decisions: vec![decision] })?;
    let decided = cases::case(&desk, &book, &given.case)?;
    output.show(&decided, |out| {
        writeln!(out, "已裁决：{}的{}为 {}", decided.record.label, decided.field.label, decided.decided_value.text)
    });
    Ok(Exit::Done)
}

pub fn tray(given: &args::Tray, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let of = |ids: &[String]| TrayChoice { ids: ids.to_vec(), groups: Vec::new() };
    if !given.resend.is_empty() {
        let applied = tray::resend(&desk, TrayResend { choice: of(&given.resend), changes: Vec::new() })?;
        output.show(
            &serde_json::json!({"label": applied.label, "ops": applied.ops, "created": applied.created}),
            |out| writeln!(out, "{}（{} 项改动）", applied.label, applied.ops),
        );
        return Ok(Exit::Done);
    }
    if !given.drop.is_empty() {
        let dropped = tray::put_away(&desk, of(&given.drop))?;
        output.show(&dropped, |out| writeln!(out, "已放弃 {} 项", given.drop.len()));
        return Ok(Exit::Done);
    }
    if let Some(path) = &given.export {
        let started = tray::export(&desk, TrayExport { path: path.display().to_string() })?;
        let exported: Json = finish(&desk, output, "导出", &started)?;
        output.show(&exported, |out| writeln!(out, "已写入 {}", exported["path"].as_str().unwrap_or_default()));
        return Ok(Exit::Done);
    }
    let found = tray::tray(&desk, TrayWish { limit: usize::MAX >> 1 })?;
    output.show(&found, |out| {
        for entry in &found.items {
            writeln!(out, "{}  {} {}：{}", entry.id, entry.record.entity_label, entry.record.label, entry.message)?;
            write_fields(out, entry)?;
        }
        if found.items.is_empty() { writeln!(out, "没有未采纳的更改") } else { Ok(()) }
    });
    Ok(if found.items.is_empty() { Exit::Done } else { Exit::Findings })
}

fn write_fields(out: &mut dyn std::io::Write, entry: &TrayEntry) -> std::io::Result<()> {
    if entry.fields.is_empty() {
        return writeln!(out, "    {}", tray::verb_name(entry.verb));
    }
    for field in &entry.fields {
        writeln!(
            out,
            "    {}：{} → {}（现为 {}）",
            field.field.label, field.from.text, field.to.text, field.current.text
        )?;
    }
    Ok(())
}
