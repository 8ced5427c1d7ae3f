//! The contract with stores.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::{BoxError, Selector, Subject, TokenRef};

/// Remembers revoked tokens, by issuer and `jti`.
///
/// ```
/// use std::time::SystemTime;
///
/// use jwt_session::{BoxError, Revocation, TokenRef};
///
/// struct Table; // of your database
/// # impl Table {
/// #     async fn has(&self, _: &str, _: &str) -> Result<bool, std::io::Error> { Ok(false) }
/// #     async fn add(&self, _: &str, _: &str, _: Option<SystemTime>) -> Result<(), std::io::Error> { Ok(()) }
/// # }
///
/// impl Revocation for Table {
///     async fn is_revoked(&self, token: TokenRef<'_>, _now: SystemTime) -> Result<bool, BoxError> {
///         Ok(self.has(token.subject.issuer, token.id.unwrap_or_default()).await?)
///     }
///
///     async fn revoke(&self, token: TokenRef<'_>, until: Option<SystemTime>, _now: SystemTime) -> Result<(), BoxError> {
///         Ok(self.add(token.subject.issuer, token.id.unwrap_or_default(), until).await?)
///     }
/// }
/// ```
pub trait Revocation: Send + Sync + 'static {
    /// Whether the token is revoked. A token without `jti` was never revoked by itself.
    ///
    /// # Errors
    /// Whatever keeps the store from knowing.
    fn is_revoked(
        &self,
        token: TokenRef<'_>,
        now: SystemTime,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send;

    /// [`is_revoked`](Self::is_revoked), by what all nodes share. It is asked in its place where a policy says so
    /// (`Policy::revocation_from_source` of jwt-core). A store overrides it if its
    /// `is_revoked` answers from a copy, which may be late; and so does one that hands its calls on to another store.
    ///
    /// # Errors
    /// Whatever keeps the store from knowing. The copy is no answer then.
    fn is_revoked_at_source(
        &self,
        token: TokenRef<'_>,
        now: SystemTime,
    ) -> impl Future<Output = Result<bool, BoxError>> + Send {
        self.is_revoked(token, now)
    }

    /// Revokes the token until a moment at which it has expired anyway, or for ever. A later `until` of an earlier call
    /// stays.
    ///
    /// # Errors
    /// Whatever keeps the store from remembering it. A token without `jti` is one.
    fn revoke(
        &self,
        token: TokenRef<'_>,
        until: Option<SystemTime>,
        now: SystemTime,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;
}

/// Keeps sessions: one row each, with the current and the previous refresh token's `jti`. See the
/// [crate](crate) for what every method promises.
pub trait Sessions: Revocation {
    /// Keeps a new session, which starts now.
    ///
    /// The manager makes ids that are unique among all. Where an id comes twice all the same, the earlier session stays
    /// as it is. For the same subject the call is an error. For another subject, or another issuer's, it is an error as
    /// well, or the new session is one of its own: every other call names subject and id, and neither is mistaken for
    /// the other.
    ///
    /// # Errors
    /// Whatever keeps the store from it: it is full, or the subject has a session of that id.
    fn start(
        &self,
        session: NewSession<'_>,
        now: SystemTime,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Exchanges a refresh token for the `next` one, in one step:
    ///
    /// | the session, and the token in it | outcome | the session afterwards |
    /// | --- | --- | --- |
    /// | unknown, or not this subject's | [`Unknown`](Rotation::Unknown) | |
    /// | has ended or was [cut off](Selector::IssuedBefore), or the token is revoked | [`Revoked`](Rotation::Revoked), or `Unknown` where ended sessions are forgotten | stays ended |
    /// | over its idle or absolute limit | [`Expired`](Rotation::Expired), or `Unknown` | |
    /// | the token is the current one | [`Rotated`](Rotation::Rotated) | `next` is current, the token is previous, used now, idle limit moved, never back |
    /// | the token is the previous one, less than [`grace`](RotationPolicy::grace) ago | [`Grace`](Rotation::Grace) | unchanged |
    /// | any other token | [`Reused`](Rotation::Reused) | ends |
    ///
    /// "Less than `grace` ago" goes by the distance between the time of the rotation and now, in either direction:
    /// clocks of two nodes differ a little, and one that is set back far must not open the window again. Nothing but a
    /// rotation moves the window.
    ///
    /// # Errors
    /// Whatever keeps the store from it. Then nothing has changed.
    fn rotate(
        &self,
        presented: TokenRef<'_>,
        next: &str,
        policy: RotationPolicy,
        now: SystemTime,
    ) -> impl Future<Output = Result<Rotation, BoxError>> + Send;

    /// All that is known of a token, in one round trip: whether it is revoked, and what has become of its session.
    ///
    /// A refresh token that is neither the current one of its session nor the previous one within `grace` is
    /// [`Spent`](SessionState::Spent).
    ///
    /// # Errors
    /// Whatever keeps the store from knowing.
    fn state(
        &self,
        token: TokenRef<'_>,
        grace: Duration,
        now: SystemTime,
    ) -> impl Future<Output = Result<SessionState, BoxError>> + Send;

    /// [`state`](Self::state), by what all nodes share. It is asked in its place where a policy says so
    /// (`Policy::revocation_from_source` of jwt-core). A store overrides it if its `state`
    /// answers from a copy, which may be late or not know every session; and so does one that hands its calls on to
    /// another store.
    ///
    /// # Errors
    /// Whatever keeps the store from knowing. The copy is no answer then.
    fn state_at_source(
        &self,
        token: TokenRef<'_>,
        grace: Duration,
        now: SystemTime,
    ) -> impl Future<Output = Result<SessionState, BoxError>> + Send {
        self.state(token, grace, now)
    }

    /// Notes that a live session is in use: it was last used now, and its idle limit moves to `idle` from now, never beyond
    /// the absolute one and never back. Changes nothing else, and nothing at all if the state is not [`Active`](SessionState::Active).
    ///
    /// # Errors
    /// Whatever keeps the store from it.
    fn touch(
        &self,
        token: TokenRef<'_>,
        idle: Duration,
        now: SystemTime,
    ) -> impl Future<Output = Result<SessionState, BoxError>> + Send;

    /// Ends sessions, and says how many live ones. None that was there when the call began is alive when it returns,
    /// whatever else is going on.
    ///
    /// # Errors
    /// Whatever keeps the store from it.
    fn end(
        &self,
        selector: Selector<'_>,
        now: SystemTime,
    ) -> impl Future<Output = Result<u64, BoxError>> + Send;

    /// The live sessions of a subject, the newest first.
    ///
    /// # Errors
    /// Whatever keeps the store from knowing.
    fn list(
        &self,
        subject: Subject<'_>,
        now: SystemTime,
    ) -> impl Future<Output = Result<Vec<Session>, BoxError>> + Send;
}

impl<S: Revocation> Revocation for Arc<S> {
    async fn is_revoked(&self, token: TokenRef<'_>, now: SystemTime) -> Result<bool, BoxError> {
        S::is_revoked(self, token, now).await
    }

    async fn is_revoked_at_source(&self, token: TokenRef<'_>, now: SystemTime) -> Result<bool, BoxError> {
        S::is_revoked_at_source(self, token, now).await
    }

    async fn revoke(
        &self,
        token: TokenRef<'_>,
        until: Option<SystemTime>,
        now: SystemTime,
    ) -> Result<(), BoxError> {
        S::revoke(self, token, until, now).await
    }
}

impl<S: Sessions> Sessions for Arc<S> {
    async fn start(&self, session: NewSession<'_>, now: SystemTime) -> Result<(), BoxError> {
        S::start(self, session, now).await
    }

    async fn rotate(
        &self,
        presented: TokenRef<'_>,
        next: &str,
        policy: RotationPolicy,
        now: SystemTime,
    ) -> Result<Rotation, BoxError> {
        S::rotate(self, presented, next, policy, now).await
    }

    async fn state(
        &self,
        token: TokenRef<'_>,
        grace: Duration,
        now: SystemTime,
    ) -> Result<SessionState, BoxError> {
        S::state(self, token, grace, now).await
    }

    async fn state_at_source(
        &self,
        token: TokenRef<'_>,
        grace: Duration,
        now: SystemTime,
    ) -> Result<SessionState, BoxError> {
        S::state_at_source(self, token, grace, now).await
    }

    async fn touch(
        &self,
        token: TokenRef<'_>,
        idle: Duration,
        now: SystemTime,
    ) -> Result<SessionState, BoxError> {
        S::touch(self, token, idle, now).await
    }

    async fn end(&self, selector: Selector<'_>, now: SystemTime) -> Result<u64, BoxError> {
        S::end(self, selector, now).await
    }

    async fn list(&self, subject: Subject<'_>, now: SystemTime) -> Result<Vec<Session>, BoxError> {
        S::list(self, subject, now).await
    }
}

/// A session to be started.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct NewSession<'a> {
    /// Whose it is.
    pub subject: Subject<'a>,
    /// Its id. The manager's are unique among all.
    pub id: &'a str,
    /// The `jti` of its first refresh token.
    pub current: &'a str,
    /// What the user knows it by, such as a device.
    pub label: Option<&'a str>,
    /// From when on it has been idle for too long. Not after `expires_at`.
    pub idle_expires_at: SystemTime,
    /// From when on it is over in any case.
    pub expires_at: SystemTime,
}

impl<'a> NewSession<'a> {
    /// A session without a label that is over, idle or not, at one moment.
    #[must_use]
    pub const fn new(subject: Subject<'a>, id: &'a str, current: &'a str, expires_at: SystemTime) -> Self {
        Self { subject, id, current, label: None, idle_expires_at: expires_at, expires_at }
    }

    /// With a label.
    #[must_use]
    pub const fn label(mut self, label: &'a str) -> Self {
        self.label = Some(label);
        self
    }

    /// With an earlier end if it is not used.
    #[must_use]
    pub const fn idle_expires_at(mut self, moment: SystemTime) -> Self {
        self.idle_expires_at = moment;
        self
    }
}

impl fmt::Debug for NewSession<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSession").finish_non_exhaustive()
    }
}

/// How refresh tokens rotate.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RotationPolicy {
    /// How long after a rotation the previous token still gives the current one: for a second tab, and for a reply
    /// that was lost. Zero is never.
    pub grace: Duration,
    /// How long the session may be idle from this rotation on.
    pub idle: Duration,
}

impl RotationPolicy {
    /// With these durations.
    #[must_use]
    pub const fn new(grace: Duration, idle: Duration) -> Self {
        Self { grace, idle }
    }
}

/// What became of a presented refresh token.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum Rotation {
    /// It was the current one; now `next` is.
    Rotated {
        /// From when on the session has been idle for too long, or is over.
        expires_at: SystemTime,
    },
    /// It was the previous one until a moment ago; nothing has changed.
    Grace {
        /// The `jti` of the current one.
        current: String,
        /// From when on the session has been idle for too long, or is over.
        expires_at: SystemTime,
    },
    /// It was spent before: the session has been ended, because two have its tokens.
    Reused,
    /// The session has been idle for too long, or is over.
    Expired,
    /// The session has ended, or the token was revoked.
    Revoked,
    /// There is no such session.
    Unknown,
}

impl fmt::Debug for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rotated { .. } => "Rotated",
            Self::Grace { .. } => "Grace",
            Self::Reused => "Reused",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
            Self::Unknown => "Unknown",
        })
    }
}

/// What is known of a token and its session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SessionState {
    /// The token is not revoked, and its session is alive or it has none.
    Active,
    /// A refresh token that has been exchanged.
    Spent,
    /// The session has been idle for too long, or is over.
    Expired,
    /// The token was revoked or cut off, or its session has ended.
    Revoked,
    /// There is no such session.
    Unknown,
}

/// A live session, as its user may see it.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Session {
    /// Its id: the `sid` claim of its tokens.
    pub id: String,
    /// What the user knows it by.
    pub label: Option<String>,
    /// When it started.
    pub started_at: SystemTime,
    /// When its tokens were last exchanged or renewed.
    pub last_used_at: SystemTime,
    /// From when on it has been idle for too long, or is over.
    pub expires_at: SystemTime,
}

impl Session {
    /// A session without a label that was used at its start only.
    #[must_use]
    pub fn new(id: impl Into<String>, started_at: SystemTime, expires_at: SystemTime) -> Self {
        Self { id: id.into(), label: None, started_at, last_used_at: started_at, expires_at }
    }

    /// With a label.
    #[must_use]
    pub fn label(mut self, label: Option<String>) -> Self {
        self.label = label;
        self
    }

    /// With a later use.
    #[must_use]
    pub const fn last_used_at(mut self, moment: SystemTime) -> Self {
        self.last_used_at = moment;
        self
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}
