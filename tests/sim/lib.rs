//! The seeded simulation of sync: the very code of desk and province, on stores in memory, in a world in which links
//! are cut, PCs die, disks come from backups and clocks lie. Everything that happens follows from one seed.
//!
//! Start with [`world::World`] (who there is, and the turmoil), then [`people`] (what is typed), [`link`] (exchanges, frame by
//! frame), [`sticks`] (packages) and [`misfortunes`]. [`check`] is what must hold; it shares nothing with what it checks.

mod calm;
pub mod check;
pub mod dice;
pub mod journal;
pub mod link;
pub mod misfortunes;
pub mod people;
pub mod province;
pub mod sticks;
pub mod world;

use check::Violation;
use suanpan_sync::faults::Planted;
use world::World;

/// What is to be simulated.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    pub planted: Planted,
    /// Keeps a list of what happened.
    pub told: bool,
    /// All clocks are right: the same world otherwise, for comparing.
    pub right_clocks: bool,
    /// No misfortune but those of the link.
    pub gentle: bool,
    /// Desks ask for blocks of 项目代码 and give them to new projects.
    pub codes: bool,
}

/// What a world came to.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub typed: usize,
    pub exchanges: usize,
    pub entries: u64,
    /// Where every scope's log ended.
    pub ends: Vec<check::rows::Row>,
    pub steps: Vec<String>,
}

/// A world that broke a promise.
#[derive(Debug, Clone)]
pub struct Failure {
    pub seed: u64,
    pub violation: Violation,
    pub steps: Vec<String>,
}

/// Runs the world of `seed` to its end. A failure comes with the list of steps that led to it.
pub fn run(seed: u64, options: Options) -> Result<Report, Box<Failure>> {
    let once = |options: Options| {
        let mut world = World::new(seed, options);
        let ended = world.live();
        (world, ended)
    };
    let (world, ended) = once(options);
    let Err(violation) = ended else { return Ok(world.report()) };
    if options.told {
        return Err(Box::new(Failure { seed, violation, steps: world.steps }));
    }
    let (again, _) = once(Options { told: true, ..options });
    Err(Box::new(Failure { seed, violation, steps: again.steps }))
}

/// The faults that can be planted, by name.
pub const PLANTED: [&str; 6] =
    ["loses_acks", "applies_twice", "overwrites_money", "skips_cursor", "orders_by_clock", "tears_groups"];

pub fn planted(name: &str) -> Option<Planted> {
    let mut planted = Planted::default();
    let switch = match name {
        "loses_acks" => &mut planted.loses_acks,
        "applies_twice" => &mut planted.applies_twice,
        "overwrites_money" => &mut planted.overwrites_money,
        "skips_cursor" => &mut planted.skips_cursor,
        "orders_by_clock" => &mut planted.orders_by_clock,
        "tears_groups" => &mut planted.tears_groups,
        _ => return None,
    };
    *switch = true;
    Some(planted)
}

/// Worlds that broke a promise once: a seed a line, with `codes` after it where desks asked for codes; `#` begins a comment.
pub fn seeds_that_failed() -> Vec<(u64, Options)> {
    let world = |line: &str| {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let seed = words.next()?.parse().ok()?;
        Some((seed, Options { codes: words.next() == Some("codes"), ..Options::default() }))
    };
    include_str!("seeds.txt").lines().filter_map(world).collect()
}
