//! A manager with in-memory sessions, its clock, and the events that it reported.

use std::sync::{Arc, Mutex};

use jwt_core::session::{
    EndRequest, Ended, EndedBy, IsRevokedRequest, ListRequest, MemorySessions, Revocation, RevokeRequest,
    RotateRequest, Rotation, Selector, SessionError, SessionEvents, SessionPage, SessionState, Sessions,
    StartRequest, Started, StateRequest, Subject, TokenPair, TouchRequest,
};
use jwt_core::{BoxError, Config, JwtManager, Token};
#[cfg(feature = "tokio")]
use jwt_test::{FailingStore, Outage};

use crate::support::{Clock, NOW, at, block_on, builder};

#[derive(Clone)]
pub(crate) struct House {
    pub(crate) jwt: JwtManager,
    pub(crate) clock: Clock,
    pub(crate) told: Told,
    pub(crate) store: Moody,
}

pub(crate) fn house(config: Config) -> House {
    house_with(config, |builder| builder)
}

pub(crate) fn house_with(
    config: Config,
    more: impl FnOnce(jwt_core::JwtManagerBuilder) -> jwt_core::JwtManagerBuilder,
) -> House {
    let (clock, told, store) = (Clock::new(at(NOW)), Told::default(), Moody::default());
    let builder =
        builder(config).clock(clock.reader()).session_store(store.clone()).session_events(told.clone());
    House { jwt: more(builder).build().unwrap(), clock, told, store }
}

impl House {
    pub(crate) fn log_in(&self, identity: &str) -> TokenPair {
        block_on(async { self.jwt.log_in(identity).await }).unwrap()
    }

    /// Exchanges a refresh token.
    pub(crate) fn rotate(&self, refresh: &str) -> Result<TokenPair, SessionError> {
        let token = self.jwt.decode_allow_expired(refresh).unwrap();
        block_on(async { self.jwt.rotate(&token).await })
    }

    pub(crate) fn read(&self, token: &str) -> Token {
        self.jwt.decode_allow_expired(token).unwrap()
    }
}

/// The events, in order.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    fn add(&self, event: impl Into<String>) {
        self.0.lock().unwrap().push(event.into());
    }
}

impl SessionEvents for Told {
    fn reuse_detected(&self, _: &Token) {
        self.add("reuse");
    }

    fn session_ended(&self, selector: &Selector<'_>, ended: u64, _: EndedBy) {
        self.add(format!("ended {ended} by {selector:?}"));
    }

    fn session_evicted(&self, subject: Subject<'_>, session: &str) {
        self.add(format!("evicted {session} of {}", subject.name));
    }

    fn used_within_grace(&self, _: &Token, in_a_row: u32) {
        self.add(format!("grace {in_a_row}"));
    }

    fn access_token_renewed(&self, _: &Token) {
        self.add("renewed");
    }

    fn revoked_token_used(&self, _: &Token) {
        self.add("revoked used");
    }

    fn key_set_stale(&self, issuer: &str) {
        self.add(format!("stale: {issuer}"));
    }

    fn store_unavailable(&self, error: &BoxError) {
        self.add(format!("unavailable: {error}"));
    }
}

/// An in-memory store that fails on demand: before it does anything, or after an exchange.
#[derive(Clone, Default)]
pub(crate) struct Moody {
    inner: MemorySessions,
    fails: Arc<Mutex<bool>>,
    forgets: Arc<Mutex<bool>>,
    remembers: Arc<Mutex<Option<SessionState>>>,
}

impl Moody {
    pub(crate) fn fail(&self, fails: bool) {
        *self.fails.lock().unwrap() = fails;
    }

    /// Makes the store lose the replies of exchanges.
    pub(crate) fn forget(&self, forgets: bool) {
        *self.forgets.lock().unwrap() = forgets;
    }

    /// Makes the store reply with a state of a moment ago.
    pub(crate) fn remember(&self, state: SessionState) {
        *self.remembers.lock().unwrap() = Some(state);
    }

    fn mood(&self) -> Result<&MemorySessions, BoxError> {
        if *self.fails.lock().unwrap() { Err("the store is down".into()) } else { Ok(&self.inner) }
    }
}

impl Revocation for Moody {
    async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        self.mood()?.is_revoked(request).await
    }

    async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), BoxError> {
        self.mood()?.revoke(request).await
    }
}

impl Sessions for Moody {
    async fn start(&self, request: StartRequest<'_>) -> Result<Started, BoxError> {
        self.mood()?.start(request).await
    }

    async fn rotate(&self, request: RotateRequest<'_>) -> Result<Rotation, BoxError> {
        let outcome = self.mood()?.rotate(request).await;
        if *self.forgets.lock().unwrap() { Err("the connection was lost".into()) } else { outcome }
    }

    async fn state(&self, request: StateRequest<'_>) -> Result<SessionState, BoxError> {
        let state = self.mood()?.state(request).await?;
        Ok(self.remembers.lock().unwrap().unwrap_or(state))
    }

    async fn touch(&self, request: TouchRequest<'_>) -> Result<SessionState, BoxError> {
        self.mood()?.touch(request).await
    }

    async fn end(&self, request: EndRequest<'_>) -> Result<Ended, BoxError> {
        self.mood()?.end(request).await
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<SessionPage, BoxError> {
        self.mood()?.list(request).await
    }
}

/// Starts a request, drops it while the store does not respond, and then lets the store respond.
#[cfg(feature = "tokio")]
pub(crate) async fn abandoned<T: Send + 'static>(
    store: &FailingStore,
    request: impl Future<Output = T> + Send + 'static,
) {
    store.fail(Outage::Hang);
    let calls = store.calls().total() + 1;
    let request = tokio::spawn(request);
    store.until_calls(calls).await;
    request.abort();
    assert!(request.await.is_err_and(|error| error.is_cancelled()));
    store.recover();
    // What is left of it has nothing to wait for, so it ends after a few turns.
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
}
