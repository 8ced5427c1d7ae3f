//! `Auth` with custom bodies, with tokens that handlers read themselves, and behind guards.

use jwt_core::session::MemorySessions;
use jwt_core::{Config, JwtManager, Location, Policy};
use jwt_tests::{App, Ask, EVERY, FRAMEWORKS, Route, Server, Verb};
use serde_json::{Value, json};

use crate::site::{Device, MINUTE, Setup, set_cookies};
use crate::support::SECRET;

fn setup() -> Setup {
    Setup::new().routes(|jwt, _| {
        vec![
            Route::post("/login/own").answering_auth(jwt, Verb::LoginWithOwnBody),
            Route::post("/refresh/own").answering_auth(jwt, Verb::RotateWithOwnBody),
            Route::post("/refresh/text").answering_auth(jwt, Verb::RotateToken),
            Route::post("/logout/text").answering_auth(jwt, Verb::LogOutToken),
        ]
    })
}

fn text(path: &str, token: &str) -> Ask {
    let body = json!({ "token": token }).to_string();
    Ask::new("POST", path).header("content-type", "application/json").body(body)
}

#[test]
fn a_body_of_the_applications_takes_the_place_of_the_default_one() {
    setup().on_every_site(|site| {
        let cookies = if site.in_cookies { 4 } else { 0 };
        let answer = site.post("/login/own", &Device::default());
        assert_eq!((answer.status.as_u16(), set_cookies(&answer).len()), (200, cookies));
        let body = answer.json();
        assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
        let first = body["refresh"].as_str().unwrap();
        assert_eq!(answer.headers["cache-control"], "no-store");

        let csrf = site.claims(first).get("csrf").and_then(Value::as_str).unwrap_or_default().to_owned();
        let device = Device { refresh: first.to_owned(), refresh_csrf: csrf, ..Device::default() };
        let answer = site.post_refresh("/refresh/own", &device);
        assert_eq!((answer.status.as_u16(), set_cookies(&answer).len()), (200, cookies));
        let second = answer.json()["refresh"].as_str().unwrap().to_owned();
        assert_ne!(first, second);
        assert_eq!(site.claims(first)["sid"], site.claims(&second)["sid"]);
    });
}

#[test]
fn a_token_that_the_handler_has_read_is_exchanged_and_ended() {
    setup().on_every_site(|site| {
        let device = site.log_in();
        let answer = site.ask(text("/refresh/text", &device.refresh));
        assert_eq!((answer.status.as_u16(), set_cookies(&answer).len()), (200, 0), "{}", answer.text());
        let next = answer.json()["refresh_token"].as_str().unwrap().to_owned();

        for wrong in ["", "x", &device.access] {
            let answer = site.ask(text("/refresh/text", wrong));
            assert_eq!((answer.status.as_u16(), set_cookies(&answer).len()), (422, 0), "{wrong}");
        }
        // This request has no CSRF value. It does not need one, because a browser does not add this token by itself.
        assert_eq!(site.get("/me", &device).status, 200);
        let answer = site.ask(text("/logout/text", &next));
        assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"logout": true})));
        assert_eq!(site.get("/me", &device).status, 401);
        assert_eq!(site.ask(text("/refresh/text", &next)).status, 401);

        let device = site.log_in();
        assert_eq!(site.ask(text("/refresh/text", &device.refresh)).status, 200);
        site.clock.advance(MINUTE);
        assert_eq!(site.ask(text("/refresh/text", &device.refresh)).status, 401, "it was used before");
        assert_eq!(site.get("/me", &device).status, 401, "its session has ended");
    });
}

/// Starts every framework, and warp with its layer, with tokens in the header field or in JSON bodies.
fn servers(places: &[Location]) -> Vec<(Server, JwtManager, bool)> {
    let [.., warp] = FRAMEWORKS;
    let all = EVERY.into_iter().map(|framework| (framework, false)).chain([(warp, true)]);
    all.map(|(framework, layered)| {
        let config = Config::default().token_location(places.iter().copied()).buffered_body(1 << 14);
        let builder = JwtManager::builder(config).secret(SECRET).session_store(MemorySessions::new());
        let jwt = builder.build().unwrap();
        let routes = [
            Route::post("/login").answering_auth(&jwt, Verb::Login),
            Route::post("/guarded")
                .guarded(&jwt, Policy::refresh().locations(&[Location::Json]))
                .answering_auth(&jwt, Verb::Rotate),
            Route::post("/unguarded").answering_auth(&jwt, Verb::Rotate),
            Route::post("/unguarded/logout").answering_auth(&jwt, Verb::LogOut),
        ];
        let app = App { layer: layered.then(|| jwt.clone()), ..App::new(routes) };
        let reads = layered || framework.name != warp.name;
        println!("{framework:?}, a layer: {layered}");
        (framework.serve(app), jwt, reads)
    })
    .collect()
}

fn json_body(path: &str, body: &Value) -> Ask {
    Ask::new("POST", path).header("content-type", "application/json").body(body.to_string())
}

#[test]
fn what_a_guard_has_found_in_a_body_is_exchanged_behind_it() {
    for places in [&[Location::Header, Location::Json][..], &[Location::Header]] {
        for (server, _, reads) in servers(places) {
            let pair = server.ask(Ask::new("POST", "/login")).json();
            let body = json!({"refresh_token": pair["refresh_token"]});
            let answer = server.ask(json_body("/guarded", &body));
            if reads {
                assert_eq!(answer.status.as_u16(), 200, "{places:?}: {}", answer.text());
                assert!(answer.json()["access_token"].is_string());
            } else {
                // Without its layer, warp cannot read bodies.
                assert_eq!(answer.status.as_u16(), 401, "{places:?}");
            }
            let access = json!({"refresh_token": pair["access_token"]});
            assert_eq!(server.ask(json_body("/guarded", &access)).status, if reads { 422 } else { 401 });
        }
    }
}

#[test]
fn a_json_body_that_nothing_reads_is_not_a_server_error() {
    for (number, (server, jwt, _)) in servers(&[Location::Header, Location::Json]).into_iter().enumerate() {
        let reads_unguarded = number == EVERY.len();
        let refresh = jwt.refresh_token("alice").encode().unwrap();
        for body in [json!({}), json!({"refresh_token": refresh}), json!(null), json!([1])] {
            for path in ["/unguarded", "/unguarded/logout"] {
                let answer = server.ask(json_body(path, &body));
                // warp's layer reads bodies for routes without a guard, too.
                assert!(!answer.status.is_server_error(), "{path} {body}: {}", answer.status);
                assert!(reads_unguarded || answer.status == 401, "{path} {body}: {}", answer.status);
            }
        }
        // The header field can be used, whether the body is read or not.
        let pair = server.ask(Ask::new("POST", "/login")).json();
        let ask = json_body("/unguarded", &json!({})).bearer(pair["refresh_token"].as_str().unwrap());
        assert_eq!(server.ask(ask).status, 200);
    }
}

/// The guard lets Alice in by the header field. A cookie of Bob, which comes first in the configuration, changes nothing.
#[test]
fn auth_is_about_the_token_of_the_guard() {
    const HEADER: &[Location] = &[Location::Header];
    let [.., warp] = FRAMEWORKS;
    let all = EVERY.into_iter().map(|framework| (framework, false)).chain([(warp, true)]);
    // In warp, a guard passes its token on inside a layer only.
    for (framework, layered) in all.filter(|(framework, layered)| *layered || framework.name != warp.name) {
        println!("{framework:?}, a layer: {layered}");
        let config = Config::default().token_location([Location::Cookie, Location::Header]);
        let builder = JwtManager::builder(config).secret(SECRET).session_store(MemorySessions::new());
        let jwt = builder.build().unwrap();
        let routes = [
            Route::post("/login").answering_auth(&jwt, Verb::LoginWithOwnBody),
            Route::post("/refresh")
                .guarded(&jwt, Policy::refresh().locations(HEADER))
                .answering_auth(&jwt, Verb::RotateWithOwnBody),
            Route::post("/logout")
                .guarded(&jwt, Policy::refresh().locations(HEADER))
                .answering_auth(&jwt, Verb::LogOut),
        ];
        let server = framework.serve(App { layer: layered.then(|| jwt.clone()), ..App::new(routes) });
        let log_in = || {
            let pair = server.ask(Ask::new("POST", "/login")).json();
            pair["refresh"].as_str().unwrap().to_owned()
        };
        let session = |token: &str| jwt.decode(token).unwrap().session().unwrap().to_owned();
        let is_alive = |token: &str| {
            let sessions = block_on(jwt.list_sessions("alice"));
            sessions.iter().any(|alive| alive.id == session(token))
        };
        let (alice, bob) = (log_in(), log_in());
        let csrf = jwt.decode(&bob).unwrap().csrf().unwrap();
        let ask = |path: &str, token: &str| {
            let ask = Ask::new("POST", path).bearer(token);
            server.ask(
                ask.header("cookie", format!("refresh_token_cookie={bob}")).header("x-csrf-token", &*csrf),
            )
        };
        let next = ask("/refresh", &alice).json()["refresh"].as_str().unwrap().to_owned();
        assert_eq!(session(&next), session(&alice));
        assert_eq!(ask("/logout", &next).status, 200);
        assert!(!is_alive(&alice) && is_alive(&bob));
    }
}

fn block_on<T: std::fmt::Debug>(future: impl Future<Output = Result<T, jwt_core::TokenError>>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future).unwrap()
}
