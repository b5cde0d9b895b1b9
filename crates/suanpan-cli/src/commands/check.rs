//! `check`: every record anew, findings listed; exit code 1 when there are any.

use super::open;
use crate::{
    args,
    output::{Exit, Output},
};
use serde_json::json;
use suanpan_desk::{
    CallResult,
    checks::{self, FindingItem, FindingsRequest},
    home::HomeRequest,
};
use suanpan_model::check::Severity;

pub fn check(given: &args::Check, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let book = desk.book()?;
    let bar = output.progress("检查");
    book.check_all(&mut |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        true
    })?;
    bar.finish_and_clear();
    let counts = checks::counts(&desk, HomeRequest { fiscal_year: book.info().year })?;
    let request = FindingsRequest {
        entity: None,
        rule: None,
        severity: None,
        record: None,
        fiscal_year: book.info().year,
        offset: 0,
        limit: given.limit,
    };
    let findings = checks::findings(&desk, request)?;
    output.show(&json!({ "counts": counts, "findings": findings.items }), |out| {
        for item in &findings.items {
            let severity = severity_name(item.finding.severity);
            writeln!(out, "{severity} {} {}：{}", item.finding.rule, about(item), item.finding.message)?;
        }
        for count in &counts {
            let severity = severity_name(count.severity);
            let explained =
                if count.explained > 0 { format!("（已说明 {}）", count.explained) } else { String::new() };
            writeln!(out, "{severity} {} {} 条{explained}：{}", count.rule, count.count, count.zh)?;
        }
        if counts.is_empty() { writeln!(out, "没有发现问题") } else { Ok(()) }
    });
    Ok(if counts.is_empty() { Exit::Done } else { Exit::Findings })
}

/// Whose record of which kind a finding is about.
fn about(item: &FindingItem) -> String {
    let unit = item.unit.as_ref().map(|unit| format!("{} {}", unit.code, unit.name)).unwrap_or_default();
    let parts = [&unit, &item.entity_label, &item.record_code, &item.record_name];
    parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Mandatory => "强制",
        Severity::Advisory => "提示",
    }
}
