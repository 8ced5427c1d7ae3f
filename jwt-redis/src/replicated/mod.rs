//! The in-memory copy.

mod builder;
mod copy;
mod follower;
mod source;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jwt_session::{
    BoxError, EndRequest, Ended, IsRevokedRequest, ListRequest, Revocation, RevokeRequest, RotateRequest,
    Rotation, Selector, SessionPage, SessionState, Sessions, StartRequest, Started, StateRequest,
    StatesRequest, Subject, TouchRequest,
};

pub use builder::ReplicatedBuilder;
pub use source::Source;

use crate::time::millis;
use crate::{Error, RedisSessions, names};
use copy::Change;
use follower::Follower;

/// A shared store with an in-memory copy of its revoked tokens and ended sessions. The copy is used to check access
/// tokens.
///
/// Clones are cheap and share one copy.
///
/// | Request | Uses |
/// | --- | --- |
/// | the state of any token except a refresh token | the copy |
/// | the same, if a policy requires the source (`Policy::revocation_from_source` in jwt-core) | the source |
/// | the state of a refresh token, exchanges, lists, renewals, and all changes | the source |
///
/// The copy lags behind by at most its [bound](ReplicatedBuilder::bound). A logout takes effect immediately in the
/// process that handles it, and within the bound in all others. If the copy has not been updated for longer than that,
/// lookups return an error, and requests are rejected with 503. If the source has replicas, the bound depends on the
/// [settings of the server](crate#replicas), which the copy checks.
///
/// The copy contains ended sessions, not live ones. It accepts an access token of an expired session until the token
/// itself expires. The manager ensures that no access token outlives the idle limit of its session.
///
/// # Example
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_redis::{RedisSessions, Replicated};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let store = Replicated::copy(RedisSessions::connect("redis://redis.internal").await?).await?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).session_store(store.clone()).build()?;
///
/// // Export these as metrics.
/// println!("{:?} behind, {} entries", store.staleness(), store.entries());
/// # Ok(())
/// # }
/// ```
pub struct Replicated<S: Source = RedisSessions> {
    follower: Arc<Follower<S>>,
}

impl Replicated {
    /// Returns a builder with default options.
    #[must_use]
    pub fn builder() -> ReplicatedBuilder {
        ReplicatedBuilder::new()
    }
}

impl<S: Source> Replicated<S> {
    /// Copies a store with default options. Returns when the copy is complete.
    ///
    /// # Errors
    /// Returns the same errors as [`ReplicatedBuilder::copy`].
    pub async fn copy(source: S) -> Result<Self, Error> {
        Replicated::builder().copy(source).await
    }

    /// Returns how long ago the copy was last known to be complete. In a cluster, this is the staleness of the part
    /// that is furthest behind.
    ///
    /// Lookups of a subject return an error while its part is further behind than the bound.
    #[must_use]
    pub fn staleness(&self) -> Duration {
        self.follower.staleness()
    }

    /// Returns the number of revoked tokens and ended sessions in the copy.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.follower.entries()
    }

    fn source(&self) -> &S {
        &self.follower.source
    }
}

impl<S: Source> Clone for Replicated<S> {
    fn clone(&self) -> Self {
        Self { follower: Arc::clone(&self.follower) }
    }
}

impl<S: Source> fmt::Debug for Replicated<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replicated").field("bound", &self.follower.bound).finish_non_exhaustive()
    }
}

impl<S: Source> Revocation for Replicated<S> {
    async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        let IsRevokedRequest { token, consistency, now, .. } = request;
        if consistency.is_local() {
            return Ok(self.follower.fresh_copy(token.subject, now)?.is_revoked(token));
        }
        self.source().is_revoked(request).await
    }

    async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), BoxError> {
        self.source().revoke(request).await?;
        Ok(self.follower.catch_up(Some(request.token.subject), request.now).await?)
    }

    fn describe_error(&self, error: &(dyn StdError + 'static)) -> Option<String> {
        self.source().describe_error(error)
    }
}

impl<S: Source> Replicated<S> {
    /// Returns the state from the copy. `None` if only the source knows the state.
    fn local(&self, request: StateRequest<'_>) -> Result<Option<SessionState>, Error> {
        let StateRequest { token, consistency, now, .. } = request;
        // Only the source knows which refresh token is the current one.
        if token.is_refresh() || !consistency.is_local() {
            return Ok(None);
        }
        Ok(self.follower.fresh_copy(token.subject, now)?.state(token))
    }
}

impl<S: Source> Sessions for Replicated<S> {
    async fn start(&self, request: StartRequest<'_>) -> Result<Started, BoxError> {
        let StartRequest { session, now, .. } = request;
        let started = self.source().start(request).await?;
        // These must be rejected even if the copy cannot be updated, and the session has started. Each entry outlives any
        // bound, and the log delivers the final ones.
        for id in &started.evicted {
            self.follower.tell(Change::Dead(names::session(session.subject, id), millis(now)));
        }
        // A cutoff in the future ends the session before it has begun.
        if self.follower.copy.cutoff(session.subject).is_some_and(|moment| millis(now) < moment) {
            self.follower.catch_up(Some(session.subject), now).await?;
        }
        Ok(started)
    }

    async fn rotate(&self, request: RotateRequest<'_>) -> Result<Rotation, BoxError> {
        let RotateRequest { presented, now, .. } = request;
        let rotation = self.source().rotate(request).await?;
        if rotation == Rotation::Reused
            && let Some(session) = presented.session
        {
            // The reuse must be recorded even if the copy cannot be updated. This entry outlives any bound, and the log
            // delivers the final one.
            self.follower.tell(Change::Dead(names::session(presented.subject, session), millis(now)));
        }
        Ok(rotation)
    }

    async fn state(&self, request: StateRequest<'_>) -> Result<SessionState, BoxError> {
        match self.local(request)? {
            Some(known) => Ok(known),
            None => self.source().state(request).await,
        }
    }

    async fn states(&self, request: StatesRequest<'_>) -> Result<Vec<SessionState>, BoxError> {
        let (mut states, mut asked) = (Vec::with_capacity(request.tokens.len()), Vec::new());
        for token in request.tokens {
            let known = self.local(request.about(*token))?;
            if known.is_none() {
                asked.push(*token);
            }
            states.push(known);
        }
        let mut answers = Vec::new().into_iter();
        if !asked.is_empty() {
            answers = self.source().states(request.tokens(&asked)).await?.into_iter();
        }
        let states = states.into_iter().map(|known| known.or_else(|| answers.next()).ok_or(Error::Answer));
        Ok(states.collect::<Result<_, _>>()?)
    }

    async fn touch(&self, request: TouchRequest<'_>) -> Result<SessionState, BoxError> {
        self.source().touch(request).await
    }

    async fn end(&self, request: EndRequest<'_>) -> Result<Ended, BoxError> {
        let ended = self.source().end(request).await?;
        self.follower.catch_up(whose(request.selector), request.now).await?;
        Ok(ended)
    }

    async fn list(&self, request: ListRequest<'_>) -> Result<SessionPage, BoxError> {
        self.source().list(request).await
    }
}

/// Returns the subject of a selector. `None` means everyone.
fn whose(selector: Selector<'_>) -> Option<Subject<'_>> {
    match selector {
        Selector::One { subject, .. } | Selector::AllOf(subject) | Selector::AllExcept { subject, .. } => {
            Some(subject)
        }
        Selector::IssuedBefore { issuer, subject, .. } => subject.map(|name| Subject::new(issuer, name)),
        _ => None,
    }
}
