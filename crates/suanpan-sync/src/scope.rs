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
