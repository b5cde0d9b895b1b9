//! The records, entity by entity. Each step writes what one unit has of one entity; things of the
//! county as a whole are written with its first unit.

mod allotments;
mod budget;
mod performance;
mod projects;
mod registry;

use crate::{Item, context::Context, plan::Year};

/// Records of the unit at that place; `first` = this is the first year of the sample.
pub type Step = fn(&Context, &Year, usize, bool) -> Vec<Item>;

/// In the order in which references need them.
pub const STEPS: &[Step] = &[
    registry::divisions_and_books,
    registry::standards,
    registry::agency,
    registry::staff,
    registry::accounts,
    projects::projects,
    projects::plans,
    projects::details,
    performance::goals,
    performance::indicators,
    budget::lines,
    budget::incomes,
    allotments::allotments,
    allotments::vouchers,
];
