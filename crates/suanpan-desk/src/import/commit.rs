//! The last step: the preview as one group of the log, undone as one; and the rows in error as a workbook.

use super::{
    preview::{Preview, written},
    remember,
    spool::{RowAction, SpooledRow},
    spool_failed, to_json,
};
use crate::{CallError, CallErrorCode, CallResult, Desk, issued, jobs::JobStarted};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, PoisonError},
};
use suanpan_excel::error_book as book_of_errors;
use suanpan_model::{Op, OpKind, code::PROJECT_CODE, value::RecordId};
use suanpan_store::{Book, StoreError};
use ts_rs::TS;

#[derive(Debug, Clone, Deserialize, TS)]
pub struct CommitImport {
    pub import: u32,
    /// Leave the rows in error out; otherwise one of them stops the import.
    #[serde(default)]
    pub skip_errors: bool,
}

/// The result of committing.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Committed {
    pub new: u32,
    pub changed: u32,
    pub same: u32,
    /// Rows left out.
    pub errors: u32,
    /// What the checks now say of the imported records: 强制性 and 提示性.
    pub mandatory: usize,
    pub advisory: usize,
    #[ts(type = "number")]
    pub changes: u64,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct ErrorBook {
    pub import: u32,
    /// Where to write it.
    pub path: String,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct ErrorBookWritten {
    pub path: String,
    pub rows: usize,
}

/// Job whose result is a [`Committed`].
pub fn commit(desk: &Arc<Desk>, request: CommitImport) -> CallResult<JobStarted> {
    let book = desk.book()?;
    let import = desk.import(request.import)?;
    let preview = import.previewed()?;
    let summary = preview.summary;
    if summary.errors > 0 && !request.skip_errors {
        let message = format!("还有 {} 行错误，请改正后重新导入，或选择跳过错误行", summary.errors);
        return Err(CallError::new(CallErrorCode::Refused, message));
    }
    let label = format!("导入 {}", import.file_name);
    let desk_of_job = desk.clone();
    Ok(desk.jobs.start(&label.clone(), move |progress| {
        let (mandatory, advisory) = if summary.new + summary.changed == 0 {
            (0, 0)
        } else {
            let all = (summary.new + summary.changed) as usize;
            write(&desk_of_job, &book, &preview, &label, &mut |done| progress.at(done, all))?
        };
        remember(&book, &preview.def.entity, &preview.layout)?;
        // A second commit of the same preview would do everything twice.
        *import.preview.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *import.left_out.lock().unwrap_or_else(PoisonError::into_inner) = Some(preview);
        to_json(&Committed {
            new: summary.new,
            changed: summary.changed,
            same: summary.same,
            errors: summary.errors,
            mandatory,
            advisory,
            changes: book.changes(),
        })
    }))
}

/// Applies the preview; how many 强制性 and 提示性 findings its records have.
fn write(
    desk: &Desk,
    book: &Book,
    preview: &Preview,
    label: &str,
    progress: &mut dyn FnMut(usize) -> bool,
) -> CallResult<(usize, usize)> {
    let codes = issued_codes(book, preview)?;
    let rows = preview.spool.rows().map_err(spool_failed)?;
    let mut ops = rows.filter_map(|row| match row {
        Ok(row) => op(desk, book, preview, row, &codes).map(Ok),
        Err(error) => Some(Err(StoreError::io("读取临时文件", &error))),
    });
    let mut stopped = false;
    let applied = book.apply_each(desk.group(label), &mut ops, &mut |done| {
        stopped = !progress(done);
        !stopped
    });
    let applied = match applied {
        Err(_) if stopped => return Err(CallError::new(CallErrorCode::Cancelled, "已停止，没有写入任何数据")),
        other => other?,
    };
    Ok(book.findings_of_group(applied.group)?)
}

/// Codes for the new rows that the workbook gives none, where the province issues them.
fn issued_codes(book: &Book, preview: &Preview) -> CallResult<HashMap<RecordId, String>> {
    let Some(series) = issued::series_of_import(book, &preview.def.entity, preview.year)? else {
        return Ok(HashMap::new());
    };
    let Some(place) = preview.def.index(&series.field) else { return Ok(HashMap::new()) };
    let mut wanting = Vec::new();
    for row in preview.spool.rows().map_err(spool_failed)? {
        let row = row.map_err(spool_failed)?;
        if matches!(row.action, RowAction::New) && row.values[place].is_null() {
            wanting.push(row.id);
        }
    }
    Ok(if wanting.is_empty() { HashMap::new() } else { book.give_codes(&series, &wanting)? })
}

fn op(desk: &Desk, book: &Book, preview: &Preview, row: SpooledRow, codes: &HashMap<RecordId, String>) -> Option<Op> {
    let def = &preview.def;
    let kind = match row.action {
        RowAction::New => {
            let held = def.stored().filter(|(place, _)| !row.values[*place].is_null());
            let held = held.map(|(place, field)| (field.name.clone(), row.values[place].to_json()));
            let issued = codes.get(&row.id).map(|code| (PROJECT_CODE.1.to_owned(), code.as_str().into()));
            OpKind::Create {
                division: book.info().division.as_str().into(),
                fiscal_year: preview.year,
                fields: held.chain(issued).collect(),
            }
        }
        RowAction::Changed => OpKind::Edit { seen: 0, changes: written(def, &row.changes) },
        RowAction::Same | RowAction::Error => return None,
    };
    Some(Op { id: desk.new_id(), entity: def.entity.as_str().into(), record: row.id, kind })
}

/// Writes the rows in error of the preview, or of the import that left them out.
pub fn error_book(desk: &Arc<Desk>, request: ErrorBook) -> CallResult<ErrorBookWritten> {
    let import = desk.import(request.import)?;
    let left_out = import.left_out.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let preview = import.previewed().or_else(|error| left_out.ok_or(error))?;
    let workbook = import.book.lock().unwrap_or_else(PoisonError::into_inner);
    let path = Path::new(&request.path);
    let rows = book_of_errors::write(path, &workbook, &preview.layout, &preview.errors)
        .map_err(|error| CallError::new(CallErrorCode::Io, error.to_string()))?;
    Ok(ErrorBookWritten { path: request.path, rows })
}
