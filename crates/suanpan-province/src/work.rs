//! Work with the store, which blocks: so much of it at a time as the store has connections, some more may wait, and what is
//! beyond that is asked to come again.

use crate::server::Server;
use prometheus_client::metrics::gauge::Gauge;
use std::{sync::Arc, time::Instant};
use suanpan_sync::server::store::{StoreFault, Stored};

/// Counts whoever waits, also one that is dropped while it waits.
struct Waiting<'a>(&'a Gauge);

impl<'a> Waiting<'a> {
    fn in_line(gauge: &'a Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Server {
    /// Runs `work` where blocking is allowed, when it is its turn. Err(Busy) at once when too many wait already. `phase`
    /// names it in the metrics. Work that has begun is done to its end, also when nobody waits for it any more.
    pub(crate) async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        phase: &'static str,
        work: impl FnOnce(&Self) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        if self.metrics.waiting.get() >= self.settings.waiting as i64 {
            return Err(StoreFault::Busy("too many requests wait".into()));
        }
        let came = Instant::now();
        let waiting = Waiting::in_line(&self.metrics.waiting);
        let turn = self.workers.clone().acquire_owned().await;
        drop(waiting);
        let Ok(turn) = turn else { return Err(StoreFault::Unavailable("stopping".into())) };
        let server = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            let result = work(&server);
            server.metrics.worked(phase, began - came, began.elapsed());
            drop(turn);
            result
        });
        done.await.unwrap_or_else(|error| Err(StoreFault::Broken(error.to_string())))
    }
}
