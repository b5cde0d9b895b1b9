//! The one list of rules: code, subject, what it reads beyond its subject, and the function that asks.
//! Severity, words and parameters of each are in `schemas/rules.json` under the same code; a test holds
//! the two lists against each other.

use super::{
    agency, allotment, basic, book, budget,
    frame::{Ask, Cell},
    general, income, performance, project,
    reach::{ANY, Step, Step::*, Watch},
};
use crate::facts::Read;

/// How a rule is put.
#[derive(Clone, Copy)]
pub(super) enum Run {
    /// To every stored field of the subject.
    Field(fn(&mut Ask, &Cell) -> Read<()>),
    /// To the subject once.
    Record(fn(&mut Ask) -> Read<()>),
}

pub(super) struct Rule {
    pub code: &'static str,
    /// Entity of the subject; `*` = every entity.
    pub subject: &'static str,
    pub run: Run,
    pub watches: &'static [Watch],
}

const fn field(code: &'static str, ask: fn(&mut Ask, &Cell) -> Read<()>) -> Rule {
    Rule { code, subject: "*", run: Run::Field(ask), watches: &[] }
}

const fn rule(
    code: &'static str,
    subject: &'static str,
    ask: fn(&mut Ask) -> Read<()>,
    watches: &'static [Watch],
) -> Rule {
    Rule { code, subject, run: Run::Record(ask), watches }
}

const fn reads(entity: &'static str, fields: &'static [&'static str], path: &'static [Step]) -> Watch {
    Watch { entity, fields, path }
}

/// What a unit's sums read of its lines.
const LINE_SUMS: &[&str] = &[
    "agency",
    "pro_kind",
    "exp_func",
    "dep_eco",
    "fund_type",
    "stage",
    "apply_up",
    "reply_amt",
    "adj_amt",
    "dis_amt",
    "is_gov_pur",
];
/// What people call a unit, a project: its title or, without one, its key.
const UNIT_NAME: &[&str] = &["agency_name", "agency_code"];
const PROJECT_NAME: &[&str] = &["pro_name", "pro_code"];
const INCOME_SUMS: &[&str] = &["agency", "income_sort", "fund_type", "stage", "apply_up", "amt", "adj_amt"];
const LINES_OF_UNIT: Watch = reads("budget_line", LINE_SUMS, &[Up("agency")]);
const UNIT_TYPE_OF_LINES: Watch = reads("agency", &["agency_type"], &[Down("budget_line", "agency")]);
const UNIT_TYPE_OF_ALLOTMENTS: Watch = reads("agency", &["agency_type"], &[Down("allotment", "agency")]);
const GOALS: Watch = reads("performance_goal", &["project", "yearflag"], &[Up("project")]);
const INDICATORS: Watch =
    reads("performance_indicator", &["project", "yearflag", "kpi_lv1", "weight"], &[Up("project")]);
const PLANS: Watch = reads("annual_plan", &["project", "fiscal_amt", "social_amt", "loan_amt"], &[Up("project")]);
const DETAILS: Watch = reads("project_detail", &["project", "amount", "dep_eco"], &[Up("project")]);
const FROM_VOUCHERS: Watch =
    reads("allotment_voucher", &["kind", "amount", "doc_date", "from_allotment"], &[Up("from_allotment")]);
const TO_VOUCHERS: Watch =
    reads("allotment_voucher", &["kind", "amount", "doc_date", "to_allotment"], &[Up("to_allotment")]);
const LOWER_ALLOTMENTS: Watch = reads("allotment", &["origin", "amount"], &[Up("origin")]);
const LEDGER: &[Watch] = &[FROM_VOUCHERS, TO_VOUCHERS, LOWER_ALLOTMENTS];

pub(super) const RULES: &[Rule] = &[
    field("GEN-001", general::required),
    field("GEN-002", general::text_length),
    field("GEN-003", general::code_known),
    field("GEN-004", general::code_leaf),
    field("GEN-005", general::code_valid_in_year),
    // Keys, references and parents of any entity are watched by `reach::affected` itself.
    rule("GEN-006", "*", general::key_unique, &[]),
    field("GEN-007", general::money_sign),
    field("GEN-008", general::decimal_scale),
    field("GEN-009", general::reference_exists),
    rule("GEN-010", "*", general::tree_has_no_circle, &[]),
    field("GEN-011", general::date_exists),
    field("GEN-012", general::year_plausible),
    field("GEN-013", general::count_not_negative),
    rule("DIV-001", "division", agency::division_shape, &[]),
    rule("DIV-002", "division", agency::division_level, &[]),
    rule("COD-001", "code_item", agency::code_item_years_in_order, &[]),
    rule("AGY-001", "agency", agency::credit_code, &[]),
    rule("AGY-002", "agency", agency::code_shape, &[]),
    rule(
        "AGY-003",
        "agency",
        agency::code_unique,
        &[reads("agency", &["agency_code", "agency_name"], &[Twins("agency_code")])],
    ),
    rule(
        "AGY-004",
        "agency",
        agency::code_under_department,
        &[reads("agency", &["agency_code"], &[Down("agency", "parent")])],
    ),
    rule(
        "AGY-005",
        "agency",
        agency::credit_code_unique,
        &[reads("agency", &["unifsoc_cred_code", "agency_code", "agency_name"], &[Twins("unifsoc_cred_code")])],
    ),
    rule("AGY-006", "agency", agency::township_named, &[]),
    rule("AGY-007", "agency", agency::funding_fits_type, &[]),
    rule("AGY-008", "agency", agency::dates_in_order, &[]),
    rule(
        "AGY-009",
        "agency",
        agency::name_unique,
        &[reads("agency", &["agency_name", "agency_code", "is_enabled"], &[Twins("agency_name")])],
    ),
    rule("AGY-010", "agency", agency::staff_recorded, &[reads("agency_staff", &["agency"], &[Up("agency")])]),
    rule(
        "AGY-011",
        "agency",
        agency::level_below_parent,
        &[reads("agency", &["level_no"], &[Down("agency", "parent")])],
    ),
    rule(
        "AGY-012",
        "agency",
        agency::department_is_top_level,
        &[reads("agency", &["parent", "agency_name"], &[Down("agency", "dept")])],
    ),
    rule("STF-001", "agency_staff", agency::posts_not_exceeded, &[]),
    rule("STF-002", "agency_staff", agency::posted_within_all, &[]),
    rule("STF-003", "agency_staff", agency::cars_not_exceeded, &[]),
    rule("ACC-001", "bank_account", agency::account_digits, &[]),
    rule("ACC-002", "bank_account", agency::account_dates_in_order, &[]),
    rule(
        "ACC-003",
        "bank_account",
        agency::account_name_is_units,
        &[reads("agency", &["agency_name"], &[Down("bank_account", "agency")])],
    ),
    rule("STD-001", "expenditure_standard", agency::rate_within_hundred, &[]),
    rule("STD-002", "expenditure_standard", agency::standard_dates_in_order, &[]),
    rule("STD-003", "expenditure_standard", agency::standard_not_negative, &[]),
    rule("PRJ-001", "project", project::code_shape, &[]),
    rule(
        "PRJ-002",
        "project",
        project::code_unique,
        &[reads("project", &["pro_code", "pro_name", "is_backup"], &[Twins("pro_code")])],
    ),
    rule("PRJ-003", "project", project::plans_equal_total, &[PLANS]),
    rule("PRJ-004", "project", project::years_add_up, &[]),
    rule("PRJ-005", "project", project::parts_within_total, &[]),
    rule("PRJ-006", "project", project::set_up_before_start, &[]),
    rule("PRJ-007", "project", project::tracked_has_code, &[]),
    rule("PRJ-008", "project", project::code_of_this_county, &[]),
    rule("PRJ-009", "project", project::plans_exist, &[PLANS]),
    rule("PRJ-010", "project", project::wages_are_protected, &[]),
    rule("PRJ-011", "project", project::term_at_least_one, &[]),
    rule(
        "PRJ-012",
        "project",
        project::department_is_units,
        &[
            reads("agency", &["dept"], &[Down("project", "agency")]),
            reads("agency", UNIT_NAME, &[Down("agency", "dept"), Down("project", "agency")]),
        ],
    ),
    rule(
        "PLN-001",
        "annual_plan",
        project::plan_within_term,
        &[reads("project", &["pro_start_year", "end_year"], &[Down("annual_plan", "project")])],
    ),
    rule(
        "DTL-001",
        "project",
        project::details_equal_applied,
        &[DETAILS, reads("budget_line", &["project", "apply_up"], &[Up("project")])],
    ),
    rule("DTL-002", "project_detail", project::detail_is_price_by_quantity, &[]),
    rule(
        "DTL-003",
        "project_detail",
        budget::detail_crosswalk,
        &[
            reads("project", &["agency"], &[Down("project_detail", "project")]),
            reads("agency", &["agency_type"], &[Down("project", "agency"), Down("project_detail", "project")]),
        ],
    ),
    rule("DTL-004", "project", project::other_items_in_details, &[DETAILS]),
    rule(
        "DTL-005",
        "project_detail",
        budget::detail_without_three_public,
        &[reads("project", &["pro_cat"], &[Down("project_detail", "project")])],
    ),
    rule(
        "DTL-006",
        "project_detail",
        project::price_within_standard,
        &[reads(
            "expenditure_standard",
            &["form", "exp_cri_val", "exp_cri_name"],
            &[Down("project_detail", "standard")],
        )],
    ),
    rule("PRF-001", "project", performance::flag_is_set, &[]),
    rule("PRF-002", "project", performance::goal_exists, &[GOALS]),
    rule("PRF-003", "project", performance::indicators_exist, &[INDICATORS]),
    rule("PRF-004", "project", performance::weights_sum_up, &[INDICATORS]),
    rule("PRF-005", "performance_indicator", performance::second_level_belongs_to_first, &[]),
    rule("PRF-006", "performance_indicator", performance::quantity_is_a_number, &[]),
    rule("PRF-007", "project", performance::indicators_exist, &[INDICATORS]),
    rule("PRF-008", "performance_indicator", performance::weight_within_bounds, &[]),
    rule("BGT-001", "budget_line", budget::line_fund_of_function, &[]),
    rule("BGT-002", "budget_line", budget::fund_pays_its_functions, &[]),
    rule("BGT-003", "budget_line", budget::line_crosswalk, &[UNIT_TYPE_OF_LINES]),
    rule(
        "BGT-004",
        "agency",
        book::income_equals_spending,
        &[LINES_OF_UNIT, reads("income_line", INCOME_SUMS, &[Up("agency")])],
    ),
    rule(
        "BGT-005",
        "agency",
        basic::within_standards,
        &[
            LINES_OF_UNIT,
            reads("agency_staff", STAFF, &[Up("agency")]),
            reads("expenditure_standard", STANDARD, &[All("agency")]),
        ],
    ),
    rule("BGT-006", "budget_line", budget::line_without_three_public, &[]),
    rule("BGT-007", "agency", budget::other_items_of_unit, &[LINES_OF_UNIT]),
    rule("BGT-008", "budget_line", budget::current_not_negative, &[]),
    rule("BGT-009", "budget_line", budget::audited_within_applied, &[]),
    rule("BGT-010", "budget_line", budget::replied_within_audited, &[]),
    rule("BGT-011", "agency", budget::adjustments_net_to_zero, &[LINES_OF_UNIT]),
    rule(
        "BGT-012",
        "budget_line",
        budget::category_is_projects,
        &[reads("project", &["pro_cat"], &[Down("budget_line", "project")])],
    ),
    rule(
        "BGT-013",
        "budget_line",
        budget::unit_is_projects,
        &[
            reads("project", &["agency"], &[Down("budget_line", "project")]),
            reads("agency", UNIT_NAME, &[Down("project", "agency"), Down("budget_line", "project")]),
        ],
    ),
    rule("BGT-014", "budget_line", budget::no_transfer_downwards, &[]),
    rule(
        "BGT-015",
        "budget_line",
        budget::allotted_within_budget,
        &[reads("allotment", &["plan", "amount", "bgt_exe_flag", "bgt_type"], &[Up("plan")])],
    ),
    rule("INC-001", "income_line", income::classified, &[]),
    rule("INC-002", "income_line", income::shares_add_up, &[]),
    rule("INC-003", "income_line", income::sort_fits_fund, &[]),
    rule("INC-004", "income_line", income::current_not_negative, &[]),
    rule("INC-005", "income_line", income::growth_explained, &[]),
    rule("ALT-001", "allotment", allotment::available_not_negative, LEDGER),
    rule("ALT-002", "allotment", allotment::allocated_within_source, LEDGER),
    rule(
        "ALT-004",
        "allotment",
        allotment::inherits_from_source,
        &[reads("allotment", &[ANY], &[Down("allotment", "origin")])],
    ),
    rule("ALT-007", "allotment", budget::allotment_crosswalk, &[UNIT_TYPE_OF_ALLOTMENTS]),
    rule(
        "ALT-008",
        "allotment",
        allotment::passed_on_in_time,
        &[reads("allotment", &["doc_date"], &[Down("allotment", "origin")])],
    ),
    rule("ALT-010", "allotment", budget::allotment_fund_of_function, &[]),
    rule("ALT-011", "allotment", allotment::unfrozen_within_frozen, LEDGER),
    rule("ALT-012", "allotment", allotment::released_within_amount, LEDGER),
    rule("ALT-013", "allotment", allotment::three_public_is_marked, &[]),
    rule(
        "ALT-014",
        "allotment",
        allotment::agrees_with_budget,
        &[
            reads("budget_line", &[ANY], &[Down("allotment", "plan")]),
            // The finding names both units and both projects.
            reads("agency", UNIT_NAME, &[Down("allotment", "agency")]),
            reads("agency", UNIT_NAME, &[Down("budget_line", "agency"), Down("allotment", "plan")]),
            reads("project", PROJECT_NAME, &[Down("allotment", "project")]),
            reads("project", PROJECT_NAME, &[Down("budget_line", "project"), Down("allotment", "plan")]),
        ],
    ),
    rule("VCH-001", "allotment_voucher", allotment::voucher_takes_from, &[]),
    rule("VCH-002", "allotment_voucher", allotment::voucher_gives_to, &[]),
    rule(
        "VCH-003",
        "allotment_voucher",
        allotment::transfer_nets_to_zero,
        &[reads(
            "allotment_voucher",
            &["batch_no", "kind", "amount", "from_allotment", "to_allotment"],
            &[Twins("batch_no")],
        )],
    ),
    rule("VCH-004", "allotment_voucher", allotment::voucher_amount_positive, &[]),
    rule("VCH-005", "allotment_voucher", allotment::transfer_between_two, &[]),
    rule("VCH-006", "allotment_voucher", allotment::transfer_within_fund, &[FUND_FROM, FUND_TO]),
    rule("VCH-007", "allotment_voucher", allotment::voucher_not_before_allotment, &[DATE_FROM, DATE_TO]),
    rule("VCH-008", "allotment_voucher", allotment::voucher_without_other_side, &[]),
    rule("BOK-001", "budget_book", book::books_do_not_overlap, &[]),
    rule("BOK-002", "budget_book", book::prefixes_are_codes, &[]),
];

const FUND_FROM: Watch = reads("allotment", &["fund_type"], &[Down("allotment_voucher", "from_allotment")]);
const FUND_TO: Watch = reads("allotment", &["fund_type"], &[Down("allotment_voucher", "to_allotment")]);
const DATE_FROM: Watch = reads("allotment", &["doc_date"], &[Down("allotment_voucher", "from_allotment")]);
const DATE_TO: Watch = reads("allotment", &["doc_date"], &[Down("allotment_voucher", "to_allotment")]);
/// Any of the numbers may be a base (code set `cri_base`).
const STAFF: &[&str] = &[
    "agency",
    "admin_staf_num",
    "inst_staf_num",
    "worker_staf_num",
    "actu_staf_num",
    "actunow_staf_num",
    "retired_num",
    "kindergarten_stud_num",
    "priary_sch_stud_num",
    "junior_sch_stud_num",
    "senior_sch_stud_num",
    "vocational_sch_stud_num",
    "car_staf_num",
    "car_actu_num",
];
const STANDARD: &[&str] = &[
    "exp_cri_class",
    "cri_level",
    "agency_type",
    "exp_cri_val",
    "form",
    "cri_base",
    "dep_eco",
    "start_date",
    "end_date",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FieldKind, schema::Schema};

    #[test]
    fn the_table_and_the_document_list_the_same_rules_of_the_same_entities() {
        let mut coded: Vec<(&str, &str)> = RULES.iter().map(|rule| (rule.code, rule.subject)).collect();
        let mut described: Vec<(&str, &str)> =
            super::super::rule_list().iter().map(|rule| (rule.code.as_str(), rule.entity.as_str())).collect();
        coded.sort_unstable();
        described.sort_unstable();
        assert_eq!(coded, described, "check/table.rs and schemas/rules.json differ");
    }

    #[test]
    fn rules_and_watches_name_entities_and_fields_that_the_documents_have() {
        let schema = Schema::builtin();
        let has = |entity: &str, field: &str| schema.entity(entity).is_some_and(|def| def.field(field).is_some());
        for rule in super::super::rule_list().iter().filter(|rule| !rule.field.is_empty()) {
            assert!(has(&rule.entity, &rule.field), "{}: no field {}.{}", rule.code, rule.entity, rule.field);
        }
        for watch in RULES.iter().flat_map(|rule| rule.watches) {
            for field in watch.fields.iter().filter(|field| **field != ANY) {
                assert!(has(watch.entity, field), "no field {}.{field}", watch.entity);
            }
            let mut at = watch.entity;
            for step in watch.path {
                at = match step {
                    Up(field) => match schema.entity(at).and_then(|def| def.field(field)).map(|field| &field.kind) {
                        Some(FieldKind::Reference { entity }) => static_name(&schema, entity),
                        other => panic!("{at}.{field} is no reference: {other:?}"),
                    },
                    Down(entity, field) if has(entity, field) => entity,
                    Twins(field) if has(at, field) => at,
                    All(entity) if schema.entity(entity).is_some() => entity,
                    other => panic!("{at}: no such step {other:?}"),
                };
            }
        }
    }

    fn static_name(schema: &Schema, entity: &str) -> &'static str {
        assert!(schema.entity(entity).is_some(), "no entity {entity}");
        crate::schema::static_entity_name(entity).expect("a built-in entity")
    }
}
