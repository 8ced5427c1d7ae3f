use super::RequiredLogin;
use super::Token;
use crate::authority::RequiredAuthorities;
use crate::error::{BoxError, CsrfError, ErrorKind, InvalidRequest, InvalidToken, MissingReason, Misuse};

/// The reason why a token or its request was rejected.
///
/// If a variant carries a [`Token`], its signature and claims have been verified. The other variants do not have a
/// token that can be trusted. No message of this type contains a token, a key, or a claim.
///
/// ```
/// use std::time::SystemTime;
///
/// use jwt_core::{Config, JwtManager, TokenError};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let expired = jwt.access_token("alice").expires_at(SystemTime::UNIX_EPOCH).encode()?;
///
/// match jwt.decode(&expired) {
///     Err(error @ TokenError::Expired(_)) => {
///         assert_eq!(error.to_string(), "token has expired");
///         assert_eq!(error.token().map(|token| token.identity()), Some("alice"));
///     }
///     other => panic!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The CSRF check failed: the CSRF value is missing or wrong, or another site caused the request.
    #[error("CSRF protection rejected the request")]
    Csrf(#[source] CsrfError),
    /// The token is valid, but has expired (RFC 7519, 4.1.4). The client should refresh it.
    #[error("token has expired")]
    Expired(Token),
    /// A [`Rule`](crate::Rule) of the policy does not permit the request with this token.
    #[error("token does not permit the request")]
    Forbidden(Token),
    /// The token lacks a scope, a role, or another authority that the policy requires (RFC 6750, 3.1).
    #[error("token lacks an authority that the policy requires")]
    InsufficientScope {
        /// The verified token.
        token: Token,
        /// All authorities that the policy requires.
        required: RequiredAuthorities,
    },
    /// The user's login is too old or of the wrong kind for the policy (RFC 9470, 3). The client should let the user log in
    /// again.
    #[error("user has to log in again, in the way that the policy requires")]
    InsufficientUserAuthentication {
        /// The verified token.
        token: Token,
        /// The login that the policy requires.
        required: RequiredLogin,
    },
    /// The token is malformed or forged, or is not meant for this use.
    #[error("token is invalid")]
    Invalid(#[source] InvalidToken),
    /// The request is malformed, regardless of its token (RFC 6750, 3.1).
    #[error("request is invalid")]
    InvalidRequest(#[source] InvalidRequest),
    /// None of the locations has a token. There is one reason for each location, in the order of the search.
    #[error("request has no token")]
    Missing(Vec<MissingReason>),
    /// The application is misconfigured. The client gets a 500.
    #[error("application is misconfigured")]
    Misuse(#[source] Misuse),
    /// The policy requires a fresh token, and this token is not fresh.
    #[error("token is not fresh")]
    NotFresh(Token),
    /// The refresh token had already been exchanged. Its session has been ended.
    #[error("refresh token has already been used")]
    Reused(Token),
    /// The token was revoked, or its session has ended, according to the store or the application's loader.
    #[error("token has been revoked")]
    Revoked(Token),
    /// The user has the maximum number of sessions, and the manager rejects further logins
    /// ([`Config::reject_login_at_session_limit`](crate::Config::reject_login_at_session_limit)).
    #[error("user has too many sessions")]
    TooManySessions,
    /// A loader, the store, or the keys of an issuer ([`KeysUnavailable`](crate::error::KeysUnavailable)) failed, so the token
    /// could not be checked. The client gets a 503 and should try again.
    #[error("token could not be checked")]
    Unavailable(#[source] BoxError),
    /// The application's user loader did not find the user.
    #[error("the token's user was not found")]
    UserLookup(Token),
    /// The application's verification loader rejected the claims.
    #[error("claims were rejected by the application")]
    VerificationFailed(Token),
}

impl TokenError {
    /// Returns the kind of the error, which says which method of [`ErrorHandlers`](crate::ErrorHandlers) responds to
    /// it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Csrf(_) => ErrorKind::CsrfError,
            Self::Expired(_) => ErrorKind::ExpiredToken,
            Self::Forbidden(_) => ErrorKind::Forbidden,
            Self::InsufficientScope { .. } => ErrorKind::InsufficientScope,
            Self::InsufficientUserAuthentication { .. } => ErrorKind::InsufficientUserAuthentication,
            Self::Invalid(_) => ErrorKind::InvalidToken,
            Self::InvalidRequest(_) => ErrorKind::InvalidRequest,
            Self::Missing(_) => ErrorKind::Unauthorized,
            Self::Misuse(_) => ErrorKind::Misuse,
            Self::NotFresh(_) => ErrorKind::NeedsFreshToken,
            Self::Reused(_) => ErrorKind::ReusedToken,
            Self::Revoked(_) => ErrorKind::RevokedToken,
            Self::TooManySessions => ErrorKind::TooManySessions,
            Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::UserLookup(_) => ErrorKind::UserLookupError,
            Self::VerificationFailed(_) => ErrorKind::TokenVerificationFailed,
        }
    }

    /// Returns the verified token that was rejected, if there is one.
    #[must_use]
    pub const fn token(&self) -> Option<&Token> {
        match self {
            Self::Expired(token)
            | Self::Forbidden(token)
            | Self::InsufficientScope { token, .. }
            | Self::InsufficientUserAuthentication { token, .. }
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
            | Self::TooManySessions
            | Self::Unavailable(_) => None,
        }
    }

    /// Whether the token or the CSRF value might be in a body that neither a guard nor a layer has read.
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
