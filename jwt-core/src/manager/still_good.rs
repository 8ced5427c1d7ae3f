//! Another look at a token that has been verified before.

use std::time::SystemTime;

use super::JwtManager;
use crate::Token;
use crate::session::{Consistency, Selector, SessionState, Subject};
use crate::token::TokenError;

impl JwtManager {
    /// Checks whether a verified token is still good: whether it has not expired, and whether neither the token nor its
    /// session has been revoked. This is for what lasts longer than a request, such as a long job or a connection.
    ///
    /// The store is asked as [`Policy::check_revocation_at_source`](crate::Policy::check_revocation_at_source) asks it,
    /// without a local copy, and so is the blocklist loader. It does not count as a use: it neither extends the session
    /// nor ends it if the token is a refresh token that has been exchanged, and
    /// [`SessionEvents`](crate::session::SessionEvents) does not report it.
    ///
    /// For many connections, [`ends`](Self::ends) costs less.
    ///
    /// ```
    /// # use jwt_core::{JwtManager, Token, TokenError};
    /// async fn export(jwt: &JwtManager, token: &Token, pages: Vec<String>) -> Result<(), TokenError> {
    ///     for page in pages {
    ///         jwt.still_good(token).await?;
    ///         println!("{page}");
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`TokenError::Expired`], [`TokenError::Revoked`], or [`TokenError::Unavailable`] if the store or the
    /// loader fails.
    pub async fn still_good<C: Sync>(&self, token: &Token<C>) -> Result<(), TokenError> {
        let token = token.untyped();
        if self.expiry(&token).is_some_and(|at| at <= self.time()) {
            return Err(TokenError::Expired(token));
        }
        match self.state_of(&token, Consistency::Source).await? {
            SessionState::Active if self.is_blocked(&token).await? => Err(TokenError::Revoked(token)),
            SessionState::Active => Ok(()),
            SessionState::Expired => Err(TokenError::Expired(token)),
            SessionState::Revoked | SessionState::Spent | SessionState::Unknown => {
                Err(TokenError::Revoked(token))
            }
            _ => Err(self.unknown_answer()),
        }
    }

    /// When checks begin to reject the token. `None` if they never do.
    pub(super) fn expiry(&self, token: &Token) -> Option<SystemTime> {
        token.expires_at()?.checked_add(self.session_rules().leeway)
    }

    /// Ends the open connections of these sessions, if they have ended.
    pub(super) fn look_at_connections(&self, selector: &Selector<'_>) {
        #[cfg(feature = "tokio")]
        self.0.connections.look_at(selector);
        #[cfg(not(feature = "tokio"))]
        let _ = selector;
    }

    /// Ends the open connections of this subject whose tokens are no longer good.
    pub(super) fn look_at_connections_of(&self, subject: Subject<'_>) {
        #[cfg(feature = "tokio")]
        self.0.connections.look_at_subject(subject);
        #[cfg(not(feature = "tokio"))]
        let _ = subject;
    }
}
