//! Dispatch to the chosen library.

use std::sync::Arc;

#[cfg(feature = "aws-lc")]
use super::aws_lc;
use super::backend::Backend;
use super::material::{Material, Private};
use super::prepared::{Prepared, PreparedSigner};
#[cfg(feature = "rust-crypto")]
use super::rust_crypto;
use crate::algorithm::Algorithm;

impl Backend {
    /// Returns `None` if the key does not fit the algorithm or is invalid, such as a point that is not on its curve.
    pub(super) fn verifier(self, algorithm: Algorithm, key: &Material) -> Option<Arc<dyn Prepared>> {
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => aws_lc::verifier(algorithm, key),
            #[cfg(feature = "rust-crypto")]
            Self::RustCrypto => rust_crypto::verifier(algorithm, key),
        }
    }

    /// Returns the signer and the key that verifies its signatures. Returns `None` as [`verifier`](Self::verifier)
    /// does.
    pub(super) fn signer(
        self,
        algorithm: Algorithm,
        key: &Private,
    ) -> Option<(Arc<dyn PreparedSigner>, Material)> {
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => aws_lc::signer(algorithm, key),
            #[cfg(feature = "rust-crypto")]
            Self::RustCrypto => rust_crypto::signer(algorithm, key),
        }
    }

    pub(super) fn sha256(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => aws_lc::sha256(bytes),
            #[cfg(feature = "rust-crypto")]
            Self::RustCrypto => rust_crypto::sha256(bytes),
        }
    }
}
