//! A store that fails on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jwt_core::BoxError;
use jwt_core::session::{
    EndRequest, Ended, IsRevokedRequest, ListRequest, MemorySessions, Revocation, RevokeRequest,
    RotateRequest, Rotation, SessionPage, SessionState, Sessions, StartRequest, Started, StateRequest,
    TouchRequest,
};

/// An in-memory store that can be disconnected.
#[derive(Clone, Debug, Default)]
pub struct Store {
    inner: MemorySessions,
    is_down: Arc<AtomicBool>,
}

impl Store {
    /// Disconnects or reconnects the store.
    pub fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }

    fn reach(&self) -> Result<&MemorySessions, BoxError> {
        if self.is_down.load(Ordering::SeqCst) {
            return Err("postgres://user:password@host is down".into());
        }
        Ok(&self.inner)
    }
}

impl Revocation for Store {
    async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        self.reach()?.is_revoked(request).await
    }

    async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), BoxError> {
        self.reach()?.revoke(request).await
    }
}

impl Sessions for Store {
    async fn start(&self, request: StartRequest<'_>) -> Result<Started, BoxError> {
        self.reach()?.start(request).await
    }

    async fn rotate(&self, request: RotateRequest<'_>) -> Result<Rotation, BoxError> {
        self.reach()?.rotate(request).await
    }

    async fn state(&self, request: StateRequest<'_>) -> Result<SessionState, BoxError> {
        self.reach()?.state(request).await
    }

    async fn touch(&self, request: TouchRequest<'_>) -> Result<SessionState, BoxError> {
        self.reach()?.touch(request).await
    }

    async fn end(&self, request: EndRequest<'_>) -> Result<Ended, BoxError> {
        self.reach()?.end(request).await
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<SessionPage, BoxError> {
        self.reach()?.list(request).await
    }
}
