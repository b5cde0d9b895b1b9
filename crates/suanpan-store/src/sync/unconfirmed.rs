//! What the screens may not show as final: steps of the workflow that this book took and the province has not
//! confirmed.

use super::{groups, shadows};
use crate::{book::Book, error::Stored};
use std::collections::HashMap;
use suanpan_model::{EntityDef, Record, Value, entity::SyncClass, value::RecordId};

impl Book {
    /// Of each record the workflow fields (indexes into `def.fields`) whose value is not the one that the province
    /// last confirmed. Records with none are left out.
    pub fn unconfirmed_steps(&self, def: &EntityDef, records: &[&Record]) -> Stored<HashMap<RecordId, Vec<usize>>> {
        let steps: Vec<usize> =
            def.stored().filter(|(_, field)| field.sync == SyncClass::Workflow).map(|(place, _)| place).collect();
        if steps.is_empty() {
            return Ok(HashMap::new());
        }
        self.read(|connection| {
            let mut found = HashMap::new();
            for record in records {
                if !groups::is_pending(connection, record.id)? {
                    continue;
                }
                // Without a shadow the record was created here: what the document gives a new one is no step.
                let confirmed = shadows::get(connection, def, record.id)?.flatten();
                let is_open = |place: &usize| {
                    let field = &def.fields[*place];
                    let new = || field.default.as_ref().and_then(|json| Value::from_json(json, &field.kind).ok());
                    let before = match &confirmed {
                        Some(confirmed) => confirmed.values[*place].clone(),
                        None => new().unwrap_or_default(),
                    };
                    record.values[*place] != before
                };
                let open: Vec<usize> = steps.iter().copied().filter(is_open).collect();
                if !open.is_empty() {
                    found.insert(record.id, open);
                }
            }
            Ok(found)
        })
    }
}
