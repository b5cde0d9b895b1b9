//! Lists for the grid. A *view* is the order of records at the moment a list was opened: rows do not
//! jump while somebody types in them; the list is opened anew to sort, filter or show new rows.

use crate::{
    CallError, CallErrorCode, CallResult, Desk,
    explanations::{self, key_of},
    issued,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::{Arc, PoisonError},
};
use suanpan_model::{EntityDef, FieldKind, Value, check::Finding, value::RecordId};
use suanpan_store::{
    Book,
    query::{ListQuery, ListedRecord, RefLabel},
};
use ts_rs::TS;

/// Rows of one window at most.
const MAX_WINDOW: usize = 1_000;
/// Views kept; the oldest goes first.
const KEPT_VIEWS: usize = 24;

/// The open views of a desk.
#[derive(Default)]
pub struct Views {
    last: u32,
    open: VecDeque<(u32, Arc<View>)>,
}

struct View {
    entity: String,
    rids: Vec<i64>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct OpenedView {
    pub view: u32,
    pub total: usize,
    /// Σ of every stored amount of the list that adds up, over the whole view, in 分.
    #[ts(type = "Record<string, number>")]
    pub sums: BTreeMap<String, i64>,
    #[ts(type = "number")]
    pub changes: u64,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct WindowRequest {
    pub view: u32,
    pub offset: usize,
    pub limit: usize,
}

/// Some rows, and how the records they refer to are written.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Window {
    pub rows: Vec<Row>,
    /// entity → id → label, for every reference in `rows`.
    pub labels: BTreeMap<String, BTreeMap<String, RefLabel>>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct Row {
    pub id: String,
    pub version: u32,
    pub deleted: bool,
    pub division: String,
    pub fiscal_year: i32,
    /// In the order of the entity's fields; the JSON form of the calls.
    #[ts(type = "(string | number | boolean | null)[]")]
    pub values: Vec<serde_json::Value>,
    pub findings: Vec<RowFinding>,
    /// Workflow fields whose value the province has not confirmed: they must not be shown as final.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub unconfirmed: Vec<String>,
    /// Empty fields that the province fills with the next exchange: 暂.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub awaited: Vec<String>,
}

/// A finding of a row, with what a person wrote about it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RowFinding {
    #[serde(flatten)]
    pub finding: Finding,
    /// The explanation of a 提示性 finding, while the finding says what was explained.
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct PositionRequest {
    pub view: u32,
    pub id: String,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct Position {
    /// None: not in this view.
    pub index: Option<usize>,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct RecordRequest {
    pub entity: String,
    pub id: String,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct TotalsRequest {
    pub query: ListQuery,
    /// Field whose values make the lines; None = one line.
    pub group: Option<String>,
    /// Money fields to add up.
    pub fields: Vec<String>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct Totals {
    pub lines: Vec<TotalsLine>,
    pub labels: BTreeMap<String, BTreeMap<String, RefLabel>>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct TotalsLine {
    #[ts(type = "string | number | boolean | null")]
    pub group: serde_json::Value,
    pub count: usize,
    /// 分, one per asked field.
    #[ts(type = "number[]")]
    pub sums: Vec<i64>,
}

/// Parses an id of a request.
pub fn read_id(text: &str) -> CallResult<RecordId> {
    RecordId::parse_str(text).map_err(|_| CallError::bad_request(format!("“{text}”不是记录编号")))
}

/// The document of an entity of the open book.
pub fn entity_def(book: &Book, name: &str) -> CallResult<Arc<EntityDef>> {
    book.schema().entity(name).cloned().ok_or_else(|| CallError::bad_request(format!("没有“{name}”这种数据")))
}

pub fn open(desk: &Arc<Desk>, query: ListQuery) -> CallResult<OpenedView> {
    let book = desk.book()?;
    let def = entity_def(&book, &query.entity)?;
    let changes = book.changes();
    let rids = book.view(&query, None)?;
    let money: Vec<String> =
        def.stored().filter(|(_, field)| field.adds_up() && field.list).map(|(_, field)| field.name.clone()).collect();
    let sums = if money.is_empty() { Vec::new() } else { book.sums(&query, &money)? };
    let total = rids.len();
    let mut views = desk.views.lock().unwrap_or_else(PoisonError::into_inner);
    views.last += 1;
    let view = views.last;
    views.open.push_back((view, Arc::new(View { entity: query.entity, rids })));
    if views.open.len() > KEPT_VIEWS {
        views.open.pop_front();
    }
    Ok(OpenedView { view, total, sums: money.into_iter().zip(sums).collect(), changes })
}

fn view(desk: &Desk, number: u32) -> CallResult<Arc<View>> {
    let views = desk.views.lock().unwrap_or_else(PoisonError::into_inner);
    let found = views.open.iter().find(|(open, _)| *open == number).map(|(_, view)| view.clone());
    found.ok_or_else(|| CallError::new(CallErrorCode::NotFound, "列表已过期，请重新打开"))
}

pub fn window(desk: &Arc<Desk>, request: WindowRequest) -> CallResult<Window> {
    let book = desk.book()?;
    let view = view(desk, request.view)?;
    let from = request.offset.min(view.rids.len());
    let to = (from + request.limit.min(MAX_WINDOW)).min(view.rids.len());
    let records = book.window(&view.entity, &view.rids[from..to])?;
    describe(&book, &view.entity, records)
}

pub fn position(desk: &Arc<Desk>, request: PositionRequest) -> CallResult<Position> {
    let book = desk.book()?;
    let view = view(desk, request.view)?;
    let record = book.record(&view.entity, read_id(&request.id)?)?;
    let index = record.and_then(|record| view.rids.iter().position(|rid| *rid == record.rid));
    Ok(Position { index })
}

pub fn record(desk: &Arc<Desk>, request: RecordRequest) -> CallResult<Window> {
    let book = desk.book()?;
    entity_def(&book, &request.entity)?;
    let found = book.record(&request.entity, read_id(&request.id)?)?;
    let record = found.ok_or_else(|| CallError::new(CallErrorCode::NotFound, "没有这条记录"))?;
    describe(&book, &request.entity, vec![record])
}

pub fn totals(desk: &Arc<Desk>, request: TotalsRequest) -> CallResult<Totals> {
    let book = desk.book()?;
    let def = entity_def(&book, &request.query.entity)?;
    let lines = book.totals(&request.query, request.group.as_deref(), &request.fields)?;
    let target = request.group.as_deref().and_then(|name| def.field(name)).and_then(|field| match &field.kind {
        FieldKind::Reference { entity } => Some(entity.clone()),
        _ => None,
    });
    let mut labels = BTreeMap::new();
    if let Some(target) = target {
        let ids: Vec<_> = lines.iter().filter_map(|line| line.group.as_ref_id()).collect();
        labels.insert(target.clone(), written(book.labels(&target, &ids)?));
    }
    let lines = lines
        .into_iter()
        .map(|line| TotalsLine { group: line.group.to_json(), count: line.count, sums: line.sums })
        .collect();
    Ok(Totals { lines, labels })
}

/// Labels of the records that values (with their field's place) refer to: entity → id → label.
pub fn labels_of<'v>(
    book: &Book,
    def: &EntityDef,
    values: impl Iterator<Item = (usize, &'v Value)>,
) -> CallResult<BTreeMap<String, BTreeMap<String, RefLabel>>> {
    let mut wanted: HashMap<&str, HashSet<RecordId>> = HashMap::new();
    for (place, value) in values {
        if let (FieldKind::Reference { entity: target }, Some(id)) = (&def.fields[place].kind, value.as_ref_id()) {
            wanted.entry(target).or_default().insert(id);
        }
    }
    let mut labels = BTreeMap::new();
    for (target, ids) in wanted {
        let ids: Vec<_> = ids.into_iter().collect();
        labels.insert(target.to_owned(), written(book.labels(target, &ids)?));
    }
    Ok(labels)
}

/// Rows with their findings and the labels of what they refer to.
pub fn describe(book: &Book, entity: &str, records: Vec<ListedRecord>) -> CallResult<Window> {
    let def = entity_def(book, entity)?;
    let labels = labels_of(book, &def, records.iter().flat_map(|found| found.record.values.iter().enumerate()))?;
    let ids: Vec<_> = records.iter().map(|found| found.record.id).collect();
    let mut findings = book.findings_of(&ids)?;
    let reasons = explanations::of_findings(book, findings.values().flatten())?;
    let with_reason = |finding: Finding| RowFinding { reason: reasons.get(&key_of(&finding)).cloned(), finding };
    let listed: Vec<_> = records.iter().map(|found| &found.record).collect();
    let mut unconfirmed = book.unconfirmed_steps(&def, &listed)?;
    let awaited = issued::awaited(book, &def, &listed)?;
    let name = |place: usize| def.fields[place].name.clone();
    let row = |ListedRecord { record, .. }| Row {
        unconfirmed: unconfirmed.remove(&record.id).unwrap_or_default().into_iter().map(name).collect(),
        awaited: awaited.get(&record.id).copied().map(name).into_iter().collect(),
        id: record.id.to_string(),
        version: record.header.version,
        deleted: record.header.deleted,
        division: record.header.division.into(),
        fiscal_year: record.header.fiscal_year,
        values: record.values.iter().map(Value::to_json).collect(),
        findings: findings.remove(&record.id).unwrap_or_default().into_iter().map(with_reason).collect(),
    };
    Ok(Window { rows: records.into_iter().map(row).collect(), labels })
}

fn written(labels: HashMap<RecordId, RefLabel>) -> BTreeMap<String, RefLabel> {
    labels.into_iter().map(|(id, label)| (id.to_string(), label)).collect()
}
