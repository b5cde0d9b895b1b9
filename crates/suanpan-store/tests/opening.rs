//! What opening notices, mends or refuses.

mod support;

use std::path::PathBuf;
use suanpan_model::schema::Schema;
use suanpan_store::{Book, StoreError};
use support::{ACTOR, Office, files, flip};

fn damage(office: &mut Office) -> String {
    match office.open() {
        Err(StoreError::Damaged { detail, .. }) => detail,
        other => panic!("not noticed: {other:?}"),
    }
}

fn assert_unchanged(before: &[(PathBuf, Vec<u8>)], after: &[(PathBuf, Vec<u8>)]) {
    let names = |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
    assert_eq!(names(before), names(after));
    for (was, is) in before.iter().zip(after) {
        assert!(was == is, "{} was changed", was.0.display());
    }
}

#[test]
fn a_killed_programs_book_opens_with_everything() {
    let mut office = Office::with_figures();
    let expected = office.totals();
    office.killed();
    office.open().expect("opens");
    assert_eq!((office.totals(), office.book().replayed(), office.book().mended()), (expected, 0, None));
}

#[test]
fn a_log_that_lost_its_end_is_completed_from_the_journal() {
    let mut office = Office::with_figures();
    let expected = office.totals();
    office.killed();
    let length = std::fs::metadata(office.beside("-wal")).expect("a log").len() as usize;
    flip(&office.beside("-wal"), length - 2000, 3);
    office.open().expect("opens");
    assert_eq!(office.totals(), expected);
    assert_eq!(office.book().replayed(), 1);
}

#[test]
fn a_log_taken_away_is_noticed_and_replaced_from_the_journal() {
    let mut office = Office::with_figures();
    let expected = office.totals();
    office.killed();
    std::fs::remove_file(office.beside("-wal")).expect("removed");
    office.open().expect("opens");
    assert_eq!(office.totals(), expected);
    assert!(office.book().replayed() > 10);
}

#[test]
fn a_log_of_another_book_is_not_taken_for_ones_own() {
    let mut other = Office::new();
    other.agency("999999", "别的县");
    other.killed();
    let mut office = Office::with_figures();
    office.close();
    std::fs::copy(other.beside("-wal"), office.beside("-wal")).expect("copied");
    assert!(office.open().is_err(), "a foreign log is never read as figures");
}

#[test]
fn an_older_log_of_the_same_book_is_noticed() {
    let mut office = Office::with_figures();
    office.open().expect("opens");
    office.agency("101002", "财政局");
    let old = std::fs::read(office.beside("-wal")).expect("read");
    for number in 0..30 {
        office.create("budget_line", serde_json::json!({"apply_up": number}));
    }
    office.close();
    std::fs::write(office.beside("-wal"), old).expect("written");
    damage(&mut office);
}

#[test]
fn an_older_file_put_in_place_is_brought_forward() {
    let mut office = Office::with_figures();
    office.close();
    let old = std::fs::read(office.path()).expect("read");
    office.open().expect("opens");
    office.agency("101002", "财政局");
    let expected = office.totals();
    office.close();
    std::fs::write(office.path(), old).expect("written");
    office.open().expect("opens");
    assert_eq!((office.totals(), office.book().replayed()), (expected, 1));
}

#[test]
fn a_journal_of_another_book_is_kept_aside_and_written_anew() {
    let mut other = Office::new();
    other.id();
    std::fs::remove_file(other.beside(".ops")).expect("removed");
    other.close();
    let new = suanpan_store::NewBook {
        division: "410823000",
        year: 2026,
        name: "别的",
        created_at_ms: 1,
        book_id: uuid::Uuid::from_u128(8),
    };
    let theirs = other.folder.path().join("b.book");
    drop(Book::create(&theirs, &new, Schema::builtin(), ACTOR).expect("created"));
    let mut office = Office::with_figures();
    let expected = office.totals();
    let own = std::fs::read(office.beside(".ops")).expect("read");
    office.close();
    std::fs::copy(other.folder.path().join("b.book.ops"), office.beside(".ops")).expect("copied");
    office.open().expect("opens");
    assert_eq!(office.totals(), expected);
    assert!(office.book().mended().is_some_and(|note| note.contains("ops.aside")), "{:?}", office.book().mended());
    assert!(office.beside(".ops.aside").exists());
    assert_eq!(std::fs::read(office.beside(".ops")).expect("read"), own, "the book holds the whole log itself");
}

#[test]
fn a_flipped_bit_anywhere_in_the_journal_is_noticed_and_the_books_own_log_used() {
    let mut office = Office::new();
    office.agency("101001", "甲");
    office.agency("101002", "乙");
    let expected = office.totals();
    office.close();
    let whole = std::fs::read(office.beside(".ops")).expect("read");
    for byte in (0..whole.len()).step_by(3) {
        std::fs::write(office.beside(".ops"), &whole).expect("written");
        flip(&office.beside(".ops"), byte, (byte % 8) as u8);
        office.open().expect("opens");
        assert!(office.book().mended().is_some(), "byte {byte} not noticed");
        assert_eq!(office.totals(), expected, "byte {byte}");
        office.close();
        assert_eq!(std::fs::read(office.beside(".ops")).expect("read"), whole, "byte {byte} not mended");
    }
}

#[test]
fn a_book_of_a_newer_program_is_refused_untouched() {
    let mut office = Office::with_figures();
    office.open().expect("opens");
    office.book().read(|connection| Ok(connection.execute_batch("PRAGMA user_version = 4")?)).expect("set");
    office.close();
    let before = files(office.folder.path());
    match office.open() {
        Err(error @ StoreError::TooNew { found: 4, .. }) => {
            assert!(error.to_string().contains("请升级程序"), "{error}")
        }
        other => panic!("{other:?}"),
    }
    assert_unchanged(&before, &files(office.folder.path()));
}

#[test]
fn a_file_that_is_no_book_is_refused_untouched() {
    let mut office = Office::new();
    office.close();
    for content in [Vec::new(), b"hello".to_vec(), vec![0; 8192], b"SQLite format 3\0".repeat(512)] {
        std::fs::write(office.path(), &content).expect("written");
        damage(&mut office);
        assert_eq!(std::fs::read(office.path()).expect("read"), content);
    }
}

#[test]
fn a_book_that_was_being_made_when_the_power_went_is_made_again() {
    let mut office = Office::new();
    office.close();
    std::fs::rename(office.path(), office.beside(".new")).expect("renamed");
    let new = suanpan_store::NewBook {
        division: "410823000",
        year: 2026,
        name: "武陟县",
        created_at_ms: 1,
        book_id: uuid::Uuid::nil(),
    };
    drop(Book::create(&office.path(), &new, Schema::builtin(), ACTOR).expect("created"));
    assert!(!office.beside(".new").exists());
    office.open().expect("opens");
}
