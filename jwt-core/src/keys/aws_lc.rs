//! The aws-lc-rs backend.

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
    ECDSA_P384_SHA384_FIXED_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaKeyPair,
    RsaPublicKeyComponents, RsaSignatureEncoding,
};
use aws_lc_rs::{digest, hmac};

use super::der::rsa_public_of;
use super::hmac::HmacSha256;
use super::material::{Material, Private};
use super::prepared::{Prepared, PreparedSigner, Signature};
use super::secret::Secret;
use crate::algorithm::{Algorithm, Curve, Family};

pub(super) fn verifier(algorithm: Algorithm, key: &Material) -> Option<Arc<dyn Prepared>> {
    Some(match (algorithm.family(), key) {
        (Family::Hmac, Material::Secret(secret)) if has_sha2_instructions(algorithm) => {
            Arc::new(HmacSha256::new(secret)?)
        }
        (Family::Hmac, Material::Secret(secret)) => Arc::new(HmacKey::new(secret, algorithm)?),
        (Family::Rsa, Material::Rsa { n, e }) => {
            let parameters = match algorithm {
                Algorithm::RS256 => &RSA_PKCS1_2048_8192_SHA256,
                Algorithm::RS384 => &RSA_PKCS1_2048_8192_SHA384,
                Algorithm::RS512 => &RSA_PKCS1_2048_8192_SHA512,
                Algorithm::PS256 => &RSA_PSS_2048_8192_SHA256,
                Algorithm::PS384 => &RSA_PSS_2048_8192_SHA384,
                Algorithm::PS512 => &RSA_PSS_2048_8192_SHA512,
                _ => return None,
            };
            let components = RsaPublicKeyComponents { n: &**n, e: &**e };
            Arc::new(PublicKey(components.to_parsed_public_key(parameters).ok()?))
        }
        (Family::Ec(Curve::P256), Material::Ec { curve: Curve::P256, point }) => {
            Arc::new(PublicKey(ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()?))
        }
        (Family::Ec(Curve::P384), Material::Ec { curve: Curve::P384, point }) => {
            Arc::new(PublicKey(ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).ok()?))
        }
        (Family::Ed25519, Material::Ed25519(key)) => {
            Arc::new(PublicKey(ParsedPublicKey::new(&ED25519, key).ok()?))
        }
        _ => return None,
    })
}

pub(super) fn signer(algorithm: Algorithm, key: &Private) -> Option<(Arc<dyn PreparedSigner>, Material)> {
    let der = match key {
        Private::Secret(secret) => {
            let key: Arc<dyn PreparedSigner> = if has_sha2_instructions(algorithm) {
                Arc::new(HmacSha256::new(secret)?)
            } else {
                Arc::new(HmacKey::new(secret, algorithm)?)
            };
            return Some((key, Material::Secret(secret.clone())));
        }
        Private::Pkcs8(der) => der,
    };
    Some(match algorithm.family() {
        Family::Hmac => return None,
        Family::Rsa => {
            let encoding = match algorithm {
                Algorithm::RS256 => &RSA_PKCS1_SHA256,
                Algorithm::RS384 => &RSA_PKCS1_SHA384,
                Algorithm::RS512 => &RSA_PKCS1_SHA512,
                Algorithm::PS256 => &RSA_PSS_SHA256,
                Algorithm::PS384 => &RSA_PSS_SHA384,
                Algorithm::PS512 => &RSA_PSS_SHA512,
                _ => return None,
            };
            let key = RsaKeyPair::from_pkcs8(der).ok()?;
            (Arc::new(RsaKey { key, encoding }), rsa_public_of(der)?)
        }
        Family::Ec(curve) => {
            let algorithm = match curve {
                Curve::P256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
                Curve::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
            };
            let key = EcdsaKeyPair::from_pkcs8(algorithm, der).ok()?;
            let public = Material::Ec { curve, point: key.public_key().as_ref().into() };
            (Arc::new(EcKey(key)), public)
        }
        Family::Ed25519 => {
            let key = Ed25519KeyPair::from_pkcs8(der).ok()?;
            let public = Material::Ed25519(key.public_key().as_ref().try_into().ok()?);
            (Arc::new(EdKey(key)), public)
        }
    })
}

pub(super) fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

/// Whether the processor has instructions for the hash of this algorithm. Both libraries then hash equally fast, and
/// the overhead of aws-lc's HMAC matters: for a token of the usual size it is a quarter of the total time.
fn has_sha2_instructions(algorithm: Algorithm) -> bool {
    #[cfg(target_arch = "x86_64")]
    let is_there = std::is_x86_feature_detected!("sha") && std::is_x86_feature_detected!("sse4.1");
    #[cfg(target_arch = "aarch64")]
    let is_there = std::arch::is_aarch64_feature_detected!("sha2");
    #[cfg(not(any(target_arch = "aarch64", target_arch = "x86_64")))]
    let is_there = false;
    is_there && algorithm == Algorithm::HS256
}

struct HmacKey(hmac::Key);

impl HmacKey {
    fn new(secret: &Secret, algorithm: Algorithm) -> Option<Self> {
        let algorithm = match algorithm {
            Algorithm::HS256 => hmac::HMAC_SHA256,
            Algorithm::HS384 => hmac::HMAC_SHA384,
            Algorithm::HS512 => hmac::HMAC_SHA512,
            _ => return None,
        };
        Some(Self(hmac::Key::new(algorithm, secret.as_bytes())))
    }
}

impl Prepared for HmacKey {
    /// Compares in constant time and rejects truncated tags (RFC 7518, 3.2).
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        hmac::verify(&self.0, message, signature).is_ok()
    }
}

impl PreparedSigner for HmacKey {
    fn sign(&self, message: &[u8]) -> Option<Signature> {
        Some(hmac::sign(&self.0, message).as_ref().into())
    }
}

struct PublicKey(ParsedPublicKey);

impl Prepared for PublicKey {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}

struct RsaKey {
    key: RsaKeyPair,
    encoding: &'static RsaSignatureEncoding,
}

impl PreparedSigner for RsaKey {
    fn sign(&self, message: &[u8]) -> Option<Signature> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(self.encoding, &SystemRandom::new(), message, &mut signature).ok()?;
        Some(Signature::Long(signature))
    }
}

struct EcKey(EcdsaKeyPair);

impl PreparedSigner for EcKey {
    fn sign(&self, message: &[u8]) -> Option<Signature> {
        Some(self.0.sign(&SystemRandom::new(), message).ok()?.as_ref().into())
    }
}

struct EdKey(Ed25519KeyPair);

impl PreparedSigner for EdKey {
    fn sign(&self, message: &[u8]) -> Option<Signature> {
        Some(self.0.try_sign(message).ok()?.as_ref().into())
    }
}
