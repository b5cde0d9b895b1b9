//! The package on a stick: what was put in comes out for its receiver, and nothing at all comes out for anybody else or
//! after anything was done to it.
#![allow(clippy::unwrap_used)]

mod brings;
mod round_trip;
mod streams;
mod tampering;

use suanpan_sync::{
    keys::SecretKeys,
    package::{Brings, Head, PackageError, Stretch, open, seal},
    scope::DeviceId,
};

fn keys(number: u8) -> SecretKeys {
    SecretKeys::from_seed([number; 32])
}

fn head(number: u64) -> Head {
    Head {
        device: DeviceId(7),
        sender: keys(1).public(),
        receiver: keys(2).public(),
        number,
        answers: None,
        written_ms: 1_800_000_000_000,
        brings: Brings::Parcels(Some(Stretch { first: 3, last: 5, before: [4; 8] })),
        from: "城关镇财政所".into(),
    }
}

fn package(body: &[u8]) -> Vec<u8> {
    seal(&head(1), body, &keys(1), [9; 32])
}

fn opened(bytes: &[u8]) -> Result<(Head, Vec<u8>), PackageError> {
    open(bytes, &keys(2), |_| Some(keys(1).public()))
}

fn body(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 31 % 251) as u8).collect()
}
