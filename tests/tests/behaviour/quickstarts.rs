//! The quickstarts from a newcomer's view: builds them, starts them, and runs the commands that they print.

use std::net::SocketAddr;

use jwt_tests::programs::fail;
use jwt_tests::{Answer, Ask};
use serde_json::Value;

use crate::support::{SECRET, manager};
use crate::walkthrough::{LIFETIME, Quickstart};

pub(crate) const RIGHT: &str = r#"{"username":"test","password":"test"}"#;

macro_rules! quickstarts {
    ($($name:ident: $package:literal)+) => {
        $(
        mod $name {
            #[test]
            fn plays_the_whole_story() {
                super::plays_the_whole_story($package);
            }

            #[test]
            fn plays_it_with_cookies() {
                crate::quickstart_cookies::play_the_whole_story($package);
            }

            #[test]
            fn makes_a_secret_where_there_is_none() {
                super::makes_a_secret_where_there_is_none($package);
            }

            #[test]
            fn says_what_it_cannot_use() {
                super::says_what_it_cannot_use($package);
            }
        }
        )+
    };
}

quickstarts! {
    axum: "quickstart"
    actix: "quickstart-actix"
    warp: "quickstart-warp"
}

pub(crate) fn plays_the_whole_story(package: &str) {
    let quickstart = Quickstart::start(package, &[], Some(SECRET));
    ask_as_printed(&quickstart);
    let [access, renewed] = ask_as_an_application_does(&quickstart);
    assert_eq!(freshness_and_lifetime(&access), (true, LIFETIME));
    assert_eq!(freshness_and_lifetime(&renewed), (false, LIFETIME));
    log_out_on_devices(quickstart.address);

    let port = quickstart.address.port();
    let (code, said) = fail(package, &["--port", &port.to_string()], SECRET);
    assert_eq!(code, Some(1));
    assert_eq!(said, format!("port {port} is in use: choose another with --port N\n"));

    assert_eq!(quickstart.stop(), "", "it has nothing to complain of");
}

pub(crate) fn makes_a_secret_where_there_is_none(package: &str) {
    let quickstart = Quickstart::start(package, &[], None);
    ask_as_printed(&quickstart);
    ask_as_an_application_does(&quickstart);

    let another = Quickstart::start(package, &[], None);
    let (access, _) = tokens(&login(RIGHT).send(quickstart.address));
    assert_eq!(protected(&access).send(another.address).status, 422);
    another.stop();
    assert_eq!(
        quickstart.stop(),
        "JWT_SECRET_KEY is not set: using a random secret; tokens become invalid on restart\n"
    );
}

pub(crate) fn says_what_it_cannot_use(package: &str) {
    let (code, said) = fail(package, &["--port", "0"], "too short");
    assert_eq!(code, Some(1));
    assert!(said.contains("JWT_SECRET_KEY"), "{said}");
    assert!(said.contains("secret has 9 bytes, but HS256 requires at least 32"), "{said}");
    assert!(said.contains("make one with `openssl rand -base64 48`"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");

    let (code, said) = fail(package, &["--port", "0", "--token-lifetime", "0"], SECRET);
    assert_eq!(code, Some(2));
    assert!(said.contains("invalid value '0' for '--token-lifetime <SECONDS>'"), "{said}");
}

/// Runs each printed command in order.
pub(crate) fn ask_as_printed(quickstart: &Quickstart) {
    let [login, missing, expired, access, sessions, refresh, logout, revoked, logout_all] = quickstart.walk();

    let (logged_in, _) = tokens(&login);

    has(&missing, 401, r#"{"err":"Missing Authorization Header"}"#);
    assert_eq!(missing.header("www-authenticate"), Some("Bearer"));

    has(&expired, 401, r#"{"code":"401","err":"token 已过期"}"#);
    let challenge = expired.header("www-authenticate").unwrap_or_default();
    assert!(challenge.starts_with("Bearer "), "{challenge}");
    assert!(challenge.contains(r#"error="invalid_token""#), "{challenge}");

    greets(&access);
    let labels = labels(&sessions);
    assert!(labels.len() == 3 && labels[0].starts_with("curl/"), "{labels:?}");
    assert_eq!(labels[1..], ["laptop", "phone"]);
    let (of_laptop, _) = tokens(&refresh);
    has(&logout, 200, r#"{"logout":true}"#);
    is_revoked(&revoked);
    has(&logout_all, 200, r#"{"logout":true}"#);
    for access in [of_laptop, logged_in] {
        is_revoked(&protected(&access).send(quickstart.address));
    }
}

/// Logs in, uses the tokens, and misuses them. Returns the access tokens of the login and of the exchange.
fn ask_as_an_application_does(quickstart: &Quickstart) -> [String; 2] {
    let address = quickstart.address;
    let (access, refresh) = tokens(&login(RIGHT).send(address));
    greets(&protected(&access).send(address));
    let (renewed, _) = tokens(&renew(&refresh).send(address));
    greets(&protected(&renewed).send(address));

    let answer = protected(&refresh).send(address);
    has(&answer, 422, r#"{"msg":"Only non-refresh tokens are allowed"}"#);
    let answer = renew(&access).send(address);
    has(&answer, 422, r#"{"msg":"Only refresh tokens are allowed"}"#);
    let cookie = format!("access_token_cookie={access}");
    let answer = Ask::get("/protected").header("cookie", cookie).send(address);
    has(&answer, 401, r#"{"err":"Missing Authorization Header"}"#);

    for (username, password) in [("test", "wrong"), ("nobody", "test"), ("", "")] {
        let body = serde_json::json!({ "username": username, "password": password });
        let answer = login(body.to_string()).send(address);
        has(&answer, 401, r#"{"err":"Bad username or password"}"#);
    }
    for body in ["", "{", "[]", "null", r#"{"username":"test"}"#, r#"{"username":"test","password":5}"#] {
        let status = login(body).send(address).status;
        assert!(status.is_client_error(), "{status} for {body}");
    }
    let text = Ask::new("POST", "/login").header("content-type", "text/plain").body(RIGHT);
    assert!(text.send(address).status.is_client_error());

    assert_eq!(Ask::get("/").send(address).status, 404);
    assert_eq!(Ask::get("/protected/more").send(address).status, 404);
    for path in ["/login", "/refresh", "/logout", "/logout-all"] {
        assert_eq!(Ask::get(path).send(address).status, 405);
        assert_eq!(Ask::get(&format!("{path}/more")).send(address).status, 404);
    }
    for path in ["/protected", "/sessions"] {
        assert_eq!(Ask::new("POST", path).send(address).status, 405);
        has(&Ask::get(path).send(address), 401, r#"{"err":"Missing Authorization Header"}"#);
    }
    for path in ["/refresh", "/logout", "/logout-all"] {
        let answer = Ask::new("POST", path).send(address);
        has(&answer, 401, r#"{"err":"Missing Authorization Header"}"#);
    }
    [access, renewed]
}

/// Logs in on two devices, and logs out on one of them and on both.
fn log_out_on_devices(address: SocketAddr) {
    let (laptop, laptop_refresh) = tokens(&log_in_on("laptop").send(address));
    let agent = "A very long name ".repeat(10);
    let (phone, _) = tokens(&login(RIGHT).header("user-agent", &agent).send(address));
    let answer = Ask::get("/sessions").bearer(&phone).send(address).json();
    let listed = answer["sessions"].as_array().expect("sessions");
    let claims = manager().decode(&phone).unwrap().claims();
    let expected = serde_json::json!({
        "id": claims["sid"], "label": agent[..100], "created": claims["iat"], "last_used": claims["iat"],
        "current": true,
    });
    assert_eq!(listed.iter().filter(|session| session["current"] == true).collect::<Vec<_>>(), [&expected]);
    assert!(listed.iter().any(|session| session["label"] == "laptop"));

    has(&log_out(&laptop).send(address), 200, r#"{"logout":true}"#);
    is_revoked(&protected(&laptop).send(address));
    is_revoked(&renew(&laptop_refresh).send(address));
    greets(&protected(&phone).send(address));

    let (laptop, laptop_refresh) = tokens(&log_in_on("laptop").send(address));
    has(&Ask::new("POST", "/logout-all").bearer(&laptop).send(address), 200, r#"{"logout":true}"#);
    is_revoked(&protected(&laptop).send(address));
    is_revoked(&protected(&phone).send(address));
    is_revoked(&Ask::get("/sessions").bearer(&phone).send(address));
    is_revoked(&renew(&laptop_refresh).send(address));
}

/// Returns whether a token is fresh, and its lifetime in seconds.
pub(crate) fn freshness_and_lifetime(access: &str) -> (bool, u64) {
    let claims = manager().decode(access).expect("a token of this secret").claims();
    let time = |name: &str| claims[name].as_u64().expect("a time");
    (claims["fresh"] == true, time("exp") - time("iat"))
}

pub(crate) fn login(body: impl Into<Vec<u8>>) -> Ask {
    Ask::new("POST", "/login").header("content-type", "application/json").body(body)
}

pub(crate) fn protected(access: &str) -> Ask {
    Ask::get("/protected").bearer(access)
}

pub(crate) fn renew(refresh: &str) -> Ask {
    Ask::new("POST", "/refresh").bearer(refresh)
}

pub(crate) fn log_in_on(device: &str) -> Ask {
    login(serde_json::json!({ "username": "test", "password": "test", "device": device }).to_string())
}

pub(crate) fn log_out(access: &str) -> Ask {
    Ask::new("POST", "/logout").bearer(access)
}

/// Returns the labels in a list of sessions, sorted, because two of them may have started at the same moment.
pub(crate) fn labels(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200);
    let json = answer.json();
    let sessions = json["sessions"].as_array().expect("sessions");
    let labels = sessions.iter().map(|session| session["label"].as_str().unwrap_or_default().to_owned());
    let mut labels: Vec<_> = labels.collect();
    labels.sort();
    labels
}

pub(crate) fn is_revoked(answer: &Answer) {
    has(answer, 401, r#"{"msg":"Token has been revoked"}"#);
}

pub(crate) fn greets(answer: &Answer) {
    has(answer, 200, r#"{"hello":"test"}"#);
}

pub(crate) fn has(answer: &Answer, status: u16, body: &str) {
    assert_eq!((answer.status.as_u16(), &*answer.text()), (status, body));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

/// Returns the tokens in an access token response (RFC 6749, 5.1), and checks that it contains nothing else.
pub(crate) fn tokens(answer: &Answer) -> (String, String) {
    let json = answer.json();
    let token = |name: &str| json[name].as_str().expect("a token").to_owned();
    let (access, refresh) = (token("access_token"), token("refresh_token"));
    let response: Value = serde_json::json!({
        "access_token": access, "refresh_token": refresh, "token_type": "Bearer", "expires_in": LIFETIME,
    });
    has(answer, 200, &response.to_string());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    (access, refresh)
}
