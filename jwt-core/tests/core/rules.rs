//! The rules for keys and issuers in SECURITY.md, one test for each.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, Backend, KeyRing, KeySet, Secret, SigningKey, VerifyingKey};
use jwt_core::token::jws;
use jwt_core::{Config, Issuer, JwtManager, TokenError};
use serde_json::{Value, json};

const ED25519: &str = include_str!("../keys/ed25519.pem");
const ES256: &str = include_str!("../keys/es256.pem");
const RS256: &str = include_str!("../keys/rs256.pem");
/// RFC 8037, A.2
const RFC_8037: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

fn signing(algorithm: Algorithm, pem: &str) -> SigningKey {
    SigningKey::from_pem(algorithm, pem).unwrap()
}

fn published(manager: &JwtManager) -> Vec<Value> {
    serde_json::to_value(manager.jwks()).unwrap()["keys"].as_array().unwrap().clone()
}

fn refused(result: Result<jwt_core::Token, TokenError>) -> InvalidToken {
    match result {
        Err(TokenError::Invalid(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn thumbprints_are_those_of_the_rfcs() {
    let key = VerifyingKey::from_jwk(Algorithm::EdDSA, RFC_8037).unwrap();
    assert_eq!(key.thumbprint(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    // RFC 7638, 3.1
    let rsa = json!({ "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmb\
        XEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93\
        lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bF\
        TWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw" });
    let key = VerifyingKey::from_jwk(Algorithm::RS256, rsa.to_string()).unwrap();
    assert_eq!(key.thumbprint(), Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
}

#[test]
fn what_is_published_is_public() {
    let secret =
        SigningKey::from_secret(Algorithm::HS256, (0..32).collect::<Vec<u8>>()).unwrap().with_id("s");
    let ring = KeyRing::new(signing(Algorithm::ES256, ES256))
        .with_verifying_key(signing(Algorithm::RS256, RS256).verifying_key().clone())
        .with_verifying_key(signing(Algorithm::EdDSA, ED25519).verifying_key().clone())
        .with_verifying_key(secret.verifying_key().clone());
    let manager = JwtManager::builder(Config::default()).keys(ring).build().unwrap();
    let keys = published(&manager);
    assert_eq!(keys.len(), 3, "the secret is left out");
    for key in keys {
        for private in ["k", "d", "p", "q", "dp", "dq", "qi", "oth"] {
            assert!(key.get(private).is_none(), "{key}");
        }
    }
}

#[test]
fn a_key_serves_the_algorithm_it_was_given_for_and_no_other() {
    let text = |key: SigningKey| {
        let manager = JwtManager::builder(Config::default()).key_pair(key).build().unwrap();
        manager.access_token("a").encode().unwrap()
    };
    let of = |key: SigningKey| KeySet::single(key.verifying_key().clone());
    let (rs, ps) = (signing(Algorithm::RS256, RS256), signing(Algorithm::PS256, RS256));
    assert!(jws::verify(text(rs.clone()), &of(rs.clone())).is_ok());
    assert_eq!(
        jws::verify(text(ps.clone()), &of(rs.clone())).unwrap_err(),
        InvalidToken::AlgorithmNotAllowed
    );
    assert_eq!(jws::verify(text(rs), &of(ps)).unwrap_err(), InvalidToken::AlgorithmNotAllowed);
}

#[test]
fn no_form_of_a_public_key_is_a_secret() {
    let pem = include_str!("../keys/rs256.pub.pem");
    let body = pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let der = base64::engine::general_purpose::STANDARD.decode(&body).unwrap();
    let jwk = published(
        &JwtManager::builder(Config::default()).key_pair(signing(Algorithm::RS256, RS256)).build().unwrap(),
    )[0]
    .to_string();
    let forms: [Secret; 5] =
        [pem.into(), body.into(), der.into(), jwk.into(), include_str!("../keys/openssh.pub").into()];
    for form in forms {
        let config = Config::default().insecure_short_secret();
        assert!(JwtManager::builder(config).secret(form.clone()).build().is_err());
        assert!(VerifyingKey::from_secret(Algorithm::HS256, form).is_err());
    }
}

#[test]
fn a_jwk_for_something_else_verifies_nothing() {
    let with = |name: &str, value: Value| {
        let mut jwk: Value = serde_json::from_str(RFC_8037).unwrap();
        jwk[name] = value;
        VerifyingKey::from_jwk(Algorithm::EdDSA, jwk.to_string())
    };
    assert!(with("use", json!("sig")).is_ok() && with("key_ops", json!(["verify"])).is_ok());
    for (name, value) in [
        ("use", json!("enc")),
        ("key_ops", json!(["sign"])),
        ("key_ops", json!([])),
        ("key_ops", json!("verify")),
        ("alg", json!("ES256")),
        ("d", json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")),
    ] {
        assert!(with(name, value.clone()).is_err(), "{name}: {value}");
    }
    // Such a key in a set is skipped, and so is a key of an unknown type.
    let set = format!(r#"{{"keys":[{{"kty":"EC","crv":"P-521"}},5,{{"kty":"x"}},{RFC_8037}]}}"#);
    assert_eq!(KeySet::from_jwks(set).unwrap().jwks().len(), 1);
    let manager = JwtManager::builder(Config::default()).key_pair(signing(Algorithm::ES256, ES256));
    let mut nameless = published(&manager.build().unwrap())[0].clone();
    nameless["kid"] = json!("");
    let set = format!(r#"{{"keys":[{nameless},{RFC_8037}]}}"#);
    assert_eq!(KeySet::from_jwks(set).unwrap().jwks().len(), 1);
    assert!(KeySet::from_jwks(json!({ "keys": [nameless] }).to_string()).is_err());
}

#[test]
fn a_key_of_one_issuer_verifies_no_token_of_another() {
    let of = |byte: u8| (byte..byte + 32).collect::<Vec<u8>>();
    let issuer = |name: &str, byte| {
        Issuer::new(name, KeySet::single(VerifyingKey::from_secret(Algorithm::HS256, of(byte)).unwrap()))
    };
    let manager = JwtManager::builder(Config::default().issuer("own"))
        .secret(of(1))
        .trusted_issuer(issuer("a", 2))
        .trusted_issuer(issuer("b", 3))
        .build()
        .unwrap();
    let token = |name: &str, byte| {
        let signer = JwtManager::builder(Config::default().issuer(name)).secret(of(byte)).build().unwrap();
        signer.access_token("x").encode().unwrap()
    };
    for (index, name) in ["own", "a", "b"].into_iter().enumerate() {
        for (other, byte) in [1, 2, 3].into_iter().enumerate() {
            let decoded = manager.decode(&token(name, byte));
            if index == other {
                assert_eq!(decoded.unwrap().issuer(), Some(name));
            } else {
                assert_eq!(refused(decoded), InvalidToken::Signature, "{name}");
            }
        }
    }
    assert_eq!(refused(manager.decode(&token("c", 1))), InvalidToken::Issuer);
}

#[test]
fn access_tokens_of_rfc_9068_have_all_that_it_asks_for() {
    let key = signing(Algorithm::EdDSA, ED25519);
    let keys = KeySet::single(key.verifying_key().clone());
    let issuer = Issuer::new("https://as.example", keys).audience("api").rfc9068();
    let manager = JwtManager::builder(Config::default()).trusted_issuer(issuer).build().unwrap();
    let signer = |config: Config| {
        let config = config.any_typ(true).encode_issuer("https://as.example");
        JwtManager::builder(config).key_pair(key.clone()).build().unwrap()
    };
    let good = signer(Config::default().audience("api"));
    let token = || good.access_token("a").header("typ", "at+jwt").claim("client_id", "c");
    assert!(manager.decode(&token().encode().unwrap()).is_ok());
    let untyped = good.access_token("a").claim("client_id", "c").encode().unwrap();
    assert_eq!(refused(manager.decode(&untyped)), InvalidToken::Type);
    let no_client = good.access_token("a").header("typ", "at+jwt").encode().unwrap();
    assert_eq!(refused(manager.decode(&no_client)), InvalidToken::ClaimMissing("client_id".into()));
    let elsewhere = signer(Config::default().audience("other"));
    let elsewhere = elsewhere.access_token("a").header("typ", "at+jwt").claim("client_id", "c");
    assert_eq!(refused(manager.decode(&elsewhere.encode().unwrap())), InvalidToken::Audience);
}

#[test]
fn a_kid_is_looked_up_to_the_letter_and_an_unknown_one_is_invalid() {
    let secret: Vec<u8> = (7..39).collect();
    let key = |id: &str| SigningKey::from_secret(Algorithm::HS256, secret.clone()).unwrap().with_id(id);
    let manager = |id: &str, lenient: bool| {
        let ring = KeyRing::new(key(id)).require_kid(!lenient);
        JwtManager::builder(Config::default()).keys(ring).build().unwrap()
    };
    let ours = manager("one", true);
    for other in ["two", "One", "../one", "one' OR 1=1", "one\r\n"] {
        let token = manager(other, true).access_token("a").encode().unwrap();
        assert_eq!(refused(ours.decode(&token)), InvalidToken::UnknownKey, "{other}");
    }
    let nameless = JwtManager::builder(Config::default()).secret(secret.clone()).build().unwrap();
    let nameless = nameless.access_token("a").encode().unwrap();
    assert!(ours.decode(&nameless).is_ok());
    assert_eq!(refused(manager("one", false).decode(&nameless)), InvalidToken::KeyIdMissing);
}

#[test]
fn ecdsa_signatures_are_raw_and_of_one_length() {
    for backend in Backend::all() {
        let builder = JwtManager::builder(Config::default()).backend(*backend);
        let manager = builder.key_pair(signing(Algorithm::ES256, ES256)).build().unwrap();
        let token = manager.access_token("a").encode().unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert_eq!(signature.len(), 64);
        let with = |bytes: &[u8]| manager.decode(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes)));
        assert!(with(&signature).is_ok());
        let (r, s) = signature.split_at(32);
        let zero = [0; 32];
        let der = [&[0x30, 68, 2, 32], r, &[2, 32], s].concat();
        let bad: [&[u8]; 6] = [
            &[0; 64],
            &[r, &zero].concat(),
            &[&zero, s].concat(),
            &signature[..63],
            &[&*signature, &[0]].concat(),
            &der,
        ];
        for bad in bad {
            assert_eq!(refused(with(bad)), InvalidToken::Signature, "{bad:?}");
        }
    }
}
