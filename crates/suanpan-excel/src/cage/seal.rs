//! Takes from the child every right that no reader needs: from here on it can compute, read the file
//! that is open and write to its pipes. Opening a file, the network, other programs and threads are
//! refused by the kernel (seccomp). Not every system has it (Windows, macOS, old kernels); there the
//! readers' own conduct stands alone, and a test watches that with strace.

/// Seals the calling thread for good; threads could only come from it, and it may start none. Err says
/// why the kernel will not.
#[cfg(target_os = "linux")]
pub fn take_on() -> Result<(), Box<dyn std::error::Error>> {
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
    let permitted = PERMITTED.iter().map(|call| (*call, Vec::new())).collect();
    // An error and not the end of the process: what merely tries (a panic looking for its own symbols)
    // goes on without.
    let otherwise = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(permitted, otherwise, SeccompAction::Allow, std::env::consts::ARCH.try_into()?)?;
    let program: BpfProgram = filter.try_into()?;
    Ok(seccompiler::apply_filter(&program)?)
}

#[cfg(not(target_os = "linux"))]
pub fn take_on() -> Result<(), Box<dyn std::error::Error>> {
    Err("no seccomp on this system".into())
}

/// The system calls that stay, none of which takes a name of anything.
#[cfg(target_os = "linux")]
const PERMITTED: &[libc::c_long] = &[
    // The open file and the pipes.
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_lseek,
    libc::SYS_fcntl,
    libc::SYS_close,
    // Memory.
    libc::SYS_brk,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    // Hash seeds, clocks and locks.
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_futex,
    libc::SYS_sched_yield,
    // Panics, aborts and the end.
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_exit,
    libc::SYS_exit_group,
];
