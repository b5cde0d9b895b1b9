//! Findings as screens need them: counted by rule, listed with what they are about and whose it is.

use crate::{
    CallResult, Desk,
    calls::Nothing,
    explanations::{self, key_of},
    home::HomeRequest,
    jobs::JobStarted,
    rows::{entity_def, read_id},
    whose,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use suanpan_model::check::{self, Finding, RuleInfo, Severity};
use suanpan_store::{Book, findings::FindingQuery, query::RefLabel};
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
    /// Whose the record is; None for a unit itself and for what belongs to nobody.
    pub unit: Option<RefLabel>,
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
    /// Of these, 提示性 ones that a person has explained.
    pub explained: usize,
    /// What the rule asks for.
    pub zh: String,
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
    let found = book.findings(&query)?;
    let reasons = explanations::of_findings(&book, found.iter())?;
    let mut items = Vec::with_capacity(found.len());
    for finding in found {
        items.push(FindingItem { reason: reasons.get(&key_of(&finding)).cloned(), ..item(&book, finding)? });
    }
    Ok(Findings { items })
}

fn item(book: &Book, finding: Finding) -> CallResult<FindingItem> {
    let def = entity_def(book, &finding.entity)?;
    let record = book.record(&finding.entity, finding.record)?.map(|found| found.record);
    let unit = record.as_ref().map(|record| whose::unit(book, &def, record)).transpose()?.flatten();
    let called = record.as_ref().map(|record| whose::called(book, &def, record)).transpose()?;
    let called = called.unwrap_or_else(|| RefLabel { code: String::new(), name: String::new() });
    let field = finding.field.as_deref().and_then(|name| def.field(name));
    Ok(FindingItem {
        unit,
        record_code: called.code,
        record_name: called.name,
        field_label: field.map(|field| field.label.zh.clone()).unwrap_or_default(),
        entity_label: def.label.zh.clone(),
        reason: None,
        finding,
    })
}

pub fn counts(desk: &Arc<Desk>, request: HomeRequest) -> CallResult<Vec<RuleCount>> {
    let book = desk.book()?;
    let schema = book.schema();
    let rules = check::rules();
    let explained = explanations::counts(&book, request.fiscal_year)?;
    let counts = book.finding_counts(Some(request.fiscal_year))?.into_iter().map(|count| RuleCount {
        explained: explained.get(&(count.entity.clone(), count.rule.clone())).copied().unwrap_or_default(),
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

pub fn check_all(desk: &Arc<Desk>, _: Nothing) -> CallResult<JobStarted> {
    let book = desk.book()?;
    Ok(desk.jobs.start("检查全部数据", move |progress| {
        let found = book.check_all(&mut |done, all| progress.at(done, all))?;
        Ok(serde_json::json!({ "findings": found }))
    }))
}
