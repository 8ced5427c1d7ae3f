use crate::error::{CookieError, Misuse};
use crate::token::{EncodeError, TokenError};

/// Why there are no tokens of a session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The presented token is refused, or the store failed.
    #[error(transparent)]
    Refused(#[from] TokenError),
    /// The tokens cannot be issued.
    #[error(transparent)]
    NotIssued(#[from] EncodeError),
    /// The tokens' cookies cannot be set.
    #[error(transparent)]
    Cookie(#[from] CookieError),
}

impl From<Misuse> for SessionError {
    fn from(misuse: Misuse) -> Self {
        Self::Refused(misuse.into())
    }
}
