//! What an operator watches, in Prometheus's text. Never an amount, a name or a secret.

use crate::server::Server;
use axum::{extract::State, http::header::CONTENT_TYPE, response::{IntoResponse, Response}};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::{sync::Arc, time::Instant};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Ended {
    ended: &'static str,
}

/// Counters of one process.
pub struct Metrics {
    registry: Registry,
    exchanges: Family<Ended, Counter>,
    seconds: Histogram,
    pub bytes_in: Counter,
    pub bytes_out: Counter,
    pub busy: Counter,
    pub turned_away: Counter,
    pub enrolled: Counter,
    pub connections: Gauge,
    pub waiting: Gauge,
}

const SECONDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 300.0];

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("suanpan"),
            exchanges: Family::default(),
            seconds: Histogram::new(SECONDS),
            bytes_in: Counter::default(),
            bytes_out: Counter::default(),
            busy: Counter::default(),
            turned_away: Counter::default(),
            enrolled: Counter::default(),
            connections: Gauge::default(),
            waiting: Gauge::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("exchanges", "Exchanges by how they ended", metrics.exchanges.clone());
        registry.register("exchange_seconds", "Length of an exchange", metrics.seconds.clone());
        registry.register("bytes_in", "Bytes of frames received", metrics.bytes_in.clone());
        registry.register("bytes_out", "Bytes of frames sent", metrics.bytes_out.clone());
        registry.register("busy", "Requests asked to come again", metrics.busy.clone());
        registry.register("turned_away", "Connections beyond the limit", metrics.turned_away.clone());
        registry.register("enrolled", "Devices enrolled", metrics.enrolled.clone());
        registry.register("connections", "Open connections", metrics.connections.clone());
        registry.register("waiting", "Requests that wait for the store", metrics.waiting.clone());
        metrics
    }
}

impl Metrics {
    pub fn exchange(&self, ended: &'static str, began: Instant) {
        self.exchanges.get_or_create(&Ended { ended }).inc();
        self.seconds.observe(began.elapsed().as_secs_f64());
    }
}

pub async fn text(State(server): State<Arc<Server>>) -> Response {
    let mut text = String::new();
    let _ = encode(&mut text, &server.metrics.registry);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, kind)], text).into_response()
}
