//! The keys of one issuer while the application runs: carries out what [`Turns`] decides.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use futures_util::FutureExt;
use jwt_core::KeyMismatch;
use jwt_core::keys::KeySet;
use tokio::runtime::Handle;

use crate::attempt::Wait;
use crate::error::FetchError;
use crate::limit::{Waiters, limited};
use crate::machine::{Attempt, Snapshot, Step, Times, Turns, after};
use crate::origin::Origin;

/// How much longer a request waits than an attempt takes, so that the attempt reports its own end.
const MARGIN: Duration = Duration::from_millis(250);

/// A fetch in flight, one after it, and one more if a runtime stops.
const MOST_ROUNDS: usize = 3;

/// What a request has waited for.
enum Round {
    /// There is nothing to wait for any longer.
    Decided(Result<Arc<KeySet>, FetchError>),
    Ended(Attempt, Result<Arc<KeySet>, FetchError>),
    /// Nobody carried out the attempt.
    Lost,
}

/// The state that all handles share.
pub(crate) struct Keys {
    pub(crate) origin: Arc<Origin>,
    pub(crate) times: Times,
    pub(crate) stale_for: Duration,
    pub(crate) snapshot: ArcSwapOption<Snapshot>,
    turns: Mutex<Turns<Wait>>,
    waiters: Waiters,
}

impl Keys {
    pub(crate) fn new(origin: Origin, times: Times, stale_for: Duration, seed: Option<Snapshot>) -> Self {
        Self {
            origin: Arc::new(origin),
            times,
            stale_for,
            snapshot: ArcSwapOption::new(seed.map(Arc::new)),
            turns: Mutex::new(Turns::new(times)),
            waiters: Waiters::default(),
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.origin.clock.now()
    }

    pub(crate) fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.load_full()
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiters.count()
    }

    /// No code panics while it has the lock, and a panic would leave nothing half done.
    pub(crate) fn turns(&self) -> MutexGuard<'_, Turns<Wait>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_turns(&self) -> Option<MutexGuard<'_, Turns<Wait>>> {
        match self.turns.try_lock() {
            Ok(turns) => Some(turns),
            Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// The keys that can be used now. Takes no lock before there is something to do, and never waits for one.
    pub(crate) fn known(self: &Arc<Self>) -> Option<Arc<KeySet>> {
        let snapshot = self.snapshot.load();
        let now = self.now();
        match snapshot.as_ref() {
            Some(snapshot) if now < snapshot.look_at => Some(Arc::clone(&snapshot.keys)),
            snapshot => self.aged(snapshot.map(|snapshot| &**snapshot), now),
        }
    }

    #[cold]
    fn aged(self: &Arc<Self>, snapshot: Option<&Snapshot>, now: Instant) -> Option<Arc<KeySet>> {
        // Without a runtime, a request that waits carries out the fetch. A thread that has the lock looks as well.
        if let Ok(runtime) = Handle::try_current()
            && let Some(mut turns) = self.try_turns()
        {
            let latest = self.snapshot();
            // Another request may have replaced the keys in the meantime.
            if latest.as_ref().is_none_or(|latest| now >= latest.look_at) {
                match turns.background(latest.as_deref(), now) {
                    Some(attempt) => drop(self.start(turns, attempt, now, Some(runtime))),
                    None => self.adjust(&turns, now),
                }
            }
        }
        snapshot.filter(|snapshot| now < snapshot.usable_until).map(|snapshot| Arc::clone(&snapshot.keys))
    }

    /// Tells requests what follows from the turns.
    pub(crate) fn adjust(&self, turns: &Turns<Wait>, now: Instant) {
        if let Some(keys) = &*self.snapshot.load() {
            self.snapshot.store(Some(Arc::new(turns.adjusted(keys, now))));
        }
    }

    pub(crate) fn worth_fetching(&self, why: KeyMismatch) -> bool {
        let now = self.now();
        let mut turns = self.turns();
        turns.worth_fetching(why, self.snapshot.load().as_deref(), now)
    }

    /// Waits for other keys than the known ones, if it is time for that.
    pub(crate) async fn fetch(self: &Arc<Self>) -> Result<Arc<KeySet>, FetchError> {
        let now = self.now();
        // If there are keys, they do not verify the token.
        let is_mismatch = self.snapshot.load().as_ref().is_some_and(|keys| now < keys.usable_until);
        let until = after(now, self.times.timeout);
        let mut last = Err(FetchError::stopped());
        for _ in 0..MOST_ROUNDS {
            match self.round(Some(until), |turns, keys, now| turns.step(keys, now)).await {
                Round::Decided(end) => return end,
                // A fetch that caches can answer may have got the keys from before they changed.
                Round::Ended(attempt, Ok(keys)) if is_mismatch && !attempt.revalidate => last = Ok(keys),
                Round::Ended(_, end) => return end,
                Round::Lost => {}
            }
        }
        last
    }

    /// Waits for an attempt that starts now, or after the one in flight.
    pub(crate) async fn refresh(self: &Arc<Self>) -> Result<Arc<KeySet>, FetchError> {
        let before = self.turns().attempts();
        let mut last = Err(FetchError::stopped());
        for _ in 0..MOST_ROUNDS {
            match self.round(None, |turns, _, now| turns.refresh(now)).await {
                Round::Decided(end) => return end,
                Round::Ended(attempt, end) if attempt.id > before && attempt.revalidate => return end,
                Round::Ended(_, end) => last = end,
                Round::Lost => {}
            }
        }
        last
    }

    /// Waits for one attempt, at most until then.
    async fn round(
        self: &Arc<Self>,
        until: Option<Instant>,
        step: impl FnOnce(&mut Turns<Wait>, Option<&Snapshot>, Instant) -> Step<Wait>,
    ) -> Round {
        let now = self.now();
        let (wait, end) = {
            let mut turns = self.turns();
            let snapshot = self.snapshot();
            match step(&mut turns, snapshot.as_deref(), now) {
                Step::Join(wait, end) => (wait, end),
                Step::Start(attempt) => {
                    let end = after(now, self.times.timeout);
                    (self.start(turns, attempt, now, Handle::try_current().ok()), end)
                }
                Step::Keep => {
                    let keys = snapshot.map(|snapshot| Arc::clone(&snapshot.keys));
                    return Round::Decided(keys.ok_or_else(FetchError::stopped));
                }
                Step::Fail(error) => return Round::Decided(Err(error)),
            }
        };
        let Some(_waiting) = self.waiters.enter() else {
            let mut turns = self.turns();
            turns.crowded();
            self.adjust(&turns, now);
            return Round::Decided(Err(FetchError::busy()));
        };
        let limit = until.map_or(end, |until| until.min(end)).saturating_duration_since(now);
        // A runtime without a timer panics.
        let waited =
            AssertUnwindSafe(limited(limit.saturating_add(MARGIN), wait.end.clone())).catch_unwind().await;
        match waited {
            Err(_) => Round::Decided(Err(FetchError::panicked())),
            Ok(Some(Some(end))) => Round::Ended(wait.attempt, end),
            Ok(Some(None)) => Round::Lost,
            Ok(None) => {
                let error = FetchError::blocked(self.times.timeout);
                // Otherwise, it still has time, another request has given it up, or it has just ended.
                if until.is_none_or(|until| end <= until)
                    && self
                        .ended(error.clone(), |turns, error, now| turns.lost(wait.attempt.id, error, now))
                        .is_some()
                {
                    self.abandoned(&wait);
                }
                Round::Decided(Err(error))
            }
        }
    }
}
