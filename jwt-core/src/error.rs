//! Why a request was refused: one enum, its kinds, and nothing that could leak.

use std::fmt;

use crate::{Location, Token};

#[doc(inline)]
pub use jwt_session::BoxError;

/// Why a token was refused.
///
/// A variant that carries a [`Token`] carries one whose signature and claims were verified; the others know of
/// no token that could be trusted. No text of this type shows a token, a key or a claim.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The cookie's CSRF value is absent or wrong: the client's fault.
    #[error("CSRF protection refused the request")]
    Csrf(#[source] Csrf),
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
    Invalid(#[source] Invalid),
    /// The request itself is wrong, whatever its token says (RFC 6750, 3.1).
    #[error("request is invalid")]
    InvalidRequest(#[source] InvalidRequest),
    /// No token in any of the places that were looked at, in that order.
    #[error("request has no token")]
    Missing(Vec<Absent>),
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

impl From<Invalid> for TokenError {
    fn from(why: Invalid) -> Self {
        Self::Invalid(why)
    }
}

/// The kinds of [`TokenError`], named after the handlers that answer them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Answered by [`csrf_error`](crate::ErrorHandlers::csrf_error).
    CsrfError,
    /// Answered by [`expired_token`](crate::ErrorHandlers::expired_token).
    ExpiredToken,
    /// Answered by [`insufficient_scope`](crate::ErrorHandlers::insufficient_scope).
    InsufficientScope,
    /// Answered by [`invalid_request`](crate::ErrorHandlers::invalid_request).
    InvalidRequest,
    /// Answered by [`invalid_token`](crate::ErrorHandlers::invalid_token).
    InvalidToken,
    /// A programming error: answered with a bare 500 and a log line, by no handler.
    Misuse,
    /// Answered by [`needs_fresh_token`](crate::ErrorHandlers::needs_fresh_token).
    NeedsFreshToken,
    /// Answered by [`reused_token`](crate::ErrorHandlers::reused_token).
    ReusedToken,
    /// Answered by [`revoked_token`](crate::ErrorHandlers::revoked_token).
    RevokedToken,
    /// Answered by [`token_verification_failed`](crate::ErrorHandlers::token_verification_failed).
    TokenVerificationFailed,
    /// Answered by [`unauthorized`](crate::ErrorHandlers::unauthorized).
    Unauthorized,
    /// Answered by [`unavailable`](crate::ErrorHandlers::unavailable).
    Unavailable,
    /// Answered by [`user_lookup_error`](crate::ErrorHandlers::user_lookup_error).
    UserLookupError,
}

impl ErrorKind {
    /// The name of the handler that answers it: a stable code for clients.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CsrfError => "csrf_error",
            Self::ExpiredToken => "expired_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::Misuse => "misuse",
            Self::NeedsFreshToken => "needs_fresh_token",
            Self::ReusedToken => "reused_token",
            Self::RevokedToken => "revoked_token",
            Self::TokenVerificationFailed => "token_verification_failed",
            Self::Unauthorized => "unauthorized",
            Self::Unavailable => "unavailable",
            Self::UserLookupError => "user_lookup_error",
        }
    }
}

/// How a place that was looked at turned out to hold no token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Absent {
    /// The header is not there, or is empty.
    Header,
    /// The header is there, without exactly one value of the configured scheme.
    Scheme,
    /// The cookie of access tokens is not there, or is empty.
    AccessCookie,
    /// The cookie of refresh tokens is not there, or is empty.
    RefreshCookie,
    /// The query parameter is not there, or is empty.
    QueryParameter,
    /// The body is no JSON.
    ContentType,
    /// The body has no member with an access token.
    AccessKey,
    /// The body has no member with a refresh token.
    RefreshKey,
}

impl Absent {
    /// The place that was looked at.
    #[must_use]
    pub const fn location(self) -> Location {
        match self {
            Self::Header | Self::Scheme => Location::Header,
            Self::AccessCookie | Self::RefreshCookie => Location::Cookie,
            Self::QueryParameter => Location::QueryString,
            Self::ContentType | Self::AccessKey | Self::RefreshKey => Location::Json,
        }
    }
}

/// What was wrong with the CSRF value of a request that brought its token in a cookie.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Csrf {
    /// The request was caused by another site, as the browser says.
    #[error("request comes from another origin")]
    CrossOrigin,
    /// The request has none.
    #[error("CSRF value is missing")]
    Missing,
    /// It is not the one in the token.
    #[error("CSRF value does not match")]
    Mismatch,
}

/// What was wrong with a request that cannot be answered for its form (RFC 6750, 3.1: `invalid_request`).
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// The body, in which a token or a CSRF value may stand, is longer than
    /// [`Config::buffered_body`](crate::Config::buffered_body) permits (RFC 9110, 15.5.14).
    #[error("request body is too large")]
    BodyTooLarge,
    /// The body could not be read to its end.
    #[error("request body is unreadable")]
    BodyUnreadable,
    /// More than one token, or more than one field where one may stand (RFC 6750, 2).
    #[error("request must not have more than one token")]
    Repeated,
}

/// Wiring that only the application's author can mend. Answered with 500, logged with the mend.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// The token or the CSRF value may stand in the body, and nobody has read it.
    #[error(
        "the body is a place for tokens: set Config::buffered_body, and put a guard (in warp JwtLayer) before"
    )]
    BodyNotBuffered,
    /// A `Checked` was given to another manager than the one that made it.
    #[error("complete() was called on another JwtManager than check()")]
    ForeignManager,
    /// The framework's state holds no `JwtManager`.
    #[error("no JwtManager in the application: {mend}")]
    MissingManager {
        /// How to add it.
        mend: &'static str,
    },
    /// A verb of sessions is used, but the manager was built without a store of them.
    #[error("sessions need a store: call JwtManagerBuilder::sessions")]
    NoSessionStore,
    /// Tokens are to be revoked, but the manager was built without a store.
    #[error("revoking needs a store: call JwtManagerBuilder::revocation or sessions")]
    NoStore,
    /// `CurrentUser` is used, but the manager was built without a user loader.
    #[error("CurrentUser needs JwtManagerBuilder::user_lookup_loader")]
    NoUserLoader,
    /// `CurrentUser<U>` asks for another type than the user loader gives.
    #[error("the user loader does not give a {asked}: use its type in CurrentUser")]
    WrongUserType {
        /// The type that was asked for.
        asked: &'static str,
    },
}

/// A segment of a compact token (RFC 7515, 7.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Part {
    /// The JOSE header.
    Header,
    /// The claims.
    Payload,
    /// The signature.
    Signature,
}

/// What was wrong with an invalid token.
///
/// Names in it are those of the configuration or of a specification, never text of the token, but for
/// [`Invalid::UnknownCritical`].
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// The header has no `alg` (RFC 7515, 4.1.1).
    #[error("header has no alg")]
    AlgorithmMissing,
    /// The `alg` is not one of the configured keys' (RFC 8725, 3.1).
    #[error("alg is not allowed")]
    AlgorithmNotAllowed,
    /// The `aud` names others only, or names somebody where nobody is expected (RFC 7519, 4.1.3).
    #[error("audience does not match")]
    Audience,
    /// A claim that must be there is not.
    #[error("claim is missing")]
    ClaimMissing(Box<str>),
    /// A claim is not of the type that its specification asks for.
    #[error("claim has the wrong type")]
    ClaimType(Box<str>),
    /// The claims do not fit the type that the route asks for.
    #[error("claims do not fit the application's type")]
    Claims,
    /// `crit` is not a list of names (RFC 7515, 4.1.11).
    #[error("crit is malformed")]
    Critical,
    /// Not base64url without padding, or not its one canonical spelling (RFC 7515, 2; RFC 4648, 3.5).
    #[error("segment is not base64url")]
    Encoding(Part),
    /// The `iss` is not the expected one (RFC 7519, 4.1.1).
    #[error("issuer does not match")]
    Issuer,
    /// Not one JSON object in UTF-8 with distinct names, or nested too deeply (RFC 7519, 7.2).
    #[error("segment is not a JSON object")]
    Json(Part),
    /// The `kid` is no string (RFC 7515, 4.1.4).
    #[error("kid is not a string")]
    KeyId,
    /// The header has no `kid`, and the [`KeyRing`](crate::keys::KeyRing) requires one.
    #[error("kid is missing")]
    KeyIdMissing,
    /// The token is of another kind than the policy asks for; that kind is named.
    #[error("token is of another kind")]
    Kind(&'static str),
    /// The header field has the scheme, but not exactly one token after it.
    #[error("header field is malformed")]
    MalformedHeader,
    /// The token is not valid yet; the claim that says so is named (RFC 7519, 4.1.5 and 4.1.6).
    #[error("token is not valid yet")]
    NotYetValid(&'static str),
    /// The query parameter does not start with the configured prefix.
    #[error("query parameter has not the prefix")]
    QueryPrefix,
    /// Not exactly three segments (RFC 7515, 3.1).
    #[error("token has not three segments")]
    Segments(Segments),
    /// The signature is not of this text and key (RFC 7515, 5.2).
    #[error("signature does not match")]
    Signature,
    /// The token is longer than the configured cap.
    #[error("token is too large")]
    TooLarge,
    /// What stands in the place of the token is no text.
    #[error("token is no text")]
    TokenType,
    /// The `typ` is that of another kind of token (RFC 8725, 3.11).
    #[error("typ is not that of a token")]
    Type,
    /// A `b64` header parameter (RFC 7797, 7: not in a JWT).
    #[error("payload encoding is not supported")]
    UnencodedPayload,
    /// `crit` names an extension that is not understood (RFC 7515, 4.1.11).
    #[error("critical extension is not understood")]
    UnknownCritical(ExtensionName),
    /// There is no key of the header's `kid`.
    #[error("no key has this kid")]
    UnknownKey,
}

/// The name of a header extension, as an untrusted token has it: `Debug` does not show it.
#[derive(Clone, Eq, PartialEq)]
pub struct ExtensionName(Box<str>);

impl ExtensionName {
    /// The text, which anybody can have chosen.
    #[must_use]
    pub fn as_untrusted_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ExtensionName {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl fmt::Debug for ExtensionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExtensionName(_)")
    }
}

/// How many segments a malformed token has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Segments {
    /// Fewer than three.
    TooFew,
    /// More than three; five would be an encrypted token (RFC 7516, 7.1).
    TooMany,
}
