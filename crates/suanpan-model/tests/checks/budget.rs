//! Cases of 年度预算 and 收入预算 lines.

use crate::case::{fires, silent};

#[test]
fn a_function_of_a_fund_is_paid_from_that_fund() {
    fires(
        "BGT-001",
        "budget_line b exp_func=2082201 fund_type=11111",
        "b.exp_func",
        &["2082201 移民补助", "12 政府性基金预算资金", "11111"],
    );
    fires("BGT-001", "budget_line b exp_func=2091001 fund_type=11111", "b.exp_func", &["14 社会保险基金预算资金"]);
    silent("BGT-001", "budget_line b exp_func=2082201 fund_type=121\nbudget_line c exp_func=2010101 fund_type=11111");
}

#[test]
fn money_of_a_fund_pays_only_for_its_functions() {
    fires("BGT-002", "budget_line b exp_func=2010101 fund_type=121", "b.fund_type", &["121", "2010101 行政运行"]);
    silent("BGT-002", "budget_line b exp_func=2082201 fund_type=121\nbudget_line c exp_func=2010101 fund_type=31");
}

#[test]
fn the_two_economic_classifications_agree_by_type_of_unit() {
    let line = "budget_line b agency=@a dep_eco=30101";
    fires(
        "BGT-003",
        &format!("agency a agency_type=31\n{line} gov_eco=50101"),
        "b.gov_eco",
        &["31 公益一类事业单位", "50501", "50101"],
    );
    silent("BGT-003", &format!("agency a agency_type=31\n{line} gov_eco=50501"));
    silent("BGT-003", &format!("agency a agency_type=1\n{line} gov_eco=50101"));
    // 绩效工资 is nothing that an administrative unit pays.
    fires(
        "BGT-003",
        "agency a agency_type=1\nbudget_line b agency=@a dep_eco=30107 gov_eco=50101",
        "b.gov_eco",
        &["不用这个科目"],
    );
}

#[test]
fn special_money_has_no_three_public_lines() {
    fires("BGT-006", "budget_line b pro_kind=32 dep_eco=30231", "b.dep_eco", &["30231"]);
    silent("BGT-006", "budget_line b pro_kind=21 dep_eco=30231\nbudget_line c pro_kind=32 dep_eco=30201");
}

#[test]
fn a_unit_that_hides_its_projects_in_other_codes_is_to_explain() {
    let lines = "
        agency a
        budget_line b agency=@a pro_kind=31 dep_eco=30201 apply_up=70000
        budget_line c agency=@a pro_kind=31 dep_eco=30299 apply_up=30000";
    fires("BGT-007", lines, "a.agency_name", &["30,000.00 元", "30", "20%"]);
    silent("BGT-007", &format!("{lines}\nbudget_line d agency=@a pro_kind=22 dep_eco=30202 apply_up=50000"));
    silent("BGT-007", &lines.replace("pro_kind=31", "pro_kind=21"));
}

#[test]
fn the_changed_budget_is_not_below_nothing() {
    fires("BGT-008", "budget_line b reply_amt=100 adj_amt=-60 dis_amt=-50", "b.cur_amt", &["-10.00 元"]);
    silent("BGT-008", "budget_line b reply_amt=100 adj_amt=-60 dis_amt=-40");
}

#[test]
fn more_reviewed_than_applied_for_is_to_be_explained() {
    fires(
        "BGT-009",
        "budget_line b apply_up=100 fin_audit_money=101",
        "b.fin_audit_money",
        &["101.00 元", "100.00 元"],
    );
    silent("BGT-009", "budget_line b apply_up=100 fin_audit_money=100\nbudget_line c fin_audit_money=5");
}

#[test]
fn more_approved_than_reviewed_is_to_be_explained() {
    fires("BGT-010", "budget_line b fin_audit_money=100 reply_amt=101", "b.reply_amt", &["101.00 元", "100.00 元"]);
    silent("BGT-010", "budget_line b fin_audit_money=100 reply_amt=100\nbudget_line c reply_amt=5");
}

#[test]
fn what_a_unit_moves_between_its_lines_nets_to_nothing() {
    let lines = "
        agency a
        budget_line b agency=@a fund_type=11111 dis_amt=50
        budget_line c agency=@a fund_type=11111 dis_amt=-30";
    fires("BGT-011", lines, "a.agency_name", &["11111", "20.00 元"]);
    silent("BGT-011", &lines.replace("-30", "-50"));
}

#[test]
fn a_line_has_the_category_of_its_project() {
    fires("BGT-012", "project p pro_cat=31\nbudget_line b project=@p pro_kind=21", "b.pro_kind", &["21", "31"]);
    silent("BGT-012", "project p pro_cat=31\nbudget_line b project=@p pro_kind=31");
}

#[test]
fn a_line_of_another_unit_than_its_project_is_to_be_looked_at() {
    let units = "agency a agency_name=教育局\nagency c\nproject p agency=@a";
    fires("BGT-013", &format!("{units}\nbudget_line b project=@p agency=@c"), "b.agency", &["教育局"]);
    silent("BGT-013", &format!("{units}\nbudget_line b project=@p agency=@a"));
}

#[test]
fn a_transfer_downwards_in_a_department_budget_is_to_be_explained() {
    fires("BGT-014", "budget_line b gov_eco=51301", "b.gov_eco", &["51301"]);
    silent("BGT-014", "budget_line b gov_eco=50201");
}

#[test]
fn executable_allotments_stay_within_the_line_that_they_come_from() {
    let line = "
        budget_line b reply_amt=100
        allotment x plan=@b amount=60
        allotment y plan=@b amount=50";
    fires("BGT-015", line, "b.allotted_amt", &["110.00 元", "100.00 元", "10.00 元"]);
    silent("BGT-015", &line.replace("=50", "=40"));
    silent("BGT-015", &format!("{line} bgt_exe_flag=2"));
    silent("BGT-015", &format!("{line} bgt_type=11"));
}

#[test]
fn income_of_the_government_has_an_income_code() {
    fires("INC-001", "income_line i fund_type=11111", "i.income_sort", &["11111"]);
    silent("INC-001", "income_line i fund_type=11111 income_sort=10101\nincome_line j fund_type=31");
}

#[test]
fn the_shares_of_the_levels_add_up_to_the_income() {
    let line = "income_line i charge_item=诉讼费 amt=100 county_amt=60";
    fires("INC-002", &format!("{line} city_amt=30"), "i.share_total", &["90.00 元", "100.00 元", "10.00 元"]);
    silent("INC-002", &format!("{line} central_amt=40"));
    silent("INC-002", "income_line i charge_item=诉讼费 amt=100");
}

#[test]
fn an_income_code_of_another_book_is_to_be_looked_at() {
    fires("INC-003", "income_line i income_sort=10301 fund_type=11111", "i.income_sort", &["10301", "11111"]);
    silent("INC-003", "income_line i income_sort=10301 fund_type=121\nincome_line j income_sort=10101 fund_type=11111");
}

#[test]
fn changed_income_is_not_below_nothing() {
    fires("INC-004", "income_line i amt=10 adj_amt=-11", "i.cur_amt", &["-1.00 元"]);
    silent("INC-004", "income_line i amt=10 adj_amt=-10");
}

#[test]
fn income_that_grows_fast_is_to_be_explained() {
    fires("INC-005", "income_line i last_year_amt=100 amt=131", "i.amt", &["131.00 元", "100.00 元", "31", "30%"]);
    silent("INC-005", "income_line i last_year_amt=100 amt=130\nincome_line j amt=1000");
}
