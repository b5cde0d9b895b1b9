//! `list`, `get`, `new`, `set`, `rm`, `totals`.

use super::open;
use crate::{
    args, fields,
    output::{Exit, Output, table},
};
use serde_json::json;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use suanpan_desk::{
    CallError, CallErrorCode, CallResult, Desk,
    edit::{self, Edit, Edits},
    rows::{self, entity_def},
};
use suanpan_model::{EntityDef, FieldDef, FieldKind, value::RecordId};
use suanpan_store::{
    Book,
    query::{ListQuery, ListedRecord, RefLabel},
};

type Labels = BTreeMap<String, HashMap<RecordId, RefLabel>>;

pub fn list(given: &args::List, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let book = desk.book()?;
    let def = entity_def(&book, &given.entity)?;
    let year = given.year.unwrap_or(book.info().year);
    let query = ListQuery {
        entity: given.entity.clone(),
        fiscal_year: Some(year),
        filters: given
            .conditions
            .iter()
            .map(|text| fields::condition(&book, year, &def, text))
            .collect::<CallResult<_>>()?,
        sort: given.sort.iter().map(|text| fields::sort(&def, text)).collect::<CallResult<_>>()?,
        ..Default::default()
    };
    let total = book.count(&query)?;
    let view = book.view(&query, Some(given.offset.saturating_add(given.limit)))?;
    let window = book.window(&given.entity, view.get(given.offset..).unwrap_or_default())?;
    let labels = labels(&book, &def, &window)?;
    let records: Vec<_> = window.iter().map(|found| as_json(&book, &def, found, &labels)).collect();
    output.show(&json!({ "total": total, "records": records }), |out| {
        let shown: Vec<(usize, &FieldDef)> = def.fields.iter().enumerate().filter(|(_, field)| field.list).collect();
        let header: Vec<_> = shown.iter().map(|(_, field)| field.label.zh.clone()).collect();
        let cell = |found: &ListedRecord, (at, field): &(usize, &FieldDef)| {
            fields::show(&book, field, &found.record.values[*at], &labels)
        };
        let lines: Vec<Vec<_>> =
            window.iter().map(|found| shown.iter().map(|column| cell(found, column)).collect()).collect();
        table(out, &header, &lines)?;
        writeln!(out, "共 {total} 条，列出 {} 条", lines.len())
    });
    Ok(Exit::Done)
}

pub fn get(given: &args::Get, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let book = desk.book()?;
    let def = entity_def(&book, &given.entity)?;
    let id = find(&book, given)?;
    show_one(&book, &def, id, output)?;
    Ok(Exit::Done)
}

pub fn new(given: &args::New, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let book = desk.book()?;
    let def = entity_def(&book, &given.entity)?;
    let fiscal_year = given.year.unwrap_or(book.info().year);
    let mut values = serde_json::Map::new();
    for text in &given.values {
        let (name, value) = fields::split(text)?;
        let field = fields::field(&def, name)?;
        values.insert(field.name.clone(), fields::read(&book, fiscal_year, field, value)?);
    }
    let edit = Edit::New { entity: given.entity.clone(), id: None, fiscal_year, division: None, fields: values };
    let label = format!("新增{}", def.label.zh);
    let applied = edit::apply(&desk, Edits { label, edits: vec![edit] })?;
    let id = rows::read_id(applied.created.first().map_or("", String::as_str))?;
    show_one(&book, &def, id, output)?;
    findings_exit(&book, id)
}

pub fn set(given: &args::Set, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let book = desk.book()?;
    let def = entity_def(&book, &given.entity)?;
    let year = given.year.unwrap_or(book.info().year);
    let id = fields::find(&book, &given.entity, year, &given.record)?;
    let seen = book.record(&given.entity, id)?.ok_or_else(no_such)?;
    let mut edits = Vec::new();
    for text in &given.values {
        let (name, value) = fields::split(text)?;
        let field = fields::field(&def, name)?;
        let at = def.index(&field.name).ok_or_else(no_such)?;
        edits.push(Edit::Set {
            entity: given.entity.clone(),
            id: id.to_string(),
            field: field.name.clone(),
            from: seen.record.values[at].to_json(),
            to: fields::read(&book, year, field, value)?,
        });
    }
    edit::apply(&desk, Edits { label: format!("修改{}", def.label.zh), edits })?;
    show_one(&book, &def, id, output)?;
    findings_exit(&book, id)
}

pub fn rm(given: &args::Get, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let book = desk.book()?;
    let def = entity_def(&book, &given.entity)?;
    let id = find(&book, given)?;
    let edits = vec![Edit::Delete { entity: given.entity.clone(), id: id.to_string() }];
    let applied = edit::apply(&desk, Edits { label: format!("删除{}", def.label.zh), edits })?;
    output.show(&json!({ "deleted": id, "ops": applied.ops }), |out| writeln!(out, "已删除（可用 undo 撤销）"));
    Ok(Exit::Done)
}

pub fn totals(given: &args::Totals, output: &Output) -> CallResult<Exit> {
    let desk: Arc<Desk> = open(&given.book)?;
    let book = desk.book()?;
    let def = entity_def(&book, &given.entity)?;
    let fiscal_year = Some(given.year.unwrap_or(book.info().year));
    let query = ListQuery { entity: given.entity.clone(), fiscal_year, ..Default::default() };
    let request = rows::TotalsRequest { query, group: given.by.clone(), fields: given.sums.clone() };
    let totals = rows::totals(&desk, request)?;
    output.show(&totals, |out| {
        let mut header = vec![given.by.clone().unwrap_or_else(|| "合计".into()), "条数".into()];
        header
            .extend(given.sums.iter().map(|name| def.field(name).map_or(name.clone(), |field| field.label.zh.clone())));
        let lines: Vec<Vec<String>> = totals.lines.iter().map(|line| total_line(&totals, line)).collect();
        table(out, &header, &lines)
    });
    Ok(Exit::Done)
}

fn total_line(totals: &rows::Totals, line: &rows::TotalsLine) -> Vec<String> {
    let group = line.group.as_str().unwrap_or_default();
    let label = totals.labels.values().find_map(|known| known.get(group));
    let name = label.map_or_else(|| group.to_owned(), |label| format!("{} {}", label.code, label.name));
    let money =
        |fen: &i64| suanpan_model::Money::from_fen(*fen).map_or_else(|_| fen.to_string(), |sum| sum.display_yuan());
    let mut cells = vec![name, line.count.to_string()];
    cells.extend(line.sums.iter().map(money));
    cells
}

fn find(book: &Book, given: &args::Get) -> CallResult<RecordId> {
    fields::find(book, &given.entity, given.year.unwrap_or(book.info().year), &given.record)
}

fn no_such() -> CallError {
    CallError::new(CallErrorCode::NotFound, "没有这条记录")
}

/// 1 when the saved record has findings, as documented.
fn findings_exit(book: &Book, id: RecordId) -> CallResult<Exit> {
    let query = suanpan_store::findings::FindingQuery { record: Some(id), ..Default::default() };
    let findings = book.findings(&query)?;
    for finding in &findings {
        eprintln!("{} {}", finding.rule, finding.message);
    }
    Ok(if findings.is_empty() { Exit::Done } else { Exit::Findings })
}

fn show_one(book: &Book, def: &EntityDef, id: RecordId, output: &Output) -> CallResult<()> {
    let found = book.record(&def.entity, id)?.ok_or_else(no_such)?;
    let labels = labels(book, def, std::slice::from_ref(&found))?;
    output.show(&as_json(book, def, &found, &labels), |out| {
        for (field, value) in def.fields.iter().zip(&found.record.values) {
            if !value.is_null() {
                writeln!(out, "{}：{}", field.label.zh, fields::show(book, field, value, &labels))?;
            }
        }
        Ok(())
    });
    Ok(())
}

/// `{id, version, deleted, division, fiscal_year, values{field: value}, names{field: text}}`.
fn as_json(book: &Book, def: &EntityDef, found: &ListedRecord, labels: &Labels) -> serde_json::Value {
    let record = &found.record;
    let mut values = serde_json::Map::new();
    let mut names = serde_json::Map::new();
    for (field, value) in def.fields.iter().zip(&record.values) {
        values.insert(field.name.clone(), value.to_json());
        if matches!(field.kind, FieldKind::Code { .. } | FieldKind::Reference { .. }) && !value.is_null() {
            names.insert(field.name.clone(), fields::show(book, field, value, labels).into());
        }
    }
    json!({
        "id": record.id, "version": record.header.version, "deleted": record.header.deleted,
        "division": record.header.division, "fiscal_year": record.header.fiscal_year,
        "values": values, "names": names,
    })
}

fn labels(book: &Book, def: &EntityDef, records: &[ListedRecord]) -> CallResult<Labels> {
    let mut labels = Labels::new();
    for (at, field) in def.fields.iter().enumerate() {
        if let FieldKind::Reference { entity } = &field.kind {
            let ids: Vec<_> = records.iter().filter_map(|found| found.record.values[at].as_ref_id()).collect();
            labels.entry(entity.clone()).or_default().extend(book.labels(entity, &ids)?);
        }
    }
    Ok(labels)
}
