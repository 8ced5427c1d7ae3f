//! Every kind of error, caused by a request or a token.

use bytes::Bytes;
use http::Response;
use http::header::HeaderName;
use jwt_core::error::{CsrfError, Misuse};
use jwt_core::{
    Config, ErrorHandlers, ErrorKind, JwtManager, JwtManagerBuilder, Policy, RequestInfo, RequestView, Token,
    TokenError,
};
use serde_json::Value;

use crate::support::{NOW, authenticate, bearer, builder, manager, refused, request, secs, segment, token};

/// An error and the expected response.
pub(crate) struct Case {
    pub(crate) error: TokenError,
    pub(crate) kind: ErrorKind,
    pub(crate) handler: &'static str,
    pub(crate) status: u16,
    pub(crate) reason: &'static str,
    pub(crate) challenge: &'static str,
}

impl Case {
    fn new(
        error: TokenError,
        kind: ErrorKind,
        handler: &'static str,
        status: u16,
        reason: &'static str,
        challenge: &'static str,
    ) -> Self {
        Self { error, kind, handler, status, reason, challenge }
    }
}

/// Returns a verified token of alice.
pub(crate) fn verified() -> Token {
    manager(Config::default()).decode(&token(&[])).unwrap()
}

fn provoke(jwt: &JwtManager, view: &dyn RequestView, policy: &Policy) -> TokenError {
    refused(authenticate(jwt, view, policy))
}

fn by_loader(with: impl FnOnce(JwtManagerBuilder) -> JwtManagerBuilder) -> TokenError {
    let jwt = with(builder(Config::default())).build().unwrap();
    provoke(&jwt, &bearer(&token(&[])), &Policy::access())
}

/// Returns a token with an invalid signature.
pub(crate) fn forged() -> String {
    let token = token(&[]);
    let signed = &token[..token.rfind('.').unwrap()];
    format!("{signed}.{}", segment([7; 32]))
}

/// Returns one error of each kind that a handler responds to.
pub(crate) fn every_refusal() -> Vec<Case> {
    let jwt = manager(Config::default());
    let access = Policy::access();
    let good = bearer(&token(&[]));
    let expired = bearer(&token(&[("exp", &NOW.to_string())]));
    vec![
        Case::new(
            provoke(&jwt, &request("GET", &[]), &access),
            ErrorKind::Unauthorized,
            "unauthorized",
            401,
            "Missing Authorization Header",
            "Bearer",
        ),
        Case::new(
            TokenError::Csrf(CsrfError::Missing),
            ErrorKind::CsrfError,
            "csrf_error",
            401,
            "Missing CSRF token",
            "Bearer",
        ),
        Case::new(
            TokenError::Csrf(CsrfError::Mismatch),
            ErrorKind::CsrfError,
            "csrf_error",
            401,
            "CSRF double submit tokens do not match",
            "Bearer",
        ),
        Case::new(
            provoke(&jwt, &expired, &access),
            ErrorKind::ExpiredToken,
            "expired_token",
            401,
            "Token has expired",
            r#"Bearer error="invalid_token", error_description="The token has expired""#,
        ),
        Case::new(
            provoke(&jwt, &bearer(&forged()), &access),
            ErrorKind::InvalidToken,
            "invalid_token",
            422,
            "Signature verification failed",
            r#"Bearer error="invalid_token", error_description="The token is invalid""#,
        ),
        Case::new(
            provoke(&jwt, &request("GET", &["Bearer a", "Bearer b"]), &access),
            ErrorKind::InvalidRequest,
            "invalid_request",
            400,
            "Request must not have more than one token",
            r#"Bearer error="invalid_request", error_description="The request is malformed""#,
        ),
        Case::new(
            provoke(&jwt, &good, &access.clone().fresh()),
            ErrorKind::NeedsFreshToken,
            "needs_fresh_token",
            401,
            "Fresh token required",
            r#"Bearer error="insufficient_user_authentication", error_description="A more recent authentication is required""#,
        ),
        Case::new(
            provoke(&jwt, &good, &access.scopes(&["read", "write"])),
            ErrorKind::InsufficientScope,
            "insufficient_scope",
            403,
            "Token lacks a required scope",
            r#"Bearer error="insufficient_scope", error_description="The token lacks a scope", scope="read write""#,
        ),
        Case::new(
            provoke(&jwt, &good, &Policy::access().authorities(&["role:staff"])),
            ErrorKind::InsufficientScope,
            "insufficient_scope",
            403,
            "Token lacks a required authority",
            r#"Bearer error="insufficient_scope", error_description="The token lacks an authority""#,
        ),
        Case::new(
            provoke(&jwt, &good, &Policy::access().with_rule(|_: &Token, _: &RequestInfo| false)),
            ErrorKind::Forbidden,
            "forbidden",
            403,
            "Token does not permit the request",
            "Bearer",
        ),
        Case::new(
            provoke(&jwt, &good, &Policy::access().acr_values(&["phr", "phrh"]).max_age(secs(90))),
            ErrorKind::InsufficientUserAuthentication,
            "insufficient_user_authentication",
            401,
            "Different authentication required",
            r#"Bearer error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="phr phrh", max_age="90""#,
        ),
        Case::new(
            TokenError::Reused(verified()),
            ErrorKind::ReusedToken,
            "reused_token",
            401,
            "Token has been revoked",
            r#"Bearer error="invalid_token", error_description="The token has been revoked""#,
        ),
        Case::new(
            by_loader(|b| b.token_in_blocklist_loader(|_| async { true })),
            ErrorKind::RevokedToken,
            "revoked_token",
            401,
            "Token has been revoked",
            r#"Bearer error="invalid_token", error_description="The token has been revoked""#,
        ),
        Case::new(
            by_loader(|b| b.token_verification_loader(|_| async { false })),
            ErrorKind::TokenVerificationFailed,
            "token_verification_failed",
            400,
            "User claims verification failed",
            "Bearer",
        ),
        Case::new(
            TokenError::TooManySessions,
            ErrorKind::TooManySessions,
            "too_many_sessions",
            409,
            "Too many sessions",
            "Bearer",
        ),
        Case::new(
            by_loader(|b| b.user_lookup_loader(|_| async { None::<u8> })),
            ErrorKind::UserLookupError,
            "user_lookup_error",
            401,
            "Error loading the user alice",
            r#"Bearer error="invalid_token", error_description="The token is invalid""#,
        ),
        Case::new(
            by_loader(|b| {
                b.token_in_blocklist_loader(|_| async { Err::<bool, _>("postgres://u:p@db is down") })
            }),
            ErrorKind::Unavailable,
            "unavailable",
            503,
            "Token could not be checked",
            "Bearer",
        ),
    ]
}

/// Returns one of each programming error.
pub(crate) fn every_misuse() -> [Misuse; 4] {
    [
        Misuse::ForeignManager,
        Misuse::MissingManager { fix: "add .with_state(jwt)" },
        Misuse::NoUserLoader,
        Misuse::WrongUserType { asked: "app::User" },
    ]
}

/// Returns a manager with these handlers.
pub(crate) fn with(handlers: impl ErrorHandlers) -> JwtManager {
    builder(Config::default()).error_handlers(handlers).build().unwrap()
}

pub(crate) fn respond(jwt: &JwtManager, error: &TokenError) -> Response<Bytes> {
    jwt.respond(error, &request("GET", &[]), &Policy::access())
}

pub(crate) fn json_of(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

/// Returns all values of this header field.
pub(crate) fn all(response: &Response<Bytes>, name: HeaderName) -> Vec<&str> {
    let fields = response.headers().get_all(name).iter();
    fields.map(|value| value.to_str().unwrap()).collect()
}
