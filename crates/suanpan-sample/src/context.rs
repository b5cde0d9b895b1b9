//! What every record needs besides its figures: the layouts of the documents, the crosswalk of the
//! economic classes, dates.

use crate::{
    plan::Year,
    random::{self, Kind, Random},
    row::{Layouts, Row},
    units::Unit,
};
use std::collections::HashMap;
use suanpan_model::{RecordId, schema::Schema};

pub struct Context {
    pub seed: u64,
    layouts: Layouts,
    /// 部门 → (政府 for 行政, 政府 for 事业).
    crosswalk: HashMap<String, (String, String)>,
    names: HashMap<String, String>,
    pub books: Vec<serde_json::Value>,
}

const BOOKS: &str = include_str!("../../../schemas/books.json");

impl Context {
    pub fn of(schema: &Schema, seed: u64) -> Self {
        let set = |name: &str| schema.codes.set(name).map(|set| set.items.as_slice()).unwrap_or_default();
        let column =
            |item: &suanpan_model::schema::CodeItem, name: &str| item.ext.get(name).cloned().unwrap_or_default();
        Self {
            seed,
            layouts: Layouts::of(schema),
            crosswalk: set("crosswalk")
                .iter()
                .map(|item| (item.code.clone(), (column(item, "gov_admin"), column(item, "gov_institution"))))
                .collect(),
            names: set("dep_eco").iter().map(|item| (item.code.clone(), item.name.clone())).collect(),
            books: serde_json::from_str(BOOKS).expect("schemas/books.json is checked by a test"),
        }
    }

    pub fn id(&self, year: i32, kind: Kind, serial: usize) -> RecordId {
        random::id(self.seed, year, kind, serial)
    }

    /// Divisions and books are of every year, so their ids are of none.
    pub fn lasting_id(&self, kind: Kind, serial: usize) -> RecordId {
        random::id(self.seed, 2026, kind, serial)
    }

    pub fn random(&self, year: &Year, kind: Kind, serial: usize) -> Random {
        Random::of(self.seed, &[year.year.unsigned_abs().into(), 300 + kind as u64, serial as u64])
    }

    pub fn row(&self, entity: &'static str, id: RecordId, unit: &Unit, year: &Year) -> Row<'_> {
        self.layouts.row(entity, id, unit.division, year.year)
    }

    pub fn county_row(&self, entity: &'static str, id: RecordId, year: &Year) -> Row<'_> {
        self.layouts.row(entity, id, crate::units::COUNTY, year.year)
    }

    /// 政府经济分类 of a 部门经济分类 for this unit.
    pub fn gov(&self, dep: &str, unit: &Unit) -> &str {
        let pair = self.crosswalk.get(dep).unwrap_or_else(|| panic!("crosswalk has no {dep}"));
        if unit.is_admin() { &pair.0 } else { &pair.1 }
    }

    pub fn dep_name<'a>(&'a self, dep: &'a str) -> &'a str {
        self.names.get(dep).map_or(dep, String::as_str)
    }
}

/// `YYYY-MM-DD` of the day `day` (from 0) of a year; the last of December at most.
pub fn date(year: i32, day: i64) -> String {
    let leap = i64::from(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    let mut left = day.clamp(0, 364);
    for (month, length) in [31, 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].into_iter().enumerate() {
        if left < length {
            return format!("{year}-{:02}-{:02}", month + 1, left + 1);
        }
        left -= length;
    }
    format!("{year}-12-31")
}
