//! Numbers and byte strings as frames write them, and a reader that trusts nothing it reads.

use crate::frame::FrameError;

/// LEB128: seven bits a byte, lowest first.
pub fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number as u8 & 0x7f) | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Length, then the bytes.
pub fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Reads from the front. Every method is Err(Malformed) when the bytes end too early or say nonsense.
pub struct Reader<'a> {
    rest: &'a [u8],
}

type Read<T> = Result<T, FrameError>;

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub fn take(&mut self, count: usize) -> Read<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(FrameError::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    pub fn byte(&mut self) -> Read<u8> {
        Ok(self.take(1)?[0])
    }

    pub fn number(&mut self) -> Read<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(FrameError::Malformed);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(FrameError::Malformed)
    }

    pub fn small(&mut self) -> Read<u32> {
        u32::try_from(self.number()?).map_err(|_| FrameError::Malformed)
    }

    pub fn bytes(&mut self) -> Read<&'a [u8]> {
        let count = usize::try_from(self.number()?).map_err(|_| FrameError::Malformed)?;
        self.take(count)
    }

    pub fn text(&mut self) -> Read<&'a str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| FrameError::Malformed)
    }

    pub fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| FrameError::Malformed)
    }

    /// Number of items that follow, each at least `each_bytes` long.
    pub fn count(&mut self, each_bytes: usize) -> Read<usize> {
        let count = usize::try_from(self.number()?).map_err(|_| FrameError::Malformed)?;
        if count.saturating_mul(each_bytes) > self.rest.len() {
            return Err(FrameError::Malformed);
        }
        Ok(count)
    }

    /// All that is left.
    pub fn remaining(&mut self) -> Read<&'a [u8]> {
        self.take(self.rest.len())
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn end(self) -> Read<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(FrameError::Malformed) }
    }
}
