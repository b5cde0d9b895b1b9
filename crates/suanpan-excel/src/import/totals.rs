//! Total rows are left out of the import and checked against the rows they cover. A total that does not
//! agree is a finding that names both figures; nothing is corrected.

use crate::recognise::lines::Total;
use serde::Serialize;
use suanpan_model::Money;
use ts_rs::TS;

/// A total row and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct TotalCheck {
    pub sheet_row: u32,
    pub kind: Total,
    /// Empty when every amount agrees.
    pub findings: Vec<TotalFinding>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct TotalFinding {
    pub column: u32,
    /// What the total row says and what its rows add up to, in 分.
    #[ts(type = "number | null")]
    pub stated: Option<Money>,
    #[ts(type = "number | null")]
    pub summed: Option<Money>,
    pub message: String,
}

/// One amount of a row: None when blank; Err when unreadable.
pub type Amount = Result<Option<Money>, String>;

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    fen: i128,
    /// A covered amount could not be read, so nothing can be verified.
    unreadable: bool,
}

impl Sum {
    fn add(&mut self, amount: &Amount) {
        match amount {
            Ok(amount) => self.fen += i128::from(amount.map_or(0, Money::fen)),
            Err(_) => self.unreadable = true,
        }
    }
}

/// Sums of each amount column while the sheet goes by.
pub struct Totals {
    /// Sheet column and header of each amount column.
    columns: Vec<(u32, String)>,
    group: Vec<Sum>,
    all: Vec<Sum>,
    last: Vec<Amount>,
    rows: u64,
    /// Grand totals that stand above their rows.
    early: Vec<(u32, Vec<Amount>)>,
}

impl Totals {
    pub fn new(columns: Vec<(u32, String)>) -> Self {
        let width = columns.len();
        Self {
            columns,
            group: vec![Sum::default(); width],
            all: vec![Sum::default(); width],
            last: Vec::new(),
            rows: 0,
            early: Vec::new(),
        }
    }

    /// A data row went by.
    pub fn row(&mut self, amounts: Vec<Amount>) {
        for (place, amount) in amounts.iter().enumerate() {
            self.group[place].add(amount);
            self.all[place].add(amount);
        }
        self.last = amounts;
        self.rows += 1;
    }

    /// A total row went by; None when it stands above the data and can only be checked at the end.
    pub fn total(&mut self, sheet_row: u32, kind: Total, amounts: Vec<Amount>) -> Option<TotalCheck> {
        if self.rows == 0 && kind != Total::OfWhich {
            self.early.push((sheet_row, amounts));
            return None;
        }
        let findings = match kind {
            Total::OfWhich => self.part_of_last(&amounts),
            Total::Sub => self.compare(&amounts, &[&self.group, &self.all]),
            Total::Grand => self.compare(&amounts, &[&self.all, &self.group]),
        };
        if kind != Total::OfWhich {
            self.group.fill(Sum::default());
        }
        Some(TotalCheck { sheet_row, kind, findings })
    }

    /// The totals that stood above the data.
    pub fn late(&mut self) -> Vec<TotalCheck> {
        let early = std::mem::take(&mut self.early);
        early
            .into_iter()
            .map(|(sheet_row, amounts)| TotalCheck {
                sheet_row,
                kind: Total::Grand,
                findings: self.compare(&amounts, &[&self.all]),
            })
            .collect()
    }

    /// Findings where an amount equals none of the possible sums; the first of them is named.
    fn compare(&self, amounts: &[Amount], possible: &[&Vec<Sum>]) -> Vec<TotalFinding> {
        let agrees =
            |fen: i128, place: usize| possible.iter().any(|sums| sums[place].fen == fen && !sums[place].unreadable);
        let mut findings = Vec::new();
        for (place, amount) in amounts.iter().enumerate() {
            let sum = possible[0][place];
            match amount {
                // A blank where all is blank or zero agrees; one where figures stand is simply not summed.
                Ok(None) => {}
                Ok(Some(stated)) if agrees(i128::from(stated.fen()), place) => {}
                Ok(Some(stated)) if sum.unreadable => {
                    findings.push(self.finding(place, Some(*stated), None, "有金额无法读取，合计未能核对".into()))
                }
                Ok(Some(stated)) => {
                    let summed = i64::try_from(sum.fen).ok().and_then(|fen| Money::from_fen(fen).ok());
                    let shown = summed.map_or_else(|| "超出范围".to_owned(), Money::display_yuan);
                    let difference = (i128::from(stated.fen()) - sum.fen).unsigned_abs();
                    let message = format!(
                        "表上合计 {} 元，各行相加 {shown} 元，相差 {}.{:02} 元",
                        stated.display_yuan(),
                        difference / 100,
                        difference % 100
                    );
                    findings.push(self.finding(place, Some(*stated), summed, message));
                }
                Err(message) => findings.push(self.finding(place, None, None, message.clone())),
            }
        }
        findings
    }

    /// 其中 may not exceed the row it is part of.
    fn part_of_last(&self, amounts: &[Amount]) -> Vec<TotalFinding> {
        let mut findings = Vec::new();
        for (place, amount) in amounts.iter().enumerate() {
            match (amount, self.last.get(place)) {
                (Ok(Some(part)), Some(Ok(Some(whole)))) if !whole.is_negative() && part > whole => {
                    let message = format!("“其中” {} 元大于上一行的 {} 元", part.display_yuan(), whole.display_yuan());
                    findings.push(self.finding(place, Some(*part), Some(*whole), message));
                }
                (Err(message), _) => findings.push(self.finding(place, None, None, message.clone())),
                _ => {}
            }
        }
        findings
    }

    fn finding(&self, place: usize, stated: Option<Money>, summed: Option<Money>, message: String) -> TotalFinding {
        let (column, header) = &self.columns[place];
        TotalFinding { column: *column, stated, summed, message: format!("“{header}”：{message}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yuan(amounts: &[i64]) -> Vec<Amount> {
        amounts.iter().map(|yuan| Ok(Some(Money::from_fen(yuan * 100).expect("small")))).collect()
    }

    fn totals() -> Totals {
        Totals::new(vec![(2, "预算数".into())])
    }

    #[test]
    fn sub_and_grand_totals_agree_with_their_rows() {
        let mut totals = totals();
        for amount in [1, 2] {
            totals.row(yuan(&[amount]));
        }
        assert_eq!(totals.total(4, Total::Sub, yuan(&[3])).expect("checked").findings, []);
        totals.row(yuan(&[4]));
        assert_eq!(totals.total(6, Total::Sub, yuan(&[4])).expect("checked").findings, []);
        assert_eq!(totals.total(7, Total::Grand, yuan(&[7])).expect("checked").findings, []);
    }

    #[test]
    fn a_total_that_does_not_agree_names_both_figures() {
        let mut totals = totals();
        totals.row(yuan(&[100]));
        let check = totals.total(3, Total::Grand, yuan(&[120])).expect("checked");
        assert_eq!(check.findings[0].message, "“预算数”：表上合计 120.00 元，各行相加 100.00 元，相差 20.00 元");
    }

    #[test]
    fn a_grand_total_above_the_data_is_checked_at_the_end() {
        let mut totals = totals();
        assert_eq!(totals.total(2, Total::Grand, yuan(&[3])), None);
        totals.row(yuan(&[1]));
        totals.row(yuan(&[1]));
        let late = totals.late();
        assert_eq!((late[0].sheet_row, late[0].findings.len()), (2, 1));
    }

    #[test]
    fn of_which_is_part_of_the_row_above_and_unreadable_rows_cannot_be_verified() {
        let mut totals = totals();
        totals.row(yuan(&[10]));
        assert_eq!(totals.total(2, Total::OfWhich, yuan(&[4])).expect("checked").findings, []);
        assert_eq!(totals.total(3, Total::OfWhich, yuan(&[11])).expect("checked").findings.len(), 1);
        totals.row(vec![Err("“约5”不是金额".into())]);
        let check = totals.total(5, Total::Grand, yuan(&[15])).expect("checked");
        assert!(check.findings[0].message.contains("未能核对"));
    }
}
