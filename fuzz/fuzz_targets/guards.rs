//! Whole requests at a guard, and at an extractor behind it. The first three bytes select the manager, the policies, and
//! the method. The rest are lines: the first byte of a line names a part of the request, as in [`part`], and the others
//! are its text. In a text, the bytes 1 to 7 stand for a token each, and 8 for their CSRF value, so the fuzzer can write
//! them.

#![no_main]

use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue, Request};
use jwt_core::adapter::{BufferedBody, Memos, Step, authenticate, refuse};
use jwt_core::keys::Algorithm;
use jwt_core::{Authenticated, Config, JwtManager, Location, Policy, Token, TokenKind};
use jwt_fuzz::{Key, sign};
use libfuzzer_sys::fuzz_target;

struct Guard {
    manager: JwtManager,
    protects: bool,
    checks_origin: bool,
    locations: &'static [Location],
}

const EVERYWHERE: &[Location] = &[
    Location::Header,
    Location::Cookie,
    Location::QueryString,
    Location::Json,
    Location::WebSocketProtocol,
];

static GUARDS: LazyLock<[Guard; 5]> = LazyLock::new(|| {
    let guard = |change: fn(Config) -> Config, protects, checks_origin, locations: &'static [Location]| {
        let config = Config::default().buffered_body(4096).token_location(locations.iter().copied());
        Guard { manager: jwt_fuzz::strict(change(config)), protects, checks_origin, locations }
    };
    [
        guard(|config| config, true, false, EVERYWHERE),
        guard(|config| config.csrf_check_origin(true).csrf_check_form(true), true, true, EVERYWHERE),
        guard(|config| config.first_token_wins(true), true, false, EVERYWHERE),
        guard(|config| config.cookie_csrf_protect(false), false, false, &[Location::Cookie, Location::Json]),
        guard(
            |config| config.former_cookie_scopes([("example.com", "/")]),
            true,
            false,
            &[Location::Cookie, Location::Header],
        ),
    ]
});

const CUSTOM: TokenKind = TokenKind::custom("reset");

/// What a policy requires of the tokens that it accepts.
struct Demand {
    policy: Policy,
    ids: &'static [usize],
    locations: &'static [Location],
    optional: bool,
}

static DEMANDS: LazyLock<[Demand; 10]> = LazyLock::new(|| {
    let demand = |policy, ids| Demand { policy, ids, locations: &[], optional: false };
    let at = |policy: Policy, ids, locations| Demand {
        policy: policy.locations(locations),
        ids,
        locations,
        optional: false,
    };
    [
        demand(Policy::access(), &[0, 1, 6]),
        demand(Policy::refresh(), &[2]),
        demand(Policy::any(), &[0, 1, 2, 5, 6]),
        demand(Policy::of(CUSTOM), &[5]),
        demand(Policy::access().fresh(), &[0]),
        demand(Policy::access().scopes(&["a"]), &[1]),
        Demand { optional: true, ..demand(Policy::access().optional(), &[0, 1, 6]) },
        at(Policy::access(), &[0, 1, 6], &[Location::Header]),
        at(Policy::access(), &[0, 1, 6], &[Location::Cookie]),
        at(Policy::refresh(), &[2], &[Location::Cookie, Location::Header]),
    ]
});

const CSRF: &str = "0e984725-c51c-4bf4-9960-e1c80e27aba0";

/// A fresh access token, one with a scope, a refresh token, an expired token, one with an unknown key, one of a custom
/// kind, and one without a CSRF value.
static TOKENS: LazyLock<[String; 7]> = LazyLock::new(|| {
    let token = |key, kind: &str, id: usize, exp: u64, more: &str| {
        let claims = format!(r#"{{"sub":"a","type":"{kind}","jti":"{id}","exp":{exp}{more}}}"#);
        sign(key, Algorithm::HS256, br#"{"alg":"HS256","typ":"JWT"}"#, claims.as_bytes())
    };
    let csrf = |more: &str| format!(r#","csrf":"{CSRF}"{more}"#);
    [
        token(Key::Own, "access", 0, 1_900_000_900, &csrf(r#","fresh":true"#)),
        token(Key::Own, "access", 1, 1_900_000_900, &csrf(r#","scope":"a b""#)),
        token(Key::Own, "refresh", 2, 1_900_000_900, &csrf("")),
        token(Key::Own, "access", 3, 1_899_999_999, &csrf(r#","fresh":true"#)),
        token(Key::Stranger, "access", 4, 1_900_000_900, &csrf(r#","fresh":true"#)),
        token(Key::Own, "reset", 5, 1_900_000_900, &csrf("")),
        token(Key::Own, "access", 6, 1_900_000_900, ""),
    ]
});

const METHODS: [&str; 8] = ["GET", "POST", "OPTIONS", "HEAD", "DELETE", "TRACE", "PROPFIND", "get"];

/// The header field that a line is about. `?` is the query, and `{` the body.
fn part(name: u8) -> Option<&'static str> {
    Some(match name {
        b'A' => "authorization",
        b'C' => "cookie",
        b'X' => "x-csrf-token",
        b'T' => "content-type",
        b'O' => "origin",
        b'S' => "sec-fetch-site",
        b'H' => "host",
        b'U' => "upgrade",
        b'N' => "connection",
        b'P' => "sec-websocket-protocol",
        _ => return None,
    })
}

fuzz_target!(|data: &[u8]| {
    let [manager, policies, method, rest @ ..] = data else {
        return;
    };
    let guard = &GUARDS[usize::from(*manager) % GUARDS.len()];
    let outer = &DEMANDS[usize::from(*policies) % DEMANDS.len()];
    let inner = &DEMANDS[usize::from(*policies) / DEMANDS.len() % DEMANDS.len()];
    let method = METHODS[usize::from(*method) % METHODS.len()];

    let (mut headers, mut query, mut body) = (HeaderMap::new(), String::new(), Vec::new());
    for line in rest.split(|byte| *byte == b'\n') {
        let Some((name, text)) = line.split_first() else {
            continue;
        };
        let text = written(text);
        match (name, part(*name)) {
            (b'?', _) => query = String::from_utf8_lossy(&text).into_owned(),
            (b'{', _) => body = [b"{", &*text].concat(),
            (b'&', _) => body = text,
            (_, Some(field)) => {
                if let Ok(value) = HeaderValue::from_bytes(&text) {
                    headers.append(HeaderName::from_static(field), value);
                }
            }
            _ => {}
        }
    }
    let uri = http::Uri::builder().path_and_query(format!("/?{query}"));
    let Ok(uri) = uri.build() else {
        return;
    };
    let mut request = Request::new(());
    *request.method_mut() = method.parse().expect("a method");
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    request.extensions_mut().insert(BufferedBody(body.clone().into()));

    let Some(passed) = passes(guard, outer, &request) else {
        return;
    };
    if let Some(token) = passed.token() {
        check(guard, outer, &request, &body, token);
    }
    // The guard leaves its memo, and an extractor uses it.
    if let Some(memo) = passed.memo() {
        request.extensions_mut().get_or_insert_default::<Memos>().insert(memo);
    }
    if let Some(token) = passes(guard, inner, &request).as_ref().and_then(Authenticated::token) {
        let id = id(token);
        assert!(inner.ids.contains(&id), "the extractor got a token that it must not accept");
        assert!(!is_protected(guard, &request, token) || id != 6, "a token without a CSRF value");
    }
});

/// What passes, if the request does.
fn passes(guard: &Guard, demand: &Demand, request: &Request<()>) -> Option<Authenticated> {
    match authenticate(&guard.manager, request, &demand.policy) {
        Step::Pending(_) => unreachable!("nothing is asked"),
        Step::Ready(Ok(passed)) => {
            assert!(passed.token().is_some() || demand.optional, "no token");
            Some(passed)
        }
        Step::Ready(Err(error)) => {
            let answer = refuse(&guard.manager, &error, request, &demand.policy);
            assert!(answer.status().is_client_error(), "{}", answer.status());
            let text = String::from_utf8_lossy(answer.body()).into_owned();
            assert!(!text.contains(CSRF) && TOKENS.iter().all(|token| !text.contains(&**token)));
            None
        }
    }
}

fn id(token: &Token) -> usize {
    token.id().expect("all have one").parse().expect("a number")
}

fn check(guard: &Guard, demand: &Demand, request: &Request<()>, body: &[u8], token: &Token) {
    let id = id(token);
    assert!(demand.ids.contains(&id), "a token that the policy does not permit");
    let location = token.location().expect("it came in a request");
    let locations = if demand.locations.is_empty() { guard.locations } else { demand.locations };
    assert!(locations.contains(&location), "a location that nobody named");
    let stands = |field: &str| {
        request.headers().get_all(field).iter().any(|value| contains(value.as_bytes(), &TOKENS[id]))
    };
    match location {
        Location::Header => assert!(stands("authorization")),
        Location::Cookie => assert!(stands("cookie")),
        // They may be escaped there.
        Location::QueryString => assert!(request.uri().query().is_some()),
        Location::Json => assert!(!body.is_empty()),
        Location::WebSocketProtocol => {
            assert!(request.headers().contains_key("upgrade"));
            assert!(request.headers().contains_key("sec-websocket-protocol"));
        }
        _ => unreachable!("no other location is configured"),
    }
    if location != Location::Cookie || !guard.protects {
        return;
    }
    if is_protected(guard, request, token) {
        assert_ne!(id, 6, "a token without a CSRF value");
        let value = request.headers().get("x-csrf-token").map(HeaderValue::as_bytes).unwrap_or_default();
        assert!(contains(value, CSRF) || (guard.checks_origin && !body.is_empty()), "no CSRF value");
    }
    let upgrades = request.headers().contains_key("upgrade");
    if upgrades || (guard.checks_origin && is_protected(guard, request, token)) {
        // The simplest part of the rule: a browser that says so is on another site.
        let is_of =
            |site: &str| request.headers().get_all("sec-fetch-site").iter().any(|value| *value == *site);
        let is_foreign = is_of("cross-site") || is_of("same-site");
        assert!(!is_foreign, "a request of another site");
    }
}

/// Whether the request needs a CSRF value.
fn is_protected(guard: &Guard, request: &Request<()>, token: &Token) -> bool {
    guard.protects
        && token.location() == Some(Location::Cookie)
        && !["GET", "HEAD", "OPTIONS", "TRACE"].contains(&request.method().as_str())
}

fn written(line: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for byte in line {
        match byte {
            1..=7 => text.extend_from_slice(TOKENS[usize::from(*byte) - 1].as_bytes()),
            8 => text.extend_from_slice(CSRF.as_bytes()),
            other => text.push(*other),
        }
    }
    text
}

fn contains(text: &[u8], part: &str) -> bool {
    text.windows(part.len()).any(|window| window == part.as_bytes())
}
