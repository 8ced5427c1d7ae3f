//! What a store is asked.

use std::time::{Duration, SystemTime};

use crate::{PAGE_LIMIT, Position, Selector, Subject, TokenRef, debug_by_name};

/// How many tokens a [`StatesRequest`] asks about at most to be answered in one round trip. Stores answer more than these in
/// several steps.
pub const BATCH: usize = 1000;

/// Which data may answer a look-up. Stores treat unknown values as [`Source`](Self::Source): see
/// [`is_local`](Self::is_local).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Consistency {
    /// What this node knows, which may be late by as much as the store bounds it.
    #[default]
    Local,
    /// What all nodes share, whatever it costs. A copy must not answer instead.
    Source,
}

impl Consistency {
    /// Whether a copy may answer.
    #[must_use]
    pub const fn is_local(self) -> bool {
        matches!(self, Self::Local)
    }
}

/// Whether a token is revoked.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct IsRevokedRequest<'a> {
    /// The token.
    pub token: TokenRef<'a>,
    /// Which data may answer.
    pub consistency: Consistency,
    /// The time.
    pub now: SystemTime,
}

impl<'a> IsRevokedRequest<'a> {
    /// Is it now, by what this node knows?
    #[must_use]
    pub const fn new(token: TokenRef<'a>, now: SystemTime) -> Self {
        Self { token, consistency: Consistency::Local, now }
    }

    /// Answered by this.
    #[must_use]
    pub const fn consistency(mut self, consistency: Consistency) -> Self {
        self.consistency = consistency;
        self
    }
}

/// Revokes a token.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct RevokeRequest<'a> {
    /// The token.
    pub token: TokenRef<'a>,
    /// A moment at which it has expired anyway; `None` is never.
    pub until: Option<SystemTime>,
    /// The time.
    pub now: SystemTime,
}

impl<'a> RevokeRequest<'a> {
    /// Until a moment, or for ever.
    #[must_use]
    pub const fn new(token: TokenRef<'a>, until: Option<SystemTime>, now: SystemTime) -> Self {
        Self { token, until, now }
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

/// Starts a session.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct StartRequest<'a> {
    /// The session.
    pub session: NewSession<'a>,
    /// The time, which is its start.
    pub now: SystemTime,
}

impl<'a> StartRequest<'a> {
    /// It starts now.
    #[must_use]
    pub const fn new(session: NewSession<'a>, now: SystemTime) -> Self {
        Self { session, now }
    }
}

/// Exchanges a refresh token.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct RotateRequest<'a> {
    /// The token that was presented. Whatever it says of itself, it is judged as a refresh token.
    pub presented: TokenRef<'a>,
    /// The `jti` of the one that takes its place.
    pub next: &'a str,
    /// How long after a rotation the previous token still gives the current one: for a second tab, and for a reply that was
    /// lost. Zero is never.
    pub grace: Duration,
    /// How long the session may be idle from now on. Zero leaves its idle limit where it is.
    pub idle: Duration,
    /// The time.
    pub now: SystemTime,
}

impl<'a> RotateRequest<'a> {
    /// Without grace, and with the idle limit as it is.
    #[must_use]
    pub const fn new(presented: TokenRef<'a>, next: &'a str, now: SystemTime) -> Self {
        Self { presented, next, grace: Duration::ZERO, idle: Duration::ZERO, now }
    }

    /// The previous token still gives the current one for so long.
    #[must_use]
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// The session may be idle for so long from now on.
    #[must_use]
    pub const fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }
}

/// What is known of a token and its session?
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct StateRequest<'a> {
    /// The token.
    pub token: TokenRef<'a>,
    /// How long after a rotation the previous refresh token is not spent yet.
    pub grace: Duration,
    /// Which data may answer.
    pub consistency: Consistency,
    /// The time.
    pub now: SystemTime,
}

impl<'a> StateRequest<'a> {
    /// Without grace, by what this node knows.
    #[must_use]
    pub const fn new(token: TokenRef<'a>, now: SystemTime) -> Self {
        Self { token, grace: Duration::ZERO, consistency: Consistency::Local, now }
    }

    /// The previous refresh token is not spent for so long.
    #[must_use]
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Answered by this.
    #[must_use]
    pub const fn consistency(mut self, consistency: Consistency) -> Self {
        self.consistency = consistency;
        self
    }
}

/// What is known of several tokens and their sessions? At most [`BATCH`] of them are one round trip.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct StatesRequest<'a> {
    /// The tokens, of any subjects. One may be there several times.
    pub tokens: &'a [TokenRef<'a>],
    /// How long after a rotation the previous refresh token is not spent yet.
    pub grace: Duration,
    /// Which data may answer.
    pub consistency: Consistency,
    /// The time.
    pub now: SystemTime,
}

impl<'a> StatesRequest<'a> {
    /// Without grace, by what this node knows.
    #[must_use]
    pub const fn new(tokens: &'a [TokenRef<'a>], now: SystemTime) -> Self {
        Self { tokens, grace: Duration::ZERO, consistency: Consistency::Local, now }
    }

    /// The previous refresh token is not spent for so long.
    #[must_use]
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Answered by this.
    #[must_use]
    pub const fn consistency(mut self, consistency: Consistency) -> Self {
        self.consistency = consistency;
        self
    }

    /// The same asked about other tokens.
    #[must_use]
    pub const fn tokens(mut self, tokens: &'a [TokenRef<'a>]) -> Self {
        self.tokens = tokens;
        self
    }

    /// The same asked about one token.
    #[must_use]
    pub const fn about(self, token: TokenRef<'a>) -> StateRequest<'a> {
        let Self { grace, consistency, now, .. } = self;
        StateRequest { token, grace, consistency, now }
    }
}

/// Notes that a session is in use.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct TouchRequest<'a> {
    /// The token by which it is used.
    pub token: TokenRef<'a>,
    /// How long the session may be idle from now on. Zero leaves its idle limit where it is.
    pub idle: Duration,
    /// The time.
    pub now: SystemTime,
}

impl<'a> TouchRequest<'a> {
    /// With the idle limit as it is.
    #[must_use]
    pub const fn new(token: TokenRef<'a>, now: SystemTime) -> Self {
        Self { token, idle: Duration::ZERO, now }
    }

    /// The session may be idle for so long from now on.
    #[must_use]
    pub const fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }
}

/// Ends sessions.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct EndRequest<'a> {
    /// Which ones.
    pub selector: Selector<'a>,
    /// The time.
    pub now: SystemTime,
}

impl<'a> EndRequest<'a> {
    /// These end now.
    #[must_use]
    pub const fn new(selector: Selector<'a>, now: SystemTime) -> Self {
        Self { selector, now }
    }
}

/// Lists live sessions.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct ListRequest<'a> {
    /// Whose.
    pub subject: Subject<'a>,
    /// How many at most, 1 to [`PAGE_LIMIT`]. A store clamps values outside: see
    /// [`page_limit`](Self::page_limit).
    pub limit: usize,
    /// Where the page starts: behind this position, or with the newest session.
    pub after: Option<&'a Position>,
    /// The time.
    pub now: SystemTime,
}

impl<'a> ListRequest<'a> {
    /// The newest [`PAGE_LIMIT`] of a subject.
    #[must_use]
    pub const fn new(subject: Subject<'a>, now: SystemTime) -> Self {
        Self { subject, limit: PAGE_LIMIT, after: None, now }
    }

    /// At most so many.
    #[must_use]
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Those behind a position: the [`next`](crate::SessionPage::next) of the page before.
    #[must_use]
    pub const fn after(mut self, position: Option<&'a Position>) -> Self {
        self.after = position;
        self
    }

    /// The limit, within its bounds.
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
