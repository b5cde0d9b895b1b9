//! One record while it is being filled in, by field name. A name that the document lacks is a defect
//! of this crate and stops it at once; the tests make every kind of record.

use std::collections::HashMap;
use suanpan_model::{EntityDef, Money, Record, RecordId, Value, schema::Schema, value::RecordHeader};

/// Where every field of every entity stands, and what a new record holds.
pub struct Layouts {
    by_entity: HashMap<String, Layout>,
}

struct Layout {
    places: HashMap<String, usize>,
    blank: Vec<Value>,
}

impl Layouts {
    pub fn of(schema: &Schema) -> Self {
        let by_entity = schema.entities().iter().map(|def| (def.entity.clone(), Layout::of(def))).collect();
        Self { by_entity }
    }

    /// A new record with the defaults of its document.
    pub fn row(&self, entity: &'static str, id: RecordId, division: &str, year: i32) -> Row<'_> {
        let layout = self.by_entity.get(entity).unwrap_or_else(|| panic!("no document for {entity}"));
        let header = RecordHeader { division: division.into(), fiscal_year: year, version: 1, deleted: false };
        Row { layout, item: Item { entity, record: Record { id, header, values: layout.blank.clone() } } }
    }
}

impl Layout {
    fn of(def: &EntityDef) -> Self {
        let value = |field: &suanpan_model::FieldDef| {
            let default = field.default.as_ref().filter(|_| field.derived.is_none());
            default.and_then(|json| Value::from_json(json, &field.kind).ok()).unwrap_or_default()
        };
        Self {
            places: def.fields.iter().enumerate().map(|(at, field)| (field.name.clone(), at)).collect(),
            blank: def.fields.iter().map(value).collect(),
        }
    }
}

/// A record and the entity it is of.
#[derive(Debug, Clone)]
pub struct Item {
    pub entity: &'static str,
    pub record: Record,
}

pub struct Row<'l> {
    layout: &'l Layout,
    item: Item,
}

impl Row<'_> {
    pub fn set(mut self, name: &str, value: Value) -> Self {
        let at = self.layout.places.get(name);
        let at = *at.unwrap_or_else(|| panic!("{} has no field {name}", self.item.entity));
        self.item.record.values[at] = value;
        self
    }

    pub fn text(self, name: &str, text: impl AsRef<str>) -> Self {
        self.set(name, Value::text(text.as_ref()))
    }

    /// 分.
    pub fn fen(self, name: &str, fen: i64) -> Self {
        self.set(name, Value::Money(Money::from_fen(fen).expect("sample amounts are far below the limit")))
    }

    pub fn int(self, name: &str, number: i64) -> Self {
        self.set(name, Value::Int(number))
    }

    pub fn yes(self, name: &str, yes: bool) -> Self {
        self.set(name, Value::Bool(yes))
    }

    pub fn link(self, name: &str, id: RecordId) -> Self {
        self.set(name, Value::Ref(id))
    }

    pub fn done(self) -> Item {
        self.item
    }
}
