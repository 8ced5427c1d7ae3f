use crate::error::{CookieError, Misuse};
use crate::token::{EncodeError, TokenError};

/// The error of an operation on sessions: a login, an exchange, a logout, or a list.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The presented token is rejected, or the store failed.
    #[error(transparent)]
    Rejected(#[from] TokenError),
    /// The tokens can't be issued.
    #[error(transparent)]
    NotIssued(#[from] EncodeError),
    /// The cookies of the tokens can't be set.
    #[error(transparent)]
    Cookie(#[from] CookieError),
}

impl From<Misuse> for SessionError {
    fn from(misuse: Misuse) -> Self {
        Self::Rejected(misuse.into())
    }
}
