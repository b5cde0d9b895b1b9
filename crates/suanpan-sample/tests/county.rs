//! The sample county keeps its promises: the counts, the balance of every book, no 强制性 finding, a
//! handful of 提示性 ones, and the same records from the same seed.
#![allow(clippy::unwrap_used)]

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};
use suanpan_model::{
    FieldKind, Record, Value,
    check::{Finding, Severity, check},
    facts::Facts,
    memory::MemoryBook,
    schema::Schema,
};
use suanpan_sample::{Item, SEED, Size, generate};

fn county() -> (Arc<Schema>, Vec<Item>) {
    let schema = Arc::new(Schema::builtin());
    let items = generate(&schema, SEED, Size::COUNTY).collect();
    (schema, items)
}

fn book_of(schema: &Arc<Schema>, items: &[Item]) -> MemoryBook {
    let mut book = MemoryBook::new(schema.clone());
    for item in items {
        book.put(schema.entity(item.entity).unwrap(), item.record.clone());
    }
    book
}

fn findings(schema: &Schema, book: &MemoryBook, items: &[Item]) -> Vec<Finding> {
    items.iter().flat_map(|item| check(book, schema.entity(item.entity).unwrap(), &item.record).unwrap()).collect()
}

#[test]
fn the_county_has_its_units_projects_and_allotments() {
    let (_, items) = county();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for item in &items {
        *counts.entry(item.entity).or_default() += 1;
    }
    assert_eq!(counts["agency"], 203);
    assert_eq!(
        items.iter().filter(|item| item.entity == "agency" && &*item.record.header.division == "410823000").count(),
        66
    );
    assert_eq!(counts["project"], 2000);
    assert_eq!(counts["allotment"], 10_000);
    for entity in ["project_detail", "performance_indicator", "allotment_voucher", "annual_plan"] {
        assert!(counts[entity] >= 2000, "{entity}: {counts:?}");
    }
    for entity in ["division", "budget_book", "agency_staff", "bank_account", "expenditure_standard", "income_line"] {
        assert!(counts[entity] >= 10, "{entity}: {counts:?}");
    }
}

#[test]
fn no_mandatory_check_fires_and_a_handful_of_advisory_ones_do() {
    let (schema, items) = county();
    let book = book_of(&schema, &items);
    let findings = findings(&schema, &book, &items);
    let mandatory: Vec<_> = findings.iter().filter(|one| one.severity == Severity::Mandatory).collect();
    assert!(mandatory.is_empty(), "{} 强制性, the first: {:#?}", mandatory.len(), &mandatory[..mandatory.len().min(5)]);
    let mut advisory: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &findings {
        *advisory.entry(&one.rule).or_default() += 1;
    }
    assert!((6..=40).contains(&findings.len()) && advisory.len() >= 6, "{advisory:?}");
}

#[test]
fn values_are_of_their_kind_references_point_backwards_and_ids_are_unique() {
    let (schema, items) = county();
    let mut seen = HashSet::new();
    for item in &items {
        let def = schema.entity(item.entity).unwrap();
        assert_eq!(item.record.values.len(), def.fields.len());
        for (field, value) in def.fields.iter().zip(&item.record.values) {
            let json = value.to_json();
            assert_eq!(Value::from_json(&json, &field.kind).as_ref(), Ok(value), "{}.{}", item.entity, field.name);
            if let (FieldKind::Reference { .. }, Value::Ref(target)) = (&field.kind, value) {
                assert!(seen.contains(target) || *target == item.record.id, "{}.{}", item.entity, field.name);
            }
        }
        assert_eq!(item.record.id.get_version_num(), 7);
        assert!(seen.insert(item.record.id), "{} {}", item.entity, item.record.id);
    }
}

#[test]
fn income_covers_spending_in_every_book_of_the_county() {
    let (schema, items) = county();
    let money = |item: &Item, names: &[&str]| -> i64 {
        let def = schema.entity(item.entity).unwrap();
        names.iter().map(|name| item.record.values[def.index(name).unwrap()].as_money().fen()).sum()
    };
    let fund = |item: &Item| {
        let def = schema.entity(item.entity).unwrap();
        item.record.values[def.index("fund_type").unwrap()].as_text().unwrap()[..1].to_owned()
    };
    let mut balance: BTreeMap<String, i64> = BTreeMap::new();
    for item in &items {
        match item.entity {
            "income_line" => *balance.entry(fund(item)).or_default() += money(item, &["amt", "adj_amt"]),
            "budget_line" => {
                *balance.entry(fund(item)).or_default() -= money(item, &["reply_amt", "adj_amt", "dis_amt"])
            }
            _ => {}
        }
    }
    assert!(balance.len() >= 4 && balance.values().all(|left| *left == 0), "{balance:?}");
}

#[test]
fn the_same_seed_gives_the_same_records_and_another_one_others() {
    let schema = Schema::builtin();
    let size = Size { projects: 420, allotments: 1, ..Size::COUNTY };
    let read = |seed| generate(&schema, seed, size).map(|item| item.record).collect::<Vec<Record>>();
    assert_eq!(read(7), read(7));
    assert_ne!(read(7), read(8));
}

#[test]
fn larger_counties_keep_the_same_promises() {
    let schema = Arc::new(Schema::builtin());
    let size = Size { years: 2, ..Size::scaled(1.5) };
    let items: Vec<Item> = generate(&schema, 11, size).collect();
    let book = book_of(&schema, &items);
    let wrong: Vec<_> =
        findings(&schema, &book, &items).into_iter().filter(|one| one.severity == Severity::Mandatory).collect();
    assert!(wrong.is_empty(), "{} of {}: {:#?}", wrong.len(), items.len(), &wrong[..wrong.len().min(3)]);
    assert_eq!(items.iter().filter(|item| item.entity == "allotment").count(), 30_000);
    assert!(book.schema().entity("allotment").is_some());
}

#[test]
fn the_size_for_benches_is_a_million_records() {
    let schema = Schema::builtin();
    let one_year = Size { years: 1, ..Size::MILLION };
    let count = generate(&schema, SEED, one_year).count() * usize::from(Size::MILLION.years);
    assert!((1_000_000..1_200_000).contains(&count), "{count}");
}
