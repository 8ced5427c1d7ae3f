//! After a logout, the back button showed the protected page from the browser's cache.

use std::time::Duration;

use http::header::{CACHE_CONTROL, HeaderValue};
use http::{Method, StatusCode};
use jwt_core::{Config, JwtManager, Location, NoStore, Policy};
use jwt_tests::app::json;
use jwt_tests::{App, Ask, Extractor, FRAMEWORKS, Route};
use serde_json::json;

use crate::Attack;
use crate::site::{Device, MINUTE, Setup, Site};
use crate::support::SECRET;

pub(crate) const ATTACK: Attack = Attack {
    name: "B3",
    tried: "protected pages that a browser stores and shows after a logout",
    on: "axum, actix-web, warp with and without its layer",
    run,
};

fn setup(change: impl FnOnce(Config) -> Config) -> Setup {
    Setup::new().config(change).routes(|jwt, _| {
        let own = |value: &'static str| {
            move |_: &jwt_tests::Seen| {
                let mut response = json(StatusCode::OK, &json!({}));
                response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(value));
                response
            }
        };
        vec![
            Route::get("/own").guarded(jwt, Policy::access()).answering(own("private, max-age=60")),
            Route::get("/optional").guarded(jwt, Policy::access().optional()),
            Route::new("/both", &[Method::GET])
                .guarded(jwt, Policy::access())
                .extracting(jwt, Extractor::Access),
            Route::get("/missing")
                .guarded(jwt, Policy::access())
                .answering(|_| json(StatusCode::NOT_FOUND, &json!({ "no": "such page" }))),
        ]
    })
}

/// Asks every guarded page with a good token.
fn assert_pages(site: &Site, expected: Option<&str>) {
    let device = site.log_in();
    for path in ["/guarded", "/optional", "/both", "/missing"] {
        let answer = site.get(path, &device);
        assert_eq!(answer.header("cache-control"), expected, "{path}: {}", answer.status);
        assert_eq!(answer.headers.get_all("cache-control").iter().count(), usize::from(expected.is_some()));
        assert_eq!(answer.header("vary"), None, "{path}");
    }
    let own = site.get("/own", &device);
    assert_eq!(own.header("cache-control"), Some("private, max-age=60"), "the handler decides");
    // Without a token, the page is the same for everybody.
    let public = site.get("/optional", &Device::default());
    assert_eq!((public.status.as_u16(), public.header("cache-control")), (200, None));
    assert_eq!(site.get("/guarded", &Device::default()).header("cache-control"), Some("no-store"));
    assert_eq!(site.get("/public", &device).header("cache-control"), None);
}

fn run() {
    setup(|config| config).with_tokens_in(Location::Cookie, |site| assert_pages(site, Some("no-store")));
    setup(|config| config).with_tokens_in(Location::Header, |site| assert_pages(site, None));
    let never = |config: Config| config.no_store(NoStore::Never);
    setup(never).on_every_site(|site| assert_pages(site, None));
    let always = |config: Config| config.no_store(NoStore::Always);
    setup(always).on_every_site(|site| assert_pages(site, Some("no-store")));
    let slow = |builder: jwt_core::JwtManagerBuilder| builder.token_verification_loader(|_| async { true });
    setup(|config| config).build(slow).with_tokens_in(Location::Cookie, |site| {
        assert_pages(site, Some("no-store"));
    });
    // Around it, cookies are renewed, which says so even where the handler does not.
    setup(|config| config).renewing(5 * MINUTE).with_tokens_in(Location::Cookie, |site| {
        assert_pages(site, Some("no-store"));
        let device = site.log_in();
        site.clock.advance(Duration::from_secs(12 * 60));
        for path in ["/guarded", "/own"] {
            let answer = site.get(path, &device);
            assert!(answer.headers.contains_key("set-cookie"), "{path} is renewed");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        }
    });
    by_location();
}

/// Only the location of the accepted token counts.
fn by_location() {
    let places = [Location::Header, Location::Cookie, Location::QueryString];
    let config = Config::default().token_location(places);
    let jwt = JwtManager::builder(config).secret(SECRET).build().unwrap();
    let token = jwt.access_token("alice").encode().unwrap();
    let cookie = format!("access_token_cookie={token}");
    let [.., warp] = FRAMEWORKS;
    let plain = FRAMEWORKS.map(|framework| (framework, false));
    for (framework, layered) in plain.into_iter().chain([(warp, true)]) {
        let app = App::new([Route::get("/x").guarded(&jwt, Policy::access())]);
        let server = framework.serve(App { layer: layered.then(|| jwt.clone()), ..app });
        for (ask, expected) in [
            (Ask::get("/x").bearer(&token), None),
            (Ask::get("/x").bearer(&token).header("cookie", &cookie), None),
            (Ask::get("/x").header("cookie", &cookie), Some("no-store")),
            (
                Ask::get("/x").header("authorization", "Basic eA==").header("cookie", &cookie),
                Some("no-store"),
            ),
            (Ask::get(&format!("/x?jwt={token}")), Some("no-store")),
        ] {
            let answer = server.ask(ask.clone());
            assert_eq!(answer.status, 200, "{framework:?}, a layer: {layered}: {ask:?}");
            assert_eq!(
                answer.header("cache-control"),
                expected,
                "{framework:?}, a layer: {layered}: {ask:?}"
            );
        }
    }
}
