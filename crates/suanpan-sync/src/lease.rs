//! Blocks of codes: a desk asks for one within an ordinary exchange when its stock falls low, and gives the codes
//! out while it is offline. A code lies in one block at most, so no two desks give out the same.
//!
//! What the province keeps of it is its store's; what the desk has left is the book's. Nothing here counts codes.

use crate::{
    bytes::{Reader, put_bytes, put_number},
    frame::FrameError,
    scope::{DeviceId, Scope},
};

/// Context under which an ask is signed.
pub const SIGNED_ASK: &str = "suanpan sync codes";
/// Codes in one block at most.
pub const MOST_CODES: u64 = 10_000;
/// Longest code.
const MOST_WIDTH: usize = 40;
/// A prefix begins with the 区划, 6 digits: nobody takes the codes of another county.
const PREFIX: usize = 6;
/// Digits of a serial number, so that it is a whole number of 64 bits.
const MOST_DIGITS: usize = 18;

/// Codes that differ in their serial number only: `prefix` and a number with zeros before it, `width` characters
/// together (项目代码: 区划 6, 年度 2, 流水 13).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    pub scope: Scope,
    pub entity: Box<str>,
    pub field: Box<str>,
    /// 0 for an entity that is the same in every year.
    pub fiscal_year: i32,
    pub prefix: Box<str>,
    pub width: usize,
}

/// A desk asks for a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub series: Series,
    /// How many codes, from 1 to [`MOST_CODES`].
    pub count: u64,
    /// The last code of the newest block of this series that the desk holds; empty when it holds none. Blocks after it
    /// were given to the desk and did not arrive.
    pub have: Box<str>,
    /// Under [`SIGNED_ASK`], over [`Ask::signed_bytes`].
    pub signature: [u8; 64],
}

/// A block: all codes of the series from `first` to `last`, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub series: Series,
    pub first: Box<str>,
    pub last: Box<str>,
}

impl Series {
    /// May codes look like this?
    pub fn is_sound(&self) -> bool {
        let digits = self.width.saturating_sub(self.prefix.len());
        self.width <= MOST_WIDTH
            && self.prefix.len() >= PREFIX
            && (1..=MOST_DIGITS).contains(&digits)
            && self.prefix.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }

    /// The code with this serial number.
    pub fn code(&self, serial: u64) -> String {
        format!("{}{serial:0digits$}", self.prefix, digits = self.width.saturating_sub(self.prefix.len()))
    }

    /// The serial number of a code; None when it is not of this series.
    pub fn serial(&self, code: &str) -> Option<u64> {
        let rest = code.strip_prefix(&*self.prefix).filter(|_| code.len() == self.width)?;
        rest.bytes().all(|byte| byte.is_ascii_digit()).then(|| rest.parse().ok()).flatten()
    }

    fn write(&self, out: &mut Vec<u8>) {
        put_number(out, u64::from(self.scope.0));
        put_bytes(out, self.entity.as_bytes());
        put_bytes(out, self.field.as_bytes());
        put_number(out, u64::from(self.fiscal_year.unsigned_abs()));
        put_bytes(out, self.prefix.as_bytes());
        put_number(out, self.width as u64);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        let scope = Scope(reader.small()?);
        let (entity, field) = (reader.text()?.into(), reader.text()?.into());
        let fiscal_year = i32::try_from(reader.small()?).map_err(|_| FrameError::Malformed)?;
        let (prefix, width) = (reader.text()?.into(), reader.small()? as usize);
        Ok(Self { scope, entity, field, fiscal_year, prefix, width })
    }
}

impl Ask {
    /// What the signature is over: who asks in which request, and the frame's body without the signature.
    pub fn signed_bytes(&self, device: DeviceId, request: u64) -> Vec<u8> {
        let mut out = Vec::new();
        put_number(&mut out, u64::from(device.0));
        put_number(&mut out, request);
        self.write_unsigned(&mut out);
        out
    }

    fn write_unsigned(&self, out: &mut Vec<u8>) {
        self.series.write(out);
        put_number(out, self.count);
        put_bytes(out, self.have.as_bytes());
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        self.write_unsigned(out);
        out.extend_from_slice(&self.signature);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        let series = Series::read(reader)?;
        Ok(Self { series, count: reader.number()?, have: reader.text()?.into(), signature: reader.array()? })
    }
}

impl Block {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        self.series.write(out);
        put_bytes(out, self.first.as_bytes());
        put_bytes(out, self.last.as_bytes());
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, FrameError> {
        Ok(Self { series: Series::read(reader)?, first: reader.text()?.into(), last: reader.text()?.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series() -> Series {
        let (entity, field, prefix) = ("project".into(), "pro_code".into(), "41082327".into());
        Series { scope: Scope(410_823_000), entity, field, fiscal_year: 2027, prefix, width: 21 }
    }

    #[test]
    fn a_code_and_its_serial_number_follow_from_each_other() {
        assert_eq!(series().code(51), "410823270000000000051");
        assert_eq!(series().serial("410823270000000000051"), Some(51));
        for other in ["41082327000000000005", "410823260000000000051", "41082327P000000000051", "41082327+000000000051"]
        {
            assert_eq!(series().serial(other), None, "{other}");
        }
    }

    #[test]
    fn codes_that_nobody_could_count_are_not_sound() {
        assert!(series().is_sound());
        for (prefix, width) in [("41082", 21), ("41082327", 8), ("41082327", 41), ("41082327", 27), ("4108 327", 21)] {
            assert!(!Series { prefix: prefix.into(), width, ..series() }.is_sound(), "{prefix} {width}");
        }
    }
}
