//! Outages of what a manager calls. Each is logged once, when it begins.

use std::sync::atomic::{AtomicU64, Ordering};
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
    /// The phase in which a call begins. Its outcome says nothing about a later one.
    pub(super) fn phase(&self, call: Call) -> Phase {
        self.0.get(call as usize).map_or(Phase(0), Outage::phase)
    }

    /// Begins an outage, if a call that began in `since` has failed and there is none. The caller logs it.
    pub(super) fn begin(
        &self,
        call: Call,
        since: Phase,
        now: impl FnOnce() -> SystemTime,
    ) -> Option<Turn<'_>> {
        self.0.get(call as usize)?.begin(since, now)
    }

    /// Ends an outage that was logged, if a call that began in `since` has succeeded. The caller logs it.
    pub(super) fn end(&self, call: Call, since: Phase) -> Option<Turn<'_>> {
        self.0.get(call as usize)?.end(since)
    }
}

/// Counts the beginnings and ends of outages. Modulo 4: there is none, one is being logged, one was logged, and its end is
/// being logged.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) struct Phase(u64);

impl Phase {
    const fn is_good(self) -> bool {
        self.0 & 3 == 0
    }

    const fn is_logged_outage(self) -> bool {
        self.0 & 3 == 2
    }

    const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// The right to log that an outage has begun or ended. Until it is dropped, there are no others, so the lines of several
/// threads are in order.
pub(super) struct Turn<'a> {
    phase: &'a AtomicU64,
    next: Phase,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.phase.store(self.next.0, Ordering::Release);
    }
}

#[derive(Default)]
struct Outage {
    phase: AtomicU64,
    /// Since when warnings are counted, and how many there were.
    warnings: Mutex<Option<(SystemTime, u32)>>,
}

impl Outage {
    fn phase(&self) -> Phase {
        Phase(self.phase.load(Ordering::Acquire))
    }

    fn turn(&self, from: Phase) -> Option<Turn<'_>> {
        let to = from.next();
        let turned = self.phase.compare_exchange(from.0, to.0, Ordering::AcqRel, Ordering::Relaxed);
        turned.ok().map(|_| Turn { phase: &self.phase, next: to.next() })
    }

    fn begin(&self, since: Phase, now: impl FnOnce() -> SystemTime) -> Option<Turn<'_>> {
        if !since.is_good() || self.phase() != since {
            return None;
        }
        let now = now();
        let mut warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        let (since_when, count) = match *warnings {
            None => (now, 0),
            Some((since, count)) => match now.duration_since(since) {
                Ok(elapsed) if elapsed < WARNINGS_PER => (since, count),
                Ok(_) => (now, 0),
                // The clock was set back.
                Err(_) => (now, count),
            },
        };
        let turn = if count < MOST_WARNINGS { self.turn(since) } else { None };
        *warnings = Some((since_when, count.saturating_add(turn.is_some().into())));
        turn
    }

    fn end(&self, since: Phase) -> Option<Turn<'_>> {
        // Most calls succeed, and begin while there is no outage.
        if since.is_logged_outage() { self.turn(since) } else { None }
    }
}
