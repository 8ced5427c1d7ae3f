//! Checks that the real flask-jwt-extended accepts tokens from this library, and the other way around.

mod flask;
mod install;

use std::fmt;
use std::time::{Duration, SystemTime};

use cookie::Cookie;
use flask::Flask;
use jwt_core::error::InvalidToken;
use jwt_core::keys::{Backend, SigningKey};
use jwt_core::{Algorithm, Config, JwtManager, Location, Policy, Token, TokenError, TokenKind};
use serde_json::{Map, Value, json};

const SECRET: &str = "nQvWys81vp7hB1dx8PpD5KHXe3PYiGkPAuNaRL63xYKwzEInncIIA3ANxN9K3KSU9Mi4roNL";
const IDENTITY: &str = "Zoë 東京 \u{1F600}";

macro_rules! key {
    ($name:literal) => {
        include_str!(concat!("../../../jwt-core/tests/keys/", $name, ".pem"))
    };
}

/// Each algorithm with its private and public key. For HMAC, both are the secret.
const ALGORITHMS: [(Algorithm, &str, &str); 4] = [
    (Algorithm::HS256, "", ""),
    (Algorithm::RS256, key!("rs256"), key!("rs256.pub")),
    (Algorithm::ES256, key!("es256"), key!("es256.pub")),
    (Algorithm::EdDSA, key!("ed25519"), key!("ed25519.pub")),
];

/// Each kind of token, with the other kind.
const KINDS: [[TokenKind; 2]; 2] =
    [[TokenKind::ACCESS, TokenKind::REFRESH], [TokenKind::REFRESH, TokenKind::ACCESS]];

/// The settings that both sides share.
#[derive(Clone, Copy)]
struct Setting {
    algorithm: Algorithm,
    private: &'static str,
    public: &'static str,
    csrf: bool,
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, csrf {}", self.algorithm, self.csrf)
    }
}

fn settings() -> impl Iterator<Item = Setting> {
    ALGORITHMS.into_iter().flat_map(|(algorithm, private, public)| {
        [true, false].map(|csrf| Setting { algorithm, private, public, csrf })
    })
}

impl Setting {
    fn options(&self) -> Value {
        json!({
            "JWT_ALGORITHM": self.algorithm.as_str(),
            "JWT_SECRET_KEY": SECRET,
            "JWT_PRIVATE_KEY": self.private,
            "JWT_PUBLIC_KEY": self.public,
            "JWT_TOKEN_LOCATION": ["headers", "cookies"],
            "JWT_COOKIE_CSRF_PROTECT": self.csrf,
        })
    }

    fn manager(&self, config: Config, backend: Backend) -> JwtManager {
        let config = config.token_location([Location::Header, Location::Cookie]);
        let config = config.cookie_csrf_protect(self.csrf).csrf_claim(self.csrf);
        let builder = JwtManager::builder(config).backend(backend);
        let builder = match self.algorithm {
            Algorithm::HS256 => builder.secret(SECRET),
            algorithm => builder.key_pair(SigningKey::from_pem(algorithm, self.private).unwrap()),
        };
        builder.build().unwrap()
    }

    /// Managers with both presets, on each crypto library.
    fn managers(&self) -> impl Iterator<Item = JwtManager> {
        let presets = [Config::default(), Config::flask_compatible()];
        presets.into_iter().flat_map(move |config| {
            Backend::all().iter().map(move |&backend| self.manager(config.clone(), backend))
        })
    }
}

/// The additional claims of every token.
fn claims() -> Map<String, Value> {
    let claims =
        json!({ "role": ["a", 1.5, null, { "größe \u{1F600}": true }], "比": -3, "text": "\"\\\u{0}é" });
    serde_json::from_value(claims).unwrap()
}

fn check(jwt: &JwtManager, request: &http::Request<()>, policy: &Policy) -> Result<Token, TokenError> {
    jwt.complete_now(jwt.check(request, policy)?).expect("no loader to ask")?.into_token()
}

fn get(token: &str) -> http::Request<()> {
    http::Request::get("/").header("Authorization", format!("Bearer {token}")).body(()).unwrap()
}

/// Returns copies of the token, each with one character changed. The change affects the highest of the character's six
/// bits, because the lowest bits of the last character are unused and Python ignores them.
fn altered(token: &str) -> Vec<String> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let at = |place: usize| {
        let mut bytes = token.as_bytes().to_vec();
        let value = ALPHABET.iter().position(|byte| *byte == bytes[place]);
        bytes[place] = value.map_or(b'A', |value| ALPHABET[value ^ 0b10_0000]);
        String::from_utf8(bytes).unwrap()
    };
    (0..token.len()).map(at).collect()
}

/// Returns what a browser would send after these `Set-Cookie` fields: the `Cookie` field, and the CSRF value of this
/// kind of token.
fn kept(fields: &[String], kind: TokenKind) -> (String, Option<String>) {
    let cookies: Vec<_> = fields.iter().map(|field| Cookie::parse(field).unwrap()).collect();
    let field: Vec<_> = cookies.iter().map(|cookie| cookie.stripped().to_string()).collect();
    let csrf = cookies.iter().find(|cookie| cookie.name() == format!("csrf_{kind}_token"));
    (field.join("; "), csrf.map(|cookie| cookie.value().to_owned()))
}

/// Requests with a cookie: the method, the value of the CSRF header field, and whether the request is accepted.
fn attempts(csrf: Option<&str>) -> [(&str, Option<&str>, bool); 4] {
    let open = csrf.is_none();
    [("GET", None, true), ("POST", None, open), ("POST", Some("another"), open), ("POST", csrf, true)]
}

#[test]
fn the_library_is_the_real_one() {
    let mut flask = Flask::start();
    for (package, version) in install::pinned() {
        assert_eq!(flask.version(package), version, "{package}");
    }
    assert!(install::pinned().any(|package| package == ("flask-jwt-extended", "4.7.4")));
}

#[test]
fn flask_accepts_what_is_issued_here() {
    let mut flask = Flask::start();
    for setting in settings() {
        flask.configure(&setting.options());
        for jwt in setting.managers() {
            for [kind, other] in KINDS {
                let token = jwt.token(kind, IDENTITY).claims(&claims()).encode().unwrap();
                let mut ours = jwt.decode(&token).unwrap().claims();
                ours.extend(claims());
                assert_eq!(ours.contains_key("csrf"), setting.csrf, "{setting:?} {kind}");
                assert_eq!(flask.decode(&[&token]), [Ok(ours.clone())], "{setting:?} {kind}");
                let shown = json!({ "identity": IDENTITY, "claims": ours });
                assert_eq!(flask.get(&format!("/{kind}"), &token), (200, shown), "{setting:?} {kind}");
                assert_eq!(flask.get(&format!("/{other}"), &token).0, 422, "{setting:?} {kind}");
            }
        }
    }
}

#[test]
fn what_flask_issues_is_accepted_here() {
    let mut flask = Flask::start();
    for setting in settings() {
        flask.configure(&setting.options());
        for [kind, other] in KINDS {
            let text = flask.issue(kind, &json!({}));
            let mut theirs = flask.decode(&[&text]).remove(0).unwrap();
            theirs.extend(claims());
            assert_eq!(theirs.contains_key("csrf"), setting.csrf, "{setting:?} {kind}");
            for jwt in setting.managers() {
                for token in [jwt.decode(&text), check(&jwt, &get(&text), &Policy::of(kind))] {
                    let token = token.unwrap_or_else(|error| panic!("{setting:?} {kind}: {error:?}"));
                    assert_eq!(token.identity(), IDENTITY, "{setting:?} {kind}");
                    assert_eq!(token.kind(), kind.as_str(), "{setting:?} {kind}");
                    assert_eq!(token.claims(), theirs, "{setting:?} {kind}");
                }
                let refused = check(&jwt, &get(&text), &Policy::of(other));
                let of_other_kind = matches!(refused, Err(TokenError::Invalid(InvalidToken::Kind(_))));
                assert!(of_other_kind, "{setting:?} {kind}: {refused:?}");
            }
        }
    }
}

#[test]
fn a_token_that_is_altered_in_one_character_is_refused_by_both() {
    let mut flask = Flask::start();
    for setting in settings().filter(|setting| setting.csrf) {
        flask.configure(&setting.options());
        let managers: Vec<_> = setting.managers().collect();
        for [kind, _] in KINDS {
            let ours = managers[0].token(kind, IDENTITY).encode().unwrap();
            for token in [ours, flask.issue(kind, &json!({}))] {
                let altered = altered(&token);
                for (text, theirs) in altered.iter().zip(flask.decode(&altered)) {
                    assert!(theirs.is_err(), "{setting:?} {kind}: {token} as {text}");
                    for jwt in &managers {
                        assert!(jwt.decode(text).is_err(), "{setting:?} {kind}: {token} as {text}");
                    }
                }
                let last = altered.last().unwrap();
                assert_eq!(flask.get(&format!("/{kind}"), last).0, 422, "{setting:?} {kind}");
            }
        }
    }
}

#[test]
fn cookies_that_are_set_here_open_the_routes_of_flask() {
    let mut flask = Flask::start();
    for setting in settings() {
        flask.configure(&setting.options());
        for jwt in setting.managers() {
            for [kind, other] in KINDS {
                let token = jwt.token(kind, IDENTITY).encode().unwrap();
                let set = match kind {
                    TokenKind::REFRESH => jwt.refresh_cookies(&token),
                    _ => jwt.access_cookies(&token),
                };
                let fields = set.fields().unwrap();
                let fields: Vec<_> = fields.iter().map(|field| field.to_str().unwrap().to_owned()).collect();
                let (_, csrf) = kept(&fields, kind);
                assert_eq!(csrf.is_some(), setting.csrf, "{setting:?} {kind}");
                for (method, value, passes) in attempts(csrf.as_deref()) {
                    let headers = value.map_or(json!({}), |value| json!({ "X-CSRF-TOKEN": value }));
                    let status = flask.send([method, &format!("/{kind}")], &headers, &fields).0;
                    assert_eq!(
                        status,
                        if passes { 200 } else { 401 },
                        "{setting:?} {kind} {method} {value:?}"
                    );
                    let status = flask.send([method, &format!("/{other}")], &headers, &fields).0;
                    assert_eq!(status, 401, "{setting:?} {kind} {method} {value:?}");
                }
            }
        }
    }
}

#[test]
fn cookies_that_flask_sets_are_accepted_here() {
    let mut flask = Flask::start();
    for setting in settings() {
        flask.configure(&setting.options());
        for [kind, other] in KINDS {
            let token = flask.issue(kind, &json!({}));
            let (field, csrf) = kept(&flask.set_cookies(kind, &token), kind);
            assert_eq!(csrf.is_some(), setting.csrf, "{setting:?} {kind}");
            for jwt in setting.managers() {
                for (method, value, passes) in attempts(csrf.as_deref()) {
                    let mut request = http::Request::builder().method(method).header("Cookie", &field);
                    if let Some(value) = value {
                        request = request.header("X-CSRF-TOKEN", value);
                    }
                    let request = request.body(()).unwrap();
                    let as_expected = match check(&jwt, &request, &Policy::of(kind)) {
                        Ok(token) => passes && token.location() == Some(Location::Cookie),
                        Err(error) => !passes && matches!(error, TokenError::Csrf(_)),
                    };
                    assert!(as_expected, "{setting:?} {kind} {method} {value:?}");
                    let refused = check(&jwt, &request, &Policy::of(other));
                    assert!(
                        matches!(refused, Err(TokenError::Missing(_))),
                        "{setting:?} {kind}: {refused:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_is_fresh_is_fresh_on_both_sides() {
    const HOUR: Duration = Duration::from_secs(60 * 60);
    let mut flask = Flask::start();
    for setting in settings() {
        flask.configure(&setting.options());
        for jwt in setting.managers() {
            let token = || jwt.access_token(IDENTITY);
            let past = SystemTime::now() - HOUR;
            for (ours, theirs, is_fresh) in [
                (token(), json!(false), false),
                (token().fresh(), json!(true), true),
                (token().fresh_for(HOUR), json!(3600), true),
                (token().fresh_until(past), json!(-3600), false),
            ] {
                let status = flask.get("/fresh", &ours.encode().unwrap()).0;
                assert_eq!(status, if is_fresh { 200 } else { 401 }, "{setting:?} {theirs}");
                let text = flask.issue(TokenKind::ACCESS, &json!({ "fresh": theirs }));
                let as_expected = match check(&jwt, &get(&text), &Policy::access().fresh()) {
                    Ok(token) => is_fresh && token.is_fresh_at(SystemTime::now()),
                    Err(error) => !is_fresh && matches!(error, TokenError::NotFresh(_)),
                };
                assert!(as_expected, "{setting:?} {theirs}");
            }
        }
    }
}

#[test]
fn what_has_expired_has_expired_on_both_sides() {
    let past = SystemTime::now() - Duration::from_secs(60);
    let mut flask = Flask::start();
    for setting in settings() {
        flask.configure(&setting.options());
        for [kind, _] in KINDS {
            let theirs = flask.issue(kind, &json!({ "expires_in": -60 }));
            for jwt in setting.managers() {
                let ours = jwt.token(kind, IDENTITY).expires_at(past).encode().unwrap();
                let expired = Err("ExpiredSignatureError".to_owned());
                assert_eq!(flask.decode(&[&ours]), [expired], "{setting:?} {kind}");
                let refused = jwt.decode(&theirs);
                assert!(matches!(refused, Err(TokenError::Expired(_))), "{setting:?} {kind}: {refused:?}");
            }
        }
    }
}

/// A service that turns on CSRF protection still has clients with older tokens.
#[test]
fn a_cookie_without_a_csrf_value_is_refused_where_both_want_one() {
    let mut flask = Flask::start();
    for wanted in settings().filter(|setting| setting.csrf) {
        let before = Setting { csrf: false, ..wanted };
        flask.configure(&before.options());
        let theirs = flask.issue(TokenKind::ACCESS, &json!({}));
        let theirs = flask.set_cookies(TokenKind::ACCESS, &theirs);
        flask.configure(&wanted.options());
        for (jwt, old) in wanted.managers().zip(before.managers()) {
            let ours = old.access_token(IDENTITY).encode().unwrap();
            let cookie = format!("access_token_cookie={ours}");
            let headers = json!({ "X-CSRF-TOKEN": "any" });
            assert_eq!(flask.send(["POST", "/access"], &headers, &[cookie]).0, 422, "{wanted:?}");

            let request = http::Request::post("/").header("Cookie", kept(&theirs, TokenKind::ACCESS).0);
            let request = request.header("X-CSRF-TOKEN", "any").body(()).unwrap();
            let refused = check(&jwt, &request, &Policy::access());
            let is_missing = matches!(refused, Err(TokenError::Invalid(InvalidToken::ClaimMissing(_))));
            assert!(is_missing, "{wanted:?}: {refused:?}");
        }
    }
}
