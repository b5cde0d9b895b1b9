//! Cases of the several books at once and of 基本支出 by 编制 × 支出标准.

use crate::case::{fires, fires_at, silent};

const BOOKS: &str = "
    budget_book general code=01 name=一般公共预算 fund_types=11
    budget_book fund code=02 name=政府性基金预算 fund_types=12
    budget_book land code=11 name=土地出让 fund_types=12 func_prefixes=21208 is_balanced=no in_total=no
    agency a";

#[test]
fn income_equals_spending_in_every_book() {
    let lines = format!(
        "{BOOKS}
         income_line i agency=@a fund_type=11111 amt=100
         budget_line b agency=@a fund_type=11111 apply_up=100
         budget_line c agency=@a fund_type=121 apply_up=30"
    );
    fires("BGT-004", &lines, "a.agency_name", &["政府性基金预算", "0.00 元", "30.00 元"]);
    silent("BGT-004", &format!("{lines}\nincome_line j agency=@a fund_type=121 amt=30"));
}

#[test]
fn approved_lines_count_what_they_are_now_and_drafts_what_they_ask_for() {
    let unit = format!("{BOOKS}\nincome_line i agency=@a fund_type=11111 stage=4 amt=90 adj_amt=5");
    let line = "budget_line b agency=@a fund_type=11111 apply_up=120 reply_amt=90 adj_amt=5";
    silent("BGT-004", &format!("{unit}\n{line} stage=4"));
    fires("BGT-004", &format!("{unit}\n{line} stage=1"), "a.agency_name", &["95.00 元", "120.00 元", "-25.00 元"]);
}

#[test]
fn a_book_that_need_not_balance_is_not_asked() {
    silent("BGT-004", "budget_book x code=12 name=债务 is_balanced=no\nagency a\nbudget_line b agency=@a apply_up=5");
}

#[test]
fn two_books_of_the_whole_do_not_take_the_same_line() {
    let general = "budget_book a code=01 name=一般公共预算 fund_types=11";
    fires_at(
        "BOK-001",
        &format!("{general}\nbudget_book b code=02 name=本级预算 fund_types=111,12"),
        &["a.fund_types", "b.fund_types"],
        &["预算", "两次"],
    );
    silent("BOK-001", &format!("{general}\nbudget_book b code=02 name=专门 fund_types=111 in_total=no"));
    silent("BOK-001", &format!("{general} func_prefixes=201\nbudget_book b code=02 fund_types=11 func_prefixes=205"));
}

#[test]
fn a_book_takes_its_lines_by_beginnings_of_real_codes() {
    fires("BOK-002", "budget_book a code=01 fund_types=11,88", "a.fund_types", &["88"]);
    fires("BOK-002", "budget_book a code=01 income_prefixes=999", "a.income_prefixes", &["999"]);
    silent("BOK-002", "budget_book a code=01 fund_types=11，12 func_prefixes=21208");
}

/// Ten people; 5,000 元 each for office, 8,000 or 12,000 元 each for travel by 档次, 2 % of wages for the union.
const STANDARDS: &str = "
    agency a agency_type=1
    agency_staff s agency=@a admin_staf_num=8 inst_staf_num=2
    expenditure_standard office form=1 cri_base=1 dep_eco=30201 exp_cri_val=5000
    expenditure_standard near form=1 cri_base=1 dep_eco=30211 exp_cri_val=8000 cri_level=一类
    expenditure_standard far form=1 cri_base=1 dep_eco=30211 exp_cri_val=12000 cri_level=二类
    expenditure_standard union form=2 cri_base=6 dep_eco=30228 exp_cri_val=2";

fn unit_asks(office: u32, travel: u32, union: u32) -> String {
    format!(
        "{STANDARDS}
         budget_line o agency=@a pro_kind=21 dep_eco=30201 apply_up={office}
         budget_line t agency=@a pro_kind=21 dep_eco=30211 apply_up={travel}
         budget_line w agency=@a pro_kind=1 dep_eco=30101 apply_up=600000
         budget_line u agency=@a pro_kind=21 dep_eco=30228 apply_up={union}"
    )
}

#[test]
fn basic_spending_follows_posts_and_standards_within_the_tolerance() {
    silent("BGT-005", &unit_asks(50_000, 100_000, 12_000));
    silent("BGT-005", &unit_asks(55_000, 132_000, 12_000));
    fires(
        "BGT-005",
        &unit_asks(55_001, 100_000, 12_000),
        "a.agency_name",
        &["办公费", "55,001.00 元", "50,000.00 元", "10%"],
    );
    fires("BGT-005", &unit_asks(50_000, 132_001, 12_000), "a.agency_name", &["80,000.00 元—120,000.00 元"]);
    fires("BGT-005", &unit_asks(50_000, 100_000, 20_000), "a.agency_name", &["12,000.00 元"]);
}

#[test]
fn a_standard_of_other_units_or_other_years_says_nothing() {
    let asks = |standard: &str| {
        format!(
            "agency a agency_type=31
             agency_staff s agency=@a inst_staf_num=1
             expenditure_standard x form=1 cri_base=1 dep_eco=30201 exp_cri_val=1 {standard}
             budget_line o agency=@a pro_kind=21 dep_eco=30201 apply_up=500"
        )
    };
    fires("BGT-005", &asks("agency_type=3"), "a.agency_name", &["1.00 元"]);
    silent("BGT-005", &asks("agency_type=1"));
    silent("BGT-005", &asks("end_date=2025-12-31"));
    silent("BGT-005", &asks("").replace("form=1", "form=3"));
}

#[test]
fn a_quota_without_a_code_covers_what_no_other_standard_names() {
    let unit = "
        agency a agency_type=1
        agency_staff s agency=@a admin_staf_num=10
        expenditure_standard office form=1 cri_base=1 dep_eco=30201 exp_cri_val=5000
        expenditure_standard rest form=1 cri_base=1 exp_cri_class=12 exp_cri_val=3000
        budget_line o agency=@a pro_kind=21 dep_eco=30201 apply_up=50000
        budget_line p agency=@a pro_kind=21 dep_eco=30202 apply_up=20000";
    silent("BGT-005", &format!("{unit}\nbudget_line q agency=@a pro_kind=21 dep_eco=30205 apply_up=10000"));
    fires("BGT-005", unit, "a.agency_name", &["21 公用经费", "20,000.00 元", "30,000.00 元"]);
}
