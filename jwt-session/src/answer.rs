//! The results that a store returns.

use std::fmt;
use std::time::SystemTime;

use crate::debug_by_name;

/// The result of [`Sessions::start`](crate::Sessions::start): the session has been saved.
#[derive(Clone, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Started {
    /// The ids of all live sessions that the call has ended because of the [limit](crate::StartRequest::limit), in any
    /// order. Empty if there was room.
    pub evicted: Vec<String>,
}

impl Started {
    /// Creates the result of a start that has ended no other session.
    #[must_use]
    pub const fn new() -> Self {
        Self { evicted: Vec::new() }
    }

    /// Sets the ids of the live sessions that the limit has ended.
    #[must_use]
    pub fn evicted(mut self, evicted: Vec<String>) -> Self {
        self.evicted = evicted;
        self
    }
}

/// The result of [`Sessions::rotate`](crate::Sessions::rotate): the outcome for the presented refresh token.
///
/// `Debug` prints only the name of the variant, so a `jti` never reaches a log.
///
/// # Example
///
/// ```
/// use jwt_session::Rotation;
///
/// /// Returns whether the user has to log in again.
/// fn must_log_in(rotation: &Rotation) -> bool {
///     !matches!(rotation, Rotation::Rotated(_) | Rotation::Kept(_) | Rotation::Grace(_))
/// }
///
/// assert!(must_log_in(&Rotation::Reused));
/// ```
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum Rotation {
    /// The token was the current one. The `next` token of the request has replaced it.
    Rotated(Rotated),
    /// The token is the current one, and became the current one by a rotation less than
    /// [`keep`](crate::RotateRequest::keep) ago. It remains the current one. The client receives this token again. A
    /// store returns this only if the request has a `keep` above zero.
    Kept(Rotated),
    /// The token was the previous one and was exchanged less than [`grace`](crate::RotateRequest::grace) ago. The
    /// session has only counted this use.
    Grace(Graced),
    /// The token was exchanged earlier. Two parties hold tokens of the session, so the store has ended it (RFC 9700,
    /// 4.14.2).
    Reused,
    /// The session has been idle for too long, or has passed its absolute limit.
    Expired,
    /// The session has ended, or the token was revoked.
    Revoked,
    /// The subject has no session with that id.
    Unknown,
}

impl fmt::Debug for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rotated(_) => "Rotated",
            Self::Kept(_) => "Kept",
            Self::Grace(_) => "Grace",
            Self::Reused => "Reused",
            Self::Expired => "Expired",
            Self::Revoked => "Revoked",
            Self::Unknown => "Unknown",
        })
    }
}

/// The data in [`Rotation::Rotated`] and [`Rotation::Kept`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Rotated {
    /// When the session expires if it is not used again: its idle limit, which is never later than its absolute limit.
    pub expires_at: SystemTime,
}

impl Rotated {
    /// Creates the result for a session that expires at `expires_at` if it is not used again.
    #[must_use]
    pub const fn new(expires_at: SystemTime) -> Self {
        Self { expires_at }
    }
}

/// The data in [`Rotation::Grace`].
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct Graced {
    /// The `jti` of the current refresh token. The client receives this token again.
    pub current: String,
    /// When the session expires if it is not used again: its idle limit, which is never later than its absolute limit.
    pub expires_at: SystemTime,
    /// How many rotations in a row were each followed by a use of their previous token, including the last rotation: at
    /// least 1. Several uses after one rotation count once.
    ///
    /// Two tabs of a user reach a high number, and so do a thief and an owner who take turns.
    pub in_a_row: u32,
}

impl Graced {
    /// Creates the result from the `jti` of the current token and the idle limit of the session. It is the first use in
    /// a row.
    #[must_use]
    pub fn new(current: impl Into<String>, expires_at: SystemTime) -> Self {
        Self { current: current.into(), expires_at, in_a_row: 1 }
    }

    /// Sets how many rotations in a row were each followed by such a use.
    #[must_use]
    pub const fn in_a_row(mut self, in_a_row: u32) -> Self {
        self.in_a_row = in_a_row;
        self
    }
}

debug_by_name!(Graced, Started);

/// The result of [`Sessions::state`](crate::Sessions::state): the state of a token and its session.
///
/// # Example
///
/// ```
/// use jwt_session::SessionState;
///
/// /// Returns whether a request with the token can proceed.
/// fn is_valid(state: SessionState) -> bool {
///     state == SessionState::Active
/// }
///
/// assert!(!is_valid(SessionState::Spent));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SessionState {
    /// The token is not revoked. If it belongs to a session, the session is live.
    Active,
    /// The token is a refresh token that has already been exchanged.
    Spent,
    /// The session has been idle for too long, or has passed its absolute limit.
    Expired,
    /// The token was revoked or cut off, or its session has ended.
    Revoked,
    /// The subject has no session with that id.
    Unknown,
}

/// The result of [`Sessions::end`](crate::Sessions::end): how many live sessions the call ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Ended {
    /// The number of sessions that were live before the call. Sessions that had already ended or expired are not
    /// counted.
    pub live: u64,
}

impl Ended {
    /// Creates the result of a call that ended `live` live sessions.
    #[must_use]
    pub const fn new(live: u64) -> Self {
        Self { live }
    }
}
