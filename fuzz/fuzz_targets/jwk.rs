//! Keys in every form: JWK sets, JWKs, maps of certificates, PEM, DER. Keys that are accepted must be within the limits. When they are
//! published, they must read back as the same keys, without any private members.

#![no_main]

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_core::keys::{Algorithm, Backend, JwkSet, KeySet, Secret, SigningKey, VerifyingKey};
use jwt_core::{Config, JwtManager, Policy};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const ALGORITHMS: [Algorithm; 12] = [
    Algorithm::HS256,
    Algorithm::HS384,
    Algorithm::HS512,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

fuzz_target!(|data: &[u8]| {
    // No format accepts input in another format, and each format is slow with its own, so try only one.
    if let Ok(text) = std::str::from_utf8(data)
        && text.trim_start().starts_with('{')
    {
        json(text);
    } else {
        encoded(data);
    }
    if let Ok(key) = VerifyingKey::from_secret(Algorithm::HS256, data) {
        assert!(data.len() >= 32);
        published(&KeySet::single(key).jwks(), 0);
    }
    assert_eq!(Secret::from(data).len(), data.len());
});

fn json(text: &str) {
    if let Ok(keys) = KeySet::from_jwks(text) {
        set(&keys);
    }
    for algorithm in [Algorithm::RS256, Algorithm::ES256] {
        if let Ok(keys) = KeySet::from_certificate_map(algorithm, text) {
            assert!(KeySet::from_jwks(text).is_err(), "a map and a JWK at once");
            assert!(members(&keys.jwks()).iter().all(|key| key["alg"] == algorithm.as_str()));
            set(&keys);
        }
    }
    for algorithm in ALGORITHMS {
        if let Ok(key) = VerifyingKey::from_jwk(algorithm, text) {
            verifying(algorithm, key);
        }
        if let Ok(key) = SigningKey::from_jwk(algorithm, text) {
            signing(algorithm, &key);
        }
    }
}

fn set(keys: &KeySet) {
    let jwks = keys.jwks();
    published(&jwks, jwks.len());
    let distinct: HashSet<_> =
        members(&jwks).iter().map(|key| format!("{}{}{}", key["kid"], key["n"], key["x"])).collect();
    assert!(distinct.len() <= 64, "too many keys of an issuer");
    for backend in Backend::all() {
        if let Ok(prepared) = keys.prepared_by(*backend) {
            assert_eq!(prepared.jwks(), jwks);
        } else {
            assert!(*backend == Backend::RustCrypto && is_for_aws_lc(&jwks), "only one backend accepts it");
        }
    }
}

fn encoded(data: &[u8]) {
    for algorithm in
        [Algorithm::RS256, Algorithm::PS512, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA]
    {
        let public = [VerifyingKey::from_pem(algorithm, data), VerifyingKey::from_der(algorithm, data)];
        let private = [SigningKey::from_pem(algorithm, data), SigningKey::from_der(algorithm, data)];
        assert!(
            public.iter().all(Result::is_err) || private.iter().all(Result::is_err),
            "public and private at once"
        );
        for key in public.into_iter().flatten() {
            verifying(algorithm, key);
        }
        for key in private.into_iter().flatten() {
            signing(algorithm, &key);
        }
    }
    for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
        assert!(VerifyingKey::from_pem(algorithm, data).is_err(), "a secret in PEM");
        assert!(VerifyingKey::from_der(algorithm, data).is_err(), "a secret in DER");
        assert!(SigningKey::from_der(algorithm, data).is_err(), "a secret in DER");
    }
}

fn verifying(algorithm: Algorithm, key: VerifyingKey) {
    assert_eq!(key.algorithm(), algorithm);
    let is_secret = algorithm.min_secret_len().is_some();
    assert_eq!(key.thumbprint().is_none(), is_secret);
    assert!(is_secret || key.id().is_some());
    let named = key.id() != Some("");
    published(&KeySet::single(key.clone()).jwks(), usize::from(!is_secret));
    if named {
        published(&KeySet::new([key]).expect("one key").jwks(), usize::from(!is_secret));
    }
}

fn signing(algorithm: Algorithm, key: &SigningKey) {
    assert_eq!(key.algorithm(), algorithm);
    verifying(algorithm, key.verifying_key().clone());
    for backend in Backend::all() {
        let builder = JwtManager::builder(Config::default()).backend(*backend);
        let Ok(manager) = builder.key_pair(key.clone()).build() else {
            assert_eq!(*backend, Backend::RustCrypto);
            assert!(
                is_for_aws_lc(&KeySet::single(key.verifying_key().clone()).jwks()),
                "only one backend accepts it"
            );
            continue;
        };
        let text = manager.access_token("a").encode().expect("what signs a probe signs a token");
        let request = http::Request::builder().header("Authorization", format!("Bearer {text}")).body(());
        assert!(manager.check(&request.expect("a request"), &Policy::access()).is_ok());
        // Others verify with the published keys.
        let jwks = serde_json::to_string(&manager.jwks()).expect("JSON");
        if algorithm.min_secret_len().is_none() {
            let set = KeySet::from_jwks(jwks).expect("what is published can be read");
            assert!(jwt_core::token::jws::verify(text, &set).is_ok());
        }
    }
}

fn members(jwks: &JwkSet) -> Vec<Value> {
    let json = serde_json::to_value(jwks).expect("JSON");
    json["keys"].as_array().expect("a list").clone()
}

fn bytes(key: &Value, name: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(key[name].as_str().expect("text")).expect("base64url")
}

fn bits(number: &[u8]) -> usize {
    assert_ne!(number[0], 0, "no leading zeros (RFC 7518, 6.3.1.1)");
    number.len() * 8 - number[0].leading_zeros() as usize
}

/// Returns whether aws-lc may accept these keys although the other backend does not: RSA keys that are too long for it,
/// and Ed25519 keys whose 32 bytes are not a point, which aws-lc only notices when it verifies a signature.
fn is_for_aws_lc(jwks: &JwkSet) -> bool {
    members(jwks).iter().any(|key| match key["kty"].as_str() {
        Some("RSA") => bits(&bytes(key, "n")) > 4096,
        kty => kty == Some("OKP"),
    })
}

/// Checks the rules for every published set.
fn published(jwks: &JwkSet, count: usize) {
    let keys = members(jwks);
    assert_eq!(keys.len(), count);
    for key in &keys {
        let names: Vec<_> = key.as_object().expect("an object").keys().map(String::as_str).collect();
        let permitted: &[&str] = match key["kty"].as_str().expect("text") {
            "RSA" => {
                let (n, e) = (bytes(key, "n"), bytes(key, "e"));
                assert!((2048..=8192).contains(&bits(&n)));
                assert!(n.last().unwrap() % 2 == 1 && e.last().unwrap() % 2 == 1 && e != [1]);
                &["n", "e"]
            }
            "EC" => {
                let length = if key["crv"] == "P-256" { 32 } else { 48 };
                assert!(
                    bytes(key, "x").len() == length && bytes(key, "y").len() == length,
                    "RFC 7518, 6.2.1"
                );
                &["crv", "x", "y"]
            }
            "OKP" => {
                assert_eq!(bytes(key, "x").len(), 32);
                &["crv", "x"]
            }
            other => panic!("{other} was published"),
        };
        let about = ["kty", "use", "alg", "kid"];
        assert!(names.iter().all(|name| about.contains(name) || permitted.contains(name)), "{names:?}");
    }
    if keys.is_empty() {
        return;
    }
    let json = serde_json::to_string(jwks).expect("JSON");
    let again = KeySet::from_jwks(&json).expect("what is published can be read").jwks();
    let nameless = |mut keys: Vec<Value>| {
        for key in &mut keys {
            key.as_object_mut().expect("an object").remove("kid");
        }
        keys
    };
    assert_eq!(nameless(members(&again)), nameless(keys), "the same keys");
    let third = serde_json::to_string(&again).expect("JSON");
    assert_eq!(KeySet::from_jwks(&third).expect("what is published can be read").jwks(), again);
}
