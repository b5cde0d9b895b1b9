//! The unit of amounts: `单位：万元` above the table, or `预算数（万元）` in a header.

use crate::cell::{Cell, Row};
use suanpan_model::money::MoneyUnit;
use suanpan_model::text::comparable;

/// Longest first, so that 万元 is not read as 元.
const UNITS: [(&str, MoneyUnit); 4] =
    [("亿元", MoneyUnit::Yi), ("万元", MoneyUnit::Wan), ("千元", MoneyUnit::Qian), ("元", MoneyUnit::Yuan)];

/// The unit that the rows state; the statement nearest to the header (the last one) counts.
pub fn stated(rows: &[&Row]) -> Option<MoneyUnit> {
    let cells = rows.iter().rev().flat_map(|row| row.cells.iter().rev());
    cells
        .filter_map(|(_, cell)| if let Cell::Text(text) = cell { Some(text) } else { None })
        .find_map(|text| in_statement(text))
}

/// `单位：万元`, `金额单位: 人民币元`, `（单位:千元）`; not `编制单位：元通镇`.
fn in_statement(text: &str) -> Option<MoneyUnit> {
    let plain = comparable(text);
    let mut rest = plain.as_str();
    while let Some(at) = rest.find("单位") {
        rest = &rest[at + "单位".len()..];
        let said = rest.trim_start_matches(['(', '（', '为']).trim_start_matches("人民币");
        let unit = UNITS.iter().find_map(|(name, unit)| Some((said.strip_prefix(name)?, *unit)));
        // What follows the unit must end the statement.
        if let Some((after, unit)) = unit
            && !after.starts_with(|c: char| ('\u{4e00}'..='\u{9fff}').contains(&c))
        {
            return Some(unit);
        }
    }
    None
}

/// `预算数(万元)`, `金额（单位：元）`, `金额/万元`.
pub fn in_header(text: &str) -> Option<MoneyUnit> {
    let plain = comparable(text);
    let (before, unit) = match plain.strip_suffix(')') {
        Some(inner) => UNITS.iter().find_map(|(name, unit)| Some((inner.strip_suffix(name)?, *unit)))?,
        None => {
            let (before, unit) = UNITS.iter().find_map(|(name, unit)| Some((plain.strip_suffix(name)?, *unit)))?;
            before.ends_with(['/', '|', '_', '-']).then_some((before, unit))?
        }
    };
    let before = before.trim_end_matches("人民币").trim_end_matches("单位").trim_end_matches("金额");
    before.ends_with(['(', '/', '|', '_', '-']).then_some(unit)
}

/// The header without the unit in brackets at its end.
pub fn without(text: &str) -> &str {
    if in_header(text).is_none() {
        return text;
    }
    let at = text.rfind(['(', '（', '/', '|', '_', '-']);
    at.map_or(text, |at| text[..at].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_line_is_understood_in_its_usual_forms() {
        let cases = [
            ("单位：万元", Some(MoneyUnit::Wan)),
            ("单位:元", Some(MoneyUnit::Yuan)),
            ("金额单位： 千 元", Some(MoneyUnit::Qian)),
            ("（单位：人民币万元）", Some(MoneyUnit::Wan)),
            ("编制单位：武陟县财政局          单位：亿元", Some(MoneyUnit::Yi)),
            ("单位：元（保留两位小数）", Some(MoneyUnit::Yuan)),
            ("编制单位：元通镇", None),
            ("单位：武陟县财政局", None),
            ("预算单位", None),
            ("计量单位：个", None),
        ];
        for (text, unit) in cases {
            assert_eq!(in_statement(text), unit, "{text}");
        }
    }

    #[test]
    fn the_unit_in_a_header_is_understood_and_taken_off() {
        let cases = [
            ("预算数(万元)", Some(MoneyUnit::Wan), "预算数"),
            ("金额（单位：元）", Some(MoneyUnit::Yuan), "金额"),
            ("金额/千元", Some(MoneyUnit::Qian), "金额"),
            ("单价（元/平方米）", None, "单价（元/平方米）"),
            ("万元GDP能耗", None, "万元GDP能耗"),
            ("预算数", None, "预算数"),
        ];
        for (text, unit, name) in cases {
            assert_eq!((in_header(text), without(text)), (unit, name), "{text}");
        }
    }
}
