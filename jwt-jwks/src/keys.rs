//! The keys of one issuer while the application runs: carries out what [`Turns`] decides.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use futures_util::FutureExt;
use futures_util::future::{AbortHandle, BoxFuture, Shared, abortable};
use jwt_core::KeyMismatch;
use jwt_core::keys::KeySet;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::cache::refresh_after;
use crate::error::FetchError;
use crate::limit::{Waiters, limited};
use crate::machine::{Attempt, Snapshot, Step, Times, Turns};
use crate::origin::{Fetched, Origin};

/// How much longer a request waits than an attempt takes, so that the attempt reports its own end.
const MARGIN: Duration = Duration::from_millis(250);

/// The end of an attempt. `None` if nobody carries it out anymore.
type Outcome = Option<Result<Arc<KeySet>, FetchError>>;

/// What the requests that need an attempt wait for.
#[derive(Clone)]
pub(crate) struct Wait {
    attempt: u64,
    end: Shared<BoxFuture<'static, Outcome>>,
    /// Stops the task, if there is one.
    task: Option<AbortHandle>,
}

/// The state that all handles share.
pub(crate) struct Keys {
    pub(crate) origin: Arc<Origin>,
    pub(crate) times: Times,
    pub(crate) stale_for: Duration,
    snapshot: ArcSwapOption<Snapshot>,
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

    /// The keys that can be used now. Takes no lock while they are fresh.
    pub(crate) fn known(self: &Arc<Self>) -> Option<Arc<KeySet>> {
        let snapshot = self.snapshot.load();
        let snapshot = snapshot.as_ref()?;
        let now = self.now();
        if now < snapshot.refresh_at {
            return Some(Arc::clone(&snapshot.keys));
        }
        self.aged(snapshot, now)
    }

    #[cold]
    fn aged(self: &Arc<Self>, snapshot: &Snapshot, now: Instant) -> Option<Arc<KeySet>> {
        let runtime = Handle::try_current();
        let mut turns = self.turns();
        let is_usable = now < snapshot.fresh_until || turns.uses_stale(snapshot, now);
        // Another request may have replaced the keys in the meantime.
        let is_old = self.snapshot.load().as_ref().is_some_and(|latest| now >= latest.refresh_at);
        // Without a runtime, a request waits for the fetch when the keys are not fresh anymore.
        if is_usable
            && is_old
            && let Ok(runtime) = runtime
            && let Some(attempt) = turns.background(now)
        {
            self.start(turns, attempt, now, Some(runtime));
        }
        is_usable.then(|| Arc::clone(&snapshot.keys))
    }

    pub(crate) fn worth_fetching(&self, why: KeyMismatch) -> bool {
        let now = self.now();
        let mut turns = self.turns();
        turns.worth_fetching(why, self.snapshot.load().as_deref(), now)
    }

    /// Waits for other keys than the known ones, if it is time for that.
    pub(crate) async fn fetch(self: &Arc<Self>, is_wanted: bool) -> Result<Arc<KeySet>, FetchError> {
        // The second round is for an attempt that was not carried out.
        for _ in 0..2 {
            let now = self.now();
            let (wait, until) = {
                let mut turns = self.turns();
                let snapshot = self.snapshot.load_full();
                let step = if is_wanted { turns.refresh(now) } else { turns.step(snapshot.as_deref(), now) };
                match step {
                    Step::Join(wait, until) => (wait, until),
                    Step::Start(attempt) => {
                        let until = now.checked_add(self.times.timeout).unwrap_or(now);
                        (self.start(turns, attempt, now, Handle::try_current().ok()), until)
                    }
                    Step::Keep => match snapshot {
                        Some(snapshot) => return Ok(Arc::clone(&snapshot.keys)),
                        None => return Err(FetchError::stopped()),
                    },
                    Step::Fail(error) => return Err(error),
                }
            };
            let Some(_waiting) = self.waiters.enter() else {
                return Err(FetchError::busy());
            };
            let limit = until.saturating_duration_since(now).saturating_add(MARGIN);
            // A runtime without a timer panics.
            match AssertUnwindSafe(limited(limit, wait.end.clone())).catch_unwind().await {
                Err(_) => return Err(FetchError::panicked()),
                Ok(Some(Some(end))) => return end,
                Ok(Some(None)) => {}
                Ok(None) => {
                    let error = FetchError::timed_out(self.times.timeout);
                    // Otherwise, another request has given it up, or it has just ended.
                    if self.failed(wait.attempt, error.clone()).is_some() {
                        self.abandoned(&wait);
                    }
                    return Err(error);
                }
            }
        }
        Err(FetchError::stopped())
    }

    /// Starts an attempt. On a runtime, a task carries it out, so it outlives the request. Otherwise, those who wait do.
    fn start(
        self: &Arc<Self>,
        mut turns: MutexGuard<'_, Turns<Wait>>,
        attempt: Attempt,
        now: Instant,
        runtime: Option<Handle>,
    ) -> Wait {
        let (work, task) = abortable(carry_out(Arc::clone(&self.origin), Arc::downgrade(self), attempt));
        let work = work.map(|end| end.ok().flatten());
        let (end, spawn) = match runtime {
            Some(runtime) => {
                let (report, reported) = oneshot::channel();
                let work = async move {
                    // Nobody has to wait.
                    let _ = report.send(work.await);
                };
                (async move { reported.await.ok().flatten() }.boxed(), Some((runtime, work)))
            }
            None => (work.boxed(), None),
        };
        let wait = Wait { attempt: attempt.id, end: end.shared(), task: Some(task) };
        let lost = turns.started(attempt, wait.clone(), now);
        // A runtime that is shutting down drops the task at once, which takes the lock.
        drop(turns);
        if let Some(lost) = lost {
            self.abandoned(&lost);
        }
        if let Some((runtime, work)) = spawn {
            drop(runtime.spawn(work));
        }
        wait
    }

    fn abandoned(&self, wait: &Wait) {
        tracing::debug!(issuer = &*self.origin.name, "a fetch that did not end was given up");
        if let Some(task) = &wait.task {
            task.abort();
        }
    }

    /// Ends an attempt with keys, unless it was replaced.
    fn succeeded(&self, attempt: Attempt, started: Instant, fetched: Fetched) -> Outcome {
        let time_to_live = fetched.time_to_live;
        let snapshot = self.dated(fetched.keys, time_to_live, started);
        let (keys, count) = (Arc::clone(&snapshot.keys), snapshot.count);
        let mut turns = self.turns();
        let (failures, wait) = turns.succeeded(attempt.id)?;
        self.snapshot.store(Some(Arc::new(snapshot)));
        drop(turns);
        drop(wait);
        let issuer = &*self.origin.name;
        if failures > 0 {
            tracing::info!(issuer, keys = count, failures, "the keys of the issuer are available again");
        } else {
            tracing::debug!(issuer, keys = count, ?time_to_live, "fetched the keys of the issuer");
        }
        Some(Ok(keys))
    }

    /// Ends an attempt with an error, unless it was replaced.
    fn failed(&self, attempt: u64, error: FetchError) -> Outcome {
        let now = self.now();
        let wait = self.turns().failed(attempt, error.clone(), now)?;
        // What waited is dropped after the lock, because it may be the attempt itself.
        drop(wait);
        let (issuer, kind) = (&*self.origin.name, error.kind().as_str());
        tracing::warn!(issuer, kind, "could not fetch the keys of the issuer: {error}");
        Some(Err(error))
    }

    fn dated(&self, keys: KeySet, time_to_live: Duration, since: Instant) -> Snapshot {
        let after = |start: Instant, time| start.checked_add(time).unwrap_or(start);
        let fresh_until = after(since, time_to_live);
        Snapshot {
            count: keys.jwks().len(),
            keys: Arc::new(keys),
            fetched: Some(since),
            refresh_at: after(since, refresh_after(time_to_live)),
            fresh_until,
            stale_until: after(fresh_until, self.stale_for),
        }
    }
}

/// Does not keep the state alive, which has the attempt.
fn carry_out(
    origin: Arc<Origin>,
    keys: Weak<Keys>,
    attempt: Attempt,
) -> impl Future<Output = Outcome> + Send + 'static {
    // A runtime can drop the future before it polls it, so this is not part of the async block.
    let unfinished = Unfinished { keys: keys.clone(), attempt: Some(attempt.id) };
    async move {
        let work = limited(origin.timeout, origin.fetch(attempt.forced));
        // The server may have changed its keys as soon as it had read them.
        let started = origin.clock.now();
        let fetched = match AssertUnwindSafe(work).catch_unwind().await {
            Ok(Some(fetched)) => fetched,
            Ok(None) => Err(FetchError::timed_out(origin.timeout)),
            Err(_) => Err(FetchError::panicked()),
        };
        unfinished.finish();
        let keys = keys.upgrade()?;
        match fetched {
            Ok(fetched) => keys.succeeded(attempt, started, fetched),
            Err(error) => keys.failed(attempt.id, error),
        }
    }
}

/// Gives the turn back if the attempt is dropped.
struct Unfinished {
    keys: Weak<Keys>,
    attempt: Option<u64>,
}

impl Unfinished {
    fn finish(mut self) {
        self.attempt = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let (Some(attempt), Some(keys)) = (self.attempt, self.keys.upgrade()) {
            let stopped = keys.turns().stopped(attempt);
            drop(stopped);
        }
    }
}
