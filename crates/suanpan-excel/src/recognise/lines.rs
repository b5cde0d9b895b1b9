//! Rows of a table that are not data: totals, column numbering, notes under the table.

use crate::cell::{Cell, Row};
use crate::text::{header_key, trim};

/// What kind of sum a total row gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Total {
    /// 小计: the rows since the last 小计.
    Sub,
    /// 合计, 总计: everything so far (or, above the data, everything that follows).
    Grand,
    /// 其中：part of the row above.
    OfWhich,
}

const GRAND: [&str; 6] = ["合计", "总计", "共计", "总合计", "合计数", "累计"];
const SUB: [&str; 4] = ["小计", "本页小计", "本页合计", "分计"];
const NOTES: [&str; 14] = [
    "注",
    "备注",
    "说明",
    "填表说明",
    "填报说明",
    "填表人",
    "填报人",
    "制表人",
    "制表",
    "审核人",
    "负责人",
    "单位负责人",
    "经办人",
    "打印日期",
];

/// Is this text the label of a total row?
pub fn total_of(text: &str) -> Option<Total> {
    // Every label has one of these, and nearly no other text of a sheet has: the rest is looked at no further.
    if !text.contains(['计', '其']) {
        return None;
    }
    let key = header_key(text);
    let key = key.trim_end_matches(['(', ')', '=', '+']);
    if key.starts_with("其中") {
        return Some(Total::OfWhich);
    }
    if SUB.contains(&key) || key.ends_with("小计") {
        return Some(Total::Sub);
    }
    let grand = GRAND.contains(&key)
        || ["收入", "支出", "本年", "全县", "部门", "单位"].iter().any(|what| {
            key.strip_prefix(what).is_some_and(|rest| {
                GRAND.contains(&rest) || ["收入合计", "支出合计", "收入总计", "支出总计"].contains(&rest)
            })
        });
    (grand || key.len() <= 60 && (key.ends_with("合计") || key.ends_with("总计"))).then_some(Total::Grand)
}

/// The kind of total that `row` is, by the first of `labels` columns that says so.
pub fn total_in(row: &Row, labels: &[u32]) -> Option<Total> {
    labels.iter().find_map(|column| match row.cell(*column) {
        Cell::Text(text) => total_of(text),
        _ => None,
    })
}

/// `1 2 3 4`, `栏次 1 2`, `A B C`: a row that only numbers the columns.
pub fn is_numbering(row: &Row) -> bool {
    let mut next = 1.0;
    let mut counted = 0;
    for (_, cell) in row.cells.iter().filter(|(_, cell)| !cell.is_blank()) {
        let value = match cell {
            Cell::Number(number) => Some(*number),
            Cell::Text(text) => {
                let text = trim(text);
                if matches!(text, "栏次" | "行次" | "序号" | "甲" | "乙" | "丙" | "丁" | "**")
                    || (text.len() == 1 && text.bytes().all(|byte| byte.is_ascii_uppercase()))
                {
                    counted += 1;
                    continue;
                }
                // A code like 001 is no column number.
                let number = text
                    .split('=')
                    .next()
                    .map(|text| text.trim_matches(['(', ')', '（', '）']))
                    .filter(|text| !text.starts_with('0'));
                number.and_then(|text| text.parse().ok())
            }
            _ => None,
        };
        if value != Some(next) {
            return false;
        }
        next += 1.0;
        counted += 1;
    }
    counted >= 2
}

/// `注：…`, `填表人：…`: a row with no more than two cells, the first of which begins a note.
pub fn is_note(row: &Row) -> bool {
    let mut spoken = row.cells.iter().filter(|(_, cell)| !cell.is_blank());
    let Some((_, Cell::Text(first))) = spoken.next() else { return false };
    let text = trim(first);
    let begins = NOTES.iter().any(|word| {
        text.strip_prefix(word)
            .is_some_and(|rest| rest.is_empty() || rest.trim_start().starts_with([':', '：', '1', '１']))
    });
    begins && spoken.count() <= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(texts: &[&str]) -> Row {
        let cell = |text: &str| text.parse().map_or_else(|_| Cell::Text(text.into()), Cell::Number);
        Row {
            index: 0,
            hidden: false,
            cells: texts.iter().enumerate().map(|(column, text)| (column as u32, cell(text))).collect(),
        }
    }

    #[test]
    fn total_rows_are_known_by_their_label() {
        let cases = [
            ("合计", Some(Total::Grand)),
            ("合　　计", Some(Total::Grand)),
            ("总 计：", Some(Total::Grand)),
            ("本年支出合计", Some(Total::Grand)),
            ("小计", Some(Total::Sub)),
            ("基本支出小计", Some(Total::Sub)),
            ("其中：财政拨款", Some(Total::OfWhich)),
            ("合计核算中心", None),
            ("武陟县统计局", None),
            ("会计", None),
        ];
        for (text, total) in cases {
            assert_eq!(total_of(text), total, "{text}");
        }
    }

    #[test]
    fn numbering_rows_and_notes_are_no_data() {
        assert!(is_numbering(&row(&["1", "2", "3"])));
        assert!(is_numbering(&row(&["栏次", "1", "2", "3"])));
        assert!(is_numbering(&row(&["A", "B", "C"])));
        assert!(!is_numbering(&row(&["1", "武陟县", "3"])));
        let codes = Row { cells: vec![(0, Cell::Text("001".into())), (1, Cell::Text("甲".into()))], ..Row::default() };
        assert!(!is_numbering(&codes));
        assert!(!is_numbering(&row(&["1", "2", "4"])));
        assert!(is_note(&row(&["注：本表金额含上年结转"])));
        assert!(is_note(&row(&["填表人：", "审核人："])));
        assert!(!is_note(&row(&["说明书印刷费"])));
        assert!(!is_note(&row(&["办公室"])));
    }
}
