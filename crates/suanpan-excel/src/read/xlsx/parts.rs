//! The parts around the sheets: where the workbook is, its sheets, the epoch of its dates, and the
//! shared strings.

use crate::error::{ErrorKind, ReadError};
use crate::guard::Package;
use crate::markup::{Doctype, Markup, Token, attr, text_of, unescape};
use crate::read::relations::relations;
use crate::read::rows::SharedStrings;

pub struct Book {
    pub sheets: Vec<FoundSheet>,
    pub from_1904: bool,
    pub shared_strings: Option<String>,
    pub styles: Option<String>,
}

pub struct FoundSheet {
    pub name: String,
    pub part: String,
    pub hidden: bool,
}

/// Reads the workbook part. Err(Damaged) when there is none or no sheet in it.
pub fn workbook(package: &mut Package) -> Result<Book, ReadError> {
    let root = relations(package, "_rels/.rels", "")?;
    let main = root
        .into_values()
        .find(|relation| relation.kind == "officeDocument")
        .map_or_else(|| "xl/workbook.xml".to_owned(), |relation| relation.target);
    let (folder, file) = main.rsplit_once('/').unwrap_or(("", &main));
    let relations = relations(package, &format!("{folder}/_rels/{file}.rels"), folder)?;
    let by_kind =
        |kind: &str| relations.values().find(|relation| relation.kind == kind).map(|relation| relation.target.clone());
    let (shared_strings, styles) = (by_kind("sharedStrings"), by_kind("styles"));
    let Some(part) = package.part(&main)? else {
        return Err(ReadError::damaged("缺少工作簿部件"));
    };
    let mut markup = Markup::new(part, Doctype::Refuse);
    let mut book = Book { sheets: Vec::new(), from_1904: false, shared_strings, styles };
    loop {
        match markup.token()? {
            Token::End => break,
            Token::Open { name: b"workbookPr", attrs, .. } => book.from_1904 = is_true(attr(attrs, "date1904")),
            Token::Open { name: b"sheet", attrs, .. } => {
                let id = text_of(attr(attrs, "id"))?;
                // Chart sheets hold no cells.
                if let Some(relation) = relations.get(&id).filter(|relation| relation.kind == "worksheet") {
                    let hidden = matches!(attr(attrs, "state"), Some(b"hidden" | b"veryHidden"));
                    book.sheets.push(FoundSheet {
                        name: text_of(attr(attrs, "name"))?,
                        part: relation.target.clone(),
                        hidden,
                    });
                }
            }
            _ => {}
        }
    }
    if book.sheets.is_empty() {
        return Err(ReadError::damaged("工作簿里没有工作表"));
    }
    Ok(book)
}

/// The shared strings in their order, phonetic guides left out. The count that the file claims is not
/// used for anything but to refuse a file that claims more strings than its bytes could hold.
pub fn shared_strings(package: &mut Package, name: &str) -> Result<SharedStrings, ReadError> {
    let mut shared = SharedStrings::default();
    let Some(part) = package.part(name)? else { return Ok(shared) };
    let mut markup = Markup::new(part, Doctype::Refuse);
    let mut text = String::new();
    let mut piece = String::new();
    let (mut in_text, mut in_phonetic) = (false, false);
    let mut claimed = 0u64;
    loop {
        match markup.token()? {
            Token::End => break,
            Token::Open { name: b"sst", attrs, .. } => claimed = number(attr(attrs, "uniqueCount")),
            Token::Open { name: b"si", empty, .. } => {
                text.clear();
                if empty {
                    shared.push("")?;
                }
            }
            Token::Close { name: b"si" } => shared.push(&text)?,
            Token::Open { name: b"rPh", empty, .. } => in_phonetic = !empty,
            Token::Close { name: b"rPh" } => in_phonetic = false,
            Token::Open { name: b"t", empty, .. } => in_text = !empty && !in_phonetic,
            Token::Close { name: b"t" } => in_text = false,
            Token::Text(raw) if in_text => {
                piece.clear();
                unescape(raw, &mut piece)?;
                undo_x_escapes(&piece, &mut text);
            }
            Token::CData(raw) if in_text => text.push_str(&String::from_utf8_lossy(raw)),
            _ => {}
        }
    }
    // Writers that miscount by a few exist; one that claims a multiple was made to hurt.
    if claimed > 1_000_000 && claimed > 4 * shared.len() as u64 {
        return Err(ReadError::new(
            ErrorKind::BadSharedStrings,
            format!("声称有 {claimed} 条文字，实有 {} 条", shared.len()),
        ));
    }
    Ok(shared)
}

/// `_x000D_` stands for the character U+000D (ECMA-376 §22.9.2.19).
pub fn undo_x_escapes(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let escaped = rest
            .get(at + 2..at + 7)
            .filter(|code| code.ends_with('_'))
            .and_then(|code| u32::from_str_radix(&code[..4], 16).ok());
        out.push_str(&rest[..at]);
        match escaped.and_then(char::from_u32) {
            Some(meant) => {
                out.push(meant);
                rest = &rest[at + 7..];
            }
            None => {
                out.push_str("_x");
                rest = &rest[at + 2..];
            }
        }
    }
    out.push_str(rest);
}

fn number(raw: Option<&[u8]>) -> u64 {
    raw.and_then(|raw| std::str::from_utf8(raw).ok()).and_then(|text| text.parse().ok()).unwrap_or(0)
}

pub fn is_true(raw: Option<&[u8]>) -> bool {
    matches!(raw, Some(b"1" | b"true" | b"on"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_escapes_are_undone_and_look_alikes_stay() {
        let mut out = String::new();
        undo_x_escapes("a_x000A_b_x005F_x_x12_xZZZZ_汉", &mut out);
        assert_eq!(out, "a\nb_x_x12_xZZZZ_汉");
    }
}
