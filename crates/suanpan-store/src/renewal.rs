//! Bringing the search index of an older book up to what this program makes. A small book is done while it is
//! opened; a large one little by little while people work, and goes on where it was when the program ended.
//! Until a record's turn comes it is found as before.

use crate::{book::Book, error::Stored, row, search};
use rusqlite::{Connection, OptionalExtension};
use std::time::Duration;
use suanpan_model::schema::Schema;

/// Key in `meta`: the version of the whole index.
const VERSION: &str = "search_index";
/// Key in `meta`: `entity row` of the newest record that was indexed again, while this is under way.
const REACHED: &str = "search_renewed";

/// Records of one transaction: short enough that nobody who types waits for it.
const AT_ONCE: i64 = 500;
/// Rest between two of them, in which others may write.
const REST: Duration = Duration::from_millis(10);
/// A book with up to this many changes is done at once while it is opened.
const SMALL: i64 = 5_000;

impl Book {
    /// The index was made by an older program, and [`Book::renew_search`] has not finished.
    pub fn search_is_old(&self) -> Stored<bool> {
        self.read(is_old)
    }

    /// Indexes every record again, if the index is old. `go_on` returns false to stop; what is done stays done.
    pub fn renew_search(&self, go_on: &mut dyn FnMut() -> bool) -> Stored<()> {
        let schema = self.schema();
        while self.search_is_old()? && go_on() {
            let writer = self.writer();
            let transaction = writer.connection.unchecked_transaction()?;
            step(&transaction, &schema)?;
            transaction.commit()?;
            self.shorten_log(&writer);
            drop(writer);
            std::thread::sleep(REST);
        }
        Ok(())
    }

    pub(crate) fn renew_search_if_small(&self) -> Stored<()> {
        if !self.search_is_old()? {
            return Ok(());
        }
        let changes: i64 = self.read(|connection| {
            let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM op_touch LIMIT ?)";
            Ok(connection.query_row(sql, [SMALL + 1], |found| found.get(0))?)
        })?;
        if changes <= SMALL { self.renew_search(&mut || true) } else { Ok(()) }
    }
}

pub(crate) fn is_old(connection: &Connection) -> Stored<bool> {
    Ok(meta(connection, VERSION)?.as_deref() != Some(search::VERSION))
}

/// Says that the index of a new book is what this program makes.
pub(crate) fn note_fresh(connection: &Connection) -> Stored<()> {
    put(connection, VERSION, search::VERSION)
}

/// Indexes the next records; notes how far it came, or that all is done.
fn step(connection: &Connection, schema: &Schema) -> Stored<()> {
    let reached = meta(connection, REACHED)?.unwrap_or_default();
    let mut reached = reached.split(' ').map(|number| number.parse::<i64>().unwrap_or_default());
    let (first, mut after) = (reached.next().unwrap_or_default(), reached.next().unwrap_or_default());
    for (number, def) in schema.entities().iter().enumerate().skip(first.unsigned_abs() as usize) {
        let sql = format!("{} WHERE _rid > ? AND _deleted = 0 ORDER BY _rid LIMIT ?", row::select(def));
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query([after, AT_ONCE])?;
        let mut last = None;
        while let Some(found) = rows.next()? {
            let (rid, record) = row::read(def, found)?;
            search::reindex(connection, def, number, rid, true, &record)?;
            last = Some(rid);
        }
        if let Some(rid) = last {
            return put(connection, REACHED, &format!("{number} {rid}"));
        }
        after = 0;
    }
    connection.execute("DELETE FROM meta WHERE key = ?", [REACHED])?;
    note_fresh(connection)
}

fn meta(connection: &Connection, key: &str) -> Stored<Option<String>> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?")?;
    Ok(statement.query_row([key], |found| found.get(0)).optional()?)
}

fn put(connection: &Connection, key: &str, value: &str) -> Stored<()> {
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", [key, value])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::NewBook;
    use serde_json::json;
    use std::path::Path;
    use suanpan_model::{
        Op, OpKind,
        op::{GroupKind, OpGroup},
    };
    use uuid::Uuid;

    fn create(path: &Path, units: usize) -> Book {
        let id = Uuid::from_u128(7);
        let new = NewBook { division: "410823000", year: 2026, name: "武陟县", created_at_ms: 1, book_id: id };
        let book = Book::create(path, &new, Schema::builtin(), "测试").expect("created");
        let op = |number: usize| {
            let fields =
                json!({"agency_code": format!("{number:06}"), "agency_name": format!("武陟县审计局{number}所")});
            let fields = fields.as_object().cloned().unwrap_or_default();
            let kind = OpKind::Create { division: "410823000".into(), fiscal_year: 2026, fields };
            Op {
                id: Uuid::from_u128(number as u128 + 100),
                entity: "agency".into(),
                record: Uuid::from_u128(number as u128 + 1_000_000),
                kind,
            }
        };
        let ops = (0..units).map(op).collect();
        let group = OpGroup { id, actor: "甲".into(), at_ms: 2, label: "导入".into(), kind: GroupKind::Do, ops };
        book.apply(group).expect("applied");
        book
    }

    /// As a program before the first version left it: whole initials only, and no word of a version.
    fn make_old(book: &Book) {
        let writer = book.writer();
        writer.connection.execute("DELETE FROM meta WHERE key = ?", [VERSION]).expect("forgotten");
        let old = "UPDATE search SET body = 'wzxsjj' WHERE rowid = ?";
        let mut rows = writer.connection.prepare("SELECT rowid FROM search").expect("asked");
        let rows: Vec<i64> =
            rows.query_map([], |row| row.get(0)).expect("read").map(|row| row.expect("a row")).collect();
        rows.into_iter().for_each(|row| assert_eq!(writer.connection.execute(old, [row]).expect("written"), 1));
    }

    fn found(book: &Book, text: &str) -> usize {
        let schema = book.schema();
        book.read(|connection| search::find(connection, &schema, text, 5_000)).expect("searched").len()
    }

    #[test]
    fn a_small_book_of_an_older_program_is_indexed_again_when_it_is_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.book");
        let book = create(&path, 3);
        assert!(!book.search_is_old().expect("known"), "a new book is up to date");
        make_old(&book);
        assert_eq!((found(&book, "wzxsjj"), found(&book, "sjj")), (3, 0));
        drop(book);
        let book = Book::open(&path, Schema::builtin(), "测试").expect("opened");
        assert_eq!((found(&book, "wzxsjj"), found(&book, "sjj"), found(&book, "审计局")), (3, 3, 3));
    }

    #[test]
    fn a_large_book_is_indexed_little_by_little_and_goes_on_where_it_was_stopped() {
        let folder = tempfile::tempdir().expect("a folder");
        let units = 2 * AT_ONCE as usize + 1;
        let book = create(&folder.path().join("a.book"), units);
        make_old(&book);
        let mut steps = 1;
        let mut one_step = || {
            steps -= 1;
            steps >= 0
        };
        book.renew_search(&mut one_step).expect("stopped");
        assert!(book.search_is_old().expect("known"));
        assert_eq!(found(&book, "sjj"), AT_ONCE as usize, "what is done stays done");
        assert_eq!(found(&book, "wzxsjj"), units, "and what is not is found as before");
        let mut steps = 0;
        book.renew_search(&mut || {
            steps += 1;
            true
        })
        .expect("finished");
        assert_eq!((found(&book, "sjj"), steps), (units, 3), "two more steps of records, one to see the end");
    }
}
