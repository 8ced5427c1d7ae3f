//! JWK sets as issuers write them: what is tolerated, what is skipped, what the log says, and how many keys are used.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, KeySet, SigningKey, VerifyingKey};
use jwt_core::token::jws;
use jwt_core::{Config, Issuer, TokenError};
use serde_json::{Value, json};

use crate::support::{SECRET, segment};
use crate::support_keys::{
    KINDS, PAIRS, file, issue, keyless, new_key, public_jwk, signer, signing, told, verifying, with, without,
};
use crate::support_log::{Line, logged};

fn set(keys: &[Value]) -> String {
    json!({"keys": keys}).to_string()
}

fn read(keys: &[Value]) -> KeySet {
    KeySet::from_jwks(set(keys)).unwrap()
}

fn verify(token: &str, keys: &KeySet) -> Result<Algorithm, InvalidToken> {
    jws::verify(token, keys).map(|jws| jws.algorithm())
}

/// A token that names its key.
fn token(key: &SigningKey, kid: &str) -> String {
    signer(key.clone()).access_token("alice").header("kid", kid).encode().unwrap()
}

/// The JWK of a key, with a `kid` and without `alg`.
fn jwk(key: &SigningKey, kid: &str) -> Value {
    let jwks = serde_json::to_value(signer(key.clone()).jwks()).unwrap();
    with(without(without(jwks["keys"][0].clone(), "alg"), "use"), "kid", kid)
}

fn other_rsa() -> SigningKey {
    SigningKey::from_pem(Algorithm::RS256, file("rs256.e3.pem")).unwrap()
}

/// Encodes the bytes of a member in another way.
fn respelled(jwk: &Value, name: &str, spell: impl FnOnce(Vec<u8>) -> String) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    with(jwk.clone(), name, spell(bytes))
}

#[test]
fn keys_of_different_kinds_share_a_kid() {
    let keys = read(&KINDS.map(|kind| with(public_jwk(kind), "kid", "a")));
    for algorithm in PAIRS {
        assert_eq!(verify(&token(&signing(algorithm), "a"), &keys), Ok(algorithm));
        assert_eq!(verify(&issue(&signer(signing(algorithm))), &keys), Ok(algorithm));
        assert_eq!(verify(&token(&signing(algorithm), "b"), &keys), Err(InvalidToken::UnknownKey));
    }
    assert_eq!(verify(&token(&new_key(), "a"), &keys), Err(InvalidToken::Signature));
    let hs256 = SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    assert_eq!(verify(&token(&hs256, "a"), &keys), Err(InvalidToken::AlgorithmNotAllowed));
}

#[test]
fn keys_of_one_kind_and_one_kid_are_all_tried() {
    let ours = [signing(Algorithm::RS256), other_rsa()];
    let keys = read(&ours.each_ref().map(|key| jwk(key, "a")));
    let reversed = read(&[jwk(&ours[1], "a"), jwk(&ours[0], "a")]);
    // A key whose `alg` is different does not take part.
    let for_pss = read(&[with(jwk(&ours[0], "a"), "alg", "PS256"), jwk(&ours[1], "a")]);
    for key in &ours {
        // The header of such a token is the one that the library itself writes.
        assert_eq!(verify(&token(key, "a"), &keys), Ok(Algorithm::RS256));
        assert_eq!(verify(&token(key, "a"), &reversed), Ok(Algorithm::RS256));
        let login = Issuer::new("https://login.example", keys.clone()).audience("api");
        let jwt = keyless(Config::default()).trusted_issuer(login).build().unwrap();
        let theirs = keyless(Config::default().encode_issuer("https://login.example").audience("api"));
        let theirs = theirs.key_pair(key.clone()).build().unwrap();
        let theirs = theirs.access_token("alice").header("kid", "a").encode().unwrap();
        assert_eq!(jwt.decode(&theirs).unwrap().identity(), "alice");
    }
    assert_eq!(verify(&token(&ours[0], "a"), &for_pss), Err(InvalidToken::Signature));
    assert_eq!(verify(&token(&ours[1], "a"), &for_pss), Ok(Algorithm::RS256));
}

#[test]
fn at_most_four_keys_of_one_kid_and_algorithm_are_tried() {
    let ours: Vec<_> = (0..6).map(|_| new_key()).collect();
    let mut jwks: Vec<_> = ours.iter().map(|key| jwk(key, "a")).collect();
    jwks.push(with(public_jwk(Algorithm::EdDSA), "kid", "a"));
    let (keys, lines) = logged(|| read(&jwks));
    for (index, key) in ours.iter().enumerate() {
        let expected = if index < 4 { Ok(Algorithm::ES256) } else { Err(InvalidToken::Signature) };
        assert_eq!(verify(&token(key, "a"), &keys), expected, "{index}");
    }
    assert_eq!(verify(&token(&signing(Algorithm::EdDSA), "a"), &keys), Ok(Algorithm::EdDSA));
    assert_eq!(lines.iter().map(Line::position).collect::<Vec<_>>(), ["4", "5"]);
    assert!(lines.iter().all(|line| line.reason().contains("more than 4 keys with the same id")));
    // The other algorithms of a key are not affected, and it is logged once.
    let rsa = |e: &[u8]| with(with(public_jwk(Algorithm::RS256), "kid", "a"), "e", segment(e));
    let mut jwks: Vec<_> = [3, 5, 7, 9].map(|e| with(rsa(&[e]), "alg", "PS256")).into();
    jwks.push(rsa(&[1, 0, 1]));
    let (keys, lines) = logged(|| read(&jwks));
    assert_eq!((keys.jwks().len(), lines.len()), (9, 1));
    assert_eq!(verify(&token(&signing(Algorithm::RS256), "a"), &keys), Ok(Algorithm::RS256));
    assert_eq!(verify(&token(&signing(Algorithm::PS256), "a"), &keys), Err(InvalidToken::Signature));
}

#[test]
fn equal_keys_count_once() {
    let key = new_key();
    let one = jwk(&key, "a");
    let twice = [one.clone(), with(one.clone(), "use", "sig"), with(one.clone(), "alg", "ES256")];
    let keys = read(&twice);
    assert_eq!(keys.jwks().len(), 1);
    assert_eq!(verify(&token(&key, "a"), &keys), Ok(Algorithm::ES256));
    // Without a `kid`, the thumbprint is the id.
    let nameless = without(one.clone(), "kid");
    assert_eq!(read(&[nameless.clone(), nameless.clone()]).jwks().len(), 1);
    let thumbprint = key.verifying_key().thumbprint().unwrap();
    assert_eq!(read(&[nameless.clone(), with(one.clone(), "kid", thumbprint)]).jwks().len(), 1);
    // Under another id, it is another key.
    let both = read(&[one.clone(), with(one, "kid", "b"), nameless]);
    assert_eq!(both.jwks().len(), 3);
    for kid in ["a", "b", thumbprint] {
        assert_eq!(verify(&token(&key, kid), &both), Ok(Algorithm::ES256));
    }
    // Each algorithm of a key counts once, too.
    let rsa = with(public_jwk(Algorithm::RS256), "kid", "a");
    let (rs256, ps256) = (with(rsa.clone(), "alg", "RS256"), with(rsa.clone(), "alg", "PS256"));
    for (keys, len) in [([&rs256, &ps256, &rs256], 2), ([&rs256, &rsa, &ps256], 6), ([&rsa, &rsa, &rs256], 6)]
    {
        assert_eq!(read(&keys.map(Clone::clone)).jwks().len(), len);
    }
}

#[test]
fn members_that_are_null_and_empty_key_ops_count_as_absent() {
    for kind in KINDS {
        let mut odd = with(with(public_jwk(kind), "key_ops", json!([])), "made-up", json!({"a": [1]}));
        for name in ["use", "alg", "x5c", "x5t", "x5u", "d", "p", "k", "oth"] {
            odd[name] = Value::Null;
        }
        let nameless = with(odd.clone(), "kid", Value::Null);
        let keys = read(&[nameless]);
        let thumbprint = verifying(kind).thumbprint().unwrap().to_owned();
        assert_eq!(verify(&token(&signing(kind), &thumbprint), &keys), Ok(kind));
        assert_eq!(verify(&issue(&signer(signing(kind))), &keys), Ok(kind));
        assert_eq!(verify(&token(&signing(kind), "a"), &read(&[with(odd.clone(), "kid", "a")])), Ok(kind));
        // As a single JWK, too.
        assert_eq!(
            verify(&issue(&signer(signing(kind))), &KeySet::from_jwks(odd.to_string()).unwrap()),
            Ok(kind)
        );
    }
    let ec = public_jwk(Algorithm::ES256);
    for (name, value) in [
        ("kty", Value::Null),
        ("x", Value::Null),
        ("key_ops", json!("verify")),
        ("key_ops", json!([null])),
        ("key_ops", json!(["sign"])),
        ("key_ops", json!({})),
        ("use", json!([])),
        ("use", json!("")),
        ("alg", json!("")),
        ("alg", json!("none")),
        ("alg", json!("RS256")),
    ] {
        let odd = with(ec.clone(), name, value);
        assert!(KeySet::from_jwks(set(std::slice::from_ref(&odd))).is_err(), "{odd}");
        assert_eq!(read(&[odd, public_jwk(Algorithm::ES384)]).jwks().len(), 1);
    }
}

#[test]
fn numbers_can_be_padded() {
    let zeros = |count: usize| move |bytes: Vec<u8>| segment([vec![0; count], bytes].concat());
    for kind in KINDS {
        let token = issue(&signer(signing(kind)));
        for name in ["n", "e", "x", "y"].into_iter().filter(|name| public_jwk(kind).get(name).is_some()) {
            let jwk = public_jwk(kind);
            let padded = respelled(&jwk, name, |bytes| URL_SAFE.encode(bytes));
            assert_eq!(verify(&token, &read(std::slice::from_ref(&padded))), Ok(kind), "{padded}");
            if kind != Algorithm::EdDSA {
                for count in [1, 2, 32] {
                    let long = respelled(&jwk, name, zeros(count));
                    assert_eq!(verify(&token, &read(std::slice::from_ref(&long))), Ok(kind), "{long}");
                }
            }
            // Not base64url, or not the number.
            let wrong = [
                with(jwk.clone(), name, ""),
                with(jwk.clone(), name, "AA"),
                with(jwk.clone(), name, format!("{}===", jwk[name].as_str().unwrap())),
                with(jwk.clone(), name, format!(" {}", jwk[name].as_str().unwrap())),
                respelled(&jwk, name, |bytes| segment([bytes, vec![0]].concat())),
                respelled(&jwk, name, |mut bytes| {
                    bytes.truncate(bytes.len() / 2);
                    segment(bytes)
                }),
            ];
            for wrong in wrong {
                let keys = KeySet::from_jwks(set(std::slice::from_ref(&wrong)));
                assert_ne!(keys.map(|keys| verify(&token, &keys)), Ok(Ok(kind)), "{wrong}");
            }
            let standard = respelled(&jwk, name, |bytes| STANDARD.encode(bytes));
            if standard[name].as_str().unwrap().contains(['+', '/']) {
                told(KeySet::from_jwks(set(&[standard])));
            }
        }
    }
}

#[test]
fn a_coordinate_can_lack_its_leading_zeros() {
    // Every 256th coordinate begins with a zero, which some libraries drop.
    let (key, name) = std::iter::repeat_with(new_key)
        .find_map(|key| {
            let jwk = jwk(&key, "a");
            let is_short =
                |name: &&str| URL_SAFE_NO_PAD.decode(jwk[*name].as_str().unwrap()).unwrap()[0] == 0;
            ["x", "y"].into_iter().find(is_short).map(|name| (key, name))
        })
        .unwrap();
    let short = respelled(&jwk(&key, "a"), name, |bytes| segment(&bytes[1..]));
    assert_eq!(verify(&token(&key, "a"), &read(&[short])), Ok(Algorithm::ES256));
}

#[test]
fn the_log_tells_which_keys_are_skipped_and_why_but_nothing_about_them() {
    let ec = with(public_jwk(Algorithm::ES256), "kid", "the-kid");
    let rsa = with(public_jwk(Algorithm::RS256), "kid", "the-kid");
    let short = respelled(&rsa, "n", |bytes| segment(&bytes[..128]));
    let skipped = [
        (json!({"kty": "AKP", "alg": "ML-DSA-44", "kid": "the-kid", "pub": "AAAA"}), "unknown alg"),
        (json!({"kty": "AKP", "kid": "the-kid", "pub": "AAAA"}), "unsupported kty"),
        (json!({"kty": "OKP", "crv": "X448", "x": "AAAA"}), "unsupported kty or crv"),
        (with(ec.clone(), "crv", "P-521"), "unsupported kty or crv"),
        (with(ec.clone(), "alg", "ES256K"), "unknown alg"),
        (with(rsa.clone(), "alg", "RSA-OAEP"), "unknown alg"),
        (with(rsa.clone(), "use", "enc"), "different use"),
        (with(rsa.clone(), "key_ops", json!(["encrypt"])), "key_ops"),
        (with(ec.clone(), "kid", ""), "id is empty"),
        (with(ec.clone(), "kid", 5), "kid is not a string"),
        (without(ec.clone(), "y"), "y is missing"),
        (with(ec.clone(), "y", ec["x"].clone()), "damaged"),
        (short, "1024 bits"),
        (json!("text"), "not a JWK"),
    ];
    let mut keys: Vec<_> = skipped.iter().map(|(key, _)| key.clone()).collect();
    keys.push(ec.clone());
    let (read, lines) = logged(|| read(&keys));
    assert_eq!(read.jwks().len(), 1);
    assert_eq!(lines.len(), skipped.len());
    for (position, (line, (key, reason))) in lines.iter().zip(&skipped).enumerate() {
        assert_eq!(line.position(), position.to_string());
        assert!(line.reason().contains(reason), "{line:?} for {key}");
        assert_eq!(line.level(), tracing::Level::DEBUG);
        let shown = format!("{line:?}");
        for name in ["n", "x", "y", "kid"] {
            for jwk in [&ec, &rsa, key] {
                let value = jwk[name].as_str().filter(|value| value.len() > 3);
                assert!(value.is_none_or(|value| !shown.contains(value)), "{shown}");
            }
        }
    }
    assert!(logged(|| self::read(&[ec])).1.is_empty());
}

#[test]
fn a_hostile_set_does_not_fill_the_log() {
    let mut keys = vec![json!({}); 10_000];
    keys.push(public_jwk(Algorithm::ES256));
    let (read, lines) = logged(|| read(&keys));
    assert_eq!((read.jwks().len(), lines.len()), (1, 64));
}

#[test]
fn a_set_has_at_most_64_keys() {
    let ed25519 = public_jwk(Algorithm::EdDSA);
    let keys = |count: usize| -> Vec<Value> {
        (0..count).map(|kid| with(ed25519.clone(), "kid", kid.to_string())).collect()
    };
    assert_eq!(read(&keys(64)).jwks().len(), 64);
    for count in [65, 10_000] {
        assert_eq!(told(KeySet::from_jwks(set(&keys(count)))).0, "a set of more than 64 keys");
    }
    // Keys that are not used do not count, but repeated ones do.
    let unusable = vec![with(ed25519.clone(), "use", "enc"); 100];
    assert_eq!(read(&[unusable, keys(64)].concat()).jwks().len(), 64);
    told(KeySet::from_jwks(set(&vec![ed25519.clone(); 65])));
    // A key that is listed for each of its algorithms counts once, so each published set can be read.
    let rsa = |kid: usize| with(public_jwk(Algorithm::RS256), "kid", kid.to_string());
    let published = serde_json::to_string(&read(&(0..20).map(rsa).collect::<Vec<_>>()).jwks()).unwrap();
    assert_eq!(KeySet::from_jwks(published).unwrap().jwks().len(), 120);
}

#[test]
fn a_secret_can_stand_next_to_the_keys_of_an_issuer() {
    let ec = new_key();
    let hs256 = SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    let secret = || VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    let of_issuer = || read(&[jwk(&ec, "a"), with(public_jwk(Algorithm::RS256), "kid", "b")]);

    let keys = of_issuer().with_key(secret()).unwrap();
    assert_eq!(verify(&token(&ec, "a"), &keys), Ok(Algorithm::ES256));
    // The `kid` of the secret is one that the set does not list, that of another key, or absent.
    for kid in ["foreign", "a", "b", ""] {
        assert_eq!(verify(&token(&hs256, kid), &keys), Ok(Algorithm::HS256), "{kid}");
    }
    assert_eq!(verify(&issue(&signer(hs256.clone())), &keys), Ok(Algorithm::HS256));
    let other = SigningKey::from_secret(Algorithm::HS256, [SECRET, "x"].concat()).unwrap();
    assert_eq!(verify(&token(&other, "foreign"), &keys), Err(InvalidToken::Signature));
    // Other algorithms have only the keys of the set.
    assert_eq!(verify(&token(&ec, "foreign"), &keys), Err(InvalidToken::UnknownKey));
    let hs384 = SigningKey::from_secret(Algorithm::HS384, SECRET).unwrap();
    assert_eq!(verify(&token(&hs384, "foreign"), &keys), Err(InvalidToken::UnknownKey));
    assert_eq!(verify(&token(&hs384, "a"), &keys), Err(InvalidToken::AlgorithmNotAllowed));

    // With an id, it is found like any other key.
    let keys = of_issuer().with_key(secret().with_id("legacy")).unwrap();
    assert_eq!(verify(&token(&hs256, "legacy"), &keys), Ok(Algorithm::HS256));
    assert_eq!(verify(&token(&hs256, "foreign"), &keys), Err(InvalidToken::UnknownKey));
    assert_eq!(verify(&token(&hs256, "a"), &keys), Err(InvalidToken::AlgorithmNotAllowed));
    assert_eq!(verify(&issue(&signer(hs256)), &keys), Ok(Algorithm::HS256));
    assert!(told(of_issuer().with_key(secret().with_id(""))).0.contains("id is empty"));
}

#[test]
fn a_public_key_of_an_issuer_is_not_its_secret() {
    let secret = VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    let rsa = public_jwk(Algorithm::RS256);
    let keys = read(std::slice::from_ref(&rsa)).with_key(secret).unwrap();
    let n = URL_SAFE_NO_PAD.decode(rsa["n"].as_str().unwrap()).unwrap();
    for forged in [file("rs256.pub.pem").into_bytes(), rsa.to_string().into_bytes(), n] {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &forged);
        for header in [r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"alg":"HS256","kid":"b","typ":"JWT"}"#] {
            let text = format!("{}.{}", segment(header), segment("{}"));
            let signature = segment(aws_lc_rs::hmac::sign(&key, text.as_bytes()));
            assert_eq!(verify(&format!("{text}.{signature}"), &keys), Err(InvalidToken::Signature));
        }
    }
}

#[test]
fn a_key_can_be_added_under_the_id_of_another() {
    let (one, other) = (new_key(), new_key());
    let added = other.verifying_key().clone().with_id("a");
    let keys = read(&[jwk(&one, "a")]).with_key(added.clone()).unwrap();
    for key in [&one, &other] {
        assert_eq!(verify(&token(key, "a"), &keys), Ok(Algorithm::ES256));
    }
    // The issuer publishes it in the meantime.
    let keys = read(&[jwk(&one, "a"), jwk(&other, "a")]).with_key(added).unwrap();
    assert_eq!(keys.jwks().len(), 2);
    assert_eq!(verify(&token(&other, "a"), &keys), Ok(Algorithm::ES256));
    // In a set that ignores `kid`, the added key ignores it, too.
    let single = KeySet::single(one.verifying_key().clone());
    let keys = single.with_key(other.verifying_key().clone()).unwrap();
    let keys = keys.with_key(verifying(Algorithm::EdDSA)).unwrap();
    for key in [&one, &other, &signing(Algorithm::EdDSA)] {
        assert_eq!(verify(&token(key, "any"), &keys), Ok(key.algorithm()));
        assert_eq!(verify(&issue(&signer(key.clone())), &keys), Ok(key.algorithm()));
    }
}

#[test]
fn a_manager_accepts_both_the_secret_and_the_keys_of_one_issuer() {
    let name = "https://project.example/auth/v1";
    let ec = new_key();
    let hs256 = SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    let secret = VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    let keys = read(&[jwk(&ec, "a")]).with_key(secret).unwrap();
    let project = Issuer::new(name, keys).audience("authenticated");
    let jwt = keyless(Config::default()).trusted_issuer(project).build().unwrap();
    let of = |key: &SigningKey, kid: &str| {
        let theirs = keyless(Config::default().encode_issuer(name).audience("authenticated"))
            .key_pair(key.clone())
            .build()
            .unwrap();
        theirs.access_token("alice").header("kid", kid).encode().unwrap()
    };
    assert!(jwt.decode(&of(&ec, "a")).is_ok());
    assert!(jwt.decode(&of(&hs256, "foreign")).is_ok());
    let unknown = jwt.decode(&of(&ec, "foreign"));
    assert!(matches!(unknown, Err(TokenError::Invalid(InvalidToken::UnknownKey))), "{unknown:?}");
}
