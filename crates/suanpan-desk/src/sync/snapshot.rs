//! Fetches a scope whole: the manifest says of which chunks the snapshot consists, each is fetched by its hash, checked
//! and kept in memory only as long as it takes to write it into the book.

use super::{
    driver::Speaker,
    enrol::{hex, unhex},
    link::{Address, LinkFault},
};
use hyper::{Method, StatusCode};
use serde::Deserialize;
use std::sync::Arc;
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

impl Speaker {
    /// Brings `scope` to the province's newest snapshot, own unsettled changes on top.
    pub fn refresh(&mut self, book: &Arc<Book>, enrolled: &Enrolled, scope: Scope) -> Result<(), LinkFault> {
        let address = Address::read(&enrolled.server)?;
        let mut sync_book = SyncBook(book.clone());
        let manifest = self.manifest(&address, &mut sync_book, enrolled, scope)?;
        let mut refresh = Refresh::default();
        for chunk in &manifest.chunks {
            let packed = self.chunk(&address, chunk)?;
            let records = unpack_records(&packed, &Limits::default()).map_err(|error| store(&error))?;
            refresh.take(&mut sync_book, scope, manifest.server_ms, records).map_err(SessionFault::Store)?;
        }
        let hash = unhex(&manifest.hash).and_then(|hash| hash.try_into().ok());
        let hash = hash.ok_or_else(|| LinkFault::NotTheProvince("快照目录不合规".into()))?;
        let place = Place { seq: manifest.seq, hash };
        refresh.finish(&mut sync_book, scope, manifest.server_ms, place).map_err(SessionFault::Store)?;
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
        let headers = [
            ("x-device", parts[0].clone()),
            ("x-request", parts[1].clone()),
            ("x-signature", hex(&signature)),
        ];
        let path = format!("/snapshot/{scope}");
        let answer = self.run(async |link| {
            link.ask(address, Method::GET, &path, &headers, Vec::new(), MANIFEST_BYTES).await
        });
        let (status, body) = answer?;
        if status != StatusCode::OK {
            return Err(LinkFault::NotTheProvince(format!("快照 {status}")));
        }
        serde_json::from_slice(&body).map_err(|_| LinkFault::NotTheProvince("快照目录不合规".into()))
    }

    /// A chunk by its hash; after a cut the rest of it is asked for.
    fn chunk(&mut self, address: &Address, hash: &str) -> Result<Vec<u8>, LinkFault> {
        let path = format!("/chunk/{hash}");
        let answer = self.run(async |link| link.ask(address, Method::GET, &path, &[], Vec::new(), CHUNK_BYTES).await);
        let (status, body) = answer?;
        if status != StatusCode::OK || hex(blake3::hash(&body).as_bytes()) != hash {
            return Err(LinkFault::NotTheProvince(format!("快照分块 {status}")));
        }
        Ok(body)
    }
}

fn store(error: &dyn std::fmt::Display) -> LinkFault {
    SessionFault::Store(StoreFault::Failed(error.to_string())).into()
}
