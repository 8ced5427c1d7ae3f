//! Limits of time and of waiting requests.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;

/// The number of requests that can wait for one issuer.
const MOST_WAITERS: usize = 1000;

/// Waits at most this long. Without a runtime there is no timer, so it waits for the future alone.
pub(crate) async fn limited<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    if Handle::try_current().is_err() {
        return Some(future.await);
    }
    tokio::time::timeout(limit, future).await.ok()
}

/// Counts requests that wait. A request that goes away is not counted anymore.
#[derive(Debug, Default)]
pub(crate) struct Waiters(AtomicUsize);

pub(crate) struct Waiting<'a>(&'a AtomicUsize);

impl Waiters {
    pub(crate) fn enter(&self) -> Option<Waiting<'_>> {
        let entered = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
            if count < MOST_WAITERS { count.checked_add(1) } else { None }
        });
        entered.is_ok().then(|| Waiting(&self.0))
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
