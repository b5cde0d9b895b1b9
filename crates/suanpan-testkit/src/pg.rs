//! A PostgreSQL for tests: a cluster of our own in a folder of its own, thrown away at the end, which may
//! be killed and started again. Never touches a cluster that is there already.
//!
//! Speaks to the server through its own programs (`initdb`, `postgres`, `psql`), so no client library
//! is needed here. `binaries` finds and starts them as a user who may, `processes` kills and watches.

mod binaries;
mod processes;

use binaries::Binaries;
use processes::{Postmaster, Sweeper};
use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, OnceLock},
};
use tempfile::TempDir;

/// What a cluster saves that no power cut will meet. Not `synchronous_commit`: without it the server says
/// "committed" while the log is still in its own memory, and a kill loses what it has said.
const SWIFT: &[(&str, &str)] = &[("fsync", "off"), ("full_page_writes", "off")];
const COMMON: &[(&str, &str)] = &[
    ("listen_addresses", "127.0.0.1"),
    ("shared_buffers", "64MB"),
    ("max_connections", "200"),
    ("log_timezone", "UTC"),
];

/// How a cluster is to be run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// `true`: every commit reaches the disk (fsync), as in earnest. `false`: as fast as it goes; safe
    /// against [`Postgres::kill9`], where the machine's page cache survives, not against a power cut.
    pub durable: bool,
}

/// A cluster at work. Dropping it stops the server and removes its folder; so does the end of the
/// process, however it comes.
pub struct Postgres {
    binaries: Binaries,
    folder: TempDir,
    port: u16,
    settings: Vec<(&'static str, &'static str)>,
    postmaster: Mutex<Option<Postmaster>>,
    _sweeper: Sweeper,
}

impl Postgres {
    /// A cluster of the caller's own, without fsync. Takes one to five seconds. Panics when PostgreSQL is
    /// not installed (`scripts/setup.sh test`) or does not start, with the end of its log.
    pub fn start() -> Self {
        Self::start_with(Options::default())
    }

    /// The cluster that all tests of this process share, without fsync; started by whoever asks first.
    /// Give each test a database of its own, and do not kill it.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A cluster of the caller's own.
    pub fn start_with(options: Options) -> Self {
        Self::begin(options, None)
    }

    /// A cluster of the caller's own that encrypts connections which ask for it; certificate and key in PEM.
    pub fn start_encrypted(certificate: &str, key: &str) -> Self {
        Self::begin(Options::default(), Some((certificate, key)))
    }

    fn begin(options: Options, certificate: Option<(&str, &str)>) -> Self {
        let binaries = Binaries::find();
        // Short and under /tmp: the path of a socket may not exceed 107 bytes.
        let folder = tempfile::Builder::new().prefix("suanpan-pg-").tempdir_in("/tmp").expect("/tmp takes a folder");
        binaries.give_to_owner(folder.path());
        let sweeper = Sweeper::watch(folder.path());
        binaries.init(&data(folder.path()));
        let mut settings = if options.durable { COMMON.to_vec() } else { [COMMON, SWIFT].concat() };
        if let Some((certificate, key)) = certificate {
            binaries.write_secret(&data(folder.path()).join("server.crt"), certificate);
            binaries.write_secret(&data(folder.path()).join("server.key"), key);
            settings.push(("ssl", "on"));
        }
        let cluster = Self { binaries, folder, port: 0, settings, postmaster: Mutex::default(), _sweeper: sweeper };
        cluster.started_on_a_free_port()
    }

    fn started_on_a_free_port(mut self) -> Self {
        // Another program may take the port between our asking and the server's; then we ask again.
        for _ in 0..5 {
            self.port = free_port();
            if let Ok(postmaster) = self.launch() {
                *self.postmaster() = Some(postmaster);
                return self;
            }
        }
        panic!("PostgreSQL does not start; the end of its log:\n{}", self.log_end());
    }

    /// `postgres://…` of a database of this cluster, for the superuser, without a password.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The port on 127.0.0.1; the same after [`Postgres::restart`].
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Creates an empty database and returns its [`Postgres::url`]. Panics when it is there already.
    pub fn create_database(&self, name: &str) -> String {
        self.sql("postgres", &format!("CREATE DATABASE \"{name}\""));
        self.url(name)
    }

    /// Creates a database as a copy of another to which nobody is connected: migrate once, copy per test.
    pub fn copy_database(&self, from: &str, name: &str) -> String {
        self.sql("postgres", &format!("CREATE DATABASE \"{name}\" TEMPLATE \"{from}\""));
        self.url(name)
    }

    /// Runs a statement through `psql`; the rows come back as lines with `|` between the columns. Panics
    /// with the server's message when it is refused.
    pub fn sql(&self, database: &str, statement: &str) -> String {
        self.binaries.psql(&self.url(database), statement)
    }

    /// SIGKILL to every process of this cluster, as when the machine loses its memory. Returns when they
    /// are gone. Does nothing when they are already.
    pub fn kill9(&self) {
        if let Some(postmaster) = self.postmaster().take() {
            postmaster.kill9();
        }
    }

    /// Starts the server again on the same folder and port: after [`Postgres::kill9`] it recovers from
    /// its log; a server at work is stopped first, its sessions ended.
    pub fn restart(&self) {
        let mut postmaster = self.postmaster();
        if let Some(running) = postmaster.take() {
            running.stop();
        }
        *postmaster =
            Some(self.launch().unwrap_or_else(|()| panic!("PostgreSQL does not start again:\n{}", self.log_end())));
    }

    /// Whether the server is at work as far as we started, stopped and killed it.
    pub fn is_running(&self) -> bool {
        self.postmaster().is_some()
    }

    fn launch(&self) -> Result<Postmaster, ()> {
        let mut server = self.binaries.command("postgres");
        server.arg("-D").arg(data(self.folder.path())).arg("-p").arg(self.port.to_string());
        server.arg("-k").arg(self.folder.path());
        for (name, value) in &self.settings {
            server.arg("-c").arg(format!("{name}={value}"));
        }
        Postmaster::launch(server, &data(self.folder.path()), &self.log())
    }

    fn postmaster(&self) -> MutexGuard<'_, Option<Postmaster>> {
        // A test that panicked while holding it has left a server that is to be stopped all the same.
        self.postmaster.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// The last lines of the server's log.
    pub fn log_end(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // The data is thrown away: no reason to let the server write it to the disk first.
        self.kill9();
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    listener.local_addr().expect("a bound socket has an address").port()
}
