//! What is wrong with the figures. Findings are data: a draft may be saved with them, they are shown,
//! counted and lead to their cell; 强制性 ones stop a submit, 提示性 ones take an explanation.
//!
//! A rule is one function over a record (its *subject*) and the facts around it. `table.rs` lists them
//! all, with what each one reads beyond its subject; their severity, words, source and parameters stand
//! in `schemas/rules.json`, never in code. A rule about a sum has as subject the record that holds the
//! sum (project, unit, source 指标), so that 100,000 lines are not each compared with all the others.
//! [`affected`] names the subjects whose findings a change can alter: one edit never re-checks the book.
//!
//! Start with `table.rs`; then one file per part of the budget. What may not be done at all is
//! [`crate::decide`], not here.

use crate::{
    amend::AMENDMENT,
    entity::{EntityDef, FieldDef},
    facts::{Facts, Read},
    schema::RULE_LIST,
    value::{Record, RecordId},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::OnceLock};
use ts_rs::TS;

mod agency;
mod allotment;
mod basic;
mod book;
mod budget;
mod frame;
mod general;
mod income;
mod ledger;
mod performance;
mod project;
mod reach;
mod run;
mod table;

pub use reach::affected;
pub use run::fields_below;

/// One thing that is wrong, or worth explaining.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Finding {
    /// Rule code, e.g. `PRJ-003`.
    pub rule: String,
    pub severity: Severity,
    pub entity: String,
    #[ts(type = "string")]
    pub record: RecordId,
    /// The cell to go to; None = the record as a whole.
    pub field: Option<String>,
    /// Chinese: the figures, the rule and the way out.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// 强制性: stops a submit.
    Mandatory,
    /// 提示性: may be submitted with an explanation.
    Advisory,
}

impl Severity {
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Mandatory => "强制性",
            Self::Advisory => "提示性",
        }
    }
}

/// A rule as `schemas/rules.json` describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct RuleInfo {
    pub code: String,
    pub severity: Severity,
    /// Entity of the subject; `*` = every entity.
    pub entity: String,
    /// The cell that its findings lead to; empty where the rule itself names it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// What the rule asks for, in one Chinese sentence.
    pub zh: String,
    /// What a finding says; `{name}` stands for a figure that the rule gives.
    pub message: String,
    /// The document the rule comes from, or 知识.
    #[serde(default)]
    pub source: String,
    /// Thresholds and lists; never constants in code.
    #[serde(default)]
    #[ts(type = "Record<string, unknown>")]
    pub params: serde_json::Map<String, serde_json::Value>,
}

/// The rules in the order of `schemas/rules.json`.
pub fn rule_list() -> &'static [RuleInfo] {
    static RULES: OnceLock<Vec<RuleInfo>> = OnceLock::new();
    RULES.get_or_init(|| serde_json::from_str(RULE_LIST).expect("schemas/rules.json is checked by a test"))
}

/// Every rule of this program, by code.
pub fn rules() -> &'static HashMap<String, RuleInfo> {
    static RULES: OnceLock<HashMap<String, RuleInfo>> = OnceLock::new();
    RULES.get_or_init(|| rule_list().iter().map(|rule| (rule.code.clone(), rule.clone())).collect())
}

/// What a finding of the rule at `field` says when that follows from the two alone; None when the rule gives figures.
pub fn plain_message(rule: &RuleInfo, field: Option<&FieldDef>) -> Option<String> {
    frame::plain(&rule.message, field.map_or("", |field| &field.label.zh))
}

/// All findings whose subject is this record; none for a deleted one.
pub fn check(facts: &dyn Facts, def: &EntityDef, record: &Record) -> Read<Vec<Finding>> {
    run::check(facts, def, record)
}

/// Does a change of this entity shift the ground under the whole book (its codes, its documents,
/// or what a budget consists of)? Then [`affected`] is not enough: every record is to be checked again, all years.
pub fn shifts_all(entity: &str) -> bool {
    matches!(entity, "code_set" | "code_item" | "budget_book" | AMENDMENT)
}
