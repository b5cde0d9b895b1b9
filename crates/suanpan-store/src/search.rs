//! Search by Chinese words, codes and pinyin initials. Every Han character is a token of its own and a
//! word is queried as a phrase: two characters, the normal query, are found at once.

use crate::{error::Stored, row};
use pinyin::ToPinyin;
use rusqlite::{Connection, OptionalExtension};
use suanpan_model::{EntityDef, Record, schema::Schema, text::half_width};

/// Room for 64 entities in the low bits of an index row's number.
const ENTITY_BITS: i64 = 64;

pub fn doc_id(entity_no: usize, rid: i64) -> i64 {
    rid * ENTITY_BITS + entity_no as i64
}

pub fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}' | '\u{3007}')
}

/// First letters of the pinyin of every Han character, ASCII letters and digits kept: 行政运行 → xzyx.
pub fn initials(text: &str) -> String {
    half_width(text)
        .chars()
        .filter_map(|character| match character.to_pinyin() {
            Some(sound) => sound.first_letter().chars().next(),
            None if character.is_ascii_alphanumeric() => Some(character.to_ascii_lowercase()),
            None => None,
        })
        .collect()
}

/// What is indexed of a record; empty when it has no searchable field.
pub fn body(def: &EntityDef, record: &Record) -> String {
    let mut body = String::new();
    for (index, field) in def.fields.iter().enumerate().filter(|(_, field)| field.search) {
        let Some(text) = record.values[index].as_text() else { continue };
        push_tokens(&mut body, text);
        if field.name == def.title {
            body.push(' ');
            body.push_str(&initials(text));
        }
    }
    body
}

fn push_tokens(body: &mut String, text: &str) {
    body.push(' ');
    for character in half_width(text).chars() {
        if is_han(character) {
            body.push(' ');
            body.push(character);
            body.push(' ');
        } else {
            body.push(character);
        }
    }
}

/// The FTS5 query for what a person typed; None when there is nothing to look for.
pub(crate) fn query(text: &str) -> Option<String> {
    let mut terms: Vec<String> = Vec::new();
    let mut han = String::new();
    let mut other = String::new();
    let flush = |terms: &mut Vec<String>, han: &mut String, other: &mut String| {
        if !han.is_empty() {
            terms.push(format!("\"{}\"", han.trim()));
            han.clear();
        }
        if !other.is_empty() {
            terms.push(format!("\"{other}\"*"));
            other.clear();
        }
    };
    for character in half_width(text).chars() {
        if is_han(character) {
            if !other.is_empty() {
                flush(&mut terms, &mut han, &mut other);
            }
            han.push(character);
            han.push(' ');
        } else if character.is_alphanumeric() || !character.is_ascii() && !character.is_whitespace() {
            if !han.is_empty() {
                flush(&mut terms, &mut han, &mut other);
            }
            other.extend(character.to_lowercase());
        } else {
            flush(&mut terms, &mut han, &mut other);
        }
    }
    flush(&mut terms, &mut han, &mut other);
    terms.retain(|term| term.chars().any(char::is_alphanumeric));
    (!terms.is_empty()).then(|| terms.join(" AND "))
}

/// Puts the record's words into the index in place of what was there.
pub(crate) fn reindex(
    connection: &Connection,
    def: &EntityDef,
    entity_no: usize,
    rid: i64,
    was_indexed: bool,
    record: &Record,
) -> Stored<()> {
    let id = doc_id(entity_no, rid);
    if was_indexed {
        connection.prepare_cached("DELETE FROM search WHERE rowid = ?")?.execute([id])?;
    }
    let body = if record.header.deleted { String::new() } else { body(def, record) };
    if !body.is_empty() {
        connection.prepare_cached("INSERT INTO search (rowid, body) VALUES (?, ?)")?.execute((id, body))?;
    }
    Ok(())
}

/// The newest `limit` records that hold every word of `text`: (entity, record).
pub fn find(
    connection: &Connection,
    schema: &Schema,
    text: &str,
    limit: usize,
) -> Stored<Vec<(std::sync::Arc<EntityDef>, Record)>> {
    let Some(query) = query(text) else { return Ok(Vec::new()) };
    let mut statement = connection.prepare_cached("SELECT rowid FROM search WHERE search MATCH ? LIMIT ?")?;
    let ids: Vec<i64> = statement.query_map((query, limit as i64), |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(def) = schema.entities().get((id % ENTITY_BITS) as usize) else { continue };
        let sql = format!("{} WHERE _rid = ? AND _deleted = 0", row::select(def));
        let record =
            connection.prepare_cached(&sql)?.query_row([id / ENTITY_BITS], |found| row::read(def, found)).optional()?;
        found.extend(record.map(|(_, record)| (def.clone(), record)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_codes_and_initials_become_queries() {
        assert_eq!(query("公路养护"), Some("\"公 路 养 护\"".into()));
        assert_eq!(query("２140106 养护"), Some("\"2140106\"* AND \"养 护\"".into()));
        assert_eq!(query("xzyx"), Some("\"xzyx\"*".into()));
        assert_eq!(query("\" OR *"), Some("\"or\"*".into()));
        assert_eq!(query("(*)"), None);
        assert_eq!(initials("行政运行"), "xzyx");
    }
}
