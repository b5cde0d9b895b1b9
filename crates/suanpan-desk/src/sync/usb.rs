//! Agreeing without a link: one package out, its answer back in. The same frames as online, in any order and any mix
//! with it; what came already is passed over.

use super::{
    driver::Speaker,
    link::{Address, LinkFault},
};
use crate::{
    CallError, CallErrorCode, CallResult, Desk,
    jobs::{JobStarted, Progress},
};
use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use suanpan_store::{
    Book,
    sync::{Enrolled, SyncBook},
};
use suanpan_sync::{
    client::{Session, Settings},
    keys::{PublicKeys, SecretKeys},
    package::{Brings, Head, MAX_BYTES, Way, open, seal},
    parcel::Clocks,
};
use ts_rs::TS;

/// Parcels of a package are packed larger: no link waits for them.
const PARCEL_BYTES: usize = suanpan_sync::codec::MOST_FRAME_BYTES;
const REPLY_BYTES: usize = 256 << 20;

#[derive(Debug, Clone, Deserialize, TS)]
pub struct PackRequest {
    /// Where the package is written: the stick.
    pub folder: String,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct UnpackRequest {
    pub path: String,
}

/// Result of the job [`start_pack`].
#[derive(Debug, Clone, Serialize, TS)]
pub struct Packed {
    pub path: String,
    #[ts(type = "number")]
    pub bytes: u64,
    /// Parcels in it.
    #[ts(type = "number")]
    pub parcels: u64,
}

/// Result of the job [`start_unpack`].
#[derive(Debug, Clone, Serialize, TS)]
pub struct Unpacked {
    /// For people.
    pub message: String,
    #[ts(type = "number")]
    pub pulled: u64,
    #[ts(type = "number")]
    pub disputed: u64,
    #[ts(type = "number")]
    pub refused: u64,
}

pub fn start_pack(desk: &Arc<Desk>, request: PackRequest) -> CallResult<JobStarted> {
    let (book, now_ms) = (desk.book()?, desk.now_ms());
    Ok(desk.jobs.start("写入U盘", move |_: &Progress| answer(&pack(&book, Path::new(&request.folder), now_ms)?)))
}

pub fn start_unpack(desk: &Arc<Desk>, request: UnpackRequest) -> CallResult<JobStarted> {
    let book = desk.book()?;
    Ok(desk.jobs.start("从U盘读入", move |_: &Progress| answer(&unpack(&book, Path::new(&request.path))?)))
}

fn answer<T: Serialize>(value: &T) -> CallResult<serde_json::Value> {
    serde_json::to_value(value).map_err(|error| CallError::new(CallErrorCode::Internal, error.to_string()))
}

/// Writes everything the province has not settled, sealed to it, into a new file of `folder`.
pub fn pack(book: &Arc<Book>, folder: &Path, now_ms: i64) -> CallResult<Packed> {
    let (enrolled, keys) = identity(book)?;
    let receiver = PublicKeys::from_bytes(&enrolled.province).map_err(|error| refused(&error))?;
    let clocks = Clocks { at_ms: now_ms, monotonic_ms: 0, server_ms: book.sync_state()?.server_ms };
    let settings = Settings { frame_bytes: PARCEL_BYTES, ..Settings::default() };
    let mut sync_book = SyncBook(book.clone());
    let mut session = Session::begin(&mut sync_book, &keys, settings, clocks).map_err(|error| refused(&error))?;
    let (parcels, body) = session.whole_upload(&mut sync_book).map_err(|error| refused(&error))?;
    let number: u64 = book.sync_note("package")?.unwrap_or(0) + 1;
    book.put_sync_note("package", &number)?;
    let head = Head {
        device: enrolled.device,
        sender: keys.public(),
        receiver,
        number,
        answers: None,
        written_ms: now_ms,
        brings: Brings::of_upload(&body).map_err(|error| refused(&error))?,
        from: enrolled.name.clone(),
    };
    let bytes = seal(&head, &body, &keys, dice());
    let path = folder.join(format!("上报-{}-{number}.spx", enrolled.device));
    write_whole(&path, &bytes)?;
    let count = if parcels.0 == 0 { 0 } else { parcels.1 - parcels.0 + 1 };
    Ok(Packed { path: path.display().to_string(), bytes: bytes.len() as u64, parcels: count })
}

/// Takes in a package that the province wrote for this desk. Err(Refused) with the reason: nothing was changed.
pub fn unpack(book: &Arc<Book>, path: &Path) -> CallResult<Unpacked> {
    let (enrolled, keys) = identity(book)?;
    let bytes = read_whole(path)?;
    let province = PublicKeys::from_bytes(&enrolled.province).map_err(|error| refused(&error))?;
    let expected = |head: &Head| (head.way() == Way::ToDesk && head.device == enrolled.device).then_some(province);
    let (head, body) = open(&bytes, &keys, expected).map_err(|error| refused(&error))?;
    let mut sync_book = SyncBook(book.clone());
    let mut session = Session::carried(&keys);
    session.receive(&mut sync_book, &body).map_err(|error| refused(&error))?;
    if let Some(stop) = session.stop() {
        return Err(CallError::new(CallErrorCode::Refused, stop.message.clone()));
    }
    let progress = session.progress();
    let message = match progress.pulled {
        0 => format!("“{}”的第 {} 号回包已读入，没有新的内容", head.from, head.number),
        pulled => format!("已读入“{}”的第 {} 号回包，接收 {pulled} 条", head.from, head.number),
    };
    Ok(Unpacked { message, pulled: progress.pulled, disputed: progress.disputed, refused: progress.refused })
}

/// Hands somebody's package to the province over this PC's link, unread, and writes the answer beside it.
pub fn carry(speaker: &mut Speaker, server: &str, package: &Path) -> CallResult<PathBuf> {
    let address = Address::read(server).map_err(|fault| refused(&fault))?;
    let bytes = read_whole(package)?;
    suanpan_sync::package::read_head(&bytes).map_err(|error| refused(&error))?;
    let answer = speaker.run(async |link| link.ask(&address, Method::POST, "/package", &[], bytes, REPLY_BYTES).await);
    let (status, reply) = answer.map_err(|fault| refused(&fault))?;
    if status != StatusCode::OK {
        let told: Option<serde_json::Value> = serde_json::from_slice(&reply).ok();
        let message = told.and_then(|told| told["message"].as_str().map(str::to_owned));
        let message = message.unwrap_or_else(|| LinkFault::NotTheProvince(status.to_string()).to_string());
        return Err(CallError::new(CallErrorCode::Refused, message));
    }
    let head = suanpan_sync::package::read_head(&reply).map_err(|error| refused(&error))?;
    let path = package.with_file_name(format!("回包-{}-{}.spx", head.device, head.number));
    write_whole(&path, &reply)?;
    Ok(path)
}

fn identity(book: &Book) -> CallResult<(Enrolled, SecretKeys)> {
    let not_enrolled = || CallError::new(CallErrorCode::Refused, "本账套尚未在省平台登记，请先登记一次，之后可只用U盘");
    let enrolled = book.enrolled()?.ok_or_else(not_enrolled)?;
    let keys = SecretKeys::from_seed(enrolled.secret);
    Ok((enrolled, keys))
}

fn refused(error: &dyn std::fmt::Display) -> CallError {
    CallError::new(CallErrorCode::Refused, error.to_string())
}

/// 32 random bytes.
fn dice() -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for _ in 0..3 {
        hasher.update(uuid::Uuid::new_v4().as_bytes());
    }
    *hasher.finalize().as_bytes()
}

fn read_whole(path: &Path) -> CallResult<Vec<u8>> {
    let fail =
        |error: std::io::Error| CallError::new(CallErrorCode::Io, format!("读取“{}”失败：{error}", path.display()));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(fail)?;
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(fail)?;
    Ok(bytes)
}

/// Under another name until all of it is on the stick: what is there is whole.
fn write_whole(path: &Path, bytes: &[u8]) -> CallResult<()> {
    let fail = |error: std::io::Error| {
        CallError::new(CallErrorCode::Io, format!("写入“{}”失败：{error}；请检查U盘的空间和写保护", path.display()))
    };
    let building = path.with_extension("spx.part");
    let write = || {
        let mut file = std::fs::File::create(&building)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&building, path)
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&building);
        fail(error)
    })
}
