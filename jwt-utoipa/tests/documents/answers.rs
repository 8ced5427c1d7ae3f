//! Responses: what the handlers of a manager really respond.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use jwt_core::adapter::sample_responses;
use jwt_core::session::MemorySessions;
use jwt_core::{
    BearerHandlers, Config, ErrorHandlers, ErrorKind, ErrorResponse, Location, Policy, ProblemHandlers,
    Refusal, RequestInfo, Token,
};
use serde_json::json;

use crate::support::{builder, documented, errors, get, manager, post};

#[test]
fn only_errors_that_can_occur_are_documented() {
    let jwt = manager(Config::default());
    let document = documented(&jwt, &[Policy::access()]);
    let statuses: Vec<_> = get(&document)["responses"].as_object().unwrap().keys().collect();
    assert_eq!(statuses, ["200", "400", "401", "422"]);
    assert_eq!(errors(get(&document), "401"), ["unauthorized", "expired_token"]);
    assert_eq!(errors(get(&document), "400"), ["invalid_request"]);
    assert_eq!(errors(get(&document), "422"), ["invalid_token"]);

    let optional = documented(&jwt, &[Policy::access().optional()]);
    assert_eq!(errors(get(&optional), "401"), ["expired_token"]);
    let fresh = documented(&jwt, &[Policy::access().fresh()]);
    assert_eq!(errors(get(&fresh), "401"), ["unauthorized", "expired_token", "needs_fresh_token"]);
    let login = documented(&jwt, &[Policy::access().fresh().acr_values(&["phr"])]);
    let expected = ["unauthorized", "expired_token", "insufficient_user_authentication"];
    assert_eq!(errors(get(&login), "401"), expected);
    let scope = documented(&jwt, &[Policy::access().scopes(&["a"])]);
    assert_eq!(errors(get(&scope), "403"), ["insufficient_scope"]);
    let is_owner = |_: &Token, _: &RequestInfo| true;
    let rule = documented(&jwt, &[Policy::access().with_rule(is_owner)]);
    assert_eq!(errors(get(&rule), "403"), ["forbidden"]);
    assert_eq!(errors(get(&rule), "503"), ["unavailable"]);
}

#[test]
fn a_store_and_loaders_add_errors() {
    let jwt = builder(Config::default()).session_store(MemorySessions::new()).build().unwrap();
    let document = documented(&jwt, &[Policy::access()]);
    assert_eq!(errors(get(&document), "401"), ["unauthorized", "expired_token", "revoked_token"]);
    assert_eq!(errors(get(&document), "503"), ["unavailable"]);
    assert_eq!(
        get(&document)["responses"]["503"]["headers"]["Retry-After"]["examples"],
        json!({ "unavailable": { "value": "1" } })
    );
    let unchecked = documented(&jwt, &[Policy::access().skip_revocation_check()]);
    assert_eq!(errors(get(&unchecked), "401"), ["unauthorized", "expired_token"]);
    assert!(errors(get(&unchecked), "503").is_empty());

    let jwt = builder(Config::default())
        .token_verification_loader(|_| async { true })
        .user_lookup_loader(|_| async { Some(()) })
        .build()
        .unwrap();
    let document = documented(&jwt, &[Policy::access()]);
    assert_eq!(errors(get(&document), "400"), ["invalid_request", "token_verification_failed"]);
    assert_eq!(errors(get(&document), "401"), ["unauthorized", "expired_token", "user_lookup_error"]);
}

#[test]
fn csrf_errors_belong_to_methods_that_need_a_value() {
    let config = || Config::default().token_location([Location::Cookie]);
    let document = documented(&manager(config()), &[Policy::access()]);
    assert_eq!(errors(get(&document), "401"), ["unauthorized", "expired_token"]);
    assert_eq!(errors(post(&document), "401"), ["unauthorized", "csrf_error", "expired_token"]);
    assert!(errors(post(&document), "413").is_empty());
    let document = documented(&manager(config().csrf_check_form(true).buffered_body(9)), &[Policy::access()]);
    assert_eq!(errors(post(&document), "413"), ["invalid_request"]);
}

#[test]
fn the_examples_are_the_responses_of_the_handlers() {
    struct Answers;

    impl ErrorHandlers for Answers {
        fn expired_token(&self, _: &Refusal<'_>) -> ErrorResponse {
            ErrorResponse::json(401, &json!({ "code": 17, "err": "expired" }))
        }

        fn unauthorized(&self, refusal: &Refusal<'_>) -> ErrorResponse {
            ErrorResponse::json(401, &json!({ "err": refusal.reason() })).without_challenge()
        }

        fn invalid_token(&self, _: &Refusal<'_>) -> ErrorResponse {
            ErrorResponse::text(418, "no")
        }
    }

    let jwt = builder(Config::default()).error_handlers(Answers).build().unwrap();
    let document = documented(&jwt, &[Policy::access()]);
    let response = &get(&document)["responses"]["401"];
    assert_eq!(
        response["content"]["application/json"],
        json!({
            "schema": {
                "type": "object",
                "properties": { "code": { "type": "integer" }, "err": { "type": "string" } },
            },
            "examples": {
                "expired_token": { "value": { "code": 17, "err": "expired" } },
                "unauthorized": { "value": { "err": "Missing Authorization Header" } },
            },
        })
    );
    let challenges = response["headers"]["WWW-Authenticate"]["examples"].as_object().unwrap();
    assert!(challenges.keys().eq(["expired_token"]));
    assert_eq!(response["description"], "The request has no token. The token has expired.");
    assert_eq!(
        get(&document)["responses"]["418"]["content"],
        json!({ "text/plain; charset=utf-8": {
            "schema": { "type": "string" },
            "examples": { "invalid_token": { "value": "no" } },
        } })
    );
}

#[test]
fn the_other_sets_of_responses_are_documented_as_they_are() {
    let jwt = builder(Config::default()).error_handlers(BearerHandlers).build().unwrap();
    let document = documented(&jwt, &[Policy::access()]);
    assert_eq!(errors(get(&document), "401"), ["unauthorized", "invalid_token", "expired_token"]);
    let jwt = builder(Config::default()).error_handlers(ProblemHandlers).build().unwrap();
    let document = documented(&jwt, &[Policy::access()]);
    let content = &get(&document)["responses"]["401"]["content"]["application/problem+json"];
    assert_eq!(content["examples"]["expired_token"]["value"]["code"], "expired_token");
    assert_eq!(content["schema"]["properties"]["status"]["type"], "integer");
}

#[test]
fn all_challenges_are_in_one_example() {
    struct Two;

    impl ErrorHandlers for Two {
        fn unauthorized(&self, _: &Refusal<'_>) -> ErrorResponse {
            let response = ErrorResponse::text(401, "Log in.").header("WWW-Authenticate", "Bearer");
            response.header("WWW-Authenticate", "Basic realm=\"shop\"")
        }
    }

    let jwt = builder(Config::default()).error_handlers(Two).build().unwrap();
    let document = documented(&jwt, &[Policy::access()]);
    let challenge =
        &get(&document)["responses"]["401"]["headers"]["WWW-Authenticate"]["examples"]["unauthorized"];
    assert_eq!(challenge["value"], "Bearer, Basic realm=\"shop\"");
}

#[test]
#[should_panic(expected = "the handler needs a claim")]
fn a_handler_that_panics_on_a_sample_panics_in_document() {
    struct Claims;

    impl ErrorHandlers for Claims {
        fn expired_token(&self, _: &Refusal<'_>) -> ErrorResponse {
            panic!("the handler needs a claim")
        }
    }

    documented(&builder(Config::default()).error_handlers(Claims).build().unwrap(), &[Policy::access()]);
}

#[test]
fn a_response_of_the_handler_stays() {
    let document = documented(&manager(Config::default()), &[Policy::access().scopes(&["a"])]);
    assert_eq!(post(&document)["responses"]["403"], json!({ "description": "The shop is closed." }));
    assert_eq!(errors(get(&document), "403"), ["insufficient_scope"]);
}

/// A client that gets this error from the guard gets exactly the response that was described.
#[tokio::test]
async fn guards_respond_as_described() {
    let config = Config::default().token_location([Location::Header, Location::Cookie]);
    let jwt = builder(config).session_store(MemorySessions::new()).build().unwrap();
    let policy = Policy::access().fresh().scopes(&["orders"]);
    let described = sample_responses(&jwt, &policy, &Method::POST);

    let text = |token: jwt_core::TokenBuilder<'_>| token.encode().unwrap();
    let pair = jwt.log_in("alice").await.unwrap();
    let revoked = pair.access().to_owned();
    jwt.log_out_everywhere(&jwt.decode(&revoked).unwrap()).await.unwrap();
    let fresh = || jwt.access_token("alice").fresh();
    for (kind, field, value) in [
        (ErrorKind::Unauthorized, "x-other", String::new()),
        (ErrorKind::CsrfError, "cookie", format!("access_token_cookie={}", text(fresh()))),
        (ErrorKind::ExpiredToken, "authorization", {
            format!("Bearer {}", text(fresh().expires_at(std::time::UNIX_EPOCH)))
        }),
        (ErrorKind::NeedsFreshToken, "authorization", format!("Bearer {}", text(jwt.access_token("alice")))),
        (ErrorKind::InsufficientScope, "authorization", format!("Bearer {}", text(fresh()))),
        (ErrorKind::RevokedToken, "authorization", format!("Bearer {revoked}")),
        (ErrorKind::InvalidToken, "authorization", {
            let token = text(fresh());
            format!("Bearer {}{}", &token[..token.len() - 4], "AAAA")
        }),
    ] {
        let request = http::Request::post("/").header(field, value).body(()).unwrap();
        let error = match jwt.check(&request, &policy) {
            Ok(checked) => jwt.complete(checked).await.unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.kind(), kind);
        let real = jwt.respond(&error, &request, &policy);
        let (_, described) = described.iter().find(|(other, _)| *other == kind).unwrap();
        assert_eq!(described.status(), real.status(), "{kind:?}");
        assert_eq!(described.headers(), real.headers(), "{kind:?}");
        assert_eq!(described.body(), real.body(), "{kind:?}");
    }
}

/// A handler that tries to use the token of a sample error has nothing to use.
#[test]
fn sample_tokens_have_nothing_that_authenticates() {
    struct Thief(Arc<AtomicUsize>);

    impl ErrorHandlers for Thief {
        fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
            if let Some(token) = refusal.token() {
                self.0.fetch_add(1, Ordering::Relaxed);
                assert_eq!((token.identity(), token.id(), token.issuer()), ("", None, None));
                assert_eq!(token.claims_as::<serde_json::Value>().unwrap(), json!({}));
                assert!(token.header().is_empty());
                assert_eq!((token.session(), token.csrf()), (None, None));
            }
            refusal.default_response()
        }
    }

    let count = Arc::new(AtomicUsize::new(0));
    let jwt = builder(Config::default())
        .session_store(MemorySessions::new())
        .user_lookup_loader(|_| async { Some(()) })
        .error_handlers(Thief(Arc::clone(&count)))
        .build()
        .unwrap();
    let policy = Policy::access().fresh().scopes(&["a"]);
    assert!(!sample_responses(&jwt, &policy, &Method::GET).is_empty());
    assert_eq!(count.load(Ordering::Relaxed), 5);
}
