//! Around a body: one byte that says how it is packed, then the body as it is or as one zstd frame without its magic
//! number. Both sides ship the same dictionary (crates/suanpan-sync/dict); a new one gets a new format byte, and the
//! old ones stay readable.

use super::{CodecError, Limits};
use std::sync::LazyLock;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::DecoderDictionary;
use zstd::zstd_safe::{self, CParameter};

const PLAIN: u8 = 0;
const ZSTD_V1: u8 = 1;

/// Trained on this field's words and shapes; see the README beside it.
pub const DICTIONARY_V1: &[u8] = include_bytes!("../../dict/v1.zdict");

/// Digested once: a server opens many small parcels.
static DECODER_V1: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY_V1));

/// The same four bytes at the head of every frame: not sent.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const LEVEL: i32 = 19;

/// Whichever is shorter: as it is, or compressed.
pub fn close(body: &[u8]) -> Vec<u8> {
    let frame = compressed(body).expect("zstd packs any bytes into a buffer of its own making");
    let packed = frame.strip_prefix(&MAGIC).expect("every zstd frame begins with its magic number");
    if packed.len() < body.len() { framed(ZSTD_V1, packed) } else { framed(PLAIN, body) }
}

/// The body as it is: what a dictionary is trained on.
pub fn close_plain(body: &[u8]) -> Vec<u8> {
    framed(PLAIN, body)
}

fn framed(format: u8, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len() + 1);
    out.push(format);
    out.extend_from_slice(content);
    out
}

pub fn open(packed: &[u8], limits: &Limits) -> Result<Vec<u8>, CodecError> {
    let (format, content) = packed.split_first().ok_or(CodecError::Truncated(0))?;
    match *format {
        PLAIN if content.len() > limits.inflated_bytes => Err(CodecError::TooLarge),
        PLAIN => Ok(content.to_vec()),
        ZSTD_V1 => inflate(content, limits),
        other => Err(CodecError::UnknownFormat(other)),
    }
}

fn compressed(body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut compressor = Compressor::with_dictionary(LEVEL, DICTIONARY_V1)?;
    for parameter in [CParameter::ContentSizeFlag(true), CParameter::DictIdFlag(false), CParameter::ChecksumFlag(false)]
    {
        compressor.set_parameter(parameter)?;
    }
    compressor.compress(body)
}

/// The frame says how much it holds; that is checked before room is made for it, and it must be neither more nor less.
fn inflate(content: &[u8], limits: &Limits) -> Result<Vec<u8>, CodecError> {
    let frame = [&MAGIC, content].concat();
    let damaged = |_| CodecError::NotInflated;
    let length = zstd_safe::find_frame_compressed_size(&frame).map_err(damaged)?;
    if length != frame.len() {
        return Err(CodecError::Trailing(frame.len() - length.min(frame.len())));
    }
    let size = zstd_safe::get_frame_content_size(&frame).ok().flatten().ok_or(CodecError::NotInflated)?;
    let size = usize::try_from(size).ok().filter(|size| *size <= limits.inflated_bytes).ok_or(CodecError::TooLarge)?;
    let mut decompressor = Decompressor::with_prepared_dictionary(&DECODER_V1).map_err(|_| CodecError::NotInflated)?;
    let body = decompressor.decompress(&frame, size).map_err(|_| CodecError::NotInflated)?;
    if body.len() == size { Ok(body) } else { Err(CodecError::NotInflated) }
}
