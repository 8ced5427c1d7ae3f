//! The document, and what it says about the guards.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails with a panic")]

use axum::body::{Body, to_bytes};
use axum::http::Request;
use jwt_axum::JwtManager;
use jwt_axum::keys::Secret;
use jwt_test::OpenApiTest;
use serde_json::{Value, json};
use tower_service::Service as _;

fn manager() -> JwtManager {
    crate::manager(&Secret::generate().expect("a secret")).expect("a manager")
}

async fn document(jwt: &JwtManager) -> Value {
    let request = Request::get("/openapi.json").body(Body::empty()).expect("a request");
    let response = crate::app(jwt).call(request).await.expect("a response");
    let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    serde_json::from_slice(&body).expect("JSON")
}

#[tokio::test]
async fn the_document_says_which_operations_need_a_token() {
    let jwt = manager();
    OpenApiTest::new(&jwt, "/openapi.json").assert(crate::app(&jwt)).await;
}

#[tokio::test]
async fn the_document_names_scopes_and_both_ways() {
    let document = document(&manager()).await;
    assert_eq!(
        document["paths"]["/notes/{id}"]["delete"]["security"],
        json!([
            { "bearer": ["admin"] },
            { "cookie.access_token_cookie": ["admin"], "csrf.x-csrf-token": [] },
        ])
    );
    assert_eq!(document["paths"]["/login"]["post"]["security"], Value::Null);
}

#[tokio::test]
async fn the_document_has_the_custom_responses() {
    let document = document(&manager()).await;
    let response = &document["paths"]["/me"]["get"]["responses"]["401"];
    let examples = &response["content"]["application/json"]["examples"];
    assert_eq!(examples["expired_token"]["value"], json!({ "err": "Token has expired", "refresh": true }));
}

#[tokio::test]
async fn the_document_describes_each_response() {
    let document = document(&manager()).await;
    let mut count = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let description = response["description"].as_str().unwrap_or_default();
                assert!(!description.is_empty(), "{method} {path} {status}");
                count += 1;
            }
        }
    }
    assert!(count > 10, "{count}");
}

#[tokio::test]
async fn a_logout_accepts_each_token_that_the_document_names() {
    let jwt = manager();
    let document = document(&jwt).await;
    let operation = &document["paths"]["/logout"]["post"];
    let security = operation["security"].as_array().expect("requirements");
    assert_eq!(security.len(), 3);
    for requirement in security {
        let tokens = jwt.log_in("test").await.expect("tokens");
        for (scheme, _) in requirement.as_object().expect("schemes") {
            assert!(document["components"]["securitySchemes"][scheme].is_object(), "{scheme}");
        }
        let (field, value) = if requirement.get("bearer").is_some() {
            ("authorization", format!("Bearer {}", tokens.access()))
        } else if requirement.get("cookie.access_token_cookie").is_some() {
            ("cookie", format!("access_token_cookie={}", tokens.access()))
        } else {
            ("cookie", format!("refresh_token_cookie={}", tokens.refresh()))
        };
        let csrf = jwt.decode(tokens.refresh()).expect("a token").csrf().expect("a CSRF value");
        let with_csrf = Request::post("/logout").header(field, &value).header("x-csrf-token", &*csrf);
        let without_csrf = Request::post("/logout").header(field, &value);
        let needs_csrf = requirement.get("csrf.x-csrf-token").is_some();
        for (request, expected) in [(without_csrf, if needs_csrf { 401 } else { 200 }), (with_csrf, 200)] {
            let request = request.body(Body::empty()).expect("a request");
            let response = crate::app(&jwt).call(request).await.expect("a response");
            assert_eq!(response.status(), expected, "{requirement}");
            assert!(operation["responses"].get(response.status().as_str()).is_some(), "{requirement}");
        }
    }
}
