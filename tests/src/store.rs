//! A store that fails when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use jwt_core::BoxError;
use jwt_core::session::{
    MemorySessions, NewSession, Revocation, Rotation, RotationPolicy, Selector, Session, SessionState,
    Sessions, Subject, TokenRef,
};

/// A store in memory that can be cut off.
#[derive(Clone, Debug, Default)]
pub struct Store {
    inner: MemorySessions,
    is_down: Arc<AtomicBool>,
}

impl Store {
    /// Cuts it off, or connects it again.
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
    async fn is_revoked(&self, token: TokenRef<'_>, now: SystemTime) -> Result<bool, BoxError> {
        self.reach()?.is_revoked(token, now).await
    }

    async fn revoke(
        &self,
        token: TokenRef<'_>,
        until: Option<SystemTime>,
        now: SystemTime,
    ) -> Result<(), BoxError> {
        self.reach()?.revoke(token, until, now).await
    }
}

impl Sessions for Store {
    async fn start(&self, session: NewSession<'_>, now: SystemTime) -> Result<(), BoxError> {
        self.reach()?.start(session, now).await
    }

    async fn rotate(
        &self,
        presented: TokenRef<'_>,
        next: &str,
        policy: RotationPolicy,
        now: SystemTime,
    ) -> Result<Rotation, BoxError> {
        self.reach()?.rotate(presented, next, policy, now).await
    }

    async fn state(
        &self,
        token: TokenRef<'_>,
        grace: Duration,
        now: SystemTime,
    ) -> Result<SessionState, BoxError> {
        self.reach()?.state(token, grace, now).await
    }

    async fn touch(
        &self,
        token: TokenRef<'_>,
        idle: Duration,
        now: SystemTime,
    ) -> Result<SessionState, BoxError> {
        self.reach()?.touch(token, idle, now).await
    }

    async fn end(&self, selector: Selector<'_>, now: SystemTime) -> Result<u64, BoxError> {
        self.reach()?.end(selector, now).await
    }

    async fn list(&self, subject: Subject<'_>, now: SystemTime) -> Result<Vec<Session>, BoxError> {
        self.reach()?.list(subject, now).await
    }
}
