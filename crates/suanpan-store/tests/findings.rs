//! What the book keeps of its findings: read page by page, counted, and taken over from older programs.

mod support;

use rusqlite::{Connection, params};
use serde_json::json;
use suanpan_model::check::{Finding, Severity};
use suanpan_store::findings::FindingQuery;
use support::Office;

/// A few records with several findings each, some of them with figures.
fn office() -> Office {
    let office = Office::new();
    let unit = office.agency("101001", "武陟县人民政府办公室");
    office.agency("101001", "武陟县财政局");
    for number in 0..4 {
        let fields = json!({"pro_name": format!("第{number}村道路"), "agency": unit.to_string(), "pro_total_amt": -5});
        office.create("project", fields);
    }
    office
}

fn found(office: &Office, offset: usize, limit: usize) -> Vec<Finding> {
    office.book().findings(&FindingQuery { offset, limit, ..FindingQuery::default() }).expect("read")
}

fn checked_anew(office: &Office) -> Vec<Finding> {
    office.book().check_all(&mut |_, _| true).expect("checked");
    found(office, 0, 0)
}

#[test]
fn each_page_of_the_findings_goes_on_where_the_one_before_ended() {
    let office = office();
    let all = found(&office, 0, 0);
    assert!(all.len() > 20 && all.iter().any(|finding| finding.message.contains("-0.05")), "{all:?}");
    for limit in [1, 2, 3, 7, all.len() - 1, all.len(), all.len() + 1] {
        let pages: Vec<_> = (0..all.len()).step_by(limit).flat_map(|offset| found(&office, offset, limit)).collect();
        assert_eq!(pages, all, "{limit} at once");
    }
    assert!(found(&office, all.len(), 5).is_empty());
}

#[test]
fn the_findings_of_a_record_are_its_part_of_all_and_the_counts_are_theirs() {
    let office = office();
    let all = found(&office, 0, 0);
    for record in all.iter().map(|finding| finding.record) {
        let its: Vec<_> = all.iter().filter(|finding| finding.record == record).cloned().collect();
        assert_eq!(office.book().findings_of(&[record]).expect("read")[&record], its);
        let query = FindingQuery { record: Some(record), ..FindingQuery::default() };
        assert_eq!(office.book().findings(&query).expect("read"), its);
    }
    for count in office.book().finding_counts(Some(2026)).expect("counted") {
        let counted = |finding: &&Finding| finding.rule == count.rule && finding.entity == count.entity;
        assert_eq!(all.iter().filter(counted).count(), count.count, "{count:?}");
    }
}

/// Writes the findings as programs before this one did, a row for each; `year`: those that noted it.
fn as_before(office: &mut Office, with_year: bool) {
    let (all, schema) = (found(office, 0, 0), office.book().schema());
    let write = |connection: &Connection| -> rusqlite::Result<()> {
        let year = if with_year { ", year INTEGER NOT NULL" } else { "" };
        connection.execute_batch(&format!(
            "DROP TABLE finding; PRAGMA user_version = 1;
             CREATE TABLE finding (entity INTEGER NOT NULL, record BLOB NOT NULL, rule TEXT NOT NULL, field TEXT,
                 severity INTEGER NOT NULL, message TEXT NOT NULL{year}) STRICT;
             CREATE INDEX finding_by_record ON finding (record);
             CREATE INDEX finding_by_kind ON finding (severity, entity, rule);"
        ))?;
        let year = if with_year { ", 2026" } else { "" };
        let sql = format!("INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?{year})");
        let mut statement = connection.prepare(&sql)?;
        for Finding { rule, severity, entity, record, field, message } in &all {
            let severity = i32::from(*severity == Severity::Advisory);
            let entity = schema.entity_no(entity).expect("an entity");
            statement.execute(params![entity, record, rule, field, severity, message])?;
        }
        Ok(())
    };
    office.book().read(|connection| Ok(write(connection)?)).expect("written as before");
    office.close();
}

fn version(office: &Office) -> i32 {
    let ask = |connection: &Connection| connection.pragma_query_value(None, "user_version", |row| row.get(0));
    office.book().read(|connection| Ok(ask(connection)?)).expect("read")
}

#[test]
fn the_findings_of_an_older_program_are_taken_over_when_the_book_is_opened() {
    let mut office = office();
    let before = found(&office, 0, 0);
    as_before(&mut office, true);
    office.open().expect("opens");
    assert_eq!(found(&office, 0, 0), before);
    assert!(!office.book().findings_are_stale().expect("read"));
    let report = office.book().verify(&mut |_, _, _| true).expect("verified");
    assert!(report.is_whole(), "{:?}", report.lines());
    assert_eq!(version(&office), 3, "an older program does not know this table");
    assert_eq!(checked_anew(&office), before);
}

#[test]
fn findings_of_a_still_older_program_wait_to_be_made_anew() {
    let mut office = office();
    let before = found(&office, 0, 0);
    as_before(&mut office, false);
    office.open().expect("opens");
    assert!(office.book().findings_are_stale().expect("read"));
    assert_eq!(checked_anew(&office), before);
}

#[test]
fn many_gaps_of_a_record_are_one_row_and_their_words_are_made_when_read() {
    let office = office();
    let rows: Vec<(i64, String)> = office
        .book()
        .read(|connection| {
            let mut statement = connection.prepare("SELECT count, said FROM finding WHERE rule = 'GEN-001'")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .expect("read");
    assert_eq!(rows.len(), 6, "one for each record");
    assert!(rows.iter().any(|(count, _)| *count > 10) && rows.iter().all(|(_, said)| !said.contains("必填")));
    let gap = found(&office, 0, 0).into_iter().find(|finding| finding.rule == "GEN-001").expect("a gap");
    assert!(gap.message.ends_with("必填，请填写") && !gap.message.starts_with("必填"), "{gap:?}");
}
