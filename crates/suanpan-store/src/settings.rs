//! How this PC likes the book shown and used (font size, columns, remembered import layouts). Not budget
//! data: never in the log, never sent.

use crate::{book::Book, error::Stored};
use rusqlite::OptionalExtension;

impl Book {
    pub fn setting(&self, key: &str) -> Stored<Option<String>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT value FROM setting WHERE key = ?")?;
            Ok(statement.query_row([key], |row| row.get(0)).optional()?)
        })
    }

    /// Settings whose key begins with `prefix`.
    pub fn settings(&self, prefix: &str) -> Stored<Vec<(String, String)>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT key, value FROM setting ORDER BY key")?;
            let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
            let mut found = rows.collect::<Result<Vec<_>, _>>()?;
            found.retain(|(key, _)| key.starts_with(prefix));
            Ok(found)
        })
    }

    /// None forgets the setting.
    pub fn put_setting(&self, key: &str, value: Option<&str>) -> Stored<()> {
        let writer = self.writer();
        match value {
            Some(value) => writer.connection.execute(
                "INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
                (key, value),
            )?,
            None => writer.connection.execute("DELETE FROM setting WHERE key = ?", [key])?,
        };
        Ok(())
    }
}
