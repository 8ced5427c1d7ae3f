//! Uses jsonwebtoken as an oracle. Each library reads the tokens of the other, and this one must not accept a token
//! that jsonwebtoken rejects, except for [`EXCEPTIONS`].

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{DecodingKey, Header, Validation, decode, encode};
use jwt_core::keys::{Backend, VerifyingKey};
use jwt_core::{JwtManager, TokenKind};
use serde_json::{Map, Value, json};

use crate::support::{
    ALGORITHMS, AUDIENCE, ISSUER, Keys, LATER, NOW, Random, algorithm, at, configs, payload, pem, segment,
    sign_with_secret,
};

/// A token that this library accepts and jsonwebtoken rejects.
struct Differing {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    theirs: ErrorKind,
}

struct Exception {
    reason: &'static str,
    covers: fn(&Differing) -> bool,
}

const EXCEPTIONS: [Exception; 5] = [
    Exception {
        reason: "Ed25519 is the fully specified name of EdDSA with that curve (RFC 9864, 2.2), which the other does \
                 not know",
        covers: |token| token.header.get("alg") == Some(&json!("Ed25519")),
    },
    Exception {
        reason: "header parameters that are not understood are ignored (RFC 7515, 4), whatever their type, and those \
                 with keys on purpose (RFC 8725, 3.10); the other reads them into a struct and then makes no use of it",
        covers: |token| {
            let unread = ["cty", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "enc", "zip", "url", "nonce"];
            matches!(token.theirs, ErrorKind::Json(_))
                && unread.iter().any(|name| token.header.contains_key(*name))
        },
    },
    Exception {
        reason: "PyJWT does not look at typ, nor does the preset that behaves as flask-jwt-extended, until \
                 Config::any_typ(false); the other wants text",
        covers: |token| {
            matches!(token.theirs, ErrorKind::Json(_))
                && token.header.get("typ").is_some_and(|typ| !typ.is_string())
        },
    },
    Exception {
        reason: "a time before 1970 is a NumericDate, too (RFC 7519, 2), and an nbf in it has passed; the other reads \
                 u64",
        covers: |token| {
            token.claims.get("nbf").and_then(Value::as_f64).is_some_and(|nbf| nbf < 0.0)
                && matches!(&token.theirs, ErrorKind::InvalidClaimFormat(name) if name == "nbf")
        },
    },
    Exception {
        reason: "flask-jwt-extended knows times of any size, and with them its preset, until Config::any_time(false); \
                 the other reads u64",
        covers: |token| {
            token
                .claims
                .get("exp")
                .and_then(Value::as_f64)
                .is_some_and(|exp| exp >= 18_446_744_073_709_551_616.0)
                && matches!(&token.theirs, ErrorKind::MissingRequiredClaim(name) if name == "exp")
        },
    },
];

/// Validation as strict as possible. By default, jsonwebtoken accepts a token if `aud` or `iss` is absent or has the
/// wrong type; here both are required.
fn validation(algorithm: jsonwebtoken::Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.leeway = 0;
    validation.validate_nbf = true;
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[ISSUER]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation
}

/// Counts the results of both libraries. Panics if only this library accepts the token and no exception says why.
#[derive(Default)]
struct Comparison {
    both: usize,
    neither: usize,
    only_theirs: usize,
    used: BTreeSet<usize>,
}

impl Comparison {
    fn compare(&mut self, jwt: &JwtManager, token: &str, key: &DecodingKey, validation: &Validation) -> bool {
        let ours = jwt.decode(token);
        let theirs = decode::<Value>(token, key, validation);
        match (&ours, theirs) {
            (Ok(token), Ok(theirs)) => {
                self.both += 1;
                let claims: Value = token.claims_as().unwrap();
                assert_eq!(claims, theirs.claims);
            }
            (Err(_), Err(_)) => self.neither += 1,
            (Err(_), Ok(_)) => self.only_theirs += 1,
            (Ok(accepted), Err(error)) => {
                let differing = Differing {
                    header: accepted.header(),
                    claims: accepted.claims_as().unwrap(),
                    theirs: error.into_kind(),
                };
                let why = EXCEPTIONS.iter().position(|exception| (exception.covers)(&differing));
                let Some(why) = why else {
                    let Differing { header, claims, theirs } = differing;
                    panic!("accepted, and refused as {theirs:?}: {header:?} {claims:?}\n{token}");
                };
                self.used.insert(why);
            }
        }
        ours.is_ok()
    }
}

#[test]
fn each_accepts_what_the_other_issues() {
    for name in ALGORITHMS {
        let keys = Keys::of(name);
        for &backend in Backend::all() {
            for config in configs() {
                let jwt = keys.manager(config, backend);
                for kind in [TokenKind::ACCESS, TokenKind::REFRESH] {
                    let token =
                        jwt.token(kind, "alice \u{1F600}").fresh().claim("role", json!(["a", 1.5, null]));
                    let token = token.expires_at(at(LATER)).encode().unwrap();
                    let theirs = decode::<Value>(&token, &keys.decoding, &validation(keys.theirs)).unwrap();
                    let ours = jwt.decode(&token).unwrap();
                    assert_eq!(theirs.claims, ours.claims_as::<Value>().unwrap(), "{name} {backend:?}");
                    assert_eq!(theirs.claims["sub"], "alice \u{1F600}", "{name} {backend:?}");
                }

                let claims: Value = serde_json::from_str(&payload(&[("role", "[\"\\u00e9\",{}]")])).unwrap();
                let mut header = Header::new(keys.theirs);
                for kid in [None, Some("any".to_owned())] {
                    header.kid = kid;
                    let token = encode(&header, &claims, &keys.encoding).unwrap();
                    let ours =
                        jwt.decode(&token).unwrap_or_else(|error| panic!("{name} {backend:?}: {error}"));
                    assert_eq!(ours.claims_as::<Value>().unwrap(), claims, "{name} {backend:?}");
                }
            }
        }
    }
}

#[test]
fn nothing_of_the_attack_corpus_is_accepted_that_the_other_refuses() {
    let corpus: Value = serde_json::from_str(include_str!("../vectors/attack-corpus.json")).unwrap();
    let now = corpus["now"].as_u64().unwrap();
    let mut comparison = Comparison::default();
    let mut profiles = BTreeMap::new();
    for (profile, jwk) in corpus["keys"].as_object().unwrap() {
        let name = jwk["alg"].as_str().unwrap();
        let key = VerifyingKey::from_jwk(algorithm(name), jwk.to_string()).unwrap();
        let config = configs()[0]
            .clone()
            .insecure_allow_missing_type(true)
            .insecure_allow_missing_jti(true)
            .insecure_any_type_is_access(true);
        let of_backend = |backend: &Backend| {
            let builder = JwtManager::builder(config.clone()).public_key(key.clone()).backend(*backend);
            builder.clock(move || at(now)).build().unwrap()
        };
        let managers: Vec<_> = Backend::all().iter().map(of_backend).collect();
        // The tokens' times are relative to the file's `now`, but jsonwebtoken reads the system clock. Do not let it
        // check them.
        let mut validation = validation(name.parse().unwrap());
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let decoding = DecodingKey::from_jwk(&serde_json::from_value(jwk.clone()).unwrap()).unwrap();
        profiles.insert(profile, (managers, decoding, validation));
    }
    for case in corpus["cases"].as_array().unwrap() {
        let (managers, key, validation) = &profiles[&case["profile"].as_str().unwrap().to_owned()];
        let token = case["token"].as_str().map_or_else(|| of_recipe(&case["recipe"]), str::to_owned);
        for jwt in managers {
            let accepted = comparison.compare(jwt, &token, key, validation);
            if case["level"] == "must" && case["expect"] != "any" {
                assert_eq!(accepted, case["expect"] == "accept", "{}", case["name"]);
            }
        }
    }
    assert!(comparison.both > 0 && comparison.neither > 0);
}

fn of_recipe(recipe: &Value) -> String {
    let part =
        |part: &Value| part[0].as_str().unwrap().repeat(usize::try_from(part[1].as_u64().unwrap()).unwrap());
    recipe["parts"].as_array().unwrap().iter().map(part).collect()
}

#[test]
fn nothing_that_a_token_can_become_is_accepted_that_the_other_refuses() {
    let mut comparison = Comparison::default();
    let mut random = Random(NOW);
    for name in ALGORITHMS {
        let keys = Keys::of(name);
        let cases = match name {
            "HS256" => 6000,
            "EdDSA" => 1500,
            "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => 100,
            _ => 400,
        };
        let good = [
            keys.sign(format!(r#"{{"alg":"{name}","typ":"JWT"}}"#), payload(&[])),
            keys.sign(format!(r#"{{"alg":"{name}"}}"#), payload(&[("sub", "\"bob\""), ("nbf", "5")])),
        ];
        let managers: Vec<_> = Backend::all()
            .iter()
            .flat_map(|backend| configs().map(|config| keys.manager(config, *backend)))
            .collect();
        let validation = validation(keys.theirs);
        for _ in 0..cases {
            let token = mutated(&mut random, name, &keys, &good);
            for jwt in &managers {
                comparison.compare(jwt, &token, &keys.decoding, &validation);
            }
        }
    }
    assert!(comparison.both > 1000, "{}", comparison.both);
    assert!(comparison.neither > 10_000, "{}", comparison.neither);
    assert!(comparison.only_theirs > 100, "{}", comparison.only_theirs);
    let unused = (0..EXCEPTIONS.len()).filter(|index| !comparison.used.contains(index));
    let unused: Vec<_> = unused.map(|index| EXCEPTIONS[index].reason).collect();
    assert!(unused.is_empty(), "not needed any more: {unused:?}");
}

/// JSON texts in places where they do not belong. Times among them are far from every clock.
const ODD: [&str; 40] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "-1e3",
    "1.5",
    "-0.5",
    "1e9",
    "9000000000",
    "9000000000.5",
    "9e9",
    "9007199254740993",
    "253402300799",
    "253402300800",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "1e300",
    "1E400",
    "\"\"",
    "\"a\"",
    "\"9000000000\"",
    "\"https://issuer.example\"",
    "\"https://issuer.example/\"",
    "\"HTTPS://ISSUER.EXAMPLE\"",
    "\"https:\\/\\/issuer.example\"",
    "\"https://api.example\"",
    "\"\\u0068ttps://api.example\"",
    "[]",
    "[\"https://issuer.example\"]",
    "[\"https://api.example\"]",
    "[\"https://api.example\",7]",
    "[[\"https://api.example\"]]",
    "{}",
    "{\"a\":1,\"a\":2}",
    "\"\\ud800\"",
    "\"a\\u0000b\"",
];

const HEADERS: [&str; 21] = [
    "alg", "typ", "kid", "crit", "b64", "jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "cty", "enc", "zip",
    "url", "nonce", "epk", "apu", "p2c", "iss", "any",
];

const CLAIMS: [&str; 13] =
    ["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "type", "fresh", "scope", "client_id", "azp", "any"];

const OTHER_ALGORITHMS: [&str; 12] =
    ["none", "None", "NONE", "", "hs256", "HS256 ", "ES512", "ES256K", "Ed25519", "Ed448", "RSA-OAEP", "dir"];

fn mutated(random: &mut Random, name: &str, keys: &Keys, good: &[String; 2]) -> String {
    let mut token = random.pick(&[&good[0], &good[1]]).clone();
    let header = format!(r#""alg":"{name}""#);
    let place = random.below(token.len());
    let letter = char::from(random.pick(b"AQaz09-_.+/= \t\n\0\x7f"));
    let any = char::from(u8::try_from(random.below(128)).unwrap());
    let odd = random.pick(&ODD);
    match random.below(16) {
        0 => token.replace_range(place..=place, &any.to_string()),
        1 => token.replace_range(place..=place, &letter.to_string()),
        2 => token.insert(place, random.pick(&[any, letter])),
        3 => {
            token.remove(place);
        }
        4 => token.truncate(place),
        5 => token.push(letter),
        6 => {
            let mut pieces: Vec<_> = token.split('.').collect();
            pieces.swap(random.below(3), random.below(3));
            return pieces.join(".");
        }
        // Mix segments of two valid tokens.
        7 => {
            let pieces = (0..random.pick(&[2, 3, 3, 3, 4, 5]))
                .map(|index| random.pick(&[&good[0], &good[1]]).split('.').nth(index % 3).unwrap());
            return pieces.collect::<Vec<_>>().join(".");
        }
        // Sign it again, with an unusual header or payload.
        8 => return keys.sign(format!("{{{header},{:?}:{odd}}}", random.pick(&HEADERS)), payload(&[])),
        9 => {
            let other = [&ALGORITHMS[..], &OTHER_ALGORITHMS].concat();
            let header = format!(r#"{{"alg":"{}","typ":"JWT"}}"#, random.pick(&other));
            let secrets = [pem(name).1.as_bytes(), pem(name).0.as_bytes(), b""];
            return match random.below(3) {
                0 => sign_with_secret(random.pick(&secrets), &header, &payload(&[])),
                1 => format!("{}.{}.", segment(header), segment(payload(&[]))),
                _ => keys.sign(header, payload(&[])),
            };
        }
        10 | 11 => {
            let changes = [(random.pick(&CLAIMS), odd), (random.pick(&CLAIMS), random.pick(&ODD))];
            return keys.sign(format!("{{{header}}}"), payload(&changes[..random.pick(&[1, 1, 2])]));
        }
        12 => return keys.sign(format!("{{{header}}}"), payload(&[(random.pick(&CLAIMS), "")])),
        // A duplicate name.
        13 => {
            let twice = payload(&[]).replacen('{', &format!("{{{:?}:{odd},", random.pick(&CLAIMS)), 1);
            return keys.sign(format!("{{{header}}}"), twice);
        }
        // Change one byte of the header or the payload, and sign the result.
        _ => {
            let part = random.below(2);
            let mut texts =
                [0, 1].map(|part| URL_SAFE_NO_PAD.decode(token.split('.').nth(part).unwrap()).unwrap());
            let place = random.below(texts[part].len());
            let byte = u8::try_from(random.below(256)).unwrap();
            match random.below(3) {
                0 => texts[part][place] = random.pick(&[byte, b'"', b'{', b'}', b',', b' ', b'\\', b'0']),
                1 => texts[part].insert(place, random.pick(&[byte, b'"', b'{', b'[', b',', b' ', b'0'])),
                _ => {
                    texts[part].remove(place);
                }
            }
            return keys.sign(&texts[0], &texts[1]);
        }
    }
    token
}
