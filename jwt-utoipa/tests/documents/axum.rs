//! Routers of utoipa-axum: what they serve is what they document.

use axum::body::Body;
use axum::routing::get;
use axum::{Json, Router};
use http::{Request, StatusCode};
use jwt_axum::AccessToken;
use jwt_core::{Config, JwtManager, Location, Policy};
use jwt_test::OpenApiTest;
use jwt_utoipa::axum::GuardedRouter as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::support::{errors, manager, panics};

#[utoipa::path(get, path = "/orders/{id}", params(("id" = u64, Path)), responses((status = 200, description = "The order", body = str)))]
async fn order() -> &'static str {
    "an order"
}

#[utoipa::path(delete, path = "/orders/{id}", params(("id" = u64, Path)), responses((status = 200, description = "The order is canceled", body = str)))]
async fn cancel() -> &'static str {
    "cancelled"
}

#[utoipa::path(get, path = "/report", responses((status = 200, description = "The report", body = str)))]
async fn report() -> &'static str {
    "a report"
}

#[utoipa::path(get, path = "/me", responses((status = 200, description = "The identity of the user", body = str)))]
async fn me(AccessToken(token): AccessToken) -> String {
    token.identity().to_owned()
}

#[utoipa::path(get, path = "/health", responses((status = 200, description = "The service is up", body = str)))]
async fn health() -> &'static str {
    "ok"
}

fn shop(jwt: &JwtManager) -> OpenApiRouter {
    let orders = OpenApiRouter::new()
        .routes(routes!(order, cancel))
        .guarded(jwt, Policy::access().scopes(&["orders"]))
        .routes(routes!(health));
    let admin =
        OpenApiRouter::new().routes(routes!(report)).guarded(jwt, Policy::access().scopes(&["admin"]));
    let staff = OpenApiRouter::new().nest("/admin", admin).guarded(jwt, Policy::access().scopes(&["staff"]));
    let me =
        OpenApiRouter::new().routes(routes!(me)).documented(jwt, &Policy::access()).with_state(jwt.clone());
    OpenApiRouter::new().merge(orders).nest("/staff", staff).merge(me)
}

fn served(router: OpenApiRouter) -> Router {
    let (router, api) = router.split_for_parts();
    router.route("/openapi.json", get(async || Json(api)))
}

async fn document(app: &Router) -> Value {
    let request = Request::get("/openapi.json").body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    serde_json::from_slice(&axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap()).unwrap()
}

#[tokio::test]
async fn what_is_guarded_is_documented() {
    let jwt = manager(Config::default().token_location([Location::Header, Location::Cookie]));
    let app = served(shop(&jwt));
    OpenApiTest::new(&jwt, "/openapi.json").assert(app.clone()).await;

    let document = document(&app).await;
    let paths = &document["paths"];
    let scopes = |of: &Value| of["security"][0]["bearer"].clone();
    assert_eq!(scopes(&paths["/orders/{id}"]["get"]), json!(["orders"]));
    assert_eq!(paths["/orders/{id}"]["delete"]["security"][1]["csrf.x-csrf-token"], json!([]));
    assert_eq!(scopes(&paths["/staff/admin/report"]["get"]), json!(["staff", "admin"]));
    assert_eq!(scopes(&paths["/me"]["get"]), json!([]));
    assert_eq!(paths["/health"]["get"]["security"], Value::Null);
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    assert!(schemes.keys().eq(["bearer", "cookie.access_token_cookie", "csrf.x-csrf-token"]));
}

#[tokio::test]
async fn a_client_gets_a_response_of_the_document() {
    let jwt = manager(Config::default());
    let app = served(shop(&jwt));
    let document = document(&app).await;
    let operation = &document["paths"]["/orders/{id}"]["get"];
    assert_eq!(errors(operation, "403"), ["insufficient_scope"]);
    let token = jwt.access_token("alice").encode().unwrap();
    let with = |value: String| Request::get("/orders/7").header("authorization", value).body(Body::empty());
    for (request, kind) in [
        (Request::get("/orders/7").body(Body::empty()), "unauthorized"),
        (with(format!("Bearer {token}")), "insufficient_scope"),
        (with(format!("Bearer {token}, Bearer {token}")), "invalid_request"),
    ] {
        let response = app.clone().oneshot(request.unwrap()).await.unwrap();
        let documented = &operation["responses"][response.status().as_str()];
        let content_type = response.headers()["content-type"].to_str().unwrap();
        let example = documented["content"][content_type]["examples"][kind]["value"].clone();
        let challenge = &documented["headers"]["WWW-Authenticate"]["examples"][kind]["value"];
        let sent = response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(sent.as_deref(), challenge.as_str(), "{kind}");
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), example, "{kind}");
    }
}

#[tokio::test]
async fn routes_that_are_added_later_are_neither_guarded_nor_documented() {
    let jwt = manager(Config::default());
    let app = served(
        OpenApiRouter::new().routes(routes!(order)).guarded(&jwt, Policy::access()).routes(routes!(report)),
    );
    let request = Request::get("/report").body(Body::empty()).unwrap();
    assert_eq!(app.clone().oneshot(request).await.unwrap().status(), StatusCode::OK);
    let document = document(&app).await;
    assert_eq!(document["paths"]["/report"]["get"]["security"], Value::Null);
    assert_eq!(document["paths"]["/orders/{id}"]["get"]["security"], json!([{ "bearer": [] }]));
}

/// The pitfalls of utoipa's documents, which a guard can't see.
#[tokio::test]
async fn the_test_finds_documents_that_differ_from_the_guards() {
    use utoipa::OpenApi;

    #[derive(OpenApi)]
    #[openapi(paths(order))]
    struct Listed;

    #[derive(OpenApi)]
    #[openapi(paths(health))]
    struct ListedHealth;

    #[derive(OpenApi)]
    #[openapi(security(("bearer" = [])))]
    struct Global;

    let jwt = manager(Config::default());
    let guarded = || OpenApiRouter::new().routes(routes!(order)).guarded(&jwt, Policy::access());
    let public = || OpenApiRouter::new().routes(routes!(health));
    for (router, expected) in [
        // The parent's operation precedes that of the guarded router.
        (
            OpenApiRouter::with_openapi(Listed::openapi()).merge(guarded()),
            "GET /orders/{id}: a request without a token gets 401 Unauthorized, but the document has no security",
        ),
        // The guard is written into all operations that the router's document has.
        (
            OpenApiRouter::with_openapi(ListedHealth::openapi())
                .routes(routes!(order))
                .guarded(&jwt, Policy::access())
                .routes(routes!(health)),
            "GET /health: a request without a token gets 200 OK, but the document requires bearer",
        ),
        (
            OpenApiRouter::with_openapi(Global::openapi()).merge(guarded()).merge(public()),
            "GET /health: a request without a token gets 200 OK, but the document requires bearer",
        ),
        (
            public().documented(&jwt, &Policy::access()),
            "GET /health: a request without a token gets 200 OK, but the document requires bearer",
        ),
        (
            guarded().documented(&jwt, &Policy::access().locations(&[Location::QueryString])).merge(public()),
            "",
        ),
    ] {
        let app = served(router);
        let message = panics(OpenApiTest::new(&jwt, "/openapi.json").assert(app)).await;
        let found = message.as_ref().is_some_and(|message| message.contains(expected));
        assert_eq!(found, !expected.is_empty(), "{message:?}");
    }
}

#[tokio::test]
async fn the_test_accepts_operations_with_a_token_in_the_body() {
    let jwt =
        manager(Config::default().token_location([Location::Header, Location::Json]).buffered_body(100));
    let json = || Policy::access().locations(&[Location::Json]);
    let router = || OpenApiRouter::new().routes(routes!(cancel));
    for router in [
        router().guarded(&jwt, json()),
        router().guarded(&jwt, json()).guarded(&jwt, Policy::access().optional()),
        router().guarded(&jwt, json().optional()),
    ] {
        OpenApiTest::new(&jwt, "/openapi.json").assert(served(router)).await;
    }
}

/// An extractor takes the token of the guard, from whichever location it is.
#[tokio::test]
async fn a_guard_in_front_of_an_extractor_decides_about_the_location() {
    let jwt = manager(Config::default());
    let guard = Policy::access().locations(&[Location::Cookie]);
    let router = OpenApiRouter::new().routes(routes!(me)).guarded(&jwt, guard).with_state(jwt.clone());
    let token = jwt.access_token("alice").encode().unwrap();
    let request = Request::get("/me").header("cookie", format!("access_token_cookie={token}"));
    let app = served(router);
    let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let security = &document(&app).await["paths"]["/me"]["get"]["security"];
    assert_eq!(security, &json!([{ "cookie.access_token_cookie": [] }]));
}

#[tokio::test]
async fn no_token_passes_the_guards_of_two_managers_that_share_a_location() {
    let (outer, inner) = (manager(Config::default()), manager(Config::default()));
    let router = OpenApiRouter::new()
        .routes(routes!(report))
        .guarded(&inner, Policy::access().scopes(&["a"]))
        .guarded(&outer, Policy::access().scopes(&["b"]));
    let app = served(router);
    let security = &document(&app).await["paths"]["/report"]["get"]["security"];
    assert_eq!(security, &json!([{ "bearer": ["b", "a"] }]));
    for jwt in [outer, inner] {
        let token = jwt.access_token("alice").scopes(["a", "b"]).encode().unwrap();
        let request = Request::get("/report").header("authorization", format!("Bearer {token}"));
        let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
}
