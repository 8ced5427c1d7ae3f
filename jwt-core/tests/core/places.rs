//! Cookies and the query string: which tokens are found, which are rejected, and which CSRF values cookies require.

use http::Request;
use jwt_core::adapter::{Memos, UnreadBody, may_want_body, wants_body};
use jwt_core::error::{CsrfError, InvalidRequest, InvalidToken, MissingReason};
use jwt_core::{Authenticated, Config, ErrorKind, JwtManager, Location, Policy, TokenError};

use crate::building::assert_told;
use crate::memos::guard;
use crate::support::{Clock, NOW, at, authenticate, builder, invalid, manager, refused, token};

const CSRF: &str = "\"f81d4fae-7dec-41d0-a765-00a0c91e6bf6\"";
const VALUE: &str = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6";

fn cookies() -> Config {
    Config::default().token_location([Location::Cookie])
}

fn csrf_token(changes: &[(&str, &str)]) -> String {
    token(&[&[("csrf", CSRF)], changes].concat())
}

/// Returns a request with these header fields.
fn asking(method: &str, uri: &str, fields: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap()
}

fn with_cookie(method: &str, token: &str, fields: &[(&str, &str)]) -> Request<()> {
    let cookie = format!("theme=dark; access_token_cookie={token}");
    asking(method, "/", &[&[("cookie", &*cookie)], fields].concat())
}

fn ask(config: Config, request: &Request<()>) -> Result<Authenticated, TokenError> {
    authenticate(&manager(config), request, &Policy::access())
}

fn location(passed: Result<Authenticated, TokenError>) -> Option<Location> {
    passed.unwrap().into_token().unwrap().location()
}

#[test]
fn the_first_place_that_has_a_token_decides() {
    let good = csrf_token(&[]);
    let bearer = format!("Bearer {good}");
    let header = ("authorization", &*bearer);
    let cookie = format!("access_token_cookie={good}");
    let cookie = ("cookie", &*cookie);
    let both = asking("GET", "/", &[header, cookie]);
    for (places, found) in [
        ([Location::Header, Location::Cookie], Location::Header),
        ([Location::Cookie, Location::Header], Location::Cookie),
    ] {
        let config = Config::default().token_location(places);
        assert_eq!(location(ask(config.clone(), &both)), Some(found));
        // A valid token in another location does not make up for an invalid one.
        let bad = match found {
            Location::Header => asking("GET", "/", &[("authorization", "Bearer x"), cookie]),
            _ => asking("GET", "/", &[header, ("cookie", "access_token_cookie=x")]),
        };
        assert_eq!(refused(ask(config.clone(), &bad)).kind(), ErrorKind::InvalidToken);
        // It does make up for a missing one.
        assert_eq!(location(ask(config.clone(), &asking("GET", "/", &[header]))), Some(Location::Header));
        assert_eq!(location(ask(config, &asking("GET", "/", &[cookie]))), Some(Location::Cookie));
    }
    let query = Config::default().token_location([Location::QueryString]).query_string_name("t");
    let uri = format!("/?a=1&t={good}&b=2");
    assert_eq!(location(ask(query.clone(), &asking("GET", &uri, &[]))), Some(Location::QueryString));
    assert_eq!(
        invalid(ask(query.query_string_value_prefix("jwt:"), &asking("GET", &uri, &[]))),
        InvalidToken::QueryPrefix
    );
}

#[test]
fn missing_tokens_are_reported_for_each_location() {
    let places = [Location::Cookie, Location::QueryString, Location::Header];
    let config = Config::default().token_location(places);
    let jwt = manager(config);
    for (policy, cookie) in
        [(Policy::access(), MissingReason::AccessCookie), (Policy::refresh(), MissingReason::RefreshCookie)]
    {
        match refused(authenticate(&jwt, &asking("GET", "/?jwt=", &[("cookie", "x=1")]), &policy)) {
            TokenError::Missing(absent) => {
                assert_eq!(absent, [cookie, MissingReason::QueryParameter, MissingReason::Header]);
                assert_eq!(absent.iter().map(|absent| absent.location()).collect::<Vec<_>>(), places);
            }
            other => panic!("{other:?}"),
        }
        assert!(authenticate(&jwt, &asking("GET", "/", &[]), &policy.optional()).unwrap().token().is_none());
    }
}

#[test]
fn two_tokens_are_rejected_or_optionally_the_first_counts() {
    let good = csrf_token(&[]);
    let bearer = format!("Bearer {good}");
    let twice = format!("access_token_cookie={good}; access_token_cookie={good}");
    let config =
        Config::default().token_location([Location::Header, Location::QueryString, Location::Cookie]);
    for request in [
        asking("GET", "/", &[("cookie", &twice)]),
        asking("GET", &format!("/?jwt={good}&jwt={good}"), &[]),
        asking("GET", &format!("/?jwt={good}"), &[("authorization", &bearer)]),
        asking("GET", "/?jwt=rubbish", &[("authorization", &bearer)]),
        asking("GET", "/?jwt=1&jwt=2", &[("authorization", &bearer)]),
    ] {
        assert_eq!(refused(ask(config.clone(), &request)).kind(), ErrorKind::InvalidRequest, "{request:?}");
        assert!(ask(config.clone().first_token_wins(true), &request).is_ok(), "{request:?}");
    }
    // A location that is not configured does not count. Neither does a cookie next to another token, because browsers
    // always send it.
    let request = asking("GET", "/?jwt=1", &[("authorization", &bearer)]);
    assert!(ask(Config::default(), &request).is_ok());
    let one = format!("access_token_cookie={good}");
    assert!(ask(config, &asking("GET", "/", &[("authorization", &bearer), ("cookie", &one)])).is_ok());
}

#[test]
fn a_token_in_the_body_is_a_second_one_if_the_body_was_read() {
    let good = csrf_token(&[]);
    let bearer = format!("Bearer {good}");
    let places = [Location::Header, Location::QueryString, Location::Json, Location::Cookie];
    let json = ("content-type", "application/json");
    let with_body = |request: &Request<()>, body: &str| {
        let mut request = request.clone();
        request.extensions_mut().insert(jwt_core::adapter::BufferedBody(body.to_owned().into()));
        request
    };
    let in_body = format!(r#"{{"access_token":"{good}"}}"#);
    for places in [places, [Location::Json, Location::Cookie, Location::QueryString, Location::Header]] {
        let config = Config::default().token_location(places).buffered_body(1000);
        let jwt = manager(config.clone());
        for first in [
            asking("POST", "/", &[json, ("authorization", &bearer)]),
            asking("POST", &format!("/?jwt={good}"), &[json]),
        ] {
            // A guard reads the body, and nothing else is known without it.
            assert_eq!(wants_body(&jwt, &first, &Policy::access()), Some(1000));
            for body in [&in_body, r#"{"access_token":"x"}"#] {
                let both = with_body(&first, body);
                assert_eq!(wants_body(&jwt, &both, &Policy::access()), None);
                assert_eq!(refused(ask(config.clone(), &both)).kind(), ErrorKind::InvalidRequest, "{body}");
                let first_wins = ask(config.clone().first_token_wins(true), &both);
                assert_eq!(first_wins.is_ok(), *body == in_body || places[0] == Location::Header, "{body}");
            }
            // A number is not a token, and not nothing either.
            assert!(ask(config.clone(), &with_body(&first, r#"{"access_token":5}"#)).is_err());
            for body in ["{}", "", r#"{"refresh_token":"x"}"#, r#"{"access_token":""}"#, "[]"] {
                assert!(ask(config.clone(), &with_body(&first, body)).is_ok(), "{body}");
            }
            // Of a body that is too large to be read, nothing is known.
            let mut unread = first.clone();
            unread.extensions_mut().insert(UnreadBody(InvalidRequest::BodyTooLarge));
            let first_is_known = places[0] == Location::Header;
            assert_eq!(wants_body(&jwt, &unread, &Policy::access()), None);
            assert_eq!(ask(config.clone(), &unread).is_ok(), first_is_known);
        }
    }
    let config = Config::default().token_location(places).buffered_body(1000);
    let first = asking("POST", "/", &[json, ("authorization", &bearer)]);
    // A policy that does not look there, another type of body, a manager that takes the first token, and a text that is
    // not a token.
    const HEADER: Policy = Policy::access().locations(&[Location::Header]);
    let jwt = manager(config.clone());
    assert_eq!(wants_body(&jwt, &first, &HEADER), None);
    assert!(authenticate(&jwt, &with_body(&first, &in_body), &HEADER).is_ok());
    let text = asking("POST", "/", &[("content-type", "text/plain"), ("authorization", &bearer)]);
    assert_eq!(wants_body(&jwt, &text, &Policy::access()), None);
    let lenient = manager(config.clone().first_token_wins(true));
    assert_eq!(wants_body(&lenient, &first, &Policy::access()), None);
    let rubbish = asking("POST", "/", &[json, ("authorization", "Bearer x")]);
    assert_eq!(wants_body(&jwt, &rubbish, &Policy::access()), None);
    // Browsers add cookies.
    let cookie = format!("access_token_cookie={good}");
    let with_cookie = asking("POST", "/", &[json, ("cookie", &cookie)]);
    assert!(ask(config, &with_body(&with_cookie, &in_body)).is_ok());
}

#[test]
fn a_body_is_read_only_for_a_cookie_that_can_be_a_token() {
    let jwt = manager(cookies().csrf_check_form(true).buffered_body(1000).max_token_bytes(500));
    let form = ("content-type", "application/x-www-form-urlencoded");
    let good = csrf_token(&[]);
    let long = format!("{}.b.c", "a".repeat(500));
    for (cookie, limit) in [
        (format!("access_token_cookie={good}"), Some(1000)),
        ("access_token_cookie=a.b.c".into(), Some(1000)),
        ("access_token_cookie=x".into(), None),
        ("access_token_cookie=a.b".into(), None),
        ("access_token_cookie=a.b.c.d".into(), None),
        (format!("access_token_cookie={long}"), None),
        ("=x; x".into(), None),
        (format!("other={good}"), None),
        (String::new(), None),
    ] {
        let request = asking("POST", "/", &[form, ("cookie", &cookie)]);
        assert_eq!(wants_body(&jwt, &request, &Policy::access()), limit, "{cookie}");
        assert_eq!(may_want_body(&jwt, &request), limit, "{cookie}");
        assert!(authenticate(&jwt, &request, &Policy::access()).is_err());
    }
    // A layer does not know the policies inside.
    let refresh = asking("POST", "/", &[form, ("cookie", &format!("refresh_token_cookie={good}"))]);
    assert_eq!(may_want_body(&jwt, &refresh), Some(1000));
    let json = asking("POST", "/", &[("content-type", "application/json")]);
    assert_eq!(may_want_body(&jwt, &json), Some(1000));
    // What is not a token is invalid, whether or not the form has a value.
    let request = with_cookie("POST", "x", &[form]);
    assert_eq!(refused(authenticate(&jwt, &request, &Policy::access())).kind(), ErrorKind::InvalidToken);
}

#[test]
fn a_cookie_on_an_unsafe_method_needs_the_value_of_its_token() {
    let good = csrf_token(&[]);
    let csrf = |request: &Request<()>| match ask(cookies(), request) {
        Ok(_) => None,
        Err(TokenError::Csrf(why)) => Some(why),
        Err(other) => panic!("{other:?}"),
    };
    for method in ["GET", "HEAD", "TRACE"] {
        assert_eq!(csrf(&with_cookie(method, &good, &[])), None, "{method}");
        assert_eq!(csrf(&with_cookie(method, &good, &[("x-csrf-token", "wrong")])), None, "{method}");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "get"] {
        let of = |value| csrf(&with_cookie(method, &good, &[("x-csrf-token", value)]));
        assert_eq!(of(VALUE), None, "{method}");
        assert_eq!(csrf(&with_cookie(method, &good, &[])), Some(CsrfError::Missing), "{method}");
        assert_eq!(of(""), Some(CsrfError::Missing));
        for wrong in ["x", &VALUE[1..], &format!("{VALUE}0"), &VALUE.to_uppercase(), "null"] {
            assert_eq!(of(wrong), Some(CsrfError::Mismatch), "{wrong}");
        }
        let twice = [("x-csrf-token", VALUE), ("x-csrf-token", VALUE)];
        assert_eq!(csrf(&with_cookie(method, &good, &twice)), Some(CsrfError::Mismatch));
    }
    // Browsers do not send the header field on their own.
    let bearer = format!("Bearer {good}");
    assert!(ask(Config::default(), &asking("POST", "/", &[("authorization", &bearer)])).is_ok());
    // `optional` does not excuse a missing CSRF value if there is a token.
    let optional =
        authenticate(&manager(cookies()), &with_cookie("POST", &good, &[]), &Policy::access().optional());
    assert_eq!(refused(optional).kind(), ErrorKind::CsrfError);
}

#[test]
fn a_token_without_a_csrf_claim_opens_no_unsafe_method_from_a_cookie() {
    let ask =
        |claim| ask(cookies(), &with_cookie("POST", &token(&[("csrf", claim)]), &[("x-csrf-token", "x")]));
    assert_eq!(invalid(ask("")), InvalidToken::ClaimMissing("csrf".into()));
    for odd in ["null", "5", "[\"x\"]", "{}"] {
        assert_eq!(invalid(ask(odd)), InvalidToken::ClaimType("csrf".into()), "{odd}");
    }
    assert_eq!(refused(ask("\"\"")).kind(), ErrorKind::CsrfError);
    assert!(ask("\"x\"").is_ok());
}

#[test]
fn any_other_failure_is_found_in_its_order() {
    let ask = |changes: &[(&str, &str)], value: &str| {
        let request = with_cookie("POST", &csrf_token(changes), &[("x-csrf-token", value)]);
        refused(ask(cookies(), &request)).kind()
    };
    let past = (NOW - 1).to_string();
    assert_eq!(ask(&[("exp", &past)], VALUE), ErrorKind::ExpiredToken);
    assert_eq!(ask(&[("exp", &past)], "wrong"), ErrorKind::CsrfError);
    assert_eq!(ask(&[("sub", "5")], "wrong"), ErrorKind::InvalidToken);
    assert_eq!(ask(&[("type", "\"refresh\"")], "wrong"), ErrorKind::CsrfError);
    // The value is required before anything is verified.
    let missing = with_cookie("POST", "rubbish", &[]);
    assert_eq!(refused(self::ask(cookies(), &missing)).kind(), ErrorKind::CsrfError);
}

#[test]
fn the_rules_of_csrf_are_options() {
    let good = csrf_token(&[]);
    let refuses = |config: Config, method: &str, fields: &[(&str, &str)]| {
        ask(config, &with_cookie(method, &good, fields)).is_err()
    };
    assert!(!refuses(cookies().cookie_csrf_protect(false), "POST", &[]));
    let only = cookies().csrf_methods(["GET"]);
    assert!(refuses(only.clone(), "GET", &[]));
    assert!(!refuses(only, "POST", &[]));
    let named = cookies().access_csrf_header_name("X-Mine").refresh_csrf_header_name("X-Theirs");
    assert!(!refuses(named.clone(), "POST", &[("x-mine", VALUE)]));
    assert!(refuses(named.clone(), "POST", &[("x-theirs", VALUE)]));

    let refresh = csrf_token(&[("type", "\"refresh\"")]);
    let cookie = format!("r={refresh}");
    let jwt = manager(named.refresh_cookie_name("r"));
    let ask = |header| {
        let request = asking("POST", "/", &[("cookie", &cookie), (header, VALUE)]);
        authenticate(&jwt, &request, &Policy::refresh())
    };
    assert!(ask("x-theirs").is_ok());
    assert_eq!(refused(ask("x-mine")).kind(), ErrorKind::CsrfError);
}

#[test]
fn a_browser_that_names_another_site_is_refused_where_that_is_checked() {
    let good = csrf_token(&[]);
    let refused = |config: &Config, method: &str, fields: &[(&str, &str)]| {
        let request = with_cookie(method, &good, &[&[("x-csrf-token", VALUE)], fields].concat());
        match ask(config.clone(), &request) {
            Ok(_) => false,
            Err(TokenError::Csrf(CsrfError::CrossOrigin)) => true,
            Err(other) => panic!("{other:?}"),
        }
    };
    let checking = cookies().csrf_check_origin(true);
    let trusting = checking.clone().csrf_trusted_origins(["https://app.example", "http://localhost:3000"]);
    let host = ("host", "api.example");
    for (fields, is_refused) in [
        ([].as_slice(), false),
        (&[("sec-fetch-site", "same-origin")], false),
        (&[("sec-fetch-site", "none")], false),
        (&[("sec-fetch-site", "same-site")], true),
        (&[("sec-fetch-site", "cross-site")], true),
        (&[("sec-fetch-site", "")], true),
        (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example"), host], false),
        (&[("origin", "https://api.example"), host], false),
        (&[("origin", "https://API.example"), host], false),
        (&[("origin", "https://api.example:8443"), ("host", "api.example:8443")], false),
        (&[("origin", "https://api.example:8443"), host], true),
        // The default port can be omitted on either side, and no other.
        (&[("origin", "https://api.example"), ("host", "api.example:443")], false),
        (&[("origin", "https://api.example:443"), host], false),
        (&[("origin", "https://api.example"), ("host", "api.example:80")], true),
        (&[("origin", "https://api.example:80"), ("host", "api.example")], true),
        (&[("origin", "https://443"), ("host", ":443")], true),
        // By default, cookies are for `https`, except on the same machine.
        (&[("origin", "http://api.example"), host], true),
        (&[("origin", "http://api.example:80"), ("host", "api.example:80")], true),
        (&[("origin", "ws://api.example"), host], true),
        (&[("origin", "http://localhost:3000"), ("host", "localhost:3000")], false),
        (&[("origin", "http://a.localhost"), ("host", "a.localhost:80")], false),
        (&[("origin", "http://127.0.0.1:3000"), ("host", "127.0.0.1:3000")], false),
        (&[("origin", "http://[::1]:3000"), ("host", "[::1]:3000")], false),
        (&[("origin", "http://127.0.0.1:3001"), ("host", "127.0.0.1:3000")], true),
        (&[("origin", "http://localhost.example"), ("host", "localhost.example")], true),
        (&[("origin", "http://127.0.0.1.example"), ("host", "127.0.0.1.example")], true),
        (&[("origin", "https://api.example"), host, host], true),
        (&[("origin", ""), ("host", "")], true),
        (&[("origin", "https://api.example.evil"), host], true),
        (&[("origin", "https://evil.example"), host], true),
        (&[("origin", "null"), host], true),
        (&[("origin", "https://")], true),
        (&[("origin", "https://api.example")], true),
        (&[("origin", "https://app.example"), host], true),
    ] {
        assert_eq!(refused(&checking, "POST", fields), is_refused, "{fields:?}");
        assert!(!refused(&checking, "GET", fields), "{fields:?}");
        assert!(!refused(&cookies(), "POST", fields), "{fields:?}");
    }
    for origin in ["https://app.example", "http://localhost:3000"] {
        assert!(!refused(&trusting, "POST", &[("origin", origin), host]), "{origin}");
        let cross = [("origin", origin), ("sec-fetch-site", "cross-site"), host];
        assert!(!refused(&trusting, "POST", &cross), "{origin}");
        assert!(refused(&trusting, "POST", &[("origin", origin), ("origin", origin), host]), "{origin}");
    }
    assert!(refused(&trusting, "POST", &[("origin", "https://app.example.evil"), host]));
    let why = |config: Config| builder(config).build().unwrap_err();
    for origin in ["app.example", "https://", "https://app.example/", "https://App.example", "*", "null"] {
        assert_told(&why(checking.clone().csrf_trusted_origins([origin])), "csrf_trusted_origins");
    }
    // Without the option, the trusted origins are those of upgrades.
    let trusted = cookies().csrf_trusted_origins(["https://app.example"]);
    assert!(builder(trusted.clone()).build().is_ok());
    assert_told(&why(trusted.clone().insecure_any_upgrade_origin(true)), "csrf_trusted_origins");
    let unprotected = trusted.cookie_csrf_protect(false);
    assert!(builder(unprotected.clone()).build().is_ok());
    assert_told(&why(unprotected.insecure_any_upgrade_origin(true)), "csrf_trusted_origins");
    assert_told(&why(checking.clone().cookie_csrf_protect(false)), "csrf_check_origin");
    for methods in [["post"], ["Post"], [""]] {
        assert_told(&why(cookies().csrf_methods(methods)), "csrf_methods");
    }
    assert!(builder(cookies().csrf_methods([""; 0])).build().is_ok());
}

#[test]
fn issued_tokens_have_a_csrf_claim_if_cookies_are_a_location() {
    let has = |config: Config| {
        let jwt = manager(config);
        let text = jwt.access_token("alice").encode().unwrap();
        jwt.decode(&text).unwrap().claims().contains_key("csrf")
    };
    assert!(!has(Config::default()));
    assert!(has(cookies()));
    assert!(!has(cookies().cookie_csrf_protect(false)));
    assert!(!has(cookies().csrf_claim(false)));
    assert!(has(Config::default().csrf_claim(true)));
    assert!(has(Config::flask_compatible()));
}

#[test]
fn behind_a_guard_a_cookie_is_taken_under_the_same_names_only() {
    let clock = Clock::new(at(NOW));
    let jwt: JwtManager = builder(cookies()).clock(clock.reader()).build().unwrap();
    let access = csrf_token(&[]);
    let refresh = csrf_token(&[("type", "\"refresh\""), ("sub", "\"bob\"")]);
    let cookie = format!("access_token_cookie={access}; refresh_token_cookie={refresh}");
    let mut request = asking("GET", "/", &[("cookie", &cookie)]);
    guard(&jwt, &mut request, &Policy::any()).unwrap();
    assert_eq!(clock.reads(), 1);
    let identity = |policy: &Policy| {
        let passed = authenticate(&jwt, &request, policy).unwrap();
        passed.into_token().unwrap().identity().to_owned()
    };
    assert_eq!((identity(&Policy::access()), clock.reads()), ("alice".into(), 1));
    assert_eq!((identity(&Policy::refresh()), clock.reads()), ("bob".into(), 2));
    assert_eq!((identity(&Policy::any().refresh_names()), clock.reads()), ("bob".into(), 3));
}

#[test]
fn a_guard_that_looked_elsewhere_saves_nothing_but_the_same_token_in_the_same_place() {
    const HEADER: Policy = Policy::access().locations(&[Location::Header]);
    const COOKIE: Policy = Policy::access().locations(&[Location::Cookie]);
    const EITHER: Policy = Policy::access().locations(&[Location::Cookie, Location::Header]);
    let clock = Clock::new(at(NOW));
    let jwt: JwtManager = builder(cookies()).clock(clock.reader()).build().unwrap();
    let (alice, bob) = (csrf_token(&[]), csrf_token(&[("sub", "\"bob\"")]));
    let (bearer, cookie) = (format!("Bearer {alice}"), format!("access_token_cookie={bob}"));
    let mut request = asking("POST", "/", &[("authorization", &bearer), ("cookie", &cookie)]);
    guard(&jwt, &mut request, &HEADER).unwrap();
    assert_eq!(clock.reads(), 1);
    // The text is the same, but it is in a cookie, so the CSRF value is required.
    let same = format!("access_token_cookie={alice}");
    let mut moved = asking("POST", "/", &[("cookie", &same)]);
    moved.extensions_mut().insert(request.extensions().get::<Memos>().unwrap().clone());
    assert_eq!(refused(authenticate(&jwt, &moved, &COOKIE)).kind(), ErrorKind::CsrfError);
    // Another token comes first.
    assert_eq!(refused(authenticate(&jwt, &request, &EITHER)).kind(), ErrorKind::CsrfError);
    request.headers_mut().insert("x-csrf-token", VALUE.parse().unwrap());
    let passed = authenticate(&jwt, &request, &EITHER).unwrap();
    assert_eq!(passed.into_token().unwrap().identity(), "bob");
    assert_eq!(clock.reads(), 2);
}

/// Builds a multipart form (RFC 7578) with these fields. A value of `@` is a file.
#[cfg(feature = "multipart")]
fn multipart(fields: &[(&str, &str)]) -> String {
    let mut body = String::new();
    for (name, value) in fields {
        let file = if value.starts_with('@') { "; filename=\"f\"" } else { "" };
        body += &format!("--sep\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n");
    }
    body + "--sep--\r\n"
}

#[cfg(feature = "multipart")]
#[test]
fn a_form_with_files_brings_its_csrf_value_too() {
    let jwt = manager(cookies().csrf_check_form(true).buffered_body(1000));
    let good = csrf_token(&[]);
    let answer = |content_type: &str, body: String| {
        let mut request = with_cookie("POST", &good, &[("content-type", content_type)]);
        assert_eq!(wants_body(&jwt, &request, &Policy::access()), Some(1000), "{content_type}");
        request.extensions_mut().insert(jwt_core::adapter::BufferedBody(body.into()));
        authenticate(&jwt, &request, &Policy::access()).err().map(|error| error.kind())
    };
    let form = "multipart/form-data; boundary=sep";
    for content_type in [form, "Multipart/Form-Data; charset=utf-8; boundary=\"sep\""] {
        let fields = [("a", "1"), ("upload", "@csrf"), ("csrf_token", VALUE), ("b", "2")];
        assert_eq!(answer(content_type, multipart(&fields)), None, "{content_type}");
    }
    let refused = Some(ErrorKind::CsrfError);
    let other = format!("@{VALUE}");
    for fields in [
        [("csrf_token", "x"), ("b", VALUE)],
        [("b", VALUE), ("c", "2")],
        [("csrf_token", ""), ("csrf_token", VALUE)],
        [("csrf_token", &*other), ("b", "2")],
    ] {
        assert_eq!(answer(form, multipart(&fields)), refused, "{fields:?}");
    }
    for body in [
        "",
        "--sep",
        "no form",
        "--sep\r\n\r\n",
        "--sep\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\nx",
    ] {
        assert_eq!(answer(form, body.into()), refused, "{body}");
    }
    assert_eq!(answer("multipart/form-data", multipart(&[("csrf_token", VALUE)])), refused, "no boundary");
}

#[cfg(not(feature = "multipart"))]
#[test]
fn a_form_with_files_is_not_read_without_the_feature() {
    let jwt = manager(cookies().csrf_check_form(true).buffered_body(1000));
    let form = [("content-type", "multipart/form-data; boundary=sep")];
    let request = with_cookie("POST", &csrf_token(&[]), &form);
    assert_eq!(wants_body(&jwt, &request, &Policy::access()), None);
    assert_eq!(refused(authenticate(&jwt, &request, &Policy::access())).kind(), ErrorKind::CsrfError);
}

#[test]
fn pages_served_without_tls_may_use_cookies_that_are_not_for_https_only() {
    let good = csrf_token(&[]);
    let config = cookies().csrf_check_origin(true).cookie_secure(false);
    for (origin, passes) in
        [("http://api.example", true), ("https://api.example", true), ("http://x.example", false)]
    {
        let fields = [("x-csrf-token", VALUE), ("origin", origin), ("host", "api.example")];
        assert_eq!(ask(config.clone(), &with_cookie("POST", &good, &fields)).is_ok(), passes, "{origin}");
    }
}

#[test]
fn an_upgrade_with_a_cookie_is_judged_by_its_origin() {
    let good = csrf_token(&[]);
    let upgrades: [(&str, &[(&str, &str)]); 7] = [
        ("GET", &[("upgrade", "websocket"), ("connection", "Upgrade"), ("sec-websocket-key", "dGhl")]),
        ("GET", &[("upgrade", "WebSocket"), ("connection", "keep-alive, Upgrade")]),
        ("GET", &[("upgrade", "h2c")]),
        ("GET", &[("upgrade", "")]),
        ("HEAD", &[("upgrade", "foo"), ("upgrade", "websocket")]),
        ("GET", &[("sec-websocket-key", "dGhl")]),
        // HTTP/2, which has neither of the fields (RFC 8441).
        ("CONNECT", &[("sec-websocket-version", "13")]),
    ];
    let host = ("host", "api.example");
    let trusting = cookies().csrf_trusted_origins(["https://app.example"]);
    for (method, upgrade) in upgrades {
        let asked = |config: &Config, fields: &[(&str, &str)]| match ask(
            config.clone(),
            &with_cookie(method, &good, &[upgrade, fields].concat()),
        ) {
            Ok(_) => true,
            Err(TokenError::Csrf(CsrfError::CrossOrigin)) => false,
            Err(other) => panic!("{other:?}"),
        };
        for (fields, passes) in [
            // Not a browser.
            ([].as_slice(), true),
            (&[host], true),
            (&[("origin", "https://api.example"), host], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("origin", "https://api.example")], false),
            (&[("origin", "https://evil.api.example"), host], false),
            (&[("origin", "https://api.example:8443"), host], false),
            (&[("origin", "http://api.example"), host], false),
            (&[("origin", "null"), host], false),
            (&[("origin", "https://api.example"), ("origin", "https://evil.example"), host], false),
            (&[("sec-fetch-site", "same-site"), ("origin", "https://app.api.example"), host], false),
            (&[("origin", "https://app.example"), host], false),
        ] {
            let config = cookies();
            assert_eq!(asked(&config, fields), passes, "{method} {upgrade:?} {fields:?}");
            assert!(asked(&config.clone().insecure_any_upgrade_origin(true).csrf_methods(["POST"]), fields));
            // A handshake carries no CSRF value in either case.
            assert_eq!(asked(&config.cookie_csrf_protect(false), fields), passes, "{method} {fields:?}");
        }
        assert!(asked(&trusting, &[("origin", "https://app.example"), host]));
        let cross = [("origin", "https://evil.example"), host];
        let bearer = [("authorization", &*format!("Bearer {good}"))];
        let by_header = asking(method, "/", &[upgrade, &cross, &bearer].concat());
        assert!(ask(Config::default(), &by_header).is_ok(), "only cookies are sent by themselves");
    }
    // An upgrade with another method needs the value as well, and so does CONNECT if it is listed.
    let post = [("upgrade", "websocket"), host, ("origin", "https://api.example")];
    assert!(ask(cookies(), &with_cookie("POST", &good, &post)).is_err());
    assert!(ask(cookies().csrf_methods(["CONNECT"]), &with_cookie("CONNECT", &good, &[])).is_err());
    assert!(ask(cookies().insecure_any_upgrade_origin(true), &with_cookie("CONNECT", &good, &[])).is_err());
    // `Upgrade-Insecure-Requests` is something else.
    let other = [("upgrade-insecure-requests", "1"), ("origin", "https://evil.example"), host];
    assert!(ask(cookies(), &with_cookie("GET", &good, &other)).is_ok());
}

#[test]
fn the_host_of_http_2_is_the_authority_of_the_target() {
    let config = cookies().csrf_check_origin(true);
    let good = csrf_token(&[]);
    let cookie = format!("access_token_cookie={good}");
    for (origin, passes) in [("https://api.example", true), ("https://evil.example", false)] {
        let fields = [("cookie", &*cookie), ("x-csrf-token", VALUE), ("origin", origin)];
        let request = asking("POST", "https://api.example/files", &fields);
        assert_eq!(ask(config.clone(), &request).is_ok(), passes, "{origin}");
        let (parts, ()) = request.into_parts();
        let snapshot = jwt_core::adapter::Snapshot::from(&parts);
        let copied = authenticate(&manager(config.clone()), &snapshot, &Policy::access());
        assert_eq!(copied.is_ok(), passes, "{origin}");
    }
}
