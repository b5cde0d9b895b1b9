//! Number formats: which numbers are dates, lengths of time or percents. Colours, fonts and borders are
//! never read.

use crate::error::ReadError;
use crate::guard::Package;
use crate::markup::{Attrs, Doctype, Markup, Token, unescape};
use std::collections::HashMap;

/// What a number format makes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Class {
    #[default]
    Plain,
    Percent,
    Date,
    Duration,
}

/// The class of each cell style (`cellXfs`), in order.
pub fn read(package: &mut Package, name: &str) -> Result<Vec<Class>, ReadError> {
    let Some(part) = package.part(name)? else { return Ok(Vec::new()) };
    let mut markup = Markup::new(part, Doctype::Refuse);
    let mut custom = HashMap::new();
    let mut classes = Vec::new();
    let mut in_cell_styles = false;
    loop {
        match markup.token()? {
            Token::End => return Ok(classes),
            Token::Open { name: b"numFmt", attrs, .. } => {
                let (id, code) = id_and_code(attrs)?;
                custom.insert(id, of_code(&code));
            }
            Token::Open { name: b"cellXfs", empty, .. } => in_cell_styles = !empty,
            Token::Close { name: b"cellXfs" } => in_cell_styles = false,
            // 64,000 styles are Excel's own limit.
            Token::Open { name: b"xf", attrs, .. } if in_cell_styles && classes.len() < 65_536 => {
                let (id, _) = id_and_code(attrs)?;
                classes.push(custom.get(&id).copied().unwrap_or_else(|| built_in(id)));
            }
            _ => {}
        }
    }
}

fn id_and_code(attrs: &[u8]) -> Result<(u32, String), ReadError> {
    let (mut id, mut code) = (0, String::new());
    for (name, value) in Attrs(attrs) {
        match name {
            b"numFmtId" => id = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()).unwrap_or(0),
            b"formatCode" => unescape(value, &mut code)?,
            _ => {}
        }
    }
    Ok((id, code))
}

/// ECMA-376 §18.8.30, with the East Asian date formats 27–36 and 50–58.
fn built_in(id: u32) -> Class {
    match id {
        9 | 10 => Class::Percent,
        14..=22 | 27..=36 | 45 | 47 | 50..=58 => Class::Date,
        46 => Class::Duration,
        _ => Class::Plain,
    }
}

/// The class of a format code, by its first section.
pub fn of_code(code: &str) -> Class {
    if code.eq_ignore_ascii_case("general") || code.eq_ignore_ascii_case("standard") {
        return Class::Plain;
    }
    let mut letters = code.chars();
    let mut class = Class::Plain;
    while let Some(letter) = letters.next() {
        match letter {
            ';' => break,
            '\\' | '_' | '*' => drop(letters.next()),
            '"' => drop(letters.by_ref().find(|c| *c == '"')),
            '[' => {
                let inside: String = letters.by_ref().take_while(|c| *c != ']').collect();
                let unit = inside.to_ascii_lowercase();
                if !unit.is_empty() && ["h", "m", "s"].iter().any(|one| unit.trim_start_matches(one).is_empty()) {
                    return Class::Duration;
                }
            }
            '%' => return Class::Percent,
            'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' => class = Class::Date,
            _ => {}
        }
    }
    class
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_codes_are_told_apart() {
        let cases = [
            ("General", Class::Plain),
            ("#,##0.00_);[Red](#,##0.00)", Class::Plain),
            ("[$¥-804]#,##0.00", Class::Plain),
            ("0.00\"元/日 day\"", Class::Plain),
            ("0.00E+00", Class::Plain),
            ("0!.0,", Class::Plain),
            ("@", Class::Plain),
            ("0.0%", Class::Percent),
            ("yyyy\"年\"m\"月\"d\"日\"", Class::Date),
            ("[$-804]yyyy/m/d;@", Class::Date),
            ("[h]:mm:ss", Class::Duration),
            ("h:mm AM/PM", Class::Date),
        ];
        for (code, class) in cases {
            assert_eq!(of_code(code), class, "{code}");
        }
    }
}
