//! The server's processes: started, found ready, stopped, killed with all its children, and swept away
//! when we end without having done so.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// How often a process is looked at that we wait for, and for how long.
const LOOK: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_secs(60);

/// The server's first process, our child.
pub(super) struct Postmaster(Child);

impl Postmaster {
    /// Starts the server and waits until it takes connections, through recovery if there is any. `Err`
    /// when it ends instead; the reason is in its log. Panics after a minute.
    pub(super) fn launch(mut server: Command, data: &Path, log: &Path) -> Result<Self, ()> {
        let status = data.join("postmaster.pid");
        // Left by a server that was killed. It would be read as the new one's.
        let _ = fs::remove_file(&status);
        let log = File::options().create(true).append(true).open(log).expect("the folder takes a log");
        let output = log.try_clone().expect("a descriptor is free");
        let child = server.stdout(output).stderr(log).spawn().expect("postgres can be started");
        let mut postmaster = Self(child);
        let mut ended = false;
        wait_until("PostgreSQL takes connections", || {
            ended = postmaster.0.try_wait().expect("our child can be asked").is_some();
            ended || is_ready(&status)
        });
        if ended { Err(()) } else { Ok(postmaster) }
    }

    /// Ends all sessions, writes what is to be written and stops.
    pub(super) fn stop(mut self) {
        signal(self.0.id(), libc::SIGINT);
        self.0.wait().expect("our child can be waited for");
    }

    /// SIGKILL to the server and all its children; returns when none is left.
    pub(super) fn kill9(mut self) {
        let pid = self.0.id();
        // Stopped, it can start no child that we would not see.
        signal(pid, libc::SIGSTOP);
        let children = children_of(pid);
        signal(pid, libc::SIGKILL);
        children.iter().for_each(|child| signal(*child, libc::SIGKILL));
        self.0.wait().expect("our child can be waited for");
        // Until the last has let go of the shared memory, a new server refuses to start.
        wait_until("the killed server's children are gone", || children.iter().all(|child| is_gone(*child)));
    }
}

/// Ends the cluster of a folder and removes it when this process ends without having done so: a shell
/// waits at a pipe that only our end can close, even when we are killed. The number in the server's
/// status file may be another process's by then; only one that works in the folder is ended.
pub(super) struct Sweeper(Child);

const SWEEP: &str = r#"
read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
ours() { [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd")" = "$1/data" ]; }
! ours "$1" || kill -QUIT "$pid"
while ours "$1"; do sleep 0.05; done
rm -rf "$1"
"#;

impl Sweeper {
    pub(super) fn watch(folder: &Path) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", SWEEP, "sweeper"]).arg(folder).current_dir("/");
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // A group of its own: Ctrl-C at the tests must not end it before its work is done.
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        Self(shell.spawn().expect("/bin/sh can be started"))
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// The last line of the server's status file says `ready` once it takes connections.
fn is_ready(status: &Path) -> bool {
    fs::read_to_string(status).is_ok_and(|text| text.lines().nth(7).is_some_and(|line| line.trim() == "ready"))
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(since.elapsed() < PATIENCE, "waited {} s in vain until {what}", PATIENCE.as_secs());
        sleep(LOOK);
    }
}

fn signal(pid: u32, signal: libc::c_int) {
    // SAFETY: kill has no preconditions. The process is our child and not yet waited for, or was its
    // child a moment ago, so the number is not somebody else's.
    unsafe { libc::kill(pid as libc::pid_t, signal) };
}

/// Processes whose parent is `pid`.
fn children_of(pid: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("/proc is there on Linux").flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.filter(|child| matches!(state_and_parent(*child), Ok((_, parent)) if parent == pid)).collect()
}

/// Gone, or dead and only waiting for its new parent to notice.
fn is_gone(pid: u32) -> bool {
    state_and_parent(pid).map_or(true, |(state, _)| state == 'Z' || state == 'X')
}

fn state_and_parent(pid: u32) -> io::Result<(char, u32)> {
    let stat = fs::read_to_string(PathBuf::from(format!("/proc/{pid}/stat")))?;
    // The name stands in brackets and may hold anything; what we want comes after the last one.
    let mut words = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let state = words.next().and_then(|word| word.chars().next());
    let parent = words.next().and_then(|word| word.parse().ok());
    state.zip(parent).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
