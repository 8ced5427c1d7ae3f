//! The requests to a store.

use std::time::{Duration, SystemTime};

use crate::{PAGE_LIMIT, Position, Selector, SessionLimit, Subject, TokenRef, debug_by_name};

/// The maximum number of tokens of a [`StatesRequest`] that a store looks up in one round trip: 1000. For more tokens,
/// a store takes several steps.
pub const BATCH: usize = 1000;

/// How far before `now` a cutoff can be and still end the sessions that seem to start in the future: 5 seconds. See
/// [`EndRequest::includes_future_starts`].
pub const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);

/// The data that a store may use for a lookup.
///
/// A store treats a value that it does not know as [`Source`](Self::Source). [`is_local`](Self::is_local) implements
/// this rule.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Consistency {
    /// The data on this node. It can be out of date, up to a bound that the store sets.
    #[default]
    Local,
    /// The data that all nodes share, even if that is slower. The store must not use a local copy.
    Source,
}

impl Consistency {
    /// Returns whether the store may use a local copy.
    #[must_use]
    pub const fn is_local(self) -> bool {
        matches!(self, Self::Local)
    }
}

/// The argument to [`Revocation::is_revoked`](crate::Revocation::is_revoked).
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct IsRevokedRequest<'a> {
    /// The token to look up.
    pub token: TokenRef<'a>,
    /// The data that the store may use. Default: [`Consistency::Local`].
    pub consistency: Consistency,
    /// The current time. The store uses it instead of reading a clock.
    pub now: SystemTime,
}

impl<'a> IsRevokedRequest<'a> {
    /// Creates a request that allows a local copy.
    #[must_use]
    pub const fn new(token: TokenRef<'a>, now: SystemTime) -> Self {
        Self { token, consistency: Consistency::Local, now }
    }

    /// Sets the data that the store may use.
    #[must_use]
    pub const fn consistency(mut self, consistency: Consistency) -> Self {
        self.consistency = consistency;
        self
    }
}

/// The argument to [`Revocation::revoke`](crate::Revocation::revoke).
///
/// # Example
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use jwt_session::{BoxError, Revocation, RevokeRequest, TokenRef};
///
/// /// Revokes a token for one hour, which is when it expires.
/// async fn revoke(store: impl Revocation, token: TokenRef<'_>) -> Result<(), BoxError> {
///     let now = SystemTime::now();
///     store.revoke(RevokeRequest::new(token, Some(now + Duration::from_secs(3600)), now)).await
/// }
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct RevokeRequest<'a> {
    /// The token to revoke. It must have a `jti`.
    pub token: TokenRef<'a>,
    /// When the store may forget the token, because the token has expired by then. `None` means never.
    pub until: Option<SystemTime>,
    /// The current time. The store uses it instead of reading a clock.
    pub now: SystemTime,
}

impl<'a> RevokeRequest<'a> {
    /// Creates a request to revoke `token` until it expires, or forever if `until` is `None`.
    #[must_use]
    pub const fn new(token: TokenRef<'a>, until: Option<SystemTime>, now: SystemTime) -> Self {
        Self { token, until, now }
    }
}

/// A session that is about to start.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct NewSession<'a> {
    /// The owner of the session.
    pub subject: Subject<'a>,
    /// The id of the session. The manager generates ids that are unique across all subjects.
    pub id: &'a str,
    /// The `jti` of the first refresh token.
    pub current: &'a str,
    /// A name that the user recognizes, such as the name of a device. Default: `None`.
    pub label: Option<&'a str>,
    /// The idle limit: when the session expires if it is not used. It must not be later than `expires_at`, which is the
    /// default.
    pub idle_expires_at: SystemTime,
    /// The absolute limit: when the session expires even if it is in use.
    pub expires_at: SystemTime,
}

impl<'a> NewSession<'a> {
    /// Creates a session without a label. Its idle limit is its absolute limit.
    #[must_use]
    pub const fn new(subject: Subject<'a>, id: &'a str, current: &'a str, expires_at: SystemTime) -> Self {
        Self { subject, id, current, label: None, idle_expires_at: expires_at, expires_at }
    }

    /// Sets the label.
    #[must_use]
    pub const fn label(mut self, label: &'a str) -> Self {
        self.label = Some(label);
        self
    }

    /// Sets the idle limit: when the session expires if it is not used.
    #[must_use]
    pub const fn idle_expires_at(mut self, moment: SystemTime) -> Self {
        self.idle_expires_at = moment;
        self
    }
}

/// The argument to [`Sessions::start`](crate::Sessions::start).
///
/// # Example
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use jwt_session::{BoxError, NewSession, Sessions, StartRequest, Subject};
///
/// const DAY: Duration = Duration::from_secs(86_400);
///
/// /// Starts a session that lasts up to 90 days. It expires after 30 days without use.
/// async fn start(store: impl Sessions, sid: &str, jti: &str) -> Result<(), BoxError> {
///     let now = SystemTime::now();
///     let alice = Subject::new("https://auth.example.com", "alice");
///     let session = NewSession::new(alice, sid, jti, now + 90 * DAY)
///         .idle_expires_at(now + 30 * DAY)
///         .label("Firefox on Linux");
///     store.start(StartRequest::new(session, now)).await?;
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct StartRequest<'a> {
    /// The session to start.
    pub session: NewSession<'a>,
    /// The maximum number of live sessions of the subject, including the new one. Default: `None`, which means any
    /// number.
    pub limit: Option<SessionLimit>,
    /// The current time, which is the start of the session. The store uses it instead of reading a clock.
    pub now: SystemTime,
}

impl<'a> StartRequest<'a> {
    /// Creates a request to start `session` now, without a limit.
    #[must_use]
    pub const fn new(session: NewSession<'a>, now: SystemTime) -> Self {
        Self { session, limit: None, now }
    }

    /// Sets the maximum number of live sessions of the subject.
    #[must_use]
    pub const fn limit(mut self, limit: Option<SessionLimit>) -> Self {
        self.limit = limit;
        self
    }
}

/// The argument to [`Sessions::rotate`](crate::Sessions::rotate).
///
/// # Example
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use jwt_session::{BoxError, RotateRequest, Rotation, Sessions, Subject, TokenRef};
///
/// /// Exchanges a refresh token. Returns the `jti` of the token that the client receives.
/// async fn rotate(store: impl Sessions, sid: &str, jti: &str, next: &str) -> Result<Option<String>, BoxError> {
///     let alice = Subject::new("https://auth.example.com", "alice");
///     let presented = TokenRef::refresh(alice, sid, jti);
///     let request = RotateRequest::new(presented, next, SystemTime::now())
///         .grace(Duration::from_secs(10))
///         .idle(Duration::from_secs(30 * 86_400));
///     Ok(match store.rotate(request).await? {
///         Rotation::Rotated(_) => Some(next.to_owned()),
///         // A second tab has just exchanged the same token, or the reply was lost.
///         Rotation::Grace(graced) => Some(graced.current),
///         // Reused, expired, revoked, or unknown: the user has to log in again.
///         _ => None,
///     })
/// }
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct RotateRequest<'a> {
    /// The token that the client presented. The store treats it as a refresh token, regardless of its
    /// [`kind`](TokenRef::kind).
    pub presented: TokenRef<'a>,
    /// The `jti` of the new refresh token.
    pub next: &'a str,
    /// How long after a rotation the previous token still yields the current one. This allows for a second tab and for
    /// a lost response. Default: zero, which means never.
    pub grace: Duration,
    /// How long after a rotation the new token stays the current one even if a client presents it. Default: zero, which
    /// means that the store exchanges it at once.
    ///
    /// Clients that share a token, such as the tabs of a browser, send `keep` equal to `grace`. Then a token that was
    /// exchanged less than `grace` ago is always the previous one, however many clients refresh at once. A store that
    /// ignores this field exchanges the token, which is safe but ends the session in that case.
    pub keep: Duration,
    /// How long the session can be idle from now on. Default: zero, which leaves the idle limit unchanged.
    pub idle: Duration,
    /// The current time. The store uses it instead of reading a clock.
    pub now: SystemTime,
}

impl<'a> RotateRequest<'a> {
    /// Creates a request that exchanges the current token at once, without a grace period. It leaves the idle limit
    /// unchanged.
    #[must_use]
    pub const fn new(presented: TokenRef<'a>, next: &'a str, now: SystemTime) -> Self {
        Self { presented, next, grace: Duration::ZERO, keep: Duration::ZERO, idle: Duration::ZERO, now }
    }

    /// Sets how long after a rotation the previous token still yields the current one.
    #[must_use]
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets how long after a rotation the new token stays the current one even if a client presents it.
    #[must_use]
    pub const fn keep(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// Sets how long the session can be idle from now on.
    #[must_use]
    pub const fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }
}

/// The argument to [`Sessions::state`](crate::Sessions::state).
///
/// # Example
///
/// ```
/// use std::time::SystemTime;
///
/// use jwt_session::{BoxError, Consistency, SessionState, Sessions, StateRequest, TokenRef};
///
/// /// Returns whether a token is valid, without relying on a local copy.
/// async fn is_valid(store: impl Sessions, token: TokenRef<'_>) -> Result<bool, BoxError> {
///     let request = StateRequest::new(token, SystemTime::now()).consistency(Consistency::Source);
///     Ok(store.state(request).await? == SessionState::Active)
/// }
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct StateRequest<'a> {
    /// The token to look up.
    pub token: TokenRef<'a>,
    /// How long after a rotation the previous refresh token is still active. Default: zero.
    pub grace: Duration,
    /// The data that the store may use. Default: [`Consistency::Local`].
    pub consistency: Consistency,
    /// The current time. The store uses it instead of reading a clock.
    pub now: SystemTime,
}

impl<'a> StateRequest<'a> {
    /// Creates a request without a grace period that allows a local copy.
    #[must_use]
    pub const fn new(token: TokenRef<'a>, now: SystemTime) -> Self {
        Self { token, grace: Duration::ZERO, consistency: Consistency::Local, now }
    }

    /// Sets how long after a rotation the previous refresh token is still active.
    #[must_use]
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets the data that the store may use.
    #[must_use]
    pub const fn consistency(mut self, consistency: Consistency) -> Self {
        self.consistency = consistency;
        self
    }
}

/// The argument to [`Sessions::states`](crate::Sessions::states).
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct StatesRequest<'a> {
    /// The tokens to look up. They can belong to different subjects, and a token can appear more than once. A store
    /// answers up to [`BATCH`] tokens in one round trip.
    pub tokens: &'a [TokenRef<'a>],
    /// How long after a rotation the previous refresh token is still active. Default: zero.
    pub grace: Duration,
    /// The data that the store may use. Default: [`Consistency::Local`].
    pub consistency: Consistency,
    /// The current time. The store uses it instead of reading a clock.
    pub now: SystemTime,
}

impl<'a> StatesRequest<'a> {
    /// Creates a request without a grace period that allows a local copy.
    #[must_use]
    pub const fn new(tokens: &'a [TokenRef<'a>], now: SystemTime) -> Self {
        Self { tokens, grace: Duration::ZERO, consistency: Consistency::Local, now }
    }

    /// Sets how long after a rotation the previous refresh token is still active.
    #[must_use]
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets the data that the store may use.
    #[must_use]
    pub const fn consistency(mut self, consistency: Consistency) -> Self {
        self.consistency = consistency;
        self
    }

    /// Replaces the tokens and keeps the other fields.
    #[must_use]
    pub const fn tokens(mut self, tokens: &'a [TokenRef<'a>]) -> Self {
        self.tokens = tokens;
        self
    }

    /// Creates the request for a single token, with the other fields of this one.
    #[must_use]
    pub const fn about(self, token: TokenRef<'a>) -> StateRequest<'a> {
        let Self { grace, consistency, now, .. } = self;
        StateRequest { token, grace, consistency, now }
    }
}

/// The argument to [`Sessions::touch`](crate::Sessions::touch).
///
/// # Example
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use jwt_session::{BoxError, SessionState, Sessions, TokenRef, TouchRequest};
///
/// /// Keeps a session alive for another 30 days.
/// async fn keep_alive(store: impl Sessions, token: TokenRef<'_>) -> Result<SessionState, BoxError> {
///     let idle = Duration::from_secs(30 * 86_400);
///     store.touch(TouchRequest::new(token, SystemTime::now()).idle(idle)).await
/// }
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct TouchRequest<'a> {
    /// The token that the client presented.
    pub token: TokenRef<'a>,
    /// How long the session can be idle from now on. Default: zero, which leaves the idle limit unchanged.
    pub idle: Duration,
    /// The current time. The store uses it instead of reading a clock.
    pub now: SystemTime,
}

impl<'a> TouchRequest<'a> {
    /// Creates a request that leaves the idle limit unchanged.
    #[must_use]
    pub const fn new(token: TokenRef<'a>, now: SystemTime) -> Self {
        Self { token, idle: Duration::ZERO, now }
    }

    /// Sets how long the session can be idle from now on.
    #[must_use]
    pub const fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }
}

/// The argument to [`Sessions::end`](crate::Sessions::end).
///
/// # Example
///
/// ```
/// use std::time::SystemTime;
///
/// use jwt_session::{BoxError, EndRequest, Selector, Sessions, Subject};
///
/// /// Ends one session of a user. Returns whether it was live.
/// async fn log_out(store: impl Sessions, subject: Subject<'_>, sid: &str) -> Result<bool, BoxError> {
///     let selector = Selector::One { subject, session: sid };
///     Ok(store.end(EndRequest::new(selector, SystemTime::now())).await?.live > 0)
/// }
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct EndRequest<'a> {
    /// The sessions to end.
    pub selector: Selector<'a>,
    /// The current time. The store uses it instead of reading a clock.
    pub now: SystemTime,
}

impl<'a> EndRequest<'a> {
    /// Creates a request to end the selected sessions now.
    #[must_use]
    pub const fn new(selector: Selector<'a>, now: SystemTime) -> Self {
        Self { selector, now }
    }

    /// Returns whether existing sessions that started after `now` end as well.
    ///
    /// Such a session was started by a node whose clock is fast, and really started before the call. It counts as
    /// started now. So it ends if the selector is [`IssuedBefore`](Selector::IssuedBefore) and the cutoff's moment is
    /// `now`, later, or at most [`CLOCK_TOLERANCE`] earlier. The tolerance covers the time between reading the clock for
    /// the moment and reading it for the call.
    #[must_use]
    pub fn includes_future_starts(&self) -> bool {
        let Selector::IssuedBefore { moment, .. } = self.selector else { return false };
        self.now.duration_since(moment).map_or(true, |age| age <= CLOCK_TOLERANCE)
    }
}

/// The argument to [`Sessions::list`](crate::Sessions::list).
///
/// # Example
///
/// ```
/// use std::time::SystemTime;
///
/// use jwt_session::{BoxError, ListRequest, Session, Sessions, Subject};
///
/// /// Reads all live sessions of a user, 50 per page.
/// async fn all(store: impl Sessions, subject: Subject<'_>) -> Result<Vec<Session>, BoxError> {
///     let (mut all, mut after) = (Vec::new(), None);
///     loop {
///         let request = ListRequest::new(subject, SystemTime::now()).limit(50).after(after.as_ref());
///         let page = store.list(request).await?;
///         all.extend(page.sessions);
///         after = page.next;
///         if after.is_none() {
///             return Ok(all);
///         }
///     }
/// }
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct ListRequest<'a> {
    /// The owner of the sessions.
    pub subject: Subject<'a>,
    /// The maximum number of sessions on the page, from 1 to [`PAGE_LIMIT`], which is the default. A store clamps other
    /// values with [`page_limit`](Self::page_limit).
    pub limit: usize,
    /// The position that the page continues after. With `None`, the default, the page starts with the newest session.
    pub after: Option<&'a Position>,
    /// The current time. The store uses it instead of reading a clock.
    pub now: SystemTime,
}

impl<'a> ListRequest<'a> {
    /// Creates a request for the [`PAGE_LIMIT`] newest sessions of a subject.
    #[must_use]
    pub const fn new(subject: Subject<'a>, now: SystemTime) -> Self {
        Self { subject, limit: PAGE_LIMIT, after: None, now }
    }

    /// Sets the maximum number of sessions on the page, from 1 to [`PAGE_LIMIT`].
    #[must_use]
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Sets where the page starts: pass the [`next`](crate::SessionPage::next) position of the previous page.
    #[must_use]
    pub const fn after(mut self, position: Option<&'a Position>) -> Self {
        self.after = position;
        self
    }

    /// Returns the limit, clamped to 1 to [`PAGE_LIMIT`].
    #[must_use]
    pub fn page_limit(&self) -> usize {
        self.limit.clamp(1, PAGE_LIMIT)
    }
}

debug_by_name!(
    IsRevokedRequest<'_>,
    RevokeRequest<'_>,
    NewSession<'_>,
    StartRequest<'_>,
    RotateRequest<'_>,
    StateRequest<'_>,
    StatesRequest<'_>,
    TouchRequest<'_>,
    EndRequest<'_>,
    ListRequest<'_>
);
