//! What is wrong with the figures. Findings are data: a draft may be saved with them, they are shown,
//! counted and lead to their cell; 强制性 ones stop a submit, 提示性 ones take an explanation.
//!
//! A rule is one function over a record (its *subject*) and the facts around it; its severity, source
//! and parameters stand in `schemas/rules.json`, never in code. [`affected`] names the subjects whose
//! findings a change can alter, so that one edit never re-checks the whole book.

use crate::{
    entity::EntityDef,
    facts::{Facts, Read},
    schema::RULE_LIST,
    value::{Record, RecordId},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::OnceLock};
use ts_rs::TS;

mod rules;

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

/// A rule as `schemas/rules.json` describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct RuleInfo {
    pub code: String,
    pub severity: Severity,
    /// Entity of the subject; `*` = every entity.
    pub entity: String,
    /// What the rule asks for, in one Chinese sentence.
    pub zh: String,
    /// The document the rule comes from, or 知识.
    #[serde(default)]
    pub source: String,
    /// Thresholds and lists; never constants in code.
    #[serde(default)]
    #[ts(type = "Record<string, unknown>")]
    pub params: serde_json::Map<String, serde_json::Value>,
}

/// Every rule of this program, by code.
pub fn rules() -> &'static HashMap<String, RuleInfo> {
    static RULES: OnceLock<HashMap<String, RuleInfo>> = OnceLock::new();
    RULES.get_or_init(|| {
        let list: Vec<RuleInfo> = serde_json::from_str(RULE_LIST).expect("schemas/rules.json is checked by a test");
        list.into_iter().map(|rule| (rule.code.clone(), rule)).collect()
    })
}

/// All findings whose subject is this live record.
pub fn check(facts: &dyn Facts, def: &EntityDef, record: &Record) -> Read<Vec<Finding>> {
    rules::check(facts, def, record)
}

/// Subjects other than the record itself whose findings may change when it changes from `before` to `after`.
pub fn affected(
    facts: &dyn Facts,
    def: &EntityDef,
    before: Option<&Record>,
    after: &Record,
) -> Read<Vec<(&'static str, RecordId)>> {
    rules::affected(facts, def, before, after)
}
