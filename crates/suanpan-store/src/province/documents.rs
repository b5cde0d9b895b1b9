//! The documents that a province works with: those of the program, with the amendments that it has published on top.
//! They change while servers run: every transaction asks for the number of the newest amendment, and none that
//! writes begins before one that amends has ended or ends after it has begun, so that no record is written by documents
//! that lack a field of it.

use super::{
    ProvinceStore,
    devices::{DIVISION, read_meta, write_meta},
    rows::{self, COLUMNS, scope_cell},
    sql::{Cell, Sql},
};
use std::sync::{Arc, PoisonError};
use suanpan_model::{
    amend::{AMENDMENT, Amendment},
    schema::Schema,
};
use suanpan_sync::server::store::{Stored, Write};

/// Key in `meta`: number of the newest amendment.
const AMENDED: &str = "amended";

impl ProvinceStore {
    /// The documents as they were when they were last looked at, and the code sets.
    pub fn schema(&self) -> Arc<Schema> {
        self.schema.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The documents as this transaction finds them.
    pub(super) fn schema_within(&self, sql: &dyn Sql) -> Stored<Arc<Schema>> {
        let newest = read_meta(sql, AMENDED)?.and_then(|number| number.parse().ok()).unwrap_or(0);
        let known = self.schema();
        if known.amended() == newest {
            return Ok(known);
        }
        let Some(def) = self.program.entity(AMENDMENT) else { return Ok(known) };
        let division = read_meta(sql, DIVISION)?.and_then(|division| division.parse().ok());
        let Some(division) = division.map(scope_cell) else { return Ok(known) };
        let statement =
            format!("SELECT {COLUMNS} FROM record r WHERE r.scope = ?1 AND r.entity = ?2 AND NOT r.deleted");
        let mut amendments = Vec::new();
        sql.each(&statement, &[division, Cell::Text(AMENDMENT)], &mut |row| {
            let kept = rows::read(&self.program, row)?;
            amendments.extend(kept.and_then(|kept| Amendment::of(def, &kept.record)));
            Ok(())
        })?;
        let renewed = Arc::new(self.program.as_ref().clone().with_amendments(&amendments));
        *self.schema.write().unwrap_or_else(PoisonError::into_inner) = renewed.clone();
        Ok(renewed)
    }
}

/// Before records are written: when there are amendments among them, alone, and noting their number.
pub(super) fn note_amendments<'w>(sql: &dyn Sql, writes: impl Iterator<Item = &'w Write>) -> Stored<()> {
    let numbered = |write: &Write| write.def.index("number").and_then(|at| write.after.values[at].as_int());
    match writes.filter(|write| write.def.entity == AMENDMENT).filter_map(numbered).max() {
        Some(newest) => {
            sql.wait_to_amend()?;
            write_meta(sql, AMENDED, &newest.to_string())
        }
        None => Ok(()),
    }
}
