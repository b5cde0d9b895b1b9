//! The workbooks of the sample are read back as a person's would be: the clean and the messy ones
//! without an error and with the county's own figures, the wrong one with its errors named.
#![allow(clippy::unwrap_used)]

use std::{collections::HashMap, path::Path, sync::LazyLock};
use suanpan_excel::{
    Workbook, cage,
    import::{Action, Found, Item as Shown, Job, PreviewRow, Records, Summary, preview},
    recognise,
};
use suanpan_model::{Record, RecordId, Value, facts::Read, schema::Schema};
use suanpan_sample::{
    SEED, Size, generate,
    workbooks::{Book, MAX_BYTES, books},
};

static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::builtin);
static BOOKS: LazyLock<Vec<Book>> = LazyLock::new(|| books(&SCHEMA).unwrap());
static COUNTY: LazyLock<County> = LazyLock::new(County::of);

/// The county's records by code and name, by key, and by id.
#[derive(Default)]
struct County {
    named: HashMap<(&'static str, String), Vec<RecordId>>,
    by_key: HashMap<(&'static str, Vec<Value>), Record>,
    by_id: HashMap<RecordId, Record>,
}

impl County {
    fn of() -> Self {
        let mut county = Self::default();
        for item in generate(&SCHEMA, SEED, Size::COUNTY) {
            let def = SCHEMA.entity(item.entity).unwrap();
            let text =
                |name: &str| item.record.values[def.index(name).unwrap()].as_text().unwrap_or_default().to_owned();
            if let [key] = def.key.as_slice() {
                for name in [text(key), text(&def.title)] {
                    county.named.entry((item.entity, name)).or_default().push(item.record.id);
                }
            }
            let key = def.key.iter().map(|name| item.record.values[def.index(name).unwrap()].clone()).collect();
            county.by_key.insert((item.entity, key), item.record.clone());
            county.by_id.insert(item.record.id, item.record);
        }
        county
    }
}

/// What an import sees: whom others are, and (when `known`) the records of the entity itself.
struct Desk {
    entity: &'static str,
    known: bool,
    next: u128,
}

impl Records for Desk {
    fn find(&mut self, entity: &str, text: &str) -> Read<Found> {
        let entity = SCHEMA.entities().iter().find(|def| def.entity == entity).unwrap().entity.as_str();
        Ok(match COUNTY.named.get(&(entity, text.to_owned())).map(Vec::as_slice) {
            None | Some([]) => Found::No,
            Some([id]) => Found::One(*id),
            Some(several) => Found::Many(several.iter().map(ToString::to_string).collect()),
        })
    }

    fn with_key(&mut self, key: &[Value]) -> Read<Option<Record>> {
        Ok(COUNTY.by_key.get(&(self.entity, key.to_vec())).filter(|_| self.known).cloned())
    }

    fn with_id(&mut self, id: RecordId) -> Read<Option<Record>> {
        Ok(COUNTY.by_id.get(&id).filter(|_| self.known).cloned())
    }

    fn new_id(&mut self) -> RecordId {
        self.next += 1;
        RecordId::from_u128(self.next)
    }
}

struct Seen {
    rows: Vec<PreviewRow>,
    summary: Summary,
}

fn read(folder: &Path, book: &Book, known: bool) -> Seen {
    let path = folder.join(Path::new(&book.path).file_name().unwrap());
    std::fs::write(&path, &book.bytes).unwrap();
    let options = cage::Options { exe: Some(env!("CARGO_BIN_EXE_sample-data").into()), ..cage::Options::default() };
    let workbook =
        Workbook::read(&path, &options, &mut |_| {}).unwrap_or_else(|error| panic!("{}: {error}", book.path));
    let def = SCHEMA.entity(book.entity).unwrap();
    let layout = recognise::best(&workbook, def, &SCHEMA.codes).unwrap_or_else(|| panic!("{}: no table", book.path));
    let job = Job { def, layout: &layout, codes: &SCHEMA.codes, year: 2026, given: &[] };
    let mut rows = Vec::new();
    let summary = preview(&workbook, &job, &mut Desk { entity: book.entity, known, next: 0 }, &mut |item| {
        if let Shown::Row(row) = item {
            rows.push(row);
        }
        true
    });
    Seen { rows, summary: summary.unwrap_or_else(|error| panic!("{}: {error}", book.path)) }
}

fn issues(seen: &Seen) -> Vec<String> {
    let of = |row: &PreviewRow| match &row.action {
        Action::Error(issues) => {
            issues.iter().map(|issue| format!("row {}: {}", row.sheet_row, issue.message)).collect()
        }
        _ => Vec::new(),
    };
    seen.rows.iter().flat_map(of).collect()
}

#[test]
fn every_workbook_is_small_and_written_the_same_each_time() {
    let again = books(&SCHEMA).unwrap();
    for (book, other) in BOOKS.iter().zip(&again) {
        assert!(book.bytes.len() <= MAX_BYTES, "{}: {} bytes", book.path, book.bytes.len());
        assert!(book.rows > 0 && book.bytes == other.bytes, "{} differs from itself", book.path);
    }
    assert_eq!(BOOKS.iter().filter(|book| book.odd.is_empty()).count(), 15);
}

#[test]
fn the_workbooks_in_the_repository_are_the_ones_that_are_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample-data");
    let stale = |book: &&Book| std::fs::read(folder.join(&book.path)).ok().as_deref() != Some(book.bytes.as_slice());
    let stale: Vec<_> = BOOKS.iter().filter(stale).map(|book| &book.path).collect();
    assert!(stale.is_empty(), "sample-data is stale, run `make sample-data`: {stale:?}");
}

#[test]
fn every_workbook_but_the_wrong_one_brings_back_exactly_what_the_county_holds() {
    let folder = tempfile::tempdir().unwrap();
    let mut complaints = Vec::new();
    for book in BOOKS.iter().filter(|book| !book.path.contains("有错误")) {
        let seen = read(folder.path(), book, true);
        let strange = book.path.contains("少数民族");
        let odd = |row: &&PreviewRow| row.action != if strange { Action::New } else { Action::Same };
        let odd: Vec<_> = seen.rows.iter().filter(odd).map(|row| (row.sheet_row, &row.action)).collect();
        if !odd.is_empty() || seen.rows.len() != book.rows || seen.summary.wrong_totals > 0 {
            let (path, rows, wrong) = (&book.path, seen.rows.len(), seen.summary.wrong_totals);
            let shown = &odd[..odd.len().min(3)];
            complaints.push(format!(
                "{path}: {rows} of {} rows, {wrong} wrong totals, {} odd: {shown:?}",
                book.rows,
                odd.len()
            ));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn totals_of_the_messy_workbooks_are_seen_and_agree() {
    let folder = tempfile::tempdir().unwrap();
    let book = BOOKS.iter().find(|book| book.path.contains("类款项")).unwrap();
    let seen = read(folder.path(), book, false);
    // One 小计 for each of the nine units and one 合计.
    assert_eq!((seen.summary.totals, seen.summary.wrong_totals), (10, 0));
}

#[test]
fn the_wrong_workbook_has_each_of_its_errors_named() {
    let folder = tempfile::tempdir().unwrap();
    let book = BOOKS.iter().find(|book| book.path.contains("有错误")).unwrap();
    let seen = read(folder.path(), book, false);
    let bad = seen.rows.iter().filter(|row| matches!(row.action, Action::Error(_))).count();
    assert!(bad >= 8, "{bad} rows in error: {:#?}", issues(&seen));
    assert!(bad < seen.rows.len(), "the rows between them are good");
}
