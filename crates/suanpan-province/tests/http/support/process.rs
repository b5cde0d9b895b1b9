//! The program itself, as an administrator runs it.

use super::Wire;
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Output, Stdio},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_suanpan-province");

/// Runs a subcommand to its end.
pub fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().unwrap()
}

/// What a subcommand prints, once it has ended well.
pub fn printed(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A server process; killed when dropped.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
    /// The certificate's hash, when it speaks TLS.
    pub pin: Option<String>,
}

impl Process {
    pub fn serve(store: &str, more: &[&str]) -> Self {
        Self::start(Command::new(PROGRAM), store, more)
    }

    /// Where a program may open `files` files as long as it does not ask for more.
    pub fn serve_with_files(files: u32, store: &str) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("ulimit -Sn {files} && exec \"$0\" \"$@\""), PROGRAM]);
        Self::start(shell, store, &[])
    }

    fn start(mut command: Command, store: &str, more: &[&str]) -> Self {
        command.args(["serve", "--store", store, "--listen", "127.0.0.1:0"]).args(more);
        let mut child = command.env("SUANPAN_LOG", "warn").stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (address, pin) =
            line.trim().split_once('#').map_or((line.trim(), None), |(at, pin)| (at, Some(pin.into())));
        let address = address.rsplit_once('/').unwrap().1.parse().unwrap();
        Self { child, address, pin }
    }

    pub fn connect(&self) -> Wire {
        Wire::connect(self.address, self.pin.is_some())
    }

    /// As the machine does when it is shut down.
    pub fn tell_to_stop(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// As a power cut does.
    pub fn kill9(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
