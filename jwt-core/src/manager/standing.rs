//! What the state of a token in a store means.

use crate::session::SessionState;

/// Whether a token can be used.
#[derive(Clone, Copy)]
pub(super) enum Standing {
    Good,
    Expired,
    Revoked,
    /// A refresh token that has been exchanged. Its session may go on.
    Spent,
}

impl Standing {
    /// `None` if the store returned a variant that this version does not know. The token cannot be used then.
    pub(super) const fn of(state: SessionState) -> Option<Self> {
        match state {
            SessionState::Active => Some(Self::Good),
            SessionState::Expired => Some(Self::Expired),
            SessionState::Revoked | SessionState::Unknown => Some(Self::Revoked),
            SessionState::Spent => Some(Self::Spent),
            _ => None,
        }
    }
}

/// The error if a store returned a variant that this version does not know.
pub(super) const UNKNOWN_STATE: &str = "the store returned a variant that this version does not know";
