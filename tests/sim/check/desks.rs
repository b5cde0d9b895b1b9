//! What a desk shows, held against the logs and against what is pending at it.

use super::{Checked, broken, ledger::Ledger, rows::Row};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use suanpan_model::{OpKind, RecordId, schema::Schema};
use suanpan_sync::{memory::MemoryDesk, parcel::Proposal, scope::Scope};

/// A desk's rows: as shown, and as confirmed.
pub struct Shown {
    working: BTreeMap<RecordId, Row>,
    confirmed: BTreeMap<RecordId, Row>,
    pending: HashMap<RecordId, Vec<Proposal>>,
    /// Records with a shadow.
    shadowed: BTreeSet<RecordId>,
}

impl Shown {
    pub fn of(desk: &MemoryDesk, schema: &Schema) -> Self {
        desk.look(|kept| {
            let mut shown = Self {
                working: BTreeMap::new(),
                confirmed: BTreeMap::new(),
                pending: HashMap::new(),
                shadowed: kept.shadows.keys().copied().collect(),
            };
            for def in schema.entities() {
                for record in kept.book.records(&def.entity) {
                    let row = Row::of(def, &record);
                    match kept.shadows.get(&record.id) {
                        None => _ = shown.confirmed.insert(record.id, row.clone()),
                        Some(None) => {}
                        Some(Some(shadow)) => _ = shown.confirmed.insert(record.id, Row::of(def, shadow)),
                    }
                    shown.working.insert(record.id, row);
                }
            }
            for (group, _) in &kept.unsettled {
                for proposal in &group.ops {
                    shown.pending.entry(proposal.op.record).or_default().push(proposal.clone());
                }
            }
            shown
        })
    }

    /// 6: working row = shadow + pending.
    pub fn working_rows_are_shadows_and_pending_ops(&self) -> Checked {
        let ids: BTreeSet<&RecordId> = self.working.keys().chain(self.pending.keys()).chain(&self.shadowed).collect();
        for id in ids {
            let pending = self.pending.get(id).map_or(&[][..], Vec::as_slice);
            let has_shadow = self.shadowed.contains(id);
            if pending.is_empty() == has_shadow {
                let what = format!("{id}: {} ops pending, shadow: {has_shadow}", pending.len());
                return Err(broken(6, what));
            }
            let wanted = pending.iter().fold(self.confirmed.get(id).cloned(), |row, one| Row::over(row, &one.op));
            let working = self.working.get(id);
            let is_so = match &wanted {
                Some(wanted) => working == Some(wanted),
                // What was typed and came to nothing stays readable, marked as deleted. Who restores it sees it again
                // until the province has said that there is no such record.
                None => {
                    working.is_none_or(|row| row.deleted) || pending.iter().any(|one| one.op.kind == OpKind::Restore)
                }
            };
            if !is_so {
                return Err(broken(6, format!("{id}: shows {working:?}, shadow and pending give {wanted:?}")));
            }
        }
        Ok(())
    }

    /// 5 and 10: what is confirmed here is what the log says at the cursor, so nothing is shown as final that is not
    /// durable, and two desks at one place hold the same.
    pub fn confirmed_rows_are_the_log_at_the_cursor(
        &self,
        desk: &MemoryDesk,
        ledger: &Ledger,
        schema: &Schema,
        scopes: &[Scope],
    ) -> Checked {
        let cursors = desk.look(|kept| kept.cursors.clone());
        for (scope, place) in cursors {
            if !scopes.contains(&scope) || !ledger.knows(scope, &place) {
                continue;
            }
            let of_log: HashMap<RecordId, &Row> = ledger.records_at(scope, place.seq).collect();
            for (id, row) in &of_log {
                let confirmed = self.confirmed.get(id);
                if confirmed != Some(row) {
                    let n = confirmed.map_or(5, |confirmed| if is_further(schema, row, confirmed) { 10 } else { 5 });
                    let what = format!("{scope} at {}: {id}: the log says {row:?}, here {confirmed:?}", place.seq);
                    return Err(broken(n, what));
                }
            }
            let ours = self.confirmed.iter().filter(|(_, row)| row.division.parse() == Ok(scope) && !row.deleted);
            for (id, row) in ours {
                if !of_log.contains_key(id) {
                    let what = format!("{scope} at {}: {id} is in no log, here {row:?}", place.seq);
                    return Err(broken(5, what));
                }
            }
        }
        Ok(())
    }
}

/// Do the two differ in a step of the workflow?
fn is_further(schema: &Schema, log: &Row, here: &Row) -> bool {
    let steps = schema.entity(&log.entity).into_iter().flat_map(|def| &def.fields);
    let mut steps = steps.filter(|field| field.sync == suanpan_model::entity::SyncClass::Workflow);
    steps.any(|field| log.get(&field.name) != here.get(&field.name))
}
