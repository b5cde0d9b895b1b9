//! The checkers. They stand outside of the system: they read what the stores keep, hold it against the journal of what
//! was typed and against the logs as they read them ([`ledger`]), and share no code with what they check but the codec
//! and the hash of a link.

pub mod desks;
pub mod fates;
pub mod ledger;
pub mod rows;

use std::fmt;

/// What must hold (sync.md), from 1.
pub const INVARIANTS: [&str; 19] = [
    "every locally committed op ends in exactly one of accepted, merged, conflict, refused, held, pending",
    "at most one effect per op",
    "results follow device order; no effect after a gap",
    "a scope's sequence is gapless, immutable and the same for all readers",
    "no pending and the same cursor means equal rows",
    "working row = shadow + pending, after every step",
    "no money field changes without an entry whose `from` is its predecessor's `to`",
    "sum of vouchers = displayed balance, never negative",
    "no transition outside the graph, role or open period",
    "nothing shows 已批复 before the answer is durable",
    "a conflict never alters the server's value; both stay retrievable",
    "groups are atomic",
    "a code is held by at most one project, ever",
    "shifting clocks changes no result",
    "any mix of HTTP, USB and duplicates gives the same log",
    "a link that delivers one frame now and then drains the queue",
    "retransmitted bytes ≤ one frame per break",
    "a poisoned op delays only its own record",
    "any flipped bit is found, with its position",
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Number of the invariant; 0: the simulation itself could not go on.
    pub invariant: usize,
    pub found: String,
}

pub type Checked = Result<(), Violation>;

pub fn broken(invariant: usize, found: impl Into<String>) -> Violation {
    Violation { invariant, found: found.into() }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = self.invariant.checked_sub(1).map_or("the simulation cannot go on", |at| INVARIANTS[at]);
        write!(out, "{} ({sentence}): {}", self.invariant, self.found)
    }
}
