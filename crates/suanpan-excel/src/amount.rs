//! Amounts as clerks write them → exact 分. A cell is an amount, or blank, or an error that shows its
//! text; nothing is ever rounded, and what cannot be read is never 0.

use crate::cell::{Cell, number_text};
use crate::figure::Figure;
use crate::text::is_invisible;
use suanpan_model::money::{Money, MoneyUnit};
use suanpan_model::text::half_width;

/// Spellings of "nothing here" in amount columns.
const BLANKS: [&str; 6] = ["", "-", "--", "---", "/", "无"];

/// Units written behind the figure; they count instead of the column's unit. Longest first.
const SUFFIXES: [(&str, i64); 11] = [
    ("亿元", 10_000_000_000),
    ("万元", 1_000_000),
    ("千元", 100_000),
    ("百元", 10_000),
    ("元整", 100),
    ("元正", 100),
    ("亿", 10_000_000_000),
    ("万", 1_000_000),
    ("千", 100_000),
    ("元", 100),
    ("圆", 100),
];

const CURRENCIES: [&str; 4] = ["¥", "￥", "人民币", "RMB"];

/// The amount in `cell` of a column in `unit`; None when blank. Err is the Chinese reason with the cell's text.
pub fn parse_amount(cell: &Cell, unit: MoneyUnit) -> Result<Option<Money>, String> {
    match cell {
        Cell::Empty => Ok(None),
        Cell::Number(number) => of_double(*number, unit).map(Some),
        Cell::Text(text) => of_text(text, unit),
        Cell::NoCachedValue => Err(NO_CACHED_VALUE.into()),
        Cell::Error(error) => Err(format!("单元格是错误值 {}，请先改正公式", error.text())),
        Cell::Percent(_) => Err(format!("“{}”是百分数，不是金额", cell.shown())),
        Cell::Date(_) | Cell::Duration(_) => {
            Err(format!("“{}”是日期或时间格式，不是金额，请把单元格格式改为数值", cell.shown()))
        }
        Cell::Bool(_) => Err(format!("“{}”不是金额", cell.shown())),
    }
}

/// A decimal field: exact text with at most `scale` decimals, without needless zeros; None when blank.
/// `percent` fields take 15.5% for 15.5; others refuse it. Err is the Chinese reason.
pub fn parse_decimal(cell: &Cell, scale: u8, percent: bool) -> Result<Option<String>, String> {
    let (text, from_ratio) = match cell {
        Cell::Empty => return Ok(None),
        // From here on several figures of that many decimals are one double.
        Cell::Number(number) | Cell::Percent(number) if number.abs() * 10f64.powi(scale.into()) >= LOST_DIGITS => {
            return Err(lost_digits(*number));
        }
        Cell::Text(text) => (plain(text), 0),
        Cell::Number(number) => (fifteen_digits(*number, scale), 0),
        // 0.155 under a percent format is the figure 15.5.
        Cell::Percent(number) if percent => (fifteen_digits(*number, scale + 2), 2),
        Cell::NoCachedValue => return Err(NO_CACHED_VALUE.into()),
        other => return Err(format!("“{}”不是数字", other.shown())),
    };
    if BLANKS.contains(&text.as_str()) {
        return Ok(None);
    }
    let refuse = || format!("“{}”不是数字，请填写如 12.5", cell.shown());
    let (negative, rest) = sign(&text).ok_or_else(refuse)?;
    let rest = if percent { rest.strip_suffix('%').unwrap_or(rest).trim_end() } else { rest };
    let mut figure = ungrouped(rest).and_then(|digits| Figure::parse(&digits)).ok_or_else(refuse)?;
    figure.exponent += from_ratio;
    let scaled = figure.times(10i64.pow(u32::from(scale))).filter(|scaled| scaled.abs() < 10i128.pow(28));
    let scaled = scaled.ok_or_else(|| format!("“{}”超过 {scale} 位小数，请核对", cell.shown()))?;
    Ok(Some(decimal_text(if negative { -scaled } else { scaled }, scale)))
}

/// `scaled` ÷ 10^`scale`, without needless zeros.
fn decimal_text(scaled: i128, scale: u8) -> String {
    let sign = if scaled < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", scaled.unsigned_abs(), width = usize::from(scale) + 1);
    let (whole, fraction) = digits.split_at(digits.len() - usize::from(scale));
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// The double as typed when that has at most `scale` decimals, otherwise as Excel shows it.
fn fifteen_digits(number: f64, scale: u8) -> String {
    let shortest = number_text(number);
    let decimals = shortest.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    if decimals <= usize::from(scale) { shortest } else { format!("{number:.14e}") }
}

pub const NO_CACHED_VALUE: &str = "公式没有保存计算结果，请在 Excel 或 WPS 中打开并保存后再导入";

fn not_an_amount(text: &str) -> String {
    format!("“{text}”不是金额，请填数字，如 1234.50")
}

fn too_precise(text: &str) -> String {
    format!("“{text}”超过两位小数（精确到分），请核对")
}

/// A double is taken for the decimal that Excel shows for it (15 digits), so 0.1+0.2 is 0.30; any
/// other digit past 分 is an error.
fn of_double(number: f64, unit: MoneyUnit) -> Result<Money, String> {
    let scale = unit.fen() as f64;
    let fen = (number * scale).round();
    let is_nearest_to = |fen: f64| fen / scale == number;
    // The quotient is the double nearest to that many 分 and to no other: then this is what was typed.
    if fen.abs() <= Money::MAX_FEN as f64
        && is_nearest_to(fen)
        && !is_nearest_to(fen - 1.0)
        && !is_nearest_to(fen + 1.0)
    {
        return Money::from_fen(fen as i64).map_err(|error| error.to_string());
    }
    let shown = format!("{number:.14e}");
    let exact = Figure::parse(&shown).ok_or_else(|| not_an_amount(&number_text(number)))?;
    let fen = exact.times(unit.fen()).ok_or_else(|| too_precise(&number_text(number)))?;
    // Past 15 digits the 分 themselves would be rounded away by looking at 15 digits.
    if fen.abs() >= LOST_DIGITS as i128 {
        return Err(lost_digits(number));
    }
    in_range(fen)
}

/// Spreadsheets keep 15 digits.
pub const LOST_DIGITS: f64 = 1e15;

pub fn lost_digits(number: f64) -> String {
    format!("“{}”超过 15 位数字，表格软件已无法精确保存，请把单元格设为文本后重新填写", number_text(number))
}

fn in_range(fen: i128) -> Result<Money, String> {
    let fen = i64::try_from(fen).unwrap_or(i64::MAX);
    Money::from_fen(fen.max(-i64::MAX)).map_err(|error| error.to_string())
}

fn of_text(text: &str, unit: MoneyUnit) -> Result<Option<Money>, String> {
    let plain = plain(text);
    if BLANKS.contains(&plain.as_str()) {
        return Ok(None);
    }
    let (negative, rest) = sign(&plain).ok_or_else(|| not_an_amount(text))?;
    let (rest, fen_per_unit) = match SUFFIXES.iter().find_map(|(suffix, fen)| Some((rest.strip_suffix(suffix)?, *fen)))
    {
        Some((rest, fen)) => (rest.trim_end_matches(' '), fen),
        None => (rest, unit.fen()),
    };
    let digits = ungrouped(rest).ok_or_else(|| not_an_amount(text))?;
    let figure = Figure::parse(&digits).ok_or_else(|| not_an_amount(text))?;
    let fen = figure.times(fen_per_unit).ok_or_else(|| too_precise(text))?;
    in_range(if negative { -fen } else { fen }).map(Some)
}

/// Half-width, every dash a `-`, nothing invisible at the ends, spaces inside kept as one kind. Tabs and
/// line breaks inside stay what they are: they stand between two figures, not between the groups of one.
fn plain(text: &str) -> String {
    let dashed: String = half_width(text)
        .chars()
        .map(|c| match c {
            '−' | '–' | '—' | '―' | '‐' | '‑' | '﹣' | '─' => '-',
            c if c.is_whitespace() && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}') => ' ',
            c => c,
        })
        .collect();
    dashed.trim_matches(is_invisible).to_owned()
}

/// Takes off brackets, one sign and one currency mark: (1,234.00), -¥5, ¥-5, 负5. None for two signs.
fn sign(text: &str) -> Option<(bool, &str)> {
    let (bracketed, mut rest) = match text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => (true, inner.trim_matches(' ')),
        None => (false, text),
    };
    let (mut signs, mut negative, mut marks) = (u8::from(bracketed), bracketed, 0);
    loop {
        let before = rest.len();
        if let Some(after) = rest.strip_prefix(['-', '负']) {
            (signs, negative, rest) = (signs + 1, true, after);
        } else if let Some(after) = rest.strip_prefix('+') {
            (signs, rest) = (signs + 1, after);
        } else if let Some(after) = CURRENCIES.iter().find_map(|mark| rest.strip_prefix(mark)) {
            (marks, rest) = (marks + 1, after);
        }
        rest = rest.trim_start_matches(' ');
        if rest.len() == before {
            break;
        }
    }
    (signs <= 1 && marks <= 1).then(|| (negative, rest.trim_end_matches(' ')))
}

/// `1,234,567.5` → `1234567.5`. None unless every group behind a separator has three digits.
pub fn ungrouped(text: &str) -> Option<String> {
    let (whole, rest) = text.split_at(text.find(['.', 'e', 'E']).unwrap_or(text.len()));
    let Some(separator) = whole.chars().find(|c| matches!(c, ',' | ' ' | '\'')) else {
        return Some(text.trim_end().to_owned());
    };
    let mut groups = whole.split(separator);
    let first = groups.next()?;
    let well_formed = (1..=3).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_digit());
    let rest_well_formed = groups.all(|group| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit()));
    (well_formed && rest_well_formed).then(|| whole.replace(separator, "") + rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fen(cell: Cell, unit: MoneyUnit) -> Result<Option<i64>, String> {
        parse_amount(&cell, unit).map(|money| money.map(Money::fen))
    }

    #[test]
    fn each_spelling_of_an_amount_is_read_exactly() {
        let cases: &[(&str, i64)] = &[
            ("1234.5", 123_450),
            ("1234.50", 123_450),
            ("1,234.50", 123_450),
            ("1，234.50", 123_450),
            ("１２３４．５０", 123_450),
            ("１，２３４．５", 123_450),
            (" 1234.5 ", 123_450),
            ("\u{3000}1234.5\u{a0}", 123_450),
            ("\u{feff}1234.5\u{200b}", 123_450),
            ("￥1,234.50", 123_450),
            ("¥ 1234.5", 123_450),
            ("RMB1234.5", 123_450),
            ("人民币1234.5元", 123_450),
            ("1234.5元", 123_450),
            ("1 234.50", 123_450),
            ("1'234.50", 123_450),
            ("+1234.5", 123_450),
            ("(1,234.50)", -123_450),
            ("（1,234.50）", -123_450),
            ("（￥1234.5）", -123_450),
            ("-1234.5", -123_450),
            ("－1234.5", -123_450),
            ("−1234.5", -123_450),
            ("–1234.5", -123_450),
            ("—1234.5", -123_450),
            ("- 1234.5", -123_450),
            ("-¥1234.5", -123_450),
            ("¥-1234.5", -123_450),
            ("负1234.5", -123_450),
            ("12.5万", 12_500_000),
            ("12.5万元", 12_500_000),
            ("0.3亿元", 3_000_000_000),
            ("3千元", 300_000),
            ("100元整", 10_000),
            ("1.2E3", 120_000),
            ("1.2345e+03", 123_450),
            ("12345E-1", 123_450),
            ("0", 0),
            ("0.00", 0),
            ("-0", 0),
            (".5", 50),
            ("5.", 500),
            ("1234.500000", 123_450),
            ("90071992547409.91", 9_007_199_254_740_991),
        ];
        for (text, expected) in cases {
            assert_eq!(fen(Cell::Text((*text).into()), MoneyUnit::Yuan), Ok(Some(*expected)), "{text}");
        }
    }

    #[test]
    fn dashes_and_blanks_are_blank() {
        for text in ["", "  ", "-", "—", "——", "－", "–", "/", "无", "\u{3000}", "\u{feff}"] {
            assert_eq!(fen(Cell::Text(text.into()), MoneyUnit::Wan), Ok(None), "{text:?}");
        }
        assert_eq!(fen(Cell::Empty, MoneyUnit::Yuan), Ok(None));
    }

    #[test]
    fn what_is_no_amount_is_an_error_with_its_text() {
        let texts = [
            "约100",
            "1234.567",
            "12.3.4",
            "1,23",
            "1,2345",
            "1234,567",
            "--5",
            "(-5)",
            "5-",
            "$100",
            "USD 5",
            "100%",
            "１００％",
            "五百",
            "壹佰元整",
            "1e999",
            "abc",
            "12a",
            "0x10",
            "1.2E",
            "万",
            "12万3千",
            "#REF!",
            "NaN",
            "inf",
            "∞",
            "1/2",
            "2026年",
            "¥¥5",
            "100,",
            ",100",
            "90071992547409.92",
            "1000000000000000000000000000000000000",
        ];
        for text in texts {
            let said = fen(Cell::Text(text.into()), MoneyUnit::Yuan).expect_err(text);
            assert!(said.contains(text) || said.contains("范围"), "{text}: {said}");
        }
    }

    #[test]
    fn the_column_unit_counts_unless_the_cell_says_its_own() {
        let cases = [
            ("1.234567", MoneyUnit::Wan, 1_234_567),
            ("12.5万元", MoneyUnit::Wan, 12_500_000),
            ("100元", MoneyUnit::Wan, 10_000),
            ("1.5", MoneyUnit::Qian, 150_000),
            ("0.01", MoneyUnit::Yi, 100_000_000),
        ];
        for (text, unit, expected) in cases {
            assert_eq!(fen(Cell::Text(text.into()), unit), Ok(Some(expected)), "{text}");
        }
        assert!(fen(Cell::Text("1.2345678".into()), MoneyUnit::Wan).is_err());
    }

    #[test]
    fn doubles_are_taken_for_what_excel_shows() {
        let good = [
            (0.1 + 0.2, MoneyUnit::Yuan, 30),
            (100.00999999999999, MoneyUnit::Yuan, 10_001),
            (1234.5, MoneyUnit::Yuan, 123_450),
            (-0.07, MoneyUnit::Yuan, -7),
            (1.1 + 2.2, MoneyUnit::Wan, 3_300_000),
            (0.000001, MoneyUnit::Wan, 1),
            (1e13, MoneyUnit::Yuan, 1_000_000_000_000_000),
        ];
        for (number, unit, expected) in good {
            assert_eq!(fen(Cell::Number(number), unit), Ok(Some(expected)), "{number}");
        }
        for number in [0.005, 1234.567, 0.300000000000001, 1.0 / 3.0, 1e14, f64::NAN, f64::INFINITY, 1e300] {
            let said = fen(Cell::Number(number), MoneyUnit::Yuan).expect_err("not whole 分");
            assert!(!said.is_empty());
        }
    }

    #[test]
    fn cells_of_other_kinds_are_errors_and_never_zero() {
        let cells = [
            Cell::NoCachedValue,
            Cell::Percent(0.5),
            Cell::Bool(false),
            Cell::Error(crate::cell::CellError::NotAvailable),
            Cell::Duration(0.0),
        ];
        for cell in cells {
            assert!(parse_amount(&cell, MoneyUnit::Yuan).is_err(), "{cell:?}");
        }
    }

    const UNITS: [MoneyUnit; 4] = [MoneyUnit::Yuan, MoneyUnit::Qian, MoneyUnit::Wan, MoneyUnit::Yi];

    proptest! {
        #[test]
        fn an_amount_written_out_reads_back_equal(fen in -Money::MAX_FEN..=Money::MAX_FEN, unit in 0usize..4) {
            let (money, unit) = (Money::from_fen(fen).expect("in range"), UNITS[unit]);
            let plain = money.to_decimal(unit).to_string();
            prop_assert_eq!(parse_amount(&Cell::Text(plain.as_str().into()), unit), Ok(Some(money)));
            let grouped = money.display_yuan();
            prop_assert_eq!(parse_amount(&Cell::Text(grouped.as_str().into()), MoneyUnit::Yuan), Ok(Some(money)));
            if let Some(positive) = grouped.strip_prefix('-') {
                prop_assert_eq!(parse_amount(&Cell::Text(format!("（￥{positive}）").into()), MoneyUnit::Yuan), Ok(Some(money)));
            }
        }

        #[test]
        fn a_double_of_an_amount_reads_back_equal(fen in -999_999_999_999_999i64..=999_999_999_999_999, unit in 0usize..4) {
            let unit = UNITS[unit];
            let number: f64 = Money::from_fen(fen).expect("in range").to_decimal(unit).to_string().parse().expect("a decimal");
            prop_assert_eq!(parse_amount(&Cell::Number(number), unit), Ok(Some(Money::from_fen(fen).expect("in range"))));
        }

        #[test]
        fn no_text_panics_and_none_without_a_digit_is_an_amount(text in "\\PC{0,12}") {
            let read = parse_amount(&Cell::Text(text.as_str().into()), MoneyUnit::Yuan);
            if let Ok(Some(_)) = read {
                prop_assert!(half_width(&text).bytes().any(|byte| byte.is_ascii_digit()));
            }
        }

        #[test]
        fn no_double_is_read_as_a_sum_further_away_than_excel_shows(number in proptest::num::f64::NORMAL) {
            if let Ok(Some(money)) = parse_amount(&Cell::Number(number), MoneyUnit::Yuan) {
                let back = money.fen() as f64 / 100.0;
                prop_assert!((back - number).abs() <= number.abs() * 5e-15);
            }
        }
    }
}
