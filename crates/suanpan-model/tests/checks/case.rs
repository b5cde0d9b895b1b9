//! The little language of the cases. A line is a record: entity, label, then `field=value`; amounts in
//! 元, `@label` for a reference, `_` for a blank inside a value. Fields left out take the document's
//! default. Codes are those of `schemas/codes`.
//!
//! ```text
//! agency a agency_code=101
//! project p agency=@a pro_total_amt=100
//! ```

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};
use suanpan_model::{
    EntityDef, FieldKind, Money, Record, RecordId, Value,
    check::{Finding, check},
    facts::Facts,
    memory::MemoryBook,
    schema::{CodeItem, Schema},
    value::RecordHeader,
};

pub const DIVISION: &str = "410823000";
pub const YEAR: i32 = 2026;

static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    let mut schema = Schema::builtin();
    let ended = CodeItem {
        code: "2019999".into(),
        name: "已停用的科目".into(),
        parent: "20199".into(),
        is_leaf: true,
        start_year: 2015,
        end_year: 2024,
        basis: "测试".into(),
        ext: [("fund".to_owned(), "general".to_owned())].into(),
    };
    schema.codes.put("func", ended);
    Arc::new(schema)
});

/// The documents and codes of the program, and one function code that ended in 2024.
pub fn schema() -> Arc<Schema> {
    SCHEMA.clone()
}

/// A book made of the lines of one case.
pub struct Case {
    pub book: MemoryBook,
    labels: Vec<(String, Arc<EntityDef>, RecordId)>,
}

impl Case {
    pub fn of(data: &str) -> Self {
        let mut case = Self { book: MemoryBook::new(schema()), labels: Vec::new() };
        let lines: Vec<Vec<&str>> = data
            .lines()
            .map(|line| line.split_whitespace().collect())
            .filter(|line: &Vec<_>| !line.is_empty())
            .collect();
        for (at, line) in lines.iter().enumerate() {
            let def = schema().entity(line[0]).unwrap_or_else(|| panic!("no entity {}", line[0])).clone();
            case.labels.push((line[1].to_owned(), def, RecordId::from_u128(at as u128 + 1)));
        }
        for (at, line) in lines.iter().enumerate() {
            let (_, def, id) = case.labels[at].clone();
            let record = case.record(&def, id, &line[2..]);
            case.book.put(&def, record);
        }
        case
    }

    fn record(&self, def: &EntityDef, id: RecordId, cells: &[&str]) -> Record {
        let mut values: Vec<Value> = def.fields.iter().map(default).collect();
        let mut header = RecordHeader { division: DIVISION.into(), fiscal_year: YEAR, version: 1, deleted: false };
        for cell in cells {
            let (name, text) = cell.split_once('=').unwrap_or_else(|| panic!("“{cell}” is not field=value"));
            match name {
                "division!" => header.division = text.into(),
                "deleted!" => header.deleted = true,
                _ => {
                    let at = def.index(name).unwrap_or_else(|| panic!("no field {}.{name}", def.entity));
                    values[at] = self.value(&def.fields[at].kind, text);
                }
            }
        }
        Record { id, header, values }
    }

    fn value(&self, kind: &FieldKind, text: &str) -> Value {
        if text.is_empty() {
            return Value::Null;
        }
        match kind {
            FieldKind::Money { .. } => Value::Money(Money::parse_yuan(text).expect("an amount in 元")),
            FieldKind::Integer | FieldKind::Year => Value::Int(text.parse().expect("a whole number")),
            FieldKind::Bool => Value::Bool(text == "yes"),
            FieldKind::Reference { .. } => Value::Ref(match text.strip_prefix('@') {
                Some(label) => self.id(label),
                None => RecordId::from_u128(u128::MAX),
            }),
            _ => Value::text(&text.replace('_', " ")),
        }
    }

    pub fn id(&self, label: &str) -> RecordId {
        let known = self.labels.iter().find(|(name, ..)| name == label);
        known.unwrap_or_else(|| panic!("no record is called {label}")).2
    }

    /// Findings of every record of the case, as `label.field: message`, of one rule.
    pub fn findings(&self, rule: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (label, def, id) in &self.labels {
            let record = self.book.get(&def.entity, *id).expect("memory can be read").expect("was put in");
            let findings = check(&self.book, def, &record).expect("memory can be read");
            let own = findings.into_iter().filter(|finding| finding.rule == rule);
            found.extend(own.map(|finding| shown(label, &finding)));
        }
        found
    }
}

fn shown(label: &str, finding: &Finding) -> String {
    assert!(!finding.message.contains(['{', '}']), "{}: a figure is missing: {}", finding.rule, finding.message);
    let field = finding.field.as_deref().map(|field| format!(".{field}")).unwrap_or_default();
    format!("{label}{field}: {}", finding.message)
}

pub fn default(field: &suanpan_model::FieldDef) -> Value {
    let default = field.default.as_ref().filter(|_| field.derived.is_none());
    default.map_or(Value::Null, |json| Value::from_json(json, &field.kind).expect("defaults fit their field"))
}

/// One finding of `rule` at each of `cells`, each naming all of `words`.
pub fn fires_at(rule: &str, data: &str, cells: &[&str], words: &[&str]) {
    let found = Case::of(data).findings(rule);
    assert_eq!(found.len(), cells.len(), "{rule}: expected at {cells:?}, not {found:#?}");
    for (finding, cell) in found.iter().zip(cells) {
        assert!(finding.starts_with(&format!("{cell}: ")), "{rule}: expected at {cell}: {finding}");
        for word in words {
            assert!(finding.contains(word), "{rule}: “{word}” is missing in: {finding}");
        }
    }
}

/// Exactly one finding of `rule`, at `cell` (`label.field`), naming each of `words`.
pub fn fires(rule: &str, data: &str, cell: &str, words: &[&str]) {
    fires_at(rule, data, &[cell], words);
}

/// No finding of `rule` anywhere in the case.
pub fn silent(rule: &str, data: &str) {
    let found = Case::of(data).findings(rule);
    assert!(found.is_empty(), "{rule}: nothing was expected, not {found:#?}");
}

/// How many cases fire each rule and how many do not, read from the sources of the cases.
#[test]
fn every_rule_has_a_case_that_fires_and_one_that_does_not() {
    let sources = [
        include_str!("general.rs"),
        include_str!("agency.rs"),
        include_str!("project.rs"),
        include_str!("performance.rs"),
        include_str!("budget.rs"),
        include_str!("book.rs"),
        include_str!("allotment.rs"),
    ]
    .concat();
    let compact: String = sources.split_whitespace().collect();
    let mut missing: HashMap<&str, Vec<&str>> = HashMap::new();
    for rule in suanpan_model::check::rule_list() {
        let called = |name: &str| compact.contains(&format!("{name}(\"{}\"", rule.code));
        for (call, found) in [("fires", called("fires") || called("fires_at")), ("silent", called("silent"))] {
            if !found {
                missing.entry(call).or_default().push(&rule.code);
            }
        }
    }
    assert!(missing.is_empty(), "cases are missing: {missing:#?}");
}
