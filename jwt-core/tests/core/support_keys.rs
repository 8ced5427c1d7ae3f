//! The keys for the tests, created with openssl.

use std::fs;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::EcdsaKeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jwt_core::keys::{Algorithm, Backend, KeyRing, SigningKey, VerifyingKey};
use jwt_core::{Config, ConfigError, JwtManager, JwtManagerBuilder};
use serde_json::Value;

use crate::support::{Clock, NOW, at};

/// The algorithms with key pairs.
pub(crate) const PAIRS: [Algorithm; 9] = [
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

/// One algorithm for each kind of key pair.
pub(crate) const KINDS: [Algorithm; 4] =
    [Algorithm::RS256, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];

pub(crate) const SECRETS: [Algorithm; 3] = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];

pub(crate) fn file(name: &str) -> String {
    let path = format!("{}/tests/keys/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the file name of an algorithm's key, without the extension.
pub(crate) fn stem(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::ES256 => "es256",
        Algorithm::ES384 => "es384",
        Algorithm::EdDSA => "ed25519",
        _ => "rs256",
    }
}

pub(crate) fn private_pem(algorithm: Algorithm) -> String {
    file(&format!("{}.pem", stem(algorithm)))
}

pub(crate) fn public_pem(algorithm: Algorithm) -> String {
    file(&format!("{}.pub.pem", stem(algorithm)))
}

/// Returns the content of a PEM file.
pub(crate) fn der(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    STANDARD.decode(lines.collect::<String>()).unwrap()
}

pub(crate) fn signing(algorithm: Algorithm) -> SigningKey {
    SigningKey::from_pem(algorithm, private_pem(algorithm)).unwrap()
}

pub(crate) fn verifying(algorithm: Algorithm) -> VerifyingKey {
    VerifyingKey::from_pem(algorithm, public_pem(algorithm)).unwrap()
}

/// Generates a new key for ES256.
pub(crate) fn new_key() -> SigningKey {
    let algorithm = &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
    let der = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
    SigningKey::from_der(Algorithm::ES256, der).unwrap()
}

/// Returns a key that verifies with [`SECRET`](crate::support::SECRET).
pub(crate) fn secret_key() -> VerifyingKey {
    VerifyingKey::from_secret(Algorithm::HS256, crate::support::SECRET).unwrap()
}

/// Returns the private JWK of an algorithm.
pub(crate) fn private_jwk(algorithm: Algorithm) -> Value {
    serde_json::from_str(&file(&format!("{}.jwk.json", stem(algorithm)))).unwrap()
}

/// Returns the public members of the key.
pub(crate) fn public_jwk(algorithm: Algorithm) -> Value {
    let mut jwk = private_jwk(algorithm);
    let members = jwk.as_object_mut().unwrap();
    members.retain(|name, _| ["kty", "crv", "x", "y", "n", "e"].contains(&name.as_str()));
    jwk
}

/// Returns the JWK with another member.
pub(crate) fn with(mut jwk: Value, name: &str, value: impl Into<Value>) -> Value {
    jwk[name] = value.into();
    jwk
}

/// Returns the JWK without a member.
pub(crate) fn without(mut jwk: Value, name: &str) -> Value {
    jwk.as_object_mut().unwrap().remove(name).expect("it was there");
    jwk
}

/// Returns a builder without keys and with a clock that shows [`NOW`].
pub(crate) fn keyless(config: Config) -> JwtManagerBuilder {
    JwtManager::builder(config).clock(Clock::new(at(NOW)).reader())
}

pub(crate) fn signer(key: SigningKey) -> JwtManager {
    keyless(Config::default()).key_pair(key).build().unwrap()
}

pub(crate) fn verifier(key: VerifyingKey) -> JwtManager {
    keyless(Config::default()).public_key(key).build().unwrap()
}

pub(crate) fn with_ring(ring: KeyRing) -> JwtManager {
    keyless(Config::default()).keys(ring).build().unwrap()
}

/// Issues a token for alice.
pub(crate) fn issue(jwt: &JwtManager) -> String {
    jwt.access_token("alice").encode().unwrap()
}

/// Checks that the second key verifies signatures of the first one, with every crypto library.
pub(crate) fn assert_pair(signing: &SigningKey, verifying: &VerifyingKey) {
    for &signs in Backend::all() {
        let jwt = keyless(Config::default()).key_pair(signing.clone()).backend(signs).build().unwrap();
        let token = issue(&jwt);
        assert!(jwt.decode(&token).is_ok());
        for &verifies in Backend::all() {
            let jwt = keyless(Config::default()).public_key(verifying.clone());
            let jwt = jwt.backend(verifies).build().unwrap();
            let algorithm = signing.algorithm();
            assert_eq!(jwt.decode(&token).unwrap().identity(), "alice", "{algorithm} {signs:?} {verifies:?}");
        }
    }
}

/// Returns the parts of the error message: what was found and what was expected.
pub(crate) fn told<T>(result: Result<T, ConfigError>) -> (String, String) {
    match result {
        Err(ConfigError::Key { found, expected }) => (found.into(), expected.into()),
        Err(other) => panic!("refused, but not for the key: {other}"),
        Ok(_) => panic!("accepted"),
    }
}
