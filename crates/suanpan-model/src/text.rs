//! Text as people type it, made comparable: full-width forms to half-width, odd blanks to none.

/// Full-width ASCII and the ideographic space to their plain forms; everything else unchanged.
pub fn half_width(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
            '\u{3000}' | '\u{a0}' => ' ',
            other => other,
        })
        .collect()
}

/// For comparing headers and names: half-width, lower case, no blanks, no punctuation of layout.
pub fn comparable(text: &str) -> String {
    half_width(text)
        .chars()
        .filter(|character| !character.is_whitespace() && !matches!(character, ':' | '*' | '\u{200b}' | '\u{feff}'))
        .flat_map(char::to_lowercase)
        .collect()
}
