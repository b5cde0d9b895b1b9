//! Faults that tests plant to see that the simulation finds them. All off in earnest; nothing reads them from a
//! file, a flag or the environment.

/// One switch per fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Planted {
    /// The client takes a parcel for settled when it was sent, not when it was acknowledged.
    pub loses_acks: bool,
    /// The province takes a parcel in again that it has already.
    pub applies_twice: bool,
    /// A disputed amount is overwritten instead of asked about.
    pub overwrites_money: bool,
    /// The client's cursor moves on although an entry was not applied.
    pub skips_cursor: bool,
    /// Of two changes the one with the later clock wins.
    pub orders_by_clock: bool,
    /// A group is decided before its last parcel is there.
    pub tears_groups: bool,
}
