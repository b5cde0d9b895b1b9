//! Becoming a device of the province, and becoming a new one when the book turns out to be a copy.

use super::{codes, places};
use crate::{book::Book, error::Stored, tables::table};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use suanpan_model::code::PROJECT_CODE;
use suanpan_sync::{
    client::store::State,
    scope::{DeviceId, Place, Scope},
};

/// Who this book is to the province. The secret never leaves the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    pub device: DeviceId,
    /// Seed of the device's keys.
    pub secret: [u8; 32],
    /// What people call this PC.
    pub name: String,
    pub server: String,
    /// Public keys of the province: what verifies its checkpoints and packages, what packages are sealed to.
    pub province: Vec<u8>,
    pub scopes: Vec<Scope>,
}

impl Book {
    pub fn enrolled(&self) -> Stored<Option<Enrolled>> {
        self.read(|connection| places::get(connection, "enrolled"))
    }

    /// Makes the book a device. Everything in its log that the province has not settled is pending from now on: all of
    /// it the first time, what was unsettled when a copied or restored book enrols anew. `server_ms`: its time now.
    pub fn enrol(&self, enrolled: &Enrolled, server_ms: i64) -> Stored<()> {
        let mut writer = self.writer();
        let transaction = writer.connection.transaction()?;
        let is_first = places::get::<Enrolled>(&transaction, "enrolled")?.is_none();
        places::put(&transaction, "enrolled", enrolled)?;
        let state = State { device: Some(enrolled.device), in_step: true, server_ms, ..State::default() };
        places::put_state(&transaction, &state)?;
        let info = self.info();
        if let Some(series) = codes::issued(&self.schema(), PROJECT_CODE.0, &info.division, info.year) {
            codes::number(&transaction, &series)?;
        }
        if is_first {
            note_all_groups(&transaction)?;
        } else {
            codes::let_go(&transaction)?;
            transaction.execute("DELETE FROM sync_outbox", [])?;
            transaction.execute("UPDATE sync_group SET packed = 0", [])?;
        }
        let known = places::cursors(&transaction)?;
        for scope in &enrolled.scopes {
            if known.iter().all(|(known, _)| known != scope) {
                places::put_cursor(&transaction, *scope, Place::default())?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// How many records, deleted ones too, there are of each 区划: all of it is pending once the book is enrolled.
    pub fn records_by_division(&self) -> Stored<BTreeMap<String, usize>> {
        let schema = self.schema();
        self.read(|connection| {
            let mut all = BTreeMap::new();
            for def in schema.entities() {
                let sql = format!("SELECT _division, COUNT(*) FROM {} GROUP BY _division", table(def));
                let mut statement = connection.prepare(&sql)?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    *all.entry(row.get(0)?).or_default() += row.get::<_, usize>(1)?;
                }
            }
            Ok(all)
        })
    }

    /// Changes what the book remembers of its enrolment: another address of the same province, another scope.
    pub fn put_enrolled(&self, enrolled: &Enrolled) -> Stored<()> {
        places::put(&self.writer().connection, "enrolled", enrolled)
    }
}

fn note_all_groups(connection: &Connection) -> Stored<()> {
    connection.execute(
        "INSERT INTO sync_group (id, first_batch, last_batch, packed, head)
         SELECT id, first_batch, last_batch, 0, x'' FROM op_group WHERE kind <> 'pull' ORDER BY first_batch",
        params![],
    )?;
    Ok(())
}
