use super::Token;
use crate::error::{BoxError, CsrfError, ErrorKind, InvalidRequest, InvalidToken, MissingReason, Misuse};

/// Why a token was refused.
///
/// A variant that carries a [`Token`] carries one whose signature and claims were verified; the others know of
/// no token that could be trusted. No text of this type shows a token, a key or a claim.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The cookie's CSRF value is absent or wrong: the client's fault.
    #[error("CSRF protection refused the request")]
    Csrf(#[source] CsrfError),
    /// The token is sound but its time is over (RFC 7519, 4.1.4): the client should refresh.
    #[error("token has expired")]
    Expired(Token),
    /// The token lacks a scope that the policy asks for (RFC 6750, 3.1).
    #[error("token has not every scope that the policy asks for")]
    InsufficientScope {
        /// The verified token.
        token: Token,
        /// Every scope that the policy asks for, separated by spaces.
        required: Box<str>,
    },
    /// The token is malformed, forged, or not meant for this use.
    #[error("token is invalid")]
    Invalid(#[source] InvalidToken),
    /// The request itself is wrong, whatever its token says (RFC 6750, 3.1).
    #[error("request is invalid")]
    InvalidRequest(#[source] InvalidRequest),
    /// No token in any of the places that were looked at, in that order.
    #[error("request has no token")]
    Missing(Vec<MissingReason>),
    /// The application is wired wrongly: its author's fault, answered with 500.
    #[error("application is misconfigured")]
    Misuse(#[source] Misuse),
    /// The policy asks for a fresh token and this one is not.
    #[error("token is not fresh")]
    NotFresh(Token),
    /// A refresh token was presented after it had been exchanged: its session has been ended.
    #[error("token was used before")]
    Reused(Token),
    /// The token was revoked, or its session has ended: the store or the application's loader says so.
    #[error("token has been revoked")]
    Revoked(Token),
    /// A loader or the store failed, so nothing is known: the token must not be used, and the client should try again.
    #[error("token could not be checked")]
    Unavailable(#[source] BoxError),
    /// The application's user loader knows no such user.
    #[error("user of the token was not found")]
    UserLookup(Token),
    /// The application's verification loader refused the claims.
    #[error("claims were refused by the application")]
    VerificationFailed(Token),
}

impl TokenError {
    /// The kind of the error: which [`ErrorHandlers`](crate::ErrorHandlers) method answers it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Csrf(_) => ErrorKind::CsrfError,
            Self::Expired(_) => ErrorKind::ExpiredToken,
            Self::InsufficientScope { .. } => ErrorKind::InsufficientScope,
            Self::Invalid(_) => ErrorKind::InvalidToken,
            Self::InvalidRequest(_) => ErrorKind::InvalidRequest,
            Self::Missing(_) => ErrorKind::Unauthorized,
            Self::Misuse(_) => ErrorKind::Misuse,
            Self::NotFresh(_) => ErrorKind::NeedsFreshToken,
            Self::Reused(_) => ErrorKind::ReusedToken,
            Self::Revoked(_) => ErrorKind::RevokedToken,
            Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::UserLookup(_) => ErrorKind::UserLookupError,
            Self::VerificationFailed(_) => ErrorKind::TokenVerificationFailed,
        }
    }

    /// The verified token that was refused, where there is one.
    #[must_use]
    pub const fn token(&self) -> Option<&Token> {
        match self {
            Self::Expired(token)
            | Self::InsufficientScope { token, .. }
            | Self::NotFresh(token)
            | Self::Reused(token)
            | Self::Revoked(token)
            | Self::UserLookup(token)
            | Self::VerificationFailed(token) => Some(token),
            Self::Csrf(_)
            | Self::Invalid(_)
            | Self::InvalidRequest(_)
            | Self::Missing(_)
            | Self::Misuse(_)
            | Self::Unavailable(_) => None,
        }
    }

    /// Whether the answer may be in a body that neither a guard nor a layer has read.
    pub(crate) fn body_was_not_read(&self) -> bool {
        match self {
            Self::Csrf(CsrfError::BodyNotRead) => true,
            Self::Missing(reasons) => reasons.contains(&MissingReason::BodyNotRead),
            _ => false,
        }
    }
}

impl From<InvalidRequest> for TokenError {
    fn from(why: InvalidRequest) -> Self {
        Self::InvalidRequest(why)
    }
}

impl From<Misuse> for TokenError {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl From<InvalidToken> for TokenError {
    fn from(why: InvalidToken) -> Self {
        Self::Invalid(why)
    }
}
