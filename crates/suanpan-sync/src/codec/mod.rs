//! How parcels and snapshots become bytes: columns ([`lines`], [`columns`]) of one kind of value each, then zstd with
//! a dictionary that both sides ship ([`envelope`]). Bytes matter more than CPU here: the link is 64 kbit/s.
//!
//! Reading never trusts its input: what is to be allocated is paid for from [`Limits`] first, and every error says in
//! Chinese what is wrong. Signing, framing and sealing are not done here.

mod body;
mod columns;
mod cut;
pub(crate) mod envelope;
mod head;
mod ids;
mod ints;
mod lines;
mod pick;
mod runs;
mod sets;
pub mod snapshot;
mod text;
mod tree;
pub mod upcast;
mod wire;

pub use cut::{FRAME_BYTES, MOST_FRAME_BYTES, cut};
pub use envelope::DICTIONARY_V1;

use crate::parcel::Parcel;
use thiserror::Error;

/// What packed bytes may come to when they are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Body after decompression, bytes.
    pub inflated_bytes: usize,
    /// Everything read from it, bytes, as estimated from above.
    pub memory_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { inflated_bytes: 8 << 20, memory_bytes: 128 << 20 }
    }
}

/// Why packed bytes could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodecError {
    /// Place in the body at which more was expected.
    #[error("数据包不完整：在第 {0} 字节处中断，请重新接收")]
    Truncated(usize),
    #[error("数据包后面多出 {0} 字节，请重新接收")]
    Trailing(usize),
    #[error("数据包已损坏：第 {at} 字节处{what}，请重新接收")]
    Corrupt { at: usize, what: &'static str },
    #[error("数据包解压失败，可能已损坏，请重新接收")]
    NotInflated,
    #[error("数据包展开后超出允许的大小，不予接收；请让对方分成较小的几批再送")]
    TooLarge,
    #[error("数据包的格式号 {0} 本程序不认识，请先升级算盘")]
    UnknownFormat(u8),
    #[error("“{entity}”的操作是第 {version} 版，本程序只认到第 {known} 版，请先升级算盘")]
    TooNew { entity: Box<str>, version: u32, known: u32 },
    #[error("“{entity}”第 {from} 版的操作无法换成新版：{reason}")]
    NotLifted { entity: Box<str>, from: u32, reason: String },
}

/// Packed bytes of a parcel, self-contained; the same parcel always gives the same bytes. The ids of the ops are not
/// among them: they follow from the group's.
pub fn pack(parcel: &Parcel) -> Vec<u8> {
    envelope::close(&body::write(&parcel.group, parcel.first_op, parcel.last, &parcel.ops))
}

/// Like [`pack`], without compression: what a dictionary is trained on. Can be unpacked like any other.
pub fn pack_plain(parcel: &Parcel) -> Vec<u8> {
    envelope::close_plain(&body::write(&parcel.group, parcel.first_op, parcel.last, &parcel.ops))
}

/// Opens what [`pack`] made, with ops of older versions lifted to this program's.
pub fn unpack(packed: &[u8], limits: &Limits) -> Result<Parcel, CodecError> {
    body::read(&envelope::open(packed, limits)?, limits, upcast::UPCASTERS)
}
