//! How much anybody may ask: exchanges of one device, enrolments of everybody.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use suanpan_sync::scope::DeviceId;

#[derive(Debug, Clone)]
pub struct Settings {
    pub connections: usize,
    /// Bytes of one exchange; what is left comes with the next.
    pub request_bytes: u64,
    /// Exchanges of one device in a minute.
    pub exchanges_per_minute: u32,
    /// Enrolments in a minute, right or wrong.
    pub enrolments_per_minute: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { connections: 10_000, request_bytes: 64 << 20, exchanges_per_minute: 120, enrolments_per_minute: 60 }
    }
}

/// Devices that are remembered; past this the full buckets are forgotten.
const REMEMBERED: usize = 20_000;

/// Token buckets that fill up within a minute.
pub struct Buckets {
    settings: Settings,
    devices: Mutex<HashMap<DeviceId, Bucket>>,
    enrolments: Mutex<Bucket>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at_ms: i64,
}

impl Bucket {
    fn holds_one(&mut self, per_minute: u32, now_ms: i64) -> bool {
        let full = f64::from(per_minute);
        let gained = (now_ms - self.at_ms).max(0) as f64 * full / 60_000.0;
        (self.tokens, self.at_ms) = ((self.tokens + gained).min(full), now_ms);
        self.tokens >= 1.0
    }

    fn take(&mut self, per_minute: u32, now_ms: i64) -> bool {
        let allowed = self.holds_one(per_minute, now_ms);
        self.tokens -= if allowed { 1.0 } else { 0.0 };
        allowed
    }
}

impl Buckets {
    pub fn new(settings: Settings) -> Self {
        let full = Bucket { tokens: f64::from(settings.enrolments_per_minute), at_ms: 0 };
        Self { settings, devices: Mutex::default(), enrolments: Mutex::new(full) }
    }

    /// May the device ask once more now? Nothing is used up: whoever claims to be it may be somebody else.
    pub fn allows(&self, device: DeviceId, now_ms: i64) -> bool {
        let mut devices = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        devices.get_mut(&device).is_none_or(|bucket| bucket.holds_one(self.settings.exchanges_per_minute, now_ms))
    }

    /// The device has asked.
    pub fn count(&self, device: DeviceId, now_ms: i64) {
        let per_minute = self.settings.exchanges_per_minute;
        let mut devices = self.devices.lock().unwrap_or_else(PoisonError::into_inner);
        if devices.len() >= REMEMBERED {
            devices.retain(|_, bucket| now_ms - bucket.at_ms < 60_000);
        }
        let full = Bucket { tokens: f64::from(per_minute), at_ms: now_ms };
        devices.entry(device).or_insert(full).take(per_minute, now_ms);
    }

    pub fn allow_enrolment(&self, now_ms: i64) -> bool {
        let mut bucket = self.enrolments.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take(self.settings.enrolments_per_minute, now_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_asks_too_often_waits_and_the_others_do_not() {
        let buckets = Buckets::new(Settings { exchanges_per_minute: 3, ..Settings::default() });
        let asks = |device, now_ms| {
            let allowed = buckets.allows(DeviceId(device), now_ms);
            if allowed {
                buckets.count(DeviceId(device), now_ms);
            }
            allowed
        };
        assert_eq!([asks(1, 0), asks(1, 0), asks(1, 0), asks(1, 0)], [true, true, true, false]);
        assert!(asks(2, 0));
        assert!(asks(1, 20_000), "a third of a minute gives one of three");
        assert!(!asks(1, 20_001));
    }

    #[test]
    fn who_only_claims_to_be_a_device_uses_nothing_of_it_up() {
        let buckets = Buckets::new(Settings { exchanges_per_minute: 1, ..Settings::default() });
        assert!((0..100).all(|_| buckets.allows(DeviceId(1), 0)));
        buckets.count(DeviceId(1), 0);
        assert!(!buckets.allows(DeviceId(1), 1));
    }
}
