//! The keys, which the tests use, too.

use aws_lc_rs::hmac;
use aws_lc_rs::signature as aws;
use bench_common::primitive::{Signer, Verifier};
use jwt_core::Algorithm;
use jwt_core::keys::SigningKey;
use rsa::pkcs8::{Document, SecretDocument};

/// Long enough for HS512.
pub const SECRET: &str = "gc56dY4J3YHxYeFPLaDLw+7D5aKSTOzqoIMU3dLG+pFz8xVm647/wVdP7H8Zm8JK0123";

pub const ALGORITHMS: [Algorithm; 12] = [
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

/// The private and the public key as PEM. `None` for algorithms that use the secret.
pub fn pem(algorithm: Algorithm) -> Option<(&'static str, &'static str)> {
    macro_rules! pair {
        ($name:literal) => {
            Some((
                include_str!(concat!("../../../jwt-core/tests/keys/", $name, ".pem")),
                include_str!(concat!("../../../jwt-core/tests/keys/", $name, ".pub.pem")),
            ))
        };
    }
    match algorithm.as_str().as_bytes() {
        [b'R' | b'P', ..] => pair!("rs256"),
        b"ES256" => pair!("es256"),
        b"ES384" => pair!("es384"),
        b"EdDSA" => pair!("ed25519"),
        _ => None,
    }
}

pub fn signing_key(algorithm: Algorithm) -> SigningKey {
    match pem(algorithm) {
        Some((private, _)) => SigningKey::from_pem(algorithm, private),
        None => SigningKey::from_secret(algorithm, SECRET),
    }
    .expect("a key of the tests")
}

fn hmac_key(algorithm: Algorithm) -> Box<hmac::Key> {
    let hash = match algorithm {
        Algorithm::HS256 => hmac::HMAC_SHA256,
        Algorithm::HS384 => hmac::HMAC_SHA384,
        _ => hmac::HMAC_SHA512,
    };
    Box::new(hmac::Key::new(hash, SECRET.as_bytes()))
}

pub fn verifier(algorithm: Algorithm) -> Verifier {
    let parameters: &'static dyn aws::VerificationAlgorithm = match algorithm {
        Algorithm::RS256 => &aws::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &aws::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &aws::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &aws::RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &aws::RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &aws::RSA_PSS_2048_8192_SHA512,
        Algorithm::ES256 => &aws::ECDSA_P256_SHA256_FIXED,
        Algorithm::ES384 => &aws::ECDSA_P384_SHA384_FIXED,
        Algorithm::EdDSA => &aws::ED25519,
        _ => return Verifier::Hmac(hmac_key(algorithm)),
    };
    let (_, public) = pem(algorithm).expect("a key pair");
    let (_, der) = Document::from_pem(public).expect("PEM");
    Verifier::Public(aws::ParsedPublicKey::new(parameters, der.as_bytes()).expect("a public key"))
}

pub fn signer(algorithm: Algorithm) -> Signer {
    let Some((private, _)) = pem(algorithm) else { return Signer::Hmac(hmac_key(algorithm)) };
    let (_, der) = SecretDocument::from_pem(private).expect("PEM");
    let der = der.as_bytes();
    match algorithm {
        Algorithm::RS256 => {
            let key = aws::RsaKeyPair::from_pkcs8(der).expect("an RSA key");
            Signer::Rsa(Box::new(key), &aws::RSA_PKCS1_SHA256)
        }
        Algorithm::ES256 => {
            let key = aws::EcdsaKeyPair::from_pkcs8(&aws::ECDSA_P256_SHA256_FIXED_SIGNING, der);
            Signer::Ec(Box::new(key.expect("a key on P-256")))
        }
        Algorithm::EdDSA => Signer::Ed(aws::Ed25519KeyPair::from_pkcs8(der).expect("an Ed25519 key")),
        other => panic!("{other} is not issued"),
    }
}
