use super::Verified;
use crate::error::InvalidToken;
use crate::token::TokenError;
use crate::token::{Source, UnverifiedToken};
use crate::wire::Compact;
use crate::{JwtManager, Token};

/// Tokens that did not come with a request.
impl JwtManager {
    /// Verifies a token that did not come with a request: signature and registered claims, expiry among them. Its
    /// kind, its freshness and whether it was revoked are not looked at.
    ///
    /// # Errors
    /// [`TokenError::Invalid`] and [`TokenError::Expired`]. A key that would have to be fetched first is an
    /// [`InvalidToken::UnknownKey`] here.
    pub fn decode(&self, token: &str) -> Result<Token, TokenError> {
        match self.verify(token.as_bytes(), Source::default())? {
            Verified::Token(token) => Ok(token),
            Verified::NeedsKey { .. } => Err(InvalidToken::UnknownKey.into()),
        }
    }

    /// [`decode`](Self::decode), but a token whose time is over is no error: for what happens after, such as revoking it
    /// or finding out whose it was.
    ///
    /// # Errors
    /// [`TokenError::Invalid`], as for `decode`.
    pub fn decode_allow_expired(&self, token: &str) -> Result<Token, TokenError> {
        match self.decode(token) {
            Err(TokenError::Expired(token)) => Ok(token),
            decoded => decoded,
        }
    }

    /// The header and the claims of a token, **without verifying anything**: for choosing a key, or for a look at a
    /// token that is known to be good.
    ///
    /// # Errors
    /// [`TokenError::Invalid`] if it is not even shaped as one.
    pub fn insecure_unverified(&self, token: &str) -> Result<UnverifiedToken, TokenError> {
        let compact = Compact::split(token.as_bytes(), self.0.runtime.rules.max_token_bytes)?;
        Ok(UnverifiedToken::read(&compact)?)
    }
}
