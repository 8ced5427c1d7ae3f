//! An attempt: a task if there is a runtime, and otherwise what those who wait do.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, MutexGuard, Weak};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{AbortHandle, BoxFuture, Shared, abortable};
use jwt_core::keys::KeySet;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::cache::refresh_after;
use crate::error::FetchError;
use crate::keys::Keys;
use crate::limit::limited;
use crate::machine::{Attempt, Snapshot, Turns, after};
use crate::metrics;
use crate::origin::{Fetched, Origin};

/// The end of an attempt. `None` if nobody carries it out anymore.
type Outcome = Option<Result<Arc<KeySet>, FetchError>>;

/// What the requests that need an attempt wait for.
#[derive(Clone)]
pub(crate) struct Wait {
    pub(crate) attempt: Attempt,
    pub(crate) end: Shared<BoxFuture<'static, Outcome>>,
    /// Stops the work.
    work: AbortHandle,
}

impl Keys {
    /// Starts an attempt. On a runtime, a task carries it out, so it outlives the request. Otherwise, those who wait do.
    pub(crate) fn start(
        self: &Arc<Self>,
        mut turns: MutexGuard<'_, Turns<Wait>>,
        attempt: Attempt,
        now: Instant,
        runtime: Option<Handle>,
    ) -> Wait {
        let (work, stop) = abortable(carry_out(Arc::clone(&self.origin), Arc::downgrade(self), attempt));
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
        let wait = Wait { attempt, end: end.shared(), work: stop };
        let lost = turns.started(attempt, wait.clone(), now);
        self.adjust(&turns, now);
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

    pub(crate) fn abandoned(&self, wait: &Wait) {
        tracing::debug!(issuer = &*self.origin.name, "a fetch that did not end was given up");
        wait.work.abort();
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
        metrics::fetched(issuer, count, self.now().saturating_duration_since(started));
        if failures > 0 {
            tracing::info!(issuer, keys = count, failures, "the keys of the issuer are available again");
        } else {
            tracing::debug!(issuer, keys = count, ?time_to_live, "fetched the keys of the issuer");
        }
        Some(Ok(keys))
    }

    /// Ends an attempt with an error, unless it was replaced.
    pub(crate) fn ended(
        &self,
        error: FetchError,
        end: impl FnOnce(&mut Turns<Wait>, FetchError, Instant) -> Option<Wait>,
    ) -> Outcome {
        let now = self.now();
        let mut turns = self.turns();
        let wait = end(&mut turns, error.clone(), now)?;
        self.adjust(&turns, now);
        drop(turns);
        // What waited is dropped after the lock, because it may be the attempt itself.
        drop(wait);
        let (issuer, kind) = (&*self.origin.name, error.kind().as_str());
        metrics::failed(issuer, &error);
        if self.snapshot.load().as_ref().is_some_and(|keys| now < keys.stale_until) {
            tracing::warn!(
                issuer,
                kind,
                "could not fetch the keys of the issuer, so the earlier ones stay in use: {error}"
            );
        } else {
            tracing::warn!(
                issuer,
                kind,
                "could not fetch the keys of the issuer, and there are no others: {error}"
            );
        }
        Some(Err(error))
    }

    fn dated(&self, keys: KeySet, time_to_live: Duration, since: Instant) -> Snapshot {
        let refresh_at = after(since, refresh_after(time_to_live));
        Snapshot::new(keys, Some(since), refresh_at, after(since, time_to_live), self.stale_for)
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
        let work = limited(origin.timeout, origin.fetch(attempt.revalidate));
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
            Err(error) => keys.ended(error, |turns, error, now| turns.failed(attempt.id, error, now)),
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
            let now = keys.now();
            let mut turns = keys.turns();
            let stopped = turns.stopped(attempt);
            keys.adjust(&turns, now);
            drop(turns);
            drop(stopped);
        }
    }
}
