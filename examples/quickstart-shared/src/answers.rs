use http::StatusCode;
use jwt_core::{ErrorHandlers, ErrorResponse, Rejection};
use serde_json::{Value, json};

/// The application's own answers to refused tokens. Those that are not written here keep their defaults.
#[derive(Clone, Copy, Debug)]
pub struct Answers;

impl ErrorHandlers for Answers {
    fn expired_token(&self, _: &Rejection<'_>) -> ErrorResponse {
        ErrorResponse::json(StatusCode::UNAUTHORIZED, &json!({ "code": "401", "err": "token 已过期" }))
    }

    // The reason says what is missing: the header, another scheme in it, the cookie or, where `csrf_error` comes down to
    // this, the CSRF value.
    fn unauthorized(&self, rejection: &Rejection<'_>) -> ErrorResponse {
        ErrorResponse::json(StatusCode::UNAUTHORIZED, &json!({ "err": rejection.reason() }))
    }
}

/// The body of a refused `POST /login`. Which of the two is wrong is not for the client to know.
#[must_use]
pub fn bad_credentials() -> Value {
    json!({ "err": "Bad username or password" })
}

/// The body of a successful `GET /protected`.
#[must_use]
pub fn hello(identity: &str) -> Value {
    json!({ "hello": identity })
}
