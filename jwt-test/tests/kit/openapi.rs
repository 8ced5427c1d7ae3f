//! `OpenApiTest` reads every form of security requirements, and finds every difference from the guards.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, Request};
use axum::http::HeaderMap;
use axum::middleware::{Next, from_fn};
use axum::routing::{any, get, post};
use futures_util::FutureExt as _;
use http::{Method, StatusCode};
use jwt_axum::{
    Config, ErrorHandlers, ErrorResponse, JwtManager, Location, Policy, Refusal, TokenError, keys::Secret,
    require,
};
use jwt_test::OpenApiTest;
use serde_json::{Map, Value, json};

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
        ("/nowhere", Some(bearer), Some("gets 404 Not Found, which does not show whether it is guarded")),
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
    document["servers"] =
        json!([{ "url": "https://api.example/v{n}/", "variables": { "n": { "default": "1" } } }]);
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

/// A document with one operation, and an application that serves it next to a route.
fn served(path: &str, method: &str, operation: &Value, routes: Router) -> Router {
    let document = document(&json!({ path: { method: operation } }));
    routes.route("/openapi.json", get(async move || document.to_string()))
}

#[tokio::test]
async fn a_response_that_does_not_show_whether_a_route_is_guarded_fails() {
    let jwt = manager();
    let guard = || require(&jwt, Policy::access());
    let orders = || Router::new().route("/orders", get(async || "orders")).route_layer(guard());
    // The first extractor rejects the request before that of the token could.
    let day = || Router::new().route("/day/{day}", get(async |_: Path<f32>| "a day"));
    let upload = |status: StatusCode| Router::new().route("/upload", post(async move || status));
    let monday = json!({ "parameters": [{ "in": "path", "name": "day", "example": "monday" }] });
    let [media, content] = [StatusCode::UNSUPPORTED_MEDIA_TYPE, StatusCode::UNPROCESSABLE_ENTITY];
    let required = json!({ "security": [{ "bearer": [] }] });
    for (routes, method, path, operation, status, advice) in [
        (orders(), "get", "/orders/", json!({}), "404 Not Found", "correct the path"),
        (day(), "post", "/day/{day}", json!({}), "405 Method Not Allowed", "correct the method"),
        (day(), "get", "/day/{day}", monday, "400 Bad Request", "add an example"),
        (upload(media), "post", "/upload", json!({}), "415 Unsupported Media Type", "add an example"),
        (upload(content), "post", "/upload", required, "422 Unprocessable Entity", "add an example"),
    ] {
        let app = || served(path, method, &operation, routes.clone());
        let test = || OpenApiTest::new(&jwt, "/openapi.json");
        let message = fails(test(), app()).await.unwrap();
        let expected = format!(
            "{} {path}: a request without a token gets {status}, which does not show whether it is guarded: {advice}",
            method.to_uppercase()
        );
        assert!(message.contains(&expected), "{message}");
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        assert_eq!(fails(test().except(method, path), app()).await, None);
    }
    let app = served("/day/{day}", "get", &json!({}), day());
    let test = OpenApiTest::new(&jwt, "/openapi.json");
    assert!(fails(test.clone().parameter("/day/{day}", "day", "monday"), app.clone()).await.is_some());
    assert_eq!(fails(test.clone().parameter("/day/{day}", "day", "7"), app.clone()).await, None);
    let message = fails(test.parameter("/day/{day}", "days", "7"), app).await.unwrap();
    assert!(
        message.contains("no operation with the path /day/{day} has the parameter \"days\""),
        "{message}"
    );
}

#[tokio::test]
async fn a_failure_does_not_show_that_an_operation_is_free() {
    let jwt = manager();
    for (status, advice) in [
        (StatusCode::TOO_MANY_REQUESTS, "permit more requests in the test"),
        (StatusCode::INTERNAL_SERVER_ERROR, "see the log of the application"),
        (StatusCode::SERVICE_UNAVAILABLE, "see the log of the application"),
    ] {
        let app =
            served("/orders", "get", &json!({}), Router::new().route("/orders", get(async move || status)));
        let message = fails(OpenApiTest::new(&jwt, "/openapi.json"), app).await.unwrap();
        let expected = format!(
            "gets {status}, which does not show whether it is guarded: {advice}, or leave it out with except()"
        );
        assert!(message.ends_with(&expected), "{message}");
    }
}

#[tokio::test]
async fn requests_have_required_parameters_and_bodies() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    let handler = async move |headers: HeaderMap, request: Request| {
        let target = request.uri().to_string();
        let body = axum::body::to_bytes(request.into_body(), 1024).await.unwrap();
        let field = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        requests.lock().unwrap().push((target, field("x-page"), field("content-type"), body));
        "ok"
    };
    let mut document = document(&json!({
        "/search": {
            "parameters": [
                { "in": "query", "name": "from", "required": true, "schema": { "type": "integer" } },
                { "in": "query", "name": "q", "required": true, "example": "replaced" },
            ],
            "post": {
                "parameters": [
                    { "in": "query", "name": "q", "required": true, "example": "a&b" },
                    { "in": "query", "name": "to" },
                    { "in": "query", "name": "set" },
                    { "in": "query", "name": "jwt", "required": true },
                    { "in": "header", "name": "X-Page", "required": true, "example": 3 },
                    { "in": "header", "name": "Authorization", "required": true },
                ],
                "requestBody": { "$ref": "#/components/requestBodies/Search" },
                "x-jwt-json-member": "token",
                "security": [{}],
            },
        },
    }));
    document["components"]["securitySchemes"]["query"] =
        json!({ "type": "apiKey", "in": "query", "name": "jwt" });
    document["components"]["requestBodies"] = json!({
        "Search": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Search" } } } },
    });
    document["components"]["schemas"] = json!({
        "Search": {
            "allOf": [{ "type": "object", "required": ["all"], "properties": { "all": { "type": "boolean" } } }],
            "required": ["name", "tags", "inner", "kind", "token", "at"],
            "properties": {
                "name": { "type": "string" },
                "tags": { "type": "array", "items": {} },
                "inner": { "anyOf": [{ "$ref": "#/components/schemas/Inner" }] },
                "kind": { "enum": ["a", "b"] },
                "at": { "type": ["string", "null"], "format": "date" },
                "token": { "type": "string" },
                "optional": { "type": "string" },
            },
        },
        "Inner": { "type": "object", "required": ["n"], "properties": { "n": { "type": "number", "minimum": 2 } } },
    });
    let app = Router::new()
        .route("/search", post(handler))
        .route("/openapi.json", get(async move || document.to_string()));
    let jwt = manager();
    let test = OpenApiTest::new(&jwt, "/openapi.json").parameter("/search", "set", "x");
    assert_eq!(fails(test, app).await, None);
    let seen = seen.lock().unwrap();
    let [(target, page, content_type, body)] = &**seen else { panic!("{seen:?}") };
    assert_eq!(target, "/search?q=a%26b&set=x&from=1");
    assert_eq!((page.as_deref(), content_type.as_deref()), (Some("3"), Some("application/json")));
    let expected = json!({
        "all": false, "at": "2000-01-01", "inner": { "n": 2 }, "kind": "a", "name": "1", "tags": [],
    });
    assert_eq!(serde_json::from_slice::<Value>(body).unwrap(), expected);
}

#[tokio::test]
async fn references_of_path_items_are_followed() {
    let mut document = document(&json!({ "/guarded/1": { "$ref": "#/components/pathItems/One%7B%7D" } }));
    document["components"]["pathItems"] = json!({ "One{}": { "$ref": "#/components/pathItems/Two" } });
    document["components"]["pathItems"]["Two"] = json!({ "get": {} });
    let message = check(document.clone()).await.unwrap();
    assert!(message.contains("GET /guarded/1: a request without a token gets 401"), "{message}");
    document["paths"]["/guarded/1"]["$ref"] = "other.json".into();
    let message = check(document).await.unwrap();
    assert_eq!(message, "/guarded/1 is elsewhere: \"other.json\" is not in the document");
}

#[tokio::test]
async fn servers_of_operations_precede_those_of_the_document() {
    let mut document = document(&json!({
        "/1": { "servers": [{ "url": "/public" }], "get": {}, "put": { "servers": [{ "url": "/guarded" }] } },
    }));
    document["servers"] = json!([{ "url": "/nowhere" }]);
    let message = check(document).await.unwrap();
    assert!(message.contains("PUT /1: a request without a token gets 401"), "{message}");
    assert!(!message.contains("GET /1"), "{message}");
}

#[tokio::test]
async fn a_rejection_of_the_application_is_not_that_of_a_guard() {
    let jwt = manager();
    let basic = [("www-authenticate", "Basic realm=\"x\"")];
    let bearer = [("www-authenticate", "Bearer")];
    let json = [("www-authenticate", "Bearer"), ("content-type", "application/json")];
    let required = json!({ "security": [{ "bearer": [] }] });
    for route in [
        get(async move || (StatusCode::UNAUTHORIZED, basic)),
        get(async move || (StatusCode::UNAUTHORIZED, bearer)),
        get(async move || (StatusCode::UNAUTHORIZED, bearer, "no")),
        get(async move || (StatusCode::UNAUTHORIZED, json, r#"{"other":"no"}"#)),
        // One has the body of the manager's handlers, and the other one also their challenge.
        get(async move || (StatusCode::UNAUTHORIZED, [basic[0], json[1]], r#"{"msg":"no"}"#)),
        get(async move || (StatusCode::UNAUTHORIZED, bearer, r#"{"msg":"no"}"#)),
    ] {
        let app = served("/orders", "get", &required, Router::new().route("/orders", route.clone()));
        let message = fails(OpenApiTest::new(&jwt, "/openapi.json"), app).await.unwrap();
        let expected =
            "401 Unauthorized, which is not the response of the manager's handlers, but the document";
        assert!(message.contains(expected), "{message}");
        // Nobody may read it as public either.
        let app = served("/orders", "get", &json!({}), Router::new().route("/orders", route));
        assert!(fails(OpenApiTest::new(&jwt, "/openapi.json"), app).await.is_some());
    }
}

#[tokio::test]
async fn what_a_policy_changes_in_a_response_does_not_matter() {
    let config = Config::default()
        .token_location([Location::Header, Location::Cookie])
        .resource("https://api.example")
        .authorization_servers(["https://idp.example"]);
    let jwt = JwtManager::builder(config).secret(Secret::generate().unwrap()).build().unwrap();
    for policy in [
        Policy::access().scopes(&["read", "write"]),
        Policy::refresh().locations(&[Location::Cookie]),
        Policy::any(),
    ] {
        let routes = Router::new()
            .route("/orders", get(async || "orders").head(async || "orders"))
            .route_layer(require(&jwt, policy));
        for method in ["get", "head"] {
            let required = json!({ "security": [{ "bearer": [] }] });
            let app = served("/orders", method, &required, routes.clone());
            assert_eq!(fails(OpenApiTest::new(&jwt, "/openapi.json"), app).await, None);
        }
    }
}

/// Responds to a missing token with a redirect to the page of the login.
struct ToLogin;

impl ErrorHandlers for ToLogin {
    fn unauthorized(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::empty(303).header("location", format!("/login?next={}", refusal.path()))
    }
}

#[tokio::test]
async fn redirects_of_handlers_are_not_those_of_guards() {
    let builder = JwtManager::builder(Config::default()).secret(Secret::generate().unwrap());
    let jwt = builder.error_handlers(ToLogin).build().unwrap();
    let required = json!({ "security": [{ "bearer": [] }] });
    let redirect = post(async || (StatusCode::SEE_OTHER, [("location", "/orders/7?new")]));
    let open = Router::new().route("/orders", redirect);
    let guarded = open.clone().route_layer(require(&jwt, Policy::access()));
    let outcome = async |operation: &Value, routes: &Router| {
        let app = served("/orders", "post", operation, routes.clone());
        fails(OpenApiTest::new(&jwt, "/openapi.json"), app).await
    };
    assert_eq!(outcome(&required, &guarded).await, None);
    assert_eq!(outcome(&json!({}), &open).await, None);
    let message = outcome(&required, &open).await.unwrap();
    let expected =
        "a request without a token gets 303 See Other to /orders/7, but the document requires bearer";
    assert!(message.contains(expected), "{message}");
    let message = outcome(&json!({}), &guarded).await.unwrap();
    assert!(message.contains("but the document has no security requirement"), "{message}");
}

/// Responds in another way for each reason why a token is missing.
struct ByReason;

impl ErrorHandlers for ByReason {
    fn unauthorized(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        let TokenError::Missing(reasons) = refusal.error() else { return refusal.default_response() };
        let members: Map<_, _> = reasons.iter().map(|reason| (format!("{reason:?}"), true.into())).collect();
        ErrorResponse::json(401, &members)
    }
}

#[tokio::test]
async fn handlers_can_distinguish_the_reasons_of_a_missing_token() {
    let all = [
        Location::Header,
        Location::Cookie,
        Location::QueryString,
        Location::Json,
        Location::WebSocketProtocol,
    ];
    let operation = json!({
        "security": [{ "bearer": [] }],
        "requestBody": { "content": { "application/json": { "example": {} } } },
    });
    let alone = all.into_iter().map(|location| vec![location]);
    for locations in alone.chain([all.to_vec(), vec![Location::Header, Location::Cookie]]) {
        let config = Config::default().token_location(locations.clone()).buffered_body(1024);
        let builder = JwtManager::builder(config).secret(Secret::generate().unwrap());
        let jwt = builder.error_handlers(ByReason).build().unwrap();
        for policy in [
            Policy::access(),
            Policy::refresh(),
            Policy::access().locations(&[Location::Header]),
            Policy::access().locations(&[Location::QueryString, Location::Json, Location::WebSocketProtocol]),
        ] {
            let routes = Router::new().route("/orders", post(async || "orders"));
            let routes = routes.route_layer(require(&jwt, policy));
            let app = served("/orders", "post", &operation, routes);
            let outcome = fails(OpenApiTest::new(&jwt, "/openapi.json"), app).await;
            assert_eq!(outcome, None, "{locations:?}");
        }
    }
}

#[tokio::test]
async fn a_proxy_can_remove_the_path_of_the_server() {
    let jwt = manager();
    let paths =
        json!({ "/guarded/1": { "get": { "security": [{ "bearer": [] }] } }, "/public/1": { "get": {} } });
    let mut document = document(&paths);
    document["servers"] = json!([{ "url": "https://api.example/shop/v1" }]);
    let test = || OpenApiTest::new(&jwt, "/openapi.json");
    let message = fails(test(), app(&jwt, document.clone())).await.unwrap();
    let expected = "or set another path than /shop/v1 in front of it with base(), or leave it out";
    assert!(message.contains(expected), "{message}");
    for base in ["", "/"] {
        assert_eq!(fails(test().base(base), app(&jwt, document.clone())).await, None);
    }
    let nested = Router::new().nest("/inner/%7Bx", app(&jwt, document.clone()));
    let test_of_nested = OpenApiTest::new(&jwt, "/inner/%7Bx/openapi.json");
    assert_eq!(fails(test_of_nested.base("/inner/%7Bx/"), nested).await, None);

    for base in ["shop", "https://api.example/shop", "/shop?", "/shop#", "/a shop"] {
        let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| test().base(base)));
        let message = *outcome.unwrap_err().downcast::<String>().unwrap();
        assert_eq!(message, format!("the base {base:?} is not the path of a URI"));
    }
}

#[tokio::test]
async fn requests_have_cookies_and_forms() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    let handler = async move |headers: HeaderMap, request: Request| {
        let body = axum::body::to_bytes(request.into_body(), 1024).await.unwrap();
        let cookies = headers.get_all("cookie").iter().map(|value| value.to_str().unwrap().to_owned());
        let content_type = headers["content-type"].to_str().unwrap().to_owned();
        requests.lock().unwrap().push((cookies.collect::<Vec<_>>(), content_type, body));
        "ok"
    };
    let form = "application/x-www-form-urlencoded";
    let operation = json!({
        "parameters": [
            { "in": "cookie", "name": "theme", "required": true, "example": "a=/b; \u{fc}%" },
            { "in": "cookie", "name": "tenant" },
            { "in": "cookie", "name": "language" },
            { "in": "cookie", "name": "access_token_cookie", "required": true },
            { "in": "header", "name": "Authorization", "required": true },
        ],
        "requestBody": { "content": { form: { "schema": { "$ref": "#/components/schemas/Order" } } } },
    });
    let mut document = document(&json!({ "/orders": { "post": operation } }));
    document["components"]["securitySchemes"]["cookie"] =
        json!({ "type": "apiKey", "in": "cookie", "name": "access_token_cookie" });
    document["components"]["schemas"]["Order"] = json!({
        "required": ["name", "count", "tags"],
        "properties": {
            "name": { "example": "a b&c" },
            "count": { "type": "integer" },
            "tags": { "example": ["x", "y"] },
            "note": { "type": "string" },
        },
    });
    let app = Router::new()
        .route("/orders", post(handler))
        .route("/openapi.json", get(async move || document.to_string()));
    let jwt = manager();
    let test = OpenApiTest::new(&jwt, "/openapi.json");
    let with_tenant = test.clone().parameter("/orders", "tenant", "shop");
    assert_eq!(fails(with_tenant, app.clone()).await, None);
    let requests = std::mem::take(&mut *seen.lock().unwrap());
    let [(cookies, content_type, body)] = &*requests else { panic!("{requests:?}") };
    assert_eq!(*cookies, ["theme=a=/b%3B%20%C3%BC%25; tenant=shop"]);
    assert_eq!(content_type, form);
    assert_eq!(body, "count=1&name=a%20b%26c&tags=x&tags=y");

    // What is never sent can't be set.
    for name in ["access_token_cookie", "Authorization"] {
        let message = fails(test.clone().parameter("/orders", name, "1"), app.clone()).await.unwrap();
        let expected = format!("no operation with the path /orders has the parameter {name:?}");
        assert!(message.contains(&expected), "{message}");
    }
}

#[tokio::test]
async fn an_operation_with_another_body_can_only_be_left_out() {
    let jwt = manager();
    let operation = json!({ "requestBody": { "content": { "multipart/form-data": {} } } });
    let upload = Router::new().route("/upload", post(async || StatusCode::UNSUPPORTED_MEDIA_TYPE));
    let app = served("/upload", "post", &operation, upload);
    let message = fails(OpenApiTest::new(&jwt, "/openapi.json"), app).await.unwrap();
    assert!(message.ends_with("whether it is guarded: leave it out with except()"), "{message}");

    // A parameter can be the cause.
    let mut operation = operation;
    operation["parameters"] = json!([{ "in": "query", "name": "name" }]);
    let upload = Router::new().route("/upload", post(async || StatusCode::BAD_REQUEST));
    let app = served("/upload", "post", &operation, upload);
    let message = fails(OpenApiTest::new(&jwt, "/openapi.json"), app).await.unwrap();
    assert!(message.contains("or set the parameters with parameter(), or leave it out"), "{message}");
}

#[tokio::test]
async fn a_request_that_cannot_be_written_is_shown() {
    let mut of_relative = document(&json!({ "/public/1": { "get": {} } }));
    of_relative["servers"] = json!([{ "url": "v1" }]);
    let message = check(of_relative).await.unwrap();
    assert!(
        message.starts_with("GET /public/1: \"v1/public/1\" is not the path of a request: "),
        "{message}"
    );
    assert!(message.ends_with("; set another base()"), "{message}");

    let parameters = json!([{ "in": "header", "name": "x", "required": true, "example": "a\nb" }]);
    let message = check(document(&json!({ "/public/1": { "get": { "parameters": parameters } } }))).await;
    assert_eq!(message.unwrap(), "/public/1: the value of x cannot be in a header field");
}
