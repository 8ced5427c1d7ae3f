//! The second way to use warp: a layer around the service that inspects requests but never responds itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jwt_core::{Config, JwtManager, Policy, Token};
use jwt_tests::{App, Ask, Extractor, FRAMEWORKS, Route, Server};
use serde_json::json;

use crate::support::{SECRET, builder, counting_clock, expired, get, manager};

fn serve(layer: &JwtManager, routes: impl IntoIterator<Item = Route>) -> Server {
    let [.., warp] = FRAMEWORKS;
    warp.serve(App { layer: Some(layer.clone()), ..App::new(routes) })
}

#[test]
fn the_signature_is_checked_once_for_all_guards() {
    let (count, clock) = counting_clock();
    let jwt = builder().clock(clock).build().unwrap();
    let both = Route::get("/").guarded(&jwt, Policy::access()).extracting(&jwt, Extractor::Access);
    let server = serve(&jwt, [both]);
    let token = jwt.access_token("alice").encode().unwrap();
    count.store(0, Ordering::SeqCst);
    assert_eq!(server.ask(get(&token)).json(), json!({"identity": "alice"}));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[test]
fn a_refused_token_leaves_public_routes_public_and_guarded_ones_guarded() {
    let jwt = manager();
    let server = serve(&jwt, [Route::get("/public"), Route::get("/").extracting(&jwt, Extractor::Fresh)]);
    let access = jwt.access_token("alice").encode().unwrap();
    let fresh = jwt.access_token("alice").fresh().encode().unwrap();
    let refresh = jwt.refresh_token("alice").encode().unwrap();
    assert_eq!(server.ask(Ask::get("/public").bearer("a.b.c")).status, 200);
    assert_eq!(server.ask(get("a.b.c")).status, 422);
    assert_eq!(server.ask(get(&expired(&jwt))).status, 401);
    assert_eq!(server.ask(get(&access)).text(), r#"{"msg":"Fresh token required"}"#);
    assert_eq!(server.ask(get(&refresh)).text(), r#"{"msg":"Only non-refresh tokens are allowed"}"#);
    assert_eq!(server.ask(get(&fresh)).status, 200);
    assert_eq!(server.ask(Ask::get("/")).status, 401);
    assert_eq!(server.ask(Ask::get("/nowhere").bearer(&fresh)).status, 404);
}

#[test]
fn revocation_is_checked_inside() {
    let jwt = builder()
        .token_in_blocklist_loader(|token: Token| {
            let revoked = token.identity() == "mallory";
            async move { revoked }
        })
        .build()
        .unwrap();
    let server = serve(&jwt, [Route::get("/").extracting(&jwt, Extractor::Access)]);
    let token = |identity: &str| jwt.access_token(identity).encode().unwrap();
    assert_eq!(server.ask(get(&token("alice"))).status, 200);
    assert_eq!(server.ask(get(&token("mallory"))).text(), r#"{"msg":"Token has been revoked"}"#);
}

#[test]
fn the_layer_of_another_manager_changes_nothing() {
    let other = manager();
    let jwt = JwtManager::builder(Config::default().issuer("me")).secret(SECRET).build().unwrap();
    let server = serve(&other, [Route::get("/").extracting(&jwt, Extractor::Access)]);
    assert_eq!(server.ask(get(&other.access_token("alice").encode().unwrap())).status, 422);
    assert_eq!(server.ask(get(&jwt.access_token("alice").encode().unwrap())).status, 200);
}

#[test]
fn an_optional_token_is_found_through_the_layer() {
    let jwt = manager();
    let server = serve(
        &jwt,
        [
            Route::get("/").extracting(&jwt, Extractor::Optional),
            Route::get("/guard").guarded(&jwt, Policy::access().optional()),
        ],
    );
    let token = jwt.access_token("alice").encode().unwrap();
    for path in ["/", "/guard"] {
        assert_eq!(server.ask(Ask::get(path)).json(), json!({"identity": null}));
        assert_eq!(server.ask(Ask::get(path).bearer(&token)).json(), json!({"identity": "alice"}));
        assert_eq!(server.ask(Ask::get(path).bearer("a.b.c")).status, 422);
    }
}

#[test]
fn a_loader_is_called_once_and_its_result_is_kept() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let jwt = builder()
        .token_in_blocklist_loader(move |_: Token| {
            // The token is revoked only on the first lookup.
            let revoked = count.fetch_add(1, Ordering::SeqCst) == 0;
            async move { revoked }
        })
        .build()
        .unwrap();
    let server = serve(&jwt, [Route::get("/").extracting(&jwt, Extractor::Access)]);
    let token = jwt.access_token("alice").encode().unwrap();
    assert_eq!(server.ask(get(&token)).text(), r#"{"msg":"Token has been revoked"}"#);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(server.ask(get(&token)).status, 200);
}
