//! What a store answers.

use std::fmt;
use std::time::SystemTime;

use crate::debug_by_name;

/// A session has been started.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Started {}

impl Started {
    /// Carries no data yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {}
    }
}

/// What became of a presented refresh token.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum Rotation {
    /// It was the current one; now `next` is.
    Rotated(Rotated),
    /// It was the previous one until a moment ago; nothing has changed.
    Grace(Graced),
    /// It was spent before: the session has been ended, because two parties hold its tokens.
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
            Self::Rotated(_) => "Rotated",
            Self::Grace(_) => "Grace",
            Self::Reused => "Reused",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
            Self::Unknown => "Unknown",
        })
    }
}

/// The current token was exchanged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Rotated {
    /// From when on the session has been idle for too long, or is over.
    pub expires_at: SystemTime,
}

impl Rotated {
    /// In a session that ends at this moment.
    #[must_use]
    pub const fn new(expires_at: SystemTime) -> Self {
        Self { expires_at }
    }
}

/// The previous token was presented within the grace.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Graced {
    /// The `jti` of the current token.
    pub current: String,
    /// From when on the session has been idle for too long, or is over.
    pub expires_at: SystemTime,
}

impl Graced {
    /// With the `jti` of the current token, in a session that ends at this moment.
    #[must_use]
    pub fn new(current: impl Into<String>, expires_at: SystemTime) -> Self {
        Self { current: current.into(), expires_at }
    }
}

debug_by_name!(Graced);

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

/// Sessions have been ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Ended {
    /// How many of them were alive.
    pub live: u64,
}

impl Ended {
    /// So many of them were alive.
    #[must_use]
    pub const fn new(live: u64) -> Self {
        Self { live }
    }
}
