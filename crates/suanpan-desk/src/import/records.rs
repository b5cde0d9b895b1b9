//! The open book as importing asks it: who is meant by a text, a key, an id.

use crate::{Desk, references};
use std::sync::Arc;
use suanpan_excel::import::{Found, Records};
use suanpan_model::{
    EntityDef, Record, Value,
    facts::{Read, ReadFault},
    value::RecordId,
};
use suanpan_store::{Book, StoreError};

pub struct BookRecords<'a> {
    desk: &'a Desk,
    book: &'a Book,
    def: Arc<EntityDef>,
    year: i32,
    /// Nothing to be found: the first import into a new book need not ask row by row.
    empty: bool,
}

impl<'a> BookRecords<'a> {
    pub fn new(desk: &'a Desk, book: &'a Book, def: Arc<EntityDef>, year: i32) -> Result<Self, StoreError> {
        let empty = !book.has_any(&def, year)?;
        Ok(Self { desk, book, def, year, empty })
    }
}

impl Records for BookRecords<'_> {
    fn find(&mut self, entity: &str, text: &str) -> Read<Found> {
        let Some(def) = self.book.schema().entity(entity).cloned() else { return Ok(Found::No) };
        references::find(self.book, &def, self.year, text).map_err(fault)
    }

    fn with_key(&mut self, key: &[Value]) -> Read<Option<Record>> {
        if self.empty {
            return Ok(None);
        }
        Ok(self.book.with_key(&self.def, self.year, key, 1).map_err(fault)?.pop())
    }

    fn with_id(&mut self, id: RecordId) -> Read<Option<Record>> {
        if self.empty {
            return Ok(None);
        }
        let found = self.book.with_id(&self.def, id).map_err(fault)?;
        // A workbook of last year brought into this year makes new records.
        Ok(found.filter(|record| self.def.any_year || record.header.fiscal_year == self.year))
    }

    fn new_id(&mut self) -> RecordId {
        self.desk.new_id()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "used with map_err")]
fn fault(error: StoreError) -> ReadFault {
    ReadFault(error.to_string())
}
