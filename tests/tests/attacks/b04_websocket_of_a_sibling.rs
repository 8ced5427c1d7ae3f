//! A page of a sibling host opened a WebSocket with the victim's cookie, and read what the server sent.

use jwt_core::{Config, JwtManager, Location, Policy};
use jwt_tests::{App, Ask, FRAMEWORKS, Route};

use crate::Attack;
use crate::support::SECRET;

pub(crate) const ATTACK: Attack = Attack {
    name: "B4",
    tried: "the handshake as Chromium sends it: the cookie and Origin, and no Sec-Fetch-Site",
    on: "axum, actix-web, warp",
    run,
};

fn run() {
    let cookies = || Config::default().token_location([Location::Cookie]);
    let trusting = cookies().csrf_trusted_origins(["https://app.site.test"]);
    for framework in FRAMEWORKS {
        for (config, trusted) in [(cookies(), 401), (trusting.clone(), 200)] {
            let jwt = JwtManager::builder(config).secret(SECRET).build().unwrap();
            let cookie = format!("access_token_cookie={}", jwt.access_token("alice").encode().unwrap());
            let server = framework.serve(App::new([Route::get("/socket").guarded(&jwt, Policy::access())]));
            for (origin, status) in [
                ("https://evil.site.test", 401),
                ("https://app.site.test", trusted),
                ("https://app.site.test.evil.test", 401),
                (&*format!("http://{}", server.address()), 200),
            ] {
                let handshake = Ask::get("/socket")
                    .header("connection", "Upgrade")
                    .header("pragma", "no-cache")
                    .header("cache-control", "no-cache")
                    .header("upgrade", "websocket")
                    .header("origin", origin)
                    .header("sec-websocket-version", "13")
                    .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
                    .header("sec-websocket-extensions", "permessage-deflate; client_max_window_bits")
                    .header("cookie", &cookie);
                let answer = server.ask(handshake);
                assert_eq!(answer.status.as_u16(), status, "{framework:?}: {origin}: {}", answer.text());
            }
        }
    }
}
