//! `POST /s`: one exchange. A request that is whole is one transaction and one write; a large one is answered while it is
//! still coming in, each part once it is durable.

use crate::{
    server::Server,
    tally::{Passed, Walk},
    upload::Upload,
};
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    response::Response,
};
use http_body_util::channel::{Channel, Sender};
use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};
use suanpan_sync::{
    frame::{Frame, FrameError, FrameReader, Stop, StopCode},
    scope::DeviceId,
    server::{
        SIGNED_CHECKPOINT, Session,
        store::{Province, StoreFault, Stored},
    },
};

/// A reply up to this size is written at once.
const WHOLE_REPLY_BYTES: usize = 96 << 10;
/// Parts of the reply that wait for the link.
const PARTS_AHEAD: usize = 4;
/// A hello is shorter than this.
const HELLO_BYTES: usize = 16 << 10;

pub async fn exchange(State(server): State<Arc<Server>>, request: Request) -> Response {
    let mut upload = Upload::new(request.into_body(), server.settings.idle, server.settings.limits.request_bytes);
    let mut exchange = Exchange::new(server);
    let mut answer = match exchange.next(&mut upload).await {
        Some(first) => exchange.begin(first).await,
        None => Vec::new(),
    };
    answer.extend(exchange.objection(&upload));
    if upload.is_over() && !exchange.session.is_pulling() {
        exchange.note(&upload);
        return Response::new(Body::from(answer));
    }
    let (mut sender, channel) = Channel::<Bytes, Infallible>::new(PARTS_AHEAD);
    tokio::spawn(async move {
        exchange.go_on(answer, &mut upload, &mut sender).await;
        upload.drain().await;
    });
    Response::new(Body::new(channel))
}

struct Exchange {
    server: Arc<Server>,
    session: Session,
    began: Instant,
    device: Option<DeviceId>,
    answered: Walk,
    bytes_out: u64,
    /// How it ended, as metrics name it.
    ended: &'static str,
}

impl Exchange {
    fn new(server: Arc<Server>) -> Self {
        let session = Session::new(server.settings.machine.clone());
        let (began, answered) = (Instant::now(), Walk::default());
        Self { server, session, began, device: None, answered, bytes_out: 0, ended: "cut" }
    }

    async fn next(&self, upload: &mut Upload) -> Option<Bytes> {
        let metrics = &self.server.metrics;
        upload.next(&mut |frame| metrics.frame("in", frame.kind())).await
    }

    async fn begin(&mut self, first: Bytes) -> Vec<u8> {
        self.device = device_of(&first);
        let (server, now_ms) = (self.server.clone(), self.server.now_ms());
        if self.device.is_some_and(|device| !server.buckets.allows(device, now_ms)) {
            return self.busy("本机同步过于频繁，稍后自动重试", spread());
        }
        let answer = self.receive(first, server.settings.patience).await;
        // Only who has shown to be the device uses up what the device may ask.
        if let Some(device) = self.device.filter(|_| self.ended == "cut" || self.ended == "done") {
            server.buckets.count(device, now_ms);
        }
        answer
    }

    /// The rest of the conversation, while the client is still sending or the reply is too large for one write.
    async fn go_on(&mut self, answer: Vec<u8>, upload: &mut Upload, sender: &mut Sender<Bytes>) {
        let mut answer = answer;
        loop {
            let is_last = self.session.is_closed();
            if is_last {
                // Counted before it is sent: whoever has the answer finds it counted.
                self.note(upload);
            }
            let is_sent = answer.is_empty() || sender.send_data(answer.into()).await.is_ok();
            if is_last {
                return;
            }
            if !is_sent {
                return self.note(upload);
            }
            answer = if self.session.is_pulling() {
                upload.end().await;
                self.pull().await
            } else if let Some(bytes) = self.next(upload).await {
                self.receive(bytes, Duration::MAX).await
            } else if upload.is_too_much() {
                self.busy("一次上报的内容过多，已收到的不必重传，稍后自动继续", spread())
            } else {
                return self.note(upload);
            };
            answer.extend(self.objection(upload));
        }
    }

    /// Takes in what has come, and when that was all, as much of the reply as is written at once. Who would wait longer than
    /// `patience` is asked to come again.
    async fn receive(&mut self, bytes: Bytes, patience: Duration) -> Vec<u8> {
        let session = self.session.clone();
        let done = self.server.work_within(patience, "receive", move |server| {
            server.store.transaction(&mut |store| {
                let (mut attempt, now_ms) = (session.clone(), server.now_ms());
                let mut answer = attempt.receive(store, &bytes, now_ms)?;
                while attempt.is_pulling() && answer.len() < WHOLE_REPLY_BYTES {
                    answer.extend(pulled(server, &mut attempt, store)?);
                }
                Ok((attempt, answer))
            })
        });
        let done = done.await;
        self.settle(done)
    }

    async fn pull(&mut self) -> Vec<u8> {
        let session = self.session.clone();
        let done = self.server.work("pull", move |server| {
            server.store.read(&mut |store| {
                let mut attempt = session.clone();
                let answer = pulled(server, &mut attempt, store)?;
                Ok((attempt, answer))
            })
        });
        let done = done.await;
        self.settle(done)
    }

    /// What is answered once it is durable; a store that cannot asks the client to come again.
    fn settle(&mut self, done: Stored<(Session, Vec<u8>)>) -> Vec<u8> {
        match done {
            Ok((session, answer)) => {
                self.server.metrics.brought(&self.session, &session);
                self.session = session;
                self.answered(answer)
            }
            Err(fault) => {
                let retry_ms = if let StoreFault::Busy(_) = fault {
                    self.server.pace.appointment(self.server.now_ms())
                } else {
                    tracing::error!(%fault, "exchange");
                    spread()
                };
                self.busy("平台正忙，稍后自动重试", retry_ms)
            }
        }
    }

    /// What is said to somebody who does not speak in frames, if the machine has not said it.
    fn objection(&mut self, upload: &Upload) -> Vec<u8> {
        if self.session.is_closed() || self.session.is_pulling() || !upload.is_nonsense() {
            return Vec::new();
        }
        self.stop(StopCode::Malformed, &FrameError::Malformed.to_string(), 0)
    }

    /// Asks the client to come again.
    fn busy(&mut self, message: &str, retry_ms: u64) -> Vec<u8> {
        self.server.metrics.busy.inc();
        self.stop(StopCode::Busy, message, retry_ms)
    }

    fn stop(&mut self, code: StopCode, message: &str, retry_ms: u64) -> Vec<u8> {
        self.session = Session::closed();
        let stop = Stop { code, message: message.into(), retry_ms, scope: None };
        let mut bytes = Vec::new();
        Frame::Stop(stop).write(&mut bytes);
        self.answered(bytes)
    }

    fn answered(&mut self, answer: Vec<u8>) -> Vec<u8> {
        let (metrics, ended) = (&self.server.metrics, &mut self.ended);
        self.answered.over(&answer, &mut |frame: Passed| {
            metrics.frame("out", frame.kind());
            *ended = frame.ending().unwrap_or(ended);
        });
        self.bytes_out += answer.len() as u64;
        answer
    }

    fn note(&self, upload: &Upload) {
        let metrics = &self.server.metrics;
        metrics.bytes_in.inc_by(upload.bytes);
        metrics.bytes_out.inc_by(self.bytes_out);
        metrics.exchange(self.ended, self.began);
        let (device, ms) = (self.device.map_or(0, |device| device.0), self.began.elapsed().as_millis() as u64);
        tracing::info!(device, ended = self.ended, bytes_in = upload.bytes, bytes_out = self.bytes_out, ms, "exchange");
    }
}

fn pulled(server: &Server, session: &mut Session, store: &dyn Province) -> Stored<Vec<u8>> {
    session.pull(store, &|bytes| server.keys.sign(SIGNED_CHECKPOINT, &[bytes]), server.now_ms())
}

/// When to come again, ms: not all at the same time.
fn spread() -> u64 {
    1_000 + u64::from(uuid::Uuid::new_v4().as_bytes()[0]) * 20
}

/// Who says to speak, if the first frame is whole.
fn device_of(bytes: &[u8]) -> Option<DeviceId> {
    let mut reader = FrameReader::of_desk();
    reader.push(&bytes[..bytes.len().min(HELLO_BYTES)]);
    match reader.next_frame() {
        Ok(Some(Frame::Hello(hello))) => Some(hello.device),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{admin, server::Settings};
    use suanpan_model::schema::Schema;
    use suanpan_store::province::ProvinceStore;
    use suanpan_sync::scope::Scope;

    /// A server with one worker, and that is taken.
    async fn busy(folder: &std::path::Path) -> (Arc<Server>, tokio::sync::OwnedSemaphorePermit) {
        let path = folder.join("province.db");
        let store = ProvinceStore::open(path.to_str().unwrap(), Arc::new(Schema::builtin())).unwrap();
        let keys = admin::init(&store, "测试省", Scope(990_000_000), [1; 32]).unwrap();
        let server = Server::new(Arc::new(store), keys, Settings { workers: 1, ..Settings::default() });
        let turn = server.workers.clone().acquire_owned().await.unwrap();
        (server, turn)
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_not_begun_is_asked_to_come_again_and_who_has_begun_waits() {
        let folder = tempfile::tempdir().unwrap();
        let (server, _turn) = busy(folder.path()).await;
        let patience = server.settings.patience;
        let mut upload = Upload::new(Body::from(vec![0xff; 64]), server.settings.idle, 1_000);

        let mut late = Exchange::new(server.clone());
        late.begin(Bytes::from_static(&[0xff; 64])).await;
        assert_eq!(late.ended, "busy");

        let mut begun = Exchange::new(server);
        let (mut sender, _channel) = Channel::<Bytes, Infallible>::new(PARTS_AHEAD);
        let rest = begun.go_on(Vec::new(), &mut upload, &mut sender);
        assert!(tokio::time::timeout(patience * 100, rest).await.is_err(), "it waits for its turn");
    }
}
