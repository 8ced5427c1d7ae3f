//! A single JSON Web Key. Its own statements count, and each of its members is checked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_core::ConfigError;
use jwt_core::keys::{Algorithm, KeySet, SigningKey, VerifyingKey};
use serde_json::{Value, json};

use crate::support::{SECRET, segment};
use crate::support_keys::{
    KINDS, PAIRS, SECRETS, assert_pair, file, issue, private_jwk, public_jwk, signer, signing, told,
    verifier, verifying, with, without,
};

fn verify(algorithm: Algorithm, jwk: &Value) -> Result<VerifyingKey, ConfigError> {
    VerifyingKey::from_jwk(algorithm, jwk.to_string())
}

fn sign(algorithm: Algorithm, jwk: &Value) -> Result<SigningKey, ConfigError> {
    SigningKey::from_jwk(algorithm, jwk.to_string())
}

/// Checks that the key is rejected with this error, and that the error does not contain any part of the key.
fn assert_refused(algorithm: Algorithm, jwk: &Value, found: &str) {
    let told = told(verify(algorithm, jwk));
    assert!(told.0.contains(found), "{told:?} for {jwk}");
    let error = verify(algorithm, jwk).unwrap_err();
    for name in ["n", "x", "y", "d", "k", "kid"] {
        let value = jwk[name].as_str().filter(|value| value.len() > 8);
        assert!(value.is_none_or(|value| !format!("{error} {error:?}").contains(value)), "{error}");
    }
}

fn oct(secret: impl AsRef<[u8]>) -> Value {
    json!({"kty": "oct", "k": segment(secret)})
}

/// Changes the bytes of a member.
fn changed(jwk: Value, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> Value {
    let mut bytes = URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    change(&mut bytes);
    with(jwk, name, segment(bytes))
}

#[test]
fn keys_of_every_kind_are_read() {
    for algorithm in PAIRS {
        let private = sign(algorithm, &private_jwk(algorithm)).unwrap();
        let public = verify(algorithm, &public_jwk(algorithm)).unwrap();
        assert_pair(&private, &public);
        assert_pair(&private, &verifying(algorithm));
        assert_pair(&signing(algorithm), &public);
        assert_eq!(public.thumbprint(), verifying(algorithm).thumbprint());
        assert_eq!(public.id(), public.thumbprint());
    }
    for algorithm in SECRETS {
        let key = verify(algorithm, &oct(SECRET)).unwrap();
        assert_pair(&sign(algorithm, &oct(SECRET)).unwrap(), &key);
        assert_pair(&SigningKey::from_secret(algorithm, SECRET).unwrap(), &key);
        assert_eq!((key.thumbprint(), key.id()), (None, None));
    }
}

#[test]
fn the_thumbprints_are_those_of_the_rfcs() {
    let rfc7638 = json!({"kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29", "n":
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj\
         hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ\
         vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK\
         nqDKgw"});
    let key = verify(Algorithm::RS256, &rfc7638).unwrap();
    assert_eq!(key.thumbprint(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
    assert_eq!(key.id(), Some("2011-04-29"));

    let rfc8037 = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let key = verify(Algorithm::EdDSA, &rfc8037).unwrap();
    assert_eq!(key.thumbprint(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    let private = with(rfc8037, "d", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
    assert_eq!(sign(Algorithm::EdDSA, &private).unwrap().verifying_key().thumbprint(), key.thumbprint());
}

#[test]
fn a_kid_becomes_the_id() {
    let jwk = with(private_jwk(Algorithm::ES256), "kid", "k/1");
    assert_eq!(sign(Algorithm::ES256, &jwk).unwrap().verifying_key().id(), Some("k/1"));
    let key = verify(Algorithm::ES256, &with(public_jwk(Algorithm::ES256), "kid", "é\"")).unwrap();
    assert_eq!(key.id(), Some("é\""));
    assert_eq!(key.with_id("other").id(), Some("other"));
    for kid in [json!(5), Value::Null, json!(["k"])] {
        assert_refused(
            Algorithm::ES256,
            &with(public_jwk(Algorithm::ES256), "kid", kid),
            "kid is not a string",
        );
    }
}

#[test]
fn the_use_is_signing_or_none() {
    let jwk = public_jwk(Algorithm::ES256);
    assert!(verify(Algorithm::ES256, &with(jwk.clone(), "use", "sig")).is_ok());
    for usage in [json!("enc"), json!("SIG"), json!(""), Value::Null, json!(1), json!(["sig"])] {
        assert_refused(Algorithm::ES256, &with(jwk.clone(), "use", usage.clone()), "different use");
        assert!(sign(Algorithm::ES256, &with(private_jwk(Algorithm::ES256), "use", usage)).is_err());
    }
}

#[test]
fn key_ops_have_the_operation_and_each_one_once() {
    let (public, private) = (public_jwk(Algorithm::ES256), private_jwk(Algorithm::ES256));
    for operations in [json!(["verify"]), json!(["sign", "verify"]), json!(["verify", "x"])] {
        let verifies = with(public.clone(), "key_ops", operations.clone());
        assert!(verify(Algorithm::ES256, &verifies).is_ok(), "{operations}");
        let signs = with(private.clone(), "key_ops", operations.clone());
        assert_eq!(
            sign(Algorithm::ES256, &signs).is_ok(),
            operations.as_array().unwrap().contains(&json!("sign"))
        );
    }
    for operations in [
        json!(["sign"]),
        json!(["encrypt"]),
        json!(["Verify"]),
        json!(["verify", "verify"]),
        json!(["verify", "x", "x"]),
        json!([]),
        json!("verify"),
        json!({"verify": true}),
        json!(["verify", 1]),
        Value::Null,
    ] {
        assert_refused(Algorithm::ES256, &with(public.clone(), "key_ops", operations), "key_ops");
    }
}

#[test]
fn the_alg_is_that_of_the_key() {
    for algorithm in PAIRS {
        let jwk = with(public_jwk(algorithm), "alg", algorithm.as_str());
        assert!(verify(algorithm, &jwk).is_ok());
        for other in PAIRS.into_iter().filter(|other| *other != algorithm) {
            assert_refused(other, &jwk, &format!("a JWK for {algorithm}"));
        }
    }
    let jwk = public_jwk(Algorithm::EdDSA);
    assert!(verify(Algorithm::EdDSA, &with(jwk.clone(), "alg", "Ed25519")).is_ok());
    for alg in [json!("none"), json!("RSA-OAEP"), json!("eddsa"), json!(""), json!(1), Value::Null] {
        assert_refused(Algorithm::EdDSA, &with(jwk.clone(), "alg", alg), "unknown alg");
    }
    // `alg` cannot turn a key into another kind of key.
    assert_refused(Algorithm::ES256, &with(public_jwk(Algorithm::RS256), "alg", "ES256"), "an RSA key");
    assert_refused(Algorithm::HS256, &with(public_jwk(Algorithm::RS256), "alg", "HS256"), "an RSA key");
    assert_refused(Algorithm::RS256, &with(oct(SECRET), "alg", "RS256"), "a secret");
}

#[test]
fn a_key_serves_algorithms_of_its_kind_only() {
    for kind in KINDS {
        for algorithm in PAIRS.into_iter().chain(SECRETS) {
            let same =
                public_jwk(algorithm_of(algorithm)) == public_jwk(kind) && !SECRETS.contains(&algorithm);
            assert_eq!(verify(algorithm, &public_jwk(kind)).is_ok(), same, "{kind} {algorithm}");
            assert_eq!(sign(algorithm, &private_jwk(kind)).is_ok(), same, "{kind} {algorithm}");
        }
    }
}

fn algorithm_of(algorithm: Algorithm) -> Algorithm {
    if KINDS.contains(&algorithm) { algorithm } else { Algorithm::RS256 }
}

#[test]
fn no_member_may_be_missing_or_of_another_type() {
    for kind in KINDS {
        let (public, private) = (public_jwk(kind), private_jwk(kind));
        for name in public.as_object().unwrap().keys() {
            told(verify(kind, &without(public.clone(), name)));
            for value in
                [Value::Null, json!(5), json!(""), json!("="), json!("AQAB="), json!("A+/A"), json!(["AQAB"])]
            {
                told(verify(kind, &with(public.clone(), name, value.clone())));
                told(sign(kind, &with(private.clone(), name, value)));
            }
        }
        for name in private.as_object().unwrap().keys() {
            told(sign(kind, &without(private.clone(), name)));
        }
        for name in ["d", "p", "q", "dp", "dq", "qi"].iter().filter(|name| private.get(**name).is_some()) {
            for value in [Value::Null, json!(5), json!("AQ==")] {
                told(sign(kind, &with(private.clone(), name, value)));
            }
        }
    }
    told(verify(Algorithm::HS256, &json!({"kty": "oct"})));
    told(verify(Algorithm::HS256, &json!({"kty": "oct", "k": 5})));
    told(verify(Algorithm::HS256, &json!({"kty": "oct", "k": format!("{}=", segment([9; 32]))})));
    told(sign(Algorithm::HS256, &json!({"kty": "oct"})));
}

#[test]
fn other_kinds_and_curves_are_refused() {
    let (ec, okp) = (public_jwk(Algorithm::ES256), public_jwk(Algorithm::EdDSA));
    for (algorithm, jwk) in [
        (Algorithm::ES256, with(ec.clone(), "crv", "P-521")),
        (Algorithm::ES256, with(ec.clone(), "crv", "secp256k1")),
        (Algorithm::ES256, with(ec.clone(), "crv", "p-256")),
        (Algorithm::ES256, with(ec.clone(), "kty", "ec")),
        (Algorithm::ES256, with(ec.clone(), "kty", "OKP")),
        (Algorithm::ES256, with(ec.clone(), "kty", "AKP")),
        (Algorithm::ES256, without(ec.clone(), "crv")),
        (Algorithm::EdDSA, with(okp.clone(), "crv", "Ed448")),
        (Algorithm::EdDSA, with(okp.clone(), "crv", "X25519")),
        (Algorithm::EdDSA, with(okp, "kty", "EC")),
    ] {
        assert_refused(algorithm, &jwk, "unsupported kty or crv");
    }
    // The name of the other curve, with the coordinates of this one.
    assert_refused(Algorithm::ES384, &with(ec, "crv", "P-384"), "wrong length");
}

#[test]
fn coordinates_have_the_length_of_their_curve() {
    for kind in [Algorithm::ES256, Algorithm::ES384] {
        for name in ["x", "y"] {
            let shorter = changed(public_jwk(kind), name, |bytes| bytes.truncate(31));
            assert_refused(kind, &shorter, "wrong length");
            // A leading zero is too much, too.
            let longer = changed(public_jwk(kind), name, |bytes| bytes.insert(0, 0));
            assert_refused(kind, &longer, "wrong length");
        }
        for change in [|d: &mut Vec<u8>| d.insert(0, 0), |d: &mut Vec<u8>| d.truncate(31)] {
            told(sign(kind, &changed(private_jwk(kind), "d", change)));
        }
    }
    for change in [|x: &mut Vec<u8>| x.push(0), |x: &mut Vec<u8>| x.truncate(31), |x: &mut Vec<u8>| x.clear()]
    {
        assert_refused(Algorithm::EdDSA, &changed(public_jwk(Algorithm::EdDSA), "x", change), "wrong length");
        told(sign(Algorithm::EdDSA, &changed(private_jwk(Algorithm::EdDSA), "d", change)));
    }
}

#[test]
fn a_point_that_is_not_on_its_curve_is_refused() {
    for kind in [Algorithm::ES256, Algorithm::ES384] {
        for name in ["x", "y"] {
            let off = changed(public_jwk(kind), name, |bytes| bytes[7] ^= 1);
            assert_refused(kind, &off, "damaged");
            let over = changed(public_jwk(kind), name, |bytes| bytes.fill(0xff));
            assert_refused(kind, &over, "damaged");
        }
        let zero = changed(public_jwk(kind), "x", |bytes| bytes.fill(0));
        assert_refused(kind, &changed(zero, "y", |bytes| bytes.fill(0)), "damaged");
        let scalar = changed(private_jwk(kind), "d", |bytes| bytes.fill(0));
        told(sign(kind, &scalar));
        told(sign(kind, &changed(private_jwk(kind), "d", |bytes| bytes.fill(0xff))));
    }
}

#[test]
fn leading_zeros_of_rsa_numbers_do_not_count() {
    let mut padded = public_jwk(Algorithm::RS256);
    for name in ["n", "e"] {
        padded = changed(padded, name, |bytes| bytes.splice(0..0, [0, 0, 0]).for_each(drop));
    }
    let key = verify(Algorithm::RS256, &padded).unwrap();
    assert_eq!(key.thumbprint(), verifying(Algorithm::RS256).thumbprint());
    assert_pair(&signing(Algorithm::RS256), &key);
    let mut private = private_jwk(Algorithm::RS256);
    for name in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] {
        private = changed(private, name, |bytes| bytes.insert(0, 0));
    }
    assert_pair(&sign(Algorithm::RS256, &private).unwrap(), &key);
}

#[test]
fn rsa_keys_that_can_be_broken_are_refused() {
    let jwk = public_jwk(Algorithm::RS256);
    let bytes = |number: &[u8]| segment(number);
    for e in [bytes(&[1]), bytes(&[0, 1]), bytes(&[2]), bytes(&[1, 0, 0]), bytes(&[0])] {
        assert_refused(Algorithm::RS256, &with(jwk.clone(), "e", e), "anyone forge");
    }
    let even = changed(jwk.clone(), "n", |n| *n.last_mut().unwrap() &= 0xfe);
    assert_refused(Algorithm::RS256, &even, "anyone forge");
    let short = changed(jwk.clone(), "n", |n| n[0] &= 0x7f);
    assert_refused(Algorithm::PS256, &short, "bits");
    let zeros = changed(jwk.clone(), "n", |n| n[..8].fill(0));
    assert_refused(Algorithm::RS256, &zeros, "an RSA key of 19");
    let huge = changed(jwk.clone(), "n", |n| n.splice(1..1, vec![5; 1024 - 255]).for_each(drop));
    assert_refused(Algorithm::RS256, &huge, "an RSA key of 8200 bits");
    assert_refused(Algorithm::RS256, &with(jwk, "n", ""), "an RSA key of 0 bits");
}

/// An RSA key with the modulus of test 7 in Wycheproof's `json_web_key_test`.
pub(crate) fn roca() -> Value {
    json!({"kty": "RSA", "e": "AQAB", "n":
        "AanFpofbj7KjD4Lf-N2hVMKR7yewSyXhhbirIMTGpfYEhZ_lnt5UoK98DnKIgArXGTu3MaW_HhFw16HGaTDUHqPrId7fe4r11CqRw09yBFuW79V8\
         sYIwHdzCaWflUI6auImYbVfoN9_nD5n8N8SY9DwXw7mwZM9wREPXoDPgOoIWl6q_MPsp7n0zs3Z5ZaiQWOOzl1S9OhwAfSiiOwz6efnXEaxuTEtP\
         d7BjSx7NaFka8Dx9U7YqXy2RFj1O9PjyaDGuRh7YXsX3iMUSP_wSyHQg_c_qHRtKUsNSGCT7OZg0hzm2KphtjnayKJvC64vAbROBR4Ubg6Bxg9IQ\
         VZ-QYyE"})
}

#[test]
fn the_key_of_an_affected_chip_is_refused() {
    assert_refused(Algorithm::RS256, &roca(), "CVE-2017-15361");
    assert_refused(Algorithm::PS512, &roca(), "CVE-2017-15361");
    // Another modulus of the same length does not have the fingerprint.
    let other = changed(roca(), "n", |n| n[9] ^= 1);
    assert!(verify(Algorithm::RS256, &other).is_ok());
}

#[test]
fn names_appear_once() {
    let public = public_jwk(Algorithm::EdDSA).to_string();
    let inside = public.strip_suffix('}').unwrap();
    for again in
        [r#""kty":"OKP""#, r#""x":"AA""#, r#""\u0078":"AA""#, r#""z":1,"z":2"#, r#""kid":"a","kid":"a""#]
    {
        let json = format!("{inside},{again}}}");
        let (found, expected) = told(VerifyingKey::from_jwk(Algorithm::EdDSA, &json));
        assert!(found.contains("not a JWK") && expected.contains("distinct names"), "{json}");
        assert!(KeySet::from_jwks(&json).is_err());
        assert!(KeySet::from_jwks(format!(r#"{{"keys":[{json}]}}"#)).is_err());
    }
    assert!(VerifyingKey::from_jwk(Algorithm::EdDSA, format!(r#"{inside},"x5c":["a","a"]}}"#)).is_ok());
}

#[test]
fn input_that_is_not_a_jwk_is_rejected() {
    for text in
        ["", "{}", "[]", "null", "5", "\"x\"", "{", "{\"kty\"}", "\u{feff}{}", "-----BEGIN PUBLIC KEY-----"]
    {
        for algorithm in [Algorithm::HS256, Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
            told(VerifyingKey::from_jwk(algorithm, text));
            told(SigningKey::from_jwk(algorithm, text));
        }
    }
}

#[test]
fn private_keys_do_not_verify_and_public_ones_do_not_sign() {
    for algorithm in PAIRS {
        assert_refused(algorithm, &private_jwk(algorithm), "a private JWK");
        assert_eq!(told(sign(algorithm, &public_jwk(algorithm))).0, "a public JWK");
        let set = KeySet::from_jwks(private_jwk(algorithm).to_string());
        assert_eq!(told(set).0, "a private JWK");
    }
    // Each private member is enough.
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        let jwk = with(public_jwk(Algorithm::RS256), name, "AQAB");
        assert_refused(Algorithm::RS256, &jwk, "a private JWK");
    }
    let other_primes = with(private_jwk(Algorithm::RS256), "oth", json!([]));
    told(sign(Algorithm::RS256, &other_primes));
}

#[test]
fn private_and_public_members_belong_together() {
    let other = SigningKey::from_pem(Algorithm::ES256, file("es256.other.pem")).unwrap();
    let set = signer(other).jwks();
    let other = serde_json::to_value(set).unwrap()["keys"][0].clone();
    let mixed = with(with(private_jwk(Algorithm::ES256), "x", other["x"].clone()), "y", other["y"].clone());
    assert!(told(sign(Algorithm::ES256, &mixed)).0.contains("do not belong together"));

    let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let mixed = with(private_jwk(Algorithm::EdDSA), "x", x);
    assert!(told(sign(Algorithm::EdDSA, &mixed)).0.contains("do not belong together"));

    let other = VerifyingKey::from_pem(Algorithm::RS256, file("rs256.e3.pub.pem")).unwrap();
    let set = verifier(other).jwks();
    let other = serde_json::to_value(set).unwrap()["keys"][0].clone();
    let jwk = private_jwk(Algorithm::RS256);
    for mixed in [
        with(jwk.clone(), "n", other["n"].clone()),
        with(jwk.clone(), "e", other["e"].clone()),
        with(jwk.clone(), "e", "AQAD"),
        changed(jwk.clone(), "d", |d| d[9] ^= 2),
        changed(jwk.clone(), "p", |p| p[9] ^= 2),
    ] {
        assert!(told(sign(Algorithm::RS256, &mixed)).0.contains("do not belong together"));
    }
    // Members that can be computed from the others are either checked or not used.
    for name in ["dp", "dq", "qi"] {
        for mixed in [with(jwk.clone(), name, "AQ"), changed(jwk.clone(), name, |number| number[9] ^= 2)] {
            if let Ok(key) = sign(Algorithm::RS256, &mixed) {
                assert_signs(&key);
            }
        }
    }
}

/// Checks that the key's signatures are valid. Only the library that accepted the key has to sign.
fn assert_signs(key: &SigningKey) {
    let token = issue(&signer(key.clone()));
    assert!(verifier(verifying(key.algorithm())).decode(&token).is_ok());
}

#[test]
fn a_secret_that_can_be_guessed_is_refused() {
    for algorithm in SECRETS {
        let needed = algorithm.min_secret_len().unwrap();
        let secret: Vec<u8> = (0..64).collect();
        assert!(verify(algorithm, &oct(&secret[..needed])).is_ok());
        for found in [0, 2, needed - 1] {
            let short = ConfigError::ShortSecret { algorithm, needed, found };
            assert_eq!(verify(algorithm, &oct(&secret[..found])).err(), Some(short.clone()));
            assert_eq!(sign(algorithm, &oct(&secret[..found])).err(), Some(short.clone()));
            assert_eq!(VerifyingKey::from_secret(algorithm, &secret[..found]).err(), Some(short.clone()));
            assert_eq!(SigningKey::from_secret(algorithm, &secret[..found]).err(), Some(short));
        }
        let known = "secret".repeat(11);
        for error in [
            verify(algorithm, &oct(&known)).err(),
            sign(algorithm, &oct(&known)).err(),
            VerifyingKey::from_secret(algorithm, &*known).err(),
            SigningKey::from_secret(algorithm, &*known).err(),
        ] {
            assert_eq!(error, Some(ConfigError::WellKnownSecret));
        }
        let pem = file("rs256.pub.pem");
        assert_eq!(told(verify(algorithm, &oct(&pem))).0, "a key or a certificate in PEM");
        assert_eq!(told(SigningKey::from_secret(algorithm, &*pem)).0, "a key or a certificate in PEM");
    }
    assert!(told(SigningKey::from_secret(Algorithm::ES256, SECRET)).1.contains("ES256"));
    assert!(told(VerifyingKey::from_secret(Algorithm::RS256, SECRET)).1.contains("RS256"));
}
