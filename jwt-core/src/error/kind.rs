/// The kinds of [`TokenError`](crate::TokenError), named after the handlers that answer them.
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
