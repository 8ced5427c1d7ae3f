//! Guards, extractors, and the result that a guard stores for an extractor.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use jwt_core::{Config, JwtManager, Policy, Token, TokenKind};
use jwt_tests::{App, Ask, Extractor, Route};
use serde_json::json;

use crate::support::{SECRET, builder, counting_clock, expired, get, manager, on_every};

#[test]
fn a_guard_saves_the_extractor_the_signature() {
    let (count, clock) = counting_clock();
    let jwt = builder().clock(clock).build().unwrap();
    let token = jwt.access_token("alice").encode().unwrap();
    let app =
        || App::new([Route::get("/").guarded(&jwt, Policy::access()).extracting(&jwt, Extractor::Access)]);
    for framework in jwt_tests::EVERY {
        // warp's filters cannot store anything in the request. Its layer can; see `warp_layer.rs`.
        let verified = if framework.name == "warp" { 2 } else { 1 };
        let server = framework.serve(app());
        count.store(0, Ordering::SeqCst);
        assert_eq!(server.ask(get(&token)).json(), json!({"identity": "alice"}), "{framework:?}");
        assert_eq!(count.load(Ordering::SeqCst), verified, "{framework:?}");
    }
}

#[test]
fn what_another_manager_checked_counts_for_nothing() {
    let lax = manager();
    let strict = JwtManager::builder(Config::default().issuer("me")).secret(SECRET).build().unwrap();
    let app =
        || App::new([Route::get("/").guarded(&lax, Policy::access()).extracting(&strict, Extractor::Access)]);
    on_every(app, |server, framework| {
        let of_lax = lax.access_token("alice").encode().unwrap();
        let answer = server.ask(get(&of_lax));
        assert_eq!(answer.status, 422, "{framework:?}");
        assert_eq!(answer.text(), r#"{"msg":"Token is missing the \"iss\" claim"}"#, "{framework:?}");
        let of_strict = strict.access_token("alice").encode().unwrap();
        assert_eq!(server.ask(get(&of_strict)).status, 200, "{framework:?}");
    });
}

#[test]
fn two_managers_guard_their_own_routes_of_one_application() {
    let users = manager();
    let admins = JwtManager::builder(Config::default())
        .secret("9MHwP708dWgW5hQxdGlvxzX3SCb8FNVgnX6JVR7siFTrUTLz")
        .build()
        .unwrap();
    let app = || {
        App::new([
            Route::get("/users").extracting(&users, Extractor::Access),
            Route::get("/admins").extracting(&admins, Extractor::Access),
        ])
    };
    let token = |jwt: &JwtManager| jwt.access_token("alice").encode().unwrap();
    on_every(app, |server, framework| {
        let status = |path, token: String| server.ask(Ask::get(path).bearer(&token)).status.as_u16();
        assert_eq!(status("/users", token(&users)), 200, "{framework:?}");
        assert_eq!(status("/admins", token(&admins)), 200, "{framework:?}");
        assert_eq!(status("/users", token(&admins)), 422, "{framework:?}");
        assert_eq!(status("/admins", token(&users)), 422, "{framework:?}");
    });
}

#[test]
fn an_extractor_stricter_than_its_guard_still_refuses() {
    let jwt = builder()
        .token_in_blocklist_loader(|token: Token| {
            let revoked = token.identity() == "revoked";
            async move { revoked }
        })
        .build()
        .unwrap();
    let weak = Policy::any().skip_revocation_check();
    let app = || {
        App::new([
            Route::get("/access").guarded(&jwt, weak.clone()).extracting(&jwt, Extractor::Access),
            Route::get("/fresh").guarded(&jwt, weak.clone()).extracting(&jwt, Extractor::Fresh),
            Route::get("/admin").guarded(&jwt, weak.clone()).extracting(&jwt, Extractor::Admin),
            Route::get("/optional")
                .guarded(&jwt, weak.clone().optional())
                .extracting(&jwt, Extractor::Access),
            Route::get("/revocable").guarded(&jwt, weak.clone()),
        ])
    };
    on_every(app, |server, framework| {
        let status = |path, token: &str| server.ask(Ask::get(path).bearer(token)).status.as_u16();
        let access = jwt.access_token("alice").encode().unwrap();
        let refresh = jwt.refresh_token("alice").encode().unwrap();
        let revoked = jwt.access_token("revoked").encode().unwrap();
        assert_eq!(status("/access", &access), 200, "{framework:?}");
        assert_eq!(status("/access", &refresh), 422, "{framework:?}");
        assert_eq!(status("/access", &revoked), 401, "{framework:?}");
        assert_eq!(status("/fresh", &access), 401, "{framework:?}");
        assert_eq!(status("/admin", &access), 403, "{framework:?}");
        assert_eq!(status("/revocable", &revoked), 200, "{framework:?}");
        assert_eq!(server.ask(Ask::get("/optional")).status, 401, "{framework:?}");
    });
}

#[test]
fn an_optional_token_may_be_absent_but_not_bad() {
    let jwt = manager();
    let app = || {
        App::new([
            Route::get("/guard").guarded(&jwt, Policy::access().optional()),
            Route::get("/extractor").extracting(&jwt, Extractor::Optional),
        ])
    };
    on_every(app, |server, framework| {
        for path in ["/guard", "/extractor"] {
            let ask = |token: &str| server.ask(Ask::get(path).bearer(token));
            let good = jwt.access_token("alice").encode().unwrap();
            assert_eq!(server.ask(Ask::get(path)).json(), json!({"identity": null}), "{framework:?}");
            assert_eq!(ask(&good).json(), json!({"identity": "alice"}), "{framework:?}");
            assert_eq!(ask("a.b.c").status, 422, "{framework:?}");
            assert_eq!(ask(&expired(&jwt)).status, 401, "{framework:?}");
            assert_eq!(ask(&jwt.refresh_token("alice").encode().unwrap()).status, 422, "{framework:?}");
        }
    });
}

#[test]
fn options_needs_a_token_unless_the_guards_of_a_manager_exempt_it() {
    let jwt = manager();
    let exempting = JwtManager::builder(Config::default().insecure_exempt_options(true)).secret(SECRET);
    let exempting = exempting.build().unwrap();
    let methods = [Method::GET, Method::OPTIONS];
    let app = || {
        App::new([
            Route::new("/guard", &methods).guarded(&jwt, Policy::access()),
            Route::new("/exempt", &methods).guarded(&exempting, Policy::access()),
            Route::new("/extractor", &methods).extracting(&exempting, Extractor::Access),
            Route::new("/both", &methods)
                .guarded(&exempting, Policy::access())
                .extracting(&exempting, Extractor::Access),
        ])
    };
    let token = jwt.access_token("alice").encode().unwrap();
    on_every(app, |server, framework| {
        let options = |path| server.ask(Ask::new("OPTIONS", path)).status.as_u16();
        assert_eq!(options("/guard"), 401, "{framework:?}");
        assert_eq!(options("/exempt"), 200, "{framework:?}");
        assert_eq!(options("/extractor"), 401, "{framework:?}");
        assert_eq!(options("/both"), 401, "{framework:?}");
        assert_eq!(server.ask(Ask::get("/exempt")).status, 401, "{framework:?}");
        let with_token = Ask::new("OPTIONS", "/extractor").bearer(&token);
        assert_eq!(server.ask(with_token).json(), json!({"identity": "alice"}), "{framework:?}");
    });
}

#[test]
fn unknown_paths_are_404_and_other_methods_405() {
    let jwt = manager();
    let app = || {
        App::new([
            Route::get("/guard").guarded(&jwt, Policy::access()),
            Route::get("/extractor").extracting(&jwt, Extractor::Access),
        ])
    };
    on_every(app, |server, framework| {
        assert_eq!(server.ask(Ask::get("/nowhere")).status, 404, "{framework:?}");
        assert_eq!(server.ask(Ask::new("DELETE", "/extractor")).status, 405, "{framework:?}");
        assert_eq!(server.ask(Ask::new("DELETE", "/guard")).status, 405, "{framework:?}");
    });
}

#[test]
fn a_user_is_loaded_once_and_given_to_the_handler() {
    let loaded = Arc::new(AtomicUsize::new(0));
    let count = loaded.clone();
    let jwt = builder()
        .user_lookup_loader(move |token: Token| {
            count.fetch_add(1, Ordering::SeqCst);
            async move { Ok::<_, std::io::Error>(Some(json!({"name": token.identity()}))) }
        })
        .build()
        .unwrap();
    let user = |route: Route| {
        route.answering(|seen| {
            jwt_tests::app::json(http::StatusCode::OK, seen.user.as_deref().unwrap_or(&json!(null)))
        })
    };
    let app = || {
        App::new([
            user(Route::get("/extractor").extracting(&jwt, Extractor::User)),
            user(Route::get("/guard").guarded(&jwt, Policy::access())),
            user(Route::get("/both").guarded(&jwt, Policy::access()).extracting(&jwt, Extractor::User)),
        ])
    };
    let token = jwt.access_token("alice").encode().unwrap();
    on_every(app, |server, framework| {
        for (path, looks) in [("/extractor", 1), ("/guard", 1), ("/both", 1)] {
            let looks = if framework.name == "warp" && path == "/both" { 2 } else { looks };
            loaded.store(0, Ordering::SeqCst);
            let answer = server.ask(Ask::get(path).bearer(&token));
            assert_eq!(answer.json(), json!({"name": "alice"}), "{path} on {framework:?}");
            assert_eq!(loaded.load(Ordering::SeqCst), looks, "{path} on {framework:?}");
        }
    });
}

#[test]
fn a_kind_of_ones_own_opens_only_what_asks_for_it() {
    const RESET: TokenKind = TokenKind::custom("password_reset");
    let jwt = manager();
    let app = || {
        App::new([
            Route::get("/reset").guarded(&jwt, Policy::of(RESET)),
            Route::get("/access").extracting(&jwt, Extractor::Access),
        ])
    };
    on_every(app, |server, framework| {
        let reset = jwt.token(RESET, "alice").encode().unwrap();
        let access = jwt.access_token("alice").encode().unwrap();
        let answer = |path, token: &str| server.ask(Ask::get(path).bearer(token));
        assert_eq!(answer("/reset", &reset).status, 200, "{framework:?}");
        assert_eq!(answer("/access", &reset).status, 422, "{framework:?}");
        let refused = answer("/reset", &access);
        assert_eq!(refused.text(), r#"{"msg":"Only password_reset tokens are allowed"}"#, "{framework:?}");
    });
}

#[test]
fn scopes_open_what_asks_for_them() {
    let jwt = manager();
    let app = || {
        App::new([
            Route::get("/named").extracting(&jwt, Extractor::Admin),
            Route::get("/run-time").guarded(&jwt, Policy::access().require_scope(String::from("admin"))),
        ])
    };
    on_every(app, |server, framework| {
        for path in ["/named", "/run-time"] {
            let status = |scope: serde_json::Value| {
                let token = jwt.access_token("alice").claim("scope", scope).encode().unwrap();
                server.ask(Ask::get(path).bearer(&token)).status.as_u16()
            };
            assert_eq!(status(json!("read admin")), 200, "{framework:?}");
            assert_eq!(status(json!(["read", "admin"])), 200, "{framework:?}");
            assert_eq!(status(json!("administrator")), 403, "{framework:?}");
            assert_eq!(status(json!(7)), 403, "{framework:?}");
        }
    });
}
