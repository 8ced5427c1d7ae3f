//! What a library for cryptography does alone, with a key that it has prepared.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, ParsedPublicKey, RsaKeyPair, RsaSignatureEncoding};

/// Verifies.
pub enum Verifier {
    Hmac(hmac::Key),
    Public(ParsedPublicKey),
}

impl Verifier {
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Hmac(key) => hmac::verify(key, message, signature).is_ok(),
            Self::Public(key) => key.verify_sig(message, signature).is_ok(),
        }
    }
}

/// Signs.
pub enum Signer {
    Hmac(hmac::Key),
    Rsa(Box<RsaKeyPair>, &'static RsaSignatureEncoding),
    Ec(Box<EcdsaKeyPair>),
    Ed(Ed25519KeyPair),
}

/// Where the library put it.
pub enum Signature {
    Hmac(hmac::Tag),
    Rsa(Vec<u8>),
    Other(aws_lc_rs::signature::Signature),
}

impl Signer {
    pub fn sign(&self, message: &[u8]) -> Option<Signature> {
        Some(match self {
            Self::Hmac(key) => Signature::Hmac(hmac::sign(key, message)),
            Self::Rsa(key, encoding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(*encoding, &SystemRandom::new(), message, &mut signature).ok()?;
                Signature::Rsa(signature)
            }
            Self::Ec(key) => Signature::Other(key.sign(&SystemRandom::new(), message).ok()?),
            Self::Ed(key) => Signature::Other(key.try_sign(message).ok()?),
        })
    }
}

impl AsRef<[u8]> for Signature {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Hmac(tag) => tag.as_ref(),
            Self::Rsa(signature) => signature,
            Self::Other(signature) => signature.as_ref(),
        }
    }
}
