//! Cases of 项目, 分年支出计划 and 支出明细.

use crate::case::{fires, fires_at, silent};

#[test]
fn a_project_code_has_21_characters_of_its_structure() {
    fires("PRJ-001", "project p pro_code=41082326P1", "p.pro_code", &["41082326P1", "21 位"]);
    silent("PRJ-001", "project p pro_code=41082326101P000000001\nproject q");
}

#[test]
fn one_project_code_twice_is_found_but_a_backup_keeps_its_code() {
    let two = "
        project p pro_code=41082326101P000000001 pro_name=甲
        project q pro_code=41082326101P000000001 pro_name=乙";
    fires_at("PRJ-002", two, &["p.pro_code", "q.pro_code"], &["41082326101P000000001"]);
    silent("PRJ-002", &format!("{two} is_backup=yes"));
}

#[test]
fn the_years_of_the_plan_add_up_to_the_total() {
    let project = "
        project p pro_total_amt=1000
        annual_plan x project=@p year=2026 fiscal_amt=600
        annual_plan y project=@p year=2027 fiscal_amt=300";
    fires("PRJ-003", project, "p.annual_plan_total", &["900.00 元", "1,000.00 元", "100.00 元"]);
    silent("PRJ-003", &format!("{project} social_amt=60 loan_amt=40"));
    silent("PRJ-003", "project p pro_total_amt=1000");
}

#[test]
fn the_last_year_follows_from_start_and_term() {
    fires("PRJ-004", "project p pro_start_year=2026 pro_term=3 end_year=2029", "p.end_year", &["2029", "2028"]);
    silent("PRJ-004", "project p pro_start_year=2026 pro_term=3 end_year=2028");
}

#[test]
fn other_money_cannot_exceed_the_total() {
    let parts = "project p pro_total_amt=100 scoi_invest_fund=60";
    fires("PRJ-005", &format!("{parts} bank_loan_fund=50"), "p.pro_total_amt", &["110.00 元", "100.00 元"]);
    silent("PRJ-005", &format!("{parts} bank_loan_fund=40"));
}

#[test]
fn a_project_starts_no_earlier_than_it_was_set_up() {
    fires("PRJ-006", "project p setup_year=2027 pro_start_year=2026", "p.pro_start_year", &["2027", "2026"]);
    silent("PRJ-006", "project p setup_year=2025 pro_start_year=2026");
}

#[test]
fn a_tracked_project_has_its_tracking_code() {
    fires("PRJ-007", "project p is_track=yes", "p.track_pro_code", &["追踪项目代码"]);
    silent("PRJ-007", "project p is_track=yes track_pro_code=10000026Z135110000001\nproject q");
}

#[test]
fn a_code_of_another_county_is_to_be_looked_at() {
    fires("PRJ-008", "project p pro_code=41082226101P000000001", "p.pro_code", &["410822", "410823"]);
    silent("PRJ-008", "project p pro_code=41082326101P000000001");
}

#[test]
fn a_special_project_has_a_plan_by_years() {
    fires("PRJ-009", "project p pro_cat=31", "p.pro_total_amt", &["分年支出计划"]);
    silent(
        "PRJ-009",
        "project p pro_cat=31
         annual_plan x project=@p year=2026
         project q pro_cat=1
         project r pro_cat=31 level_no=1",
    );
}

#[test]
fn a_wage_project_that_is_not_marked_as_protected_is_to_be_looked_at() {
    fires("PRJ-010", "project p pro_cat=1", "p.threesafe", &["000"]);
    silent("PRJ-010", "project p pro_cat=1 threesafe=003001\nproject q pro_cat=22");
}

#[test]
fn a_project_lasts_a_year_or_more() {
    fires("PRJ-011", "project p pro_term=0", "p.pro_term", &["0 年"]);
    silent("PRJ-011", "project p pro_term=1");
}

#[test]
fn a_project_has_the_department_of_its_unit() {
    let units = "
        agency a agency_name=教育局 dept=@a
        agency b agency_name=财政局 dept=@b
        agency c parent=@a dept=@a";
    fires("PRJ-012", &format!("{units}\nproject p agency=@c dept=@b"), "p.dept", &["教育局"]);
    silent("PRJ-012", &format!("{units}\nproject p agency=@c dept=@a"));
}

#[test]
fn a_planned_year_lies_within_the_project() {
    let project = "project p pro_start_year=2026 end_year=2027";
    fires("PLN-001", &format!("{project}\nannual_plan x project=@p year=2028"), "x.year", &["2028", "2026—2027"]);
    silent("PLN-001", &format!("{project}\nannual_plan x project=@p year=2027"));
}

#[test]
fn the_estimate_equals_what_is_applied_for() {
    let project = "
        project p pro_cat=31
        project_detail x project=@p amount=70
        project_detail y project=@p amount=20
        budget_line b project=@p apply_up=100";
    fires("DTL-001", project, "p.detail_total", &["90.00 元", "100.00 元", "10.00 元"]);
    silent("DTL-001", &format!("{project}\nproject_detail z project=@p amount=10"));
    // 人员类 may be entered without an estimate, a special project may not.
    silent("DTL-001", "project p pro_cat=1\nbudget_line b project=@p apply_up=100");
    fires("DTL-001", "project p pro_cat=31\nbudget_line b project=@p apply_up=100", "p.detail_total", &["0.00 元"]);
}

#[test]
fn an_amount_is_price_by_quantity() {
    let detail = "project_detail d unit_price=33.33 quantity=3";
    fires("DTL-002", &format!("{detail} amount=100.01"), "d.amount", &["100.01 元", "99.99 元"]);
    silent("DTL-002", &format!("{detail} amount=100"));
    silent("DTL-002", "project_detail d amount=100");
}

#[test]
fn the_two_classifications_of_an_estimate_agree_by_type_of_unit() {
    let owner = "agency a agency_type=1\nproject p agency=@a";
    fires(
        "DTL-003",
        &format!("{owner}\nproject_detail d project=@p dep_eco=30101 gov_eco=50501"),
        "d.gov_eco",
        &["30101", "1 行政单位", "50101", "50501"],
    );
    silent("DTL-003", &format!("{owner}\nproject_detail d project=@p dep_eco=30101 gov_eco=50101"));
}

#[test]
fn an_estimate_that_hides_in_other_codes_is_to_be_explained() {
    let details = "
        project p
        project_detail x project=@p dep_eco=30201 amount=70000
        project_detail y project=@p dep_eco=30299 amount=30000";
    fires("DTL-004", details, "p.detail_total", &["30,000.00 元", "30", "20%"]);
    silent("DTL-004", &details.replace("30000", "10000"));
    silent("DTL-004", &details.replace("000", "0"));
}

#[test]
fn special_money_does_not_pay_for_the_three_public_expenses() {
    let detail = "project_detail d project=@p dep_eco=30217";
    fires("DTL-005", &format!("project p pro_cat=31\n{detail}"), "d.dep_eco", &["30217 公务接待费"]);
    silent("DTL-005", &format!("project p pro_cat=21\n{detail}"));
}

#[test]
fn a_price_above_its_standard_is_to_be_explained() {
    let standard = "expenditure_standard s exp_cri_name=台式电脑 form=1 exp_cri_val=5000";
    let detail = |price: u32| format!("{standard}\nproject_detail d standard=@s unit_price={price}");
    fires("DTL-006", &detail(5001), "d.unit_price", &["5,001.00 元", "台式电脑", "5,000.00 元"]);
    silent("DTL-006", &detail(5000));
}
