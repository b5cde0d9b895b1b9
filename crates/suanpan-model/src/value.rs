//! Values and records. A record keeps its values in the order of its entity's document, so reading a
//! field is an index, not a look-up by name; names live in [`crate::entity::EntityDef`].

use crate::{Money, entity::FieldKind};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// UUIDv7; text on screens and the wire, 16 bytes in the book.
pub type RecordId = Uuid;

/// What one field holds. Which variant a field takes follows from its [`FieldKind`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Value {
    #[default]
    Null,
    /// text, code, date (`YYYY-MM-DD`) and decimal (`12.50`) fields. Codes are short and held in place:
    /// reading a line of a budget allocates nothing for its dozen codes.
    Text(CompactString),
    /// integer and year fields.
    Int(i64),
    /// money fields.
    Money(Money),
    /// bool fields.
    Bool(bool),
    /// reference fields: the target's id.
    Ref(RecordId),
}

impl Value {
    /// Blank text is Null: a cleared cell and an untouched one are the same thing.
    pub fn text(text: &str) -> Self {
        if text.is_empty() { Self::Null } else { Self::Text(text.into()) }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    /// Null counts as zero: a blank amount on a form adds nothing.
    pub fn as_money(&self) -> Money {
        if let Self::Money(money) = self { *money } else { Money::ZERO }
    }

    pub fn as_money_or_none(&self) -> Option<Money> {
        if let Self::Money(money) = self { Some(*money) } else { None }
    }

    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(yes) = self { Some(*yes) } else { None }
    }

    pub fn as_ref_id(&self) -> Option<RecordId> {
        if let Self::Ref(id) = self { Some(*id) } else { None }
    }

    /// The JSON of the calls: money in 分, references as UUID text.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Int(number) => (*number).into(),
            Self::Money(money) => money.fen().into(),
            Self::Bool(yes) => (*yes).into(),
            Self::Ref(id) => id.to_string().into(),
        }
    }

    /// Reads the JSON of the calls as a value of `kind`. Err(message) says in Chinese what was expected.
    pub fn from_json(json: &serde_json::Value, kind: &FieldKind) -> Result<Self, String> {
        use serde_json::Value as Json;
        match (kind, json) {
            (_, Json::Null) => Ok(Self::Null),
            (FieldKind::Money { .. }, Json::Number(fen)) => {
                let fen = fen.as_i64().ok_or("金额应为以分为单位的整数")?;
                Money::from_fen(fen).map(Self::Money).map_err(|error| error.to_string())
            }
            (FieldKind::Integer | FieldKind::Year, Json::Number(number)) => {
                number.as_i64().map(Self::Int).ok_or_else(|| "应为整数".into())
            }
            (FieldKind::Bool, Json::Bool(yes)) => Ok(Self::Bool(*yes)),
            (FieldKind::Reference { .. }, Json::String(text)) => {
                Uuid::parse_str(text).map(Self::Ref).map_err(|_| format!("“{text}”不是记录编号"))
            }
            (
                FieldKind::Text { .. } | FieldKind::Code { .. } | FieldKind::Date | FieldKind::Decimal { .. },
                Json::String(text),
            ) => Ok(Self::text(text)),
            _ => Err(format!("“{json}”不是{}", kind.zh())),
        }
    }
}

/// One record of one entity. `values[i]` belongs to `EntityDef::fields[i]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub id: RecordId,
    pub header: RecordHeader,
    pub values: Vec<Value>,
}

impl Record {
    /// A record of which only the values at `places` are known; its id and header are blank.
    pub fn part(fields: usize, known: impl IntoIterator<Item = (usize, Value)>) -> Self {
        let mut values = vec![Value::Null; fields];
        for (place, value) in known {
            values[place] = value;
        }
        Self { id: RecordId::nil(), header: RecordHeader::default(), values }
    }
}

/// What every record carries besides its own fields.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RecordHeader {
    /// MOF_DIV_CODE, 9 digits: the scope that owns the record.
    pub division: Box<str>,
    /// FISCAL_YEAR.
    pub fiscal_year: i32,
    /// Counts the ops that touched the record, from 1.
    pub version: u32,
    /// Deleting is marking.
    pub deleted: bool,
}
