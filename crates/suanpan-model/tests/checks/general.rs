//! Cases of the rules that hold for every field and every entity.

use crate::case::{Case, fires, fires_at, silent};

#[test]
fn a_required_field_left_blank_is_found() {
    fires("GEN-001", "division d code=410823000 level=4", "d.name", &["区划名称", "必填"]);
    silent("GEN-001", "division d code=410823000 name=武陟县 level=4");
}

#[test]
fn text_longer_than_its_element_is_found_in_characters_not_bytes() {
    let name = |count: usize| format!("division d code=410823000 level=4 name={}", "县".repeat(count));
    fires("GEN-002", &name(101), "d.name", &["100", "101"]);
    silent("GEN-002", &name(100));
}

#[test]
fn a_code_outside_its_set_is_found() {
    fires("GEN-003", "budget_line b exp_func=9999999", "b.exp_func", &["9999999"]);
    silent("GEN-003", "budget_line b exp_func=2010101");
}

#[test]
fn a_code_with_codes_below_it_is_found_where_a_leaf_is_asked_for() {
    fires("GEN-004", "budget_line b exp_func=20101", "b.exp_func", &["20101 人大事务", "末级"]);
    silent("GEN-004", "budget_line b exp_func=2010101");
    // 转移支付功能 may be any level.
    silent("GEN-004", "allotment a tp_func=20101");
}

#[test]
fn a_code_that_ended_before_the_fiscal_year_is_found() {
    fires("GEN-005", "budget_line b exp_func=2019999", "b.exp_func", &["2019999 已停用的科目", "2026", "2015", "2024"]);
    silent("GEN-005", "budget_line b exp_func=2010101");
}

#[test]
fn two_records_with_one_key_in_one_division_are_both_told() {
    fires_at(
        "GEN-006",
        "bank_account a acct_no=62220001
         bank_account b acct_no=62220001",
        &["a.acct_no", "b.acct_no"],
        &["账号", "62220001"],
    );
}

#[test]
fn a_deleted_twin_a_twin_elsewhere_and_a_blank_key_are_no_twins() {
    silent(
        "GEN-006",
        "bank_account a acct_no=62220001
         bank_account b acct_no=62220001 deleted!=yes
         bank_account c acct_no=62220001 division!=410823100
         allotment d
         allotment e",
    );
}

#[test]
fn a_negative_amount_is_found_unless_the_field_is_signed() {
    fires("GEN-007", "budget_line b apply_up=-1234.5", "b.apply_up", &["-1,234.50 元"]);
    silent("GEN-007", "budget_line b adj_amt=-1234.5");
}

#[test]
fn more_decimals_than_the_element_has_are_found() {
    fires("GEN-008", "project_detail d quantity=1.005", "d.quantity", &["2 位", "1.005"]);
    silent("GEN-008", "project_detail d quantity=1.500");
}

#[test]
fn a_reference_to_nothing_or_to_a_deleted_record_is_found() {
    fires("GEN-009", "budget_line b agency=nowhere", "b.agency", &["预算单位", "不存在"]);
    fires("GEN-009", "agency a deleted!=yes\nbudget_line b agency=@a", "b.agency", &["已删除"]);
    silent("GEN-009", "agency a\nbudget_line b agency=@a");
}

#[test]
fn a_tree_that_bites_its_tail_is_found_with_its_path() {
    let found = Case::of(
        "agency a agency_name=甲 parent=@c
         agency b agency_name=乙 parent=@a
         agency c agency_name=丙 parent=@b
         agency d agency_name=丁 parent=@a",
    )
    .findings("GEN-010");
    assert_eq!(found.len(), 3, "the one below the circle is not in it: {found:?}");
    assert!(found[0].contains("甲 → 丙 → 乙 → 甲"), "{found:?}");
    fires("GEN-010", "agency a agency_name=甲 parent=@a", "a.parent", &["甲 → 甲"]);
    silent("GEN-010", "agency a\nagency b parent=@a\nagency c parent=@b");
}

#[test]
fn a_day_that_does_not_exist_is_found() {
    fires("GEN-011", "agency a start_date=2026-02-30", "a.start_date", &["2026-02-30"]);
    fires("GEN-011", "agency a start_date=2026-2-3", "a.start_date", &["2026-2-3"]);
    silent("GEN-011", "agency a start_date=2024-02-29");
}

#[test]
fn a_year_out_of_all_reason_is_found() {
    fires("GEN-012", "project p setup_year=20226", "p.setup_year", &["20226", "1949", "2100"]);
    silent("GEN-012", "project p setup_year=2026");
}

#[test]
fn fewer_than_no_people_are_found() {
    fires("GEN-013", "agency_staff s actu_staf_num=-3", "s.actu_staf_num", &["-3"]);
    silent("GEN-013", "agency_staff s actu_staf_num=0");
}

#[test]
fn a_deleted_record_has_no_findings() {
    let case = Case::of("budget_line b exp_func=9999999 deleted!=yes");
    assert!(case.findings("GEN-003").is_empty());
}
