//! Divisions, books, standards, units, headcounts and accounts.

use crate::{
    Item,
    basics::STANDARDS,
    context::Context,
    plan::Year,
    quirks,
    random::{Kind, Random},
    templates::{GIVEN, SURNAMES},
    units::{COUNTY, PARTLY, TOWNS, Theme, Unit},
};
use suanpan_model::code::social_credit_check_char;

/// Province, city and county above the townships: code, name, level.
const ABOVE: &[(&str, &str, &str)] =
    &[("410000000", "河南省", "2"), ("410800000", "焦作市", "3"), (COUNTY, "武陟县", "4")];

pub fn divisions_and_books(context: &Context, year: &Year, at: usize, first: bool) -> Vec<Item> {
    if at > 0 || !first {
        return Vec::new();
    }
    let towns = TOWNS.iter().map(|(code, name)| (*code, *name, "5"));
    let mut items = Vec::new();
    for (serial, (code, name, level)) in ABOVE.iter().copied().chain(towns).enumerate() {
        let row = context.county_row("division", context.lasting_id(Kind::Division, serial), year);
        let row = row.text("code", code).text("name", name).text("level", level).yes("is_local", code == COUNTY);
        let above = serial.checked_sub(1).map(|above| above.min(2));
        items.push(match above {
            Some(above) => row.link("parent", context.lasting_id(Kind::Division, above)).done(),
            None => row.done(),
        });
    }
    for (serial, book) in context.books.iter().enumerate() {
        let mut row = context.county_row("budget_book", context.lasting_id(Kind::Book, serial), year);
        for (name, value) in book.as_object().into_iter().flatten() {
            row = match value {
                serde_json::Value::Bool(yes) => row.yes(name, *yes),
                serde_json::Value::Number(number) => row.int(name, number.as_i64().unwrap_or_default()),
                other => row.text(name, other.as_str().unwrap_or_default()),
            };
        }
        items.push(row.done());
    }
    items
}

pub fn standards(context: &Context, year: &Year, at: usize, _: bool) -> Vec<Item> {
    if at > 0 {
        return Vec::new();
    }
    let item = |(serial, one): (usize, &crate::basics::Standard)| {
        let value = if one.cents == 0 { one.value.to_string() } else { format!("{}.{:02}", one.value, one.cents) };
        context
            .county_row("expenditure_standard", context.id(year.year, Kind::Standard, serial), year)
            .text("exp_cri_code", one.code)
            .text("exp_cri_name", one.name)
            .text("exp_cri_class", one.class)
            .text("cri_type", "2")
            .text("agency_type", one.kind)
            .text("unit", one.unit)
            .text("exp_cri_val", value)
            .text("form", if one.rate { "2" } else { "1" })
            .text("cri_base", one.base)
            .text("dep_eco", one.dep)
            .text("mof_dep", "002")
            .text("exp_scope", "本县财政供养单位")
            .text("exp_content", format!("{}的核定标准", one.name))
            .text("start_date", format!("{}-01-01", year.year))
            .done()
    };
    STANDARDS.iter().enumerate().map(item).collect()
}

pub fn agency(context: &Context, year: &Year, at: usize, _: bool) -> Vec<Item> {
    let unit = &year.posts[at].unit;
    let mut random = context.random(year, Kind::Agency, at);
    let id = |at| context.id(year.year, Kind::Agency, at);
    let row = context.row("agency", id(at), unit, year);
    let row =
        if unit.dept == at { row.int("level_no", 1) } else { row.link("parent", id(unit.dept)).int("level_no", 2) };
    let funding = if unit.kind == PARTLY || quirks::has_odd_funding(at) { "2" } else { "1" };
    let row = if unit.in_town() { row.yes("istown", true).text("town", unit.division) } else { row };
    let item = row
        .text("agency_code", &unit.code)
        .text("agency_name", &unit.name)
        .text("agency_abbreviation", unit.name.trim_start_matches("武陟"))
        .link("dept", id(unit.dept))
        .text("unifsoc_cred_code", credit_code(unit, at))
        .text("agency_type", unit.kind)
        .text("agency_adm_level", if unit.dept == at { "06" } else { "08" })
        .text("fund_guar", funding)
        .text("mof_dep", unit.office)
        .text("executive_acc", "1")
        .text("ind", industry(unit))
        .text("location", format!("武陟县{}", town_name(unit)))
        .text("adm_div", unit.division)
        .text("agency_leader_per_name", person(&mut random))
        .text("agency_add", format!("武陟县{}兴业路{}号", town_name(unit), at + 1))
        .text("zip", "454950")
        .text("tel", format!("0391-20{:05}", 10_000 + at * 7))
        .text("start_date", format!("{}-01-01", 2019 + at % 5))
        .done();
    vec![item]
}

pub fn town_name(unit: &Unit) -> &'static str {
    TOWNS.iter().find(|(code, _)| *code == unit.division).map_or("木城街道", |(_, name)| name)
}

fn industry(unit: &Unit) -> &'static str {
    match unit.theme {
        Theme::School => "P83",
        Theme::Health => "Q84",
        Theme::Culture => "R88",
        Theme::Build => "N78",
        Theme::Water => "N76",
        _ => "S92",
    }
}

/// Registered in 武陟县 (11 = organ, 12 = institution) under an invented number.
fn credit_code(unit: &Unit, at: usize) -> String {
    let first = format!("{}410823MA{:07}", if unit.is_admin() { 11 } else { 12 }, at * 131 + 11);
    let last = social_credit_check_char(&first).expect("digits and letters of the standard's alphabet");
    format!("{first}{last}")
}

pub fn person(random: &mut Random) -> String {
    format!("{}{}", random.pick(SURNAMES), random.pick(GIVEN))
}

pub fn staff(context: &Context, year: &Year, at: usize, _: bool) -> Vec<Item> {
    if quirks::has_no_staff_record(at) {
        return Vec::new();
    }
    let (unit, staff) = (&year.posts[at].unit, &year.posts[at].staff);
    let students = match unit.func {
        "2050201" => "kindergarten_stud_num",
        "2050202" => "priary_sch_stud_num",
        "2050203" => "junior_sch_stud_num",
        "2050302" => "vocational_sch_stud_num",
        _ => "senior_sch_stud_num",
    };
    let item = context
        .row("agency_staff", context.id(year.year, Kind::Staff, at), unit, year)
        .link("agency", context.id(year.year, Kind::Agency, at))
        .int("admin_staf_num", staff.admin)
        .int("inst_staf_num", staff.institution)
        .int("worker_staf_num", staff.worker)
        .int("actu_staf_num", staff.all)
        .int("actunow_staf_num", staff.now)
        .int("retired_num", staff.retired)
        .int(students, unit.students)
        .int("car_staf_num", staff.cars)
        .int("car_actu_num", staff.cars)
        .done();
    vec![item]
}

pub fn accounts(context: &Context, year: &Year, at: usize, _: bool) -> Vec<Item> {
    let unit = &year.posts[at].unit;
    let kinds: &[&str] = match unit.theme {
        Theme::Finance if unit.in_town() => &["21", "71"],
        Theme::School | Theme::Health => &["21", "41"],
        Theme::Housing | Theme::Pension => &["21", "51"],
        _ => &["21"],
    };
    let item = |(nth, kind): (usize, &&str)| {
        let serial = at * 4 + nth;
        let name = if quirks::has_old_account_name(at) { "原县卫生局".to_owned() } else { unit.name.clone() };
        context
            .row("bank_account", context.id(year.year, Kind::Account, serial), unit, year)
            .link("agency", context.id(year.year, Kind::Agency, at))
            .text("acct_no", format!("90051{:04}8230{:06}", 1000 + at, serial + 1))
            .text("acct_name", name)
            .text("bank_name", format!("武陟黄沁农村商业银行{}支行", town_name(unit)))
            .text("bank_code", format!("4025015{:05}", 30_000 + at))
            .text("acc_type", *kind)
            .text("open_date", format!("{}-03-{:02}", 2018 + at % 6, 1 + at % 28))
            .done()
    };
    kinds.iter().enumerate().map(item).collect()
}
