//! A book of each released version opens in this one, with the figures that were written down when it was
//! made (tests/fixtures/README.md says how).

use std::path::Path;

use serde_json::Value as Json;
use suanpan_store::{Book, backup::Totals};

use crate::support::book::SCHEMA;

#[test]
fn the_books_of_all_released_versions_open_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let books: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "book")).collect();
    assert!(!books.is_empty());
    for kept in books {
        let name = kept.display();
        assert!(std::fs::metadata(&kept).unwrap().len() <= 200 << 10, "{name} is larger than 200 KB");
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("a.book");
        std::fs::copy(&kept, &path).unwrap();
        let written: Json = serde_json::from_slice(&std::fs::read(kept.with_extension("json")).unwrap()).unwrap();
        let book = Book::open(&path, SCHEMA.clone(), "检查").unwrap_or_else(|error| panic!("{name}: {error}"));
        let totals = book.read(|connection| Totals::of(connection, &book.schema())).unwrap();
        assert_eq!(Json::from(totals.head.0), written["batches"], "{name}");
        for (entity, expected) in written["entities"].as_object().unwrap() {
            let (_, count, sums) = totals.entities.iter().find(|line| line.0 == *entity).unwrap();
            assert_eq!(Json::from(*count), expected["count"], "{name}: {entity}");
            let first: Vec<i64> = sums.iter().copied().take(expected["sums"].as_array().unwrap().len()).collect();
            assert_eq!(Json::from(first), expected["sums"], "{name}: {entity}");
        }
        let report = book.verify(&mut |_, _, _| true).unwrap();
        assert!(!report.is_damaged(), "{name}: {:?}", report.lines());
        assert!(book.undoable("王芳").unwrap().is_some(), "{name}: what was done can still be taken back");
    }
}
