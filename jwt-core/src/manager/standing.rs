//! What the state of a token in a store means.

use super::call::Fault;
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
    /// Returns an error if the store returned a variant that this version does not know.
    pub(super) const fn of(state: SessionState) -> Result<Self, Fault> {
        match state {
            SessionState::Active => Ok(Self::Good),
            SessionState::Expired => Ok(Self::Expired),
            SessionState::Revoked | SessionState::Unknown => Ok(Self::Revoked),
            SessionState::Spent => Ok(Self::Spent),
            _ => Err(UNKNOWN_VARIANT),
        }
    }
}

/// A newer store may return a variant that this version does not know. The token is rejected.
pub(super) const UNKNOWN_VARIANT: Fault =
    Fault("the store returned a variant that this version does not know");
