//! Money: whole 分, never a float. Parsing of messy cells lives in suanpan-excel; here is the strict
//! form that programs exchange, display in 元 or 万元, and 大写金额 for official forms.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// An amount in 分 (fen, 0.01 元), within ±(2^53 − 1) so that JSON and TypeScript hold it exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Money(i64);

/// Why a text or number is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("“{0}”不是金额，请填数字，如 1234.50")]
    NotANumber(String),
    #[error("“{0}”超过两位小数（精确到分），请核对")]
    TooPrecise(String),
    #[error("金额超出可记录的范围（±90 万亿元）")]
    OutOfRange,
}

/// The unit in which a person reads and writes amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "snake_case")]
pub enum MoneyUnit {
    #[default]
    Yuan,
    Qian,
    Wan,
    Yi,
}

impl MoneyUnit {
    /// 分 in one of this unit.
    pub const fn fen(self) -> i64 {
        match self {
            Self::Yuan => 100,
            Self::Qian => 100_000,
            Self::Wan => 1_000_000,
            Self::Yi => 10_000_000_000,
        }
    }

    pub const fn zh(self) -> &'static str {
        match self {
            Self::Yuan => "元",
            Self::Qian => "千元",
            Self::Wan => "万元",
            Self::Yi => "亿元",
        }
    }
}

impl Money {
    pub const ZERO: Self = Self(0);
    /// Largest amount, in 分: 2^53 − 1.
    pub const MAX_FEN: i64 = (1 << 53) - 1;

    /// `fen` in 分. Err(OutOfRange) past ±(2^53 − 1).
    pub fn from_fen(fen: i64) -> Result<Self, MoneyError> {
        if fen.abs() > Self::MAX_FEN { Err(MoneyError::OutOfRange) } else { Ok(Self(fen)) }
    }

    /// `amount` in `unit`; must be whole 分. Err names what is wrong; nothing is ever rounded.
    pub fn from_decimal(amount: Decimal, unit: MoneyUnit) -> Result<Self, MoneyError> {
        let fen = amount.checked_mul(Decimal::from(unit.fen())).ok_or(MoneyError::OutOfRange)?;
        if !fen.fract().is_zero() {
            return Err(MoneyError::TooPrecise(amount.normalize().to_string()));
        }
        Self::from_fen(fen.to_i64().ok_or(MoneyError::OutOfRange)?)
    }

    /// Strict 元 text: `-1234.5`. For what people type use suanpan-excel's amount reader.
    pub fn parse_yuan(text: &str) -> Result<Self, MoneyError> {
        let number = text.trim().parse::<Decimal>().map_err(|_| MoneyError::NotANumber(text.to_owned()))?;
        Self::from_decimal(number, MoneyUnit::Yuan)
    }

    /// In 分.
    pub const fn fen(self) -> i64 {
        self.0
    }

    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// None past ±(2^53 − 1) 分.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::from_fen(self.0.checked_add(other.0)?).ok()
    }

    /// None past ±(2^53 − 1) 分.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Self::from_fen(self.0.checked_sub(other.0)?).ok()
    }

    /// Exact value in `unit`.
    pub fn to_decimal(self, unit: MoneyUnit) -> Decimal {
        Decimal::from(self.0) / Decimal::from(unit.fen())
    }

    /// In `unit`, rounded half away from zero to 2 decimals: what a form prints.
    pub fn rounded(self, unit: MoneyUnit) -> Decimal {
        self.to_decimal(unit).round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
    }

    /// `1,234.50` in 元.
    pub fn display_yuan(self) -> String {
        let fen = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", group_thousands(fen / 100), fen % 100)
    }

    /// 大写金额 as on official vouchers: 壹仟贰佰叁拾肆元伍角整 (《支付结算办法》附一).
    pub fn in_words(self) -> String {
        let fen = self.0.unsigned_abs();
        let mut words = if self.0 < 0 { String::from("负") } else { String::new() };
        let (yuan, jiao, cent) = (fen / 100, fen / 10 % 10, fen % 10);
        if yuan > 0 {
            words.push_str(&integer_in_words(yuan));
            words.push('元');
        }
        match (yuan, jiao, cent) {
            (0, 0, 0) => words.push_str("零元整"),
            (_, 0, 0) => words.push('整'),
            (_, j, 0) => words.push_str(&format!("{}角整", DIGITS[j as usize])),
            (0, 0, c) => words.push_str(&format!("{}分", DIGITS[c as usize])),
            (_, 0, c) => words.push_str(&format!("零{}分", DIGITS[c as usize])),
            (_, j, c) => words.push_str(&format!("{}角{}分", DIGITS[j as usize], DIGITS[c as usize])),
        }
        words
    }
}

const DIGITS: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];

fn group_thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn integer_in_words(number: u64) -> String {
    const PLACES: [&str; 4] = ["", "拾", "佰", "仟"];
    const GROUPS: [&str; 4] = ["", "万", "亿", "万亿"];
    let mut words = String::new();
    let mut zero_pending = false;
    for group in (0..4).rev() {
        let part = number / 10_u64.pow(group * 4) % 10_000;
        if part == 0 {
            zero_pending |= !words.is_empty();
            continue;
        }
        for place in (0..4).rev() {
            let digit = part / 10_u64.pow(place) % 10;
            if digit == 0 {
                zero_pending |= !words.is_empty();
                continue;
            }
            if std::mem::take(&mut zero_pending) {
                words.push('零');
            }
            words.push_str(DIGITS[digit as usize]);
            words.push_str(PLACES[place as usize]);
        }
        // 万亿 keeps its 亿 from the group below when that group has figures of its own.
        let shared_yi = group == 3 && !(number / 10_u64.pow(8)).is_multiple_of(10_000);
        words.push_str(if shared_yi { "万" } else { GROUPS[group as usize] });
    }
    words
}

impl fmt::Display for Money {
    /// Plain 元 with two decimals, no separators: `-1234.50`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fen = self.0.unsigned_abs();
        write!(out, "{}{}.{:02}", if self.0 < 0 { "-" } else { "" }, fen / 100, fen % 100)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let fen = i64::deserialize(input)?;
        Self::from_fen(fen).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_follow_the_official_form() {
        let cases = [
            (0, "零元整"),
            (5, "伍分"),
            (50, "伍角整"),
            (105, "壹元零伍分"),
            (123_450, "壹仟贰佰叁拾肆元伍角整"),
            (1_000_000, "壹万元整"),
            (100_050_000, "壹佰万零伍佰元整"),
            (1_000_000_010_000, "壹佰亿零壹佰元整"),
            (1_000_000_000_000_000, "壹拾万亿元整"),
            (-100, "负壹元整"),
        ];
        for (fen, words) in cases {
            assert_eq!(Money(fen).in_words(), words, "{fen}");
        }
    }

    #[test]
    fn more_than_two_decimals_is_an_error_not_a_rounding() {
        assert_eq!(Money::parse_yuan("1.005"), Err(MoneyError::TooPrecise("1.005".into())));
        assert!(Money::parse_yuan("90071992547409.92").is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(fen in -Money::MAX_FEN..=Money::MAX_FEN) {
            let money = Money(fen);
            prop_assert_eq!(Money::parse_yuan(&money.to_string()), Ok(money));
            prop_assert_eq!(Money::parse_yuan(&money.display_yuan().replace(',', "")), Ok(money));
            for unit in [MoneyUnit::Yuan, MoneyUnit::Qian, MoneyUnit::Wan, MoneyUnit::Yi] {
                prop_assert_eq!(Money::from_decimal(money.to_decimal(unit), unit), Ok(money));
            }
        }
    }
}
