//! `Auth`, as adapters use it: the contents of its responses, and that the store only changes if they can be written.

#[cfg(feature = "tokio")]
use http::header::{AUTHORIZATION, COOKIE};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderMap, Response};
use jwt_core::adapter::{Auth, Issued, Memos, Rejection, Snapshot};
use jwt_core::token::Identity;
use jwt_core::{Config, ErrorKind, Location, Policy, RequestInfo, TokenKind};
#[cfg(feature = "tokio")]
use jwt_test::FailingStore;
use serde_json::{Value, json};

#[cfg(feature = "tokio")]
use crate::support::builder;
use crate::support::{NOW, at, authenticate, block_on, secs, sign};
#[cfg(feature = "tokio")]
use crate::support_sessions::abandoned;
use crate::support_sessions::{House, house};

fn cookies() -> Config {
    Config::default().token_location([Location::Cookie])
}

/// Returns the `Auth` of a request with these header fields.
fn with(house: &House, headers: &[(&'static str, &str)]) -> Auth {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, value.parse().unwrap());
    }
    Auth::new(house.jwt.clone(), Snapshot::new(RequestInfo::new("POST", "/", None, map), None))
}

fn bearer(house: &House, token: &str) -> Auth {
    with(house, &[("authorization", &format!("Bearer {token}"))])
}

fn refreshing(house: &House, token: &str) -> Auth {
    let csrf = house.read(token).claims()["csrf"].as_str().unwrap().to_owned();
    with(house, &[("cookie", &format!("refresh_token_cookie={token}")), ("x-csrf-token", &csrf)])
}

type Outcome = Result<Issued, Box<Rejection>>;

fn sessions(house: &House) -> usize {
    block_on(house.jwt.list_sessions("alice")).unwrap().len()
}

fn body(response: &Response<bytes::Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

fn set_cookies(response: &Response<bytes::Bytes>) -> usize {
    response.headers().get_all(SET_COOKIE).iter().count()
}

#[test]
fn a_login_is_a_response_that_takes_another_body() {
    let house = house(Config::default().token_location([Location::Header, Location::Cookie]));
    let auth = with(&house, &[]);
    let outcome: Outcome = block_on(async { auth.log_in("alice").label("phone").await });
    let Issued { pair, answer } = outcome.unwrap();
    let response = answer.into_response();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    assert_eq!(body(&response), serde_json::to_value(&pair).unwrap());
    assert_eq!(block_on(house.jwt.list_sessions("alice")).unwrap()[0].label.as_deref(), Some("phone"));

    let outcome: Outcome = block_on(async { auth.log_in("alice").in_cookies(true).await });
    let response = outcome.unwrap().answer.json(&json!({"hello": "alice"})).into_response();
    assert_eq!((body(&response), set_cookies(&response)), (json!({"hello": "alice"}), 4));

    // A body that cannot be serialized is a bug in the application. The session has started, so its cookies are set.
    let outcome: Outcome = block_on(async { auth.log_in("alice").in_cookies(true).await });
    let unwritable = std::collections::BTreeMap::from([((1, 2), 3)]);
    let response = outcome.unwrap().answer.json(&unwritable).into_response();
    assert_eq!((response.status().as_u16(), set_cookies(&response)), (500, 4));
    assert_eq!(body(&response), json!({"msg": "Internal Server Error"}));
}

#[test]
fn a_login_whose_cookies_cannot_be_set_leaves_no_session() {
    let house = house(cookies());
    let auth = with(&house, &[]);
    let outcome: Outcome = block_on(async { auth.log_in("alice").claim("x", "y".repeat(4000)).await });
    let rejection = outcome.unwrap_err();
    assert_eq!((rejection.kind(), rejection.response().status().as_u16()), (Some(ErrorKind::Misuse), 500));
    assert_eq!(rejection.reason(), "Internal Server Error");
    assert_eq!(sessions(&house), 0);
}

#[test]
fn an_exchange_whose_cookies_cannot_be_set_leaves_the_token_as_it_was() {
    let house = house(cookies());
    let pair = house.log_in("alice");
    let auth = refreshing(&house, pair.refresh());
    let outcome: Outcome = block_on(async { auth.rotate().claim("x", "y".repeat(4000)).await });
    assert_eq!(outcome.unwrap_err().response().status(), 500);
    // If the token had been exchanged, this would be reuse after the grace period and would end the session.
    house.clock.set(at(NOW + 600));
    let outcome: Outcome = block_on(async { auth.rotate().await });
    assert_eq!(set_cookies(&outcome.unwrap().answer.into_response()), 4);
    assert_eq!(sessions(&house), 1);
}

#[test]
fn claims_are_kept_and_added_in_the_order_of_the_calls() {
    let house = house(Config::default());
    let pair =
        block_on(async { house.jwt.log_in("alice").claim("role", "admin").claim("team", 1).await }).unwrap();
    let auth = bearer(&house, pair.refresh());
    let exchange = auth.rotate().claim("role", "guest").keep_claims(&["role", "none"]).claim("team", 2);
    let outcome: Outcome = block_on(async { exchange.await });
    let claims = house.read(outcome.unwrap().pair.access()).claims();
    assert_eq!((&claims["role"], &claims["team"]), (&json!("admin"), &json!(2)));
    assert!(!claims.contains_key("none"));
}

#[test]
fn a_text_is_exchanged_and_ended_like_the_requests_token() {
    let house = house(cookies());
    let pair = house.log_in("alice");
    let auth = with(&house, &[]);
    let text = |text: &str| -> Outcome { block_on(async { auth.rotate_token(text).await }) };
    let response = text(pair.refresh()).unwrap().answer.into_response();
    assert_eq!(set_cookies(&response), 0, "it did not come in a cookie");
    let refresh = body(&response)["refresh_token"].as_str().unwrap().to_owned();
    for (wrong, kind) in [
        ("", ErrorKind::InvalidToken),
        (pair.access(), ErrorKind::InvalidToken),
        (&house.jwt.refresh_token("alice").encode().unwrap(), ErrorKind::RevokedToken),
    ] {
        assert_eq!(text(wrong).unwrap_err().kind(), Some(kind));
    }
    assert_eq!(sessions(&house), 1);
    assert_eq!(block_on(auth.log_out_token("x")).unwrap_err().to_string(), "token is invalid");
    house.clock.set(at(NOW + 3600));
    let response = block_on(auth.log_out_token(&refresh)).unwrap().into_response();
    assert_eq!((body(&response), set_cookies(&response)), (json!({"logout": true}), 4));
    assert_eq!(sessions(&house), 0);
    house.clock.set(at(NOW));
    assert_eq!(text(&refresh).unwrap_err().kind(), Some(ErrorKind::RevokedToken));
}

/// If a guard looks in a location that is not configured, the token that it accepted is the one that is exchanged.
#[test]
fn the_token_of_a_guard_is_exchanged_if_it_is_a_refresh_token() {
    const QUERY: &[Location] = &[Location::QueryString];
    let house = house(Config::default());
    let (mine, other) = (house.log_in("alice"), house.log_in("alice"));
    let behind = |policy: &Policy, token: &str, header: Option<&str>| {
        let request = http::Request::post(format!("/?jwt={token}")).body(()).unwrap();
        let memo = authenticate(&house.jwt, &request, policy).unwrap().memo();
        let mut memos = Memos::default();
        memos.insert(memo.unwrap());
        let headers = header
            .map(|token| ("authorization".parse().unwrap(), format!("Bearer {token}").parse().unwrap()));
        let info = RequestInfo::new("POST", "/", None, headers.into_iter().collect());
        Auth::new(house.jwt.clone(), Snapshot::new(info, Some(memos)))
    };
    let rotate = |auth: Auth| -> Outcome { block_on(async { auth.rotate().await }) };
    let refresh = behind(&Policy::refresh().locations(QUERY), mine.refresh(), None);
    assert_eq!(rotate(refresh).unwrap().pair.session(), mine.session());
    // An access token cannot be exchanged. In that case, the configured locations count.
    let access = behind(&Policy::access().locations(QUERY), mine.access(), None);
    assert_eq!(rotate(access).unwrap_err().kind(), Some(ErrorKind::Unauthorized));
    let both = behind(&Policy::access().locations(QUERY), mine.access(), Some(other.refresh()));
    assert_eq!(rotate(both).unwrap().pair.session(), other.session());
    // A logout accepts a token of any kind.
    let access = behind(&Policy::access().locations(QUERY), mine.access(), None);
    block_on(access.log_out()).unwrap();
    assert_eq!(block_on(house.jwt.list_sessions("alice")).unwrap().len(), 1);
}

#[test]
fn an_error_of_the_application_is_a_rejection_too() {
    let rejection = Rejection::from(jwt_core::ErrorResponse::json(401, &json!({"err": "wrong password"})));
    assert_eq!((rejection.kind(), &*rejection.reason()), (None, "Unauthorized"));
    assert!(rejection.token_error().is_none() && rejection.error().is_none());
    assert_eq!(rejection.to_string(), "the application responds with 401");
    let response = rejection.into_response();
    assert_eq!(body(&response), json!({"err": "wrong password"}));
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    // The error is not about a token (RFC 6750, 3).
    assert!(!response.headers().contains_key("www-authenticate"));
}

#[test]
fn kinds_and_reasons_of_rejections() {
    let house = house(Config::default());
    let auth = with(&house, &[]);
    let outcome: Outcome = block_on(async { auth.rotate().await });
    let missing = outcome.unwrap_err();
    assert_eq!(
        (missing.kind(), &*missing.reason()),
        (Some(ErrorKind::Unauthorized), "Missing Authorization Header")
    );
    assert!(missing.token_error().is_some());
    let reset = house.jwt.token(TokenKind::custom("reset"), "alice").expires_in(secs(60)).encode().unwrap();
    let outcome: Outcome = block_on(async { bearer(&house, &reset).rotate().await });
    assert_eq!(outcome.unwrap_err().kind(), Some(ErrorKind::InvalidToken));
}

/// Anyone can put a token of their own in a link or a form, so it does not show that the user wants to log out.
#[test]
fn a_token_in_a_link_removes_no_cookies_for_another_site() {
    let house = house(Config::default().token_location([Location::QueryString, Location::Cookie]));
    let alice = house.log_in("alice");
    let request = |mallory: &str, site: &str| {
        let cookie = format!("access_token_cookie={}", alice.access());
        let fields =
            [("cookie", cookie.as_str()), ("sec-fetch-site", site), ("origin", "https://evil.example")];
        let headers =
            fields.map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap()));
        let query = format!("jwt={mallory}");
        let info = RequestInfo::new("POST", "/", Some(&query), headers.into_iter().collect());
        Auth::new(house.jwt.clone(), Snapshot::new(info, None))
    };
    for (site, removed) in [("cross-site", 0), ("same-site", 0), ("same-origin", 4)] {
        let mallory = house.log_in("mallory").access().to_owned();
        let response = block_on(request(&mallory, site).log_out_token(&mallory)).unwrap().into_response();
        assert_eq!(set_cookies(&response), removed, "{site}");
        let mallory = house.log_in("mallory").access().to_owned();
        // The request is rejected for its two tokens, or only one of them counts.
        if let Ok(response) = block_on(request(&mallory, site).log_out_everywhere()) {
            assert_eq!(set_cookies(&response.into_response()), removed, "{site}");
        }
    }
    assert_eq!(sessions(&house), 1, "alice is still logged in");
}

/// The claims are those of an earlier configuration, so the token is not accepted.
#[test]
fn a_logout_ends_the_session_of_a_token_that_is_not_accepted_whatever_the_identity_is() {
    let house = house(cookies().verify_sub(false));
    for identity in [json!("alice"), json!(42), json!(true), json!(["a", 1])] {
        let pair = block_on(async { house.jwt.log_in(Identity::value(&identity)).await }).unwrap();
        let access = house.read(pair.access());
        let mut claims = access.claims();
        claims.insert("aud".to_owned(), json!("a former audience"));
        let token = sign(r#"{"alg":"HS256"}"#, json!(claims).to_string());
        let cookie = format!("access_token_cookie={token}");
        let auth = with(&house, &[("cookie", &cookie), ("x-csrf-token", claims["csrf"].as_str().unwrap())]);
        block_on(auth.log_out()).unwrap();
        let all = block_on(house.jwt.list_sessions(&access)).unwrap();
        assert!(all.is_empty(), "{identity}");
    }
}

/// The cookies of a path and of a domain can have the same name.
#[cfg(feature = "tokio")]
#[tokio::test(flavor = "current_thread")]
async fn a_client_that_disconnects_is_logged_out_of_all_its_sessions() {
    let store = FailingStore::default();
    let jwt = builder(cookies().cookie_csrf_protect(false)).session_store(store.clone()).build().unwrap();
    let mut cookie = Vec::new();
    for _ in 0..2 {
        let pair = jwt.log_in("alice").await.unwrap();
        let mut claims = jwt.decode(pair.access()).unwrap().claims();
        claims.insert("aud".to_owned(), json!("a former audience"));
        let token = sign(r#"{"alg":"HS256"}"#, json!(claims).to_string());
        cookie.push(format!("access_token_cookie={token}"));
    }
    let headers = HeaderMap::from_iter([(COOKIE, cookie.join("; ").parse().unwrap())]);
    let auth = Auth::new(jwt.clone(), Snapshot::new(RequestInfo::new("POST", "/", None, headers), None));
    abandoned(&store, async move { auth.log_out().await.map(drop) }).await;
    assert_eq!(jwt.list_sessions("alice").await.unwrap().len(), 0);
}

/// The store does not respond to the check of the token, which comes before the end of the sessions.
#[cfg(feature = "tokio")]
#[tokio::test(flavor = "current_thread")]
async fn a_client_that_disconnects_is_logged_out_everywhere() {
    let store = FailingStore::default();
    let jwt = builder(Config::default()).session_store(store.clone()).build().unwrap();
    jwt.log_in("alice").await.unwrap();
    let pair = jwt.log_in("alice").await.unwrap();
    let authorization = format!("Bearer {}", pair.access()).parse().unwrap();
    let headers = HeaderMap::from_iter([(AUTHORIZATION, authorization)]);
    let auth = Auth::new(jwt.clone(), Snapshot::new(RequestInfo::new("POST", "/", None, headers), None));
    abandoned(&store, async move { auth.log_out_everywhere().await.map(drop) }).await;
    assert_eq!(jwt.list_sessions("alice").await.unwrap().len(), 0);
}
