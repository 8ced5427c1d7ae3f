use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::IntoResponse as _;
use axum::routing::{any, get, post};
use futures_util::FutureExt as _;
use http::{Method, Request, Response, StatusCode};
use jwt_axum::{AccessToken, FreshToken, RefreshToken, require};
use jwt_core::keys::{Algorithm, KeyRing, LoadedKey, Secret, SigningKey};
use jwt_core::session::MemorySessions;
use jwt_core::{
    Config, ErrorHandlers, ErrorResponse, Issuer, JwtManager, Location, Policy, Refusal, RequestInfo, Token,
};
use jwt_test::{FailingStore, FakeIssuer, Flaw, GuardTest, Outage, assert_guarded};
use tower_http::cors::{AllowMethods, Any, CorsLayer};

fn config() -> Config {
    Config::default().issuer("https://shop.example").audience("shop")
}

fn manager(config: Config) -> JwtManager {
    JwtManager::builder(config).secret(Secret::generate().unwrap()).build().unwrap()
}

fn request(path: &str, token: &str) -> Request<&'static str> {
    Request::get(path).header("authorization", format!("Bearer {token}")).body("").unwrap()
}

async fn orders(AccessToken(_): AccessToken) -> &'static str {
    "orders"
}

const OPTIONS_REACHED: &str = "a request with OPTIONS and no token gets 200 OK, \
     which is not recognized as the response of a CORS layer; see GuardTest";

/// Returns the message of an assertion that fails.
async fn problems(assertion: impl Future<Output = ()>) -> String {
    let panic = AssertUnwindSafe(assertion).catch_unwind().await.expect_err("the assertion fails");
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned()))
        .unwrap()
}

#[tokio::test]
async fn extractors_and_guards_of_axum() {
    let jwt = manager(config());
    let reader = jwt.access_token("alice").scopes(["orders:read"]).encode().unwrap();
    let app = Router::new()
        .route("/orders", get(|| async { "orders" }))
        .route_layer(require(&jwt, Policy::access().scopes(&["orders:read"])))
        .route("/access", any(orders))
        .route("/fresh", get(|_: FreshToken| async { "fresh" }))
        .route("/refresh", post(|_: RefreshToken| async { "refreshed" }))
        .with_state(jwt.clone());
    assert_guarded(&jwt, app.clone(), request("/orders", &reader)).await;
    let token = jwt.access_token("alice").encode().unwrap();
    assert_guarded(&jwt, app.clone(), request("/access", &token)).await;
    let token = jwt.access_token("alice").fresh().encode().unwrap();
    assert_guarded(&jwt, app.clone(), request("/fresh", &token)).await;
    let mut exchange = request("/refresh", &jwt.refresh_token("alice").encode().unwrap());
    *exchange.method_mut() = Method::POST;
    assert_guarded(&jwt, app, exchange).await;
}

#[tokio::test]
async fn the_layer_of_tower_and_grpc() {
    let jwt = manager(config());
    let token = jwt.access_token("alice").scopes(["orders:read"]).encode().unwrap();
    let layer = jwt_tower::JwtLayer::new(&jwt, Policy::access().scopes(&["orders:read"])).unwrap();
    let service = tower::ServiceBuilder::new().layer(layer).service_fn(
        |_: Request<http_body_util::Full<bytes::Bytes>>| async {
            let response = Response::builder().header("grpc-status", "0");
            Ok::<_, std::convert::Infallible>(
                response.body(http_body_util::Full::<bytes::Bytes>::default()).unwrap(),
            )
        },
    );
    assert_guarded(&jwt, service.clone(), request("/orders", &token)).await;

    let mut call = request("/shop.Orders/List", &token);
    *call.method_mut() = Method::POST;
    call.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
    assert_guarded(&jwt, service, call).await;
}

#[tokio::test]
async fn filters_of_warp() {
    use warp::Filter as _;

    let jwt = manager(config());
    let token = jwt.access_token("alice").encode().unwrap();
    let routes = jwt_warp::guard(&jwt, |token| {
        warp::path!("orders").and(token).map(|jwt_warp::AccessToken(_): jwt_warp::AccessToken| "orders")
    });
    assert_guarded(&jwt, warp::service(routes), request("/orders", &token)).await;
}

#[cfg(feature = "actix")]
#[actix_web::test]
async fn an_application_of_actix_web() {
    use actix_web::{App, test, web};

    async fn orders(_: jwt_actix::AccessToken) -> &'static str {
        "orders"
    }
    let jwt = manager(config());
    let token = jwt.access_token("alice").scopes(["orders:read"]).encode().unwrap();
    let policy = Policy::access().scopes(&["orders:read"]);
    let app = App::new()
        .app_data(web::Data::new(jwt.clone()))
        .route("/orders", web::get().to(orders))
        .route("/guarded", web::get().to(orders).wrap(jwt_actix::require(&jwt, policy)))
        .route("/open", web::get().to(|| async { "open" }));
    let app = test::init_service(app).await;
    GuardTest::new(&jwt).assert_actix(&app, request("/guarded", &token)).await;
    let message = problems(GuardTest::new(&jwt).assert_actix(&app, request("/orders", &token))).await;
    let expected = "GET /orders is not guarded as it should be:\n  a request with a token without authorities gets 200 OK";
    assert_eq!(message, expected);
    let message = problems(GuardTest::new(&jwt).assert_actix(&app, request("/open", &token))).await;
    assert!(message.contains("a request with no token gets 200 OK"), "{message}");
}

#[tokio::test]
async fn tokens_of_an_issuer() {
    let login = FakeIssuer::start();
    let issuer = Issuer::new(login.url(), login.key_set()).audience("api").audience_alone();
    let jwt = JwtManager::builder(Config::default()).trusted_issuer(issuer).build().unwrap();
    let app = Router::new().route("/orders", get(orders)).with_state(jwt.clone());
    let token = login.token().sign();
    GuardTest::new(&jwt).issuer(&login).assert(app, request("/orders", &token)).await;
}

/// A signature that the manager rejects anyway would hide every hole.
#[tokio::test]
async fn the_key_of_the_good_token_signs_the_others() {
    let expected =
        "the key that signs the tokens of the manager is not the key of the token that should be good";
    let response = async |_| Response::new(());
    let message = async |jwt: &JwtManager, token: &str| {
        problems(GuardTest::new(jwt).assert_with(request("/", token), response)).await
    };

    // A token of an issuer, without `issuer`.
    let login = FakeIssuer::start();
    let issuer = Issuer::new(login.url(), login.key_set()).audience("api").audience_alone();
    let builder = JwtManager::builder(config()).secret(Secret::generate().unwrap());
    let jwt = builder.trusted_issuer(issuer).build().unwrap();
    let text = message(&jwt, &login.token().sign()).await;
    assert!(text.starts_with(expected) && text.contains("pass the issuer to GuardTest::issuer"), "{text}");

    // A token of the manager, with `issuer`.
    let token = jwt.access_token("alice").encode().unwrap();
    let text =
        problems(GuardTest::new(&jwt).issuer(&login).assert_with(request("/", &token), response)).await;
    assert!(
        text.starts_with("the token that should be good is not one of the fake issuer http://"),
        "{text}"
    );
    // A token of the issuer, with a `kid` that it does not have.
    let token = login.token().header("kid", "other").sign();
    let text =
        problems(GuardTest::new(&jwt).issuer(&login).assert_with(request("/", &token), response)).await;
    assert!(
        text.starts_with("the token that should be good is not one of the fake issuer http://"),
        "{text}"
    );

    // A token that was signed before a rotation.
    let secret = |id: &str| {
        SigningKey::from_secret(Algorithm::HS256, Secret::generate().unwrap()).unwrap().with_id(id)
    };
    let (old, new) = (secret("old"), secret("new"));
    let before = JwtManager::builder(config()).keys(KeyRing::new(old.clone())).build().unwrap();
    let ring = KeyRing::new(new).with_verifying_key(old.verifying_key().clone());
    let jwt = JwtManager::builder(config()).keys(ring).build().unwrap();
    let text = message(&jwt, &before.access_token("alice").encode().unwrap()).await;
    assert!(text.starts_with(expected), "{text}");

    // A key of a loader, in addition to one of the manager.
    let (sign, verify) = (secret("loaded"), old.verifying_key().clone());
    let loaded = sign.verifying_key().clone();
    let jwt = JwtManager::builder(config())
        .keys(KeyRing::new(old))
        .encode_key_loader(move |_| Some(sign.clone()))
        .decode_key_loader(move |token| {
            let key = if token.key_id() == Some("loaded") { &loaded } else { &verify };
            Some(LoadedKey::for_issuer(key.clone(), "https://shop.example"))
        })
        .build()
        .unwrap();
    let text = message(&jwt, &jwt.access_token("alice").encode().unwrap()).await;
    assert!(text.starts_with(expected), "{text}");
}

#[tokio::test]
async fn a_test_can_leave_out_flaws_and_add_tokens() {
    let builder = JwtManager::builder(config()).secret(Secret::generate().unwrap());
    let jwt = builder.session_store(MemorySessions::new()).build().unwrap();
    let app = Router::new()
        .route("/orders", get(|| async { "orders" }))
        .route_layer(require(&jwt, Policy::any()))
        .with_state(jwt.clone());
    let pair = jwt.log_in("alice").await.unwrap();
    let test = GuardTest::new(&jwt).accepts(Flaw::OtherKind);
    let message = problems(test.assert(app.clone(), request("/orders", pair.access()))).await;
    assert!(message.ends_with("a token that is not fresh gets 200 OK"), "{message}");
    assert_eq!(message.lines().count(), 2, "{message}");
    let test = test.accepts(Flaw::Stale);
    test.assert(app.clone(), request("/orders", pair.access())).await;

    let message = problems(
        test.rejects("bob", jwt.access_token("bob").encode().unwrap())
            .assert(app, request("/orders", pair.access())),
    )
    .await;
    assert!(message.ends_with("\n  a request with bob gets 200 OK"), "{message}");
}

#[tokio::test]
async fn exempt_requests_are_not_a_hole() {
    let jwt =
        JwtManager::builder(Config::flask_compatible()).secret(Secret::generate().unwrap()).build().unwrap();
    let app = Router::new()
        .route("/orders", any(|| async { "orders" }))
        .route_layer(require(&jwt, Policy::access()));
    let token = jwt.access_token("alice").encode().unwrap();
    assert_guarded(&jwt, app, request("/orders", &token)).await;
}

#[tokio::test]
async fn tokens_in_cookies_and_in_the_query() {
    let jwt = manager(config().token_location([Location::Cookie, Location::QueryString]));
    let app = Router::new().route("/orders", get(orders).post(orders)).with_state(jwt.clone());
    let token = jwt.access_token("alice").encode().unwrap();
    let csrf = jwt.decode(&token).unwrap().csrf().unwrap();
    let cookie = format!("theme=dark; access_token_cookie={token}; language=en");
    let in_cookie = Request::post("/orders?page=2")
        .header("cookie", cookie)
        .header("x-csrf-token", &*csrf)
        .body("")
        .unwrap();
    assert_guarded(&jwt, app.clone(), in_cookie).await;
    let hint = FakeIssuer::start().token().audience("login").sign();
    let in_query = format!("/orders?page=2&jwt={token}&id_token_hint={hint}");
    let in_query = Request::get(in_query).body("").unwrap();
    assert_guarded(&jwt, app, in_query).await;
}

#[tokio::test]
async fn every_hole_of_a_route_without_a_guard_is_listed() {
    let jwt = manager(config());
    let app = Router::new().route("/orders", any(|| async { "orders" }));
    let token = jwt.access_token("alice").fresh().scopes(["orders:read"]).encode().unwrap();
    let message = problems(assert_guarded(&jwt, app, request("/orders", &token))).await;
    let lines: Vec<_> = message.lines().map(str::trim).collect();
    assert_eq!(lines[0], "GET /orders is not guarded as it should be:");
    assert_eq!(lines.len() - 1, 2 + Flaw::ALL.len());
    let expected = [
        "a request with no token gets 200 OK",
        OPTIONS_REACHED,
        "a request with a token without a signature gets 200 OK",
    ];
    assert_eq!(lines[1..4], expected);
}

#[tokio::test]
async fn one_hole_is_found() {
    let jwt = manager(config());
    let handler = || async { "orders" };
    let app = Router::new()
        .route("/scopes", get(orders))
        .route("/options", get(orders).options(handler))
        .with_state(jwt.clone());
    let token = jwt.access_token("alice").fresh().scopes(["orders:read"]).encode().unwrap();
    let message = problems(assert_guarded(&jwt, app.clone(), request("/scopes", &token))).await;
    assert!(message.contains("a token that is not fresh gets 200 OK"), "{message}");
    assert!(message.ends_with("a token without authorities gets 200 OK"), "{message}");
    assert_eq!(message.lines().count(), 3, "{message}");

    let token = jwt.access_token("alice").encode().unwrap();
    let message = problems(assert_guarded(&jwt, app, request("/options", &token))).await;
    assert!(message.ends_with(OPTIONS_REACHED), "{message}");
    assert_eq!(message.lines().count(), 2, "{message}");
}

#[tokio::test]
async fn an_outage_is_not_a_rejection() {
    let store = FailingStore::new(MemorySessions::new());
    let jwt = JwtManager::builder(config()).secret(Secret::generate().unwrap()).session_store(store.clone());
    let jwt = jwt.build().unwrap();
    let app = Router::new().route("/orders", get(orders)).with_state(jwt.clone());
    let pair = jwt.log_in("alice").not_fresh().await.unwrap();
    assert_guarded(&jwt, app.clone(), request("/orders", pair.access())).await;
    store.fail(Outage::Down);
    let message = problems(assert_guarded(&jwt, app, request("/orders", pair.access()))).await;
    assert!(message.contains("the good token gets 503 Service Unavailable"), "{message}");

    let good = format!("Bearer {}", pair.access());
    let unavailable = async |request: Request<bytes::Bytes>| {
        let is_good = request.headers().get("authorization").is_some_and(|value| *value == *good);
        let status = if is_good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        Response::builder().status(status).body(()).unwrap()
    };
    let test = GuardTest::new(&jwt);
    let message = problems(test.assert_with(request("/orders", pair.access()), unavailable)).await;
    assert!(message.contains("a request with no token gets 503 Service Unavailable"), "{message}");
    assert!(message.contains("a request with an expired token gets 503 Service Unavailable"), "{message}");
}

#[tokio::test]
async fn a_typo_does_not_look_like_a_guard() {
    let jwt = manager(config());
    let token = jwt.access_token("alice").encode().unwrap();
    let message = problems(assert_guarded(&jwt, Router::new(), request("/order", &token))).await;
    assert!(message.ends_with("the request with the good token gets 404 Not Found"), "{message}");
    let nothing = Request::get("/orders").body("").unwrap();
    let message = problems(assert_guarded(&jwt, Router::new(), nothing)).await;
    assert_eq!(message, "the request does not have a good token in a header field, a cookie, or the query");
    let refresh = jwt.refresh_token("alice").encode().unwrap();
    let two = Request::get("/").header("a", &token).header("b", &refresh).body("").unwrap();
    let message = problems(assert_guarded(&jwt, Router::new(), two)).await;
    assert_eq!(message, "the request has several good tokens: keep the one that the route requires");
}

#[tokio::test]
async fn a_cors_layer_outside_the_guard_responds_to_preflights() {
    let jwt = manager(config());
    let token = jwt.access_token("alice").encode().unwrap();
    let app = Router::new()
        .route("/orders", any(orders))
        .layer(CorsLayer::new().allow_methods([Method::GET]).allow_origin(Any))
        .with_state(jwt.clone());
    assert_guarded(&jwt, app, request("/orders", &token)).await;
}

#[tokio::test]
async fn the_fields_of_cors_are_not_a_guard() {
    let jwt = manager(config());
    let token = jwt.access_token("alice").encode().unwrap();
    let open =
        |_| async { Response::builder().header("access-control-allow-methods", "GET").body(()).unwrap() };
    let message = problems(GuardTest::new(&jwt).assert_with(request("/", &token), open)).await;
    assert!(message.contains("a request with no token gets 200 OK"), "{message}");
    assert!(message.contains(OPTIONS_REACHED), "{message}");

    // A guard that lets `OPTIONS` through, in a layer that adds the field to all responses.
    let guard = async |State(jwt): State<JwtManager>, request: axum::extract::Request, next: Next| {
        let is_guarded = request.method() != Method::OPTIONS;
        match jwt.check(&request, &Policy::access()) {
            Err(error) if is_guarded => jwt.respond(&error, &request, &Policy::access()).map(Into::into),
            _ => next.run(request).await,
        }
    };
    let add = async |response: axum::response::Response| {
        ([("access-control-allow-origin", "*"), ("access-control-allow-methods", "GET")], response)
    };
    let app = Router::new()
        .route("/orders", any(async || StatusCode::NO_CONTENT))
        .layer(axum::middleware::from_fn_with_state(jwt.clone(), guard))
        .layer(axum::middleware::map_response(add));
    let message = problems(assert_guarded(&jwt, app, request("/orders", &token))).await;
    assert!(message.contains("a request with OPTIONS and no token gets 204 No Content"), "{message}");
    assert_eq!(message.lines().count(), 2, "{message}");

    // A handler that sets the field.
    let app = Router::new()
        .route(
            "/orders",
            get(orders).options(|| async { ([("access-control-allow-methods", "GET")], "orders") }),
        )
        .with_state(jwt.clone());
    let message = problems(assert_guarded(&jwt, app, request("/orders", &token))).await;
    assert!(message.ends_with(OPTIONS_REACHED), "{message}");
}

/// Layers of tower-http without a list of methods. None of them lets an `OPTIONS` request through.
#[tokio::test]
async fn cors_layers_without_a_list_of_methods_respond_to_preflights() {
    let jwt = manager(config());
    let token = jwt.access_token("alice").encode().unwrap();
    let origin = "https://app.example";
    let new = CorsLayer::new;
    for layer in [
        new().allow_origin(Any),
        new().allow_origin([origin.parse().unwrap()]),
        new().allow_origin(Any).allow_methods(AllowMethods::mirror_request()),
        CorsLayer::permissive(),
        CorsLayer::very_permissive(),
    ] {
        let app = Router::new().route("/orders", any(orders)).with_state(jwt.clone()).layer(layer.clone());
        let mut request = request("/orders", &token);
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let outcome = AssertUnwindSafe(assert_guarded(&jwt, app, request)).catch_unwind().await;
        assert!(outcome.is_ok(), "{layer:?}");
    }
    let app = Router::new().route("/orders", any(orders)).with_state(jwt.clone());
    assert_guarded(&jwt, app.layer(CorsLayer::very_permissive()), request("/orders", &token)).await;
    // The response to the good token is empty as well.
    let nothing = async |_: AccessToken| {};
    let app = Router::new().route("/orders", any(nothing)).with_state(jwt.clone());
    assert_guarded(&jwt, app.layer(CorsLayer::very_permissive()), request("/orders", &token)).await;
}

#[tokio::test]
async fn a_handler_without_a_guard_in_a_cors_layer_is_found() {
    let jwt = manager(config());
    let token = jwt.access_token("alice").encode().unwrap();
    // The layer adds the field to all responses, and does not respond itself.
    let allow_all = async |mut response: axum::response::Response| {
        response.headers_mut().insert("access-control-allow-origin", "*".parse().unwrap());
        response
    };
    let nothing = async |_: AccessToken| {};
    let (found, with_body) = (async || {}, async || "orders");
    for route in [get(nothing).options(found), get(orders).options(with_body)] {
        let app = Router::new().route("/orders", route).with_state(jwt.clone());
        let app = app.layer(axum::middleware::map_response(allow_all));
        let message = problems(assert_guarded(&jwt, app, request("/orders", &token))).await;
        assert!(message.ends_with(OPTIONS_REACHED), "{message}");
        assert_eq!(message.lines().count(), 2, "{message}");
    }

    // The layer responds to preflight requests, and others reach the handler.
    let app = Router::new().route("/orders", get(orders).options(found)).with_state(jwt.clone());
    let app =
        app.layer(axum::middleware::from_fn(
            async |request: axum::extract::Request, next: Next| match request
                .headers()
                .get("access-control-request-method")
            {
                Some(method) if method == "GET" => {
                    ([("access-control-allow-methods", "GET")]).into_response()
                }
                Some(_) => StatusCode::BAD_REQUEST.into_response(),
                None => ([("access-control-allow-origin", "*")], next.run(request).await).into_response(),
            },
        ));
    let message = problems(assert_guarded(&jwt, app, request("/orders", &token))).await;
    assert!(message.ends_with(OPTIONS_REACHED), "{message}");
}

#[tokio::test]
async fn a_cors_layer_is_not_a_guard_of_a_route_for_options() {
    let jwt = manager(config());
    let token = jwt.access_token("alice").encode().unwrap();
    let mut request = request("/orders", &token);
    *request.method_mut() = Method::OPTIONS;
    let app = Router::new().route("/orders", any(orders)).with_state(jwt.clone());
    assert_guarded(&jwt, app.clone(), request.clone()).await;
    let app = app.layer(CorsLayer::very_permissive());
    let message = problems(assert_guarded(&jwt, app, request)).await;
    for what in ["no token", "an expired token", "a token signed with another key"] {
        assert!(message.contains(&format!("a request with {what} gets 200 OK\n")), "{message}");
    }
}

/// Redirects browsers, without a token to one page and with an expired one to another.
struct ToLogin;

impl ErrorHandlers for ToLogin {
    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        let next = format!("/login?next={}", refusal.path());
        ErrorResponse::empty(303).header("location", next)
    }

    fn expired_token(&self, _: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::empty(303).header("location", "/renew")
    }
}

#[tokio::test]
async fn a_redirect_of_the_manager_is_a_rejection() {
    let builder = JwtManager::builder(config()).secret(Secret::generate().unwrap());
    let jwt = builder.error_handlers(ToLogin).build().unwrap();
    let token = jwt.access_token("alice").encode().unwrap();
    let to = |location: &'static str| async move || (StatusCode::SEE_OTHER, [("location", location)]);
    let app = Router::new()
        .route("/orders", get(async |_: AccessToken| "orders").post(to("/orders/7")))
        .route("/log-out", any(to("/login")))
        .route_layer(require(&jwt, Policy::access()))
        .route("/open", any(to("/login?next=/")));
    assert_guarded(&jwt, app.clone(), request("/orders", &token)).await;
    let mut order = request("/orders", &token);
    *order.method_mut() = Method::POST;
    assert_guarded(&jwt, app.clone(), order).await;

    // The same redirect for everyone does not show a guard.
    for path in ["/log-out", "/open"] {
        let message = problems(assert_guarded(&jwt, app.clone(), request(path, &token))).await;
        assert!(message.contains("a request with no token gets 303 See Other to /login\n"), "{message}");
        let test = GuardTest::new(&jwt).login("/login");
        let message = problems(test.assert(app.clone(), request(path, &token))).await;
        assert!(message.contains("a request with no token gets 303 See Other to /login\n"), "{message}");
    }
}

/// Redirects to a page per kind of error.
struct ToPages;

impl ErrorHandlers for ToPages {
    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::empty(303).header("location", format!("/errors/{:?}", refusal.kind()))
    }
}

fn is_alice(token: &Token, _: &RequestInfo) -> bool {
    token.identity() == "alice"
}

#[tokio::test]
async fn a_redirect_for_what_a_policy_requires_is_a_rejection() {
    let builder = JwtManager::builder(config()).secret(Secret::generate().unwrap());
    let builder = builder.session_store(MemorySessions::new());
    let jwt = builder.error_handlers(ToPages).build().unwrap();
    let token = || jwt.access_token("alice");
    let sessions = [jwt.log_in("alice").not_fresh().await.unwrap(), jwt.log_in("alice").await.unwrap()];
    let [session, ended] = sessions.each_ref().map(|pair| pair.access());
    jwt.revoke(ended).await.unwrap();
    let bob = jwt.access_token("bob").encode().unwrap();
    let in_query = |token: &str| Request::get(format!("/orders?jwt={token}")).body("").unwrap();
    // No policy accepts the token of bob: it is not fresh, has no scopes, and so on.
    for (policy, request) in [
        (Policy::access().fresh(), request("/orders", &token().fresh().encode().unwrap())),
        (Policy::access().scopes(&["read"]), request("/orders", &token().scopes(["read"]).encode().unwrap())),
        (Policy::refresh(), request("/orders", &jwt.refresh_token("alice").encode().unwrap())),
        (Policy::access().rule(&is_alice), request("/orders", &token().encode().unwrap())),
        (Policy::access().rule(&is_alice).locations(&[Location::QueryString]), in_query(session)),
    ] {
        let app = Router::new().route("/orders", any(async || "orders"));
        let app = app.route_layer(require(&jwt, policy));
        let test = GuardTest::new(&jwt).rejects("an ended session", ended).rejects("the token of bob", &*bob);
        test.assert(app, request).await;
    }
}

#[tokio::test]
async fn a_redirect_of_the_handler_is_not_a_rejection() {
    let builder = || JwtManager::builder(config()).secret(Secret::generate().unwrap());
    for jwt in [manager(config()), builder().error_handlers(ToLogin).build().unwrap()] {
        let token = jwt.access_token("alice").encode().unwrap();
        // It has done its work for everyone, and shows a page that depends on the token.
        let handler = async |token: Option<AccessToken>| match token {
            Some(_) => "orders".into_response(),
            None => (StatusCode::SEE_OTHER, [("location", "/thanks")]).into_response(),
        };
        let app = Router::new().route("/orders", get(handler)).with_state(jwt.clone());
        let message = problems(assert_guarded(&jwt, app.clone(), request("/orders", &token))).await;
        let expected = "\n  a request with no token gets 303 See Other to /thanks, \
             which is not where the manager's error handlers redirect; see GuardTest::login";
        assert!(message.ends_with(expected), "{message}");

        // A login of the handler.
        let test = GuardTest::new(&jwt).login("/other").login("/thanks?next=/");
        test.assert(app, request("/orders", &token)).await;

        let nowhere = |_| async { Response::builder().status(StatusCode::FOUND).body(()).unwrap() };
        let message = problems(GuardTest::new(&jwt).assert_with(request("/", &token), nowhere)).await;
        assert!(message.contains("a request with no token gets 302 Found"), "{message}");
    }
}
