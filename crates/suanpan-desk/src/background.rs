//! Manners of work that nobody waits for: it steps back behind the screens, and leaves no memory lying about.
//! What the work is stands elsewhere ([`crate::backups`], [`crate::jobs`]).

/// How far behind: a tenth of the share of a thread that somebody waits for. Not the last place, because such
/// work may hold a lock for a moment.
#[cfg(target_os = "linux")]
const NICE: libc::c_int = 10;

/// From now on this thread gets the processor when the screens and the calls leave it. A book verified while
/// its first sheet is being scrolled cost half of the frames on two cores.
pub fn step_back() {
    #[cfg(target_os = "linux")]
    // SAFETY: no memory is touched; 0 is the calling thread. Refused, the work is only less polite.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, NICE);
    }
}

/// Hands back what ended work has left. glibc keeps freed memory in the pool of the thread that used it: 22 MB
/// after a book of 26 MB was verified, for as long as the program runs.
pub fn give_memory_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: malloc_trim takes the allocator's own locks and has no preconditions.
    unsafe {
        libc::malloc_trim(0);
    }
}
