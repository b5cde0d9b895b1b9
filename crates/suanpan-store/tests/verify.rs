//! The whole book, verified: what each part notices.

mod support;

use serde_json::json;
use suanpan_store::verify::{Part, Report};
use support::{ACTOR, Office, flip};

fn verified(office: &Office) -> Report {
    office.book().verify(&mut |_, _, _| true).expect("verified")
}

/// Writes behind the program's back, with its own seal: what only the log can notice.
fn meddle(office: &mut Office, sql: &str) -> Vec<Part> {
    office.book().read(|connection| Ok(connection.execute_batch(sql)?)).expect(sql);
    let report = verified(office);
    assert_eq!(report.lines().len(), report.problems.len() + 1);
    report.problems.iter().map(|problem| problem.part).collect()
}

#[test]
fn a_whole_book_is_called_whole() {
    let office = Office::with_figures();
    office.edit(office.agency("101009", "甲"), "agency", "agency_name", "甲".into(), "乙".into()).expect("edited");
    office.book().undo(ACTOR, 3, &|| office.id()).expect("undone");
    office.book().redo(ACTOR, 3, &|| office.id()).expect("redone");
    office.book().undo(ACTOR, 3, &|| office.id()).expect("undone");
    office.agency("101010", "丙");
    let report = verified(&office);
    assert!(report.is_whole(), "{:?}", report.lines());
    assert_eq!(report.records, 23);
    assert_eq!(report.batches, office.totals().head.0.unsigned_abs());
}

#[test]
fn a_figure_changed_behind_the_program_is_named() {
    let mut office = Office::with_figures();
    assert_eq!(
        meddle(&mut office, "UPDATE e_budget_line SET apply_up = apply_up + 1 WHERE _rid = 5")[0],
        Part::Records
    );
}

#[test]
fn two_figures_exchanged_are_named_though_the_sum_is_right() {
    let mut office = Office::with_figures();
    let sql = "UPDATE e_budget_line SET apply_up = CASE _rid WHEN 1 THEN 2 * 12345 ELSE 12345 END WHERE _rid IN (1, 2)";
    assert_eq!(meddle(&mut office, sql)[..2], [Part::Records, Part::Records]);
}

#[test]
fn records_that_came_or_went_behind_the_program_are_named() {
    let mut office = Office::with_figures();
    assert_eq!(meddle(&mut office, "DELETE FROM e_budget_line WHERE _rid = 7")[0], Part::Records);
    let mut office = Office::with_figures();
    let sql = "INSERT INTO e_agency (_id, _division, _year, _version, _deleted)
               VALUES (x'00112233445566778899aabbccddeeff', '410823000', 2026, 1, 0)";
    assert_eq!(meddle(&mut office, sql)[0], Part::Records);
    let mut office = Office::with_figures();
    assert_eq!(meddle(&mut office, "UPDATE e_agency SET _deleted = 1")[0], Part::Records);
    let mut office = Office::with_figures();
    assert_eq!(meddle(&mut office, "UPDATE e_agency SET _year = 2025")[0], Part::Records);
}

#[test]
fn a_changed_missing_or_cut_log_is_named() {
    for sql in [
        "UPDATE op_batch SET ops = 2 WHERE seq = 3",
        "UPDATE op_batch SET payload = CAST(replace(payload, '12345', '12346') AS BLOB) WHERE seq = 2",
        "DELETE FROM op_batch WHERE seq = 4",
        "DELETE FROM op_batch WHERE seq = (SELECT MAX(seq) FROM op_batch)",
        "UPDATE op_group SET undone = 1 - undone",
        "DELETE FROM op_touch WHERE seq = 5",
        "DELETE FROM op_group WHERE first_batch = 6",
    ] {
        let mut office = Office::with_figures();
        let parts = meddle(&mut office, sql);
        assert!(matches!(parts.first(), Some(Part::Log | Part::Records)), "{sql}: {parts:?}");
    }
}

#[test]
fn a_stale_search_or_finding_is_named_and_is_no_damage() {
    let mut office = Office::with_figures();
    let parts = meddle(&mut office, "DELETE FROM search WHERE rowid % 64 = 0 OR 1");
    assert!(parts.contains(&Part::Search) && !verified(&office).is_damaged(), "{parts:?}");
    let mut office = Office::with_figures();
    office.agency("", "");
    let parts = meddle(&mut office, "DELETE FROM finding");
    assert!(parts.contains(&Part::Findings) && !verified(&office).is_damaged(), "{parts:?}");
    office.book().check_all(&mut |_, _| true).expect("checked");
    assert!(!verified(&office).problems.iter().any(|problem| problem.part == Part::Findings));
}

#[test]
fn a_page_that_rotted_while_the_book_is_open_is_named() {
    let mut office = Office::with_figures();
    office.open().expect("opens");
    let last = std::fs::metadata(office.path()).expect("a file").len() as usize - 1;
    flip(&office.path(), last, 0);
    let report = verified(&office);
    assert_eq!(report.problems[0].part, Part::Pages);
    assert!(report.is_damaged(), "{:?}", report.lines());
}

#[test]
fn a_journal_that_rotted_while_the_book_is_open_is_named_and_mended_by_opening() {
    let mut office = Office::with_figures();
    flip(&office.beside(".ops"), 300, 0);
    let report = verified(&office);
    assert_eq!(report.problems.iter().map(|problem| problem.part).collect::<Vec<_>>(), [Part::Journal]);
    office.open().expect("opens");
    assert!(office.book().mended().is_some());
    assert!(verified(&office).is_whole());
}

#[test]
fn verification_reports_and_can_be_stopped() {
    let office = Office::with_figures();
    let mut seen = Vec::new();
    let report = office
        .book()
        .verify(&mut |part, done, all| {
            seen.push((part, done, all));
            part != Part::Log || done < 3
        })
        .expect("verified");
    assert!(report.stopped && !report.is_whole() && report.problems.is_empty(), "{report:?}");
    assert_eq!(seen.last().map(|(part, done, _)| (*part, *done)), Some((Part::Log, 3)));
    assert!(report.lines()[0].contains("中途停止"));
}

#[test]
fn people_go_on_typing_while_the_book_is_verified() {
    let office = Office::with_figures();
    let mut typed = 0;
    let report = office.book().verify(&mut |_, _, _| {
        typed += 1;
        office.create("budget_line", json!({"apply_up": typed}));
        true
    });
    assert!(report.expect("verified").is_whole());
    assert!(typed > 20);
    let report = verified(&office);
    assert!(report.is_whole(), "{:?}", report.lines());
}
