//! Values as people write them on the command line: `amt=1234.50` in 元, `agency=101001` by code or name.

use std::collections::{BTreeMap, HashMap};
use suanpan_desk::{CallError, CallErrorCode, CallResult};
use suanpan_model::{EntityDef, FieldDef, FieldKind, Money, Value, value::RecordId};
use suanpan_store::{
    Book,
    query::{Filter, RefLabel, Sort, Test},
};

/// Splits `field=value`; Err(BadRequest) names what is missing.
pub fn split(given: &str) -> CallResult<(&str, &str)> {
    given.split_once('=').ok_or_else(|| CallError::bad_request(format!("“{given}”应写成 项目=值")))
}

pub fn field<'a>(def: &'a EntityDef, name: &str) -> CallResult<&'a FieldDef> {
    let matches = |field: &&FieldDef| field.name == name || field.label.zh == name || field.element == name;
    def.fields.iter().find(matches).ok_or_else(|| {
        let names: Vec<_> = def.fields.iter().map(|field| field.name.as_str()).collect();
        CallError::bad_request(format!("{}没有“{name}”这一项；可用的有：{}", def.label.zh, names.join("、")))
    })
}

/// Reads `text` as the field's JSON value; empty text is null.
pub fn read(book: &Book, year: i32, field: &FieldDef, text: &str) -> CallResult<serde_json::Value> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(serde_json::Value::Null);
    }
    let wrong = |message: String| CallError {
        field: Some(field.name.clone()),
        ..CallError::bad_request(format!("“{}”：{message}", field.label.zh))
    };
    Ok(match &field.kind {
        FieldKind::Money { .. } => Money::parse_yuan(text).map_err(|error| wrong(error.to_string()))?.fen().into(),
        FieldKind::Integer | FieldKind::Year => {
            text.parse::<i64>().map_err(|_| wrong(format!("“{text}”不是整数")))?.into()
        }
        FieldKind::Bool => match text {
            "是" | "true" | "1" => true.into(),
            "否" | "false" | "0" | "2" => false.into(),
            _ => return Err(wrong(format!("“{text}”应为 是 或 否"))),
        },
        FieldKind::Reference { entity } => find(book, entity, year, text)?.to_string().into(),
        FieldKind::Text { .. } | FieldKind::Code { .. } | FieldKind::Date | FieldKind::Decimal { .. } => text.into(),
    })
}

/// The record that `text` names: its id, its code, or its name when only one has it.
pub fn find(book: &Book, entity: &str, year: i32, text: &str) -> CallResult<RecordId> {
    if let Ok(id) = RecordId::parse_str(text) {
        return Ok(id);
    }
    if let Some(id) = book.by_code(entity, year, text)? {
        return Ok(id);
    }
    let named = book.by_name(entity, year, text)?;
    match named.as_slice() {
        [id] => Ok(*id),
        [] => Err(CallError::new(CallErrorCode::NotFound, format!("没有代码或名称为“{text}”的记录"))),
        _ => Err(CallError::bad_request(format!("有多条记录名为“{text}”，请改用代码"))),
    }
}

/// `field=value`, `field~text`, `field>=value`, `field<=value`, `field=` (empty).
pub fn condition(book: &Book, year: i32, def: &EntityDef, given: &str) -> CallResult<Filter> {
    for (sign, test) in [(">=", Test::AtLeast as fn(_) -> _), ("<=", Test::AtMost as fn(_) -> _)] {
        if let Some((name, text)) = given.split_once(sign) {
            let found = field(def, name)?;
            return Ok(Filter { field: found.name.clone(), test: test(read(book, year, found, text)?) });
        }
    }
    if let Some((name, text)) = given.split_once('~') {
        return Ok(Filter { field: field(def, name)?.name.clone(), test: Test::Contains(text.to_owned()) });
    }
    let (name, text) = split(given)?;
    let found = field(def, name)?;
    let test = match read(book, year, found, text)? {
        serde_json::Value::Null => Test::Empty,
        value => Test::Equals(value),
    };
    Ok(Filter { field: found.name.clone(), test })
}

/// `name` or `-name`.
pub fn sort(def: &EntityDef, given: &str) -> CallResult<Sort> {
    let descending = given.starts_with('-');
    Ok(Sort { field: field(def, given.trim_start_matches('-'))?.name.clone(), descending })
}

/// How a value is shown to people: money in 元 with separators, references and codes with their names.
pub fn show(
    book: &Book,
    field: &FieldDef,
    value: &Value,
    labels: &BTreeMap<String, HashMap<RecordId, RefLabel>>,
) -> String {
    match (value, &field.kind) {
        (Value::Null, _) => String::new(),
        (Value::Money(money), _) => money.display_yuan(),
        (Value::Bool(yes), _) => if *yes { "是" } else { "否" }.into(),
        (Value::Int(number), _) => number.to_string(),
        (Value::Ref(id), FieldKind::Reference { entity }) => labels
            .get(entity)
            .and_then(|known| known.get(id))
            .map_or_else(|| id.to_string(), |label| format!("{} {}", label.code, label.name)),
        (Value::Ref(id), _) => id.to_string(),
        (Value::Text(code), FieldKind::Code { set, .. }) => match book.schema().codes.item(set, code) {
            Some(item) => format!("{code} {}", item.name),
            None => code.to_string(),
        },
        (Value::Text(text), _) => text.to_string(),
    }
}
