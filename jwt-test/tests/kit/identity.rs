use std::collections::HashMap;

use http::Request;
use http_body_util::{BodyExt as _, Empty};
use jwt_core::keys::Secret;
use jwt_core::{AuthorityClaim, Config, Issuer, JwtManager, Location, Policy, Token, TokenKind, TokenPolicy};
use jwt_test::{FailingStore, FakeIdentity, FakeIssuer, Outage, identity, shapes};
use tower::ServiceExt as _;
use warp::Filter as _;

type Body = Empty<bytes::Bytes>;

struct Admin;

impl TokenPolicy for Admin {
    const POLICY: Policy = Policy::access().scopes(&["admin"]).locations(&[Location::QueryString]);
}

struct User(String);

/// A manager whose store is down: nothing here may call it.
fn manager() -> JwtManager {
    let store = FailingStore::default();
    store.fail(Outage::Down);
    JwtManager::builder(Config::default().issuer("https://shop.example").audience("shop"))
        .secret(Secret::generate().unwrap())
        .session_store(store)
        .token_in_blocklist_loader(|_| async { true })
        .user_lookup_loader(|token: Token| async move { Some(User(format!("loaded {}", token.identity()))) })
        .build()
        .unwrap()
}

/// Sends one request with an identity to the same application on every framework. Returns the status and the body,
/// which must be the same everywhere.
async fn get(jwt: &JwtManager, path: &str, identity: Option<&FakeIdentity>) -> (u16, String) {
    let answers = HashMap::from([
        ("axum", on_axum(jwt, path, identity).await),
        ("tower", on_tower(jwt, path, identity).await),
        ("warp", on_warp(jwt, path, identity).await),
        ("warp with a layer", on_warp_with_layer(jwt, path, identity).await),
        ("actix-web", on_actix(jwt, path, identity).await),
    ]);
    let first = answers["axum"].clone();
    for (framework, answer) in answers {
        assert_eq!(answer, first, "{path} on {framework}");
    }
    first
}

fn request(path: &str, jwt: &JwtManager, identity: Option<&FakeIdentity>) -> Request<Body> {
    let mut request = Request::get(path).body(Body::new()).unwrap();
    if let Some(identity) = identity {
        identity.insert_into(jwt, request.extensions_mut());
    }
    request
}

async fn on_axum(jwt: &JwtManager, path: &str, identity: Option<&FakeIdentity>) -> (u16, String) {
    use axum::{Router, routing::get};
    use jwt_axum::{AccessToken, CurrentUser, FreshToken, RefreshToken, TokenFor, require};

    let guarded = Router::new()
        .route("/guarded", get(|AccessToken(token): AccessToken| async move { token.identity().to_owned() }))
        .route_layer(require(jwt, Policy::access().scopes(&["read"])));
    let app = Router::new()
        .route("/access", get(|AccessToken(token): AccessToken| async move { token.identity().to_owned() }))
        .route("/fresh", get(|FreshToken(token): FreshToken| async move { token.identity().to_owned() }))
        .route(
            "/refresh",
            get(|RefreshToken(token): RefreshToken| async move { token.identity().to_owned() }),
        )
        .route(
            "/admin",
            get(|TokenFor(token, _): TokenFor<Admin>| async move { token.identity().to_owned() }),
        )
        .route("/user", get(|CurrentUser(user): CurrentUser<User>| async move { user.0.clone() }))
        .with_state(jwt.clone())
        .merge(guarded);
    let response = app.oneshot(request(path, jwt, identity)).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// Has layers where the other frameworks have extractors.
async fn on_tower(jwt: &JwtManager, path: &str, identity: Option<&FakeIdentity>) -> (u16, String) {
    use jwt_tower::{JwtLayer, authenticated};

    let policy = match path {
        "/access" | "/user" => Policy::access(),
        "/fresh" => Policy::access().fresh(),
        "/refresh" => Policy::refresh(),
        "/admin" => Admin::POLICY,
        _ => Policy::access().scopes(&["read"]),
    };
    let is_user = path == "/user";
    let service = tower::ServiceBuilder::new().layer(JwtLayer::new(jwt, policy).unwrap()).service_fn(
        move |request: Request<Body>| async move {
            let authenticated = authenticated(request.extensions()).unwrap();
            let text = if is_user {
                authenticated.user::<User>().unwrap().0.clone()
            } else {
                authenticated.token().unwrap().identity().to_owned()
            };
            Ok::<_, std::convert::Infallible>(http::Response::new(
                http_body_util::Full::<bytes::Bytes>::from(text),
            ))
        },
    );
    let response = service.oneshot(request(path, jwt, identity)).await.unwrap();
    let status = response.status().as_u16();
    let body =
        response.into_body().collect().await.unwrap_or_else(|_| panic!("the body is in memory")).to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn warp_routes(jwt: &JwtManager) -> warp::filters::BoxedFilter<(warp::reply::Response,)> {
    use jwt_warp::{
        AccessToken, Authenticated, CurrentUser, FreshToken, RefreshToken, TokenFor, guard, guard_with,
    };

    let access = guard(jwt, |token| {
        warp::path!("access").and(token).map(|AccessToken(token): AccessToken| token.identity().to_owned())
    });
    let fresh = guard(jwt, |token| {
        warp::path!("fresh").and(token).map(|FreshToken(token): FreshToken| token.identity().to_owned())
    });
    let refresh = guard(jwt, |token| {
        warp::path!("refresh").and(token).map(|RefreshToken(token): RefreshToken| token.identity().to_owned())
    });
    let admin = guard(jwt, |token| {
        warp::path!("admin").and(token).map(|TokenFor(token, _): TokenFor<Admin>| token.identity().to_owned())
    });
    let user = guard(jwt, |user| {
        warp::path!("user").and(user).map(|CurrentUser(user): CurrentUser<User>| user.0.clone())
    });
    let guarded = guard_with(jwt, Policy::access().scopes(&["read"]), |token| {
        warp::path!("guarded")
            .and(token)
            .map(|passed: Authenticated| passed.token().map(|token| token.identity().to_owned()).unwrap())
    });
    access
        .or(fresh)
        .unify()
        .or(refresh)
        .unify()
        .or(admin)
        .unify()
        .or(user)
        .unify()
        .or(guarded)
        .unify()
        .boxed()
}

async fn on_warp(jwt: &JwtManager, path: &str, identity: Option<&FakeIdentity>) -> (u16, String) {
    let mut request = warp::test::request().path(path);
    if let Some(identity) = identity {
        request = request.extension(identity.of_warp(jwt));
    }
    let response = request.reply(&warp_routes(jwt)).await;
    (response.status().as_u16(), String::from_utf8(response.body().to_vec()).unwrap())
}

async fn on_warp_with_layer(jwt: &JwtManager, path: &str, identity: Option<&FakeIdentity>) -> (u16, String) {
    let layer = jwt_warp::JwtLayer::new(jwt);
    let service = tower::ServiceBuilder::new().layer(layer).service(warp::service(warp_routes(jwt)));
    let mut request = Request::get(path).body(Body::new()).unwrap();
    if let Some(identity) = identity {
        request.extensions_mut().insert(identity.of(jwt));
    }
    let response = service.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn on_actix(jwt: &JwtManager, path: &str, identity: Option<&FakeIdentity>) -> (u16, String) {
    use actix_web::{App, HttpMessage as _, test, web};
    use jwt_actix::{AccessToken, CurrentUser, FreshToken, RefreshToken, TokenFor, require};

    async fn access(AccessToken(token): AccessToken) -> String {
        token.identity().to_owned()
    }
    async fn fresh(FreshToken(token): FreshToken) -> String {
        token.identity().to_owned()
    }
    async fn refresh(RefreshToken(token): RefreshToken) -> String {
        token.identity().to_owned()
    }
    async fn admin(TokenFor(token, _): TokenFor<Admin>) -> String {
        token.identity().to_owned()
    }
    async fn user(CurrentUser(user): CurrentUser<User>) -> String {
        user.0.clone()
    }
    let app = App::new()
        .app_data(web::Data::new(jwt.clone()))
        .route("/access", web::get().to(access))
        .route("/fresh", web::get().to(fresh))
        .route("/refresh", web::get().to(refresh))
        .route("/admin", web::get().to(admin))
        .route("/user", web::get().to(user))
        .route("/guarded", web::get().to(access).wrap(require(jwt, Policy::access().scopes(&["read"]))));
    let app = test::init_service(app).await;
    let request = test::TestRequest::get().uri(path).to_request();
    if let Some(identity) = identity {
        request.extensions_mut().insert(identity.of(jwt));
    }
    let response = test::call_service(&app, request).await;
    let status = response.status().as_u16();
    (status, String::from_utf8(test::read_body(response).await.to_vec()).unwrap())
}

fn ok(text: &str) -> (u16, String) {
    (200, text.to_owned())
}

#[actix_web::test]
async fn guards_and_extractors_accept_it() {
    let jwt = manager();
    for (path, alice) in [
        ("/access", identity("alice")),
        ("/fresh", identity("alice").fresh()),
        ("/refresh", identity("alice").refresh()),
        ("/admin", identity("alice").scopes(["read", "admin"]).locations(&[Location::QueryString])),
        ("/guarded", identity("alice").scopes(["read"])),
    ] {
        assert_eq!(get(&jwt, path, Some(&alice)).await, ok("alice"), "{path}");
        assert_eq!(get(&jwt, path, None).await.0, 401, "{path}");
    }
}

#[actix_web::test]
async fn it_does_not_satisfy_every_policy() {
    let jwt = manager();
    let alice = identity("alice").scopes(["write"]);
    for (path, identity, status) in [
        ("/fresh", alice.clone(), 401),
        ("/guarded", alice.clone(), 403),
        ("/guarded", identity("alice"), 403),
        ("/admin", alice.clone().locations(&[Location::QueryString]), 403),
        // It is not where the policy looks for a token.
        ("/admin", alice.clone().scopes(["admin"]), 401),
        ("/access", alice.clone().refresh(), 422),
        ("/refresh", alice.clone(), 422),
        ("/access", alice.clone().kind(TokenKind::custom("reset")), 422),
    ] {
        assert_eq!(get(&jwt, path, Some(&identity)).await.0, status, "{path}");
    }
}

#[actix_web::test]
async fn its_user_is_the_one_of_the_test_or_of_the_loader() {
    let jwt = manager();
    assert_eq!(get(&jwt, "/user", Some(&identity("alice"))).await, ok("loaded alice"));
    let alice = identity("alice").user(User("Alice".to_owned()));
    assert_eq!(get(&jwt, "/user", Some(&alice)).await, ok("Alice"));
}

#[tokio::test]
async fn auth_logs_out_the_user() {
    use axum::{Router, routing::post};
    use jwt_axum::{Auth, LoggedOut, Rejected};

    async fn log_out_everywhere(auth: Auth) -> Result<LoggedOut, Rejected> {
        auth.log_out_everywhere().await
    }
    let jwt = JwtManager::builder(Config::default()).secret(Secret::generate().unwrap());
    let jwt = jwt.session_store(FailingStore::default()).build().unwrap();
    let [alice, bob] = [jwt.log_in("alice").await.unwrap(), jwt.log_in("bob").await.unwrap()];
    let app = Router::new().route("/", post(log_out_everywhere)).with_state(jwt.clone());
    let mut request = request("/", &jwt, Some(&identity("alice")));
    *request.method_mut() = http::Method::POST;
    assert_eq!(app.oneshot(request).await.unwrap().status(), 200);
    assert!(jwt.verify(alice.access(), &Policy::access()).await.is_err());
    assert!(jwt.verify(bob.access(), &Policy::access()).await.is_ok());
}

/// It was not in a header field or a cookie, so the name of one does not matter.
#[test]
fn names_of_refresh_tokens_do_not_matter() {
    const RESET: TokenKind = TokenKind::custom("reset");
    let jwt = manager();
    for (identity, policy) in [
        (identity("alice"), Policy::any()),
        (identity("alice").refresh(), Policy::any()),
        (identity("alice").kind(RESET), Policy::of(RESET)),
        (identity("alice").kind(RESET), Policy::of(RESET).refresh_names()),
    ] {
        let request = request("/", &jwt, Some(&identity));
        assert!(jwt.check(&request, &policy).is_ok(), "{policy:?}");
    }
}

#[tokio::test]
async fn rules_and_the_verification_loader_judge_it() {
    use axum::{Router, routing::get};
    use jwt_core::RequestInfo;

    let jwt = JwtManager::builder(Config::default())
        .secret(Secret::generate().unwrap())
        .token_verification_loader(|token: Token| async move { token.claim("tenant").is_some() })
        .build()
        .unwrap();
    let policy = Policy::access()
        .with_rule(|token: &Token, request: &RequestInfo| request.path().ends_with(token.identity()));
    let app = Router::new().route("/{user}", get(|| async {})).route_layer(jwt_axum::require(&jwt, policy));
    for (path, identity, status) in [
        ("/alice", identity("alice").claim("tenant", "acme"), 200),
        ("/bob", identity("alice").claim("tenant", "acme"), 403),
        ("/alice", identity("alice"), 400),
    ] {
        let response = app.clone().oneshot(request(path, &jwt, Some(&identity))).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
}

#[test]
fn its_issuer_is_one_that_the_policy_accepts() {
    let login = FakeIssuer::start();
    let issuer = Issuer::new(login.url(), login.key_set()).audience("api").audience_alone();
    let jwt = JwtManager::builder(Config::default()).secret(Secret::generate().unwrap());
    let jwt = jwt.trusted_issuer(issuer).build().unwrap();
    let foreign = request("/", &jwt, Some(&identity("alice").issuer(login.url())));
    assert!(jwt.check(&foreign, &Policy::access().any_issuer()).is_ok());
    assert!(jwt.check(&foreign, &Policy::access()).is_err());
    let own = request("/", &jwt, Some(&identity(42)));
    assert!(jwt.check(&own, &Policy::access()).is_ok());
    assert!(jwt.check(&own, &Policy::access().any_issuer().no_own_tokens()).is_err());
    assert_eq!(jwt.guarded(&own).unwrap().token().unwrap().identity(), "42");
}

#[test]
fn other_managers_do_not_see_it() {
    let (one, other) = (manager(), manager());
    let request = request("/", &one, Some(&identity("alice")));
    assert!(one.check(&request, &Policy::access()).is_ok());
    assert!(other.check(&request, &Policy::access()).is_err());
}

#[test]
fn its_claims_are_those_that_the_manager_issues() {
    let jwt = JwtManager::builder(Config::default().issuer("https://shop.example").audience("shop"))
        .secret(Secret::generate().unwrap())
        .additional_claims_loader(|_: &serde_json::Value| serde_json::json!({ "plan": "pro" }))
        .build()
        .unwrap();
    let alice =
        identity("alice").roles(["staff"]).claim("tenant", "acme").claim("plan", "free").without("nbf");
    let token = alice.authenticated(&jwt).into_token().unwrap();
    let claims = token.claims();
    assert_eq!((&claims["iss"], &claims["aud"]), (&"https://shop.example".into(), &"shop".into()));
    assert_eq!((&claims["tenant"], &claims["plan"]), (&"acme".into(), &"free".into()));
    assert!(token.has_authority("role:staff") && token.not_before().is_none() && token.id().is_some());
    let token = identity("alice").authenticated(&jwt).into_token().unwrap();
    assert_eq!(token.claims()["plan"], "pro");
}

#[tokio::test]
async fn it_can_be_one_of_an_issuer() {
    let realm = "https://id.example.com/realms/shop";
    let fake = FakeIssuer::builder().named(realm).start();
    let login = jwt_jwks::providers::keycloak(realm, "orders").fetch(fake.client()).build().unwrap();
    let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build().unwrap();

    let token =
        identity("alice").claims(shapes::keycloak::access_token(realm, "orders", "shop-web").claims());
    let token = token.authenticated(&jwt).into_token().unwrap();
    assert_eq!(token.issuer(), Some(realm));

    // With the least claims. Nothing was fetched.
    let request = request("/", &jwt, Some(&identity("alice").issuer(realm)));
    assert!(jwt.check(&request, &Policy::access()).is_ok());
    assert_eq!(jwt.guarded(&request).unwrap().token().unwrap().identity(), "alice");
    assert_eq!(fake.hits().total(), 0);
}

#[test]
#[should_panic(
    expected = "the manager would not accept the fake identity: token is invalid: audience does not match"
)]
fn its_claims_satisfy_the_configuration() {
    let _ = identity("alice").claim("aud", "billing").of(&manager());
}

#[test]
#[should_panic(
    expected = "the manager does not trust the issuer \"https://other.example\" of the fake identity"
)]
fn its_issuer_is_trusted() {
    let _ = identity("alice").issuer("https://other.example").of(&manager());
}

#[test]
fn a_setter_without_effect_panics() {
    let login = FakeIssuer::start();
    let issuer = Issuer::new(login.url(), login.key_set()).audience("api").audience_alone();
    let issuer = issuer.authorities([AuthorityClaim::new("scp")]);
    let jwt = JwtManager::builder(Config::default()).trusted_issuer(issuer).build().unwrap();
    let panics = |alice: &FakeIdentity| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| alice.authenticated(&jwt))).is_err()
    };
    for alice in [
        identity("alice").scopes(["read"]),
        identity("alice").roles(["staff"]),
        identity("alice").fresh(),
        identity("alice").refresh(),
        identity("alice").kind(TokenKind::custom("reset")),
    ] {
        assert!(panics(&alice), "{alice:?}");
    }
    let token = identity("alice").claim("scp", "read").authenticated(&jwt).into_token().unwrap();
    assert!(token.has_authority("read"));
}

#[test]
#[should_panic(expected = "the manager has several trusted issuers, and no keys of its own")]
fn its_issuer_is_known() {
    let [one, other] = ["https://one.example", "https://other.example"];
    let issuer = |name| Issuer::new(name, FakeIssuer::start().key_set()).audience("api").audience_alone();
    let jwt =
        JwtManager::builder(Config::default()).trusted_issuer(issuer(one)).trusted_issuer(issuer(other));
    let _ = identity("alice").of(&jwt.build().unwrap());
}
