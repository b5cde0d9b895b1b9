//! The link to the province: one kept-alive connection, one POST per exchange, both directions at once. hyper is used
//! as it is: what lies above it adds bytes to every request and hides the connection.
//!
//! Nothing here decides anything about ops; a cut anywhere ends in an error, and the next exchange goes on.

use super::clock::Clock;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, channel, combinators::BoxBody};
use hyper::{Method, Request, Response, StatusCode, body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};
use suanpan_store::sync::SyncBook;
use suanpan_sync::client::{Progress, Session, SessionFault, Upload};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(20);
/// How often it is looked whether anything moved, and after how many looks without a byte it is over.
const LOOK: Duration = Duration::from_secs(5);
const LOOKS_WITHOUT_PROGRESS: u32 = 12;
/// Looks without an answer after which the request is ended early: a proxy may be holding it back.
const LOOKS_BEFORE_ENDING: u32 = 3;
/// A connection that was not used for so long is not trusted: the province closes it soon (after 90 s), and where a router
/// forgot it, nobody says that it is gone.
const KEPT: Duration = Duration::from_secs(75);
/// Between two exchanges nothing runs, so that nobody has seen the province close the connection. So many steps of the
/// runtime later that has been read from the socket and passed on.
const STEPS_TO_NOTICE: u32 = 4;
/// The first write holds the hello and what may go with it, up to about this.
const FIRST_WRITE_BYTES: usize = 64 << 10;

#[derive(Debug, thiserror::Error)]
pub enum LinkFault {
    /// No connection: try again later.
    #[error("连接不上平台：{0}")]
    NoLink(String),
    /// The connection was lost in the middle.
    #[error("连接中断，下次从断处继续")]
    Cut,
    /// Something else answered: a login page, another server.
    #[error("应答的不是预算平台（{0}），可能需要先登录网络，或平台地址有误")]
    NotTheProvince(String),
    #[error(transparent)]
    Session(#[from] SessionFault),
    #[error("平台地址“{0}”不对，应形如 https://主机:端口")]
    BadAddress(String),
}

/// Where the province listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub tls: bool,
    pub host: String,
    pub port: u16,
    /// blake3 of the server's certificate, when it is its own and not signed by an authority this PC knows.
    pub pin: Option<[u8; 32]>,
}

impl Address {
    /// `http://host:port`, `https://host:port`, `https://host:port#<64 hex digits>`.
    pub fn read(text: &str) -> Result<Self, LinkFault> {
        let bad = || LinkFault::BadAddress(text.to_owned());
        let (address, pin) =
            text.trim().split_once('#').map_or((text.trim(), None), |(address, pin)| (address, Some(pin)));
        let (tls, rest) = match (address.strip_prefix("https://"), address.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(bad()),
        };
        let rest = rest.trim_end_matches('/');
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| bad())?),
            None => (rest, if tls { 443 } else { 80 }),
        };
        let pin = pin.map(|pin| read_hex(pin).ok_or_else(bad)).transpose()?;
        if host.is_empty() || host.contains(['/', '@', ' ']) {
            return Err(bad());
        }
        Ok(Self { tls, host: host.to_owned(), port, pin })
    }
}

fn read_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok()?;
    }
    Some(bytes)
}

/// Bytes that went over the wire, TLS and all.
#[derive(Debug, Default)]
pub struct Counted {
    pub up: AtomicU64,
    pub down: AtomicU64,
}

impl Counted {
    fn sum(&self) -> u64 {
        self.up.load(Ordering::Relaxed) + self.down.load(Ordering::Relaxed)
    }
}

type Body = BoxBody<Bytes, Infallible>;

/// A connection that is kept between exchanges.
struct Kept {
    address: Address,
    sender: http1::SendRequest<Body>,
    /// The end of the last exchange.
    used: Instant,
}

impl Kept {
    fn leads_to(&self, address: &Address) -> bool {
        self.address == *address && !self.sender.is_closed() && self.used.elapsed() < KEPT
    }
}

/// The one connection of a desk.
pub struct Link {
    clock: Arc<Clock>,
    kept: Option<Kept>,
    pub counted: Arc<Counted>,
}

impl Link {
    pub fn new(clock: Arc<Clock>) -> Self {
        Self { clock, kept: None, counted: Arc::default() }
    }

    /// One exchange. `watch` is told after every step, and stops it by returning false.
    pub async fn exchange(
        &mut self,
        address: &Address,
        session: &mut Session<'_>,
        book: &mut SyncBook,
        watch: &mut dyn FnMut(&Progress) -> bool,
    ) -> Result<(), LinkFault> {
        let mut first = Vec::new();
        let mut finished = false;
        while first.len() < FIRST_WRITE_BYTES {
            match session.next_upload(book)? {
                Upload::Send(bytes) => first.extend_from_slice(&bytes),
                Upload::Wait => break,
                Upload::Finished => {
                    finished = true;
                    break;
                }
            }
        }
        let (mut more, body) = if finished {
            (None, Full::new(Bytes::from(first)).boxed())
        } else {
            let (mut sender, body) = channel::Channel::<Bytes, Infallible>::new(64);
            sender.send_data(first.into()).await.map_err(|_| LinkFault::Cut)?;
            (Some(sender), body.boxed())
        };
        let request = Request::builder().method(Method::POST).uri("/s").header("host", &address.host).body(body);
        let request = request.map_err(|error| LinkFault::NoLink(error.to_string()))?;
        let response = self.send(address, request).await?;
        if response.status() != StatusCode::OK {
            return Err(LinkFault::NotTheProvince(response.status().to_string()));
        }
        let mut reply = response.into_body();
        loop {
            let Some(bytes) = self.next(&mut reply, session, &mut more).await? else { break };
            session.receive(book, &bytes)?;
            if !watch(session.progress()) {
                self.kept = None;
                return Err(LinkFault::Cut);
            }
            upload(session, book, &mut more).await?;
            // The book has one writer: whoever types goes first.
            tokio::task::yield_now().await;
        }
        if session.stop().is_none() && !session.progress().done {
            return Err(LinkFault::Cut);
        }
        self.has_served();
        Ok(())
    }

    fn has_served(&mut self) {
        if let Some(kept) = &mut self.kept {
            kept.used = Instant::now();
        }
    }

    /// A small request with a whole body and a whole answer, at most `most` bytes long.
    pub async fn ask(
        &mut self,
        address: &Address,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
        most: usize,
    ) -> Result<(StatusCode, Vec<u8>), LinkFault> {
        let mut whole = Vec::new();
        let status = self.ask_into(address, method, path, headers, body, (&mut whole, most)).await?;
        Ok((status, whole))
    }

    /// As [`Link::ask`]; what came of the answer before the link broke is in `answer`, whatever this returns.
    pub async fn ask_into(
        &mut self,
        address: &Address,
        method: Method,
        path: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
        (answer, most): (&mut Vec<u8>, usize),
    ) -> Result<StatusCode, LinkFault> {
        let mut request = Request::builder().method(method).uri(path).header("host", &address.host);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Full::new(Bytes::from(body)).boxed());
        let response = self.send(address, request.map_err(|error| LinkFault::NoLink(error.to_string()))?).await?;
        let status = response.status();
        let mut reply = response.into_body();
        while let Some(frame) =
            timeout(LOOK * LOOKS_WITHOUT_PROGRESS, reply.frame()).await.map_err(|_| LinkFault::Cut)?
        {
            let data = frame.map_err(|_| LinkFault::Cut)?.into_data().unwrap_or_default();
            answer.extend_from_slice(&data);
            if answer.len() > most {
                return Err(LinkFault::NotTheProvince("应答过长".into()));
            }
        }
        self.has_served();
        Ok(status)
    }

    /// The next bytes of the reply; None at its end. A link on which nothing moves is given up.
    async fn next(
        &self,
        reply: &mut Incoming,
        session: &mut Session<'_>,
        more: &mut Option<channel::Sender<Bytes>>,
    ) -> Result<Option<Bytes>, LinkFault> {
        let (mut moved, mut still) = (self.counted.sum(), 0);
        loop {
            match timeout(LOOK, reply.frame()).await {
                Ok(None) => return Ok(None),
                Ok(Some(frame)) => {
                    let data = frame.map_err(|_| LinkFault::Cut)?.into_data();
                    return Ok(Some(data.unwrap_or_default()));
                }
                Err(_) if self.counted.sum() != moved => (moved, still) = (self.counted.sum(), 0),
                Err(_) => {
                    still += 1;
                    if still == LOOKS_BEFORE_ENDING && more.is_some() {
                        session.end_early();
                        *more = None;
                    }
                    if still >= LOOKS_WITHOUT_PROGRESS {
                        return Err(LinkFault::Cut);
                    }
                }
            }
        }
    }

    async fn send(&mut self, address: &Address, request: Request<Body>) -> Result<Response<Incoming>, LinkFault> {
        for _ in 0..STEPS_TO_NOTICE {
            tokio::task::yield_now().await;
        }
        self.kept.take_if(|kept| !kept.leads_to(address));
        if self.kept.is_none() {
            self.kept = Some(self.connect(address).await?);
        }
        let kept = self.kept.as_mut().ok_or(LinkFault::Cut)?;
        kept.sender.ready().await.map_err(|_| LinkFault::Cut)?;
        let answer = timeout(LOOK * LOOKS_WITHOUT_PROGRESS, kept.sender.send_request(request)).await;
        let answer = answer.map_err(|_| LinkFault::Cut).and_then(|answer| answer.map_err(|_| LinkFault::Cut));
        if answer.is_err() {
            self.kept = None;
        }
        answer
    }

    async fn connect(&self, address: &Address) -> Result<Kept, LinkFault> {
        let no_link = |error: &dyn std::fmt::Display| LinkFault::NoLink(error.to_string());
        let target = (address.host.as_str(), address.port);
        let stream = timeout(CONNECT, TcpStream::connect(target)).await.map_err(|_| no_link(&"超时"))?;
        let stream = stream.map_err(|error| no_link(&error))?;
        let _ = stream.set_nodelay(true);
        let stream = Counting { stream, counted: self.counted.clone() };
        let sender = if address.tls {
            let name = ServerName::try_from(address.host.clone()).map_err(|error| no_link(&error))?;
            let connector = tokio_rustls::TlsConnector::from(Arc::new(self.tls(address)?));
            let stream = timeout(CONNECT, connector.connect(name, stream)).await.map_err(|_| no_link(&"超时"))?;
            handshake(stream.map_err(|error| no_link(&error))?).await?
        } else {
            handshake(stream).await?
        };
        Ok(Kept { address: address.clone(), sender, used: Instant::now() })
    }

    fn tls(&self, address: &Address) -> Result<ClientConfig, LinkFault> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_details(provider.clone(), self.clock.clone());
        let builder = builder.with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| LinkFault::NoLink(error.to_string()))?;
        let config = match address.pin {
            Some(pin) => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(super::pinned::Pinned::new(pin, &provider)))
                .with_no_client_auth(),
            None => {
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                builder.with_root_certificates(roots).with_no_client_auth()
            }
        };
        Ok(config)
    }
}

async fn handshake<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
) -> Result<http1::SendRequest<Body>, LinkFault> {
    let (sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| LinkFault::NoLink(error.to_string()))?;
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Ok(sender)
}

async fn upload(
    session: &mut Session<'_>,
    book: &mut SyncBook,
    more: &mut Option<channel::Sender<Bytes>>,
) -> Result<(), LinkFault> {
    let Some(sender) = more else { return Ok(()) };
    loop {
        match session.next_upload(book)? {
            // The province may have ended the conversation; its reason is in the reply.
            Upload::Send(bytes) => {
                if sender.send_data(bytes.into()).await.is_err() {
                    *more = None;
                    return Ok(());
                }
            }
            Upload::Wait => return Ok(()),
            Upload::Finished => {
                *more = None;
                return Ok(());
            }
        }
    }
}

/// A connection whose bytes are counted.
struct Counting {
    stream: TcpStream,
    counted: Arc<Counted>,
}

impl AsyncRead for Counting {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = into.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, into);
        self.counted.down.fetch_add((into.filled().len() - before) as u64, Ordering::Relaxed);
        polled
    }
}

impl AsyncWrite for Counting {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = &polled {
            self.counted.up.fetch_add(*count as u64, Ordering::Relaxed);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let read = |text: &str| Address::read(text).map(|address| (address.tls, address.host, address.port));
        assert_eq!(read("https://czt.example.gov.cn").ok(), Some((true, "czt.example.gov.cn".into(), 443)));
        assert_eq!(read(" http://127.0.0.1:8080/ ").ok(), Some((false, "127.0.0.1".into(), 8080)));
        for bad in ["czt.example.gov.cn", "ftp://a", "https://", "http://a:b", "http://a/b", "https://a#12"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        let pinned = Address::read(&format!("https://a:1#{}", "0f".repeat(32))).expect("a pinned address");
        assert_eq!(pinned.pin, Some([0x0f; 32]));
    }

    /// Reads a request and answers it; false when there is none any more.
    fn answer_one(stream: &mut std::net::TcpStream) -> bool {
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read_exact(&mut byte).is_err() {
                return false;
            }
            head.push(byte[0]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").is_ok()
    }

    /// A server that has `serve` answer on each connection, and tells when a connection is over.
    fn server(serve: fn(&mut std::net::TcpStream)) -> (Address, std::sync::mpsc::Receiver<()>) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let (tell, over) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(&mut stream.expect("a connection"));
                if tell.send(()).is_err() {
                    break;
                }
            }
        });
        (Address::read(&address).expect("an address"), over)
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
    }

    fn asked(runtime: &tokio::runtime::Runtime, link: &mut Link, address: &Address) -> Result<Vec<u8>, String> {
        let asked = runtime.block_on(link.ask(address, Method::GET, "/healthz", &[], Vec::new(), 100));
        asked.map(|(_, answer)| answer).map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_connection_that_the_province_closed_meanwhile_is_made_anew() {
        let (runtime, mut link) = (runtime(), Link::new(Arc::new(Clock::new(Box::new(|| 0)))));
        let (address, closed) = server(|stream| assert!(answer_one(stream)));
        for _ in 0..3 {
            assert_eq!(asked(&runtime, &mut link, &address), Ok(b"ok".to_vec()));
            closed.recv().expect("closed");
        }
    }

    #[test]
    fn a_connection_is_used_again_unless_it_was_not_for_long() {
        let (runtime, mut link) = (runtime(), Link::new(Arc::new(Clock::new(Box::new(|| 0)))));
        let (address, closed) = server(|stream| while answer_one(stream) {});
        for _ in 0..3 {
            assert_eq!(asked(&runtime, &mut link, &address), Ok(b"ok".to_vec()));
        }
        assert!(closed.try_recv().is_err(), "all three on one connection");
        link.kept.as_mut().expect("a connection").used -= KEPT;
        // The server takes in one after the other: this is answered because the first was given up.
        assert_eq!(asked(&runtime, &mut link, &address), Ok(b"ok".to_vec()));
        closed.recv().expect("the first is over");
    }
}
