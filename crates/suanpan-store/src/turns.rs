//! Who writes next. A book has one writer: whoever types takes it with [`Turns::take`]; what goes on in the background
//! sees that somebody waits ([`Turns::somebody_waits`]), takes back what it has begun and lets him go first
//! ([`Turns::give_way`]). How often it does so is its own affair: see `sync::transaction`.

use parking_lot::{Condvar, Mutex, MutexGuard};
use std::sync::atomic::{AtomicU64, Ordering};

/// One thing that one thread at a time may have.
pub struct Turns<T> {
    thing: Mutex<T>,
    /// Who asked with [`Turns::take`] and has not got it.
    waiting: AtomicU64,
    /// How many have got it after they waited. [`Turns::give_way`] sleeps on it.
    served: Mutex<u64>,
    moved_on: Condvar,
}

impl<T> Turns<T> {
    pub fn new(thing: T) -> Self {
        Self { thing: Mutex::new(thing), waiting: AtomicU64::new(0), served: Mutex::new(0), moved_on: Condvar::new() }
    }

    /// Takes it, after whoever has it now.
    pub fn take(&self) -> MutexGuard<'_, T> {
        if let Some(free) = self.thing.try_lock() {
            return free;
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let taken = self.thing.lock();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        *self.served.lock() += 1;
        self.moved_on.notify_all();
        taken
    }

    /// As [`Turns::take`], for work that nobody waits for: nothing gives way to it.
    pub fn take_in_background(&self) -> MutexGuard<'_, T> {
        self.thing.lock()
    }

    /// Does anybody wait who took the ordinary way?
    pub fn somebody_waits(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    /// Gives it up and returns once one of those who waited has got it. At once when nobody waits.
    pub fn give_way(&self, mine: MutexGuard<'_, T>) {
        let mut served = self.served.lock();
        let before = *served;
        MutexGuard::unlock_fair(mine);
        while *served == before && self.somebody_waits() {
            self.moved_on.wait(&mut served);
        }
    }
}
