//! Names of the parties: scopes, devices, places in their sequences, and the hashes that chain them.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// blake3, 32 bytes.
pub type Digest = [u8; 32];

/// A 区划 as the wire writes it: MOF_DIV_CODE, 9 digits, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Scope(pub u32);

/// Given out by the province at enrolment, from 1. 0 is the province itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeviceId(pub u32);

/// Author of what the province itself writes: conflict cases, published code sets.
pub const PROVINCE: DeviceId = DeviceId(0);

/// A place in a gapless sequence and the hash of everything up to it. (0, zeros) is the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct Place {
    pub seq: u64,
    pub hash: Digest,
}

impl Scope {
    /// None unless `division` is nine digits.
    pub fn of(division: &str) -> Option<Self> {
        let nine_digits = division.len() == 9 && division.bytes().all(|byte| byte.is_ascii_digit());
        nine_digits.then(|| division.parse().ok().map(Self)).flatten()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:09}", self.0)
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::of(text).ok_or_else(|| format!("“{text}”不是 9 位区划代码"))
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// Place of parcel `seq` in its device's chain.
pub fn device_link(before: &Place, seq: u64, packed: &[u8]) -> Place {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(b"suanpan device")
        .update(&before.hash)
        .update(&seq.to_le_bytes())
        .update(blake3::hash(packed).as_bytes());
    Place { seq, hash: *hasher.finalize().as_bytes() }
}

/// Place of the next entry in the log of `scope`: parcel `parcel` of `device`, whose bytes have this digest.
pub fn scope_link(before: &Place, scope: Scope, device: DeviceId, parcel: u64, digest: &Digest) -> Place {
    let seq = before.seq + 1;
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"suanpan scope").update(&before.hash).update(&scope.0.to_le_bytes()).update(&seq.to_le_bytes());
    hasher.update(&device.0.to_le_bytes()).update(&parcel.to_le_bytes()).update(digest);
    Place { seq, hash: *hasher.finalize().as_bytes() }
}
