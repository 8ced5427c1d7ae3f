//! A CORS layer outside a guard answers preflight requests, and pages can read why a request was rejected.

use actix_web::{App, HttpResponse, test, web};
use axum::Router;
use axum::routing::any;
use jwt_core::{JwtManager, Policy};
use jwt_tests::Cors;
use warp::Filter as _;

use crate::Attack;
use crate::direct::{Reply, ask_actix, ask_axum, ask_warp, block_on, request};
use crate::support::{expired, manager};

pub(crate) const ATTACK: Attack = Attack {
    name: "CORS",
    tried: "a page of another origin, with a preflight, without a token, with an expired, a forged, and a good one",
    on: "axum, actix-web, warp",
    run,
};

const PAGE: &str = "https://app.example";

fn run() {
    block_on(async {
        let jwt = manager();
        on_axum(&jwt).await;
        on_actix(&jwt).await;
        on_warp(&jwt).await;
    });
}

/// A request of the page, and the status and the challenge that the page reads.
fn requests(jwt: &JwtManager) -> [(&'static str, Option<String>, u16, Option<&'static str>); 5] {
    let invalid_token = r#"Bearer error="invalid_token", error_description="The token has expired""#;
    [
        ("GET", None, 401, Some("Bearer")),
        ("DELETE", None, 401, Some("Bearer")),
        ("GET", Some(expired(jwt)), 401, Some(invalid_token)),
        ("GET", Some("a.b.c".into()), 422, None),
        ("GET", Some(jwt.access_token("alice").encode().unwrap()), 200, None),
    ]
}

fn preflight(method: &str) -> http::Request<bytes::Bytes> {
    let fields = [
        ("origin", PAGE),
        ("access-control-request-method", method),
        ("access-control-request-headers", "authorization"),
    ];
    request("OPTIONS", "/x", &fields)
}

fn assert_answered(framework: &str, reply: &Reply) {
    assert_eq!(reply.status, 200, "{framework}: {reply:?}");
    assert_eq!(reply.header("access-control-allow-origin"), Some(PAGE), "{framework}");
    assert!(reply.header("access-control-allow-methods").unwrap().contains("GET"), "{framework}: {reply:?}");
    let headers = reply.header("access-control-allow-headers").unwrap().to_ascii_lowercase();
    assert!(headers.contains("authorization"), "{framework}: {reply:?}");
    assert!(reply.body.is_empty(), "{framework}: the handler ran");
}

fn assert_readable(framework: &str, reply: &Reply, status: u16, challenge: Option<&str>) {
    assert_eq!(reply.status, status, "{framework}: {reply:?}");
    assert_eq!(reply.header("access-control-allow-origin"), Some(PAGE), "{framework}: {reply:?}");
    let exposed = reply.header("access-control-expose-headers").unwrap_or_default().to_ascii_lowercase();
    assert!(exposed.contains("www-authenticate"), "{framework}: {reply:?}");
    assert_eq!(reply.header("www-authenticate"), challenge, "{framework}");
}

fn asking(method: &str, token: Option<&String>) -> http::Request<bytes::Bytes> {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut fields = vec![("origin", PAGE)];
    fields.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    request(method, "/x", &fields)
}

async fn on_axum(jwt: &JwtManager) {
    let cors = || Cors::new(PAGE).for_axum();
    let guard = || jwt_axum::require(jwt, Policy::access());
    let routes = || Router::new().route("/x", any(|| async { "secret" }));
    for app in [routes().route_layer(guard()).layer(cors()), routes().layer(guard()).layer(cors())] {
        assert_answered("axum", &ask_axum(&app, preflight("GET")).await);
        for (method, token, status, challenge) in requests(jwt) {
            let reply = ask_axum(&app, asking(method, token.as_ref())).await;
            assert_readable("axum", &reply, status, challenge);
        }
        // Without the field that makes it a preflight, `OPTIONS` is a request like any other.
        let reply = ask_axum(&app, asking("OPTIONS", None)).await;
        assert_ne!(&reply.body[..], b"secret", "axum");
    }
}

async fn on_actix(jwt: &JwtManager) {
    let cors = || Cors::new(PAGE).for_actix();
    let guard = || jwt_actix::require(jwt, Policy::access());
    let handler = || async { HttpResponse::Ok().body("secret") };
    macro_rules! check {
        ($app:expr) => {
            let app = test::init_service($app).await;
            assert_answered("actix-web", &ask_actix!(&app, preflight("GET")));
            for (method, token, status, challenge) in requests(jwt) {
                let reply = ask_actix!(&app, asking(method, token.as_ref()));
                assert_readable("actix-web", &reply, status, challenge);
            }
            let reply = ask_actix!(&app, asking("OPTIONS", None));
            assert_ne!(&reply.body[..], b"secret", "actix-web");
        };
    }
    check!(App::new().service(web::resource("/x").to(handler)).wrap(guard()).wrap(cors()));
    check!(App::new().service(web::scope("/x").wrap(guard()).wrap(cors()).route("", web::to(handler))));
    check!(App::new().service(web::resource("/x").wrap(guard()).wrap(cors()).to(handler)));
    check!(App::new().service(web::resource("/x").wrap(guard()).to(handler)).wrap(cors()));
}

async fn on_warp(jwt: &JwtManager) {
    let routes = jwt_warp::guard(jwt, |token| {
        warp::path!("x").and(token).map(|jwt_warp::AccessToken(_): jwt_warp::AccessToken| "secret")
    })
    .with(Cors::new(PAGE).for_warp());
    assert_answered("warp", &ask_warp(&routes, preflight("GET")).await);
    for (method, token, status, challenge) in requests(jwt) {
        let reply = ask_warp(&routes, asking(method, token.as_ref())).await;
        assert_readable("warp", &reply, status, challenge);
    }
    let reply = ask_warp(&routes, asking("OPTIONS", None)).await;
    assert_ne!(&reply.body[..], b"secret", "warp");
}
