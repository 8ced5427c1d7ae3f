use std::time::Duration;

use super::follower::Follower;
use super::{Replicated, Source};
use crate::Error;

const SHORTEST_BOUND: Duration = Duration::from_millis(100);
const LONGEST_BOUND: Duration = Duration::from_secs(3600);
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);

/// Options of [`Replicated`].
#[derive(Clone, Copy, Debug)]
pub struct ReplicatedBuilder {
    bound: Duration,
    interval: Duration,
}

impl ReplicatedBuilder {
    pub(super) const fn new() -> Self {
        Self { bound: Duration::from_secs(5), interval: Duration::from_millis(100) }
    }

    /// How far behind the copy may be, 5 seconds by default; from 100 milliseconds to an hour. It is what "revoked" means
    /// on other nodes: within this time. Look-ups in an older copy are [`Error::Stale`].
    #[must_use]
    pub fn bound(mut self, bound: Duration) -> Self {
        self.bound = bound.clamp(SHORTEST_BOUND, LONGEST_BOUND);
        self
    }

    /// How often the source is asked for what is new, every 100 milliseconds by default; from a millisecond to a quarter of the bound.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval.max(SHORTEST_INTERVAL);
        self
    }

    /// Copies a store. Returns when the copy is complete; a task of the runtime that this is called on keeps it so, until the last
    /// clone is dropped.
    ///
    /// # Errors
    /// What kept the source from telling.
    pub async fn copy<S: Source>(self, source: S) -> Result<Replicated<S>, Error> {
        let longest = self.bound.checked_div(4).unwrap_or(self.bound);
        let follower = Follower::start(source, self.bound, self.interval.min(longest)).await?;
        Ok(Replicated { follower })
    }
}
