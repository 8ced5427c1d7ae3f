//! Login, exchange, and logout with each adapter's `Auth`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use http::StatusCode;
use jwt_core::keys::{Algorithm, KeyRing, KeySet, SigningKey};
use jwt_core::session::MemorySessions;
use jwt_core::{Config, ErrorHandlers, ErrorResponse, Issuer, JwtManager, Location, Policy, Refusal, Token};
use jwt_test::Outage;
use jwt_tests::{App, Ask, EVERY, Route, Verb};
use serde_json::json;

use crate::site::{Device, MINUTE, Setup, Site, set_cookies};
use crate::support::SECRET;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn strict() -> Setup {
    Setup::new().config(|config| config.rotation_grace(Duration::ZERO))
}

/// Checks the status of the routes that require an access token.
fn assert_access(site: &Site, device: &Device, status: u16) {
    for path in ["/me", "/guarded"] {
        let answer = site.get(path, device);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
    }
}

#[test]
fn a_login_returns_both_tokens_in_the_configured_location() {
    Setup::new().on_every_site(|site| {
        let answer = site.post("/login", &Device::default());
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let mut device = Device::default();
        device.take(&answer);
        if site.in_cookies {
            assert_eq!(answer.json(), json!({"login": true}));
            assert_eq!(set_cookies(&answer).len(), 4);
        } else {
            let Device { access, refresh, .. } = &device;
            let expected = json!({
                "access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": 900,
            });
            assert_eq!(answer.json(), expected);
            assert!(set_cookies(&answer).is_empty());
        }
        assert_access(site, &device, 200);
        assert_eq!(site.get("/fresh", &device).status, 200);
        let session = site.claims(&device.access)["sid"].as_str().unwrap().to_owned();
        let listed = site.jwt.list_sessions("alice").now_or_never().unwrap().unwrap();
        let listed: Vec<_> = listed.iter().map(|one| (&*one.id, one.label.as_deref())).collect();
        assert_eq!(listed, [(&*session, Some("phone"))]);
    });
}

#[test]
fn an_exchange_gives_new_tokens_of_the_same_session() {
    Setup::new().on_every_site(|site| {
        let mut device = site.log_in();
        let first = device.clone();
        site.clock.advance(MINUTE);
        let answer = site.post_refresh("/refresh", &device);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(set_cookies(&answer).len(), if site.in_cookies { 4 } else { 0 });
        if site.in_cookies {
            assert_eq!(answer.json(), json!({"refresh": true}));
        } else {
            assert_eq!(answer.json()["token_type"], "Bearer");
        }
        device.take(&answer);
        assert_access(site, &device, 200);
        assert_eq!(site.get("/fresh", &device).text(), r#"{"msg":"Fresh token required"}"#);
        for (old, new) in [(&first.access, &device.access), (&first.refresh, &device.refresh)] {
            let (old, new) = (site.claims(old), site.claims(new));
            // Other tabs have read the CSRF value, so an exchange must not replace it.
            for kept in ["sid", "auth_time", "sub", "type", "csrf"] {
                assert_eq!(old.get(kept), new.get(kept), "{kept}");
            }
            for changed in ["jti", "iat", "exp"] {
                assert!(
                    old.get(changed).is_none_or(|old| new.get(changed) != Some(old)),
                    "{changed} is the same"
                );
            }
            assert_eq!((&old["role"], new.get("role")), (&json!("admin"), None));
        }
        // This can be repeated.
        for _ in 0..3 {
            site.clock.advance(20 * MINUTE);
            site.refresh(&mut device);
        }
        assert_access(site, &device, 200);
    });
}

#[test]
fn an_exchange_keeps_the_claims_that_the_application_names() {
    Setup::new().on_every_site(|site| {
        let mut device = site.log_in();
        device.take(&site.post_refresh("/refresh/admin", &device));
        for token in [&device.access, &device.refresh] {
            assert_eq!(site.claims(token)["role"], "admin");
        }
    });
}

#[test]
fn within_the_grace_the_old_token_gives_the_current_one() {
    Setup::new().on_every_site(|site| {
        let mut device = site.log_in();
        let mut second_tab = device.clone();
        let first = device.clone();
        site.refresh(&mut device);
        site.clock.advance(Duration::from_secs(9));
        site.refresh(&mut second_tab);
        let id = |token: &str| site.claims(token)["jti"].clone();
        assert_eq!(id(&second_tab.refresh), id(&device.refresh));
        assert_ne!(id(&second_tab.access), id(&device.access));
        assert_access(site, &second_tab, 200);
        // Both can use the new token. In a cookie, it stays the current one for the grace period.
        site.refresh(&mut second_tab);
        assert_access(site, &device, 200);
        site.clock.advance(Duration::from_secs(1));
        assert_eq!(site.post_refresh("/refresh", &first).status, 401);
        assert_access(site, &second_tab, 401);
    });
}

#[test]
fn tabs_that_share_a_cookie_can_refresh_in_any_order() {
    for grace in [10, 60] {
        let setup = Setup::new().config(|config| config.rotation_grace(Duration::from_secs(grace)));
        setup.with_tokens_in(Location::Cookie, |site| {
            let first = site.log_in();
            let mut second = first.clone();
            site.refresh(&mut second);
            let id = |device: &Device| site.claims(&device.refresh)["jti"].clone();
            for carried in [&second, &first, &second, &first] {
                let mut tab = carried.clone();
                let answer = site.post_refresh("/refresh", &tab);
                assert_eq!(answer.status, 200);
                assert_eq!(set_cookies(&answer).len(), 4);
                tab.take(&answer);
                assert_eq!(id(&tab), id(&second));
                assert_access(site, &tab, 200);
            }
            // After the grace period, the token is exchanged, and the earlier one is reuse.
            site.clock.advance(Duration::from_secs(grace));
            let mut third = second.clone();
            site.refresh(&mut third);
            assert_ne!(id(&third), id(&second));
            assert_eq!(site.post_refresh("/refresh", &first).status, 401);
            assert_access(site, &third, 401);
        });
    }
}

#[test]
fn a_token_in_a_header_field_or_without_a_grace_is_exchanged_at_once() {
    let exchanges = |site: &Site| {
        let first = site.log_in();
        let mut device = first.clone();
        site.refresh(&mut device);
        let second = device.clone();
        site.refresh(&mut device);
        assert_ne!(site.claims(&device.refresh)["jti"], site.claims(&second.refresh)["jti"]);
        assert_eq!(site.post_refresh("/refresh", &first).status, 401);
        assert_access(site, &device, 401);
    };
    Setup::new().with_tokens_in(Location::Header, exchanges);
    strict().with_tokens_in(Location::Cookie, exchanges);
}

#[test]
fn a_token_that_is_used_twice_ends_its_session_and_no_other() {
    strict().on_every_site(|site| {
        let (mut device, other) = (site.log_in(), site.log_in());
        let stolen = device.clone();
        site.refresh(&mut device);
        let answer = site.post_refresh("/refresh", &stolen);
        assert_eq!(answer.status, 401);
        assert_eq!(answer.text(), r#"{"msg":"Token has been revoked"}"#);
        assert!(set_cookies(&answer).is_empty(), "{:?}", set_cookies(&answer));
        assert_access(site, &device, 401);
        assert_access(site, &stolen, 401);
        assert_eq!(site.post_refresh("/refresh", &device).status, 401);
        assert_access(site, &other, 200);
        site.refresh(&mut other.clone());
    });
}

#[test]
fn a_logout_ends_the_session_and_removes_the_cookies() {
    Setup::new().on_every_site(|site| {
        let (device, other) = (site.log_in(), site.log_in());
        let answer = site.post("/logout", &device);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json(), json!({"logout": true}));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let cookies = set_cookies(&answer);
        assert_eq!(cookies.len(), if site.in_cookies { 4 } else { 0 });
        assert!(cookies.iter().all(|cookie| cookie.contains("=; ") && cookie.contains("Max-Age=0")));
        assert_access(site, &device, 401);
        assert_eq!(site.post_refresh("/refresh", &device).text(), r#"{"msg":"Token has been revoked"}"#);
        assert_access(site, &other, 200);
        // A client that has not noticed the logout logs out again.
        assert_eq!(site.post("/logout", &device).status, 200);
        assert_eq!(site.post("/logout", &Device::default()).status, 401);
    });
}

#[test]
fn a_logout_accepts_an_expired_token_and_a_refresh_token() {
    Setup::new().on_every_site(|site| {
        let device = site.log_in();
        site.clock.advance(16 * MINUTE);
        assert_access(site, &device, 401);
        assert_eq!(site.post("/logout", &device).status, 200);
        assert_eq!(site.post_refresh("/refresh", &device).text(), r#"{"msg":"Token has been revoked"}"#);

        // The browser has already discarded the access token.
        let device = Device { access: String::new(), ..site.log_in() };
        assert_eq!(site.post_refresh("/logout", &device).status, 200);
        assert_eq!(site.post_refresh("/refresh", &device).status, 401);
    });
}

#[test]
fn no_other_site_can_log_a_user_out_or_exchange_tokens() {
    Setup::new().with_tokens_in(Location::Cookie, |site| {
        let device = site.log_in();
        let forged = Device { access_csrf: String::new(), refresh_csrf: String::new(), ..device.clone() };
        let Device { access_csrf, refresh_csrf, .. } = site.log_in();
        let of_another_session = Device { access_csrf, refresh_csrf, ..device.clone() };
        for forged in [forged, of_another_session] {
            for path in ["/logout", "/logout/all"] {
                let answer = site.post(path, &forged);
                assert_eq!((answer.status.as_u16(), set_cookies(&answer).len()), (401, 0), "{path}");
            }
            let answer = site.post_refresh("/refresh", &forged);
            assert_eq!((answer.status.as_u16(), set_cookies(&answer).len()), (401, 0));
            // They are still rejected when the token has expired.
            site.clock.advance(16 * MINUTE);
            assert_eq!(site.post("/logout", &forged).status, 401);
        }
        site.refresh(&mut device.clone());
    });
}

#[test]
fn a_logout_everywhere_ends_every_session_of_the_user() {
    Setup::new().on_every_site(|site| {
        let (device, other) = (site.log_in(), site.log_in());
        let refresh_only = Device { access: device.refresh.clone(), ..device.clone() };
        if !site.in_cookies {
            assert_eq!(site.post("/logout/all", &refresh_only).status, 422);
        }
        assert_access(site, &other, 200);
        let answer = site.post("/logout/all", &device);
        assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"logout": true})));
        assert_eq!(set_cookies(&answer).len(), if site.in_cookies { 4 } else { 0 });
        for device in [&device, &other] {
            assert_access(site, device, 401);
            assert_eq!(site.post_refresh("/refresh", device).status, 401);
        }
        // Only a client that is logged in can do this.
        let third = site.log_in();
        assert_eq!(site.post("/logout/all", &device).status, 401);
        assert_access(site, &third, 200);
    });
}

#[test]
fn a_user_of_that_name_elsewhere_ends_nothing_here() {
    let pem = include_str!("../../../jwt-core/tests/keys/es256.pem");
    let key = SigningKey::from_pem(Algorithm::ES256, pem).unwrap();
    let keys = KeySet::new([key.verifying_key().clone()]).unwrap();
    let theirs = JwtManager::builder(Config::default().encode_issuer("elsewhere")).keys(KeyRing::new(key));
    let theirs = theirs.clock(|| std::time::UNIX_EPOCH + Duration::from_secs(1_800_000_000)).build().unwrap();
    let foreign = theirs.access_token("alice").encode().unwrap();
    let expired = theirs.access_token("alice").expires_at(std::time::UNIX_EPOCH).encode().unwrap();
    let setup = Setup::new().config(|config| config.issuer("here"));
    let setup = setup.build(move |builder| builder.trusted_issuer(Issuer::new("elsewhere", keys.clone())));
    setup.with_tokens_in(Location::Header, |site| {
        let device = site.log_in();
        for path in ["/logout/all", "/logout"] {
            assert_eq!(site.ask(Ask::new("POST", path).bearer(&foreign)).status, 422, "{path}");
            assert_access(site, &device, 200);
        }
        assert_eq!(site.ask(Ask::new("POST", "/logout").bearer(&expired)).status, 422);
    });
}

#[test]
fn nothing_happens_while_the_store_is_away() {
    Setup::new().on_every_site(|site| {
        let mut device = site.log_in();
        site.store.fail(Outage::Down);
        for answer in [
            site.post("/login", &Device::default()),
            site.post_refresh("/refresh", &device),
            site.post("/logout", &device),
            site.post("/logout/all", &device),
            site.get("/me", &device),
            site.get("/guarded", &device),
        ] {
            assert_eq!(answer.status, 503);
            assert_eq!(answer.header("retry-after"), Some("1"));
            assert_eq!(answer.text(), r#"{"msg":"Token could not be checked"}"#);
            assert!(set_cookies(&answer).is_empty());
        }
        site.store.recover();
        assert_access(site, &device, 200);
        site.refresh(&mut device);
        assert_access(site, &device, 200);
    });
}

#[test]
fn without_a_store_the_verbs_are_a_bare_500() {
    Setup::new().without_store().on_every_site(|site| {
        let token = site.jwt.access_token("alice").encode().unwrap();
        let device = site.device(token, site.jwt.refresh_token("alice").encode().unwrap());
        for answer in [
            site.post("/login", &device),
            site.post_refresh("/refresh", &device),
            site.post("/logout", &device),
            site.post("/logout/all", &device),
        ] {
            assert_eq!(answer.status, 500);
            assert_eq!(answer.text(), r#"{"msg":"Internal Server Error"}"#);
            assert!(set_cookies(&answer).is_empty());
        }
        assert_access(site, &device, 200);
    });
}

#[test]
fn only_refresh_tokens_of_sessions_are_exchanged() {
    Setup::new().on_every_site(|site| {
        let device = site.log_in();
        let access = site.device(device.access.clone(), device.access.clone());
        let answer = site.post_refresh("/refresh", &access);
        assert_eq!(answer.status, 422);
        assert_eq!(answer.text(), r#"{"msg":"Only refresh tokens are allowed"}"#);
        let alone = site.jwt.refresh_token("alice").encode().unwrap();
        let answer = site.post_refresh("/refresh", &site.device(device.access.clone(), alone));
        assert_eq!(answer.status, 401);
        assert_eq!(answer.text(), r#"{"msg":"Token has been revoked"}"#);
        assert_eq!(site.post_refresh("/refresh", &Device::default()).status, 401);
        site.refresh(&mut device.clone());
    });
}

#[test]
fn a_refresh_token_in_the_body_is_exchanged_behind_what_reads_it() {
    let config = Config::default().token_location([Location::Json]).buffered_body(4096);
    for framework in EVERY {
        let jwt = JwtManager::builder(config.clone()).secret(SECRET).session_store(MemorySessions::new());
        let jwt = jwt.build().unwrap();
        let routes = [
            Route::post("/login").answering_auth(&jwt, Verb::Login),
            Route::post("/").guarded(&jwt, Policy::refresh()).answering_auth(&jwt, Verb::Rotate),
        ];
        let server = framework.serve(App { layer: Some(jwt.clone()), ..App::new(routes) });
        let tokens = server.ask(Ask::new("POST", "/login")).json();
        let ask = Ask::new("POST", "/").header("content-type", "application/json");
        let answer = server.ask(ask.body(tokens.to_string()));
        assert_eq!(answer.status, 200, "{framework:?}: {}", answer.text());
        assert_ne!(answer.json()["refresh_token"], tokens["refresh_token"], "{framework:?}");
    }
}

#[test]
fn two_tokens_are_not_one() {
    Setup::new().with_tokens_in(Location::Header, |site| {
        let device = site.log_in();
        for path in ["/refresh", "/logout"] {
            let ask = Ask::new("POST", path).bearer(&device.refresh).bearer(&device.refresh);
            assert_eq!(
                site.ask(ask).text(),
                r#"{"msg":"Request must not have more than one token"}"#,
                "{path}"
            );
        }
        site.refresh(&mut device.clone());
    });
}

struct Answers;

impl ErrorHandlers for Answers {
    fn expired_token(&self, _: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::text(StatusCode::GONE, "over")
    }

    fn revoked_token(&self, _: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::text(StatusCode::FORBIDDEN, "ended")
    }

    fn reused_token(&self, _: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::text(StatusCode::CONFLICT, "again")
    }
}

#[test]
fn what_is_refused_is_answered_by_the_application() {
    strict().build(|builder| builder.error_handlers(Answers)).on_every_site(|site| {
        let assert_refused = |device: &Device, status: u16, text: &str| {
            let answer = site.post_refresh("/refresh", device);
            assert_eq!((answer.status.as_u16(), &*answer.text()), (status, text));
            assert!(set_cookies(&answer).is_empty());
        };
        let device = site.log_in();
        site.refresh(&mut device.clone());
        assert_refused(&device, 409, "again");
        assert_refused(&device, 403, "ended");
        let device = site.log_in();
        assert_eq!(site.post("/logout", &device).status, 200);
        assert_refused(&device, 403, "ended");
        let device = site.log_in();
        site.clock.advance(30 * DAY);
        assert_refused(&device, 410, "over");
    });
}

#[test]
fn a_session_is_over_at_its_limit_however_much_it_is_used() {
    let setup = Setup::new().config(|config| config.session_expires(30 * MINUTE));
    setup.on_every_site(|site| {
        let mut device = site.log_in();
        site.clock.advance(20 * MINUTE);
        site.refresh(&mut device);
        let end = |token: &str| site.claims(token)["exp"].as_u64().unwrap();
        assert_eq!(end(&device.access), 1_800_000_000 + 30 * 60);
        assert_eq!(end(&device.refresh), 1_800_000_000 + 30 * 60);
        site.clock.advance(10 * MINUTE);
        assert_access(site, &device, 401);
        assert_eq!(site.post_refresh("/refresh", &device).text(), r#"{"msg":"Token has expired"}"#);
    });
}

#[test]
fn a_user_who_is_not_known_gets_no_tokens_and_loses_none() {
    let known = Arc::new(AtomicBool::new(true));
    let loader = known.clone();
    let setup = strict().build(move |builder| {
        let known = loader.clone();
        builder.user_lookup_loader(move |token: Token| {
            let user = known.load(Ordering::SeqCst).then(|| json!({"name": token.identity()}));
            async move { user }
        })
    });
    setup.on_every_site(|site| {
        let mut device = site.log_in();
        known.store(false, Ordering::SeqCst);
        let answer = site.post_refresh("/refresh", &device);
        assert_eq!(answer.status, 401);
        assert_eq!(answer.text(), r#"{"msg":"Error loading the user alice"}"#);
        assert!(set_cookies(&answer).is_empty());
        known.store(true, Ordering::SeqCst);
        site.refresh(&mut device);
        // A user who is locked out can log out.
        known.store(false, Ordering::SeqCst);
        assert_eq!(site.post("/logout", &device).status, 200);
        known.store(true, Ordering::SeqCst);
    });
}

#[test]
fn a_token_on_the_applications_own_list_is_not_exchanged() {
    let listed = Arc::new(AtomicBool::new(false));
    let loader = listed.clone();
    let setup = strict().build(move |builder| {
        let listed = loader.clone();
        builder.token_in_blocklist_loader(move |_: Token| {
            let revoked = listed.load(Ordering::SeqCst);
            async move { revoked }
        })
    });
    setup.on_every_site(|site| {
        let mut device = site.log_in();
        listed.store(true, Ordering::SeqCst);
        let answer = site.post_refresh("/refresh", &device);
        assert_eq!(answer.text(), r#"{"msg":"Token has been revoked"}"#);
        listed.store(false, Ordering::SeqCst);
        site.refresh(&mut device);
    });
}

#[actix_web::test]
async fn actix_without_a_manager_is_a_bare_500() {
    use actix_web::{App, test, web};
    let refresh = |auth: jwt_actix::Auth| async move { auth.rotate().await };
    let app = test::init_service(App::new().route("/", web::post().to(refresh))).await;
    let answer = test::call_service(&app, test::TestRequest::post().uri("/").to_request()).await;
    assert_eq!(answer.status(), 500);
    assert_eq!(test::read_body(answer).await, r#"{"msg":"Internal Server Error"}"#);
}
