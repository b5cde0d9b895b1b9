//! A server: its store, its keys, its limits; the routes; and how connections are taken in and let go.

use crate::{
    api::Declined,
    enrol, exchange, lease,
    limits::{Buckets, Settings as Limits},
    metrics::Metrics,
    pace::Pace,
    package,
    patient::Patient,
    snapshot,
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State, rejection::JsonRejection},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use std::{future::Future, io, sync::Arc, time::Duration};
use suanpan_store::province::ProvinceStore;
use suanpan_sync::{keys::SecretKeys, server::store::StoreFault};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream, lookup_host},
    sync::Semaphore,
};

/// Connections that may wait to be taken in; the system may allow fewer (`net.core.somaxconn`). Past this it drops them: a
/// province comes in one moment when the power is back.
const QUEUE: u32 = 4_096;
/// What is said to who came at a bad time.
const COME_AGAIN_S: HeaderValue = HeaderValue::from_static("5");
/// What a request in JSON may hold.
const JSON_BYTES: usize = 64 << 10;
/// What the head of a request may hold, and about what is read at once.
const READ_BYTES: usize = 256 << 10;

/// What a server may use and how long it waits.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Work that may be with the store at the same time, and how much of it may wait.
    pub workers: usize,
    pub waiting: usize,
    /// An exchange that would wait longer than this before it begins is asked to come again.
    pub patience: Duration,
    /// A connection on which nothing moves for so long is closed.
    pub idle: Duration,
    /// How long requests under way may go on after the server was told to stop.
    pub grace: Duration,
    pub limits: Limits,
    pub machine: suanpan_sync::server::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workers: suanpan_store::province::CONNECTIONS,
            waiting: 4_000,
            patience: Duration::from_secs(3),
            idle: Duration::from_secs(90),
            grace: Duration::from_secs(20),
            limits: Limits::default(),
            machine: suanpan_sync::server::Settings::default(),
        }
    }
}

/// One server process.
pub struct Server {
    pub store: Arc<ProvinceStore>,
    pub(crate) keys: SecretKeys,
    pub(crate) settings: Settings,
    pub(crate) metrics: Metrics,
    pub(crate) workers: Arc<Semaphore>,
    pub(crate) pace: Pace,
    pub(crate) packages: Semaphore,
    pub(crate) buckets: Buckets,
    pub(crate) snapshots: snapshot::Cache,
}

/// A request that ends before its end; people read the message.
pub(crate) struct Refused(pub StatusCode, pub String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let come_again = matches!(self.0, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
        let mut response = (self.0, Json(Declined { message: self.1 })).into_response();
        if come_again {
            response.headers_mut().insert(header::RETRY_AFTER, COME_AGAIN_S);
        }
        response
    }
}

impl From<StoreFault> for Refused {
    fn from(fault: StoreFault) -> Self {
        if !matches!(fault, StoreFault::Busy(_)) {
            tracing::error!(%fault, "store");
        }
        Self(StatusCode::SERVICE_UNAVAILABLE, "平台暂时不能处理，请稍后再试".into())
    }
}

impl From<JsonRejection> for Refused {
    fn from(rejection: JsonRejection) -> Self {
        Self(rejection.status(), format!("请求内容不合规，请升级程序后再试（{}）", rejection.body_text()))
    }
}

impl Server {
    pub fn new(store: Arc<ProvinceStore>, keys: SecretKeys, settings: Settings) -> Arc<Self> {
        let (workers, pace) = (Arc::new(Semaphore::new(settings.workers)), Pace::new(settings.workers));
        let packages = Semaphore::new(package::AT_ONCE);
        let buckets = Buckets::new(settings.limits.clone());
        let (metrics, snapshots) = (Metrics::default(), snapshot::Cache::default());
        Arc::new(Self { store, keys, settings, metrics, workers, pace, packages, buckets, snapshots })
    }

    /// ms since 1970.
    pub(crate) fn now_ms(&self) -> i64 {
        chrono::Utc::now().timestamp_millis()
    }

    fn routes(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/s", post(exchange::exchange))
            .route("/enrol", post(enrol::enrol).layer(DefaultBodyLimit::max(JSON_BYTES)))
            .route("/snapshot/{scope}", get(snapshot::manifest))
            .route("/chunk/{hash}", get(snapshot::chunk))
            .route("/lease", post(lease::lease).layer(DefaultBodyLimit::max(JSON_BYTES)))
            .route("/package", post(package::package))
            .route("/healthz", get(health))
            .route("/metrics", get(crate::metrics::text))
            .with_state(self.clone())
    }
}

/// 200 when the store answers.
async fn health(State(server): State<Arc<Server>>) -> Response {
    match server.work("health", |server| server.store.meta("name").map(drop)).await {
        Ok(()) => "ok\n".into_response(),
        Err(fault) => (StatusCode::SERVICE_UNAVAILABLE, format!("{fault}\n")).into_response(),
    }
}

/// Listens at `address` (host:port) with room for all that come in one moment.
pub async fn listen(address: &str) -> io::Result<TcpListener> {
    let mut fault = io::ErrorKind::AddrNotAvailable.into();
    for address in lookup_host(address).await? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.set_reuseaddr(true)?;
        match socket.bind(address).and_then(|()| socket.listen(QUEUE)) {
            Ok(listener) => return Ok(listener),
            Err(error) => fault = error,
        }
    }
    Err(fault)
}

/// Takes in connections until `stop` is ready; then lets those under way finish within the grace.
pub async fn serve(
    server: Arc<Server>,
    listener: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    stop: impl Future<Output = ()>,
) {
    let routes = server.routes();
    let graceful = GracefulShutdown::new();
    let acceptor = tls.map(tokio_rustls::TlsAcceptor::from);
    let open = Arc::new(Semaphore::new(server.settings.limits.connections));
    let mut stop = std::pin::pin!(stop);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "accept");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut stop => break,
        };
        let Ok(place) = open.clone().try_acquire_owned() else {
            server.metrics.turned_away.inc();
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (server, routes, acceptor, watcher) =
            (server.clone(), routes.clone(), acceptor.clone(), graceful.watcher());
        tokio::spawn(async move {
            let _place = place;
            server.metrics.connections.inc();
            converse(&server, routes, acceptor, stream, watcher).await;
            server.metrics.connections.dec();
        });
    }
    drop(listener);
    tracing::info!("stopping");
    let _ = tokio::time::timeout(server.settings.grace, graceful.shutdown()).await;
}

async fn converse(
    server: &Server,
    routes: Router,
    acceptor: Option<tokio_rustls::TlsAcceptor>,
    stream: TcpStream,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(server.settings.idle).auto_date_header(false);
    http.max_buf_size(READ_BYTES);
    let service = TowerToHyperService::new(routes);
    let stream = Patient::new(stream, server.settings.idle);
    let ended = match acceptor {
        None => watcher.watch(http.serve_connection(TokioIo::new(stream), service)).await,
        Some(acceptor) => match tokio::time::timeout(server.settings.idle, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => watcher.watch(http.serve_connection(TokioIo::new(stream), service)).await,
            Ok(Err(error)) => return tracing::debug!(%error, "tls"),
            Err(_) => return,
        },
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "connection");
    }
}
