//! JSON Web Key Sets, as published by other services and by a manager.

use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, JwkSet, KeyRing, KeySet, SigningKey, VerifyingKey};
use jwt_core::token::jws;
use jwt_core::{Config, JwtManager};
use serde_json::{Value, json};

use crate::jwk::roca;
use crate::support::{SECRET, segment};
use crate::support_keys::{
    KINDS, PAIRS, file, issue, keyless, new_key, public_jwk, signer, signing, told, verifying, with,
    with_ring,
};

fn set(keys: &[Value]) -> String {
    json!({"keys": keys}).to_string()
}

fn oct(kid: &str) -> Value {
    json!({"kty": "oct", "kid": kid, "k": segment(SECRET)})
}

fn verify(token: &str, keys: &KeySet) -> Result<Algorithm, InvalidToken> {
    jws::verify(token, keys).map(|jws| jws.algorithm())
}

/// Returns the keys that other services read from the published set.
fn published(jwt: &JwtManager) -> KeySet {
    KeySet::from_jwks(serde_json::to_string(&jwt.jwks()).unwrap()).unwrap()
}

#[test]
fn keys_that_cannot_be_used_are_left_out_and_the_others_stay() {
    let ec = public_jwk(Algorithm::ES256);
    let keys = KeySet::from_jwks(set(&[
        json!(5),
        json!(null),
        json!({}),
        json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}),
        with(ec.clone(), "use", "enc"),
        with(ec.clone(), "key_ops", json!(["sign"])),
        with(ec.clone(), "alg", "ECDH-ES"),
        with(ec.clone(), "crv", "P-521"),
        with(ec.clone(), "kid", 5),
        with(public_jwk(Algorithm::RS256), "e", "AQ"),
        roca(),
        ec,
        json!({"kty": "EC"}),
    ]))
    .unwrap();
    assert_eq!(verify(&issue(&signer(signing(Algorithm::ES256))), &keys), Ok(Algorithm::ES256));
    assert_eq!(
        verify(&issue(&signer(signing(Algorithm::RS256))), &keys),
        Err(InvalidToken::AlgorithmNotAllowed)
    );
}

#[test]
fn a_set_in_which_nothing_can_be_used_is_an_error_that_tells_why() {
    assert!(told(KeySet::from_jwks(set(&[]))).0.contains("without keys"));
    let bad = with(public_jwk(Algorithm::ES256), "use", "enc");
    let (found, _) = told(KeySet::from_jwks(set(&[bad, json!({})])));
    assert_eq!(found, "a JWK for a different use");
    assert!(told(KeySet::from_jwks(r#"{"keys":5}"#)).0.contains("not a list"));
    assert!(told(KeySet::from_jwks(r#"{"keys":{}}"#)).0.contains("not a list"));
    for text in ["", "[]", "{}", "5", r#"{"keys":[]"#, r#"{"keys":[],"keys":[]}"#, "<html>"] {
        told(KeySet::from_jwks(text));
    }
}

#[test]
fn a_set_of_secrets_is_rejected() {
    for keys in [vec![oct("a")], vec![oct("a"), oct("b")], vec![json!({"kty": "oct"})]] {
        let (found, expected) = told(KeySet::from_jwks(set(&keys)));
        assert_eq!(found, "a JWK set with secrets");
        assert!(expected.contains("9.2") && expected.contains("with_key()"), "{expected}");
    }
    let keys = [oct("a"), public_jwk(Algorithm::ES256)];
    assert!(told(KeySet::from_jwks(set(&keys))).0.contains("secrets alongside public keys"));
}

#[test]
fn a_set_with_a_private_key_is_rejected_even_if_that_key_is_unusable() {
    let ec = public_jwk(Algorithm::ES256);
    let mut private: Vec<_> = KINDS.map(crate::support_keys::private_jwk).into();
    private.extend(["d", "p", "q", "dp", "dq", "qi", "oth", "k"].map(|name| with(ec.clone(), name, "AQ")));
    private.extend([
        with(ec.clone(), "d", 5),
        with(with(ec.clone(), "d", "AQ"), "use", "enc"),
        json!({"kty": "OKP", "crv": "X448", "x": "AA", "d": "AA"}),
        json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "priv": "AA"}),
        json!({"d": "AA"}),
    ]);
    let rest = ec.to_string();
    // A JWK with a name that occurs twice cannot be used, but others can read it.
    let twice = [
        r#"{"kty":"EC","d":"AA","d":"AA"}"#.to_owned(),
        r#"{"kty":"EC","d":"AA","d":null}"#.to_owned(),
        r#"{"z":1,"z":1,"\u0064":"AA"}"#.to_owned(),
    ];
    for jwk in private.iter().map(Value::to_string).chain(twice) {
        for keys in [format!("{rest},{jwk}"), format!("{jwk},{rest}"), jwk.clone()] {
            let error = told(KeySet::from_jwks(format!(r#"{{"keys":[{keys}]}}"#)));
            assert!(error.0 == "a JWK set with private keys" && error.1.contains("9.2"), "{error:?} {jwk}");
        }
    }
}

#[test]
fn a_key_without_alg_serves_every_algorithm_of_its_kind_and_one_with_alg_that_one() {
    for algorithm in PAIRS {
        let token = issue(&signer(signing(algorithm)));
        let jwk = public_jwk(algorithm);
        for keys in [jwk.to_string(), set(std::slice::from_ref(&jwk))] {
            assert_eq!(verify(&token, &KeySet::from_jwks(keys).unwrap()), Ok(algorithm));
        }
        for named in PAIRS.into_iter().filter(|named| public_jwk(*named) == jwk) {
            let keys = KeySet::from_jwks(set(&[with(jwk.clone(), "alg", named.as_str())])).unwrap();
            let expected =
                if named == algorithm { Ok(algorithm) } else { Err(InvalidToken::AlgorithmNotAllowed) };
            assert_eq!(verify(&token, &keys), expected);
        }
    }
    // A secret is used for all algorithms that it is long enough for.
    let secret: Vec<u8> = (0..48).collect();
    let keys = json!({"kty": "oct", "k": segment(&secret)}).to_string();
    let keys = KeySet::from_jwks(keys).unwrap();
    let hs384 = SigningKey::from_secret(Algorithm::HS384, &*secret).unwrap();
    assert_eq!(verify(&issue(&signer(hs384)), &keys), Ok(Algorithm::HS384));
    let config = Config::default().algorithm(Algorithm::HS512).insecure_short_secret();
    let hs512 = keyless(config).secret(secret).build().unwrap();
    assert_eq!(verify(&issue(&hs512), &keys), Err(InvalidToken::AlgorithmNotAllowed));
}

#[test]
fn a_set_with_a_secret_and_public_keys_is_rejected_even_if_the_secret_is_unusable() {
    let ec = public_jwk(Algorithm::ES256);
    for secret in [oct("a"), json!({"kty": "oct", "k": "AQAB"}), json!({"kty": "oct", "use": "enc"})] {
        for keys in [[ec.clone(), secret.clone()], [secret, ec.clone()]] {
            let error = KeySet::from_jwks(set(&keys)).unwrap_err();
            assert!(error.to_string().contains("secrets alongside public keys"), "{error}");
        }
    }
}

#[test]
fn a_single_jwk_is_a_set_that_ignores_kid() {
    let jwk = with(public_jwk(Algorithm::ES256), "kid", "a");
    assert!(!KeySet::from_jwks(set(std::slice::from_ref(&jwk))).unwrap().ignores_kid());
    let keys = KeySet::from_jwks(jwk.to_string()).unwrap();
    assert!(keys.ignores_kid());
    assert!(KeySet::from_jwks(oct("a").to_string()).unwrap().ignores_kid());
    for jwt in [
        signer(signing(Algorithm::ES256)),
        with_ring(KeyRing::new(signing(Algorithm::ES256).with_id("other"))),
    ] {
        assert_eq!(verify(&issue(&jwt), &keys), Ok(Algorithm::ES256));
    }
}

#[test]
fn secrets_without_an_id_are_all_tried() {
    let secrets: [Vec<u8>; 2] = [(1..=64).collect(), (65..=128).collect()];
    let keys = secrets.each_ref().map(|s| VerifyingKey::from_secret(Algorithm::HS256, &**s).unwrap());
    let keys = KeySet::new(keys).unwrap();
    for secret in secrets {
        let jwt = keyless(Config::default()).secret(secret).build().unwrap();
        assert_eq!(verify(&issue(&jwt), &keys), Ok(Algorithm::HS256));
    }
    let other = issue(&keyless(Config::default()).secret(SECRET).build().unwrap());
    assert_eq!(verify(&other, &keys), Err(InvalidToken::Signature));
}

#[test]
fn what_a_manager_publishes_verifies_its_tokens() {
    for algorithm in PAIRS {
        let jwt = signer(signing(algorithm));
        assert_eq!(verify(&issue(&jwt), &published(&jwt)), Ok(algorithm));
        let jwt =
            with_ring(KeyRing::new(signing(algorithm)).with_verifying_key(new_key().verifying_key().clone()));
        assert_eq!(verify(&issue(&jwt), &published(&jwt)), Ok(algorithm));
    }
}

#[test]
fn one_key_for_several_algorithms_is_published_for_each() {
    let algorithms = [Algorithm::RS256, Algorithm::PS256];
    let jwt = keyless(Config::default().decode_algorithms(algorithms)).key_pair(signing(Algorithm::RS256));
    let jwt = jwt.build().unwrap();
    assert_eq!(jwt.jwks().len(), 2);
    assert_eq!(verify(&issue(&jwt), &published(&jwt)), Ok(Algorithm::RS256));
    assert_eq!(verify(&issue(&signer(signing(Algorithm::PS256))), &published(&jwt)), Ok(Algorithm::PS256));

    let ring = KeyRing::new(signing(Algorithm::RS256)).with_verifying_key(verifying(Algorithm::PS256));
    let jwt = with_ring(ring);
    assert_eq!(verify(&issue(&jwt), &published(&jwt)), Ok(Algorithm::RS256));
    let other = with_ring(KeyRing::new(signing(Algorithm::PS256)));
    assert_eq!(verify(&issue(&other), &published(&jwt)), Ok(Algorithm::PS256));
}

#[test]
fn a_published_key_says_what_it_is_for() {
    for algorithm in KINDS {
        let ring = with_ring(KeyRing::new(signing(algorithm)));
        let thumbprint = verifying(algorithm).thumbprint().unwrap().to_owned();
        let expected = with(public_jwk(algorithm), "alg", algorithm.as_str());
        let expected = with(with(expected, "use", "sig"), "kid", thumbprint);
        assert_eq!(serde_json::to_value(ring.jwks()).unwrap(), json!({"keys": [expected]}));
        // A single key does not write a `kid`, so it is published without one.
        let one = serde_json::to_value(signer(signing(algorithm)).jwks()).unwrap();
        assert_eq!(one["keys"][0].get("kid"), None);
    }
}

fn assert_public_only(jwks: &JwkSet) {
    let text = serde_json::to_string(jwks).unwrap();
    let keys: Value = serde_json::from_str(&text).unwrap();
    for key in keys["keys"].as_array().unwrap() {
        for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert_eq!(key.get(name), None, "{name}");
        }
        assert_ne!(key["kty"], "oct");
    }
    for algorithm in KINDS {
        let private = crate::support_keys::private_jwk(algorithm);
        for name in ["d", "p", "q", "dp", "dq", "qi"] {
            let value = private[name].as_str();
            assert!(value.is_none_or(|value| !text.contains(value)), "{name} of {algorithm}");
        }
    }
    assert!(!text.contains(&segment(SECRET)) && !text.contains(SECRET));
    assert!(!text.contains("secret-id"), "{text}");
    let shown = format!("{jwks:?}");
    assert!(shown.len() < 40 && shown.contains(&jwks.len().to_string()), "{shown}");
}

#[test]
fn only_public_keys_are_published() {
    let secret = || SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap().with_id("secret-id");
    let public = KINDS.map(verifying);
    let ring = |signing| public.iter().cloned().fold(KeyRing::new(signing), KeyRing::with_verifying_key);
    for (ring, published) in [
        (ring(secret()), 4),
        (ring(SigningKey::from_pem(Algorithm::ES256, file("es256.other.pem")).unwrap()), 5),
        (ring(new_key()).with_verifying_key(secret().verifying_key().clone()), 5),
        (KeyRing::new(secret()), 0),
    ] {
        let jwks = with_ring(ring).jwks();
        assert_eq!((jwks.len(), jwks.is_empty()), (published, published == 0));
        assert_public_only(&jwks);
    }
    let jwt = keyless(Config::default()).secret(SECRET).build().unwrap();
    assert!(jwt.jwks().is_empty());
    assert_eq!(serde_json::to_string(&jwt.jwks()).unwrap(), r#"{"keys":[]}"#);
}
