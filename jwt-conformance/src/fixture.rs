use std::future::Future;

use jwt_session::Revocation;

/// Opens the store under test.
///
/// The revocation checks require a store that implements [`Revocation`]. The session checks require one that implements
/// [`Sessions`](jwt_session::Sessions).
///
/// Every run of a check uses unique issuers, subjects, and session ids, so checks can share a database.
///
/// # Example
///
/// An in-memory store cannot be reopened. For a store on disk, implement [`reopen`](Self::reopen):
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

    /// Whether the store looks up access tokens in a local copy of shared data. Default: `false`.
    ///
    /// Such a copy contains ended sessions, cutoffs, and revoked tokens, but no live sessions. If this is `true`, a
    /// check also accepts [`Active`](jwt_session::SessionState::Active) as the state of an access token of an unknown
    /// or expired session, because the manager's access tokens never outlive their session.
    ///
    /// Everything else is checked as usual. Tokens that were revoked through this store, and tokens of sessions that it
    /// has ended, must be rejected immediately. Refresh tokens, touches, and every request [at the
    /// source](jwt_session::Consistency::Source) must use the shared data.
    const COPIES: bool = false;

    /// Opens a store. It can be empty, or other checks may have used it.
    ///
    /// Implementations should panic if the store cannot be opened. The test then fails.
    fn open(&self) -> impl Future<Output = Self::Store> + Send;

    /// Reopens the data of `store`, as after a restart of the process.
    ///
    /// The default implementation returns `None`, for stores that keep nothing. The restart checks then pass without
    /// checking anything.
    fn reopen(&self, store: Self::Store) -> impl Future<Output = Option<Self::Store>> + Send {
        drop(store);
        async { None }
    }
}

/// Runs one check on a new runtime with several threads, so the tasks of a race run in parallel.
///
/// # Panics
/// Panics if the check panics, or if the threads cannot be started.
pub fn block_on(check: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    runtime.expect("cannot start the threads for the check").block_on(check);
}
