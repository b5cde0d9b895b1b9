//! The records of a scope as its log says they must be, and how the tables differ from that.

use super::{
    rows::{self, COLUMNS, code_key, scope_cell},
    sql::{Cell, Sql},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use suanpan_model::{
    EntityDef, Record, decide::decide, entity::SyncClass, facts::Facts, memory::MemoryBook, merge::content_mark,
    op::GroupKind, schema::Schema, value::RecordId,
};
use suanpan_sync::{
    codec,
    scope::Scope,
    server::{CASE, store::Stored},
};
use uuid::Uuid;

pub struct Replay {
    schema: Arc<Schema>,
    scope: Scope,
    book: MemoryBook,
    /// Who changed each record last, and when.
    changed: HashMap<RecordId, (Box<str>, i64)>,
    /// Conflict cases that were opened.
    cases: Vec<RecordId>,
}

impl Replay {
    pub fn new(schema: Arc<Schema>, scope: Scope) -> Self {
        Self { book: MemoryBook::new(schema.clone()), schema, scope, changed: HashMap::new(), cases: Vec::new() }
    }

    pub fn take_cases(&mut self) -> Vec<RecordId> {
        std::mem::take(&mut self.cases)
    }

    /// Applies what one entry of the log did; the group it was part of. Err says in Chinese what is wrong with it.
    pub fn apply(&mut self, packed: &[u8]) -> Result<Uuid, String> {
        let parcel = codec::unpack(packed, &codec::Limits::default()).map_err(|error| error.to_string())?;
        for proposal in &parcel.ops {
            let op = &proposal.op;
            let decided = decide(&self.book, GroupKind::Pull, op).map_err(|error| error.to_string())?;
            if Scope::of(&decided.after.header.division) != Some(self.scope) {
                return Err(format!("其中有别的区划的记录 {}", op.record));
            }
            if &*op.entity == CASE && decided.before.is_none() {
                self.cases.push(op.record);
            }
            self.book.put(&decided.def, decided.after);
            self.changed.insert(op.record, (parcel.group.actor.clone(), parcel.group.clock.at_ms));
        }
        Ok(parcel.group.id)
    }

    /// How the tables differ from the log.
    pub fn compare(&self, sql: &dyn Sql) -> Stored<Vec<String>> {
        let mut problems = Vec::new();
        let mut seen = HashSet::new();
        let statement = format!("SELECT {COLUMNS} FROM record r WHERE r.scope = ?1");
        sql.each(&statement, &[scope_cell(self.scope)], &mut |row| {
            let Some(kept) = rows::read(&self.schema, row)? else { return Ok(()) };
            let (entity, id) = (kept.def.entity.as_str(), kept.record.id);
            seen.insert(id);
            let expected = self.book.get(entity, id)?;
            let is_as_expected = expected.is_some_and(|expected| {
                expected.header == kept.record.header
                    && content_mark(&kept.def, &expected) == content_mark(&kept.def, &kept.record)
                    && self.changed.get(&id) == Some(&(kept.actor, kept.at_ms))
            });
            if !is_as_expected {
                problems.push(format!("记录 {entity} {id} 与日志不符：内容被改动"));
            }
            Ok(())
        })?;
        for def in self.schema.entities() {
            let records = self.book.records(&def.entity);
            for record in records.iter().filter(|record| !seen.contains(&record.id)) {
                problems.push(format!("记录 {} {} 缺失", def.entity, record.id));
            }
            problems.extend(self.compare_indexes(sql, def, &records)?);
        }
        Ok(problems)
    }

    /// What is derived from the records so that they are found.
    fn compare_indexes(&self, sql: &dyn Sql, def: &EntityDef, records: &[Arc<Record>]) -> Stored<Vec<String>> {
        let mut problems = Vec::new();
        let ids: Vec<Cell<'_>> = records.iter().map(|record| Cell::Id(record.id)).collect();
        let mut found = HashSet::new();
        sql.each_among("SELECT id, entity, scope FROM record_scope WHERE id = {any}", &[], &ids, &mut |row| {
            if (row.text(1)?, rows::scope(row, 2)?) == (&def.entity, self.scope) {
                found.insert(row.id(0)?);
            }
            Ok(())
        })?;
        let lost = records.iter().filter(|record| !found.contains(&record.id));
        problems.extend(lost.map(|record| format!("记录 {} {} 的区划索引缺失", def.entity, record.id)));
        let named = references(sql, def, records)?;
        for record in records {
            let lost = rows::targets(def, record).into_iter().find(|target| !named.contains(&(*target, record.id)));
            if let Some(target) = lost {
                problems.push(format!("记录 {} {} 对 {target} 的引用索引缺失", def.entity, record.id));
            }
        }
        problems.extend(self.compare_codes(sql, def, records)?);
        Ok(problems)
    }

    fn compare_codes(&self, sql: &dyn Sql, def: &EntityDef, records: &[Arc<Record>]) -> Stored<Vec<String>> {
        let mut problems = Vec::new();
        for (at, field) in def.stored().filter(|(_, field)| field.sync == SyncClass::Code) {
            let mut holders = HashMap::new();
            let statement =
                "SELECT fiscal_year, code, record FROM code WHERE scope = ?1 AND entity = ?2 AND field = ?3";
            let cells = [scope_cell(self.scope), Cell::Text(&def.entity), Cell::Text(&field.name)];
            sql.each(statement, &cells, &mut |row| {
                holders.insert((row.small(0)?, row.text(1)?.to_owned()), row.id(2)?);
                Ok(())
            })?;
            for record in records.iter().filter(|record| !record.header.deleted) {
                let Some(code) = record.values[at].as_text() else { continue };
                let year: i32 = if def.any_year { 0 } else { record.header.fiscal_year };
                if holders.get(&(year, code_key(code).into_owned())) != Some(&record.id) {
                    problems.push(format!("编码“{code}”没有登记在 {} {} 名下", def.entity, record.id));
                }
            }
        }
        Ok(problems)
    }
}

/// (target, id) of what the index of references knows about the targets of these records.
fn references(sql: &dyn Sql, def: &EntityDef, records: &[Arc<Record>]) -> Stored<HashSet<(RecordId, RecordId)>> {
    let targets: HashSet<RecordId> = records.iter().flat_map(|record| rows::targets(def, record)).collect();
    let targets: Vec<Cell<'_>> = targets.into_iter().map(Cell::Id).collect();
    let mut found = HashSet::new();
    sql.each_among("SELECT target, id FROM reference WHERE target = {any}", &[], &targets, &mut |row| {
        found.insert((row.id(0)?, row.id(1)?));
        Ok(())
    })?;
    Ok(found)
}
