//! The expired token that this project started with.

use http::StatusCode;
use jwt_core::{ErrorHandlers, ErrorResponse, Policy, Refusal};
use jwt_tests::{App, Ask, Extractor, Route};
use serde_json::json;

use crate::support::{builder, manager, on_every, signed};

const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;
const PAYLOAD: &str = concat!(
    r#"{"fresh":false,"iat":1661957066,"jti":"6f85de4a-e8a5-4df6-bb29-2c85d21a7f57","type":"access","sub":"test5","#,
    r#""nbf":1661957066,"exp":1661960666}"#
);

struct Answers;

impl ErrorHandlers for Answers {
    fn expired_token(&self, _: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::json(StatusCode::UNAUTHORIZED, &json!({"code": "401", "err": "token 已过期"}))
    }
}

fn ask() -> Ask {
    Ask::get("/api/v1/userinfo").bearer(&signed(HEADER, PAYLOAD))
}

#[test]
fn it_is_expired_by_default() {
    let jwt = manager();
    let app = || App::new([Route::get("/api/v1/userinfo").extracting(&jwt, Extractor::Access)]);
    on_every(app, |server, framework| {
        let answer = server.ask(ask());
        assert_eq!(answer.status, 401, "{framework:?}");
        assert_eq!(answer.text(), r#"{"msg":"Token has expired"}"#, "{framework:?}");
    });
}

#[test]
fn one_method_of_error_handlers_changes_the_answer_on_every_framework() {
    let jwt = builder().error_handlers(Answers).build().unwrap();
    let by_extractor = || App::new([Route::get("/api/v1/userinfo").extracting(&jwt, Extractor::Access)]);
    let by_guard = || App::new([Route::get("/api/v1/userinfo").guarded(&jwt, Policy::access())]);
    for app in [&by_extractor as &dyn Fn() -> App, &by_guard] {
        on_every(app, |server, framework| {
            let answer = server.ask(ask());
            assert_eq!(answer.status, 401, "{framework:?}");
            assert_eq!(answer.text(), r#"{"code":"401","err":"token 已过期"}"#, "{framework:?}");
            assert_eq!(answer.header("content-type"), Some("application/json"), "{framework:?}");
            let challenge = r#"Bearer error="invalid_token", error_description="The token has expired""#;
            assert_eq!(answer.header("www-authenticate"), Some(challenge), "{framework:?}");
        });
    }
}

#[test]
fn it_was_good_while_it_lived() {
    let jwt = builder()
        .clock(|| std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_661_960_665))
        .build()
        .unwrap();
    let app = || App::new([Route::get("/api/v1/userinfo").extracting(&jwt, Extractor::Access)]);
    on_every(app, |server, framework| {
        let answer = server.ask(ask());
        assert_eq!(answer.status, 200, "{framework:?}");
        assert_eq!(answer.json(), json!({"identity": "test5"}), "{framework:?}");
    });
}
