//! Entity documents, code sets and references as pickers need them: by code, by name, by pinyin initials.

use crate::{CallError, CallResult, Desk, calls::Nothing};
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, sync::Arc};
use suanpan_model::{
    EntityDef,
    schema::{CodeItem, CodeSetInfo, Schema},
    text::comparable,
};
use suanpan_store::{
    query::{ListQuery, label_of},
    search::{initials, is_han},
};
use ts_rs::TS;

#[derive(Debug, Clone, Deserialize, TS)]
pub struct CodeSearch {
    pub set: String,
    /// Digits, Chinese or pinyin initials; empty lists from the start.
    #[serde(default)]
    pub text: String,
    /// Only codes valid in this year; 0 = any.
    #[serde(default)]
    pub year: i32,
    #[serde(default)]
    pub leaf_only: bool,
    pub limit: usize,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct CodeOption {
    pub code: String,
    pub name: String,
    /// Names from the top down to the parent, joined by " / ".
    pub path: String,
    pub is_leaf: bool,
    /// To be confirmed against the official file.
    pub unconfirmed: bool,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct CodeTree {
    pub set: String,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct ReferenceSearch {
    pub entity: String,
    pub fiscal_year: i32,
    #[serde(default)]
    pub text: String,
    pub limit: usize,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct ReferenceOption {
    pub id: String,
    pub code: String,
    pub name: String,
}

/// Documents of this program; with a book open, those of the book.
pub fn schema_of(desk: &Desk) -> Arc<Schema> {
    desk.book().map_or_else(|_| Arc::new(Schema::builtin()), |book| book.schema())
}

pub fn entities(desk: &Arc<Desk>, _: Nothing) -> CallResult<Vec<EntityDef>> {
    Ok(schema_of(desk).entities().iter().map(|def| def.as_ref().clone()).collect())
}

pub fn sets(desk: &Arc<Desk>, _: Nothing) -> CallResult<Vec<CodeSetInfo>> {
    let schema = schema_of(desk);
    let mut sets: Vec<_> =
        schema.codes.names().filter_map(|name| schema.codes.set(name)).map(|set| set.info.clone()).collect();
    sets.sort_by(|left, right| left.set.cmp(&right.set));
    Ok(sets)
}

pub fn search(desk: &Arc<Desk>, request: CodeSearch) -> CallResult<Vec<CodeOption>> {
    let schema = schema_of(desk);
    let set =
        schema.codes.set(&request.set).ok_or_else(|| CallError::bad_request(format!("没有代码集“{}”", request.set)))?;
    let wanted = comparable(&request.text);
    let usable = |item: &&Arc<CodeItem>| {
        (request.year == 0 || item.valid_in(request.year)) && (!request.leaf_only || item.is_leaf)
    };
    // Among equals the one higher up comes first: 武陟县 before 王寨乡 for wzx.
    let mut ranked: Vec<((Rank, usize), &Arc<CodeItem>)> = set
        .items
        .iter()
        .filter(usable)
        .filter_map(|item| rank(&wanted, &item.code, &item.name).map(|rank| ((rank, above(set, item).len()), item)))
        .collect();
    ranked.sort_by(|left, right| (left.0, &left.1.code).cmp(&(right.0, &right.1.code)));
    Ok(ranked.into_iter().take(request.limit).map(|(_, item)| option(set, item)).collect())
}

/// Better matches first: beginning of the code, of the name, of the initials, then anywhere.
type Rank = (u8, Reverse<bool>);

fn rank(wanted: &str, code: &str, name: &str) -> Option<Rank> {
    if wanted.is_empty() {
        return Some((0, Reverse(false)));
    }
    let name = comparable(name);
    let exact = Reverse(code == wanted || name == wanted);
    if code.to_ascii_lowercase().starts_with(wanted) {
        return Some((0, exact));
    }
    if name.starts_with(wanted) {
        return Some((1, exact));
    }
    if wanted.chars().any(is_han) {
        return name.contains(wanted).then_some((3, exact));
    }
    let letters = initials(&name);
    if letters.starts_with(wanted) {
        return Some((2, Reverse(letters == wanted)));
    }
    (letters.contains(wanted) || name.contains(wanted)).then_some((4, exact))
}

fn option(set: &suanpan_model::schema::CodeSet, item: &CodeItem) -> CodeOption {
    let mut path = above(set, item);
    path.reverse();
    CodeOption {
        code: item.code.clone(),
        name: item.name.clone(),
        path: path.join(" / "),
        is_leaf: item.is_leaf,
        unconfirmed: item.basis.starts_with("知识"),
    }
}

/// Names of the items above, the nearest first.
fn above<'a>(set: &'a suanpan_model::schema::CodeSet, item: &'a CodeItem) -> Vec<&'a str> {
    let mut names = Vec::new();
    let mut code = item.parent.as_str();
    while let (Some(parent), true) = (set.get(code), names.len() < 8) {
        names.push(parent.name.as_str());
        code = &parent.parent;
    }
    names
}

pub fn tree(desk: &Arc<Desk>, request: CodeTree) -> CallResult<Vec<CodeItem>> {
    let schema = schema_of(desk);
    let set =
        schema.codes.set(&request.set).ok_or_else(|| CallError::bad_request(format!("没有代码集“{}”", request.set)))?;
    Ok(set.items.iter().map(|item| item.as_ref().clone()).collect())
}

/// Records that a reference field may point at.
pub fn reference_search(desk: &Arc<Desk>, request: ReferenceSearch) -> CallResult<Vec<ReferenceOption>> {
    let book = desk.book()?;
    let schema = book.schema();
    let def = schema
        .entity(&request.entity)
        .cloned()
        .ok_or_else(|| CallError::bad_request(format!("没有“{}”这种数据", request.entity)))?;
    let wanted = comparable(&request.text);
    let query = ListQuery { entity: request.entity, fiscal_year: Some(request.fiscal_year), ..Default::default() };
    let mut ranked = Vec::new();
    book.each_stored(&query, &mut |record| {
        let label = label_of(&def, record);
        if let Some(rank) = rank(&wanted, &label.code, &label.name) {
            ranked.push((rank, label, record.id));
        }
        Ok(ranked.len() < 5_000)
    })?;
    ranked.sort_by(|left, right| (left.0, &left.1.code).cmp(&(right.0, &right.1.code)));
    let option = |(_, label, id): (Rank, suanpan_store::query::RefLabel, uuid::Uuid)| ReferenceOption {
        id: id.to_string(),
        code: label.code,
        name: label.name,
    };
    Ok(ranked.into_iter().take(request.limit).map(option).collect())
}
