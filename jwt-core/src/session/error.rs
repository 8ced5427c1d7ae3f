use crate::error::{CookieError, Misuse};
use crate::token::{EncodeError, TokenError};

/// The error of an operation on sessions: a login, an exchange, a logout, or a list.
///
/// ```
/// use jwt_core::session::{MemorySessions, SessionError, TokenPair};
/// use jwt_core::{Config, JwtManager, Token, TokenError};
///
/// /// Exchanges a refresh token. Returns `None` if the user has to log in again.
/// async fn refresh(jwt: &JwtManager, token: &Token) -> Result<Option<TokenPair>, SessionError> {
///     match jwt.rotate(token).await {
///         Ok(pair) => Ok(Some(pair)),
///         Err(SessionError::Rejected(TokenError::Revoked(_) | TokenError::Reused(_))) => Ok(None),
///         Err(error) => Err(error),
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// # let jwt = JwtManager::builder(Config::default()).secret(secret).session_store(MemorySessions::new()).build()?;
/// # let pair = jwt.log_in("alice").await?;
/// # assert!(refresh(&jwt, &jwt.decode(pair.refresh())?).await?.is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The presented token was rejected, or the store failed.
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
