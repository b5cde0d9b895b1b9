//! Cases of 区划, 代码项, 预算单位, 编制人数, 银行账户 and 支出标准.

use crate::case::{fires, fires_at, silent};

#[test]
fn a_division_code_has_nine_digits() {
    fires("DIV-001", "division d code=410823", "d.code", &["410823", "9 位"]);
    silent("DIV-001", "division d code=410823101");
}

#[test]
fn a_division_of_another_level_than_its_zeros_is_to_be_looked_at() {
    fires("DIV-002", "division d code=410823000 level=5", "d.level", &["4 县级", "5 乡级"]);
    silent(
        "DIV-002",
        "division a code=410000000 level=2
         division b code=410800000 level=3
         division c code=410823000 level=4
         division d code=410823101 level=5",
    );
}

#[test]
fn a_code_cannot_end_before_it_begins() {
    fires("COD-001", "code_item c start_year=2026 end_year=2025", "c.end_year", &["2026", "2025"]);
    silent("COD-001", "code_item c start_year=2026 end_year=2026");
}

#[test]
fn a_wrong_check_digit_of_the_credit_code_is_found() {
    fires("AGY-001", "agency a unifsoc_cred_code=91350100M000100Y44", "a.unifsoc_cred_code", &["91350100M000100Y44"]);
    silent("AGY-001", "agency a unifsoc_cred_code=91350100M000100Y43");
}

#[test]
fn a_unit_code_is_groups_of_three_digits() {
    fires("AGY-002", "agency a agency_code=2190", "a.agency_code", &["2190"]);
    fires("AGY-002", "agency a agency_code=21A", "a.agency_code", &["21A"]);
    silent("AGY-002", "agency a agency_code=219\nagency b agency_code=703004002001");
}

#[test]
fn one_unit_code_twice_in_the_county_is_found_even_across_townships() {
    fires_at(
        "AGY-003",
        "agency a agency_code=101 agency_name=财政局
         agency b agency_code=101 agency_name=城关镇政府 division!=410823100",
        &["a.agency_code", "b.agency_code"],
        &["101"],
    );
    silent("AGY-003", "agency a agency_code=101\nagency b agency_code=102\nagency c agency_code=101 deleted!=yes");
}

#[test]
fn a_unit_below_a_department_begins_with_its_code() {
    fires(
        "AGY-004",
        "agency a agency_code=219\nagency b agency_code=301001 parent=@a",
        "b.agency_code",
        &["301001", "219"],
    );
    silent("AGY-004", "agency a agency_code=219\nagency b agency_code=219011 parent=@a");
}

#[test]
fn one_credit_code_for_two_units_is_to_be_looked_at() {
    fires_at(
        "AGY-005",
        "agency a agency_code=101 agency_name=甲 unifsoc_cred_code=91350100M000100Y43
         agency b agency_code=102 agency_name=乙 unifsoc_cred_code=91350100M000100Y43",
        &["a.unifsoc_cred_code", "b.unifsoc_cred_code"],
        &["10"],
    );
    silent("AGY-005", "agency a\nagency b");
}

#[test]
fn a_township_unit_names_its_township() {
    fires("AGY-006", "agency a istown=yes", "a.town", &["所属乡镇"]);
    silent("AGY-006", "agency a istown=yes town=410823100\nagency b");
}

#[test]
fn an_administrative_unit_that_pays_for_itself_is_to_be_looked_at() {
    fires("AGY-007", "agency a agency_type=1 fund_guar=3", "a.fund_guar", &["1 行政单位", "3 自收自支"]);
    silent("AGY-007", "agency a agency_type=1 fund_guar=1\nagency b agency_type=32 fund_guar=2");
}

#[test]
fn a_unit_does_not_end_before_it_begins() {
    fires("AGY-008", "agency a start_date=2026-01-01 end_date=2025-12-31", "a.end_date", &["2025-12-31"]);
    silent("AGY-008", "agency a start_date=2026-01-01\nagency b start_date=2026-01-01 end_date=2026-01-01");
}

#[test]
fn two_active_units_of_one_name_are_to_be_looked_at() {
    let two = "agency a agency_code=101 agency_name=财政所\nagency b agency_code=102 agency_name=财政所";
    fires_at("AGY-009", two, &["a.agency_name", "b.agency_name"], &["财政所"]);
    silent("AGY-009", &format!("{two} is_enabled=no"));
}

#[test]
fn a_unit_with_a_department_budget_has_a_headcount() {
    fires("AGY-010", "agency a", "a.mof_dep", &["编制人数"]);
    silent("AGY-010", "agency a\nagency_staff s agency=@a\nagency b is_pre_dep_bgt=no");
}

#[test]
fn a_unit_is_one_level_below_its_parent() {
    fires("AGY-011", "agency a level_no=1\nagency b parent=@a level_no=3", "b.level_no", &["3", "2"]);
    silent("AGY-011", "agency a level_no=1\nagency b parent=@a level_no=2");
}

#[test]
fn the_department_in_charge_is_a_top_level_unit() {
    fires(
        "AGY-012",
        "agency a agency_name=教育局 dept=@a
         agency b agency_name=一中 parent=@a dept=@b",
        "b.dept",
        &["一中"],
    );
    fires("AGY-012", "agency a dept=@a\nagency b agency_name=财政局 dept=@a", "b.dept", &["部门本级填自己"]);
    silent("AGY-012", "agency a dept=@a\nagency b parent=@a dept=@a");
}

#[test]
fn more_staff_than_posts_is_to_be_explained() {
    let posts = "agency_staff s admin_staf_num=10 inst_staf_num=5 worker_staf_num=1 actu_staf_num=20";
    fires("STF-001", &format!("{posts} actunow_staf_num=17"), "s.actunow_staf_num", &["17 人", "16 人"]);
    silent("STF-001", &format!("{posts} actunow_staf_num=16"));
}

#[test]
fn those_in_post_are_part_of_all_who_work_there() {
    fires("STF-002", "agency_staff s actunow_staf_num=5 actu_staf_num=4", "s.actunow_staf_num", &["5 人", "4 人"]);
    silent("STF-002", "agency_staff s actunow_staf_num=4 actu_staf_num=4");
}

#[test]
fn more_cars_than_allowed_are_to_be_explained() {
    fires("STF-003", "agency_staff s car_actu_num=3 car_staf_num=2", "s.car_actu_num", &["3 辆", "2 辆"]);
    silent("STF-003", "agency_staff s car_actu_num=2 car_staf_num=2");
}

#[test]
fn an_account_number_is_digits() {
    fires("ACC-001", "bank_account b acct_no=6222O001", "b.acct_no", &["6222O001"]);
    fires("ACC-001", "bank_account b acct_no=1234567", "b.acct_no", &["8—40 位"]);
    silent("ACC-001", "bank_account b acct_no=16-420101040001234");
}

#[test]
fn an_account_does_not_close_before_it_opens() {
    fires("ACC-002", "bank_account b open_date=2026-02-01 close_date=2026-01-01", "b.close_date", &["2026-02-01"]);
    silent("ACC-002", "bank_account b open_date=2026-02-01");
}

#[test]
fn an_account_in_another_name_is_to_be_looked_at() {
    let unit = "agency a agency_name=武陟县财政局";
    fires("ACC-003", &format!("{unit}\nbank_account b agency=@a acct_name=张三"), "b.acct_name", &["武陟县财政局"]);
    silent("ACC-003", &format!("{unit}\nbank_account b agency=@a acct_name=武陟县财政局零余额账户"));
}

#[test]
fn a_rate_above_the_whole_is_to_be_looked_at() {
    fires("STD-001", "expenditure_standard s form=2 exp_cri_val=120", "s.exp_cri_val", &["120%"]);
    silent("STD-001", "expenditure_standard s form=2 exp_cri_val=2\nexpenditure_standard t form=1 exp_cri_val=5000");
}

#[test]
fn a_standard_does_not_end_before_it_begins() {
    fires("STD-002", "expenditure_standard s start_date=2026-01-01 end_date=2025-01-01", "s.end_date", &["2025-01-01"]);
    silent("STD-002", "expenditure_standard s start_date=2025-01-01 end_date=2025-12-31");
}

#[test]
fn a_standard_below_zero_is_found() {
    fires("STD-003", "expenditure_standard s exp_cri_val=-1", "s.exp_cri_val", &["-1"]);
    silent("STD-003", "expenditure_standard s exp_cri_val=0");
}
