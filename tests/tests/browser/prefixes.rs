//! Cookies that the browser drops without a word: those that break the promise of their name or of `SameSite=None`.

use http::header::{HeaderValue, SET_COOKIE};
use jwt_core::{Config, JwtManager, Location, SameSite};
use jwt_tests::{App, FRAMEWORKS, Route};
use serde_json::json;

use crate::driver::Browser;
use crate::site::{Site, page};

/// Prefixes of the names of the token cookies, and of those of their CSRF cookies.
const PREFIXES: [(&str, &str); 5] = [
    ("__Host-", "__Host-"),
    ("__host-", "__SECURE-"),
    ("__Secure-", "__Secure-"),
    ("__Http-", "__Secure-"),
    ("__Host-Http-", "__Host-"),
];

fn builds(config: Config) -> bool {
    let config = config.token_location([Location::Cookie]);
    JwtManager::builder(config).secret("zs3h1y0cX1vVt6Jr7Q5mGkq8oPb2LwNd").build().is_ok()
}

#[test]
fn the_browser_keeps_all_cookies_of_a_configuration_that_builds() {
    for framework in FRAMEWORKS {
        Browser::run(async |browser: &Browser| {
            for (token, csrf) in PREFIXES {
                let site = Site::with(&framework, |config| {
                    config
                        .access_cookie_name(format!("{token}access"))
                        .refresh_cookie_name(format!("{token}refresh"))
                        .access_csrf_cookie_name(format!("{csrf}csrf_access"))
                        .refresh_csrf_cookie_name(format!("{csrf}csrf_refresh"))
                });
                browser.open(&site.app("/")).await;
                let statuses = format!(
                    "return [
                         await login(),
                         await me(),
                         await post('/me', cookie('{csrf}csrf_access')),
                         await post('/refresh', cookie('{csrf}csrf_refresh')),
                         await post('/logout', cookie('{csrf}csrf_access')),
                         await me(),
                     ]"
                );
                let statuses = browser.script(&statuses).await;
                assert_eq!(statuses, json!([200, 200, 200, 200, 200, 401]), "{framework:?}: {token} {csrf}");
                assert_eq!(browser.client.get_all_cookies().await.expect("cookies").len(), 0);
            }
        });
    }
}

/// Cookies that the browser drops, and a configuration that would set them.
fn dropped() -> Vec<(&'static str, Config)> {
    let config = Config::default;
    vec![
        ("a=1; Path=/; SameSite=None", config().cookie_same_site(SameSite::None).cookie_secure(false)),
        ("__Secure-a=1; Path=/", config().access_cookie_name("__Secure-a").cookie_secure(false)),
        ("__Host-a=1; Path=/", config().access_cookie_name("__Host-a").cookie_secure(false)),
        ("__Host-a=1; Path=/a; Secure", config().access_cookie_name("__Host-a").access_cookie_path("/a")),
        (
            "__Host-a=1; Path=/; Domain=site.localhost; Secure",
            config().access_cookie_name("__Host-a").cookie_domain("site.localhost"),
        ),
        ("__Http-a=1; Path=/; Secure", config().access_csrf_cookie_name("__Http-a")),
        ("__http-a=1; Path=/; Secure", config().refresh_csrf_cookie_name("__http-a")),
        ("__Host-Http-a=1; Path=/; Secure", config().access_csrf_cookie_name("__Host-Http-a")),
    ]
}

#[test]
fn what_the_browser_drops_does_not_build() {
    for (cookie, config) in dropped() {
        assert!(!builds(config), "{cookie}");
    }
    let kept =
        ["__Host-Http-a=1; Path=/; Secure; HttpOnly", "b=1; Path=/; SameSite=None; Secure", "c=1; Path=/"];
    let cookies: Vec<_> = dropped().into_iter().map(|(cookie, _)| cookie).chain(kept).collect();
    let app = App::new([Route::get("/").answering(move |_| {
        let mut response = page("");
        for cookie in &cookies {
            response.headers_mut().append(SET_COOKIE, HeaderValue::from_static(cookie));
        }
        response
    })]);
    let [axum, ..] = FRAMEWORKS;
    let server = axum.serve(app);
    Browser::run(async |browser: &Browser| {
        let mut names = Vec::new();
        // A path of one of the cookies is longer than that of the page that sets it.
        for path in ["/", "/a"] {
            browser.open(&format!("http://app.site.localhost:{}{path}", server.address().port())).await;
            let cookies = browser.client.get_all_cookies().await.expect("cookies");
            names.extend(cookies.iter().map(|cookie| cookie.name().to_owned()));
        }
        names.sort();
        names.dedup();
        assert_eq!(names, ["__Host-Http-a", "b", "c"]);
    });
}
