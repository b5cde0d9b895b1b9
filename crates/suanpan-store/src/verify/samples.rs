//! What is derived from the records, by sample: is each found by its own name, and do its findings equal a
//! check made now? A difference here costs no figure; searching or checking anew mends it.

use super::{Part, Progress, Report};
use crate::{
    error::Stored,
    facts::SqlFacts,
    findings::{self, kept},
    row, search,
    tables::table,
};
use rusqlite::Connection;
use suanpan_model::{EntityDef, Record, check::check, schema::Schema};

/// Records looked at, spread evenly over each entity.
const PER_ENTITY: i64 = 40;

pub(super) fn compare(
    connection: &Connection,
    schema: &Schema,
    report: &mut Report,
    progress: Progress<'_>,
) -> Stored<()> {
    let facts = SqlFacts::new(connection, schema);
    let all = schema.entities().len() as u64;
    let (mut not_found, mut differ) = (Vec::new(), Vec::new());
    for (number, def) in schema.entities().iter().enumerate() {
        if !progress(Part::Search, number as u64, all) {
            report.stopped = true;
            return Ok(());
        }
        for (rid, record) in sample(connection, def)? {
            let name = || crate::query::label_of(def, &record).name;
            if !is_found(connection, def, number, rid, &record)? {
                not_found.push(format!("按名称找不到{}“{}”", def.label.zh, name()));
            }
            let mut now = check(&facts, def, &record)?;
            now.sort_by(|one, other| kept::order(one).cmp(&kept::order(other)));
            if now != findings::of_record(connection, schema, record.id)? {
                differ.push(format!("{}“{}”的检查结果已过时，请重新检查", def.label.zh, name()));
            }
        }
    }
    report.add(Part::Search, not_found);
    report.add(Part::Findings, differ);
    Ok(())
}

fn sample(connection: &Connection, def: &EntityDef) -> Stored<Vec<(i64, Record)>> {
    let table = table(def);
    let highest: i64 =
        connection.query_row(&format!("SELECT COALESCE(MAX(_rid), 0) FROM {table}"), [], |found| found.get(0))?;
    let step = highest / PER_ENTITY + 1;
    let mut statement = connection.prepare(&format!("{} WHERE _rid = ? AND _deleted = 0", row::select(def)))?;
    let mut sample = Vec::new();
    for rid in (1..=highest).step_by(step.unsigned_abs() as usize) {
        let rows = statement.query_map([rid], |found| row::read(def, found))?;
        sample.extend(rows.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(sample)
}

fn is_found(connection: &Connection, def: &EntityDef, number: usize, rid: i64, record: &Record) -> Stored<bool> {
    let words = def.fields.iter().zip(&record.values).filter(|(field, _)| field.search);
    let Some(query) = words.filter_map(|(_, value)| value.as_text()).find_map(search::query) else {
        return Ok(true);
    };
    let mut statement = connection.prepare_cached("SELECT 1 FROM search WHERE search MATCH ? AND rowid = ?")?;
    Ok(statement.exists((query, search::doc_id(number, rid)))?)
}
