//! Requests that are not frames are signed in three headers: who, the how manieth request, and the signature over
//! both and what is asked for.

use crate::server::{Refused, Server};
use axum::http::{HeaderMap, StatusCode};
use std::sync::Arc;
use suanpan_sync::{
    keys,
    scope::DeviceId,
    server::store::{Device, StoreFault},
};

/// The device, when the signature is its own, new, and it is not revoked. The request number is used up.
pub async fn device(
    server: &Arc<Server>,
    headers: &HeaderMap,
    context: &'static str,
    asked: String,
) -> Result<Device, Refused> {
    let declined = || Refused(StatusCode::FORBIDDEN, "签名不符或请求已用过，请重新登记后再试".into());
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (Some(device), Some(request), Some(signature)) = (text("x-device"), text("x-request"), text("x-signature"))
    else {
        return Err(declined());
    };
    let (Ok(id), Ok(number)) = (device.parse().map(DeviceId), request.parse::<u64>()) else { return Err(declined()) };
    let signature: [u8; 64] = unhex(&signature).and_then(|bytes| bytes.try_into().ok()).ok_or_else(declined)?;
    let signed = format!("{device} {request} {asked}");
    let found = server.work("signed", move |server| {
        server.store.transaction(&mut |store| {
            let Some(mut device) = store.device(id)? else { return Ok::<_, StoreFault>(None) };
            let good = keys::verify(&device.verify, context, &[signed.as_bytes()], &signature);
            if !good || device.revoked || number <= device.request {
                return Ok(None);
            }
            device.request = number;
            store.note_device(&device)?;
            Ok(Some(device))
        })
    });
    found.await?.ok_or_else(declined)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}
