//! Several keys at once: which key a token requires, and what happens to tokens when the keys are swapped.

use http::Request;
use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, Backend, KeyRing, KeySet, SigningKey, VerifyingKey};
use jwt_core::token::jws;
use jwt_core::{Config, ConfigError, EncodeError, JwtManager, JwtManagerBuilder, Policy};
use serde_json::{Value, json};

use crate::support::{SECRET, authenticate, bearer, builder, invalid, text_of};
use crate::support_keys::{
    PAIRS, SECRETS, file, issue, keyless, new_key, signer, signing, told, verifier, verifying, with_ring,
};

fn public(key: &SigningKey) -> VerifyingKey {
    key.verifying_key().clone()
}

fn secret(algorithm: Algorithm) -> SigningKey {
    SigningKey::from_secret(algorithm, SECRET).unwrap()
}

fn kid_of(token: &str) -> Option<String> {
    let header: Value = serde_json::from_str(&text_of(token, 0)).unwrap();
    header.get("kid").map(|kid| kid.as_str().unwrap().to_owned())
}

/// Returns a token signed with this key, with or without a `kid`.
fn token(key: &SigningKey, kid: Option<&str>) -> String {
    match kid {
        Some(kid) => issue(&with_ring(KeyRing::new(key.clone().with_id(kid)))),
        None => issue(&signer(key.clone())),
    }
}

#[test]
fn the_kid_is_the_thumbprint_or_the_id_that_the_key_was_given() {
    for algorithm in PAIRS {
        let key = signing(algorithm);
        let thumbprint = key.verifying_key().thumbprint().unwrap().to_owned();
        let jwt = with_ring(KeyRing::new(key.clone()));
        let token = issue(&jwt);
        assert_eq!(kid_of(&token), Some(thumbprint.clone()));
        assert_eq!(
            text_of(&token, 0),
            format!(r#"{{"alg":"{algorithm}","kid":"{thumbprint}","typ":"JWT"}}"#)
        );
        assert_eq!(jwt.decode(&token).unwrap().header()["kid"], *thumbprint);
        let jwt = with_ring(KeyRing::new(key.with_id("2030-01")));
        assert_eq!(kid_of(&issue(&jwt)).as_deref(), Some("2030-01"));
        assert!(jwt.decode(&issue(&jwt)).is_ok());
    }
}

#[test]
fn an_id_may_be_any_text() {
    for id in ["é", "\"", "\\", "\u{1}", "a b", "../../etc/passwd", "' OR 1=1", &"x".repeat(1000)] {
        let jwt = with_ring(KeyRing::new(signing(Algorithm::ES256).with_id(id)));
        let token = issue(&jwt);
        assert_eq!(kid_of(&token).as_deref(), Some(id));
        assert!(jwt.decode(&token).is_ok(), "{id}");
        let other = jwt.access_token("alice").header("x", 1).encode().unwrap();
        assert_eq!(kid_of(&other).as_deref(), Some(id));
        assert!(jwt.decode(&other).is_ok(), "{id}");
    }
}

#[test]
fn a_secret_needs_an_id() {
    for algorithm in SECRETS {
        let key = secret(algorithm);
        let build = |ring| keyless(Config::default()).keys(ring).build();
        assert!(told(build(KeyRing::new(key.clone()))).0.contains("a secret without an id"));
        let ring = KeyRing::new(new_key()).with_verifying_key(public(&key));
        assert!(told(build(ring)).1.contains("with_id()"));
        let jwt = with_ring(KeyRing::new(key.with_id("a")));
        assert_eq!(kid_of(&issue(&jwt)).as_deref(), Some("a"));
        assert!(jwt.decode(&issue(&jwt)).is_ok());
    }
}

#[test]
fn ids_are_distinct_and_not_empty() {
    let build = |ring: KeyRing| keyless(Config::default()).keys(ring).build();
    let key = signing(Algorithm::ES256);
    assert!(
        told(build(KeyRing::new(key.clone()).with_verifying_key(public(&key)))).0.contains("the same id")
    );
    let (a, b) = (new_key().with_id("a"), new_key().with_id("a"));
    assert!(told(build(KeyRing::new(a.clone()).with_verifying_key(public(&b)))).0.contains("the same id"));
    let ring = KeyRing::verifying_only().with_verifying_key(public(&a)).with_verifying_key(public(&b));
    assert!(told(build(ring)).1.contains("with_id()"));
    assert!(told(build(KeyRing::new(a.with_id("")))).0.contains("empty"));
    assert!(told(KeySet::new([public(&b), public(&b)])).0.contains("the same id"));
    // A key with two ids, or for two algorithms, counts as two keys.
    let ring = KeyRing::new(key.clone().with_id("a")).with_verifying_key(public(&key));
    assert!(build(ring).is_ok());
    let ring = KeyRing::new(signing(Algorithm::RS256)).with_verifying_key(verifying(Algorithm::PS256));
    assert!(build(ring).is_ok());
}

#[test]
fn an_empty_ring_is_not_a_key() {
    let build = |ring: KeyRing| keyless(Config::default()).keys(ring).build();
    assert_eq!(build(KeyRing::verifying_only()).unwrap_err(), ConfigError::MissingKey);
    assert_eq!(build(KeyRing::default().require_kid(true)).unwrap_err(), ConfigError::MissingKey);
}

#[test]
fn a_kid_selects_its_key_and_no_other() {
    let (own, old) = (new_key().with_id("own"), new_key().with_id("old"));
    let jwt = with_ring(KeyRing::new(own.clone()).with_verifying_key(public(&old)));
    for (key, id) in [(&own, "own"), (&old, "old")] {
        assert!(jwt.decode(&token(key, Some(id))).is_ok());
    }
    // The signature is valid, but it is not from the key that the header names.
    assert_eq!(invalid(jwt.decode(&token(&own, Some("old")))), InvalidToken::Signature);
    assert_eq!(invalid(jwt.decode(&token(&old, Some("own")))), InvalidToken::Signature);
    for unknown in ["", "OWN", "own ", "other", old.verifying_key().thumbprint().unwrap_or("")] {
        if !unknown.is_empty() {
            assert_eq!(
                invalid(jwt.decode(&token(&own, Some(unknown)))),
                InvalidToken::UnknownKey,
                "{unknown}"
            );
        }
    }
    let odd = signer(own).access_token("alice").header("kid", "").encode().unwrap();
    assert_eq!(invalid(jwt.decode(&odd)), InvalidToken::UnknownKey);
}

#[test]
fn a_kid_of_another_algorithms_key_is_refused() {
    let jwt = with_ring(
        KeyRing::new(signing(Algorithm::RS256).with_id("rsa"))
            .with_verifying_key(verifying(Algorithm::ES256).with_id("ec"))
            .with_verifying_key(public(&secret(Algorithm::HS256).with_id("hmac"))),
    );
    assert!(jwt.decode(&token(&signing(Algorithm::ES256), Some("ec"))).is_ok());
    for (key, kid) in [
        (signing(Algorithm::ES256), "rsa"),
        (signing(Algorithm::ES256), "hmac"),
        (signing(Algorithm::PS256), "rsa"),
        (secret(Algorithm::HS256), "rsa"),
        (secret(Algorithm::HS384), "hmac"),
    ] {
        assert_eq!(invalid(jwt.decode(&token(&key, Some(kid)))), InvalidToken::AlgorithmNotAllowed, "{kid}");
    }
    // The text of a public key is not a secret.
    for pem in [file("rs256.pub.pem"), file("es256.pub.pem")] {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, pem.as_bytes());
        for kid in ["", r#""kid":"rsa","#, r#""kid":"hmac","#] {
            let header = crate::support::segment(format!(r#"{{"alg":"HS256",{kid}"typ":"JWT"}}"#));
            let text = format!("{header}.{}", crate::support::segment(crate::support::payload(&[])));
            let signature = crate::support::segment(aws_lc_rs::hmac::sign(&key, text.as_bytes()));
            assert!(jwt.decode(&format!("{text}.{signature}")).is_err());
        }
    }
}

#[test]
fn without_a_kid_the_keys_of_the_algorithm_are_tried() {
    let (own, old) = (new_key(), new_key());
    let ring = || KeyRing::new(own.clone()).with_verifying_key(public(&old));
    let jwt = with_ring(ring().with_verifying_key(verifying(Algorithm::RS256)));
    for key in [&own, &old, &signing(Algorithm::RS256)] {
        assert!(jwt.decode(&token(key, None)).is_ok());
    }
    assert_eq!(invalid(jwt.decode(&token(&new_key(), None))), InvalidToken::Signature);
    assert_eq!(
        invalid(jwt.decode(&token(&signing(Algorithm::RS512), None))),
        InvalidToken::AlgorithmNotAllowed
    );

    let strict = with_ring(ring().require_kid(true));
    for key in [&own, &old] {
        assert_eq!(invalid(strict.decode(&token(key, None))), InvalidToken::KeyIdMissing);
        assert!(strict.decode(&issue(&with_ring(KeyRing::new(key.clone())))).is_ok());
    }
    assert!(with_ring(ring().require_kid(true).require_kid(false)).decode(&token(&old, None)).is_ok());
}

#[test]
fn no_more_than_eight_keys_of_an_algorithm_are_tried() {
    let keys: Vec<_> = (0..9).map(|_| new_key()).collect();
    let ring = keys.iter().fold(KeyRing::verifying_only(), |ring, key| ring.with_verifying_key(public(key)));
    // Keys for other algorithms do not count.
    let jwt = with_ring(KeyRing::clone(&ring).with_verifying_key(verifying(Algorithm::EdDSA)));
    for (index, key) in keys.iter().enumerate() {
        assert_eq!(jwt.decode(&token(key, None)).is_ok(), index < 8, "{index}");
        assert!(jwt.decode(&issue(&with_ring(KeyRing::new(key.clone())))).is_ok());
    }
    assert!(jwt.decode(&token(&signing(Algorithm::EdDSA), None)).is_ok());
}

#[test]
fn a_header_cannot_overwrite_the_kid_of_a_ring() {
    let jwt = with_ring(KeyRing::new(new_key()));
    let other = jwt.access_token("alice").header("kid", "other").encode();
    assert!(matches!(other, Err(EncodeError::ReservedHeader(name)) if &*name == "kid"));
    let by_loader = keyless(Config::default())
        .keys(KeyRing::new(new_key()))
        .additional_headers_loader(|_: &Value| json!({"kid": "other"}))
        .build()
        .unwrap();
    assert!(matches!(by_loader.access_token("a").encode(), Err(EncodeError::ReservedHeader(_))));
}

#[test]
fn one_key_writes_no_kid_and_ignores_any() {
    for algorithm in PAIRS {
        let key = signing(algorithm).with_id("ignored");
        let jwt = signer(key.clone());
        assert_eq!(text_of(&issue(&jwt), 0), format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#));
        let own = jwt.access_token("alice").header("kid", "my own").encode().unwrap();
        assert_eq!(kid_of(&own).as_deref(), Some("my own"));
        for token in [own, token(&key, Some("anything")), token(&key, None)] {
            assert!(jwt.decode(&token).is_ok());
            assert!(verifier(public(&key)).decode(&token).is_ok());
        }
    }
}

#[test]
fn a_ring_that_verifies_only_signs_nothing() {
    let jwt = with_ring(KeyRing::verifying_only().with_verifying_key(verifying(Algorithm::ES256)));
    assert!(jwt.decode(&issue(&with_ring(KeyRing::new(signing(Algorithm::ES256))))).is_ok());
    for jwt in [jwt, verifier(verifying(Algorithm::ES256))] {
        assert!(matches!(jwt.access_token("alice").encode(), Err(EncodeError::NoSigningKey)));
    }
}

#[test]
fn a_ring_works_with_every_library() {
    for &backend in Backend::all() {
        let ring = PAIRS.iter().skip(1).fold(KeyRing::new(signing(PAIRS[0])), |ring, algorithm| {
            ring.with_verifying_key(verifying(*algorithm))
        });
        let jwt = keyless(Config::default()).keys(ring).backend(backend).build().unwrap();
        for algorithm in PAIRS {
            assert!(jwt.decode(&issue(&with_ring(KeyRing::new(signing(algorithm))))).is_ok());
            assert!(jwt.decode(&token(&signing(algorithm), None)).is_ok());
        }
    }
}

#[test]
fn a_rotation_rejects_no_token() {
    let (old, new) = (new_key(), new_key());
    let jwt = with_ring(KeyRing::new(old.clone()));
    let other = jwt.clone();
    let first = issue(&jwt);
    jwt.set_keys(KeyRing::new(old.clone()).with_verifying_key(public(&new))).unwrap();
    jwt.set_keys(KeyRing::new(new.clone()).with_verifying_key(public(&old))).unwrap();
    let second = issue(&other);
    assert_ne!(kid_of(&first), kid_of(&second));
    for token in [&first, &second] {
        assert!(jwt.decode(token).is_ok() && other.decode(token).is_ok());
        assert!(authenticate(&jwt, &bearer(token), &Policy::access()).is_ok());
    }
    assert_eq!(jwt.jwks().len(), 2);
    jwt.set_keys(KeyRing::new(new)).unwrap();
    for jwt in [&jwt, &other] {
        assert_eq!(invalid(jwt.decode(&first)), InvalidToken::UnknownKey);
        assert!(jwt.decode(&second).is_ok());
        assert_eq!(jwt.jwks().len(), 1);
    }
}

#[test]
fn a_token_begun_before_a_swap_is_finished_by_the_keys_of_its_beginning() {
    let (old, new) = (new_key(), new_key());
    let jwt = with_ring(KeyRing::new(old.clone()));
    let begun = jwt.access_token("alice");
    jwt.set_keys(KeyRing::new(new)).unwrap();
    assert_eq!(kid_of(&begun.encode().unwrap()).as_deref(), old.verifying_key().id());
}

#[test]
fn a_ring_takes_the_place_of_one_key() {
    let jwt = builder(Config::default()).build().unwrap();
    let before = issue(&jwt);
    let ring = KeyRing::new(new_key());
    jwt.set_keys(ring.clone().with_verifying_key(public(&secret(Algorithm::HS256).with_id("old")))).unwrap();
    assert!(jwt.decode(&before).is_ok() && jwt.decode(&issue(&jwt)).is_ok());
    jwt.set_keys(ring).unwrap();
    assert_eq!(invalid(jwt.decode(&before)), InvalidToken::AlgorithmNotAllowed);
}

#[test]
fn a_bad_ring_leaves_the_keys_as_they_are() {
    let own = new_key();
    let config = Config::default().algorithm(Algorithm::ES256).decode_algorithms([Algorithm::EdDSA]);
    let jwt = keyless(config).keys(KeyRing::new(own.clone())).build().unwrap();
    let before = issue(&jwt);
    for ring in [
        KeyRing::default(),
        KeyRing::new(own.clone()).with_verifying_key(public(&own)),
        KeyRing::new(own.clone().with_id("")),
        KeyRing::new(secret(Algorithm::HS256)),
        KeyRing::new(signing(Algorithm::EdDSA)),
        KeyRing::new(new_key()).with_verifying_key(verifying(Algorithm::RS256)),
    ] {
        assert!(jwt.set_keys(ring).is_err());
        assert!(jwt.decode(&before).is_ok() && jwt.decode(&issue(&jwt)).is_ok());
        assert_eq!(kid_of(&issue(&jwt)).as_deref(), own.verifying_key().id());
    }
    jwt.set_keys(KeyRing::new(new_key()).with_verifying_key(verifying(Algorithm::EdDSA))).unwrap();
    assert!(jwt.decode(&before).is_err());
}

#[test]
fn the_algorithm_of_the_configuration_is_that_of_the_key() {
    for algorithm in PAIRS {
        let key = signing(algorithm);
        let ways: [fn(JwtManagerBuilder, SigningKey) -> JwtManagerBuilder; 3] = [
            |builder, key| builder.key_pair(key),
            |builder, key| builder.public_key(key.verifying_key().clone()),
            |builder, key| builder.keys(KeyRing::new(key)),
        ];
        for (index, way) in ways.into_iter().enumerate() {
            let build = |config| way(keyless(config), key.clone()).build();
            assert!(build(Config::default().algorithm(algorithm)).is_ok());
            assert!(build(Config::default().decode_algorithms([algorithm])).is_ok());
            for other in PAIRS.into_iter().chain(SECRETS).filter(|other| *other != algorithm) {
                let (found, expected) = told(build(Config::default().algorithm(other)));
                assert!(found.contains(algorithm.as_str()), "{index}: {found}");
                assert!(expected.contains(other.as_str()), "{index}: {expected}");
            }
        }
    }
    for algorithm in PAIRS {
        let built = keyless(Config::default().algorithm(algorithm)).secret(SECRET).build();
        assert!(told(built).1.contains(algorithm.as_str()));
        let built = keyless(Config::default().decode_algorithms([algorithm])).secret(SECRET).build();
        assert_eq!(told(built).0, "a secret");
    }
}

#[test]
fn one_key_serves_several_algorithms_of_its_kind_and_no_others() {
    let algorithms = [Algorithm::RS256, Algorithm::PS256];
    let config = || Config::default().decode_algorithms(algorithms);
    for jwt in [
        keyless(config()).key_pair(signing(Algorithm::RS256)).build().unwrap(),
        keyless(config()).key_pair(signing(Algorithm::PS256)).build().unwrap(),
        keyless(config()).public_key(verifying(Algorithm::RS256)).build().unwrap(),
        keyless(Config::default().decode_algorithms([Algorithm::PS256]))
            .key_pair(signing(Algorithm::RS256))
            .build()
            .unwrap(),
    ] {
        for algorithm in PAIRS {
            let accepted = jwt.decode(&issue(&signer(signing(algorithm)))).is_ok();
            assert_eq!(accepted, algorithms.contains(&algorithm), "{algorithm}");
        }
    }
    for (key, other) in [
        (Algorithm::RS256, Algorithm::ES256),
        (Algorithm::RS256, Algorithm::HS256),
        (Algorithm::ES256, Algorithm::ES384),
        (Algorithm::EdDSA, Algorithm::RS256),
    ] {
        let config = || Config::default().decode_algorithms([key, other]);
        assert!(told(keyless(config()).key_pair(signing(key)).build()).1.contains(other.as_str()));
        assert!(told(keyless(config()).public_key(verifying(key)).build()).1.contains(other.as_str()));
    }
}

#[test]
fn a_secret_is_as_long_as_the_longest_hash_however_it_is_given() {
    let short: Vec<u8> = (0..32).collect();
    let key = SigningKey::from_secret(Algorithm::HS256, &*short).unwrap();
    let config = Config::default().decode_algorithms([Algorithm::HS256, Algorithm::HS512]);
    let error = ConfigError::ShortSecret { algorithm: Algorithm::HS512, needed: 64, found: 32 };
    for builder in [
        keyless(config.clone()).secret(short),
        keyless(config.clone()).key_pair(key.clone()),
        keyless(config.clone()).public_key(public(&key)),
    ] {
        assert_eq!(builder.build().unwrap_err(), error);
    }
    let insecure = config.insecure_short_secret();
    assert!(keyless(insecure.clone()).key_pair(key.clone()).build().is_ok());
    assert!(keyless(insecure).public_key(public(&key)).build().is_ok());
}

#[test]
fn a_ring_keeps_to_the_algorithms_of_the_configuration() {
    let ring = KeyRing::new(signing(Algorithm::ES256)).with_verifying_key(verifying(Algorithm::RS256));
    let build = |config: Config| keyless(config).keys(ring.clone()).build();
    assert!(build(Config::default().decode_algorithms([Algorithm::RS256])).is_ok());
    assert!(build(Config::default().decode_algorithms([Algorithm::RS256, Algorithm::EdDSA])).is_ok());
    let (found, expected) = told(build(Config::default().decode_algorithms([Algorithm::PS256])));
    assert!(found.contains("RS256") && expected.contains("decode_algorithms"));
}

#[test]
fn keys_are_given_in_one_way() {
    let ways: [fn(JwtManagerBuilder) -> JwtManagerBuilder; 4] = [
        |builder| builder.secret(SECRET),
        |builder| builder.key_pair(signing(Algorithm::ES256)),
        |builder| builder.public_key(verifying(Algorithm::ES256)),
        |builder| builder.keys(KeyRing::new(signing(Algorithm::ES256))),
    ];
    for (one, first) in ways.iter().enumerate() {
        for (two, second) in ways.iter().enumerate() {
            let built = second(first(keyless(Config::default()))).build();
            match built {
                Ok(_) => assert_eq!(one, two, "the last of one kind counts"),
                Err(error) => {
                    assert_ne!(one, two);
                    crate::building::assert_told(&error, "key");
                }
            }
        }
    }
    let jwt = keyless(Config::default()).secret("x").secret(SECRET).build().unwrap();
    assert!(jwt.decode(&issue(&jwt)).is_ok());
}

#[test]
fn guards_and_extractors_verify_by_the_ring() {
    let (own, old) = (new_key(), new_key());
    let jwt = with_ring(KeyRing::new(own).with_verifying_key(public(&old)));
    let view: Request<()> = bearer(&token(&old, None));
    assert_eq!(authenticate(&jwt, &view, &Policy::access()).unwrap().token().unwrap().identity(), "alice");
    let checked = jwt.check(&view, &Policy::access()).unwrap();
    assert!(jwt.complete_now(checked).is_ok());
}

#[test]
fn the_keys_of_a_ring_verify_a_bare_signature_by_the_same_rules() {
    let (own, old) = (new_key().with_id("own"), new_key().with_id("old"));
    let keys = KeySet::new([public(&own), public(&old)]).unwrap();
    for (key, kid, verified) in
        [(&own, Some("own"), true), (&old, None, true), (&own, Some("old"), false), (&own, Some("x"), false)]
    {
        assert_eq!(jws::verify(token(key, kid), &keys).is_ok(), verified, "{kid:?}");
    }
}

#[test]
fn debug_of_rings_and_sets_shows_nothing_of_a_key() {
    let key = secret(Algorithm::HS256).with_id("id-of-the-key");
    let ring = KeyRing::new(key.clone()).with_verifying_key(verifying(Algorithm::RS256));
    let set = KeySet::new([public(&key)]).unwrap();
    let jwt: JwtManager = with_ring(ring.clone());
    let builder = keyless(Config::default()).keys(ring.clone());
    for shown in [
        format!("{ring:?}"),
        format!("{set:?}"),
        format!("{jwt:?}"),
        format!("{builder:?}"),
        format!("{:?}", jwt.jwks()),
        format!("{:?}", jwt.access_token("alice")),
    ] {
        let thumbprint = verifying(Algorithm::RS256);
        for hidden in [SECRET, "battery", "99, 111", thumbprint.thumbprint().unwrap()] {
            assert!(!shown.contains(hidden), "{hidden} in {shown}");
        }
    }
}
