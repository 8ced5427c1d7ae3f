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
#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) keys: Arc<KeySet>,
    pub(crate) count: usize,
    /// `None` for a seed.
    pub(crate) fetched: Option<Instant>,
    /// From then on, use causes a fetch in the background.
    pub(crate) refresh_at: Instant,
    /// From then on, requests wait for a fetch.
    pub(crate) fresh_until: Instant,
    /// From then on, not even an outage is a reason to use them.
    pub(crate) stale_until: Instant,
    /// `refresh_at`, or later while a look at the turns would change nothing.
    pub(crate) look_at: Instant,
    /// `fresh_until`, or later while there is a reason to use the keys longer.
    pub(crate) usable_until: Instant,
}

impl Snapshot {
    /// Keys that nobody has used yet.
    pub(crate) fn new(
        keys: KeySet,
        fetched: Option<Instant>,
        refresh_at: Instant,
        fresh_until: Instant,
        stale_for: Duration,
    ) -> Self {
        let stale_until = after(fresh_until, stale_for);
        // A seed is usable until an attempt has ended.
        let usable_until = if fetched.is_some() { fresh_until } else { stale_until };
        let count = keys.jwks().len();
        let keys = Arc::new(keys);
        Self { keys, count, fetched, refresh_at, fresh_until, stale_until, look_at: refresh_at, usable_until }
    }
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
    /// Whether it uses the turn for tokens that fresh keys do not verify.
    pub(crate) forced: bool,
    /// Whether caches must not answer, because a request may need the newest keys.
    pub(crate) revalidate: bool,
}

struct InFlight<W> {
    attempt: Attempt,
    since: Instant,
    /// Whether no further request can wait for it.
    is_crowded: bool,
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
    /// How long to wait before the next attempt.
    pause: Duration,
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

    /// The keys with the times that follow from the turns. Requests then need no lock to learn them.
    pub(crate) fn adjusted(&self, keys: &Snapshot, now: Instant) -> Snapshot {
        let flight = self.in_flight.as_ref();
        let is_unused_seed = keys.fetched.is_none() && self.failure.is_none();
        let usable_until = [
            is_unused_seed.then_some(keys.stale_until),
            // An attempt has failed recently, and the next one must be able to fail before requests wait again.
            self.failure.as_ref().map(|failure| {
                let recent = self.times.cool_down.saturating_mul(2);
                after(failure.at, recent.saturating_add(self.times.timeout).saturating_add(GRACE))
            }),
            flight.filter(|flight| flight.is_crowded).map(|flight| self.lost_at(flight)),
        ];
        let usable_until = usable_until.into_iter().flatten().max().unwrap_or(keys.fresh_until);
        let usable_until = usable_until.min(keys.stale_until).max(keys.fresh_until);
        let look_at = match (flight, &self.failure) {
            _ if now >= usable_until => keys.refresh_at,
            (Some(flight), _) => self.lost_at(flight),
            (None, Some(failure)) => after(failure.at, failure.pause),
            (None, None) => keys.refresh_at,
        };
        let look_at = look_at.max(keys.refresh_at).min(usable_until);
        Snapshot { look_at, usable_until, ..keys.clone() }
    }

    /// Whether to fetch in the background.
    pub(crate) fn background(&mut self, keys: Option<&Snapshot>, now: Instant) -> Option<Attempt> {
        let is_due = self.flight(now).is_none() && self.is_due(now);
        is_due.then(|| self.attempt(false, keys.is_some_and(|keys| now >= keys.usable_until)))
    }

    /// Whether a token that the known keys do not verify is worth a fetch, or waiting for one.
    pub(crate) fn worth_fetching(&mut self, why: KeyMismatch, keys: Option<&Snapshot>, now: Instant) -> bool {
        if let Some(flight) = self.flight(now) {
            // It may get the keys from before they changed.
            self.is_wanted |= !flight.attempt.revalidate && !self.is_cooling(now);
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
        if let Some(flight) = self.flight(now) {
            return Step::Join(flight.wait.clone(), self.end_of(flight));
        }
        if keys.is_none_or(|keys| now >= keys.fresh_until) {
            return match &self.failure {
                Some(failure) if !self.is_due(now) => Step::Fail(failure.error.clone()),
                // A cache may have kept the old keys for as long as this process.
                _ => Step::Start(self.attempt(false, keys.is_some())),
            };
        }
        // A request that missed the end of the fetch that it needed does not cause another one.
        if std::mem::take(&mut self.is_wanted) && !self.is_cooling(now) {
            self.last_forced = Some(now);
            return Step::Start(self.attempt(true, true));
        }
        match &self.failure {
            Some(failure) => Step::Fail(failure.error.clone()),
            None => Step::Keep,
        }
    }

    /// An attempt because the application wants one. It does not wait for its turn, and does not use one.
    pub(crate) fn refresh(&mut self, now: Instant) -> Step<W> {
        match self.flight(now) {
            Some(flight) => Step::Join(flight.wait.clone(), self.end_of(flight)),
            None => Step::Start(self.attempt(false, true)),
        }
    }

    /// The number of the last attempt that was started.
    pub(crate) const fn attempts(&self) -> u64 {
        self.attempts
    }

    /// Registers an attempt. Returns what waited for a lost one, to be dropped after the lock.
    pub(crate) fn started(&mut self, attempt: Attempt, wait: W, now: Instant) -> Option<W> {
        // Caches can answer others, so a token that needs newer keys still does afterwards.
        if attempt.revalidate {
            self.is_wanted = false;
        }
        let flight = InFlight { attempt, since: now, is_crowded: false, wait };
        Some(self.in_flight.replace(flight)?.wait)
    }

    /// Notes that no further request can wait.
    pub(crate) const fn crowded(&mut self) {
        if let Some(flight) = &mut self.in_flight {
            flight.is_crowded = true;
        }
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
        self.failure = Some(Failure { error, at: now, count: count.saturating_add(1), pause });
        Some(wait)
    }

    /// Ends an attempt whose end is overdue, as on a thread that is blocked. This says little about the issuer, so the next
    /// attempt, on another thread, needs no pause.
    pub(crate) fn lost(&mut self, id: u64, error: FetchError, now: Instant) -> Option<W> {
        let attempt = self.in_flight.as_ref()?.attempt;
        let wait = self.failed(id, error, now)?;
        if let Some(failure) = &mut self.failure {
            failure.pause = Duration::ZERO;
        }
        if attempt.forced {
            self.last_forced = None;
        }
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

    const fn attempt(&mut self, forced: bool, revalidate: bool) -> Attempt {
        self.attempts = self.attempts.wrapping_add(1);
        Attempt { id: self.attempts, forced, revalidate }
    }

    fn is_due(&self, now: Instant) -> bool {
        self.failure.as_ref().is_none_or(|failure| !is_within(failure.at, failure.pause, now))
    }

    fn is_cooling(&self, now: Instant) -> bool {
        self.last_forced.is_some_and(|last| is_within(last, self.times.cool_down, now))
    }

    /// The attempt in flight, unless it is lost.
    fn flight(&self, now: Instant) -> Option<&InFlight<W>> {
        let limit = self.times.timeout.saturating_add(GRACE);
        self.in_flight.as_ref().filter(|flight| is_within(flight.since, limit, now))
    }

    fn end_of(&self, flight: &InFlight<W>) -> Instant {
        after(flight.since, self.times.timeout)
    }

    fn lost_at(&self, flight: &InFlight<W>) -> Instant {
        after(self.end_of(flight), GRACE)
    }
}

pub(crate) fn after(start: Instant, time: Duration) -> Instant {
    start.checked_add(time).unwrap_or(start)
}

/// Whether the time since `start` is shorter than `time`. If the clock went back, a start that is further ahead than `time`
/// does not count, so a jump blocks nothing for longer than usual.
fn is_within(start: Instant, time: Duration, now: Instant) -> bool {
    now.saturating_duration_since(start).max(start.saturating_duration_since(now)) < time
}
