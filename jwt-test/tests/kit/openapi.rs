//! `OpenApiTest` reads every form of security requirements, and finds every difference from the guards.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::{any, get};
use futures_util::FutureExt as _;
use http::{Method, StatusCode};
use jwt_axum::{Config, ErrorHandlers, ErrorResponse, JwtManager, Policy, Refusal, keys::Secret, require};
use jwt_test::OpenApiTest;
use serde_json::{Value, json};

fn manager() -> JwtManager {
    JwtManager::builder(Config::default()).secret(Secret::generate().unwrap()).build().unwrap()
}

/// An application with a guarded and a public route, and this document.
fn app(jwt: &JwtManager, document: Value) -> Router {
    Router::new()
        .route("/guarded/{id}", any(async || "guarded"))
        .route_layer(require(jwt, Policy::access()))
        .route("/public/{id}", any(async || "public"))
        .route("/refused", any(async || StatusCode::UNAUTHORIZED))
        .route("/openapi.json", get(async move || document.to_string()))
}

/// A document with these paths, and the scheme `bearer`.
fn document(paths: &Value) -> Value {
    json!({
        "openapi": "3.1.0",
        "paths": paths,
        "components": { "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } } },
    })
}

/// The message of the assertion. `None` if it holds.
async fn fails(test: OpenApiTest<'_>, app: Router) -> Option<String> {
    let outcome = AssertUnwindSafe(test.assert(app)).catch_unwind().await;
    outcome.err().map(|failed| *failed.downcast::<String>().unwrap())
}

async fn check(document: Value) -> Option<String> {
    let jwt = manager();
    fails(OpenApiTest::new(&jwt, "/openapi.json"), app(&jwt, document)).await
}

#[tokio::test]
async fn requirements_of_operations_are_compared_with_guards() {
    let bearer = json!([{ "bearer": [] }]);
    for (path, security, expected) in [
        ("/guarded/1", Some(bearer.clone()), None),
        ("/guarded/1", Some(json!([{ "bearer": ["a"] }, { "bearer": [] }])), None),
        ("/guarded/1", None, Some("the document has no security requirement")),
        ("/guarded/1", Some(json!([])), Some("the document has no security requirement")),
        (
            "/guarded/1",
            Some(json!([{ "bearer": [] }, {}])),
            Some("the empty requirement {} in the document permits it"),
        ),
        ("/public/1", None, None),
        ("/public/1", Some(json!([])), None),
        ("/public/1", Some(json!([{ "bearer": [] }, {}])), None),
        ("/public/1", Some(bearer.clone()), Some("gets 200 OK, but the document requires bearer")),
        ("/nowhere", Some(bearer), Some("gets 404 Not Found, but the document requires bearer")),
    ] {
        let mut operation = json!({ "responses": {} });
        if let Some(security) = &security {
            operation["security"] = security.clone();
        }
        let message = check(document(&json!({ path: { "get": operation } }))).await;
        match (&message, expected) {
            (None, None) => {}
            (Some(message), Some(expected)) => {
                assert!(message.contains(&format!("GET {path}: ")), "{message}");
                assert!(message.contains(expected), "{message}");
            }
            _ => panic!("{path} {security:?}: {message:?}"),
        }
    }
}

#[tokio::test]
async fn a_requirement_of_the_document_is_for_operations_without_one() {
    let paths = json!({
        "/guarded/1": { "get": {}, "post": {} },
        "/public/1": { "get": { "security": [] } },
    });
    let mut all = document(&paths);
    all["security"] = json!([{ "bearer": [] }]);
    assert_eq!(check(all.clone()).await, None);
    all["paths"]["/public/1"]["get"] = json!({});
    let message = check(all).await.unwrap();
    assert!(message.contains("GET /public/1: a request without a token gets 200 OK"), "{message}");
}

#[tokio::test]
async fn a_token_in_the_body_counts() {
    let operation = json!({ "security": [], "x-jwt-json-member": "access_token" });
    assert_eq!(check(document(&json!({ "/guarded/1": { "post": operation } }))).await, None);
    let message = check(document(&json!({ "/public/1": { "post": operation } }))).await.unwrap();
    assert!(message.contains("the document requires a token in the body"), "{message}");
}

#[tokio::test]
async fn all_differences_are_listed() {
    let paths = json!({
        "/guarded/{id}": { "get": {}, "delete": { "security": [{ "bearer": [] }] }, "query": {} },
        "/public/{id}": { "patch": { "security": [{ "other": [], "bearer": [] }] } },
        "/guarded/2": { "additionalOperations": { "LINK": {} } },
    });
    let message = check(document(&paths)).await.unwrap();
    let lines: Vec<_> = message.lines().collect();
    assert_eq!(
        lines,
        [
            "/openapi.json does not say which operations are guarded:",
            "  LINK /guarded/2: a request without a token gets 401 Unauthorized, but the document has no security requirement",
            "  GET /guarded/{id}: a request without a token gets 401 Unauthorized, but the document has no security requirement",
            "  QUERY /guarded/{id}: a request without a token gets 401 Unauthorized, but the document has no security requirement",
            "  PATCH /public/{id}: a request without a token gets 200 OK, but the document requires bearer and other",
            "  PATCH /public/{id}: the security scheme \"other\" is not in components.securitySchemes",
        ]
    );
}

#[tokio::test]
async fn path_parameters_have_values_that_fit() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let jwt = manager();
    let parameter = |schema: Value| json!([{ "in": "path", "name": "id", "schema": schema }]);
    let mut document = document(&json!({
        "/public/{id}": { "get": { "parameters": parameter(json!({ "type": "integer" })) } },
        "/public/{id}/a": { "get": { "parameters": parameter(json!({ "format": "uuid" })) } },
        "/public/{id}/b": { "get": { "parameters": parameter(json!({ "enum": ["a b", "c"] })) } },
        "/public/{id}/c": { "get": {}, "parameters": parameter(json!({ "$ref": "#/components/schemas/Id" })) },
        "/public/{id}/d": { "get": { "parameters": [{ "$ref": "#/components/parameters/Id" }] } },
        "/public/{id}/e/{*rest}": { "get": {} },
    }));
    document["servers"] = json!([{ "url": "https://api.example/v1/" }]);
    document["components"]["schemas"] = json!({ "Id": { "default": 7 } });
    document["components"]["parameters"] = json!({ "Id": { "in": "path", "name": "id", "example": "x" } });
    let paths = Arc::clone(&seen);
    let public = Router::new().route("/v1/public/{*rest}", get(async || "public")).layer(from_fn(
        move |request: Request, next: Next| {
            paths.lock().unwrap().push(request.uri().path().to_owned());
            next.run(request)
        },
    ));
    assert_eq!(fails(OpenApiTest::new(&jwt, "/openapi.json"), public.merge(app(&jwt, document))).await, None);
    assert_eq!(
        *seen.lock().unwrap(),
        [
            "/v1/public/1",
            "/v1/public/00000000-0000-4000-8000-000000000001/a",
            "/v1/public/a%20b/b",
            "/v1/public/7/c",
            "/v1/public/x/d",
            "/v1/public/1/e/1",
        ]
    );
}

#[tokio::test]
async fn a_rejection_is_what_the_handlers_of_the_manager_respond() {
    struct Hidden;

    impl ErrorHandlers for Hidden {
        fn unauthorized(&self, _: &Refusal<'_>) -> ErrorResponse {
            ErrorResponse::empty(404)
        }
    }

    let hidden = JwtManager::builder(Config::default()).secret(Secret::generate().unwrap());
    let hidden = hidden.error_handlers(Hidden).build().unwrap();
    let paths = json!({ "/guarded/1": { "get": { "security": [{ "bearer": [] }] } } });
    let test = OpenApiTest::new(&hidden, "/openapi.json");
    assert_eq!(fails(test, app(&hidden, document(&paths))).await, None);

    // A route of the manager, in a test for another one.
    let jwt = manager();
    let test = || OpenApiTest::new(&jwt, "/openapi.json");
    assert!(fails(test(), app(&hidden, document(&paths))).await.is_some());
    assert_eq!(fails(test().manager(&hidden), app(&hidden, document(&paths))).await, None);

    // A 401 of the application itself has no challenge.
    let paths = json!({ "/refused": { "get": {} } });
    assert_eq!(fails(test(), app(&jwt, document(&paths))).await, None);
    let paths = json!({ "/public/{id}": { "get": { "security": [{ "bearer": [] }] } } });
    assert!(fails(test(), app(&jwt, document(&paths))).await.is_some());
    let except = test().except(Method::GET, "/public/{id}");
    assert_eq!(fails(except, app(&jwt, document(&paths))).await, None);
}

#[tokio::test]
async fn a_document_must_be_there() {
    let jwt = manager();
    let test = OpenApiTest::new(&jwt, "/other.json");
    let message = fails(test, app(&jwt, json!({}))).await.unwrap();
    assert_eq!(message, "/other.json gets 404 Not Found instead of an OpenAPI document");
    let message = check(document(&json!({}))).await.unwrap();
    assert_eq!(message, "/openapi.json has no operations");
    let message = fails(OpenApiTest::new(&jwt, "/public/1"), app(&jwt, json!({}))).await.unwrap();
    assert!(message.starts_with("/public/1 is not JSON: "), "{message}");
}
