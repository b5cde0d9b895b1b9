//! Rows as the checkers see them: names and JSON, nothing of the product's own way of applying ops.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use suanpan_model::{EntityDef, Op, OpKind, Record};

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub entity: Box<str>,
    pub division: Box<str>,
    pub fiscal_year: i32,
    pub deleted: bool,
    /// Only the fields that hold something.
    pub fields: BTreeMap<Box<str>, Json>,
}

impl Row {
    pub fn of(def: &EntityDef, record: &Record) -> Self {
        let filled = def.stored().filter(|(index, _)| !record.values[*index].is_null());
        Self {
            entity: def.entity.as_str().into(),
            division: record.header.division.clone(),
            fiscal_year: record.header.fiscal_year,
            deleted: record.header.deleted,
            fields: filled.map(|(index, field)| (field.name.as_str().into(), record.values[index].to_json())).collect(),
        }
    }

    pub fn created(op: &Op) -> Option<Self> {
        let OpKind::Create { division, fiscal_year, fields } = &op.kind else { return None };
        let mut row = Self {
            entity: op.entity.clone(),
            division: division.clone(),
            fiscal_year: *fiscal_year,
            deleted: false,
            fields: BTreeMap::new(),
        };
        fields.iter().for_each(|(name, value)| row.set(name, value));
        Some(row)
    }

    pub fn get(&self, field: &str) -> &Json {
        self.fields.get(field).unwrap_or(&Json::Null)
    }

    pub fn text(&self, field: &str) -> &str {
        self.get(field).as_str().unwrap_or_default()
    }

    /// 分; blank is nothing.
    pub fn fen(&self, field: &str) -> i64 {
        self.get(field).as_i64().unwrap_or_default()
    }

    pub fn set(&mut self, field: &str, value: &Json) {
        // Blank text and nothing are the same thing.
        if value.is_null() || value.as_str() == Some("") {
            self.fields.remove(field);
        } else {
            self.fields.insert(field.into(), value.clone());
        }
    }

    /// The row with a pending op on top: what its author wants, whatever lies below.
    pub fn over(row: Option<Self>, op: &Op) -> Option<Self> {
        match (&op.kind, row) {
            (OpKind::Create { .. }, _) => Self::created(op),
            (OpKind::Edit { changes, .. }, Some(mut row)) => {
                changes.iter().for_each(|change| row.set(&change.field, &change.to));
                Some(row)
            }
            (OpKind::Delete, Some(row)) => Some(Self { deleted: true, ..row }),
            (OpKind::Restore, Some(row)) => Some(Self { deleted: false, ..row }),
            (_, None) => None,
        }
    }
}
