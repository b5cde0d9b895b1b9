//! Enrolling this PC with the province: a one-time code that an administrator gave out, exchanged for the number of a
//! device. The key is made here and never leaves the book.

use super::{
    division,
    driver::Speaker,
    link::{Address, LinkFault},
};
use crate::{
    CallError, CallErrorCode, CallResult, Desk,
    jobs::{JobStarted, Progress},
};
use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use suanpan_store::{Book, sync::Enrolled};
use suanpan_sync::{
    keys::{PublicKeys, SecretKeys},
    scope::{DeviceId, Scope},
};
use ts_rs::TS;

/// Context of the proof that the keys are the device's own.
pub const SIGNED_ENROLMENT: &str = "suanpan enrolment";
const ANSWER_BYTES: usize = 64 << 10;

#[derive(Debug, Clone, Deserialize, TS)]
pub struct EnrolRequest {
    pub server: String,
    /// One-time code, as the administrator read it out; case and dashes do not matter.
    pub code: String,
    /// What this PC is to be called.
    pub name: String,
}

/// Result of the job [`start_enrol`].
#[derive(Debug, Clone, Serialize, TS)]
pub struct Enrol {
    pub device: u32,
    pub scopes: Vec<String>,
}

#[derive(Serialize)]
struct Asked {
    code: String,
    name: String,
    book: String,
    /// Hex of [`PublicKeys::to_bytes`].
    keys: String,
    /// Hex of the signature over code, name, book and keys.
    proof: String,
}

#[derive(Deserialize)]
struct Answered {
    device: u32,
    scopes: Vec<String>,
    /// Hex of the province's [`PublicKeys::to_bytes`].
    province: String,
    server_ms: i64,
}

#[derive(Deserialize)]
struct Declined {
    message: String,
}

pub fn start_enrol(desk: &Arc<Desk>, request: EnrolRequest) -> CallResult<JobStarted> {
    let book = desk.book()?;
    let clock = desk.clone();
    Ok(desk.jobs.start("登记本机", move |_: &Progress| {
        let mut speaker = Speaker::new(Box::new(move || clock.now_ms()))?;
        let enrolled = enrol(&book, &mut speaker, &request)?;
        let scopes = enrolled.scopes.iter().map(Scope::to_string).collect();
        serde_json::to_value(Enrol { device: enrolled.device.0, scopes })
            .map_err(|error| CallError::new(CallErrorCode::Internal, error.to_string()))
    }))
}

/// Enrols the book, for the first time or anew. Err(Refused), with nothing kept here: in the province's own words when the
/// code is not good; when it was given out for another division than the book's.
pub fn enrol(book: &Arc<Book>, speaker: &mut Speaker, request: &EnrolRequest) -> CallResult<Enrolled> {
    let address = Address::read(&request.server).map_err(|fault| refused(&fault))?;
    let code: String = request.code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    let name = request.name.trim();
    if code.is_empty() || name.is_empty() {
        return Err(CallError::bad_request("请填写登记码和本机名称"));
    }
    let secret = fresh_secret();
    let keys = SecretKeys::from_seed(secret);
    let public = keys.public().to_bytes();
    let book_id = book.info().book_id.clone();
    let proof = keys.sign(SIGNED_ENROLMENT, &[code.as_bytes(), name.as_bytes(), book_id.as_bytes(), &public]);
    let asked = Asked { code, name: name.to_owned(), book: book_id, keys: hex(&public), proof: hex(&proof) };
    let body = serde_json::to_vec(&asked).map_err(|error| CallError::bad_request(error.to_string()))?;
    let headers = [("content-type", "application/json".to_owned())];
    let answer =
        speaker.run(async |link| link.ask(&address, Method::POST, "/enrol", &headers, body, ANSWER_BYTES).await);
    let (status, answer) = answer.map_err(|fault| refused(&fault))?;
    if status != StatusCode::OK {
        let message = serde_json::from_slice::<Declined>(&answer)
            .map_or_else(|_| LinkFault::NotTheProvince(status.to_string()).to_string(), |declined| declined.message);
        return Err(CallError::new(CallErrorCode::Refused, message));
    }
    let not_ours = || refused(&LinkFault::NotTheProvince("登记的应答不合规".into()));
    let answered: Answered = serde_json::from_slice(&answer).map_err(|_| not_ours())?;
    let province = unhex(&answered.province).ok_or_else(not_ours)?;
    PublicKeys::from_bytes(&province).map_err(|_| not_ours())?;
    let scopes = answered.scopes.iter().map(|scope| scope.parse()).collect::<Result<Vec<Scope>, _>>();
    let enrolled = Enrolled {
        device: DeviceId(answered.device),
        secret,
        name: name.to_owned(),
        server: request.server.trim().to_owned(),
        province,
        scopes: scopes.map_err(|_| not_ours())?,
    };
    division::must_fit(book, &enrolled.scopes)?;
    book.enrol(&enrolled, answered.server_ms)?;
    Ok(enrolled)
}

fn refused(fault: &LinkFault) -> CallError {
    CallError::new(CallErrorCode::Refused, fault.to_string())
}

/// 32 random bytes: two UUIDs hold 244 bits of the system's randomness, hashed to spread them.
fn fresh_secret() -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for _ in 0..3 {
        hasher.update(uuid::Uuid::new_v4().as_bytes());
    }
    *hasher.finalize().as_bytes()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}
