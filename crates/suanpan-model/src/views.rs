//! Small typed readings of records: a struct with just the fields that the rules need. Where a field
//! stands is looked up once per [`crate::schema::Schema`], so reading a record costs an index per field.
//!
//! Only stored fields are here; derived ones are computed ([`crate::derive`]). A test compares every
//! view with the entity documents: a field that a document lacks, or holds in another kind, fails it.

use crate::{
    Money,
    entity::{EntityDef, FieldKind},
    value::{Record, RecordId, Value},
};

/// How a view reads one kind of field. Blank reads as None, as zero for money, as no for bool.
pub trait Reading {
    type Cell<'a>;
    fn fits(kind: &FieldKind) -> bool;
    fn read(value: &Value) -> Self::Cell<'_>;
}

macro_rules! readings {
    ($($(#[$doc:meta])* $name:ident -> $cell:ty, $kinds:pat, $read:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name;
        impl Reading for $name {
            type Cell<'a> = $cell;
            fn fits(kind: &FieldKind) -> bool {
                matches!(kind, $kinds)
            }
            fn read(value: &Value) -> Self::Cell<'_> {
                let read: fn(&Value) -> Self::Cell<'_> = $read;
                read(value)
            }
        }
    )*};
}

readings! {
    /// Text of any length.
    Text -> Option<&'a str>, FieldKind::Text { .. }, Value::as_text;
    /// A value of a code set.
    Code -> Option<&'a str>, FieldKind::Code { .. }, Value::as_text;
    /// `YYYY-MM-DD`.
    Date -> Option<&'a str>, FieldKind::Date, Value::as_text;
    /// Exact decimal text.
    Decimal -> Option<&'a str>, FieldKind::Decimal { .. }, Value::as_text;
    /// The id of another record.
    Link -> Option<RecordId>, FieldKind::Reference { .. }, Value::as_ref_id;
    /// A whole number or a year.
    Whole -> Option<i64>, FieldKind::Integer | FieldKind::Year, Value::as_int;
    /// 分.
    Amount -> Money, FieldKind::Money { .. }, Value::as_money;
    Flag -> bool, FieldKind::Bool, |value| value.as_bool().unwrap_or(false);
}

/// A field that a view names: (entity, field, does the document's kind fit?).
#[cfg(test)]
type Named = (&'static str, &'static str, fn(&FieldKind) -> bool);

macro_rules! views {
    ($($(#[$doc:meta])* $slot:ident = $entity:literal $view:ident / $columns:ident { $($field:ident: $reading:ident),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $view<'a> {
                $(pub $field: <$reading as Reading>::Cell<'a>,)*
            }

            /// Where the fields of the view stand in a record.
            #[derive(Debug, Clone, Copy)]
            pub struct $columns {
                $($field: usize,)*
            }

            impl $columns {
                fn of(def: Option<&EntityDef>) -> Self {
                    let index = |name| def.and_then(|def| def.index(name)).unwrap_or(usize::MAX);
                    Self { $($field: index(stringify!($field)),)* }
                }

                pub fn read<'a>(&self, record: &'a Record) -> $view<'a> {
                    let at = |index: usize| record.values.get(index).unwrap_or(&Value::Null);
                    $view { $($field: $reading::read(at(self.$field)),)* }
                }
            }
        )*

        /// Every view's columns for one schema.
        #[derive(Debug, Clone)]
        pub struct Views {
            $(pub $slot: $columns,)*
        }

        impl Views {
            /// `find` gives an entity's document; a view of an absent entity reads only blanks.
            pub fn of<'d>(find: impl Fn(&str) -> Option<&'d EntityDef>) -> Self {
                Self { $($slot: $columns::of(find($entity)),)* }
            }

            #[cfg(test)]
            fn named() -> Vec<Named> {
                vec![$($(($entity, stringify!($field), $reading::fits as fn(&FieldKind) -> bool),)*)*]
            }
        }
    };
}

views! {
    division = "division" Division / DivisionColumns {
        code: Text, level: Code,
    }

    agency = "agency" Agency / AgencyColumns {
        agency_code: Text, agency_name: Text, parent: Link, level_no: Whole, dept: Link, unifsoc_cred_code: Text,
        agency_type: Code, fund_guar: Code, is_pre_dep_bgt: Flag, istown: Flag, town: Code, is_enabled: Flag,
        start_date: Date, end_date: Date,
    }

    staff = "agency_staff" Staff / StaffColumns {
        agency: Link, admin_staf_num: Whole, inst_staf_num: Whole, worker_staf_num: Whole, actu_staf_num: Whole,
        actunow_staf_num: Whole, car_staf_num: Whole, car_actu_num: Whole,
    }

    account = "bank_account" Account / AccountColumns {
        agency: Link, acct_no: Text, acct_name: Text, open_date: Date, close_date: Date,
    }

    standard = "expenditure_standard" Standard / StandardColumns {
        exp_cri_name: Text, exp_cri_class: Code, cri_level: Text, agency_type: Code, exp_cri_val: Decimal, form: Code,
        cri_base: Code, dep_eco: Code, start_date: Date, end_date: Date,
    }

    project = "project" Project / ProjectColumns {
        pro_code: Text, pro_name: Text, pro_cat: Code, level_no: Whole, agency: Link, dept: Link, setup_year: Whole,
        pro_start_year: Whole, pro_term: Whole, end_year: Whole, pro_total_amt: Amount, scoi_invest_fund: Amount,
        bank_loan_fund: Amount, is_track: Flag, track_pro_code: Text, is_perform: Flag, threesafe: Code,
        is_backup: Flag,
    }

    plan = "annual_plan" Plan / PlanColumns {
        project: Link, year: Whole, fiscal_amt: Amount, social_amt: Amount, loan_amt: Amount,
    }

    detail = "project_detail" Detail / DetailColumns {
        project: Link, dep_eco: Code, gov_eco: Code, standard: Link, unit_price: Amount, quantity: Decimal,
        amount: Amount,
    }

    goal = "performance_goal" Goal / GoalColumns {
        project: Link, yearflag: Code,
    }

    indicator = "performance_indicator" Indicator / IndicatorColumns {
        project: Link, yearflag: Code, kpi_lv1: Code, kpi_lv2: Code, computesign: Code, kpi_val: Text,
        weight: Decimal,
    }

    line = "budget_line" Line / LineColumns {
        agency: Link, project: Link, pro_kind: Code, exp_func: Code, gov_eco: Code, dep_eco: Code, fund_type: Code,
        stage: Code, apply_up: Amount, fin_audit_money: Amount, reply_amt: Amount, adj_amt: Amount, dis_amt: Amount,
        is_gov_pur: Flag,
    }

    income = "income_line" Income / IncomeColumns {
        agency: Link, income_sort: Code, fund_type: Code, stage: Code, last_year_amt: Amount, apply_up: Amount,
        amt: Amount, adj_amt: Amount, charge_item: Text, county_amt: Amount, city_amt: Amount,
        province_amt: Amount, central_amt: Amount,
    }

    allotment = "allotment" Allotment / AllotmentColumns {
        bgt_no: Text, doc_date: Date, agency: Link, project: Link, exp_func: Code, gov_eco: Code, dep_eco: Code,
        fund_type: Code, amount: Amount, pay_app_amt: Amount, bgt_type: Code, bgt_exe_flag: Code, thr_exp: Code,
        origin: Link, plan: Link,
    }

    voucher = "allotment_voucher" Voucher / VoucherColumns {
        kind: Code, batch_no: Text, doc_date: Date, from_allotment: Link, to_allotment: Link, amount: Amount,
    }

    book = "budget_book" Book / BookColumns {
        name: Text, in_total: Flag, is_balanced: Flag, is_gov_pur: Flag, fund_types: Text,
        func_prefixes: Text, income_prefixes: Text,
    }

    code_item = "code_item" CodeRow / CodeRowColumns {
        start_year: Whole, end_year: Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    #[test]
    fn every_view_names_stored_fields_of_the_documents_in_their_kind() {
        let schema = Schema::builtin();
        let wrong: Vec<String> = Views::named()
            .into_iter()
            .filter_map(|(entity, name, fits)| {
                let Some(field) = schema.entity(entity).and_then(|def| def.field(name)) else {
                    return Some(format!("{entity}.{name}: no such field"));
                };
                match (&field.derived, fits(&field.kind)) {
                    (Some(_), _) => Some(format!("{entity}.{name} is derived")),
                    (None, false) => Some(format!("{entity}.{name} is {:?}", field.kind)),
                    (None, true) => None,
                }
            })
            .collect();
        assert!(wrong.is_empty(), "views.rs disagrees with schemas/entities:\n{}", wrong.join("\n"));
    }
}
