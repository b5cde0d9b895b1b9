//! The proxy of [`suanpan_testkit::weak_link`] as a program, so that scripts and peers in other languages
//! measure through the very same link. Says where it listens, then takes one command per line and
//! answers each with one line of JSON. The end of its input ends it, so it never outlives its caller.

use clap::Parser;
use serde_json::{Value as Json, json};
use std::{
    io::{BufRead, Write},
    net::SocketAddr,
};
use suanpan_testkit::weak_link::{Cut, Mode, Shape, WeakLink};

const COMMANDS: &str = "counts | reset | rate BITS_PER_S (0: no limit) | rtt MS | cut | cut up BYTES | cut down BYTES | \
    carry | refuse | silence | portal | upstream ADDR… | quit";

/// A weak link on the loopback. Commands on the input, one per line: counts | reset | rate BITS_PER_S
/// (0: no limit) | rtt MS | cut | cut up BYTES | cut down BYTES | carry | refuse | silence | portal |
/// upstream ADDR… | quit
#[derive(Parser)]
#[command(name = "weak-link")]
struct Arguments {
    /// Where devices connect; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The server; several take turns.
    #[arg(long, required = true)]
    upstream: Vec<SocketAddr>,
    /// Round trip, milliseconds.
    #[arg(long, default_value_t = 0)]
    rtt_ms: u64,
    /// Bits per second in either direction; 0: no limit.
    #[arg(long, default_value_t = 0)]
    bits_per_s: u64,
}

fn main() {
    let arguments = Arguments::parse();
    let mut shape = Shape { rtt_ms: arguments.rtt_ms, bits_per_s: limit(arguments.bits_per_s), cut: None };
    let link = WeakLink::listen(arguments.listen, &arguments.upstream, shape);
    say(&json!({ "listening": link.addr() }));
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words == ["quit"] {
            break;
        }
        say(&obey(&link, &mut shape, &words)
            .unwrap_or_else(|| json!({ "error": format!("not a command: {COMMANDS}") })));
    }
}

/// Does what the words say. `None` when they say nothing we know.
fn obey(link: &WeakLink, shape: &mut Shape, words: &[&str]) -> Option<Json> {
    match words {
        ["counts"] => return serde_json::to_value(link.counted()).ok(),
        ["reset"] => link.reset_counts(),
        ["rate", rate] => {
            shape.bits_per_s = limit(rate.parse().ok()?);
            link.set_shape(*shape);
        }
        ["rtt", rtt] => {
            shape.rtt_ms = rtt.parse().ok()?;
            link.set_shape(*shape);
        }
        ["cut"] => link.cut_all(),
        ["cut", "up", bytes] => link.set_shape(shape.cut(Cut::up(bytes.parse().ok()?))),
        ["cut", "down", bytes] => link.set_shape(shape.cut(Cut::down(bytes.parse().ok()?))),
        ["carry"] => link.set_mode(Mode::Carrying),
        ["refuse"] => link.set_mode(Mode::Refusing),
        ["silence"] => link.set_mode(Mode::Silent),
        ["portal"] => link.set_mode(Mode::Portal),
        ["upstream", upstreams @ ..] if !upstreams.is_empty() => {
            let upstreams: Result<Vec<SocketAddr>, _> = upstreams.iter().map(|word| word.parse()).collect();
            link.set_upstreams(&upstreams.ok()?);
        }
        _ => return None,
    }
    Some(json!({ "ok": words.join(" ") }))
}

fn limit(bits_per_s: u64) -> Option<u64> {
    (bits_per_s > 0).then_some(bits_per_s)
}

fn say(answer: &Json) {
    let mut out = std::io::stdout().lock();
    // Whoever asked has gone when this fails; the end of the input follows.
    let _ = writeln!(out, "{answer}").and_then(|()| out.flush());
}
