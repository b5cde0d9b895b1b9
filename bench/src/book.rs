//! Measurements inside one process on one book: filling it, asking it, editing it. Times in ms.

use crate::{
    Outcome,
    workbook::{AGENCIES, PROJECTS, agency_code, elements, project_code},
};
use serde_json::{Map, Value as Json, json};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use suanpan_model::{
    Change, Op, OpKind,
    op::{GroupKind, OpGroup},
    schema::Schema,
    value::RecordId,
};
use suanpan_store::{
    Book, NewBook,
    query::{Filter, ListQuery, Test},
};
use uuid::Uuid;

const YEARS: std::ops::RangeInclusive<i32> = 2022..=2026;

fn group(label: &str) -> OpGroup {
    OpGroup {
        id: Uuid::now_v7(),
        actor: "bench".into(),
        at_ms: 0,
        label: label.into(),
        kind: GroupKind::Do,
        ops: Vec::new(),
    }
}

fn create(entity: &str, year: i32, fields: Json) -> Op {
    let Json::Object(fields) = fields else { return create(entity, year, Json::Object(Map::new())) };
    let kind = OpKind::Create { division: "410823000".into(), fiscal_year: year, fields };
    Op { id: Uuid::now_v7(), entity: entity.into(), record: Uuid::now_v7(), kind }
}

fn new_book(path: &Path) -> Result<Book, Box<dyn std::error::Error>> {
    let new = NewBook { division: "410823000", year: 2026, name: "bench", created_at_ms: 0, book_id: Uuid::now_v7() };
    Ok(Book::create(path, &new, Schema::builtin(), "bench")?)
}

/// Units and projects of one year; their ids in order.
fn units_and_projects(book: &Book, year: i32) -> Result<(Vec<RecordId>, Vec<RecordId>), Box<dyn std::error::Error>> {
    let agencies: Vec<Op> = (0..AGENCIES)
        .map(|at| {
            let name = format!("武陟县第{at}单位");
            let fields =
                json!({"agency_code": agency_code(at), "agency_name": name, "agency_type": "1", "fund_guar": "1"});
            create("agency", year, fields)
        })
        .collect();
    let ids: Vec<RecordId> = agencies.iter().map(|op| op.record).collect();
    let projects: Vec<Op> = (0..PROJECTS)
        .map(|at| {
            let agency = ids[(at % AGENCIES) as usize].to_string();
            let fields = json!({"pro_code": project_code(at), "pro_name": format!("农村公路养护{at}期"), "agency": agency, "pro_cat": "22"});
            create("project", year, fields)
        })
        .collect();
    let project_ids = projects.iter().map(|op| op.record).collect();
    book.apply(OpGroup { ops: agencies, ..group("单位") })?;
    book.apply(OpGroup { ops: projects, ..group("项目") })?;
    Ok((ids, project_ids))
}

/// A book with the units and projects that the workbook refers to.
pub fn seed(path: &Path) -> Outcome {
    let book = new_book(path)?;
    units_and_projects(&book, 2026)?;
    Ok(json!({ "agencies": AGENCIES, "projects": PROJECTS }))
}

/// `rows` budget lines, shared out evenly over the last `years` years up to 2026.
pub fn fill(path: &Path, rows: u32, years: u32) -> Outcome {
    let book = new_book(path)?;
    let years = years.clamp(1, YEARS.count() as u32);
    for year in YEARS.rev().take(years as usize) {
        let (agencies, projects) = units_and_projects(&book, year)?;
        let mut lines = (0..rows / years).map(|at| {
            let project = (at % PROJECTS) as usize;
            let [dep_eco, gov_eco, exp_func] = elements(at);
            let fen = i64::from(at) * 137 % 90_000_000;
            let fields = json!({
                "agency": agencies[project % AGENCIES as usize].to_string(), "project": projects[project].to_string(),
                "pro_kind": "21", "exp_func": exp_func, "gov_eco": gov_eco, "dep_eco": dep_eco, "fund_type": "11111",
                "found_type": "11", "budget_level": "4", "manage_mof_dep": "004", "apply_link": "1", "stage": "1",
                "apply_up": fen, "is_gov_pur": false, "is_construction": false, "is_govserve": false,
                "is_assigned": false, "is_bgt_end": false, "remark": format!("第{at}条 维修经费"),
            });
            Ok(create("budget_line", year, fields))
        });
        book.apply_each(group("年度预算"), &mut lines, &mut |_| true)?;
    }
    let bytes = std::fs::metadata(path)?.len();
    Ok(json!({ "rows": rows, "bytes": bytes }))
}

/// Lookup, unit page, totals by unit, search of two characters, opening to a usable list.
pub fn query(path: &Path) -> Outcome {
    let started = Instant::now();
    let book = Book::open(path, Schema::builtin(), "bench")?;
    let all = ListQuery { entity: "budget_line".into(), fiscal_year: Some(2026), ..Default::default() };
    let first = book.view(&all, Some(200))?;
    let shown = book.window("budget_line", &first)?.len();
    let cold_start = started.elapsed();

    let view = book.view(&all, None)?;
    let picked: Vec<RecordId> = view
        .iter()
        .step_by((view.len() / 500).max(1))
        .filter_map(|rid| book.window("budget_line", &[*rid]).ok()?.first().map(|found| found.record.id))
        .collect();
    let lookups = timed(&picked, |id| book.record("budget_line", *id).map(|_| ()))?;

    let agencies: Vec<u32> = (0..100).collect();
    let pages = timed(&agencies, |at| {
        let agency = book.by_code("agency", 2026, &agency_code(*at))?.map(|id| id.to_string());
        let filters = vec![Filter { field: "agency".into(), test: Test::Equals(agency.into()) }];
        let page = book.view(&ListQuery { filters, ..all.clone() }, Some(50))?;
        book.window("budget_line", &page).map(|_| ())
    })?;
    let totals = timed(&[(); 5], |()| book.totals(&all, Some("agency"), &["apply_up".to_owned()]).map(|_| ()))?;
    let everything = ListQuery { fiscal_year: None, ..all.clone() };
    let totals_all =
        timed(&[(); 5], |()| book.totals(&everything, Some("agency"), &["apply_up".to_owned()]).map(|_| ()))?;
    let schema = book.schema();
    let words = ["养护", "维修", "公路", "单位", "经费"];
    let searches = timed(&words.repeat(10), |word| {
        book.read(|connection| suanpan_store::search::find(connection, &schema, word, 50)).map(|_| ())
    })?;
    Ok(json!({
        "rows_shown": shown, "cold_start_ms": ms(cold_start), "lookup_p95_ms": percentile(&lookups, 95),
        "unit_page_p95_ms": percentile(&pages, 95), "totals_by_unit_year_median_ms": percentile(&totals, 50),
        "totals_by_unit_all_years_median_ms": percentile(&totals_all, 50), "search_p95_ms": percentile(&searches, 95),
    }))
}

/// One edit saved at a time, as a clerk types.
pub fn edit(path: &Path, edits: u32) -> Outcome {
    let book = Book::open(path, Schema::builtin(), "bench")?;
    let all = ListQuery { entity: "budget_line".into(), fiscal_year: Some(2026), ..Default::default() };
    let view = book.view(&all, Some(edits as usize))?;
    let records = book.window("budget_line", &view)?;
    let at = book.schema().entity("budget_line").and_then(|def| def.index("remark")).ok_or("no remark")?;
    let saved = timed(&records, |found| {
        let change = Change { field: "remark".into(), from: found.record.values[at].to_json(), to: "改".into() };
        let kind = OpKind::Edit { seen: found.record.header.version, changes: vec![change] };
        let op = Op { id: Uuid::now_v7(), entity: "budget_line".into(), record: found.record.id, kind };
        book.apply(OpGroup { ops: vec![op], ..group("修改") }).map(|_| ())
    })?;
    Ok(json!({ "edits": saved.len(), "edit_p50_ms": percentile(&saved, 50), "edit_p99_ms": percentile(&saved, 99) }))
}

/// One block of `rows` × 10 cells pasted over budget lines as one group, every value new; then taken back.
pub fn paste(path: &Path, rows: u32) -> Outcome {
    let book = Book::open(path, Schema::builtin(), "bench")?;
    let all = ListQuery { entity: "budget_line".into(), fiscal_year: Some(2026), ..Default::default() };
    let records = book.window("budget_line", &book.view(&all, Some(rows as usize))?)?;
    let def = book.schema().entity("budget_line").cloned().ok_or("no budget_line")?;
    let pasted = [
        ("exp_func", json!("2010399")),
        ("gov_eco", json!("50205")),
        ("dep_eco", json!("30227")),
        ("fund_type", json!("11112")),
        ("apply_up", json!(123_450)),
        ("fin_audit_money", json!(123_440)),
        ("reply_amt", json!(123_430)),
        ("adj_amt", json!(120)),
        ("dis_amt", json!(110)),
        ("remark", json!("粘贴的备注")),
    ];
    let edit = |found: &suanpan_store::query::ListedRecord| {
        let change = |(name, to): &(&str, Json)| {
            let from = def.index(name).map(|at| found.record.values[at].to_json()).unwrap_or_default();
            Change { field: (*name).into(), from, to: to.clone() }
        };
        let kind = OpKind::Edit { seen: found.record.header.version, changes: pasted.iter().map(change).collect() };
        Op { id: Uuid::now_v7(), entity: "budget_line".into(), record: found.record.id, kind }
    };
    let ops: Vec<Op> = records.iter().map(edit).collect();
    let cells = ops.len() * pasted.len();
    let started = Instant::now();
    book.apply(OpGroup { ops, ..group("粘贴") })?;
    let saved = started.elapsed();
    let started = Instant::now();
    book.undo("bench", 0, &Uuid::now_v7)?;
    Ok(json!({ "cells": cells, "paste_ms": ms(saved), "undo_ms": ms(started.elapsed()) }))
}

fn timed<T>(
    items: &[T],
    mut work: impl FnMut(&T) -> suanpan_store::Stored<()>,
) -> Result<Vec<Duration>, suanpan_store::StoreError> {
    let mut times = Vec::with_capacity(items.len());
    for item in items {
        let started = Instant::now();
        work(item)?;
        times.push(started.elapsed());
    }
    times.sort();
    Ok(times)
}

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).map_or(f64::NAN, |time| ms(*time))
}

fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e5).round() / 100.0
}
