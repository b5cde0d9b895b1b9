//! Snapshots that this process has prepared, up to a number of bytes; the oldest go first. Those that a newer one has
//! replaced stay as long as there is room: somebody may be fetching them over a slow link.

use axum::body::Bytes;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use suanpan_sync::scope::{Place, Scope};

/// Bytes of chunks that are kept.
const KEPT_BYTES: usize = 256 << 20;

pub struct Prepared {
    pub scope: Scope,
    pub place: Place,
    /// ms since 1970.
    pub server_ms: i64,
    /// Hex of blake3, packed records.
    pub chunks: Vec<(String, Bytes)>,
}

impl Prepared {
    fn bytes(&self) -> usize {
        self.chunks.iter().map(|(_, packed)| packed.len()).sum()
    }
}

#[derive(Default)]
pub struct Cache {
    kept: Mutex<Kept>,
    turns: Mutex<HashMap<Scope, Arc<tokio::sync::Mutex<()>>>>,
}

#[derive(Default)]
struct Kept {
    /// Oldest first.
    snapshots: VecDeque<Arc<Prepared>>,
    bytes: usize,
}

impl Cache {
    /// Held by whoever prepares the scope or looks whether it is prepared.
    pub fn turn(&self, scope: Scope) -> Arc<tokio::sync::Mutex<()>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner).entry(scope).or_default().clone()
    }

    pub fn newest(&self, scope: Scope) -> Option<Arc<Prepared>> {
        self.kept().snapshots.iter().rev().find(|prepared| prepared.scope == scope).cloned()
    }

    pub fn put(&self, prepared: Arc<Prepared>) {
        let mut kept = self.kept();
        kept.bytes += prepared.bytes();
        kept.snapshots.push_back(prepared);
        while kept.bytes > KEPT_BYTES && kept.snapshots.len() > 1 {
            let oldest = kept.snapshots.pop_front().map_or(0, |oldest| oldest.bytes());
            kept.bytes -= oldest;
        }
    }

    pub fn chunk(&self, hash: &str) -> Option<Bytes> {
        let kept = self.kept();
        let mut chunks = kept.snapshots.iter().rev().flat_map(|prepared| &prepared.chunks);
        chunks.find(|(known, _)| known == hash).map(|(_, packed)| packed.clone())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
