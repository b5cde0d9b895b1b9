//! `POST /enrol`: a one-time code becomes a device.

use crate::{
    admin::code_hash,
    api::{EnrolAnswer, EnrolRequest, SignedPlace},
    server::{Refused, Server},
    signed::{hex, unhex},
};
use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::StatusCode,
};
use std::sync::Arc;
use suanpan_store::province::BOOK_OF_DEVICE;
use suanpan_sync::{
    frame::Checkpoint,
    keys::{self, PublicKeys},
    scope::Scope,
    server::{
        SIGNED_CHECKPOINT,
        store::{Province, Stored},
    },
};

/// Context of the proof that the keys are the device's own.
pub const SIGNED_ENROLMENT: &str = "suanpan enrolment";

pub async fn enrol(
    State(server): State<Arc<Server>>,
    asked: Result<Json<EnrolRequest>, JsonRejection>,
) -> Result<Json<EnrolAnswer>, Refused> {
    let Json(asked) = asked?;
    let now_ms = server.now_ms();
    if !server.buckets.allow_enrolment(now_ms) {
        return Err(Refused(StatusCode::TOO_MANY_REQUESTS, "登记过于频繁，请一分钟后再试".into()));
    }
    let unproven = || Refused(StatusCode::FORBIDDEN, "登记请求的签名不符，请升级程序后再试".into());
    let (Some(public), Some(proof)) = (unhex(&asked.keys), unhex(&asked.proof)) else { return Err(unproven()) };
    let proof: [u8; 64] = proof.try_into().map_err(|_| unproven())?;
    let public_keys = PublicKeys::from_bytes(&public).map_err(|_| unproven())?;
    let parts = [asked.code.as_bytes(), asked.name.as_bytes(), asked.book.as_bytes(), &public];
    if !keys::verify(&public_keys.verify, SIGNED_ENROLMENT, &parts, &proof) {
        return Err(unproven());
    }
    let (hash, book) = (code_hash(&asked.code), asked.book);
    let enrolled = server.work("enrol", move |server| {
        let Some(id) = server.store.enrol(&hash, public_keys.verify, now_ms)? else { return Ok(None) };
        server.store.put_meta(&format!("device keys {id}"), &hex(&public))?;
        server.store.put_meta(&format!("{BOOK_OF_DEVICE} {id}"), &book)?;
        server.store.read(&mut |store| {
            let Some(device) = store.device(id)? else { return Ok(None) };
            let checkpoints = device.reads.iter().map(|scope| checkpoint(server, store, *scope, now_ms));
            let checkpoints = checkpoints.collect::<Stored<Vec<_>>>()?;
            Ok(Some((device, checkpoints)))
        })
    });
    let Some((device, checkpoints)) = enrolled.await? else {
        return Err(Refused(StatusCode::FORBIDDEN, "登记码不对、已用过或已过期，请向管理员重新索取".into()));
    };
    tracing::info!(device = device.id.0, "enrolled");
    server.metrics.enrolled.inc();
    Ok(Json(EnrolAnswer {
        device: device.id.0,
        scopes: device.reads.iter().map(Scope::to_string).collect(),
        province: hex(&server.keys.public().to_bytes()),
        server_ms: now_ms,
        checkpoints: checkpoints.into_iter().filter(|checkpoint| checkpoint.seq > 0).collect(),
    }))
}

/// The province's word on where a log stands, so that the device can tell from its first day when it is rewritten.
fn checkpoint(server: &Server, store: &dyn Province, scope: Scope, now_ms: i64) -> Stored<SignedPlace> {
    let place = store.head(scope)?;
    let checkpoint = Checkpoint { scope, place, server_ms: now_ms, signature: [0; 64] };
    let signature = server.keys.sign(SIGNED_CHECKPOINT, &[&checkpoint.signed_bytes()]);
    Ok(SignedPlace {
        scope: scope.to_string(),
        seq: place.seq,
        hash: hex(&place.hash),
        server_ms: now_ms,
        signature: hex(&signature),
    })
}
