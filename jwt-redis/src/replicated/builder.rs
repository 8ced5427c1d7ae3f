use std::time::Duration;

use super::follower::Follower;
use super::{Replicated, Source};
use crate::{Error, metrics};

const SHORTEST_BOUND: Duration = Duration::from_millis(100);
const LONGEST_BOUND: Duration = Duration::from_secs(3600);
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);

/// A builder for [`Replicated`].
///
/// # Example
///
/// ```no_run
/// use std::time::Duration;
///
/// use jwt_redis::{RedisSessions, Replicated};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let source = RedisSessions::connect("redis://redis.internal").await?;
/// let store = Replicated::builder()
///     .bound(Duration::from_secs(2))
///     .interval(Duration::from_millis(50))
///     .copy(source)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ReplicatedBuilder {
    bound: Duration,
    interval: Duration,
}

impl ReplicatedBuilder {
    pub(super) const fn new() -> Self {
        Self { bound: Duration::from_secs(5), interval: Duration::from_millis(100) }
    }

    /// Sets how far the copy can lag behind, from 100 milliseconds to 1 hour. Default: 5 seconds. Other values are
    /// clamped.
    ///
    /// A logout or revocation takes effect on other nodes within this time. If the copy is older than that, lookups
    /// return [`Error::Stale`].
    ///
    /// If the source has replicas, its `min-replicas-max-lag` must be at most this bound, so at least one second. If one
    /// of them is promoted while the old master still runs, a copy of the old master can accept tokens for the lag and
    /// two seconds longer. See [replicas](crate#replicas).
    #[must_use]
    pub fn bound(mut self, bound: Duration) -> Self {
        self.bound = bound.clamp(SHORTEST_BOUND, LONGEST_BOUND);
        self
    }

    /// Sets how often the copy reads changes from its source, from 1 millisecond to a quarter of the bound. Default:
    /// 100 milliseconds. Other values are clamped.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval.max(SHORTEST_INTERVAL);
        self
    }

    /// Copies a store. Returns when the copy is complete.
    ///
    /// A task on the current tokio runtime updates the copy until the last clone is dropped.
    ///
    /// # Errors
    /// Returns an error if the source cannot be read, and [`Error::UnreplicatedWrites`] if it has replicas and
    /// acknowledges changes that none of them has received for longer than the bound.
    pub async fn copy<S: Source>(self, source: S) -> Result<Replicated<S>, Error> {
        metrics::describe();
        let longest = self.bound.checked_div(4).unwrap_or(self.bound);
        let follower = Follower::start(source, self.bound, self.interval.min(longest)).await?;
        Ok(Replicated { follower })
    }
}
