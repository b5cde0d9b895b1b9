//! Cases of 指标 and their vouchers.

use crate::case::{Case, fires, fires_at, silent};

#[test]
fn what_is_available_is_not_below_nothing() {
    let frozen = "
        allotment a amount=100 pay_app_amt=60
        allotment_voucher v kind=05 from_allotment=@a amount=50";
    fires("ALT-001", frozen, "a.available", &["-10.00 元", "100.00 元", "50.00 元", "60.00 元"]);
    silent("ALT-001", &format!("{frozen}\nallotment_voucher w kind=02 to_allotment=@a amount=10"));
    silent("ALT-001", &format!("{frozen}\nallotment_voucher w kind=06 to_allotment=@a amount=10"));
}

#[test]
fn the_lower_allotments_stay_within_their_source() {
    let lower = "
        allotment a amount=100 pay_app_amt=20
        allotment x origin=@a amount=50
        allotment y origin=@a amount=40";
    fires("ALT-002", lower, "a.allocated", &["90.00 元", "80.00 元", "10.00 元"]);
    silent("ALT-002", &lower.replace("=40", "=30"));
    // Told once, at the figure that is too high.
    silent("ALT-001", lower);
}

#[test]
fn a_lower_allotment_keeps_the_marks_of_its_source() {
    let source = "allotment a fund_type=11111 is_track=yes track_pro_code=Z135 is_dir=yes";
    fires_at(
        "ALT-004",
        &format!("{source}\nallotment b origin=@a fund_type=121 is_track=yes track_pro_code=Z136 is_dir=yes"),
        &["b.track_pro_code", "b.fund_type"],
        &["源指标"],
    );
    fires(
        "ALT-004",
        &format!("{source}\nallotment b origin=@a fund_type=11111 is_track=yes track_pro_code=Z135"),
        "b.is_dir",
        &["是否直达资金", "“是”", "“否”"],
    );
    silent(
        "ALT-004",
        &format!("{source}\nallotment b origin=@a fund_type=11111 is_track=yes track_pro_code=Z135 is_dir=yes"),
    );
}

#[test]
fn the_two_classifications_of_an_allotment_agree_by_type_of_unit() {
    let unit = "agency a agency_type=1\nallotment b agency=@a dep_eco=30201";
    fires("ALT-007", &format!("{unit} gov_eco=50502"), "b.gov_eco", &["50201", "50502"]);
    silent("ALT-007", &format!("{unit} gov_eco=50201\nallotment c agency=@a gov_eco=50502"));
}

#[test]
fn what_arrived_long_ago_and_is_passed_on_now_is_to_be_explained() {
    let source = "allotment a doc_date=2026-01-10";
    fires(
        "ALT-008",
        &format!("{source}\nallotment b origin=@a doc_date=2026-02-10"),
        "b.doc_date",
        &["31 日", "30 日"],
    );
    silent("ALT-008", &format!("{source}\nallotment b origin=@a doc_date=2026-02-09"));
}

#[test]
fn an_allotment_of_a_fund_function_is_paid_from_that_fund() {
    fires("ALT-010", "allotment a exp_func=2082201 fund_type=11111", "a.exp_func", &["政府性基金"]);
    silent("ALT-010", "allotment a exp_func=2082201 fund_type=121");
}

#[test]
fn the_frozen_balance_is_never_below_nothing_not_even_for_a_day() {
    let slips = "
        allotment a amount=100
        allotment_voucher v kind=05 from_allotment=@a amount=30 doc_date=2026-03-05
        allotment_voucher w kind=06 to_allotment=@a amount=30 doc_date=2026-03-04";
    fires("ALT-011", slips, "a.frozen", &["2026-03-04", "30.00 元", "0.00 元"]);
    silent("ALT-011", &slips.replace("03-04", "03-05"));
    fires(
        "ALT-011",
        &slips.replace("03-04", "03-06").replace("=30 doc_date=2026-03-06", "=31 doc_date=2026-03-06"),
        "a.frozen",
        &["31.00 元"],
    );
}

#[test]
fn no_more_is_released_than_the_allotment_has() {
    let slips = "allotment a amount=100\nallotment_voucher v kind=01 to_allotment=@a amount=60";
    fires(
        "ALT-012",
        &format!("{slips}\nallotment_voucher w kind=01 to_allotment=@a amount=41"),
        "a.released",
        &["101.00 元"],
    );
    silent("ALT-012", &format!("{slips}\nallotment_voucher w kind=01 to_allotment=@a amount=40"));
}

#[test]
fn an_allotment_for_the_three_public_expenses_is_marked_as_such() {
    fires("ALT-013", "allotment a dep_eco=30217", "a.thr_exp", &["30217 公务接待费", "2 公务接待费"]);
    silent("ALT-013", "allotment a dep_eco=30217 thr_exp=2\nallotment b dep_eco=30201");
}

#[test]
fn an_allotment_that_differs_from_its_budget_is_to_be_looked_at() {
    let line = "budget_line b exp_func=2010101 fund_type=11111";
    fires(
        "ALT-014",
        &format!("{line}\nallotment a plan=@b exp_func=2010102 fund_type=11111"),
        "a.exp_func",
        &["2010101 行政运行", "2010102"],
    );
    silent("ALT-014", &format!("{line}\nallotment a plan=@b exp_func=2010101 fund_type=11111"));
}

#[test]
fn a_slip_that_takes_names_what_it_takes_from() {
    fires("VCH-001", "allotment_voucher v kind=03", "v.from_allotment", &["调减单"]);
    silent("VCH-001", "allotment a\nallotment_voucher v kind=03 from_allotment=@a\nallotment_voucher w kind=02");
}

#[test]
fn a_slip_that_gives_names_what_it_gives_to() {
    fires("VCH-002", "allotment_voucher v kind=02", "v.to_allotment", &["追加单"]);
    silent("VCH-002", "allotment a\nallotment_voucher v kind=02 to_allotment=@a\nallotment_voucher w kind=03");
}

#[test]
fn a_transfer_in_two_slips_nets_to_nothing_within_its_batch() {
    let slips = "
        allotment a
        allotment b
        allotment_voucher v kind=04 batch_no=000001 from_allotment=@a amount=30
        allotment_voucher w kind=04 batch_no=000001 to_allotment=@b amount=20";
    fires_at("VCH-003", slips, &["v.amount", "w.amount"], &["000001", "30.00 元", "20.00 元", "10.00 元"]);
    silent("VCH-003", &slips.replace("=20", "=30"));
    silent(
        "VCH-003",
        "allotment a\nallotment b\nallotment_voucher v kind=04 from_allotment=@a to_allotment=@b amount=9",
    );
    fires(
        "VCH-003",
        "allotment a\nallotment_voucher v kind=04 from_allotment=@a amount=9",
        "v.amount",
        &["未填", "9.00 元"],
    );
}

#[test]
fn a_slip_has_an_amount() {
    fires("VCH-004", "allotment_voucher v amount=0", "v.amount", &["0.00 元"]);
    silent("VCH-004", "allotment_voucher v amount=0.01");
}

#[test]
fn a_transfer_is_between_two_allotments() {
    fires(
        "VCH-005",
        "allotment a\nallotment_voucher v kind=04 from_allotment=@a to_allotment=@a",
        "v.to_allotment",
        &["同一条"],
    );
    silent("VCH-005", "allotment a\nallotment b\nallotment_voucher v kind=04 from_allotment=@a to_allotment=@b");
}

#[test]
fn a_transfer_stays_within_its_fund() {
    let two = "allotment_voucher v kind=04 from_allotment=@a to_allotment=@b";
    fires(
        "VCH-006",
        &format!("allotment a fund_type=11111\nallotment b fund_type=121\n{two}"),
        "v.to_allotment",
        &["11111", "121"],
    );
    silent("VCH-006", &format!("allotment a fund_type=11111\nallotment b fund_type=11111\n{two}"));
}

#[test]
fn a_slip_older_than_its_allotment_is_to_be_looked_at() {
    let slip = "allotment_voucher v kind=02 to_allotment=@a doc_date=2026-03-01";
    fires("VCH-007", &format!("allotment a doc_date=2026-03-02\n{slip}"), "v.doc_date", &["2026-03-01", "2026-03-02"]);
    silent("VCH-007", &format!("allotment a doc_date=2026-03-01\n{slip}"));
}

#[test]
fn a_slip_leaves_the_side_blank_that_its_kind_does_not_know() {
    let two = "allotment a\nallotment b\nallotment_voucher v from_allotment=@a to_allotment=@b";
    fires("VCH-008", &format!("{two} kind=03"), "v.to_allotment", &["调减单", "增方指标"]);
    fires("VCH-008", &format!("{two} kind=02"), "v.from_allotment", &["追加单", "减方指标"]);
    silent("VCH-008", &format!("{two} kind=04"));
}

/// The rules add up vouchers themselves; what people see are the derived fields.
#[test]
fn the_figures_of_the_rules_are_those_of_the_derived_fields() {
    let case = Case::of(
        "allotment a amount=100 pay_app_amt=33
         allotment b origin=@a amount=7
         allotment_voucher r kind=01 to_allotment=@a amount=200
         allotment_voucher s kind=02 to_allotment=@a amount=11
         allotment_voucher t kind=03 from_allotment=@a amount=13
         allotment_voucher u kind=04 from_allotment=@a to_allotment=@b amount=17
         allotment_voucher v kind=05 from_allotment=@a amount=90
         allotment_voucher w kind=06 to_allotment=@a amount=23
         allotment_voucher x kind=07 from_allotment=@a amount=5",
    );
    let schema = crate::case::schema();
    let def = schema.entity("allotment").expect("a document");
    let record =
        suanpan_model::facts::Facts::get(&case.book, "allotment", case.id("a")).expect("read").expect("is there");
    let values = suanpan_model::derive::with_derived(&case.book, def, &record).expect("read");
    let shown = |name: &str| format!("{} 元", values[def.index(name).expect("a field")].as_money().display_yuan());
    let found = case.findings("ALT-001");
    for name in ["available", "cur_amt", "frozen", "allocated", "pay_app_amt"] {
        assert!(found[0].contains(&shown(name)), "{name} = {} is missing in {found:?}", shown(name));
    }
    let released = case.findings("ALT-012");
    assert!(released[0].contains(&shown("released")), "{released:?}");
}
