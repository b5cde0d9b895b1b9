//! Throws altered bytes at everything that reads bytes of others: packages, parcels, frames, snapshots. The stable
//! toolchain has no coverage-guided fuzzer, so inputs are what our encoders write, altered by a seeded loop
//! ([`mutate`]), and what still opens is altered further. A panic, an allocation above the target's limit or an input
//! that takes a minute ends the run with the input in hex ([`watch`]).
//!
//! `cargo run -p tests --bin fuzz -- --seconds 60 --seed N [--target NAME] [--replay FILE]`; another target is
//! a line in [`targets::TARGETS`].

mod mutate;
mod targets;
mod watch;

use mutate::Dice;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    time::{Duration, Instant},
};
use targets::{TARGETS, Target};

/// Inputs that opened and are altered further, of each target.
const KEPT: usize = 256;
/// Shorter ones open easily and teach nothing.
const LEAST_BYTES: usize = 32;

struct Arguments {
    seconds: u64,
    seed: u64,
    target: Option<String>,
    replay: Option<Vec<u8>>,
}

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(wrong) => {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            eprintln!("{wrong}\nfuzz [--seconds N] [--seed N] [--target {}] [--replay FILE]", names.join("|"));
            return ExitCode::from(2);
        }
    };
    let wanted = |target: &&Target| arguments.target.as_deref().is_none_or(|name| name == target.name);
    let targets: Vec<&Target> = TARGETS.iter().filter(wanted).collect();
    watch::start();
    for target in &targets {
        let done = match &arguments.replay {
            Some(input) => try_one(target, arguments.seed, input).map(|_| println!("{}: passed", target.name)),
            None => {
                let share = Duration::from_secs(arguments.seconds) / targets.len() as u32;
                run(target, arguments.seed, Instant::now() + share)
            }
        };
        if done.is_none() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// None: an input failed and was printed.
fn run(target: &Target, seed: u64, until: Instant) -> Option<()> {
    let mut dice = Dice::of(seed);
    let seeds = (target.seeds)();
    let (mut kept, mut inputs, mut opened, mut most) = (Vec::<Vec<u8>>::new(), 0_u64, 0_u64, 0);
    for input in &seeds {
        let (opens, _) = try_one(target, seed, input)?;
        assert!(opens, "what the encoders write is opened");
    }
    while Instant::now() < until {
        let mut input = pick(&seeds, &kept, &mut dice).clone();
        mutate::alter(&mut input, pick(&seeds, &kept, &mut dice), &mut dice);
        if dice.below(2) == 0 {
            (target.mend)(&mut input);
        }
        let (opens, bytes) = try_one(target, seed, &input)?;
        (inputs, opened, most) = (inputs + 1, opened + u64::from(opens), bytes.max(most));
        if opens && input.len() >= LEAST_BYTES {
            kept.truncate(KEPT - 1);
            let place = dice.below(kept.len() + 1);
            kept.insert(place, input);
        }
    }
    println!("{}: {inputs} inputs, {opened} opened, at most {} KiB taken, seed {seed}", target.name, most >> 10);
    Some(())
}

/// Half of the time one of the seeds, so that the others do not drift away from what is really sent.
fn pick<'a>(seeds: &'a [Vec<u8>], kept: &'a [Vec<u8>], dice: &mut Dice) -> &'a Vec<u8> {
    let among = if kept.is_empty() || dice.below(2) == 0 { seeds } else { kept };
    &among[dice.below(among.len())]
}

/// Whether it opened and the most memory it took. None: it panicked.
fn try_one(target: &Target, seed: u64, input: &[u8]) -> Option<(bool, usize)> {
    let watched = watch::begin(target.name, seed, input, target.most_bytes);
    let answer = catch_unwind(AssertUnwindSafe(|| (target.open)(input)));
    let most = watched.end();
    match answer {
        Ok(opens) => Some((opens, most)),
        Err(_) => {
            watch::report("panic", target.name, seed, input);
            None
        }
    }
}

impl Arguments {
    fn read(mut given: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self { seconds: 60, seed: 1, target: None, replay: None };
        while let Some(name) = given.next() {
            let value = given.next().ok_or_else(|| format!("{name} wants a value"))?;
            let number = || value.parse::<u64>().map_err(|_| format!("{name}: {value} is no number"));
            match name.as_str() {
                "--seconds" => arguments.seconds = number()?,
                "--seed" => arguments.seed = number()?,
                "--target" if TARGETS.iter().any(|target| target.name == value) => arguments.target = Some(value),
                "--target" => return Err(format!("there is no target {value}")),
                "--replay" => arguments.replay = Some(unhex(&value)?),
                _ => return Err(format!("{name} is not known")),
            }
        }
        Ok(arguments)
    }
}

/// A file that holds an input as it was printed.
fn unhex(path: &str) -> Result<Vec<u8>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = text.trim().as_bytes().chunks(2).map(byte).collect();
    bytes.ok_or_else(|| format!("{path} holds no hex"))
}
