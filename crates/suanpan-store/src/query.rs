//! Reading lists: which records in which order (a *view*), a window of them with derived fields, sums,
//! totals by unit. Every name that reaches SQL is first found in an entity document; values are bound.

use crate::{
    book::Book,
    error::{StoreError, Stored},
    row,
    tables::table,
};
use rusqlite::{Connection, OptionalExtension, params_from_iter, types::Value as Owned};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::Arc};
use suanpan_model::{EntityDef, FieldDef, FieldKind, Record, Value, entity::Derived, schema::Schema, value::RecordId};
use ts_rs::TS;

/// Which records, in which order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct ListQuery {
    pub entity: String,
    /// None = all years.
    pub fiscal_year: Option<i32>,
    /// All must hold.
    pub filters: Vec<Filter>,
    pub sort: Vec<Sort>,
    pub only_with_findings: bool,
    /// Every word must be found in the record (as Ctrl+K does).
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Filter {
    pub field: String,
    #[serde(flatten)]
    pub test: Test,
}

/// Values in the JSON form of the calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "test", content = "value", rename_all = "snake_case")]
pub enum Test {
    Equals(#[ts(type = "unknown")] serde_json::Value),
    OneOf(#[ts(type = "unknown[]")] Vec<serde_json::Value>),
    /// Text contains; codes begin with; references: the code or name of the target contains.
    Contains(String),
    AtLeast(#[ts(type = "unknown")] serde_json::Value),
    AtMost(#[ts(type = "unknown")] serde_json::Value),
    Empty,
    NotEmpty,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Sort {
    pub field: String,
    #[serde(default)]
    pub descending: bool,
}

/// A record as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedRecord {
    pub rid: i64,
    pub record: Record,
}

/// How a referred record is written: its code and its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefLabel {
    pub code: String,
    pub name: String,
}

/// One line of totals by a field: its value, how many records, one sum (分) per asked field.
#[derive(Debug, Clone, PartialEq)]
pub struct TotalLine {
    pub group: Value,
    pub count: usize,
    pub sums: Vec<i64>,
}

impl Book {
    /// Row numbers of the records in order; at most `limit` when given.
    pub fn view(&self, query: &ListQuery, limit: Option<usize>) -> Stored<Vec<i64>> {
        let schema = self.schema();
        let (condition, values) = condition(&schema, query)?;
        let def = entity(&schema, &query.entity)?;
        let order = order_by(&schema, &def, &query.sort)?;
        let limit = limit.map_or(String::new(), |limit| format!(" LIMIT {limit}"));
        let sql = format!("SELECT _rid FROM {} AS t WHERE {condition} ORDER BY {order}{limit}", table(&def));
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(values), |found| found.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    pub fn count(&self, query: &ListQuery) -> Stored<usize> {
        let schema = self.schema();
        let (condition, values) = condition(&schema, query)?;
        let def = entity(&schema, &query.entity)?;
        let sql = format!("SELECT COUNT(*) FROM {} AS t WHERE {condition}", table(&def));
        self.read(|connection| {
            let count: i64 =
                connection.prepare_cached(&sql)?.query_row(params_from_iter(values), |found| found.get(0))?;
            Ok(count.unsigned_abs() as usize)
        })
    }

    /// The records with these row numbers, in this order, derived fields filled in.
    pub fn window(&self, entity_name: &str, rids: &[i64]) -> Stored<Vec<ListedRecord>> {
        let schema = self.schema();
        let def = entity(&schema, entity_name)?;
        let sql = format!("SELECT {} FROM {} AS t WHERE _rid = ?", columns_with_derived(&def), table(&def));
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut records = Vec::with_capacity(rids.len());
            for rid in rids {
                let found = statement.query_row([rid], |found| read_with_derived(&def, found)).optional()?;
                records.extend(found);
            }
            Ok(records)
        })
    }

    /// Calls `each` with every record of the view, in its order, derived fields filled in, until it returns false.
    pub fn each(&self, query: &ListQuery, each: &mut dyn FnMut(&ListedRecord) -> Stored<bool>) -> Stored<()> {
        let schema = self.schema();
        let def = entity(&schema, &query.entity)?;
        let (condition, values) = condition(&schema, query)?;
        let order = order_by(&schema, &def, &query.sort)?;
        let columns = columns_with_derived(&def);
        let sql = format!("SELECT {columns} FROM {} AS t WHERE {condition} ORDER BY {order}", table(&def));
        self.read(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query(params_from_iter(values))?;
            while let Some(found) = rows.next()? {
                if !each(&read_with_derived(&def, found)?)? {
                    break;
                }
            }
            Ok(())
        })
    }

    /// As [`Book::each`] without derived fields.
    pub fn each_in_order(&self, query: &ListQuery, each: &mut dyn FnMut(&Record) -> Stored<bool>) -> Stored<()> {
        let schema = self.schema();
        let order = order_by(&schema, &*entity(&schema, &query.entity)?, &query.sort)?;
        self.scan_stored(query, &format!(" ORDER BY {order}"), each)
    }

    /// As [`Book::each`] without derived fields, in no order: for scans that read only what is stored.
    pub fn each_stored(&self, query: &ListQuery, each: &mut dyn FnMut(&Record) -> Stored<bool>) -> Stored<()> {
        self.scan_stored(query, "", each)
    }

    fn scan_stored(&self, query: &ListQuery, order: &str, each: &mut dyn FnMut(&Record) -> Stored<bool>) -> Stored<()> {
        let schema = self.schema();
        let def = entity(&schema, &query.entity)?;
        let (condition, values) = condition(&schema, query)?;
        let sql = format!("SELECT {} FROM {} AS t WHERE {condition}{order}", row::columns(&def), table(&def));
        self.read(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query(params_from_iter(values))?;
            while let Some(found) = rows.next()? {
                if !each(&row::read(&def, found)?.1)? {
                    break;
                }
            }
            Ok(())
        })
    }

    /// One record with derived fields, deleted ones too.
    pub fn record(&self, entity_name: &str, id: RecordId) -> Stored<Option<ListedRecord>> {
        let schema = self.schema();
        let def = entity(&schema, entity_name)?;
        let sql = format!("SELECT {} FROM {} AS t WHERE _id = ?", columns_with_derived(&def), table(&def));
        self.read(|connection| {
            Ok(connection.prepare_cached(&sql)?.query_row([id], |found| read_with_derived(&def, found)).optional()?)
        })
    }

    /// Σ of each money field over the records of the query, in 分.
    pub fn sums(&self, query: &ListQuery, fields: &[String]) -> Stored<Vec<i64>> {
        Ok(self.totals(query, None, fields)?.pop().map_or_else(|| vec![0; fields.len()], |line| line.sums))
    }

    /// Sums by the values of `group` (one line in all when None), largest count first.
    pub fn totals(&self, query: &ListQuery, group: Option<&str>, fields: &[String]) -> Stored<Vec<TotalLine>> {
        let schema = self.schema();
        let def = entity(&schema, &query.entity)?;
        let (condition, values) = condition(&schema, query)?;
        let group_field = group.map(|name| field(&def, name)).transpose()?;
        let group_sql = match group_field {
            Some(found) => expression(&def, found),
            None => "NULL".into(),
        };
        let mut sql = format!("SELECT {group_sql} AS g, COUNT(*)");
        for name in fields {
            sql.push_str(&format!(", COALESCE(SUM({}), 0)", expression(&def, field(&def, name)?)));
        }
        sql.push_str(&format!(" FROM {} AS t WHERE {condition} GROUP BY g ORDER BY g", table(&def)));
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(values), |found| {
                let group = match group_field {
                    Some(group) => row::read_value(&group.kind, found.get_ref(0)?),
                    None => Value::Null,
                };
                let sums = (0..fields.len()).map(|at| found.get(at + 2)).collect::<Result<_, _>>()?;
                Ok(TotalLine { group, count: found.get::<_, i64>(1)?.unsigned_abs() as usize, sums })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Code and name of referred records; unknown ids are left out.
    pub fn labels(&self, entity_name: &str, ids: &[RecordId]) -> Stored<HashMap<RecordId, RefLabel>> {
        let schema = self.schema();
        let def = entity(&schema, entity_name)?;
        let sql = format!("{} WHERE _id = ?", row::select(&def));
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut labels = HashMap::new();
            for id in ids {
                let found = statement.query_row([id], |found| row::read(&def, found)).optional()?;
                labels.extend(found.map(|(_, record)| (*id, label_of(&def, &record))));
            }
            Ok(labels)
        })
    }

    /// The live record of `entity` whose code (its only text key) is `code` in `year`; None when there is none.
    pub fn by_code(&self, entity_name: &str, year: i32, code: &str) -> Stored<Option<RecordId>> {
        let schema = self.schema();
        let def = entity(&schema, entity_name)?;
        let Some(key) = code_field(&def) else { return Ok(None) };
        self.read(|connection| find_id(connection, &def, key, year, code))
    }

    /// Live records of `entity` whose title is exactly `name` in `year`.
    pub fn by_name(&self, entity_name: &str, year: i32, name: &str) -> Stored<Vec<RecordId>> {
        let schema = self.schema();
        let def = entity(&schema, entity_name)?;
        let year = if def.any_year { String::new() } else { format!(" AND _year = {year}") };
        let sql = format!("SELECT _id FROM {} WHERE \"{}\" = ? AND _deleted = 0{year} LIMIT 2", table(&def), def.title);
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([name], |found| found.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// The text field by which people write a reference: the last text or code field of the key, else the title.
pub fn code_field(def: &EntityDef) -> Option<&FieldDef> {
    let is_text = |field: &&FieldDef| matches!(field.kind, FieldKind::Text { .. } | FieldKind::Code { .. });
    def.key.iter().rev().filter_map(|name| def.field(name)).find(is_text).or_else(|| def.field(&def.title))
}

/// Code and name of a record.
pub fn label_of(def: &EntityDef, record: &Record) -> RefLabel {
    label_of_values(def, &record.values)
}

/// As [`label_of`], of values that are not a record yet.
pub fn label_of_values(def: &EntityDef, values: &[Value]) -> RefLabel {
    let text = |field: Option<&FieldDef>| {
        field
            .and_then(|field| def.index(&field.name))
            .and_then(|index| values[index].as_text())
            .unwrap_or_default()
            .to_owned()
    };
    RefLabel { code: text(code_field(def)), name: text(def.field(&def.title)) }
}

fn find_id(
    connection: &Connection,
    def: &EntityDef,
    key: &FieldDef,
    year: i32,
    code: &str,
) -> Stored<Option<RecordId>> {
    let year = if def.any_year { String::new() } else { format!(" AND _year = {year}") };
    let sql = format!("SELECT _id FROM {} WHERE \"{}\" = ? AND _deleted = 0{year} LIMIT 1", table(def), key.name);
    Ok(connection.prepare_cached(&sql)?.query_row([code], |found| found.get(0)).optional()?)
}

fn entity(schema: &Schema, name: &str) -> Stored<Arc<EntityDef>> {
    schema.entity(name).cloned().ok_or_else(|| refuse(format!("没有“{name}”这种数据")))
}

fn field<'a>(def: &'a EntityDef, name: &str) -> Stored<&'a FieldDef> {
    def.field(name).ok_or_else(|| refuse(format!("{}没有“{name}”这一项", def.label.zh)))
}

fn refuse(message: String) -> StoreError {
    let code = suanpan_model::decide::RefusalCode::Unknown;
    StoreError::Refused(suanpan_model::decide::Refusal { code, field: None, message })
}

fn columns_with_derived(def: &EntityDef) -> String {
    let mut columns = row::columns(def);
    for field in def.fields.iter().filter(|field| field.derived.is_some()) {
        columns.push_str(", ");
        columns.push_str(&expression(def, field));
    }
    columns
}

fn read_with_derived(def: &EntityDef, found: &rusqlite::Row<'_>) -> rusqlite::Result<ListedRecord> {
    let (rid, mut record) = row::read(def, found)?;
    let derived = def.fields.iter().enumerate().filter(|(_, field)| field.derived.is_some());
    for (column, (index, field)) in (row::column_count(def)..).zip(derived) {
        record.values[index] = row::read_value(&field.kind, found.get_ref(column)?);
    }
    Ok(ListedRecord { rid, record })
}

/// SQL of a field of the row `t`; the same meaning as [`suanpan_model::derive`].
fn expression(def: &EntityDef, field: &FieldDef) -> String {
    let of = |name: &String| def.field(name).map_or_else(|| "NULL".into(), |found| expression(def, found));
    let sum = |names: &[String]| {
        let terms: Vec<_> = names.iter().map(|name| format!("COALESCE({}, 0)", of(name))).collect();
        if terms.is_empty() { "0".into() } else { terms.join(" + ") }
    };
    match &field.derived {
        None => format!("t.\"{}\"", field.name),
        Some(Derived::Total { plus, minus }) => format!("(({}) - ({}))", sum(plus), sum(minus)),
        Some(Derived::CountOf { entity, on }) => {
            format!("(SELECT COUNT(*) FROM e_{entity} AS c WHERE c.\"{on}\" = t._id AND c._deleted = 0)")
        }
        Some(Derived::SumOf { entity, on, field, only }) => {
            let only: String = only
                .iter()
                .map(|(name, values)| {
                    let list: Vec<_> = values.iter().map(|value| format!("'{}'", value.replace('\'', "''"))).collect();
                    format!(" AND c.\"{name}\" IN ({})", list.join(", "))
                })
                .collect();
            format!(
                "(SELECT COALESCE(SUM(c.\"{field}\"), 0) FROM e_{entity} AS c
                  WHERE c.\"{on}\" = t._id AND c._deleted = 0{only})"
            )
        }
        Some(Derived::Percent { of: part, to }) => {
            let (part, to) = (of(part), of(to));
            format!("CASE WHEN COALESCE({to}, 0) = 0 THEN NULL ELSE suanpan_percent({part}, {to}) END")
        }
        Some(Derived::Product { left, right }) => format!("suanpan_product({}, {})", of(left), of(right)),
    }
}

fn order_by(schema: &Schema, def: &EntityDef, sort: &[Sort]) -> Stored<String> {
    let mut order = String::new();
    for by in sort {
        let found = field(def, &by.field)?;
        let sql = match &found.kind {
            FieldKind::Reference { entity: target } => {
                let target = entity(schema, target)?;
                let key = code_field(&target).map_or("_rid".into(), |key| format!("\"{}\"", key.name));
                format!("(SELECT r.{key} FROM {} AS r WHERE r._id = t.\"{}\")", table(&target), found.name)
            }
            FieldKind::Decimal { .. } => format!("CAST({} AS REAL)", expression(def, found)),
            _ => expression(def, found),
        };
        order.push_str(&sql);
        order.push_str(if by.descending { " DESC, " } else { ", " });
    }
    Ok(order + "_rid")
}

fn condition(schema: &Schema, query: &ListQuery) -> Stored<(String, Vec<Owned>)> {
    let def = entity(schema, &query.entity)?;
    let mut condition = String::from("t._deleted = 0");
    let mut values = Vec::new();
    if let (Some(year), false) = (query.fiscal_year, def.any_year) {
        condition.push_str(" AND t._year = ?");
        values.push(i64::from(year).into());
    }
    if query.only_with_findings {
        condition.push_str(" AND EXISTS (SELECT 1 FROM finding AS f WHERE f.record = t._id)");
    }
    for filter in &query.filters {
        condition.push_str(" AND ");
        condition.push_str(&test(schema, &def, filter, &mut values)?);
    }
    for word in query.text.split_whitespace() {
        condition.push_str(&format!(" AND ({})", any_text_field(schema, &def, word, &mut values)?));
    }
    Ok((condition, values))
}

fn test(schema: &Schema, def: &EntityDef, filter: &Filter, values: &mut Vec<Owned>) -> Stored<String> {
    let found = field(def, &filter.field)?;
    let sql = expression(def, found);
    let mut bind = |json: &serde_json::Value| -> Stored<()> {
        let value = Value::from_json(json, &found.kind)
            .map_err(|problem| refuse(format!("筛选条件“{}”：{problem}", found.label.zh)))?;
        values.push(row::Sql(&value).to_owned_sql());
        Ok(())
    };
    Ok(match &filter.test {
        Test::Equals(json) => {
            bind(json)?;
            format!("{sql} IS ?")
        }
        Test::OneOf(list) => {
            for json in list {
                bind(json)?;
            }
            format!("{sql} IN ({})", vec!["?"; list.len()].join(", "))
        }
        Test::AtLeast(json) => {
            bind(json)?;
            format!("{sql} >= ?")
        }
        Test::AtMost(json) => {
            bind(json)?;
            format!("{sql} <= ?")
        }
        Test::Empty => format!("{sql} IS NULL"),
        Test::NotEmpty => format!("{sql} IS NOT NULL"),
        Test::Contains(text) => contains(schema, found, &sql, text, values)?,
    })
}

fn contains(schema: &Schema, found: &FieldDef, sql: &str, text: &str, values: &mut Vec<Owned>) -> Stored<String> {
    let anywhere = format!("%{}%", escape_like(text));
    Ok(match &found.kind {
        FieldKind::Reference { entity: target } => {
            let target = entity(schema, target)?;
            let inner = any_text_field(schema, &target, text, values)?.replace("t.\"", "r.\"");
            format!("{sql} IN (SELECT r._id FROM {} AS r WHERE {inner})", table(&target))
        }
        FieldKind::Code { set, .. } => {
            let named = schema.codes.set(set).into_iter().flat_map(|set| &set.items);
            let codes: Vec<_> = named.filter(|item| item.name.contains(text)).map(|item| item.code.clone()).collect();
            let marks = vec!["?"; codes.len()].join(", ");
            values.push(format!("{}%", escape_like(text)).into());
            values.extend(codes.into_iter().map(Owned::from));
            format!("({sql} LIKE ? ESCAPE '\\' OR {sql} IN ({marks}))")
        }
        FieldKind::Money { .. } => {
            values.push(format!("%{}%", escape_like(&text.replace([',', '.', '，'], ""))).into());
            format!("CAST({sql} AS TEXT) LIKE ? ESCAPE '\\'")
        }
        _ => {
            values.push(anywhere.into());
            format!("CAST({sql} AS TEXT) LIKE ? ESCAPE '\\'")
        }
    })
}

/// `word` in any searchable field, or in the key or title.
fn any_text_field(schema: &Schema, def: &EntityDef, word: &str, values: &mut Vec<Owned>) -> Stored<String> {
    let wanted = |field: &&FieldDef| {
        let text = matches!(field.kind, FieldKind::Text { .. } | FieldKind::Code { .. });
        text && field.derived.is_none() && (field.search || field.name == def.title || def.key.contains(&field.name))
    };
    let mut tests = Vec::new();
    for field in def.fields.iter().filter(wanted) {
        tests.push(contains(schema, field, &format!("t.\"{}\"", field.name), word, values)?);
    }
    Ok(if tests.is_empty() { "0".into() } else { tests.join(" OR ") })
}

fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
