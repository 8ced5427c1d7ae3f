//! The store changed before a cookie turned out to be too large: the client lost its session.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use jwt_core::Location;
use serde_json::{Map, Value};

use crate::Attack;
use crate::site::{Device, Setup};

pub(crate) const ATTACK: Attack = Attack {
    name: "S9",
    tried: "a claim of 3.5 KB, which no cookie can hold, at login and at an exchange",
    on: "axum, actix-web, warp; memory",
    run,
};

/// Gives every token a claim that does not fit into a cookie, from the `since`th token on.
fn site(since: usize) -> Setup {
    Setup::new().build(move |builder| {
        let issued = AtomicUsize::new(0);
        builder.additional_claims_loader(move |_| {
            let count = issued.fetch_add(1, Ordering::SeqCst);
            let mut claims = Map::new();
            if count >= since {
                claims.insert("large".into(), Value::from("x".repeat(3_500)));
            }
            claims
        })
    })
}

fn run() {
    site(0).with_tokens_in(Location::Cookie, |site| {
        assert_eq!(site.post("/login", &Device::default()).status, 500);
        let sessions = site.jwt.list_sessions("alice").now_or_never().unwrap().unwrap();
        assert!(sessions.is_empty(), "nobody has the tokens of this session");
    });
    // The login issues two tokens.
    site(2).with_tokens_in(Location::Cookie, |site| {
        let device = site.log_in();
        assert_eq!(site.post_refresh("/refresh", &device).status, 500);
        site.clock.advance(Duration::from_secs(11));
        let again = site.post_refresh("/refresh", &device);
        assert_eq!(again.status, 500, "the token is still the current one: {}", again.text());
        assert_eq!(site.get("/me", &device).status, 200, "the session goes on");
    });
}
