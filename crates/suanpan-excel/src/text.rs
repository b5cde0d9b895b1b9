//! Plain-text tidying that the readers of cells share, on top of [`suanpan_model::text`]: what cannot be
//! seen, and the form in which headers are compared. No meaning is taken from the text here.

use suanpan_model::text::comparable;

/// Is this character nothing that a person sees? (spaces of all kinds, zero-width marks, BOM)
pub fn is_invisible(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}')
}

/// Without what cannot be seen at both ends.
pub fn trim(text: &str) -> &str {
    text.trim_matches(is_invisible)
}

/// Trimmed, and each run of spaces inside made one.
pub fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(is_invisible).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The form in which headers are compared: as [`comparable`], and without the marks that decorate
/// headers (quotes, commas, every kind of invisible character).
pub fn header_key(text: &str) -> String {
    let mut key = comparable(text);
    key.retain(|c| !is_invisible(c) && !matches!(c, '"' | '“' | '”' | '\'' | '‘' | '’' | '、' | ',' | '。'));
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_compare_without_spaces_marks_and_width() {
        assert_eq!(header_key(" ＊ 单 位\n代码： "), "单位代码");
        assert_eq!(header_key("“三公”经费（万元）"), header_key("三公经费(万元)"));
    }

    #[test]
    fn invisible_characters_are_trimmed() {
        assert_eq!(trim("\u{feff} 行政\u{3000}运行\u{200b}\u{a0}"), "行政\u{3000}运行");
        assert_eq!(squeeze("  a \u{3000} b "), "a b");
    }
}
