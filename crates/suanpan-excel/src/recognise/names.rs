//! Which field a header means: by the field's labels, element and aliases, first exactly, then nearly.

use super::is_code_of;
use super::unit::without;
use crate::text::header_key;
use suanpan_model::schema::CodeSets;
use suanpan_model::{EntityDef, FieldDef, FieldKind};

/// Headers that say nothing without the group above them.
const BARE: [&str; 8] = ["编码", "代码", "名称", "科目编码", "科目代码", "科目名称", "编号", "科目"];

/// Endings that a header may have or lack without meaning another thing, by the field's kind.
const CODE_ENDINGS: [&str; 8] = ["科目编码", "科目代码", "编码", "代码", "编号", "名称", "科目", "分类"];
const MONEY_ENDINGS: [&str; 4] = ["金额", "数额", "数", "额"];

/// Least likeness for a near match.
const NEAR: f64 = 0.72;

/// Every name of every field of an entity, prepared once: a sheet asks thousands of times.
pub struct Lexicon<'a> {
    fields: Vec<(&'a FieldDef, Vec<Name>)>,
}

impl<'a> Lexicon<'a> {
    pub fn of(def: &'a EntityDef) -> Self {
        let names = |field| names_of(field).map(Name::new).collect();
        Self { fields: def.fields.iter().map(|field| (field, names(field))).collect() }
    }

    /// Fields that the header path may mean, with a confidence of 60–100.
    pub fn matches(&self, parts: &[String]) -> Vec<(u8, &'a FieldDef)> {
        let spoken: Vec<String> = parts.iter().map(|part| header_key(without(part))).collect();
        let candidates: Vec<(Name, u8)> =
            phrases(&spoken).into_iter().map(|(phrase, worth)| (Name::new(phrase), worth)).collect();
        let found =
            self.fields.iter().filter_map(|(field, names)| Some((confidence(&candidates, field, names)?, *field)));
        found.collect()
    }
}

/// A text to be compared with many others.
struct Name {
    text: String,
    /// Its different pairs of neighbouring characters, in order.
    pairs: Vec<(char, char)>,
    /// A bit for each pair: texts without a common bit have no common pair.
    mask: u64,
}

impl Name {
    fn new(text: String) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let mut pairs: Vec<(char, char)> = letters.windows(2).map(|pair| (pair[0], pair[1])).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let bit = |&(a, b): &(char, char)| 1_u64 << (u32::from(a).wrapping_mul(31).wrapping_add(u32::from(b)) % 64);
        let mask = pairs.iter().map(bit).fold(0, |mask, bit| mask | bit);
        Self { text, pairs, mask }
    }
}

/// What a path can be called, most telling first: `(phrase, worth)`.
fn phrases(parts: &[String]) -> Vec<(String, u8)> {
    let Some(last) = parts.last() else { return Vec::new() };
    let mut phrases = vec![(parts.concat(), 100)];
    if !BARE.contains(&last.as_str()) {
        phrases.push((last.clone(), 98));
    }
    for start in 1..parts.len().saturating_sub(1) {
        phrases.push((parts[start..].concat(), 97));
    }
    // The group's own name, for `功能分类科目` over `编码` and `名称`: the code column means the field.
    if parts.len() > 1 && BARE.contains(&last.as_str()) {
        let worth = if last.contains("名称") { 88 } else { 95 };
        phrases.push((parts[..parts.len() - 1].concat(), worth));
        phrases.push((parts[parts.len() - 2].clone(), worth));
    }
    phrases
}

fn confidence(phrases: &[(Name, u8)], field: &FieldDef, names: &[Name]) -> Option<u8> {
    let mut best = 0;
    for (phrase, worth) in phrases {
        for (place, name) in names.iter().enumerate() {
            best = best.max(if phrase.text == name.text {
                // The field's own label before an alias that another field may share.
                worth - u8::from(place > 0)
            } else {
                nearly(phrase, name, &field.kind).map_or(0, |likeness| likeness.min(*worth))
            });
        }
    }
    (best > 0).then_some(best)
}

/// The names of a field as headers are compared: label first.
fn names_of(field: &FieldDef) -> impl Iterator<Item = String> {
    let label = [field.label.zh.as_str(), &field.element, &field.name, &field.label.en, &field.label.bo];
    let names = label.into_iter().chain(field.aliases.iter().map(String::as_str));
    names.filter(|name| !name.is_empty()).map(header_key)
}

/// 60–90 for texts that differ only in an ending usual for the kind, or in little.
fn nearly(phrase: &Name, name: &Name, kind: &FieldKind) -> Option<u8> {
    // Texts that are alike in any of these ways have a pair in common.
    if phrase.mask & name.mask == 0 {
        return None;
    }
    let endings: &[&str] = match kind {
        FieldKind::Code { .. } | FieldKind::Reference { .. } => &CODE_ENDINGS,
        FieldKind::Money { .. } => &MONEY_ENDINGS,
        _ => &[],
    };
    if !endings.is_empty() && stem(phrase, endings) == stem(name, endings) {
        return Some(if phrase.text.ends_with("名称") { 84 } else { 90 });
    }
    let asked = |name: &Name| name.text.trim_start_matches("是否").to_owned();
    if matches!(kind, FieldKind::Bool) && asked(phrase) == asked(name) {
        return Some(90);
    }
    let likeness = likeness(phrase, name);
    (likeness >= NEAR).then(|| 60 + ((likeness - NEAR) / (1.0 - NEAR) * 20.0) as u8)
}

fn stem<'a>(name: &'a Name, endings: &[&str]) -> &'a str {
    let text = name.text.as_str();
    let shorter = endings.iter().find_map(|ending| text.strip_suffix(ending)).filter(|rest| rest.chars().count() >= 2);
    shorter.unwrap_or(text)
}

/// Dice likeness of the pairs of neighbouring characters, 0–1.
fn likeness(a: &Name, b: &Name) -> f64 {
    let both = a.pairs.iter().filter(|pair| b.pairs.binary_search(pair).is_ok()).count();
    let all = a.pairs.len() + b.pairs.len();
    if all == 0 { 0.0 } else { 2.0 * both as f64 / all as f64 }
}

type Columns = [(u32, Vec<String>)];

/// Neighbouring columns that end in 类, 款(, 项) under the same group, as places in `columns`.
pub fn level_groups(columns: &Columns) -> Vec<Vec<usize>> {
    const LEVELS: [&str; 4] = ["类", "款", "项", "目"];
    let level = |place: usize| {
        let last = columns.get(place)?.1.last()?;
        LEVELS.iter().position(|level| header_key(last) == *level)
    };
    let mut groups = Vec::new();
    let mut place = 0;
    while place < columns.len() {
        let mut group = Vec::new();
        while level(place + group.len()) == Some(group.len()) {
            group.push(place + group.len());
        }
        place += group.len().max(1);
        if group.len() >= 2 {
            groups.push(group);
        }
    }
    groups
}

/// The code field that a 类/款/项 group means: by the group's name, otherwise the only free field whose
/// code set has as many levels.
pub fn field_of_levels<'a>(
    group: &[usize],
    columns: &Columns,
    lexicon: &Lexicon<'a>,
    codes: &CodeSets,
    taken: &[&str],
) -> Option<(&'a str, u8)> {
    let path = &columns[group[0]].1;
    let above = &path[..path.len() - 1];
    let deep = |field: &&FieldDef| {
        is_code_of(&field.kind).and_then(|set| codes.set(set)).is_some_and(|set| set.info.lengths.len() >= group.len())
    };
    let free = |field: &&FieldDef| !taken.contains(&field.name.as_str()) && field.derived.is_none();
    let named = lexicon
        .matches(above)
        .into_iter()
        .filter(|(_, field)| deep(field) && free(field))
        .max_by_key(|(confidence, _)| *confidence);
    if let Some((confidence, field)) = named {
        return Some((&field.name, confidence));
    }
    let exactly = |field: &&FieldDef| {
        is_code_of(&field.kind).and_then(|set| codes.set(set)).is_some_and(|set| set.info.lengths.len() == group.len())
    };
    let mut fitting = lexicon.fields.iter().map(|(field, _)| *field).filter(exactly).filter(free);
    let field = fitting.next()?;
    Some((&field.name, if fitting.next().is_none() { 80 } else { 60 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use suanpan_model::schema::Schema;

    fn best(entity: &str, path: &[&str]) -> Option<(String, u8)> {
        let schema = Schema::builtin();
        let def = schema.entity(entity).expect("a built-in entity").clone();
        let parts: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
        let mut found = Lexicon::of(&def).matches(&parts);
        found.sort_by_key(|(confidence, _)| std::cmp::Reverse(*confidence));
        found.first().map(|(confidence, field)| (field.name.clone(), *confidence))
    }

    #[test]
    fn headers_find_their_field_exactly_by_alias_and_nearly() {
        let cases: [(&str, &[&str], &str, u8); 10] = [
            ("agency", &["单位代码"], "agency_code", 95),
            ("agency", &["*单位编码"], "agency_code", 95),
            ("agency", &["AGENCY_NAME"], "agency_name", 95),
            ("agency", &["统一社会信用码"], "unifsoc_cred_code", 60),
            ("budget_line", &["申报数（万元）"], "apply_up", 95),
            ("budget_line", &["支出功能分类科目", "编码"], "exp_func", 90),
            ("budget_line", &["功能分类科目编码"], "exp_func", 95),
            ("budget_line", &["部门预算经济分类科目", "科目编码"], "dep_eco", 84),
            ("budget_line", &["2026年预算", "申报数"], "apply_up", 95),
            ("budget_line", &["政府采购"], "is_gov_pur", 90),
        ];
        for (entity, path, field, least) in cases {
            let found = best(entity, path);
            assert!(
                found.as_ref().is_some_and(|(name, confidence)| name == field && *confidence >= least),
                "{path:?}: {found:?}"
            );
        }
        assert_eq!(best("agency", &["天气"]), None);
    }
}
