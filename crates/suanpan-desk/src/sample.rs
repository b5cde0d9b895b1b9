//! The sample county as a book: what a newcomer opens first, and what tests and pictures use.

use crate::{CallError, CallErrorCode, CallResult, Desk, jobs::JobStarted};
use serde::Deserialize;
use std::{path::Path, sync::Arc};
use suanpan_model::{Op, OpKind, schema::Schema};
use suanpan_sample::{Item, SEED, Size, generate, units::COUNTY};
use suanpan_store::{Book, NewBook};
use ts_rs::TS;

/// Where the sample book is to be written.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct CreateSample {
    pub path: String,
}

/// Makes the sample county and opens it. Err(Refused) when the file exists.
pub fn create(desk: &Arc<Desk>, request: CreateSample) -> CallResult<JobStarted> {
    let worker = desk.clone();
    Ok(desk.jobs.start("生成示例账套", move |progress| {
        let path = Path::new(&request.path);
        let book = make(&worker, path, Size::COUNTY, &mut |done, all| progress.at(done, all))?;
        worker.put_book(Some(book));
        Ok(serde_json::json!({ "path": request.path }))
    }))
}

/// A new book at `path` with a county of `size`. `progress` gets (done, all) and returns false to stop,
/// which leaves no file.
pub fn make(desk: &Desk, path: &Path, size: Size, progress: &mut dyn FnMut(usize, usize) -> bool) -> CallResult<Book> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|error| suanpan_store::StoreError::io(format!("建立文件夹“{}”", folder.display()), &error))?;
    }
    let schema = Schema::builtin();
    let new = NewBook {
        division: COUNTY,
        year: size.first_year + i32::from(size.years) - 1,
        name: schema.codes.name("division", COUNTY),
        created_at_ms: desk.now_ms(),
        book_id: desk.new_id(),
    };
    let book = Book::create(path, &new, schema.clone(), &desk.environment.holder)?;
    let all = generate(&schema, SEED, size).count();
    let mut ops = generate(&schema, SEED, size).map(|item| op_of(desk, &schema, item));
    let written = book.apply_each(desk.group("示例数据"), &mut ops, &mut |done| progress(done, all));
    match written {
        Ok(_) => Ok(book),
        Err(error) => {
            drop(book);
            // Nothing of it was confirmed: a half sample must not be taken for one.
            let _ = std::fs::remove_file(path);
            Err(error.into())
        }
    }
}

fn op_of(desk: &Desk, schema: &Schema, item: Item) -> suanpan_store::Stored<Op> {
    let def = schema
        .entity(item.entity)
        .ok_or_else(|| suanpan_store::StoreError::Internal(format!("示例数据里有不认识的数据种类 {}", item.entity)))?;
    let record = item.record;
    let mut fields = serde_json::Map::new();
    for (index, field) in def.stored() {
        if !record.values[index].is_null() {
            fields.insert(field.name.clone(), record.values[index].to_json());
        }
    }
    let kind = OpKind::Create { division: record.header.division, fiscal_year: record.header.fiscal_year, fields };
    Ok(Op { id: desk.new_id(), entity: item.entity.into(), record: record.id, kind })
}

/// As [`make`], for callers that only want the file.
pub fn write(desk: &Desk, path: &Path, size: Size, progress: &mut dyn FnMut(usize, usize) -> bool) -> CallResult<()> {
    if path.exists() {
        let message = format!("“{}”已存在，请换一个文件名", path.display());
        return Err(CallError::new(CallErrorCode::Refused, message));
    }
    make(desk, path, size, progress).map(drop)
}
