//! A copy in memory.

mod builder;
mod copy;
mod follower;
mod source;

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

/// Sessions of a shared store, with a copy in memory of what is revoked and what has ended: look-ups of access tokens are
/// answered from the copy. Cheap to clone, shared by all clones.
///
/// | asked for | answered by |
/// | --- | --- |
/// | an access token, or another one that is not a refresh token | the copy |
/// | the same, where a policy wants the source (`Policy::revocation_from_source` of jwt-core) | the source |
/// | a refresh token; its exchange; lists; renewals; all changes | the source |
///
/// The copy is behind by at most its [bound](ReplicatedBuilder::bound): a log-out that one process has acknowledged is
/// refused by the others within that time, and by itself at once. A copy that has not heard from its source for longer does
/// not answer, and requests are refused with 503.
///
/// It knows what has ended, not what is alive. An access token of a session that is over by time is accepted until it
/// expires by itself, which the manager sees to: no access token outlives the idle limit of its session.
pub struct Replicated<S: Source = RedisSessions> {
    follower: Arc<Follower<S>>,
}

impl Replicated {
    /// With options.
    #[must_use]
    pub fn builder() -> ReplicatedBuilder {
        ReplicatedBuilder::new()
    }
}

impl<S: Source> Replicated<S> {
    /// Copies a store, with default options. Returns when the copy is complete.
    ///
    /// # Errors
    /// As [`ReplicatedBuilder::copy`].
    pub async fn copy(source: S) -> Result<Self, Error> {
        Replicated::builder().copy(source).await
    }

    /// How long ago the copy was last known to be complete; in a cluster, the part of it that is furthest behind. Look-ups
    /// of subjects in a part for which it is more than the bound are errors.
    #[must_use]
    pub fn staleness(&self) -> Duration {
        self.follower.staleness()
    }

    /// How many revoked tokens and ended sessions the copy has.
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
}

impl<S: Source> Replicated<S> {
    /// What the copy knows; nothing if the source has to be asked.
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
        // Under a cutoff in the future, it has ended before it has begun.
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
            // That it was, must not be lost with an error of the copy. Kept for longer than any bound; the log says for how long.
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

/// Whose sessions it ends; nothing for everyone's.
fn whose(selector: Selector<'_>) -> Option<Subject<'_>> {
    match selector {
        Selector::One { subject, .. } | Selector::AllOf(subject) | Selector::AllExcept { subject, .. } => {
            Some(subject)
        }
        Selector::IssuedBefore { issuer, subject, .. } => subject.map(|name| Subject::new(issuer, name)),
        _ => None,
    }
}
