//! One cell → one value of its field's kind. What cannot be read is an issue that shows the cell's text;
//! codes and references are looked up in [`super::keys`].

use super::IssueCode;
use crate::amount::{LOST_DIGITS, NO_CACHED_VALUE, lost_digits, parse_amount, parse_decimal, ungrouped};
use crate::cell::Cell;
use crate::dates::parse_date;
use crate::text::{squeeze, trim};
use crate::text_code::{cell_text, is_scientific};
use suanpan_model::money::MoneyUnit;
use suanpan_model::text::half_width;
use suanpan_model::{FieldDef, FieldKind, Value};

pub type CellResult = Result<Value, (IssueCode, String)>;

/// Reads `cell` for a field that needs no look-up. Blank cells are Null.
pub fn plain_value(cell: &Cell, field: &FieldDef, unit: MoneyUnit) -> CellResult {
    let unreadable = |message: String| (IssueCode::Unreadable, message);
    match &field.kind {
        FieldKind::Money { .. } => {
            parse_amount(cell, unit).map(|money| money.map_or(Value::Null, Value::Money)).map_err(unreadable)
        }
        FieldKind::Decimal { scale } => {
            let percent = is_percent(field);
            parse_decimal(cell, *scale, percent)
                .map(|text| text.map_or(Value::Null, |text| Value::text(&text)))
                .map_err(unreadable)
        }
        FieldKind::Date => {
            parse_date(cell).map(|date| date.map_or(Value::Null, |date| Value::text(&date))).map_err(unreadable)
        }
        FieldKind::Bool => yes_or_no(cell).map_err(unreadable),
        FieldKind::Integer => whole(cell, false).map_err(unreadable),
        FieldKind::Year => whole(cell, true).map_err(unreadable),
        FieldKind::Text { max, multiline } => text(cell, *max, *multiline),
        FieldKind::Code { .. } | FieldKind::Reference { .. } => Err(unreadable("此列需要查找对照".into())),
    }
}

/// Does the field hold percents (率, 权重, 比例)? Then 15.5% and 15.5 are the same figure.
fn is_percent(field: &FieldDef) -> bool {
    let names = std::iter::once(field.label.zh.as_str()).chain(field.aliases.iter().map(String::as_str));
    names.into_iter().any(|name| {
        name.contains('%')
            || name.contains('％')
            || name.contains('率')
            || name.contains("比例")
            || name.contains("权重")
    })
}

fn text(cell: &Cell, max: u32, multiline: bool) -> CellResult {
    let text = match cell {
        Cell::Empty => return Ok(Value::Null),
        Cell::Text(text) if !is_scientific(text) => tidy(text, multiline),
        Cell::Bool(yes) => if *yes { "是" } else { "否" }.into(),
        Cell::Date(_) | Cell::Duration(_) | Cell::Percent(_) => cell.shown(),
        // Errors, results not saved and digits lost are refused as in a code.
        other => cell_text(other).map_err(|message| (IssueCode::Unreadable, message))?.unwrap_or_default(),
    };
    let length = text.chars().count();
    if length > max as usize {
        return Err((IssueCode::TooLong, format!("有 {length} 个字，最多 {max} 个字")));
    }
    Ok(Value::text(&text))
}

/// Line ends of one kind, nothing invisible at the ends, and in single-line fields no line break. What
/// is all digits and letters in their full-width forms is plain, without the apostrophe of old systems.
fn tidy(text: &str, multiline: bool) -> String {
    let text = trim(text);
    if !multiline && !text.is_ascii() {
        let plain = half_width(text);
        if plain.is_ascii() {
            return plain;
        }
    }
    let digits =
        text.strip_prefix('\'').filter(|rest| rest.len() > 1 && rest.bytes().all(|byte| byte.is_ascii_digit()));
    let text = digits.unwrap_or(text);
    if !text.contains(['\r', '\n']) {
        return text.to_owned();
    }
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if multiline { text } else { text.split('\n').map(trim).collect::<Vec<_>>().join(" ") }
}

const YES: [&str; 10] = ["是", "1", "true", "y", "yes", "√", "✓", "✔", "有", "对"];
const NO: [&str; 12] = ["否", "2", "0", "false", "n", "no", "×", "x", "✗", "无", "-", "—"];

fn yes_or_no(cell: &Cell) -> Result<Value, String> {
    let shown = match cell {
        Cell::Empty => return Ok(Value::Null),
        Cell::Bool(yes) => return Ok(Value::Bool(*yes)),
        Cell::NoCachedValue => return Err(NO_CACHED_VALUE.into()),
        other => other.shown(),
    };
    // As nearly every cell is written; what follows is for the others.
    if let Some(value) = yes_or_no_word(&shown) {
        return Ok(value);
    }
    // 1-是, 2-否: the platforms' own export.
    let plain = squeeze(&half_width(&shown)).to_lowercase();
    let plain = plain.strip_suffix("-是").or(plain.strip_suffix("-否")).unwrap_or(&plain);
    yes_or_no_word(plain).ok_or_else(|| format!("“{shown}”不是“是”或“否”"))
}

fn yes_or_no_word(word: &str) -> Option<Value> {
    match word {
        "" => Some(Value::Null),
        yes if YES.contains(&yes) => Some(Value::Bool(true)),
        no if NO.contains(&no) => Some(Value::Bool(false)),
        _ => None,
    }
}

fn whole(cell: &Cell, year: bool) -> Result<Value, String> {
    let refuse = || format!("“{}”不是{}", cell.shown(), if year { "年度，请写成 2026 的样子" } else { "整数" });
    let plain = match cell {
        Cell::Empty => return Ok(Value::Null),
        Cell::Number(number) if number.abs() >= LOST_DIGITS => return Err(lost_digits(*number)),
        Cell::Number(number) if number.fract() == 0.0 => return checked_year(*number as i64, year),
        Cell::NoCachedValue => return Err(NO_CACHED_VALUE.into()),
        // A line break stands between two figures, not between the groups of one.
        Cell::Text(text) if !trim(text).contains(char::is_control) => squeeze(&half_width(text)),
        _ => return Err(refuse()),
    };
    let plain = if year { plain.trim_end_matches(['年', '度']) } else { &plain };
    if matches!(plain, "" | "-" | "—" | "/") {
        return Ok(Value::Null);
    }
    let (sign, digits) = plain.strip_prefix('-').map_or((1, plain), |digits| (-1, digits));
    let digits = ungrouped(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|digits| digits.parse::<i64>().ok()).ok_or_else(refuse)?;
    checked_year(sign * number, year)
}

fn checked_year(number: i64, year: bool) -> Result<Value, String> {
    if year && !(1900..=2200).contains(&number) {
        return Err(format!("“{number}”不是年度，请写成 2026 的样子"));
    }
    Ok(Value::Int(number))
}

/// Are the stored value `a` and the value `b` of a cell the same figure or text? Decimals compare as
/// numbers, texts as a cell can hold them.
pub fn same(kind: &FieldKind, a: &Value, b: &Value) -> bool {
    if let (FieldKind::Decimal { .. }, Value::Text(a), Value::Text(b)) = (kind, a, b) {
        let number = |text: &str| text.trim_start_matches('+').to_owned();
        return normal_decimal(&number(a)) == normal_decimal(&number(b));
    }
    // What was once stored with blanks around it is not changed by a cell that lost them.
    if let (FieldKind::Text { multiline, .. }, Value::Text(old)) = (kind, a)
        && a != b
    {
        return Value::text(&tidy(old, *multiline)) == *b;
    }
    a == b
}

/// `12.50` and `12.5` are one decimal.
pub fn normal_decimal(text: &str) -> String {
    if !text.contains('.') {
        return text.to_owned();
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(kind: FieldKind, label: &str) -> FieldDef {
        let json =
            serde_json::json!({"name": "f", "element": "F", "label": {"zh": label, "en": "F"}, "kind": "integer"});
        let mut field: FieldDef = serde_json::from_value(json).expect("a field document");
        field.kind = kind;
        field
    }

    fn value(kind: FieldKind, text: &str) -> CellResult {
        plain_value(&Cell::Text(text.into()), &field(kind, "数量"), MoneyUnit::Yuan)
    }

    #[test]
    fn yes_and_no_are_read_in_every_spelling() {
        for text in ["是", "1", "√", "TRUE", "Ｙ", "1-是", "有"] {
            assert_eq!(value(FieldKind::Bool, text), Ok(Value::Bool(true)), "{text}");
        }
        for text in ["否", "2", "0", "×", "2-否", "无"] {
            assert_eq!(value(FieldKind::Bool, text), Ok(Value::Bool(false)), "{text}");
        }
        assert!(value(FieldKind::Bool, "也许").is_err());
        assert_eq!(value(FieldKind::Bool, " "), Ok(Value::Null));
    }

    #[test]
    fn codes_typed_full_width_or_behind_an_apostrophe_are_plain() {
        let text = FieldKind::Text { max: 40, multiline: false };
        let cases = [
            ("２１９０１１", "219011"),
            ("'9005110008230001", "9005110008230001"),
            ("（一）办公费", "（一）办公费"),
            ("'引号'", "'引号'"),
        ];
        for (typed, plain) in cases {
            assert_eq!(value(text.clone(), typed), Ok(Value::text(plain)), "{typed}");
            assert!(same(&text, &Value::text(typed), &Value::text(plain)), "{typed} is no change when read back");
        }
    }

    #[test]
    fn whole_numbers_and_years_are_read_or_refused() {
        assert_eq!(value(FieldKind::Integer, "1,234"), Ok(Value::Int(1234)));
        assert_eq!(value(FieldKind::Year, "２０２６年度"), Ok(Value::Int(2026)));
        assert!(value(FieldKind::Integer, "12.5").is_err());
        assert!(value(FieldKind::Year, "26").is_err());
        assert!(plain_value(&Cell::Number(1.5), &field(FieldKind::Integer, "人数"), MoneyUnit::Yuan).is_err());
    }

    #[test]
    fn texts_keep_their_zeros_and_are_measured_in_characters() {
        let short = FieldKind::Text { max: 3, multiline: false };
        assert_eq!(value(short.clone(), " 007\u{3000}"), Ok(Value::text("007")));
        assert_eq!(value(short.clone(), "一二三四").map_err(|issue| issue.0), Err(IssueCode::TooLong));
        assert_eq!(value(short, "一\r\n二"), Ok(Value::text("一 二")));
        let long = field(FieldKind::Text { max: 30, multiline: true }, "账号");
        assert_eq!(plain_value(&Cell::Number(6222021234.0), &long, MoneyUnit::Yuan), Ok(Value::text("6222021234")));
        assert!(plain_value(&Cell::Number(6.222021234567891e18), &long, MoneyUnit::Yuan).is_err());
    }

    #[test]
    fn percents_are_figures_only_where_the_field_is_one() {
        let decimal = FieldKind::Decimal { scale: 2 };
        let weight = field(decimal.clone(), "权重");
        for cell in
            [Cell::Percent(0.155), Cell::Text("15.5%".into()), Cell::Text("１５．５％".into()), Cell::Number(15.5)]
        {
            assert_eq!(plain_value(&cell, &weight, MoneyUnit::Yuan), Ok(Value::text("15.5")), "{cell:?}");
        }
        let count = field(decimal, "数量");
        assert!(plain_value(&Cell::Percent(0.155), &count, MoneyUnit::Yuan).is_err());
        assert!(plain_value(&Cell::Text("15.5%".into()), &count, MoneyUnit::Yuan).is_err());
        assert!(plain_value(&Cell::Text("1.234".into()), &count, MoneyUnit::Yuan).is_err());
    }
}
