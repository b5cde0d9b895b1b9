//! The requests and answers that are JSON. Their description for other programs is generated from here:
//! `cargo run -p suanpan-province --example openapi` writes `schemas/api/province.json`.

use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

/// Why a request was declined, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Declined {
    pub message: String,
}

/// A desk asks to become a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnrolRequest {
    /// One-time code, upper case, without dashes.
    pub code: String,
    /// What the PC is called.
    pub name: String,
    /// Id of the book.
    pub book: String,
    /// Hex of the public keys: algorithm (1 byte), Ed25519 (32), X25519 (32).
    pub keys: String,
    /// Hex of the Ed25519 signature over code, name, book and keys.
    pub proof: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EnrolAnswer {
    pub device: u32,
    /// 区划 whose logs the device reads, 9 digits each.
    pub scopes: Vec<String>,
    /// Hex of the province's public keys.
    pub province: String,
    /// ms since 1970.
    pub server_ms: i64,
    /// Where the logs of `scopes` stand; one that is empty yet is left out.
    pub checkpoints: Vec<SignedPlace>,
}

/// The province's word that the log of `scope` stood so: a checkpoint as frames have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedPlace {
    pub scope: String,
    pub seq: u64,
    /// Hex.
    pub hash: String,
    /// ms since 1970.
    pub server_ms: i64,
    /// Hex of the Ed25519 signature, context `suanpan sync checkpoint`.
    pub signature: String,
}

/// What a snapshot consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Manifest {
    /// Place of the scope's log at which the records stood so.
    pub seq: u64,
    /// Hex of the log's hash there.
    pub hash: String,
    /// ms since 1970.
    pub server_ms: i64,
    /// Hex of blake3 over each chunk; `GET /chunk/{hash}`.
    pub chunks: Vec<String>,
    /// Length of each chunk.
    pub bytes: Vec<u64>,
    /// Hex of the province's Ed25519 signature, context `suanpan snapshot manifest`, over the text
    /// `scope seq hash server_ms` and the hashes of the chunks, with a space between each.
    pub signature: String,
}

/// A device asks for a block of codes. Headers as for a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeaseRequest {
    /// 区划, 9 digits.
    pub scope: String,
    pub entity: String,
    pub field: String,
    pub fiscal_year: i32,
    pub prefix: String,
    /// Characters of a whole code.
    pub width: usize,
    pub count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeaseAnswer {
    pub first: String,
    pub last: String,
}

#[utoipa::path(post, path = "/s", description = "One exchange; frames both ways, see docs/sync-protocol.md",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, description = "Frames", body = Vec<u8>, content_type = "application/octet-stream")))]
#[expect(dead_code, reason = "stands for the route in the generated description")]
fn exchange() {}

#[utoipa::path(post, path = "/enrol", request_body = EnrolRequest,
    responses((status = 200, body = EnrolAnswer), (status = 403, body = Declined), (status = 429, body = Declined), (status = 503, body = Declined)))]
#[expect(dead_code, reason = "stands for the route in the generated description")]
fn enrol() {}

#[utoipa::path(get, path = "/snapshot/{scope}",
    params(("scope" = String, Path), ("x-device" = u32, Header), ("x-request" = u64, Header), ("x-signature" = String, Header)),
    responses((status = 200, body = Manifest), (status = 403, body = Declined)))]
#[expect(dead_code, reason = "stands for the route in the generated description")]
fn snapshot() {}

#[utoipa::path(get, path = "/chunk/{hash}", params(("hash" = String, Path), ("range" = Option<String>, Header)),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, description = "Ask for a new manifest; chunks whose hash it names still hold"), (status = 416)))]
#[expect(dead_code, reason = "stands for the route in the generated description")]
fn chunk() {}

#[utoipa::path(post, path = "/lease", request_body = LeaseRequest,
    params(("x-device" = u32, Header), ("x-request" = u64, Header), ("x-signature" = String, Header)),
    responses((status = 200, body = LeaseAnswer), (status = 403, body = Declined)))]
#[expect(dead_code, reason = "stands for the route in the generated description")]
fn lease() {}

#[utoipa::path(post, path = "/package", description = "A sealed package of a desk; the answer is a package to carry back",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"), (status = 403, body = Declined)))]
#[expect(dead_code, reason = "stands for the route in the generated description")]
fn package() {}

#[utoipa::path(get, path = "/healthz", responses((status = 200), (status = 503)))]
#[expect(dead_code, reason = "stands for the route in the generated description")]
fn healthz() {}

#[utoipa::path(get, path = "/metrics", responses((status = 200, content_type = "text/plain")))]
#[expect(dead_code, reason = "stands for the route in the generated description")]
fn metrics() {}

/// The description as it is committed.
pub fn description() -> String {
    let text = Description::openapi().to_pretty_json();
    text.expect("a description holds only texts, numbers, lists and maps") + "\n"
}

/// The whole description.
#[derive(OpenApi)]
#[openapi(
    info(title = "Suanpan province", description = "省级平台的同步接口"),
    paths(exchange, enrol, snapshot, chunk, lease, package, healthz, metrics),
    components(schemas(Declined, EnrolRequest, EnrolAnswer, SignedPlace, Manifest, LeaseRequest, LeaseAnswer))
)]
struct Description;
