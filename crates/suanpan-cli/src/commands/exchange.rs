//! `import`, `export`, `disclose`: workbooks in and out, each the same jobs that the screens use.

use super::open;
use crate::{
    args,
    output::{Exit, Output},
};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use suanpan_desk::{
    CallError, CallErrorCode, CallResult, Desk, disclose, export, import,
    jobs::{JobRequest, JobStarted, state},
};
use suanpan_model::money::MoneyUnit;
use suanpan_store::query::ListQuery;

pub fn import(given: &args::Import, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let book = desk.book()?;
    let path = given.file.display().to_string();
    let started = import::read(&desk, import::ReadWorkbook { path, file_name: String::new() })?;
    let file: serde_json::Value = finish(&desk, output, "读取", &started)?;
    let number = file["import"].as_u64().unwrap_or_default() as u32;
    let sheet = given.sheet.as_deref().map(|name| sheet_number(&file, name)).transpose()?;
    let request = import::RecogniseRequest { import: number, entity: given.entity.clone(), sheet, header: None };
    let recognised = import::recognise(&desk, request)?;
    let preview = import::StartPreview {
        import: number,
        entity: given.entity.clone(),
        layout: recognised.layout,
        fiscal_year: given.year.unwrap_or(book.info().year),
        given: given_values(&desk, given)?,
    };
    let started = import::preview(&desk, preview)?;
    let previewed: serde_json::Value = finish(&desk, output, "检查", &started)?;
    let errors = previewed["summary"]["errors"].as_u64().unwrap_or_default();
    if let (Some(report), true) = (&given.report, errors > 0) {
        import::error_book(&desk, import::ErrorBook { import: number, path: report.display().to_string() })?;
    }
    let refused = errors > 0 && !given.skip_errors;
    if given.dry_run || refused {
        show(output, &file, &recognised.missing, &previewed, None);
        return Ok(if errors > 0 { Exit::Findings } else { Exit::Done });
    }
    let started = import::commit(&desk, import::CommitImport { import: number, skip_errors: given.skip_errors })?;
    let committed: serde_json::Value = finish(&desk, output, "写入", &started)?;
    let clean = errors == 0 && committed["mandatory"] == 0 && committed["advisory"] == 0;
    show(output, &file, &recognised.missing, &previewed, Some(&committed));
    Ok(if clean { Exit::Done } else { Exit::Findings })
}

/// `--set field=value`: values for fields that the sheet lacks.
fn given_values(desk: &Desk, given: &args::Import) -> CallResult<serde_json::Map<String, serde_json::Value>> {
    let book = desk.book()?;
    let def = suanpan_desk::rows::entity_def(&book, &given.entity)?;
    let year = given.year.unwrap_or(book.info().year);
    let mut values = serde_json::Map::new();
    for text in &given.set {
        let (name, value) = crate::fields::split(text)?;
        let field = crate::fields::field(&def, name)?;
        values.insert(field.name.clone(), crate::fields::read(&book, year, field, value)?);
    }
    Ok(values)
}

fn sheet_number(file: &serde_json::Value, name: &str) -> CallResult<usize> {
    let sheets = file["sheets"].as_array().cloned().unwrap_or_default();
    let found = sheets.iter().find(|sheet| sheet["name"] == name);
    let number = found.and_then(|sheet| sheet["sheet"].as_u64());
    let names: Vec<_> = sheets.iter().filter_map(|sheet| sheet["name"].as_str()).collect();
    number
        .map(|number| number as usize)
        .ok_or_else(|| CallError::bad_request(format!("工作簿里没有“{name}”这张表；有：{}", names.join("、"))))
}

/// `{file, missing, preview, committed}`; `committed` is null when nothing was written.
fn show(
    output: &Output,
    file: &serde_json::Value,
    missing: &[String],
    preview: &serde_json::Value,
    committed: Option<&serde_json::Value>,
) {
    let answer = serde_json::json!({ "file": file, "missing": missing, "preview": preview, "committed": committed });
    output.show(&answer, |out| {
        let summary = &preview["summary"];
        writeln!(
            out,
            "共 {} 行：新增 {}，更新 {}，相同 {}，有错 {}",
            count(summary),
            summary["new"],
            summary["changed"],
            summary["same"],
            summary["errors"]
        )?;
        match committed {
            Some(done) => writeln!(
                out,
                "已写入（可用 undo 整体撤销）。检查发现强制性问题 {} 处、提示性 {} 处",
                done["mandatory"], done["advisory"]
            ),
            None => writeln!(out, "没有写入任何数据"),
        }
    });
}

fn count(summary: &serde_json::Value) -> u64 {
    ["new", "changed", "same", "errors"].iter().filter_map(|part| summary[part].as_u64()).sum()
}

pub fn export(given: &args::Export, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let book = desk.book()?;
    let def = suanpan_desk::rows::entity_def(&book, &given.entity)?;
    let year = given.year.unwrap_or(book.info().year);
    let condition = |text: &String| crate::fields::condition(&book, year, &def, text);
    let query = ListQuery {
        entity: given.entity.clone(),
        fiscal_year: Some(year),
        filters: given.conditions.iter().map(condition).collect::<CallResult<_>>()?,
        ..Default::default()
    };
    let request = export::Export {
        query,
        columns: given.columns.clone(),
        unit: if given.unit == args::Unit::Wan { MoneyUnit::Wan } else { MoneyUnit::Yuan },
        balanced: given.balanced,
        template: given.template,
        title: String::new(),
        path: given.output.display().to_string(),
    };
    let started = export::export(&desk, request)?;
    let exported: serde_json::Value = finish(&desk, output, "导出", &started)?;
    output.show(&exported, |out| writeln!(out, "已导出 {}（{} 行）", given.output.display(), exported["rows"]));
    Ok(Exit::Done)
}

pub fn disclose(given: &args::Disclose, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let book = desk.book()?;
    let fiscal_year = given.year.unwrap_or(book.info().year);
    let unit = |text: &String| crate::fields::find(&book, "agency", fiscal_year, text).map(|id| id.to_string());
    let request = disclose::Disclose {
        dir: given.output.display().to_string(),
        fiscal_year,
        agencies: given.agencies.iter().map(unit).collect::<CallResult<_>>()?,
        figure: disclose::BudgetFigure::default(),
    };
    let started = disclose::disclose(&desk, request)?;
    let disclosed: serde_json::Value = finish(&desk, output, "生成公开表", &started)?;
    let files = disclosed["files"].as_array().cloned().unwrap_or_default();
    let wrong: usize = files.iter().filter_map(|file| file["mismatches"].as_array()).map(Vec::len).sum();
    output.show(&disclosed, |out| writeln!(out, "已生成 {} 个文件，勾稽不符 {wrong} 处", files.len()));
    Ok(if wrong > 0 { Exit::Findings } else { Exit::Done })
}

/// Waits for a job behind a progress bar.
pub fn finish<T: DeserializeOwned>(
    desk: &Arc<Desk>,
    output: &Output,
    label: &str,
    started: &JobStarted,
) -> CallResult<T> {
    let bar = output.progress(label);
    loop {
        let now = state(desk, JobRequest { job: started.job })?;
        bar.set_length(now.all as u64);
        bar.set_position(now.done as u64);
        if let Some(error) = now.error {
            return Err(error);
        }
        if let Some(result) = now.result {
            bar.finish_and_clear();
            return serde_json::from_value(result)
                .map_err(|error| CallError::new(CallErrorCode::Internal, error.to_string()));
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
