use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::header::{HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use serde::{Serialize, Serializer};

use super::challenge::challenge;
use super::reason::reason;
use super::{ErrorHandlers, ErrorResponse};
use crate::config::AnswerRules;
use crate::error::InvalidRequest;
use crate::request::RequestView;
use crate::{ErrorKind, Token, TokenError};

/// A refused request, as [`ErrorHandlers`] see it.
pub struct Refusal<'a> {
    error: &'a TokenError,
    view: &'a dyn RequestView,
    config: &'a AnswerRules,
}

impl Refusal<'_> {
    /// The kind of the error.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// The error itself.
    #[must_use]
    pub const fn error(&self) -> &TokenError {
        self.error
    }

    /// Why, in the reference's words: `Token has expired`. Fit to be shown to a client; the only claim in any of
    /// them is the identity in `Error loading the user …`.
    #[must_use]
    pub fn reason(&self) -> Cow<'static, str> {
        reason(self.error, self.config)
    }

    /// The verified token that was refused, with its header and claims, where there is one.
    #[must_use]
    pub const fn token(&self) -> Option<&Token> {
        self.error.token()
    }

    /// The value of the request's first header field of this name, if it is UTF-8.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut first = None;
        self.view.fields(&name.to_ascii_lowercase(), &mut |value| {
            first.get_or_insert(value);
        });
        std::str::from_utf8(first?).ok()
    }

    /// The request's method.
    #[must_use]
    pub fn method(&self) -> &str {
        self.view.method()
    }

    /// The request's path, without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.view.path()
    }

    /// The challenge (RFC 6750, 3) that a 401 or 403 answer gets if it has none of its own.
    #[must_use]
    pub fn challenge(&self) -> String {
        challenge(&self.config.scheme, self.config.realm.as_deref(), self.error)
    }

    /// The status of the reference: 422 for an invalid token, 400 for refused claims, 401 for the others.
    #[must_use]
    pub const fn default_status(&self) -> StatusCode {
        if let TokenError::InvalidRequest(InvalidRequest::BodyTooLarge) = self.error {
            return StatusCode::PAYLOAD_TOO_LARGE;
        }
        match self.error.kind() {
            ErrorKind::CsrfError
            | ErrorKind::ExpiredToken
            | ErrorKind::NeedsFreshToken
            | ErrorKind::ReusedToken
            | ErrorKind::RevokedToken
            | ErrorKind::Unauthorized
            | ErrorKind::UserLookupError => StatusCode::UNAUTHORIZED,
            ErrorKind::InsufficientScope => StatusCode::FORBIDDEN,
            ErrorKind::InvalidRequest | ErrorKind::TokenVerificationFailed => StatusCode::BAD_REQUEST,
            ErrorKind::InvalidToken => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::Misuse => StatusCode::INTERNAL_SERVER_ERROR,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The reference's answer: [`default_status`](Self::default_status) and `{"msg": reason}`; 503 with
    /// `Retry-After`.
    pub fn default_response(&self) -> ErrorResponse {
        let body = Message { key: &self.config.message_key, reason: &self.reason() };
        self.with_retry(ErrorResponse::json(self.default_status(), &body))
    }

    /// Adds `Retry-After` (RFC 9110, 10.2.3) where nothing could be checked: the client's token may be good.
    pub(super) fn with_retry(&self, response: ErrorResponse) -> ErrorResponse {
        match self.kind() {
            ErrorKind::Unavailable => response.header(RETRY_AFTER, HeaderValue::from_static("1")),
            _ => response,
        }
    }
}

/// An object of one member.
struct Message<'a> {
    key: &'a str,
    reason: &'a str,
}

impl Serialize for Message<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.key, self.reason)])
    }
}

impl fmt::Debug for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

/// The one way from an error to an answer.
pub(crate) fn respond(
    handlers: &dyn ErrorHandlers,
    config: &AnswerRules,
    error: &TokenError,
    view: &dyn RequestView,
) -> Response<Bytes> {
    let refusal = &Refusal { error, view, config };
    let answer = match error {
        TokenError::Csrf(_) => handlers.csrf_error(refusal),
        TokenError::Expired(_) => handlers.expired_token(refusal),
        TokenError::InsufficientScope { .. } => handlers.insufficient_scope(refusal),
        TokenError::Invalid(_) => handlers.invalid_token(refusal),
        TokenError::InvalidRequest(_) => handlers.invalid_request(refusal),
        TokenError::Missing(_) => handlers.unauthorized(refusal),
        TokenError::Misuse(misuse) => return misuse.response(),
        TokenError::NotFresh(_) => handlers.needs_fresh_token(refusal),
        TokenError::Reused(_) => handlers.reused_token(refusal),
        TokenError::Revoked(_) => handlers.revoked_token(refusal),
        TokenError::Unavailable(_) => {
            // Its cause is the application's own text and may quote data: `ErrorHandlers::unavailable` has it.
            tracing::error!("a loader or a store failed, so that a token could not be checked");
            handlers.unavailable(refusal)
        }
        TokenError::UserLookup(_) => handlers.user_lookup_error(refusal),
        TokenError::VerificationFailed(_) => handlers.token_verification_failed(refusal),
    };
    answer.finish(|| HeaderValue::try_from(refusal.challenge()).ok())
}
