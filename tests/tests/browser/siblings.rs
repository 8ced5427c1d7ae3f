//! Another host of the same site. Browsers send it the cookies that belong to the whole site, and let it set them.

use std::sync::atomic::Ordering;

use jwt_core::Config;
use jwt_tests::FRAMEWORKS;

use crate::driver::Browser;
use crate::site::Site;

/// Opens a WebSocket from the page, and waits until it opens or fails.
fn connect(site: &Site, path: &str) -> String {
    let address = site.app(path).replace("http:", "ws:");
    format!(
        "const socket = new WebSocket('{address}');
         await new Promise(done => {{ socket.onopen = done; socket.onerror = done; }});"
    )
}

#[test]
fn a_websocket_of_a_sibling_is_refused() {
    for framework in FRAMEWORKS {
        let pages = Site::start(&framework);
        let sibling = pages.url("evil.site.localhost", "");
        // Otherwise the same, to show that the browser sends the cookies.
        let trusting = Site::with(&framework, |config| config.csrf_trusted_origins([&*sibling]));
        let reckless = Site::with(&framework, |config| config.insecure_any_upgrade_origin(true));
        let (evil, other_port) = (format!("{sibling}/"), pages.app("/"));
        // After ten handshakes that did not succeed, Chromium delays each one by seconds.
        let cases = [
            (Site::start(&framework), vec![(None, 2), (Some(&evil), 2), (Some(&other_port), 2)]),
            (trusting, vec![(Some(&evil), 2)]),
            (reckless, vec![(Some(&evil), 2)]),
        ];
        Browser::run(async |browser: &Browser| {
            for (site, pages) in &cases {
                browser.open(&site.app("/")).await;
                assert_eq!(browser.script("return await login()").await, 200);
                for (page, handshakes) in pages {
                    if let Some(page) = page {
                        browser.open(page).await;
                    }
                    for path in ["/socket", "/socket/extracting"] {
                        browser.script(&connect(site, path)).await;
                    }
                    assert_eq!(
                        site.handshakes.load(Ordering::SeqCst),
                        *handshakes,
                        "{framework:?}: {page:?}"
                    );
                }
            }
        });
    }
}

#[test]
fn a_sibling_cannot_plant_a_host_cookie() {
    for framework in FRAMEWORKS {
        let site = Site::with(&framework, |config: Config| config.access_cookie_name("__Host-access"));
        let attacker = site.jwt.access_token("attacker").encode().expect("a token");
        Browser::run(async |browser: &Browser| {
            browser.open(&site.url("evil.site.localhost", "/")).await;
            for space in ["", " ", "\\t", "\\u00a0", "\\u0085", "\\u2000", "\\u3000", "\\ufeff"] {
                let plant = format!(
                    "document.cookie = '{space}__Host-access={attacker}; Domain=site.localhost; Path=/; Secure'"
                );
                browser.script(&plant).await;
            }
            browser.open(&site.app("/")).await;
            let status = browser.script("return await me()").await;
            assert_eq!(status, 401, "{framework:?}: the victim acts as the attacker");
        });
    }
}
