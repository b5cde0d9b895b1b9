//! Search by Chinese words, codes and pinyin initials. Every Han character is a token of its own and a
//! word is queried as a phrase: two characters, the normal query, are found at once. The initials of a title
//! are indexed at each of its characters: sjj finds 武陟县审计局. What is in the index is
//! [`body`]; when that changes, [`VERSION`] does, and `renewal.rs` brings the books of before up to it.

use crate::{error::Stored, renewal, row};
use pinyin::ToPinyin;
use rusqlite::{Connection, OptionalExtension};
use suanpan_model::{EntityDef, Record, schema::Schema, text::half_width};

/// Of what [`body`] makes; a book made with another one is indexed again ([`crate::renewal`]).
pub(crate) const VERSION: &str = "2";

/// Letters of a token of initials. Titles have one for each place, so that what is typed is a phrase of them:
/// few different tokens, each with one list of records, of which the first hits are found without reading it all.
const GRAM: usize = 3;
/// Stands before the tokens of a title's beginning, so that names that begin with what was typed come first. It is
/// of a kind (private use) that the tokenizer keeps and no name has.
const BEGINNING: char = '\u{f8ff}';
/// Places of a title that are indexed.
const MOST_PLACES: usize = 64;

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

/// The initials of a title as tokens. wzxsjj: its beginnings of one and two letters and, as a run, those of
/// three, zxs, xsj, sjj.
fn initial_tokens(letters: &str) -> Vec<String> {
    let letters: Vec<char> = letters.chars().take(MOST_PLACES + GRAM).collect();
    let beginnings = (1..=GRAM.min(letters.len())).map(|length| {
        let mut token = String::from(BEGINNING);
        token.extend(&letters[..length]);
        token
    });
    beginnings.chain(letters.windows(GRAM).skip(1).map(|gram| gram.iter().collect())).collect()
}

/// What is indexed of a record; empty when it has no searchable field.
pub fn body(def: &EntityDef, record: &Record) -> String {
    let mut body = String::new();
    for (index, field) in def.fields.iter().enumerate().filter(|(_, field)| field.search) {
        let Some(text) = record.values[index].as_text() else { continue };
        push_tokens(&mut body, text);
        if field.name == def.title {
            body.push(' ');
            body.push_str(&initial_tokens(&initials(text)).join(" "));
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
    (!terms.is_empty()).then(|| joined(&terms, Term::anyhow))
}

fn joined(terms: &[Term], form: impl Fn(&Term) -> String) -> String {
    terms.iter().map(form).collect::<Vec<_>>().join(" AND ")
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
    /// The letters, when they may be the initials of a title.
    fn initials(&self) -> Option<&str> {
        let Self::Other(text) = self else { return None };
        let plain = text.chars().all(|character| character.is_ascii_alphanumeric());
        (plain && text.chars().any(|character| character.is_ascii_alphabetic())).then_some(text)
    }

    fn has_digits(&self) -> bool {
        matches!(self, Self::Other(text) if text.chars().any(|character| character.is_ascii_digit()))
    }

    /// A title begins with these initials.
    fn at_beginning(&self) -> String {
        let Some(letters) = self.initials() else { return self.written() };
        let tokens = initial_tokens(letters);
        let from = tokens.len().min(letters.len().min(GRAM)) - 1;
        format!("\"{}\"", tokens[from..].join(" "))
    }

    /// A title has these initials somewhere. Of less than three letters only the whole word is meant: every
    /// other name has two letters somewhere.
    fn inside(&self) -> String {
        let Some(letters) = self.initials() else { return self.written() };
        let letters: Vec<char> = letters.chars().take(MOST_PLACES).collect();
        let grams: Vec<String> = letters.windows(GRAM.min(letters.len())).map(|gram| gram.iter().collect()).collect();
        format!("({} OR \"{}\")", self.at_beginning(), grams.join(" "))
    }

    /// As written: a word of the record begins with it.
    fn written(&self) -> String {
        match self {
            Self::Han(text) => format!("\"{text}\""),
            Self::Other(text) => format!("\"{text}\"*"),
        }
    }

    fn anyhow(&self) -> String {
        if self.initials().is_none() { self.written() } else { format!("({} OR {})", self.inside(), self.written()) }
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
    let terms = terms(text);
    let mut ids: Vec<i64> = Vec::new();
    let mut look = |form: fn(&Term) -> String| -> Stored<usize> {
        if !terms.is_empty() && ids.len() < limit {
            let more = matching(connection, &joined(&terms, form), limit)?;
            let new: Vec<i64> = more.into_iter().filter(|id| !ids.contains(id)).take(limit - ids.len()).collect();
            ids.extend(new);
        }
        Ok(ids.len())
    };
    let mut count = 0;
    if terms.iter().any(|term| term.initials().is_some()) {
        look(Term::at_beginning)?;
        count = look(Term::inside)?;
    }
    // Words that begin with the same letters are many and slow to gather: only where letters may be no initials,
    // and while the initials of some titles are still indexed as one word.
    if count == 0 || terms.iter().any(Term::has_digits) || renewal::is_old(connection)? {
        look(Term::anyhow)?;
    }
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
        assert_eq!(query("xzyx"), Some(format!("((\"{begin}xzy zyx\" OR \"xzy zyx\") OR \"xzyx\"*)")));
        assert_eq!(joined(&terms("xz 2026"), Term::at_beginning), format!("\"{begin}xz\" AND \"2026\"*"));
        assert_eq!(query("\" OR *"), Some(format!("((\"{begin}or\" OR \"or\") OR \"or\"*)")));
        assert_eq!(query("(*)"), None);
        assert_eq!(initials("行政运行"), "xzyx");
    }

    #[test]
    fn the_initials_of_a_title_are_indexed_at_each_place_and_bounded() {
        let begin = BEGINNING;
        let expected = [format!("{begin}w"), format!("{begin}wz"), format!("{begin}wzx"), "zxs".into(), "xsj".into()];
        assert_eq!(initial_tokens("wzxsj"), expected);
        assert_eq!(initial_tokens("w"), [format!("{begin}w")]);
        assert!(initial_tokens("").is_empty());
        assert_eq!(initial_tokens(&"sjj".repeat(100)).len(), MOST_PLACES + GRAM);
    }
}
