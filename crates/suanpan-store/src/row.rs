//! Records as SQL rows and back. The order of columns is fixed by the entity document.

use crate::tables::table;
use rusqlite::{
    Row, Statement,
    types::{ToSqlOutput, ValueRef},
};
use suanpan_model::{
    EntityDef, FieldKind, Money, Record, Value,
    value::{RecordHeader, RecordId},
};

/// `_rid, _id, _division, _year, _version, _deleted`, then every stored field.
pub fn columns(def: &EntityDef) -> String {
    let mut list = String::from("_rid, _id, _division, _year, _version, _deleted");
    for (_, field) in def.stored() {
        list.push_str(", \"");
        list.push_str(&field.name);
        list.push('"');
    }
    list
}

/// How many columns [`columns`] names.
pub fn column_count(def: &EntityDef) -> usize {
    6 + def.stored().count()
}

pub fn select(def: &EntityDef) -> String {
    format!("SELECT {} FROM {}", columns(def), table(def))
}

/// Reads a row of [`columns`]; derived fields are Null.
pub fn read(def: &EntityDef, row: &Row<'_>) -> rusqlite::Result<(i64, Record)> {
    let mut values = vec![Value::Null; def.fields.len()];
    for (column, (index, field)) in def.stored().enumerate() {
        values[index] = read_value(&field.kind, row.get_ref(column + 6)?);
    }
    let header = RecordHeader {
        division: row.get_ref(2)?.as_str()?.into(),
        fiscal_year: row.get(3)?,
        version: row.get(4)?,
        deleted: row.get(5)?,
    };
    Ok((row.get(0)?, Record { id: row.get(1)?, header, values }))
}

pub fn read_value(kind: &FieldKind, value: ValueRef<'_>) -> Value {
    match (kind, value) {
        (FieldKind::Money { .. }, ValueRef::Integer(fen)) => Money::from_fen(fen).map_or(Value::Null, Value::Money),
        (FieldKind::Bool, ValueRef::Integer(yes)) => Value::Bool(yes != 0),
        (_, ValueRef::Integer(number)) => Value::Int(number),
        (_, ValueRef::Text(text)) => std::str::from_utf8(text).map_or(Value::Null, Value::text),
        (_, ValueRef::Blob(bytes)) => RecordId::from_slice(bytes).map_or(Value::Null, Value::Ref),
        _ => Value::Null,
    }
}

/// Binds the header and stored fields from parameter 1 on, in the order of [`columns`] without `_rid`.
pub fn bind(statement: &mut Statement<'_>, def: &EntityDef, record: &Record) -> rusqlite::Result<()> {
    statement.raw_bind_parameter(1, record.id)?;
    statement.raw_bind_parameter(2, &*record.header.division)?;
    statement.raw_bind_parameter(3, record.header.fiscal_year)?;
    statement.raw_bind_parameter(4, record.header.version)?;
    statement.raw_bind_parameter(5, record.header.deleted)?;
    for (column, (index, _)) in def.stored().enumerate() {
        statement.raw_bind_parameter(column + 6, Sql(&record.values[index]))?;
    }
    Ok(())
}

/// A value as SQL.
pub struct Sql<'a>(pub &'a Value);

impl Sql<'_> {
    pub fn to_owned_sql(&self) -> rusqlite::types::Value {
        use rusqlite::types::Value as Owned;
        match self.0 {
            Value::Null => Owned::Null,
            Value::Text(text) => Owned::Text(text.to_string()),
            Value::Int(number) => Owned::Integer(*number),
            Value::Money(money) => Owned::Integer(money.fen()),
            Value::Bool(yes) => Owned::Integer(i64::from(*yes)),
            Value::Ref(id) => Owned::Blob(id.as_bytes().to_vec()),
        }
    }
}

impl rusqlite::ToSql for Sql<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Int(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Value::Money(money) => ToSqlOutput::Borrowed(ValueRef::Integer(money.fen())),
            Value::Bool(yes) => ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*yes))),
            Value::Ref(id) => ToSqlOutput::Borrowed(ValueRef::Blob(id.as_bytes())),
        })
    }
}
