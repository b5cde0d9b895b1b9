//! Hostile workbooks live in a cage: the file is read by a child process of the same program with a
//! memory cap and a time limit, and typed rows come back over a pipe. Whatever the file does to the
//! child (abort, endless loop, exhausted memory), the parent gets a [`ReadError`] and goes on.
//!
//! The child's half is [`child`], what it may still do [`seal`], the bytes between them [`wire`]. A program that imports must call
//! [`child::run_if_asked`] first thing in its `main`. On systems without `setrlimit` (Windows) the
//! memory cap is only what the readers themselves limit; the time limit holds everywhere.

pub mod child;
pub mod seal;
pub mod wire;

use crate::error::{ErrorKind, ReadError};
use crate::sniff::FileKind;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};
use wire::Frame;

/// First argument of the child.
pub const CHILD_ARGUMENT: &str = "__read-workbook";
/// Files up to this size must be done within [`Limits::small_time`], unless they turn out to be long.
const SMALL_FILE: u64 = 2 << 20;
/// A sheet that has given this many rows is a big one, however small its file.
const MANY_ROWS: u64 = 50_000;
/// How often cancelling is looked for.
const GLANCE: Duration = Duration::from_millis(50);

/// What the child may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Address space above that of the bare program, in bytes.
    pub memory_bytes: u64,
    /// For files below 2 MB.
    pub small_time: Duration,
    /// For the others, and for sheets past 50,000 rows.
    pub full_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_bytes: 300 << 20, small_time: Duration::from_secs(5), full_time: Duration::from_secs(20) }
    }
}

/// How to read: the program to start, the limits, and the person's cancel button.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// None = this very program.
    pub exe: Option<PathBuf>,
    pub limits: Limits,
    pub cancel: Arc<AtomicBool>,
}

/// Reads `path` in a child process; every frame is handed to `take` in order. Returns the file's kind.
/// Errors of `take` end the child and come back as they are.
pub fn read(
    path: &Path,
    options: &Options,
    take: &mut dyn FnMut(Frame) -> Result<(), ReadError>,
) -> Result<FileKind, ReadError> {
    let size = std::fs::metadata(path)?.len();
    let started = Instant::now();
    let mut caged = Caged::start(path, options)?;
    let mut rows = 0u64;
    loop {
        let limit =
            if size > SMALL_FILE || rows > MANY_ROWS { options.limits.full_time } else { options.limits.small_time };
        let frame = match caged.frames.recv_timeout(GLANCE) {
            Ok(frame) => Some(frame?),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return Err(caged.why_it_ended()),
        };
        if options.cancel.load(Ordering::Relaxed) {
            return Err(ReadError::new(ErrorKind::Cancelled, ""));
        }
        if started.elapsed() > limit {
            return Err(ReadError::new(ErrorKind::Timeout, format!("超过 {} 秒，已读 {rows} 行", limit.as_secs())));
        }
        match frame {
            None => {}
            Some(Frame::Done(kind)) => return Ok(kind),
            Some(Frame::Failed(error)) => return Err(error),
            Some(frame) => {
                if let Frame::Rows(batch) = &frame {
                    rows += u64::from(batch.rows);
                }
                take(frame)?;
            }
        }
    }
}

/// The running child; killed when dropped.
struct Caged {
    child: Child,
    frames: Receiver<Result<Frame, ReadError>>,
    last_words: Option<thread::JoinHandle<Vec<u8>>>,
}

impl Caged {
    fn start(path: &Path, options: &Options) -> Result<Self, ReadError> {
        let exe = match &options.exe {
            Some(exe) => exe.clone(),
            None => std::env::current_exe()?,
        };
        let mut child = Command::new(exe)
            .arg(CHILD_ARGUMENT)
            .arg(path)
            .arg(options.limits.memory_bytes.to_string())
            .arg((options.limits.full_time.as_secs() + 5).to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().expect("stdout was asked to be piped");
        let mut stderr = child.stderr.take().expect("stderr was asked to be piped");
        // Few frames wait, so a slow parent slows the child instead of filling memory.
        let (sender, frames) = sync_channel(8);
        thread::spawn(move || {
            let mut pipe = BufReader::with_capacity(64 << 10, stdout);
            while let Some(frame) = wire::read_frame(&mut pipe).transpose() {
                let ends = frame.is_err();
                if sender.send(frame).is_err() || ends {
                    return;
                }
            }
        });
        let last_words = thread::spawn(move || {
            let mut words = Vec::new();
            let mut rest = [0; 4096];
            while let Ok(got @ 1..) = stderr.read(&mut rest) {
                if words.len() < 16 << 10 {
                    words.extend_from_slice(&rest[..got]);
                }
            }
            words
        });
        Ok(Self { child, frames, last_words: Some(last_words) })
    }

    /// The pipe ended without a last frame: tells from the exit and the last words what happened.
    fn why_it_ended(&mut self) -> ReadError {
        let status = match self.child.wait() {
            Ok(status) => status,
            Err(error) => return error.into(),
        };
        let words = self.last_words.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        if memchr::memmem::find(&words, b"memory allocation of").is_some() {
            return ReadError::new(ErrorKind::OutOfMemory, "300 MB");
        }
        ending(status)
    }
}

impl Drop for Caged {
    fn drop(&mut self) {
        // Both fail only when the child is already gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn ending(status: ExitStatus) -> ReadError {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(libc::SIGXCPU) => ReadError::new(ErrorKind::Timeout, "处理器时间用尽"),
        Some(signal) => ReadError::new(ErrorKind::Crashed, format!("信号 {signal}")),
        None => ReadError::new(ErrorKind::Crashed, format!("退出码 {}", status.code().unwrap_or(-1))),
    }
}

#[cfg(not(unix))]
fn ending(status: ExitStatus) -> ReadError {
    ReadError::new(ErrorKind::Crashed, format!("退出码 {}", status.code().unwrap_or(-1)))
}
