//! Properties that hold for any bytes, any claims, and any change to a valid token.

use std::cell::Cell;
use std::hint::black_box;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Request};
use jwt_core::keys::{Backend, KeySet, SigningKey, VerifyingKey};
use jwt_core::token::Identity;
use jwt_core::token::jws;
use jwt_core::{Algorithm, Config, JwtManager, Policy, TokenKind};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value, json};

use crate::support::{
    ALGORITHMS, AUDIENCE, ISSUER, Keys, LATER, NOW, Raw, accepts, algorithm, at, configs, payload, pem,
    segment, signing_key,
};

/// Runs the same cases every time, and does not write files with failures.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(NOW),
        ..ProptestConfig::default()
    }
}

// ---- memory

/// The memory that a check may use at once, in bytes: a constant, plus an amount for each byte of input. The worst case
/// is a header or payload that consists of short names: each takes a pointer and two lengths, in a list that doubles.
const FOR_TOKENS: (usize, usize) = (1 << 10, 16);
/// Keys also need numbers and tables in the crypto library, for each algorithm that a JWK allows.
const FOR_KEYS: (usize, usize) = (16 << 10, 32);

fn assert_frugal(what: &str, input: usize, (constant, factor): (usize, usize), run: impl FnOnce()) {
    let peak = usize::try_from(allocation_counter::measure(run).bytes_max).unwrap();
    let most = constant + factor * input;
    assert!(peak <= most, "{what}: {peak} bytes at once for {input}, not {most}");
}

/// Passes the bytes to everything that reads tokens.
fn read_as_token(managers: &[JwtManager], keys: &KeySet, bytes: &[u8]) {
    let header = HeaderValue::from_bytes(bytes).map(|value| {
        let mut request = Request::new(());
        request.headers_mut().insert("authorization", value);
        request
    });
    let field = [b"Bearer ", bytes].concat();
    for jwt in managers {
        for policy in [Policy::any(), Policy::refresh().optional()] {
            for fields in [&[bytes][..], &[&field], &[&field, bytes]] {
                assert_frugal("check", field.len() * fields.len(), FOR_TOKENS, || {
                    drop(black_box(jwt.check(&Raw(fields), &policy)));
                });
            }
            if let Ok(request) = &header {
                drop(jwt.check(request, &policy));
            }
        }
        if let Ok(text) = str::from_utf8(bytes) {
            assert_frugal("decode", text.len(), FOR_TOKENS, || drop(black_box(jwt.decode(text))));
        }
    }
    assert_frugal("jws", bytes.len(), FOR_TOKENS, || drop(black_box(jws::verify(bytes, keys))));
}

/// Passes the bytes to everything that reads keys.
fn read_as_key(bytes: &[u8]) {
    for name in ["HS256", "RS256", "ES256", "ES384", "EdDSA"] {
        let algorithm = algorithm(name);
        let readers: [fn(Algorithm, &[u8]) -> bool; 6] = [
            |algorithm, bytes| SigningKey::from_pem(algorithm, bytes).is_ok(),
            |algorithm, bytes| SigningKey::from_der(algorithm, bytes).is_ok(),
            |algorithm, bytes| VerifyingKey::from_pem(algorithm, bytes).is_ok(),
            |algorithm, bytes| VerifyingKey::from_der(algorithm, bytes).is_ok(),
            |algorithm, bytes| VerifyingKey::from_secret(algorithm, bytes).is_ok(),
            |algorithm, bytes| SigningKey::from_secret(algorithm, bytes).is_ok(),
        ];
        for read in readers {
            assert_frugal("key", bytes.len(), FOR_KEYS, || {
                black_box(read(algorithm, bytes));
            });
        }
        let Ok(json) = str::from_utf8(bytes) else { continue };
        assert_frugal("jwk", json.len(), FOR_KEYS, || {
            drop(black_box(SigningKey::from_jwk(algorithm, json)));
        });
        assert_frugal("jwk", json.len(), FOR_KEYS, || {
            drop(black_box(VerifyingKey::from_jwk(algorithm, json)));
        });
    }
    if let Ok(json) = str::from_utf8(bytes) {
        assert_frugal("jwks", json.len(), FOR_KEYS, || drop(black_box(KeySet::from_jwks(json))));
    }
}

fn readers() -> (Vec<JwtManager>, KeySet) {
    let keys = Keys::of("HS256");
    let managers = configs().map(|config| keys.manager(config, Backend::default()));
    (managers.into(), KeySet::single(keys.signing.verifying_key().clone()))
}

/// Keys as text, in the usual formats.
fn key_texts() -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    for name in ["RS256", "ES256", "ES384", "EdDSA"] {
        for pem in [pem(name).0, pem(name).1] {
            let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
            texts.push(pem.as_bytes().to_vec());
            texts.push(STANDARD.decode(base64).unwrap());
        }
        let jwt = JwtManager::builder(Config::default()).key_pair(signing_key(name)).build().unwrap();
        texts.push(serde_json::to_vec(&jwt.jwks()).unwrap());
    }
    texts.push(
        br#"{"kty":"oct","k":"c2VjcmV0IG9mIHRoZSB0ZXN0cywgbG9uZyBlbm91Z2ggZm9yIGl0","key_ops":["verify"]}"#
            .to_vec(),
    );
    let private = r#"{"kty":"OKP","crv":"Ed25519","kid":"a","use":"sig","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    texts.push(private.into());
    texts
}

fn changed(mut bytes: Vec<u8>, changes: Vec<(prop::sample::Index, u8, u8)>) -> Vec<u8> {
    for (place, kind, byte) in changes {
        let place = place.index(bytes.len().max(1));
        match kind % 4 {
            _ if bytes.is_empty() => bytes.push(byte),
            0 => bytes[place] = byte,
            1 => bytes.insert(place, byte),
            2 => {
                bytes.remove(place);
            }
            _ => bytes.truncate(place.max(1)),
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8, u8)>> {
    vec(any::<(prop::sample::Index, u8, u8)>(), 0..4)
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(json!(NOW)),
        Just(json!(LATER)),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec![ISSUER, AUDIENCE, "access", "refresh", "alice"]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(any::<String>(), inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn no_bytes_make_a_check_panic_or_allocate_much() {
    let (managers, keys) = readers();
    let encoded = |bytes: &Vec<u8>| segment(bytes);
    let tokens = (vec(any::<u8>(), 0..200), vec(any::<u8>(), 0..400), vec(any::<u8>(), 0..40))
        .prop_map(move |(a, b, c)| [a, b, c].iter().map(encoded).collect::<Vec<_>>().join(".").into_bytes());
    let any_bytes = prop_oneof![
        vec(any::<u8>(), 0..1000),
        vec(prop::sample::select(b"AQaz09-_.= \t,".to_vec()), 0..100),
        any::<String>().prop_map(String::into_bytes),
        tokens,
    ];
    proptest!(cases(1000), |(bytes in any_bytes)| read_as_token(&managers, &keys, &bytes));
}

#[test]
fn no_signed_bytes_make_a_check_panic_or_allocate_much() {
    let (managers, keys) = readers();
    let signer = Keys::of("HS256");
    let header = (btree_map("[a-z]{1,5}", any_json(), 0..3), changes()).prop_map(|(members, changes)| {
        let mut header: Map<String, Value> = members.into_iter().collect();
        header.insert("alg".into(), "HS256".into());
        changed(Value::Object(header).to_string().into_bytes(), changes)
    });
    let body =
        (any_json(), changes()).prop_map(|(json, changes)| changed(json.to_string().into_bytes(), changes));
    proptest!(cases(1000), |(header in header, body in body)| {
        for token in [signer.sign(&header, &body), signer.sign(r#"{"alg":"HS256","typ":"JWT"}"#, &body)] {
            read_as_token(&managers, &keys, token.as_bytes());
        }
    });
}

#[test]
fn the_worst_tokens_of_each_kind_cost_no_more() {
    let (_, keys) = readers();
    let signer = Keys::of("HS256");
    let size = 1 << 20;
    let managers =
        configs().map(|config| signer.manager(config.max_token_bytes(2 * size), Backend::default()));
    let many = |member: &dyn Fn(usize) -> String, length: usize| {
        (0..size / 2 / length).map(member).collect::<Vec<_>>().join(",")
    };
    let names = format!("{{{}}}", many(&|index| format!("\"{index:x}\":0"), 9));
    let escaped = format!("{{{}}}", many(&|index| format!("\"\\n{index:x}\":0"), 11));
    let deep = "[".repeat(size / 2);
    let lists = payload(&[("any", &format!("[{}]", many(&|_| "[]".into(), 3)))]);
    let audience = payload(&[("aud", &format!("[{}]", many(&|_| "\"\"".into(), 3)))]);
    let identity = payload(&[("sub", &format!("\"{}\"", "\\n".repeat(size / 4)))]);
    let critical = format!(r#"{{"alg":"HS256","crit":[{}]}}"#, many(&|_| "\"\"".into(), 3));
    let header = r#"{"alg":"HS256"}"#;
    let texts = [&*names, &escaped, &deep, &lists, &audience, &identity, &critical];
    for text in texts {
        for token in [signer.sign(text, payload(&[])), signer.sign(header, text)] {
            read_as_token(&managers, &keys, token.as_bytes());
        }
    }
    for bytes in [".".repeat(size), "A".repeat(size), " ,".repeat(size / 2), "Bearer ,".repeat(size / 8)] {
        read_as_token(&managers, &keys, bytes.as_bytes());
    }
}

#[test]
fn no_bytes_make_a_reader_of_keys_panic_or_allocate_much() {
    proptest!(cases(500), |(bytes in vec(any::<u8>(), 0..600))| read_as_key(&bytes));
    proptest!(cases(100), |(json in any_json())| read_as_key(json.to_string().as_bytes()));
    let texts = key_texts();
    // Use few cases, because keys that are still valid are tested, too.
    proptest!(cases(250), |(index in any::<prop::sample::Index>(), changes in changes())| {
        read_as_key(&changed(index.get(&texts).clone(), changes));
    });
}

#[test]
fn the_worst_sets_of_keys_cost_no_more() {
    let set = |key: &dyn Fn(usize) -> String| {
        let keys: Vec<_> = (0..64).map(key).collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    };
    let jwk = |name: &str| {
        let jwt = JwtManager::builder(Config::default()).key_pair(signing_key(name)).build().unwrap();
        let mut jwk = serde_json::to_value(jwt.jwks()).unwrap()["keys"][0].take();
        for name in ["alg", "use", "kid"] {
            jwk.as_object_mut().unwrap().remove(name);
        }
        jwk
    };
    for name in ["RS256", "ES256", "ES384", "EdDSA"] {
        let jwk = jwk(name);
        let json = set(&|index| {
            let mut jwk = jwk.clone();
            jwk["kid"] = index.to_string().into();
            jwk.to_string()
        });
        assert_frugal(name, json.len(), FOR_KEYS, || {
            assert!(black_box(KeySet::from_jwks(&json)).is_ok());
        });
    }
    let nothing = format!(r#"{{"keys":[{}]}}"#, vec!["0"; 100_000].join(","));
    assert_frugal("no keys", nothing.len(), FOR_KEYS, || drop(black_box(KeySet::from_jwks(&nothing))));
}

// ---- issue and verify

#[test]
fn what_is_issued_is_what_is_verified() {
    let reserved = ["iat", "nbf", "exp", "iss", "aud", "sub", "jti", "type", "fresh", "csrf"];
    let claims = btree_map(any::<String>(), any_json(), 0..4).prop_map(move |mut claims| {
        claims.retain(|name, _| !reserved.contains(&&**name));
        claims
    });
    let audiences = vec("[a-z:/]{1,20}", 0..3);
    let issuer = proptest::option::of("[a-z:/]{1,20}");
    let keys = Keys::of("HS256");
    let eddsa = Keys::of("EdDSA");
    let identity = any::<String>().prop_filter("an identity is not empty", |identity| !identity.is_empty());
    let other = any_json().prop_filter("nor is it null", |other| !other.is_null() && other != "");
    let given = (identity, other, claims, audiences, issuer);
    proptest!(cases(500), |((identity, other, claims, audiences, issuer) in given, flags in any::<[bool; 4]>())| {
        let [fresh, refresh, flask, keys_of_ed] = flags;
        let mut config = if flask { Config::flask_compatible() } else { Config::default() };
        if !audiences.is_empty() {
            config = config.encode_audience(audiences.clone()).decode_audience(audiences.clone());
        }
        if let Some(issuer) = &issuer {
            config = config.issuer(issuer.clone());
        }
        let signer = if keys_of_ed { &eddsa } else { &keys };
        let kind = if refresh { TokenKind::REFRESH } else { TokenKind::ACCESS };
        for &backend in Backend::all() {
            let jwt = signer.manager(config.clone(), backend);
            let builder = jwt.token(kind, &identity).claims(&claims);
            let text = if fresh { builder.fresh() } else { builder }.encode().unwrap();
            let policy = if refresh { Policy::refresh() } else { Policy::access() };
            let request = Request::get("/").header("authorization", format!("Bearer {text}")).body(()).unwrap();
            let checked = jwt.check(&request, &policy).unwrap();
            let token = jwt.complete_now(checked).unwrap().unwrap().into_token().unwrap();
            prop_assert_eq!(token.identity(), &identity);
            prop_assert_eq!(token.identity_value(), identity.as_str());
            prop_assert_eq!(token.kind(), kind.as_str());
            prop_assert_eq!(token.is_fresh_at(at(NOW)), fresh);
            prop_assert_eq!(token.issued_at(), Some(at(NOW)));
            prop_assert_eq!(token.issuer(), issuer.as_deref());
            let all: Map<String, Value> = token.claims_as().unwrap();
            for (name, value) in &claims {
                prop_assert_eq!(all.get(name), Some(value), "{}", name);
            }
            let audience = match &*audiences {
                [] => None,
                [one] => Some(json!(one)),
                several => Some(json!(several)),
            };
            prop_assert_eq!(all.get("aud"), audience.as_ref());
            prop_assert_eq!(all.contains_key("csrf"), flask);
        }
        // Optionally, an identity can have any type.
        let jwt = keys.manager(config.verify_sub(false), Backend::default());
        let token = jwt.decode(&jwt.access_token(Identity::value(&other)).encode().unwrap()).unwrap();
        prop_assert_eq!(token.identity_value(), other);
    });
}

#[test]
fn claims_of_any_type_never_panic_and_only_right_ones_are_accepted() {
    let names = ["iat", "nbf", "exp", "iss", "aud", "sub", "jti", "type", "fresh"];
    let signer = Keys::of("HS256");
    let managers = configs().map(|config| signer.manager(config, Backend::default()));
    let some = vec((prop::sample::select(names.to_vec()), any_json()), 1..3);
    let [accepted, refused] = [0, 0].map(Cell::new);
    proptest!(cases(4000), |(changes in some)| {
        let texts: Vec<_> = changes.iter().map(|(name, json)| (*name, json.to_string())).collect();
        let texts: Vec<_> = texts.iter().map(|(name, json)| (*name, &**json)).collect();
        let payload = payload(&texts);
        let token = signer.sign(r#"{"alg":"HS256","typ":"JWT"}"#, &payload);
        for (jwt, strict) in managers.iter().zip([true, false]) {
            match jwt.decode(&token) {
                Ok(token) => {
                    accepted.update(|count| count + 1);
                    let claims: Map<String, Value> = token.claims_as().unwrap();
                    for (name, value) in &claims {
                        prop_assert!(is_well_typed(name, value, strict), "{name}: {value} in {payload}");
                    }
                    prop_assert!(claims["exp"].as_f64().unwrap() > NOW as f64);
                    prop_assert!(claims.get("nbf").is_none_or(|nbf| nbf.as_f64().unwrap() <= NOW as f64));
                    prop_assert!(claims["iat"].as_f64().unwrap() <= NOW as f64);
                    prop_assert_eq!(&claims["iss"], ISSUER);
                    prop_assert_eq!(token.identity(), claims["sub"].as_str().unwrap());
                    prop_assert_eq!(token.id(), claims["jti"].as_str());
                }
                Err(_) => refused.update(|count| count + 1),
            }
        }
    });
    assert!(accepted.get() > 500 && refused.get() > 500, "{accepted:?} {refused:?}");
}

/// The rules of RFC 7519, 2 and 4.1. With `strict`, also the rules of this library for its own claims.
fn is_well_typed(name: &str, value: &Value, strict: bool) -> bool {
    match name {
        "iat" | "nbf" | "exp" => value.is_number(),
        "iss" | "sub" | "jti" => value.is_string(),
        "aud" => value == AUDIENCE || value.as_array().is_some_and(|all| all.iter().all(Value::is_string)),
        "type" => value.is_string() || !strict,
        "fresh" => value.is_boolean() || value.is_number() || !strict,
        _ => true,
    }
}

// ---- one byte more, less, or other

/// A token of each family, and the managers of every backend that accept it.
fn tokens() -> Vec<(&'static str, String, Vec<JwtManager>)> {
    let tokens = ["HS256", "ES256", "EdDSA", "RS256"].map(|name| {
        let keys = Keys::of(name);
        let managers = Backend::all().iter().map(|backend| keys.manager(Config::default(), *backend));
        let managers: Vec<_> = managers.collect();
        let token = managers[0].access_token("alice").encode().unwrap();
        assert!(managers.iter().all(|jwt| accepts(jwt, &token)), "{name}");
        (name, token, managers)
    });
    tokens.into()
}

#[test]
fn a_token_that_differs_in_any_byte_is_refused() {
    for (name, token, managers) in tokens() {
        let token = token.as_bytes();
        for place in 0..token.len() {
            let byte = token[place];
            // RS256 is slow, so try only two changes at most positions. The digest detects any change to the header or
            // payload.
            let spared = name == "RS256" && !place.is_multiple_of(3);
            let others = [byte ^ 1, b'A', b'_', b'.', b'=', b' ', b',', byte ^ 0x20, byte ^ 0x80, 0, 0xff];
            let others = if spared { &others[..2] } else { &others[..] };
            for other in others.iter().filter(|other| **other != byte) {
                let mut changed = token.to_vec();
                changed[place] = *other;
                let accepted = managers.iter().position(|jwt| accepts(jwt, &changed));
                assert_eq!(accepted, None, "{name}: {other:#x} at {place}");
            }
        }
    }
}

#[test]
fn a_token_that_is_shorter_or_longer_is_refused() {
    for (name, token, managers) in tokens() {
        for jwt in &managers {
            for end in 0..token.len() {
                assert!(jwt.decode(&token[..end]).is_err(), "{name}: the first {end} bytes");
                assert!(jwt.decode(&token[end + 1..]).is_err(), "{name}: from {end} on");
            }
            for byte in 0..128 {
                let byte = char::from(byte);
                assert!(jwt.decode(&format!("{token}{byte}")).is_err(), "{name}: {byte:?} after it");
                assert!(jwt.decode(&format!("{byte}{token}")).is_err(), "{name}: {byte:?} before it");
            }
            for more in ["=", "==", "AA", "AAA", "AAAA", ".", ".AAAA", &token, &format!(".{token}")] {
                assert!(jwt.decode(&format!("{token}{more}")).is_err(), "{name}: {more} after it");
            }
        }
    }
}

#[test]
fn every_algorithm_refuses_every_changed_signature() {
    for name in ALGORITHMS {
        let keys = Keys::of(name);
        for &backend in Backend::all() {
            let jwt = keys.manager(Config::default(), backend);
            let token = keys.sign(format!(r#"{{"alg":"{name}"}}"#), payload(&[("aud", "")]));
            assert!(jwt.decode(&token).is_ok(), "{name} {backend:?}");
            let (signed, signature) = token.rsplit_once('.').unwrap();
            for place in (0..signature.len()).step_by(7) {
                let other = if signature.as_bytes()[place] == b'A' { "B" } else { "A" };
                let mut changed = signature.to_owned();
                changed.replace_range(place..=place, other);
                assert!(jwt.decode(&format!("{signed}.{changed}")).is_err(), "{name} {backend:?}: {place}");
            }
        }
    }
}
