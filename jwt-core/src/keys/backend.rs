//! What a crypto library must do, and the choice between those that are compiled in.

use std::sync::Arc;

use super::Algorithm;
#[cfg(feature = "aws-lc")]
use super::aws_lc;
use super::material::{Material, Private};
#[cfg(feature = "rust-crypto")]
use super::rust_crypto;

/// The library that computes signatures.
///
/// Which of them there are is decided by the features `aws-lc` and `rust-crypto`; both may be enabled at once. The
/// default is aws-lc where it is compiled in.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Backend {
    /// aws-lc-rs: C and assembler, the fastest. Where the processor has instructions for SHA-256, HS256 is left to the
    /// RustCrypto crates, which are faster then.
    #[cfg(feature = "aws-lc")]
    AwsLc,
    /// The RustCrypto crates: no C compiler needed. RSA keys of at most 4096 bits.
    #[cfg(feature = "rust-crypto")]
    RustCrypto,
}

impl Default for Backend {
    fn default() -> Self {
        #[cfg(feature = "aws-lc")]
        return Self::AwsLc;
        #[cfg(all(feature = "rust-crypto", not(feature = "aws-lc")))]
        return Self::RustCrypto;
        #[cfg(not(any(feature = "aws-lc", feature = "rust-crypto")))]
        return compile_error!(
            "jwt-core needs a crypto library: leave its default features on, or enable `aws-lc` or `rust-crypto`"
        );
    }
}

/// A key that verifies signatures of one algorithm.
pub(crate) trait Prepared: Send + Sync {
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool;
}

/// A key that signs with one algorithm.
pub(crate) trait PreparedSigner: Send + Sync {
    /// `None` if the library refuses to sign.
    fn sign(&self, message: &[u8]) -> Option<Signature>;
}

/// A signature. Those that are not of RSA need no memory of their own.
pub(crate) enum Signature {
    Short { bytes: [u8; SHORT_SIGNATURE], len: usize },
    Long(Vec<u8>),
}

/// The longest signature but for RSA, in bytes: that of ECDSA with P-384 (RFC 7518, 3.4).
pub(crate) const SHORT_SIGNATURE: usize = 96;

impl From<&[u8]> for Signature {
    fn from(signature: &[u8]) -> Self {
        let mut bytes = [0; SHORT_SIGNATURE];
        match bytes.get_mut(..signature.len()) {
            Some(place) => {
                place.copy_from_slice(signature);
                Self::Short { bytes, len: signature.len() }
            }
            None => Self::Long(signature.to_vec()),
        }
    }
}

impl AsRef<[u8]> for Signature {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Short { bytes, len } => bytes.get(..*len).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }
}

impl Backend {
    /// All that are compiled in.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &[
            #[cfg(feature = "aws-lc")]
            Self::AwsLc,
            #[cfg(feature = "rust-crypto")]
            Self::RustCrypto,
        ]
    }

    /// The name of its feature.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => "aws-lc",
            #[cfg(feature = "rust-crypto")]
            Self::RustCrypto => "rust-crypto",
        }
    }

    /// The largest modulus of an RSA key, in bits.
    pub(super) const fn max_rsa_bits(self) -> usize {
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => 8192,
            #[cfg(feature = "rust-crypto")]
            Self::RustCrypto => 4096,
        }
    }

    /// `None` if the key does not fit the algorithm or is no key, such as a point that is not on its curve.
    pub(super) fn verifier(self, algorithm: Algorithm, key: &Material) -> Option<Arc<dyn Prepared>> {
        match self {
            #[cfg(feature = "aws-lc")]
            Self::AwsLc => aws_lc::verifier(algorithm, key),
            #[cfg(feature = "rust-crypto")]
            Self::RustCrypto => rust_crypto::verifier(algorithm, key),
        }
    }

    /// With what the key is verified by.
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
