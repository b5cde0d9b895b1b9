//! A province as a process, and desks that are driven through the command line: the finished programs as people run
//! them, with a weak link between.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};
use suanpan_testkit::weak_link::{Shape, WeakLink};

/// A program of the workspace, built beside this test.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    let program = folder.join(name);
    assert!(program.exists(), "{} is not built: cargo build --bins --workspace", program.display());
    program
}

/// The server's process. It ends with this value.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    fn start(store: &str, exchanges_per_minute: u32) -> Self {
        let mut child = Command::new(program("suanpan-province"))
            .args(["serve", "--store", store, "--listen", "127.0.0.1:0"])
            .args(["--exchanges-per-minute", &exchanges_per_minute.to_string()])
            .env("SUANPAN_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").unwrap_or_else(|| panic!("the server said “{line}”"));
        Self { address: address.parse().unwrap(), child }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A province: its store, as administrators and servers use it.
pub struct Province {
    pub store: String,
    folder: tempfile::TempDir,
}

impl Province {
    pub fn in_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("province.db").display().to_string();
        Self::made(store, folder)
    }

    pub fn in_database(address: String) -> Self {
        Self::made(address, tempfile::tempdir().unwrap())
    }

    fn made(store: String, folder: tempfile::TempDir) -> Self {
        let province = Self { store, folder };
        province.admin(&["init", "--division", "410000000", "--name", "河南省财政厅"]);
        province
    }

    /// Where files of the administrator may lie.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn serve(&self) -> Server {
        self.serve_at_most(100_000)
    }

    /// Serves each device so many times a minute.
    pub fn serve_at_most(&self, exchanges_per_minute: u32) -> Server {
        Server::start(&self.store, exchanges_per_minute)
    }

    fn run(&self, words: &[&str]) -> Output {
        Command::new(program("suanpan-province")).args(words).args(["--store", &self.store]).output().unwrap()
    }

    /// Runs an administrator's command; its first line.
    #[track_caller]
    pub fn admin(&self, words: &[&str]) -> String {
        let output = self.run(words);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{words:?}: {}{said}", String::from_utf8_lossy(&output.stderr));
        said.lines().next().unwrap_or_default().to_owned()
    }

    /// Runs an administrator's command that must not be carried out; what it says.
    #[track_caller]
    pub fn admin_refused(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(!output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    #[track_caller]
    pub fn is_in_order(&self) {
        assert_eq!(self.admin(&["verify"]), "全部相符");
    }
}

/// A desk: one book, reached through the command line.
pub struct Desk {
    pub folder: tempfile::TempDir,
    pub actor: &'static str,
}

impl Desk {
    pub fn new(actor: &'static str, division: &str) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap(), actor };
        desk.done(&["init", "BOOK", "--division", division, "--year", "2026"]);
        desk
    }

    /// A desk with a copy of that book.
    pub fn with_book(actor: &'static str, book: &Path) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap(), actor };
        std::fs::copy(book, desk.book()).unwrap();
        desk
    }

    pub fn book(&self) -> PathBuf {
        self.folder.path().join("a.book")
    }

    /// BOOK stands for the book's path.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(program("suanpan"));
        for word in words {
            if *word == "BOOK" {
                command.arg(self.book());
            } else {
                command.arg(word);
            }
        }
        command.env("SUANPAN_ACTOR", self.actor).stdin(Stdio::null());
        command
    }

    pub fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// What it answers as JSON; findings are no failure.
    #[track_caller]
    pub fn done(&self, words: &[&str]) -> serde_json::Value {
        let output = self.run(&[words, &["--json"]].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1)), "{words:?}: {errors}");
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    #[track_caller]
    pub fn enrol(&self, province: &Province, scope: &str, server: &str) {
        let code = province.admin(&["enrol", "--scope", scope, "--name", self.actor]);
        self.done(&["enrol", "BOOK", "--server", server, "--code", &code, "--name", self.actor]);
    }

    /// Every live record of the entity as `list` shows it, sorted.
    pub fn list(&self, entity: &str) -> Vec<String> {
        let answer = self.done(&["list", "BOOK", entity, "--limit", "100000"]);
        let rows = answer["records"].as_array().cloned().unwrap_or_default();
        let mut rows: Vec<String> = rows.iter().map(|row| row["values"].to_string()).collect();
        rows.sort();
        rows
    }
}

/// A province with its server behind a weak link.
pub fn linked(server: &Server) -> WeakLink {
    WeakLink::start(server.address, Shape::FREE)
}
