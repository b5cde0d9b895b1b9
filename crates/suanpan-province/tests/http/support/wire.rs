//! One connection, HTTP/1.1 spoken by hand, with or without TLS, every byte counted below TLS.

use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Bytes that crossed the connection so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub up: u64,
    pub down: u64,
}

struct Counting {
    stream: TcpStream,
    up: Arc<AtomicU64>,
    down: Arc<AtomicU64>,
}

impl Read for Counting {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(into)?;
        self.down.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.stream.write(bytes)?;
        self.up.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

trait Both: Read + Write + Send {}
impl<T: Read + Write + Send> Both for T {}

pub struct Wire {
    inner: Box<dyn Both>,
    tcp: TcpStream,
    up: Arc<AtomicU64>,
    down: Arc<AtomicU64>,
    waiting: Vec<u8>,
}

/// An answer that is there whole.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// How the body of an answer ends.
enum Rest {
    Bytes(usize),
    Chunks,
    Over,
}

/// An answer whose body is still coming.
pub struct Coming<'a> {
    wire: &'a mut Wire,
    pub status: u16,
    rest: Rest,
}

impl Wire {
    pub fn connect(address: SocketAddr, with_tls: bool) -> Self {
        Self::try_connect(address, with_tls).unwrap()
    }

    pub fn try_connect(address: SocketAddr, with_tls: bool) -> io::Result<Self> {
        let tcp = TcpStream::connect(address)?;
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(Duration::from_secs(60)))?;
        tcp.set_write_timeout(Some(Duration::from_secs(60)))?;
        let (up, down): (Arc<AtomicU64>, Arc<AtomicU64>) = Default::default();
        let counting = Counting { stream: tcp.try_clone()?, up: up.clone(), down: down.clone() };
        let inner: Box<dyn Both> = if with_tls {
            let name = ServerName::try_from("suanpan-province").unwrap();
            Box::new(StreamOwned::new(ClientConnection::new(any_certificate(), name).unwrap(), counting))
        } else {
            Box::new(counting)
        };
        Ok(Self { inner, tcp, up, down, waiting: Vec::new() })
    }

    pub fn counted(&self) -> Counted {
        Counted { up: self.up.load(Ordering::Relaxed), down: self.down.load(Ordering::Relaxed) }
    }

    /// Ends the connection as a lost link does.
    pub fn cut(self) {
        let _ = self.tcp.shutdown(Shutdown::Both);
    }

    /// Writes bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inner.write_all(bytes)?;
        self.inner.flush()
    }

    pub fn get(&mut self, path: &str, headers: &[(&str, String)]) -> Reply {
        self.ask("GET", path, headers, &[]).unwrap()
    }

    pub fn post(&mut self, path: &str, headers: &[(&str, String)], body: &[u8]) -> Reply {
        self.ask("POST", path, headers, body).unwrap()
    }

    /// One request that is whole, and its answer.
    pub fn ask(&mut self, method: &str, path: &str, headers: &[(&str, String)], body: &[u8]) -> io::Result<Reply> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n");
        if !body.is_empty() {
            head += &format!("content-length: {}\r\n", body.len());
        }
        headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
        let mut bytes = (head + "\r\n").into_bytes();
        bytes.extend_from_slice(body);
        self.write(&bytes)?;
        self.reply()
    }

    /// Begins `POST /s` whose body comes in pieces.
    pub fn begin(&mut self) -> io::Result<()> {
        self.write(b"POST /s HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n")
    }

    pub fn piece(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        self.write(&chunk)
    }

    pub fn end(&mut self) -> io::Result<()> {
        self.write(b"0\r\n\r\n")
    }

    pub fn reply(&mut self) -> io::Result<Reply> {
        let head = self.head()?;
        let mut coming = self.coming(&head);
        let (status, mut body) = (coming.status, Vec::new());
        while let Some(piece) = coming.next()? {
            body.extend_from_slice(&piece);
        }
        Ok(Reply { status, head, body })
    }

    /// The answer as soon as its head is there.
    pub fn answer(&mut self) -> io::Result<Coming<'_>> {
        let head = self.head()?;
        Ok(self.coming(&head))
    }

    fn head(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.waiting.windows(4).position(|four| four == b"\r\n\r\n") {
                let head: Vec<u8> = self.waiting.drain(..end + 4).collect();
                return Ok(String::from_utf8(head).unwrap());
            }
            self.fill()?;
        }
    }

    fn coming(&mut self, head: &str) -> Coming<'_> {
        let rest = match header(head, "content-length") {
            Some(length) => Rest::Bytes(length.parse().unwrap()),
            None if header(head, "transfer-encoding").is_some() => Rest::Chunks,
            None => Rest::Over,
        };
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Coming { wire: self, status, rest }
    }

    fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.waiting.windows(2).position(|two| two == b"\r\n") {
                let line: Vec<u8> = self.waiting.drain(..end + 2).collect();
                return Ok(String::from_utf8(line[..end].to_vec()).unwrap());
            }
            self.fill()?;
        }
    }

    fn exactly(&mut self, count: usize) -> io::Result<Vec<u8>> {
        while self.waiting.len() < count {
            self.fill()?;
        }
        Ok(self.waiting.drain(..count).collect())
    }

    /// Err(UnexpectedEof) when the server has closed the connection.
    pub fn fill(&mut self) -> io::Result<()> {
        let mut bytes = [0; 16 << 10];
        match self.inner.read(&mut bytes)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.waiting.extend_from_slice(&bytes[..count]);
                Ok(())
            }
        }
    }
}

impl Coming<'_> {
    /// The next piece of the body, None at its end.
    pub fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        match self.rest {
            Rest::Over | Rest::Bytes(0) => Ok(None),
            Rest::Bytes(left) => {
                if self.wire.waiting.is_empty() {
                    self.wire.fill()?;
                }
                let count = left.min(self.wire.waiting.len());
                self.rest = Rest::Bytes(left - count);
                self.wire.exactly(count).map(Some)
            }
            Rest::Chunks => {
                let length = usize::from_str_radix(&self.wire.line()?, 16).unwrap();
                let bytes = self.wire.exactly(length)?;
                self.wire.line()?;
                if length == 0 {
                    self.rest = Rest::Over;
                    return Ok(None);
                }
                Ok(Some(bytes))
            }
        }
    }

    /// The connection, to go on uploading while the answer comes.
    pub fn wire(&mut self) -> &mut Wire {
        self.wire
    }
}

/// Trusts whatever is shown: who is at the other end is known here. One for the process, so that tickets are used.
fn any_certificate() -> Arc<ClientConfig> {
    static CONFIG: std::sync::OnceLock<Arc<ClientConfig>> = std::sync::OnceLock::new();
    let config = CONFIG.get_or_init(|| {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(Anything));
        Arc::new(builder.with_no_client_auth())
    });
    config.clone()
}

#[derive(Debug)]
struct Anything;

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
