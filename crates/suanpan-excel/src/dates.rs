//! Dates as clerks write them → `YYYY-MM-DD`. A year and month without a day (2026.3, 2026年3月) is the
//! first of that month. Anything that is not clearly one date is an error with its text.

use crate::cell::{Cell, Serial, number_text};
use crate::text::squeeze;
use chrono::{Days, NaiveDate};
use suanpan_model::text::half_width;

/// A cell as a date in `YYYY-MM-DD`; None when it is blank. Err is the Chinese reason.
pub fn parse_date(cell: &Cell) -> Result<Option<String>, String> {
    match cell {
        Cell::Empty => Ok(None),
        Cell::Date(serial) => {
            from_serial(*serial).map(show).map(Some).ok_or_else(|| unclear(&number_text(serial.days)))
        }
        Cell::Number(number) => {
            let shown = number_text(*number);
            // 2026.10 typed into a number cell is kept as 2026.1 too.
            if shown.len() == 6 && shown.ends_with(".1") {
                return Err(format!("“{shown}”可能是 1 月，也可能是 10 月，请写成 2026-10-01 的样子"));
            }
            from_number(*number).map(show).map(Some).ok_or_else(|| unclear(&shown))
        }
        Cell::Text(text) => {
            let plain = squeeze(&half_width(text));
            if plain.is_empty() || matches!(plain.as_str(), "-" | "—" | "——" | "/" | "无") {
                return Ok(None);
            }
            from_text(&plain).map(show).map(Some).ok_or_else(|| unclear(text))
        }
        Cell::NoCachedValue => Err("公式没有保存计算结果，请在 Excel 或 WPS 中打开并保存后再导入".into()),
        other => Err(unclear(&other.shown())),
    }
}

/// The date of a serial; None outside 1900-01-01 … 9999-12-31. Excel counts a 29 February 1900 that never was.
pub fn from_serial(serial: Serial) -> Option<NaiveDate> {
    let days = serial.days.floor();
    if !(0.0..=2_958_465.0).contains(&days) {
        return None;
    }
    let days = days as u64;
    let (epoch, days) = match (serial.from_1904, days) {
        (true, days) => ((1904, 1, 1), days),
        (false, 0 | 60) => return None,
        (false, 1..60) => ((1899, 12, 31), days),
        (false, days) => ((1899, 12, 30), days),
    };
    NaiveDate::from_ymd_opt(epoch.0, epoch.1, epoch.2)?.checked_add_days(Days::new(days))
}

/// `YYYY-MM-DD`, or the bare number when it is no date.
pub fn serial_text(serial: Serial) -> String {
    from_serial(serial).map_or_else(|| number_text(serial.days), show)
}

fn show(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

fn unclear(text: &str) -> String {
    format!("“{text}”不是可识别的日期，请写成 2026-03-05 的样子")
}

/// 20260305, 202603, or 2026.3 typed as a number. A plain day count has no date format here and is
/// only believed between 1982 and 2091 (30,000–70,000), where no 6-digit date can be meant.
fn from_number(number: f64) -> Option<NaiveDate> {
    if number.fract() == 0.0 && (30_000.0..70_000.0).contains(&number) {
        return from_serial(Serial { days: number, from_1904: false });
    }
    from_text(&number_text(number))
}

fn from_text(text: &str) -> Option<NaiveDate> {
    let text = match text.rsplit_once(['T', ' ']) {
        Some((day, time)) if is_time(time) => day,
        _ => text,
    };
    let text: String = if text.contains('年') { text.split(' ').collect() } else { text.into() };
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.len() {
            8 => date(&text[..4], &text[4..6], &text[6..]),
            6 => date(&text[..4], &text[4..], "1"),
            _ => None,
        };
    }
    let parts: Vec<&str> = text.split(['.', '/', '-', '年', '月', '日', '号']).collect();
    let parts = match parts.as_slice() {
        [rest @ .., ""] => rest,
        all => all,
    };
    match parts {
        [year, month] => date(year, month, "1"),
        [year, month, day] => date(year, month, day),
        _ => None,
    }
}

/// `8:00`, `08:00:00`, `08:00:00.000`, `08:00:00Z`: behind a day it changes nothing.
fn is_time(text: &str) -> bool {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let text = text.split_once('.').map_or(text, |(time, _)| time);
    let parts: Vec<&str> = text.split(':').collect();
    let is_part = |part: &&str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    (2..=3).contains(&parts.len()) && parts.iter().all(is_part)
}

fn date(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let whole = |text: &str, longest: usize| {
        let fits = (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| text.parse::<u32>().ok()).flatten()
    };
    if year.len() != 4 {
        return None;
    }
    let year = whole(year, 4).filter(|year| (1900..=2200).contains(year))?;
    NaiveDate::from_ymd_opt(year as i32, whole(month, 2)?, whole(day, 2)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_date_gives_the_same_day() {
        let texts = [
            ("2026.3", "2026-03-01"),
            ("2026年3月", "2026-03-01"),
            ("2026年3月5日", "2026-03-05"),
            ("２０２６年３月５号", "2026-03-05"),
            ("2026/3/5", "2026-03-05"),
            ("2026-03-05", "2026-03-05"),
            ("2026-03-05 00:00:00", "2026-03-05"),
            ("2026-03-05T08:00:00", "2026-03-05"),
            ("20260305", "2026-03-05"),
            ("202603", "2026-03-01"),
            (" 2026.03.05 ", "2026-03-05"),
        ];
        for (text, day) in texts {
            assert_eq!(parse_date(&Cell::Text(text.into())), Ok(Some(day.into())), "{text}");
        }
        let numbers = [(2026.3, "2026-03-01"), (20260305.0, "2026-03-05"), (46086.0, "2026-03-05")];
        for (number, day) in numbers {
            assert_eq!(parse_date(&Cell::Number(number)), Ok(Some(day.into())), "{number}");
        }
    }

    #[test]
    fn serials_count_from_1900_or_1904() {
        let cases = [
            (46086.0, false, "2026-03-05"),
            (44624.0, true, "2026-03-05"),
            (1.0, false, "1900-01-01"),
            (61.0, false, "1900-03-01"),
            (0.0, true, "1904-01-01"),
            (46086.75, false, "2026-03-05"),
        ];
        for (days, from_1904, day) in cases {
            assert_eq!(parse_date(&Cell::Date(Serial { days, from_1904 })), Ok(Some(day.into())), "{days}");
        }
        assert!(
            parse_date(&Cell::Date(Serial { days: 60.0, from_1904: false })).is_err(),
            "29 February 1900 never was"
        );
        assert!(parse_date(&Cell::Date(Serial { days: f64::NAN, from_1904: false })).is_err());
    }

    #[test]
    fn what_is_no_single_day_is_an_error_with_its_text() {
        for text in ["2026.13", "2026-02-30", "26.3.5", "3月5日", "明年", "2026.3.5.1", "2026.1234"] {
            let said = parse_date(&Cell::Text(text.into())).expect_err(text);
            assert!(said.contains(text), "{said}");
        }
        assert_eq!(parse_date(&Cell::Text(" — ".into())), Ok(None));
        assert!(parse_date(&Cell::NoCachedValue).is_err());
    }
}
