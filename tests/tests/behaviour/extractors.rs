//! What one extractor leaves to the next one in the same handler. In warp, a guard extracts only one thing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::request::Parts;
use jwt_core::adapter::Memos;
use jwt_core::session::{IsRevokedRequest, Revocation, RevokeRequest};
use jwt_core::{Authenticated, BoxError, Config, JwtManager, Location, Policy, Token, TokenPolicy};

use crate::support::{SECRET, counting_clock};

struct Admin;

impl TokenPolicy for Admin {
    const POLICY: Policy = Policy::access().scopes(&["admin"]);
}

struct Unrevoked;

impl TokenPolicy for Unrevoked {
    const POLICY: Policy = Policy::access().skip_revocation_check();
}

struct AtSource;

impl TokenPolicy for AtSource {
    const POLICY: Policy = Policy::access().revocation_from_source();
}

/// Looks in the opposite order from the managers of these tests.
struct CookieFirst;

impl TokenPolicy for CookieFirst {
    const POLICY: Policy = Policy::access().locations(&[Location::Cookie, Location::Header]);
}

/// Looks for access tokens under the names of refresh tokens.
struct RefreshNames;

impl TokenPolicy for RefreshNames {
    const POLICY: Policy = Policy::access().refresh_names();
}

/// The policy of the guard of `/behind`. It does not check revocation.
const HEADER: Policy = Policy::access().locations(&[Location::Header]).skip_revocation_check();

/// Returns whose token the extractor behind the guard found, and whose token the guard let through.
fn passed(extracted: &str, guarded: Option<Authenticated>) -> String {
    let guarded = guarded.and_then(|guarded| guarded.into_token().ok());
    format!("{extracted} {}", guarded.expect("a guard").identity())
}

/// Claims that do not appear in any token of these tests.
#[derive(serde::Deserialize)]
struct Scores {
    _score: u64,
}

/// How often the store's copy, its source, and the user loader were called.
#[derive(Clone, Default)]
struct Asked(Arc<[AtomicUsize; 3]>);

impl Asked {
    async fn add(&self, index: usize) {
        self.0[index].fetch_add(1, Ordering::SeqCst);
        // Let another extractor of the handler continue, if the framework runs them concurrently.
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
    }

    /// Returns the counts since the previous call of this method.
    fn counts(&self) -> [usize; 3] {
        [0, 1, 2].map(|index| self.0[index].swap(0, Ordering::SeqCst))
    }
}

/// The copy does not know yet that "revoked" is revoked. Both know that "banned" is.
impl Revocation for Asked {
    async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        self.add(usize::from(!request.consistency.is_local())).await;
        let name = request.token.subject.name;
        Ok(name == "banned" || (name == "revoked" && !request.consistency.is_local()))
    }

    async fn revoke(&self, _: RevokeRequest<'_>) -> Result<(), BoxError> {
        Ok(())
    }
}

fn asking() -> (JwtManager, Asked) {
    let asked = Asked::default();
    let (store, users) = (asked.clone(), asked.clone());
    let config = Config::default().token_location([Location::Header, Location::Cookie]);
    let jwt = JwtManager::builder(config)
        .secret(SECRET)
        .revocation_store(store)
        .user_lookup_loader(move |token: Token| {
            let users = users.clone();
            async move {
                users.add(2).await;
                Some(token.identity().to_owned())
            }
        })
        .build()
        .unwrap();
    (jwt, asked)
}

#[derive(Clone)]
struct Ask {
    method: &'static str,
    path: &'static str,
    fields: Vec<(&'static str, String)>,
}

impl Ask {
    fn new(path: &'static str) -> Self {
        Self { method: "GET", path, fields: Vec::new() }
    }

    fn post(mut self) -> Self {
        self.method = "POST";
        self
    }

    fn bearer(mut self, token: &str) -> Self {
        self.fields.push(("authorization", format!("Bearer {token}")));
        self
    }

    fn field(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }
}

/// The same handlers on each framework.
macro_rules! handlers {
    ($adapter:ident) => {
        use $adapter::{
            AccessToken, AnyToken, CurrentUser, FreshToken, OptionalToken, RefreshToken, Rejected, TokenFor,
        };

        use super::*;

        async fn user(AccessToken(token): AccessToken, CurrentUser(user): CurrentUser<String>) -> String {
            format!("{} {user}", token.identity())
        }
        async fn many(_: OptionalToken, _: AccessToken, _: AnyToken, _: CurrentUser<String>) -> &'static str {
            "many"
        }
        async fn fresh(_: OptionalToken, _: FreshToken) -> &'static str {
            "fresh"
        }
        async fn access(_: AnyToken, _: AccessToken) -> &'static str {
            "access"
        }
        async fn refresh(access: Result<AccessToken, Rejected>, _: RefreshToken) -> String {
            access.is_ok().to_string()
        }
        async fn admin(_: AccessToken, _: TokenFor<Admin>) -> &'static str {
            "admin"
        }
        async fn revocable(_: TokenFor<Unrevoked>, _: AccessToken) -> &'static str {
            "revocable"
        }
        async fn source(_: AccessToken, _: TokenFor<AtSource>) -> &'static str {
            "source"
        }
        async fn failed(fresh: Result<FreshToken, Rejected>, _: AccessToken) -> String {
            fresh.is_ok().to_string()
        }
        async fn typed(typed: Result<AccessToken<Scores>, Rejected>, _: AccessToken) -> String {
            typed.is_ok().to_string()
        }
        async fn places(AccessToken(one): AccessToken, TokenFor(two, _): TokenFor<CookieFirst>) -> String {
            format!("{} {}", one.identity(), two.identity())
        }
        async fn names(_: AccessToken, _: TokenFor<RefreshNames>) -> &'static str {
            "names"
        }
    };
}

mod on_axum {
    use axum::Router;
    use axum::body::Body;
    use axum::extract::State;
    use axum::routing::any;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    handlers!(jwt_axum);

    async fn guarded(_: OptionalToken, state: State<JwtManager>, parts: Parts) -> String {
        format!("{} {}", state.guarded(&parts).is_some(), parts.extensions.get::<Memos>().is_some())
    }

    async fn behind(
        _: TokenFor<CookieFirst>,
        TokenFor(token, _): TokenFor<CookieFirst>,
        jwt: State<JwtManager>,
        parts: Parts,
    ) -> String {
        passed(token.identity(), jwt.guarded(&parts))
    }

    pub(super) async fn ask(jwt: &JwtManager, ask: Ask) -> (u16, String) {
        let behind = any(behind).layer(jwt_axum::require(jwt, HEADER));
        let app = Router::new()
            .route("/behind", behind)
            .route("/user", any(user))
            .route("/many", any(many))
            .route("/fresh", any(fresh))
            .route("/access", any(access))
            .route("/refresh", any(refresh))
            .route("/admin", any(admin))
            .route("/revocable", any(revocable))
            .route("/source", any(source))
            .route("/failed", any(failed))
            .route("/typed", any(typed))
            .route("/places", any(places))
            .route("/names", any(names))
            .route("/guarded", any(guarded))
            .with_state(jwt.clone());
        let mut request = http::Request::builder().method(ask.method).uri(ask.path);
        for (name, value) in ask.fields {
            request = request.header(name, value);
        }
        let answer = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }
}

mod on_actix {
    use actix_web::{App, HttpMessage as _, HttpRequest, test, web};
    use jwt_actix::View;

    handlers!(jwt_actix);

    async fn guarded(_: OptionalToken, jwt: web::Data<JwtManager>, request: HttpRequest) -> String {
        format!(
            "{} {}",
            jwt.guarded(&View(&request)).is_some(),
            request.extensions().get::<Memos>().is_some()
        )
    }

    async fn behind(
        _: TokenFor<CookieFirst>,
        TokenFor(token, _): TokenFor<CookieFirst>,
        jwt: web::Data<JwtManager>,
        request: HttpRequest,
    ) -> String {
        passed(token.identity(), jwt.guarded(&View(&request)))
    }

    pub(super) async fn ask(jwt: &JwtManager, ask: Ask) -> (u16, String) {
        let app = App::new()
            .app_data(web::Data::new(jwt.clone()))
            .route("/behind", web::route().to(behind).wrap(jwt_actix::require(jwt, HEADER)))
            .route("/user", web::route().to(user))
            .route("/many", web::route().to(many))
            .route("/fresh", web::route().to(fresh))
            .route("/access", web::route().to(access))
            .route("/refresh", web::route().to(refresh))
            .route("/admin", web::route().to(admin))
            .route("/revocable", web::route().to(revocable))
            .route("/source", web::route().to(source))
            .route("/failed", web::route().to(failed))
            .route("/typed", web::route().to(typed))
            .route("/places", web::route().to(places))
            .route("/names", web::route().to(names))
            .route("/guarded", web::route().to(guarded));
        let app = test::init_service(app).await;
        let mut request = test::TestRequest::with_uri(ask.path).method(ask.method.parse().expect("a method"));
        for (name, value) in ask.fields {
            request = request.append_header((name, value));
        }
        let answer = test::call_service(&app, request.to_request()).await;
        let status = answer.status().as_u16();
        (status, String::from_utf8(test::read_body(answer).await.to_vec()).unwrap())
    }
}

/// Sends the request to every framework, and checks the response and the calls of the copy, the source, and the loader.
async fn expect(
    (jwt, asked): &(JwtManager, Asked),
    ask: &Ask,
    status: u16,
    body: Option<&str>,
    counts: [usize; 3],
) {
    let axum = on_axum::ask(jwt, ask.clone()).await;
    let of_axum = asked.counts();
    let actix = on_actix::ask(jwt, ask.clone()).await;
    let of_actix = asked.counts();
    for (what, answer, asked) in [("axum", axum, of_axum), ("actix", actix, of_actix)] {
        assert_eq!(answer.0, status, "{} on {what}: {}", ask.path, answer.1);
        assert_eq!(asked, counts, "{} on {what}", ask.path);
        if let Some(body) = body {
            assert_eq!(answer.1, body, "{} on {what}", ask.path);
        }
    }
}

#[actix_web::test]
async fn the_store_and_the_user_loader_are_called_once() {
    let app = asking();
    let token = app.0.access_token("alice").encode().unwrap();
    expect(&app, &Ask::new("/user").bearer(&token), 200, Some("alice alice"), [1, 0, 1]).await;
    expect(&app, &Ask::new("/many").bearer(&token), 200, Some("many"), [1, 0, 1]).await;
}

#[actix_web::test]
async fn without_loaders_the_signature_is_checked_once() {
    let (count, clock) = counting_clock();
    let jwt = JwtManager::builder(Config::default()).secret(SECRET).clock(clock).build().unwrap();
    let ask = Ask::new("/access").bearer(&jwt.access_token("alice").encode().unwrap());
    count.store(0, Ordering::SeqCst);
    assert_eq!(on_axum::ask(&jwt, ask.clone()).await, (200, "access".into()));
    assert_eq!(count.swap(0, Ordering::SeqCst), 1);
    assert_eq!(on_actix::ask(&jwt, ask).await, (200, "access".into()));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn a_stricter_extractor_checks_what_the_first_did_not() {
    let app = asking();
    let jwt = &app.0;
    let access = jwt.access_token("alice").encode().unwrap();
    let fresh = jwt.access_token("alice").fresh().encode().unwrap();
    let refresh = jwt.refresh_token("alice").encode().unwrap();
    let revoked = jwt.access_token("revoked").encode().unwrap();
    let banned = jwt.access_token("banned").encode().unwrap();
    let admin = jwt.access_token("alice").claim("scope", "admin").encode().unwrap();
    for (path, token, status, counts) in [
        ("/fresh", &fresh, 200, [1, 0, 1]),
        ("/access", &access, 200, [1, 0, 1]),
        ("/admin", &admin, 200, [1, 0, 1]),
        ("/source", &access, 200, [1, 1, 1]),
        ("/revocable", &access, 200, [1, 0, 1]),
        ("/revocable", &banned, 401, [1, 0, 1]),
        ("/source", &revoked, 401, [1, 1, 1]),
        ("/refresh", &refresh, 200, [1, 0, 1]),
    ] {
        expect(&app, &Ask::new(path).bearer(token), status, None, counts).await;
    }
    // actix creates all extractors first, so it rejects requests that need no I/O before anything is called.
    for (path, token, status) in [
        ("/fresh", &access, 401),
        ("/access", &refresh, 422),
        ("/admin", &access, 403),
        ("/source", &banned, 401),
    ] {
        for answer in [
            on_axum::ask(jwt, Ask::new(path).bearer(token)).await,
            on_actix::ask(jwt, Ask::new(path).bearer(token)).await,
        ] {
            assert_eq!(answer.0, status, "{path}: {}", answer.1);
        }
        app.1.counts();
    }
}

#[actix_web::test]
async fn an_extractor_that_fails_leaves_nothing() {
    let app = asking();
    let token = app.0.access_token("alice").encode().unwrap();
    expect(&app, &Ask::new("/failed").bearer(&token), 200, Some("false"), [1, 0, 1]).await;
    // Its token is valid and was looked up, but the claims do not match the type.
    expect(&app, &Ask::new("/typed").bearer(&token), 200, Some("false"), [2, 0, 2]).await;
}

#[actix_web::test]
async fn an_extractor_is_not_a_guard() {
    let app = asking();
    let token = app.0.access_token("alice").encode().unwrap();
    expect(&app, &Ask::new("/guarded").bearer(&token), 200, Some("false true"), [1, 0, 1]).await;
    expect(&app, &Ask::new("/guarded"), 200, Some("false false"), [0, 0, 0]).await;
}

#[actix_web::test]
async fn what_a_guard_let_through_stays_what_it_let_through() {
    let app = asking();
    let token = |identity: &str| app.0.access_token(identity).encode().unwrap();
    let ask = Ask::new("/behind").bearer(&token("alice"));
    expect(&app, &ask, 200, Some("alice alice"), [1, 0, 1]).await;
    let ask = ask.field("cookie", format!("access_token_cookie={}", token("bob")));
    // There is one memo per manager. It belongs to the guard.
    expect(&app, &ask, 200, Some("bob alice"), [2, 0, 3]).await;
}

#[actix_web::test]
async fn other_places_are_looked_at_again() {
    let app = asking();
    let token = |identity: &str| app.0.access_token(identity).encode().unwrap();
    let cookie = |identity: &str| format!("access_token_cookie={}", token(identity));
    let ask = Ask::new("/places").bearer(&token("alice"));
    expect(&app, &ask, 200, Some("alice alice"), [1, 0, 1]).await;
    let ask = ask.field("cookie", cookie("bob"));
    expect(&app, &ask, 200, Some("alice bob"), [2, 0, 2]).await;
    // A token in the header field does not need a CSRF value, and does not provide one for the cookie.
    for answer in [on_axum::ask(&app.0, ask.clone().post()).await, on_actix::ask(&app.0, ask.post()).await] {
        assert_eq!(answer.0, 401, "{}", answer.1);
    }
    // A cookie needs its own CSRF value, even if its token is the same.
    let same = token("alice");
    let ask = Ask::new("/places").bearer(&same).field("cookie", format!("access_token_cookie={same}"));
    for answer in [on_axum::ask(&app.0, ask.clone().post()).await, on_actix::ask(&app.0, ask.post()).await] {
        assert_eq!(answer.0, 401, "{}", answer.1);
    }
}

#[actix_web::test]
async fn other_names_need_their_own_csrf_value() {
    let app = asking();
    let (jwt, token) = (&app.0, app.0.access_token("alice").encode().unwrap());
    let csrf = jwt.decode(&token).unwrap().claims()["csrf"].as_str().unwrap().to_owned();
    let both = format!("access_token_cookie={token}; refresh_token_cookie={token}");
    let ask = Ask::new("/names").field("cookie", &both);
    expect(&app, &ask, 200, Some("names"), [1, 0, 1]).await;
    let ask = ask.post();
    for answer in [on_axum::ask(jwt, ask.clone()).await, on_actix::ask(jwt, ask.clone()).await] {
        assert_eq!(answer.0, 401, "{}", answer.1);
    }
    expect(&app, &ask.field("x-csrf-token", &csrf), 200, Some("names"), [2, 0, 2]).await;
}

#[test]
fn the_future_of_actix_is_opaque() {
    let name = std::any::type_name::<jwt_actix::Extracting<jwt_actix::AccessToken>>();
    assert!(name.starts_with("jwt_actix::"), "{name}");
}
