//! HMAC with the RustCrypto crates. The aws-lc backend uses it as well, where it is faster.

use ::hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::prepared::{Prepared, PreparedSigner, Signature};
use super::secret::Secret;

/// A key that has hashed its first block.
pub(super) struct HmacKey<M>(M);

pub(super) type HmacSha256 = HmacKey<Hmac<Sha256>>;

impl<M: KeyInit> HmacKey<M> {
    pub(super) fn new(secret: &Secret) -> Option<Self> {
        M::new_from_slice(secret.as_bytes()).ok().map(Self)
    }
}

impl<M: Mac + Clone + Send + Sync> Prepared for HmacKey<M> {
    /// Compares in constant time and rejects truncated tags (RFC 7518, 3.2).
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.clone().chain_update(message).verify_slice(signature).is_ok()
    }
}

impl<M: Mac + Clone + Send + Sync> PreparedSigner for HmacKey<M> {
    fn sign(&self, message: &[u8]) -> Option<Signature> {
        Some(self.0.clone().chain_update(message).finalize().into_bytes().as_slice().into())
    }
}
