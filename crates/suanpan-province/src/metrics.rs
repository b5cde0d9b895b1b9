//! What an operator watches, in Prometheus's text. Never an amount, a name or a secret.

use crate::server::Server;
use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use suanpan_sync::server::Session;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    ended: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Passed {
    way: &'static str,
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Phase {
    phase: &'static str,
}

/// Counters of one process.
pub struct Metrics {
    registry: Registry,
    exchanges: Family<Ended, Counter>,
    packages: Family<Ended, Counter>,
    frames: Family<Passed, Counter>,
    exchange_seconds: Histogram,
    store_seconds: Family<Phase, Histogram>,
    wait_seconds: Histogram,
    groups: Counter,
    ops: Counter,
    pub bytes_in: Counter,
    pub bytes_out: Counter,
    pub busy: Counter,
    pub turned_away: Counter,
    pub enrolled: Counter,
    pub connections: Gauge,
    pub waiting: Gauge,
    pub workers: Gauge,
    pub workers_free: Gauge,
}

const SECONDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 300.0];

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("suanpan");
        macro_rules! registered {
            ($name:literal, $help:literal, $metric:expr) => {{
                let metric = $metric;
                registry.register($name, $help, metric.clone());
                metric
            }};
        }
        Self {
            exchanges: registered!("exchanges", "Exchanges by how they ended", Family::default()),
            packages: registered!("packages", "Packages by how they ended", Family::default()),
            frames: registered!("frames", "Frames of exchanges by way and kind", Family::default()),
            exchange_seconds: registered!("exchange_seconds", "Length of an exchange", seconds()),
            store_seconds: registered!(
                "store_seconds",
                "Length of a piece of work with the store",
                Family::new_with_constructor(seconds as fn() -> Histogram)
            ),
            wait_seconds: registered!("wait_seconds", "How long work waited for its turn", seconds()),
            groups: registered!("groups", "Groups decided", Counter::default()),
            ops: registered!("ops", "Ops of the groups decided", Counter::default()),
            bytes_in: registered!("bytes_in", "Bytes of frames received", Counter::default()),
            bytes_out: registered!("bytes_out", "Bytes of frames sent", Counter::default()),
            busy: registered!("busy", "Exchanges asked to come again", Counter::default()),
            turned_away: registered!("turned_away", "Connections beyond the limit", Counter::default()),
            enrolled: registered!("enrolled", "Devices enrolled", Counter::default()),
            connections: registered!("connections", "Open connections", Gauge::default()),
            waiting: registered!("waiting", "Requests that wait for the store", Gauge::default()),
            workers: registered!("workers", "Work that may be with the store at a time", Gauge::default()),
            workers_free: registered!("workers_free", "Room for work with the store", Gauge::default()),
            registry,
        }
    }
}

impl Metrics {
    pub fn exchange(&self, ended: &'static str, began: Instant) {
        self.exchanges.get_or_create(&Ended { ended }).inc();
        self.exchange_seconds.observe(began.elapsed().as_secs_f64());
    }

    pub fn package(&self, ended: &'static str) {
        self.packages.get_or_create(&Ended { ended }).inc();
    }

    pub fn frame(&self, way: &'static str, kind: &'static str) {
        self.frames.get_or_create(&Passed { way, kind }).inc();
    }

    /// What a step of a conversation has brought.
    pub fn brought(&self, before: &Session, after: &Session) {
        let (before, after) = (before.brought(), after.brought());
        self.groups.inc_by(after.groups - before.groups);
        self.ops.inc_by(after.ops - before.ops);
    }

    pub fn worked(&self, phase: &'static str, waited: Duration, took: Duration) {
        self.wait_seconds.observe(waited.as_secs_f64());
        self.store_seconds.get_or_create(&Phase { phase }).observe(took.as_secs_f64());
    }
}

pub async fn text(State(server): State<Arc<Server>>) -> Response {
    let metrics = &server.metrics;
    metrics.workers.set(server.settings.workers as i64);
    metrics.workers_free.set(server.workers.available_permits() as i64);
    let mut text = String::new();
    let _ = encode(&mut text, &metrics.registry);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, kind)], text).into_response()
}
