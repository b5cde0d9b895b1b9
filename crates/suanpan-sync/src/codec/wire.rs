//! The primitives every layer of the codec writes with and reads with: bytes, varints, texts. [`Reader`] also keeps
//! the purse of a hostile input: whoever is about to allocate charges for it first.

use super::CodecError;

/// Seven bits a byte, low ones first.
pub fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub fn put_count(out: &mut Vec<u8>, count: usize) {
    put_number(out, count as u64);
}

/// Small numbers of either sign stay short.
pub fn put_signed(out: &mut Vec<u8>, number: i64) {
    put_number(out, zigzag(number));
}

pub fn put_text(out: &mut Vec<u8>, text: &str) {
    put_count(out, text.len());
    out.extend_from_slice(text.as_bytes());
}

/// 0, −1, 1, −2 … as 0, 1, 2, 3 …
pub fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

pub fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// Reads an inflated body from front to back. Every read checks what is left, so no offset is ever trusted.
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// How much memory what was read may still come to, bytes.
    purse: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8], memory_bytes: usize) -> Self {
        Self { bytes, at: 0, purse: memory_bytes }
    }

    /// To be called before allocating what the input asks for; `each` = bytes for one of them.
    pub fn charge(&mut self, count: usize, each: usize) -> Result<(), CodecError> {
        let cost = count.checked_mul(each).ok_or(CodecError::TooLarge)?;
        self.purse = self.purse.checked_sub(cost).ok_or(CodecError::TooLarge)?;
        Ok(())
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8], CodecError> {
        let end = self.at.checked_add(count).ok_or(CodecError::Truncated(self.at))?;
        let taken = self.bytes.get(self.at..end).ok_or(CodecError::Truncated(self.at))?;
        self.at = end;
        Ok(taken)
    }

    pub fn byte(&mut self) -> Result<u8, CodecError> {
        Ok(self.take(1)?[0])
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub fn number(&mut self) -> Result<u64, CodecError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(self.corrupt("数字过长"))
    }

    pub fn signed(&mut self) -> Result<i64, CodecError> {
        self.number().map(unzigzag)
    }

    pub fn number_u32(&mut self) -> Result<u32, CodecError> {
        let number = self.number()?;
        u32::try_from(number).map_err(|_| self.corrupt("数字超出范围"))
    }

    /// A number of things that each cost `each` bytes of memory; charged.
    pub fn count(&mut self, each: usize) -> Result<usize, CodecError> {
        let count = usize::try_from(self.number()?).map_err(|_| CodecError::TooLarge)?;
        self.charge(count, each)?;
        Ok(count)
    }

    pub fn text(&mut self) -> Result<&'a str, CodecError> {
        let count = self.count(1)?;
        let bytes = self.take(count)?;
        std::str::from_utf8(bytes).map_err(|_| self.corrupt("文字不是 UTF-8"))
    }

    /// All bytes up to the next zero, which is passed over.
    pub fn until_zero(&mut self) -> Result<&'a [u8], CodecError> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| *byte == 0).ok_or(CodecError::Truncated(self.bytes.len()))?;
        self.at += length + 1;
        Ok(&rest[..length])
    }

    pub fn corrupt(&self, what: &'static str) -> CodecError {
        CodecError::Corrupt { at: self.at, what }
    }

    pub fn finish(self) -> Result<(), CodecError> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            more => Err(CodecError::Trailing(more)),
        }
    }
}

/// What a row costs in memory beyond its values: an op or a record, the first node of its map, its places in columns.
pub const ROW_COST: usize = 1024;
/// What a value costs beyond its text: a place in a map or a list, with the field's name.
pub const VALUE_COST: usize = 128;
