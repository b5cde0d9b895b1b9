//! Headers of several rows with merged cells, flattened to one path per column:
//! `本年支出` over `基本支出` over `人员经费` becomes `["本年支出", "基本支出", "人员经费"]`.

use crate::cell::Cell;
use crate::text::squeeze;
use crate::workbook::Sheet;
use suanpan_model::text::half_width;

/// One flattened header: rows `from..=to`, and each column with its path (repeats left out).
pub struct FlatHeader {
    pub from: u32,
    pub to: u32,
    pub columns: Vec<(u32, Vec<String>)>,
}

/// More columns than this are no form's.
const MAX_COLUMNS: u32 = 512;

impl FlatHeader {
    /// Flattens rows `first..=last` of the sheet's head. None when they cannot be a header: a figure or
    /// date among them, or the rows are not neighbours.
    pub fn of(sheet: &Sheet, first: usize, last: usize) -> Option<Self> {
        let (from, to) = (sheet.head[first].index, sheet.head[last].index);
        if to - from > last as u32 - first as u32 + 1 {
            return None;
        }
        let grid: Vec<Vec<Head>> = (first..=last).map(|place| texts(sheet, place)).collect::<Option<_>>()?;
        let width = grid.iter().map(Vec::len).max()?;
        // The last row of a header has something to say of its own, not only titles above it.
        let columns =
            (0..width).map(|column| (column as u32, path(&grid, column))).filter(|(_, path)| !path.is_empty());
        let columns: Vec<_> = columns.collect();
        (!columns.is_empty()).then_some(Self { from, to, columns })
    }
}

/// One cell of a header.
#[derive(Debug, Clone, Default)]
struct Head {
    text: String,
    /// Part of a merged range, so how far it reaches is known.
    merged: bool,
}

/// One head row with merged ranges filled in; None when the row holds a figure.
fn texts(sheet: &Sheet, place: usize) -> Option<Vec<Head>> {
    let row = &sheet.head[place];
    let width = sheet.width.min(MAX_COLUMNS);
    let mut texts = vec![Head::default(); width as usize];
    for (column, cell) in &row.cells {
        match cell {
            Cell::Text(text) if *column < width => texts[*column as usize].text = squeeze(&half_width(text)),
            // A year may stand over a column.
            Cell::Number(number) if *column < width && number.fract() == 0.0 && (2000.0..2100.0).contains(number) => {
                texts[*column as usize].text = format!("{number}");
            }
            Cell::Text(_) | Cell::Empty => {}
            _ => return None,
        }
    }
    for merge in &sheet.merges {
        if !(merge.top..=merge.bottom).contains(&row.index) || merge.left >= width {
            continue;
        }
        let Some(source) = sheet.head.iter().find(|head| head.index == merge.top) else { continue };
        if let Cell::Text(text) = source.cell(merge.left) {
            let text = squeeze(&half_width(text));
            for column in merge.left..=merge.right.min(width - 1) {
                texts[column as usize] = Head { text: text.clone(), merged: true };
            }
        }
    }
    Some(texts)
}

/// The path of one column. A blank in a row above the last takes the text to its left, as long as the
/// row below says something here: that is how merged groups look once the merging is lost.
fn path(grid: &[Vec<Head>], column: usize) -> Vec<String> {
    let mut path: Vec<String> = Vec::new();
    for (level, row) in grid.iter().enumerate() {
        let speaks_below = |at: usize| grid[level + 1..].iter().any(|row| !row[at].text.is_empty());
        let mut text = row[column].text.as_str();
        if text.is_empty() && speaks_below(column) {
            let left = (0..column).rev().find(|left| !row[*left].text.is_empty());
            let reaches = |left: &usize| !row[*left].merged && (*left..column).all(speaks_below);
            text = left.filter(reaches).map_or("", |left| row[left].text.as_str());
        }
        if !text.is_empty() && path.last().is_none_or(|last| last != text) {
            path.push(text.to_owned());
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Row;
    use crate::read::rows::Merge;

    fn sheet(rows: &[&[&str]], merges: &[(u32, u32, u32, u32)]) -> Sheet {
        let row = |(index, texts): (usize, &&[&str])| Row {
            index: index as u32,
            hidden: false,
            cells: texts
                .iter()
                .enumerate()
                .filter(|(_, text)| !text.is_empty())
                .map(|(column, text)| (column as u32, Cell::Text((*text).into())))
                .collect(),
        };
        let width = rows.iter().map(|row| row.len()).max().unwrap_or(0) as u32;
        let merges = merges.iter().map(|&(top, left, bottom, right)| Merge { top, left, bottom, right }).collect();
        Sheet { head: rows.iter().enumerate().map(row).collect(), width, merges, ..Sheet::default() }
    }

    fn flat(rows: &[&[&str]], merges: &[(u32, u32, u32, u32)]) -> Vec<String> {
        let header = FlatHeader::of(&sheet(rows, merges), 0, rows.len() - 1).expect("a header");
        header.columns.iter().map(|(_, path)| path.join("/")).collect()
    }

    #[test]
    fn merged_groups_become_paths() {
        let rows: [&[&str]; 3] = [
            &["单位", "本年支出", "", "", ""],
            &["", "合计", "基本支出", "", "项目支出"],
            &["", "", "人员经费", "公用经费", ""],
        ];
        let merges = [(0, 0, 2, 0), (0, 1, 0, 4), (1, 1, 2, 1), (1, 2, 1, 3), (1, 4, 2, 4)];
        let expected =
            ["单位", "本年支出/合计", "本年支出/基本支出/人员经费", "本年支出/基本支出/公用经费", "本年支出/项目支出"];
        assert_eq!(flat(&rows, &merges), expected);
    }

    #[test]
    fn groups_are_found_without_merging_too() {
        let rows: [&[&str]; 2] = [&["科目编码", "", "", "科目名称", "金额"], &["类", "款", "项", "", ""]];
        assert_eq!(flat(&rows, &[]), ["科目编码/类", "科目编码/款", "科目编码/项", "科目名称", "金额"]);
    }

    #[test]
    fn a_row_with_figures_is_no_header() {
        let mut with_figure = sheet(&[&["单位", "金额"]], &[]);
        with_figure.head[0].cells.push((2, Cell::Number(12.5)));
        with_figure.width = 3;
        assert!(FlatHeader::of(&with_figure, 0, 0).is_none());
    }
}
