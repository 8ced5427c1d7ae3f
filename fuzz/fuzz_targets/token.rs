//! Tokens as text. The first byte of the input selects the kind:
//!
//! - `t`: the rest is a token. It is only accepted if it is exactly one that was signed here.
//! - `s`: the second byte selects the key and the algorithm. The rest is a header, a line feed, and a payload. They are
//!   signed, so the fuzzer gets past the signature. Tokens that are accepted must satisfy all rules.

#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, KeySet};
use jwt_core::token::jws;
use jwt_core::{BearerHandlers, Config, JwtManager, Policy, ProblemHandlers, Token, TokenError, TokenKind};
use jwt_fuzz::{AUDIENCE, HMAC, ISSUERS, Key, NOW, accepted_object, sign};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

#[derive(Clone, Copy, PartialEq)]
enum Rules {
    Strict,
    Flask,
    Ring,
    Issuers,
}

static MANAGERS: LazyLock<[(Rules, JwtManager); 4]> = LazyLock::new(|| {
    [
        (Rules::Strict, jwt_fuzz::strict(Config::default())),
        (Rules::Flask, jwt_fuzz::flask()),
        (Rules::Ring, jwt_fuzz::ring()),
        (Rules::Issuers, jwt_fuzz::issuers()),
    ]
});

/// Managers with the other error handlers.
static ANSWERS: LazyLock<[JwtManager; 2]> = LazyLock::new(|| {
    let builder = || JwtManager::builder(Config::default().realm("a \"realm\"")).secret(Key::Own.secret());
    [
        jwt_fuzz::manager(builder().error_handlers(BearerHandlers)),
        jwt_fuzz::manager(builder().error_handlers(ProblemHandlers)),
    ]
});

static KEYS: LazyLock<[KeySet; 2]> = LazyLock::new(|| {
    let several =
        [(Key::Own, Algorithm::HS256), (Key::Second, Algorithm::HS256), (Key::Own, Algorithm::HS512)];
    [
        KeySet::single(jwt_fuzz::verifying(Key::Own, Algorithm::HS256)),
        KeySet::new(several.map(|(key, algorithm)| jwt_fuzz::verifying(key, algorithm))).unwrap(),
    ]
});

const CLAIMS: &str = r#"{"sub":"alice","type":"access","jti":"1","iat":1899999999,"exp":1900000900}"#;
const AT_CLAIMS: &str =
    r#"{"iss":"https://a.example","aud":"api","sub":"a","client_id":"c","jti":"1","iat":1,"exp":1900000900}"#;

/// All tokens that were ever signed. The seeds contain them.
static ISSUED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut issued = Vec::new();
    for algorithm in HMAC {
        issued.push(sign(
            Key::Own,
            algorithm,
            format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#).as_bytes(),
            CLAIMS.as_bytes(),
        ));
    }
    let kid = br#"{"alg":"HS256","kid":"Second-HS256","typ":"JWT"}"#;
    issued.push(sign(Key::Second, Algorithm::HS256, kid, CLAIMS.as_bytes()));
    let at = br#"{"alg":"HS256","typ":"at+jwt"}"#;
    issued.push(sign(Key::IssuerA, Algorithm::HS256, at, AT_CLAIMS.as_bytes()));
    issued
});

fuzz_target!(|data: &[u8]| {
    match data {
        [b't', text @ ..] => raw(text),
        [b's', choice, json @ ..] => {
            let split = json.iter().position(|byte| *byte == b'\n').unwrap_or(json.len());
            let (header, payload) = json.split_at(split);
            signed(*choice, header, payload.get(1..).unwrap_or_default());
        }
        _ => {}
    }
});

fn raw(text: &[u8]) {
    let known = || ISSUED.iter().any(|issued| issued.as_bytes() == text);
    for keys in &*KEYS {
        if jws::verify(text, keys).is_ok() {
            assert!(known(), "a JWS that nobody signed");
        }
    }
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    for (rules, manager) in &*MANAGERS {
        let decoded = manager.decode(text);
        if let Ok(_) | Err(TokenError::Expired(_)) = &decoded {
            assert!(known(), "a token that nobody signed");
        }
        over_http(*rules, manager, text, &decoded);
    }
}

fn signed(choice: u8, header: &[u8], payload: &[u8]) {
    let key = Key::ALL[usize::from(choice / 3) % Key::ALL.len()];
    let algorithm = HMAC[usize::from(choice % 3)];
    let text = sign(key, algorithm, header, payload);
    for (keys, several) in KEYS.iter().zip([false, true]) {
        if let Ok(jws) = jws::verify(&text, keys) {
            assert!(key == Key::Own || several && key == Key::Second, "the key of a stranger");
            assert_eq!(jws.header().as_bytes(), header);
            assert_eq!(jws.payload(), payload);
            assert_eq!(jws.algorithm(), algorithm);
            check_header(header, key, algorithm, several);
        }
    }
    for (rules, manager) in &*MANAGERS {
        let decoded = manager.decode(&text);
        match &decoded {
            Ok(token) => check(*rules, key, algorithm, header, payload, token, false),
            Err(TokenError::Expired(token)) => check(*rules, key, algorithm, header, payload, token, true),
            Err(error) => assert!(matches!(error, TokenError::Invalid(_)), "decode checks nothing else"),
        }
        over_http(*rules, manager, &text, &decoded);
    }
}

fn check_header(json: &[u8], key: Key, algorithm: Algorithm, has_ids: bool) -> Map<String, Value> {
    let header = accepted_object(json);
    assert_eq!(header.get("alg").and_then(Value::as_str), Some(algorithm.as_str()));
    for name in ["crit", "b64"] {
        assert!(!header.contains_key(name), "{name} was accepted");
    }
    if let Some(kid) = header.get("kid") {
        assert!(kid.is_string());
        assert!(!has_ids || *kid == format!("{key:?}-{algorithm}"), "the key of another kid");
    }
    header
}

fn check(
    rules: Rules,
    key: Key,
    algorithm: Algorithm,
    header: &[u8],
    payload: &[u8],
    token: &Token,
    expired: bool,
) {
    let has_ids = rules == Rules::Ring || matches!(key, Key::IssuerA | Key::IssuerB);
    let header = check_header(header, key, algorithm, has_ids);
    let claims = accepted_object(payload);
    let is_at = rules == Rules::Issuers && key == Key::IssuerA;
    match rules {
        Rules::Strict => assert!(key == Key::Own && algorithm == Algorithm::HS256),
        Rules::Flask => assert!(key == Key::Own),
        Rules::Ring => assert!(
            key == Key::Own && algorithm != Algorithm::HS384
                || key == Key::Second && algorithm == Algorithm::HS256
        ),
        Rules::Issuers => {
            assert_eq!(algorithm, Algorithm::HS256);
            let iss = claims.get("iss").and_then(Value::as_str);
            match key {
                Key::Own => assert!(!ISSUERS.iter().any(|issuer| Some(*issuer) == iss)),
                Key::IssuerA => assert_eq!(iss, Some(ISSUERS[0])),
                Key::IssuerB => assert_eq!(iss, Some(ISSUERS[1])),
                Key::Second | Key::Stranger => panic!("the key of a stranger"),
            }
        }
    }
    let typ = header.get("typ").map(|typ| typ.as_str().map(str::to_ascii_lowercase));
    match (is_at, typ) {
        (true, typ) => {
            assert!(matches!(typ, Some(Some(typ)) if typ == "at+jwt" || typ == "application/at+jwt"));
        }
        (false, typ) if rules != Rules::Flask => {
            assert!(typ.is_none_or(|typ| matches!(typ.as_deref(), Some("jwt" | "application/jwt"))));
        }
        _ => {}
    }
    check_times(&claims, expired);
    check_claims(rules, key, is_at, &claims, token);
    assert_eq!(token.header(), header);
}

fn check_times(claims: &Map<String, Value>, expired: bool) {
    let time = |name| claims.get(name).map(|time| time.as_f64().expect("a time is a number"));
    let now = NOW as f64;
    assert!(time("iat").is_none_or(|iat| iat <= now + 5.0));
    assert!(time("nbf").is_none_or(|nbf| nbf <= now + 5.0));
    match time("exp") {
        Some(exp) => assert_eq!(expired, exp <= now),
        None => assert!(!expired),
    }
}

fn check_claims(rules: Rules, key: Key, is_at: bool, claims: &Map<String, Value>, token: &Token) {
    let claim = |name: &str| claims.get(name);
    let text = |name: &str| claim(name).and_then(Value::as_str);
    assert_eq!(text("sub"), Some(token.identity()));
    assert_eq!(claim("sub"), Some(&token.identity_value()));
    assert_eq!(text("jti"), token.id());
    assert!(claim("jti").is_none_or(Value::is_string));
    if !is_at {
        assert_eq!(text("type").unwrap_or("access"), token.kind());
    }
    if rules != Rules::Flask {
        assert!(!token.identity().is_empty(), "an empty identity");
        assert!(token.expires_at().is_some(), "exp must be present and a date");
        assert_eq!(text("iss"), token.issuer());
        assert!(claim("iss").is_none_or(Value::is_string));
        let names: &[&str] = match (rules, key) {
            (Rules::Issuers, Key::IssuerA) => &["iss", "exp", "aud", "sub", "client_id", "iat", "jti"],
            (Rules::Issuers, Key::IssuerB) => &["iss", "exp", "aud", "type"],
            _ => &["exp", "type", "jti"],
        };
        assert!(names.iter().all(|name| claim(name).is_some()), "a required claim is missing");
        assert!(is_at || claim("type").is_none_or(Value::is_string));
        let is_issuers = rules == Rules::Issuers && matches!(key, Key::IssuerA | Key::IssuerB);
        match claim("aud") {
            None => assert!(!is_issuers),
            Some(Value::String(aud)) => assert!(is_issuers && aud == AUDIENCE),
            Some(Value::Array(aud)) => {
                assert!(
                    is_issuers && aud.iter().all(Value::is_string) && aud.iter().any(|aud| aud == AUDIENCE)
                );
            }
            Some(_) => panic!("aud is neither text nor list"),
        }
        let fresh = claim("fresh");
        assert!(fresh.is_none_or(|fresh| fresh.is_boolean() || fresh.is_number()));
    }
    let fresh = match claim("fresh") {
        Some(Value::Bool(fresh)) => *fresh,
        Some(Value::Number(end)) => end.as_f64().is_some_and(|end| end >= NOW as f64),
        _ => false,
    };
    assert_eq!(fresh, token.is_fresh_at(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)));

    let mut shown = token.claims();
    for (name, default) in
        [("type", Value::from("access")), ("fresh", Value::from(false)), ("jti", Value::Null)]
    {
        if !claims.contains_key(name) {
            assert_eq!(shown.remove(name), Some(default));
        }
    }
    assert_eq!(shown, *claims);
    assert_eq!(token.claims_as::<Map<String, Value>>().unwrap(), *claims);
    let scopes: Vec<&str> = match claim("scope") {
        Some(Value::String(scopes)) => scopes.split(' ').collect(),
        Some(Value::Array(scopes)) => scopes.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    for scope in ["read", "write", "", "read write"] {
        let has = !scope.is_empty() && !scope.contains(' ') && scopes.contains(&scope);
        assert_eq!(token.has_scope(scope), has);
    }
}

/// Checks that a request with the token gets the same result as the token, twice, and that every error has a response.
/// The tokens of other issuers and those that are bound to a key are decoded, but not accepted as any token is.
fn over_http(rules: Rules, manager: &JwtManager, text: &str, decoded: &Result<Token, TokenError>) {
    let Ok(request) = http::Request::builder().header("Authorization", format!("Bearer {text}")).body(())
    else {
        return;
    };
    if text.is_empty() || text.bytes().any(|byte| byte == b',' || byte.is_ascii_whitespace()) {
        return;
    }
    let is_bound = |token: &Token| rules != Rules::Flask && token.claim("cnf").is_some();
    let is_foreign = |token: &Token| {
        rules == Rules::Issuers && token.issuer().is_some_and(|issuer| ISSUERS.contains(&issuer))
    };
    for _ in 0..2 {
        let checked = manager.check(&request, &Policy::any().any_issuer());
        match (&checked, decoded) {
            (Ok(_), Ok(token)) => assert!(!is_bound(token) && !is_foreign(token)),
            (Err(TokenError::Invalid(InvalidToken::Confirmation)), Ok(token)) => assert!(is_bound(token)),
            (Err(TokenError::Invalid(InvalidToken::Issuer)), Ok(token)) => assert!(is_foreign(token)),
            (Err(error), Err(expected)) => {
                assert_eq!(error.kind(), expected.kind());
                answer(manager, error, &request);
                for manager in &*ANSWERS {
                    answer(manager, error, &request);
                }
            }
            _ => panic!("decode() and check() do not agree"),
        }
    }
    for kind in [TokenKind::ACCESS, TokenKind::REFRESH, TokenKind::custom("reset")] {
        for any_issuer in [false, true] {
            let policy = Policy::of(kind);
            let policy = if any_issuer { policy.any_issuer() } else { policy };
            if manager.check(&request, &policy).is_ok() {
                let token = decoded.as_ref().unwrap();
                let is_access = kind == TokenKind::ACCESS && token.kind() != "refresh";
                assert!(token.kind() == kind.as_str() || is_access, "a token was accepted as another kind");
                assert!(!is_bound(token), "a bound token was accepted");
                assert!(!is_foreign(token) || any_issuer && is_access, "a foreign token was accepted");
            }
        }
    }
}

fn answer(manager: &JwtManager, error: &TokenError, request: &http::Request<()>) {
    let answer = manager.respond(error, request, &Policy::access());
    assert!(answer.status().is_client_error());
    let unauthorized = answer.status() == http::StatusCode::UNAUTHORIZED;
    assert!(!unauthorized || answer.headers().contains_key("www-authenticate"));
    assert_eq!(answer.headers()["cache-control"], "no-store");
}
