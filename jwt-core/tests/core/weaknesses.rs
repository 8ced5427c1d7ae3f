//! Twenty weaknesses of flask-jwt-extended 4.7, in the order of a review, and that the default configuration does not
//! have them. "In common" marks the parts that both libraries share.

use std::collections::HashSet;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode};
use jwt_core::adapter::BufferedBody;
use jwt_core::error::{CsrfError, InvalidToken};
use jwt_core::keys::{LoadedKey, SigningKey, VerifyingKey};
use jwt_core::{
    Algorithm, BearerHandlers, BoxError, Config, ConfigError, EncodeError, ErrorKind, JwtManager, Location,
    Policy, SameSite, SetCookies, TokenError,
};

use crate::building::assert_told;
use crate::hostile_requests::{Judge, Raw};
use crate::memos::{counting, guard};
use crate::policies::judge;
use crate::support::{
    HEADER, SECRET, authenticate, bearer, builder, decode, invalid, manager, payload, refused, request, sign,
    token,
};
use crate::support_keys::{file, public_pem};

const VALUE: &str = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6";

/// Returns a token for a cookie.
fn cookie_token() -> String {
    token(&[("csrf", &format!("\"{VALUE}\""))])
}

/// Returns a request with the token in its cookie and these other header fields.
fn with_cookie(method: &str, fields: &[(&str, &[u8])]) -> Request<()> {
    let mut request = request(method, &[]);
    let cookie = format!("access_token_cookie={}", cookie_token());
    request.headers_mut().append("cookie", cookie.parse().unwrap());
    for (name, value) in fields {
        let name: http::HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, HeaderValue::from_bytes(value).unwrap());
    }
    request
}

fn with_json(body: &str) -> Request<()> {
    let mut request = request("POST", &[]);
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    request.extensions_mut().insert(BufferedBody(Bytes::from(body.to_owned())));
    request
}

fn why(config: Config) -> ConfigError {
    builder(config).build().expect_err("it was built")
}

/// Returns the response that a client gets.
fn told(jwt: &JwtManager, request: &Request<()>) -> (StatusCode, String) {
    let policy = Policy::access();
    let answer = jwt.respond(&refused(authenticate(jwt, request, &policy)), request, &policy);
    (answer.status(), String::from_utf8(answer.body().to_vec()).unwrap())
}

#[test]
fn w01_unauthenticated_500s() {
    let places = [Location::Header, Location::Cookie, Location::QueryString, Location::Json];
    // Locations can be a set, which has no last member that a message could name.
    let config = Config::default().token_location(HashSet::from(places)).buffered_body(1 << 16);
    let judge = Judge::new(&config);
    assert_eq!(judge.verdict(&Raw(&[b", ,"]), &Policy::access()), "unauthorized");
    for body in ["[1]", "\"x\"", "5", "true", "null", "", "{"] {
        assert_eq!(judge.verdict(&with_json(body), &Policy::access()), "unauthorized", "{body}");
    }
    for body in [r#"{"access_token":"\ud800"}"#, r#"{"access_token":"\ud800.\ud800.\ud800"}"#] {
        assert_ne!(judge.verdict(&with_json(body), &Policy::access()), "passed", "{body}");
    }
    let csrf = with_cookie("POST", &[("x-csrf-token", "é".as_bytes())]);
    assert_eq!(judge.verdict(&csrf, &Policy::access()), "csrf_error");
    let csrf = with_cookie("POST", &[("x-csrf-token", b"\xff")]);
    assert_eq!(judge.verdict(&csrf, &Policy::access()), "csrf_error");
    for algorithm in ["RS256", "ES256", "EdDSA", "none", "HS512", "?"] {
        let other = sign(format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#), payload(&[]));
        assert_eq!(judge.verdict(&bearer(&other), &Policy::access()), "invalid_token", "{algorithm}");
    }
}

#[test]
fn w02_zero_lifetime_is_an_immortal_token() {
    assert_told(&why(Config::default().access_token_expires(Duration::ZERO)), "access_token_expires");
    assert_told(&why(Config::default().refresh_token_expires(Duration::ZERO)), "refresh_token_expires");
    let jwt = manager(Config::default());
    let zero = jwt.access_token("alice").expires_in(Duration::ZERO).encode();
    assert!(matches!(zero, Err(EncodeError::Lifetime)), "{zero:?}");
    // While `exp` is required, the insecure option does not help either.
    let never = jwt.access_token("alice").insecure_never_expires().encode();
    assert!(matches!(never, Err(EncodeError::NeverExpires)), "{never:?}");
}

#[test]
fn w03_claims_are_not_required() {
    let alone = manager(Config::default()).decode(&sign(HEADER, r#"{"sub":"u"}"#));
    assert!(matches!(invalid(alone), InvalidToken::ClaimMissing(_)));
    let config = Config::default().issuer("me").audience("api");
    let (iss, aud) = (("iss", "\"me\""), ("aud", "\"api\""));
    assert!(decode(config.clone(), &[iss, aud]).is_ok());
    for name in ["sub", "exp", "type", "jti", "iss", "aud"] {
        let why = invalid(decode(config.clone(), &[iss, aud, (name, "")]));
        assert_eq!(why, InvalidToken::ClaimMissing(name.into()));
    }
    // If no audience is configured, the token is meant for someone else.
    assert_eq!(invalid(decode(Config::default(), &[aud])), InvalidToken::Audience);
    // A token without `iat` is accepted, because `exp` decides the same. `required_claims` can include it.
}

#[test]
fn w04_any_unknown_type_is_access() {
    for json in ["\"app\"", "\"password_reset\"", "\"Access\"", "\"\"", "5", "null", "true", "[]", ""] {
        invalid(judge(&Config::default(), &Policy::access(), &[("type", json)]));
    }
}

/// Returns a result later, like a database.
async fn later<T>(answer: T) -> T {
    let mut asked = false;
    poll_fn(|context| {
        if asked {
            return Poll::Ready(());
        }
        asked = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    answer
}

#[test]
fn w05_async_callbacks_fail_open() {
    let new = || builder(Config::default());
    for (jwt, kind) in [
        (new().token_verification_loader(|_| later(false)), ErrorKind::TokenVerificationFailed),
        (new().user_lookup_loader(|_| later(None::<u8>)), ErrorKind::UserLookupError),
        (new().token_in_blocklist_loader(|_| later(true)), ErrorKind::RevokedToken),
    ] {
        let error = refused(authenticate(&jwt.build().unwrap(), &bearer(&token(&[])), &Policy::access()));
        assert_eq!(error.kind(), kind);
    }
    // They do not reject everything, either.
    let jwt = new()
        .token_verification_loader(|_| later(true))
        .user_lookup_loader(|_| later(Some(7_u8)))
        .token_in_blocklist_loader(|_| later(false))
        .build()
        .unwrap();
    let passed = authenticate(&jwt, &bearer(&token(&[])), &Policy::access()).unwrap();
    assert_eq!(*passed.user::<u8>().unwrap(), 7);
}

#[test]
fn w06_weak_secrets_are_accepted() {
    let build = |secret: &str| JwtManager::builder(Config::default()).secret(secret).build();
    // The last one is as long as `os.urandom(16)`.
    for secret in ["", "x", "super-secret", "0123456789abcdef"] {
        let refused = build(secret).unwrap_err();
        assert!(
            matches!(refused, ConfigError::ShortSecret { .. } | ConfigError::WellKnownSecret),
            "{secret}: {refused}"
        );
    }
    // A text that is long enough but is not a secret is rejected, too.
    assert_eq!(build(&"x".repeat(64)).unwrap_err(), ConfigError::WellKnownSecret);
    // If the secret is missing, no other secret of the application is used instead.
    let none = JwtManager::builder(Config::default()).build();
    assert!(matches!(none, Err(ConfigError::MissingKey)));
    assert!(SigningKey::from_pem(Algorithm::RS256, file("rsa1024.pem")).is_err());
    assert!(VerifyingKey::from_pem(Algorithm::RS256, file("rsa1024.pub.pem")).is_err());
}

// w07, no rotation, no reuse detection, no family: a session store has all three; the module `rotation` tests them. In
// common without a store: a refresh token can be used until it expires or the application's `token_in_blocklist_loader`
// rejects it. No documented example revokes a token for less than its lifetime.

fn texts(cookies: &SetCookies<'_>) -> Vec<String> {
    cookies.fields().unwrap().iter().map(|field| field.to_str().unwrap().to_owned()).collect()
}

#[test]
fn w08_cookies_are_insecure_by_default() {
    let config = Config::default().token_location([Location::Cookie]);
    let jwt = manager(config.clone());
    let text = jwt.access_token("alice").encode().unwrap();
    for field in texts(&jwt.access_cookies(&text)) {
        assert!(field.contains("; Secure") && field.contains("; SameSite=Lax"), "{field}");
        assert_eq!(field.contains("; HttpOnly"), field.starts_with("access_token_cookie="), "{field}");
    }
    // Cookies for other sites are Secure, too.
    let cross = manager(config.clone().cookie_same_site(SameSite::None));
    for field in texts(&cross.access_cookies(&text)) {
        assert!(field.contains("; Secure") && field.contains("; SameSite=None"), "{field}");
    }
    let host = config.access_cookie_name("__Host-access");
    assert!(builder(host.clone()).build().is_ok());
    for broken in [
        host.clone().cookie_secure(false),
        host.clone().access_cookie_path("/api"),
        host.cookie_domain("example.com"),
    ] {
        assert_told(&why(broken), "access_cookie_name");
    }
}

#[test]
fn w09_csrf_is_static_and_leaves_methods_out() {
    let jwt = manager(Config::default().token_location([Location::Cookie]));
    let csrf = |request: &Request<()>| match authenticate(&jwt, request, &Policy::access()) {
        Ok(_) => None,
        Err(TokenError::Csrf(csrf)) => Some(csrf),
        Err(other) => panic!("{other:?}"),
    };
    for method in ["POST", "PUT", "PATCH", "DELETE", "PURGE", "PROPFIND", "get", "post"] {
        assert_eq!(csrf(&with_cookie(method, &[])), Some(CsrfError::Missing), "{method}");
        assert_eq!(csrf(&with_cookie(method, &[("x-csrf-token", VALUE.as_bytes())])), None, "{method}");
    }
    // A cookie that a subdomain has set does not count, because the value is in the signed token.
    let planted = [("cookie", "csrf_access_token=mine".as_bytes()), ("x-csrf-token", b"mine")];
    assert_eq!(csrf(&with_cookie("POST", &planted)), Some(CsrfError::Mismatch));
    // In common: a value is valid as long as its token, GET and HEAD do not need one, and a login has no token to
    // protect.
    let value = || jwt.decode(&jwt.access_token("alice").encode().unwrap()).unwrap().claims()["csrf"].clone();
    assert_ne!(value(), value());
}

#[test]
fn w10_cookies_are_left_behind() {
    let config = Config::default()
        .token_location([Location::Cookie])
        .cookie_domain("example.com")
        .access_cookie_path("/api")
        .refresh_csrf_cookie_path("/app");
    let jwt = manager(config);
    let (access, refresh) =
        (jwt.access_token("alice").encode().unwrap(), jwt.refresh_token("alice").encode().unwrap());
    // A browser removes the cookie with the same name, domain, and path (RFC 6265, 5.3).
    let same = |cookies: SetCookies<'_>| -> Vec<_> {
        let fields = texts(&cookies);
        let cookies = fields.iter().map(|field| cookie::Cookie::parse(field.clone()).unwrap());
        cookies
            .map(|cookie| {
                [cookie.name(), cookie.domain().unwrap(), cookie.path().unwrap()].map(str::to_owned)
            })
            .collect()
    };
    let set = same(jwt.access_cookies(&access).and(jwt.refresh_cookies(&refresh)));
    assert_eq!(set.len(), 4);
    assert_eq!(same(jwt.unset_cookies()), set);
    // In common: if `csrf_in_cookies` is turned off, CSRF cookies from an earlier release of the service remain, but
    // they are useless; a `max_age` of zero counts as not set; a domain for a single call must be passed again.
}

#[test]
fn w11_errors_tell_details() {
    let jwt = manager(Config::default());
    for (text, said) in [
        (sign(r#"{"alg":"HS256","#, "{}"), "Invalid header string"),
        (sign(HEADER, r#"{"sub":"alice","#), "Invalid payload string"),
        (sign(HEADER, "[".repeat(5_000)), "Invalid payload string"),
        (sign(HEADER, format!(r#"{{"sub":"alice","exp":{}}}"#, "9".repeat(5_000))), ""),
        (token(&[("sub", "{\"name\":\"alice\"}")]), "Subject must be a string"),
    ] {
        let (status, body) = told(&jwt, &bearer(&text));
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(said.is_empty() || body == format!(r#"{{"msg":"{said}"}}"#), "{body}");
        for detail in ["line", "column", "char", "recursion", "limit", "digits", "alice", "999"] {
            assert!(!body.contains(detail), "{body}");
        }
    }
    // A machine-readable code that does not depend on the text.
    assert_eq!(refused(jwt.decode("x")).kind().as_str(), "invalid_token");
    // In common: "Error loading the user …" contains the identity. The client already has it in the token.
}

#[test]
fn w12_challenges_and_statuses_are_missing() {
    let jwt = manager(Config::default());
    let other = token(&[("sub", "5")]);
    for (request, status, challenge) in [
        (request("GET", &[]), StatusCode::UNAUTHORIZED, Some("Bearer")),
        (bearer(&other), StatusCode::UNPROCESSABLE_ENTITY, None),
    ] {
        let answer = jwt.respond(
            &refused(authenticate(&jwt, &request, &Policy::access())),
            &request,
            &Policy::access(),
        );
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let given = answer.headers().get("www-authenticate").map(|value| value.to_str().unwrap());
        assert_eq!(given, challenge);
    }
    // In common, because clients expect it: 422 for an invalid token, 401 for CSRF. One line changes it.
    let rfc = builder(Config::default()).error_handlers(BearerHandlers).build().unwrap();
    assert_eq!(told(&rfc, &bearer(&other)).0, StatusCode::UNAUTHORIZED);
}

#[test]
fn w13_key_loaders_come_before_the_algorithm() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let jwt = builder(Config::default())
        .decode_key_loader(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            VerifyingKey::from_secret(Algorithm::HS256, SECRET).ok().map(LoadedKey::own)
        })
        .build()
        .unwrap();
    // In common: the loader receives unverified data, as the name of the type `Unverified` says. The key that it
    // returns only works for its own algorithm, whatever the token says.
    for algorithm in ["none", "None", "HS384", "RS256", "ES256"] {
        let text = sign(format!(r#"{{"alg":"{algorithm}"}}"#), payload(&[]));
        assert_eq!(invalid(jwt.decode(&text)), InvalidToken::AlgorithmNotAllowed, "{algorithm}");
    }
    assert!(jwt.decode(&token(&[])).is_ok());
    // The loader is not called for text that is not a token.
    let before = asked.load(Ordering::Relaxed);
    for text in ["", "a.b.c", &"a".repeat(20_000), &sign(HEADER, "[]"), &sign("[]", payload(&[]))] {
        invalid(jwt.decode(text));
    }
    assert_eq!(asked.load(Ordering::Relaxed), before);
}

#[test]
fn w14_algorithms_are_mixed() {
    // The list is copied and stays the same.
    let algorithms = [Algorithm::HS384];
    let jwt = manager(Config::default().algorithm(Algorithm::HS256).decode_algorithms(algorithms));
    assert_eq!(algorithms, [Algorithm::HS384]);
    // In common: a manager accepts the tokens that it signs.
    assert!(jwt.decode(&jwt.access_token("alice").encode().unwrap()).is_ok());
    for other in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        assert!(builder(Config::default().decode_algorithms([Algorithm::HS256, other])).build().is_err());
    }
    // A public key is not a secret, because anyone can have it.
    let public = JwtManager::builder(Config::default()).secret(public_pem(Algorithm::RS256)).build();
    assert!(public.is_err());
}

#[test]
fn w15_state_leaks_from_request_to_request() {
    let (jwt, clock) = counting();
    let mut first = bearer(&token(&[]));
    guard(&jwt, &mut first, &Policy::access()).unwrap();
    assert_eq!(jwt.guarded(&first).unwrap().token().unwrap().identity(), "alice");
    assert!(jwt.guarded(&bearer(&token(&[]))).is_none(), "another request has seen no guard");
    assert!(jwt.guarded(&request("GET", &[])).is_none());
    assert!(manager(Config::default()).guarded(&first).is_none(), "nor has another manager");
    // An extractor does not repeat the verification of a guard.
    assert_eq!(clock.reads(), 1);
    authenticate(&jwt, &first, &Policy::access()).unwrap();
    assert_eq!(clock.reads(), 1);
    // No handlers are registered with the application, and no template context is changed, because there are none.
}

#[test]
fn w16_tokens_of_any_size() {
    let jwt = manager(Config::default());
    for bytes in [16 * 1024 + 1, 2_000_000] {
        let field = format!("Bearer {}", "a".repeat(bytes));
        let error = authenticate(&jwt, &Raw(&[field.as_bytes()]), &Policy::access());
        assert_eq!(invalid(error), InvalidToken::TooLarge);
    }
    let long = token(&[("x", &format!("\"{}\"", "x".repeat(16 * 1024)))]);
    assert_eq!(invalid(jwt.decode(&long)), InvalidToken::TooLarge);
    // A body is not read without a limit, either.
    let json = Config::default().token_location([Location::Json]);
    assert_told(&why(json), "buffered_body");
}

#[test]
fn w17_tokens_in_the_query_string() {
    let query = |text: &str| Request::get(format!("/?jwt={text}")).body(()).unwrap();
    let ask = |config: Config| authenticate(&manager(config), &query(&token(&[])), &Policy::access());
    assert_eq!(refused(ask(Config::default())).kind(), ErrorKind::Unauthorized);
    // In common: query strings can be enabled, although logs may contain them. The token's location is known.
    let found = ask(Config::default().token_location([Location::QueryString])).unwrap();
    assert_eq!(found.token().unwrap().location(), Some(Location::QueryString));
}

#[test]
fn w18_optional_makes_a_refused_token_anonymous() {
    let optional = Policy::access().optional();
    let failed = || later(Err::<bool, BoxError>("down".into()));
    let new = || builder(Config::default());
    for (jwt, kind) in [
        (new().token_in_blocklist_loader(|_| later(true)), ErrorKind::RevokedToken),
        (new().token_in_blocklist_loader(move |_| failed()), ErrorKind::Unavailable),
        (new().token_verification_loader(|_| later(false)), ErrorKind::TokenVerificationFailed),
        (new().token_verification_loader(move |_| failed()), ErrorKind::Unavailable),
        (new().user_lookup_loader(|_| later(None::<u8>)), ErrorKind::UserLookupError),
    ] {
        let jwt = jwt.build().unwrap();
        assert_eq!(refused(authenticate(&jwt, &bearer(&token(&[])), &optional)).kind(), kind);
        assert!(authenticate(&jwt, &request("GET", &[]), &optional).unwrap().token().is_none());
    }
}

#[test]
fn w19_the_scheme_is_compared_with_case() {
    let jwt = manager(Config::default());
    for scheme in ["Bearer", "bearer", "BEARER", "bEARER"] {
        let field = format!("{scheme} {}", token(&[]));
        assert!(authenticate(&jwt, &request("GET", &[&field]), &Policy::access()).is_ok(), "{scheme}");
    }
}

#[test]
fn w20_keys_are_read_at_every_call() {
    // A key that cannot be read is an error when it is read, and not later. Managers and loaders take keys, not PEM.
    assert!(SigningKey::from_pem(Algorithm::RS256, "no PEM").is_err());
    let key = SigningKey::from_pem(Algorithm::RS256, file("rs256.pem")).unwrap();
    let tenant = key.clone();
    let jwt = JwtManager::builder(Config::default())
        .key_pair(key)
        .encode_key_loader(move |identity| (identity == "tenant").then(|| tenant.clone()))
        .build()
        .unwrap();
    for identity in ["alice", "tenant"] {
        let text = jwt.access_token(identity).encode().unwrap();
        assert_eq!(jwt.decode(&text).unwrap().identity(), identity);
    }
}
