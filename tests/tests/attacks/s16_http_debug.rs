//! `Debug` of responses showed the tokens in them.

use actix_web::{FromRequest as _, HttpResponse, Responder as _, web};
use axum::extract::FromRequestParts as _;
use axum::response::IntoResponse as _;
use jwt_core::session::MemorySessions;
use jwt_core::{Config, JwtManager, Location};
use warp::{Filter as _, Reply as _};

use crate::Attack;
use crate::direct::{ask_warp, block_on, request as asking};
use crate::support::SECRET;

pub(crate) const ATTACK: Attack = Attack {
    name: "S16",
    tried: "Debug of every response with tokens: with_cookies, logins in cookies and in the body, and renewals",
    on: "axum, actix-web, warp",
    run,
};

/// Every token of the manager begins like this, and so does no other text.
const TOKEN: &str = "eyJhbGciOi";

fn assert_hidden(what: &str, shown: &str) {
    crate::count_try();
    assert!(!shown.contains(TOKEN) && !shown.contains("csrf_access_token="), "{what}: {shown}");
}

fn run() {
    for place in [Location::Cookie, Location::Header] {
        let builder = JwtManager::builder(Config::default().token_location([place])).secret(SECRET);
        let jwt = builder.session_store(MemorySessions::new()).build().unwrap();
        block_on(hidden(&jwt));
    }
}

async fn hidden(jwt: &JwtManager) {
    let claim = Config::default().csrf_claim(true);
    let issuing = JwtManager::builder(claim).secret(SECRET).build().unwrap();
    let token = issuing.access_token("alice").encode().unwrap();
    assert!(token.starts_with(TOKEN));
    let cookies = issuing.access_cookies(&token);
    assert_hidden("SetCookies", &format!("{cookies:?}"));
    assert_hidden("its fields", &format!("{:?}", cookies.fields().unwrap()));

    let response = jwt_axum::with_cookies(&cookies, "hello").unwrap();
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    assert_hidden("axum, with_cookies", &format!("{response:?}"));
    let (mut parts, _) = http::Request::new(()).into_parts();
    let auth = jwt_axum::Auth::from_request_parts(&mut parts, jwt).await.unwrap();
    let logged_in = auth.log_in("alice").await.unwrap();
    assert_hidden("axum, LoggedIn", &format!("{logged_in:?} {auth:?}"));
    assert_hidden("axum, its response", &format!("{:?}", logged_in.into_response()));

    let response = jwt_actix::with_cookies(&cookies, HttpResponse::Ok().body("hello")).unwrap();
    assert_eq!(response.headers().get_all("set-cookie").count(), 2);
    assert!(response.headers().get_all("set-cookie").all(|field| field.is_sensitive()));
    assert_hidden("actix-web, with_cookies", &format!("{response:?}"));
    let request = actix_web::test::TestRequest::get().app_data(web::Data::new(jwt.clone())).to_http_request();
    let auth = jwt_actix::Auth::extract(&request).await.unwrap();
    let logged_in = auth.log_in("alice").await.unwrap();
    assert_hidden("actix-web, LoggedIn", &format!("{logged_in:?} {auth:?}"));
    assert_hidden("actix-web, its response", &format!("{:?}", logged_in.respond_to(&request)));

    let response = jwt_warp::with_cookies(&cookies, "hello").unwrap();
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    assert_hidden("warp, with_cookies", &format!("{response:?}"));
    let routes = warp::path::end().and(jwt_warp::auth(jwt)).then(async |auth: jwt_warp::Auth| {
        let logged_in = auth.log_in("alice").await.unwrap();
        let shown = format!("{logged_in:?} {auth:?}");
        format!("{shown} {:?}", logged_in.into_response())
    });
    let shown = ask_warp(&routes, asking("POST", "/", &[])).await.body;
    assert!(shown.starts_with(b"LoggedIn"), "{shown:?}");
    assert_hidden("warp, LoggedIn and its response", &String::from_utf8_lossy(&shown));

    renewed().await;
}

/// The responses with a renewed cookie.
async fn renewed() {
    use std::time::Duration;
    use tower::{Layer as _, ServiceExt as _};

    let config = Config::default().token_location([Location::Cookie]);
    let builder = JwtManager::builder(config).secret(SECRET).session_store(MemorySessions::new());
    let jwt = builder.build().unwrap();
    let pair = jwt.log_in("alice").await.unwrap();
    let cookie = format!("access_token_cookie={}", pair.access());
    let within = Duration::from_secs(365 * 24 * 60 * 60);

    let service = jwt_axum::renew(&jwt, within).layer(tower::service_fn(async |_: http::Request<()>| {
        Ok::<_, std::convert::Infallible>(http::Response::new(()))
    }));
    let request = http::Request::get("/").header("cookie", &cookie).body(()).unwrap();
    let response = service.oneshot(request).await.unwrap();
    assert!(response.headers().contains_key("set-cookie"));
    assert_hidden("renew", &format!("{response:?}"));

    let app =
        actix_web::App::new().wrap(jwt_actix::renew(&jwt, within)).route("/", web::to(HttpResponse::Ok));
    let app = actix_web::test::init_service(app).await;
    let request = actix_web::test::TestRequest::get().insert_header(("cookie", &*cookie)).to_request();
    let response = actix_web::test::call_service(&app, request).await;
    assert!(response.headers().contains_key("set-cookie"));
    assert_hidden("actix-web, renew", &format!("{:?}", response.response()));
}
