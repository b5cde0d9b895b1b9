//! Fetches a scope whole: the manifest says of which chunks the snapshot consists, each is fetched by its hash and checked.
//! What has come is kept until the scope is whole, so that a link that breaks again and again gets there all the same.

use super::{
    driver::Speaker,
    enrol::{hex, unhex},
    link::{Address, LinkFault},
};
use hyper::{Method, StatusCode};
use serde::Deserialize;
use std::{collections::HashMap, sync::Arc};
use suanpan_store::{
    Book,
    sync::{Enrolled, SyncBook},
};
use suanpan_sync::{
    client::{SessionFault, refresh::Refresh, store::Book as _, store::StoreFault},
    codec::{Limits, snapshot::unpack_records},
    keys::SecretKeys,
    scope::{Place, Scope},
};

/// Context under which the request for a manifest is signed.
pub const SIGNED_SNAPSHOT: &str = "suanpan snapshot";
const MANIFEST_BYTES: usize = 4 << 20;
const CHUNK_BYTES: usize = 4 << 20;

#[derive(Deserialize)]
struct Manifest {
    seq: u64,
    /// Hex of the log's hash at `seq`.
    hash: String,
    server_ms: i64,
    /// Hex of blake3 over each packed chunk.
    chunks: Vec<String>,
}

/// Chunks by their hash, as far as they have come.
pub type Chunks = HashMap<String, Vec<u8>>;

impl Speaker {
    /// Brings `scope` to the province's newest snapshot, own unsettled changes on top.
    pub fn refresh(&mut self, book: &Arc<Book>, enrolled: &Enrolled, scope: Scope) -> Result<(), LinkFault> {
        let address = Address::read(&enrolled.server)?;
        let mut sync_book = SyncBook(book.clone());
        let manifest = self.manifest(&address, &mut sync_book, enrolled, scope)?;
        self.chunks.retain(|hash, _| manifest.chunks.contains(hash));
        let mut refresh = Refresh::default();
        for chunk in &manifest.chunks {
            self.fetch(&address, chunk)?;
            let packed = self.chunks.get(chunk).map_or(&[][..], Vec::as_slice);
            let records = unpack_records(packed, &Limits::default()).map_err(|error| store(&error))?;
            refresh.take(&mut sync_book, scope, manifest.server_ms, records).map_err(SessionFault::Store)?;
        }
        let hash = unhex(&manifest.hash).and_then(|hash| hash.try_into().ok());
        let hash = hash.ok_or_else(|| LinkFault::NotTheProvince("快照目录不合规".into()))?;
        let place = Place { seq: manifest.seq, hash };
        refresh.finish(&mut sync_book, scope, manifest.server_ms, place).map_err(SessionFault::Store)?;
        self.chunks.clear();
        Ok(())
    }

    fn manifest(
        &mut self,
        address: &Address,
        book: &mut SyncBook,
        enrolled: &Enrolled,
        scope: Scope,
    ) -> Result<Manifest, LinkFault> {
        let mut request = 0;
        let counted = book.transaction(&mut |desk| {
            let mut state = desk.state()?;
            state.request += 1;
            request = state.request;
            desk.put_state(&state)
        });
        counted.map_err(SessionFault::Store)?;
        let keys = SecretKeys::from_seed(enrolled.secret);
        let parts = [enrolled.device.0.to_string(), request.to_string(), scope.to_string()];
        let signed = parts.join(" ");
        let signature = keys.sign(SIGNED_SNAPSHOT, &[signed.as_bytes()]);
        let headers =
            [("x-device", parts[0].clone()), ("x-request", parts[1].clone()), ("x-signature", hex(&signature))];
        let path = format!("/snapshot/{scope}");
        let answer =
            self.run(async |link| link.ask(address, Method::GET, &path, &headers, Vec::new(), MANIFEST_BYTES).await);
        let (status, body) = answer?;
        if status != StatusCode::OK {
            return Err(LinkFault::NotTheProvince(format!("快照 {status}")));
        }
        serde_json::from_slice(&body).map_err(|_| LinkFault::NotTheProvince("快照目录不合规".into()))
    }

    /// Has the chunk of that hash among `self.chunks`, asking for what is not there yet.
    fn fetch(&mut self, address: &Address, hash: &str) -> Result<(), LinkFault> {
        let mut chunk = self.chunks.remove(hash).unwrap_or_default();
        if is_whole(&chunk, hash) {
            self.chunks.insert(hash.to_owned(), chunk);
            return Ok(());
        }
        let held = chunk.len();
        let headers = if held > 0 { vec![("range", format!("bytes={held}-"))] } else { Vec::new() };
        let (path, answer) = (format!("/chunk/{hash}"), (&mut chunk, CHUNK_BYTES));
        let status =
            self.run(async |link| link.ask_into(address, Method::GET, &path, &headers, Vec::new(), answer).await);
        match status {
            Err(fault) => {
                self.chunks.insert(hash.to_owned(), chunk);
                return Err(fault);
            }
            // Something in between passes no ranges on.
            Ok(StatusCode::OK) => _ = chunk.drain(..held),
            Ok(_) => {}
        }
        if !is_whole(&chunk, hash) {
            return Err(LinkFault::NotTheProvince("快照分块与目录不符".into()));
        }
        self.chunks.insert(hash.to_owned(), chunk);
        Ok(())
    }
}

fn is_whole(chunk: &[u8], hash: &str) -> bool {
    hex(blake3::hash(chunk).as_bytes()) == hash
}

fn store(error: &dyn std::fmt::Display) -> LinkFault {
    SessionFault::Store(StoreFault::Failed(error.to_string())).into()
}
