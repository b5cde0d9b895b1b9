//! `GET /snapshot/{scope}` and `GET /chunk/{hash}`: a scope whole, in chunks that are named by their content, so that
//! a fetch that was cut goes on and a proxy may keep them. What is kept here is a cache ([`Cache`]): another server, or
//! this one later, prepares the same again.

mod cache;

pub use cache::Cache;

use crate::{
    api::Manifest,
    server::{Refused, Server},
    signed::{self, hex},
};
use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use cache::Prepared;
use std::{ops::Range, sync::Arc};
use suanpan_model::{EntityDef, Record};
use suanpan_sync::{
    codec::snapshot::{CHUNK_BYTES, SnapshotRecord, cut_records},
    scope::Scope,
    server::store::Stored,
};

/// Context under which a request for a manifest is signed, and the manifest.
pub const SIGNED_SNAPSHOT: &str = "suanpan snapshot";
pub const SIGNED_MANIFEST: &str = "suanpan snapshot manifest";
/// A snapshot is good enough while no more entries than this came after it: they are pulled.
const ENTRIES_BEHIND: u64 = 2_000;
/// The content follows from the name.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

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
    // Whoever asks for a scope that is being prepared waits here and not on a connection to the store.
    let turn = server.snapshots.turn(scope);
    let _turn = turn.lock().await;
    let prepared = server.work("snapshot", move |server| prepare(server, scope)).await?;
    Ok(Json(told(&server, scope, &prepared)))
}

fn prepare(server: &Server, scope: Scope) -> Stored<Arc<Prepared>> {
    let head = server.store.read(&mut |store| store.head(scope))?;
    let known = server.snapshots.newest(scope);
    let is_fresh = |place: u64| place <= head.seq && place + ENTRIES_BEHIND >= head.seq;
    if let Some(prepared) = known.filter(|prepared| is_fresh(prepared.place.seq)) {
        return Ok(prepared);
    }
    let mut records = Vec::new();
    let place = server.store.snapshot_rows(scope, &mut |def, record| records.push(as_sent(def, record)))?;
    let pieces = cut_records(&records, CHUNK_BYTES).into_iter();
    let chunks = pieces.map(|packed| (blake3::hash(&packed).to_hex().to_string(), packed.into())).collect();
    let prepared = Arc::new(Prepared { scope, place, server_ms: server.now_ms(), chunks });
    server.snapshots.put(prepared.clone());
    Ok(prepared)
}

fn told(server: &Server, scope: Scope, prepared: &Prepared) -> Manifest {
    let chunks: Vec<String> = prepared.chunks.iter().map(|(hash, _)| hash.clone()).collect();
    let (seq, hash, server_ms) = (prepared.place.seq, hex(&prepared.place.hash), prepared.server_ms);
    let signed = format!("{scope} {seq} {hash} {server_ms} {}", chunks.join(" "));
    let signature = hex(&server.keys.sign(SIGNED_MANIFEST, &[signed.as_bytes()]));
    let bytes = prepared.chunks.iter().map(|(_, packed)| packed.len() as u64).collect();
    Manifest { seq, hash, server_ms, chunks, bytes, signature }
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
    let Some(packed) = server.snapshots.chunk(&hash) else { return with_status(StatusCode::NOT_FOUND, Bytes::new()) };
    let wanted = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (mut response, told) = match wanted.map(|wanted| range(wanted, packed.len())) {
        None | Some(Asked::Whole) => (with_status(StatusCode::OK, packed), None),
        Some(Asked::Nothing) => {
            let told = format!("bytes */{}", packed.len());
            (with_status(StatusCode::RANGE_NOT_SATISFIABLE, Bytes::new()), Some(told))
        }
        Some(Asked::Part(part)) => {
            let told = format!("bytes {}-{}/{}", part.start, part.end - 1, packed.len());
            (with_status(StatusCode::PARTIAL_CONTENT, packed.slice(part)), Some(told))
        }
    };
    response.headers_mut().insert(header::CACHE_CONTROL, FOR_EVER);
    if let Some(told) = told.and_then(|told| told.parse().ok()) {
        response.headers_mut().insert(header::CONTENT_RANGE, told);
    }
    response
}

fn with_status(status: StatusCode, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Part(Range<usize>),
    /// The range is beyond the chunk.
    Nothing,
    /// What is not understood is not heeded, as HTTP wants it.
    Whole,
}

/// `bytes=10-` or `bytes=10-99` of a chunk of `length` bytes.
fn range(wanted: &str, length: usize) -> Asked {
    let ends = wanted.strip_prefix("bytes=").and_then(|ends| ends.split_once('-'));
    let Some((Ok(start), end)) = ends.map(|(start, end)| (start.parse::<usize>(), end)) else { return Asked::Whole };
    let end = match end {
        "" => length,
        end => match end.parse::<usize>() {
            Ok(last) if last >= start => last.saturating_add(1).min(length),
            _ => return Asked::Whole,
        },
    };
    if start < length { Asked::Part(start..end) } else { Asked::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_chunk_are_asked_for_as_http_has_it() {
        for (wanted, asked) in [
            ("bytes=0-", Asked::Part(0..100)),
            ("bytes=40-", Asked::Part(40..100)),
            ("bytes=40-49", Asked::Part(40..50)),
            ("bytes=40-1000", Asked::Part(40..100)),
            ("bytes=100-", Asked::Nothing),
            ("bytes=50-40", Asked::Whole),
            ("bytes=-5", Asked::Whole),
            ("lines=1-2", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
        ] {
            assert_eq!(range(wanted, 100), asked, "{wanted}");
        }
    }
}
