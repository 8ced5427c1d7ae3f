//! Requests that upgrade the connection skipped the check of the origin.

use actix_web::{App as Actix, HttpResponse, test, web};
use axum::Router;
use axum::routing::any;
use http::Method;
use jwt_core::{Config, JwtManager, Location, Policy};
use jwt_tests::{App, Ask, Extractor, FRAMEWORKS, Route};
use warp::Filter as _;

use crate::Attack;
use crate::direct::{ask_actix, ask_axum, ask_warp, block_on, request};
use crate::support::SECRET;

pub(crate) const ATTACK: Attack = Attack {
    name: "S11",
    tried: "upgrades with a cookie from sibling hosts, other ports and schemes, null, and repeated origins",
    on: "axum, actix-web, warp with and without its layer; HTTP/1.1 and HTTP/2",
    run,
};

fn manager(change: impl FnOnce(Config) -> Config) -> JwtManager {
    let config = change(Config::default().token_location([Location::Cookie]));
    JwtManager::builder(config).secret(SECRET).build().unwrap()
}

fn run() {
    for jwt in [manager(|config| config), manager(|config| config.csrf_check_origin(true))] {
        over_http_1(&jwt);
        block_on(over_http_2(&jwt));
    }
    // The preset keeps what flask-jwt-extended does, with a setter of its own.
    let closed =
        Config::flask_compatible().token_location([Location::Cookie]).insecure_any_upgrade_origin(false);
    over_http_1(&JwtManager::builder(closed).secret(SECRET).build().unwrap());
}

fn over_http_1(jwt: &JwtManager) {
    let [.., warp] = FRAMEWORKS;
    let plain = FRAMEWORKS.map(|framework| (framework, false));
    for (framework, layered) in plain.into_iter().chain([(warp, true)]) {
        let app = App::new([
            Route::get("/guard").guarded(jwt, Policy::access()),
            Route::get("/optional").guarded(jwt, Policy::access().optional()),
            Route::get("/extractor").extracting(jwt, Extractor::Access),
            Route::new("/both", &[Method::GET])
                .guarded(jwt, Policy::access())
                .extracting(jwt, Extractor::Access),
        ]);
        let server = framework.serve(App { layer: layered.then(|| jwt.clone()), ..app });
        let here = server.address();
        let own = format!("http://{here}");
        let other_port = format!("http://{}:{}", here.ip(), here.port() ^ 1);
        let other_scheme = format!("https://{}", here.ip());
        let cookie = format!("access_token_cookie={}", jwt.access_token("alice").encode().unwrap());
        let upgrades: [&[(&str, &str)]; 4] = [
            &[
                ("connection", "Upgrade"),
                ("upgrade", "websocket"),
                ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
                ("sec-websocket-version", "13"),
            ],
            &[("connection", "keep-alive, upgrade"), ("upgrade", "WebSocket")],
            &[("connection", "upgrade"), ("upgrade", "h2c")],
            &[("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")],
        ];
        for path in ["/guard", "/optional", "/extractor", "/both"] {
            for fields in upgrades {
                let status = |origins: &[&str]| {
                    let ask =
                        fields.iter().fold(Ask::get(path), |ask, (name, value)| ask.header(name, value));
                    let ask = ask.header("cookie", &cookie);
                    let ask = origins.iter().fold(ask, |ask, origin| ask.header("origin", origin));
                    server.ask(ask).status.as_u16()
                };
                for origins in [
                    &["https://sibling.example"][..],
                    &["http://sibling.example:80"],
                    &[&other_port],
                    &[&other_scheme],
                    &["null"],
                    &["file://"],
                    &[""],
                    &[&own, &own],
                    &[&own, "https://sibling.example"],
                ] {
                    let status = status(origins);
                    assert_eq!(
                        status, 401,
                        "{framework:?}, a layer: {layered}: {path} {fields:?} {origins:?}"
                    );
                }
                // The page itself, and a client that is not a browser.
                for origins in [&[&*own][..], &[]] {
                    let status = status(origins);
                    assert_eq!(
                        status, 200,
                        "{framework:?}, a layer: {layered}: {path} {fields:?} {origins:?}"
                    );
                }
            }
        }
    }
}

/// A WebSocket over HTTP/2 is a CONNECT request without `Upgrade` and `Host` (RFC 8441).
async fn over_http_2(jwt: &JwtManager) {
    let guard = || jwt_axum::require(jwt, Policy::access());
    let axum = Router::new().route("/x", any(|| async { "secret" })).route_layer(guard());
    let guard = jwt_actix::require(jwt, Policy::access());
    let handler = || async { HttpResponse::Ok().body("secret") };
    let actix = test::init_service(Actix::new().service(web::resource("/x").to(handler)).wrap(guard)).await;
    let warp =
        jwt_warp::guard(jwt, |token| warp::path!("x").and(token).map(|_: jwt_warp::AccessToken| "secret"));
    let cookie = format!("access_token_cookie={}", jwt.access_token("alice").encode().unwrap());
    for (origin, passes) in [
        (Some("https://api.example"), true),
        (Some("https://sibling.example"), false),
        (Some("https://api.example:8443"), false),
        (Some("http://api.example"), false),
        (Some("null"), false),
        (None, true),
    ] {
        for (method, upgrade) in [("CONNECT", "x-nothing"), ("GET", "upgrade"), ("GET", "sec-websocket-key")]
        {
            let mut fields = vec![("cookie", &*cookie), (upgrade, "websocket")];
            fields.extend(origin.map(|origin| ("origin", origin)));
            let asking = || request(method, "https://api.example/x", &fields);
            let expected = if passes { 200 } else { 401 };
            assert_eq!(ask_axum(&axum, asking()).await.status, expected, "axum: {method} {origin:?}");
            assert_eq!(ask_actix!(&actix, asking()).status, expected, "actix-web: {method} {origin:?}");
            assert_eq!(ask_warp(&warp, asking()).await.status, expected, "warp: {method} {origin:?}");
        }
    }
}
