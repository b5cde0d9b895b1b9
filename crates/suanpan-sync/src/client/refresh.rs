//! Brings a scope to a snapshot of the province: a new desk's first fetch, or a scope whose log is not the one this
//! desk knew. Own unsettled changes stay on top. Done in slices, so that nobody's typing waits. The cursor is no place of
//! the log from the first slice to the last, so that a refresh that was cut short is done again.

use super::{
    rebase::{Came, Confirmed, confirm_rows, not_amended_yet},
    settle,
    store::{Book, Stored},
};
use crate::{
    codec::snapshot::SnapshotRecord,
    parcel::{Clocks, Follows, GroupHead, following_group},
    scope::{Place, Scope},
};
use std::{collections::HashSet, sync::Arc};
use suanpan_model::{Record, op::GroupKind, value::RecordHeader, value::Value};
use uuid::Uuid;

/// Records of one transaction.
const SLICE: usize = 250;

/// How far a refresh is: the records that the snapshot holds.
#[derive(Debug, Default)]
pub struct Refresh {
    held: HashSet<Uuid>,
    slices: u64,
}

impl Refresh {
    /// Takes in some records of the snapshot. `server_ms`: when it was made.
    pub fn take(
        &mut self,
        book: &mut dyn Book,
        scope: Scope,
        server_ms: i64,
        records: Vec<SnapshotRecord>,
    ) -> Stored<()> {
        let mut records = records.into_iter().peekable();
        while records.peek().is_some() {
            let slice: Vec<SnapshotRecord> = records.by_ref().take(SLICE).collect();
            self.held.extend(slice.iter().map(|record| record.id));
            self.slices += 1;
            let head = head(scope, server_ms, self.slices);
            book.in_background(&mut |desk| {
                settle::leave(desk, scope)?;
                let rows = slice.iter().filter_map(|record| {
                    let def = desk.schema().entity(&record.entity)?;
                    let row = read(def, record).map(Arc::new);
                    Some(row.map(|row| Confirmed { def: def.clone(), id: record.id, row: Some(row) }))
                });
                let rows = rows.collect::<Stored<_>>()?;
                confirm_rows(desk, &Came { scope, head: &head, effects: &[], settled: None }, rows)
            })?;
        }
        Ok(())
    }

    /// All records are there: what the snapshot does not hold goes, and the cursor stands at `place`.
    pub fn finish(mut self, book: &mut dyn Book, scope: Scope, server_ms: i64, place: Place) -> Stored<()> {
        let mut gone = Vec::new();
        book.in_background(&mut |desk| {
            gone = desk.records_of(scope)?;
            Ok(())
        })?;
        gone.retain(|(_, id)| !self.held.contains(id));
        for slice in gone.chunks(SLICE) {
            self.slices += 1;
            let head = head(scope, server_ms, self.slices);
            book.in_background(&mut |desk| {
                settle::leave(desk, scope)?;
                let rows = slice.iter().filter_map(|(entity, id)| {
                    let def = desk.schema().entity(entity)?;
                    Some(Confirmed { def: def.clone(), id: *id, row: None })
                });
                confirm_rows(desk, &Came { scope, head: &head, effects: &[], settled: None }, rows.collect())
            })?;
        }
        book.in_background(&mut |desk| {
            desk.unstage(scope)?;
            desk.put_cursor(scope, place)
        })
    }
}

fn head(scope: Scope, server_ms: i64, slice: u64) -> GroupHead {
    let id = following_group(Uuid::from_u128(u128::from(scope.0)), Follows::Pulled, slice);
    let clock = Clocks { at_ms: server_ms, monotonic_ms: 0, server_ms };
    GroupHead { id, actor: "预算平台".into(), label: "接收平台数据".into(), kind: GroupKind::Do, clock }
}

fn read(def: &suanpan_model::EntityDef, record: &SnapshotRecord) -> Stored<Record> {
    let mut values = vec![Value::Null; def.fields.len()];
    for (name, json) in &record.fields {
        let index = def.index(name).ok_or_else(|| not_amended_yet(name))?;
        values[index] = Value::from_json(json, &def.fields[index].kind).unwrap_or_default();
    }
    let header = RecordHeader {
        division: record.division.clone(),
        fiscal_year: record.fiscal_year,
        version: record.version,
        deleted: record.deleted,
    };
    Ok(Record { id: record.id, header, values })
}
