//! Which handler responds to an error, and the response.

use std::sync::{Arc, Mutex};

use http::StatusCode;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use jwt_core::error::CsrfError;
use jwt_core::{Config, ErrorHandlers, ErrorKind, ErrorResponse, ProblemHandlers, Refusal, TokenError};
use serde_json::json;

use crate::refusals::{Case, every_misuse, every_refusal, json_of, respond, verified, with};
use crate::support::{manager, request};

/// The names of the handlers that were called, in order.
type Calls = Arc<Mutex<Vec<&'static str>>>;

/// Records which of its methods are called. Each method responds with its own name.
struct Recorder(Calls);

macro_rules! record {
    ($($name:ident)+) => {$(
        fn $name(&self, refusal: &Refusal<'_>) -> ErrorResponse {
            self.0.lock().unwrap().push(stringify!($name));
            assert!(!format!("{refusal:?}").is_empty());
            ErrorResponse::text(StatusCode::IM_A_TEAPOT, stringify!($name))
        }
    )+};
}

impl ErrorHandlers for Recorder {
    record! {
        fallback unauthorized invalid_token expired_token revoked_token needs_fresh_token
        token_verification_failed user_lookup_error csrf_error reused_token invalid_request forbidden insufficient_scope
        insufficient_user_authentication too_many_sessions unavailable
    }
}

#[test]
fn every_kind_has_its_handler_and_only_that_is_called() {
    let calls = Calls::default();
    let jwt = with(Recorder(calls.clone()));
    for Case { error, kind, handler, .. } in every_refusal() {
        assert_eq!(error.kind(), kind);
        assert_eq!(kind.as_str(), handler);
        let answer = respond(&jwt, &error);
        assert_eq!(calls.lock().unwrap().drain(..).collect::<Vec<_>>(), [handler]);
        assert_eq!((answer.status().as_u16(), &**answer.body()), (418, handler.as_bytes()));
    }
}

#[test]
fn grpc_clients_get_the_status_of_the_kind() {
    for Case { kind, .. } in every_refusal() {
        let code = match kind {
            ErrorKind::InvalidRequest => 3,
            ErrorKind::Forbidden | ErrorKind::InsufficientScope | ErrorKind::TokenVerificationFailed => 7,
            ErrorKind::Unavailable => 14,
            _ => 16,
        };
        assert_eq!(kind.grpc_code(), code, "{kind:?}");
    }
    assert_eq!(ErrorKind::Misuse.grpc_code(), 13);
}

#[test]
fn default_responses_are_exactly_those_of_flask_jwt_extended() {
    for jwt in [manager(Config::default()), manager(Config::flask_compatible())] {
        for Case { error, status, reason, kind, .. } in every_refusal() {
            let answer = respond(&jwt, &error);
            assert_eq!(answer.status().as_u16(), status, "{kind:?}");
            assert_eq!(&**answer.body(), json!({"msg": reason}).to_string().as_bytes());
            assert_eq!(answer.headers()[CONTENT_TYPE], "application/json");
            let retry = answer.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap());
            assert_eq!(retry, (status == 503).then_some("1"), "{kind:?}");
        }
    }
}

#[test]
fn the_key_of_the_default_bodies_is_configurable() {
    let jwt = manager(Config::default().error_message_key("error \"é\""));
    for Case { error, reason, .. } in every_refusal() {
        assert_eq!(json_of(&respond(&jwt, &error)), json!({"error \"é\"": reason}));
    }
}

/// Responds to everything in `fallback`.
struct Fallback(Calls);

impl ErrorHandlers for Fallback {
    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        self.0.lock().unwrap().push(refusal.kind().as_str());
        ErrorResponse::empty(StatusCode::NOT_FOUND)
    }
}

#[test]
fn one_fallback_answers_every_kind_but_an_outage() {
    let calls = Calls::default();
    let jwt = with(Fallback(calls.clone()));
    for Case { error, handler, kind, reason, .. } in every_refusal() {
        let answer = respond(&jwt, &error);
        if kind == ErrorKind::Unavailable {
            // If an outage were a 401, clients would discard their tokens and everyone would be logged out.
            assert_eq!((answer.status().as_u16(), json_of(&answer)), (503, json!({"msg": reason})));
            assert_eq!(answer.headers()[RETRY_AFTER], "1");
            assert!(calls.lock().unwrap().is_empty());
            continue;
        }
        assert_eq!((answer.status().as_u16(), answer.body().len()), (404, 0));
        assert_eq!(calls.lock().unwrap().drain(..).collect::<Vec<_>>(), [handler]);
    }
}

struct ThreeOfThem;

impl ErrorHandlers for ThreeOfThem {
    fn unauthorized(&self, _: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::text(StatusCode::NOT_FOUND, "nothing here")
    }

    fn revoked_token(&self, _: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::json(StatusCode::GONE, &json!({"err": "已失效"}))
    }

    fn needs_fresh_token(&self, _: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::text(401, "log in again")
    }
}

#[test]
fn some_kinds_default_to_the_responses_for_others() {
    let jwt = with(ThreeOfThem);
    for Case { error, kind, status, .. } in every_refusal() {
        let answer = respond(&jwt, &error);
        match kind {
            ErrorKind::Unauthorized | ErrorKind::CsrfError => {
                assert_eq!((answer.status().as_u16(), &**answer.body()), (404, &b"nothing here"[..]));
                assert_eq!(answer.headers()[CONTENT_TYPE], "text/plain; charset=utf-8");
            }
            ErrorKind::RevokedToken | ErrorKind::ReusedToken => {
                assert_eq!((answer.status().as_u16(), json_of(&answer)), (410, json!({"err": "已失效"})));
            }
            ErrorKind::NeedsFreshToken | ErrorKind::InsufficientUserAuthentication => {
                assert_eq!((answer.status().as_u16(), &**answer.body()), (401, &b"log in again"[..]));
            }
            _ => assert_eq!(answer.status().as_u16(), status),
        }
    }
}

#[test]
fn a_programming_error_is_a_bare_500_that_no_handler_sees() {
    let calls = Calls::default();
    let managers =
        [with(Recorder(calls.clone())), with(ProblemHandlers), manager(Config::flask_compatible())];
    for misuse in every_misuse() {
        for jwt in &managers {
            let error = TokenError::from(misuse);
            assert_eq!(error.kind(), ErrorKind::Misuse);
            for answer in [respond(jwt, &error), misuse.response()] {
                assert_eq!(answer.status().as_u16(), 500);
                assert_eq!(json_of(&answer), json!({"msg": "Internal Server Error"}));
                assert!(!answer.headers().contains_key("www-authenticate"));
                assert_eq!(answer.headers()["cache-control"], "no-store");
            }
        }
    }
    assert!(calls.lock().unwrap().is_empty());
}

/// What a handler receives, as text.
struct Told(Arc<Mutex<Vec<String>>>);

impl ErrorHandlers for Told {
    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        let identity = refusal.token().map(|token| token.identity().to_owned());
        let header = |name| refusal.header(name).map(str::to_owned);
        let told = format!(
            "{} {} {:?} {:?} {:?} {:?} {}",
            refusal.method(),
            refusal.path(),
            header("X-Lang"),
            header("x-bytes"),
            header("no such header"),
            identity,
            refusal.error(),
        );
        self.0.lock().unwrap().push(told);
        refusal.default_response()
    }
}

#[test]
fn a_handler_receives_the_request_and_the_verified_token() {
    let told = Arc::<Mutex<Vec<String>>>::default();
    let jwt = with(Told(told.clone()));
    let mut view = request("POST", &[]);
    view.headers_mut().append("x-lang", "zh".parse().unwrap());
    view.headers_mut().append("x-lang", "en".parse().unwrap());
    view.headers_mut().append("x-bytes", http::HeaderValue::from_bytes(b"\xff").unwrap());
    for error in [TokenError::Revoked(verified()), TokenError::Csrf(CsrfError::Missing)] {
        let _ = jwt.respond(&error, &view, &jwt_core::Policy::access());
    }
    assert_eq!(
        *told.lock().unwrap(),
        [
            r#"POST /files/7 Some("zh") None None Some("alice") token has been revoked"#,
            r#"POST /files/7 Some("zh") None None None CSRF protection rejected the request"#,
        ]
    );
}

#[test]
fn a_status_is_a_number_or_that_of_http() {
    assert_eq!(ErrorResponse::json(401, &json!({})).status(), StatusCode::UNAUTHORIZED);
    assert_eq!(ErrorResponse::text(StatusCode::GONE, "").status(), 410);
    assert_eq!(ErrorResponse::empty(999).status().as_u16(), 999);
    // No client can read a response with one of these statuses.
    for unusable in [0, 42, 100, 101, 199, 1000, u16::MAX] {
        assert_eq!(ErrorResponse::empty(unusable).status(), 500, "{unusable}");
    }
    assert_eq!(ErrorResponse::empty(StatusCode::SWITCHING_PROTOCOLS).status(), 500);
}

#[test]
fn an_error_has_its_reason_without_a_request() {
    for Case { error, reason, .. } in every_refusal() {
        assert_eq!(error.reason(), reason);
    }
}
