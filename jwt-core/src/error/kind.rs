/// The kind of a [`TokenError`](crate::TokenError), named after the handler that responds to it.
///
/// [`TokenError::kind`](crate::TokenError::kind) returns it.
///
/// ```
/// use jwt_core::error::ErrorKind;
/// use jwt_core::{ErrorHandlers, ErrorResponse, Refusal};
/// use serde_json::json;
///
/// struct Answers;
///
/// impl ErrorHandlers for Answers {
///     fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
///         let next = match refusal.kind() {
///             ErrorKind::ExpiredToken => "refresh",
///             ErrorKind::InsufficientScope | ErrorKind::TokenVerificationFailed => "stop",
///             _ => "log in",
///         };
///         ErrorResponse::json(refusal.default_status(), &json!({ "next": next }))
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Handled by [`csrf_error`](crate::ErrorHandlers::csrf_error).
    CsrfError,
    /// Handled by [`expired_token`](crate::ErrorHandlers::expired_token).
    ExpiredToken,
    /// Handled by [`forbidden`](crate::ErrorHandlers::forbidden).
    Forbidden,
    /// Handled by [`insufficient_scope`](crate::ErrorHandlers::insufficient_scope).
    InsufficientScope,
    /// Handled by [`insufficient_user_authentication`](crate::ErrorHandlers::insufficient_user_authentication).
    InsufficientUserAuthentication,
    /// Handled by [`invalid_request`](crate::ErrorHandlers::invalid_request).
    InvalidRequest,
    /// Handled by [`invalid_token`](crate::ErrorHandlers::invalid_token).
    InvalidToken,
    /// A misconfiguration in the application. No handler is called: the client gets a bare 500, and the log says how to
    /// fix it.
    Misuse,
    /// Handled by [`needs_fresh_token`](crate::ErrorHandlers::needs_fresh_token).
    NeedsFreshToken,
    /// Handled by [`reused_token`](crate::ErrorHandlers::reused_token).
    ReusedToken,
    /// Handled by [`revoked_token`](crate::ErrorHandlers::revoked_token).
    RevokedToken,
    /// Handled by [`token_verification_failed`](crate::ErrorHandlers::token_verification_failed).
    TokenVerificationFailed,
    /// Handled by [`too_many_sessions`](crate::ErrorHandlers::too_many_sessions).
    TooManySessions,
    /// Handled by [`unauthorized`](crate::ErrorHandlers::unauthorized).
    Unauthorized,
    /// Handled by [`unavailable`](crate::ErrorHandlers::unavailable).
    Unavailable,
    /// Handled by [`user_lookup_error`](crate::ErrorHandlers::user_lookup_error).
    UserLookupError,
}

impl ErrorKind {
    /// Returns the name of the handler, such as `expired_token`. Clients can use it as a stable error code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CsrfError => "csrf_error",
            Self::ExpiredToken => "expired_token",
            Self::Forbidden => "forbidden",
            Self::InsufficientScope => "insufficient_scope",
            Self::InsufficientUserAuthentication => "insufficient_user_authentication",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidToken => "invalid_token",
            Self::Misuse => "misuse",
            Self::NeedsFreshToken => "needs_fresh_token",
            Self::ReusedToken => "reused_token",
            Self::RevokedToken => "revoked_token",
            Self::TokenVerificationFailed => "token_verification_failed",
            Self::TooManySessions => "too_many_sessions",
            Self::Unauthorized => "unauthorized",
            Self::Unavailable => "unavailable",
            Self::UserLookupError => "user_lookup_error",
        }
    }

    /// Returns the status code of a gRPC call that is rejected for this reason.
    ///
    /// It is 14 (`UNAVAILABLE`) if the token could not be checked, 7 (`PERMISSION_DENIED`) if the token is valid but does
    /// not permit the call, 3 (`INVALID_ARGUMENT`) for a malformed call, 13 (`INTERNAL`) for a misconfiguration, and
    /// otherwise 16 (`UNAUTHENTICATED`).
    ///
    /// ```
    /// use jwt_core::ErrorKind;
    ///
    /// assert_eq!(ErrorKind::ExpiredToken.grpc_code(), 16);
    /// assert_eq!(ErrorKind::InsufficientScope.grpc_code(), 7);
    /// ```
    #[must_use]
    pub const fn grpc_code(self) -> i32 {
        match self {
            // The client has to change its call. In gRPC's table of HTTP statuses, a 400 is 13 (`INTERNAL`), but that table
            // is only for responses without `grpc-status`, which come from proxies.
            // https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
            Self::InvalidRequest => 3,
            Self::Forbidden | Self::InsufficientScope | Self::TokenVerificationFailed => 7,
            Self::Misuse => 13,
            Self::Unavailable => 14,
            Self::CsrfError
            | Self::ExpiredToken
            | Self::InsufficientUserAuthentication
            | Self::InvalidToken
            | Self::NeedsFreshToken
            | Self::ReusedToken
            | Self::RevokedToken
            | Self::TooManySessions
            | Self::Unauthorized
            | Self::UserLookupError => 16,
        }
    }
}
