use bytes::Bytes;
use http::StatusCode;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use serde_json::json;

use super::{ErrorResponse, Refusal};

/// Decides what a client sees when its token is rejected. There is one method for each kind of error.
///
/// Every method has a default, so an application only implements the methods whose responses it wants to change.
///
/// ```
/// use jwt_core::{ErrorHandlers, ErrorResponse, Refusal};
/// use serde_json::json;
///
/// struct Answers;
///
/// impl ErrorHandlers for Answers {
///     fn expired_token(&self, _: &Refusal<'_>) -> ErrorResponse {
///         ErrorResponse::json(401, &json!({"code": "401", "err": "token 已过期"}))
///     }
/// }
/// ```
///
/// 401 and 403 responses get a `WWW-Authenticate` field (RFC 6750, 3) unless they have one; see
/// [`ErrorResponse::without_challenge`]. The 403 of [`forbidden`](Self::forbidden) and of
/// [`token_verification_failed`](Self::token_verification_failed) does not, because another token would not help. A 503 of [`unavailable`](Self::unavailable) gets a `Retry-After` field (RFC
/// 9110, 10.2.3), and all responses get `Cache-Control: no-store`, unless they set that field.
pub trait ErrorHandlers: Send + Sync + 'static {
    /// Responds to every error whose own method is not overridden, except [`unavailable`](Self::unavailable). Default:
    /// [`Refusal::default_response`].
    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        refusal.default_response()
    }

    /// The request has no token. Default: 401.
    fn unauthorized(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The token is malformed, forged, or of the wrong kind. Default: 422.
    fn invalid_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The token has expired. Default: 401.
    fn expired_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The token has been revoked, or its session has ended. Default: 401.
    fn revoked_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The token is not fresh. Default: 401.
    fn needs_fresh_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The application's verification loader or rule rejected the token. Default: 400.
    fn token_verification_failed(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The user loader did not find the token's user. Default: 401. As in flask-jwt-extended, the default text contains
    /// the identity.
    fn user_lookup_error(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The CSRF value is missing or wrong. Default: [`unauthorized`](Self::unauthorized).
    fn csrf_error(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.unauthorized(refusal)
    }

    /// A refresh token was used again after its exchange, so its session has been ended. Default:
    /// [`revoked_token`](Self::revoked_token).
    fn reused_token(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.revoked_token(refusal)
    }

    /// The request has more than one token, or a body that is too large or unreadable. Default: 400 or 413.
    fn invalid_request(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The token lacks a scope, a role, or another authority that the policy requires. Default: 403.
    /// [`Refusal::required_authorities`] says which.
    fn insufficient_scope(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// A [`Rule`](crate::Rule) of the policy does not permit the request. Default: 403, without a challenge.
    fn forbidden(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// The user has to log in again, or in a different way (RFC 9470). [`Refusal::required_login`] says how. Default:
    /// [`needs_fresh_token`](Self::needs_fresh_token), which is a 401.
    fn insufficient_user_authentication(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.needs_fresh_token(refusal)
    }

    /// The user has the maximum number of sessions, so the login is rejected
    /// ([`Config::reject_login_at_session_limit`](crate::Config::reject_login_at_session_limit)). Default: 409 (RFC 9110,
    /// 15.5.10), because the user can end a session and log in again. The password was right, and waiting does not help.
    fn too_many_sessions(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }

    /// A loader, the store, or the [`KeySource`](crate::KeySource) of an issuer failed, so the token could not be checked. It
    /// might be valid.
    ///
    /// Default: 503 with `Retry-After`. [`fallback`](Self::fallback) does not handle this error, because clients
    /// discard their tokens on a 401, and an outage must not log everybody out.
    fn unavailable(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        refusal.default_response()
    }
}

/// Responds exactly as flask-jwt-extended does, for example with `{"msg": "Token has expired"}`. This is the default.
///
/// ```
/// use jwt_core::{Config, JwtManager, Policy};
///
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let request = http::Request::new(());
///
/// let error = jwt.check(&request, &Policy::access()).unwrap_err();
/// let response = jwt.respond(&error, &request, &Policy::access());
/// assert_eq!(response.status(), 401);
/// assert_eq!(response.body().as_ref(), br#"{"msg":"Missing Authorization Header"}"#);
/// # Ok::<(), jwt_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct FlaskHandlers;

impl ErrorHandlers for FlaskHandlers {}

/// Responds with the default bodies and the statuses of RFC 6750, 3.1.
///
/// An invalid token results in a 401, like an expired one. Claims that the application rejects result in a 403. A 400
/// response has a challenge, too.
///
/// ```
/// use jwt_core::{BearerHandlers, Config, JwtManager, Policy};
///
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt =
///     JwtManager::builder(Config::default()).secret(secret).error_handlers(BearerHandlers).build()?;
/// let request = http::Request::new(());
///
/// let error = jwt.decode("not a token").unwrap_err();
/// assert_eq!(jwt.respond(&error, &request, &Policy::access()).status(), 401);
/// # Ok::<(), jwt_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct BearerHandlers;

impl ErrorHandlers for BearerHandlers {
    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        with_challenge_of_400(refusal, refusal.default_response().with_status(refusal.bearer_status()))
    }
}

/// Responds with problem details (RFC 9457) and the statuses of RFC 6750, 3.1.
///
/// ```json
/// {"type": "about:blank", "title": "Unauthorized", "status": 401, "detail": "Token has expired", "code": "expired_token"}
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ProblemHandlers;

impl ErrorHandlers for ProblemHandlers {
    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        let status = refusal.bearer_status();
        let problem = json!({
            "type": "about:blank",
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": refusal.reason(),
            "code": refusal.kind().as_str(),
        });
        let body = Bytes::from(problem.to_string());
        let answer = ErrorResponse::with_type(status, body, "application/problem+json");
        with_challenge_of_400(refusal, answer)
    }

    fn unavailable(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.fallback(refusal)
    }
}

/// Adds a challenge to a 400 as well, because RFC 6750, 3.1, puts `invalid_request` there.
fn with_challenge_of_400(refusal: &Refusal<'_>, answer: ErrorResponse) -> ErrorResponse {
    match HeaderValue::try_from(refusal.challenge()) {
        Ok(challenge) if answer.status() == StatusCode::BAD_REQUEST => {
            answer.header(WWW_AUTHENTICATE, challenge)
        }
        _ => answer,
    }
}
