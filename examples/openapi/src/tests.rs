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
