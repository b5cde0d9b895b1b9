//! `GET /snapshot/{scope}` and `GET /chunk/{hash}`: a scope whole, in chunks that are named by their content, so that
//! a fetch that was cut goes on and a proxy may keep them.

use crate::{
    api::Manifest,
    server::{Refused, Server},
    signed::{self, hex},
};
use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use suanpan_model::{EntityDef, Record};
use suanpan_sync::{
    codec::snapshot::{CHUNK_BYTES, SnapshotRecord, cut_records},
    scope::{Place, Scope},
    server::store::Stored,
};

/// Context under which a request for a manifest is signed.
pub const SIGNED_SNAPSHOT: &str = "suanpan snapshot";
/// A snapshot is good enough while no more entries than this came after it: they are pulled.
const ENTRIES_BEHIND: u64 = 2_000;
/// Scopes whose newest snapshot is kept.
const KEPT_SCOPES: usize = 64;

struct Prepared {
    place: Place,
    server_ms: i64,
    /// Hex of blake3, packed records.
    chunks: Vec<(String, Arc<[u8]>)>,
}

/// The newest snapshots of this process.
#[derive(Default)]
pub struct Cache(Mutex<HashMap<Scope, Arc<Prepared>>>);

impl Cache {
    fn get(&self, scope: Scope) -> Option<Arc<Prepared>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&scope).cloned()
    }

    fn put(&self, scope: Scope, prepared: Arc<Prepared>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_SCOPES && !kept.contains_key(&scope) {
            let oldest = kept.iter().min_by_key(|(_, prepared)| prepared.server_ms).map(|(scope, _)| *scope);
            oldest.map(|scope| kept.remove(&scope));
        }
        kept.insert(scope, prepared);
    }

    fn chunk(&self, hash: &str) -> Option<Arc<[u8]>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut chunks = kept.values().flat_map(|prepared| &prepared.chunks);
        chunks.find(|(known, _)| known == hash).map(|(_, packed)| packed.clone())
    }
}

pub async fn manifest(
    State(server): State<Arc<Server>>,
    Path(scope): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Manifest>, Refused> {
    let scope: Scope = scope.parse().map_err(|message| Refused(StatusCode::BAD_REQUEST, message))?;
    let device = signed::device(&server, &headers, SIGNED_SNAPSHOT, scope.to_string()).await?;
    if !device.reads.contains(&scope) {
        return Err(Refused(StatusCode::FORBIDDEN, format!("本机没有读取区划 {scope} 的权限")));
    }
    let prepared = server.work(move |server| prepare(server, scope)).await?;
    Ok(Json(Manifest {
        seq: prepared.place.seq,
        hash: hex(&prepared.place.hash),
        server_ms: prepared.server_ms,
        chunks: prepared.chunks.iter().map(|(hash, _)| hash.clone()).collect(),
    }))
}

fn prepare(server: &Server, scope: Scope) -> Stored<Arc<Prepared>> {
    let head = server.store.read(&mut |store| store.head(scope))?;
    let fresh = |prepared: &Arc<Prepared>| prepared.place.seq + ENTRIES_BEHIND >= head.seq && prepared.place.seq <= head.seq;
    if let Some(prepared) = server.snapshots.get(scope).filter(fresh) {
        return Ok(prepared);
    }
    let mut records = Vec::new();
    let place = server.store.snapshot_rows(scope, &mut |def, record| records.push(as_sent(def, record)))?;
    let pieces = cut_records(&records, CHUNK_BYTES).into_iter();
    let chunks = pieces.map(|packed| (blake3::hash(&packed).to_hex().to_string(), packed.into())).collect();
    let prepared = Arc::new(Prepared { place, server_ms: server.now_ms(), chunks });
    server.snapshots.put(scope, prepared.clone());
    Ok(prepared)
}

fn as_sent(def: &EntityDef, record: &Record) -> SnapshotRecord {
    let filled = def.stored().filter(|(index, _)| !record.values[*index].is_null());
    SnapshotRecord {
        entity: def.entity.as_str().into(),
        id: record.id,
        division: record.header.division.clone(),
        fiscal_year: record.header.fiscal_year,
        version: record.header.version,
        deleted: record.header.deleted,
        fields: filled.map(|(index, field)| (field.name.clone(), record.values[index].to_json())).collect(),
    }
}

/// What `hash` names says nothing to whoever does not know it: only a signed manifest tells.
pub async fn chunk(State(server): State<Arc<Server>>, Path(hash): Path<String>, headers: HeaderMap) -> Response {
    let answer = |status: StatusCode, body: Vec<u8>| {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        response
    };
    let Some(packed) = server.snapshots.chunk(&hash) else { return answer(StatusCode::NOT_FOUND, Vec::new()) };
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let from = range.and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    match from {
        Some(from) if from < packed.len() => {
            let mut response = answer(StatusCode::PARTIAL_CONTENT, packed[from..].to_vec());
            let told = format!("bytes {from}-{}/{}", packed.len() - 1, packed.len());
            if let Ok(told) = told.parse() {
                response.headers_mut().insert(header::CONTENT_RANGE, told);
            }
            response
        }
        Some(_) => answer(StatusCode::RANGE_NOT_SATISFIABLE, Vec::new()),
        None => answer(StatusCode::OK, packed.to_vec()),
    }
}
