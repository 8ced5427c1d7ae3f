//! The tasks that update the copy.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use jwt_session::Subject;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout};

use super::Source;
use super::copy::{Change, Local};
use super::source::Follow;
use crate::time::millis;
use crate::{Error, metrics};

/// The longest wait after a failure.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Expired entries are removed once in this many rounds.
const ROUNDS_TO_PURGE: u32 = 1000;

pub(super) struct Follower<S: Source> {
    pub(super) source: S,
    pub(super) bound: Duration,
    pub(super) copy: Local,
    /// Each part is updated separately: if a node of a cluster fails, lookups of the subjects on other nodes still
    /// succeed.
    parts: Box<[Part<<S as Follow>::Position>]>,
    started: Instant,
    /// The latest `now` of any request, which may differ from the clock of this machine.
    seen: AtomicI64,
}

struct Part<P> {
    /// The position of the copy in the log. `None` while the part has to be reloaded.
    position: Mutex<Option<P>>,
    /// When the copy was last known to be complete, in microseconds since `started`.
    complete_at: AtomicU64,
}

impl<S: Source> Follower<S> {
    /// Starts to follow the source. Returns when the copy is complete.
    pub(super) async fn start(source: S, bound: Duration, interval: Duration) -> Result<Arc<Self>, Error> {
        let part = |_| Part { position: Mutex::new(None), complete_at: AtomicU64::new(0) };
        let follower = Arc::new(Self {
            parts: (0..source.parts()).map(part).collect(),
            source,
            bound,
            copy: Local::new(),
            started: Instant::now(),
            seen: AtomicI64::new(0),
        });
        for part in 0..follower.parts.len() {
            follower.round(part).await?;
        }
        for part in 0..follower.parts.len() {
            tokio::spawn(Self::keep_up(Arc::downgrade(&follower), part, interval));
        }
        Ok(follower)
    }

    fn staleness_of(&self, part: &Part<<S as Follow>::Position>) -> Duration {
        let complete_at = Duration::from_micros(part.complete_at.load(Ordering::Relaxed));
        self.started.elapsed().saturating_sub(complete_at)
    }

    /// Returns the staleness of the part that is furthest behind.
    pub(super) fn staleness(&self) -> Duration {
        self.parts.iter().map(|part| self.staleness_of(part)).max().unwrap_or_default()
    }

    /// Whether all parts have been loaded.
    fn was_complete(&self) -> bool {
        self.parts.iter().all(|part| part.complete_at.load(Ordering::Relaxed) > 0)
    }

    pub(super) fn entries(&self) -> usize {
        self.copy.len()
    }

    /// Returns the copy, or an error if it is too old for a lookup of the subject.
    pub(super) fn fresh_copy(&self, subject: Subject<'_>, now: SystemTime) -> Result<&Local, Error> {
        self.seen.fetch_max(millis(now), Ordering::Relaxed);
        let part = self.parts.get(self.source.part(subject)).ok_or(Error::Stale)?;
        if self.staleness_of(part) > self.bound { Err(Error::Stale) } else { Ok(&self.copy) }
    }

    /// Waits until the copy has all changes that the source had at the time of the call, for a subject or for everyone.
    /// Returns an error if that takes longer than the time limit of a call.
    pub(super) async fn catch_up(&self, subject: Option<Subject<'_>>, now: SystemTime) -> Result<(), Error> {
        self.seen.fetch_max(millis(now), Ordering::Relaxed);
        let rounds = async {
            match subject {
                Some(subject) => self.round(self.source.part(subject)).await,
                None => {
                    for part in 0..self.parts.len() {
                        self.round(part).await?;
                    }
                    Ok(())
                }
            }
        };
        // The time limit includes waiting for other callers.
        timeout(self.source.time_limit(), rounds).await.unwrap_or(Err(Error::TimeLimit))
    }

    /// Applies a change immediately. The log delivers it again later.
    pub(super) fn tell(&self, change: Change) {
        self.copy.apply(change);
    }

    async fn round(&self, number: usize) -> Result<(), Error> {
        let end = self.update(number).await;
        match &end {
            Ok(()) if self.was_complete() => metrics::updated(self.source.prefix(), || self.staleness()),
            Ok(()) => {}
            Err(_) => metrics::failed(self.source.prefix()),
        }
        end
    }

    async fn update(&self, number: usize) -> Result<(), Error> {
        let part = self.parts.get(number).ok_or(Error::Stale)?;
        let wanted = micros(self.started.elapsed());
        let mut position = part.position.lock().await;
        if part.complete_at.load(Ordering::Relaxed) > wanted {
            // Another caller has caught up while this one waited for its turn.
            return Ok(());
        }
        let now = self.seen.load(Ordering::Relaxed);
        let tell = |change| self.copy.apply(change);
        // Taken before the source is read, because the reply may lack changes that happen afterwards.
        let mut asked = self.started.elapsed();
        let is_complete = match &mut *position {
            Some(there) => self.source.follow(number, there, now, &tell).await?,
            None => false,
        };
        if !is_complete {
            *position = None;
            let mut there = self.source.load(number, now, &tell).await?;
            asked = self.started.elapsed();
            // Applies the changes that happened during the load.
            if !self.source.follow(number, &mut there, now, &tell).await? {
                return Err(Error::Replaced);
            }
            *position = Some(there);
        }
        // A master that is cut off from its replicas could report its outdated data as complete for longer.
        if self.source.lag(number)? > self.bound {
            return Err(Error::UnreplicatedWrites { longest: self.bound });
        }
        part.complete_at.fetch_max(micros(asked), Ordering::Relaxed);
        Ok(())
    }

    /// Runs rounds until the last follower is dropped.
    async fn keep_up(follower: Weak<Self>, part: usize, interval: Duration) {
        let (mut rounds, mut failures) = (0_u32, 0_u32);
        loop {
            sleep(interval.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST_WAIT.max(interval)))
                .await;
            let Some(follower) = follower.upgrade() else { return };
            match follower.round(part).await {
                Ok(()) => {
                    if failures > 0 {
                        tracing::info!(
                            "the in-memory copy of revoked tokens and ended sessions is up to date again"
                        );
                    }
                    failures = 0;
                }
                Err(error) => {
                    if failures == 0 {
                        tracing::warn!(%error, "cannot update the in-memory copy of revoked tokens and ended sessions");
                    }
                    failures = failures.saturating_add(1);
                }
            }
            rounds = rounds.wrapping_add(1);
            if part == 0 && rounds.is_multiple_of(ROUNDS_TO_PURGE) {
                follower.purge();
            }
        }
    }

    /// Removes entries that have expired both by the clock of this machine and by the time of the requests, because
    /// either can be fast.
    fn purge(&self) {
        self.copy.purge(millis(SystemTime::now()).min(self.seen.load(Ordering::Relaxed)));
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
