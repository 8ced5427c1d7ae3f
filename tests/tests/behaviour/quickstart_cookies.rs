//! The quickstarts with `--cookies`: the commands that they print, and a browser with a script.

use std::net::SocketAddr;

use jwt_tests::{Answer, Ask};

use crate::quickstarts::{RIGHT, freshness_and_lifetime, greets, has, is_revoked, labels, login};
use crate::support::SECRET;
use crate::walkthrough::{LIFETIME, Quickstart};

pub(crate) fn play_the_whole_story(package: &str) {
    let quickstart = Quickstart::start(package, &["--cookies"], Some(SECRET));
    ask_as_printed(&quickstart);
    let [access, renewed] = ask_as_a_browser_does(quickstart.address);
    assert_eq!(freshness_and_lifetime(&access), (true, LIFETIME));
    assert_eq!(freshness_and_lifetime(&renewed), (false, LIFETIME));
    assert_eq!(quickstart.stop(), "", "it has nothing to complain of");
}

fn ask_as_printed(quickstart: &Quickstart) {
    let [login, missing, expired, access, sessions, forged, renewed, logout, revoked, again, logout_all] =
        quickstart.walk();
    let first = LoggedIn::read(&login);
    has(&missing, 401, r#"{"err":"Missing cookie \"access_token_cookie\""}"#);
    has(&expired, 401, r#"{"code":"401","err":"token 已过期"}"#);
    greets(&access);
    let labels = labels(&sessions);
    assert!(labels.len() == 1 && labels[0].starts_with("curl/"), "{labels:?}");
    has(&forged, 401, r#"{"err":"Missing CSRF token"}"#);
    let renewed = LoggedIn::of("refresh", &renewed);
    removes_all(&logout);
    is_revoked(&revoked);
    let second = LoggedIn::read(&again);
    removes_all(&logout_all);
    for access in [first.access, renewed.access, second.access] {
        is_revoked(&protected(&access).send(quickstart.address));
    }
    for answer in [missing, expired, access, sessions, forged, revoked] {
        assert_eq!(answer.header("set-cookie"), None);
    }
}

/// Logs in, uses the cookies, and misuses them. Returns the access tokens of the login and of the exchange.
fn ask_as_a_browser_does(address: SocketAddr) -> [String; 2] {
    let LoggedIn { access, access_csrf, refresh, refresh_csrf } = LoggedIn::read(&login(RIGHT).send(address));
    greets(&protected(&access).send(address));
    let renewed = LoggedIn::of("refresh", &renew(&refresh, &refresh_csrf).send(address));
    greets(&protected(&renewed.access).send(address));

    let answer = renew(&refresh, "another").send(address);
    has(&answer, 401, r#"{"err":"CSRF double submit tokens do not match"}"#);
    let answer = renew(&access, &access_csrf).send(address);
    has(&answer, 422, r#"{"msg":"Only refresh tokens are allowed"}"#);
    let answer = protected(&refresh).send(address);
    has(&answer, 422, r#"{"msg":"Only non-refresh tokens are allowed"}"#);
    let answer = Ask::new("POST", "/refresh").header("x-csrf-token", &refresh_csrf).send(address);
    has(&answer, 401, r#"{"err":"Missing cookie \"refresh_token_cookie\""}"#);
    let answer = Ask::get("/protected").bearer(&access).send(address);
    has(&answer, 401, r#"{"err":"Missing cookie \"access_token_cookie\""}"#);

    let answer = login(r#"{"username":"test","password":"wrong"}"#).send(address);
    has(&answer, 401, r#"{"err":"Bad username or password"}"#);
    assert_eq!(answer.header("set-cookie"), None);

    let answer = log_out(&renewed.access, "another").send(address);
    has(&answer, 401, r#"{"err":"CSRF double submit tokens do not match"}"#);
    assert_eq!(answer.header("set-cookie"), None);
    removes_all(&log_out(&renewed.access, &renewed.access_csrf).send(address));
    let answer = renew(&renewed.refresh, &renewed.refresh_csrf).send(address);
    is_revoked(&answer);
    // A user who has logged in again in the meantime keeps the new cookies.
    assert_eq!(answer.header("set-cookie"), None);
    [access, renewed.access]
}

fn protected(access: &str) -> Ask {
    Ask::get("/protected").header("cookie", format!("access_token_cookie={access}"))
}

fn renew(refresh: &str, csrf: &str) -> Ask {
    let cookie = format!("refresh_token_cookie={refresh}");
    Ask::new("POST", "/refresh").header("cookie", cookie).header("x-csrf-token", csrf)
}

fn log_out(access: &str, csrf: &str) -> Ask {
    let cookie = format!("access_token_cookie={access}");
    Ask::new("POST", "/logout").header("cookie", cookie).header("x-csrf-token", csrf)
}

/// Checks the cookies that a login or a refresh sets.
struct LoggedIn {
    access: String,
    access_csrf: String,
    refresh: String,
    refresh_csrf: String,
}

impl LoggedIn {
    fn read(answer: &Answer) -> Self {
        Self::of("login", answer)
    }

    fn of(verb: &str, answer: &Answer) -> Self {
        has(answer, 200, &format!(r#"{{"{verb}":true}}"#));
        let [access, access_csrf, refresh, refresh_csrf] = set(
            answer,
            [
                ("access_token_cookie", "HttpOnly; SameSite=Lax; Path=/"),
                ("csrf_access_token", "SameSite=Lax; Path=/"),
                ("refresh_token_cookie", "HttpOnly; SameSite=Lax; Path=/refresh"),
                ("csrf_refresh_token", "SameSite=Lax; Path=/"),
            ],
        );
        Self { access, access_csrf, refresh, refresh_csrf }
    }
}

/// Checks that a logout removes every cookie that a login sets.
fn removes_all(answer: &Answer) {
    has(answer, 200, r#"{"logout":true}"#);
    let fields = answer.headers.get_all("set-cookie").iter().map(|field| field.to_str().unwrap());
    let removed: Vec<_> = fields.filter(|field| field.contains("=; ")).collect();
    for (name, path) in [
        ("access_token_cookie", "Path=/"),
        ("csrf_access_token", "Path=/"),
        ("refresh_token_cookie", "Path=/refresh"),
        ("csrf_refresh_token", "Path=/"),
    ] {
        let is_it = |field: &&&str| field.starts_with(&format!("{name}=;")) && field.contains(path);
        assert_eq!(removed.iter().filter(is_it).count(), 1, "{name} in {removed:?}");
    }
    assert_eq!(removed.len(), 4);
}

/// Returns the values of the cookies that a response sets. They must be exactly these, with these attributes.
fn set<const COOKIES: usize>(answer: &Answer, cookies: [(&str, &str); COOKIES]) -> [String; COOKIES] {
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let mut fields = answer.headers.get_all("set-cookie").iter().map(|field| field.to_str().unwrap());
    let values = cookies.map(|(name, attributes)| {
        let (cookie, found) = fields.next().expect("a cookie").split_once("; ").expect("attributes");
        assert_eq!(found, attributes, "{name}");
        let value = cookie.strip_prefix(name).and_then(|rest| rest.strip_prefix('='));
        value.unwrap_or_else(|| panic!("{cookie} instead of {name}")).to_owned()
    });
    assert_eq!(fields.next(), None);
    values
}
