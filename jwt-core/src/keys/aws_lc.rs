//! The aws-lc-rs backend.

use aws_lc_rs::hmac;

use super::{Algorithm, Prepared, PreparedSigner, Secret};

pub(super) struct HmacKey(hmac::Key);

impl HmacKey {
    pub(super) fn new(secret: &Secret, algorithm: Algorithm) -> Self {
        let algorithm = match algorithm {
            Algorithm::HS256 => hmac::HMAC_SHA256,
            Algorithm::HS384 => hmac::HMAC_SHA384,
            Algorithm::HS512 => hmac::HMAC_SHA512,
        };
        Self(hmac::Key::new(algorithm, secret.as_bytes()))
    }
}

impl Prepared for HmacKey {
    /// Compares in constant time and refuses truncated tags (RFC 7518, 3.2).
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        hmac::verify(&self.0, message, signature).is_ok()
    }
}

impl PreparedSigner for HmacKey {
    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        Some(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}
