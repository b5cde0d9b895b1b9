//! What every row of a sheet would do to the book, made once and shown page by page.

use super::{
    Import,
    records::BookRecords,
    refused,
    spool::{RowAction, Spool, SpoolWriter, SpooledRow},
    spool_failed, to_json,
};
use crate::{
    CallError, CallErrorCode, CallResult, Desk,
    jobs::{JobStarted, Progress},
    rows::{entity_def, labels_of},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError},
};
use suanpan_excel::{
    import::{
        self as excel, Action, CellIssue, IssueCode, Item, Job, PreviewError, PreviewRow, Skipped, Summary,
        totals::TotalCheck,
    },
    recognise::Layout,
    write::rounded::Exact,
};
use suanpan_model::{
    Change, EntityDef, FieldKind, Op, OpKind, Value,
    decide::{DecideError, decide},
    op::GroupKind,
    value::RecordId,
};
use suanpan_store::{
    Book,
    query::{RefLabel, label_of_values},
};
use ts_rs::TS;

/// Lines of totals and of rows left out that are shown; beyond that their number says enough.
const SHOWN_LINES: usize = 500;
const MAX_PAGE: usize = 500;
/// Past this many the columns are not what they were taken for.
const MAX_ERRORS: usize = 200_000;

/// A preview that was made.
pub(super) struct Preview {
    pub def: Arc<EntityDef>,
    pub year: i32,
    pub layout: Layout,
    pub summary: Summary,
    pub spool: Spool,
    pub errors: BTreeMap<u32, Vec<CellIssue>>,
    /// How the sheet's own new records are written where its other rows refer to them.
    own_labels: HashMap<RecordId, RefLabel>,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct StartPreview {
    pub import: u32,
    pub entity: String,
    /// As recognised, or as the person corrected it.
    pub layout: Layout,
    pub fiscal_year: i32,
    /// Values for fields that the sheet lacks: the 编制阶段 of a whole form.
    #[serde(default)]
    #[ts(type = "Record<string, string | number | boolean | null>")]
    pub given: serde_json::Map<String, serde_json::Value>,
}

/// The result of a preview.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Previewed {
    pub summary: Summary,
    /// Total rows and what is wrong with them; the wrong ones first, at most 500.
    pub totals: Vec<TotalCheck>,
    /// Rows left out that are neither data nor totals; at most 500.
    pub skipped: Vec<Skipped>,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct ImportRowsRequest {
    pub import: u32,
    /// None: all rows.
    pub action: Option<RowAction>,
    pub offset: usize,
    pub limit: usize,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct ImportRows {
    pub total: usize,
    pub rows: Vec<ImportRow>,
    /// entity → id → label of what the rows refer to.
    pub labels: BTreeMap<String, BTreeMap<String, RefLabel>>,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct ImportRow {
    /// As people count.
    pub sheet_row: u32,
    pub hidden: bool,
    pub action: RowAction,
    pub id: String,
    /// In the order of the entity's fields.
    #[ts(type = "(string | number | boolean | null)[]")]
    pub values: Vec<serde_json::Value>,
    /// Old → new, of a changed row.
    pub changes: Vec<Change>,
    /// Of a row in error.
    pub issues: Vec<CellIssue>,
}

/// Job whose result is a [`Previewed`].
pub fn preview(desk: &Arc<Desk>, request: StartPreview) -> CallResult<JobStarted> {
    let book = desk.book()?;
    let def = entity_def(&book, &request.entity)?;
    let import = desk.import(request.import)?;
    let given = given_values(&def, &request.given)?;
    let desk_of_job = desk.clone();
    let label = format!("核对 {}", import.file_name);
    Ok(desk.jobs.start(&label, move |progress| {
        let work = Work { desk: &desk_of_job, book: &book, import: &import, def, year: request.fiscal_year, progress };
        let (preview, previewed) = work.run(request.layout, &given)?;
        *import.preview.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(preview));
        to_json(&previewed)
    }))
}

fn given_values(
    def: &EntityDef,
    given: &serde_json::Map<String, serde_json::Value>,
) -> CallResult<Vec<(usize, Value)>> {
    let one = |(name, json): (&String, &serde_json::Value)| {
        let wrong = |message: String| CallError { field: Some(name.clone()), ..CallError::bad_request(message) };
        let place = def.index(name).ok_or_else(|| wrong(format!("{}没有“{name}”这一项", def.label.zh)))?;
        Value::from_json(json, &def.fields[place].kind).map(|value| (place, value)).map_err(wrong)
    };
    given.iter().map(one).collect()
}

struct Work<'a> {
    desk: &'a Desk,
    book: &'a Book,
    import: &'a Import,
    def: Arc<EntityDef>,
    year: i32,
    progress: &'a Progress,
}

/// What is gathered while the rows go by.
struct Gathered {
    writer: SpoolWriter,
    errors: BTreeMap<u32, Vec<CellIssue>>,
    own_labels: HashMap<RecordId, RefLabel>,
    totals: Vec<TotalCheck>,
    skipped: Vec<Skipped>,
    /// Rows that became another kind than the sheet alone says.
    summary: Summary,
    done: usize,
    failed: Option<CallError>,
}

impl Work<'_> {
    fn run(&self, layout: Layout, given: &[(usize, Value)]) -> CallResult<(Preview, Previewed)> {
        let workbook = self.import.book.lock().unwrap_or_else(PoisonError::into_inner);
        if layout.sheet >= workbook.sheets.len() {
            return Err(CallError::bad_request("没有这张工作表"));
        }
        let schema = self.book.schema();
        let mut records = BookRecords::new(self.desk, self.book, self.def.clone(), self.year)?;
        let exact = Exact::read(&workbook, &layout).map_err(refused)?;
        let job = Job { def: &self.def, layout: &layout, codes: &schema.codes, year: self.year, given };
        let mut gathered = Gathered {
            writer: SpoolWriter::new().map_err(spool_failed)?,
            errors: BTreeMap::new(),
            own_labels: HashMap::new(),
            totals: Vec::new(),
            skipped: Vec::new(),
            summary: Summary::default(),
            done: 0,
            failed: None,
        };
        let all = workbook.sheets[layout.sheet].rows as usize;
        let outcome = excel::preview(&workbook, &job, &mut records, &mut |item| {
            let taken = self.take(item, exact.as_ref(), &mut gathered);
            gathered.done += 1;
            let going_on = !gathered.done.is_multiple_of(256) || self.progress.at(gathered.done, all);
            match taken {
                Ok(()) => going_on,
                Err(error) => {
                    gathered.failed = Some(error);
                    false
                }
            }
        });
        if let Some(error) = gathered.failed {
            return Err(error);
        }
        outcome.map_err(explain)?;
        drop(workbook);
        gathered.totals.sort_by_key(|check| (check.findings.is_empty(), check.sheet_row));
        gathered.totals.truncate(SHOWN_LINES);
        let summary = gathered.summary;
        let previewed = Previewed { summary, totals: gathered.totals, skipped: gathered.skipped };
        let spool = gathered.writer.finish().map_err(spool_failed)?;
        let Gathered { errors, own_labels, .. } = gathered;
        let preview = Preview { def: self.def.clone(), year: self.year, layout, summary, spool, errors, own_labels };
        Ok((preview, previewed))
    }

    fn take(&self, item: Item, exact: Option<&Exact>, gathered: &mut Gathered) -> CallResult<()> {
        match item {
            Item::Total(check) => {
                gathered.summary.totals += 1;
                gathered.summary.wrong_totals += u32::from(!check.findings.is_empty());
                gathered.totals.push(check);
            }
            Item::Skipped(skipped) => {
                gathered.summary.skipped += 1;
                if gathered.skipped.len() < SHOWN_LINES {
                    gathered.skipped.push(skipped);
                }
            }
            Item::Row(mut row) => {
                if let Some(exact) = exact {
                    self.unround(&mut row, exact);
                }
                self.ask_the_rules(&mut row)?;
                gathered.count(&row);
                if matches!(row.action, Action::New) && refers_to_itself(&self.def) {
                    gathered.own_labels.insert(row.id, label_of_values(&self.def, &row.values));
                }
                if let Some((sheet_row, issues)) = gathered.writer.put(row).map_err(spool_failed)? {
                    gathered.errors.insert(sheet_row, issues);
                }
                if gathered.errors.len() > MAX_ERRORS {
                    let message = format!("已有超过 {MAX_ERRORS} 行错误，请检查各列对应的项目是否选对");
                    return Err(CallError::new(CallErrorCode::Refused, message));
                }
            }
        }
        Ok(())
    }

    /// Amounts of a rounded workbook (舍位平衡) mean what they were before, unless somebody changed them.
    fn unround(&self, row: &mut PreviewRow, exact: &Exact) {
        let sheet_row = row.sheet_row;
        let meant = |place: usize, value: &Value| match value {
            Value::Money(shown) => Value::Money(exact.amount(sheet_row, &self.def.fields[place].name, *shown)),
            other => other.clone(),
        };
        for (place, value) in row.values.iter_mut().enumerate() {
            // Of an existing record only what a cell changed came from the sheet.
            let from_sheet = match &row.action {
                Action::Changed(changes) => changes.iter().any(|change| change.field == place),
                Action::Same => false,
                _ => true,
            };
            if from_sheet {
                *value = meant(place, value);
            }
        }
        if let Action::Changed(changes) = &mut row.action {
            for change in changes.iter_mut() {
                change.new = row.values[change.field].clone();
            }
            changes.retain(|change| change.old != change.new);
            if changes.is_empty() {
                row.action = Action::Same;
            }
        }
    }

    /// A change that the rules never allow (a released allotment, a voucher) is an error of its row, not
    /// of the whole import.
    fn ask_the_rules(&self, row: &mut PreviewRow) -> CallResult<()> {
        let Action::Changed(changes) = &row.action else { return Ok(()) };
        let kind = OpKind::Edit { seen: 0, changes: written(&self.def, changes) };
        let op = Op { id: row.id, entity: self.def.entity.as_str().into(), record: row.id, kind };
        let decided = self.book.with_facts(|facts| Ok(decide(facts, GroupKind::Do, &op)))?;
        let refusal = match decided {
            Ok(_) => return Ok(()),
            Err(DecideError::Refused(refusal)) => refusal,
            Err(DecideError::Read(fault)) => return Err(CallError::new(CallErrorCode::Internal, fault.to_string())),
        };
        let first = changes.first().map(|change| self.def.fields[change.field].name.clone()).unwrap_or_default();
        let field = refusal.field.unwrap_or(first);
        let issue =
            CellIssue { column: None, field, code: IssueCode::Refused, message: refusal.message, text: String::new() };
        row.action = Action::Error(vec![issue]);
        Ok(())
    }
}

impl Gathered {
    fn count(&mut self, row: &PreviewRow) {
        self.summary.hidden += u32::from(row.hidden);
        let counter = match row.action {
            Action::New => &mut self.summary.new,
            Action::Changed(_) => &mut self.summary.changed,
            Action::Same => &mut self.summary.same,
            Action::Error(_) => &mut self.summary.errors,
        };
        *counter += 1;
    }
}

/// Changes by the names of their fields, in the JSON form of the calls.
pub(super) fn written(def: &EntityDef, changes: &[excel::Change]) -> Vec<Change> {
    let one = |change: &excel::Change| Change {
        field: def.fields[change.field].name.clone(),
        from: change.old.to_json(),
        to: change.new.to_json(),
    };
    changes.iter().map(one).collect()
}

fn explain(error: PreviewError) -> CallError {
    match error {
        PreviewError::File(error) => refused(error),
        PreviewError::Book(fault) => CallError::new(CallErrorCode::Internal, fault.to_string()),
        PreviewError::Cancelled => CallError::new(CallErrorCode::Cancelled, "已停止，没有写入任何数据"),
        PreviewError::NoKeyColumn { .. } => CallError::new(CallErrorCode::Refused, error.to_string()),
    }
}

impl Import {
    pub(super) fn previewed(&self) -> CallResult<Arc<Preview>> {
        let preview = self.preview.lock().unwrap_or_else(PoisonError::into_inner).clone();
        preview.ok_or_else(|| CallError::new(CallErrorCode::NotFound, "还没有核对，或已经导入，请先核对"))
    }
}

/// A page of the preview.
pub fn rows(desk: &Arc<Desk>, request: ImportRowsRequest) -> CallResult<ImportRows> {
    let book = desk.book()?;
    let preview = desk.import(request.import)?.previewed()?;
    let spooled =
        preview.spool.page(request.action, request.offset, request.limit.min(MAX_PAGE)).map_err(spool_failed)?;
    let values = spooled.iter().flat_map(|row| {
        let changed = row.changes.iter().flat_map(|change| [(change.field, &change.old), (change.field, &change.new)]);
        row.values.iter().enumerate().chain(changed)
    });
    let mut labels = labels_of(&book, &preview.def, values)?;
    let of_the_sheet = labels.entry(preview.def.entity.clone()).or_default();
    for id in spooled.iter().flat_map(|row| &row.values).filter_map(Value::as_ref_id) {
        of_the_sheet.extend(preview.own_labels.get(&id).map(|label| (id.to_string(), label.clone())));
    }
    let rows = spooled.into_iter().map(|row| shown(&preview, row)).collect();
    Ok(ImportRows { total: preview.spool.count(request.action), rows, labels })
}

fn refers_to_itself(def: &EntityDef) -> bool {
    def.fields.iter().any(|field| matches!(&field.kind, FieldKind::Reference { entity } if *entity == def.entity))
}

fn shown(preview: &Preview, row: SpooledRow) -> ImportRow {
    ImportRow {
        sheet_row: row.sheet_row,
        hidden: row.hidden,
        action: row.action,
        id: row.id.to_string(),
        values: row.values.iter().map(Value::to_json).collect(),
        changes: written(&preview.def, &row.changes),
        issues: preview.errors.get(&row.sheet_row).cloned().unwrap_or_default(),
    }
}
