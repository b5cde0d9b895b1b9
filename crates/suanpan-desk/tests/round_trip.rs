//! Whatever a book holds comes back from its exported workbook without a single change: every entity,
//! every kind of value, every plane of Unicode, in 元, in 万元 and rounded.

mod support;

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Map, Value as Json, json};
use std::collections::HashMap;
use suanpan_model::{EntityDef, FieldDef, FieldKind, Money, schema::Schema};
use support::Office;

const BOOKS: usize = 2;
const RECORDS: usize = 7;

/// A book with something to refer to: entity → ids.
struct Filled {
    office: Office,
    ids: HashMap<String, Vec<String>>,
    runner: TestRunner,
    number: usize,
}

impl Filled {
    fn new(seed: u8) -> Self {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
        let runner = TestRunner::new_with_rng(Config::default(), rng);
        let mut filled = Self { office: Office::new(), ids: HashMap::new(), runner, number: 0 };
        for def in Schema::builtin().entities() {
            filled.fill(def);
        }
        filled
    }

    /// All records of an entity as one gesture; they may refer to what was there before.
    fn fill(&mut self, def: &EntityDef) {
        let mut edits = Vec::new();
        for _ in 0..RECORDS {
            self.number += 1;
            let fields = self.record(def);
            edits.push(json!({"edit": "new", "entity": def.entity, "fiscal_year": 2026, "fields": fields}));
        }
        let answer = self.office.call("apply", json!({"label": "新增", "edits": edits}));
        let created = answer["created"].as_array().expect("ids").iter();
        let ids = created.map(|id| id.as_str().expect("an id").to_owned()).collect();
        self.ids.insert(def.entity.clone(), ids);
    }

    fn record(&mut self, def: &EntityDef) -> Map<String, Json> {
        let mut fields = Map::new();
        for (_, field) in def.stored() {
            let optional = !field.required && !def.key.contains(&field.name);
            let value = if optional && self.draw(0..4) == 0 { Json::Null } else { self.value(def, field) };
            fields.insert(field.name.clone(), value);
        }
        fields
    }

    fn draw<T: std::fmt::Debug>(&mut self, strategy: impl Strategy<Value = T>) -> T {
        strategy.new_tree(&mut self.runner).expect("a value").current()
    }

    fn value(&mut self, def: &EntityDef, field: &FieldDef) -> Json {
        let number = self.number;
        match &field.kind {
            // Half of the keys look like codes, half like anything; all are different.
            FieldKind::Text { max, .. } if def.key.contains(&field.name) => match number % 2 {
                0 => clipped(&format!("{number:06}"), *max).into(),
                _ => clipped(&format!("{number}〔{}〕号", 2000 + number), *max).into(),
            },
            FieldKind::Text { max, multiline } => self.draw(text(*max, *multiline)).into(),
            FieldKind::Code { set, leaf } => {
                let schema = Schema::builtin();
                let items = &schema.codes.set(set).expect("a built-in set").items;
                let usable: Vec<_> =
                    items.iter().filter(|item| (item.is_leaf || !leaf) && item.valid_in(2026)).collect();
                usable[self.draw(0..usable.len())].code.clone().into()
            }
            FieldKind::Reference { entity } => match self.ids.get(entity).cloned() {
                Some(ids) => ids[self.draw(0..ids.len())].clone().into(),
                None => Json::Null,
            },
            FieldKind::Money { signed } => {
                let least = if *signed { -Money::MAX_FEN } else { 0 };
                self.draw(prop_oneof![Just(0), least / 100_000..9_000_000_000, least / 10..=Money::MAX_FEN / 10]).into()
            }
            FieldKind::Decimal { scale } => {
                let (whole, part) = self.draw((0..1_000_000_u32, 0..10_u64.pow(u32::from(*scale))));
                format!("{whole}.{part:0width$}", width = usize::from(*scale)).trim_end_matches('.').into()
            }
            FieldKind::Integer => self.draw(prop_oneof![-5_i64..5_000, -(1_i64 << 52)..(1_i64 << 52)]).into(),
            FieldKind::Year => self.draw(1990..2060_i64).into(),
            FieldKind::Date => {
                let (year, month, day) = self.draw((1950..2100, 1..13, 1..29));
                format!("{year}-{month:02}-{day:02}").into()
            }
            FieldKind::Bool => self.draw(any::<bool>()).into(),
        }
    }
}

fn clipped(text: &str, max: u32) -> String {
    text.chars().take(max as usize).collect()
}

/// Any text that a field can hold: no blanks at the ends, line breaks only where the field has several lines.
fn text(max: u32, multiline: bool) -> impl Strategy<Value = String> {
    let formula = "[=+@＝＋－＠-][a-zA-Z0-9()+*/,. ]{1,12}";
    let range = |from, to| prop::char::range(from, to);
    let letter = prop_oneof![
        any::<char>(),
        range('\u{f00}', '\u{fff}'),
        range('\u{20000}', '\u{323af}'),
        range('\u{4e00}', '\u{9fff}')
    ];
    let planes = prop::collection::vec(letter, 1..20);
    let telling = prop::sample::select(vec![
        "合计",
        "小计",
        "注：本表",
        "1",
        "001",
        "1E5",
        "2026-03-05",
        "3月5日",
        "TRUE",
        "#N/A",
        "_x000D_",
        "_x41_",
        "<b>&amp;",
        "'引号",
        "\"",
        "—",
        "-",
        "无",
        "是",
        "2010101-行政运行",
        "记录标识（请勿修改）",
        "单位：万元",
    ]);
    let any = prop_oneof![
        3 => "[\u{4e00}-\u{9fa5}（）〔〕0-9]{1,30}".prop_map(String::from),
        2 => formula.prop_map(String::from),
        3 => planes.prop_map(String::from_iter),
        2 => telling.prop_map(String::from),
        1 => "[\u{4e00}-\u{9fa5}]{1,9}\n[\u{4e00}-\u{9fa5}]{1,9}".prop_map(String::from),
    ];
    any.prop_map(move |text| {
        let text = if multiline { text.replace('\r', "\n") } else { text.replace(['\r', '\n'], " ") };
        suanpan_excel::text::trim(&clipped(suanpan_excel::text::trim(&text), max)).to_owned()
    })
}

#[track_caller]
fn comes_back_unchanged(office: &Office, entity: &str, how: Json) {
    let path = office.path("out.xlsx");
    let mut request = json!({"query": {"entity": entity, "fiscal_year": 2026}, "path": path});
    for (key, value) in how.as_object().expect("an object") {
        request[key] = value.clone();
    }
    let exported = office.job("export", request);
    let import = office.job("import_read", json!({"path": path}))["import"].clone();
    let layout = office.call("import_recognise", json!({"import": import, "entity": entity}))["layout"].clone();
    let request = json!({"import": import, "entity": entity, "layout": layout, "fiscal_year": 2026});
    let summary = office.job("import_preview", request)["summary"].clone();
    let others = |action: &str| {
        let rows = office.call("import_rows", json!({"import": import, "action": action, "offset": 0, "limit": 3}));
        rows["rows"]
            .as_array()
            .map(|rows| rows.iter().map(|row| format!("{} {}", row["changes"], row["issues"])).collect::<Vec<_>>())
    };
    let seen = || format!("{entity} {how}: {summary}\nchanged {:#?}\nerrors {:#?}", others("changed"), others("error"));
    assert_eq!(summary["same"], exported["rows"], "{}", seen());
    for action in ["new", "changed", "errors", "wrong_totals"] {
        assert_eq!(summary[action], 0, "{}", seen());
    }
}

#[test]
fn every_entity_comes_back_without_a_change() {
    for seed in 0..BOOKS {
        let filled = Filled::new(seed as u8);
        for def in Schema::builtin().entities() {
            comes_back_unchanged(&filled.office, &def.entity, json!({}));
        }
    }
}

#[test]
fn amounts_in_wan_come_back_exact_and_rounded_ones_too() {
    let filled = Filled::new(100);
    for entity in ["project", "budget_line", "income_line", "allotment", "annual_plan"] {
        comes_back_unchanged(&filled.office, entity, json!({"unit": "wan"}));
        comes_back_unchanged(&filled.office, entity, json!({"unit": "wan", "balanced": true}));
    }
}

/// Beginnings that some spreadsheet takes for a formula; those with blanks in front lose them when typed.
const FORMULA_STARTS: [&str; 17] = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\u{feff}=1+1",
    "\u{200b}=1+1",
    "\u{a0}=1+1",
    "\u{3000}=1+1",
    "=cmd|'/C calc'!A0",
    "=HYPERLINK(\"http://127.0.0.1:9\",\"点\")",
];

#[test]
fn no_text_leaves_the_book_as_a_formula_however_it_begins() {
    let mut filled = Filled::new(17);
    let schema = Schema::builtin();
    let def = schema.entity("project").expect("a built-in entity");
    let free = |field: &&FieldDef| {
        matches!(field.kind, FieldKind::Text { max, .. } if max >= 40)
            && field.derived.is_none()
            && !def.key.contains(&field.name)
    };
    let texts: Vec<String> = def.fields.iter().filter(free).map(|field| field.name.clone()).collect();
    assert!(!texts.is_empty());
    for start in FORMULA_STARTS {
        filled.number += 1;
        let mut fields = filled.record(def);
        for name in &texts {
            fields.insert(name.clone(), start.into());
        }
        let edit = json!({"edit": "new", "entity": "project", "fiscal_year": 2026, "fields": fields});
        filled.office.call("apply", json!({"label": "新增", "edits": [edit]}));
    }
    comes_back_unchanged(&filled.office, "project", json!({}));
    let file = std::fs::File::open(filled.office.path("out.xlsx")).expect("exported");
    let mut package = suanpan_excel::guard::Package::open(file).expect("a workbook");
    let mut part = |name: &str| {
        let bytes = package.small_part(name, 64 << 20).expect("a good zip").expect("the part is there");
        String::from_utf8(bytes).expect("XML is UTF-8")
    };
    let sheet = part("xl/worksheets/sheet1.xml");
    let formulas: Vec<&str> = sheet.split("<f>").skip(1).collect();
    assert!(!formulas.is_empty() && formulas.iter().all(|formula| formula.starts_with("SUM(")), "only our own totals");
    assert!(!sheet.contains("<hyperlink"));
    assert!(part("xl/styles.xml").contains("quotePrefix=\"1\""), "pressing Enter in the cell changes nothing");
}
