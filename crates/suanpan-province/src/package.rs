//! Packages that came on a stick: the same frames as an exchange, taken in at once, and the reply as a package to carry
//! back. `POST /package` does it for a relay that has a link; the `unpack` command for a stick at the server itself.

use crate::{
    server::{Refused, Server},
    signed::unhex,
};
use axum::{
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
};
use std::sync::Arc;
use suanpan_store::province::ProvinceStore;
use suanpan_sync::{
    frame::{Frame, FrameReader},
    keys::{PublicKeys, SecretKeys},
    package::{Brings, Head, PackageError, Way, open, read_head, seal},
    scope::DeviceId,
    server::{SIGNED_CHECKPOINT, Session, Settings, store::StoreFault},
};

/// What a reply may hold: all there is.
const REPLY_BYTES: usize = 256 << 20;
/// What a relay may send at once.
const REQUEST_BYTES: usize = 32 << 20;
/// Packages that are taken in at the same time.
pub(crate) const AT_ONCE: usize = 16;

#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    #[error(transparent)]
    Package(#[from] PackageError),
    #[error("{0}")]
    Declined(String),
    #[error("平台暂时不能处理：{0}")]
    Store(#[from] StoreFault),
}

/// Takes the package in and seals the reply to its writer. Err: nothing was changed. `dice`: random, used once.
pub fn unpack(
    store: &ProvinceStore,
    keys: &SecretKeys,
    bytes: &[u8],
    now_ms: i64,
    dice: [u8; 32],
) -> Result<Vec<u8>, UnpackError> {
    let claimed = read_head(bytes)?;
    let known = device_keys(store, claimed.device)?;
    let (head, body) = open(bytes, keys, |head| known.filter(|_| head.way() == Way::ToProvince))?;
    let settings = Settings { reply_bytes: REPLY_BYTES, ..Settings::default() };
    let mut declined = None;
    let answered = store.transaction(&mut |province| {
        let mut session = Session::carried(settings.clone());
        let mut answer = session.receive(province, &body, now_ms)?;
        while session.is_pulling() {
            let sign = |bytes: &[u8]| keys.sign(SIGNED_CHECKPOINT, &[bytes]);
            answer.extend(session.pull(province, &sign, now_ms)?);
        }
        declined = stop_in(&answer);
        // A transaction that fails leaves nothing behind.
        if declined.is_some() { Err(StoreFault::Broken("declined".into())) } else { Ok(answer) }
    });
    if let Some(message) = declined {
        return Err(UnpackError::Declined(message));
    }
    let answer = answered?;
    let name = store.province()?.map(|province| province.name).unwrap_or_default();
    let reply = Head {
        device: head.device,
        sender: keys.public(),
        receiver: head.sender,
        number: head.number,
        answers: Some(head.number),
        written_ms: now_ms,
        brings: Brings::of_answer(&body, &answer).unwrap_or(Brings::Entries(Vec::new())),
        from: name,
    };
    Ok(seal(&reply, &answer, keys, dice))
}

fn device_keys(store: &ProvinceStore, device: DeviceId) -> Result<Option<PublicKeys>, StoreFault> {
    let text = store.meta(&format!("device keys {device}"))?;
    Ok(text.and_then(|text| PublicKeys::from_bytes(&unhex(&text)?).ok()))
}

/// Why the province would not go on, if so.
fn stop_in(answer: &[u8]) -> Option<String> {
    let mut reader = FrameReader::default();
    reader.push(answer);
    while let Ok(Some(frame)) = reader.next_frame() {
        if let Frame::Stop(stop) = frame {
            return Some(stop.message);
        }
    }
    None
}

/// What a relay sends for a desk. So many at a time, since each is held whole.
pub(crate) async fn package(State(server): State<Arc<Server>>, request: Request) -> Result<Vec<u8>, Refused> {
    let Ok(_turn) = server.packages.try_acquire() else {
        return Err(StoreFault::Busy("too many packages at a time".into()).into());
    };
    let bytes = to_bytes(request.into_body(), REQUEST_BYTES).await;
    let too_large = format!("同步包没有收全，或超过 {} MB；请改用U盘送到平台", REQUEST_BYTES >> 20);
    let bytes = bytes.map_err(|_| Refused(StatusCode::PAYLOAD_TOO_LARGE, too_large))?;
    let now_ms = server.now_ms();
    let done = server.work("package", move |server| Ok(unpack(&server.store, &server.keys, &bytes, now_ms, dice())));
    let done = done.await?;
    server.metrics.package(if done.is_ok() { "taken" } else { "declined" });
    done.map_err(|error| match error {
        UnpackError::Store(fault) => fault.into(),
        other => Refused(StatusCode::FORBIDDEN, other.to_string()),
    })
}

/// 32 random bytes.
pub fn dice() -> [u8; 32] {
    let halves = [*uuid::Uuid::new_v4().as_bytes(), *uuid::Uuid::new_v4().as_bytes(), *uuid::Uuid::new_v4().as_bytes()];
    *blake3::hash(&halves.concat()).as_bytes()
}
