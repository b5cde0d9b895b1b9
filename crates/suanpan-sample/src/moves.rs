//! What happens in the course of the year: adjustments of lines that net to zero, and the 指标 with
//! their vouchers. No balance is ever spent that is not there.

use crate::{
    plan::{Allotment, Line, Source, Year},
    random::Random,
};
use std::collections::BTreeMap;

/// 元 in 分.
const YUAN: i64 = 100;

/// 调剂 between two lines of one fund in a unit, and 调整 of some lines upward.
pub fn adjust(year: &mut Year) {
    let (seed, number) = (year.seed, year.year.unsigned_abs().into());
    for (at, post) in year.posts.iter_mut().enumerate() {
        let mut random = Random::of(seed, &[number, 201, at as u64]);
        let special = post.projects.iter_mut().filter(|project| project.template.is_some());
        let mut lines: Vec<&mut Line> = special.flat_map(|project| &mut project.lines).collect();
        for index in 1..lines.len() {
            let (before, rest) = lines.split_at_mut(index);
            let (from, to) = (&mut before[index - 1], &mut rest[0]);
            if from.fund == to.fund && from.dis == 0 && random.chance(6) {
                let fen = from.reply / 10 / (1000 * YUAN) * (1000 * YUAN);
                from.dis -= fen;
                to.dis += fen;
            }
        }
        for line in lines {
            if line.dis == 0 && random.chance(3) {
                line.adj = line.reply / 20 / (1000 * YUAN) * (1000 * YUAN);
            }
        }
    }
}

/// Gives every line its 指标, `wanted` in all with the sources.
pub fn allot(year: &mut Year, wanted: usize) {
    let lines: usize = year
        .posts
        .iter()
        .flat_map(|post| &post.projects)
        .flat_map(|project| &project.lines)
        .filter(|line| line.current() > 0)
        .count();
    let mut sources: BTreeMap<(&'static str, &'static str, bool), usize> = BTreeMap::new();
    for project in year.posts.iter().flat_map(|post| &post.projects).filter(|project| project.category == "32") {
        let next = sources.len();
        for line in project.lines.iter().filter(|line| line.current() > 0) {
            sources.entry((line.func, line.fund, is_direct(line.func))).or_insert(next);
        }
    }
    let spare = wanted.saturating_sub(lines + sources.len());
    year.sources = sources
        .iter()
        .enumerate()
        .map(|(at, ((func, fund, direct), _))| Source {
            serial: at + 1,
            func,
            fund,
            amount: 0,
            track: direct.then(|| format!("10000026Z{:012}", at + 1)),
        })
        .collect();
    let places: BTreeMap<_, usize> = sources.keys().enumerate().map(|(at, key)| (*key, at)).collect();
    share_out(year, &places, spare, lines.max(1));
}

/// Subsidies to people are direct funds and are tracked.
fn is_direct(func: &str) -> bool {
    func.starts_with("20819") || func.starts_with("20821")
}

fn share_out(
    year: &mut Year,
    places: &BTreeMap<(&'static str, &'static str, bool), usize>,
    spare: usize,
    lines: usize,
) {
    let (seed, number) = (year.seed, u64::from(year.year.unsigned_abs()));
    let mut serial = year.sources.len() + 1;
    let (mut seen, mut given) = (0, 0);
    for (at, post) in year.posts.iter_mut().enumerate() {
        let mut random = Random::of(seed, &[number, 202, at as u64]);
        for project in &mut post.projects {
            let from_above = project.category == "32";
            for line in project.lines.iter_mut().filter(|line| line.current() > 0) {
                seen += 1;
                let due = spare * seen / lines;
                let parts = 1 + (due - given);
                given = due;
                let source = places.get(&(line.func, line.fund, is_direct(line.func))).filter(|_| from_above).copied();
                line.allotments = parts_of(line, parts, source, &mut serial, &mut random);
                if let Some(source) = source {
                    let sum: i64 = line.allotments.iter().map(|one| one.amount).sum();
                    year.sources[source].amount += sum;
                }
            }
        }
        move_between(
            &mut post.projects.iter_mut().flat_map(|project| &mut project.lines).collect::<Vec<_>>(),
            &mut random,
        );
    }
    for source in &mut year.sources {
        source.amount = (source.amount / (10_000 * YUAN) + 5) * (10_000 * YUAN);
    }
}

fn parts_of(
    line: &Line,
    parts: usize,
    source: Option<usize>,
    serial: &mut usize,
    random: &mut Random,
) -> Vec<Allotment> {
    let mut left = line.current();
    let each = left / parts as i64 / YUAN * YUAN;
    (0..parts)
        .map(|nth| {
            let amount = if nth + 1 == parts { left } else { each };
            left -= amount;
            let day = if source.is_some() { random.between(3, 25) } else { random.between(10, 40) }
                + nth as i64 * 60 / parts as i64;
            let mut one = Allotment {
                serial: *serial,
                amount,
                source,
                day: if source.is_some() { day.min(28) } else { day },
                ..Allotment::default()
            };
            *serial += 1;
            happen(&mut one, random);
            one
        })
        .collect()
}

/// Releases, increases, cuts and freezes; what is paid never exceeds what is left.
fn happen(one: &mut Allotment, random: &mut Random) {
    one.released = if random.chance(92) { one.amount } else { 0 };
    if one.amount < 1000 * YUAN || one.released == 0 {
        return;
    }
    let tenth = one.amount / 10 / YUAN * YUAN;
    match random.below(100) {
        0..5 => one.increased = tenth,
        5..10 => one.reduced = tenth,
        10..13 => one.recovered = tenth,
        13..16 => one.frozen = tenth * 2,
        16..18 => (one.frozen, one.unfrozen) = (tenth * 2, tenth * 2),
        _ => {}
    }
    let spendable = one.current() - one.frozen + one.unfrozen;
    one.paid = spendable / 100 * random.between(20, 88) / YUAN * YUAN;
}

/// 调剂 from one 指标 to the next of the same fund, out of what neither has touched.
fn move_between(lines: &mut [&mut Line], random: &mut Random) {
    for index in 1..lines.len() {
        let (before, rest) = lines.split_at_mut(index);
        let (from_fund, to_fund) = (before[index - 1].fund, rest[0].fund);
        let (Some(from), Some(to)) = (before[index - 1].allotments.last_mut(), rest[0].allotments.first_mut()) else {
            continue;
        };
        let free = from.current() - from.frozen + from.unfrozen - from.paid;
        let fits = from_fund == to_fund && from.source.is_none() && to.source.is_none();
        let quiet = from.taken == 0 && from.released > 0 && to.released > 0 && free > 1000 * YUAN;
        if fits && quiet && random.chance(5) {
            let fen = free / 4 / YUAN * YUAN;
            from.given = Some((to.serial, fen));
            to.taken += fen;
        }
    }
}
