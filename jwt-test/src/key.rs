use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use jwt_core::adapter::sign_raw;
use jwt_core::keys::{Algorithm, KeySet, SigningKey, VerifyingKey};
use serde_json::{Value, json};

use crate::der;

/// Generating an RSA key can take seconds, so these are generated once. Everyone knows them.
pub(crate) const RSA: [&str; 8] = [
    include_str!("../keys/rsa1.pem"),
    include_str!("../keys/rsa2.pem"),
    include_str!("../keys/rsa3.pem"),
    include_str!("../keys/rsa4.pem"),
    include_str!("../keys/rsa5.pem"),
    include_str!("../keys/rsa6.pem"),
    include_str!("../keys/rsa7.pem"),
    include_str!("../keys/rsa8.pem"),
];

/// A key pair, and its public key in the forms that an issuer publishes.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) signing: SigningKey,
    pub(crate) jwk: Value,
    pub(crate) certificate: String,
}

impl Key {
    /// Generates a key. `number` chooses one of the RSA keys.
    pub(crate) fn generate(algorithm: Algorithm, id: impl Into<String>, number: usize) -> Self {
        use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
        let id = id.into();
        let (signing, certified_by) = match algorithm {
            ES256 | ES384 | EdDSA => {
                let signing = random(algorithm).1;
                (signing.clone(), signing)
            }
            RS256 | RS384 | RS512 | PS256 | PS384 | PS512 => {
                let pem = RSA.iter().cycle().nth(number % RSA.len()).copied().unwrap_or_default();
                let read = |algorithm| SigningKey::from_pem(algorithm, pem).expect("the key is valid");
                (read(algorithm), read(RS256))
            }
            _ => panic!("a fake issuer publishes its keys, so it cannot use {algorithm}: use ES256"),
        };
        let jwk = public_jwk(signing.verifying_key(), &id);
        let certificate = certificate(&certified_by, &jwk);
        Self { id, signing, jwk, certificate }
    }
}

/// A private key that signs nothing, as a JWK.
pub(crate) fn private_jwk() -> Value {
    let (scalar, key) = random(Algorithm::ES256);
    let mut jwk = public_jwk(key.verifying_key(), "private");
    if let Some(members) = jwk.as_object_mut() {
        members.insert("d".to_owned(), BASE64_URL_SAFE_NO_PAD.encode(scalar).into());
    }
    jwk
}

/// A private key that signs nothing, in PEM.
pub(crate) fn private_pem() -> String {
    der::pem("PRIVATE KEY", &der::ec_private(der::P256, &random(Algorithm::ES256).0))
}

/// A text of 128 random bits.
pub(crate) fn random_id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system has random bytes");
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Generates the private number of a key, and the key.
fn random(algorithm: Algorithm) -> (Vec<u8>, SigningKey) {
    loop {
        let mut secret = vec![0; if algorithm == Algorithm::ES384 { 48 } else { 32 }];
        getrandom::fill(&mut secret).expect("the operating system has random bytes");
        let der = match algorithm {
            Algorithm::ES256 => der::ec_private(der::P256, &secret),
            Algorithm::ES384 => der::ec_private(der::P384, &secret),
            _ => der::ed25519_private(&secret),
        };
        // Very few numbers exceed the order of the curve.
        if let Ok(key) = SigningKey::from_der(algorithm, der) {
            return (secret, key);
        }
    }
}

fn public_jwk(key: &VerifyingKey, id: &str) -> Value {
    let set = KeySet::new([key.clone().with_id(id)]).expect("the id is not empty");
    let mut set = json!(set.jwks());
    set["keys"][0].take()
}

fn certificate(key: &SigningKey, jwk: &Value) -> String {
    let member = |name: &str| {
        let text = jwk[name].as_str().unwrap_or_default();
        BASE64_URL_SAFE_NO_PAD.decode(text).expect("a JWK is in base64url")
    };
    let point = |curve| {
        let point = [vec![4], member("x"), member("y")].concat();
        der::sequence(&[&der::algorithm(der::EC_KEY, Some(curve)), &der::bits(&point)])
    };
    let (public, signed_with) = match key.algorithm() {
        Algorithm::ES256 => (point(der::P256), der::ECDSA_SHA256),
        Algorithm::ES384 => (point(der::P384), der::ECDSA_SHA384),
        Algorithm::EdDSA => {
            let id = der::algorithm(der::ED25519, None);
            (der::sequence(&[&id, &der::bits(&member("x"))]), der::ED25519)
        }
        _ => {
            let numbers = der::sequence(&[&der::integer(&member("n")), &der::integer(&member("e"))]);
            let id = der::algorithm(der::RSA_KEY, None);
            (der::sequence(&[&id, &der::bits(&numbers)]), der::RSA_SHA256)
        }
    };
    der::certificate(&public, signed_with, |content| {
        let signature = sign_raw(key, content).expect("the crypto library signs");
        let is_ecdsa = matches!(key.algorithm(), Algorithm::ES256 | Algorithm::ES384);
        if is_ecdsa { der::ecdsa_signature(&signature) } else { signature }
    })
}
