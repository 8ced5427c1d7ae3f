//! The quickstarts as a newcomer meets them: built, started, and asked with the very lines that they print.

use jwt_tests::{Answer, Ask};

use crate::programs::fail;
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

fn plays_the_whole_story(package: &str) {
    let quickstart = Quickstart::start(package, &[], Some(SECRET));
    ask_as_printed(&quickstart);
    let [access, renewed] = ask_as_an_application_does(&quickstart);
    assert_eq!(freshness_and_lifetime(&access), (true, LIFETIME));
    assert_eq!(freshness_and_lifetime(&renewed), (false, LIFETIME));

    let port = quickstart.address.port();
    let (code, said) = fail(package, &["--port", &port.to_string()], SECRET);
    assert_eq!(code, Some(1));
    assert_eq!(said, format!("port {port} is in use: choose another with --port N\n"));

    assert_eq!(quickstart.stop(), "", "it has nothing to complain of");
}

fn makes_a_secret_where_there_is_none(package: &str) {
    let quickstart = Quickstart::start(package, &[], None);
    ask_as_printed(&quickstart);
    ask_as_an_application_does(&quickstart);

    let another = Quickstart::start(package, &[], None);
    let (access, _) = tokens(&login(RIGHT).send(quickstart.address));
    assert_eq!(protected(&access).send(another.address).status, 422);
    another.stop();
    assert_eq!(
        quickstart.stop(),
        "JWT_SECRET_KEY is not set: using a random secret, so tokens are worth nothing after a restart\n"
    );
}

fn says_what_it_cannot_use(package: &str) {
    let (code, said) = fail(package, &["--port", "0"], "too short");
    assert_eq!(code, Some(1));
    assert!(said.contains("JWT_SECRET_KEY"), "{said}");
    assert!(said.contains("secret has 9 bytes and HS256 needs 32"), "{said}");
    assert!(said.contains("make one with `openssl rand -base64 48`"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");

    let (code, said) = fail(package, &["--port", "0", "--token-lifetime", "0"], SECRET);
    assert_eq!(code, Some(2));
    assert!(said.contains("invalid value '0' for '--token-lifetime <SECONDS>'"), "{said}");
}

/// Each printed line, in its order.
fn ask_as_printed(quickstart: &Quickstart) {
    let [login, missing, expired, access, refresh] = quickstart.walk();

    tokens(&login);

    has(&missing, 401, r#"{"err":"Missing Authorization Header"}"#);
    assert_eq!(missing.header("www-authenticate"), Some("Bearer"));

    has(&expired, 401, r#"{"code":"401","err":"token 已过期"}"#);
    let challenge = expired.header("www-authenticate").unwrap_or_default();
    assert!(challenge.starts_with("Bearer "), "{challenge}");
    assert!(challenge.contains(r#"error="invalid_token""#), "{challenge}");

    greets(&access);
    greets(&protected(&access_token(&refresh)).send(quickstart.address));
}

/// Logs in, uses the tokens, and misuses them. Gives the access tokens: that of the login, and its successor.
fn ask_as_an_application_does(quickstart: &Quickstart) -> [String; 2] {
    let address = quickstart.address;
    let (access, refresh) = tokens(&login(RIGHT).send(address));
    greets(&protected(&access).send(address));
    let renewed = access_token(&renew(&refresh).send(address));
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
    assert_eq!(Ask::get("/login").send(address).status, 405);
    assert_eq!(Ask::new("POST", "/protected").send(address).status, 405);
    assert_eq!(Ask::get("/refresh").send(address).status, 405);
    [access, renewed]
}

/// Whether a token is fresh, and how many seconds it lives.
pub(crate) fn freshness_and_lifetime(access: &str) -> (bool, u64) {
    let claims = manager().decode(access).expect("a token of this secret").claims();
    let time = |name: &str| claims[name].as_u64().expect("a time");
    (claims["fresh"] == true, time("exp") - time("iat"))
}

pub(crate) fn login(body: impl Into<Vec<u8>>) -> Ask {
    Ask::new("POST", "/login").header("content-type", "application/json").body(body)
}

fn protected(access: &str) -> Ask {
    Ask::get("/protected").bearer(access)
}

fn renew(refresh: &str) -> Ask {
    Ask::new("POST", "/refresh").bearer(refresh)
}

pub(crate) fn greets(answer: &Answer) {
    has(answer, 200, r#"{"hello":"test"}"#);
}

pub(crate) fn has(answer: &Answer, status: u16, body: &str) {
    assert_eq!((answer.status.as_u16(), &*answer.text()), (status, body));
    assert_eq!(answer.header("content-type"), Some("application/json"));
}

/// The tokens of an answer that has an access and a refresh token, and nothing else.
fn tokens(answer: &Answer) -> (String, String) {
    let json = answer.json();
    let token = |name: &str| json[name].as_str().expect("a token").to_owned();
    let (access, refresh) = (token("access_token"), token("refresh_token"));
    let body = format!(r#"{{"access_token":"{access}","refresh_token":"{refresh}"}}"#);
    has(answer, 200, &body);
    (access, refresh)
}

/// The token of an answer that has an access token, and nothing else.
fn access_token(answer: &Answer) -> String {
    let json = answer.json();
    let access = json["access_token"].as_str().expect("a token");
    has(answer, 200, &format!(r#"{{"access_token":"{access}"}}"#));
    access.to_owned()
}
