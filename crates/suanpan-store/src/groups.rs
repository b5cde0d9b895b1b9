//! What a group of the log came to: asked after an import of many records.

use crate::{book::Book, error::Stored};
use rusqlite::OptionalExtension;
use uuid::Uuid;

impl Book {
    /// How many 强制性 and 提示性 findings the records have now that the group touched.
    pub fn findings_of_group(&self, group: Uuid) -> Stored<(usize, usize)> {
        self.read(|connection| {
            let batches: Option<(i64, i64)> = connection
                .prepare_cached("SELECT first_batch, last_batch FROM op_group WHERE id = ?")?
                .query_row([group], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let Some((first, last)) = batches else { return Ok((0, 0)) };
            let mut statement = connection.prepare_cached(
                "SELECT COALESCE(SUM(count * (severity = 0)), 0), COALESCE(SUM(count * (severity <> 0)), 0) FROM finding AS f
                 WHERE EXISTS (SELECT 1 FROM op_touch AS t WHERE t.record = f.record AND t.seq BETWEEN ? AND ?)",
            )?;
            Ok(statement.query_row([first, last], |row| Ok((row.get(0)?, row.get(1)?)))?)
        })
    }
}
