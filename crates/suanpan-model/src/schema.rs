//! All entity documents and code sets that a book works with. The built-in ones are compiled in from
//! `schemas/`; a book may overlay code items of its own (a county's local codes, the official yearly file).

use crate::{
    amend::Amendment,
    entity::{EntityDef, FieldDef, FieldKind},
    views::Views,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use ts_rs::TS;

include!(concat!(env!("OUT_DIR"), "/documents.rs"));

/// Entity documents by number, and the code sets.
#[derive(Debug, Clone)]
pub struct Schema {
    entities: Vec<Arc<EntityDef>>,
    by_name: HashMap<String, usize>,
    /// (entity, field) positions of the references to each entity.
    referrers: HashMap<String, Vec<(usize, usize)>>,
    views: Views,
    /// Number of the newest amendment in the documents; 0 = as this program brought them.
    amended: i64,
    pub codes: CodeSets,
}

/// One value of a code set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CodeItem {
    pub code: String,
    pub name: String,
    /// Code of the item above, empty at the top.
    pub parent: String,
    pub is_leaf: bool,
    /// First and last fiscal year in which the code may be used; 0 = open.
    pub start_year: i32,
    pub end_year: i32,
    /// `observed`, `知识` (to be confirmed) or the document it was read from.
    pub basis: String,
    /// Further columns of the set's file.
    pub ext: BTreeMap<String, String>,
}

impl CodeItem {
    /// May the code be used in `year`?
    pub fn valid_in(&self, year: i32) -> bool {
        (self.start_year == 0 || self.start_year <= year) && (self.end_year == 0 || year <= self.end_year)
    }
}

/// What is known of a code set as a whole (`schemas/codes/sets.json`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct CodeSetInfo {
    pub set: String,
    #[serde(default)]
    pub element: String,
    pub zh: String,
    pub en: String,
    #[serde(default)]
    pub status: String,
    /// Lengths of the codes by level, e.g. [3, 5, 7]; empty when they vary.
    #[serde(default)]
    pub lengths: Vec<usize>,
    #[serde(default)]
    pub note: String,
}

/// Code sets by name; items keep their file's order.
#[derive(Debug, Clone, Default)]
pub struct CodeSets {
    sets: HashMap<String, CodeSet>,
}

#[derive(Debug, Clone, Default)]
pub struct CodeSet {
    pub info: CodeSetInfo,
    pub items: Vec<Arc<CodeItem>>,
    by_code: HashMap<String, usize>,
}

impl CodeSet {
    pub fn get(&self, code: &str) -> Option<&CodeItem> {
        self.by_code.get(code).map(|&index| self.items[index].as_ref())
    }

    /// Adds the item, or replaces the one with its code.
    pub fn put(&mut self, item: CodeItem) {
        match self.by_code.get(&item.code) {
            Some(&index) => self.items[index] = Arc::new(item),
            None => {
                self.by_code.insert(item.code.clone(), self.items.len());
                self.items.push(Arc::new(item));
            }
        }
    }
}

impl CodeSets {
    pub fn set(&self, name: &str) -> Option<&CodeSet> {
        self.sets.get(name)
    }

    pub fn item(&self, set: &str, code: &str) -> Option<&CodeItem> {
        self.sets.get(set)?.get(code)
    }

    /// Name of the code, or the code itself when it is unknown.
    pub fn name<'a>(&'a self, set: &str, code: &'a str) -> &'a str {
        self.item(set, code).map_or(code, |item| item.name.as_str())
    }

    pub fn put(&mut self, set: &str, item: CodeItem) {
        self.sets.entry(set.to_owned()).or_default().put(item);
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sets.keys().map(String::as_str)
    }
}

impl Schema {
    /// The documents of this program. They are part of it and tested, so reading them cannot fail.
    pub fn builtin() -> Self {
        let read = |(name, text): &(&str, &str)| -> EntityDef {
            serde_json::from_str(text).unwrap_or_else(|error| panic!("schemas/entities/{name}.json: {error}"))
        };
        let mut entities: Vec<EntityDef> = ENTITY_DOCUMENTS.iter().map(read).collect();
        entities.sort_by(|one, other| (one.added, &one.entity).cmp(&(other.added, &other.entity)));
        let mut codes = CodeSets::default();
        let infos: Vec<CodeSetInfo> =
            serde_json::from_str(CODE_SET_LIST).expect("schemas/codes/sets.json is checked by a test");
        for info in infos {
            let set = codes.sets.entry(info.set.clone()).or_default();
            set.info = info;
        }
        for (name, text) in CODE_FILES {
            let set = codes.sets.entry((*name).to_owned()).or_default();
            for item in read_code_file(text) {
                set.put(item);
            }
        }
        Self::new(entities, codes)
    }

    pub fn new(entities: Vec<EntityDef>, codes: CodeSets) -> Self {
        let entities: Vec<_> = entities.into_iter().map(Arc::new).collect();
        let by_name: HashMap<String, usize> =
            entities.iter().enumerate().map(|(index, def)| (def.entity.clone(), index)).collect();
        let mut referrers: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
        for (number, def) in entities.iter().enumerate() {
            for (at, field) in def.fields.iter().enumerate() {
                if let FieldKind::Reference { entity } = &field.kind {
                    referrers.entry(entity.clone()).or_default().push((number, at));
                }
            }
        }
        let views = Views::of(|name| by_name.get(name).map(|&index| entities[index].as_ref()));
        Self { entities, by_name, referrers, views, amended: 0, codes }
    }

    /// The same with the amendments on top, by their numbers.
    pub fn with_amendments(self, amendments: &[(i64, Amendment)]) -> Self {
        let Some(newest) = amendments.iter().map(|(number, _)| *number).max() else { return self };
        let mut entities: Vec<EntityDef> = self.entities.iter().map(|def| def.as_ref().clone()).collect();
        let mut in_order: Vec<_> = amendments.iter().collect();
        in_order.sort_by_key(|(number, _)| *number);
        for (_, amendment) in in_order {
            if let Some(&at) = self.by_name.get(&amendment.entity) {
                entities[at] = amendment.applied(&entities[at]);
            }
        }
        Self { amended: newest, ..Self::new(entities, self.codes) }
    }

    /// Number of the newest amendment in the documents; 0 = as this program brought them.
    pub fn amended(&self) -> i64 {
        self.amended
    }

    /// Where the fields that the rules read stand in the records of this schema.
    pub fn views(&self) -> &Views {
        &self.views
    }

    pub fn entities(&self) -> &[Arc<EntityDef>] {
        &self.entities
    }

    pub fn entity(&self, name: &str) -> Option<&Arc<EntityDef>> {
        self.by_name.get(name).map(|&index| &self.entities[index])
    }

    /// Position of the entity in [`Schema::entities`]: a small number that stays what it is when entities are added
    /// (see [`EntityDef::added`]).
    pub fn entity_no(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// (entity, field) of every reference that points at `target`.
    pub fn references_to<'a>(&'a self, target: &str) -> impl Iterator<Item = (&'a EntityDef, &'a FieldDef)> + use<'a> {
        let found = self.referrers.get(target).map_or(&[][..], Vec::as_slice);
        found.iter().map(|&(number, at)| (self.entities[number].as_ref(), &self.entities[number].fields[at]))
    }
}

/// The name of a built-in entity, for places that outlive every schema.
pub(crate) fn static_entity_name(name: &str) -> Option<&'static str> {
    ENTITY_DOCUMENTS.iter().map(|(known, _)| *known).find(|known| *known == name)
}

/// `code,name,parent,is_leaf,start_year,end_year,basis[,ext…]`; quotes as in RFC 4180.
fn read_code_file(text: &str) -> Vec<CodeItem> {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let header: Vec<String> = lines.next().map(split_csv_line).unwrap_or_default();
    let read = |line: &str| {
        let cells = split_csv_line(line);
        let cell = |name: &str| header.iter().position(|column| column == name).and_then(|at| cells.get(at).cloned());
        let known = ["code", "name", "parent", "is_leaf", "start_year", "end_year", "basis"];
        CodeItem {
            code: cell("code").unwrap_or_default(),
            name: cell("name").unwrap_or_default(),
            parent: cell("parent").unwrap_or_default(),
            is_leaf: matches!(cell("is_leaf").as_deref(), Some("1" | "true")),
            start_year: cell("start_year").and_then(|year| year.parse().ok()).unwrap_or(0),
            end_year: cell("end_year").and_then(|year| year.parse().ok()).unwrap_or(0),
            basis: cell("basis").unwrap_or_default(),
            ext: header
                .iter()
                .zip(&cells)
                .filter(|(name, cell)| !known.contains(&name.as_str()) && !cell.is_empty())
                .map(|(name, cell)| (name.clone(), cell.clone()))
                .collect(),
        }
    };
    lines.filter(|line| !line.trim().is_empty()).map(read).collect()
}

fn split_csv_line(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.trim_end_matches('\r').chars().peekable();
    while let Some(character) = chars.next() {
        match character {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                push_last(&mut cells, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => push_last(&mut cells, other),
        }
    }
    cells
}

fn push_last(cells: &mut [String], character: char) {
    if let Some(cell) = cells.last_mut() {
        cell.push(character);
    }
}
