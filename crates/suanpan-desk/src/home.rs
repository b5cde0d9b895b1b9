//! The first screen: what there is, what is wrong, what was open last.

use crate::{CallResult, Desk, explanations};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use suanpan_model::check::Severity;
use suanpan_store::query::ListQuery;
use ts_rs::TS;

#[derive(Debug, Clone, Deserialize, TS)]
pub struct HomeRequest {
    pub fiscal_year: i32,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct Home {
    /// Live records of the year, by entity.
    pub counts: BTreeMap<String, usize>,
    pub mandatory: usize,
    pub advisory: usize,
    /// Of the 提示性 ones, those that are explained.
    pub explained: usize,
    /// Units without a budget line this year, of those that must hand one in.
    pub agencies_without_lines: usize,
    /// Σ of the year's budget lines, in 分: 申报数, 审核数, 批复数.
    #[ts(type = "Record<string, number>")]
    pub budget: BTreeMap<String, i64>,
    /// Σ of the year's allotments, in 分.
    #[ts(type = "number")]
    pub allotted: i64,
}

const COUNTED: [&str; 5] = ["agency", "project", "budget_line", "income_line", "allotment"];
const BUDGET_FIELDS: [&str; 3] = ["apply_up", "fin_audit_money", "reply_amt"];

pub fn home(desk: &Arc<Desk>, request: HomeRequest) -> CallResult<Home> {
    let book = desk.book()?;
    let of = |entity: &str| ListQuery {
        entity: entity.into(),
        fiscal_year: Some(request.fiscal_year),
        ..Default::default()
    };
    let mut counts = BTreeMap::new();
    for entity in COUNTED {
        counts.insert(entity.to_owned(), book.count(&of(entity))?);
    }
    let fields = BUDGET_FIELDS.map(str::to_owned);
    let sums = book.sums(&of("budget_line"), &fields)?;
    let allotted = book.sums(&of("allotment"), &["amount".to_owned()])?;
    let with_lines = book.totals(&of("budget_line"), Some("agency"), &[])?.len();
    let (mut mandatory, mut advisory) = (0, 0);
    for count in book.finding_counts(Some(request.fiscal_year))? {
        match count.severity {
            Severity::Mandatory => mandatory += count.count,
            Severity::Advisory => advisory += count.count,
        }
    }
    Ok(Home {
        agencies_without_lines: counts["agency"].saturating_sub(with_lines),
        counts,
        mandatory,
        advisory,
        explained: explanations::counts(&book, request.fiscal_year)?.values().sum(),
        budget: fields.into_iter().zip(sums).collect(),
        allotted: allotted.first().copied().unwrap_or_default(),
    })
}
