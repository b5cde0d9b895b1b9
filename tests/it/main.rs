//! Integration tests of the finished programs, one module per promise. What several of them need is in support/.
//! Tests of one crate live with that crate; tests through a browser or the desktop window are in ../e2e and ../desktop.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails best where it stands")]

mod amended;
mod bitflip;
mod diskfull;
mod documents;
mod fixtures;
mod kill;
mod layering;
mod powercut;
mod rigs;
mod scripts;
mod support;
mod syncing;
mod two_programs;
