//! Implicit refresh: cookies that are renewed before their token expires.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use http::{Method, StatusCode};
use jwt_core::{Config, JwtManager, Location, NoStore, Policy, Token};
use jwt_test::Outage;
use jwt_tests::app::json;
use jwt_tests::{Answer, App, Ask, Extractor, Protect, Route};
use serde_json::json as value;

use crate::site::{Device, MINUTE, Setup, Site, set_cookies};
use crate::support::{SECRET, on_every};

const SECOND: Duration = Duration::from_secs(1);
/// The time of every login, in seconds.
const START: u64 = 1_800_000_000;

/// Access tokens are valid for 15 minutes and are renewed in the last five.
fn renewing() -> Setup {
    Setup::new().renewing(5 * MINUTE)
}

fn on_every_site(setup: &Setup, test: impl Fn(&Site)) {
    setup.with_tokens_in(Location::Cookie, test);
}

fn names(answer: &Answer) -> Vec<&str> {
    set_cookies(answer).iter().map(|field| field.split('=').next().unwrap()).collect()
}

const RENEWED: [&str; 2] = ["access_token_cookie", "csrf_access_token"];

/// Sends a request, and keeps the renewed cookies.
fn renew(site: &Site, path: &str, device: &mut Device) {
    let answer = site.get(path, device);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(names(&answer), RENEWED, "{path}");
    device.take(&answer);
}

#[test]
fn a_token_is_renewed_in_its_last_minutes_only() {
    on_every_site(&renewing(), |site| {
        let mut device = site.log_in();
        for wait in [Duration::ZERO, 9 * MINUTE, MINUTE] {
            site.clock.advance(wait);
            for path in ["/me", "/guarded", "/public"] {
                assert!(set_cookies(&site.get(path, &device)).is_empty(), "{path} after {wait:?}");
            }
        }
        site.clock.advance(SECOND);
        for path in ["/me", "/guarded", "/public"] {
            let mut device = device.clone();
            renew(site, path, &mut device);
            assert_eq!(site.get(path, &device).status, 200);
        }
        let answer = site.get("/me", &device);
        assert_eq!(answer.json(), value!({"identity": "alice"}));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        device.take(&answer);
        site.clock.advance(14 * MINUTE);
        assert_eq!(site.get("/me", &device).status, 200);
        site.clock.advance(MINUTE);
        let answer = site.get("/me", &device);
        assert_eq!((answer.status.as_u16(), set_cookies(&answer).len()), (401, 0), "too late");
    });
}

#[test]
fn a_renewed_token_is_the_old_one_with_a_later_end() {
    on_every_site(&renewing(), |site| {
        let mut device = site.log_in();
        let first = device.clone();
        site.clock.advance(11 * MINUTE);
        renew(site, "/me", &mut device);
        let (old, new) = (site.claims(&first.access), site.claims(&device.access));
        for kept in ["sub", "role", "sid", "auth_time", "csrf", "type"] {
            assert_eq!(old[kept], new[kept], "{kept}");
        }
        assert_ne!(old["jti"], new["jti"]);
        assert_eq!(new["iat"], START + 11 * 60);
        assert_eq!(new["exp"], START + 26 * 60);
        // Pages that are already open continue to work.
        assert_eq!(first.access_csrf, device.access_csrf);
        assert_eq!(device.refresh, first.refresh);
        assert_eq!(site.post("/me", &device).status, 200);

        // The user has not entered a password again.
        assert_eq!(old["fresh"], true);
        assert_eq!(new["fresh"].as_f64(), old["exp"].as_f64());
        assert_eq!(site.get("/fresh", &device).status, 200);
        site.clock.advance(11 * MINUTE);
        renew(site, "/me", &mut device);
        assert_eq!(site.claims(&device.access)["fresh"].as_f64(), old["exp"].as_f64());
        assert_eq!(site.get("/fresh", &device).status, 401);

        // A token that is not fresh does not become fresh.
        site.refresh(&mut device);
        site.clock.advance(11 * MINUTE);
        renew(site, "/me", &mut device);
        assert_eq!(site.claims(&device.access)["fresh"], false);
    });
}

#[test]
fn no_token_outlives_its_session() {
    let setup = renewing().config(|config| config.session_expires(20 * MINUTE));
    on_every_site(&setup, |site| {
        let mut device = site.log_in();
        site.clock.advance(11 * MINUTE);
        renew(site, "/me", &mut device);
        assert_eq!(site.claims(&device.access)["exp"], START + 20 * 60);
        // Close to the session's end, a renewal would not extend anything.
        site.clock.advance(5 * MINUTE);
        let answer = site.get("/me", &device);
        assert_eq!((answer.status.as_u16(), set_cookies(&answer).len()), (200, 0));
        site.clock.advance(4 * MINUTE);
        assert_eq!(site.get("/me", &device).status, 401);
    });
}

#[test]
fn a_renewal_counts_as_use_of_the_session() {
    let setup = renewing().config(|config| config.session_idle_expires(20 * MINUTE));
    on_every_site(&setup, |site| {
        let (mut device, idle) = (site.log_in(), site.log_in());
        site.clock.advance(11 * MINUTE);
        renew(site, "/me", &mut device);
        site.clock.advance(10 * MINUTE);
        assert_eq!(site.get("/me", &device).status, 200);
        let live = site.jwt.list_sessions("alice").now_or_never().unwrap().unwrap();
        let live: Vec<_> = live.into_iter().map(|session| value!(session.id)).collect();
        assert_eq!(live, [site.claims(&device.access)["sid"].clone()]);
        assert_eq!(site.get("/me", &idle).status, 401);
    });
}

#[test]
fn a_login_an_exchange_and_a_logout_are_left_alone() {
    on_every_site(&renewing(), |site| {
        let mut device = site.log_in();
        site.clock.advance(11 * MINUTE);
        let all = ["access_token_cookie", "csrf_access_token", "refresh_token_cookie", "csrf_refresh_token"];
        let answer = site.post("/login", &device);
        assert_eq!((answer.status.as_u16(), names(&answer)), (200, all.to_vec()));
        // Both tokens of the session have the same CSRF value, so only one of another session is wrong.
        let forged = Device { refresh_csrf: site.log_in().refresh_csrf, ..device.clone() };
        assert_eq!(site.post_refresh("/refresh", &forged).status, 401);
        let answer = site.post_refresh("/refresh", &device);
        assert_eq!((answer.status.as_u16(), names(&answer)), (200, all.to_vec()));
        device.take(&answer);
        for path in ["/logout", "/logout/all"] {
            let device = site.log_in();
            site.clock.advance(11 * MINUTE);
            let answer = site.post(path, &device);
            assert_eq!((answer.status.as_u16(), names(&answer)), (200, all.to_vec()), "{path}");
            assert!(set_cookies(&answer).iter().all(|field| field.contains("Max-Age=0")), "{path}");
        }
    });
}

#[test]
fn a_session_that_has_ended_is_not_renewed() {
    let setup = renewing().routes(|jwt, _| {
        let manager = jwt.clone();
        let end = move |_: &jwt_tests::Seen| {
            // Simulates a logout on another device while this request is being handled.
            manager.end_sessions("alice").now_or_never().unwrap().unwrap();
            json(StatusCode::OK, &value!("ended"))
        };
        vec![Route::get("/end").extracting(jwt, Extractor::Access).answering(end)]
    });
    on_every_site(&setup, |site| {
        let device = site.log_in();
        site.clock.advance(11 * MINUTE);
        assert_eq!(names(&site.get("/me", &device)), RENEWED);
        let answer = site.get("/end", &device);
        assert_eq!((answer.status.as_u16(), set_cookies(&answer).len()), (200, 0));
        for (path, status) in [("/me", 401), ("/guarded", 401), ("/public", 200)] {
            let answer = site.get(path, &device);
            assert_eq!((answer.status.as_u16(), set_cookies(&answer).len()), (status, 0), "{path}");
        }
    });
}

#[test]
fn a_store_that_fails_at_the_renewal_takes_nothing_from_the_answer() {
    // A guard would set `Cache-Control`, and in warp, an extractor is one.
    let setup = renewing().config(|config| config.no_store(NoStore::Never)).routes(|jwt, store| {
        let store = store.clone();
        let fail = move |_: &jwt_tests::Seen| {
            store.fail(Outage::Down);
            json(StatusCode::OK, &value!("done"))
        };
        vec![Route::get("/fail").extracting(jwt, Extractor::Access).answering(fail)]
    });
    on_every_site(&setup, |site| {
        let device = site.log_in();
        site.clock.advance(11 * MINUTE);
        let answer = site.get("/fail", &device);
        assert_eq!((answer.status.as_u16(), &*answer.text()), (200, r#""done""#));
        assert_eq!((set_cookies(&answer).len(), answer.header("cache-control")), (0, None));
        site.store.recover();
        assert_eq!(names(&site.get("/me", &device)), RENEWED);
    });
}

#[test]
fn what_another_site_has_caused_renews_nothing() {
    on_every_site(&renewing(), |site| {
        let device = site.log_in();
        site.clock.advance(11 * MINUTE);
        let forged = Device { access_csrf: String::new(), ..device.clone() };
        let answer = site.post("/me", &forged);
        assert_eq!((answer.status.as_u16(), set_cookies(&answer).len()), (401, 0));
        assert_eq!(names(&site.post("/me", &device)), RENEWED);
    });
}

#[test]
fn only_access_tokens_of_sessions_in_cookies_are_renewed() {
    on_every_site(&renewing(), |site| {
        let (access, refresh) = (site.jwt.access_token("alice"), site.jwt.refresh_token("alice"));
        let alone = site.device(access.encode().unwrap(), refresh.encode().unwrap());
        let swapped = site.log_in();
        let swapped = Device { access: swapped.refresh.clone(), ..swapped };
        site.clock.advance(11 * MINUTE);
        let answer = site.get("/me", &alone);
        assert_eq!((answer.status.as_u16(), set_cookies(&answer).len()), (200, 0));
        site.clock.advance(30 * 24 * 60 * MINUTE - 12 * MINUTE);
        let answer = site.get("/public", &swapped);
        assert_eq!((answer.status.as_u16(), set_cookies(&answer).len()), (200, 0));
        assert!(set_cookies(&site.get("/public", &Device::default())).is_empty());
    });
    renewing().with_tokens_in(Location::Header, |site| {
        let device = site.log_in();
        site.clock.advance(11 * MINUTE);
        let answer = site.get("/me", &device);
        assert_eq!((answer.status.as_u16(), set_cookies(&answer).len()), (200, 0));
        assert_eq!(answer.header("cache-control"), None);
    });
}

#[test]
fn what_the_application_has_against_a_token_keeps_it_from_being_renewed() {
    let flags: [Arc<AtomicBool>; 3] = Default::default();
    let [listed, unverified, unknown] = flags.clone();
    let setup = renewing().build(move |builder| {
        let (listed, unverified, unknown) = (listed.clone(), unverified.clone(), unknown.clone());
        let is = |flag: &AtomicBool| flag.load(Ordering::SeqCst);
        builder
            .token_in_blocklist_loader(move |_: Token| std::future::ready(is(&listed)))
            .token_verification_loader(move |_: Token| std::future::ready(!is(&unverified)))
            .user_lookup_loader(move |_: Token| std::future::ready((!is(&unknown)).then_some(())))
    });
    on_every_site(&setup, |site| {
        let device = site.log_in();
        site.clock.advance(11 * MINUTE);
        for flag in &flags {
            flag.store(true, Ordering::SeqCst);
            for path in ["/me", "/public"] {
                assert!(set_cookies(&site.get(path, &device)).is_empty(), "{path}");
            }
            flag.store(false, Ordering::SeqCst);
        }
        assert_eq!(names(&site.get("/me", &device)), RENEWED);
    });
}

#[test]
fn what_the_answer_has_stays_and_no_cache_keeps_the_new_token() {
    let setup = renewing().routes(|_, _| {
        let themed = |_: &jwt_tests::Seen| {
            let mut response = json(StatusCode::OK, &value!("themed"));
            for (name, value) in [("set-cookie", "theme=dark"), ("cache-control", "public, max-age=60")] {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        };
        vec![Route::get("/themed").answering(themed)]
    });
    on_every_site(&setup, |site| {
        let device = site.log_in();
        site.clock.advance(11 * MINUTE);
        let answer = site.get("/themed", &device);
        assert_eq!(names(&answer), ["theme", RENEWED[0], RENEWED[1]]);
        let caching: Vec<_> = answer.headers.get_all("cache-control").iter().collect();
        assert_eq!(caching, ["no-store"]);
    });
}

#[test]
fn without_a_store_nothing_is_renewed() {
    let config = Config::default().token_location([Location::Cookie]);
    let jwt = JwtManager::builder(config).secret(SECRET).build().unwrap();
    let token = jwt.access_token("alice").claim("sid", "1").encode().unwrap();
    let app = || {
        let route = Route::new("/", &[Method::GET]).guarded(&jwt, Policy::access());
        App { renewal: Some(Protect { jwt: jwt.clone(), demand: Duration::MAX }), ..App::new([route]) }
    };
    on_every(app, |server, framework| {
        let answer = server.ask(Ask::get("/").header("cookie", format!("access_token_cookie={token}")));
        assert_eq!((answer.status.as_u16(), set_cookies(&answer).len()), (200, 0), "{framework:?}");
    });
}

#[test]
fn a_token_can_be_renewed_at_every_request() {
    on_every_site(&Setup::new().renewing(Duration::MAX), |site| {
        let mut device = site.log_in();
        for _ in 0..2 {
            site.clock.advance(SECOND);
            renew(site, "/me", &mut device);
        }
    });
}
