use http::HeaderValue;

use super::JwtManager;
use crate::error::CookieError;
use crate::session::{SessionError, TokenPair};

/// Turns the tokens of a login or an exchange into the value that `.await` returns. In the adapters' `Auth`, that value
/// is a response or a rejection.
pub trait Respond: Send + Sync {
    /// The value that `.await` returns.
    type Output;

    /// Creates the `Set-Cookie` fields of the response, or `None` if the tokens are not in cookies. This happens before
    /// the store changes, so that nothing has to be taken back if it fails. `in_cookies` says whether the request's
    /// token was in a cookie.
    ///
    /// # Errors
    ///
    /// Returns an error if a cookie can't be set.
    fn cookies(
        &self,
        jwt: &JwtManager,
        pair: &TokenPair,
        in_cookies: bool,
    ) -> Result<Option<Vec<HeaderValue>>, CookieError>;

    /// Returns the value for the tokens and their cookies, or for an error.
    fn respond(self, outcome: Result<(TokenPair, Option<Vec<HeaderValue>>), SessionError>) -> Self::Output;
}

/// The tokens alone.
impl Respond for () {
    type Output = Result<TokenPair, SessionError>;

    fn cookies(
        &self,
        _: &JwtManager,
        _: &TokenPair,
        _: bool,
    ) -> Result<Option<Vec<HeaderValue>>, CookieError> {
        Ok(None)
    }

    fn respond(self, outcome: Result<(TokenPair, Option<Vec<HeaderValue>>), SessionError>) -> Self::Output {
        outcome.map(|(pair, _)| pair)
    }
}
