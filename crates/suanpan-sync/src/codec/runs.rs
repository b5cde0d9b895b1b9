//! Columns of small numbers that stay the same for long: which entity, which verb, which year. Run-length coded; the
//! run that reaches the end does not say how long it is, so a column of one value costs two bytes.

use super::{
    CodecError,
    wire::{Reader, put_number},
};

pub fn put(out: &mut Vec<u8>, values: &[u64]) {
    let mut rest = values;
    while let Some(value) = rest.first() {
        let run = rest.iter().take_while(|other| *other == value).count();
        put_number(out, *value);
        put_number(out, if run == rest.len() { 0 } else { run as u64 });
        rest = &rest[run..];
    }
}

/// The caller has charged for `count` rows.
pub fn read(reader: &mut Reader<'_>, count: usize) -> Result<Vec<u64>, CodecError> {
    let mut values = Vec::with_capacity(count);
    while values.len() < count {
        let value = reader.number()?;
        let rest = (count - values.len()) as u64;
        let run = match reader.number()? {
            0 => rest,
            run if run < rest => run,
            _ => return Err(reader.corrupt("重复次数超出行数")),
        };
        values.resize(values.len() + run as usize, value);
    }
    Ok(values)
}
