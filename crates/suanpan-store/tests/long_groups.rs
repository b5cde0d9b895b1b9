//! A long group asks the book less than short ones do; what it finds must be the same.

mod support;

use serde_json::json;
use std::collections::BTreeSet;
use suanpan_model::value::RecordId;
use suanpan_store::findings::FindingQuery;
use support::{Office, created};
use uuid::Uuid;

const LINES: u32 = 1_500;

/// A budget line of a unit; two with the same `key` have the same key of the document.
fn line(agency: RecordId, key: u32) -> suanpan_model::OpKind {
    created(json!({
        "agency": agency.to_string(), "exp_func": format!("{:07}", 2_010_000 + key), "gov_eco": "50101",
        "dep_eco": "30101", "fund_type": "11111", "stage": "1", "apply_up": i64::from(key) * 100,
    }))
}

fn findings(office: &Office) -> BTreeSet<(RecordId, String, String)> {
    let all = office.book().findings(&FindingQuery::default()).expect("read");
    all.into_iter().map(|finding| (finding.record, finding.rule, finding.message)).collect()
}

/// Findings as they were kept up while writing, after making sure that a check of everything finds the same.
fn kept_up(office: &Office) -> BTreeSet<(RecordId, String, String)> {
    let kept = findings(office);
    office.book().check_all(&mut |_, _| true).expect("checked");
    assert_eq!(kept, findings(office), "kept up while writing ≠ checked from the beginning");
    kept
}

fn twins(findings: &BTreeSet<(RecordId, String, String)>) -> BTreeSet<RecordId> {
    findings.iter().filter(|(_, rule, _)| rule == "GEN-006").map(|(record, ..)| *record).collect()
}

#[test]
fn equal_keys_are_found_however_far_apart_they_stand_in_a_long_import() {
    let office = Office::new();
    let unit = office.agency("101001", "武陟县人民政府办公室");
    let ids: Vec<RecordId> = (0..LINES).map(|_| office.id()).collect();
    // The last line repeats the first, one in the middle its neighbour.
    let key = |at: u32| if at == LINES - 1 { 0 } else { at - u32::from(at == 700) };
    let ops = (0..LINES).map(|at| (ids[at as usize], "budget_line", line(unit, key(at)))).collect();
    office.apply("导入", ops).expect("applied");
    let expected = [0, 699, 700, LINES as usize - 1].map(|at| ids[at]);
    assert_eq!(twins(&kept_up(&office)), BTreeSet::from(expected));
}

#[test]
fn a_long_import_notices_the_keys_that_the_book_already_held() {
    let office = Office::new();
    let unit = office.agency("101001", "武陟县人民政府办公室");
    let held = office.id();
    office.apply("新增", vec![(held, "budget_line", line(unit, 1_200))]).expect("applied");
    let ids: Vec<RecordId> = (0..LINES).map(|_| office.id()).collect();
    let ops = (0..LINES).map(|at| (ids[at as usize], "budget_line", line(unit, at))).collect();
    office.apply("导入", ops).expect("applied");
    assert_eq!(twins(&kept_up(&office)), BTreeSet::from([held, ids[1_200]]));
}

#[test]
fn records_may_come_before_what_they_refer_to_and_with_ids_in_any_order() {
    let office = Office::new();
    let units: Vec<RecordId> = (0..600).map(|at: u128| Uuid::from_u128(1_000_000 - at)).collect();
    let mut ops = Vec::new();
    for (at, unit) in units.iter().enumerate() {
        ops.push((office.id(), "budget_line", line(*unit, at as u32)));
        let fields = json!({"agency_code": format!("{:06}", 101_001 + at), "agency_name": format!("单位{at}")});
        ops.push((*unit, "agency", created(fields)));
    }
    office.apply("导入", ops).expect("applied");
    let missing = kept_up(&office).into_iter().filter(|(_, rule, _)| rule == "GEN-009").count();
    assert_eq!(missing, 0, "every line's unit is there");
}
