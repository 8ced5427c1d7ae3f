use std::future::Future;

use jwt_session::Revocation;

/// Opens the store under test.
///
/// The checks of revocation need a [`Revocation`]. The checks of sessions need a [`Sessions`](jwt_session::Sessions).
///
/// Every check uses issuers, subjects and session ids that no other check and no other run uses, so checks can share a
/// database.
///
/// # Example
///
/// A store in memory cannot be reopened. A store on disk overrides [`reopen`](Self::reopen):
///
/// ```
/// use std::path::PathBuf;
///
/// use jwt_conformance::Fixture;
/// # use jwt_session::{BoxError, IsRevokedRequest, Revocation, RevokeRequest};
/// #
/// # struct FileStore { path: PathBuf }
/// #
/// # impl FileStore {
/// #     async fn open(path: PathBuf) -> Self { Self { path } }
/// #     async fn close(self) {}
/// # }
/// #
/// # impl Revocation for FileStore {
/// #     async fn is_revoked(&self, _: IsRevokedRequest<'_>) -> Result<bool, BoxError> { Ok(false) }
/// #     async fn revoke(&self, _: RevokeRequest<'_>) -> Result<(), BoxError> { Ok(()) }
/// # }
///
/// struct OnDisk(PathBuf);
///
/// impl Fixture for OnDisk {
///     type Store = FileStore;
///
///     async fn open(&self) -> FileStore {
///         FileStore::open(self.0.clone()).await
///     }
///
///     async fn reopen(&self, store: FileStore) -> Option<FileStore> {
///         let path = store.path.clone();
///         store.close().await;
///         Some(FileStore::open(path).await)
///     }
/// }
/// ```
pub trait Fixture: Send + Sync {
    /// The store under test.
    type Store: Revocation;

    /// Whether the store answers for access tokens from a local copy of shared data. Default: `false`.
    ///
    /// Such a copy knows what has ended, what was cut off and what was revoked, but no other sessions. If this is
    /// `true`, the state of an access token of an unknown or expired session can also be
    /// [`Active`](jwt_session::SessionState::Active), because the access tokens of the manager expire with their
    /// session at the latest.
    ///
    /// Everything else is checked as usual. What was revoked or ended through this store must be rejected at once.
    /// Refresh tokens, touches, and every request [at the source](jwt_session::Consistency::Source) must use the shared
    /// data.
    const COPIES: bool = false;

    /// Opens a store, which can be empty or one on which other checks have run.
    ///
    /// An implementation panics if it cannot open the store, so that the test fails.
    fn open(&self) -> impl Future<Output = Self::Store> + Send;

    /// Opens the data of `store` again, as after a restart of the process.
    ///
    /// The default implementation returns `None`, which is for stores that keep nothing. The checks of restarts then
    /// pass without checking anything.
    fn reopen(&self, store: Self::Store) -> impl Future<Output = Option<Self::Store>> + Send {
        drop(store);
        async { None }
    }
}

/// Runs one check on its own runtime with several threads, so the tasks of a race run in parallel.
///
/// # Panics
/// Panics if the check does, or if the threads cannot be started.
pub fn block_on(check: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    runtime.expect("cannot start the threads for the check").block_on(check);
}
