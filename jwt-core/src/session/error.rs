use crate::error::{CookieError, Misuse};
use crate::token::{EncodeError, TokenError};

/// The error of a login or an exchange.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The presented token is rejected, or the store failed.
    #[error(transparent)]
    Refused(#[from] TokenError),
    /// The tokens can't be issued.
    #[error(transparent)]
    NotIssued(#[from] EncodeError),
    /// The cookies of the tokens can't be set.
    #[error(transparent)]
    Cookie(#[from] CookieError),
}

impl From<Misuse> for SessionError {
    fn from(misuse: Misuse) -> Self {
        Self::Refused(misuse.into())
    }
}
