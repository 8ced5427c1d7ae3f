//! After a change of the cookies' domain, browsers send two cookies of one name. Nothing removed the former one.

use std::time::Duration;

use jwt_core::{CookieScope, Location, TokenKind};
use jwt_test::Outage;
use jwt_tests::{Answer, Ask};
use serde_json::json;

use crate::Attack;
use crate::site::{Device, MINUTE, Setup, Site, set_cookies};
use crate::support::signed;

pub(crate) const ATTACK: Attack = Attack {
    name: "R1",
    tried: "cookies of a former scope next to those of the current one: of one user, of two, forged, expired, revoked, five",
    on: "axum, actix-web, warp; memory",
    run,
};

fn setup() -> Setup {
    Setup::new().config(|config| {
        config
            .cookie_domain("example.com")
            .former_cookie_scopes([CookieScope::host_only(), CookieScope::domain("example.com").path("/api")])
    })
}

/// Sends these access cookies, in this order.
fn get(site: &Site, tokens: &[&str]) -> Answer {
    ask(site, "GET", "/me", "access_token_cookie", tokens, "")
}

fn ask(site: &Site, method: &str, path: &str, name: &str, tokens: &[&str], csrf: &str) -> Answer {
    let cookies: Vec<_> = tokens.iter().map(|token| format!("{name}={token}")).collect();
    site.ask(Ask::new(method, path).header("cookie", cookies.join("; ")).header("x-csrf-token", csrf))
}

fn assert_passes(answer: &Answer, who: &str) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains(who), "{}", answer.text());
    assert!(set_cookies(answer).is_empty());
}

/// Checks that the response removes the access cookies of the former scopes, and nothing else.
fn assert_heals(answer: &Answer) {
    let fields = set_cookies(answer);
    let removals = |name: &str| {
        ["Path=/;", "Path=/api; Domain=example.com;"].map(|scope| {
            let removes = |field: &&&str| {
                field.starts_with(&format!("{name}=;")) && field.contains(&format!("; {scope} Max-Age=0"))
            };
            fields.iter().filter(removes).count()
        })
    };
    assert_eq!(removals("access_token_cookie"), [1, 1], "{fields:?}");
    assert_eq!(removals("csrf_access_token"), [1, 1], "{fields:?}");
    assert_eq!(fields.len(), 4, "{fields:?}");
}

fn run() {
    setup().with_tokens_in(Location::Cookie, |site| {
        let old = site.log_in();
        site.clock.advance(Duration::from_secs(5));
        let new = site.log_in();
        let stranger = site.jwt.access_token("bob").encode().unwrap();
        let forged = format!("{}x", &new.access[..new.access.len() - 4]);
        let custom = site.jwt.token(TokenKind::custom("invitation"), "alice").encode().unwrap();

        // The latest one of one user counts, in either order, and what is not ours does not.
        for tokens in [[&*old.access, &*new.access], [&*new.access, &*old.access]] {
            assert_passes(&get(site, &tokens), "alice");
        }
        assert_passes(&get(site, &[&forged, &new.access, "", "x"]), "alice");
        assert_passes(&get(site, &[&custom, &old.access]), "alice");
        // Its CSRF value is the one that counts.
        let post =
            |csrf: &str| ask(site, "POST", "/me", "access_token_cookie", &[&old.access, &new.access], csrf);
        assert_passes(&post(&new.access_csrf), "alice");
        assert_eq!(post(&old.access_csrf).status, 401);
        assert_heals(&post(&old.access_csrf));

        // Two users, and more cookies than there can be.
        for tokens in
            [&[&*stranger, &*new.access][..], &[&*new.access; 5], &[&*new.access, &*stranger, &*old.access]]
        {
            let refused = get(site, tokens);
            assert_eq!(refused.status, 400, "{}", refused.text());
            assert_heals(&refused);
        }
        // What our keys signed counts, whatever else is the matter with it.
        let base = json!({"sub": "bob", "jti": "1", "type": "access", "fresh": false, "csrf": "c", "exp": 4e9 as u64});
        for (header, change) in [
            (r#"{"alg":"HS256"}"#, json!({"sub": ""})),
            (r#"{"alg":"HS256"}"#, json!({"sub": null})),
            (r#"{"alg":"HS256"}"#, json!({"sub": 1})),
            (r#"{"alg":"HS256"}"#, json!({"type": null})),
            (r#"{"alg":"HS256"}"#, json!({"aud": "another service"})),
            (r#"{"alg":"HS256"}"#, json!({"nbf": 4e9 as u64})),
            (r#"{"alg":"HS256"}"#, json!({"cnf": {"jkt": "x"}})),
            (r#"{"alg":"HS256","typ":"logout+jwt"}"#, json!({})),
        ] {
            let mut claims = base.clone();
            claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let token = signed(header, &claims.to_string());
            for tokens in [[&*token, &*new.access], [&*new.access, &*token]] {
                assert_eq!(get(site, &tokens).status, 400, "{header} {change}");
            }
        }
        // None of them is ours.
        assert_eq!(get(site, &[&forged, "x"]).status, 422);

        // A single cookie can be the only one that there is.
        assert_eq!(set_cookies(&get(site, &["x"])), [""; 0]);

        // The latest one is logged out. The other one must not take its place.
        let out = site.post("/logout", &new);
        assert_eq!(out.status, 200);
        assert_eq!(set_cookies(&out).len(), 12, "four cookies in three scopes");
        let refused = get(site, &[&old.access, &new.access]);
        assert_eq!(refused.status, 401);
        assert_heals(&refused);

        // None has expired before the time of the first one, and then the first one says so.
        site.clock.advance(16 * MINUTE);
        let late = site.log_in();
        assert_passes(&get(site, &[&old.access, &late.access]), "alice");
        assert_eq!(get(site, &[&site.jwt.access_token("bob").encode().unwrap(), &old.access]).status, 400);
        let expired = get(site, &[&old.access, &new.access]);
        assert_eq!((expired.status.as_u16(), expired.text().contains("expired")), (401, true));

        // A rejected exchange removes nothing, and one that succeeds removes the former cookies.
        let refresh = |csrf: &str| {
            ask(site, "POST", "/refresh", "refresh_token_cookie", &[&old.refresh, &late.refresh], csrf)
        };
        let refused = refresh("x");
        assert_eq!((refused.status.as_u16(), set_cookies(&refused).len()), (401, 0));
        let bob = site.jwt.refresh_token("bob").encode().unwrap();
        let refused = ask(site, "POST", "/refresh", "refresh_token_cookie", &[&bob, &late.refresh], "");
        assert_eq!((refused.status.as_u16(), set_cookies(&refused).len()), (400, 0));
        let exchanged = refresh(&late.refresh_csrf);
        assert_eq!(exchanged.status, 200, "{}", exchanged.text());
        let (set, removed): (Vec<_>, Vec<_>) =
            set_cookies(&exchanged).into_iter().partition(|field| !field.contains("Max-Age=0"));
        assert_eq!((set.len(), removed.len()), (4, 8));
        assert!(set.iter().all(|field| field.contains("Domain=example.com")), "{set:?}");

        // So does a login.
        let answer = site.post("/login", &Device::default());
        assert_eq!(set_cookies(&answer).len(), 12);

        // An outage removes nothing.
        site.store.fail(Outage::Down);
        let outage = get(site, &[&late.access, &old.access]);
        assert_eq!((outage.status.as_u16(), set_cookies(&outage).len()), (503, 0));
    });
    // Without the option, nothing is chosen.
    Setup::new().with_tokens_in(Location::Cookie, |site| {
        let device = site.log_in();
        assert_eq!(get(site, &[&device.access, &device.access]).status, 400);
    });
}
