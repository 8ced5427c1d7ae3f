use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::header::{HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use serde::{Serialize, Serializer};

use super::answer::Unset;
use super::challenge::challenge;
use super::reason::reason;
use super::{ErrorHandlers, ErrorResponse};
use crate::authority::RequiredAuthorities;
use crate::config::AnswerRules;
use crate::error::{InvalidRequest, Misuse};
use crate::request::RequestView;
use crate::token::RequiredLogin;
use crate::{ErrorKind, Token, TokenError};

/// A rejected request, as [`ErrorHandlers`] see it: the error, and the parts of the request that a response can depend
/// on.
///
/// ```
/// use jwt_core::{ErrorHandlers, ErrorResponse, Refusal};
/// use serde_json::json;
///
/// struct Answers;
///
/// impl ErrorHandlers for Answers {
///     fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
///         let german = refusal.header("Accept-Language").is_some_and(|languages| languages.starts_with("de"));
///         let message = if german { "Bitte melden Sie sich an." } else { "Please log in." };
///         let body = json!({ "code": refusal.kind().as_str(), "message": message });
///         ErrorResponse::json(refusal.default_status(), &body)
///     }
/// }
/// ```
pub struct Refusal<'a> {
    error: &'a TokenError,
    view: &'a dyn RequestView,
    config: &'a AnswerRules,
    /// The scopes that the policy requires, for a challenge whose error does not contain them.
    hint: Option<&'a str>,
}

impl Refusal<'_> {
    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// Returns the error.
    #[must_use]
    pub const fn error(&self) -> &TokenError {
        self.error
    }

    /// Returns the reason in flask-jwt-extended's words, such as `Token has expired`.
    ///
    /// The text is safe to show to a client. It does not contain claims, except for the identity in `Error loading the
    /// user …`.
    #[must_use]
    pub fn reason(&self) -> Cow<'static, str> {
        reason(self.error, self.config)
    }

    /// Returns the verified token that was rejected. `None` if there is no token, or if it could not be verified.
    #[must_use]
    pub const fn token(&self) -> Option<&Token> {
        self.error.token()
    }

    /// Returns the authorities that the policy requires, if the token lacks one of them.
    #[must_use]
    pub const fn required_authorities(&self) -> Option<&RequiredAuthorities> {
        match self.error {
            TokenError::InsufficientScope { required, .. } => Some(required),
            _ => None,
        }
    }

    /// Returns the login that the policy requires, if the token's user has to log in again.
    #[must_use]
    pub const fn required_login(&self) -> Option<&RequiredLogin> {
        match self.error {
            TokenError::InsufficientUserAuthentication { required, .. } => Some(required),
            _ => None,
        }
    }

    /// Returns the value of the request's first header field with this name, if it is UTF-8. The case of the name does
    /// not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut first = None;
        self.view.fields(&name.to_ascii_lowercase(), &mut |value| {
            first.get_or_insert(value);
        });
        std::str::from_utf8(first?).ok()
    }

    /// Returns the method of the request.
    #[must_use]
    pub fn method(&self) -> &str {
        self.view.method()
    }

    /// Returns the path of the request, without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.view.path()
    }

    /// Returns the challenge (RFC 6750, 3) that a 401 or 403 response gets unless it sets its own. A 403 for a
    /// request that a rule or the verification loader denies has none, because another token would not help.
    #[must_use]
    pub fn challenge(&self) -> String {
        challenge(self.config, self.hint, self.error)
    }

    /// Returns the status that flask-jwt-extended uses, or that of RFC 6750, 3.1, if the manager has a protected
    /// [resource](crate::Config::resource). In flask-jwt-extended, this is 422 for an invalid token, 400 for claims that the application
    /// rejects, and 401 for most others. Errors that do not exist in flask-jwt-extended get the status that HTTP
    /// defines for them.
    #[must_use]
    pub const fn default_status(&self) -> StatusCode {
        if self.config.metadata_url.is_some() { self.bearer_status() } else { self.flask_status() }
    }

    /// The status of RFC 6750, 3.1. It is 401 if the token is invalid, like an expired one. It is 403 if the application
    /// rejects the token, because the claims determine what the token permits.
    pub(super) const fn bearer_status(&self) -> StatusCode {
        match self.kind() {
            ErrorKind::InvalidToken => StatusCode::UNAUTHORIZED,
            ErrorKind::TokenVerificationFailed => StatusCode::FORBIDDEN,
            _ => self.flask_status(),
        }
    }

    const fn flask_status(&self) -> StatusCode {
        if let TokenError::InvalidRequest(InvalidRequest::BodyTooLarge) = self.error {
            return StatusCode::PAYLOAD_TOO_LARGE;
        }
        match self.error.kind() {
            ErrorKind::CsrfError
            | ErrorKind::ExpiredToken
            | ErrorKind::InsufficientUserAuthentication
            | ErrorKind::NeedsFreshToken
            | ErrorKind::ReusedToken
            | ErrorKind::RevokedToken
            | ErrorKind::Unauthorized
            | ErrorKind::UserLookupError => StatusCode::UNAUTHORIZED,
            ErrorKind::Forbidden | ErrorKind::InsufficientScope => StatusCode::FORBIDDEN,
            ErrorKind::InvalidRequest | ErrorKind::TokenVerificationFailed => StatusCode::BAD_REQUEST,
            ErrorKind::InvalidToken => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::TooManySessions => StatusCode::CONFLICT,
            ErrorKind::Misuse => StatusCode::INTERNAL_SERVER_ERROR,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Returns the same response as flask-jwt-extended: [`default_status`](Self::default_status) and `{"msg": reason}`.
    pub fn default_response(&self) -> ErrorResponse {
        let body = Message { key: &self.config.message_key, reason: &self.reason() };
        ErrorResponse::json(self.default_status(), &body)
    }
}

/// A JSON object with one member.
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

/// Turns an error into a response, with the cookies that it removes. Every error takes this path.
pub(crate) fn respond(
    handlers: &dyn ErrorHandlers,
    config: &AnswerRules,
    error: &TokenError,
    view: &dyn RequestView,
    hint: Option<&str>,
) -> (Response<Bytes>, Unset) {
    let refusal = &Refusal { error, view, config, hint };
    let answer = match error {
        TokenError::Csrf(_) => handlers.csrf_error(refusal),
        TokenError::Expired(_) => handlers.expired_token(refusal),
        TokenError::Forbidden(_) => handlers.forbidden(refusal),
        TokenError::InsufficientScope { .. } => handlers.insufficient_scope(refusal),
        TokenError::InsufficientUserAuthentication { .. } => {
            handlers.insufficient_user_authentication(refusal)
        }
        TokenError::Invalid(_) => handlers.invalid_token(refusal),
        TokenError::InvalidRequest(_) => handlers.invalid_request(refusal),
        TokenError::Missing(_) => handlers.unauthorized(refusal),
        TokenError::Misuse(_) => return (Misuse::silent_response(), Unset::default()),
        TokenError::NotFresh(_) => handlers.needs_fresh_token(refusal),
        TokenError::Reused(_) => handlers.reused_token(refusal),
        TokenError::Revoked(_) => handlers.revoked_token(refusal),
        TokenError::TooManySessions => handlers.too_many_sessions(refusal),
        TokenError::Unavailable(_) => handlers.unavailable(refusal),
        TokenError::UserLookup(_) => handlers.user_lookup_error(refusal),
        TokenError::VerificationFailed(_) => handlers.token_verification_failed(refusal),
    };
    let unset = answer.unset();
    // Another token would not help, so nothing should make a client get one. Only a 401 requires a challenge (RFC 9110,
    // 15.5.2).
    let by_application = matches!(error, TokenError::Forbidden(_) | TokenError::VerificationFailed(_));
    let is_final = by_application && answer.status() == StatusCode::FORBIDDEN;
    let challenge = || HeaderValue::try_from(refusal.challenge()).ok().filter(|_| !is_final);
    let mut response = answer.finish(challenge);
    if response.status() == StatusCode::SERVICE_UNAVAILABLE && refusal.kind() == ErrorKind::Unavailable {
        response.headers_mut().entry(RETRY_AFTER).or_insert(HeaderValue::from_static("1"));
    }
    (response, unset)
}
