//! Another host of the same site. Browsers send it the cookies that belong to the whole site, and let it set them.

use std::sync::atomic::Ordering;

use jwt_core::Config;
use jwt_tests::FRAMEWORKS;

use crate::driver::Browser;
use crate::site::Site;

/// Opens a WebSocket from the page, and waits until it opens or fails.
fn connect(site: &Site) -> String {
    let address = site.app("/socket").replace("http:", "ws:");
    format!(
        "const socket = new WebSocket('{address}');
         await new Promise(done => {{ socket.onopen = done; socket.onerror = done; }});"
    )
}

#[test]
fn a_websocket_of_a_sibling_is_refused() {
    for framework in FRAMEWORKS {
        let site = Site::start(&framework);
        Browser::run(async |browser: &Browser| {
            browser.open(&site.app("/")).await;
            assert_eq!(browser.script("return await login()").await, 200);
            browser.script(&connect(&site)).await;
            assert_eq!(site.handshakes.load(Ordering::SeqCst), 1, "{framework:?}: its own page connects");
            browser.open(&site.url("evil.site.localhost", "/")).await;
            browser.script(&connect(&site)).await;
            assert_eq!(site.handshakes.load(Ordering::SeqCst), 1, "{framework:?}: a sibling has connected");
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
