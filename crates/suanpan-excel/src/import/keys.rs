//! Codes and references: what a cell mentions → the code or the record it means. Look-ups that repeat
//! (and in a budget nearly all do) are remembered by the cell's text.

use super::cells::CellResult;
use super::{Found, IssueCode, Records};
use crate::cell::Cell;
use crate::text::squeeze;
use crate::text_code::{Mention, NoCode, parse_code, restore_zeros};
use std::collections::HashMap;
use std::sync::Arc;
use suanpan_model::facts::Read;
use suanpan_model::schema::{CodeSet, CodeSets};
use suanpan_model::text::{comparable, half_width};
use suanpan_model::value::{RecordId, Value};

/// Only so many look-ups of one column are remembered.
const MAX_REMEMBERED: usize = 1 << 16;

/// Zeros that a unit's or project's code may have lost in front.
const MOST_LOST_ZEROS: usize = 6;

/// What the cells of one column stand for.
pub struct LookUps<'a> {
    set: Option<&'a CodeSet>,
    lengths: Vec<usize>,
    /// Comparable name → codes.
    by_name: HashMap<String, Vec<&'a str>>,
    remembered: HashMap<Arc<str>, CellResult>,
    year: i32,
}

impl<'a> LookUps<'a> {
    /// Look-ups of a column of references.
    pub fn references() -> Self {
        Self { set: None, lengths: Vec::new(), by_name: HashMap::new(), remembered: HashMap::new(), year: 0 }
    }

    /// Look-ups of a column of codes of `set` that are valid in `year`.
    pub fn codes(codes: &'a CodeSets, set: &str, year: i32) -> Self {
        let set = codes.set(set);
        let mut by_name: HashMap<String, Vec<&str>> = HashMap::new();
        let mut lengths = Vec::new();
        for item in set.map(|set| set.items.as_slice()).unwrap_or_default().iter().filter(|item| item.valid_in(year)) {
            by_name.entry(comparable(&item.name)).or_default().push(&item.code);
            if !lengths.contains(&item.code.len()) {
                lengths.push(item.code.len());
            }
        }
        lengths.sort_unstable();
        Self { set, lengths, by_name, remembered: HashMap::new(), year }
    }

    /// Lengths of the set's codes by level; see [`crate::text_code::join_levels`].
    pub fn level_lengths(&self) -> &[usize] {
        self.set.map(|set| set.info.lengths.as_slice()).filter(|lengths| !lengths.is_empty()).unwrap_or(&self.lengths)
    }

    /// The code that the cell means.
    pub fn code(&mut self, cell: &Cell) -> CellResult {
        if let Some(known) = self.known(cell) {
            return known.clone();
        }
        let result = match parse_code(cell) {
            Ok(None) => Ok(Value::Null),
            Ok(Some(mention)) => self.code_of(&mention, &cell.shown()),
            Err(message) => Err((IssueCode::Unreadable, message)),
        };
        self.remember(cell, &result);
        result
    }

    /// The code for text put together from level columns.
    pub fn joined(&mut self, code: &str) -> CellResult {
        self.code_of(&Mention { code: Some(code.to_owned()), name: None, was_number: false }, code)
    }

    fn code_of(&self, mention: &Mention, shown: &str) -> CellResult {
        // A set whose items are not known here (a county's own) takes the code as it stands.
        let Some(set) = self.set.filter(|set| !set.items.is_empty()) else {
            let text = mention.code.as_deref().or(mention.name.as_deref()).unwrap_or_default();
            return Ok(Value::text(text));
        };
        let what = &set.info.zh;
        let exists = |code: &str| set.get(code).is_some_and(|item| item.valid_in(self.year));
        let by_name = mention.name.as_deref().map(comparable).and_then(|name| self.by_name.get(&name));
        if let Some(code) = &mention.code {
            match restore_zeros(code, mention.was_number, &self.lengths, &exists) {
                Ok(found) => return self.agreeing(&found, set, mention, by_name),
                Err(NoCode::Ambiguous(codes)) => {
                    let message =
                        format!("“{shown}”可能丢失了前面的零，{what}中 {} 都可能，请填完整代码", codes.join("、"));
                    return Err((IssueCode::Ambiguous, message));
                }
                Err(NoCode::Unknown) => {}
            }
        }
        // `A01区` may be a name although it begins like a code; the whole text is tried as one.
        let whole = self.by_name.get(&comparable(shown));
        match by_name.filter(|_| mention.code.is_none()).or(whole).map(Vec::as_slice) {
            Some([code]) => Ok(Value::text(code)),
            Some(codes) if codes.len() > 1 => Err((
                IssueCode::Ambiguous,
                format!(
                    "“{shown}”在{what}中有 {} 个同名代码（{}），请填代码",
                    codes.len(),
                    codes[..codes.len().min(4)].join("、")
                ),
            )),
            _ => Err((IssueCode::Unknown, format!("{what}中没有“{shown}”，请按代码表填写"))),
        }
    }

    /// `2010101-其他` whose name belongs to another code only is a slip that must be seen.
    fn agreeing(&self, code: &str, set: &CodeSet, mention: &Mention, by_name: Option<&Vec<&str>>) -> CellResult {
        if let (Some(name), Some(codes), Some(item)) = (&mention.name, by_name, set.get(code))
            && comparable(&item.name) != comparable(name)
            && !codes.contains(&code)
        {
            let message = format!("代码 {code} 是“{}”，与所写名称“{name}”（{}）不符", item.name, codes.join("、"));
            return Err((IssueCode::Ambiguous, message));
        }
        Ok(Value::text(code))
    }

    /// The record of `entity` that the cell means; `in_file` are records that the file itself brings.
    pub fn reference(
        &mut self,
        cell: &Cell,
        entity: &str,
        in_file: Option<&HashMap<String, RecordId>>,
        records: &mut dyn Records,
    ) -> Read<CellResult> {
        if let Some(known) = self.known(cell) {
            return Ok(known.clone());
        }
        let result = match parse_code(cell) {
            Ok(None) => Ok(Value::Null),
            Ok(Some(mention)) => find(&mention, &cell.shown(), entity, in_file, records)?,
            Err(message) => Err((IssueCode::Unreadable, message)),
        };
        self.remember(cell, &result);
        Ok(result)
    }

    fn known(&self, cell: &Cell) -> Option<&CellResult> {
        if let Cell::Text(text) = cell { self.remembered.get(text) } else { None }
    }

    fn remember(&mut self, cell: &Cell, result: &CellResult) {
        if let Cell::Text(text) = cell
            && self.remembered.len() < MAX_REMEMBERED
        {
            self.remembered.insert(text.clone(), result.clone());
        }
    }
}

fn find(
    mention: &Mention,
    shown: &str,
    entity: &str,
    in_file: Option<&HashMap<String, RecordId>>,
    records: &mut dyn Records,
) -> Read<CellResult> {
    let whole = squeeze(&half_width(shown));
    // The whole text first: `001001-02` may be a code of its own, and then it is not 001001.
    let texts = [Some(whole.as_str()), mention.code.as_deref(), mention.name.as_deref()];
    let mut many = None;
    for (place, text) in texts.iter().enumerate() {
        let Some(text) = text.filter(|text| !texts[..place].contains(&Some(text))) else { continue };
        if let Some(id) = in_file.and_then(|keys| keys.get(text)) {
            return Ok(Ok(Value::Ref(*id)));
        }
        match records.find(entity, text)? {
            Found::One(id) => return Ok(Ok(Value::Ref(id))),
            Found::Many(keys) => many = Some(keys),
            Found::No => {}
        }
    }
    if let Some(keys) = many {
        let message =
            format!("有 {} 条记录叫“{shown}”（{}），请填代码", keys.len(), keys[..keys.len().min(4)].join("、"));
        return Ok(Err((IssueCode::Ambiguous, message)));
    }
    if let Some(code) = mention.code.as_ref().filter(|code| code.bytes().all(|byte| byte.is_ascii_digit())) {
        return with_zeros(code, shown, entity, in_file, records);
    }
    Ok(Err(unknown(shown)))
}

fn unknown(shown: &str) -> (IssueCode, String) {
    (IssueCode::Unknown, format!("账套里没有“{shown}”，请先录入或改成已有的代码"))
}

fn with_zeros(
    code: &str,
    shown: &str,
    entity: &str,
    in_file: Option<&HashMap<String, RecordId>>,
    records: &mut dyn Records,
) -> Read<CellResult> {
    let mut fitting = Vec::new();
    for zeros in 1..=MOST_LOST_ZEROS {
        let padded = "0".repeat(zeros) + code;
        if let Some(id) = in_file.and_then(|keys| keys.get(&padded)) {
            fitting.push((padded, *id));
        } else if let Found::One(id) = records.find(entity, &padded)? {
            fitting.push((padded, id));
        }
    }
    Ok(match fitting.as_slice() {
        [] => Err(unknown(shown)),
        [(_, id)] => Ok(Value::Ref(*id)),
        several => {
            let codes: Vec<&str> = several.iter().map(|(code, _)| code.as_str()).collect();
            Err((
                IssueCode::Ambiguous,
                format!("“{shown}”可能丢失了前面的零，{} 都可能，请填完整代码", codes.join("、")),
            ))
        }
    })
}
