//! What clerks write into cells, read as an adversary would write it: each spelling is read exactly or
//! refused with its text. Never another figure, never 0 for text, never a piece of a code for the whole.

use suanpan_excel::amount::{parse_amount, parse_decimal};
use suanpan_excel::cell::{Cell, CellError, Serial};
use suanpan_excel::dates::parse_date;
use suanpan_excel::import::cells::plain_value;
use suanpan_excel::text_code::{Mention, parse_code};
use suanpan_model::money::{Money, MoneyUnit};
use suanpan_model::{FieldDef, FieldKind, Value};

fn text(text: &str) -> Cell {
    Cell::Text(text.into())
}

fn fen(cell: &Cell) -> Result<Option<i64>, String> {
    parse_amount(cell, MoneyUnit::Yuan).map(|money| money.map(Money::fen))
}

fn value(kind: FieldKind, cell: &Cell) -> Result<Value, String> {
    let json = serde_json::json!({"name": "f", "element": "F", "label": {"zh": "数量", "en": "F"}, "kind": "integer"});
    let mut field: FieldDef = serde_json::from_value(json).expect("a field document");
    field.kind = kind;
    plain_value(cell, &field, MoneyUnit::Yuan).map_err(|(_, message)| message)
}

#[test]
fn each_spelling_of_an_amount_is_exact() {
    let cases: &[(&str, i64)] = &[
        ("1．5", 150),
        ("１．２Ｅ３", 120_000),
        ("（1,234.56）", -123_456),
        ("( 1,234.56 )", -123_456),
        ("−0.07", -7),
        ("﹣3", -300),
        ("\t12\r\n", 1_200),
        ("\u{202a}1,234.50\u{202c}", 123_450),
        ("1\u{202f}234", 123_400),
        ("1\u{a0}234\u{a0}567", 123_456_700),
        ("1\u{2009}234.5", 123_450),
        ("12 万元", 12_000_000),
        ("12.5 万", 12_500_000),
        ("1,234.5 元", 123_450),
        ("￥ -5.00 元", -500),
        ("负12.5万元", -12_500_000),
        ("0.00000001亿元", 100),
        ("1e3", 100_000),
        ("007", 700),
        ("000,001", 100),
        ("-.5", -50),
        ("１２万元", 12_000_000),
        ("100元正", 10_000),
    ];
    for (spelling, expected) in cases {
        assert_eq!(fen(&text(spelling)), Ok(Some(*expected)), "{spelling:?}");
    }
}

#[test]
fn only_the_usual_marks_for_nothing_are_blank() {
    for blank in ["", "\u{200b}", "\t", "—", "——", "――", "－－－", "－", "/", "／", "无", " 无 "] {
        assert_eq!(fen(&text(blank)), Ok(None), "{blank:?}");
    }
    for spelling in ["零", "〇", "○", "O", "一", "ー", "…", "空", "暂无", "N/A", "#N/A", "null", "0.", "×", "()", "//"]
    {
        let zero = spelling == "0.";
        assert_eq!(fen(&text(spelling)).is_ok(), zero, "{spelling}: text is never 0 and never blank");
    }
}

#[test]
fn what_could_be_read_two_ways_is_no_amount() {
    let refused = [
        // Two figures in one cell.
        "1\n234",
        "1\t234",
        "100\r\n200",
        "1\u{2028}234",
        "5-6",
        "5～6",
        "3+2",
        "10×5",
        "1/2",
        "=1+2",
        "=5",
        // Separators that are another country's, or nobody's.
        "1.234,56",
        "1 234,56",
        "1,23,456",
        "12,34",
        "1,234 567",
        "1'23",
        "1’234",
        "1_234",
        "1、234",
        "1。5",
        "1·5",
        "1.5.0",
        "1..5",
        "1. 5",
        "12 34",
        // Signs.
        "-(5)",
        "+-5",
        "±5",
        "5-",
        "5.00CR",
        "借5",
        "(5",
        "5)",
        "[5]",
        "⁻5",
        "--5",
        "-—5",
        // Digits that are not ours, and letters like digits.
        "٣٫٥",
        "١٢٣",
        "༡༢༣",
        "①",
        "5²",
        "Ⅴ",
        "½",
        "l00",
        "1O0",
        "5\u{200b}0",
        "5\u{ad}0",
        // Words.
        "壹佰元整",
        "壹佰贰拾叁万肆仟元",
        "五百",
        "两万",
        "十万",
        "3百万",
        "3千万",
        "1亿2000万",
        "12万3千",
        "约5",
        "≈5",
        "5左右",
        "5元/人",
        "5人",
        "合计5",
        "万",
        "元",
        "￥",
        // Other currencies, percents, errors, notations.
        "$5",
        "€5",
        "USD5",
        "HK$5",
        "5%",
        "５％",
        "5‰",
        "#REF!",
        "#DIV/0!",
        "TRUE",
        "NaN",
        "Infinity",
        "1E",
        "E3",
        "1e99",
        "1E+400",
        "0x10",
        "1e3,000",
        "2026-03",
        "1:30",
    ];
    for spelling in refused {
        let said = fen(&text(spelling)).expect_err(spelling);
        assert!(said.contains(spelling), "{spelling:?}: {said}");
    }
}

#[test]
fn figures_past_every_range_are_refused_and_never_wrap_around() {
    let nines = "9".repeat(30);
    for unit in ["", "元", "万元", "亿元"] {
        for sign in ["", "-", "("] {
            let end = if sign == "(" { ")" } else { "" };
            let spelling = format!("{sign}{nines}{unit}{end}");
            assert!(fen(&text(&spelling)).is_err(), "{spelling}");
        }
    }
    // 2^128 ÷ 10^10: the product with 亿 comes round to nearly nothing.
    assert!(fen(&text("34028236692093846346337460743亿元")).is_err());
    assert!(parse_decimal(&text(&nines), 10, false).is_err());
}

#[test]
fn doubles_that_stand_for_several_sums_are_refused() {
    // Between 70 and 90 trillion 元 the doubles lie 1.6 分 apart: .01 and .02 are one and the same.
    assert!(fen(&Cell::Number(80_000_000_000_000.01)).is_err());
    assert_eq!(fen(&Cell::Number(80_000_000_000_000.0)), Ok(Some(8_000_000_000_000_000)));
    let wan = |number: f64| parse_amount(&Cell::Number(number), MoneyUnit::Wan).map(|money| money.map(Money::fen));
    assert!(wan(9_000_000_000.000_001).is_err());
    assert_eq!(wan(900_000_000.000_001), Ok(Some(900_000_000_000_001)));
    assert!(parse_decimal(&Cell::Number(12_345_678_901_234_567.0), 0, false).is_err());
    assert!(parse_decimal(&Cell::Number(1_234_567_890_123.456_7), 4, false).is_err());
    assert!(value(FieldKind::Integer, &Cell::Number(1.234_567_890_123_456_7e17)).is_err());
}

#[test]
fn whole_numbers_are_grouped_by_three_or_refused() {
    for (spelling, expected) in [("1,234", 1_234), ("-1,234", -1_234), ("１，２３４", 1_234), (" 12 ", 12), ("0", 0)]
    {
        assert_eq!(value(FieldKind::Integer, &text(spelling)), Ok(Value::Int(expected)), "{spelling}");
    }
    for spelling in ["1,2,3", "12,34", "1.0", "1e3", "5人", "约5", "٣", "五", "1\n234", "--1", "0x1"] {
        let said = value(FieldKind::Integer, &text(spelling)).expect_err(spelling);
        assert!(said.contains(spelling), "{said}");
    }
    for (cell, year) in [(text("２０２６年度"), 2026), (text("2026年"), 2026), (Cell::Number(2026.0), 2026)] {
        assert_eq!(value(FieldKind::Year, &cell), Ok(Value::Int(year)));
    }
    for spelling in ["26", "二〇二六", "2026-2027", "2026.1", "20261"] {
        assert!(value(FieldKind::Year, &text(spelling)).is_err(), "{spelling}");
    }
}

#[test]
fn cells_that_hold_no_figure_are_refused_by_every_kind_of_number() {
    let cells = [
        Cell::NoCachedValue,
        Cell::Bool(false),
        Cell::Error(CellError::Div0),
        Cell::Date(Serial { days: 46086.0, from_1904: false }),
        Cell::Duration(0.0),
    ];
    for cell in cells {
        assert!(fen(&cell).is_err() && parse_decimal(&cell, 2, true).is_err(), "{cell:?}");
        assert!(value(FieldKind::Integer, &cell).is_err() && value(FieldKind::Year, &cell).is_err(), "{cell:?}");
    }
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, 0.001, 1e300] {
        let cell = Cell::Number(number);
        assert!(fen(&cell).is_err() && parse_decimal(&cell, 2, false).is_err(), "{number}");
        assert!(value(FieldKind::Integer, &cell).is_err(), "{number}");
    }
}

fn code(spelling: &str) -> Result<(Option<String>, Option<String>), String> {
    parse_code(&text(spelling)).map(|mention| {
        let Mention { code, name, .. } = mention.unwrap_or_default();
        (code, name)
    })
}

#[test]
fn codes_keep_every_digit_in_every_usual_spelling() {
    let cases = [
        ("0301", "0301", None),
        ("'0301", "0301", None),
        ("＇0301", "0301", None),
        ("\u{feff}0301\u{200b}", "0301", None),
        ("０３０１", "0301", None),
        ("41082326101P000000001", "41082326101P000000001", None),
        ("41082320260000123456", "41082320260000123456", None),
        ("2010101（行政运行）", "2010101", Some("行政运行")),
        ("2010101[行政运行]", "2010101", Some("行政运行")),
        ("2010101—行政运行", "2010101", Some("行政运行")),
        ("2010101_行政运行", "2010101", Some("行政运行")),
        ("2010101:行政运行", "2010101", Some("行政运行")),
        ("2010101-2026年经费", "2010101", Some("2026年经费")),
        ("2010101 5G网络", "2010101", Some("5G网络")),
        ("2010101-2026-27年度经费", "2010101", Some("2026-27年度经费")),
        ("2010101-", "2010101", None),
    ];
    for (spelling, expected, name) in cases {
        assert_eq!(code(spelling), Ok((Some(expected.into()), name.map(str::to_owned))), "{spelling:?}");
    }
}

#[test]
fn a_text_with_two_codes_or_a_broken_one_is_no_code() {
    let texts = [
        "201 01 01",
        "201,0101",
        "2,010,101",
        "30\u{200b}1",
        "2010101、2010102",
        "2010101,2010102",
        "2010101;2010102",
        "2010101 2010102",
        "2010101\n2010102",
        "2010101-01",
        "2010101（2010102）",
        "[2010101]2010102",
        "2010101、2010102-其他",
        "2010101 2010102-其他",
        "2010101；03-其他",
        "2010101.0",
        "2.010101",
        "2010101/2010102",
        "20.5%",
        "٢٠١",
        "=\"0301\"",
    ];
    for spelling in texts {
        let (code, name) = code(spelling).expect(spelling);
        assert!(code.is_none() && name.is_some(), "{spelling:?} was taken for {code:?}");
    }
}

#[test]
fn codes_that_a_spreadsheet_rounded_are_refused() {
    for spelling in ["4.10823E+17", "4.10823e+17", "４．１０８２３Ｅ＋１７", "2.01E+06", "4E+15"] {
        let said = code(spelling).expect_err(spelling);
        assert!(said.contains(spelling) && said.contains("文本"), "{said}");
    }
    for number in [41_082_320_260_000_123_456.0, 1e15, -1e16, f64::INFINITY] {
        assert!(parse_code(&Cell::Number(number)).is_err(), "{number}");
    }
    for cell in [Cell::Number(201.5), Cell::Number(-201.0), Cell::Number(f64::NAN), Cell::Percent(2.01)] {
        assert!(parse_code(&cell).is_err(), "{cell:?}");
    }
    let account = FieldKind::Text { max: 40, multiline: false };
    for cell in [text("6.22202E+18"), Cell::Number(6.222_021_234_567_891e18), Cell::Error(CellError::Ref)] {
        assert!(value(account.clone(), &cell).is_err(), "{cell:?}");
    }
    for kept in ["1E5", "E+17", "A1.5E+17", "1.5E-17", "12.5E+17"] {
        assert_eq!(value(account.clone(), &text(kept)), Ok(Value::text(kept)));
    }
}

#[test]
fn each_spelling_of_a_day_is_that_day() {
    let cases = [
        ("2026年 3 月", "2026-03-01"),
        ("2026 年 3 月 5 日", "2026-03-05"),
        ("2026年3月5日 08:00", "2026-03-05"),
        ("2026-3-5 8:00:00", "2026-03-05"),
        ("2026-03-05T00:00:00.000", "2026-03-05"),
        ("2026-03-05T00:00:00Z", "2026-03-05"),
        ("２０２６．３．５", "2026-03-05"),
        ("２０２６－０３－０５", "2026-03-05"),
        ("2026/12", "2026-12-01"),
        ("2026.10", "2026-10-01"),
        ("2024-02-29", "2024-02-29"),
        ("\u{feff}20260301\t", "2026-03-01"),
    ];
    for (spelling, day) in cases {
        assert_eq!(parse_date(&text(spelling)), Ok(Some(day.into())), "{spelling:?}");
    }
    for (number, day) in [(45000.0, "2023-03-15"), (202612.0, "2026-12-01"), (2026.12, "2026-12-01")] {
        assert_eq!(parse_date(&Cell::Number(number)), Ok(Some(day.into())), "{number}");
    }
}

#[test]
fn what_is_not_one_certain_day_is_refused() {
    let texts = [
        "2026-02-30",
        "2026-02-29",
        "2026.13",
        "2026-00-05",
        "20260230",
        "202613",
        "2026",
        "45000",
        "26/3/1",
        "3/1/2026",
        "3月5日",
        "2026-03-05 2026-12-31",
        "2026-03-05 至 2026-12-31",
        "2026.3-2026.12",
        "2026年3月1日至5日",
        "2026-03-05 下午",
        "2026.3 前",
        "2026-03-05Tabc",
        "2026年3月上旬",
        "2026--3",
        "2026、3、5",
        "2026—03—05",
        "二〇二六年三月",
        "٢٠٢٦.٣",
        "1899-12-31",
        "9999.1",
        "长期",
        "#REF!",
        "2026-03-05T00:00:00+08:00",
    ];
    for spelling in texts {
        let said = parse_date(&text(spelling)).expect_err(spelling);
        assert!(said.contains(spelling), "{said}");
    }
    let said = parse_date(&Cell::Number(2026.1)).expect_err("2026.10 is the same number");
    assert!(said.contains("10 月"), "{said}");
    for number in [2026.0, 2026.13, 2026.35, 45000.5, 1e9, -46086.0, f64::NAN, 20_260_230.0] {
        assert!(parse_date(&Cell::Number(number)).is_err(), "{number}");
    }
    for cell in [Cell::Bool(true), Cell::Percent(0.5), Cell::Duration(1.0), Cell::Error(CellError::Value)] {
        assert!(parse_date(&cell).is_err(), "{cell:?}");
    }
}
