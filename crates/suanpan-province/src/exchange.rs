//! `POST /s`: one exchange. A small request is one transaction and one write; a large one is answered while it is
//! still coming in, each part once it is durable.

use crate::server::Server;
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    response::Response,
};
use http_body_util::{BodyExt, channel::Channel};
use hyper::body::Body as _;
use std::{convert::Infallible, sync::Arc, time::Instant};
use suanpan_sync::{
    frame::{Frame, FrameReader, Stop, StopCode},
    scope::DeviceId,
    server::{
        SIGNED_CHECKPOINT, Session,
        store::{Province, StoreFault},
    },
};

/// A reply up to this size is written at once.
const WHOLE_REPLY_BYTES: usize = 96 << 10;
/// Parts of the reply that wait for the link.
const PARTS_AHEAD: usize = 4;

/// One step of the machine within a transaction.
enum Step {
    Receive(Bytes),
    Pull,
}

struct Exchange {
    server: Arc<Server>,
    session: Session,
}

pub async fn exchange(State(server): State<Arc<Server>>, request: Request) -> Response {
    let began = Instant::now();
    let mut body = request.into_body();
    let mut exchange = Exchange { session: Session::new(server.settings.machine.clone()), server: server.clone() };
    let Some(first) = next(&server, &mut body).await else { return reply(Vec::new()) };
    if let Some(device) = device_of(&first)
        && !server.buckets.allow(device, server.now_ms())
    {
        server.metrics.exchange("limited", began);
        return reply(busy(&server, "本机同步过于频繁，稍后自动重试"));
    }
    if body.is_end_stream() {
        let answer = exchange.whole(first).await;
        if exchange.session.is_closed() {
            server.metrics.exchange("whole", began);
            return reply(answer);
        }
        return stream(exchange, None, answer, body, began);
    }
    stream(exchange, Some(first), Vec::new(), body, began)
}

fn reply(bytes: Vec<u8>) -> Response {
    Response::new(Body::from(bytes))
}

/// Answers while the request comes in.
fn stream(mut exchange: Exchange, first: Option<Bytes>, answer: Vec<u8>, mut body: Body, began: Instant) -> Response {
    let (mut sender, channel) = Channel::<Bytes, Infallible>::new(PARTS_AHEAD);
    tokio::spawn(async move {
        let server = exchange.server.clone();
        if !answer.is_empty() && sender.send_data(answer.into()).await.is_err() {
            return server.metrics.exchange("cut", began);
        }
        let mut part = first;
        while let Some(bytes) = part {
            let answer = exchange.step(Step::Receive(bytes)).await;
            if !answer.is_empty() && sender.send_data(answer.into()).await.is_err() || exchange.session.is_closed() {
                return server.metrics.exchange("cut", began);
            }
            part = if exchange.session.is_pulling() { None } else { next(&server, &mut body).await };
        }
        while exchange.session.is_pulling() {
            let answer = exchange.step(Step::Pull).await;
            if !answer.is_empty() && sender.send_data(answer.into()).await.is_err() {
                return server.metrics.exchange("cut", began);
            }
        }
        server.metrics.exchange(if exchange.session.is_closed() { "streamed" } else { "cut" }, began);
    });
    Response::new(Body::new(channel))
}

/// The next part of the request; None at its end, and when nothing came for too long or too much came.
async fn next(server: &Server, body: &mut Body) -> Option<Bytes> {
    let frame = tokio::time::timeout(server.settings.idle, body.frame()).await.ok()??;
    let bytes = frame.ok()?.into_data().ok()?;
    server.metrics.bytes_in.inc_by(bytes.len() as u64);
    Some(bytes)
}

impl Exchange {
    /// The whole request at once, and as much of the reply as is written at once.
    async fn whole(&mut self, bytes: Bytes) -> Vec<u8> {
        let session = self.session.clone();
        let done = self.server.work(move |server| {
            let now_ms = server.now_ms();
            server.store.transaction(&mut |store| {
                let mut attempt = session.clone();
                let mut answer = attempt.receive(store, &bytes, now_ms)?;
                while attempt.is_pulling() && answer.len() < WHOLE_REPLY_BYTES {
                    answer.extend(attempt.pull(store, &|bytes| checkpoint(server, bytes), now_ms)?);
                }
                Ok((attempt, answer))
            })
        });
        let done = done.await;
        self.settle(done)
    }

    async fn step(&mut self, step: Step) -> Vec<u8> {
        let session = self.session.clone();
        let done = self.server.work(move |server| {
            let now_ms = server.now_ms();
            let mut work = |store: &dyn Province| {
                let mut attempt = session.clone();
                let answer = match &step {
                    Step::Receive(bytes) => attempt.receive(store, bytes, now_ms)?,
                    Step::Pull => attempt.pull(store, &|bytes| checkpoint(server, bytes), now_ms)?,
                };
                Ok((attempt, answer))
            };
            match step {
                Step::Receive(_) => server.store.transaction(&mut work),
                Step::Pull => server.store.read(&mut work),
            }
        });
        let done = done.await;
        self.settle(done)
    }

    /// What is answered once it is durable; a store that cannot asks the client to come again.
    fn settle(&mut self, done: Result<(Session, Vec<u8>), StoreFault>) -> Vec<u8> {
        match done {
            Ok((session, answer)) => {
                self.session = session;
                self.server.metrics.bytes_out.inc_by(answer.len() as u64);
                answer
            }
            Err(fault) => {
                if !matches!(fault, StoreFault::Busy(_)) {
                    tracing::error!(%fault, "exchange");
                }
                self.session = Session::closed();
                busy(&self.server, "平台正忙，稍后自动重试")
            }
        }
    }
}

fn checkpoint(server: &Server, bytes: &[u8]) -> [u8; 64] {
    server.keys.sign(SIGNED_CHECKPOINT, &[bytes])
}

/// Asks the client to come again, not all at the same time.
fn busy(server: &Server, message: &str) -> Vec<u8> {
    server.metrics.busy.inc();
    let spread = u64::from(uuid::Uuid::new_v4().as_bytes()[0]) * 20;
    let stop = Stop { code: StopCode::Busy, message: message.into(), retry_ms: 1_000 + spread, scope: None };
    let mut bytes = Vec::new();
    Frame::Stop(stop).write(&mut bytes);
    bytes
}

/// Who speaks, if the first frame is whole.
fn device_of(bytes: &[u8]) -> Option<DeviceId> {
    let mut reader = FrameReader::default();
    reader.push(bytes.get(..bytes.len().min(4096))?);
    match reader.next_frame() {
        Ok(Some(Frame::Hello(hello))) => Some(hello.device),
        _ => None,
    }
}
