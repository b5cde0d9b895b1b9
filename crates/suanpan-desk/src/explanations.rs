//! What people write about 提示性 findings. An explanation belongs to one finding, and to its words: when
//! the figures change, the finding says something else and waits for an explanation again.

use crate::{
    CallResult, Desk, edit,
    rows::{entity_def, read_id},
};
use serde::Deserialize;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use suanpan_model::check::{Finding, Severity};
use suanpan_store::{
    Book,
    query::{Filter, ListQuery, Test},
};
use ts_rs::TS;

/// The entity whose records are explanations.
const EXPLANATION: &str = "explanation";

#[derive(Debug, Clone, Deserialize, TS)]
pub struct Explain {
    pub entity: String,
    pub record: String,
    pub rule: String,
    pub field: Option<String>,
    pub message: String,
    pub reason: String,
    pub fiscal_year: i32,
}

/// What ties an explanation to its finding: record, rule, field and the words it explains.
pub type ExplanationKey = (String, String, String, String);

pub fn key_of(finding: &Finding) -> ExplanationKey {
    let field = finding.field.clone().unwrap_or_default();
    (finding.record.to_string(), finding.rule.clone(), field, finding.message.clone())
}

/// The explanations of `fiscal_year`: finding → reason.
pub fn of_year(book: &Book, fiscal_year: i32) -> CallResult<HashMap<ExplanationKey, String>> {
    read(book, ListQuery { fiscal_year: Some(fiscal_year), ..Default::default() })
}

/// The explanations that these findings have.
pub fn of_findings<'f>(
    book: &Book,
    findings: impl Iterator<Item = &'f Finding>,
) -> CallResult<HashMap<ExplanationKey, String>> {
    let advisory = findings.filter(|finding| finding.severity == Severity::Advisory);
    let records: HashSet<String> = advisory.map(|finding| finding.record.to_string()).collect();
    if records.is_empty() {
        return Ok(HashMap::new());
    }
    let test = Test::OneOf(records.into_iter().map(Into::into).collect());
    read(book, ListQuery { filters: vec![Filter { field: "subject".into(), test }], ..Default::default() })
}

fn read(book: &Book, query: ListQuery) -> CallResult<HashMap<ExplanationKey, String>> {
    let def = entity_def(book, EXPLANATION)?;
    let mut found = HashMap::new();
    book.each_stored(&ListQuery { entity: EXPLANATION.into(), ..query }, &mut |record| {
        let text = |name: &str| {
            let value = def.index(name).and_then(|index| record.values[index].as_text());
            value.unwrap_or_default().to_owned()
        };
        found.insert((text("subject"), text("rule"), text("field"), text("message")), text("reason"));
        Ok(true)
    })?;
    Ok(found)
}

/// How many 提示性 findings of `fiscal_year` are explained, by entity and rule.
pub fn counts(book: &Book, fiscal_year: i32) -> CallResult<HashMap<(String, String), usize>> {
    let explained = of_year(book, fiscal_year)?;
    let records: HashSet<_> = explained.keys().filter_map(|(record, ..)| read_id(record).ok()).collect();
    let findings = book.findings_of(&records.into_iter().collect::<Vec<_>>())?;
    let mut counts = HashMap::new();
    for finding in findings.into_values().flatten() {
        if finding.severity == Severity::Advisory && explained.contains_key(&key_of(&finding)) {
            *counts.entry((finding.entity, finding.rule)).or_default() += 1;
        }
    }
    Ok(counts)
}

pub fn explain(desk: &Arc<Desk>, request: Explain) -> CallResult<edit::Applied> {
    let book = desk.book()?;
    let def = entity_def(&book, EXPLANATION)?;
    let query = ListQuery { entity: EXPLANATION.into(), fiscal_year: Some(request.fiscal_year), ..Default::default() };
    let field = request.field.clone().unwrap_or_default();
    let mut earlier = None;
    book.each_stored(&query, &mut |record| {
        let text = |name: &str| def.index(name).and_then(|index| record.values[index].as_text()).unwrap_or_default();
        let same = text("subject") == request.record && text("rule") == request.rule && text("field") == field;
        if same {
            earlier = Some((record.id, text("message").to_owned(), text("reason").to_owned()));
        }
        Ok(!same)
    })?;
    let edits = match earlier {
        Some((id, message, reason)) => {
            let set = |field: &str, from: String, to: &str| edit::Edit::Set {
                entity: EXPLANATION.into(),
                id: id.to_string(),
                field: field.into(),
                from: from.into(),
                to: to.into(),
            };
            vec![set("message", message, &request.message), set("reason", reason, &request.reason)]
        }
        None => {
            let given = serde_json::json!({
                "subject_entity": request.entity, "subject": request.record, "rule": request.rule,
                "field": request.field, "message": request.message, "reason": request.reason,
            });
            let fields = given.as_object().cloned().unwrap_or_default();
            let fiscal_year = request.fiscal_year;
            vec![edit::Edit::New { entity: EXPLANATION.into(), id: None, fiscal_year, division: None, fields }]
        }
    };
    edit::apply(desk, edit::Edits { label: format!("说明 {}", request.rule), edits })
}
