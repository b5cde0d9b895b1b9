//! The simulation as part of every test run: worlds that broke a promise once, five hundred others, and proof that it
//! would notice.

use simulation::{Options, PLANTED, planted, run, seeds_that_failed};

/// Worlds of one run; two threads share them.
const SEEDS: u64 = 500;
/// Worlds of one run in which desks ask for codes.
const SEEDS_WITH_CODES: u64 = 150;
/// A planted fault must show within so many worlds.
const SEEDS_PER_FAULT: u64 = 60;

fn must_hold(worlds: impl Iterator<Item = (u64, Options)>) {
    for (seed, options) in worlds {
        if let Err(failure) = run(seed, options) {
            let codes = if options.codes { " --codes" } else { "" };
            panic!(
                "{}\nseed {seed} breaks invariant {}\nreplay: cargo run -p tests --bin sim -- --seed {seed} --seeds 1{codes}\n\
                 then add the seed to tests/sim/seeds.txt",
                failure.steps.join("\n"),
                failure.violation
            );
        }
    }
}

fn plainly(seed: u64) -> (u64, Options) {
    (seed, Options::default())
}

#[test]
fn worlds_that_broke_a_promise_once_keep_it_now() {
    must_hold(seeds_that_failed().into_iter());
}

#[test]
fn every_promise_holds_in_the_first_half_of_the_worlds() {
    must_hold((1..=SEEDS).step_by(2).map(plainly));
}

#[test]
fn every_promise_holds_in_the_second_half_of_the_worlds() {
    must_hold((2..=SEEDS).step_by(2).map(plainly));
}

#[test]
fn every_promise_holds_where_desks_ask_for_codes() {
    must_hold((1..=SEEDS_WITH_CODES).map(|seed| (seed, Options { codes: true, ..Options::default() })));
}

#[test]
fn every_planted_fault_is_caught() {
    for name in PLANTED {
        let planted = planted(name).expect("the name is of the list");
        let options = Options { planted, ..Options::default() };
        let caught = (1..=SEEDS_PER_FAULT).find_map(|seed| run(seed, options).err());
        assert!(caught.is_some(), "nobody noticed {name} in {SEEDS_PER_FAULT} worlds");
    }
}
