//! The documents under `schemas/` say what they mean: they parse without a misspelt word, name only
//! what exists, lead no header to two fields, and the files generated from them are fresh.
#![allow(clippy::unwrap_used)]

#[path = "../examples/documents/generated.rs"]
mod generated;

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
    path::{Path, PathBuf},
};
use suanpan_model::{
    EntityDef, FieldDef, FieldKind, Value,
    entity::Derived,
    schema::{CodeSet, Schema},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn json(path: &str) -> serde_json::Value {
    let text = fs::read_to_string(root().join(path)).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Puts `test` to every field of every entity; the complaints are shown together.
fn every_field(test: impl Fn(&Schema, &EntityDef, &FieldDef) -> Option<String>) {
    let schema = Schema::builtin();
    let mut complaints = Vec::new();
    for def in schema.entities() {
        for field in &def.fields {
            complaints.extend(test(&schema, def, field).map(|what| format!("{}.{}: {what}", def.entity, field.name)));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn documents_hold_no_word_that_the_program_would_overlook() {
    for def in Schema::builtin().entities() {
        let path = format!("schemas/entities/{}.json", def.entity);
        let written = json(&path);
        let understood = serde_json::to_value(def.as_ref()).unwrap();
        assert_eq!(written["entity"], def.entity, "{path} holds the entity of its name");
        for (key, value) in written.as_object().unwrap() {
            if key != "fields" {
                assert_eq!(&understood[key], value, "{path}: {key}");
            }
        }
        let fields = written["fields"].as_array().unwrap().iter().zip(understood["fields"].as_array().unwrap());
        for (written, understood) in fields {
            for (key, value) in written.as_object().unwrap() {
                assert_eq!(&understood[key], value, "{path}: {}.{key}", written["name"]);
            }
        }
    }
}

#[test]
fn every_entity_of_the_desk_has_its_document() {
    let schema = Schema::builtin();
    let wanted = "division code_set code_item budget_book agency agency_staff bank_account expenditure_standard \
                  project annual_plan project_detail performance_goal performance_indicator budget_line income_line \
                  allotment allotment_voucher";
    for name in wanted.split_whitespace() {
        assert!(schema.entity(name).is_some(), "schemas/entities/{name}.json is missing");
    }
}

#[test]
fn fields_are_unique_and_labelled_in_chinese_and_english() {
    for def in Schema::builtin().entities() {
        let mut names = HashSet::new();
        for field in &def.fields {
            assert!(names.insert(&field.name), "{}.{} stands twice", def.entity, field.name);
        }
    }
    every_field(|_, _, field| {
        let label = &field.label;
        (label.zh.is_empty() || label.en.is_empty() || field.element.is_empty()).then(|| "lacks a label".into())
    });
}

#[test]
fn a_header_of_a_workbook_leads_to_one_field_only() {
    for def in Schema::builtin().entities() {
        assert_eq!(def.ambiguous_header(), None, "{}", def.entity);
    }
}

/// Books hold the numbers of entities: each keeps its own for good, and a new one gets the next.
#[test]
fn entities_keep_their_numbers() {
    let numbered = "agency agency_staff allotment allotment_voucher annual_plan bank_account budget_book budget_line \
                    code_item code_set division expenditure_standard explanation income_line performance_goal \
                    performance_indicator project project_detail conflict_case province_document";
    let schema = Schema::builtin();
    let names: Vec<&str> = schema.entities().iter().map(|def| def.entity.as_str()).collect();
    assert_eq!(names, numbered.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn key_title_parent_and_owner_are_stored_fields_of_the_right_kind() {
    for def in Schema::builtin().entities() {
        let reference = |name: &str| match def.field(name).map(|field| &field.kind) {
            Some(FieldKind::Reference { entity }) => Some(entity.as_str()),
            _ => None,
        };
        for name in def.key.iter().chain([&def.title]) {
            let stored = def.field(name).is_some_and(|field| field.derived.is_none());
            assert!(stored, "{}: key or title {name}", def.entity);
        }
        if let Some(parent) = &def.parent {
            assert_eq!(reference(parent), Some(def.entity.as_str()), "{}.{parent}", def.entity);
        }
        if let Some(owner) = &def.owner {
            assert!(reference(owner).is_some(), "{}.{owner}", def.entity);
            let tells = def.key.contains(owner) || def.key.len() == 1;
            assert!(tells, "{}: a line is told by its owner and number, or by a code of its own", def.entity);
        }
    }
}

#[test]
fn code_sets_and_entities_that_fields_name_exist() {
    every_field(|schema, _, field| match &field.kind {
        FieldKind::Code { set, .. } if schema.codes.set(set).is_none_or(|set| set.items.is_empty()) => {
            Some(format!("code set {set}"))
        }
        FieldKind::Reference { entity } if schema.entity(entity).is_none() => Some(format!("entity {entity}")),
        _ => None,
    });
}

#[test]
fn defaults_are_values_of_their_field() {
    every_field(|schema, _, field| {
        let value = Value::from_json(field.default.as_ref()?, &field.kind);
        match (&value, &field.kind) {
            (Err(error), _) => Some(error.clone()),
            (Ok(value), FieldKind::Code { set, leaf }) => {
                let item = value.as_text().and_then(|code| schema.codes.item(set, code));
                item.is_none_or(|item| *leaf && !item.is_leaf).then(|| format!("default {value:?} of {set}"))
            }
            _ => None,
        }
    });
}

#[test]
fn derived_fields_are_computed_from_fields_that_exist() {
    every_field(|schema, def, field| {
        let money = |name: &String| def.field(name).is_none_or(|field| !field.kind.is_money());
        match field.derived.as_ref()? {
            Derived::SumOf { entity, on, field, only } => {
                let Some(child) = schema.entity(entity) else { return Some(format!("entity {entity}")) };
                let stored = child.field(field).is_some_and(|field| field.kind.is_money() && field.derived.is_none());
                let limits = only.iter().find_map(|(name, values)| unknown_limit(schema, child, name, values));
                limits
                    .or_else(|| (!stored || !refers(child, on, &def.entity)).then(|| format!("{entity}.{on}, {field}")))
            }
            Derived::CountOf { entity, on } => {
                let known = schema.entity(entity).is_some_and(|child| refers(child, on, &def.entity));
                (!known).then(|| format!("{entity}.{on}"))
            }
            Derived::Total { plus, minus } => plus.iter().chain(minus).find(|name| money(name)).cloned(),
            Derived::Percent { of, to } => [of, to].into_iter().find(|name| money(name)).cloned(),
            Derived::Product { left, right } => {
                let factor = def.field(right).map(|field| &field.kind);
                let counts = matches!(factor, Some(FieldKind::Decimal { .. } | FieldKind::Integer));
                (money(left) || !counts).then(|| format!("{left} × {right}"))
            }
        }
    });
}

fn refers(child: &EntityDef, on: &str, target: &str) -> bool {
    matches!(child.field(on).map(|field| &field.kind), Some(FieldKind::Reference { entity }) if entity == target)
}

fn unknown_limit(schema: &Schema, child: &EntityDef, name: &str, values: &[String]) -> Option<String> {
    let Some(FieldKind::Code { set, .. }) = child.field(name).map(|field| &field.kind) else {
        return Some(format!("{}.{name} is no code", child.entity));
    };
    values.iter().find(|code| schema.codes.item(set, code).is_none()).map(|code| format!("{set} has no {code}"))
}

#[test]
fn amounts_are_measured_by_amounts_and_only_amounts_are_per_unit() {
    every_field(|_, def, field| {
        if field.per_unit && !field.kind.is_money() {
            return Some("is per unit and no amount".into());
        }
        let other = (!field.control.is_empty()).then(|| def.field(&field.control));
        let amount = |other: Option<&FieldDef>| other.is_some_and(|other| other.adds_up() && other.name != field.name);
        (other.is_some_and(|other| !amount(other)) || (other.is_some() && !field.adds_up()))
            .then(|| format!("is measured by {}, which is no other amount", field.control))
    });
}

#[test]
fn code_files_are_whole_trees_without_doubles() {
    let schema = Schema::builtin();
    let listed: BTreeSet<_> = json("schemas/codes/sets.json")
        .as_array()
        .unwrap()
        .iter()
        .map(|set| set["set"].as_str().unwrap().to_owned())
        .collect();
    let files: BTreeSet<_> = fs::read_dir(root().join("schemas/codes"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".csv").map(str::to_owned))
        .collect();
    assert_eq!(listed, files, "sets.json lists exactly the code files");
    for name in &files {
        let text = fs::read_to_string(root().join(format!("schemas/codes/{name}.csv"))).unwrap();
        assert!(text.starts_with("code,name,parent,is_leaf,start_year,end_year,basis"), "{name}.csv: header");
        let set = schema.codes.set(name).unwrap();
        assert_eq!(text.lines().count() - 1, set.items.len(), "{name}.csv: a code stands twice");
        whole_tree(name, set);
    }
}

fn whole_tree(name: &str, set: &CodeSet) {
    let parents: HashSet<_> = set.items.iter().map(|item| item.parent.as_str()).collect();
    for item in &set.items {
        let code = item.code.as_str();
        assert!(!item.name.is_empty() && !item.basis.is_empty(), "{name}: {code} lacks a name or a ground");
        assert!(item.parent.is_empty() || set.get(&item.parent).is_some(), "{name}: {code} has lost its parent");
        assert_eq!(item.is_leaf, !parents.contains(code), "{name}: {code} leaf flag");
        let lengths = &set.info.lengths;
        assert!(lengths.is_empty() || lengths.contains(&code.chars().count()), "{name}: {code} is of an odd length");
    }
}

#[test]
fn the_crosswalk_joins_codes_that_exist() {
    let schema = Schema::builtin();
    for row in &schema.codes.set("crosswalk").unwrap().items {
        assert!(schema.codes.item("dep_eco", &row.code).is_some_and(|item| item.is_leaf), "dep_eco {}", row.code);
        for gov in row.ext.values() {
            assert!(schema.codes.item("gov_eco", gov).is_some_and(|item| item.is_leaf), "gov_eco {gov}");
        }
    }
    let kinds = ["admin", "institution", "enterprise"];
    let types = schema.codes.set("agency_type").unwrap();
    for item in types.items.iter().filter(|item| item.is_leaf) {
        assert!(item.ext.get("eco").is_some_and(|eco| kinds.contains(&eco.as_str())), "agency_type {}", item.code);
    }
}

#[test]
fn every_fund_belongs_to_a_book_and_every_book_is_a_record() {
    let schema = Schema::builtin();
    let def = schema.entity("budget_book").unwrap();
    let mut books = BTreeMap::new();
    for book in json("schemas/books.json").as_array().unwrap() {
        for (name, value) in book.as_object().unwrap() {
            let field = def.field(name).unwrap_or_else(|| panic!("books.json: {name}"));
            Value::from_json(value, &field.kind).unwrap_or_else(|error| panic!("books.json: {name}: {error}"));
        }
        let funds = book["fund_types"].as_str().unwrap_or_default();
        books.insert(book["code"].as_str().unwrap().to_owned(), funds.to_owned());
    }
    for fund in schema.codes.set("fund_type").unwrap().items.iter().filter(|fund| fund.is_leaf) {
        let prefix = &books[&fund.ext["book"]];
        assert!(fund.code.starts_with(prefix), "fund {} lies outside its book {prefix}", fund.code);
    }
}

#[test]
fn rules_name_entities_fields_and_sets_that_exist() {
    let schema = Schema::builtin();
    let mut codes = HashSet::new();
    for rule in json("schemas/rules.json").as_array().unwrap() {
        let (code, entity) = (rule["code"].as_str().unwrap(), rule["entity"].as_str().unwrap());
        assert!(codes.insert(code.to_owned()), "{code} stands twice");
        assert!(entity == "*" || schema.entity(entity).is_some(), "{code}: entity {entity}");
        if let (Some(field), Some(def)) = (rule["field"].as_str(), schema.entity(entity)) {
            assert!(field.is_empty() || def.field(field).is_some(), "{code}: field {field}");
        }
        if let Some(set) = rule["params"]["set"].as_str() {
            assert!(schema.codes.set(set).is_some(), "{code}: set {set}");
        }
        for word in ["zh", "message", "source"] {
            assert!(rule[word].as_str().is_some_and(|text| !text.is_empty()), "{code}: {word}");
        }
    }
}

#[test]
fn generated_files_are_fresh() {
    for (path, text) in generated::files() {
        let written = fs::read_to_string(root().join(path)).unwrap_or_default();
        assert!(written == text, "{path} is stale: run `cargo run -p suanpan-model --example documents`");
    }
}
