//! Another look at a token that has been verified before.

use std::future::Future;
use std::sync::Arc;
use std::time::SystemTime;

use super::standing::Standing;
use super::{Client, JwtManager};
use crate::Token;
use crate::error::InvalidToken;
use crate::session::{Consistency, Selector};
use crate::token::TokenError;

impl JwtManager {
    /// Checks whether a verified token is still good: whether it has not expired, whether neither the token nor its session
    /// has been revoked, and whether its issuer is still trusted. Use it for work that outlasts a request, such as a long
    /// export.
    ///
    /// It bypasses a store's local copy, as [`Policy::revocation_from_source`](crate::Policy::revocation_from_source) does,
    /// and also calls the blocklist loader. It does not call rules, other loaders, or anything else of a policy.
    ///
    /// It does not count as a use: it neither extends the session, nor ends it if the token is a refresh token that has
    /// been exchanged, and [`SessionEvents`](crate::session::SessionEvents) only reports that the store fails.
    ///
    /// For connections, `ends` costs less, because it checks many of them at once.
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
    /// loader fails. If the issuer of the token is no longer trusted, the error is [`InvalidToken::Issuer`].
    pub fn still_good<C>(
        &self,
        token: &Token<C>,
    ) -> impl Future<Output = Result<(), TokenError>> + Send + use<C> {
        let (jwt, token) = (self.clone(), token.untyped());
        async move {
            if jwt.expiry(&token).is_some_and(|at| at <= jwt.time()) {
                return Err(TokenError::Expired(token));
            }
            if !jwt.still_trusts(&token) {
                return Err(InvalidToken::Issuer.into());
            }
            let standing = jwt.find_standing(&token, Consistency::Source, Client).await;
            match standing.map_err(|error| jwt.unavailable(error))? {
                Standing::Good
                    if jwt.is_blocked(&token, Client).await.map_err(TokenError::Unavailable)? =>
                {
                    Err(TokenError::Revoked(token))
                }
                Standing::Good => Ok(()),
                Standing::Expired => Err(TokenError::Expired(token)),
                Standing::Revoked | Standing::Spent => Err(TokenError::Revoked(token)),
            }
        }
    }

    /// Whether the manager still trusts the issuer whose keys verified the token. An issuer that was removed and added again
    /// is a different one, because it can have different keys.
    pub(super) fn still_trusts(&self, token: &Token) -> bool {
        let Some(verified_by) = token.verified_by() else { return true };
        let issuers = self.issuers();
        let issuer = issuers.as_ref().zip(token.issuer()).and_then(|(issuers, iss)| issuers.of(iss));
        let rules = issuer.and_then(|issuer| issuer.rules.trusted.as_ref());
        rules.is_some_and(|trusted| Arc::ptr_eq(trusted, verified_by))
    }

    /// When checks begin to reject the token. `None` if they never do.
    pub(super) fn expiry(&self, token: &Token) -> Option<SystemTime> {
        token.expires_at()?.checked_add(self.session_rules().leeway)
    }

    /// Ends the open connections whose issuers are no longer trusted.
    pub(super) fn look_at_all_connections(&self) {
        #[cfg(feature = "tokio")]
        self.0.connections.look_at_all();
    }

    /// Ends the open connections that `what` has ended, when the guard is dropped.
    ///
    /// That is also right after an error, and if the client has gone and the future with the guard is dropped: the store
    /// may have done it, or may still do it.
    pub(super) const fn look_at_connections<'a>(&'a self, what: Selector<'a>) -> LookAtConnections<'a> {
        LookAtConnections { jwt: self, what: Some(what), is_done: false }
    }
}

#[must_use = "it looks at the connections when it is dropped"]
pub(super) struct LookAtConnections<'a> {
    #[cfg_attr(not(feature = "tokio"), expect(dead_code, reason = "there are no connections"))]
    jwt: &'a JwtManager,
    what: Option<Selector<'a>>,
    is_done: bool,
}

impl LookAtConnections<'_> {
    /// The store has returned.
    pub(super) fn done(mut self) {
        self.is_done = true;
    }

    /// The store has returned, and has ended nothing.
    pub(super) fn cancel(mut self) {
        self.what = None;
    }
}

impl Drop for LookAtConnections<'_> {
    fn drop(&mut self) {
        #[cfg(feature = "tokio")]
        if let Some(what) = &self.what {
            self.jwt.0.connections.look_at(what, !self.is_done);
        }
    }
}
