//! A copy in memory.

mod builder;
mod copy;
mod follower;
mod source;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jwt_session::{
    BoxError, NewSession, Revocation, Rotation, RotationPolicy, Selector, Session, SessionState, Sessions,
    Subject, TokenRef,
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
    async fn is_revoked(&self, token: TokenRef<'_>, now: SystemTime) -> Result<bool, BoxError> {
        Ok(self.follower.fresh_copy(token.subject, now)?.is_revoked(token))
    }

    async fn is_revoked_at_source(&self, token: TokenRef<'_>, now: SystemTime) -> Result<bool, BoxError> {
        self.source().is_revoked_at_source(token, now).await
    }

    async fn revoke(
        &self,
        token: TokenRef<'_>,
        until: Option<SystemTime>,
        now: SystemTime,
    ) -> Result<(), BoxError> {
        self.source().revoke(token, until, now).await?;
        Ok(self.follower.catch_up(Some(token.subject), now).await?)
    }
}

impl<S: Source> Sessions for Replicated<S> {
    async fn start(&self, session: NewSession<'_>, now: SystemTime) -> Result<(), BoxError> {
        let subject = session.subject;
        self.source().start(session, now).await?;
        // Under a cutoff in the future, it has ended before it has begun.
        if self.follower.copy.cutoff(subject).is_some_and(|moment| millis(now) < moment) {
            self.follower.catch_up(Some(subject), now).await?;
        }
        Ok(())
    }

    async fn rotate(
        &self,
        presented: TokenRef<'_>,
        next: &str,
        policy: RotationPolicy,
        now: SystemTime,
    ) -> Result<Rotation, BoxError> {
        let rotation = self.source().rotate(presented, next, policy, now).await?;
        if rotation == Rotation::Reused
            && let Some(session) = presented.session
        {
            // That it was, must not be lost with an error of the copy. Kept for longer than any bound; the log says for how long.
            self.follower.tell(Change::Dead(names::session(presented.subject, session), millis(now)));
        }
        Ok(rotation)
    }

    async fn state(
        &self,
        token: TokenRef<'_>,
        grace: Duration,
        now: SystemTime,
    ) -> Result<SessionState, BoxError> {
        // Only the source knows which refresh token is the current one.
        if !token.refresh
            && let Some(known) = self.follower.fresh_copy(token.subject, now)?.state(token)
        {
            return Ok(known);
        }
        self.source().state(token, grace, now).await
    }

    async fn state_at_source(
        &self,
        token: TokenRef<'_>,
        grace: Duration,
        now: SystemTime,
    ) -> Result<SessionState, BoxError> {
        self.source().state_at_source(token, grace, now).await
    }

    async fn touch(
        &self,
        token: TokenRef<'_>,
        idle: Duration,
        now: SystemTime,
    ) -> Result<SessionState, BoxError> {
        self.source().touch(token, idle, now).await
    }

    async fn end(&self, selector: Selector<'_>, now: SystemTime) -> Result<u64, BoxError> {
        let ended = self.source().end(selector, now).await?;
        self.follower.catch_up(whose(selector), now).await?;
        Ok(ended)
    }

    async fn list(&self, subject: Subject<'_>, now: SystemTime) -> Result<Vec<Session>, BoxError> {
        self.source().list(subject, now).await
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
