//! Changing the book: edits of one gesture, undo, redo, last year's copy, submitting a unit's budget.

use crate::{
    CallError, CallErrorCode, CallResult, Desk,
    calls::Nothing,
    explanations, issued,
    rows::{Window, describe, entity_def, read_id},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use suanpan_model::{Change, EntityDef, FieldKind, Op, OpKind, Record, Value, check::Severity, value::RecordId};
use suanpan_store::{Book, query::ListQuery};
use ts_rs::TS;

/// The changes of one gesture: all or none, one step of undo.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct Edits {
    /// What the person would call it: 修改金额, 粘贴 12 行.
    pub label: String,
    pub edits: Vec<Edit>,
}

#[derive(Debug, Clone, Deserialize, TS)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    New {
        entity: String,
        /// Given by the caller when other edits of the group refer to it.
        #[serde(default)]
        id: Option<String>,
        fiscal_year: i32,
        /// None: the book's own division.
        #[serde(default)]
        division: Option<String>,
        /// Fields left out take their default.
        #[ts(type = "Record<string, string | number | boolean | null>")]
        fields: serde_json::Map<String, serde_json::Value>,
    },
    /// `from` is what the person saw: when it is no longer so, the whole group is refused as stale.
    Set {
        entity: String,
        id: String,
        field: String,
        #[ts(type = "string | number | boolean | null")]
        from: serde_json::Value,
        #[ts(type = "string | number | boolean | null")]
        to: serde_json::Value,
    },
    Delete {
        entity: String,
        id: String,
    },
    Restore {
        entity: String,
        id: String,
    },
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct Applied {
    /// What was done, undone or redone.
    pub label: String,
    pub ops: usize,
    /// ids of the new records, in the order of their edits.
    pub created: Vec<String>,
    /// The touched records as they are now, by entity (at most 500 in all).
    pub rows: HashMap<String, Window>,
    #[ts(type = "number")]
    pub changes: u64,
    /// When it was durable, ms since 1970.
    #[ts(type = "number")]
    pub saved_at_ms: i64,
}

/// Copies the live records of these entities from the year before into `to_year`.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct CopyLastYear {
    pub entities: Vec<String>,
    pub to_year: i32,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct Submit {
    /// The unit whose budget lines are handed in.
    pub agency: String,
    pub fiscal_year: i32,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct Submitted {
    /// Lines that waited to be handed in; 0: there is nothing to hand in.
    pub lines: usize,
    /// 强制性 findings that stop it, and 提示性 ones that still lack an explanation. Both 0: handed in.
    pub mandatory: usize,
    pub unexplained: usize,
}

const SHOWN_ROWS: usize = 500;

pub fn apply(desk: &Arc<Desk>, request: Edits) -> CallResult<Applied> {
    let book = desk.book()?;
    let (mut ops, created) = ops_of(desk, &book, request.edits)?;
    issued::fill(&book, &mut ops)?;
    apply_ops(desk, &book, request.label, ops, created)
}

/// Applies `ops` as one group of the person at this desk. `created`: ids of their new records.
pub fn apply_ops(desk: &Desk, book: &Book, label: String, ops: Vec<Op>, created: Vec<String>) -> CallResult<Applied> {
    let mut group = desk.group(&label);
    let touched: Vec<_> = ops.iter().map(|op| (op.entity.clone(), op.record)).collect();
    group.ops = ops;
    let applied = book.apply(group)?;
    answer(desk, book, label, applied.ops, created, touched)
}

pub fn undo(desk: &Arc<Desk>, _: Nothing) -> CallResult<Applied> {
    let book = desk.book()?;
    let (step, applied) = book.undo(desk.actor(), desk.now_ms(), &|| desk.new_id())?;
    let touched = touched_by(&book, applied.seq, applied.ops)?;
    answer(desk, &book, step.label, applied.ops, Vec::new(), touched)
}

pub fn redo(desk: &Arc<Desk>, _: Nothing) -> CallResult<Applied> {
    let book = desk.book()?;
    let (step, applied) = book.redo(desk.actor(), desk.now_ms(), &|| desk.new_id())?;
    let touched = touched_by(&book, applied.seq, applied.ops)?;
    answer(desk, &book, step.label, applied.ops, Vec::new(), touched)
}

/// Records of the newest batch, when the group was small enough to be one batch.
fn touched_by(book: &Book, seq: i64, ops: usize) -> CallResult<Vec<(Box<str>, RecordId)>> {
    if ops > SHOWN_ROWS {
        return Ok(Vec::new());
    }
    let batches = book.read(|connection| suanpan_store::log::between(connection, seq, seq))?;
    let mut touched = Vec::new();
    for batch in batches {
        touched.extend(batch.open()?.ops.into_iter().map(|op| (op.entity, op.record)));
    }
    Ok(touched)
}

fn answer(
    desk: &Desk,
    book: &Book,
    label: String,
    ops: usize,
    created: Vec<String>,
    touched: Vec<(Box<str>, RecordId)>,
) -> CallResult<Applied> {
    let mut by_entity: HashMap<Box<str>, Vec<_>> = HashMap::new();
    for (entity, id) in touched.into_iter().take(SHOWN_ROWS) {
        let found = book.record(&entity, id)?;
        by_entity.entry(entity).or_default().extend(found);
    }
    let mut rows = HashMap::new();
    for (entity, records) in by_entity {
        rows.insert(entity.to_string(), describe(book, &entity, records)?);
    }
    Ok(Applied { label, ops, created, rows, changes: book.changes(), saved_at_ms: desk.now_ms() })
}

/// Edits as ops; several Sets of one record become one op. The ids of the new records come second.
fn ops_of(desk: &Desk, book: &Book, edits: Vec<Edit>) -> CallResult<(Vec<Op>, Vec<String>)> {
    let mut ops: Vec<Op> = Vec::with_capacity(edits.len());
    let mut edit_of: HashMap<RecordId, usize> = HashMap::new();
    let mut created = Vec::new();
    for edit in edits {
        let (entity, record, kind) = match edit {
            Edit::New { entity, id, fiscal_year, division, fields } => {
                let def = entity_def(book, &entity)?;
                let record = id.map_or_else(|| Ok(desk.new_id()), |id| read_id(&id))?;
                created.push(record.to_string());
                let division = division.unwrap_or_else(|| book.info().division.clone());
                let fields = with_defaults(&def, fields);
                (entity, record, OpKind::Create { division: division.into(), fiscal_year, fields })
            }
            Edit::Set { entity, id, field, from, to } => {
                let record = read_id(&id)?;
                let change = Change { field, from, to };
                if let Some(&at) = edit_of.get(&record)
                    && let OpKind::Edit { changes, .. } = &mut ops[at].kind
                {
                    add_change(changes, change);
                    continue;
                }
                edit_of.insert(record, ops.len());
                (entity, record, OpKind::Edit { seen: 0, changes: vec![change] })
            }
            Edit::Delete { entity, id } => (entity, read_id(&id)?, OpKind::Delete),
            Edit::Restore { entity, id } => (entity, read_id(&id)?, OpKind::Restore),
        };
        ops.push(Op { id: desk.new_id(), entity: entity.into(), record, kind });
    }
    Ok((ops, created))
}

/// A second Set of the same field continues the first: from stays, to is the newer one.
fn add_change(changes: &mut Vec<Change>, change: Change) {
    match changes.iter_mut().find(|earlier| earlier.field == change.field) {
        Some(earlier) => earlier.to = change.to,
        None => changes.push(change),
    }
}

/// Defaults of the document for the fields that were not given.
pub fn with_defaults(
    def: &EntityDef,
    mut fields: serde_json::Map<String, serde_json::Value>,
) -> serde_json::Map<String, serde_json::Value> {
    for (_, field) in def.stored() {
        if let (Some(default), false) = (&field.default, fields.contains_key(&field.name)) {
            fields.insert(field.name.clone(), default.clone());
        }
    }
    fields.retain(|_, value| !value.is_null());
    fields
}

pub fn copy_last_year(desk: &Arc<Desk>, request: CopyLastYear) -> CallResult<Applied> {
    let book = desk.book()?;
    let from_year = request.to_year - 1;
    let mut new_ids: HashMap<RecordId, RecordId> = HashMap::new();
    let mut found = Vec::new();
    for entity in &request.entities {
        let def = entity_def(&book, entity)?;
        if def.any_year || def.append_only {
            return Err(CallError::bad_request(format!("{}不按年度复制", def.label.zh)));
        }
        let query = ListQuery { entity: entity.clone(), fiscal_year: Some(from_year), ..Default::default() };
        book.each_stored(&query, &mut |record| {
            new_ids.insert(record.id, desk.new_id());
            found.push((def.clone(), record.clone()));
            Ok(true)
        })?;
    }
    if found.is_empty() {
        let message = format!("{from_year} 年度没有可复制的数据");
        return Err(CallError::new(CallErrorCode::NotFound, message));
    }
    let already = this_years_records(&book, &found, &new_ids, request.to_year)?;
    let ops = found.iter().map(|(def, record)| {
        let mut fields = serde_json::Map::new();
        for (index, field) in def.stored() {
            let value = match &record.values[index] {
                Value::Ref(id) => Value::Ref(new_ids.get(id).or_else(|| already.get(id)).copied().unwrap_or(*id)),
                other => other.clone(),
            };
            if !value.is_null() {
                fields.insert(field.name.clone(), value.to_json());
            }
        }
        let division = record.header.division.clone();
        let kind = OpKind::Create { division, fiscal_year: request.to_year, fields };
        Ok(Op { id: desk.new_id(), entity: def.entity.as_str().into(), record: new_ids[&record.id], kind })
    });
    let label = format!("从 {from_year} 年复制 {} 条", found.len());
    let applied = book.apply_each(desk.group(&label), &mut ops.into_iter(), &mut |_| true)?;
    answer(desk, &book, label, applied.ops, Vec::new(), Vec::new())
}

/// Last year's records that are referred to but not copied → this year's record with the same code.
fn this_years_records(
    book: &Book,
    copied: &[(Arc<EntityDef>, Record)],
    new_ids: &HashMap<RecordId, RecordId>,
    to_year: i32,
) -> CallResult<HashMap<RecordId, RecordId>> {
    let mut wanted: HashMap<&str, HashSet<RecordId>> = HashMap::new();
    for (def, record) in copied {
        for (index, field) in def.stored() {
            if let (FieldKind::Reference { entity }, Value::Ref(id)) = (&field.kind, &record.values[index])
                && !new_ids.contains_key(id)
            {
                wanted.entry(entity).or_default().insert(*id);
            }
        }
    }
    let mut known = HashMap::new();
    for (entity, ids) in wanted {
        let ids: Vec<_> = ids.into_iter().collect();
        for (id, label) in book.labels(entity, &ids)? {
            known.extend(book.by_code(entity, to_year, &label.code)?.map(|now| (id, now)));
        }
    }
    Ok(known)
}

/// 申报环节 (code set apply_link): 单位填报, and 部门审核, which is where a line goes that was handed in.
const DRAFT: &str = "1";
const HANDED_IN: &str = "2";

pub fn submit(desk: &Arc<Desk>, request: Submit) -> CallResult<Submitted> {
    let book = desk.book()?;
    let def = entity_def(&book, "budget_line")?;
    let agency = read_id(&request.agency)?;
    let query = lines_of(agency, request.fiscal_year);
    let mut lines = Vec::new();
    book.each_stored(&query, &mut |record| {
        lines.push(record.clone());
        Ok(true)
    })?;
    let at = def.index("apply_link").ok_or_else(|| CallError::bad_request("年度预算没有申报环节"))?;
    let waiting: Vec<_> = lines.iter().filter(|line| line.values[at].as_text().unwrap_or(DRAFT) == DRAFT).collect();
    if waiting.is_empty() {
        return Ok(Submitted { lines: 0, mandatory: 0, unexplained: 0 });
    }
    let (mandatory, unexplained) = against(&book, &lines, request.fiscal_year)?;
    if mandatory + unexplained > 0 {
        return Ok(Submitted { lines: waiting.len(), mandatory, unexplained });
    }
    let hand_in = |line: &&Record| {
        let change = Change { field: "apply_link".into(), from: line.values[at].to_json(), to: HANDED_IN.into() };
        let kind = OpKind::Edit { seen: line.header.version, changes: vec![change] };
        Op { id: desk.new_id(), entity: "budget_line".into(), record: line.id, kind }
    };
    let ops: Vec<Op> = waiting.iter().map(hand_in).collect();
    let mut group = desk.group("提交审核");
    let lines = ops.len();
    group.ops = ops;
    book.apply(group)?;
    Ok(Submitted { lines, mandatory: 0, unexplained: 0 })
}

/// What stands against handing in these lines: 强制性 findings, and 提示性 ones that nobody explained.
fn against(book: &Book, lines: &[Record], fiscal_year: i32) -> CallResult<(usize, usize)> {
    let explained = explanations::of_year(book, fiscal_year)?;
    let ids: Vec<_> = lines.iter().map(|record| record.id).collect();
    let (mut mandatory, mut unexplained) = (0, 0);
    for finding in book.findings_of(&ids)?.into_values().flatten() {
        match finding.severity {
            Severity::Mandatory => mandatory += 1,
            Severity::Advisory if !explained.contains_key(&explanations::key_of(&finding)) => unexplained += 1,
            Severity::Advisory => {}
        }
    }
    Ok((mandatory, unexplained))
}

fn lines_of(agency: RecordId, fiscal_year: i32) -> ListQuery {
    let test = suanpan_store::query::Test::Equals(agency.to_string().into());
    ListQuery {
        entity: "budget_line".into(),
        fiscal_year: Some(fiscal_year),
        filters: vec![suanpan_store::query::Filter { field: "agency".into(), test }],
        ..Default::default()
    }
}
