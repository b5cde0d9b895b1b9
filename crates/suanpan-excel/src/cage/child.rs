//! The child's half of the cage: takes its limits on, opens the file, gives its rights away
//! ([`seal`]), reads the file and writes frames to its stdout. It opens no other file and no network.

use super::{CHILD_ARGUMENT, seal, wire};
use crate::error::ReadError;
use crate::read::read_open;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Call first in `main` of every program that imports: Some(code) when this process is the child and
/// has done its work; None in the program proper.
pub fn run_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != CHILD_ARGUMENT {
        return None;
    }
    Some(run_child(arguments))
}

/// `arguments`: path, bytes of memory above the present use, seconds of processor time.
fn run_child(mut arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let path = arguments.next().map(PathBuf::from);
    let mut number = || arguments.next().and_then(|text| text.to_str()?.parse::<u64>().ok());
    let (Some(path), Some(memory_bytes), Some(cpu_seconds)) = (path, number(), number()) else {
        return ExitCode::from(2);
    };
    if let Err(error) = limits::take_on(memory_bytes, cpu_seconds) {
        eprintln!("limits: {error}");
        return ExitCode::from(3);
    }
    let mut encoder = wire::Encoder::new(BufWriter::with_capacity(128 << 10, io::stdout().lock()));
    let file = File::open(&path);
    // Where the kernel knows no seccomp, the limits above and the readers themselves still hold.
    let _ = seal::take_on();
    let result = file.map_err(ReadError::from).and_then(|file| read_open(file, &mut encoder));
    match encoder.finish(result).and_then(|mut pipe| pipe.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        // The parent has gone or has had enough.
        Err(_) => ExitCode::from(4),
    }
}

#[cfg(unix)]
mod limits {
    use std::io;

    /// Caps address space at what the bare program uses plus `memory_bytes`, and processor time.
    pub fn take_on(memory_bytes: u64, cpu_seconds: u64) -> io::Result<()> {
        // macOS does not enforce RLIMIT_AS and has no /proc; there the readers' own limits stand alone.
        if let Some(used) = address_space() {
            set(libc::RLIMIT_AS, used + memory_bytes)?;
        }
        set(libc::RLIMIT_CPU, cpu_seconds)?;
        // A crash of the child is expected business: no core file with a county's figures on the disk.
        set(libc::RLIMIT_CORE, 0)
    }

    /// Bytes of address space in use (first figure of statm, in pages).
    fn address_space() -> Option<u64> {
        let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
        let pages: u64 = statm.split_whitespace().next()?.parse().ok()?;
        // SAFETY: sysconf has no preconditions.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        Some(pages * u64::try_from(page).ok()?)
    }

    #[cfg(target_env = "gnu")]
    type Resource = libc::__rlimit_resource_t;
    #[cfg(not(target_env = "gnu"))]
    type Resource = libc::c_int;

    fn set(resource: Resource, value: u64) -> io::Result<()> {
        let limit = libc::rlimit { rlim_cur: value as libc::rlim_t, rlim_max: value as libc::rlim_t };
        // SAFETY: the pointer is to a whole rlimit that lives through the call.
        let failed = unsafe { libc::setrlimit(resource, &limit) } != 0;
        if failed { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

#[cfg(not(unix))]
mod limits {
    pub fn take_on(_memory_bytes: u64, _cpu_seconds: u64) -> std::io::Result<()> {
        Ok(())
    }
}
