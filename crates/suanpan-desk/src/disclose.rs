//! The disclosure set (部门预算公开): nine tables for every department and every unit, with their 勾稽.

use crate::{
    CallError, CallErrorCode, CallResult, Desk,
    export::to_file,
    jobs::{JobStarted, Progress},
    rows::{entity_def, read_id},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};
use suanpan_excel::disclose::{self as excel, Fund, Mismatch, Outlay, Receipt, Scope, Spending};
use suanpan_model::{EntityDef, Money, Record, value::RecordId};
use suanpan_store::{Book, query::ListQuery};
use ts_rs::TS;

#[derive(Debug, Clone, Deserialize, TS)]
pub struct Disclose {
    /// Folder to write into; it is made when missing.
    pub dir: String,
    pub fiscal_year: i32,
    /// ids of the units whose sets are wanted; empty = every department and every unit.
    #[serde(default)]
    pub agencies: Vec<String>,
    /// Which figure counts.
    #[serde(default)]
    pub figure: BudgetFigure,
}

/// Which figure of the budget lines is disclosed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BudgetFigure {
    /// 批复数 once there is any, before that 审核数, before that 申报数.
    #[default]
    Newest,
    Reply,
    Audit,
    Apply,
}

/// The result of disclosing.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Disclosed {
    /// The figure that was taken: reply, audit or apply.
    pub figure: BudgetFigure,
    pub files: Vec<DisclosedFile>,
    /// Units without any line: no set was made for them.
    pub without_budget: usize,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct DisclosedFile {
    pub path: String,
    /// 部门 or 单位.
    pub scope: String,
    pub code: String,
    pub name: String,
    pub mismatches: Vec<Mismatch>,
}

/// Job whose result is a [`Disclosed`].
pub fn disclose(desk: &Arc<Desk>, request: Disclose) -> CallResult<JobStarted> {
    let book = desk.book()?;
    let wanted: Vec<RecordId> = request.agencies.iter().map(|id| read_id(id)).collect::<CallResult<_>>()?;
    Ok(desk.jobs.start("生成预算公开表", move |progress| {
        let disclosed = run(&book, &request, &wanted, progress)?;
        serde_json::to_value(disclosed).map_err(|error| CallError::new(CallErrorCode::Internal, error.to_string()))
    }))
}

/// A unit as the tables need it.
struct Agency {
    code: String,
    name: String,
    dept: RecordId,
    of_an_office: bool,
}

/// The lines of one subject.
#[derive(Default)]
struct Lines {
    outlays: Vec<Outlay>,
    receipts: Vec<Receipt>,
}

fn run(book: &Book, request: &Disclose, wanted: &[RecordId], progress: &Progress) -> CallResult<Disclosed> {
    let year = request.fiscal_year;
    let figure = chosen_figure(book, year, request.figure)?;
    let agencies = agencies(book, year)?;
    let mut by_agency: HashMap<RecordId, Lines> = HashMap::new();
    read_outlays(book, year, figure, &agencies, &mut by_agency)?;
    read_receipts(book, year, figure, &mut by_agency)?;
    let mut subjects = subjects(&agencies, &by_agency);
    subjects.retain(|subject| wanted.is_empty() || wanted.contains(&subject.id));
    if subjects.is_empty() {
        return Err(CallError::new(
            CallErrorCode::NotFound,
            format!("{year} 年没有可公开的预算，请先录入预算并核对年度"),
        ));
    }
    let codes = &book.schema().codes;
    let mut files = Vec::with_capacity(subjects.len());
    for (done, subject) in subjects.iter().enumerate() {
        if !progress.at(done, subjects.len()) {
            return Err(CallError::new(CallErrorCode::Cancelled, "已停止生成预算公开表"));
        }
        let (mut outlays, mut receipts) = (Vec::new(), Vec::new());
        for lines in subject.members.iter().filter_map(|id| by_agency.get(id)) {
            outlays.extend_from_slice(&lines.outlays);
            receipts.extend_from_slice(&lines.receipts);
        }
        let tables = excel::compute(subject.scope, subject.name, year, &outlays, &receipts, codes);
        let path = subject.path(Path::new(&request.dir), year);
        to_file(&path, |out| Ok(excel::write(&tables, out)?))?;
        files.push(DisclosedFile {
            path: path.display().to_string(),
            scope: subject.scope.zh().into(),
            code: subject.code.to_owned(),
            name: subject.name.to_owned(),
            mismatches: excel::check(&tables),
        });
    }
    let without_budget = agencies.keys().filter(|id| !by_agency.contains_key(id)).count();
    Ok(Disclosed { figure, files, without_budget })
}

/// A department or unit, and the units whose lines are its own.
struct Subject<'a> {
    scope: Scope,
    id: RecordId,
    code: &'a str,
    name: &'a str,
    members: Vec<RecordId>,
}

impl Subject<'_> {
    fn path(&self, dir: &Path, year: i32) -> PathBuf {
        let name: String = format!("{}{}", self.code, self.name)
            .chars()
            .map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c })
            .take(80)
            .collect();
        let scope = self.scope.zh();
        dir.join(format!("{scope}预算公开")).join(format!("{name}{year}年{scope}预算公开表.xlsx"))
    }
}

fn subjects<'a>(agencies: &'a BTreeMap<RecordId, Agency>, by_agency: &HashMap<RecordId, Lines>) -> Vec<Subject<'a>> {
    let mut departments: BTreeMap<RecordId, Vec<RecordId>> = BTreeMap::new();
    let mut subjects = Vec::new();
    for (id, agency) in agencies.iter().filter(|(id, _)| by_agency.contains_key(id)) {
        departments.entry(agency.dept).or_default().push(*id);
        let (code, name) = (agency.code.as_str(), agency.name.as_str());
        subjects.push(Subject { scope: Scope::Unit, id: *id, code, name, members: vec![*id] });
    }
    for (id, members) in departments {
        let Some(agency) = agencies.get(&id) else { continue };
        subjects.push(Subject { scope: Scope::Department, id, code: &agency.code, name: &agency.name, members });
    }
    subjects.sort_by_key(|subject| (subject.scope == Scope::Unit, subject.code));
    subjects
}

fn agencies(book: &Book, year: i32) -> CallResult<BTreeMap<RecordId, Agency>> {
    let def = entity_def(book, "agency")?;
    let schema = book.schema();
    let mut found = BTreeMap::new();
    book.each_stored(&of_year("agency", year), &mut |record| {
        let kind = text(&def, record, "agency_type");
        let item = schema.codes.item("agency_type", kind);
        let agency = Agency {
            code: text(&def, record, "agency_code").to_owned(),
            name: text(&def, record, "agency_name").to_owned(),
            // A unit without a department is its own.
            dept: reference(&def, record, "dept").unwrap_or(record.id),
            of_an_office: item.and_then(|item| item.ext.get("eco")).is_some_and(|eco| eco == "admin"),
        };
        found.insert(record.id, agency);
        Ok(true)
    })?;
    Ok(found)
}

fn read_outlays(
    book: &Book,
    year: i32,
    figure: BudgetFigure,
    agencies: &BTreeMap<RecordId, Agency>,
    by_agency: &mut HashMap<RecordId, Lines>,
) -> CallResult<()> {
    let def = entity_def(book, "budget_line")?;
    book.each_stored(&of_year("budget_line", year), &mut |record| {
        let amount = money(&def, record, outlay_field(figure));
        let (Some(agency), Some(fund)) = (reference(&def, record, "agency"), Fund::of(text(&def, record, "fund_type")))
        else {
            return Ok(true);
        };
        if amount.is_zero() {
            return Ok(true);
        }
        let outlay = Outlay {
            func: text(&def, record, "exp_func").to_owned(),
            dep_eco: text(&def, record, "dep_eco").to_owned(),
            fund,
            spending: Spending::of(text(&def, record, "pro_kind")),
            amount,
            of_an_office: agencies.get(&agency).is_some_and(|agency| agency.of_an_office),
        };
        by_agency.entry(agency).or_default().outlays.push(outlay);
        Ok(true)
    })?;
    Ok(())
}

fn read_receipts(
    book: &Book,
    year: i32,
    figure: BudgetFigure,
    by_agency: &mut HashMap<RecordId, Lines>,
) -> CallResult<()> {
    let def = entity_def(book, "income_line")?;
    let field = if figure == BudgetFigure::Apply { "apply_up" } else { "amt" };
    book.each_stored(&of_year("income_line", year), &mut |record| {
        let amount = money(&def, record, field);
        let fund = Fund::of(text(&def, record, "fund_type"));
        if let (Some(agency), Some(fund), false) = (reference(&def, record, "agency"), fund, amount.is_zero()) {
            by_agency.entry(agency).or_default().receipts.push(Receipt { fund, amount });
        }
        Ok(true)
    })?;
    Ok(())
}

fn chosen_figure(book: &Book, year: i32, figure: BudgetFigure) -> CallResult<BudgetFigure> {
    if figure != BudgetFigure::Newest {
        return Ok(figure);
    }
    for figure in [BudgetFigure::Reply, BudgetFigure::Audit] {
        let sum = book.sums(&of_year("budget_line", year), &[outlay_field(figure).to_owned()])?;
        if sum.first().is_some_and(|sum| *sum != 0) {
            return Ok(figure);
        }
    }
    Ok(BudgetFigure::Apply)
}

fn outlay_field(figure: BudgetFigure) -> &'static str {
    match figure {
        BudgetFigure::Newest | BudgetFigure::Reply => "reply_amt",
        BudgetFigure::Audit => "fin_audit_money",
        BudgetFigure::Apply => "apply_up",
    }
}

fn of_year(entity: &str, year: i32) -> ListQuery {
    ListQuery { entity: entity.into(), fiscal_year: Some(year), ..Default::default() }
}

fn text<'r>(def: &EntityDef, record: &'r Record, name: &str) -> &'r str {
    def.index(name).and_then(|index| record.values[index].as_text()).unwrap_or_default()
}

fn money(def: &EntityDef, record: &Record, name: &str) -> Money {
    def.index(name).map(|index| record.values[index].as_money()).unwrap_or_default()
}

fn reference(def: &EntityDef, record: &Record, name: &str) -> Option<RecordId> {
    def.index(name).and_then(|index| record.values[index].as_ref_id())
}
