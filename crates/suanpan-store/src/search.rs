//! Search by Chinese words, codes and pinyin initials. Every Han character is a token of its own and a
//! word is queried as a phrase: two characters, the normal query, are found at once. The initials of a title
//! are indexed whole and from each of its characters on: sjj finds 武陟县审计局. What is in the index is
//! [`body`]; when that changes, [`VERSION`] does, and `renewal.rs` brings the books of before up to it.

use crate::{error::Stored, row};
use pinyin::ToPinyin;
use rusqlite::{Connection, OptionalExtension};
use suanpan_model::{EntityDef, Record, schema::Schema, text::half_width};

/// Of what [`body`] makes; a book made with another one is indexed again ([`crate::renewal`]).
pub(crate) const VERSION: &str = "2";

/// Stands before the initials of a whole title, so that names that begin with what was typed come first. It is
/// of a kind (private use) that the tokenizer keeps and no name has.
const BEGINNING: char = '\u{f8ff}';
/// Initials from the middle of a title: this many letters from each character on, of this many characters.
const INNER_LETTERS: usize = 8;
const INNER_PLACES: usize = 40;
/// Fewer letters than this would be found in the middle of every other name.
const FEWEST_INNER: usize = 3;

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
    half_width(text).chars().filter_map(initial).collect()
}

fn initial(character: char) -> Option<char> {
    match character.to_pinyin() {
        Some(sound) => sound.first_letter().chars().next(),
        None => character.is_ascii_alphanumeric().then(|| character.to_ascii_lowercase()),
    }
}

/// The initials of a title as tokens: whole, and from each Han character but the first on.
fn push_initials(body: &mut String, title: &str) {
    let title = half_width(title);
    let letters: Vec<(char, bool)> =
        title.chars().filter_map(|character| Some((initial(character)?, is_han(character)))).collect();
    if letters.is_empty() {
        return;
    }
    let mut push = |begin: Option<char>, from: usize, most: usize| {
        body.push(' ');
        body.extend(begin);
        body.extend(letters[from..].iter().take(most).map(|(letter, _)| letter));
    };
    push(Some(BEGINNING), 0, usize::MAX);
    let inner = (1..letters.len()).filter(|at| letters[*at].1).take(INNER_PLACES);
    for at in inner.take_while(|at| letters.len() - at >= 2) {
        push(None, at, INNER_LETTERS);
    }
}

/// What is indexed of a record; empty when it has no searchable field.
pub fn body(def: &EntityDef, record: &Record) -> String {
    let mut body = String::new();
    for (index, field) in def.fields.iter().enumerate().filter(|(_, field)| field.search) {
        let Some(text) = record.values[index].as_text() else { continue };
        push_tokens(&mut body, text);
        if field.name == def.title {
            push_initials(&mut body, text);
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

/// The FTS5 query for records that hold what a person typed; None when there is nothing to look for.
pub(crate) fn query(text: &str) -> Option<String> {
    let terms = terms(text);
    (!terms.is_empty()).then(|| terms.iter().map(Term::anywhere).collect::<Vec<_>>().join(" AND "))
}

/// As [`query`], of those whose title begins with the initials that were typed; None when none were.
fn query_of_beginnings(text: &str) -> Option<String> {
    let terms = terms(text);
    let initials = terms.iter().any(Term::may_be_initials);
    initials.then(|| terms.iter().map(Term::at_beginning).collect::<Vec<_>>().join(" AND "))
}

/// One word of what was typed.
#[derive(Debug, PartialEq, Eq)]
enum Term {
    /// Han characters, with blanks between them.
    Han(String),
    /// Letters and digits, in lower case.
    Other(String),
}

impl Term {
    fn may_be_initials(&self) -> bool {
        matches!(self, Self::Other(text) if text.chars().all(|letter| letter.is_ascii_lowercase()))
    }

    fn anywhere(&self) -> String {
        match self {
            Self::Han(text) => format!("\"{text}\""),
            Self::Other(text) if !self.may_be_initials() => format!("\"{text}\"*"),
            // Every name has two letters somewhere: such a query means the beginning, or the whole word.
            Self::Other(text) if text.len() < FEWEST_INNER => format!("(\"{BEGINNING}{text}\"* OR \"{text}\")"),
            Self::Other(text) => {
                let cut = text.get(..INNER_LETTERS).filter(|cut| cut.len() < text.len());
                let longer = cut.map(|cut| format!(" OR \"{cut}\"")).unwrap_or_default();
                format!("(\"{BEGINNING}{text}\"* OR \"{text}\"*{longer})")
            }
        }
    }

    fn at_beginning(&self) -> String {
        match self {
            Self::Other(text) if self.may_be_initials() => format!("\"{BEGINNING}{text}\"*"),
            _ => self.anywhere(),
        }
    }
}

fn terms(text: &str) -> Vec<Term> {
    let mut terms: Vec<Term> = Vec::new();
    let mut han = String::new();
    let mut other = String::new();
    let flush = |terms: &mut Vec<Term>, han: &mut String, other: &mut String| {
        if !han.is_empty() {
            terms.push(Term::Han(han.trim().to_owned()));
            han.clear();
        }
        if other.chars().any(char::is_alphanumeric) {
            terms.push(Term::Other(std::mem::take(other)));
        }
        other.clear();
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
    terms
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

/// At most `limit` records that hold every word of `text`: (entity, record). Those whose title begins with
/// the initials that were typed come first.
pub fn find(
    connection: &Connection,
    schema: &Schema,
    text: &str,
    limit: usize,
) -> Stored<Vec<(std::sync::Arc<EntityDef>, Record)>> {
    let Some(query) = query(text) else { return Ok(Vec::new()) };
    let mut ids: Vec<i64> = Vec::new();
    for query in query_of_beginnings(text).into_iter().chain([query]) {
        if ids.len() >= limit {
            break;
        }
        let more = matching(connection, &query, limit)?;
        ids.extend(more.into_iter().filter(|id| !ids.contains(id)).collect::<Vec<_>>());
    }
    ids.truncate(limit);
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

fn matching(connection: &Connection, query: &str, limit: usize) -> Stored<Vec<i64>> {
    let mut statement = connection.prepare_cached("SELECT rowid FROM search WHERE search MATCH ? LIMIT ?")?;
    Ok(statement.query_map((query, limit as i64), |row| row.get(0))?.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_codes_and_initials_become_queries() {
        assert_eq!(query("公路养护"), Some("\"公 路 养 护\"".into()));
        assert_eq!(query("２140106 养护"), Some("\"2140106\"* AND \"养 护\"".into()));
        let begin = BEGINNING;
        assert_eq!(query("xzyx"), Some(format!("(\"{begin}xzyx\"* OR \"xzyx\"*)")));
        assert_eq!(query_of_beginnings("xzyx 2026"), Some(format!("\"{begin}xzyx\"* AND \"2026\"*")));
        assert_eq!(query_of_beginnings("公路 2026"), None);
        assert_eq!(query("\" OR *"), Some(format!("(\"{begin}or\"* OR \"or\")")));
        assert_eq!(query("(*)"), None);
        assert_eq!(initials("行政运行"), "xzyx");
    }

    #[test]
    fn the_initials_of_a_title_are_indexed_from_each_han_character_on_and_bounded() {
        let tokens = |title: &str| {
            let mut body = String::new();
            push_initials(&mut body, title);
            body.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(tokens("2026审计局"), [&format!("{BEGINNING}2026sjj"), "sjj", "jj"]);
        let long = tokens(&"审计局".repeat(100));
        assert_eq!((long.len(), long[1].len()), (1 + INNER_PLACES, INNER_LETTERS));
    }
}
