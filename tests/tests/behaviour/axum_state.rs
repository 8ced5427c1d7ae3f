//! Where axum's extractors find their manager, with any router state.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRef, FromRequestParts};
use axum::routing::{any, get};
use http::request::Parts;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use jwt_axum::session::MemorySessions;
use jwt_axum::{
    AccessToken, Auth, Config, JwtManager, LoggedIn, OptionalToken, Policy, Rejected, extract, provide,
    provide_from, require,
};
use tower::ServiceExt as _;

use crate::logs::logged;
use crate::support::{SECRET, builder, counting_clock, manager};

/// Also accepts the tokens of [`strict`].
fn lax() -> JwtManager {
    manager()
}

/// Has the key of [`lax`], but does not accept its tokens.
fn strict() -> JwtManager {
    JwtManager::builder(Config::default().issuer("me")).secret(SECRET).build().unwrap()
}

/// Has a different key.
fn other() -> JwtManager {
    let secret = "pLl2AejxQUqRdS0gprzWWRpWv81aW71L33scX9VhJhKM1X72";
    JwtManager::builder(Config::default()).secret(secret).build().unwrap()
}

fn token(jwt: &JwtManager) -> String {
    jwt.access_token("alice").encode().unwrap()
}

/// The response to a misconfiguration in the application.
const BARE: &str = r#"{"msg":"Internal Server Error"}"#;

/// A state that holds its manager, as with `#[derive(FromRef)]`.
#[derive(Clone)]
struct Holds(JwtManager);

impl FromRef<Holds> for JwtManager {
    fn from_ref(state: &Holds) -> Self {
        state.0.clone()
    }
}

struct AppState {
    _pool: u8,
}

async fn who(AccessToken(token): AccessToken) -> String {
    token.identity().to_owned()
}

async fn maybe(OptionalToken(token): OptionalToken) -> String {
    token.map_or_else(|| "nobody".into(), |token| token.identity().to_owned())
}

fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/", get(who)).route("/maybe", any(maybe))
}

async fn send(app: &Router, method: Method, path: &str, token: Option<&str>) -> (u16, String) {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let answer = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn status(app: &Router, path: &str, token: &str) -> u16 {
    send(app, Method::GET, path, Some(token)).await.0
}

/// Checks that the application accepts the tokens of this manager only.
async fn assert_is_of(jwt: &JwtManager, app: &Router, what: &str) {
    assert_eq!(send(app, Method::GET, "/", Some(&token(jwt))).await, (200, "alice".into()), "{what}");
    assert_eq!(status(app, "/", &token(&other())).await, 422, "{what}");
    assert_eq!(send(app, Method::GET, "/", None).await.0, 401, "{what}");
    assert_eq!(send(app, Method::GET, "/maybe", None).await, (200, "nobody".into()), "{what}");
    assert_eq!(status(app, "/maybe", &token(&other())).await, 422, "{what}");
}

#[tokio::test]
async fn a_router_may_have_any_state() {
    let jwt = manager();
    let pool = sqlx::SqlitePool::connect_lazy("sqlite::memory:").unwrap();
    let shared = Arc::new(AppState { _pool: 1 });
    let holds = Holds(jwt.clone());
    for (what, app) in [
        ("manager", routes().with_state(jwt.clone())),
        ("unit", routes().layer(provide(&jwt))),
        ("Arc", routes().layer(provide(&jwt)).with_state(shared.clone())),
        ("pool", routes().layer(provide(&jwt)).with_state(pool.clone())),
        ("FromRef", routes().layer(provide_from(&holds)).with_state(holds.clone())),
        ("manager, from itself", routes().layer(provide_from(&jwt))),
        ("route_layer", routes().route_layer(provide(&jwt)).with_state(pool.clone())),
        ("method router", {
            let routes = Router::new().route("/", get(who).route_layer(provide(&jwt)));
            routes.route("/maybe", any(maybe).layer(provide(&jwt))).with_state(shared.clone())
        }),
        ("around the state", routes().with_state(shared.clone()).layer(provide(&jwt))),
    ] {
        assert_is_of(&jwt, &app, what).await;
    }
}

#[tokio::test]
async fn behind_a_guard_no_layer_is_needed() {
    let (count, clock) = counting_clock();
    let jwt = builder().clock(clock).build().unwrap();
    let token = token(&jwt);
    let guard = || require(&jwt, Policy::access());
    for app in [
        routes().route_layer(guard()),
        routes().route_layer(guard()).with_state(Arc::new(AppState { _pool: 1 })),
        routes().route_layer(guard()).with_state(Holds(other())),
        routes().route_layer(guard()).with_state(jwt.clone()),
    ] {
        count.store(0, Ordering::SeqCst);
        assert_eq!(send(&app, Method::GET, "/", Some(&token)).await, (200, "alice".into()));
        assert_eq!(count.load(Ordering::SeqCst), 1, "the signature is checked once");
    }
}

#[tokio::test]
async fn a_guard_that_lets_a_request_through_without_a_token_gives_its_manager_all_the_same() {
    let jwt = manager();
    let app: Router = routes().route_layer(require(&jwt, Policy::access().optional()));
    assert_is_of(&jwt, &app, "optional").await;
    let exempting = Config::default().insecure_exempt_options(true);
    let exempting = JwtManager::builder(exempting).secret(SECRET).build().unwrap();
    let app: Router = routes().route_layer(require(&exempting, Policy::access()));
    assert_eq!(send(&app, Method::OPTIONS, "/maybe", None).await.1, "nobody");
    let app: Router = routes().route_layer(require(&jwt, Policy::access()));
    assert_eq!(send(&app, Method::OPTIONS, "/maybe", None).await.0, 401);
}

#[tokio::test]
async fn without_a_manager_the_log_names_the_layer() {
    for app in [routes().with_state(()), routes().with_state(Holds(manager()))] {
        let (log, _guard) = logged();
        for path in ["/", "/maybe"] {
            assert_eq!(send(&app, Method::GET, path, None).await, (500, BARE.into()));
        }
        assert_eq!(status(&app, "/", &token(&manager())).await, 500);
        let text = log.text();
        assert!(text.contains("no JwtManager in the application"), "{text}");
        assert!(text.contains("jwt_axum::provide(&jwt)") && text.contains("provide_from(&state)"), "{text}");
    }
}

#[tokio::test]
async fn the_state_goes_before_guards_and_layers() {
    let (lax, strict) = (lax(), strict());
    let guard = || require(&lax, Policy::access());
    for app in [
        routes().route_layer(guard()).with_state(strict.clone()),
        routes().layer(provide(&lax)).with_state(strict.clone()),
        routes().layer(provide(&lax)).route_layer(guard()).with_state(strict.clone()),
        routes().route_layer(guard()).with_state(Arc::new(strict.clone())),
    ] {
        assert_eq!(status(&app, "/", &token(&lax)).await, 422);
        assert_eq!(status(&app, "/", &token(&strict)).await, 200);
    }
    // The extractor does not see the manager inside this state.
    let app = routes().route_layer(guard()).with_state(Holds(strict.clone()));
    assert_eq!(status(&app, "/", &token(&lax)).await, 200);
    let app = routes().layer(provide_from(&Holds(strict.clone()))).route_layer(guard());
    assert_eq!(status(&app, "/", &token(&lax)).await, 422);
}

#[tokio::test]
async fn of_two_guards_or_layers_the_nearest_wins() {
    let (lax, strict) = (lax(), strict());
    let guard = |jwt: &JwtManager| require(jwt, Policy::access());
    // Each `layer` and `route_layer` wraps the earlier ones.
    let of_strict: [Router; 5] = [
        routes().route_layer(guard(&strict)).route_layer(guard(&lax)),
        routes().route_layer(guard(&strict)).layer(provide(&lax)),
        routes().layer(provide(&strict)).route_layer(guard(&lax)),
        routes().layer(provide(&strict)).layer(provide(&lax)),
        Router::new().nest("/in", routes().route_layer(guard(&strict))).layer(provide(&lax)),
    ];
    for (number, app) in of_strict.iter().enumerate() {
        let path = if number == 4 { "/in" } else { "/" };
        assert_eq!(status(app, path, &token(&lax)).await, 422, "{number}");
        assert_eq!(status(app, path, &token(&strict)).await, 200, "{number}");
    }
    // Both guards check the token. The extractor uses the manager of the inner one.
    let app: Router = routes().route_layer(guard(&lax)).route_layer(guard(&strict));
    assert_eq!(status(&app, "/", &token(&lax)).await, 422);
    let app: Router = routes().route_layer(guard(&lax)).layer(provide(&strict));
    assert_eq!(status(&app, "/", &token(&lax)).await, 200);
}

#[tokio::test]
async fn merged_and_nested_routers_keep_their_managers() {
    let (one, two) = (manager(), other());
    let app: Router = Router::new()
        .route("/one", get(who).layer(provide(&one)))
        .merge(Router::new().route("/two", get(who)).layer(provide(&two)))
        .nest("/nested", Router::new().route("/two", get(who)).layer(provide(&two)))
        .nest("/state", Router::new().route("/two", get(who)).with_state(two.clone()))
        .route("/default", get(who))
        .route_layer(provide(&one))
        .route("/later", get(who));
    for (path, of_one, of_two) in [
        ("/one", 200, 422),
        // The outer layer wraps the layers of the parts.
        ("/two", 422, 200),
        ("/nested/two", 422, 200),
        ("/state/two", 422, 200),
        ("/default", 200, 422),
        ("/later", 500, 500),
    ] {
        assert_eq!(status(&app, path, &token(&one)).await, of_one, "{path}");
        assert_eq!(status(&app, path, &token(&two)).await, of_two, "{path}");
    }
}

#[tokio::test]
async fn auth_follows_the_same_rule() {
    async fn log_in(auth: Auth) -> Result<LoggedIn, Rejected> {
        auth.log_in("alice").await
    }
    async fn issue(auth: Auth) -> String {
        auth.jwt().access_token("alice").encode().unwrap()
    }
    let jwt = builder().session_store(MemorySessions::new()).build().unwrap();
    fn bare<S: Clone + Send + Sync + 'static>() -> Router<S> {
        Router::new().route("/login", get(log_in)).route("/issue", get(issue))
    }
    let app = bare().merge(routes()).layer(provide(&jwt)).with_state(Arc::new(AppState { _pool: 1 }));
    let (status, body) = send(&app, Method::GET, "/login", None).await;
    assert_eq!(status, 200, "{body}");
    let (_, issued) = send(&app, Method::GET, "/issue", None).await;
    assert_eq!(send(&app, Method::GET, "/", Some(&issued)).await.1, "alice");
    assert_eq!(send(&bare(), Method::GET, "/issue", None).await, (500, BARE.into()));
}

struct UserId(String);

impl<S: Send + Sync + 'static> FromRequestParts<S> for UserId {
    type Rejection = Rejected;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejected> {
        let AccessToken(token) = extract::<AccessToken>(parts, state).await?;
        Ok(Self(token.identity().to_owned()))
    }
}

#[tokio::test]
async fn an_extractor_of_an_application_follows_the_same_rule() {
    let jwt = manager();
    let bare = || Router::new().route("/", get(|UserId(id): UserId| async { id }));
    let app: Router = bare().layer(provide(&jwt));
    assert_eq!(send(&app, Method::GET, "/", Some(&token(&jwt))).await, (200, "alice".into()));
    assert_eq!(status(&app, "/", &token(&other())).await, 422);
    assert_eq!(status(&bare(), "/", &token(&jwt)).await, 500);
    let (mut parts, ()) = Request::builder()
        .header("authorization", format!("Bearer {}", token(&jwt)))
        .body(())
        .unwrap()
        .into_parts();
    // A manager can be the state.
    assert_eq!(extract::<AccessToken>(&mut parts, &jwt).await.unwrap().0.identity(), "alice");
    assert!(
        extract::<AccessToken>(&mut parts, &other()).await.is_err(),
        "a memo counts for its manager alone"
    );
}
