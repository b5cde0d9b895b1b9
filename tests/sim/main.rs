//! Runs worlds from the command line: `cargo run -p tests --bin sim -- --seed N --seeds K [--codes] [--planted NAME]`.
//! Seeds that once failed (`tests/sim/seeds.txt`) go first unless a single one is asked for. With `--go-on` a world that
//! breaks a promise is one line, and the next follows.

use simulation::{Failure, Options, check::INVARIANTS, planted, run, seeds_that_failed};
use std::{process::ExitCode, time::Instant};

struct Wanted {
    first: u64,
    count: u64,
    options: Options,
    planted: Option<String>,
    goes_on: bool,
}

fn main() -> ExitCode {
    let wanted = match read_arguments(std::env::args().skip(1)) {
        Ok(wanted) => wanted,
        Err(message) => {
            eprintln!("{message}\nusage: sim [--seed N] [--seeds K] [--codes] [--planted NAME] [--told] [--go-on]");
            return ExitCode::from(2);
        }
    };
    let began = Instant::now();
    let (mut typed, mut exchanges, mut entries) = (0, 0, 0);
    let known = if wanted.count > 1 { seeds_that_failed() } else { Vec::new() };
    let known = known.into_iter().map(|(seed, options)| (seed, Options { codes: options.codes, ..wanted.options }));
    let seeds = known.chain((wanted.first..wanted.first + wanted.count).map(|seed| (seed, wanted.options)));
    let (mut count, mut broken) = (0_u32, 0_u32);
    for (seed, options) in seeds {
        match run(seed, options) {
            Ok(report) => {
                count += 1;
                typed += report.typed;
                exchanges += report.exchanges;
                entries += report.entries;
                report.steps.iter().for_each(|step| println!("{step}"));
            }
            Err(failure) if wanted.goes_on => {
                broken += 1;
                println!("seed {seed} breaks invariant {}", failure.violation);
            }
            Err(failure) => {
                tell(&failure, options, wanted.planted.as_deref());
                return ExitCode::FAILURE;
            }
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    if broken > 0 {
        println!("{broken} worlds break a promise, {count} do not; {seconds:.1} s");
        return ExitCode::FAILURE;
    }
    println!(
        "{count} worlds, {typed} groups typed, {exchanges} exchanges, {entries} entries: {} invariants hold; {:.1} s, {:.1} seeds/s",
        INVARIANTS.len(),
        seconds,
        f64::from(count) / seconds
    );
    ExitCode::SUCCESS
}

fn tell(failure: &Failure, options: Options, planted: Option<&str>) {
    failure.steps.iter().for_each(|step| println!("{step}"));
    println!("seed {} breaks invariant {}", failure.seed, failure.violation);
    let planted = planted.map(|name| format!(" --planted {name}")).unwrap_or_default();
    let codes = if options.codes { " --codes" } else { "" };
    println!("replay: cargo run -p tests --bin sim -- --seed {} --seeds 1{codes}{planted}", failure.seed);
}

fn read_arguments(mut arguments: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let mut wanted = Wanted { first: 1, count: 1, options: Options::default(), planted: None, goes_on: false };
    while let Some(name) = arguments.next() {
        match name.as_str() {
            "--told" => wanted.options.told = true,
            "--codes" => wanted.options.codes = true,
            "--go-on" => wanted.goes_on = true,
            _ => {}
        }
        if matches!(name.as_str(), "--told" | "--codes" | "--go-on") {
            continue;
        }
        let value = arguments.next().ok_or_else(|| format!("{name} wants a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{name} wants a number"));
        match name.as_str() {
            "--seed" => wanted.first = number()?,
            "--seeds" => wanted.count = number()?,
            "--planted" => {
                wanted.options.planted = planted(&value).ok_or_else(|| format!("no fault is called {value}"))?;
                wanted.planted = Some(value);
            }
            _ => return Err(format!("{name} is not known")),
        }
    }
    Ok(wanted)
}
