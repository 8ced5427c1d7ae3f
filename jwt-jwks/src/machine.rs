//! When to fetch. There is no I/O and no clock here: each function gets the time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jwt_core::KeyMismatch;
use jwt_core::keys::KeySet;

use crate::error::FetchError;

/// The first pause after a failed attempt. It doubles up to the cool-down.
const FIRST_PAUSE: Duration = Duration::from_secs(5);

/// An attempt that has not ended this long after its limit never will, such as on a runtime that has stopped.
const GRACE: Duration = Duration::from_secs(1);

/// Keys, and how long they are good. They are read without a lock.
pub(crate) struct Snapshot {
    pub(crate) keys: Arc<KeySet>,
    pub(crate) count: usize,
    pub(crate) fetched: Option<Instant>,
    /// From then on, use causes a fetch in the background.
    pub(crate) refresh_at: Instant,
    /// From then on, requests wait for a fetch.
    pub(crate) fresh_until: Instant,
    /// From then on, not even an outage is a reason to use them.
    pub(crate) stale_until: Instant,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) cool_down: Duration,
    pub(crate) timeout: Duration,
}

/// What to do for a request that needs other keys than the known ones.
pub(crate) enum Step<W> {
    /// Wait for this attempt, at most until then.
    Join(W, Instant),
    /// Start an attempt, then call [`Turns::started`] while the lock is held.
    Start(Attempt),
    /// There are fresh keys.
    Keep,
    /// It is too early for another attempt.
    Fail(FetchError),
}

/// An attempt to fetch the keys.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Attempt {
    pub(crate) id: u64,
    /// Whether a token caused it, so that caches must not answer.
    pub(crate) forced: bool,
}

struct InFlight<W> {
    attempt: Attempt,
    since: Instant,
    wait: W,
}

/// Whose turn it is to fetch. `W` is what requests wait for.
pub(crate) struct Turns<W> {
    times: Times,
    attempts: u64,
    in_flight: Option<InFlight<W>>,
    /// A token needs newer keys than the fresh ones.
    is_wanted: bool,
    last_forced: Option<Instant>,
    failure: Option<Failure>,
}

/// The last attempt, which failed.
struct Failure {
    error: FetchError,
    at: Instant,
    /// Failures in a row.
    count: u32,
    next: Instant,
}

/// The last failure, for the status.
pub(crate) struct Failed {
    pub(crate) error: FetchError,
    pub(crate) at: Instant,
    pub(crate) count: u32,
}

impl<W: Clone> Turns<W> {
    pub(crate) const fn new(times: Times) -> Self {
        Self { times, attempts: 0, in_flight: None, is_wanted: false, last_forced: None, failure: None }
    }

    /// Whether keys past their time are still used: an attempt has failed recently, so another one would not help.
    pub(crate) fn uses_stale(&self, keys: &Snapshot, now: Instant) -> bool {
        let recent = self.times.cool_down.saturating_mul(2);
        now < keys.stale_until
            && self.failure.as_ref().is_some_and(|failure| now.saturating_duration_since(failure.at) < recent)
    }

    /// Whether to refresh in the background.
    pub(crate) fn background(&mut self, now: Instant) -> Option<Attempt> {
        let is_busy = self.in_flight.as_ref().is_some_and(|flight| !self.is_lost(flight, now));
        (!is_busy && self.is_due(now)).then(|| self.attempt(false))
    }

    /// Whether a token that the known keys do not verify is worth a fetch, or waiting for one.
    pub(crate) fn worth_fetching(&mut self, why: KeyMismatch, keys: Option<&Snapshot>, now: Instant) -> bool {
        if self.in_flight.as_ref().is_some_and(|flight| !self.is_lost(flight, now)) {
            return true;
        }
        let is_id = why == KeyMismatch::UnknownId;
        if keys.is_none_or(|keys| now >= keys.fresh_until) {
            // Without a successful attempt, nobody knows that a `kid` is unknown.
            return is_id || self.is_due(now);
        }
        if self.is_cooling(now) {
            return is_id && self.failure.is_some();
        }
        self.is_wanted = true;
        true
    }

    /// What a request does that waits for keys.
    pub(crate) fn step(&mut self, keys: Option<&Snapshot>, now: Instant) -> Step<W> {
        if let Some(flight) = &self.in_flight
            && !self.is_lost(flight, now)
        {
            return Step::Join(flight.wait.clone(), self.end_of(flight));
        }
        if keys.is_none_or(|keys| now >= keys.fresh_until) {
            return match &self.failure {
                Some(failure) if now < failure.next => Step::Fail(failure.error.clone()),
                _ => Step::Start(self.attempt(false)),
            };
        }
        // A request that missed the end of the fetch that it needed does not cause another one.
        if std::mem::take(&mut self.is_wanted) && !self.is_cooling(now) {
            self.last_forced = Some(now);
            return Step::Start(self.attempt(true));
        }
        match &self.failure {
            Some(failure) => Step::Fail(failure.error.clone()),
            None => Step::Keep,
        }
    }

    /// An attempt because the application wants one. It does not wait for its turn, and does not use one.
    pub(crate) fn refresh(&mut self, now: Instant) -> Step<W> {
        match &self.in_flight {
            Some(flight) if !self.is_lost(flight, now) => {
                Step::Join(flight.wait.clone(), self.end_of(flight))
            }
            _ => Step::Start(self.attempt(true)),
        }
    }

    /// Registers an attempt. Returns what waited for a lost one, to be dropped after the lock.
    pub(crate) fn started(&mut self, attempt: Attempt, wait: W, now: Instant) -> Option<W> {
        self.is_wanted = false;
        let flight = InFlight { attempt, since: now, wait };
        Some(self.in_flight.replace(flight)?.wait)
    }

    /// Ends an attempt with keys. Returns the failures before it, and what waited; `None` if it was replaced.
    pub(crate) fn succeeded(&mut self, id: u64) -> Option<(u32, W)> {
        let wait = self.take(id)?;
        Some((self.failure.take().map_or(0, |failure| failure.count), wait))
    }

    /// Ends an attempt with an error. Returns what waited; `None` if it was replaced.
    pub(crate) fn failed(&mut self, id: u64, error: FetchError, now: Instant) -> Option<W> {
        let wait = self.take(id)?;
        let count = self.failure.as_ref().map_or(0, |failure| failure.count);
        let pause = FIRST_PAUSE.saturating_mul(1 << count.min(16)).min(self.times.cool_down);
        let next = now.checked_add(pause).unwrap_or(now);
        self.failure = Some(Failure { error, at: now, count: count.saturating_add(1), next });
        Some(wait)
    }

    /// Ends an attempt that was not carried out, so it does not count.
    pub(crate) fn stopped(&mut self, id: u64) -> Option<W> {
        let attempt = self.in_flight.as_ref()?.attempt;
        let wait = self.take(id)?;
        if attempt.forced {
            self.last_forced = None;
            self.is_wanted = true;
        }
        Some(wait)
    }

    pub(crate) fn last_failure(&self) -> Option<Failed> {
        let failure = self.failure.as_ref()?;
        Some(Failed { error: failure.error.clone(), at: failure.at, count: failure.count })
    }

    fn take(&mut self, id: u64) -> Option<W> {
        Some(self.in_flight.take_if(|flight| flight.attempt.id == id)?.wait)
    }

    const fn attempt(&mut self, forced: bool) -> Attempt {
        self.attempts = self.attempts.wrapping_add(1);
        Attempt { id: self.attempts, forced }
    }

    fn is_due(&self, now: Instant) -> bool {
        self.failure.as_ref().is_none_or(|failure| now >= failure.next)
    }

    fn is_cooling(&self, now: Instant) -> bool {
        self.last_forced.is_some_and(|last| now.saturating_duration_since(last) < self.times.cool_down)
    }

    fn end_of(&self, flight: &InFlight<W>) -> Instant {
        flight.since.checked_add(self.times.timeout).unwrap_or(flight.since)
    }

    fn is_lost(&self, flight: &InFlight<W>, now: Instant) -> bool {
        now >= self.end_of(flight).checked_add(GRACE).unwrap_or(flight.since)
    }
}
