use std::future::Future;

use jwt_session::Revocation;

/// How a store under test is opened: a [`Revocation`] for the checks of revocation, a
/// [`Sessions`](jwt_session::Sessions) for all of them.
///
/// Every check uses issuers, subjects and session ids that no other check and no other run uses, so that checks can share
/// a database.
pub trait Fixture: Send + Sync {
    /// The store under test.
    type Store: Revocation;

    /// Whether the store answers for access tokens from a copy of what it shares with other nodes, which knows what has
    /// been ended, cut off and revoked, and no other sessions. The state of access tokens of a session that is unknown, or
    /// over by time, may then also be [`Active`](jwt_session::SessionState::Active): those that the manager issues are
    /// over with their session at the latest. Nothing else is allowed for it: what was refused through this store is
    /// refused at once, refresh tokens and touches are judged by what is shared, and so is everything
    /// [at the source](jwt_session::Consistency::Source).
    const COPIES: bool = false;

    /// Opens a store that answers to nobody else's names: an empty one, or one that other checks have been run on.
    ///
    /// Panics if it cannot.
    fn open(&self) -> impl Future<Output = Self::Store> + Send;

    /// Opens what `store` wrote once more, as after a restart of the process. `None`, which is what it gives by itself, is
    /// for stores that keep nothing: what is checked of restarts is then skipped.
    fn reopen(&self, store: Self::Store) -> impl Future<Output = Option<Self::Store>> + Send {
        drop(store);
        async { None }
    }
}

/// Runs one check on threads of its own, so that tasks of the races meet.
///
/// # Panics
/// As the check does, or without threads.
pub fn block_on(check: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    runtime.expect("threads for the check").block_on(check);
}
