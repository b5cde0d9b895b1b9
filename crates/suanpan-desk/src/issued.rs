//! Codes that the province issues (项目代码): new records get one of the blocks that the book was given; one that
//! had to do without (暂) gets it once a block has come. A code that a person gave is left as it is.

use crate::{CallResult, Desk};
use std::collections::HashMap;
use suanpan_model::{Change, EntityDef, Op, OpKind, Record, code::PROJECT_CODE, value::RecordId};
use suanpan_store::{Book, sync};
use suanpan_sync::lease::Series;

/// Under this name the codes are given, so that undo takes back what the person did and not this.
const GIVER: &str = "平台赋码";

/// Gives the new records among `ops` their codes, as far as there are any.
pub fn fill(book: &Book, ops: &mut [Op]) -> CallResult<()> {
    if !ops.iter().any(|op| &*op.entity == PROJECT_CODE.0) {
        return Ok(());
    }
    let schema = book.schema();
    let mut wanting: HashMap<Series, Vec<RecordId>> = HashMap::new();
    for op in ops.iter() {
        if let OpKind::Create { division, fiscal_year, fields } = &op.kind
            && let Some(series) = sync::issued(&schema, &op.entity, division, *fiscal_year)
            && fields.get(&*series.field).is_none_or(serde_json::Value::is_null)
        {
            wanting.entry(series).or_default().push(op.record);
        }
    }
    let mut codes = HashMap::new();
    for (series, records) in wanting {
        let given = book.give_codes(&series, &records)?;
        codes.extend(given.into_iter().map(|(record, code)| (record, (series.field.to_string(), code))));
    }
    for op in ops {
        if let OpKind::Create { fields, .. } = &mut op.kind
            && let Some((field, code)) = codes.remove(&op.record)
        {
            fields.insert(field, code.into());
        }
    }
    Ok(())
}

/// The series of codes that an import into the book's own division takes from. None: people give the codes of this
/// entity, or the book works alone.
pub fn series_of_import(book: &Book, entity: &str, year: i32) -> CallResult<Option<Series>> {
    let series = sync::issued(&book.schema(), entity, &book.info().division, year);
    Ok(if book.sync_state()?.device.is_some() { series } else { None })
}

/// Of these records the ones that wait for their code, with the place of its field. A code that a person gave meanwhile is
/// there, though the record is named until the next look.
pub fn awaited(book: &Book, def: &EntityDef, records: &[&Record]) -> CallResult<HashMap<RecordId, usize>> {
    let (entity, field) = PROJECT_CODE;
    let Some(place) = def.index(field).filter(|_| def.entity == entity) else {
        return Ok(HashMap::new());
    };
    let empty: Vec<_> =
        records.iter().filter(|record| record.values[place].is_null()).map(|record| record.id).collect();
    Ok(book.uncoded_of(&empty)?.into_iter().map(|record| (record, place)).collect())
}

/// Gives the records their codes that had to wait for a block. True: something was written.
pub fn give_waiting(desk: &Desk, book: &Book) -> CallResult<bool> {
    let given = book.codes_for_uncoded()?;
    if given.is_empty() {
        return Ok(false);
    }
    let mut group = desk.group(&format!("赋项目代码 {} 个", given.len()));
    group.actor = GIVER.into();
    group.ops = given
        .into_iter()
        .map(|(series, record, code)| {
            let change = Change { field: series.field.to_string(), from: serde_json::Value::Null, to: code.into() };
            Op {
                id: desk.new_id(),
                entity: series.entity,
                record,
                kind: OpKind::Edit { seen: 0, changes: vec![change] },
            }
        })
        .collect();
    book.apply(group)?;
    Ok(true)
}
