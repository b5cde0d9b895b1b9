//! Entities are documents. `schemas/entities/<entity>.json` is the one place where a field exists;
//! the types here are the language of those documents (their JSON Schema is generated to
//! `schemas/entity.schema.json`). Tables, grids, forms, templates and the data dictionary follow.
//!
//! Not here: what the fields mean together; that is [`crate::check`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use ts_rs::TS;

/// One entity document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct EntityDef {
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    #[ts(skip)]
    pub schema: Option<String>,
    /// snake_case; also the table's name.
    pub entity: String,
    /// The national table this entity mirrors, e.g. `BAS_AGENCY_INFO`, and where its fields were seen.
    pub element: String,
    pub label: Label,
    /// Fields that together name a record to people and tell import which row it is; unique per 区划 and year.
    pub key: Vec<String>,
    /// The text field shown beside the key wherever the record is referred to.
    pub title: String,
    /// A self-reference that makes the entity a tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Reference to the record this one is a line of (测算 of a 项目): shown inside the owner's form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Records can be added but never edited or deleted; a mistake is corrected by a further record.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub append_only: bool,
    /// Valid for every fiscal year of the book (区划, code sets) instead of one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub any_year: bool,
    /// 0 for the first documents, and one more for each that came later: entities are numbered in this order, then by
    /// name, and books hold the numbers.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub added: u16,
    pub fields: Vec<FieldDef>,
}

/// One field of an entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FieldDef {
    /// snake_case; also the column's name.
    pub name: String,
    /// National element code, e.g. `AGENCY_CODE`.
    pub element: String,
    pub label: Label,
    #[serde(flatten)]
    pub kind: FieldKind,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// Computed from others whenever it is read; never typed, never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<Derived>,
    #[serde(default)]
    pub sync: SyncClass,
    /// Value of a new record, in the JSON form of the calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "unknown")]
    pub default: Option<serde_json::Value>,
    /// Other headers under which workbooks carry this field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Heading of the form under which the field stands.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub section: String,
    /// Shown in the grid without asking the column chooser.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub list: bool,
    /// Column width in px at the middle font size; 0 = by kind.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub width: u16,
    /// Found by Ctrl+K (text, code and pinyin initials).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub search: bool,
    /// An amount for one of something (单价, 标准): lists and workbooks do not add it up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub per_unit: bool,
    /// The amount of the same record that this one is measured by (批复数 by 审核数): pasted figures of quite
    /// another size are asked about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub control: String,
    /// Personal data: never in exports meant for the public, masked in lists.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub personal: bool,
    /// Where the field and its length were seen, or 知识 = to be confirmed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// One sentence for the person who fills it in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
}

/// Names in the three languages of the screens. `bo` stays empty until a native reader has given it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema, TS)]
#[serde(deny_unknown_fields)]
pub struct Label {
    pub zh: String,
    pub en: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bo: String,
}

/// What a field can hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FieldKind {
    /// `max` in characters.
    Text {
        max: u32,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        multiline: bool,
    },
    /// A value of code set `set`; `leaf` = only 末级 codes may be chosen.
    Code {
        set: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        leaf: bool,
    },
    /// The id of a record of `entity`.
    Reference {
        entity: String,
    },
    /// 分. `signed` allows negative amounts.
    Money {
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        signed: bool,
    },
    /// Exact decimal text with at most `scale` decimals.
    Decimal {
        scale: u8,
    },
    Integer,
    Year,
    Date,
    Bool,
}

impl FieldKind {
    /// The kind's Chinese name, for messages.
    pub fn zh(&self) -> &'static str {
        match self {
            Self::Text { .. } => "文本",
            Self::Code { .. } => "代码",
            Self::Reference { .. } => "关联记录",
            Self::Money { .. } => "金额",
            Self::Decimal { .. } => "小数",
            Self::Integer => "整数",
            Self::Year => "年度",
            Self::Date => "日期",
            Self::Bool => "是/否",
        }
    }

    pub fn is_money(&self) -> bool {
        matches!(self, Self::Money { .. })
    }
}

/// How a field behaves when two people changed it (sync.md, field classes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum SyncClass {
    #[default]
    Plain,
    Money,
    Workflow,
    Code,
    Reference,
}

/// How a derived field is computed. Evaluated in Rust by [`crate::derive`] and in SQL by the book.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Derived {
    /// Σ `field` of the records of `entity` whose reference `on` is this record, restricted by `only`.
    SumOf {
        entity: String,
        on: String,
        field: String,
        /// field name → accepted values.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        only: BTreeMap<String, Vec<String>>,
    },
    /// Number of such records.
    CountOf { entity: String, on: String },
    /// Σ plus − Σ minus over money fields of this record (derived ones included).
    Total {
        plus: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        minus: Vec<String>,
    },
    /// `of` ÷ `to` in percent with two decimals; empty when `to` is 0.
    Percent { of: String, to: String },
    /// `left` × `right` (money × decimal), exact or empty.
    Product { left: String, right: String },
}

fn is_zero(number: &u16) -> bool {
    *number == 0
}

impl FieldDef {
    /// An amount that means something added up over records.
    pub fn adds_up(&self) -> bool {
        self.kind.is_money() && !self.per_unit
    }
}

impl EntityDef {
    /// Index of field `name`, or None.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    pub fn field(&self, name: &str) -> Option<&FieldDef> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// A header of workbooks that leads to two fields, if there is one.
    pub fn ambiguous_header(&self) -> Option<&str> {
        let mut seen: HashMap<&str, &str> = HashMap::new();
        for field in &self.fields {
            for header in field.aliases.iter().chain([&field.label.zh]) {
                if seen.insert(header, &field.name).is_some_and(|other| other != field.name) {
                    return Some(header);
                }
            }
        }
        None
    }

    /// Fields that are stored (everything but the derived ones), with their index.
    pub fn stored(&self) -> impl Iterator<Item = (usize, &FieldDef)> {
        self.fields.iter().enumerate().filter(|(_, field)| field.derived.is_none())
    }
}
