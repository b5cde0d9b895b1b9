//! Text files of unknown encoding as UTF-8 streams: UTF-8, UTF-16 and GB18030 (which contains GBK and
//! GB2312). Bytes that fit none are an error; no character is ever replaced.

use crate::error::ReadError;
use encoding_rs::{CoderResult, Decoder, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use std::fs::File;
use std::io::{self, Read, Seek};

/// Tells the encoding of the whole file and gives it as UTF-8.
pub fn utf8_stream(mut file: File) -> Result<Utf8Stream, ReadError> {
    let encoding = tell(&mut file)?;
    file.rewind()?;
    Ok(Utf8Stream {
        file,
        decoder: encoding.new_decoder_with_bom_removal(),
        bytes: vec![0; 64 << 10],
        at: 0,
        end: 0,
        ended: false,
        finished: false,
    })
}

fn tell(file: &mut File) -> Result<&'static Encoding, ReadError> {
    let mut head = Vec::new();
    file.rewind()?;
    file.take(16 << 10).read_to_end(&mut head)?;
    if let Some((encoding, _)) = Encoding::for_bom(&head) {
        return Ok(encoding);
    }
    if let Some(encoding) = looks_utf16(&head) {
        return Ok(encoding);
    }
    file.rewind()?;
    Ok(if is_utf8(file)? { UTF_8 } else { GB18030 })
}

/// UTF-16 without a mark: digits, commas and line ends leave a zero in every second place.
pub fn looks_utf16(head: &[u8]) -> Option<&'static Encoding> {
    let (mut even, mut odd) = (0, 0);
    for pair in head.chunks_exact(2) {
        even += usize::from(pair[0] == 0);
        odd += usize::from(pair[1] == 0);
    }
    let many = head.len() / 40 + 1;
    // A few characters (一 is U+4E00) have their zero on the other side.
    if odd > many && odd > even * 4 {
        return Some(UTF_16LE);
    }
    (even > many && even > odd * 4).then_some(UTF_16BE)
}

fn is_utf8(file: &mut File) -> Result<bool, ReadError> {
    let mut decoder = UTF_8.new_decoder_without_bom_handling();
    let mut bytes = vec![0; 64 << 10];
    let mut text = String::with_capacity(256 << 10);
    loop {
        let got = file.read(&mut bytes)?;
        text.clear();
        let (result, _) = decoder.decode_to_string_without_replacement(&bytes[..got], &mut text, got == 0);
        match result {
            encoding_rs::DecoderResult::Malformed(..) => return Ok(false),
            _ if got == 0 => return Ok(true),
            _ => {}
        }
    }
}

pub struct Utf8Stream {
    file: File,
    decoder: Decoder,
    bytes: Vec<u8>,
    at: usize,
    end: usize,
    ended: bool,
    /// The decoder has seen the end and may not be asked again.
    finished: bool,
}

impl Read for Utf8Stream {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !self.finished {
            if self.at == self.end && !self.ended {
                self.end = self.file.read(&mut self.bytes)?;
                self.at = 0;
                self.ended = self.end == 0;
            }
            let (result, used, written, replaced) =
                self.decoder.decode_to_utf8(&self.bytes[self.at..self.end], out, self.ended);
            if replaced {
                return Err(io::Error::other(ReadError::damaged("文字编码无法识别，请另存为 UTF-8 的 csv")));
            }
            self.at += used;
            self.finished = self.ended && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}
