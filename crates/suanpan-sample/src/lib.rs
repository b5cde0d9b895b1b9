//! A county that can be opened, tested on and pictured: 武陟县 and its real townships with invented
//! units, people, accounts and figures. The same seed gives the same records everywhere. No 强制性
//! check fires on it; a handful of 提示性 ones do, on purpose (see [`quirks`]).
//!
//! Start with [`generate`]: records in an order in which every reference points backwards. The figures
//! are settled in [`plan`] and [`moves`]; `records` writes them down. Workbooks are in [`workbooks`].

pub mod basics;
mod context;
pub mod moves;
pub mod plan;
pub mod quirks;
pub mod random;
mod records;
pub mod row;
pub mod templates;
pub mod units;
pub mod workbooks;

pub use row::Item;

use context::Context;
use plan::Year;
use records::STEPS;
use suanpan_model::schema::Schema;

/// The seed of the county that the demo, the tests and the pictures share.
pub const SEED: u64 = 410_823;

/// How much of everything. Units are always the 203; projects and 指标 are of one year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub first_year: i32,
    pub years: u8,
    /// At least 407: every unit has its 人员经费 and 公用经费, and there is one for money from above.
    pub projects: usize,
    /// With the 待分 ones; never fewer than there are budget lines.
    pub allotments: usize,
}

impl Size {
    /// The county of the demo: one year, about 2,000 projects, 10,000 指标.
    pub const COUNTY: Self = Self { first_year: 2026, years: 1, projects: 2000, allotments: 10_000 };
    /// Just over 1,000,000 records in five years, for benches.
    pub const MILLION: Self = Self { first_year: 2022, years: 5, projects: 8_000, allotments: 42_000 };

    /// The county with `factor` times its projects and 指标.
    pub fn scaled(factor: f64) -> Self {
        let times = |count: usize| (count as f64 * factor).round() as usize;
        Self { projects: times(Self::COUNTY.projects), allotments: times(Self::COUNTY.allotments), ..Self::COUNTY }
    }
}

/// Every record of the sample, entity by entity within a year, references always backwards.
pub fn generate(schema: &Schema, seed: u64, size: Size) -> impl Iterator<Item = Item> + use<> {
    Records {
        context: Context::of(schema, seed),
        size,
        year: None,
        next_year: size.first_year,
        step: 0,
        at: 0,
        ready: Vec::new().into_iter(),
    }
}

struct Records {
    context: Context,
    size: Size,
    year: Option<Year>,
    next_year: i32,
    /// Which entity, and which unit of it, comes next.
    step: usize,
    at: usize,
    ready: std::vec::IntoIter<Item>,
}

impl Iterator for Records {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.ready.next() {
                return Some(item);
            }
            let year = match &self.year {
                Some(year) => year,
                None => {
                    if self.next_year >= self.size.first_year + i32::from(self.size.years) {
                        return None;
                    }
                    let year = Year::of(self.context.seed, self.next_year, self.size.projects, self.size.allotments);
                    self.next_year += 1;
                    (self.step, self.at) = (0, 0);
                    self.year.insert(year)
                }
            };
            let first = year.year == self.size.first_year;
            self.ready = STEPS[self.step](&self.context, year, self.at, first).into_iter();
            self.at += 1;
            if self.at == year.posts.len() {
                (self.step, self.at) = (self.step + 1, 0);
            }
            if self.step == STEPS.len() {
                self.year = None;
            }
        }
    }
}
