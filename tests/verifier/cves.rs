//! Attacks that broke other libraries. Each test is named after the first report of its kind; later reports are listed
//! with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jwt_core::error::{InvalidToken, SegmentCount};
use jwt_core::keys::{Backend, KeyRing, KeySet, SigningKey, VerifyingKey};
use jwt_core::token::jws;
use jwt_core::{Algorithm, Config, ConfigError, Issuer, JwtManager, Policy, Token, TokenError};
use serde_json::{Value, json};

use crate::support::{
    AUDIENCE, ISSUER, Keys, LATER, Log, NOW, Raw, SECRET, accepts, algorithm, at, configs,
    keep_second_subscriber, key, payload, pem, public_key, segment, sign_with_secret, signing_key,
};

const FAMILIES: [&str; 6] = ["HS256", "RS256", "PS256", "ES256", "ES384", "EdDSA"];

/// Managers of every family, preset, and backend, with single keys and with rings.
fn managers() -> Vec<JwtManager> {
    let mut managers = Vec::new();
    for config in configs() {
        for &backend in Backend::all() {
            let builder = || JwtManager::builder(config.clone()).backend(backend).clock(|| at(NOW));
            for name in FAMILIES {
                managers.push(builder().key_pair(signing_key(name)).build().unwrap());
                if name != "HS256" {
                    managers.push(builder().public_key(public_key(name)).build().unwrap());
                }
            }
            let ring = KeyRing::new(signing_key("HS256").with_id("secret"));
            let public = ["RS256", "ES256", "ES384", "EdDSA"].map(public_key);
            managers.push(
                builder().keys(public.into_iter().fold(ring, KeyRing::with_verifying_key)).build().unwrap(),
            );
        }
    }
    managers
}

#[track_caller]
fn assert_refused(managers: &[JwtManager], token: &str, what: &str) {
    let accepted = managers.iter().position(|jwt| accepts(jwt, token) || jwt.decode(token).is_ok());
    assert_eq!(accepted, None, "{what}: {}", token.get(..200).unwrap_or(token));
}

fn hs256(config: Config) -> JwtManager {
    Keys::of("HS256").manager(config, Backend::default())
}

fn sign(header: &str, payload: impl AsRef<[u8]>) -> String {
    Keys::of("HS256").sign(header, payload)
}

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn invalid(result: Result<Token, TokenError>) -> InvalidToken {
    match result {
        Err(TokenError::Invalid(why)) => why,
        other => panic!("{other:?}"),
    }
}

/// CVE-2022-21449: ECDSA signatures with numbers that satisfy the equation for any message.
#[test]
fn cve_2022_21449_psychic_signatures() {
    // The orders of the curves (SEC 2, 2.4.2 and 2.5.1).
    let p256 = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let p384 =
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973";
    for (name, order) in [("ES256", p256), ("ES384", p384)] {
        let hex = |at| u8::from_str_radix(&order[at..at + 2], 16).unwrap();
        let order: Vec<_> = (0..order.len()).step_by(2).map(hex).collect();
        let small = |number: u8| [vec![0; order.len() - 1], vec![number]].concat();
        let numbers = [small(0), small(1), order.clone(), vec![0xff; order.len()]];
        let signed = format!("{}.{}", segment(format!(r#"{{"alg":"{name}"}}"#)), segment(payload(&[])));
        for r in &numbers {
            for s in &numbers {
                let signature = segment([&r[..], s].concat());
                assert_refused(&managers(), &format!("{signed}.{signature}"), name);
            }
        }
        for der in [&[0x30, 6, 2, 1, 0, 2, 1, 0][..], &[0x30, 0], &[0; 8], &[0]] {
            assert_refused(&managers(), &format!("{signed}.{}", segment(der)), name);
        }
    }
}

/// The public key of an algorithm in all forms that attackers and careless users try: those that can be told from a
/// secret, and bare numbers, which cannot.
fn spellings(name: &str) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let pem = pem(name).1;
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(&body).unwrap();
    let key = VerifyingKey::from_pem(algorithm(name), pem).unwrap();
    let jwt = JwtManager::builder(Config::default()).public_key(key).build().unwrap();
    let set = serde_json::to_value(jwt.jwks()).unwrap();
    let jwk = &set["keys"][0];
    let mut telling: Vec<Vec<u8>> = [
        pem.to_owned(),
        pem.trim().to_owned(),
        pem.replace('\n', "\r\n"),
        pem.replace('\n', ""),
        pem.replace('\n', "\\n"),
        // CVE-2026-34950: text in front of the key.
        format!("\n{pem}"),
        format!(" \t{pem}"),
        format!("\u{feff}{pem}"),
        format!("# the key\n{pem}"),
        // CVE-2023-48223: a different label.
        pem.replace("PUBLIC KEY", "RSA PUBLIC KEY"),
        body.clone(),
        format!("{body}\n"),
        jwk.to_string(),
        serde_json::to_string_pretty(jwk).unwrap(),
        set.to_string(),
    ]
    .map(String::into_bytes)
    .into();
    telling.push(der);
    if name == "RS256" {
        telling.push(key!("rs256.pkcs1.pub").into());
        // CVE-2022-29217 and CVE-2024-37568: neither PEM nor JWK.
        telling.push(include_bytes!("../../jwt-core/tests/keys/openssh.pub").to_vec());
        telling.push(key!("certificate").into());
    }
    let number = |name: &str| {
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        jwk[name].as_str().map(|text| URL_SAFE_NO_PAD.decode(text).unwrap())
    };
    let numbers: Vec<_> = ["n", "x", "y"].into_iter().filter_map(number).collect();
    let bare = [numbers.clone(), vec![numbers.concat(), [&[4], &*numbers.concat()].concat()]].concat();
    (telling, bare)
}

/// CVE-2015-9235, CVE-2016-10555, CVE-2022-29217, CVE-2023-48223, CVE-2024-37568 and CVE-2026-34950: a token that is
/// signed with the public key, for an algorithm that uses the key as a secret.
#[test]
fn cve_2016_10555_the_public_key_as_the_secret_of_a_token() {
    let managers = managers();
    for name in ["RS256", "ES256", "ES384", "EdDSA"] {
        let (telling, bare) = spellings(name);
        for secret in telling.iter().chain(&bare) {
            for kid in ["", r#","kid":"secret""#] {
                let header = format!(r#"{{"alg":"HS256"{kid}}}"#);
                assert_refused(&managers, &sign_with_secret(secret, &header, &payload(&[])), name);
            }
        }
        let jwks = KeySet::single(public_key(name));
        for secret in &telling {
            let token = sign_with_secret(secret, HEADER, &payload(&[]));
            assert_eq!(jws::verify(token, &jwks), Err(InvalidToken::AlgorithmNotAllowed), "{name}");
        }
    }
}

/// The same reports, from the other side: a configuration that passes the public key as the secret.
#[test]
fn cve_2022_29217_the_public_key_as_the_secret_of_a_configuration() {
    for name in ["RS256", "ES256", "ES384", "EdDSA"] {
        for secret in spellings(name).0 {
            let shown = String::from_utf8_lossy(&secret).into_owned();
            let is_refused = |error: ConfigError| matches!(error, ConfigError::Key { .. });
            for config in [Config::default(), Config::flask_compatible().insecure_short_secret()] {
                let built = JwtManager::builder(config).secret(secret.clone()).build();
                assert!(built.is_err_and(is_refused), "{shown}");
            }
            assert!(
                VerifyingKey::from_secret(Algorithm::HS256, secret.clone()).is_err_and(is_refused),
                "{shown}"
            );
            assert!(
                SigningKey::from_secret(Algorithm::HS256, secret.clone()).is_err_and(is_refused),
                "{shown}"
            );
            let jwk = json!({"kty": "oct", "k": segment(&secret)}).to_string();
            assert!(VerifyingKey::from_jwk(Algorithm::HS256, &jwk).is_err_and(is_refused), "{shown}");
            assert!(KeySet::from_jwks(&jwk).is_err_and(is_refused), "{shown}");
        }
        // A key of one kind cannot be used with an algorithm of another kind.
        assert!(VerifyingKey::from_pem(Algorithm::HS256, pem(name).1).is_err());
        assert!(SigningKey::from_pem(Algorithm::HS256, pem(name).0).is_err());
        let config = Config::default().decode_algorithms([Algorithm::HS256]);
        assert!(JwtManager::builder(config).key_pair(signing_key(name)).build().is_err());
    }
}

/// CVE-2023-51774: an encrypted token instead of a signed one.
#[test]
fn cve_2023_51774_jwe_for_jws() {
    let managers = managers();
    for alg in ["dir", "RSA-OAEP", "RSA1_5", "A256KW", "ECDH-ES", "PBES2-HS256+A128KW", "HS256", "RS256"] {
        let header = segment(format!(r#"{{"alg":"{alg}","enc":"A256GCM","p2c":2147483647,"zip":"DEF"}}"#));
        let jwe = format!(
            "{header}.{}.{}.{}.{}",
            segment([1; 32]),
            segment([2; 12]),
            segment(payload(&[])),
            "AAAA"
        );
        assert_refused(&managers, &jwe, alg);
        assert_refused(&managers, &format!("{header}..{}.AAAA.AAAA", segment([2; 12])), alg);
        assert_eq!(invalid(managers[0].decode(&jwe)), InvalidToken::Segments(SegmentCount::TooMany));
        if alg != "HS256" {
            assert_refused(&managers, &Keys::of("HS256").sign_segments(&header, &segment(payload(&[]))), alg);
        }
    }
    let nested = sign(HEADER, payload(&[]));
    assert_refused(&managers, &sign(r#"{"alg":"HS256","cty":"JWT"}"#, nested), "a token in a token");
}

/// CVE-2024-53861: an issuer that is a substring of the expected one, or a list that contains it.
#[test]
fn cve_2024_53861_a_part_of_the_issuer() {
    let from = |iss: &str| sign(HEADER, payload(&[("iss", iss)]));
    let key = Keys::of("HS256").signing.verifying_key().clone();
    let mut managers: Vec<_> = configs().map(hs256).into();
    let trusted = Issuer::new(ISSUER, KeySet::single(key)).audience(AUDIENCE);
    managers.push(
        JwtManager::builder(Config::default()).trusted_issuer(trusted).clock(|| at(NOW)).build().unwrap(),
    );
    for jwt in &managers {
        assert!(accepts(jwt, from(&format!("{ISSUER:?}"))));
    }
    let parts = (0..ISSUER.len()).flat_map(|at| [&ISSUER[..at], &ISSUER[at + 1..]]).map(str::to_owned);
    let others = [
        format!("{ISSUER}/"),
        format!("{ISSUER}.evil.example"),
        format!(" {ISSUER}"),
        format!("{ISSUER} "),
        format!("{ISSUER}\0"),
        ISSUER.to_uppercase(),
        ISSUER.replacen('h', "H", 1),
        ISSUER.replace("https", "http"),
        format!("{ISSUER},{ISSUER}"),
    ];
    for other in parts.chain(others) {
        assert_refused(&managers, &from(&json!(other).to_string()), &other);
    }
    for other in
        [json!([ISSUER]), json!([ISSUER, "x"]), json!({ ISSUER: 1 }), json!(null), json!(0), json!(true)]
    {
        assert_refused(&managers, &from(&other.to_string()), "another type");
    }
    assert_refused(&managers, &from(""), "no issuer");
}

/// CVE-2025-30204 and CVE-2025-27144: an allocation for each dot.
#[test]
fn cve_2025_30204_dots() {
    let dots = format!("Bearer {}", ".".repeat(2_000_000));
    for config in configs() {
        for cap in [16 << 10, 4 << 20] {
            let jwt = hs256(config.clone().max_token_bytes(cap));
            let policy = Policy::access();
            let allocated = allocation_counter::measure(|| {
                assert!(jwt.check(&Raw(&[dots.as_bytes()]), &policy).is_err());
            });
            assert!(allocated.bytes_total < 1024, "{allocated:?}");
        }
    }
}

/// CVE-2025-59420 and CVE-2026-32597: a `crit` parameter that is ignored.
#[test]
fn cve_2025_59420_crit() {
    let managers = managers();
    for member in [
        r#""crit":["bork"],"bork":true"#,
        r#""crit":["bork"]"#,
        r#""crit":["alg"]"#,
        r#""crit":["exp"],"exp":9000000000"#,
        r#""crit":["b64"],"b64":false"#,
        r#""crit":["b64"],"b64":true"#,
        r#""b64":false"#,
        r#""crit":[]"#,
        r#""crit":[""]"#,
        r#""crit":"bork""#,
        r#""crit":[7]"#,
        r#""crit":null"#,
        r#""crit":{}"#,
        r#""cr\u0069t":["bork"]"#,
    ] {
        for name in FAMILIES {
            let token = Keys::of(name).sign(format!(r#"{{"alg":"{name}",{member}}}"#), payload(&[]));
            assert_refused(&managers, &token, member);
        }
        let keys = KeySet::single(Keys::of("HS256").signing.verifying_key().clone());
        assert!(
            jws::verify(sign(&format!(r#"{{"alg":"HS256",{member}}}"#), "{}"), &keys).is_err(),
            "{member}"
        );
    }
}

/// CVE-2025-61920: megabytes that are decoded before anything else is checked.
#[test]
fn cve_2025_61920_oversize() {
    let large = "A".repeat(2_000_000);
    let keys = KeySet::single(Keys::of("HS256").signing.verifying_key().clone());
    let jwt = hs256(Config::default());
    let body = segment(payload(&[]));
    for token in [
        format!("{large}.{body}.AAAA"),
        format!("{}.{large}.AAAA", segment(HEADER)),
        format!("{}.{body}.{large}", segment(HEADER)),
        sign(HEADER, payload(&[("any", &format!("{large:?}"))])),
    ] {
        let allocated = allocation_counter::measure(|| {
            assert_eq!(invalid(jwt.decode(&token)), InvalidToken::TooLarge);
            assert_eq!(jws::verify(&token, &keys), Err(InvalidToken::TooLarge));
        });
        assert!(allocated.bytes_total < 1024, "{allocated:?}");
    }
    // The last size that fits.
    let fits = Config::default().audience(AUDIENCE);
    let token = sign(HEADER, payload(&[]));
    assert!(hs256(fits.clone().max_token_bytes(token.len())).decode(&token).is_ok());
    assert_eq!(invalid(hs256(fits.max_token_bytes(token.len() - 1)).decode(&token)), InvalidToken::TooLarge);
}

/// CVE-2025-65015: the token, or a part of it, in an error message, a log, or the response.
#[test]
fn cve_2025_65015_the_token_in_a_message() {
    const MARK: &str = "MARKOFTHETOKEN";
    keep_second_subscriber();
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());
    let marked = payload(&[("any", &format!("{MARK:?}")), ("sub", &format!("{MARK:?}"))]);
    let expired = marked.replace(&LATER.to_string(), "5");
    let long = format!("{{\"any\":\"{}\"}}", MARK.repeat(5000));
    let mut tokens = vec![
        MARK.to_owned(),
        format!("{MARK}.{MARK}.{MARK}"),
        format!("{MARK}.{MARK}.{MARK}.{MARK}.{MARK}"),
        MARK.repeat(10_000),
        sign(HEADER, &marked)[1..].to_owned(),
        sign(HEADER, &marked) + MARK,
        sign(HEADER, &expired),
        sign(HEADER, long),
        sign(HEADER, MARK),
        sign(HEADER, payload(&[("iss", &format!("{MARK:?}"))])),
        sign(HEADER, payload(&[("aud", &format!("{MARK:?}"))])),
        sign(HEADER, payload(&[("type", &format!("{MARK:?}"))])),
        sign(HEADER, payload(&[("exp", &format!("{MARK:?}"))])),
        sign(HEADER, payload(&[("jti", &format!("[{MARK:?}]"))])),
        sign_with_secret(b"eSsFuquaKnx7lhq7aTnjx3oRuBMKlcnpLOwrLotC", HEADER, &marked),
    ];
    for name in ["alg", "typ", "kid", "crit", "b64"] {
        for json in [format!("{MARK:?}"), format!("[{MARK:?}]"), format!("{{{MARK:?}:1}}")] {
            let others = if name == "alg" { "" } else { r#""alg":"HS256","# };
            tokens.push(sign(&format!("{{{others}{name:?}:{json}}}"), &marked));
        }
    }
    let keys = Keys::of("HS256");
    let ring = KeyRing::new(keys.signing.clone().with_id("id"));
    let ring = JwtManager::builder(configs()[0].clone()).keys(ring).clock(|| at(NOW)).build().unwrap();
    for jwt in [hs256(configs()[0].clone()), ring] {
        for token in &tokens {
            let field = format!("Bearer {token}");
            let view = Raw(&[field.as_bytes()]);
            // Some tokens are valid except for a check that only one of the managers does.
            let Err(error) = jwt.check(&view, &Policy::refresh()) else { continue };
            let answer = jwt.respond(&error, &view, &Policy::refresh());
            let mut said = format!("{error} {error:?} {error:#?} {:?}", answer.headers());
            // The only response that contains text from the token, as in flask-jwt-extended.
            if !matches!(error, TokenError::Invalid(InvalidToken::UnknownCritical(_))) {
                said += &format!("{:?}", answer.body());
            }
            let mut source = std::error::Error::source(&error);
            while let Some(error) = source {
                said += &format!("{error} {error:?}");
                source = error.source();
            }
            let mut hidden = vec![MARK];
            hidden.extend(token.split('.').filter(|segment| segment.len() > 8));
            for hidden in hidden {
                assert!(!said.contains(hidden), "{hidden} in {said}");
            }
        }
    }
    let log = log.text();
    assert!(!log.contains(MARK) && !log.contains(&segment(MARK)), "{log}");
}

/// CVE-2026-25537: a claim of the wrong type that is treated as absent, and therefore not checked.
#[test]
fn cve_2026_25537_a_claim_of_the_wrong_type_is_not_absent() {
    let lenient = Config::flask_compatible().insecure_never_expires().issuer(ISSUER).audience(AUDIENCE);
    let jwt = hs256(lenient);
    assert!(accepts(&jwt, sign(HEADER, payload(&[("exp", "")]))), "it need not be there");
    for name in ["exp", "nbf", "iat"] {
        for json in ["\"5\"", "\"9000000000\"", "\"x\"", "null", "true", "[5]", "[9000000000]", "{}", "\"\""]
        {
            let why = invalid(jwt.decode(&sign(HEADER, payload(&[(name, json)]))));
            assert_eq!(why, InvalidToken::ClaimType(name.into()), "{json}");
        }
    }
    for name in ["iss", "aud", "sub", "jti"] {
        for json in ["5", "null", "true", "[5]", "{}", "[]", "[[]]"] {
            assert_refused(std::slice::from_ref(&jwt), &sign(HEADER, payload(&[(name, json)])), name);
        }
    }
}

/// CVE-2026-35041: names that are compiled as patterns.
#[test]
fn cve_2026_35041_names_are_no_patterns() {
    for pattern in ["https://.*", ".*", "^https://api.example$", "(a+)+$", "*", "[a-z]+", "a|b", "%", "_"] {
        let config = Config::default().issuer(pattern).audience(pattern);
        let own = hs256(config.clone());
        let own_token = own.access_token("alice").encode().unwrap();
        assert!(own.decode(&own_token).is_ok(), "{pattern}");
        let long = "a".repeat(5000);
        for other in ["https://api.example", "https://issuer.example", "a", "b", "", &format!("{long}!")] {
            let (quoted, pattern) = (format!("{other:?}"), format!("{pattern:?}"));
            for changes in [[("iss", &*quoted), ("aud", &pattern)], [("iss", &pattern), ("aud", &quoted)]] {
                assert_refused(std::slice::from_ref(&own), &sign(HEADER, payload(&changes)), &pattern);
            }
        }
    }
    let jwt = hs256(configs()[0].clone());
    for pattern in [".*", "https://.*", "*"] {
        let pattern = format!("{pattern:?}");
        assert!(!accepts(&jwt, sign(HEADER, payload(&[("aud", &pattern)]))));
        assert!(!accepts(&jwt, sign(HEADER, payload(&[("iss", &pattern)]))));
    }
}

/// CVE-2026-35040: a stateful matcher that makes every second request fail.
#[test]
fn cve_2026_35040_every_request_has_the_same_answer() {
    for jwt in managers().iter().take(7) {
        let good = ["HS256", "RS256", "PS256", "ES256", "ES384", "EdDSA"]
            .map(|name| Keys::of(name).sign(format!(r#"{{"alg":"{name}"}}"#), payload(&[])));
        let first = good.each_ref().map(|token| accepts(jwt, token));
        assert!(first.contains(&true));
        for _ in 0..20 {
            assert_eq!(good.each_ref().map(|token| accepts(jwt, token)), first);
            assert!(!accepts(jwt, "a.b.c"));
        }
    }
}

/// CVE-2026-35039: the result for one token, returned for another.
#[test]
fn cve_2026_35039_what_is_known_of_one_token_is_not_told_of_another() {
    let keys = Keys::of("HS256");
    for jwt in configs().map(hs256) {
        let tokens: Vec<_> = (0..50)
            .map(|user| {
                let user = format!("\"user {user:02}\"");
                keys.sign(HEADER, payload(&[("sub", &user)]))
            })
            .collect();
        for (user, token) in tokens.iter().enumerate() {
            assert_eq!(jwt.decode(token).unwrap().identity(), format!("user {user:02}"));
            let other = &tokens[(user + 1) % tokens.len()];
            let (mine, others): (Vec<_>, Vec<_>) = (token.split('.').collect(), other.split('.').collect());
            for mixed in [[mine[0], others[1], mine[2]], [mine[0], mine[1], others[2]]] {
                assert_refused(std::slice::from_ref(&jwt), &mixed.join("."), "segments of two good tokens");
            }
        }
        // Another manager has none of these results.
        let stranger =
            JwtManager::builder(Config::default()).secret("eSsFuquaKnx7lhq7aTnjx3oRuBMKlcnpLOwrLotC");
        assert_refused(&[stranger.build().unwrap()], &tokens[0], "another's token");
    }
}

/// CVE-2026-44699 and CVE-2026-45363: HMAC with an empty key.
#[test]
fn cve_2026_45363_an_empty_secret() {
    for config in [Config::default(), Config::flask_compatible()] {
        for config in [config.clone(), config.insecure_short_secret()] {
            assert!(JwtManager::builder(config).secret("").build().is_err());
        }
    }
    for name in ["HS256", "HS384", "HS512"] {
        assert!(SigningKey::from_secret(algorithm(name), "").is_err(), "{name}");
        assert!(VerifyingKey::from_secret(algorithm(name), Vec::new()).is_err(), "{name}");
        for jwk in [r#"{"kty":"oct","k":""}"#, r#"{"kty":"oct"}"#, r#"{"kty":"oct","k":null}"#] {
            assert!(VerifyingKey::from_jwk(algorithm(name), jwk).is_err(), "{jwk}");
            assert!(SigningKey::from_jwk(algorithm(name), jwk).is_err(), "{jwk}");
            assert!(KeySet::from_jwks(jwk).is_err(), "{jwk}");
            assert!(KeySet::from_jwks(format!(r#"{{"keys":[{jwk}]}}"#)).is_err(), "{jwk}");
        }
    }
    // Keys that a failed lookup returns in other libraries. Zeros are the same HMAC key as an empty one.
    for secret in [&b""[..], &[0; 32], &[0; 64], b"null", b"undefined", b"None"] {
        for kid in ["", r#","kid":"secret""#, r#","kid":"nowhere""#, r#","kid":"""#, r#","kid":"/dev/null""#]
        {
            let header = format!(r#"{{"alg":"HS256"{kid}}}"#);
            assert_refused(&managers(), &sign_with_secret(secret, &header, &payload(&[])), &header);
        }
    }
}

/// The key in RFC 8037, A.1. Nothing here is configured with it.
const STRANGER: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

/// CVE-2018-0114: a token that supplies its own key.
#[test]
fn cve_2018_0114_the_key_in_the_header() {
    let stranger = SigningKey::from_jwk(Algorithm::EdDSA, STRANGER).unwrap();
    let of_stranger = stranger.verifying_key().id().unwrap().to_owned();
    let builder =
        JwtManager::builder(configs()[0].clone().any_typ(true)).key_pair(stranger).clock(|| at(NOW));
    let attacker = builder.build().unwrap();
    let jwk = serde_json::to_value(attacker.jwks()).unwrap()["keys"][0].take();
    let private: Value = serde_json::from_str(STRANGER).unwrap();
    let of_victim = public_key("EdDSA").id().unwrap().to_owned();
    let headers = [
        json!({"jwk": jwk}),
        json!({"jwk": private}),
        json!({"jwk": jwk, "kid": of_victim}),
        json!({"jwk": jwk, "kid": of_stranger}),
        json!({"jku": "http://127.0.0.1:9/jwks.json", "kid": of_stranger}),
        json!({"x5u": "http://127.0.0.1:9/key.pem"}),
        json!({"x5c": [jwk["x"]]}),
    ];
    for header in headers {
        let token = attacker.access_token("alice").headers(&header).encode().unwrap();
        assert!(accepts(&attacker, &token));
        assert_refused(&managers(), &token, &header.to_string());
    }
    let secret = b"a secret that the attacker has chosen";
    let header = json!({"alg": "HS256", "jwk": {"kty": "oct", "k": segment(secret)}}).to_string();
    assert_refused(&managers(), &sign_with_secret(secret, &header, &payload(&[])), "a secret in the header");
}

/// CVE-2015-2951 and CVE-2020-28042: a missing signature that is accepted.
#[test]
fn cve_2015_2951_none_in_every_spelling() {
    let managers = managers();
    let body = segment(payload(&[]));
    let spelled = |mask: usize| -> String {
        let letter = |(index, letter): (usize, char)| {
            if mask >> index & 1 == 1 { letter.to_ascii_uppercase() } else { letter }
        };
        "none".chars().enumerate().map(letter).collect()
    };
    let odd = ["", " ", "none ", " none", "none\\u0000", "\\u006eone", "n\\u0141ne", "null", "0", "ｎｏｎｅ"];
    let mut headers: Vec<_> =
        (0..16).map(spelled).chain(odd.map(str::to_owned)).map(|alg| format!("{alg:?}")).collect();
    headers.extend(["null", "0", "false", "[]", "[\"none\"]", "{}"].map(str::to_owned));
    // `Debug` doubles the backslashes. Undo this, so JSON reads them as escapes.
    for alg in headers.iter().map(|alg| alg.replace("\\\\", "\\")) {
        for typ in ["", r#","typ":"JWT""#] {
            let header = format!(r#"{{"alg":{alg}{typ}}}"#);
            let signed = format!("{}.{body}", segment(&header));
            for token in
                [format!("{signed}."), signed.clone(), format!("{signed}.AA"), sign(&header, payload(&[]))]
            {
                assert_refused(&managers, &token, &header);
            }
        }
    }
    for name in FAMILIES {
        let signed = format!("{}.{body}", segment(format!(r#"{{"alg":"{name}","typ":"JWT"}}"#)));
        for token in [format!("{signed}."), signed.clone(), format!("{signed}.AA"), format!("{signed}.=")] {
            assert_refused(&managers, &token, name);
        }
    }
    assert!("none".parse::<Algorithm>().is_err());
}

/// CVE-2017-15361 (ROCA): moduli that anyone can factor.
#[test]
fn cve_2017_15361_keys_of_affected_chips() {
    const PRIMES: [u128; 17] = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];
    // The affected modulus is 1 modulo each of the primes, and 1 is a power of 65537. The sound one is 3 modulo 11,
    // which is not a power of 65537.
    let product: u128 = PRIMES.iter().product();
    let modulus = |last: u8| {
        let mut n = [0; 256];
        n[..16].copy_from_slice(&(product << product.leading_zeros()).to_be_bytes());
        n[255] = last;
        json!({"kty": "RSA", "n": segment(n), "e": "AQAB"})
    };
    let (affected, sound) = (modulus(1), modulus(3));
    for name in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
        let error = VerifyingKey::from_jwk(algorithm(name), affected.to_string()).unwrap_err();
        assert!(error.to_string().contains("CVE-2017-15361"), "{error}");
        assert!(VerifyingKey::from_jwk(algorithm(name), sound.to_string()).is_ok(), "{name}");
    }
    assert!(KeySet::from_jwks(json!({"keys": [affected]}).to_string()).is_err());
    let set = KeySet::from_jwks(json!({"keys": [affected, sound]}).to_string()).unwrap();
    let kept = serde_json::to_value(set.jwks()).unwrap();
    assert!(kept["keys"].as_array().unwrap().iter().all(|key| key["n"] == sound["n"]), "{kept}");
}

/// CVE-2026-54894, CVE-2026-55733 and CVE-2026-55734: names from requests that are kept forever.
#[test]
fn cve_2026_54894_names_in_tokens_are_not_kept() {
    let keys = Keys::of("HS256");
    let verifying = keys.signing.verifying_key().clone();
    let issuer = Issuer::new(ISSUER, KeySet::single(verifying)).audience(AUDIENCE);
    let ring = KeyRing::new(keys.signing.clone().with_id("id"));
    let jwt = JwtManager::builder(Config::default().audience(AUDIENCE)).keys(ring).trusted_issuer(issuer);
    let jwt = jwt.clock(|| at(NOW)).build().unwrap();
    let names: Vec<_> =
        (0..2000).map(|index| format!("\"a name that nobody has had before: {index}\"")).collect();
    let tokens = names.iter().flat_map(|name| {
        let claims = ["iss", "aud", "sub", "jti", "type", "scope", "any"];
        let claims = claims.map(|claim| keys.sign(HEADER, payload(&[(claim, name)])));
        let headers = ["kid", "typ", "alg", "any"];
        let headers = headers.map(|header| {
            let alg = if header == "alg" { "" } else { r#""alg":"HS256","# };
            keys.sign(format!("{{{alg}{header:?}:{name}}}"), payload(&[]))
        });
        [&claims[..], &headers].concat()
    });
    let tokens: Vec<_> = tokens.collect();
    // Includes everything that is allocated only once.
    let mut accepted = tokens.iter().take(11).filter(|token| accepts(&jwt, token)).count();
    assert!((1..11).contains(&accepted));
    let kept = allocation_counter::measure(|| {
        accepted = tokens.iter().filter(|token| accepts(&jwt, token)).count();
    });
    assert_eq!((kept.count_current, kept.bytes_current), (0, 0), "{kept:?}");
    assert!(accepted >= 2000 && accepted < tokens.len(), "{accepted}");
}

/// CVE-2026-55735: a claim that is acted on before the signature is verified.
#[test]
fn cve_2026_55735_nobody_is_asked_about_a_token_that_is_not_verified() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let jwt = JwtManager::builder(configs()[0].clone())
        .secret(SECRET)
        .clock(|| at(NOW))
        .token_in_blocklist_loader(move |_: Token| {
            counted.fetch_add(1, Ordering::SeqCst);
            async { false }
        })
        .build()
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let good = sign(HEADER, payload(&[]));
    let forged = sign_with_secret(b"eSsFuquaKnx7lhq7aTnjx3oRuBMKlcnpLOwrLotC", HEADER, &payload(&[]));
    let expired = sign(HEADER, payload(&[("exp", "5")]));
    for (token, questions) in [(&forged, 0), (&expired, 0), (&good, 1), (&forged, 1)] {
        let field = format!("Bearer {token}");
        if let Ok(checked) = jwt.check(&Raw(&[field.as_bytes()]), &Policy::access()) {
            runtime.block_on(jwt.complete(checked)).unwrap();
        }
        assert_eq!(asked.load(Ordering::SeqCst), questions);
    }
}
