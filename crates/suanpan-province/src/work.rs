//! Work with the store, which blocks: so much of it at a time as the store has connections, some more may wait, and what is
//! beyond that is asked to come again.

use crate::server::Server;
use prometheus_client::metrics::gauge::Gauge;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use suanpan_sync::server::store::{StoreFault, Stored};
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

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
        self.work_within(Duration::MAX, phase, work).await
    }

    /// [`Server::work`], but Err(Busy) when its turn has not come after `patience`.
    pub(crate) async fn work_within<T: Send + 'static>(
        self: &Arc<Self>,
        patience: Duration,
        phase: &'static str,
        work: impl FnOnce(&Self) -> Stored<T> + Send + 'static,
    ) -> Stored<T> {
        let came = Instant::now();
        let turn = self.turn(patience).await?;
        let server = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let began = Instant::now();
            let result = work(&server);
            let took = began.elapsed();
            server.metrics.worked(phase, began - came, took);
            server.pace.worked(took);
            drop(turn);
            result
        });
        done.await.unwrap_or_else(|error| Err(StoreFault::Broken(error.to_string())))
    }

    async fn turn(&self, patience: Duration) -> Stored<OwnedSemaphorePermit> {
        let busy = || StoreFault::Busy("too many requests wait".into());
        if self.metrics.waiting.get() >= self.settings.waiting as i64 {
            return Err(busy());
        }
        let _waiting = Waiting::in_line(&self.metrics.waiting);
        match timeout(patience, self.workers.clone().acquire_owned()).await {
            Ok(turn) => turn.map_err(|_| StoreFault::Unavailable("stopping".into())),
            Err(_) => Err(busy()),
        }
    }
}
