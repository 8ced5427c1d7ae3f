use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use serde_json::json;

use super::{ErrorResponse, Refusal};
use crate::ErrorKind;

/// Decides what the client sees when a token is refused: one method a kind of error.
///
/// Every method has a default, so that an application writes only those whose answer it wants to change.
///
/// ```
/// use http::StatusCode;
/// use jwt_core::{ErrorHandlers, ErrorResponse, Refusal};
/// use serde_json::json;
///
/// struct Answers;
///
/// impl ErrorHandlers for Answers {
///     fn expired_token(&self, _: &Refusal<'_>) -> ErrorResponse {
///         ErrorResponse::json(StatusCode::UNAUTHORIZED, &json!({"code": "401", "err": "token 已过期"}))
///     }
/// }
/// ```
///
/// To 401 and 403 answers without a `WWW-Authenticate` one is added (RFC 6750, 3), and `Cache-Control: no-store` to
/// all; see [`ErrorResponse::without_challenge`].
pub trait ErrorHandlers: Send + Sync + 'static {
    /// Answers every error whose own method is not written. Default: [`Refusal::default_response`].
    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        refusal.default_response()
    }

    /// No token was found. Default: 401.
    fn unauthorized(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The token is malformed, forged, or of another kind. Default: 422.
    fn invalid_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The token has expired. Default: 401.
    fn expired_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The token has been revoked. Default: 401.
    fn revoked_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The token is not fresh. Default: 401.
    fn needs_fresh_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The application's verification refused the claims. Default: 400.
    fn token_verification_failed(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The token's user is not known. Default: 401; its text names the identity, as the reference's does.
    fn user_lookup_error(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The CSRF value is missing or wrong. Default: [`unauthorized`](Self::unauthorized).
    fn csrf_error(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.unauthorized(refusal)
    }

    /// A refresh token was presented again after its exchange, and its session has been ended. Default: [`revoked_token`](Self::revoked_token).
    fn reused_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.revoked_token(refusal)
    }

    /// The request has more than one token. Default: 400.
    fn invalid_request(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The token lacks a scope. Default: 403.
    fn insufficient_scope(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// A loader or the store failed: whether the token is good is not known. Default: 503 with `Retry-After`. Not 401, because
    /// clients throw their tokens away on that.
    fn unavailable(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }
}

/// Answers as flask-jwt-extended does: `{"msg": "Token has expired"}`.
#[derive(Clone, Copy, Debug, Default)]
pub struct FlaskHandlers;

impl ErrorHandlers for FlaskHandlers {}

/// Answers with the statuses of RFC 6750, 3.1, and the default bodies: an invalid token is 401, as an expired one
/// is; refused claims are 403; 400 has a challenge too.
#[derive(Clone, Copy, Debug, Default)]
pub struct BearerHandlers;

impl ErrorHandlers for BearerHandlers {
    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        with_challenge_of_400(refusal, refusal.default_response().with_status(status(refusal)))
    }
}

/// Answers with problem details (RFC 9457) and the statuses of RFC 6750, 3.1.
///
/// ```json
/// {"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": "Token has expired", "code": "expired_token"}
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ProblemHandlers;

impl ErrorHandlers for ProblemHandlers {
    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        let status = status(refusal);
        let problem = json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": refusal.reason(),
            "code": refusal.kind().as_str(),
        });
        let body = Bytes::from(problem.to_string());
        let answer = ErrorResponse::with_type(status, body, "application/problem+json");
        with_challenge_of_400(refusal, refusal.with_retry(answer))
    }
}

/// RFC 6750, 3.1: expired, revoked, malformed or invalid for other reasons is 401. Claims that the application
/// refuses are a matter of what this token may do: 403.
fn status(refusal: &Refusal<'_>) -> StatusCode {
    match refusal.kind() {
        ErrorKind::InvalidToken => StatusCode::UNAUTHORIZED,
        ErrorKind::TokenVerificationFailed => StatusCode::FORBIDDEN,
        _ => refusal.default_status(),
    }
}

/// RFC 6750, 3.1, tells the client `invalid_request` in a challenge, too.
fn with_challenge_of_400(refusal: &Refusal<'_>, answer: ErrorResponse) -> ErrorResponse {
    match HeaderValue::try_from(refusal.challenge()) {
        Ok(challenge) if answer.status() == StatusCode::BAD_REQUEST => {
            answer.header(WWW_AUTHENTICATE, challenge)
        }
        _ => answer,
    }
}
