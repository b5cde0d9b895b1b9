//! Columns of texts, one after the other with a zero behind each: the end of a text is then part of what repeats,
//! which packs better than lengths kept apart. In long columns the numbers inside the texts (字号, 数量, 电话) are taken
//! out into columns of their own, and what is left often repeats. Texts that hold a zero themselves fall back to
//! lengths.

use super::{
    CodecError, ints, sets,
    wire::{Reader, put_count, put_text},
};
use std::borrow::Cow;

const ZERO_ENDED: u8 = 0;
const WITH_LENGTHS: u8 = 1;
/// With the numbers taken out: then how many number columns there are, and the shells as one of the above …
const SPLIT: u8 = 2;
/// … or as a set of them.
const SPLIT_SET: u8 = 3;

/// Stands for a number in a shell.
const NUMBER: char = '\u{1}';
/// As many digits as surely fit an i64.
const DIGITS: usize = 18;
/// Columns shorter than this are left alone.
const SPLIT_FROM: usize = 16;

pub fn put(out: &mut Vec<u8>, texts: &[&str]) {
    let plain = !texts.iter().any(|text| text.contains(['\0', NUMBER]));
    if plain && texts.len() >= SPLIT_FROM {
        let split: Vec<(String, Vec<i64>)> = texts.iter().map(|text| split(text)).collect();
        if split.iter().map(|(_, numbers)| numbers.len()).sum::<usize>() * 4 >= texts.len() {
            return put_split(out, &split);
        }
    }
    put_whole(out, texts);
}

fn put_whole(out: &mut Vec<u8>, texts: &[&str]) {
    if texts.iter().any(|text| text.contains('\0')) {
        out.push(WITH_LENGTHS);
        return texts.iter().for_each(|text| put_text(out, text));
    }
    out.push(ZERO_ENDED);
    for text in texts {
        out.extend_from_slice(text.as_bytes());
        out.push(0);
    }
}

fn put_split(out: &mut Vec<u8>, split: &[(String, Vec<i64>)]) {
    let shells: Vec<&str> = split.iter().map(|(shell, _)| shell.as_str()).collect();
    let columns = split.iter().map(|(_, numbers)| numbers.len()).max().unwrap_or(0);
    let as_set = sets::pays(&shells);
    out.push(if as_set { SPLIT_SET } else { SPLIT });
    put_count(out, columns);
    if as_set {
        sets::put(out, &shells, put_whole);
    } else {
        put_whole(out, &shells);
    }
    for column in 0..columns {
        let numbers: Vec<i64> = split.iter().filter_map(|(_, numbers)| numbers.get(column)).copied().collect();
        ints::put(out, &numbers);
    }
}

/// The text with [`NUMBER`] for each number, and the numbers. Zeros in front stay in the text.
fn split(text: &str) -> (String, Vec<i64>) {
    let mut shell = String::with_capacity(text.len());
    let mut numbers = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| matches!(letter, '1'..='9')) {
        let digits = rest[start..].bytes().take(DIGITS).take_while(u8::is_ascii_digit).count();
        let (before, number) = (&rest[..start], &rest[start..start + digits]);
        shell.push_str(before);
        shell.push(NUMBER);
        numbers.push(number.parse().expect("eighteen digits fit an i64"));
        rest = &rest[start + digits..];
    }
    shell.push_str(rest);
    (shell, numbers)
}

/// Texts that still lie in the body are borrowed: who copies them charges for the copies.
pub fn read<'a>(reader: &mut Reader<'a>, count: usize) -> Result<Vec<Cow<'a, str>>, CodecError> {
    match reader.byte()? {
        SPLIT => {
            let columns = reader.count(0)?;
            let form = reader.byte()?;
            let shells = read_whole(reader, form, count)?;
            joined(reader, columns, &shells.iter().map(|shell| &**shell).collect::<Vec<_>>())
        }
        SPLIT_SET => {
            let columns = reader.count(0)?;
            let (distinct, places) = sets::read(reader, count, |reader, count| {
                let form = reader.byte()?;
                read_whole(reader, form, count)
            })?;
            joined(reader, columns, &places.into_iter().map(|place| &*distinct[place]).collect::<Vec<_>>())
        }
        form => read_whole(reader, form, count),
    }
}

fn read_whole<'a>(reader: &mut Reader<'a>, form: u8, count: usize) -> Result<Vec<Cow<'a, str>>, CodecError> {
    reader.charge(count, size_of::<Cow<'_, str>>())?;
    match form {
        ZERO_ENDED => (0..count).map(|_| zero_ended(reader)).collect(),
        WITH_LENGTHS => (0..count).map(|_| reader.text().map(Cow::Borrowed)).collect(),
        _ => Err(reader.corrupt("文字列的写法不认识")),
    }
}

fn zero_ended<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, str>, CodecError> {
    let bytes = reader.until_zero()?;
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| reader.corrupt("文字不是 UTF-8"))
}

fn joined<'a>(reader: &mut Reader<'_>, columns: usize, shells: &[&str]) -> Result<Vec<Cow<'a, str>>, CodecError> {
    let holes: Vec<usize> = shells.iter().map(|shell| shell.matches(NUMBER).count()).collect();
    if holes.iter().max().copied().unwrap_or(0) != columns {
        return Err(reader.corrupt("数字列的个数不符"));
    }
    for (shell, holes) in shells.iter().zip(&holes) {
        reader.charge(shell.len() + holes * (DIGITS + size_of::<i64>()), 1)?;
    }
    let mut numbers = Vec::with_capacity(columns);
    for column in 0..columns {
        numbers.push(ints::read(reader, holes.iter().filter(|holes| **holes > column).count())?.into_iter());
    }
    let whole = shells.iter().map(|shell| {
        let mut parts = shell.split(NUMBER);
        let mut text = parts.next().unwrap_or_default().to_owned();
        for (part, numbers) in parts.zip(&mut numbers) {
            text.push_str(&numbers.next().unwrap_or_default().to_string());
            text.push_str(part);
        }
        Cow::Owned(text)
    });
    Ok(whole.collect())
}
