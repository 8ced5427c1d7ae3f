//! The application's handlers respond to every failure, with the same bytes on every framework.

use http::{HeaderValue, StatusCode, header};
use jwt_core::{
    BearerHandlers, Config, ErrorHandlers, ErrorResponse, JwtManager, JwtManagerBuilder, Policy,
    ProblemHandlers, Refusal, Token,
};
use jwt_tests::{Answer, App, Ask, Extractor, Route};
use serde_json::{Value, json};

use crate::support::{SECRET, builder, expired, get, manager, on_every};

/// A manager whose loaders fail depending on the token's identity.
fn with_loaders(builder: JwtManagerBuilder) -> JwtManager {
    let is = |name: &'static str| move |token: &Token| token.identity() == name;
    builder
        .token_in_blocklist_loader(move |token: Token| {
            let answer = match token.identity() {
                "revoked" => Ok(true),
                "unlucky" => Err("the table is down"),
                _ => Ok(false),
            };
            async move { answer }
        })
        .token_verification_loader(move |token: Token| {
            let refused = is("refused")(&token);
            async move { !refused }
        })
        .user_lookup_loader(move |token: Token| {
            let user = (token.identity() != "ghost").then(|| json!({"name": token.identity()}));
            async move { user }
        })
        .build()
        .unwrap()
}

struct Case {
    name: &'static str,
    ask: Ask,
    status: u16,
    msg: &'static str,
    challenge: Option<&'static str>,
}

fn cases(jwt: &JwtManager) -> Vec<Case> {
    let of = |identity: &str| Ask::get("/").bearer(&jwt.access_token(identity).encode().unwrap());
    let case = |name, ask, status, msg, challenge| Case { name, ask, status, msg, challenge };
    let revoked = Some(r#"Bearer error="invalid_token", error_description="The token has been revoked""#);
    vec![
        case("missing", Ask::get("/"), 401, "Missing Authorization Header", Some("Bearer")),
        case(
            "expired",
            get(&expired(jwt)),
            401,
            "Token has expired",
            Some(r#"Bearer error="invalid_token", error_description="The token has expired""#),
        ),
        case("malformed", get("a.b"), 422, "Not enough segments", None),
        case("revoked", of("revoked"), 401, "Token has been revoked", revoked),
        case("unavailable", of("unlucky"), 503, "Token could not be checked", None),
        case("refused claims", of("refused"), 400, "User claims verification failed", None),
        case(
            "unknown user",
            of("ghost"),
            401,
            "Error loading the user ghost",
            Some(r#"Bearer error="invalid_token", error_description="The token is invalid""#),
        ),
        case(
            "not fresh",
            Ask::get("/fresh").bearer(&jwt.access_token("alice").encode().unwrap()),
            401,
            "Fresh token required",
            Some(concat!(
                r#"Bearer error="insufficient_user_authentication", "#,
                r#"error_description="A more recent authentication is required""#
            )),
        ),
        case(
            "no scope",
            Ask::get("/admin").bearer(&jwt.access_token("alice").encode().unwrap()),
            403,
            "Token lacks a required scope",
            Some(concat!(
                r#"Bearer error="insufficient_scope", error_description="The token lacks a scope", "#,
                r#"scope="admin""#
            )),
        ),
        case(
            "two tokens",
            get(&expired(jwt)).bearer(&expired(jwt)),
            400,
            "Request must not have more than one token",
            None,
        ),
    ]
}

fn by_extractors(jwt: &JwtManager) -> App {
    App::new([
        Route::get("/").extracting(jwt, Extractor::Access),
        Route::get("/fresh").extracting(jwt, Extractor::Fresh),
        Route::get("/admin").extracting(jwt, Extractor::Admin),
    ])
}

fn by_guards(jwt: &JwtManager) -> App {
    App::new([
        Route::get("/").guarded(jwt, Policy::access()),
        Route::get("/fresh").guarded(jwt, Policy::access().fresh()),
        Route::get("/admin").guarded(jwt, Policy::access().scopes(&["admin"])),
    ])
}

#[test]
fn default_answers_are_the_references_with_a_challenge() {
    let jwt = with_loaders(builder());
    for app in [by_extractors, by_guards] {
        on_every(
            || app(&jwt),
            |server, framework| {
                for Case { name, ask, status, msg, challenge } in cases(&jwt) {
                    let answer = server.ask(ask);
                    assert_eq!(answer.status, status, "{name} on {framework:?}");
                    assert_eq!(answer.text(), json!({ "msg": msg }).to_string(), "{name} on {framework:?}");
                    assert_eq!(answer.header("www-authenticate"), challenge, "{name} on {framework:?}");
                    assert_eq!(answer.header("cache-control"), Some("no-store"), "{name} on {framework:?}");
                    assert_eq!(
                        answer.header("content-type"),
                        Some("application/json"),
                        "{name} on {framework:?}"
                    );
                    let retry = (status == 503).then_some("1");
                    assert_eq!(answer.header("retry-after"), retry, "{name} on {framework:?}");
                }
            },
        );
    }
}

#[test]
fn bearer_and_problem_handlers_use_the_statuses_of_rfc_6750() {
    let expected = |status| match status {
        422 => 401,
        400 => 403,
        status => status,
    };
    let bearer = with_loaders(builder().error_handlers(BearerHandlers));
    on_every(
        || by_extractors(&bearer),
        |server, framework| {
            for Case { name, ask, status, .. } in cases(&bearer) {
                let answer = server.ask(ask);
                let expected = if name == "two tokens" { 400 } else { expected(status) };
                assert_eq!(answer.status, expected, "{name} on {framework:?}");
                // Another token would not help against a denial by the application.
                let challenged = matches!(expected, 400 | 401) || (expected == 403 && status == 403);
                assert_eq!(
                    answer.header("www-authenticate").is_some(),
                    challenged,
                    "{name} on {framework:?}"
                );
            }
        },
    );
    let problem = with_loaders(builder().error_handlers(ProblemHandlers));
    on_every(
        || by_extractors(&problem),
        |server, framework| {
            let answer = server.ask(get("a.b"));
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{framework:?}");
            let problem = json!({
                "type": "about:blank", "title": "Unauthorized", "status": 401,
                "detail": "Not enough segments", "code": "invalid_token",
            });
            assert_eq!((answer.status.as_u16(), answer.json()), (401, problem), "{framework:?}");
        },
    );
}

/// Puts everything that a handler knows about the request into the response.
struct Nosy;

impl ErrorHandlers for Nosy {
    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        let body = json!({
            "kind": refusal.kind().as_str(),
            "reason": refusal.reason(),
            "method": refusal.method(),
            "path": refusal.path(),
            "language": refusal.header("Accept-Language"),
            "identity": refusal.token().map(Token::identity),
        });
        ErrorResponse::json(StatusCode::IM_A_TEAPOT, &body)
            .header(header::SET_COOKIE, HeaderValue::from_static("a=1"))
            .header(header::SET_COOKIE, HeaderValue::from_static("b=2"))
    }
}

#[test]
fn a_handler_sees_the_request_and_the_token_and_its_answer_arrives_whole() {
    let jwt = with_loaders(builder().error_handlers(Nosy));
    for app in [by_extractors, by_guards] {
        on_every(
            || app(&jwt),
            |server, framework| {
                let answer = server.ask(get(&expired(&jwt)).header("accept-language", "zh"));
                let body = json!({
                    "kind": "expired_token", "reason": "Token has expired", "method": "GET", "path": "/",
                    "language": "zh", "identity": "alice",
                });
                assert_eq!((answer.status.as_u16(), answer.json()), (418, body), "{framework:?}");
                let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
                assert_eq!(cookies, ["a=1", "b=2"], "{framework:?}");
                let answer = server.ask(Ask::get("/"));
                assert_eq!(answer.json()["kind"], json!("unauthorized"), "{framework:?}");
                assert_eq!(answer.json()["identity"], Value::Null, "{framework:?}");
            },
        );
    }
}

#[test]
fn the_frameworks_send_the_same_responses_to_the_last_field() {
    let jwt = with_loaders(builder());
    let answers = |framework: &jwt_tests::Framework| -> Vec<(u16, Vec<u8>, Vec<Option<String>>)> {
        let server = framework.serve(by_extractors(&jwt));
        let names = ["www-authenticate", "cache-control", "content-type", "retry-after", "content-length"];
        let seen = |answer: Answer| {
            let fields = names.map(|name| answer.header(name).map(String::from));
            (answer.status.as_u16(), answer.body, fields.to_vec())
        };
        cases(&jwt).into_iter().map(|case| seen(server.ask(case.ask))).collect()
    };
    let [axum, others @ ..] = jwt_tests::EVERY;
    for other in others {
        assert_eq!(answers(&axum), answers(&other), "{other:?}");
    }
}

#[test]
fn claims_of_the_applications_own_type_must_fit() {
    let jwt = manager();
    let app = || {
        App::new([Route::get("/").extracting(&jwt, Extractor::Typed).answering(|seen| {
            let role = seen.profile.as_ref().map(|profile| profile.role.clone());
            jwt_tests::app::json(StatusCode::OK, &json!({ "role": role }))
        })])
    };
    on_every(app, |server, framework| {
        let token = jwt.access_token("alice").claim("role", "admin").encode().unwrap();
        assert_eq!(server.ask(get(&token)).json(), json!({"role": "admin"}), "{framework:?}");
        for claims in [json!({}), json!({"role": 5})] {
            let token = jwt.access_token("alice").claims(&claims).encode().unwrap();
            let answer = server.ask(get(&token));
            assert_eq!(answer.status, 422, "{framework:?}");
            assert_eq!(answer.text(), r#"{"msg":"Invalid claim format in token"}"#, "{framework:?}");
        }
    });
}

#[test]
fn a_configured_header_name_and_scheme_are_read_everywhere() {
    let config = Config::default().header_name("X-Token").header_type("JWT").realm("a \"b\"");
    let jwt = JwtManager::builder(config).secret(SECRET).build().unwrap();
    on_every(
        || by_extractors(&jwt),
        |server, framework| {
            let token = jwt.access_token("alice").encode().unwrap();
            let answer = server.ask(Ask::get("/").header("x-token", format!("jwt {token}")));
            assert_eq!(answer.status, 200, "{framework:?}");
            let answer = server.ask(get(&token));
            assert_eq!(answer.text(), r#"{"msg":"Missing X-Token Header"}"#, "{framework:?}");
            assert_eq!(answer.header("www-authenticate"), Some(r#"JWT realm="a \"b\"""#), "{framework:?}");
        },
    );
}
