use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use serde::{Serialize, Serializer};

use super::challenge::challenge;
use super::reason::reason;
use super::{ErrorHandlers, ErrorResponse};
use crate::error::InvalidRequest;
use crate::request::{Names, RequestView};
use crate::{Config, ConfigError, ErrorKind, Token, TokenError};

/// What the answers need of the configuration.
#[derive(Debug)]
pub(crate) struct ResponseConfig {
    pub(crate) message_key: Box<str>,
    pub(crate) identity_claim: Box<str>,
    pub(crate) header_name: Box<str>,
    pub(crate) header_type: Box<str>,
    pub(crate) cookies: Names,
    pub(crate) json_keys: Names,
    pub(crate) query_name: Box<str>,
    pub(crate) query_prefix: Box<str>,
    realm: Option<Box<str>>,
    scheme: Box<str>,
}

impl ResponseConfig {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        let realm = config.realm.as_deref();
        if realm.is_some_and(|realm| realm.chars().any(|character| !matches!(character, ' '..='~'))) {
            return Err(ConfigError::Invalid {
                option: "realm",
                problem: "has other characters than printable ASCII: leave them out",
            });
        }
        Ok(Self {
            message_key: config.error_message_key.as_str().into(),
            identity_claim: config.identity_claim.as_str().into(),
            header_name: config.header_name.as_str().into(),
            header_type: config.header_type.as_str().into(),
            cookies: config.cookie_names(),
            json_keys: config.json_names(),
            query_name: config.query_string_name.as_str().into(),
            query_prefix: config.query_string_value_prefix.as_str().into(),
            realm: realm.map(Into::into),
            scheme: scheme(&config.header_type).into(),
        })
    }
}

/// Where the header is the bare token, or has no scheme that could stand in a challenge, RFC 6750's scheme is the
/// nearest to what is expected.
fn scheme(header_type: &str) -> &str {
    // The characters of a scheme are those of a header name (RFC 9110, 11.1 and 5.6.2).
    if HeaderName::try_from(header_type).is_ok() { header_type } else { "Bearer" }
}

/// A refused request, as [`ErrorHandlers`] see it.
pub struct Rejection<'a> {
    error: &'a TokenError,
    view: &'a dyn RequestView,
    config: &'a ResponseConfig,
}

impl Rejection<'_> {
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

impl fmt::Debug for Rejection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection").field("kind", &self.kind()).finish_non_exhaustive()
    }
}

/// The one way from an error to an answer.
pub(crate) fn respond(
    handlers: &dyn ErrorHandlers,
    config: &ResponseConfig,
    error: &TokenError,
    view: &dyn RequestView,
) -> Response<Bytes> {
    let rejection = &Rejection { error, view, config };
    let answer = match error {
        TokenError::Csrf(_) => handlers.csrf_error(rejection),
        TokenError::Expired(_) => handlers.expired_token(rejection),
        TokenError::InsufficientScope { .. } => handlers.insufficient_scope(rejection),
        TokenError::Invalid(_) => handlers.invalid_token(rejection),
        TokenError::InvalidRequest(_) => handlers.invalid_request(rejection),
        TokenError::Missing(_) => handlers.unauthorized(rejection),
        TokenError::Misuse(misuse) => return misuse.response(),
        TokenError::NotFresh(_) => handlers.needs_fresh_token(rejection),
        TokenError::Reused(_) => handlers.reused_token(rejection),
        TokenError::Revoked(_) => handlers.revoked_token(rejection),
        TokenError::Unavailable(_) => {
            // Its cause is the application's own text and may quote data: `ErrorHandlers::unavailable` has it.
            tracing::error!("a loader or a store failed, so that a token could not be checked");
            handlers.unavailable(rejection)
        }
        TokenError::UserLookup(_) => handlers.user_lookup_error(rejection),
        TokenError::VerificationFailed(_) => handlers.token_verification_failed(rejection),
    };
    answer.finish(|| HeaderValue::try_from(rejection.challenge()).ok())
}
