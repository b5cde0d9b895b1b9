//! What is fuzzed. Another parser is another line of [`TARGETS`].

mod frames;
mod packages;
mod parcels;

pub struct Target {
    pub name: &'static str,
    /// What opening any input may take, bytes.
    pub most_bytes: usize,
    /// What our encoders write; all of it opens.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Opens hostile bytes. false: they were refused.
    pub open: fn(&[u8]) -> bool,
    /// Puts checks and signatures of an altered input right, so that what lies behind them is reached.
    pub mend: fn(&mut Vec<u8>),
}

#[rustfmt::skip]
pub const TARGETS: &[Target] = &[
    Target { name: "package", most_bytes: 2 << 20, seeds: packages::seeds, open: packages::open, mend: packages::mend },
    Target { name: "frame", most_bytes: 2 << 20, seeds: frames::seeds, open: frames::open, mend: frames::mend },
    Target { name: "parcel", most_bytes: 8 << 20, seeds: parcels::seeds, open: parcels::open, mend: as_it_is },
    Target { name: "snapshot", most_bytes: 8 << 20, seeds: parcels::snapshots, open: parcels::open_snapshot, mend: as_it_is },
];

fn as_it_is(_: &mut Vec<u8>) {}
