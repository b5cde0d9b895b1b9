//! A forward reader of XML and HTML tags in bounded memory, for text that may be hostile. It knows no
//! entities but the five of XML, `&nbsp;` and numbers, refuses document types where told to, and never
//! holds more than one token of at most [`MAX_TOKEN`] bytes: external entities, entity bombs and
//! gigabyte strings have nothing here to work on. What the tags mean is the callers' business.

use crate::error::{ErrorKind, ReadError};
use memchr::{memchr, memmem};
use std::io::Read;

/// Longest tag or run of text, in bytes. A cell holds 32,767 characters; escaped that is ≤ 400 KB.
pub const MAX_TOKEN: usize = 1 << 20;
const CHUNK: usize = 64 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// `<name attrs>`; `empty` when it ends in `/>`. The name is without its namespace prefix.
    Open {
        name: &'a [u8],
        attrs: &'a [u8],
        empty: bool,
    },
    Close {
        name: &'a [u8],
    },
    /// Still escaped; see [`unescape`].
    Text(&'a [u8]),
    CData(&'a [u8]),
    End,
}

/// What to do at `<!DOCTYPE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doctype {
    Refuse,
    Skip,
}

pub struct Markup<R> {
    source: R,
    buf: Vec<u8>,
    at: usize,
    end: usize,
    source_ended: bool,
    doctype: Doctype,
}

/// One thing found in the buffer, as offsets, so that the borrow can be taken at the very end.
enum Found {
    Open { name: (usize, usize), attrs: (usize, usize), empty: bool },
    Close { name: (usize, usize) },
    Text(usize, usize),
    CData(usize, usize),
    Skip,
    End,
}

impl<R: Read> Markup<R> {
    pub fn new(source: R, doctype: Doctype) -> Self {
        Self { source, buf: vec![0; CHUNK * 2], at: 0, end: 0, source_ended: false, doctype }
    }

    /// The next token. Err(TextTooLong) past [`MAX_TOKEN`], Err(ExternalEntity) at a refused document
    /// type, Err(Damaged) when the text ends inside a tag.
    pub fn token(&mut self) -> Result<Token<'_>, ReadError> {
        let found = loop {
            match self.step()? {
                Found::Skip => continue,
                found => break found,
            }
        };
        Ok(match found {
            Found::Open { name, attrs, empty } => {
                Token::Open { name: &self.buf[name.0..name.1], attrs: &self.buf[attrs.0..attrs.1], empty }
            }
            Found::Close { name } => Token::Close { name: &self.buf[name.0..name.1] },
            Found::Text(from, to) => Token::Text(&self.buf[from..to]),
            Found::CData(from, to) => Token::CData(&self.buf[from..to]),
            Found::Skip | Found::End => Token::End,
        })
    }

    fn step(&mut self) -> Result<Found, ReadError> {
        if self.at == self.end && !self.more()? {
            return Ok(Found::End);
        }
        if self.buf[self.at] != b'<' {
            return self.text();
        }
        // Enough bytes to tell `<![CDATA[`, `<!--` and `<!DOCTYPE` apart.
        while self.end - self.at < 9 && self.more()? {}
        let head = &self.buf[self.at..self.end.min(self.at + 9)];
        if head.starts_with(b"<!--") {
            return self.up_to(b"-->", 4).map(|_| Found::Skip);
        }
        if head.starts_with(b"<![CDATA[") {
            return self.up_to(b"]]>", 9).map(|(from, to)| Found::CData(from, to));
        }
        if head.starts_with(b"<?") {
            return self.up_to(b">", 2).map(|_| Found::Skip);
        }
        if head.starts_with(b"<!") {
            let declares = head
                .get(2..5)
                .is_some_and(|word| word.eq_ignore_ascii_case(b"DOC") || word.eq_ignore_ascii_case(b"ENT"));
            if declares && self.doctype == Doctype::Refuse {
                return Err(ReadError::new(ErrorKind::ExternalEntity, "<!DOCTYPE>"));
            }
            return self.up_to(b">", 2).map(|_| Found::Skip);
        }
        self.tag()
    }

    fn text(&mut self) -> Result<Found, ReadError> {
        let mut looked = 0;
        loop {
            if let Some(found) = memchr(b'<', &self.buf[self.at + looked..self.end]) {
                let (from, to) = (self.at, self.at + looked + found);
                self.at = to;
                return Ok(Found::Text(from, to));
            }
            looked = self.end - self.at;
            if !self.more()? {
                let (from, to) = (self.at, self.end);
                self.at = to;
                return Ok(Found::Text(from, to));
            }
        }
    }

    fn tag(&mut self) -> Result<Found, ReadError> {
        let close = self.tag_end()?;
        let (start, stop) = (self.at + 1, self.at + close);
        self.at = stop + 1;
        if self.buf[start] == b'/' {
            let name = local_name(&self.buf, start + 1, name_end(&self.buf, start + 1, stop));
            return Ok(Found::Close { name });
        }
        let empty = stop > start && self.buf[stop - 1] == b'/';
        let inner = if empty { stop - 1 } else { stop };
        let name_stop = name_end(&self.buf, start, inner);
        Ok(Found::Open { name: local_name(&self.buf, start, name_stop), attrs: (name_stop, inner), empty })
    }

    /// Offset from `self.at` of the `>` that closes the tag; one inside a quoted value does not.
    fn tag_end(&mut self) -> Result<usize, ReadError> {
        let mut looked = 1;
        let mut quote = None;
        loop {
            // Tags are short: byte by byte is faster here than looking for the next of three.
            for (offset, &byte) in self.buf[self.at + looked..self.end].iter().enumerate() {
                match (quote, byte) {
                    (None, b'>') => return Ok(looked + offset),
                    (None, b'"' | b'\'') => quote = Some(byte),
                    (Some(mark), _) if mark == byte => quote = None,
                    _ => {}
                }
            }
            looked = self.end - self.at;
            if !self.more()? {
                return Err(ReadError::damaged("标签没有结束"));
            }
        }
    }

    /// Moves past the next `mark`; returns the range between `skip` bytes from here and the mark.
    fn up_to(&mut self, mark: &[u8], skip: usize) -> Result<(usize, usize), ReadError> {
        let mut looked = skip;
        loop {
            if self.at + looked <= self.end
                && let Some(found) = memmem::find(&self.buf[self.at + looked..self.end], mark)
            {
                let (from, to) = (self.at + skip, self.at + looked + found);
                self.at = to + mark.len();
                return Ok((from, to));
            }
            looked = (self.end - self.at).saturating_sub(mark.len() - 1).max(skip);
            if !self.more()? {
                return Err(ReadError::damaged("注释或声明没有结束"));
            }
        }
    }

    /// Reads another chunk behind what is held. False at the end of the source.
    fn more(&mut self) -> Result<bool, ReadError> {
        if self.source_ended {
            return Ok(false);
        }
        if self.at > 0 {
            self.buf.copy_within(self.at..self.end, 0);
            self.end -= self.at;
            self.at = 0;
        }
        if self.end > MAX_TOKEN {
            return Err(ReadError::new(ErrorKind::TextTooLong, "超过 1 MB"));
        }
        if self.buf.len() - self.end < CHUNK {
            self.buf.resize(self.buf.len() * 2, 0);
        }
        let got = self.source.read(&mut self.buf[self.end..])?;
        self.end += got;
        self.source_ended = got == 0;
        Ok(got > 0)
    }
}

fn name_end(buf: &[u8], from: usize, to: usize) -> usize {
    buf[from..to].iter().position(u8::is_ascii_whitespace).map_or(to, |found| from + found)
}

fn local_name(buf: &[u8], from: usize, to: usize) -> (usize, usize) {
    (memchr(b':', &buf[from..to]).map_or(from, |found| from + found + 1), to)
}

/// The attributes of a tag as (name without prefix, value still escaped).
pub struct Attrs<'a>(pub &'a [u8]);

impl<'a> Iterator for Attrs<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0;
        // Attributes without a value (`x:num nowrap colspan=2`) are passed over, and so is the prefix.
        let (mut from, mut to, mut equals) = (0, 0, None);
        for (at, &byte) in rest.iter().enumerate() {
            match byte {
                b'=' => {
                    equals = Some(at);
                    break;
                }
                b' ' | b'\t' | b'\r' | b'\n' | b'\x0c' => {}
                b':' => (from, to) = (at + 1, at + 1),
                _ => {
                    // The first letter behind a blank begins another word.
                    if at > to {
                        from = at;
                    }
                    to = at + 1;
                }
            }
        }
        let equals = equals?;
        let name = &rest[from..to];
        let after = rest[equals + 1..].trim_ascii_start();
        let (value, rest) = match after.first()? {
            mark @ (b'"' | b'\'') => {
                let end = memchr(*mark, &after[1..])?;
                (&after[1..=end], &after[end + 2..])
            }
            _ => after.split_at(after.iter().position(u8::is_ascii_whitespace).unwrap_or(after.len())),
        };
        self.0 = rest;
        Some((name, value))
    }
}

/// Value of attribute `name` (case-insensitive, without prefix).
pub fn attr<'a>(attrs: &'a [u8], name: &str) -> Option<&'a [u8]> {
    Attrs(attrs).find(|(found, _)| found.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
}

/// Appends `raw` to `out` with entities resolved; an unknown entity stays as it is written.
/// Err(Damaged) when the bytes are not UTF-8.
pub fn unescape(raw: &[u8], out: &mut String) -> Result<(), ReadError> {
    let mut rest = std::str::from_utf8(raw).map_err(|_| ReadError::damaged("文字编码不是 UTF-8"))?;
    while let Some(amp) = memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..amp]);
        rest = &rest[amp..];
        // The longest entity known here is `&#1114111;`.
        let semicolon = rest.bytes().take(12).position(|byte| byte == b';');
        match semicolon.and_then(|end| entity(&rest[1..end]).map(|found| (end, found))) {
            Some((end, found)) => {
                out.push(found);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Ok(())
}

/// An attribute's value with entities resolved; empty when there is none. Err(Damaged) as [`unescape`].
pub fn text_of(raw: Option<&[u8]>) -> Result<String, ReadError> {
    let mut text = String::new();
    unescape(raw.unwrap_or_default(), &mut text)?;
    Ok(text)
}

fn entity(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        "yen" => Some('¥'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Result<Vec<String>, ReadError> {
        // One byte at a time, so that every token is split somewhere.
        struct Drip<'a>(&'a [u8]);
        impl Read for Drip<'_> {
            fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
                let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
                buf[0] = *first;
                self.0 = rest;
                Ok(1)
            }
        }
        let mut markup = Markup::new(Drip(text.as_bytes()), Doctype::Refuse);
        let mut seen = Vec::new();
        loop {
            let said = match markup.token()? {
                Token::End => return Ok(seen),
                Token::Open { name, attrs, empty } => {
                    format!("<{}{}{}", text_of(name), text_of(attrs), if empty { "/" } else { "" })
                }
                Token::Close { name } => format!("/{}", text_of(name)),
                Token::Text(raw) => format!("={}", text_of(raw)),
                Token::CData(raw) => format!("#{}", text_of(raw)),
            };
            seen.push(said);
        }
    }

    fn text_of(raw: &[u8]) -> String {
        String::from_utf8_lossy(raw).into_owned()
    }

    #[test]
    fn tags_text_comments_and_cdata_are_told_apart_wherever_the_input_breaks() {
        let seen = tokens("<?xml version='1.0'?><a><!-- <b> --><x:c r=\"A>1\" />汉&amp;<![CDATA[<]]]></a >")
            .expect("well formed");
        assert_eq!(seen, ["<a", "<c r=\"A>1\" /", "=汉&amp;", "#<]", "/a"]);
    }

    #[test]
    fn a_document_type_is_refused() {
        let error = tokens("<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>").expect_err("refused");
        assert_eq!(error.kind, ErrorKind::ExternalEntity);
    }

    #[test]
    fn text_without_end_stops_at_the_token_limit() {
        let mut markup = Markup::new(std::io::repeat(b'x'), Doctype::Refuse);
        assert_eq!(markup.token().expect_err("endless").kind, ErrorKind::TextTooLong);
    }

    #[test]
    fn entities_are_resolved_and_unknown_ones_stay() {
        let mut out = String::new();
        unescape("a&lt;&#x4e00;&#20108;&foo;&".as_bytes(), &mut out).expect("utf-8");
        assert_eq!(out, "a<一二&foo;&");
    }

    #[test]
    fn attributes_are_found_without_their_prefix_and_with_either_quote() {
        let attrs = b" ss:Index='3' hidden = \"1\" colspan=2";
        assert_eq!(attr(attrs, "index"), Some(&b"3"[..]));
        assert_eq!(attr(attrs, "hidden"), Some(&b"1"[..]));
        assert_eq!(attr(attrs, "colspan"), Some(&b"2"[..]));
        assert_eq!(attr(attrs, "rowspan"), None);
    }
}
