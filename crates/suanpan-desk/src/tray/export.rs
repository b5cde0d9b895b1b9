//! The tray as a workbook: for keeping, or for whoever must decide what becomes of it.

use super::{TrayEntry, Verb, described};
use crate::{
    CallError, CallErrorCode, CallResult, Desk,
    export::to_file,
    jobs::{JobStarted, Progress},
};
use serde::{Deserialize, Serialize};
use std::{path::Path, sync::Arc};
use suanpan_excel::plain::{self, Cell, Sheet};
use suanpan_store::Book;
use ts_rs::TS;

#[derive(Debug, Clone, Deserialize, TS)]
pub struct TrayExport {
    /// Where to write it. An existing file is replaced once the new one is complete.
    pub path: String,
}

/// Result of the job [`export`].
#[derive(Debug, Clone, Serialize, TS)]
pub struct TrayExported {
    pub path: String,
    /// Lines of the sheet: one per field.
    pub rows: usize,
}

/// Heading and width in px.
const COLUMNS: [(&str, u32); 14] = [
    ("序号", 50),
    ("操作", 150),
    ("操作人", 80),
    ("操作时间", 110),
    ("单位", 150),
    ("数据种类", 90),
    ("名称", 190),
    ("更改", 60),
    ("项目", 110),
    ("原值", 130),
    ("要改为", 130),
    ("现值", 130),
    ("未采纳的原因", 260),
    ("得知时间", 110),
];

/// Job whose result is a [`TrayExported`].
pub fn export(desk: &Arc<Desk>, request: TrayExport) -> CallResult<JobStarted> {
    let book = desk.book()?;
    let desk_of_job = desk.clone();
    Ok(desk.jobs.start("导出未采纳的更改", move |progress| {
        let exported = write(&desk_of_job, &book, &request, progress)?;
        serde_json::to_value(exported).map_err(|error| CallError::new(CallErrorCode::Internal, error.to_string()))
    }))
}

fn write(desk: &Desk, book: &Book, request: &TrayExport, progress: &Progress) -> CallResult<TrayExported> {
    let lines = book.tray()?;
    if lines.is_empty() {
        return Err(CallError::new(CallErrorCode::NotFound, "没有未采纳的更改，不必导出"));
    }
    let mut rows = Vec::new();
    for (done, line) in lines.iter().enumerate() {
        if !progress.at(done, lines.len()) {
            return Err(CallError::new(CallErrorCode::Cancelled, "已停止导出"));
        }
        rows.extend(rows_of(desk, done + 1, &described(book, line)?));
    }
    let info = book.info();
    let sheet = Sheet {
        name: "未采纳",
        title: &format!("{}未采纳的更改", info.division_name),
        caption: &format!("编制单位：{}", info.division_name),
        caption_right: "金额单位：元",
        columns: &COLUMNS,
        rows: &rows,
    };
    to_file(Path::new(&request.path), |out| Ok(plain::write(&sheet, out)?))?;
    Ok(TrayExported { path: request.path.clone(), rows: rows.len() })
}

fn rows_of(desk: &Desk, number: usize, entry: &TrayEntry) -> Vec<Vec<Cell>> {
    let text = |text: &str| Cell::Text(text.to_owned());
    let unit = entry.record.unit.as_ref().map(|unit| format!("{} {}", unit.code, unit.name)).unwrap_or_default();
    let row = |middle: [Cell; 4]| {
        let before = [
            Cell::Text(number.to_string()),
            text(&entry.label),
            text(&entry.actor),
            text(&desk.local_time(entry.at_ms)),
            text(&unit),
            text(&entry.record.entity_label),
            text(&entry.record.label),
            text(verb_name(entry.verb)),
        ];
        let after = [text(&entry.message), text(&desk.local_time(entry.since_ms))];
        before.into_iter().chain(middle).chain(after).collect::<Vec<_>>()
    };
    if entry.fields.is_empty() {
        return vec![row([Cell::Blank, Cell::Blank, Cell::Blank, Cell::Blank])];
    }
    let of_field = |shown: &crate::shown::Shown, is_money: bool| match shown.value.as_i64().filter(|_| is_money) {
        Some(fen) => Cell::Amount(fen),
        None => text(&shown.text),
    };
    let fields = entry.fields.iter().map(|field| {
        let is_money = field.field.kind.is_money();
        let [from, to, current] = [&field.from, &field.to, &field.current].map(|shown| of_field(shown, is_money));
        row([text(&field.field.label), from, to, current])
    });
    fields.collect()
}

/// 新增, 修改 …
pub fn verb_name(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "新增",
        Verb::Edit => "修改",
        Verb::Delete => "删除",
        Verb::Restore => "恢复",
    }
}
