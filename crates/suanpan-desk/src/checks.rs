//! Findings as screens need them: counted by rule, listed with what they are about, explained.

use crate::{
    CallResult, Desk,
    calls::Nothing,
    edit,
    home::HomeRequest,
    jobs::JobStarted,
    rows::{entity_def, read_id},
};
use serde::{Deserialize, Serialize};
use std::{collections::HashSet, sync::Arc};
use suanpan_model::check::{self, Finding, RuleInfo, Severity};
use suanpan_store::{
    Book,
    findings::FindingQuery,
    query::{ListQuery, label_of},
};
use ts_rs::TS;

#[derive(Debug, Clone, Deserialize, TS)]
pub struct FindingsRequest {
    pub entity: Option<String>,
    pub rule: Option<String>,
    pub severity: Option<Severity>,
    /// Only findings of this record.
    pub record: Option<String>,
    pub fiscal_year: i32,
    pub offset: usize,
    pub limit: usize,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct Findings {
    pub items: Vec<FindingItem>,
}

/// A finding, and what a person needs to go to it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct FindingItem {
    pub finding: Finding,
    pub record_code: String,
    pub record_name: String,
    pub field_label: String,
    pub entity_label: String,
    /// The person's explanation of a 提示性 finding.
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct RuleCount {
    pub entity: String,
    pub entity_label: String,
    pub rule: String,
    pub severity: Severity,
    pub count: usize,
    /// What the rule asks for.
    pub zh: String,
}

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

/// Findings of `fiscal_year` that have an explanation.
pub fn explained(book: &Book, fiscal_year: i32) -> CallResult<HashSet<ExplanationKey>> {
    Ok(explanations(book, fiscal_year)?.into_iter().map(|(key, _)| key).collect())
}

fn explanations(book: &Book, fiscal_year: i32) -> CallResult<Vec<(ExplanationKey, String)>> {
    let def = entity_def(book, "explanation")?;
    let query = ListQuery { entity: "explanation".into(), fiscal_year: Some(fiscal_year), ..Default::default() };
    let mut found = Vec::new();
    book.each_stored(&query, &mut |record| {
        let text = |name: &str| {
            let value = def.index(name).and_then(|index| record.values[index].as_text());
            value.unwrap_or_default().to_owned()
        };
        found.push(((text("subject"), text("rule"), text("field"), text("message")), text("reason")));
        Ok(true)
    })?;
    Ok(found)
}

pub fn findings(desk: &Arc<Desk>, request: FindingsRequest) -> CallResult<Findings> {
    let book = desk.book()?;
    let query = FindingQuery {
        entity: request.entity,
        rule: request.rule,
        severity: request.severity,
        record: request.record.as_deref().map(read_id).transpose()?,
        fiscal_year: Some(request.fiscal_year),
        offset: request.offset,
        limit: request.limit,
    };
    let reasons = explanations(&book, request.fiscal_year)?;
    let mut items = Vec::new();
    for finding in book.findings(&query)? {
        let def = entity_def(&book, &finding.entity)?;
        let record = book.record(&finding.entity, finding.record)?;
        let label = record.map(|found| label_of(&def, &found.record));
        let key = key_of(&finding);
        items.push(FindingItem {
            record_code: label.as_ref().map(|label| label.code.clone()).unwrap_or_default(),
            record_name: label.map(|label| label.name).unwrap_or_default(),
            field_label: finding
                .field
                .as_deref()
                .and_then(|name| def.field(name))
                .map(|field| field.label.zh.clone())
                .unwrap_or_default(),
            entity_label: def.label.zh.clone(),
            reason: reasons.iter().find(|(explained, _)| *explained == key).map(|(_, reason)| reason.clone()),
            finding,
        });
    }
    Ok(Findings { items })
}

pub fn counts(desk: &Arc<Desk>, request: HomeRequest) -> CallResult<Vec<RuleCount>> {
    let book = desk.book()?;
    let schema = book.schema();
    let rules = check::rules();
    let counts = book.finding_counts(Some(request.fiscal_year))?.into_iter().map(|count| RuleCount {
        entity_label: schema.entity(&count.entity).map(|def| def.label.zh.clone()).unwrap_or_default(),
        zh: rules.get(&count.rule).map(|rule| rule.zh.clone()).unwrap_or_default(),
        entity: count.entity,
        rule: count.rule,
        severity: count.severity,
        count: count.count,
    });
    Ok(counts.collect())
}

pub fn rules(_: &Arc<Desk>, _: Nothing) -> CallResult<Vec<RuleInfo>> {
    let mut rules: Vec<_> = check::rules().values().cloned().collect();
    rules.sort_by(|left, right| left.code.cmp(&right.code));
    Ok(rules)
}

pub fn explain(desk: &Arc<Desk>, request: Explain) -> CallResult<edit::Applied> {
    let book = desk.book()?;
    let def = entity_def(&book, "explanation")?;
    let query =
        ListQuery { entity: "explanation".into(), fiscal_year: Some(request.fiscal_year), ..Default::default() };
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
                entity: "explanation".into(),
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
            vec![edit::Edit::New { entity: "explanation".into(), id: None, fiscal_year, division: None, fields }]
        }
    };
    edit::apply(desk, edit::Edits { label: format!("说明 {}", request.rule), edits })
}

pub fn check_all(desk: &Arc<Desk>, _: Nothing) -> CallResult<JobStarted> {
    let book = desk.book()?;
    Ok(desk.jobs.start("检查全部数据", move |progress| {
        let found = book.check_all(&mut |done, all| progress.at(done, all))?;
        Ok(serde_json::json!({ "findings": found }))
    }))
}
