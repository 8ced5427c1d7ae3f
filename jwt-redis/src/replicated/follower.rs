//! What keeps the copy up to date.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::Source;
use super::copy::{Change, Local};
use super::source::Follow;
use crate::Error;
use crate::time::millis;

/// How long to wait after a failure at most.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Of how many rounds one looks for what has expired.
const ROUNDS_TO_PURGE: u32 = 1000;

pub(super) struct Follower<S: Source> {
    pub(super) source: S,
    pub(super) bound: Duration,
    pub(super) copy: Local,
    /// Where the copy stands; nothing while it has to be loaded.
    position: Mutex<Option<<S as Follow>::Position>>,
    started: Instant,
    /// When the copy was last known to be complete, in microseconds after `started`.
    complete_at: AtomicU64,
    /// The latest time that anybody has asked with, which need not be that of this machine.
    seen: AtomicI64,
}

impl<S: Source> Follower<S> {
    /// Returns when the copy is complete.
    pub(super) async fn start(source: S, bound: Duration, interval: Duration) -> Result<Arc<Self>, Error> {
        let follower = Arc::new(Self {
            source,
            bound,
            copy: Local::new(),
            position: Mutex::new(None),
            started: Instant::now(),
            complete_at: AtomicU64::new(0),
            seen: AtomicI64::new(0),
        });
        follower.round().await?;
        tokio::spawn(Self::keep_up(Arc::downgrade(&follower), interval));
        Ok(follower)
    }

    pub(super) fn staleness(&self) -> Duration {
        let complete_at = Duration::from_micros(self.complete_at.load(Ordering::Relaxed));
        self.started.elapsed().saturating_sub(complete_at)
    }

    pub(super) fn entries(&self) -> usize {
        self.copy.len()
    }

    /// The copy, unless it is too old to be asked.
    pub(super) fn fresh_copy(&self, now: SystemTime) -> Result<&Local, Error> {
        self.seen.fetch_max(millis(now), Ordering::Relaxed);
        if self.staleness() > self.bound { Err(Error::Stale) } else { Ok(&self.copy) }
    }

    /// Returns when the copy has all that the source had when this was called.
    pub(super) async fn catch_up(&self, now: SystemTime) -> Result<(), Error> {
        self.seen.fetch_max(millis(now), Ordering::Relaxed);
        self.round().await
    }

    /// The copy at once; what the log says of it comes later.
    pub(super) fn tell(&self, change: Change) {
        self.copy.apply(change);
    }

    async fn round(&self) -> Result<(), Error> {
        let wanted = micros(self.started.elapsed());
        let mut position = self.position.lock().await;
        if self.complete_at.load(Ordering::Relaxed) > wanted {
            // While this waited for its turn, somebody else has asked.
            return Ok(());
        }
        let now = self.seen.load(Ordering::Relaxed);
        let tell = |change| self.copy.apply(change);
        // Before the source is asked: what happens afterwards may be missing.
        let mut asked = self.started.elapsed();
        let is_complete = match &mut *position {
            Some(there) => self.source.follow(there, now, &tell).await?,
            None => false,
        };
        if !is_complete {
            *position = None;
            let mut there = self.source.load(now, &tell).await?;
            asked = self.started.elapsed();
            // What has happened while it was being loaded.
            if !self.source.follow(&mut there, now, &tell).await? {
                return Err(Error::Replaced);
            }
            *position = Some(there);
        }
        self.complete_at.fetch_max(micros(asked), Ordering::Relaxed);
        Ok(())
    }

    /// Until nobody has the follower any more.
    async fn keep_up(follower: Weak<Self>, interval: Duration) {
        let (mut rounds, mut failures) = (0_u32, 0_u32);
        loop {
            sleep(interval.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST_WAIT.max(interval)))
                .await;
            let Some(follower) = follower.upgrade() else { return };
            match follower.round().await {
                Ok(()) => {
                    if failures > 0 {
                        tracing::info!("the copy of revoked tokens and ended sessions is complete again");
                    }
                    failures = 0;
                }
                Err(error) => {
                    if failures == 0 {
                        tracing::warn!(%error, "the copy of revoked tokens and ended sessions cannot be kept up to date");
                    }
                    failures = failures.saturating_add(1);
                }
            }
            rounds = rounds.wrapping_add(1);
            if rounds.is_multiple_of(ROUNDS_TO_PURGE) {
                follower.purge();
            }
        }
    }

    /// By the clock of this machine and by the one that is asked with: one of them may be fast.
    fn purge(&self) {
        self.copy.purge(millis(SystemTime::now()).min(self.seen.load(Ordering::Relaxed)));
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
