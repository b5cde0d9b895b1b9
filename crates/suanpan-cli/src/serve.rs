//! The second door to the desk: the same screens in whatever browser the computer has. Listens on
//! 127.0.0.1 only, on a free port, and answers only requests that carry the token printed at start, name
//! this very address as Host and come from a page of this very origin (against other local users, other
//! web sites and DNS rebinding).

use crate::{
    args,
    commands::{desk, open},
    output::{Exit, Output},
};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use suanpan_desk::{CallError, CallErrorCode, CallResult, Desk, calls};

/// Largest workbook that the browser may hand over.
const MAX_UPLOAD_BYTES: usize = 512 << 20;

#[derive(rust_embed::RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../ui/dist"]
struct Screens;

struct Host {
    desk: Arc<Desk>,
    token: String,
    /// `127.0.0.1:PORT`.
    authority: String,
    /// Uploaded workbooks live here until the program ends.
    uploads: PathBuf,
    last_upload: Mutex<u32>,
}

pub fn serve(given: &args::Serve, output: &Output) -> CallResult<Exit> {
    let desk = match &given.book {
        Some(book) => open(book)?,
        None => desk(),
    };
    suanpan_desk::backups::keep_watch(&desk);
    suanpan_desk::sync::keep_in_step(&desk);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| io_error("启动本机服务", &error))?;
    runtime.block_on(run(desk, given.port, output))
}

async fn run(desk: Arc<Desk>, port: u16, output: &Output) -> CallResult<Exit> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(|error| io_error(&format!("监听 127.0.0.1:{port}"), &error))?;
    let address = listener.local_addr().map_err(|error| io_error("取得端口", &error))?;
    let token = uuid::Uuid::new_v4().simple().to_string();
    let uploads = std::env::temp_dir().join(format!("suanpan-{}", uuid::Uuid::new_v4().simple()));
    let url = format!("http://{address}/?token={token}");
    output.show(&serde_json::json!({ "url": url }), |out| {
        writeln!(out, "{url}")?;
        out.flush()
    });
    let host = Arc::new(Host {
        desk,
        token,
        authority: address.to_string(),
        uploads: uploads.clone(),
        last_upload: Mutex::default(),
    });
    let served = axum::serve(listener, router(host)).with_graceful_shutdown(asked_to_stop()).await;
    let _ = std::fs::remove_dir_all(uploads);
    served.map_err(|error| io_error("本机服务", &error))?;
    Ok(Exit::Done)
}

/// Ctrl+C or a polite kill.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

fn router(host: Arc<Host>) -> Router {
    let guarded = Router::new()
        .route("/api/call/{name}", post(call))
        .route("/api/upload", post(upload))
        .route("/api/download", post(download))
        .layer(middleware::from_fn_with_state(host.clone(), only_our_page))
        .layer(DefaultBodyLimit::max(MAX_UPLOAD_BYTES));
    Router::new()
        .merge(guarded)
        .fallback(get(screen))
        .layer(middleware::from_fn_with_state(host.clone(), only_this_host))
        .with_state(host)
}

/// Refuses a Host that is not this very address: a rebound name never reaches a handler.
async fn only_this_host(State(host): State<Arc<Host>>, request: axum::extract::Request, next: Next) -> Response {
    let named = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    if named != Some(host.authority.as_str()) {
        return (StatusCode::MISDIRECTED_REQUEST, "wrong host").into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

const CONTENT_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'";

/// Refuses calls without the token, or from a page of another origin.
async fn only_our_page(State(host): State<Arc<Host>>, request: axum::extract::Request, next: Next) -> Response {
    if !comes_from_our_page(&host, request.headers()) {
        let error = CallError::new(CallErrorCode::Refused, "这个页面没有使用许可，请从程序打印的地址打开");
        return (StatusCode::FORBIDDEN, axum::Json(error)).into_response();
    }
    next.run(request).await
}

fn comes_from_our_page(host: &Host, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let origin_fits = text("origin").is_none_or(|origin| origin == format!("http://{}", host.authority));
    origin_fits && text("x-suanpan-token").is_some_and(|token| same(token, &host.token))
}

/// Compares without telling by its time how much was right.
fn same(given: &str, wanted: &str) -> bool {
    given.len() == wanted.len()
        && given.bytes().zip(wanted.bytes()).fold(0, |all, (left, right)| all | (left ^ right)) == 0
}

async fn call(State(host): State<Arc<Host>>, Path(name): Path<String>, body: Bytes) -> Response {
    let request = if body.is_empty() { Ok(serde_json::Value::Null) } else { serde_json::from_slice(&body) };
    let Ok(request) = request else {
        return failure(&CallError::bad_request("内容不是 JSON"));
    };
    let desk = host.desk.clone();
    let answered = tokio::task::spawn_blocking(move || calls::dispatch_safely(&desk, &name, request)).await;
    match answered {
        Ok(Ok(answer)) => axum::Json(answer).into_response(),
        Ok(Err(error)) => failure(&error),
        Err(fault) => failure(&CallError::new(CallErrorCode::Internal, fault.to_string())),
    }
}

/// Keeps an uploaded workbook under a name of our own making; the given name only shows its ending.
async fn upload(State(host): State<Arc<Host>>, headers: HeaderMap, body: Bytes) -> Response {
    let given = headers.get("x-file-name").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let ending: String = given
        .rsplit_once('.')
        .map(|(_, ending)| ending)
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(5)
        .collect();
    let number = {
        let mut last = host.last_upload.lock().unwrap_or_else(PoisonError::into_inner);
        *last += 1;
        *last
    };
    let path = host.uploads.join(format!("{number}.{ending}"));
    let written = std::fs::create_dir_all(&host.uploads).and_then(|()| std::fs::write(&path, &body));
    match written {
        Ok(()) => axum::Json(serde_json::json!({ "path": path })).into_response(),
        Err(error) => failure(&io_error("接收文件", &error)),
    }
}

/// A file that a call wrote into the uploads folder, handed to the browser.
async fn download(State(host): State<Arc<Host>>, body: Bytes) -> Response {
    let wanted: PathBuf = match serde_json::from_slice::<serde_json::Value>(&body) {
        Ok(request) => request["path"].as_str().unwrap_or_default().into(),
        Err(_) => return failure(&CallError::bad_request("内容不是 JSON")),
    };
    let inside = wanted.canonicalize().ok().zip(host.uploads.canonicalize().ok());
    if !inside.is_some_and(|(path, folder)| path.starts_with(folder)) {
        return failure(&CallError::new(CallErrorCode::NotFound, "没有这个文件"));
    }
    match std::fs::read(&wanted) {
        Ok(bytes) => ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response(),
        Err(error) => failure(&io_error("读取文件", &error)),
    }
}

async fn screen(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    match Screens::get(path) {
        Some(file) => {
            let kind = mime_guess::from_path(path).first_or_octet_stream();
            ([(header::CONTENT_TYPE, kind.as_ref().to_owned())], file.data).into_response()
        }
        None if path == "index.html" => (StatusCode::NOT_FOUND, "界面尚未构建：请先运行 make run").into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn failure(error: &CallError) -> Response {
    let status = match error.code {
        CallErrorCode::BadRequest => StatusCode::BAD_REQUEST,
        CallErrorCode::NotFound | CallErrorCode::NoBook => StatusCode::NOT_FOUND,
        CallErrorCode::Internal | CallErrorCode::Io => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::CONFLICT,
    };
    (status, axum::Json(error)).into_response()
}

fn io_error(doing: &str, error: &std::io::Error) -> CallError {
    CallError::new(CallErrorCode::Io, format!("{doing}失败：{error}"))
}
