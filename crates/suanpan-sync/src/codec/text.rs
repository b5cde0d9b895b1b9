//! Columns of texts, one after the other with a zero behind each: the end of a text is then part of what repeats,
//! which packs better than lengths kept apart. Texts that hold a zero themselves fall back to lengths.

use super::{
    CodecError,
    wire::{Reader, put_text},
};

const ZERO_ENDED: u8 = 0;
const WITH_LENGTHS: u8 = 1;

pub fn put(out: &mut Vec<u8>, texts: &[&str]) {
    if texts.iter().any(|text| text.contains('\0')) {
        out.push(WITH_LENGTHS);
        texts.iter().for_each(|text| put_text(out, text));
        return;
    }
    out.push(ZERO_ENDED);
    for text in texts {
        out.extend_from_slice(text.as_bytes());
        out.push(0);
    }
}

/// The texts still lie in the body: who copies them charges for the copies.
pub fn read<'a>(reader: &mut Reader<'a>, count: usize) -> Result<Vec<&'a str>, CodecError> {
    let form = reader.byte()?;
    reader.charge(count, size_of::<&str>())?;
    let mut texts = Vec::with_capacity(count);
    for _ in 0..count {
        texts.push(match form {
            ZERO_ENDED => {
                let bytes = reader.until_zero()?;
                std::str::from_utf8(bytes).map_err(|_| reader.corrupt("文字不是 UTF-8"))?
            }
            WITH_LENGTHS => reader.text()?,
            _ => return Err(reader.corrupt("文字列的写法不认识")),
        });
    }
    Ok(texts)
}
