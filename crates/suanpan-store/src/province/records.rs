//! Records within a transaction: read in one statement per group, written at its end, remembered in between.

use super::{
    leases,
    rows::{self, COLUMNS, Kept, code_key, scope_cell},
    sql::Cell,
    transaction::Transaction,
};
use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};
use suanpan_model::{Record, facts::Facts, value::RecordId};
use suanpan_sync::{
    scope::Scope,
    server::store::{Code, Stored, Write},
};

impl Transaction<'_> {
    /// Reads those that are not known yet.
    pub(super) fn load(&self, wanted: &[(usize, RecordId)]) -> Stored<()> {
        let mut known = self.known.borrow_mut();
        let unknown: HashSet<(usize, RecordId)> =
            wanted.iter().filter(|key| !known.records.contains_key(key)).copied().collect();
        if unknown.is_empty() {
            return Ok(());
        }
        known.records.extend(unknown.iter().map(|key| (*key, None)));
        for (scope, ids) in self.scopes_of(&unknown)? {
            let sql = format!("SELECT {COLUMNS} FROM record r WHERE r.scope = ?1 AND r.id = {{any}}");
            self.sql.each_among(&sql, &[scope_cell(scope)], &ids, &mut |row| {
                let Some(kept) = rows::read(self.schema, row)? else { return Ok(()) };
                let number = self.schema.entity_no(&kept.def.entity);
                if let Some(key) = number.map(|number| (number, kept.record.id)).filter(|key| unknown.contains(key)) {
                    known.records.insert(key, Some(kept));
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Which of these ids there are, by their scope. Most of what is asked for is about to be created and is nowhere.
    fn scopes_of(&self, wanted: &HashSet<(usize, RecordId)>) -> Stored<BTreeMap<Scope, Vec<Cell<'static>>>> {
        let ids: HashSet<RecordId> = wanted.iter().map(|(_, id)| *id).collect();
        let ids: Vec<Cell<'_>> = ids.into_iter().map(Cell::Id).collect();
        let mut found: BTreeMap<Scope, Vec<Cell<'static>>> = BTreeMap::new();
        self.sql.each_among("SELECT id, scope FROM record_scope WHERE id = {any}", &[], &ids, &mut |row| {
            found.entry(rows::scope(row, 1)?).or_default().push(Cell::Id(row.id(0)?));
            Ok(())
        })?;
        Ok(found)
    }

    /// Forgets and reads again what this transaction has only read.
    pub(super) fn read_again(&self) -> Stored<()> {
        let wanted: Vec<(usize, RecordId)> = {
            let (mut known, pending) = (self.known.borrow_mut(), self.pending.borrow());
            let is_ours = |key: &(usize, RecordId)| pending.records.contains_key(key);
            let read: Vec<_> = known.records.keys().filter(|key| !is_ours(key)).copied().collect();
            known.records.retain(|key, _| is_ours(key));
            known.codes.retain(|code, _| pending.codes.contains_key(code));
            read
        };
        self.load(&wanted)
    }

    pub(super) fn kept(&self, entity: &str, id: RecordId) -> Stored<Option<Kept>> {
        let Some(number) = self.schema.entity_no(entity) else { return Ok(None) };
        self.load(&[(number, id)])?;
        Ok(self.known.borrow().records.get(&(number, id)).cloned().flatten())
    }

    pub(super) fn put_one(&self, write: &Write) {
        let Some(number) = self.schema.entity_no(&write.def.entity) else { return };
        let key = (number, write.after.id);
        let (actor, at_ms) = (write.actor.clone(), write.at_ms);
        let kept = Kept { def: write.def.clone(), record: write.after.clone(), actor, at_ms };
        self.known.borrow_mut().records.insert(key, Some(kept));
        let mut pending = self.pending.borrow_mut();
        match pending.records.get_mut(&key) {
            Some(earlier) => *earlier = Write { before: earlier.before.take(), ..write.clone() },
            None => drop(pending.records.insert(key, write.clone())),
        }
    }

    /// Records of `entity`, deleted ones too, some field of which names `target`.
    pub(super) fn naming(&self, entity: &str, target: RecordId) -> Stored<Vec<Arc<Record>>> {
        self.flush_records()?;
        let sql = format!(
            "SELECT {COLUMNS} FROM reference f JOIN record r ON r.scope = f.scope AND r.entity = ?2 AND r.id = f.id
             WHERE f.target = ?1"
        );
        let mut found = Vec::new();
        self.sql.each(&sql, &[Cell::Id(target), Cell::Text(entity)], &mut |row| {
            found.extend(rows::read(self.schema, row)?.map(|kept| kept.record));
            Ok(())
        })?;
        Ok(found)
    }

    /// The record that holds the code, or the mark of a lease that keeps it for another device.
    pub(super) fn code_holder(&self, code: &Code) -> Stored<Option<RecordId>> {
        // Bound first: whoever holds the code is looked up in the same memory.
        let known = self.known.borrow().codes.get(code).copied();
        if let Some(known) = known {
            return self.holds(code, known);
        }
        let key = code_key(&code.code);
        let sql = "SELECT record FROM code
                   WHERE scope = ?1 AND entity = ?2 AND field = ?3 AND fiscal_year = ?4 AND code = ?5";
        let year = Cell::Int(code.fiscal_year.into());
        let (entity, field) = (Cell::Text(&code.entity), Cell::Text(&code.field));
        let found = self.sql.row(sql, &[scope_cell(code.scope), entity, field, year, Cell::Text(&key)])?;
        let found = found.map(|row| row.id(0)).transpose()?;
        self.known.borrow_mut().codes.insert(code.clone(), found);
        if let Some(holder) = self.holds(code, found)? {
            return Ok(Some(holder));
        }
        leases::kept_for_another(self, code)
    }

    /// `record`, if it is alive and still has the code.
    fn holds(&self, code: &Code, record: Option<RecordId>) -> Stored<Option<RecordId>> {
        let Some(id) = record else { return Ok(None) };
        let field = self.schema.entity(&code.entity).and_then(|def| def.index(&code.field));
        let holds = self.get(&code.entity, id)?.is_some_and(|record| {
            !record.header.deleted && field.is_some_and(|at| record.values[at].as_text() == Some(&code.code))
        });
        Ok(holds.then_some(id))
    }
}
