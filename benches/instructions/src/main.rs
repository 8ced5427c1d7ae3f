//! Runs one operation the given number of times and prints nothing, so `scripts/instructions.sh` can count the
//! instructions:
//!
//! ```sh
//! cargo run --release -p bench-instructions                     # the cases, and how often each is worth running
//! cargo run --release -p bench-instructions -- check-hs256 1000
//! ```
//!
//! Keys, tokens, and the clock are fixed, so the same program always has the same count.

mod issuer;
mod observed;
mod theirs;
mod tokens;

use std::env;
use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, UNIX_EPOCH};

use http::Request;
use jwt_core::keys::SigningKey;
use jwt_core::{Algorithm, Config, JwtManager, Location, Policy};

use crate::tokens::{EDDSA, ES256, HS256, RS256, SECRET};

/// Long after the tokens were issued, and long before they expire.
const NOW: Duration = Duration::from_secs(1_800_000_000);

/// The cases by name, and how often each runs, which is enough for a count of some millions. ECDSA runs more often,
/// because its cost depends on random numbers.
const CASES: [(&str, u32); 26] = [
    ("check-cookie-hs256", 1000),
    ("check-eddsa", 30),
    ("check-es256", 100),
    ("check-hs256", 1000),
    ("check-issuer", 1000),
    ("check-remote", 1000),
    ("check-rs256", 100),
    ("check-scopes", 1000),
    ("check-scopes-not-required", 1000),
    ("check-session", 1000),
    ("check-session-with-subscriber", 1000),
    ("decode-hs256", 1000),
    ("encode-eddsa", 100),
    ("encode-es256", 1000),
    ("encode-hs256", 1000),
    ("encode-rs256", 10),
    ("refuse-alg", 1000),
    ("refuse-cookies", 1000),
    ("refuse-expired", 1000),
    ("refuse-signature", 1000),
    ("refuse-size", 1000),
    ("respond-expired", 1000),
    ("respond-expired-with-subscriber", 1000),
    ("jsonwebtoken-decode-hs256", 1000),
    ("jsonwebtoken-encode-hs256", 1000),
    ("jsonwebtoken-refuse-signature", 1000),
];

type Operation = Box<dyn FnMut()>;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    match &arguments[..] {
        [] => {
            for (name, times) in CASES {
                println!("{name} {times}");
            }
        }
        [name, times] => {
            let (Some(mut operation), Ok(times)) = (operation(name), times.parse::<u32>()) else {
                eprintln!("no such case: {name} {times}");
                return ExitCode::FAILURE;
            };
            for _ in 0..times {
                operation();
            }
        }
        _ => {
            eprintln!("usage: bench-instructions [CASE TIMES]");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn operation(name: &str) -> Option<Operation> {
    // Change a character at the start of the signature.
    let forged = HS256.replacen(".HS5r", ".IS5r", 1);
    Some(match name {
        "check-cookie-hs256" => check_cookie(),
        "check-eddsa" => check("EdDSA", EDDSA, true),
        "check-es256" => check("ES256", ES256, true),
        "check-hs256" => check("HS256", HS256, true),
        "check-issuer" => issuer::check(false),
        "check-remote" => issuer::check(true),
        "check-rs256" => check("RS256", RS256, true),
        "check-scopes" => check_scopes(Policy::access().scopes(&["orders:read", "orders:write", "profile"])),
        "check-scopes-not-required" => check_scopes(Policy::access()),
        "check-session" => observed::check_session(false),
        "check-session-with-subscriber" => observed::check_session(true),
        "decode-hs256" => {
            let jwt = manager("HS256", NOW);
            Box::new(move || assert!(black_box(jwt.decode(black_box(HS256))).is_ok()))
        }
        "encode-eddsa" => encode("EdDSA"),
        "encode-es256" => encode("ES256"),
        "encode-hs256" => encode("HS256"),
        "encode-rs256" => encode("RS256"),
        "refuse-cookies" => refuse_cookies(),
        "refuse-alg" => check("HS256", ES256, false),
        "refuse-expired" => check_at(NOW * 3, "HS256", HS256, false),
        "refuse-signature" => check("HS256", &forged, false),
        "refuse-size" => check("HS256", &"a".repeat(16 * 1024 + 1), false),
        "respond-expired" => observed::respond_to_expired(false),
        "respond-expired-with-subscriber" => observed::respond_to_expired(true),
        "jsonwebtoken-decode-hs256" => theirs::decode(HS256, true),
        "jsonwebtoken-encode-hs256" => theirs::encode(),
        "jsonwebtoken-refuse-signature" => theirs::decode(&forged, false),
        _ => return None,
    })
}

fn manager(algorithm: &str, now: Duration) -> JwtManager {
    macro_rules! key {
        ($name:literal) => {
            include_str!(concat!("../../../jwt-core/tests/keys/", $name, ".pem"))
        };
    }
    let algorithm: Algorithm = algorithm.parse().expect("a known algorithm");
    let builder = JwtManager::builder(Config::default()).clock(move || UNIX_EPOCH + now);
    let pem = match algorithm {
        Algorithm::RS256 => key!("rs256"),
        Algorithm::ES256 => key!("es256"),
        Algorithm::EdDSA => key!("ed25519"),
        _ => return builder.secret(SECRET).build().expect("a secret that is long enough"),
    };
    builder.key_pair(SigningKey::from_pem(algorithm, pem).expect("a key")).build().expect("a manager")
}

/// Checks a request whose token has three scopes.
fn check_scopes(policy: Policy) -> Operation {
    let jwt = manager("HS256", NOW);
    let token = jwt.access_token("alice").scopes(["orders:read", "orders:write", "profile"]).encode();
    let authorization = format!("Bearer {}", token.expect("a token"));
    let request = Request::builder().header("Authorization", authorization).body(()).expect("a request");
    Box::new(move || {
        let checked = jwt.check(black_box(&request), &policy).expect("a good token");
        assert!(matches!(black_box(jwt.complete_now(checked)), Ok(Ok(_))));
    })
}

/// Checks a request that has the token in its header field.
fn check(algorithm: &str, token: &str, accepted: bool) -> Operation {
    check_at(NOW, algorithm, token, accepted)
}

fn check_at(now: Duration, algorithm: &str, token: &str, accepted: bool) -> Operation {
    // Like that of a guard or an extractor, it exists once and is not created for each request.
    static POLICY: Policy = Policy::access();
    let jwt = manager(algorithm, now);
    let request = Request::builder().header("Authorization", format!("Bearer {token}")).body(());
    let request = request.expect("a request");
    Box::new(move || {
        let checked = black_box(jwt.check(black_box(&request), &POLICY));
        assert_eq!(checked.is_ok(), accepted);
    })
}

/// Checks a request that has the token in a cookie between others.
fn check_cookie() -> Operation {
    let cookies = format!("theme=dark; csrf_access_token=x; access_token_cookie={HS256}; consent=all");
    with_cookies(&cookies, true)
}

/// Checks a request with 4,096 bytes of cookies, none of which has a token.
fn refuse_cookies() -> Operation {
    with_cookies(&"some_cookie=some-value-of-it; ".repeat(137)[..4096], false)
}

fn with_cookies(cookies: &str, accepted: bool) -> Operation {
    // Like that of a guard or an extractor, it exists once and is not created for each request.
    static POLICY: Policy = Policy::access();
    let config = Config::default().token_location([Location::Cookie]);
    let jwt = JwtManager::builder(config).clock(|| UNIX_EPOCH + NOW).secret(SECRET).build();
    let jwt = jwt.expect("a secret that is long enough");
    let request = Request::builder().header("Cookie", cookies).body(()).expect("a request");
    Box::new(move || {
        let checked = black_box(jwt.check(black_box(&request), &POLICY));
        assert_eq!(checked.is_ok(), accepted);
    })
}

fn encode(algorithm: &str) -> Operation {
    let jwt = manager(algorithm, NOW);
    Box::new(move || assert!(black_box(jwt.access_token(black_box(tokens::SUBJECT)).encode()).is_ok()))
}
