//! What a crypto library does by itself, with a key that it has prepared.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, ParsedPublicKey, RsaKeyPair, RsaSignatureEncoding};

/// The longest signature: RSA with 2048 bits.
const LONGEST: usize = 256;

/// Verifies signatures.
pub enum Verifier {
    Hmac(Box<hmac::Key>),
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

/// Creates signatures.
pub enum Signer {
    Hmac(Box<hmac::Key>),
    Rsa(Box<RsaKeyPair>, &'static RsaSignatureEncoding),
    Ec(Box<EcdsaKeyPair>),
    Ed(Ed25519KeyPair),
}

impl Signer {
    /// Passes a reference to the signature to `with`, because some signatures are large to move.
    pub fn sign<T>(&self, message: &[u8], with: impl FnOnce(&[u8]) -> T) -> Option<T> {
        Some(match self {
            Self::Hmac(key) => with(hmac::sign(key, message).as_ref()),
            Self::Rsa(key, encoding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(*encoding, &SystemRandom::new(), message, &mut signature).ok()?;
                with(&signature)
            }
            Self::Ec(key) => with(key.sign(&SystemRandom::new(), message).ok()?.as_ref()),
            Self::Ed(key) => with(key.try_sign(message).ok()?.as_ref()),
        })
    }

    /// Appends the third segment to the first two.
    pub fn finish(&self, text: &mut String) -> Option<()> {
        let mut buffer = [0; LONGEST];
        let length = self.sign(text.as_bytes(), |signature| {
            buffer[..signature.len()].copy_from_slice(signature);
            signature.len()
        })?;
        text.push('.');
        base64_simd::URL_SAFE_NO_PAD.encode_append(&buffer[..length], text);
        Some(())
    }
}
