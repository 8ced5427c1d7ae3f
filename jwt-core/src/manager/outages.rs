//! Outages of what a manager calls. Each is logged once, when it begins.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::Call;

/// What fails for only some requests begins an outage with each of them. The log must not fill up.
const MOST_WARNINGS: u32 = 10;
const WARNINGS_PER: Duration = Duration::from_secs(60);

/// The outages of what a manager calls.
pub(super) struct Outages([Outage; Call::COUNT]);

impl Default for Outages {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Outage::default()))
    }
}

impl Outages {
    /// Begins an outage, if there is none. Returns whether to warn of it.
    pub(super) fn begin(&self, call: Call, now: impl FnOnce() -> SystemTime) -> bool {
        self.0.get(call as usize).is_some_and(|outage| outage.is_new(now))
    }

    /// Ends an outage. Returns whether there was a warning of it.
    pub(super) fn end(&self, call: Call) -> bool {
        self.0.get(call as usize).is_some_and(Outage::end)
    }
}

#[derive(Default)]
struct Outage {
    /// Whether there was a warning of this outage.
    is_announced: AtomicBool,
    /// Since when warnings are counted, and how many there were.
    warnings: Mutex<Option<(SystemTime, u32)>>,
}

impl Outage {
    fn is_new(&self, now: impl FnOnce() -> SystemTime) -> bool {
        if self.is_announced.load(Ordering::Relaxed) {
            return false;
        }
        let now = now();
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = match *warnings {
            None => (now, 0),
            Some((since, count)) => match now.duration_since(since) {
                Ok(elapsed) if elapsed < WARNINGS_PER => (since, count),
                Ok(_) => (now, 0),
                // The clock was set back.
                Err(_) => (now, count),
            },
        };
        if count >= MOST_WARNINGS {
            *warnings = Some((since, count));
            return false;
        }
        *warnings = Some((since, count.saturating_add(1)));
        !self.is_announced.swap(true, Ordering::Relaxed)
    }

    fn end(&self) -> bool {
        // Most calls succeed, and a load is cheaper than a swap.
        self.is_announced.load(Ordering::Relaxed) && self.is_announced.swap(false, Ordering::Relaxed)
    }
}
