//! Certificates that supply the keys of an issuer: maps from `kid` to PEM, and `x5c` in a JWK.

use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, KeySet, SigningKey, VerifyingKey};
use jwt_core::token::jws;
use serde_json::{Value, json};

use crate::support_keys::{file, issue, public_jwk, signer, signing, told, with};
use crate::support_log::{Line, logged};

/// Returns the content of a PEM file, in base64.
fn body(name: &str) -> String {
    file(name).lines().filter(|line| !line.starts_with('-')).collect()
}

fn verify(token: &str, keys: &KeySet) -> Result<Algorithm, InvalidToken> {
    jws::verify(token, keys).map(|jws| jws.algorithm())
}

fn token(key: &SigningKey, kid: &str) -> String {
    signer(key.clone()).access_token("alice").header("kid", kid).encode().unwrap()
}

fn other_rsa() -> SigningKey {
    SigningKey::from_pem(Algorithm::RS256, file("rs256.e3.pem")).unwrap()
}

fn map(algorithm: Algorithm, json: &Value) -> KeySet {
    KeySet::from_certificate_map(algorithm, json.to_string()).unwrap()
}

#[test]
fn a_map_of_certificates_is_a_set_of_keys() {
    // The second one has version 1, without a field for it.
    let certificates = json!({
        "c3104c68": file("rs256.certificate.pem"),
        "9d4e": file("rs256.e3.certificate.pem").replace('\n', "\r\n"),
        "one line": file("rs256.e3.certificate.pem").replace('\n', "\\n"),
    });
    for algorithm in [Algorithm::RS256, Algorithm::PS512] {
        let keys = map(algorithm, &certificates);
        for (pem, kid) in [("rs256.pem", "c3104c68"), ("rs256.e3.pem", "9d4e"), ("rs256.e3.pem", "one line")]
        {
            let key = SigningKey::from_pem(algorithm, file(pem)).unwrap();
            assert_eq!(verify(&token(&key, kid), &keys), Ok(algorithm));
            assert_eq!(verify(&issue(&signer(key.clone())), &keys), Ok(algorithm));
            assert_eq!(verify(&token(&key, "other"), &keys), Err(InvalidToken::UnknownKey));
        }
        assert_eq!(verify(&token(&other_rsa(), "c3104c68"), &keys).ok(), None);
        // The certificate does not name an algorithm, so only the one that was passed is accepted.
        let rs384 = SigningKey::from_pem(Algorithm::RS384, file("rs256.pem")).unwrap();
        assert_eq!(verify(&token(&rs384, "c3104c68"), &keys), Err(InvalidToken::AlgorithmNotAllowed));
    }
    let ec = map(Algorithm::ES256, &json!({"a": file("certificate.pem")}));
    assert_eq!(verify(&token(&signing(Algorithm::ES256), "a"), &ec), Ok(Algorithm::ES256));
}

#[test]
fn a_map_can_have_public_keys() {
    let keys = map(Algorithm::ES256, &json!({"a": file("es256.pub.pem"), "b": file("certificate.pem")}));
    for kid in ["a", "b"] {
        assert_eq!(verify(&token(&signing(Algorithm::ES256), kid), &keys), Ok(Algorithm::ES256));
    }
}

#[test]
fn certificates_that_cannot_be_used_are_skipped() {
    let damaged = file("rs256.certificate.pem").replacen("MII", "MIJ", 1);
    let entries = [
        ("number", json!(5)),
        ("null", Value::Null),
        ("list", json!([file("rs256.certificate.pem")])),
        ("text", json!("text")),
        ("without PEM", json!(body("rs256.certificate.pem"))),
        ("damaged", json!(damaged)),
        ("of another kind", json!(file("certificate.pem"))),
        ("a key in disguise", json!(file("rs256.pub.pem").replace("PUBLIC KEY", "CERTIFICATE"))),
        ("disguised", json!(file("rs256.certificate.pem").replace("CERTIFICATE", "PUBLIC KEY"))),
        ("", json!(file("rs256.certificate.pem"))),
    ];
    let mut all: serde_json::Map<_, _> =
        entries.iter().map(|(id, value)| ((*id).into(), value.clone())).collect();
    for (id, value) in &entries {
        told(KeySet::from_certificate_map(Algorithm::RS256, json!({*id: value}).to_string()));
    }
    all.insert("good".into(), file("rs256.certificate.pem").into());
    let (keys, lines) = logged(|| map(Algorithm::RS256, &all.into()));
    assert_eq!(keys.jwks().len(), 1);
    assert_eq!(verify(&token(&signing(Algorithm::RS256), "good"), &keys), Ok(Algorithm::RS256));
    assert_eq!(lines.len(), entries.len());
    assert!(lines.iter().all(|line| !line.reason().is_empty() && !line.position().is_empty()));
    let shown = format!("{:?}", lines.iter().map(Line::reason).collect::<Vec<_>>());
    assert!(!shown.contains("MII") && !shown.contains("disguise"), "{shown}");
}

#[test]
fn what_is_not_a_map_of_certificates_is_rejected() {
    let read = |json: &str| KeySet::from_certificate_map(Algorithm::RS256, json);
    let pem = json!(file("rs256.certificate.pem")).to_string();
    for text in ["", "5", "[]", "null", "<html>", "{", &pem, &format!(r#"{{"a":{pem},"a":{pem}}}"#)] {
        assert_eq!(told(read(text)).0, "text that is not a map of certificates", "{text}");
    }
    assert_eq!(told(read("{}")).0, "a map without certificates");
    let jwk = public_jwk(Algorithm::RS256);
    for jwks in [jwk.to_string(), json!({"keys": [jwk]}).to_string()] {
        let (found, expected) = told(read(&jwks));
        assert!(found.contains("JWK") && expected.contains("from_jwks()"), "{found}");
    }
    for algorithm in [Algorithm::HS256, Algorithm::ES256, Algorithm::EdDSA] {
        told(KeySet::from_certificate_map(algorithm, format!(r#"{{"a":{pem}}}"#)));
    }
    // The other way around.
    let (_, expected) = told(KeySet::from_jwks(format!(r#"{{"a":{pem}}}"#)));
    assert!(expected.contains("from_certificate_map()"), "{expected}");
    // A certificate alone is still not a key.
    assert!(
        told(VerifyingKey::from_pem(Algorithm::RS256, file("rs256.certificate.pem")))
            .0
            .contains("certificate")
    );
}

#[test]
fn a_map_with_a_private_key_is_rejected() {
    for name in ["rs256.pem", "rs256.pkcs1.pem", "es256.sec1.pem", "encrypted.pem", "openssh.pem"] {
        let map = json!({"a": file("rs256.certificate.pem"), "b": file(name)});
        let read = KeySet::from_certificate_map(Algorithm::RS256, map.to_string());
        assert_eq!(told(read).0, "a map of certificates with private keys", "{name}");
    }
}

#[test]
fn a_map_has_at_most_64_certificates() {
    let certificates = |count: usize| -> Value {
        (0..count)
            .map(|kid| (kid.to_string(), Value::from(file("certificate.pem"))))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    assert_eq!(map(Algorithm::ES256, &certificates(64)).jwks().len(), 64);
    let read = KeySet::from_certificate_map(Algorithm::ES256, certificates(65).to_string());
    assert_eq!(told(read).0, "a set of more than 64 keys");
}

#[test]
fn a_certificate_of_a_jwk_supplies_a_key_that_has_no_other_members() {
    let read = |jwk: &Value| KeySet::from_jwks(json!({"keys": [jwk]}).to_string());
    let rsa = json!({"kty": "RSA", "kid": "a", "x5c": [body("rs256.certificate.pem"), "not read"]});
    let ec = json!({"kty": "EC", "crv": "P-256", "kid": "a", "x5c": [body("certificate.pem")]});
    assert_eq!(verify(&token(&signing(Algorithm::PS256), "a"), &read(&rsa).unwrap()), Ok(Algorithm::PS256));
    assert_eq!(verify(&token(&signing(Algorithm::ES256), "a"), &read(&ec).unwrap()), Ok(Algorithm::ES256));
    // Other members are the key. A half of them is not.
    let both = with(public_jwk(Algorithm::RS256), "x5c", json!([body("rs256.e3.certificate.pem")]));
    assert_eq!(
        verify(&issue(&signer(signing(Algorithm::RS256))), &read(&both).unwrap()),
        Ok(Algorithm::RS256)
    );
    assert_eq!(verify(&issue(&signer(other_rsa())), &read(&both).unwrap()), Err(InvalidToken::Signature));
    for wrong in [
        with(rsa.clone(), "e", "AQAB"),
        with(rsa.clone(), "kty", "EC"),
        with(rsa.clone(), "x5c", json!([])),
        with(rsa.clone(), "x5c", body("rs256.certificate.pem")),
        with(rsa.clone(), "x5c", json!([file("rs256.certificate.pem")])),
        with(rsa.clone(), "x5c", json!([body("rs256.pub.pem")])),
        with(rsa.clone(), "x5c", json!([body("certificate.pem")])),
        with(rsa.clone(), "x5c", json!([5])),
        with(rsa.clone(), "x5c", Value::Null),
        with(ec.clone(), "crv", "P-384"),
        with(ec, "crv", Value::Null),
    ] {
        assert!(read(&wrong).is_err(), "{wrong}");
    }
    // A JWK that the application chose itself has its own members.
    told(VerifyingKey::from_jwk(Algorithm::RS256, rsa.to_string()));
}
