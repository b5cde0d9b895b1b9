//! Codes as clerks write them → text. A code is never a number: zeros that a spreadsheet dropped are
//! restored only where the code set leaves one possibility, and digits that a double has rounded are
//! refused. Which codes exist is the caller's knowledge.

use crate::amount::{LOST_DIGITS, NO_CACHED_VALUE, lost_digits};
use crate::cell::{Cell, number_text};
use crate::text::{is_invisible, squeeze, trim};
use suanpan_model::text::half_width;

/// What a cell says of a code: the code, its name, or both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mention {
    pub code: Option<String>,
    pub name: Option<String>,
    /// The cell was a number, so zeros may be missing in front.
    pub was_number: bool,
}

/// The text of a cell that holds a code or a name; None when blank. Err is the Chinese reason.
pub fn cell_text(cell: &Cell) -> Result<Option<String>, String> {
    match cell {
        Cell::Empty => Ok(None),
        Cell::Text(text) if is_scientific(text) => {
            Err(format!("“{}”是科学计数法，末尾几位已丢失，请把单元格设为文本后重新填写", trim(text)))
        }
        Cell::Text(text) => Ok(Some(trim(text)).filter(|text| !text.is_empty()).map(str::to_owned)),
        Cell::Number(number) if number.abs() >= LOST_DIGITS => Err(lost_digits(*number)),
        Cell::Number(number) => Ok(Some(number_text(*number))),
        Cell::NoCachedValue => Err(NO_CACHED_VALUE.into()),
        Cell::Error(error) => Err(format!("单元格是错误值 {}，请先改正公式", error.text())),
        Cell::Bool(_) | Cell::Date(_) | Cell::Duration(_) | Cell::Percent(_) => {
            Err(format!("“{}”不是代码或名称，请把单元格设为文本", cell.shown()))
        }
    }
}

/// `4.10823E+17`: a long number as a spreadsheet shows it, and as it then stands in a csv.
pub fn is_scientific(text: &str) -> bool {
    let text = trim(text);
    if !text.starts_with(|c| matches!(c, '0'..='9' | '０'..='９')) {
        return false;
    }
    let text = half_width(text);
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    whole.len() == 1 && all_digits(whole) && all_digits(fraction) && exponent.strip_prefix('+').is_some_and(all_digits)
}

/// Reads a code cell: `2010101`, `2010101-行政运行`, `2010101 行政运行`, `行政运行(2010101)`, `[2010101]行政运行`,
/// `行政运行`. Err is the Chinese reason.
pub fn parse_code(cell: &Cell) -> Result<Option<Mention>, String> {
    let Some(text) = cell_text(cell)? else { return Ok(None) };
    if let Cell::Number(number) = cell {
        if number.fract() != 0.0 || *number < 0.0 {
            return Err(format!("“{text}”不是代码"));
        }
        return Ok(Some(Mention { code: Some(text), name: None, was_number: true }));
    }
    let mention = split(&text);
    Ok((mention.code.is_some() || mention.name.is_some()).then_some(mention))
}

/// Tells code and name of one text apart. A text that holds a second code (`2010101、2010102`, `201 01 01`)
/// is no code: which one is meant, nobody can tell.
pub fn split(text: &str) -> Mention {
    let text = squeeze(&half_width(text));
    let text = text.trim_start_matches('\'');
    if matches!(text, "" | "-" | "—" | "——" | "/" | "无") {
        return Mention::default();
    }
    match code_and_name(text) {
        Some((code, rest)) if !another_code_follows(code, rest) => mention(code, rest),
        _ => Mention { code: None, name: Some(text.to_owned()), was_number: false },
    }
}

fn code_and_name(text: &str) -> Option<(&str, &str)> {
    if let Some((code, name)) = text.strip_prefix(['[', '(', '【']).and_then(|rest| rest.split_once([']', ')', '】']))
        && is_code(code.trim())
    {
        return Some((code, name));
    }
    if let Some((name, code)) = text.strip_suffix([')', ']', '】']).and_then(|rest| rest.rsplit_once(['(', '[', '【']))
        && is_code(code.trim())
    {
        return Some((code, name));
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (head, rest) = text.split_at(end);
    // A name may begin with letters (`IT运维`) or a year; a code begins with a digit or stands alone.
    let code_stands =
        rest.is_empty() || head.starts_with(|c: char| c.is_ascii_digit()) || rest.starts_with(['-', ' ', '_', ':']);
    if is_code(head) && code_stands && !rest.starts_with(['.', '%', '年', '月', '/']) {
        return Some((head, rest));
    }
    // `行政运行 2010101`, `行政运行-2010101`
    let (name, code) = text.rsplit_once(['-', ' ', '_', '—'])?;
    (code.len() >= 3 && code.bytes().all(|byte| byte.is_ascii_digit())).then_some((code, name))
}

/// Does another code stand behind the first, and not its name? `2026年` and `5G网络` are words, and behind
/// the marks between a code and its name a figure may begin a name (`2026-27年度`).
pub(crate) fn another_code_follows(code: &str, rest: &str) -> bool {
    let start = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
    let (head, behind) = start.split_at(start.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(start.len()));
    if !is_code(head) || behind.starts_with(char::is_alphabetic) {
        return false;
    }
    let usual = |mark: char| matches!(mark, '-' | '—' | '_' | ':' | ' ' | '(' | '[' | '【');
    let between = &rest[..rest.len() - start.len()];
    head.len() == code.len() || !rest.contains(char::is_alphabetic) || !between.chars().all(usual)
}

fn mention(code: &str, name: &str) -> Mention {
    let name = name.trim_matches(|c: char| is_invisible(c) || matches!(c, '-' | '—' | '_' | ':' | '|' | '/' | '、'));
    let bracketed = name.strip_prefix(['(', '[', '【']).and_then(|inner| inner.strip_suffix([')', ']', '】']));
    let name = bracketed.unwrap_or(name);
    Mention {
        code: Some(code.trim().to_owned()),
        name: Some(name).filter(|name| !name.is_empty()).map(str::to_owned),
        was_number: false,
    }
}

fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Why no single code could be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoCode {
    Unknown,
    /// Several codes would fit.
    Ambiguous(Vec<String>),
}

/// The existing code that `code` stands for: itself, or itself with the zeros in front that make it one
/// of `lengths`, if only one such code exists.
pub fn restore_zeros(
    code: &str,
    was_number: bool,
    lengths: &[usize],
    exists: &dyn Fn(&str) -> bool,
) -> Result<String, NoCode> {
    let itself = exists(code);
    if itself && !was_number {
        return Ok(code.to_owned());
    }
    let digits = code.bytes().all(|byte| byte.is_ascii_digit());
    let longer = lengths.iter().filter(|length| digits && **length > code.len());
    let mut fitting: Vec<String> =
        longer.map(|length| format!("{code:0>length$}")).filter(|padded| exists(padded)).collect();
    if itself {
        fitting.push(code.to_owned());
    }
    match fitting.len() {
        0 => Err(NoCode::Unknown),
        1 => Ok(fitting.remove(0)),
        _ => Err(NoCode::Ambiguous(fitting)),
    }
}

/// Joins 类/款/项 columns (`201|03|01`, also `201|3|1` and `201|20103|2010301`) to one code; `lengths` are
/// those of the levels, e.g. 3, 5, 7. None when all are blank. Err is the Chinese reason.
pub fn join_levels(cells: &[&Cell], lengths: &[usize]) -> Result<Option<String>, String> {
    let mut code = String::new();
    let mut ended = false;
    for (level, cell) in cells.iter().enumerate() {
        let part = match cell_text(cell)? {
            Some(text) => squeeze(&half_width(&text)),
            None => {
                ended = true;
                continue;
            }
        };
        if !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("“{part}”不是科目编码，类、款、项各列应只填数字"));
        }
        if ended {
            return Err(format!("“{part}”前面的上级编码是空的"));
        }
        let length = lengths.get(level).copied().ok_or_else(|| format!("“{part}”多出一级编码"))?;
        let width = length - code.len();
        if part.len() == length && part.starts_with(&code) {
            code = part;
        } else if part.len() <= width {
            code.push_str(&format!("{part:0>width$}"));
        } else {
            return Err(format!("“{part}”超过 {width} 位"));
        }
    }
    Ok((!code.is_empty()).then_some(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn both(text: &str) -> (Option<String>, Option<String>) {
        let mention = split(text);
        (mention.code, mention.name)
    }

    fn some(code: &str, name: &str) -> (Option<String>, Option<String>) {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        (given(code), given(name))
    }

    #[test]
    fn code_and_name_are_told_apart_in_every_usual_order() {
        let cases = [
            ("2010101", "2010101", ""),
            ("２０１０１０１", "2010101", ""),
            (" 2010101\u{3000}", "2010101", ""),
            ("2010101-行政运行", "2010101", "行政运行"),
            ("2010101－行政运行", "2010101", "行政运行"),
            ("2010101 行政运行", "2010101", "行政运行"),
            ("2010101\u{3000}行政运行 ", "2010101", "行政运行"),
            ("2010101行政运行", "2010101", "行政运行"),
            ("行政运行(2010101)", "2010101", "行政运行"),
            ("行政运行（2010101）", "2010101", "行政运行"),
            ("[2010101]行政运行", "2010101", "行政运行"),
            ("【2010101】行政运行", "2010101", "行政运行"),
            ("行政运行-2010101", "2010101", "行政运行"),
            ("行政运行", "", "行政运行"),
            ("其他支出（含结转）", "", "其他支出(含结转)"),
            ("A01", "A01", ""),
            ("A01-货物", "A01", "货物"),
            ("IT运维", "", "IT运维"),
            ("2026年义务教育经费", "", "2026年义务教育经费"),
            ("'0301", "0301", ""),
            ("00000000000000000123", "00000000000000000123", ""),
        ];
        for (text, code, name) in cases {
            assert_eq!(both(text), some(code, name), "{text}");
        }
        assert_eq!(split("—"), Mention::default());
    }

    #[test]
    fn a_number_becomes_text_and_a_rounded_one_is_refused() {
        let mention = parse_code(&Cell::Number(2010101.0)).expect("a code").expect("not blank");
        assert_eq!((mention.code.as_deref(), mention.was_number), (Some("2010101"), true));
        let said = parse_code(&Cell::Number(41082320260000123456.0)).expect_err("rounded by the double");
        assert!(said.contains("15 位"), "{said}");
        assert!(parse_code(&Cell::Number(201.5)).is_err());
        assert!(parse_code(&Cell::NoCachedValue).is_err());
        assert_eq!(parse_code(&Cell::Text("  ".into())), Ok(None));
    }

    #[test]
    fn lost_zeros_come_back_only_where_one_code_fits() {
        let known = ["01", "0103", "003", "103", "00005"];
        let exists = |code: &str| known.contains(&code);
        let restore = |code: &str, number: bool| restore_zeros(code, number, &[2, 3, 4, 5], &exists);
        assert_eq!(restore("1", true), Ok("01".into()));
        assert_eq!(restore("5", true), Ok("00005".into()));
        assert_eq!(restore("103", false), Ok("103".into()), "a text that exists is meant as it stands");
        assert_eq!(restore("103", true), Err(NoCode::Ambiguous(vec!["0103".into(), "103".into()])));
        assert_eq!(restore("7", true), Err(NoCode::Unknown));
        assert_eq!(restore("A1", false), Err(NoCode::Unknown));
    }

    #[test]
    fn level_columns_join_with_and_without_their_zeros() {
        let text = |text: &str| Cell::Text(text.into());
        let join = |cells: [Cell; 3]| join_levels(&cells.each_ref(), &[3, 5, 7]);
        assert_eq!(join([text("201"), text("03"), text("01")]), Ok(Some("2010301".into())));
        assert_eq!(join([Cell::Number(201.0), Cell::Number(3.0), Cell::Number(1.0)]), Ok(Some("2010301".into())));
        assert_eq!(join([text("201"), text("20103"), text("2010301")]), Ok(Some("2010301".into())));
        assert_eq!(join([text("201"), text("３ "), Cell::Empty]), Ok(Some("20103".into())));
        assert_eq!(join([Cell::Empty, Cell::Empty, Cell::Empty]), Ok(None));
        assert!(join([text("201"), Cell::Empty, text("01")]).is_err());
        assert!(join([text("201"), text("003"), text("01")]).is_err());
        assert!(join([text("类"), text("03"), text("01")]).is_err());
    }

    proptest! {
        #[test]
        fn a_code_written_with_its_name_reads_back(code in "[0-9]{3,21}", name in "[一-龥]{1,12}", form in 0usize..5) {
            let text = [format!("{code}-{name}"), format!("{code} {name}"), format!("{name}（{code}）"), format!("[{code}]{name}"), format!("{name}-{code}")];
            let mention = split(&text[form]);
            // Names that begin with 年 or 月 look like dates behind a number only when written together.
            prop_assert_eq!(mention, Mention { code: Some(code), name: Some(name), was_number: false });
        }

        #[test]
        fn splitting_never_panics(text in "\\PC{0,20}") {
            split(&text);
        }

        #[test]
        fn joined_levels_split_back(a in 100u32..999, b in 0u32..100, c in 0u32..100) {
            let cells = [Cell::Number(a.into()), Cell::Number(b.into()), Cell::Number(c.into())];
            prop_assert_eq!(join_levels(&cells.each_ref(), &[3, 5, 7]), Ok(Some(format!("{a:03}{b:02}{c:02}"))));
        }
    }
}
