//! Sees what one input costs. Memory is counted by the allocator of this program; whatever goes wrong, the input is
//! printed, also when there is no memory left to print it with.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    io::Write,
    process,
    ptr::null_mut,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

/// No input of ours takes a thousandth of it.
const SLOWEST: Duration = Duration::from_secs(60);

#[global_allocator]
static COUNTED: Counted = Counted;

/// Bytes that are taken now, the most since the input began, and what may be taken.
static TAKEN: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static CEILING: AtomicUsize = AtomicUsize::new(usize::MAX);
/// The input that is tried, for whoever must print it from within the allocator.
static INPUT: AtomicPtr<u8> = AtomicPtr::new(null_mut());
static INPUT_BYTES: AtomicUsize = AtomicUsize::new(0);
static SEED: AtomicU64 = AtomicU64::new(0);
static TARGET: Mutex<&str> = Mutex::new("");
/// Counts the inputs that began; the watcher looks whether it moves.
static BEGUN: AtomicU64 = AtomicU64::new(0);

struct Counted;

// SAFETY: every call is passed on to the system's allocator as it came; only sizes are counted beside it.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count_in(layout.size());
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count_in(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        TAKEN.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above; `at` came from `System`.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, new_bytes: usize) -> *mut u8 {
        count_in(new_bytes);
        TAKEN.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above; `at` came from `System`.
        unsafe { System.realloc(at, layout, new_bytes) }
    }
}

fn count_in(bytes: usize) {
    let taken = TAKEN.fetch_add(bytes, Relaxed).saturating_add(bytes);
    PEAK.fetch_max(taken, Relaxed);
    if taken > CEILING.load(Relaxed) {
        CEILING.store(usize::MAX, Relaxed);
        die("memory above the limit");
    }
}

/// Until [`Watched::end`], what is taken beyond the present is counted against a limit.
pub struct Watched {
    before: usize,
}

pub fn begin(target: &'static str, seed: u64, input: &[u8], most_bytes: usize) -> Watched {
    *TARGET.lock().unwrap_or_else(PoisonError::into_inner) = target;
    SEED.store(seed, Relaxed);
    INPUT.store(input.as_ptr().cast_mut(), Relaxed);
    INPUT_BYTES.store(input.len(), Relaxed);
    BEGUN.fetch_add(1, Relaxed);
    let before = TAKEN.load(Relaxed);
    PEAK.store(before, Relaxed);
    CEILING.store(before.saturating_add(most_bytes), Relaxed);
    Watched { before }
}

impl Watched {
    /// The most that was taken at once, bytes.
    pub fn end(self) -> usize {
        CEILING.store(usize::MAX, Relaxed);
        INPUT_BYTES.store(0, Relaxed);
        PEAK.load(Relaxed).saturating_sub(self.before)
    }
}

/// Looks after inputs that never end.
pub fn start() {
    thread::spawn(|| {
        let mut seen = 0;
        loop {
            thread::sleep(SLOWEST);
            let begun = BEGUN.load(Relaxed);
            if begun == seen && INPUT_BYTES.load(Relaxed) > 0 {
                die("no end within a minute");
            }
            seen = begun;
        }
    });
}

/// From any thread and without memory: the input is still borrowed by the one that tries it.
fn die(what: &str) -> ! {
    let (at, bytes) = (INPUT.load(Relaxed), INPUT_BYTES.load(Relaxed));
    // SAFETY: set by `begin` from a slice that outlives the trial; `end` sets the length to 0 before it is let go.
    let input = if bytes == 0 { &[] } else { unsafe { std::slice::from_raw_parts(at, bytes) } };
    let target = TARGET.lock().map_or("?", |target| *target);
    report(what, target, SEED.load(Relaxed), input);
    process::exit(1)
}

/// Prints what it takes to see the failure again.
pub fn report(what: &str, target: &str, seed: u64, input: &[u8]) {
    let mut out = std::io::stderr().lock();
    let mut hex = [0; 2];
    let _ = writeln!(out, "{what}: target {target}, seed {seed}, {} bytes:", input.len());
    for byte in input {
        for (digit, shift) in hex.iter_mut().zip([4, 0]) {
            *digit = b"0123456789abcdef"[usize::from(byte >> shift & 15)];
        }
        let _ = out.write_all(&hex);
    }
    let _ = writeln!(out, "\nTo see it again: put this line into a file, then --target {target} --replay FILE");
}
