//! A token that the manager does not accept kept its cookies forever: the logout got the same error.

use jwt_core::{Config, JwtManager, Location};
use jwt_tests::{Answer, Ask};

use crate::Attack;
use crate::site::{MINUTE, Setup, Site, set_cookies};
use crate::support::SECRET;

pub(crate) const ATTACK: Attack = Attack {
    name: "R16",
    tried: "logout with tokens that are expired, revoked, unreadable, foreign, incomplete, doubled; from another site",
    on: "axum, actix-web, warp; memory",
    run,
};

fn log_out(site: &Site, cookies: &str, fields: &[(&str, &str)]) -> Answer {
    let ask = Ask::new("POST", "/logout").header("cookie", cookies);
    site.ask(fields.iter().fold(ask, |ask, (name, value)| ask.header(name, value)))
}

fn assert_out(answer: &Answer, of: &str) {
    assert_eq!(answer.status, 200, "{of}: {}", answer.text());
    assert_eq!(set_cookies(answer).len(), 4, "{of}");
    assert!(set_cookies(answer).iter().all(|field| field.contains("Max-Age=0")), "{of}");
}

fn assert_refused(answer: &Answer, of: &str) {
    assert!(answer.status.is_client_error(), "{of}: {}", answer.text());
    assert!(set_cookies(answer).is_empty(), "{of}");
}

const CROSS_SITE: [(&str, &str); 2] = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
const SIBLING: [(&str, &str); 2] = [("sec-fetch-site", "same-site"), ("origin", "https://evil.site.example")];
const OWN: [(&str, &str); 1] = [("sec-fetch-site", "same-origin")];

fn run() {
    Setup::new().with_tokens_in(Location::Cookie, |site| {
        // Nobody's tokens: only the same origin can remove them.
        let stranger = JwtManager::builder(Config::default().token_location([Location::Cookie]));
        let stranger = stranger.secret("7tQ2xV9kLmZ4rYpW8sHcJ3nBfD6gTaUe").build().unwrap();
        let foreign = stranger.access_token("mallory").encode().unwrap();
        let foreign_csrf = stranger.decode_allow_expired(&foreign).unwrap().csrf();
        for token in ["x", "a.b.c", "\"quoted\"", &foreign] {
            let cookies = format!("access_token_cookie={token}");
            assert_out(&log_out(site, &cookies, &OWN), token);
            assert_refused(&log_out(site, &cookies, &CROSS_SITE), token);
            assert_refused(&log_out(site, &cookies, &SIBLING), token);
        }
        if let Some(value) = foreign_csrf {
            // A value that an attacker knows permits nothing.
            let fields = [CROSS_SITE[0], CROSS_SITE[1], ("x-csrf-token", &*value)];
            assert_refused(
                &log_out(site, &format!("access_token_cookie={foreign}"), &fields),
                "a known value",
            );
        }

        // Our own tokens: their CSRF value, and nothing else.
        let own = |token: &str, csrf: &str, of: &str| {
            let cookies = format!("access_token_cookie={token}");
            assert_refused(&log_out(site, &cookies, &OWN), of);
            assert_refused(&log_out(site, &cookies, &[("x-csrf-token", "x"), OWN[0]]), of);
            // A sibling site that adds a cookie changes nothing.
            assert_refused(&log_out(site, &format!("access_token_cookie=x; {cookies}"), &OWN), of);
            assert_out(&log_out(site, &cookies, &[("x-csrf-token", csrf)]), of);
            // Two cookies of one name.
            let both = format!("access_token_cookie=x; {cookies}");
            assert_out(&log_out(site, &both, &[("x-csrf-token", csrf)]), of);
        };
        let device = site.log_in();
        own(&device.access, &device.access_csrf, "valid");
        assert_eq!(site.get("/me", &device).status, 401, "the session has ended");
        own(&device.access, &device.access_csrf, "revoked");
        let device = site.log_in();
        site.clock.advance(20 * MINUTE);
        own(&device.access, &device.access_csrf, "expired");
        assert_eq!(site.post_refresh("/refresh", &device).status, 401, "the session has ended");

        // One of two users' cookies, and a session that goes on.
        let (alice, bob) = (site.log_in(), site.jwt.access_token("bob").encode().unwrap());
        let cookies = format!("access_token_cookie={bob}; access_token_cookie={}", alice.access);
        assert_out(&log_out(site, &cookies, &[("x-csrf-token", &alice.access_csrf)]), "two users");
        assert_eq!(site.get("/me", &alice).status, 401);

        assert_refused(&log_out(site, "theme=dark", &OWN), "no token");

        // A sibling site adds cookies in front of the real one, and a few are as bad as many.
        for planted in [4, 5, 31] {
            let alice = site.log_in();
            let cookies: String =
                (0..planted).map(|number| format!("access_token_cookie=x{number}; ")).collect();
            let cookies = format!("{cookies}access_token_cookie={}", alice.access);
            assert_refused(&log_out(site, &cookies, &OWN), "planted cookies, no value");
            assert_eq!(site.get("/me", &alice).status, 200);
            assert_out(&log_out(site, &cookies, &[("x-csrf-token", &alice.access_csrf)]), "planted cookies");
            assert_eq!(site.get("/me", &alice).status, 401, "{planted}: the session has ended");
        }
        let many = "access_token_cookie=x; ".repeat(40);
        assert_refused(&log_out(site, &many, &OWN), "too many cookies to look at");
        assert_out(&log_out(site, "access_token_cookie=; access_token_cookie=", &OWN), "empty cookies");
    });

    // Tokens that lack a claim that is required now: the session of one of them ends nevertheless.
    let setup = Setup::new().config(|config| config.audience("https://api.example"));
    setup.with_tokens_in(Location::Cookie, |site| {
        let device = site.log_in();
        let former = JwtManager::builder(Config::default().token_location([Location::Cookie]).audience("x"));
        let former = former.secret(SECRET).clock(site.clock.reader()).build().unwrap();
        let session = site.claims(&device.access)["sid"].as_str().unwrap().to_owned();
        let token = former.access_token("alice").claim("sid", &session).encode().unwrap();
        let csrf = former.decode(&token).unwrap().csrf().unwrap();
        let cookies = format!("access_token_cookie={token}");
        assert_refused(&log_out(site, &cookies, &OWN), "another audience");
        assert_out(&log_out(site, &cookies, &[("x-csrf-token", &csrf)]), "another audience");
        assert_eq!(site.get("/me", &device).status, 401, "the session has ended");
    });
}
